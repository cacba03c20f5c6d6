"""Making the plan: pure. Equal configuration, state and live give an equal plan."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from dataiku_iac.core.address import Address
from dataiku_iac.core.errors import ConfigError
from dataiku_iac.core.graph import CycleError, levels
from dataiku_iac.core.kind import Registry
from dataiku_iac.core.plan import Base, Change, Plan, TaskRef
from dataiku_iac.core.problem import Problem, Severity
from dataiku_iac.core.resource import Configuration, Relation
from dataiku_iac.core.state import State
from dataiku_iac.engine.decisions import decide
from dataiku_iac.engine.draft import Draft, plan_error
from dataiku_iac.engine.falls import spread_projects, spread_replacements
from dataiku_iac.engine.order import find_needs, hold_back, with_tasks
from dataiku_iac.engine.refresh import LiveObjects
from dataiku_iac.engine.renames import look_alikes, moves_of, with_moves
from dataiku_iac.engine.translate import Names

__all__ = ["PlanHeader", "make_plan"]


@dataclass(frozen=True, slots=True)
class PlanHeader:
    """What a plan says about itself; see ``Plan``."""

    id: str
    node: str
    node_url: str
    base: Base
    created_at: str
    created_by: str
    git_commit: str = ""


def make_plan(
    configuration: Configuration,
    state: State,
    live: LiveObjects,
    registry: Registry,
    header: PlanHeader,
    *,
    problems: tuple[Problem, ...] = (),
) -> Plan:
    """Decide what is to change.

    Raises:
        ConfigError: the plan would delete what is protected, or what we do not manage.
    """
    moves = moves_of(configuration, state)
    state = with_moves(state, moves)
    addresses = sorted({*configuration.resources, *state.resources})
    names = Names(registry)
    for address in addresses:
        names.know(address.project)
    draft = Draft(configuration, state, live, registry, header.created_by, names, moves)
    for address in addresses:
        decide(draft, address)
    spread_replacements(draft)
    spread_projects(draft)
    find_needs(draft)
    hold_back(draft)
    draft.problems += look_alikes(list(draft.changes.values()), registry)
    changes = [with_tasks(draft, change) for change in draft.changes.values()]
    draft.problems += _circles(changes)
    found = [problem for problem in draft.problems if problem.severity is Severity.ERROR]
    if found:
        raise ConfigError(
            f"the plan is refused: {len(found)} problem{'s' if len(found) > 1 else ''}",
            where=f"environment {configuration.environment}",
            next_step="see each problem; nothing was written",
            problems=found,
        )
    return Plan(
        id=header.id,
        stack=configuration.stack,
        environment=configuration.environment,
        node=header.node,
        node_url=header.node_url,
        base=header.base,
        config_digest=configuration.digest,
        changes=tuple(_in_order(changes, registry)),
        suppressed=draft.suppressed,
        problems=(*configuration.warnings, *problems, *draft.problems),
        created_at=header.created_at,
        created_by=header.created_by,
        git_commit=header.git_commit,
    )


def _circles(changes: Sequence[Change]) -> Iterator[Problem]:
    """Yield an error if tasks wait for each other: none of them could ever be begun."""
    needs = {TaskRef(change.address, task.phase): task.requires for change in changes for task in change.tasks}
    try:
        levels(needs)
    except CycleError as error:
        path = " → ".join(map(str, error.cycle))
        address = error.cycle[0].address if isinstance(error.cycle[0], TaskRef) else None
        yield plan_error(
            "cycle",
            "objects wait for each other in a circle",
            address or changes[0].address,
            "remove one of the links, or a depends_on; apply, and put it back then",
            detail=path,
        )


def _in_order(changes: list[Change], registry: Registry) -> list[Change]:
    """Sort for reading: kinds by rank, then along the flow (producers before consumers), then by name."""
    flow: dict[Address, list[Address]] = {change.address: [] for change in changes}
    for change in changes:
        spec = change.after if change.after is not None else change.before
        if spec is None:
            continue
        for reference in registry[change.address.kind].references(spec, change.address):
            if reference.relation is Relation.READS:
                flow[change.address].append(reference.to)
            elif reference.relation is Relation.WRITES and reference.to in flow:
                flow[reference.to].append(change.address)
    try:
        level = levels(flow)
    except CycleError:
        level = {}  # validation names cycles; old state may still hold one, and a plan is readable in any order
    return sorted(
        changes,
        key=lambda change: (
            change.address.project,
            registry[change.address.kind].rank,
            level.get(change.address, 0),
            change.address,
        ),
    )
