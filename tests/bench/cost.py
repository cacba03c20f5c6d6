"""What a piece of work costs, in numbers that a busy machine does not change."""

from __future__ import annotations

import cProfile
import gc
import json
import threading
import time
import tracemalloc
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from dataiku_iac.core.canonical import Json
from dataiku_iac.engine.context import RunNode

__all__ = ["GROWTH", "Cost", "WeighedNode", "measure"]

GROWTH: Final = 11.0
"""What ten times as many objects may cost at most: ten, and room for the logarithm of sorting."""

T = TypeVar("T")


@dataclass(frozen=True)
class Cost:
    """``operations`` = function calls of the calling thread, ``peak`` in bytes, ``seconds`` for people."""

    operations: int
    peak: int
    seconds: float


def measure(work: Callable[[], T]) -> tuple[T, Cost]:
    """Do ``work`` twice, once by the clock and once counted, and return the first result."""
    gc.collect()
    began = time.perf_counter()
    result = work()
    seconds = time.perf_counter() - began
    profiler = cProfile.Profile()
    tracemalloc.start()
    try:
        profiler.enable()
        again = work()
        profiler.disable()
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    del again
    return result, Cost(sum(entry.callcount for entry in profiler.getstats()), peak, seconds)


class WeighedNode:
    """A node whose calls are counted and whose answers are weighed; ``read_bytes`` of reads, ``reply_bytes`` of writes."""

    def __init__(self, node: RunNode) -> None:
        self._node = node
        self._lock = threading.Lock()
        self.calls = self.read_bytes = self.reply_bytes = 0

    @property
    def url(self) -> str:
        return self._node.url

    def _weighed(self, answer: Json, *, is_read: bool) -> Json:
        weight = len(json.dumps(answer))
        with self._lock:
            self.calls += 1
            if is_read:
                self.read_bytes += weight
            else:
                self.reply_bytes += weight
        return answer

    def get(self, path: str, *, params: dict[str, str] | None = None) -> Json:
        return self._weighed(self._node.get(path, params=params), is_read=True)

    def get_many(self, paths: Sequence[str]) -> list[Json]:
        return [self._weighed(answer, is_read=True) for answer in self._node.get_many(paths)]

    def get_text(self, path: str) -> str:
        return str(self._weighed(self._node.get_text(path), is_read=True))

    def post(self, path: str, body: Json = None, *, params: dict[str, str] | None = None) -> Json:
        return self._weighed(self._node.post(path, body, params=params), is_read=False)

    def put(self, path: str, body: Json) -> Json:
        return self._weighed(self._node.put(path, body), is_read=False)

    def delete(self, path: str, *, params: dict[str, str] | None = None) -> Json:
        return self._weighed(self._node.delete(path, params=params), is_read=False)

    def post_text(self, path: str, text: str) -> Json:
        return self._weighed(self._node.post_text(path, text), is_read=False)
