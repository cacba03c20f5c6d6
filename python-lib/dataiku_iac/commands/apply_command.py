"""``apply``: carry out a plan as it was shown, or refuse. With ``dry_run``: look at everything, write nothing."""

from __future__ import annotations

from dataclasses import replace

from dataiku_iac.commands.inputs import ApplyInputs
from dataiku_iac.commands.outcome import Outcome
from dataiku_iac.commands.plan_command import plan_on, render_plan
from dataiku_iac.commands.probes import find_missing_rights
from dataiku_iac.commands.progress import Stages
from dataiku_iac.commands.reports import keep_report
from dataiku_iac.commands.run_outcome import render_run
from dataiku_iac.commands.surroundings import Surroundings
from dataiku_iac.commands.wiring import Bench, open_bench
from dataiku_iac.core.errors import OpenRun, StalePlan, StateError
from dataiku_iac.core.kind import Registry
from dataiku_iac.core.plan import Plan
from dataiku_iac.core.roles import Progress
from dataiku_iac.engine import apply as engine_apply
from dataiku_iac.engine.run import check_node
from dataiku_iac.store.processes import make_owner
from dataiku_iac.store.stack_store import StackStore

__all__ = ["apply"]


def apply(inputs: ApplyInputs, surroundings: Surroundings, registry: Registry, progress: Progress) -> Outcome:
    """Carry out the saved plan ``inputs.plan``, or a plan made now.

    Raises:
        IacError: refused before anything was written; or the run was lost to another process.
    """
    with open_bench(inputs.target, surroundings, registry) as bench:
        stages = Stages(progress)
        stages.enter(5, "reading the plan")
        if inputs.dry_run:
            return _dry_run(inputs, bench, stages)
        if inputs.plan or inputs.ready is not None:
            store = bench.existing_store()
            chosen = inputs.ready or _saved_plan(store, inputs.plan)
            _check_stack(chosen, bench)
        else:
            planned = plan_on(bench, stages, save=True)
            chosen, store = planned.plan, planned.store or bench.store()
            store.plans.put_plan(chosen.id, chosen.to_json())
        node = bench.node()
        owner = make_owner(
            run=engine_apply.new_run_id(surroundings.clock, surroundings.ids),
            op="apply",
            user=bench.user(),
            node_url=node.url,
            plugin_version=surroundings.plugin_version,
        )
        stages.enter(30, f"run {owner.run} of plan {chosen.id}")
        result = engine_apply.apply(
            chosen,
            session=node.session,
            store=store,
            registry=registry,
            clock=surroundings.clock,
            owner=owner,
            progress=stages.within(95),
            parallelism=inputs.parallelism or bench.stack().parallelism,
            wait_s=float(inputs.wait_s),
        )
        stages.enter(95, "keeping the report")
        outcome = keep_report(store, render_run(result))
        stages.enter(100, "the run has ended")
        return outcome


def _saved_plan(store: StackStore, plan_id: str) -> Plan:
    return Plan.from_json(store.plans.get_plan(plan_id), where=store.where(f"plans/{plan_id}.json.gz"))


def _check_stack(chosen: Plan, bench: Bench) -> None:
    stack = bench.stack()
    if (chosen.stack, chosen.environment) != (stack.name, stack.environment):
        raise StateError(
            f'plan {chosen.id} is of stack "{chosen.stack}" in environment "{chosen.environment}"',
            where=f'stack "{stack.name}", environment "{stack.environment}"',
            next_step="choose the environment of the plan, or another plan",
        )


def _dry_run(inputs: ApplyInputs, bench: Bench, stages: Stages) -> Outcome:
    if inputs.plan or inputs.ready is not None:
        store = bench.existing_store()
        chosen = inputs.ready or _saved_plan(store, inputs.plan)
        _check_stack(chosen, bench)
        check_node(chosen, bench.node().session)
        _check_base(chosen, store)
    else:
        chosen = plan_on(bench, stages, save=False).plan
    stages.enter(90, "asking for rights")
    problems = find_missing_rights(bench.node().session, chosen)
    shown = replace(chosen, problems=(*chosen.problems, *problems))
    outcome = render_plan(shown, detailed=True, stored=False)
    stages.enter(100, "nothing was written")
    return replace(outcome, text=f"{outcome.text}\nDry run: nothing was written.\n")


def _check_base(chosen: Plan, store: StackStore) -> None:
    head = store.heads.read().head
    if head.open_run is not None:
        raise OpenRun(
            f"run {head.open_run} did not finish",
            run=head.open_run,
            where=store.where("head.json"),
            next_step="resume it first",
        )
    if (chosen.base.lineage, chosen.base.serial, chosen.base.state_sha256) != (
        head.lineage,
        head.serial,
        head.state_sha256,
    ):
        raise StalePlan(
            f"plan {chosen.id} was made from state {chosen.base.serial}, the stack is at {head.serial}",
            where=store.where("head.json"),
            next_step="make a new plan",
        )
