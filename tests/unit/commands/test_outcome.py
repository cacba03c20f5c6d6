from __future__ import annotations

import pytest

from dataiku_iac.commands.outcome import DriftFound, ExitCode, RunFailed, exit_code_of
from dataiku_iac.commands.run_outcome import render_run
from dataiku_iac.core.errors import (
    ConfigError,
    Defect,
    IacError,
    LeaseHeld,
    NodeUnavailable,
    NotAllowed,
    ObjectMissing,
    OpenRun,
    StalePlan,
)
from dataiku_iac.core.result import RunStatus
from dataiku_iac.report.html import read_twin
from tests.unit.report import samples


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ConfigError("x"), 3),
        (NotAllowed("x"), 4),
        (ObjectMissing("x"), 5),
        (LeaseHeld("x"), 6),
        (NodeUnavailable("x"), 1),
        (OpenRun("x", run="r"), 1),
        (StalePlan("x"), 1),
        (DriftFound("x"), 1),
        (RunFailed("x"), 1),
        (Defect("x"), 1),
    ],
)
def test_exit_codes(error: IacError, code: int) -> None:
    assert exit_code_of(error) == code
    assert code not in (ExitCode.USAGE, ExitCode.CHANGES)


def test_run_that_ended_well_is_no_failure() -> None:
    outcome = render_run(samples.COMPLETE)
    assert outcome.failure is None
    assert outcome.exit_code is ExitCode.OK
    assert read_twin(outcome.html)["stored"] == outcome.stored == f"run-{samples.COMPLETE.run}"


def test_run_that_did_not_finish_says_what_failed_and_what_to_do() -> None:
    outcome = render_run(samples.PARTIAL)
    text = str(outcome.failure)
    assert 'dataset.CRM.B: connection "pg" does not exist on node "prod", what to do: create it there' in text
    assert "resume the run; or abandon it" in text
    assert f"run-{samples.PARTIAL.run}" in text
    assert outcome.exit_code is ExitCode.GENERAL


def test_run_that_did_nothing_asks_for_a_new_plan() -> None:
    text = str(render_run(samples.make_result(*samples.PARTIAL.changes[1:3], status=RunStatus.FAILED)).failure)
    assert "make a new plan; nothing was changed" in text


def test_abandoned_run_is_no_failure() -> None:
    assert render_run(samples.PARTIAL, ended=True).failure is None
