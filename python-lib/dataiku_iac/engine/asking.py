"""Asking a node many things: each once, several at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Lock
from typing import Final, TypeVar

from dataiku_iac.core.canonical import Json
from dataiku_iac.core.roles import NodeReader

__all__ = ["READERS", "MemoReader", "in_parallel"]

# Reads wait for the network, not for us: 16 in flight hide 20 ms of latency and stay polite (DSS allows far more).
READERS: Final = 16

In = TypeVar("In")
Out = TypeVar("Out")


class MemoReader:
    """A ``NodeReader`` that asks each question once: several kinds need the zone list, and a refresh wants one moment."""

    def __init__(self, reader: NodeReader) -> None:
        self._reader = reader
        self._answers: dict[str, Json] = {}
        self._locks: dict[str, Lock] = {}
        self._guard = Lock()

    def get(self, path: str, *, params: dict[str, str] | None = None) -> Json:
        """See ``NodeReader.get``; a failure is not remembered."""
        question = path if not params else f"{path}?{sorted(params.items())}"
        with self._guard:
            lock = self._locks.setdefault(question, Lock())
        with lock:
            if question not in self._answers:
                self._answers[question] = self._reader.get(path, params=params)
            return self._answers[question]

    def get_many(self, paths: Sequence[str]) -> list[Json]:
        """See ``NodeReader.get_many``."""
        return self._reader.get_many(paths)

    def get_text(self, path: str) -> str:
        """See ``NodeReader.get_text``."""
        return self._reader.get_text(path)


def in_parallel(call: Callable[[In], Out], items: Sequence[In]) -> list[Out]:
    """Return ``call`` of each item in order; the first failure is raised and the rest is not begun."""
    if len(items) < 2:
        return [call(item) for item in items]
    with ThreadPoolExecutor(max_workers=min(READERS, len(items)), thread_name_prefix="refresh") as pool:
        futures = [pool.submit(call, item) for item in items]
        try:
            return [future.result() for future in futures]
        finally:
            for future in futures:
                future.cancel()
