"""Projects in which this run moved something to another zone."""

from __future__ import annotations

import threading

__all__ = ["Moves"]


class Moves:
    """DSS moves objects that we did not name: the recipe that writes a dataset goes with it, a zone's items fall back to
    the default zone when it is deleted [seen, inferred]. A changed zone is therefore no foreign change in such a project.
    """

    def __init__(self) -> None:
        self._projects: set[str] = set()
        self._lock = threading.Lock()

    def __contains__(self, project: str) -> bool:
        with self._lock:
            return project in self._projects

    def note(self, project: str) -> None:
        """Note that something of ``project`` was moved."""
        with self._lock:
            self._projects.add(project)
