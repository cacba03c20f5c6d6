"""Who saved an object last, for people."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from dataiku_iac.core.canonical import Json
from dataiku_iac.core.kind import Live

__all__ = ["last_save"]


def last_save(live: Live) -> tuple[str, str]:
    """Return who saved the object last and when, from its version tag wherever the document keeps it."""
    tag = _version_tag(live.document)
    if tag is None:
        return "", ""
    by, on = tag.get("lastModifiedBy"), tag.get("lastModifiedOn")
    login = by.get("login") if isinstance(by, Mapping) else ""
    moment = (
        datetime.fromtimestamp(on / 1000, UTC).isoformat(timespec="seconds") if isinstance(on, int) and on > 0 else ""
    )
    return (login if isinstance(login, str) else ""), moment


def _version_tag(value: Json, depth: int = 3) -> Mapping[str, Json] | None:
    if not isinstance(value, Mapping):
        return None
    tag = value.get("versionTag")
    if isinstance(tag, Mapping):
        return tag
    if depth == 0:
        return None
    found = (_version_tag(item, depth - 1) for item in value.values())
    return next((tag for tag in found if tag is not None), None)
