from __future__ import annotations

from dataiku_iac.core.errors import ConfigError, Defect, OpenRun
from dataiku_iac.core.problem import Place, Problem, Severity
from dataiku_iac.core.result import RunStatus
from dataiku_iac.report import text, words
from tests.unit.report import samples
from tests.unit.report.golden_files import check_golden


def test_complete_run() -> None:
    rendered = text.render_result(samples.COMPLETE)
    assert "Apply complete! Resources: 1 added, 1 changed, 1 destroyed." in rendered
    check_golden("run-complete.txt", rendered)


def test_run_with_failures_says_what_to_do() -> None:
    check_golden("run-partial.txt", text.render_result(samples.PARTIAL))


def test_run_that_did_nothing() -> None:
    rendered = text.render_result(samples.make_result(*samples.PARTIAL.changes[1:3], status=RunStatus.FAILED))
    assert "Apply failed: nothing was changed. 1 failed, 1 skipped." in rendered


def test_summaries() -> None:
    assert words.result_summary(samples.COMPLETE) == "Execution ok: 3/3 succeeded, 0/3 failed (2.3s)"
    assert words.result_summary(samples.PARTIAL) == (
        "Execution partial: 1/5 succeeded, 2/5 failed, 1/5 skipped, 1/5 unknown (2.3s)"
    )


def test_drift() -> None:
    check_golden("drift.txt", text.render_drift(samples.DRIFT))


def test_no_drift() -> None:
    rendered = text.render_drift(samples.CLEAN)
    assert "No drift." in rendered
    assert "Recommendations" not in rendered


def test_import() -> None:
    check_golden("import.txt", text.render_import(samples.IMPORT))


def test_config_error_lists_every_problem() -> None:
    problems = [
        Problem(
            Severity.ERROR,
            "unknown-key",
            "unknown key",
            f'"colour{n}"',
            Place("projects/crm.yml", n, 5),
            suggestion='did you mean "color"?',
        )
        for n in (3, 9)
    ]
    rendered = text.render_error(
        ConfigError("the configuration has 2 problems", next_step="correct them", problems=problems)
    )
    assert rendered == (
        "CONFIG: the configuration has 2 problems\n"
        "  what to do: correct them\n"
        'projects/crm.yml:3:5: error: unknown key: "colour3"; did you mean "color"? [unknown-key]\n'
        'projects/crm.yml:9:5: error: unknown key: "colour9"; did you mean "color"? [unknown-key]\n'
    )


def test_error_texts_carry_no_escapes() -> None:
    assert "\x1b" not in text.render_error(OpenRun("bad \x1b[31m name", run="r"))


def test_defect_asks_for_a_report() -> None:
    assert text.render_error(Defect("oh")).endswith("This is a defect in dataiku-iac; please report it.\n")
