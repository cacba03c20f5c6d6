"""One run from its opening to its end: what apply and resume have in common.

Order is what makes it safe: lease, head, plan, open run, BEGIN, effects with their intents, state, close, history, END,
release. A process may die on any line; whoever comes next finds in the store what it has to know.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from dataiku_iac.core.address import Address
from dataiku_iac.core.errors import StateError
from dataiku_iac.core.heads import HistoryEntry
from dataiku_iac.core.journal import End, EndStatus, RunMode, Snap
from dataiku_iac.core.kind import Registry
from dataiku_iac.core.plan import Action, Change, Plan
from dataiku_iac.core.result import ChangeResult, ChangeStatus, RunResult, RunStatus
from dataiku_iac.core.roles import Clock, NodeReader, Progress
from dataiku_iac.core.state import State
from dataiku_iac.engine.actions import ActionIndex
from dataiku_iac.engine.comparison import compare
from dataiku_iac.engine.context import RunContext, RunNode
from dataiku_iac.engine.duplicates import remove_duplicates
from dataiku_iac.engine.effects import Ended
from dataiku_iac.engine.execution import TaskEnd, execute, results_of
from dataiku_iac.engine.limited_node import LimitedNode
from dataiku_iac.engine.links import named_by_id
from dataiku_iac.engine.marks import ensure_mark, projects_to_mark
from dataiku_iac.engine.node_ids import with_names
from dataiku_iac.engine.recording import Recording
from dataiku_iac.engine.refresh import LiveObjects, refresh
from dataiku_iac.engine.shared_reader import SharedReader
from dataiku_iac.engine.steps import entry_of
from dataiku_iac.engine.translate import Names
from dataiku_iac.store.clock import iso
from dataiku_iac.store.heads import SeenHead
from dataiku_iac.store.held_lease import HeldLease
from dataiku_iac.store.journal_writer import JournalWriter
from dataiku_iac.store.stack_store import StackStore

__all__ = ["OpenedRun", "Settings", "check_node", "count_done", "load_state", "survey"]

_TASKS_PER_CALL: Final = 3
_COMMIT_ACTIONS: Final = 200
_COMMIT_S: Final = 30.0
_COMMIT_SHARE: Final = (
    8  # a snapshot holds the whole state: those of a large one are fewer, or they would cost its square
)


@dataclass(frozen=True, slots=True)
class Settings:
    """How a run is carried out.

    ``parallelism``: how many calls may be under way. ``drain_s``: how long a request whose answer did not come may still
    take effect.
    """

    parallelism: int = 8
    drain_s: float = 60.0
    progress: Progress | None = None

    @property
    def tasks(self) -> int:
        """How many tasks are begun at once: half of their time goes to the journal, in which the node would have nothing to do."""
        return self.parallelism * _TASKS_PER_CALL if self.parallelism > 1 else 1


def check_node(plan: Plan, node: RunNode) -> None:
    """Refuse another node than the plan was made for.

    Raises:
        StateError: saying which is which.
    """
    if plan.node_url.rstrip("/") != node.url.rstrip("/"):
        raise StateError(
            f"the plan is for node {plan.node_url}, this is {node.url}",
            where=f"plan {plan.id}",
            next_step="apply it on its own node, or make a plan for this one",
        )


def load_state(store: StackStore, head: SeenHead, plan: Plan) -> State:
    """Return the committed state, an empty one if there is none yet."""
    snapshot = store.heads.load(head.head)
    if snapshot is None:
        return State(plan.stack, plan.environment)
    return State.from_json(snapshot.state, where=store.where(snapshot.key))


def survey(reader: NodeReader, registry: Registry, plan: Plan) -> LiveObjects:
    """Read what a run must know of its projects: which exist, their marks, ids by name, and whole what is to be adopted.

    Raises:
        NodeError: it cannot be read; nothing was written.
    """
    worked = {c.address.project for c in plan.changes if c.address.project and (c.tasks or c.action is Action.ADOPT)}
    adopted = {c.address: c.after for c in plan.changes if c.action is Action.ADOPT and c.after is not None}
    whole = {address.project for address in adopted}
    nothing = State(plan.stack, plan.environment)
    ids = {change.address: change.live_id for change in plan.changes if change.live_id}
    names = Names(registry)
    for change in plan.changes:
        names.know(change.address.project)
    # An object that a person made may be named, too: its kind is listed although nothing of it is in the plan.
    mentioned = _named_by_id(plan, names)
    named = [*(change.address for change in plan.changes), *mentioned]
    found = dict(
        refresh(reader, registry, whole & worked, state=nothing, declared=adopted, named=named, ids=ids).objects
    )
    others = (worked | {address.project for address in mentioned}) - whole
    found.update(
        refresh(reader, registry, others, state=nothing, declared={}, named=named, naming=True, ids=ids).objects
    )
    for address, live in found.items():
        if registry[address.kind].is_translated:
            names.learn(address.kind, address.project, address.name, live.id)
    return LiveObjects(found, names)


def _named_by_id(plan: Plan, names: Names) -> set[Address]:
    """Return the objects in projects of the plan that what is to be done names and the node knows by ids: ``SHARED.folder:exports``."""
    found: set[Address] = set()
    for change in plan.changes:
        if change.tasks and change.after is not None:
            kind = names.registry[change.address.kind]
            document = kind.expand(change.after, change.address)
            found |= named_by_id(document, kind, change.address.project, names)
    projects = {change.address.project for change in plan.changes}
    return {address for address in found if address.project in projects}


@dataclass(slots=True)
class OpenedRun:
    """A run that is open in the head, its journal in our hands. ``carry_out`` goes on with it and ends it as far as it goes.

    ``committed_before``: a process before us committed a state in this run. ``is_closed``: it even closed the run.
    """

    plan: Plan
    node: RunNode
    store: StackStore
    registry: Registry
    clock: Clock
    lease: HeldLease
    journal: JournalWriter
    head: SeenHead
    recording: Recording
    live: LiveObjects
    logins: frozenset[str]
    settings: Settings
    mode: RunMode
    started_at: str
    resumed_from: str = ""
    committed_before: bool = False
    is_closed: bool = False
    _committed: int = 0
    _done_tasks: int = 0
    _committed_at_s: float = field(default=0.0)

    @property
    def run(self) -> str:
        """Its id."""
        return self.lease.owner.run

    def context(self) -> RunContext:
        """Return what effects need, with the journal as it is now."""
        node = LimitedNode(self.node, self.settings.parallelism, self.lease.gate)
        return RunContext(
            plan=self.plan,
            run=self.run,
            api=node,
            reader=SharedReader(node),
            registry=self.registry,
            names=self.live.names,
            lease=self.lease,
            journal=self.journal,
            images=self.store.plans,
            recording=self.recording,
            index=ActionIndex(self.plan, self.run),
            prior=self.journal.replayed(),
            clock=self.clock,
            logins=self.logins,
            drain_s=self.settings.drain_s,
        )

    def carry_out(self) -> RunResult:
        """Do all that is left of the plan, commit what came of it, and close the run if nothing is left.

        Raises:
            LeaseLost: somebody took over; they go on.
            StateError: the store failed; the run stays open.
        """
        self._committed_at_s = self.clock.monotonic()
        context = self.context()
        unmarked = self._mark_projects(context)
        if unmarked is not None:
            return self._end(
                [_result(c, unmarked) for c in self.plan.changes if c.action is not Action.NONE and not c.is_held]
            )
        self.recording.settle_without_calls(self.plan)
        adopted = self._adopt(context)
        ends = execute(
            context,
            parallelism=self.settings.tasks,
            progress=self.settings.progress,
            on_task=self._commit_now_and_then,
        )
        self.journal.flush()
        remove_duplicates(self.context())
        return self._end(results_of(context, ends, adopted))

    # --- before the tasks ---

    def _mark_projects(self, context: RunContext) -> TaskEnd | None:
        """Mark the projects that exist; those that the run creates are marked then."""
        for project in projects_to_mark(self.plan, self.registry):
            if Address("project", project) not in self.live.objects:
                continue
            try:
                ensure_mark(context, project)
            except Ended as ended:
                return TaskEnd(ended.status, f"project {project} could not be marked: {ended.message}")
        return None

    def _adopt(self, context: RunContext) -> Mapping[Address, TaskEnd]:
        """Record objects that are there as declared; they were just read."""
        ends: dict[Address, TaskEnd] = {}
        for change in self.plan.changes:
            if change.action is not Action.ADOPT:
                continue
            recorded = self.recording.get(change.address)
            if recorded is not None and recorded.run == self.run:
                ends[change.address] = TaskEnd(ChangeStatus.DONE)  # by the process before us
                continue
            live, kind = self.live.objects.get(change.address), self.registry[change.address.kind]
            if live is None:
                why = "the object is gone, and the plan was made when it was there; make a new plan"
                ends[change.address] = TaskEnd(ChangeStatus.CONFLICT, why)
            elif (
                kind.fingerprint(live.document) != change.expects
                and compare(
                    kind,
                    change.address,
                    live.document,
                    with_names(change.after or {}, kind, change.address, self.live.names),
                    None,
                    change.lifecycle.ignore,
                    hidden=live.hidden,
                ).parts
            ):
                why = "the object is no longer as declared; make a new plan, which shows the difference"
                ends[change.address] = TaskEnd(ChangeStatus.CONFLICT, why)
            else:
                self.recording.put(entry_of(context, change, live, change.after or {}))
                ends[change.address] = TaskEnd(ChangeStatus.DONE)
        return ends

    # --- the state ---

    def _commit_now_and_then(self) -> None:
        self._done_tasks += 1
        waited = self.clock.monotonic() - self._committed_at_s
        enough = max(_COMMIT_ACTIONS, self.recording.size // _COMMIT_SHARE)
        if self._done_tasks >= enough or waited >= _COMMIT_S:
            self.commit(close=False)

    def commit(self, *, close: bool) -> None:
        """Commit what is recorded, if that is anything new; with ``close`` the run ends in the same write."""
        upto = self.journal.flush()
        touched = self.recording.changes
        if touched == self._committed and not close:
            return
        if touched == self._committed and self.head.head.state is not None:
            self.head = self.store.heads.close_run(self.head, lease=self.lease)
            return
        state = self.recording.state()
        self.head = self.store.heads.commit(
            self.head,
            state=state.to_json(),
            resources=len(state.resources),
            journal_upto=upto,
            lease=self.lease,
            close=close,
        )
        self._committed, self._done_tasks = touched, 0
        self._committed_at_s = self.clock.monotonic()
        if self.head.head.state is not None:
            self.journal.post(Snap(self.head.head.state.key, self.head.head.serial))

    # --- the end ---

    def _end(self, results: Sequence[ChangeResult]) -> RunResult:
        all_done = all(result.status is ChangeStatus.DONE for result in results)
        self.journal.flush()
        seen, index = self.journal.replayed(), ActionIndex(self.plan, self.run)
        acted = any(index.get(aid) is not None for aid in seen.done)  # a mark alone is nothing to go on from
        nothing = not (acted or seen.open_intents or self.recording.changes)
        if all_done:
            self.commit(close=True)
            self.finish(results, EndStatus.OK)
        elif nothing:
            # There is nothing to go on from: the next plan starts where this one did.
            self.head = self.store.heads.close_run(self.head, lease=self.lease)
            self.finish(results, EndStatus.FAILED)
        else:
            self.commit(close=False)
            self.journal.flush()
        status = RunStatus.OK if all_done else RunStatus.FAILED if nothing else RunStatus.PARTIAL
        return self.result(results, status)

    def finish(self, results: Sequence[ChangeResult], status: EndStatus) -> None:
        """Write history (of a run that committed a state) and END of a run that the head no longer holds open."""
        counts = count_done(results)
        if self._committed or self.committed_before:
            self.store.heads.add_history(self._history(counts, status))
        self.journal.append(End(status, counts))

    def _history(self, counts: Mapping[str, int], status: EndStatus) -> HistoryEntry:
        head = self.head.head
        return HistoryEntry(
            lineage=head.lineage,
            serial=head.serial,
            run=self.run,
            op=self.mode.value,
            status=status.value,
            user=self.lease.owner.user,
            node_url=self.node.url,
            started_at=self.started_at,
            finished_at=iso(self.clock),
            plan_sha256=self.plan.digest,
            state_sha256=head.state_sha256,
            git_commit=self.plan.git_commit or None,
            counts=counts,
        )

    def result(self, results: Sequence[ChangeResult], status: RunStatus) -> RunResult:
        """Return the end of the run as a value."""
        return RunResult(
            run=self.run,
            plan_id=self.plan.id,
            stack=self.plan.stack,
            environment=self.plan.environment,
            node_url=self.node.url,
            status=status,
            changes=tuple(results),
            serial=self.head.head.serial,
            started_at=self.started_at,
            finished_at=iso(self.clock),
            resumed_from=self.resumed_from,
        )


def count_done(results: Sequence[ChangeResult]) -> dict[str, int]:
    """Return how many changes were done per action, e.g. ``{"create": 3}``."""
    counts: dict[str, int] = {}
    for result in results:
        if result.status is ChangeStatus.DONE:
            counts[result.action.value] = counts.get(result.action.value, 0) + 1
    return dict(sorted(counts.items()))


def _result(change: Change, end: TaskEnd) -> ChangeResult:
    return ChangeResult(change.address, change.action, end.status, end.message, end.found)
