"""The use case *apply*: carry out a plan as written, or refuse."""

from __future__ import annotations

from dataiku_iac.core.errors import OpenRun, StalePlan
from dataiku_iac.core.journal import Begin, RunMode
from dataiku_iac.core.kind import Registry
from dataiku_iac.core.lease import Owner
from dataiku_iac.core.plan import Action, Plan
from dataiku_iac.core.result import RunResult, RunStatus
from dataiku_iac.core.roles import Clock, Ids, Progress
from dataiku_iac.dss.identity import read_identity
from dataiku_iac.engine.context import RunNode
from dataiku_iac.engine.marks import check_marks
from dataiku_iac.engine.recording import Recording
from dataiku_iac.engine.run import OpenedRun, Settings, check_node, load_state, survey
from dataiku_iac.store.clock import iso
from dataiku_iac.store.heads import SeenHead
from dataiku_iac.store.stack_store import StackStore

__all__ = ["apply", "new_run_id", "our_logins"]


def new_run_id(clock: Clock, ids: Ids) -> str:
    """Return a fresh id that sorts by time, e.g. ``20261120T164512Z-9f3c2a1b``."""
    return f"{clock.now():%Y%m%dT%H%M%SZ}-{ids.new()[:8]}"


def apply(
    plan: Plan,
    *,
    session: RunNode,
    store: StackStore,
    registry: Registry,
    clock: Clock,
    owner: Owner,
    mode: RunMode = RunMode.APPLY,
    progress: Progress | None = None,
    parallelism: int = 8,
    wait_s: float = 0.0,
    drain_s: float = 60.0,
) -> RunResult:
    """Carry out ``plan`` as run ``owner.run`` and return how each change ended.

    If something was not done although other things were, the run stays open: ``resume`` tries the rest again, ``abandon``
    gives it up. The state holds what was done in either case. A plan that would write nothing, neither on the node nor
    in the state, needs no lease and leaves no run.

    Args:
        plan: immutable; made from the state that is committed now.
        session: the node of the plan.
        store: the stack of the plan.
        registry: the kinds.
        clock: for waits and times.
        owner: who works, as run ``owner.run`` (see ``new_run_id`` and ``store.processes.make_owner``).
        mode: what the run is called in journal and history; every mode is carried out alike.
        progress: told of each task.
        parallelism: how many calls may be under way.
        wait_s: how long to wait for a lease that somebody holds.
        drain_s: how long a request whose answer did not come may still take effect.

    Raises:
        LeaseHeld: another run owns the stack.
        OpenRun: an earlier run did not finish.
        StalePlan: the state moved since the plan was made.
        StateError: the plan belongs to another node, or a project to another stack.
        LeaseLost: somebody took the run over; they go on.
        NodeError: before the run was open, the node could not be read.
    """
    check_node(plan, session)
    head = store.heads.read()
    _check_base(plan, store, head)
    if _is_nothing(plan, store, head):
        now = iso(clock)
        return RunResult(
            run=owner.run,
            plan_id=plan.id,
            stack=plan.stack,
            environment=plan.environment,
            node_url=session.url,
            status=RunStatus.OK,
            changes=(),
            serial=head.head.serial,
            started_at=now,
            finished_at=now,
        )
    with store.leases.acquire(owner, wait_s=wait_s) as lease:
        started_at = iso(clock)
        head = store.heads.read()
        _check_base(plan, store, head)
        live = survey(session, registry, plan)
        check_marks(plan, {a.project: found for a, found in live.objects.items() if a.kind == "project"})
        logins = our_logins(session)
        state = load_state(store, head, plan)
        store.plans.put_run_plan(owner.run, plan.to_json())
        head = store.heads.open_run(head, run=owner.run, lease=lease)
        begin = Begin(
            plan_sha256=plan.digest,
            base_serial=plan.base.serial,
            base_state_sha256=plan.base.state_sha256,
            mode=mode,
            options={"parallelism": parallelism, "logins": sorted(logins)},
        )
        with store.journal(owner.run).begin(lease, begin) as journal:
            opened = OpenedRun(
                plan=plan,
                node=session,
                store=store,
                registry=registry,
                clock=clock,
                lease=lease,
                journal=journal,
                head=head,
                recording=Recording(state),
                live=live,
                logins=logins,
                settings=Settings(parallelism, drain_s, progress),
                mode=mode,
                started_at=started_at,
            )
            return opened.carry_out()


def our_logins(session: RunNode) -> frozenset[str]:
    """Return the login that objects we create bear as their creator; empty where we cannot tell."""
    identity = read_identity(session)
    return frozenset({identity.login}) if identity.is_user else frozenset()


def _check_base(plan: Plan, store: StackStore, seen: SeenHead) -> None:
    head = seen.head
    if head.open_run is not None:
        raise OpenRun(
            f"run {head.open_run} did not finish",
            run=head.open_run,
            where=store.where("head.json"),
            next_step=f"`resume {head.open_run}` does what is left of it; `resume --abandon {head.open_run}` (in the macro: "
            "abandon) keeps what was done and gives the rest up; then make a new plan",
        )
    if plan.base.lineage != head.lineage:
        raise StalePlan(
            f"plan {plan.id} belongs to state lineage {plan.base.lineage}, this stack has {head.lineage}",
            where=store.where(),
            next_step="check environment and stack; make a new plan",
        )
    if (plan.base.serial, plan.base.state_sha256) != (head.serial, head.state_sha256):
        raise StalePlan(
            f"plan {plan.id} was made from state {plan.base.serial}, the stack is at {head.serial}"
            + (f" since run {head.run}" if head.run else ""),
            where=store.where("head.json"),
            next_step="make a new plan and look at it again",
        )


def _is_nothing(plan: Plan, store: StackStore, head: SeenHead) -> bool:
    if not plan.is_empty or any(change.action is Action.ADOPT for change in plan.changes):
        return False
    recording = Recording(load_state(store, head, plan))
    recording.settle_without_calls(plan)
    return recording.changes == 0
