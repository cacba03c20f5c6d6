"""How long a call may take, how often a read is tried, and when a node is given up."""

from __future__ import annotations

import email.utils
import threading
from collections.abc import Mapping
from dataclasses import dataclass

from dataiku_iac.core.errors import NodeUnavailable
from dataiku_iac.core.roles import Clock

__all__ = ["Breaker", "Retries", "Timeouts", "retry_after_s"]


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds. ``connect_s`` until the connection stands, ``read_s`` between two pieces of the answer.

    ``whole_read_s`` and ``whole_write_s`` until the answer is complete, so that one that drips in cannot outlive the
    lease. The client itself sets no time limit at all [client].
    """

    connect_s: float = 5.0
    read_s: float = 30.0
    whole_read_s: float = 120.0
    whole_write_s: float = 35.0


@dataclass(frozen=True, slots=True)
class Retries:
    """Retries of reads: waits are drawn from 0 to ``first_s * 2**n``, at most ``longest_s``; ``total_s`` for all of them.

    ``unmet_s`` for all of them while a session has not met its node: a wrong URL or a node that is down is told at once,
    whereas a node that answered a moment ago is worth waiting for.
    """

    first_s: float = 0.5
    longest_s: float = 10.0
    total_s: float = 30.0
    unmet_s: float = 5.0


class Breaker:
    """Refuses calls to a node that did not answer ``limit`` calls in a row; after ``pause_s`` one call may try again."""

    def __init__(self, clock: Clock, *, limit: int = 5, pause_s: float = 30.0) -> None:
        self._clock = clock
        self._limit = limit
        self._pause_s = pause_s
        self._lock = threading.Lock()
        self._failures = 0
        self._open_until_s = 0.0

    @property
    def is_open(self) -> bool:
        """True while calls are refused."""
        with self._lock:
            return self._failures >= self._limit and self._clock.monotonic() < self._open_until_s

    def check(self, url: str) -> None:
        """Raise ``NodeUnavailable`` while the node is given up; lets a single call through after the pause."""
        with self._lock:
            if self._failures < self._limit:
                return
            now = self._clock.monotonic()
            if now >= self._open_until_s:
                self._open_until_s = now + self._pause_s  # the others wait for what this one finds
                return
        raise NodeUnavailable(
            f"not asked: {self._failures} calls in a row got no answer",
            where=f"node {url}",
            next_step="find out why the node is down; then run the command again, or resume the run",
        )

    def note(self, *, answered: bool) -> None:
        """Count the end of one call."""
        with self._lock:
            self._failures = 0 if answered else self._failures + 1
            if self._failures == self._limit:
                self._open_until_s = self._clock.monotonic() + self._pause_s


def retry_after_s(headers: Mapping[str, str], clock: Clock) -> float:
    """Return the seconds that ``Retry-After`` asks for, given as a number or as an HTTP date; 0 if it asks for nothing."""
    value = headers.get("Retry-After", "").strip()
    if not value:
        return 0.0
    try:
        return max(0.0, float(value))
    except ValueError:
        pass
    try:
        until = email.utils.parsedate_to_datetime(value)
    except ValueError:
        return 0.0
    return max(0.0, (until - clock.now()).total_seconds()) if until.tzinfo else 0.0
