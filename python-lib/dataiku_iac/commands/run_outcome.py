"""The end of a run in every form; apply and resume share it."""

from __future__ import annotations

from dataiku_iac.commands.outcome import ExitCode, Outcome, RunFailed
from dataiku_iac.core.result import ChangeStatus, RunResult, RunStatus
from dataiku_iac.report import html, text
from dataiku_iac.report.json_form import result_json
from dataiku_iac.report.words import result_summary

__all__ = ["render_run"]

_SHOWN = 3


def render_run(result: RunResult, *, ended: bool = False) -> Outcome:
    """Return ``result`` as an outcome; ``ended`` = whatever was left is given up on purpose, which is no failure."""
    shown = text.render_result(result)
    twin = {**result_json(result), "text": shown}
    name = f"run-{result.run}"
    failure = None if ended or result.status is RunStatus.OK else _failure(result, name)
    return Outcome(
        text=shown,
        json=twin,
        html=html.render_result(result, twin, stored=name),
        exit_code=ExitCode.OK if failure is None else ExitCode.GENERAL,
        stored=name,
        failure=failure,
    )


def _failure(result: RunResult, name: str) -> RunFailed:
    bad = [change for change in result.changes if change.status not in (ChangeStatus.DONE, ChangeStatus.SKIPPED)]
    first = "; ".join(f"{change.address}: {_one_line(change.message) or change.status}" for change in bad[:_SHOWN])
    more = f"; and {len(bad) - _SHOWN} more" if len(bad) > _SHOWN else ""
    is_open = result.status is RunStatus.PARTIAL
    return RunFailed(
        f"{result_summary(result)}: {first}{more}",
        where=f'run {result.run}, stack "{result.stack}", environment "{result.environment}"',
        next_step=(
            "correct the cause (on the node, or the key) and resume the run; or abandon it, correct the files and make a new plan"
            if is_open
            else "correct the cause and make a new plan; nothing was changed"
        )
        + f"; the report is {name} in the state store",
    )


def _one_line(message: str) -> str:
    return ", ".join(line.strip() for line in message.splitlines() if line.strip())
