"""Drift: how the node differs from what was last applied. Reads only."""

from __future__ import annotations

from dataclasses import replace

from dataiku_iac.core.kind import Live, Registry
from dataiku_iac.core.result import Drifted, DriftReport, DriftStatus
from dataiku_iac.core.roles import NodeReader
from dataiku_iac.core.state import Recorded, State
from dataiku_iac.engine.comparison import drifted_fields
from dataiku_iac.engine.node_ids import with_names
from dataiku_iac.engine.outputs import loose_keys, made_by_recipes
from dataiku_iac.engine.refresh import LiveObjects, refresh
from dataiku_iac.engine.saves import last_save
from dataiku_iac.engine.translate import Names
from dataiku_iac.engine.trust import GitTrust, as_recorded

__all__ = ["find_drift", "report_drift"]


def find_drift(
    reader: NodeReader,
    registry: Registry,
    state: State,
    *,
    node_url: str,
    serial: int,
    at: str,
    trust: GitTrust | None = None,
) -> DriftReport:
    """Read the projects of ``state`` and compare every recorded object with what is live.

    Objects whose version is as it was after the last apply cost no call of their own. With ``trust``, projects are not
    read in which an earlier drift found nothing and nobody saved anything since, and new proofs are made there.

    Raises:
        NodeError: something could not be read.
    """
    projects = {address.project for address in state.resources if address.project}
    declared = {address: recorded.spec for address, recorded in state.resources.items()}
    if trust is not None:
        trust.begin(reader, registry, state, projects)
    unread = {} if trust is None else trust.unread
    live = refresh(reader, registry, projects, state=state, declared=declared, survey=True, unread=unread)
    report = report_drift(registry, state, live, node_url=node_url, serial=serial, at=at)
    if trust is not None:
        told = {entry.address.project for entry in report.entries} | {project for _, project in live.unlisted}
        trust.prove(reader, live, planned=as_recorded(registry, state, live), surveyed=projects - told)
    return replace(report, unread=tuple(sorted(unread)))


def report_drift(
    registry: Registry, state: State, live: LiveObjects, *, node_url: str, serial: int, at: str
) -> DriftReport:
    """Compare; pure."""
    entries: list[Drifted] = []
    made = made_by_recipes(((address, recorded.spec) for address, recorded in state.resources.items()), registry)
    for address, recorded in sorted(state.resources.items()):
        found = live.objects.get(address)
        if found is None:
            entries.append(Drifted(address, DriftStatus.DELETED))
        elif found.complete and registry[address.kind].fingerprint(found.document) != recorded.fingerprint:
            # Where all that counts is as it was read after the apply, one digest says so at a fraction of the cost.
            entry = _compared(registry, recorded, found, live.names, made=address in made)
            entries += [entry] if entry.fields else []
    entries += [
        Drifted(address, DriftStatus.UNMANAGED, (), *last_save(found))
        for address, found in sorted(live.objects.items())
        if address not in state.resources
        and not registry[address.kind].comes_with_project(address)
        and not registry[address.kind].is_unremarkable(found.document, address)
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


def _compared(registry: Registry, recorded: Recorded, live: Live, names: Names, *, made: bool) -> Drifted:
    """Compare one object; what builds made of something that a recipe writes is no drift."""
    kind = registry[recorded.address.kind]
    spec = with_names(recorded.spec, kind, recorded.address, names)
    ignore = recorded.lifecycle.ignore
    if made:
        ignore = (*ignore, *loose_keys(kind, recorded.address, spec, spec, recorded.lifecycle.enforce))
    fields = drifted_fields(kind, recorded.address, live.document, spec, ignore, live.hidden)
    return Drifted(recorded.address, DriftStatus.CHANGED, fields, *last_save(live))
