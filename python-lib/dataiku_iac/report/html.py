"""Plan, result, drift, import and errors as one HTML page each.

A page stands alone: no script, no font, no address of anything else, so it can be inlined by DSS, kept in the store,
mailed, printed. All its style hangs below ``.dataiku-iac``, because DSS shows a macro's result inside its own page
(plugin-components.md 7.2). The JSON twin of what is shown stands in the page as
``<script type="application/json" id="dataiku-iac-result">``, as a macro has one result and one result type only.
"""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from dataiku_iac.core.canonical import Json, JsonObject, is_object
from dataiku_iac.core.errors import Defect, IacError
from dataiku_iac.core.plan import Plan
from dataiku_iac.core.result import DriftReport, ImportReport, RunResult
from dataiku_iac.report.impact import view_impact
from dataiku_iac.report.text import NO_CHANGES, drift_line, recommendations
from dataiku_iac.report.values import printable
from dataiku_iac.report.views import Check, group_drift, problem_line, severity_of, view_changes, view_not_planned
from dataiku_iac.report.words import (
    DONE_WORDS,
    LOSES_DATA,
    count_changes,
    kind_title,
    plural,
    result_summary,
    summary_line,
    unread_line,
)

__all__ = [
    "TWIN_ID",
    "read_twin",
    "render_drift",
    "render_error",
    "render_import",
    "render_plan",
    "render_result",
    "render_text",
]

TWIN_ID: Final = "dataiku-iac-result"

# What could end the script element, begin a comment in it, or be taken for an expression by the page around ours.
_ESCAPES: Final = {ord("<"): "\\u003c", ord(">"): "\\u003e", ord("&"): "\\u0026", 0x2028: "\\u2028", 0x2029: "\\u2029"}


@cache
def _templates() -> Environment:
    found = Environment(
        loader=PackageLoader("dataiku_iac.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_one_line,
    )
    found.filters["lines"] = _lines
    return found


def _one_line(value: object) -> object:
    # Whatever a template prints: names with control characters could reorder what an approver reads.
    return printable(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _lines(value: str) -> Markup:
    return escape(printable(value, lines=True))


def _twin(value: Json) -> Markup:
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    # Every "<" is spelled out above and below, so no text of ours or of a user's can end the element.
    return Markup(text.translate(_ESCAPES))  # noqa: S704 - escaped in this line, tested with hostile names


def read_twin(page: str) -> JsonObject:
    """Return the JSON twin of a page made here.

    Raises:
        Defect: the page holds none.
    """
    found = re.search(rf'<script type="application/json" id="{TWIN_ID}">(.*?)</script>', page, re.DOTALL)
    value: Json = json.loads(found[1]) if found else None
    if not is_object(value):
        raise Defect("the page holds no JSON twin", where=page[:80])
    return value


def _render(template: str, *, title: str, twin: JsonObject, stored: str, **values: object) -> str:
    return (
        _templates()
        .get_template(template)
        .render(title=title, twin=_twin({**twin, "stored": stored}), twin_id=TWIN_ID, stored=stored, **values)
    )


def render_plan(
    plan: Plan, twin: JsonObject, *, stored: str = "", detailed: bool = True, checks: tuple[Check, ...] = ()
) -> str:
    """Return ``plan`` as a page; ``stored`` is the name under which it was saved."""
    changes = view_changes(plan, detailed=detailed)
    return _render(
        "plan.html",
        title="Execution plan",
        twin=twin,
        stored=stored,
        plan=plan,
        changes=changes,
        counts=count_changes(plan),
        summary=summary_line(plan) if changes else NO_CHANGES,
        impact=view_impact(plan),
        loses=LOSES_DATA,
        not_planned=view_not_planned(plan),
        unread=unread_line(plan.unread) if plan.unread else "",
        warnings=[problem_line(problem) for problem in plan.problems],
        checks=checks,
    )


def render_result(result: RunResult, twin: JsonObject, *, stored: str = "") -> str:
    """Return the end of a run as a page."""
    return _render(
        "run.html",
        title="Run",
        twin=twin,
        stored=stored,
        result=result,
        summary=result_summary(result),
        words=DONE_WORDS,
    )


def render_drift(report: DriftReport, twin: JsonObject, *, stored: str = "") -> str:
    """Return drift as a page."""
    groups = group_drift(report)
    return _render(
        "drift.html",
        title="Drift report",
        twin=twin,
        stored=stored,
        report=report,
        groups=groups,
        checked=plural(report.checked, "object"),
        unread=unread_line(report.unread) if report.unread else "",
        drift_line=drift_line,
        severity_of=severity_of,
        advice=recommendations(
            changed=bool(groups.changed), deleted=bool(groups.deleted), unmanaged=bool(groups.unmanaged)
        ),
    )


def render_import(report: ImportReport, twin: JsonObject, *, stored: str = "", files: tuple[str, ...] = ()) -> str:
    """Return what an import wrote as a page; ``files`` are the paths written."""
    return _render(
        "import.html",
        title=f"Import of {report.project}",
        twin=twin,
        stored=stored,
        report=report,
        total=plural(sum(count for _, count in report.counts), "object"),
        counts=[(kind_title(kind), count) for kind, count in report.counts if count],
        files=files,
    )


def render_text(title: str, text: str, twin: JsonObject) -> str:
    """Return a page that shows ``text`` as it is."""
    return _render("text.html", title=title, twin=twin, stored="", text=text)


def render_error(error: IacError, twin: JsonObject) -> str:
    """Return an error as a page."""
    return _render(
        "error.html",
        title="It did not work",
        twin=twin,
        stored="",
        error=error,
        problems=getattr(error, "problems", ()),
    )
