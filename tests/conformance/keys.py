"""Project keys of the suite: on a node that is not ours they all begin with a prefix, by which they are found and removed."""

import os
from typing import Final

__all__ = ["KEY", "PREFIX", "named"]

PREFIX: Final = os.environ.get("CONFORMANCE_PREFIX", "")
"""Set by ``--node`` for this process and its workers, before any test module is read (``conftest.py``)."""


def named(key: str) -> str:
    """Return a project key of ours, e.g. ``IACCONF_COPY``."""
    return f"{PREFIX}{key}"


KEY: Final = named("CONFORMANCE")
"""Key of the project that the fixture ``project`` makes."""
