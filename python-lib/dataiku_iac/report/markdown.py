"""Plan, result and drift as Markdown: the comment on a pull request. Never longer than GitHub and GitLab accept."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from dataiku_iac.core.plan import Action, Plan
from dataiku_iac.core.result import ChangeStatus, DriftReport, RunResult, RunStatus
from dataiku_iac.report.impact import view_impact
from dataiku_iac.report.text import NO_CHANGES, drift_line, recommendations
from dataiku_iac.report.values import printable
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
from dataiku_iac.report.words import (
    DONE_WORDS,
    LOSES_DATA,
    kind_title,
    plural,
    result_summary,
    summary_line,
    unread_line,
)

__all__ = ["COMMENT_LIMIT", "comment_marker", "render_drift", "render_plan", "render_result"]

COMMENT_LIMIT: Final = 65_000  # characters; GitHub refuses comments of more than 65,536

_LISTED: Final = 50

# Inside a word an underscore is a letter; elsewhere it would begin an emphasis.
_SPECIAL: Final = re.compile(r"([\\`*{}\[\]<>~&]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9]))")


def comment_marker(plan: Plan) -> str:
    """Return the invisible line by which a pipeline finds its own older comment of this stack and environment."""
    return f"<!-- dataiku-iac plan {re.sub(r'[^A-Za-z0-9_.-]', '_', f'{plan.stack} {plan.environment}')} -->"


def render_plan(plan: Plan, *, limit: int = COMMENT_LIMIT, detailed: bool = False, checks: Sequence[Check] = ()) -> str:
    """Return ``plan`` as Markdown of at most ``limit`` characters.

    What does not fit is dropped in steps — differences of code, fields, then changes from the end — and the text says
    what is missing and where the whole plan is.
    """
    changes = view_changes(plan, detailed=detailed)
    several = len({change.project for change in changes if change.project}) > 1
    blocks = [_change_block(change, several=several) for change in changes]
    whole = _plan_text(plan, blocks, changes, checks, detailed=detailed)
    if len(whole) <= limit:
        return whole
    if detailed:
        return render_plan(plan, limit=limit, checks=checks)
    heads = [_heading(change, several=several) for change in changes]
    note = f"> Shortened to fit a comment: the fields of each change are left out. The whole plan is `{_code(plan.id)}` in the store."
    whole = _plan_text(plan, heads, changes, checks, note=note)
    if len(whole) <= limit:
        return whole
    return _cut_plan(plan, heads, changes, limit)


def _cut_plan(plan: Plan, heads: Sequence[str], changes: Sequence[ChangeView], limit: int) -> str:
    def note(shown: int) -> str:
        return (
            f"> Shortened to fit a comment: {shown:,} of {plural(len(changes), 'change')} are listed, without their fields"
            f"{' or warnings' if plan.problems else ''}. The whole plan is `{_code(plan.id)}` in the store."
        )

    # Headings of kinds and the counts cost little and vary little: find the number of changes that fit by halving.
    low, high = 0, len(heads)
    while low < high:
        middle = (low + high + 1) // 2
        text = _plan_text(
            plan, heads[:middle], changes[:middle], (), note=note(middle), warnings=False, counted=changes
        )
        low, high = (middle, high) if len(text) <= limit else (low, middle - 1)
    return _plan_text(plan, heads[:low], changes[:low], (), note=note(low), warnings=False, counted=changes)


def _plan_text(
    plan: Plan,
    blocks: Sequence[str],
    changes: Sequence[ChangeView],
    checks: Sequence[Check],
    *,
    note: str = "",
    warnings: bool = True,
    detailed: bool = False,
    counted: Sequence[ChangeView] | None = None,
) -> str:
    projects = sorted({change.address.project for change in plan.changes if change.address.project})
    facts = [
        f"**{'Project' if len(projects) == 1 else 'Projects'}:** {', '.join(_escape(key) for key in projects) or '–'}",
        f"**Environment:** {_escape(plan.environment)}",
        f"**Node:** {_escape(plan.node)}",
        f"**Created:** {_escape(plan.created_at)}",
        f"**Plan:** `{_code(plan.id)}`",
    ]
    parts = [comment_marker(plan), "# Execution Plan", "  \n".join(facts)]
    if note:
        parts.append(note)
    if counted is None and not changes:
        parts.append(NO_CHANGES)
    else:
        parts += ["# Planned Changes", *_sections(blocks, changes)]
        parts += ["## Summary", _summary(plan, changes if counted is None else counted)]
    if warnings:
        parts += [*_impact(plan), *_notes(plan, checks, detailed=detailed)]
    return "\n\n".join(parts) + "\n"


def _sections(blocks: Sequence[str], changes: Sequence[ChangeView]) -> list[str]:
    by_kind: dict[str, list[str]] = {}
    for block, change in zip(blocks, changes, strict=True):
        by_kind.setdefault(change.kind, []).append(block)
    parts = []
    for kind, found in by_kind.items():
        parts += [f"## {kind_title(kind)}", *found]
    return parts


def _heading(change: ChangeView, *, several: bool) -> str:
    name = f"{change.project}.{change.name}" if several and change.kind != "project" and change.project else change.name
    note = f" — {_escape(change.note)}" if change.note else ""
    symbol = change.symbol if change.held else _symbol(change.action)
    return f"{symbol} **{_escape(name)}** ({change.words}){note}"


def _symbol(action: Action) -> str:
    # A backslash keeps the symbol a symbol: "+" and "-" at the beginning of a line would start a list and vanish.
    return {Action.CREATE: "\\+", Action.UPDATE: "\\~", Action.REPLACE: "-/+", Action.DELETE: "\\-"}.get(action, "•")


def _change_block(change: ChangeView, *, several: bool) -> str:
    lines = [_heading(change, several=several)]
    rows = [_row(row) for row in change.rows]
    if rows:
        lines += ["", *rows]
    for row in change.rows:
        if row.diff:
            fence = _fence(row.diff)
            lines += ["", f"`{_code(row.path)}`", "", f"{fence}diff", *row.diff, fence]
    return "\n".join(lines)


def _row(row: Row) -> str:
    note = f" — {_escape(row.note).replace(LOSES_DATA, f'**{LOSES_DATA}**')}" if row.note else ""
    return f"- {_span(row.line)}{note}"


def _summary(plan: Plan, changes: Sequence[ChangeView]) -> str:
    kinds: dict[str, int] = {}
    for change in changes:
        kinds[change.kind] = kinds.get(change.kind, 0) + 1
    lines = [
        f"**Total changes:** {len(changes)}",
        "",
        *(f"- {kind_title(kind)}: {count}" for kind, count in kinds.items()),
    ]
    return "\n".join([*lines, "", summary_line(plan).replace("\n", "  \n")])


def _impact(plan: Plan) -> list[str]:
    lines = []
    for group in view_impact(plan):
        first = f"- **{group.title}:**"
        if len(group.lines) == 1:
            lines.append(f"{first} {_escape(group.lines[0])}")
        else:
            lines += [first, *(f"  - {_escape(line)}" for line in group.lines)]
    return ["## Impact", "\n".join(lines)] if lines else []


def _notes(plan: Plan, checks: Sequence[Check], *, detailed: bool) -> list[str]:
    parts = []
    groups = view_not_planned(plan)
    if groups:
        lines = []
        for group in groups:
            lines.append(f"- {_escape(group.line)}")
            if detailed:
                lines += [f"  - {_span(where)}" for where in group.where[:_LISTED]]
                lines += [f"  - … {group.count - _LISTED:,} more"] if group.count > _LISTED else []
        parts += ["## Not planned", "\n".join(lines)]
    if plan.unread:
        parts.append(_escape(unread_line(plan.unread)))
    if plan.problems:
        parts += ["## Warnings", "\n".join(f"- {_escape(problem_line(problem))}" for problem in plan.problems)]
    if checks:
        lines = [f"- {'✓' if check.passed else '✗'} {_escape(printable(check.text))}" for check in checks]
        parts += ["## Validations", "\n".join(lines)]
    return parts


def render_result(result: RunResult, *, limit: int = COMMENT_LIMIT) -> str:
    """Return a run as Markdown: summary, details, errors."""
    facts = [
        f"**Run:** `{_code(result.run)}`",
        f"**Environment:** {_escape(result.environment)}",
        f"**Node:** {_escape(result.node_url)}",
        f"**State serial:** {result.serial}",
    ]
    details = []
    for change in result.changes:
        word = DONE_WORDS[change.action] if change.status is ChangeStatus.DONE else change.status.value
        details.append(
            f"- {'✓' if change.status is ChangeStatus.DONE else '✗'} {_span(printable(str(change.address)))} {word}"
        )
    errors = [
        f"- {_span(printable(str(change.address)))}: {_escape(printable('; '.join(change.message.splitlines())))}"
        for change in result.changes
        if change.message and change.status is not ChangeStatus.DONE
    ]
    head = ["# Execution Result", "  \n".join(facts), "## Summary", result_summary(result)]
    if result.status is RunStatus.PARTIAL:
        head.append(
            "The run stays open: correct the cause (on the node, or the key) and resume it, or abandon it, correct the files and make a new plan."
        )
    if errors:
        head += ["## Errors", *_fitting(errors, limit // 2)]
    room = limit - len("\n\n".join([*head, "## Details"])) - 4
    return "\n\n".join([*head, "## Details", *_fitting(details, room)]) + "\n"


def render_drift(report: DriftReport, *, limit: int = COMMENT_LIMIT) -> str:
    """Return drift as Markdown."""
    groups = group_drift(report)
    facts = [
        f"**Environment:** {_escape(report.environment)}",
        f"**Node:** {_escape(report.node_url)}",
        f"**Synced at:** {_escape(report.at)}",
        f"**Checked:** {plural(report.checked, 'object')}",
    ]
    if report.unread:
        facts.append(_escape(unread_line(report.unread)))
    parts = ["# Drift Report", "  \n".join(facts)]
    if report.is_clean:
        parts.append("No drift.")
    lines = []
    for entry in groups.changed:
        severity = severity_of(entry.address, entry.fields)
        lines.append(f"- \\~ {_span(printable(str(entry.address)))} drifted, severity {severity}")
        lines += [f"  - {_span(drift_line(field))}" for field in entry.fields]
    lines += [f"- \\- {_span(printable(str(entry.address)))} deleted, severity high" for entry in groups.deleted]
    lines += [f"- ? {_span(printable(str(entry.address)))} unmanaged" for entry in groups.unmanaged]
    advice = recommendations(
        changed=bool(groups.changed), deleted=bool(groups.deleted), unmanaged=bool(groups.unmanaged)
    )
    end = ["## Recommendations", "\n".join(f"{n}. {text}" for n, text in enumerate(advice, start=1))] if advice else []
    room = limit - len("\n\n".join([*parts, *end])) - 4
    return "\n\n".join([*parts, *_fitting(lines, room), *end]) + "\n"


def _fitting(lines: Sequence[str], room: int) -> list[str]:
    if not lines:
        return []
    used = 0
    shown: list[str] = []
    for line in lines:
        if used + len(line) + 60 > room:
            shown.append(f"- … {len(lines) - len(shown):,} more, left out to fit a comment")
            break
        shown.append(line)
        used += len(line) + 1
    return ["\n".join(shown)]


def _escape(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", text)


def _code(text: str) -> str:
    return text.replace("`", "'")


def _span(text: str) -> str:
    """Return ``text`` as a code span; the fence is longer than any run of backticks inside."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if longest else ""
    return f"{fence}{pad}{text}{pad}{fence}"


def _fence(lines: Sequence[str]) -> str:
    longest = max((len(run) for line in lines for run in re.findall(r"`+", line)), default=0)
    return "`" * max(3, longest + 1)
