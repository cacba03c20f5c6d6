"""``plan``: what would change. Reads the node; writes nothing but the plan itself and its report, if asked to."""

from __future__ import annotations

from dataclasses import dataclass, replace

from dataiku_iac.commands.checks import checks_of_plan
from dataiku_iac.commands.inputs import PlanInputs
from dataiku_iac.commands.names import new_name
from dataiku_iac.commands.outcome import ExitCode, Outcome
from dataiku_iac.commands.progress import Stages
from dataiku_iac.commands.recorded import read_recorded
from dataiku_iac.commands.reports import keep_report
from dataiku_iac.commands.surroundings import Surroundings
from dataiku_iac.commands.trust import keep_proofs, open_trust
from dataiku_iac.commands.wiring import Bench, open_bench
from dataiku_iac.core.errors import StalePlan
from dataiku_iac.core.kind import Registry
from dataiku_iac.core.plan import Base, Plan
from dataiku_iac.core.roles import Progress
from dataiku_iac.core.state import State
from dataiku_iac.engine.planning import PlanHeader
from dataiku_iac.engine.preparation import prepare_plan
from dataiku_iac.report import html, text
from dataiku_iac.report.json_form import plan_json
from dataiku_iac.report.words import count_changes
from dataiku_iac.store.clock import iso
from dataiku_iac.store.stack_store import StackStore

__all__ = ["Planned", "plan", "plan_on"]


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan and where its state is; ``store`` is ``None`` if there is none yet and none was asked for."""

    plan: Plan
    store: StackStore | None


def plan(inputs: PlanInputs, surroundings: Surroundings, registry: Registry, progress: Progress) -> Outcome:
    """Make a plan; with ``inputs.save`` it is kept for a later apply.

    Raises:
        IacError: anything is wrong; nothing was written.
    """
    with open_bench(inputs.target, surroundings, registry) as bench:
        stages = Stages(progress)
        stages.enter(5, "reading the files")
        bench.load(strict=inputs.strict)
        planned = plan_on(bench, stages, save=inputs.save, may_trust=not inputs.read_all)
        outcome = render_plan(planned.plan, detailed=inputs.detailed, stored=inputs.save)
        if inputs.save and planned.store is not None:
            stages.enter(90, "keeping the plan")
            planned.store.plans.put_plan(planned.plan.id, planned.plan.to_json())
            keep_report(planned.store, outcome)
        stages.enter(100, "planned")
        return outcome


def plan_on(bench: Bench, stages: Stages, *, save: bool, may_trust: bool = False) -> Planned:
    """Read state and node and compare. With ``save`` a store is made if there is none, after nothing can be refused any more.

    ``may_trust``: projects may be left unread, if the environment has ``trust_git``.
    """
    loaded = bench.load()
    node = bench.node()
    stages.enter(15, "reading the state")
    store = bench.store_if_any()
    state, base = _read_state(store, bench)
    stages.enter(25, f"reading {node.name}")
    clock = bench.surroundings.clock
    trust = open_trust(bench, store, may_write=save) if may_trust else None
    header = PlanHeader(
        id=new_name(clock, bench.surroundings.ids),
        node=node.name,
        node_url=node.url,
        base=base,
        created_at=iso(clock),
        created_by=bench.user(),
        git_commit=bench.commit,
    )
    found = prepare_plan(loaded.configuration, state, node.session, bench.registry, header, clock=clock, trust=trust)
    if save:
        keep_proofs(trust, store)
    stages.enter(80, "compared")
    if save and store is None:
        store = bench.store()
        found = replace(found, base=_first_base(store))
    return Planned(found, store)


def _read_state(store: StackStore | None, bench: Bench) -> tuple[State, Base]:
    stack = bench.stack()
    if store is None:
        return State(stack.name, stack.environment), Base("", 0, None)
    state, head = read_recorded(store, stack=stack.name, environment=stack.environment)
    return state, Base(head.lineage, head.serial, head.state_sha256)


def _first_base(store: StackStore) -> Base:
    head = store.heads.read().head
    if head.state is not None:
        raise StalePlan(
            "somebody applied to this stack for the first time while the plan was made",
            where=store.where(),
            next_step="make the plan again",
        )
    return Base(head.lineage, head.serial, None)


def render_plan(made: Plan, *, detailed: bool, stored: bool) -> Outcome:
    """Return ``made`` in every form; the exit code says whether anything would change."""
    checks = checks_of_plan(made)
    detail = text.Detail.DETAILED if detailed else text.Detail.LONG
    shown = text.render_plan(made, detail=detail, checks=checks)
    twin = {**plan_json(made, checks=checks), "text": shown}
    name = f"plan-{made.id}" if stored else ""
    return Outcome(
        text=shown,
        json=twin,
        html=html.render_plan(made, twin, stored=name, detailed=detailed, checks=checks),
        exit_code=ExitCode.CHANGES if count_changes(made).total else ExitCode.OK,
        stored=name,
        checks=checks,
    )
