from __future__ import annotations

import json

from dataiku_iac.core.errors import ConfigError, OpenRun
from dataiku_iac.core.plan import Plan
from dataiku_iac.core.problem import Problem, Severity
from dataiku_iac.report import json_form
from dataiku_iac.report.views import Check
from tests.unit.report import samples
from tests.unit.report.golden_files import check_golden


def test_plan_reads_back() -> None:
    text = json_form.to_text(json_form.plan_json(samples.EVERYTHING))
    assert Plan.from_json(json.loads(text)["plan"], where="test") == samples.EVERYTHING


def test_plan() -> None:
    checks = [Check("All connections exist", passed=True)]
    check_golden("plan.json", json_form.to_text(json_form.plan_json(samples.MY_PROJECT, checks=checks)) + "\n")


def test_result() -> None:
    check_golden("run-partial.json", json_form.to_text(json_form.result_json(samples.PARTIAL)) + "\n")


def test_drift() -> None:
    check_golden("drift.json", json_form.to_text(json_form.drift_json(samples.DRIFT)) + "\n")


def test_severities() -> None:
    entries = json_form.drift_json(samples.DRIFT)["entries"]
    assert isinstance(entries, list)
    assert [entry["severity"] for entry in entries] == ["high", "medium", "low", "", ""]


def test_error() -> None:
    problem = Problem(Severity.ERROR, "unknown-key", "unknown key", '"colour"')
    found = json_form.error_json(ConfigError("bad", where="x.yml", next_step="correct it", problems=[problem]))
    assert found["summary"] == {"code": "CONFIG", "problems": 1}
    assert found["problems"] == [json_form.problem_json(problem)]
    assert json_form.error_json(OpenRun("open", run="r1"))["open_run"] == "r1"


def test_import_carries_files_if_given() -> None:
    found = json_form.import_json(samples.IMPORT, {"project.yml": "version: 1\n"})
    assert found["files"] == {"project.yml": "version: 1\n"}
    assert found["counts"] == {"project": 1, "dataset": 12, "library": 2, "wiki": 1}
    assert found["summary"] == {"objects": 16, "not_covered": 1, "by_hand": 2}
    reason = "train it in the lab, deploy it, and plan again"
    assert found["by_hand"] == [{"kind": "saved_model", "names": ["Churn", "Fraud"], "reason": reason}]
