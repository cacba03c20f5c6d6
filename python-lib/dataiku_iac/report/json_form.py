"""Plan, result, drift, import and errors as JSON: the twin that programs read instead of the text.

Every form is one object with ``format``, ``kind`` (``plan``, ``run``, ``drift``, ``import``, ``error``) and ``summary``::

    {"format": 1, "kind": "plan", "summary": {"create": 4, "update": 0, …}, "plan": {…as stored…}}
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Final

from dataiku_iac.core.canonical import Json, JsonObject
from dataiku_iac.core.errors import IacError, OpenRun
from dataiku_iac.core.plan import Plan
from dataiku_iac.core.problem import Problem
from dataiku_iac.core.result import ChangeStatus, DriftReport, DriftStatus, ImportReport, RunResult
from dataiku_iac.report.views import Check, group_drift, severity_of, view_not_planned
from dataiku_iac.report.words import count_changes

__all__ = [
    "REPORT_FORMAT",
    "drift_json",
    "error_json",
    "import_json",
    "plan_json",
    "problem_json",
    "result_json",
    "to_text",
]

REPORT_FORMAT: Final = 1


def to_text(value: Json) -> str:
    """Return indented JSON with sorted keys; equal values give equal text."""
    return json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False)


def plan_json(plan: Plan, *, checks: Sequence[Check] = ()) -> JsonObject:
    """Return ``plan`` (``Plan.from_json`` reads it back) with its counts and digest, which approvals are bound to."""
    counts = count_changes(plan)
    return {
        "format": REPORT_FORMAT,
        "kind": "plan",
        "summary": {
            "create": counts.create,
            "update": counts.update,
            "delete": counts.destroy,
            "move": counts.move,
            "adopt": counts.adopt,
            "forget": counts.forget,
            "by_hand": counts.by_hand,
            "waiting": counts.waiting,
            "suppressed": sum(len(items) for items in plan.suppressed.values()),
            "not_planned": [
                {"reason": group.reason, "count": group.count, "kinds": dict(group.kinds)}
                for group in view_not_planned(plan)
            ],
            "unread": len(plan.unread),
            "warnings": len(plan.problems),
            "has_changes": counts.total > 0,
        },
        "digest": plan.digest,
        "plan": plan.to_json(),
        "validation": {
            "passed": all(check.passed for check in checks),
            "checks": [{"text": check.text, "passed": check.passed} for check in checks],
        },
    }


def result_json(result: RunResult) -> JsonObject:
    """Return a run with the end of every change."""
    return {
        "format": REPORT_FORMAT,
        "kind": "run",
        "summary": {"status": result.status.value, **{status.value: result.count(status) for status in ChangeStatus}},
        "run": result.run,
        "plan": result.plan_id,
        "stack": result.stack,
        "environment": result.environment,
        "node_url": result.node_url,
        "serial": result.serial,
        "started_at": result.started_at,
        "finished_at": result.finished_at,
        "resumed_from": result.resumed_from,
        "changes": [
            {
                "address": str(change.address),
                "action": change.action.value,
                "status": change.status.value,
                "message": change.message,
                "found": change.found,
            }
            for change in result.changes
        ],
    }


def drift_json(report: DriftReport) -> JsonObject:
    """Return a drift report; ``before`` is recorded, ``after`` live."""
    groups = group_drift(report)
    return {
        "format": REPORT_FORMAT,
        "kind": "drift",
        "summary": {
            "clean": report.is_clean,
            "checked": report.checked,
            "changed": len(groups.changed),
            "deleted": len(groups.deleted),
            "unmanaged": len(groups.unmanaged),
            "unread": len(report.unread),
        },
        "stack": report.stack,
        "environment": report.environment,
        "node_url": report.node_url,
        "serial": report.serial,
        "at": report.at,
        "entries": [
            {
                "address": str(entry.address),
                "status": entry.status.value,
                "severity": severity_of(entry.address, entry.fields) if entry.status is DriftStatus.CHANGED else "",
                "fields": [field.to_json() for field in entry.fields],
                "modified_by": entry.modified_by,
                "modified_at": entry.modified_at,
            }
            for entry in (*groups.changed, *groups.deleted, *groups.unmanaged)
        ],
        **({"unread": list(report.unread)} if report.unread else {}),
    }


def import_json(report: ImportReport, files: Mapping[str, str] | None = None) -> JsonObject:
    """Return an import; ``files`` (text by path) are given with it where a caller is to write them himself."""
    return {
        "format": REPORT_FORMAT,
        "kind": "import",
        "summary": {
            "objects": sum(count for _, count in report.counts),
            "not_covered": len(report.not_covered),
            "by_hand": sum(len(item.names) for item in report.by_hand),
        },
        "project": report.project,
        "node_url": report.node_url,
        "counts": dict(report.counts),
        "by_hand": [{"kind": item.kind, "names": list(item.names), "reason": item.reason} for item in report.by_hand],
        "not_covered": [
            {"what": item.what, "names": list(item.names), "reason": item.reason} for item in report.not_covered
        ],
        "left_out": [
            {"address": str(address), "path": path, "reason": reason} for address, path, reason in report.left_out
        ],
        "files": dict(files or {}),
    }


def error_json(error: IacError) -> JsonObject:
    """Return an error with its stable code and all its problems."""
    problems: Sequence[Problem] = getattr(error, "problems", ())
    return {
        "format": REPORT_FORMAT,
        "kind": "error",
        "summary": {"code": error.code, "problems": len(problems)},
        "what": error.what,
        "where": error.where,
        "next_step": error.next_step,
        "open_run": error.run if isinstance(error, OpenRun) else "",
        "problems": [problem_json(problem) for problem in problems],
    }


def problem_json(problem: Problem) -> JsonObject:
    """Return one problem, its place as file, line and column."""
    place = problem.place
    return {
        "severity": problem.severity.value,
        "code": problem.code,
        "summary": problem.summary,
        "detail": problem.detail,
        "address": problem.address,
        "suggestion": problem.suggestion,
        "place": None if place is None else {"file": place.file, "line": place.line, "column": place.column},
    }
