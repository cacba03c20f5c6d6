"""Time and fresh names as the store needs them, and the real ones."""

from __future__ import annotations

import threading
import time
import uuid
from datetime import UTC, datetime
from typing import Final, Protocol

from dataiku_iac.core import roles

__all__ = ["RandomIds", "StoreClock", "SystemClock", "iso"]

# Counts while the machine is suspended, unlike CLOCK_MONOTONIC: a laptop that slept for an hour must find its lease gone.
_BOOTTIME: Final[int | None] = getattr(time, "CLOCK_BOOTTIME", None)


class StoreClock(roles.Clock, Protocol):
    """A clock on which a thread can wait and be woken."""

    def wait(self, wake: threading.Event, seconds: float | None) -> None:
        """Return when ``wake`` is set or ``seconds`` have passed (``None``: only when set); may return early.

        The caller looks at its own condition again each time, after it cleared ``wake``.
        """
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the aware UTC wall time."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Return seconds since boot, suspended time included where the system can tell."""
        return time.monotonic() if _BOOTTIME is None else time.clock_gettime(_BOOTTIME)

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)

    def wait(self, wake: threading.Event, seconds: float | None) -> None:
        """Wait for ``wake`` at most so long."""
        wake.wait(seconds)


class RandomIds:
    """Names from the system's random source."""

    def new(self) -> str:
        """Return 32 lower-case hex digits."""
        return uuid.uuid4().hex


def iso(clock: roles.Clock) -> str:
    """Return the time for people to read, e.g. ``2026-01-31T08:15:00Z``."""
    return clock.now().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
