"""Actions: the single effects of a plan, each with an id that every process derives alike."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from dataiku_iac.core.address import Address
from dataiku_iac.core.plan import Change, Phase, Plan, Step, Task

__all__ = ["ActionIndex", "PlannedAction", "action_id", "mark_id", "temporary_name"]


@dataclass(frozen=True, slots=True)
class PlannedAction:
    """Step number ``number`` (from 1) of a task of a change."""

    change: Change
    task: Task
    number: int

    @property
    def step(self) -> Step:
        """The step itself."""
        return self.task.steps[self.number - 1]

    @property
    def phase(self) -> Phase:
        """The phase of its task."""
        return self.task.phase


def action_id(run: str, address: Address, phase: Phase, number: int) -> str:
    """Return 16 hex digits, the same in every process that works on ``run``."""
    return _digest(f"{run}|{address}|{phase}|{number}")


def mark_id(run: str, project: str) -> str:
    """Return the id of marking ``project``."""
    return _digest(f"{run}|{project}|mark")


def temporary_name(name: str, aid: str) -> str:
    """Return the name under which an object whose id the server chooses is created: ``exports~9f3c2a1b``.

    Names of such objects are not unique, so only a name that nobody else can have tells a second look what the first
    call did.
    """
    return f"{name}~{aid[:8]}"


class ActionIndex:
    """All actions of a plan as carried out by one run, by id and by task."""

    def __init__(self, plan: Plan, run: str) -> None:
        self._by_id: dict[str, PlannedAction] = {}
        self._ids: dict[tuple[Address, Phase], tuple[str, ...]] = {}
        for change in plan.changes:
            for task in change.tasks:
                ids = []
                for number, _ in enumerate(task.steps, start=1):
                    aid = action_id(run, change.address, task.phase, number)
                    self._by_id[aid] = PlannedAction(change, task, number)
                    ids.append(aid)
                self._ids[change.address, task.phase] = tuple(ids)

    def get(self, aid: str) -> PlannedAction | None:
        """Return the action of an id; ``None`` for effects that are no step of the plan (marks, duplicates)."""
        return self._by_id.get(aid)

    def ids_of(self, change: Change, task: Task) -> tuple[str, ...]:
        """Return the ids of the steps of a task, in order."""
        return self._ids[change.address, task.phase]

    def items(self) -> Iterator[tuple[str, PlannedAction]]:
        """Yield every action with its id, in plan order."""
        view: Mapping[str, PlannedAction] = self._by_id
        yield from view.items()


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
