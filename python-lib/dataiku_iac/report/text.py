"""Plan, result, drift, import and errors as plain text for terminals and logs."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Final, assert_never

from dataiku_iac.core.errors import IacError
from dataiku_iac.core.fields import Unset
from dataiku_iac.core.plan import Action, FieldChange, Plan
from dataiku_iac.core.result import ChangeResult, ChangeStatus, Drifted, DriftReport, ImportReport, RunResult, RunStatus
from dataiku_iac.report.impact import view_impact
from dataiku_iac.report.values import is_code, printable, transition, value_text
from dataiku_iac.report.views import (
    ChangeView,
    Check,
    Row,
    group_drift,
    problem_line,
    severity_of,
    view_changes,
    view_not_planned,
)
from dataiku_iac.report.words import DONE_WORDS, kind_title, plural, summary_line, terraform_line, unread_line

__all__ = [
    "NO_CHANGES",
    "Detail",
    "Summary",
    "drift_line",
    "recommendations",
    "render_drift",
    "render_error",
    "render_import",
    "render_plan",
    "render_result",
]

NO_CHANGES: Final = "No changes. The node is as declared."

_COLORS: Final = {
    Action.CREATE: "32",
    Action.UPDATE: "33",
    Action.REPLACE: "35",
    Action.DELETE: "31",
    Action.MOVE: "36",
    Action.ADOPT: "36",
    Action.FORGET: "90",
    Action.NONE: "90",
}

# Everybody knows +, ~ and -; the other symbols come with their word.
_PLAIN: Final = (Action.CREATE, Action.UPDATE, Action.DELETE, Action.NONE)


class Detail(StrEnum):
    """How much of each change is shown."""

    SHORT = "short"  # addresses only
    LONG = "long"  # attributes and fields
    DETAILED = "detailed"  # also differences of code, and each suppressed path


class Summary(StrEnum):
    """Whose words the counts use."""

    IAC = "iac"  # after the changes: Plan: 4 to create, 0 to update, 0 to destroy.
    TERRAFORM = "terraform"  # first line: Plan: 4 to add, 0 to change, 0 to destroy


def render_plan(
    plan: Plan,
    *,
    detail: Detail = Detail.LONG,
    summary: Summary = Summary.IAC,
    color: bool = False,
    unchanged: bool = False,
    checks: Sequence[Check] = (),
) -> str:
    """Return the plan as text, ending in a line end.

    ``unchanged`` also lists what stays as it is, with ``=``. ``checks`` are shown below ``Validations:``.
    """
    terraform = summary is Summary.TERRAFORM
    changes = view_changes(plan, detailed=detail is Detail.DETAILED, unchanged=unchanged)
    indent = "  " if terraform else "    "
    shown = [_change_lines(change, detail, indent, color=color, named=terraform) for change in changes]
    separator = "\n" if detail is Detail.SHORT else "\n\n"
    body = [separator.join("\n".join(lines) for lines in shown)] if shown else []
    has_changes = any(change.action is not Action.NONE for change in changes)
    counts = (terraform_line(plan) if terraform else summary_line(plan)) if has_changes else NO_CHANGES
    below = [
        *_impact(plan, detail),
        *_not_planned(plan, detail),
        *_unread(plan.unread),
        *_warnings(plan),
        *_checks(checks),
    ]
    if terraform:
        return _paragraphs(counts, *body, *below)
    header = () if detail is Detail.SHORT else ("Dataiku IaC Execution Plan",)
    return _paragraphs(*header, *body, counts, *below)


def _paragraphs(*parts: str) -> str:
    return "\n\n".join(parts) + "\n"


def _change_lines(change: ChangeView, detail: Detail, indent: str, *, color: bool, named: bool) -> list[str]:
    symbol = f"\x1b[{_COLORS[change.action]}m{change.symbol}\x1b[0m" if color else change.symbol
    words = [change.words] if change.action not in _PLAIN or change.held else []
    note = ": ".join([*words, *([change.note] if change.note else [])])
    lines = [f"{symbol} {change.address}" + (f" ({note})" if note and detail is not Detail.SHORT else "")]
    if detail is Detail.SHORT:
        return lines
    rows = change.rows
    if named and change.action is Action.CREATE and change.kind != "project":
        rows = (Row("name", value_text(change.name)), *rows)
    for row in rows:
        lines.append(f"{indent}{row.line}" + (f"  # {row.note}" if row.note else ""))
        lines.extend(f"{indent}  {_diff_line(line, color=color)}" for line in row.diff)
    return lines


def _diff_line(line: str, *, color: bool) -> str:
    if color and line[:1] in ("+", "-"):
        return f"\x1b[{'32' if line[0] == '+' else '31'}m{line}\x1b[0m"
    return line


def _impact(plan: Plan, detail: Detail) -> list[str]:
    if detail is Detail.SHORT:
        return []
    lines = []
    for group in view_impact(plan):
        if len(group.lines) == 1:
            lines.append(f"  {group.title}: {group.lines[0]}")
        else:
            lines += [f"  {group.title}:", *(f"    - {line}" for line in group.lines)]
    return ["\n".join(["Impact:", *lines])] if lines else []


def _not_planned(plan: Plan, detail: Detail) -> list[str]:
    groups = view_not_planned(plan)
    if not groups:
        return []
    lines = [f"Not planned: {plural(sum(group.count for group in groups), 'difference')}"]
    for group in groups:
        lines.append(f"  - {group.line}")
        if detail is Detail.DETAILED:
            lines.extend(f"      {where}" for where in group.where)
    return ["\n".join(lines)]


def _unread(projects: Sequence[str]) -> list[str]:
    return [unread_line(projects)] if projects else []


def _warnings(plan: Plan) -> list[str]:
    found = [problem_line(problem) for problem in plan.problems]
    return ["\n".join(["Warnings:", *(f"  - {line}" for line in found)])] if found else []


def _checks(checks: Sequence[Check]) -> list[str]:
    lines = [f"  {'✓' if check.passed else '✗'} {printable(check.text)}" for check in checks]
    return ["\n".join(["Validations:", *lines])] if lines else []


def render_result(result: RunResult) -> str:
    """Return what a run did, change by change, and what to do about what is left."""
    head = [
        f"Dataiku IaC Run {result.run}",
        f"  stack: {result.stack}, environment: {result.environment}, node: {result.node_url}",
    ]
    if result.resumed_from:
        head.append(f"  resumed from: {printable(result.resumed_from)}")
    lines = [_result_line(change) for change in result.changes]
    return _paragraphs("\n".join(head), *(["\n".join(lines)] if lines else []), *_result_end(result))


def _result_line(change: ChangeResult) -> str:
    mark = "✓" if change.status is ChangeStatus.DONE else "✗"
    match change.status:
        case ChangeStatus.DONE:
            what = DONE_WORDS[change.action] + (" (found there already)" if change.found else "")
        case ChangeStatus.SKIPPED:
            mark, what = "-", f"{change.action}: skipped"
        case ChangeStatus.FAILED | ChangeStatus.CONFLICT | ChangeStatus.UNKNOWN:
            what = f"{change.action}: {change.status}"
        case _:
            assert_never(change.status)
    line = f"  {mark} {printable(str(change.address))}  {what}"
    if change.message:
        line += "\n" + "\n".join(f"      {text}" for text in printable(change.message, lines=True).splitlines())
    return line


def _result_end(result: RunResult) -> list[str]:
    done = [change for change in result.changes if change.status is ChangeStatus.DONE]
    added = sum(change.action in (Action.CREATE, Action.REPLACE) for change in done)
    changed = sum(change.action in (Action.UPDATE, Action.MOVE) for change in done)
    destroyed = sum(change.action in (Action.DELETE, Action.REPLACE) for change in done)
    counts = f"Resources: {added} added, {changed} changed, {destroyed} destroyed"
    for action in (Action.ADOPT, Action.FORGET):
        if count := sum(change.action is action for change in done):
            counts += f", {count} {DONE_WORDS[action]}"
    counts += "."
    if result.status is RunStatus.OK:
        return [f"Apply complete! {counts}", f"State: serial {result.serial}."]
    bad = ", ".join(
        f"{result.count(status)} {status}"
        for status in ChangeStatus
        if status is not ChangeStatus.DONE and result.count(status)
    )
    if result.status is RunStatus.PARTIAL:
        options = [
            f"What to do: the run {result.run} stays open.",
            "  1. resume: correct the cause (on the node, or the key), then go on where the run stopped; what failed is tried again",
            "  2. resume --abandon (in the macro: abandon): if the files are to be corrected; what was done stays and is recorded; then make a new plan",
        ]
        return [
            f"Apply incomplete: {len(done)} of {plural(len(result.changes), 'change')} done, {bad}. {counts}",
            "\n".join(options),
        ]
    if result.status is RunStatus.ABANDONED:
        return [
            f"Run abandoned: {len(done)} of {plural(len(result.changes), 'change')} had been done and stay"
            f"{f'; {bad}' if bad else ''}. {counts}",
            f"State: serial {result.serial}. What is left is given up: correct the files and make a new plan.",
        ]
    return [f"Apply failed: nothing was changed. {bad}".rstrip(". ") + ".", f"State: serial {result.serial}."]


def render_drift(report: DriftReport) -> str:
    """Return what differs between the recorded state and the node, gravest group first, and what can be done."""
    groups = group_drift(report)
    head = [
        "Dataiku IaC Drift Report",
        "",
        f"Environment: {printable(report.environment)}",
        f"Stack: {printable(report.stack)}",
        f"Node: {printable(report.node_url)}",
        f"Synced at: {report.at}",
        f"Checked: {plural(report.checked, 'object')}, state serial {report.serial}",
    ]
    parts = ["\n".join(head)]
    if groups.changed:
        parts.append(
            "\n".join([f"Drifted Resources: {len(groups.changed)}", *(_drifted(entry) for entry in groups.changed)])
        )
    if groups.deleted:
        parts.append(
            "\n".join([f"Deleted Resources: {len(groups.deleted)}", *(_gone("-", entry) for entry in groups.deleted)])
        )
    if groups.unmanaged:
        parts.append(
            "\n".join(
                [f"Unmanaged Resources: {len(groups.unmanaged)}", *(_gone("?", entry) for entry in groups.unmanaged)]
            )
        )
    if report.is_clean:
        parts.append("No drift. Everything that is managed is as it was applied.")
    return _paragraphs(
        *parts,
        *_unread(report.unread),
        *_recommendations(changed=bool(groups.changed), deleted=bool(groups.deleted), unmanaged=bool(groups.unmanaged)),
    )


def _drifted(entry: Drifted) -> str:
    lines = [f"  ~ {printable(str(entry.address))}"]
    lines += [f"      {drift_line(field)}" for field in entry.fields]
    lines.append(f"      severity: {severity_of(entry.address, entry.fields)}")
    return "\n".join([*lines, *_modified(entry)])


def drift_line(field: FieldChange) -> str:
    """Return ``path: recorded -> live``, or what is said of an element of a list."""
    if field.phrase and not field.phrase.startswith(f"{printable(field.path)}: "):
        return field.phrase
    if is_code(field.before) or is_code(field.after):
        return f"{printable(field.path)}: {transition(field.path, field.before, field.after)}"
    key = field.path.rpartition(".")[2]
    before, after = (
        "(not set)" if isinstance(value, Unset) else value_text(value, key=key) for value in (field.before, field.after)
    )
    return f"{printable(field.path)}: {before} -> {after}"


def _modified(entry: Drifted) -> list[str]:
    if not (entry.modified_at or entry.modified_by):
        return []
    by = f" by {printable(entry.modified_by)}" if entry.modified_by else ""
    return [f"      last_modified: {printable(entry.modified_at) or 'unknown'}{by}"]


def _gone(symbol: str, entry: Drifted) -> str:
    lines = [f"  {symbol} {printable(str(entry.address))}"]
    if symbol == "-":
        lines.append("      severity: high")
    return "\n".join([*lines, *_modified(entry)])


def _recommendations(*, changed: bool, deleted: bool, unmanaged: bool) -> list[str]:
    texts = recommendations(changed=changed, deleted=deleted, unmanaged=unmanaged)
    if not texts:
        return []
    return ["\n".join(["Recommendations:", *(f"  {n}. {text}" for n, text in enumerate(texts, start=1))])]


def recommendations(*, changed: bool, deleted: bool, unmanaged: bool) -> tuple[str, ...]:
    """Return what can be done about drift of these sorts."""
    texts = []
    if changed:
        texts.append("keep the change: import the project and take the difference into the files")
        texts.append("undo the change: plan and apply; what drifted is marked in the plan")
    if deleted:
        texts.append(
            "deleted objects are created again by plan and apply, or are removed from the files if they are to stay away"
        )
    if unmanaged:
        texts.append(
            "manage unmanaged objects: declare them in the files (import writes the entries), then plan and apply adopt them"
        )
    return tuple(texts)


def render_import(report: ImportReport) -> str:
    """Return what an import wrote and, by name, what it left out."""
    total = sum(count for _, count in report.counts)
    parts = [
        "\n".join(
            [
                f"Dataiku IaC Import of {printable(report.project)} from {printable(report.node_url)}",
                "",
                f"Imported: {plural(total, 'object')}",
                *(f"  {kind_title(kind)}: {count}" for kind, count in report.counts if count),
            ]
        )
    ]
    if report.by_hand:
        parts.append(
            "\n".join(
                [
                    "Declared, but not created by dataiku-iac on a node that lacks them:",
                    *(
                        f"  - {kind_title(item.kind)}: {_names(item.names)} ({printable(item.reason)})"
                        for item in report.by_hand
                    ),
                ]
            )
        )
    if report.not_covered:
        parts.append(
            "\n".join(
                [
                    "Not covered:",
                    *(
                        f"  - {printable(item.what)}: {_names(item.names)} ({printable(item.reason)})"
                        for item in report.not_covered
                    ),
                ]
            )
        )
    if report.left_out:
        parts.append(
            "\n".join(
                [
                    "Left out:",
                    *(
                        f"  - {printable(str(address))} {printable(path)}: {printable(reason)}"
                        for address, path, reason in report.left_out
                    ),
                ]
            )
        )
    return _paragraphs(*parts)


def _names(names: Sequence[str]) -> str:
    shown = ", ".join(printable(name) for name in names[:20])
    return f"{shown}, … {len(names) - 20} more" if len(names) > 20 else shown


def render_error(error: IacError) -> str:
    """Return an error with everything it knows: what, where, what to do, all problems."""
    return printable(str(error), lines=True) + "\n"
