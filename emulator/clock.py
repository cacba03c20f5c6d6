"""Time as the node tells it: epoch milliseconds that never repeat."""

import time
from typing import Final, Protocol

__all__ = ["Clock", "SeededClock", "WallClock"]

SEEDED_START_MS: Final = 1_767_225_600_000  # 2026-01-01T00:00:00Z
_DAY_MS: Final = 86_400_000
_TICK_MS: Final = 1_000


class Clock(Protocol):
    """Source of moments for tags and logs."""

    def now_ms(self) -> int:
        """Return a moment later than every one returned before."""


class WallClock:
    """Wall clock; two saves in one millisecond still get different moments, as tags are compared by clients."""

    def __init__(self) -> None:
        self._last = 0

    def now_ms(self) -> int:
        """Return the wall time, moved on by a millisecond if it stands still."""
        self._last = max(time.time_ns() // 1_000_000, self._last + 1)
        return self._last


class SeededClock:
    """Clock of a seeded node: a second per question, a later day for every start, so runs can be repeated."""

    def __init__(self, start_number: int) -> None:
        self._now = SEEDED_START_MS + start_number * _DAY_MS

    def now_ms(self) -> int:
        """Return the next second."""
        self._now += _TICK_MS
        return self._now
