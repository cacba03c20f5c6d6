"""Writes that an owner keeps trying while its lease lasts."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Final, Protocol

from dataiku_iac.core.errors import StoreUnavailable
from dataiku_iac.store.blobs import Lost, Stored, StoreRefused
from dataiku_iac.store.clock import StoreClock

__all__ = ["Guard", "write_while_held"]

_PAUSE_S: Final = 1.0


class Guard(Protocol):
    """The lease as its owner's writers see it."""

    @property
    def fence(self) -> int:
        """The fencing token."""
        ...

    def check(self) -> None:
        """Return while the lease is ours.

        Raises:
            LeaseLost: it ran out or was taken.
        """
        ...

    def lose(self, what: str) -> None:
        """Raise the stop flag: proof came from elsewhere that somebody took over."""
        ...


def write_while_held(write: Callable[[], Stored | Lost], *, guard: Guard, clock: StoreClock) -> Stored | Lost:
    """Repeat the *same* conditional write until its outcome is known.

    A store that is gone for a minute must not cost a run; sending the same bytes again is safe, as whichever copy lands
    first refuses the other.

    Raises:
        LeaseLost: the lease ended first; the cause is the store's error. Resume finds whatever landed.
        StoreRefused: the store says no, which does not change by asking.
    """
    while True:
        try:
            return write()
        except StoreRefused:
            raise
        except StoreUnavailable:
            guard.check()
            clock.wait(threading.Event(), _PAUSE_S)
