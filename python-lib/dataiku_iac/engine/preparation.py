"""The use case *plan*: read the node, compare, check what the plan takes for granted."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import replace

from dataiku_iac.core.address import Address
from dataiku_iac.core.errors import ConfigError
from dataiku_iac.core.kind import Registry
from dataiku_iac.core.plan import Action, Plan
from dataiku_iac.core.problem import Problem, Severity
from dataiku_iac.core.resource import Configuration
from dataiku_iac.core.roles import Clock, NodeReader
from dataiku_iac.core.state import State
from dataiku_iac.engine.impact import find_impact, with_latency
from dataiku_iac.engine.marks import foreign_marks
from dataiku_iac.engine.planning import PlanHeader, make_plan
from dataiku_iac.engine.refresh import LiveObjects, read_heads, refresh
from dataiku_iac.engine.renames import moves_of, with_moves
from dataiku_iac.engine.requirements import find_missing_requirements
from dataiku_iac.engine.timed_reader import TimedReader
from dataiku_iac.engine.trust import GitTrust, settled_projects

__all__ = ["prepare_plan"]


def prepare_plan(
    configuration: Configuration,
    state: State,
    reader: NodeReader,
    registry: Registry,
    header: PlanHeader,
    *,
    clock: Clock | None = None,
    trust: GitTrust | None = None,
) -> Plan:
    """Return the plan that brings the node to ``configuration``. Only reads. With a clock, it says how long an apply may take.

    With ``trust``, projects are not read that are proven to be as recorded, and new proofs are made there.

    Raises:
        ConfigError: the plan is refused, or names what the node does not have; all findings at once.
        NodeError: the node could not be read.
    """
    timed = None if clock is None else TimedReader(reader, clock)
    reader = reader if timed is None else timed
    declared = {address: resource.spec for address, resource in configuration.resources.items()}
    projects = {*configuration.projects, *(address.project for address in state.resources if address.project)}
    known = with_moves(state, moves_of(configuration, state))
    settled: Set[str] = frozenset()
    if trust is not None:
        settled = settled_projects(configuration, state)
        trust.begin(reader, registry, state, settled)
    unread = {} if trust is None else trust.unread
    live = refresh(reader, registry, projects, state=known, declared=declared, unread=unread)
    plan = make_plan(configuration, state, live, registry, header)
    if unread and any(c.action in (Action.REPLACE, Action.DELETE) for c in plan.changes):
        # DSS deletes what uses it along, in other projects too, and also what nobody declared there.
        unread.clear()
        live = refresh(reader, registry, projects, state=known, declared=declared)
        plan = make_plan(configuration, state, live, registry, header)
    going = [
        c.address
        for c in plan.changes
        if c.action is Action.REPLACE and _is_needed_by_unseen(c.address, live, registry)
    ]
    if going:
        live = refresh(reader, registry, projects, state=known, declared=declared, going=going)
        plan = make_plan(configuration, state, live, registry, header)
    heads = [c.address for c in plan.changes if c.action is Action.REPLACE and not live.objects[c.address].complete]
    if heads:  # they fall with something else and come back as they were: that needs all of them
        live = read_heads(reader, registry, live, heads)
        plan = make_plan(configuration, state, live, registry, header)
    foreign = [
        Problem(
            Severity.WARNING,
            "other-stack",
            "the project belongs to another stack, and apply will refuse to touch it",
            detail=", ".join(marks),
            address=f"project.{key}",
            suggestion="take the project out of this configuration; or forget it in the other stack and remove that tag",
        )
        for key, marks in foreign_marks(plan, live.projects).items()
    ]
    missing = find_missing_requirements(reader, registry, plan.changes, node=header.node)
    errors = [problem for problem in missing if problem.severity is Severity.ERROR]
    if errors:
        raise ConfigError(
            f"the node lacks what the plan needs: {len(errors)} problem{'s' if len(errors) > 1 else ''}",
            where=f'node "{header.node}" ({header.node_url})',
            next_step="see each problem; nothing was written",
            problems=errors,
        )
    if trust is not None:
        changed = {change.address.project for change in plan.changes if change.action is not Action.NONE}
        trust.prove(reader, live, planned=settled - changed)
    plan = replace(plan, problems=(*plan.problems, *foreign, *missing), unread=tuple(sorted(unread)))
    return _with_impact(plan, configuration, live, registry, 0.0 if timed is None else timed.latency_ms)


def _is_needed_by_unseen(gone: Address, live: LiveObjects, registry: Registry) -> bool:
    """Tell whether DSS may delete objects along with this one of a kind that nobody declared and that was not listed."""
    return any(gone.kind in kind.falls_with and (kind.name, gone.project) not in live.listed for kind in registry.kinds)


def _with_impact(
    plan: Plan, configuration: Configuration, live: LiveObjects, registry: Registry, latency_ms: float
) -> Plan:
    if all(change.action is Action.NONE for change in plan.changes):
        return plan
    impact = find_impact(plan, configuration, live, registry)
    return replace(plan, impact=with_latency(impact, plan, latency_ms) if latency_ms else impact)
