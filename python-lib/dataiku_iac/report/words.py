"""The words for actions, causes, counts and kinds: one place, so that every form says the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from dataiku_iac.core.fields import Effect, Unset
from dataiku_iac.core.plan import WITH_PROJECT, Action, Cause, Change, FieldChange, Plan
from dataiku_iac.core.resource import OnDelete
from dataiku_iac.core.result import ChangeStatus, RunResult
from dataiku_iac.report.values import value_text

__all__ = [
    "DONE_WORDS",
    "HELD_SYMBOLS",
    "LOSES_DATA",
    "SYMBOLS",
    "Counts",
    "change_note",
    "count_changes",
    "field_note",
    "kind_title",
    "plan_summary",
    "plural",
    "result_summary",
    "summary_line",
    "terraform_line",
    "unread_line",
]

SYMBOLS: Final = {
    Action.CREATE: "+",
    Action.UPDATE: "~",
    Action.REPLACE: "-/+",
    Action.DELETE: "-",
    Action.MOVE: ">",
    Action.ADOPT: "*",
    Action.FORGET: ".",
    Action.NONE: "=",
}

DONE_WORDS: Final = {
    Action.CREATE: "created",
    Action.UPDATE: "updated",
    Action.REPLACE: "replaced",
    Action.DELETE: "destroyed",
    Action.MOVE: "moved",
    Action.ADOPT: "adopted",
    Action.FORGET: "forgotten",
    Action.NONE: "left as it is",
}

LOSES_DATA: Final = "loses data"
"""The one mark that nobody may overlook; forms that can, print it in bold."""

HELD_SYMBOLS: Final = ("!", "…")
"""Of what is to be done by hand, and of what waits for that."""

_PLURALS: Final = {
    "library": "Libraries",
    "wiki": "Wiki articles",
    "analysis": "Analyses",
    "api_service": "API services",
    "ml_task": "ML tasks",
    "sql_notebook": "SQL notebooks",
    "retrieval_augmented_llm": "Retrieval-augmented LLMs",
}


@dataclass(frozen=True, slots=True)
class Counts:
    """A plan in numbers; a replace is one create and one destroy."""

    create: int
    update: int
    destroy: int
    move: int
    adopt: int
    forget: int
    by_hand: int = 0
    waiting: int = 0

    @property
    def total(self) -> int:
        """All of them, also what we cannot do."""
        ours = self.create + self.update + self.destroy + self.move + self.adopt + self.forget
        return ours + self.by_hand + self.waiting

    @property
    def extras(self) -> str:
        """What has no place in the line that everybody knows: ``1 to move, 2 to do by hand``."""
        parts = [
            (self.move, "to move"),
            (self.adopt, "to adopt"),
            (self.forget, "to forget"),
            (self.by_hand, "to do by hand"),
            (self.waiting, "waiting for that"),
        ]
        return ", ".join(f"{count} {words}" for count, words in parts if count)


def count_changes(plan: Plan) -> Counts:
    """Count the changes of ``plan``."""
    found = plan.counts
    return Counts(
        create=found[Action.CREATE] + found[Action.REPLACE],
        update=found[Action.UPDATE],
        destroy=found[Action.DELETE] + found[Action.REPLACE],
        move=found[Action.MOVE],
        adopt=found[Action.ADOPT],
        forget=found[Action.FORGET],
        by_hand=sum(1 for change in plan.changes if change.by_hand),
        waiting=sum(1 for change in plan.changes if change.waits_for and not change.by_hand),
    )


def summary_line(plan: Plan) -> str:
    """Return ``Plan: 4 to create, 0 to update, 0 to destroy.``; a second line only if there is more."""
    counts = count_changes(plan)
    line = f"Plan: {counts.create} to create, {counts.update} to update, {counts.destroy} to destroy."
    return f"{line}\nAlso: {counts.extras}." if counts.extras else line


def terraform_line(plan: Plan) -> str:
    """Return ``Plan: 3 to add, 1 to change, 0 to destroy``, with a line for what Terraform has no word for."""
    counts = count_changes(plan)
    line = f"Plan: {counts.create} to add, {counts.update} to change, {counts.destroy} to destroy"
    return f"{line}\nAlso: {counts.extras}" if counts.extras else line


def plan_summary(plan: Plan) -> str:
    """Return ``Plan will make 4 changes: 3 create, 0 update, 1 delete``; a replace counts as one change, and as both."""
    counts = count_changes(plan)
    total = sum(count for action, count in plan.counts.items() if action is not Action.NONE)
    total += counts.by_hand + counts.waiting
    extras = [(counts.move, "move"), (counts.adopt, "adopt"), (counts.forget, "forget")]
    extras += [(counts.by_hand, "by hand"), (counts.waiting, "waiting")]
    words = [f"{counts.create} create", f"{counts.update} update", f"{counts.destroy} delete"]
    words += [f"{count} {word}" for count, word in extras if count]
    return f"Plan will make {plural(total, 'change')}: {', '.join(words)}"


def result_summary(result: RunResult) -> str:
    """Return ``Execution partial: 1/2 succeeded, 1/2 failed (0.0s)``; skipped and unknown are counted only if there."""
    total = len(result.changes)
    done = result.count(ChangeStatus.DONE)
    failed = result.count(ChangeStatus.FAILED) + result.count(ChangeStatus.CONFLICT)
    text = f"Execution {result.status}: {done}/{total} succeeded, {failed}/{total} failed"
    for status in (ChangeStatus.SKIPPED, ChangeStatus.UNKNOWN):
        if result.count(status):
            text += f", {result.count(status)}/{total} {status}"
    return f"{text}{_elapsed(result.started_at, result.finished_at)}"


def _elapsed(started_at: str, finished_at: str) -> str:
    try:
        taken = datetime.fromisoformat(finished_at) - datetime.fromisoformat(started_at)
    except (ValueError, TypeError):
        return ""  # times are for people only; a result without them is still a result
    return f" ({taken.total_seconds():.1f}s)"


def change_note(change: Change) -> str:
    """Return what the symbol and the fields of ``change`` do not say, or nothing."""
    notes = []
    if change.action is Action.REPLACE:
        notes.append("destroyed and created again")
    if change.action is Action.ADOPT:
        notes.append("it is there already as declared")
    elif change.adopts:
        notes.append("it exists and was not managed: adopted")
    if change.by_hand:
        notes.append(change.by_hand)
    if change.waits_for:
        waits = ", ".join(map(str, change.waits_for[:3]))
        more = f" and {len(change.waits_for) - 3} more" if len(change.waits_for) > 3 else ""
        notes.append(f"waits for {waits}{more}, to be created by hand; plan again then")
    if change.moved_from is not None:
        notes.append(f"it was {change.moved_from}")
    if change.action is Action.FORGET and change.live_id and change.reason != WITH_PROJECT:
        notes.append("it stays on the node and is no longer managed")
    if change.action in (Action.DELETE, Action.REPLACE) and change.lifecycle.on_delete is OnDelete.DROP_DATA:
        notes.append("its data is dropped")
    if change.reason:
        notes.append(change.reason)
    return "; ".join(notes)


def field_note(change: FieldChange) -> str:
    """Return the marks of a field: why it changes if not by the files, and what that means for data."""
    notes = []
    recorded = (
        "" if isinstance(change.recorded, Unset) else f", recorded {value_text(change.recorded, key=change.path)}"
    )
    if change.cause is Cause.DRIFT:
        notes.append(f"drift: changed on the node{recorded}")
    elif change.cause is Cause.CONFLICT:
        notes.append(f"conflict: changed on the node and in the files{recorded}")
    if change.effect is Effect.REBUILD:
        notes.append("needs a rebuild")
    elif change.effect is Effect.DATA_LOSS:
        notes.append(LOSES_DATA)
    return "; ".join(notes)


def kind_title(kind: str) -> str:
    """Return the heading for objects of ``kind``: ``Datasets``, ``Libraries``."""
    return _PLURALS.get(kind, kind.replace("_", " ").capitalize() + "s")


def plural(count: int, word: str) -> str:
    """Return ``1 change``, ``2 changes``."""
    return f"{count:,} {word}" if count == 1 else f"{count:,} {word}s"


def unread_line(projects: Sequence[str]) -> str:
    """Return what is said of projects that were left unread, e.g. ``Not read: 98 projects, in which …``."""
    return f"Not read: {plural(len(projects), 'project')}, in which git tells of no save since the last reading (trust_git)"
