"""Places where a test kills the process, as ``kill -9`` would.

The program's entry calls ``arm(os.environ)`` once; without ``IAC_CRASH`` or ``IAC_CRASH_LOG`` every ``crashpoint`` is
one comparison. ``IAC_CRASH=7``: SIGKILL at the 7th point passed. ``IAC_CRASH_LOG=<file>``: append the name of every
point passed, so that a driver first counts them and then dies at each.
"""

from __future__ import annotations

import itertools
import os
import signal
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from dataiku_iac.core.errors import ConfigError

__all__ = ["arm", "around", "crashpoint", "disarm"]


class _Trap:
    """An armed counter."""

    def __init__(self, deadly: int | None, log: Path | None) -> None:
        self._deadly = deadly
        self._log = log
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()

    def step(self, name: str) -> None:
        with self._lock:
            number = next(self._numbers)
            if self._log is not None:
                with self._log.open("a", encoding="utf-8") as out:
                    out.write(f"{number} {name}\n")
            if number == self._deadly:
                os.kill(os.getpid(), signal.SIGKILL)


_trap: _Trap | None = None


def arm(environ: Mapping[str, str]) -> None:
    """Read ``IAC_CRASH`` and ``IAC_CRASH_LOG`` from ``environ``; without them nothing is armed.

    Raises:
        ConfigError: ``IAC_CRASH`` is not a whole number of 1 or more.
    """
    global _trap
    number, log = environ.get("IAC_CRASH", ""), environ.get("IAC_CRASH_LOG", "")
    if not number and not log:
        _trap = None
        return
    if number and (not number.isdigit() or int(number) < 1):
        raise ConfigError(
            f'IAC_CRASH is "{number}", not a whole number of 1 or more',
            where="environment",
            next_step="unset it: it exists for tests only",
        )
    _trap = _Trap(int(number) if number else None, Path(log) if log else None)


def disarm() -> None:
    """Forget what ``arm`` set."""
    arm({})


def crashpoint(name: str) -> None:
    """Die here if this is the point to die at. ``name`` says the step, e.g. ``journal.append:before``."""
    if _trap is not None:
        _trap.step(name)


@contextmanager
def around(step: str) -> Iterator[None]:
    """Pass ``<step>:before`` on entry and ``<step>:after`` when the block ends without an exception."""
    crashpoint(f"{step}:before")
    yield
    crashpoint(f"{step}:after")
