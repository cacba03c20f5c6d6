"""Names of plans, runs and reports: sorted by time, unique without asking anybody."""

from __future__ import annotations

from datetime import UTC

from dataiku_iac.core.roles import Clock, Ids

__all__ = ["new_name"]


def new_name(clock: Clock, ids: Ids) -> str:
    """Return e.g. ``20261120T164512Z-9f3c2a1b``."""
    return f"{clock.now().astimezone(UTC):%Y%m%dT%H%M%SZ}-{ids.new()[:8]}"
