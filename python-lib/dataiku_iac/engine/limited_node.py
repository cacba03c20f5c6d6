"""A node that is asked only so many things at once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from dataiku_iac.core.canonical import Json
from dataiku_iac.engine.context import RunNode

__all__ = ["LimitedNode"]


class LimitedNode:
    """A ``RunNode`` with at most ``calls`` calls under way. Safe for threads.

    Tasks spend as much time waiting for the journal as for the node; more of them than calls keep the node busy meanwhile.
    ``gate`` is called right before each write is sent: the wait for a free place may have outlasted the lease.
    """

    def __init__(self, node: RunNode, calls: int, gate: Callable[[], None]) -> None:
        self._node = node
        self._gate = gate
        self._permits = threading.BoundedSemaphore(max(1, calls))

    @property
    def url(self) -> str:
        """See ``RunNode``."""
        return self._node.url

    def get(self, path: str, *, params: dict[str, str] | None = None) -> Json:
        """See ``NodeReader``."""
        with self._permits:
            return self._node.get(path, params=params)

    def get_many(self, paths: Sequence[str]) -> list[Json]:
        """See ``NodeReader``; counts as one call."""
        with self._permits:
            return self._node.get_many(paths)

    def get_text(self, path: str) -> str:
        """See ``NodeReader``."""
        with self._permits:
            return self._node.get_text(path)

    def post(self, path: str, body: Json = None, *, params: dict[str, str] | None = None) -> Json:
        """See ``NodeApi``."""
        with self._permits:
            self._gate()
            return self._node.post(path, body, params=params)

    def put(self, path: str, body: Json) -> Json:
        """See ``NodeApi``."""
        with self._permits:
            self._gate()
            return self._node.put(path, body)

    def delete(self, path: str, *, params: dict[str, str] | None = None) -> Json:
        """See ``NodeApi``."""
        with self._permits:
            self._gate()
            return self._node.delete(path, params=params)

    def post_text(self, path: str, text: str) -> Json:
        """See ``NodeApi``."""
        with self._permits:
            self._gate()
            return self._node.post_text(path, text)
