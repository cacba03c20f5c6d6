"""Drift: how the node differs from what was last applied. Reads only."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from dataiku_iac.core.canonical import Json
from dataiku_iac.core.kind import Live, Registry
from dataiku_iac.core.result import Drifted, DriftReport, DriftStatus
from dataiku_iac.core.roles import NodeReader
from dataiku_iac.core.state import Recorded, State
from dataiku_iac.engine.comparison import drifted_fields
from dataiku_iac.engine.refresh import LiveObjects, refresh

__all__ = ["find_drift", "report_drift"]


def find_drift(
    reader: NodeReader, registry: Registry, state: State, *, node_url: str, serial: int, at: str
) -> DriftReport:
    """Read the projects of ``state`` and compare every recorded object with what is live.

    Objects whose version is as it was after the last apply cost no call of their own.

    Raises:
        NodeError: something could not be read.
    """
    projects = {address.project for address in state.resources if address.project}
    declared = {address: recorded.spec for address, recorded in state.resources.items()}
    live = refresh(reader, registry, projects, state=state, declared=declared)
    return report_drift(registry, state, live, node_url=node_url, serial=serial, at=at)


def report_drift(
    registry: Registry, state: State, live: LiveObjects, *, node_url: str, serial: int, at: str
) -> DriftReport:
    """Compare; pure."""
    entries: list[Drifted] = []
    for address, recorded in sorted(state.resources.items()):
        found = live.objects.get(address)
        if found is None:
            entries.append(Drifted(address, DriftStatus.DELETED))
        elif found.complete:
            entry = _compared(registry, recorded, found)
            entries += [entry] if entry.fields else []
    entries += [
        Drifted(address, DriftStatus.UNMANAGED, (), *_last_save(found))
        for address, found in sorted(live.objects.items())
        if address not in state.resources and not registry[address.kind].comes_with_project(address)
    ]
    return DriftReport(
        stack=state.stack,
        environment=state.environment,
        node_url=node_url,
        serial=serial,
        checked=len(state.resources),
        entries=tuple(entries),
        at=at,
    )


def _compared(registry: Registry, recorded: Recorded, live: Live) -> Drifted:
    kind = registry[recorded.address.kind]
    fields = drifted_fields(kind, recorded.address, live.document, recorded.spec, recorded.lifecycle.ignore)
    return Drifted(recorded.address, DriftStatus.CHANGED, fields, *_last_save(live))


def _last_save(live: Live) -> tuple[str, str]:
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
