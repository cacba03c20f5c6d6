"""From what an act wrote to its commit: one request, one save of a person, one build is one commit. Source: object-shapes.md 15.

What an act touched is told by the disk through its ``EffectMark``; whoever begins acts (the dispatcher, ``touches.acting``, a future)
calls ``finish`` when one is over.
"""

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from emulator.disk import EffectMark
from emulator.git.history import LOCAL_VARIABLES, History
from emulator.git.messages import message_of
from emulator.projects.project import Project

if TYPE_CHECKING:
    from emulator.world import World

__all__ = ["Commits", "unlisted"]

_SERVER: Final = "no:auth"
_RECIPES: Final = "recipes/"


@dataclass(frozen=True, slots=True)
class _Pending:
    """A commit that is not made yet: the ``due``-th call makes it."""

    due: int
    project: Project
    names: tuple[str, ...]
    author: str
    message: str


class Commits:
    """Kept on the world: makes the commits of all projects, at once or some calls later (``Profile.git_commit_delay``)."""

    def __init__(self, world: "World") -> None:
        self._world = world
        self._root = f"{world.disk.path('config/projects')}/"
        self._pending: deque[_Pending] = deque()
        self._calls = 0

    def count_call(self) -> None:
        """Note that an API call arrived, and make the commits that waited for it."""
        self._calls += 1
        while self._pending and self._pending[0].due <= self._calls:
            self._make(self._pending.popleft())

    def finish(self, mark: EffectMark | None) -> None:
        """Commit what the act has touched so far, if the mode of the project says so; a later call with the same mark tells of the rest."""
        if mark is None or not mark.touched:
            return
        by_project: dict[str, list[str]] = {}
        for path in mark.touched:
            text = str(path)
            if text.startswith(self._root):
                key, _, name = text[len(self._root) :].partition("/")
                by_project.setdefault(key, []).append(name)
        message, author = mark.message, mark.by or _SERVER
        mark.touched, mark.message = [], None
        for key, touched in by_project.items():
            project = self._world.projects.get(key)
            if project is not None:
                self._finish(project, touched, author=author, via=mark.via, message=message)

    def commit_all(self, project: Project, *, author: str, message: str) -> None:
        """Commit everything that is not committed, as the call for it does."""
        history = project.state_of(History)
        names = history.status(ignoring=unlisted(self._world)).all
        self._make(_Pending(0, project, names, author, message))

    def _finish(self, project: Project, touched: list[str], *, author: str, via: str, message: str | None) -> None:
        history = project.state_of(History)
        is_new = "" in touched  # its directory: created, imported, loaded
        hidden = unlisted(self._world)
        names = [name for name in history.expand(touched) if name not in hidden]
        history.note(names)
        if not is_new:
            names = _committed_by_itself(project, names)
        if not names:
            return
        pending = _Pending(
            self._calls + self._world.profile.git_commit_delay + 1,
            project,
            tuple(names),
            author,
            message or message_of(project, history, via, names),
        )
        if self._world.profile.git_commit_delay:
            self._pending.append(pending)
        else:
            self._make(pending)

    def _make(self, pending: _Pending) -> None:
        project = pending.project
        if self._world.projects.get(project.key) is not project:
            return  # deleted or replaced meanwhile, its history with it
        project.state_of(History).commit(
            pending.names,
            author=pending.author,
            at_ms=self._world.clock.now_ms(),
            message=pending.message,
            may_be_empty=self._world.profile.unchanged_save_commit == "empty",
        )


def unlisted(world: "World") -> frozenset[str]:
    """Return the files that this node keeps out of git."""
    return frozenset(()) if world.profile.local_variables_in_git else frozenset((LOCAL_VARIABLES,))


def _committed_by_itself(project: Project, names: list[str]) -> list[str]:
    """Return the files that are committed without being asked; the values of the mode are those of real projects [seen].

    What waited when a project goes back to ``AUTO`` waits on: a commit takes the files of its own operation [unknown].
    """
    match (project.params.get("settings") or {}).get("gitCommitMode") or "AUTO":
        case "AUTO":
            return names
        case "RECIPES_EXPLICIT":  # what else waits in this mode is not known [inferred from its name]
            return [name for name in names if not name.startswith(_RECIPES)]
        case _:
            return []
