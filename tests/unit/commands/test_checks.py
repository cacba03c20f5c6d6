"""What stands below Validations: nothing that was not looked at."""

from __future__ import annotations

from dataclasses import replace

from dataiku_iac.commands.checks import checks_of_files, checks_of_plan
from dataiku_iac.core.problem import Problem, Severity
from tests.unit.report import samples


def _problem(code: str) -> Problem:
    return Problem(Severity.WARNING, code, "a summary")


def test_references_that_lead_nowhere_are_counted_and_not_called_fine() -> None:
    first, second = checks_of_files(
        [_problem("unresolved-reference"), _problem("no-checks"), _problem("undeclared-foreign")]
    )
    assert (first.text, first.passed) == ("2 references to what is not declared, see the warnings", False)
    assert second.passed
    assert checks_of_files([_problem("no-checks")])[0].passed


def test_what_could_not_be_listed_is_not_called_there() -> None:
    assert checks_of_plan(replace(samples.EMPTY, problems=()))[-1].passed
    assert not checks_of_plan(replace(samples.EMPTY, problems=(_problem("requirement-unchecked"),)))[-1].passed
