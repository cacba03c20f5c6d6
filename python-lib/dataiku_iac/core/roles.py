"""What pure code and use cases are given instead of reaching for clock, randomness and the network."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from dataiku_iac.core.canonical import Json

__all__ = ["Clock", "Ids", "NodeApi", "NodeReader", "Progress"]


class Clock(Protocol):
    """Time as an argument."""

    def now(self) -> datetime:
        """Return the aware UTC wall time; for people to read, never for ordering."""
        ...

    def monotonic(self) -> float:
        """Return seconds that never go back; for deadlines."""
        ...

    def sleep(self, seconds: float) -> None:
        """Wait; tests advance instead."""
        ...


class Ids(Protocol):
    """Source of fresh names."""

    def new(self) -> str:
        """Return a name nobody used before, lower-case hex, at least 16 characters, e.g. ``"9f3c…"``."""
        ...


class Progress(Protocol):
    """Told how far long work has come."""

    def __call__(self, done: int, total: int, what: str) -> None:
        """``what`` is a short text such as ``"created dataset.CRM.ORDERS"``."""
        ...


class NodeReader(Protocol):
    """Reads of one DSS node; ``path`` is relative to the public API root, e.g. ``/projects/CRM/datasets/``.

    Every failure is raised as a ``NodeError``; only ``ObjectMissing`` says that something is absent.
    """

    def get(self, path: str, *, params: dict[str, str] | None = None) -> Json:
        """Return the parsed JSON answer (``None`` for an empty body)."""
        ...

    def get_many(self, paths: Sequence[str]) -> list[Json]:
        """Return the answers in the order of ``paths``, read in parallel; the first failure is raised."""
        ...

    def get_text(self, path: str) -> str:
        """Return the answer as text."""
        ...


class NodeApi(NodeReader, Protocol):
    """Writes too. Each method is exactly one request: never retried here, because only the engine may look first.

    Raises:
        NodeUnavailable: nothing was sent (refused connection, DNS).
        OutcomeUnknown: sent, but the effect is not known.
        Refused, NotAllowed, ObjectMissing: the node said no; nothing changed.
    """

    def post(self, path: str, body: Json = None, *, params: dict[str, str] | None = None) -> Json:
        """Create or act."""
        ...

    def put(self, path: str, body: Json) -> Json:
        """Replace a whole document."""
        ...

    def delete(self, path: str, *, params: dict[str, str] | None = None) -> Json:
        """Delete."""
        ...

    def post_text(self, path: str, text: str) -> Json:
        """Send ``text`` as the raw body (library files)."""
        ...
