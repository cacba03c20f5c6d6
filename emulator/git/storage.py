"""The two append-only files of a history, below the project's own ``.git/``: commits, one JSON text per line, and contents.

They go and come with the directory of the project, and an export or import leaves them out as it does every ``.git``. A save costs two
appends; nothing is ever rewritten, so a kill can only cut the last line of the commits off, which is dropped at the next start: the
files of that save are then uncommitted, as on a real node that died between writing and committing.
"""

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from emulator.json_text import dump_compact

__all__ = ["Blob", "Commit", "HistoryFiles", "blob_id"]

_COMMITS: Final = "commits.jsonl"
_CONTENTS: Final = "contents"
_TAGS: Final = "tags.json"


@dataclass(frozen=True, slots=True)
class Blob:
    """A content: its id (that of git) and where it lies in the file of contents."""

    id: str
    offset: int
    size: int


@dataclass(frozen=True, slots=True)
class Commit:
    """One commit. ``changes`` has the new content of every file that changed, ``None`` for one that went; ``{}`` for an empty commit.

    ``author`` is a login, ``api:<key id>`` or ``no:auth``; ``at_ms`` is epoch milliseconds; ``parent`` is ``None`` for the first.
    """

    id: str
    parent: str | None
    author: str
    at_ms: int
    message: str
    changes: Mapping[str, Blob | None]

    @classmethod
    def make(
        cls, parent: str | None, author: str, at_ms: int, message: str, changes: Mapping[str, Blob | None]
    ) -> "Commit":
        """Return a commit whose id depends on all that it says."""
        said = [parent, author, at_ms, message, {name: blob and blob.id for name, blob in sorted(changes.items())}]
        return cls(_hash(dump_compact(said)), parent, author, at_ms, message, changes)


class HistoryFiles:
    """Reads and appends; ``directory`` need not exist until the first commit."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._contents = str(directory / _CONTENTS)
        self._commits = str(directory / _COMMITS)
        try:
            self._end = (directory / _CONTENTS).stat().st_size
        except FileNotFoundError:
            self._end = 0

    def commits(self) -> Iterator[Commit]:
        """Yield the commits, oldest first; half a line at the end, left by a kill, is cut off."""
        try:
            raw = Path(self._commits).read_bytes()
        except FileNotFoundError:
            return
        whole = raw[: raw.rfind(b"\n") + 1]
        if len(whole) < len(raw):
            os.truncate(self._commits, len(whole))
        for line in whole.splitlines():
            stored = json.loads(line)
            changes = {name: blob and Blob(*blob) for name, blob in stored.pop("changes").items()}
            yield Commit(**stored, changes=changes)

    def keep(self, content: bytes) -> Blob:
        """Append a content and return where it lies."""
        blob = Blob(blob_id(content), self._end, len(content))
        self._append(self._contents, content)
        self._end += blob.size
        return blob

    def add(self, commit: Commit) -> None:
        """Append a commit whose contents are kept already."""
        changes = {name: blob and [blob.id, blob.offset, blob.size] for name, blob in commit.changes.items()}
        told = {
            "id": commit.id,
            "parent": commit.parent,
            "author": commit.author,
            "at_ms": commit.at_ms,
            "message": commit.message,
            "changes": changes,
        }
        self._append(self._commits, json.dumps(told, separators=(",", ":")).encode() + b"\n")

    def content(self, blob: Blob) -> bytes:
        """Return a content."""
        with Path(self._contents).open("rb") as file:
            file.seek(blob.offset)
            return file.read(blob.size)

    def tags(self) -> dict[str, dict[str, str]]:
        """Return the tags by name: ``{"v1": {"commit": ..., "message": ...}}``."""
        file = self._directory / _TAGS
        found: dict[str, dict[str, str]] = json.loads(file.read_bytes()) if file.is_file() else {}
        return found

    def save_tags(self, tags: Mapping[str, Mapping[str, str]]) -> None:
        """Replace the tags in one step."""
        self._directory.mkdir(parents=True, exist_ok=True)
        fresh = self._directory / f"{_TAGS}.new"
        fresh.write_bytes(dump_compact(tags))
        fresh.replace(self._directory / _TAGS)

    def _append(self, file: str, content: bytes) -> None:
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT
        try:
            descriptor = os.open(file, flags, 0o644)
        except FileNotFoundError:
            self._directory.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(file, flags, 0o644)
        try:
            rest = memoryview(content)
            while rest:
                rest = rest[os.write(descriptor, rest) :]
        finally:
            os.close(descriptor)


def blob_id(content: bytes) -> str:
    """Return the id that git gives to a file with this content."""
    return _hash(b"blob %d\0" % len(content) + content)


def _hash(content: bytes) -> str:
    return hashlib.sha1(content, usedforsecurity=False).hexdigest()
