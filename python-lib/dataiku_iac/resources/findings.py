"""Problems that several kinds can have, so that one summary stands for one code."""

from __future__ import annotations

from dataiku_iac.core.problem import Problem, Severity

__all__ = ["declared_twice"]


def declared_twice(address: str, kept: str, other: str) -> Problem:
    """Return the problem of one field declared under ``kept``, its short name, and ``other``, DSS's own."""
    return Problem(
        Severity.ERROR,
        "declared-twice",
        "a field is declared in two places",
        f"{kept} and {other}",
        address=address,
        suggestion=f"keep {kept} and remove {other}",
    )
