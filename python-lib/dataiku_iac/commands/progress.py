"""How far a command is, in hundredths, and the same in words for the log."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Final

from dataiku_iac.core.roles import Progress

__all__ = ["TARGET", "Stages", "log_progress", "macro_progress"]

TARGET: Final = (100, "NONE")
"""What a macro declares as its progress target (plugin-components.md 7.3)."""

_log = logging.getLogger("dataiku_iac")


class Stages:
    """The parts of a command; each part may report on its own within its share."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._at = 0

    def enter(self, percent: int, what: str) -> None:
        """Say that ``percent`` of the command is done and ``what`` begins."""
        self._at = percent
        self._progress(percent, TARGET[0], what)

    def within(self, upto: int) -> Progress:
        """Return a ``Progress`` for a part that ends at ``upto`` percent."""
        start = self._at

        def report(done: int, total: int, what: str) -> None:
            share = (upto - start) * done // total if total else 0
            self._progress(start + share, TARGET[0], what)

        return report


def log_progress(done: int, total: int, what: str) -> None:
    """Write a line to the log; names in it are the user's, so line ends are spelled out."""
    _log.info("%3d%% %s", done * 100 // total if total else 0, what.replace("\n", "\\n"))


def macro_progress(callback: Callable[[int], object]) -> Progress:
    """Return a ``Progress`` that tells DSS each whole percent once, and the log every line."""
    last = -1

    def report(done: int, total: int, what: str) -> None:
        nonlocal last
        log_progress(done, total, what)
        percent = done * TARGET[0] // total if total else 0
        if percent > last:
            last = percent
            callback(percent)

    return report
