"""The use cases *resume* and *abandon*: go on with a run that another process left, or give it up.

| left behind | what happens |
|---|---|
| run open, no journal | TAKEOVER stands in slot 1; the stored plan is carried out (its base was checked when the run was opened) |
| run open, no intent | the same |
| open intents | a look at each object decides; only then the rest of the plan goes on |
| all done, not committed | the state is rebuilt from the journal and committed |
| committed and closed, END missing | history and END are written |
| lease held by a living owner | refused, with its holder |
| owner dead, expired or broken | taken over; after a break its owner is given the time to notice |
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from dataiku_iac.core.address import Address
from dataiku_iac.core.errors import NodeError, StateError
from dataiku_iac.core.journal import Absent, EndStatus, Intent, RunMode
from dataiku_iac.core.kind import Registry
from dataiku_iac.core.lease import Owner
from dataiku_iac.core.ledger import Replayed
from dataiku_iac.core.plan import Action, Change, Phase, Plan, StepVerb
from dataiku_iac.core.result import ChangeResult, ChangeStatus, RunResult, RunStatus
from dataiku_iac.core.roles import Clock, Progress
from dataiku_iac.engine.actions import PlannedAction, mark_id
from dataiku_iac.engine.apply import our_logins
from dataiku_iac.engine.context import RunContext, RunNode, wait_while_ours
from dataiku_iac.engine.effects import Ended, done_record, settle
from dataiku_iac.engine.marks import check_marks, find_marked
from dataiku_iac.engine.recording import Recording
from dataiku_iac.engine.refresh import LiveObjects
from dataiku_iac.engine.resolution import compare_live
from dataiku_iac.engine.run import OpenedRun, Settings, check_node, load_state, survey
from dataiku_iac.engine.steps import begun_entry
from dataiku_iac.store.clock import iso
from dataiku_iac.store.crashpoints import crashpoint
from dataiku_iac.store.heads import SeenHead
from dataiku_iac.store.stack_store import StackStore

__all__ = ["abandon", "resume"]


def resume(
    run: str | None = None,
    *,
    session: RunNode,
    store: StackStore,
    registry: Registry,
    clock: Clock,
    owner: Owner,
    progress: Progress | None = None,
    parallelism: int = 8,
    wait_s: float = 0.0,
    drain_s: float = 60.0,
) -> RunResult:
    """Do what is left of a run; ``None`` = the one that is open.

    What was refused is tried again, what is in conflict is looked at again. For a run that has ended already nothing is
    done, and the result says so: status ok, no changes. Arguments are those of ``apply``.

    Raises:
        StateError: there is no such run, or it belongs to another node.
        LeaseHeld, LeaseLost, StoreCorrupt: as for ``apply``.
        NodeError: before anything was done, the node could not be read.
    """
    taker = _Taker(session, store, registry, clock, owner, Settings(parallelism, drain_s, progress), wait_s)
    run = run or store.heads.read().head.open_run
    if run is None:
        raise StateError(
            "no run of this stack is open",
            where=store.where("head.json"),
            next_step="nothing is to be resumed; make a plan",
        )
    if taker.is_over(run):
        return taker.nothing_left(run)
    with taker.take(run) as opened:
        if opened.is_closed:
            return _end_belatedly(opened)
        unknown = _settle_open(opened)
        if unknown is not None:
            opened.commit(close=False)
            return opened.result(_all(opened.plan, unknown), RunStatus.PARTIAL)
        opened.live = survey(session, registry, opened.plan)
        _relearn(opened)
        projects = {a.project: found for a, found in opened.live.objects.items() if a.kind == "project"}
        check_marks(opened.plan, projects)
        return opened.carry_out()


def abandon(
    run: str,
    *,
    session: RunNode,
    store: StackStore,
    registry: Registry,
    clock: Clock,
    owner: Owner,
    wait_s: float = 0.0,
    drain_s: float = 60.0,
) -> RunResult:
    """Close an open run and keep in the state what it did. Nothing is undone, nothing more is done.

    Effects whose end is not known are looked at first, so that no object is lost sight of. A run that has ended already
    is left as it is: status ok, no changes.

    Raises:
        StateError: there is no such run, it belongs to another node, or an effect could not be looked at.
        LeaseHeld, LeaseLost, StoreCorrupt: as for ``apply``.
    """
    taker = _Taker(session, store, registry, clock, owner, Settings(drain_s=drain_s), wait_s)
    if taker.is_over(run):
        return taker.nothing_left(run)
    with taker.take(run) as opened:
        if opened.is_closed:
            return _end_belatedly(opened)
        unknown = _settle_open(opened)
        if unknown is not None:
            raise StateError(
                f"run {run} cannot be abandoned yet: {unknown.message}",
                where=f"node {session.url}",
                next_step="try again when the node answers",
            )
        results = _results_so_far(opened)
        opened.commit(close=True)
        opened.finish(results, EndStatus.ABANDONED)
        return opened.result(results, RunStatus.ABANDONED)


@dataclass(frozen=True, slots=True)
class _Taker:
    """Takes runs over."""

    session: RunNode
    store: StackStore
    registry: Registry
    clock: Clock
    owner: Owner
    settings: Settings
    wait_s: float

    def is_over(self, run: str) -> bool:
        """Tell whether the run has ended in every respect; needs no lease."""
        is_open = self.store.heads.read().head.open_run == run
        return not is_open and self.store.journal(run).replay().ended is not None

    def nothing_left(self, run: str) -> RunResult:
        """Return the result for a run that is over."""
        plan, now = self._plan_of(run), iso(self.clock)
        return RunResult(
            run=run,
            plan_id=plan.id,
            stack=plan.stack,
            environment=plan.environment,
            node_url=plan.node_url,
            status=RunStatus.OK,
            changes=(),
            serial=self.store.heads.read().head.serial,
            started_at=now,
            finished_at=now,
        )

    def _plan_of(self, run: str) -> Plan:
        return Plan.from_json(self.store.plans.get_run_plan(run), where=self.store.where(f"runs/{run}/plan.json.gz"))

    @contextmanager
    def take(self, run: str) -> Iterator[OpenedRun]:
        """Take the lease, fence journal and head, rebuild the state: the owner before us can change nothing any more."""
        started_at, store = iso(self.clock), self.store
        plan = self._plan_of(run)
        check_node(plan, self.session)
        before = _owner_before(store)
        with store.leases.acquire(replace(self.owner, run=run), wait_s=self.wait_s) as lease:
            head = store.heads.read()
            is_open = head.head.open_run == run
            if not is_open and store.journal(run).replay().next_seq == 1:
                raise StateError(
                    f"run {run} never began: its process died before it was opened",
                    where=store.where(f"runs/{run}/"),
                    next_step="nothing was done; apply the plan again, or make a new one",
                )
            with store.journal(run).take_over(lease) as journal:
                if is_open:
                    head = store.heads.take_fence(head, lease=lease)
                opened = OpenedRun(
                    plan=plan,
                    node=self.session,
                    store=store,
                    registry=self.registry,
                    clock=self.clock,
                    lease=lease,
                    journal=journal,
                    head=head,
                    recording=Recording(load_state(store, head, plan)),
                    live=survey(self.session, self.registry, plan) if is_open else LiveObjects({}),
                    logins=_logins(journal.replayed(), self.session),
                    settings=self.settings,
                    mode=_mode(journal.replayed()),
                    started_at=started_at,
                    resumed_from=before,
                    committed_before=_has_committed(store, head, run),
                    is_closed=not is_open,
                )
                if is_open:
                    _rebuild(opened)
                yield opened


def _rebuild(opened: OpenedRun) -> None:
    context = opened.context()
    opened.recording.replay(context.prior, context.index, after_slot=opened.head.head.journal_upto)
    _relearn(opened)


def _relearn(opened: OpenedRun) -> None:
    """Learn the ids of what the run created: until it is renamed it stands on the node under its temporary name."""
    context = opened.context()
    for aid, action in context.index.items():
        done, address = context.prior.done.get(aid), action.change.address
        if done is not None and done.result.id and action.step.verb is StepVerb.CREATE:
            opened.live.names.learn(address.kind, address.project, address.name, done.result.id)


def _mode(replayed: Replayed) -> RunMode:
    """Return what the run is; one that died before its BEGIN says it nowhere else."""
    return RunMode.APPLY if replayed.begun is None else replayed.begun.mode


def _has_committed(store: StackStore, head: SeenHead, run: str) -> bool:
    snapshot = store.heads.load(head.head) if head.head.run == run else None
    return snapshot is not None and snapshot.run == run


def _owner_before(store: StackStore) -> str:
    """Return whom we follow, e.g. ``alice@ci-7``: the holder of the lease, or who gave it back."""
    seen = store.leases.read()
    if seen is None:
        return ""
    owner, previous = seen.lease.owner, seen.lease.previous
    if owner is not None:
        return f"{owner.user}@{owner.host}"
    return previous.by if previous is not None else ""


def _logins(replayed: Replayed, session: RunNode) -> frozenset[str]:
    """Return every identity under which the run may have created objects; none if one of them is unknown."""
    own = our_logins(session)
    begun: object = replayed.begun.options.get("logins") if replayed.begun is not None else None
    known = [str(login) for login in begun] if isinstance(begun, list) else []
    takers = {taker.owner.user for taker in replayed.takeovers}
    return own | frozenset(known) | takers if own and known else frozenset()


def _settle_open(opened: OpenedRun) -> ChangeResult | None:
    """Find out what became of every effect that was under way; return the first that cannot be told.

    Conflicts are noted and left to the steps themselves, which look again.
    """
    context = opened.context()
    if not context.prior.open_intents:
        return None
    taken_s = opened.clock.monotonic()
    if opened.lease.quiet_s:
        # The lease was broken by hand: its owner may still send until it notices.
        wait_while_ours(opened.lease.quiet_s, clock=opened.clock, lease=opened.lease)
        taken_s = opened.clock.monotonic()
    for intent in context.prior.open_intents:
        crashpoint("resume.settle")
        action = context.index.get(intent.aid)
        try:
            if action is None:
                _settle_extra(context, intent)
            else:
                _settle_planned(context, action, intent, since_s=taken_s)
        except Ended as ended:
            if ended.status is ChangeStatus.UNKNOWN:
                address = Address(intent.type) if action is None else action.change.address
                done = Action.UPDATE if action is None else action.change.action
                return ChangeResult(address, done, ended.status, ended.message)
    opened.journal.flush()
    return None


def _settle_planned(context: RunContext, action: PlannedAction, intent: Intent, *, since_s: float) -> None:
    change = action.change
    live_id = intent.pre.id or change.live_id or context.own_id(change.address)
    live = settle(context, action, intent, live_id, answered=False, since_s=since_s)
    if live is None:
        return
    if action.phase is Phase.REMOVE:
        context.recording.drop(change.address)
        context.journal.append(done_record(intent.aid, context, change.address, None, found=True, entry=None))
        return
    entry = None
    if action.step.verb is StepVerb.CREATE:
        context.names.learn(change.address.kind, change.address.project, change.address.name, live.id)
        made = begun_entry(context, change, action.task, live)
        context.recording.put(made)
        entry = made.to_json()
    # A write leaves no entry here: its task goes on from it, verifies the whole object, and records it then.
    context.journal.append(done_record(intent.aid, context, change.address, live, found=True, entry=entry))


def _settle_extra(context: RunContext, intent: Intent) -> None:
    """A mark, or the removal of a duplicate: both are seen to later in the run, so what is not there is simply absent."""
    for project in {change.address.project for change in context.plan.changes}:
        if intent.aid != mark_id(context.run, project):
            continue
        try:
            live = find_marked(context, project)
        except NodeError as error:
            raise Ended(ChangeStatus.UNKNOWN, str(error), halts=True) from error
        if live is not None:
            address = Address("project", project)
            context.journal.append(done_record(intent.aid, context, address, live, found=True, entry=None))
            return
    context.journal.append(Absent(intent.aid))


def _results_so_far(opened: OpenedRun, *, look: bool = True) -> tuple[ChangeResult, ...]:
    """Return what became of each change; with ``look`` the node is asked about those of which a step is left."""
    context = opened.context()
    results = []
    for change in opened.plan.changes:
        if change.action is Action.NONE or change.is_held:
            continue
        status = ChangeStatus.DONE if _is_begun(context, change) else ChangeStatus.SKIPPED
        message = "the run was abandoned"
        if status is ChangeStatus.DONE:
            message = _unfinished(context, change) if look else ""
        results.append(ChangeResult(change.address, change.action, status, message))
    return tuple(results)


def _is_begun(context: RunContext, change: Change) -> bool:
    """Tell whether the run did something for ``change``: it stands in the journal, or was recorded without any call."""
    if _steps_done(context, change):
        return True
    recorded = context.recording.get(change.address)
    if change.action is Action.FORGET:
        return recorded is None
    return not change.tasks and recorded is not None and recorded.run == context.run


def _steps_done(context: RunContext, change: Change) -> int:
    ids = [aid for task in change.tasks for aid in context.index.ids_of(change, task)]
    return max((number for number, aid in enumerate(ids, start=1) if aid in context.prior.done), default=0)


def _unfinished(context: RunContext, change: Change) -> str:
    """Return what is to be said of a change of which not every step was done; a creation may have left nothing to write."""
    steps = [(task, step) for task in change.tasks for step in task.steps]
    left = steps[_steps_done(context, change) :]
    if not left:
        return ""
    task = left[-1][0]
    recorded = context.recording.get(change.address)
    try:
        live = context.read(change.address, recorded.id) if recorded is not None else None
    except NodeError as error:
        return f"begun; the node does not tell how far it came ({error.what}). A new plan shows the rest"
    if live is not None and task.phase is not Phase.REMOVE:
        action = context.index.get(context.index.ids_of(change, task)[-1])
        parts = compare_live(context, action, live).parts if action is not None else ()
        if not any(step.part in parts for _, step in left):
            return ""
    return "begun, and not finished: a new plan shows the rest"


def _all(plan: Plan, first: ChangeResult) -> tuple[ChangeResult, ...]:
    return tuple(
        first
        if change.address == first.address
        else ChangeResult(
            change.address, change.action, ChangeStatus.SKIPPED, "not begun: an earlier effect is unknown"
        )
        for change in plan.changes
        if change.action is not Action.NONE
    )


def _end_belatedly(opened: OpenedRun) -> RunResult:
    """Write what a run lost that died between its last commit and its END."""
    status = EndStatus.OK if opened.committed_before else EndStatus.FAILED
    opened.finish(_results_so_far(opened, look=False), status)
    return opened.result((), RunStatus.OK)
