"""What a reader sees of a plan, before it becomes text, Markdown or HTML: every form shows the same rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from dataiku_iac.core.address import Address
from dataiku_iac.core.canonical import JsonObject
from dataiku_iac.core.fields import Effect
from dataiku_iac.core.plan import Action, Change, FieldChange, Plan
from dataiku_iac.core.problem import Problem, Severity
from dataiku_iac.core.result import Drifted, DriftReport, DriftStatus
from dataiku_iac.report.values import attributes, code_diff, is_code, printable, transition, value_text
from dataiku_iac.report.words import HELD_SYMBOLS, SYMBOLS, change_note, field_note

__all__ = [
    "ChangeView",
    "Check",
    "DriftGroups",
    "NotPlanned",
    "Row",
    "group_drift",
    "problem_line",
    "severity_of",
    "view_change",
    "view_changes",
    "view_not_planned",
]

_ATTRIBUTES: Final = 40


@dataclass(frozen=True, slots=True)
class Check:
    """Something that was verified before the plan was shown, e.g. ``Check("All connections exist", passed=True)``."""

    text: str
    passed: bool


@dataclass(frozen=True, slots=True)
class Row:
    """One line below a change, ``note`` says why and what it means, ``diff`` is given for code if asked.

    The line is ``phrase`` where there is one, else ``path: text``.
    """

    path: str
    text: str
    note: str = ""
    diff: tuple[str, ...] = ()
    phrase: str = ""

    @property
    def line(self) -> str:
        """What people read: ``step 4 of 9: formula changed: …``, ``params.table: "a" => "b"``."""
        return self.phrase or f"{self.path}: {self.text}"


@dataclass(frozen=True, slots=True)
class ChangeView:
    """One change as shown: ``+ dataset.CRM.ORDERS``, ``kind`` = ``dataset``, ``name`` = ``ORDERS``.

    ``words`` is what happens: ``create``, ``create by hand``; ``held``: we do not do it, or not yet.
    """

    action: Action
    symbol: str
    address: str
    kind: str
    project: str
    name: str
    note: str
    rows: tuple[Row, ...]
    place: str = ""
    words: str = ""
    held: bool = False


@dataclass(frozen=True, slots=True)
class NotPlanned:
    """Differences that are left alone for one reason; ``where`` are ``address path`` texts, ``kinds`` says how many of what."""

    count: int
    reason: str
    where: tuple[str, ...]
    kinds: tuple[tuple[str, int], ...] = ()

    @property
    def line(self) -> str:
        """E.g. ``3 × order means nothing here (2 dataset, 1 project)``."""
        kinds = ", ".join(f"{count} {kind}" for kind, count in self.kinds)
        return f"{self.count} × {self.reason}" + (f" ({kinds})" if kinds else "")


def view_changes(plan: Plan, *, detailed: bool = False, unchanged: bool = False) -> tuple[ChangeView, ...]:
    """Return the changes to show, in the order of the plan."""
    return tuple(
        view_change(change, detailed=detailed)
        for change in plan.changes
        if unchanged or change.action is not Action.NONE
    )


def view_change(change: Change, *, detailed: bool = False) -> ChangeView:
    """Return how ``change`` is shown; ``detailed`` adds differences of code and every attribute."""
    address = change.address
    by_hand, waiting = HELD_SYMBOLS
    words = f"{change.action} by hand" if change.by_hand else change.action.value
    return ChangeView(
        action=change.action,
        symbol=by_hand if change.by_hand else waiting if change.waits_for else SYMBOLS[change.action],
        address=printable(str(address)),
        kind=address.kind,
        project=printable(address.project),
        name=printable(address.name or address.project),
        note=printable(change_note(change)),
        rows=tuple(_rows(change, detailed=detailed)),
        place=printable(str(change.place)) if change.place else "",
        words=words,
        held=change.is_held,
    )


def _rows(change: Change, *, detailed: bool) -> Iterable[Row]:
    match change.action:
        case Action.CREATE:
            return _attribute_rows(change, detailed=detailed)
        case Action.UPDATE | Action.REPLACE | Action.MOVE | Action.ADOPT:
            return [_field_row(field, detailed=detailed) for field in change.fields]
        case Action.DELETE | Action.FORGET | Action.NONE:
            return []


def _attribute_rows(change: Change, *, detailed: bool) -> list[Row]:
    found = list(attributes(_as_written(change)))
    shown = found if detailed else found[:_ATTRIBUTES]
    rows = [
        Row(
            printable(path),
            value_text(value, key=path.rpartition(".")[2]),
            diff=code_diff("", value) if detailed and is_code(value) else (),
        )
        for path, value in shown
    ]
    if len(shown) < len(found):
        rows.append(Row("…", f"{len(found) - len(shown)} more attributes"))
    return rows


def _as_written(change: Change) -> JsonObject:
    """Return the spec as people write it: a managed dataset of no particular type is of ``type: managed`` to them."""
    spec = change.after or {}
    if spec.get("managed") is not True or spec.get("type") is not None:
        return spec
    return {"type": "managed", **{key: value for key, value in spec.items() if key not in ("managed", "type")}}


def _field_row(field: FieldChange, *, detailed: bool) -> Row:
    wants_diff = detailed and (is_code(field.before) or is_code(field.after))
    return Row(
        path=printable(field.path),
        text=transition(field.path, field.before, field.after),
        note=field_note(field),
        diff=code_diff(field.before, field.after) if wants_diff else (),
        phrase=field.phrase,
    )


def view_not_planned(plan: Plan) -> tuple[NotPlanned, ...]:
    """Return the suppressed differences by reason, the most frequent first."""
    by_reason: dict[str, list[str]] = {}
    kinds: dict[str, Counter[str]] = {}
    for address, items in sorted(plan.suppressed.items()):
        for item in items:
            by_reason.setdefault(item.reason, []).append(printable(f"{address} {item.path}"))
            kinds.setdefault(item.reason, Counter())[address.kind] += 1
    found = [
        NotPlanned(len(where), printable(reason), tuple(where), tuple(sorted(kinds[reason].items())))
        for reason, where in by_reason.items()
    ]
    return tuple(sorted(found, key=lambda item: (-item.count, item.reason)))


def problem_line(problem: Problem) -> str:
    """Return a warning in one line: what, where and what to do; an error also says its code."""
    text = problem.summary
    if problem.detail:
        text += f": {problem.detail}"
    where = ", ".join(part for part in (problem.address, str(problem.place) if problem.place else "") if part)
    if where:
        text += f" ({where})"
    if problem.suggestion:
        text += f"; {problem.suggestion}"
    if problem.severity is Severity.ERROR:
        text = f"{text} [{problem.code}]"
    return printable(text)


@dataclass(frozen=True, slots=True)
class DriftGroups:
    """Drift in the three groups people act on differently."""

    changed: tuple[Drifted, ...]
    deleted: tuple[Drifted, ...]
    unmanaged: tuple[Drifted, ...]


def group_drift(report: DriftReport) -> DriftGroups:
    """Sort the entries of ``report`` into groups, by address within each."""

    def of(status: DriftStatus) -> tuple[Drifted, ...]:
        found = [entry for entry in report.entries if entry.status is status]
        return tuple(sorted(found, key=lambda entry: entry.address))

    return DriftGroups(of(DriftStatus.CHANGED), of(DriftStatus.DELETED), of(DriftStatus.UNMANAGED))


def severity_of(address: Address, fields: Sequence[FieldChange]) -> str:
    """Return ``high``, ``medium`` or ``low``: where data come from and who may see them weighs most, then code and what rebuilds."""
    ranks = [_field_severity(address, field) for field in fields]
    return ("low", "medium", "high")[max(ranks, default=0)]


def _field_severity(address: Address, field: FieldChange) -> int:
    words = field.path.lower().replace("[", ".").split(".")
    if field.effect is Effect.DATA_LOSS or "connection" in words or "permissions" in words:
        return 2
    if field.effect is Effect.REBUILD or is_code(field.before) or is_code(field.after):
        return 1
    return 1 if address.kind in ("recipe", "library") or "schema" in words else 0
