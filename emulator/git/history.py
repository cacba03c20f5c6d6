"""The history of one project: what is committed, and what of the working copy is not. Source: object-shapes.md 2, 15."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Final

from emulator.git.storage import Blob, Commit, HistoryFiles, blob_id
from emulator.projects.project import Project

__all__ = ["LOCAL_VARIABLES", "History", "Status", "is_ignored"]

LOCAL_VARIABLES: Final = "localvariables.json"
_DIRECTORY: Final = ".git"
_IGNORED: Final = frozenset(
    (
        ".journal",
        ".mainlock",
        ".wlock",
        ".ts",
        ".git",
        ".coverage",
        ".htmlcov",
        ".DS_Store",
        ".idea",
        "git-info.json",
        "merge-requests.json",
        "version-tags.json",
    )
)
_IGNORED_PATTERNS: Final = ("*.pyc", ".dss-tmp-*")
"""The ``.gitignore`` that DSS writes [seen], and what a killed write of this node leaves."""


def is_ignored(name: str) -> bool:
    """Return whether git ignores the file ``name``, e.g. ``version-tags.json``: at any depth, by the name of any step."""
    return any(
        step in _IGNORED or any(fnmatchcase(step, pattern) for pattern in _IGNORED_PATTERNS) for step in name.split("/")
    )


@dataclass(frozen=True, slots=True)
class Status:
    """Working copy against the last commit, in the words of JGit, whose names the client documents. Nothing is ever staged."""

    modified: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    untracked: tuple[str, ...] = ()

    @property
    def all(self) -> tuple[str, ...]:
        """Every file that differs, sorted."""
        return tuple(sorted((*self.modified, *self.missing, *self.untracked)))


class History:
    """Kept on the project, so that a project that is replaced begins a new one. Commits are in memory, contents on disk."""

    def __init__(self, project: Project) -> None:
        self._disk = project.disk
        self._files = HistoryFiles(project.disk.path(_DIRECTORY))
        self._commits: list[Commit] = []
        self._place_of: dict[str, int] = {}
        self._head: dict[str, Blob] = {}
        self._blobs: dict[str, Blob] = {}
        for commit in self._files.commits():
            self._enter(commit)
        self._dirty: set[str] | None = None
        """Files that may differ from the last commit; ``None`` before the working copy was looked through once."""

    @property
    def head(self) -> Commit | None:
        """The last commit, ``None`` if there is none."""
        return self._commits[-1] if self._commits else None

    def __len__(self) -> int:
        return len(self._commits)

    def expand(self, touched: Iterable[str]) -> list[str]:
        """Return the files that ``touched`` stands for, without ignored ones: a directory is all files in it, now or when committed."""
        found: dict[str, None] = {}
        for name in touched:
            if name and is_ignored(name):
                continue
            found.update(dict.fromkeys(self._below(name)))
        return list(found)

    def note(self, names: Iterable[str]) -> None:
        """Remember that these files may differ from the last commit."""
        if self._dirty is not None:
            self._dirty.update(names)

    def commit(self, names: Iterable[str], *, author: str, at_ms: int, message: str, may_be_empty: bool) -> None:
        """Commit what these files are now; without a difference only if ``may_be_empty``."""
        names = list(names)
        changes: dict[str, Blob | None] = {}
        for name in names:
            content, before = self._disk.read(name), self._head.get(name)
            if content is None:
                if before is not None:
                    changes[name] = None
                continue
            content_id = blob_id(content)
            if before is None or before.id != content_id:
                changes[name] = self._blobs.get(content_id) or self._files.keep(content)
        if self._dirty is not None:
            self._dirty.difference_update(names)
        if not changes and not may_be_empty:
            return
        head = self.head
        commit = Commit.make(head.id if head else None, author, at_ms, message, changes)
        self._files.add(commit)
        self._enter(commit)

    def status(self, *, ignoring: Iterable[str] = ()) -> Status:
        """Compare the working copy with the last commit, apart from the files ``ignoring`` that are not committed."""
        if self._dirty is None:
            self._dirty = {*self._below("")}
        modified, missing, untracked = [], [], []
        for name in sorted(self._dirty):
            content, before = self._disk.read(name), self._head.get(name)
            if content is None and before is None:
                self._dirty.discard(name)
            elif content is None:
                missing.append(name)
            elif before is None:
                if name not in ignoring:
                    untracked.append(name)
            elif before.id != blob_id(content):
                modified.append(name)
            else:
                self._dirty.discard(name)
        return Status(tuple(modified), tuple(missing), tuple(untracked))

    def is_tracked(self, name: str) -> bool:
        """Return whether the last commit has a file ``name``, or files below a directory of that name."""
        return name in self._head or any(file.startswith(f"{name}/") for file in self._head)

    def find(self, commit_id: str) -> Commit | None:
        """Return a commit by its id or ``HEAD``, else ``None``."""
        if commit_id == "HEAD":
            return self.head
        place = self._place_of.get(commit_id)
        return None if place is None else self._commits[place]

    def log(self, start: Commit | None, *, path: str = "") -> Iterator[Commit]:
        """Yield the commits from ``start`` (or the last one) back; with a path, those that change it or a file below it."""
        place = len(self._commits) - 1 if start is None else self._place_of[start.id]
        for commit in reversed(self._commits[: place + 1]):
            if not path or any(name == path or name.startswith(f"{path}/") for name in commit.changes):
                yield commit

    def tree(self, commit: Commit | None) -> dict[str, Blob]:
        """Return all files as they were after a commit; ``{}`` before the first."""
        if commit is None:
            return {}
        tree: dict[str, Blob] = {}
        for passed in self._commits[: self._place_of[commit.id] + 1]:
            _apply(tree, passed)
        return tree

    def committed(self, blob: Blob) -> bytes:
        """Return a committed content."""
        return self._files.content(blob)

    def working(self, name: str) -> bytes | None:
        """Return a file of the working copy."""
        return self._disk.read(name)

    def tags(self) -> dict[str, dict[str, str]]:
        """Return the tags, by name."""
        return self._files.tags()

    def save_tags(self, tags: dict[str, dict[str, str]]) -> None:
        """Replace the tags."""
        self._files.save_tags(tags)

    def _enter(self, commit: Commit) -> None:
        self._place_of[commit.id] = len(self._commits)
        self._commits.append(commit)
        _apply(self._head, commit)
        for blob in commit.changes.values():
            if blob is not None:
                self._blobs[blob.id] = blob

    def _below(self, name: str) -> Iterator[str]:
        """Yield ``name`` if it is, or was, a file; else every file below it."""
        if name in self._head:
            yield name
            return
        path = self._disk.path(name)
        if path.is_file():
            yield name
            return
        if path.is_dir():
            yield from (file for file in self._disk.files(name) if not is_ignored(file))
        start = f"{name}/" if name else ""
        yield from [file for file in self._head if file.startswith(start)]


def _apply(tree: dict[str, Blob], commit: Commit) -> None:
    for name, blob in commit.changes.items():
        if blob is None:
            tree.pop(name, None)
        else:
            tree[name] = blob
