"""One finding shown to the user, with its place in the user's files."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["Place", "Problem", "Severity"]


class Severity(StrEnum):
    """Errors stop before any write; warnings do not, unless ``strict``."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A position in a file, counted from 1, e.g. ``projects/sales.yml:9:5``."""

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        parts = [self.file, *(str(n) for n in (self.line, self.column) if n)]
        return ":".join(parts)


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding.

    ``code`` is stable (``unknown-key``), ``summary`` never varies for a code, ``detail`` carries the actual values,
    ``address`` is like ``dataset.CRM.ORDERS`` or empty, ``suggestion`` is what to do, e.g. ``did you mean "color"?``.
    """

    severity: Severity
    code: str
    summary: str
    detail: str = ""
    place: Place | None = None
    address: str = ""
    suggestion: str = ""

    def __str__(self) -> str:
        head = " ".join(
            part for part in (f"{self.place}:" if self.place else "", f"{self.severity}:", self.summary) if part
        )
        if self.detail:
            head += f": {self.detail}"
        if self.address:
            head += f" ({self.address})"
        if self.suggestion:
            head += f"; {self.suggestion}"
        return f"{head} [{self.code}]"
