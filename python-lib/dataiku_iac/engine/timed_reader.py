"""How long the node takes to answer, noted while it is read anyway: what a plan's estimate of time is made from."""

from __future__ import annotations

import statistics
from collections.abc import Sequence

from dataiku_iac.core.canonical import Json
from dataiku_iac.core.roles import Clock, NodeReader

__all__ = ["TimedReader"]


class TimedReader:
    """A ``NodeReader`` that notes how long each single read took; safe for threads."""

    def __init__(self, reader: NodeReader, clock: Clock) -> None:
        self._reader = reader
        self._clock = clock
        self._taken_s: list[float] = []

    @property
    def latency_ms(self) -> float:
        """The median of all reads so far; 0 if there was none."""
        return statistics.median(self._taken_s) * 1000 if self._taken_s else 0.0

    def get(self, path: str, *, params: dict[str, str] | None = None) -> Json:
        """See ``NodeReader.get``."""
        begun = self._clock.monotonic()
        found = self._reader.get(path, params=params)
        self._taken_s.append(self._clock.monotonic() - begun)
        return found

    def get_many(self, paths: Sequence[str]) -> list[Json]:
        """See ``NodeReader.get_many``; not timed, as these run at once."""
        return self._reader.get_many(paths)

    def get_text(self, path: str) -> str:
        """See ``NodeReader.get_text``."""
        return self._reader.get_text(path)
