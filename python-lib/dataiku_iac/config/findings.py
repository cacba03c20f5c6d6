"""The problems of the configuration language, and the notebook in which a load collects them."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from typing import Final

from dataiku_iac.core.errors import ConfigError
from dataiku_iac.core.problem import Place, Problem, Severity

__all__ = ["SUMMARIES", "Findings", "allowed_text", "did_you_mean", "nearest"]

SUMMARIES: Final = {
    # reading
    "missing-file": "file does not exist",
    "unreadable-file": "file cannot be read",
    "outside-tree": "path leads out of the configuration directory",
    "yaml-syntax": "not valid YAML",
    "yaml-limit": "YAML is too large or too deep",
    "yaml-tag": "YAML tag or key is not allowed here",
    "duplicate-key": "key is given twice",
    "no-project": "entries belong to no project",
    "nothing-declared": "nothing is declared",
    "ignored-file": "file is in a folder that is no section",
    # shape
    "unknown-key": "unknown key",
    "missing-key": "key is missing",
    "wrong-type": "value has the wrong type",
    "not-allowed": "value is not allowed",
    "unsupported-version": "version of the language is not supported",
    "not-supported-yet": "not supported yet",
    "code-twice": "text is given twice",
    "invalid-json": "a file that should hold JSON does not",
    "invalid-entry": "entry is not valid",
    # variables and environments
    "undefined-variable": "variable is not defined",
    "variable-cycle": "variables refer to each other in a circle",
    "variable-type": "value cannot stand inside a text",
    "changing-value": "value would change on each evaluation",
    "bad-expression": "expression cannot be evaluated",
    "possible-typo": "looks like a misspelt variable",
    "secret-unsupported": "secret references are not supported yet",
    "unknown-environment": "environment does not exist",
    "environment-cycle": "environments extend each other in a circle",
    "unused-remap": "remapping is never used",
    "unused-protect": "protection matches nothing",
    # whole configuration
    "bad-address": "not an address",
    "duplicate-address": "declared twice",
    "unresolved-reference": "reference to something that is not declared",
    "undeclared-foreign": "reference into a project of this configuration, which does not declare it",
    "two-writers": "two recipes have the same output",
    "cycle": "objects depend on each other in a circle",
    "naming": "name does not follow the naming rule",
    "no-checks": "dataset has no checks",
    "clear-secret": "secret in clear text",
    "server-owned": "field cannot be declared, DSS owns it",
    "no-effect": "field is neither written nor compared",
    "forget-declared": "address is both declared and forgotten",
    "bad-move": "a line of moved does not say which object got which name",
}
"""Code to summary; codes are stable and documented."""


def nearest(name: str, allowed: Iterable[str], *, cutoff: float = 0.6) -> str:
    """Return the most similar of ``allowed``, or "" if none is similar; upper and lower case count little.

    >>> nearest("conection", ["type", "connection"]), nearest("x", ["type"])
    ('connection', '')
    """
    by_folded = {candidate.casefold(): candidate for candidate in sorted(allowed, reverse=True)}
    found = difflib.get_close_matches(name.casefold(), sorted(by_folded), n=1, cutoff=cutoff)
    return by_folded[found[0]] if found else ""


def did_you_mean(name: str, allowed: Iterable[str]) -> str:
    """Return ``did you mean "connection"?`` or an empty string."""
    found = nearest(name, allowed)
    return f'did you mean "{found}"?' if found else ""


def allowed_text(allowed: Sequence[object], *, limit: int = 12) -> str:
    """Return ``allowed: a, b, c`` with at most ``limit`` values."""
    shown = ", ".join(str(value) for value in allowed[:limit])
    return f"allowed: {shown}" + (f" and {len(allowed) - limit} more" if len(allowed) > limit else "")


class Findings:
    """Collects every problem of a load, so that the user sees all of them at once."""

    def __init__(self) -> None:
        self._problems: list[Problem] = []
        self._errors = 0

    def error(self, code: str, detail: str, *, place: Place | None, address: object = "", suggestion: str = "") -> None:
        """Note an error; the summary comes from ``SUMMARIES``."""
        self._note(Severity.ERROR, code, detail, place, str(address), suggestion)

    def warning(
        self, code: str, detail: str, *, place: Place | None, address: object = "", suggestion: str = ""
    ) -> None:
        """Note a warning."""
        self._note(Severity.WARNING, code, detail, place, str(address), suggestion)

    def extend(self, problems: Iterable[Problem]) -> None:
        """Take over problems that others made."""
        for problem in problems:
            self._problems.append(problem)
            self._errors += problem.severity is Severity.ERROR

    def _note(
        self, severity: Severity, code: str, detail: str, place: Place | None, address: str, suggestion: str
    ) -> None:
        self.extend([Problem(severity, code, SUMMARIES[code], detail, place, address, suggestion)])

    @property
    def error_count(self) -> int:
        """Return how many errors there are so far."""
        return self._errors

    @property
    def has_errors(self) -> bool:
        """Tell whether anything found so far must stop the load."""
        return self._errors > 0

    def sorted(self) -> tuple[Problem, ...]:
        """Return all findings, each once, by place: the same whatever the order in which files were read."""
        return tuple(sorted(dict.fromkeys(self._problems), key=_order))

    def raise_errors(self, *, where: str, strict: bool = False) -> tuple[Problem, ...]:
        """Return the warnings if nothing stops the load.

        Raises:
            ConfigError: with all findings, errors first, if one is an error, or any at all with ``strict``.
        """
        found = self.sorted()
        errors = [problem for problem in found if strict or problem.severity is Severity.ERROR]
        if errors:
            # What stops comes first: a project may have many more warnings than errors.
            others = [] if strict else [problem for problem in found if problem.severity is not Severity.ERROR]
            count = f"{len(errors)} error" + ("s" if len(errors) > 1 else "")
            raise ConfigError(
                f"the configuration has {count}",
                where=where,
                next_step="correct the places below; nothing was contacted or written",
                problems=(*errors, *others),
            )
        return found


def _order(problem: Problem) -> tuple[object, ...]:
    place = problem.place or Place("")
    return (place.file, place.line, place.column, problem.code, problem.address, problem.detail)
