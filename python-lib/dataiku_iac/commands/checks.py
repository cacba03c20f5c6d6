"""What was verified, said below a plan and a validation; a check that passes says no more than what was looked at."""

from __future__ import annotations

from collections.abc import Sequence

from dataiku_iac.core.plan import Plan
from dataiku_iac.core.problem import Problem
from dataiku_iac.report.views import Check
from dataiku_iac.report.words import plural

__all__ = ["checks_of_files", "checks_of_plan"]

_LEADS_NOWHERE = ("unresolved-reference", "undeclared-foreign")
_LACKING = ("requirement-unchecked", "missing-user", "missing-group")


def checks_of_files(problems: Sequence[Problem]) -> tuple[Check, ...]:
    """Return what is known of files that were not refused: dashboards may show what is gone, and other projects are not here."""
    unresolved = sum(problem.code in _LEADS_NOWHERE for problem in problems)
    return (
        Check(f"{plural(unresolved, 'reference')} to what is not declared, see the warnings", passed=False)
        if unresolved
        else Check("All references resolve", passed=True),
        Check("No circular dependencies", passed=True),
    )


def checks_of_plan(made: Plan) -> tuple[Check, ...]:
    """Return what was verified for a plan that was not refused. What does not change was not looked up on the node."""
    lacking = any(problem.code in _LACKING for problem in made.problems)
    return (
        *checks_of_files(made.problems),
        Check("All connections, code environments, users and groups that the changes name exist", passed=not lacking),
    )
