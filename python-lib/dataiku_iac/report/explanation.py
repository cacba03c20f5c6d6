"""Why a plan does what it does to one address: cause, place in the files and rule of each field. Made of the plan alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from dataiku_iac.core.address import Address
from dataiku_iac.core.canonical import JsonObject
from dataiku_iac.core.edits import Op
from dataiku_iac.core.fields import Effect, Unset
from dataiku_iac.core.lens import Suppressed
from dataiku_iac.core.plan import Action, Cause, Change, FieldChange, Plan
from dataiku_iac.core.problem import Problem
from dataiku_iac.report.json_form import REPORT_FORMAT, problem_json
from dataiku_iac.report.values import code_diff, is_code, printable, value_text
from dataiku_iac.report.views import Row, problem_line, view_change
from dataiku_iac.report.words import LOSES_DATA, change_note

__all__ = ["Explanation", "explain", "explanation_json", "render_explanation"]

_WHY: Final = {
    Action.CREATE: "it is declared, and not on the node",
    Action.UPDATE: "what is declared differs from what the node has",
    Action.REPLACE: "a field is to change that DSS cannot change in place",
    Action.DELETE: "it is recorded as ours, and no longer declared",
    Action.MOVE: "the files say that it got another name",
    Action.ADOPT: "it is declared and on the node as declared; from now on it is ours",
    Action.FORGET: "it is recorded as ours, and is no longer to be",
    Action.NONE: "the node has what is declared",
}
_CAUSES: Final = {
    Cause.CONFIG: "you: the files say something else than at the last apply",
    Cause.DRIFT: "drift: somebody changed the node; the files did not change",
    Cause.CONFLICT: "both: the files and the node were changed, differently",
}
_CLASSES: Final = {
    Effect.METADATA: "metadata only",
    Effect.REBUILD: "needs a rebuild",
    Effect.DATA_LOSS: LOSES_DATA,
}


@dataclass(frozen=True, slots=True)
class Explanation:
    """One address of a plan. ``stale``: what is to be built again because of it."""

    change: Change
    left_alone: tuple[Suppressed, ...]
    problems: tuple[Problem, ...]
    after: tuple[Address, ...]
    stale: tuple[Address, ...]

    @property
    def why(self) -> str:
        """The reason of the change as a whole."""
        note = change_note(self.change)
        return _WHY[self.change.action] + (f"; {note}" if note else "")


def explain(plan: Plan, address: Address) -> Explanation | None:
    """Return why ``plan`` does what it does to ``address``; ``None`` if it is neither declared nor recorded."""
    change = next((change for change in plan.changes if change.address == address), None)
    if change is None:
        return None
    needed = {ref.address for task in change.tasks for ref in task.requires} - {address}
    stale = () if plan.impact is None else plan.impact.stale
    return Explanation(
        change,
        plan.suppressed.get(address, ()),
        tuple(problem for problem in plan.problems if problem.address == str(address)),
        tuple(sorted(needed)),
        tuple(item.address for item in stale if address in item.because and item.address != address),
    )


def render_explanation(explanation: Explanation) -> str:
    """Return the explanation as text."""
    return "\n".join(_lines(explanation)) + "\n"


def _lines(explanation: Explanation) -> Iterator[str]:
    change = explanation.change
    view = view_change(change)
    yield f"{view.address}: {view.words}"
    yield f"  why: {printable(explanation.why)}"
    if change.place is not None:
        yield f"  declared at: {view.place}"
    for field, row in zip(change.fields, view.rows, strict=False) if change.action is not Action.CREATE else ():
        yield ""
        yield from _field_lines(field, row)
    if explanation.after:
        yield ""
        yield f"  carried out after: {', '.join(printable(str(address)) for address in explanation.after)}"
    if explanation.stale:
        yield ""
        yield f"  to be built again because of it: {', '.join(printable(str(a)) for a in explanation.stale)}"
    if explanation.left_alone:
        yield ""
        yield "  left alone:"
        for item in explanation.left_alone:
            yield f"    {printable(item.path)}: {printable(item.reason)}"
    for problem in explanation.problems:
        yield ""
        yield f"  {problem.severity}: {problem_line(problem)}"


def _field_lines(field: FieldChange, row: Row) -> Iterator[str]:
    yield f"  {row.line}"
    if is_code(field.before) or is_code(field.after):
        yield from (f"    | {line}" for line in code_diff(field.before, field.after))
    yield f"    cause: {_cause(field)}"
    if field.place is not None:
        yield f"    declared at: {printable(str(field.place))}"
    for rule in field.rules:
        yield f"    rule: {printable(rule)}"
    yield f"    class: {_CLASSES[field.effect]}"


def _cause(field: FieldChange) -> str:
    recorded = field.recorded
    if isinstance(recorded, Unset) or field.op is Op.MOVE or is_code(recorded):
        return _CAUSES[field.cause]
    key = field.path.rpartition(".")[2].partition("[")[0]
    return f"{_CAUSES[field.cause]} (recorded: {value_text(recorded, key=key)})"


def explanation_json(explanation: Explanation) -> JsonObject:
    """Return the explanation for programs."""
    change = explanation.change
    return {
        "format": REPORT_FORMAT,
        "kind": "explanation",
        "summary": {"address": str(change.address), "action": change.action.value, "fields": len(change.fields)},
        "why": explanation.why,
        "change": change.to_json(),
        "fields": [
            {
                "path": field.path,
                "phrase": row.line,
                "cause": field.cause.value,
                "why": _cause(field),
                "class": field.effect.name.lower(),
                "place": str(field.place) if field.place else "",
                "rules": list(field.rules),
            }
            for field, row in zip(change.fields, view_change(change).rows, strict=False)
            if change.action is not Action.CREATE
        ],
        "left_alone": [{"path": item.path, "reason": item.reason} for item in explanation.left_alone],
        "problems": [problem_json(problem) for problem in explanation.problems],
        "after": [str(address) for address in explanation.after],
        "stale": [str(address) for address in explanation.stale],
    }
