"""Carrying out the tasks of a plan: everything whose needs are met, in parallel; what failed takes its dependants along."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import TypeAlias

from dataiku_iac.core.address import Address
from dataiku_iac.core.plan import Action, Change, Phase, Task, TaskRef
from dataiku_iac.core.result import ChangeResult, ChangeStatus
from dataiku_iac.core.roles import Progress
from dataiku_iac.engine.context import RunContext
from dataiku_iac.engine.effects import Ended
from dataiku_iac.engine.moves import Moves
from dataiku_iac.engine.steps import TaskRun

__all__ = ["TaskEnd", "execute", "results_of"]

Turn: TypeAlias = tuple[str, str]
"""Kind and project whose objects are written one after the other."""

# The gravest of a change's tasks is the change's end.
_GRAVITY = (
    ChangeStatus.DONE,
    ChangeStatus.SKIPPED,
    ChangeStatus.FAILED,
    ChangeStatus.CONFLICT,
    ChangeStatus.UNKNOWN,
)


@dataclass(frozen=True, slots=True)
class TaskEnd:
    """How a task ended; ``halts``: nothing else was begun after it."""

    status: ChangeStatus
    message: str = ""
    found: bool = False
    halts: bool = False


class _Ready:
    """Tasks that may begin, first come first served. ``turn_of`` says which of them wait for each other."""

    def __init__(self, turn_of: Callable[[TaskRef], Turn | None]) -> None:
        self._turn_of = turn_of
        self._count = 0
        self._queues: dict[Turn | None, deque[tuple[int, TaskRef]]] = {}

    def __bool__(self) -> bool:
        return bool(self._queues)

    def add(self, ref: TaskRef) -> None:
        """Let ``ref`` wait for its turn."""
        self._count += 1
        self._queues.setdefault(self._turn_of(ref), deque()).append((self._count, ref))

    def take(self, running: Iterable[TaskRef]) -> TaskRef | None:
        """Return the first task that may begin beside those that run, and no longer hold it."""
        taken = {self._turn_of(ref) for ref in running} - {None}
        # Counts differ, so that nothing else is ever compared.
        first = min(((queue[0], turn) for turn, queue in self._queues.items() if turn not in taken), default=None)
        if first is None:
            return None
        (_, ref), turn = first
        self._queues[turn].popleft()
        if not self._queues[turn]:
            del self._queues[turn]
        return ref


@dataclass(slots=True)
class _Board:
    """What waits, and for what."""

    tasks: Mapping[TaskRef, tuple[Change, Task]]
    ready: _Ready
    waits_for: dict[TaskRef, set[TaskRef]] = field(default_factory=dict)
    needed_by: dict[TaskRef, list[TaskRef]] = field(default_factory=dict)
    ends: dict[TaskRef, TaskEnd] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.needed_by = {ref: [] for ref in self.tasks}
        for ref, (_, task) in self.tasks.items():
            needs = {other for other in task.requires if other in self.tasks}  # what has no task is there already
            self.waits_for[ref] = needs
            for other in needs:
                self.needed_by[other].append(ref)
        for ref in self.tasks:
            if not self.waits_for[ref]:
                self.ready.add(ref)

    def end(self, ref: TaskRef, end: TaskEnd) -> None:
        """Note an end; it frees dependants, or skips all of them and theirs."""
        self.ends[ref] = end
        if end.status is ChangeStatus.DONE:
            for later in self.needed_by[ref]:
                self.waits_for[later].discard(ref)
                if not self.waits_for[later] and later not in self.ends:
                    self.ready.add(later)
            return
        falling = [(ref, later) for later in self.needed_by[ref]]
        while falling:
            because, later = falling.pop()
            if later not in self.ends:
                self.ends[later] = TaskEnd(ChangeStatus.SKIPPED, f"needs {because.address}, which was not done")
                falling += [(later, further) for further in self.needed_by[later]]

    def skip_rest(self, why: str) -> None:
        """Give up whatever was not begun."""
        for ref in self.tasks:
            self.ends.setdefault(ref, TaskEnd(ChangeStatus.SKIPPED, why))


def execute(
    context: RunContext,
    *,
    parallelism: int = 8,
    progress: Progress | None = None,
    on_task: Callable[[], None] = lambda: None,
) -> Mapping[TaskRef, TaskEnd]:
    """Run all tasks of the plan and return how each ended. ``on_task`` is called after each, in the calling thread.

    Raises:
        LeaseLost, StoreUnavailable: nothing more was begun; calls under way came to their end first.
    """
    tasks = {
        TaskRef(change.address, task.phase): (change, task) for change in context.plan.changes for task in change.tasks
    }
    board, moves, halted = _Board(tasks, _Ready(lambda ref: _turn(context, ref))), Moves(), False
    running: dict[Future[TaskEnd], TaskRef] = {}
    with ThreadPoolExecutor(max_workers=max(1, parallelism), thread_name_prefix="apply") as pool:
        while running or (board.ready and not halted):
            while board.ready and not halted and len(running) < max(1, parallelism):
                ref = board.ready.take(running.values())
                if ref is None:
                    break
                running[pool.submit(_carry_out, context, *tasks[ref], moves)] = ref
            finished, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in sorted(finished, key=lambda item: running[item]):
                ref = running.pop(future)
                end = future.result()
                board.end(ref, end)
                if progress is not None:
                    progress(len(board.ends), len(tasks), _said(ref, tasks[ref][0], end))
                halted = halted or end.halts
            on_task()
    board.skip_rest(
        "not begun, because the node stopped answering or took the key no more; mend that and resume the run"
    )
    return board.ends


def _turn(context: RunContext, ref: TaskRef) -> Turn | None:
    """Return what a task must have for itself: kinds whose objects share a document write it one after the other."""
    address = ref.address
    return (address.kind, address.project) if context.kind_of(address).one_at_a_time else None


def _carry_out(context: RunContext, change: Change, task: Task, moves: Moves) -> TaskEnd:
    run = TaskRun(context, change, task, moves)
    try:
        run.carry_out()
    except Ended as ended:
        return TaskEnd(ended.status, ended.message, run.found, ended.halts)
    return TaskEnd(ChangeStatus.DONE, found=run.found)


def _said(ref: TaskRef, change: Change, end: TaskEnd) -> str:
    return f"{change.action} {ref.address}: {end.status}"


def results_of(
    context: RunContext, ends: Mapping[TaskRef, TaskEnd], without_calls: Mapping[Address, TaskEnd]
) -> tuple[ChangeResult, ...]:
    """Return the end of every change that does anything, in plan order."""
    results = []
    for change in context.plan.changes:
        if change.action is Action.NONE or change.is_held:
            continue
        parts = [ends[TaskRef(change.address, task.phase)] for task in change.tasks]
        parts += [without_calls[change.address]] if change.address in without_calls else []
        worst = max(parts, key=lambda end: _GRAVITY.index(end.status), default=TaskEnd(ChangeStatus.DONE))
        message = worst.message
        if (
            change.tasks
            and change.tasks[-1].phase is Phase.FINISH
            and parts[len(change.tasks) - 2].status is ChangeStatus.DONE
        ):
            message = message and f"made, but for what it says of {', '.join(map(str, change.later))}: {message}"
        results.append(ChangeResult(change.address, change.action, worst.status, message, any(e.found for e in parts)))
    return tuple(results)
