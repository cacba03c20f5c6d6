"""Objects in a directory of one machine.

Put-if-absent is ``link()``, which fails when the name exists; compare-and-swap compares and replaces under ``flock``.
The kernel gives both up when a process dies, so there is nothing to clean. **One machine only**: locks and renames of
network file systems differ from mount to mount; do not share such a directory between hosts.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Final

from dataiku_iac.core.errors import StoreUnavailable
from dataiku_iac.core.heads import Mode
from dataiku_iac.store.blobs import Blob, Item, Lost, Stored

__all__ = ["DirectoryBlobs"]

_SCRATCH: Final = ".scratch"  # on the same file system as the objects, or link() and replace() would not be atomic
_LOCK: Final = ".lock"


class DirectoryBlobs:
    """A directory, made when missing. Files are as the objects: same keys, same bytes. Safe for threads."""

    mode: Mode = Mode.LOCAL

    def __init__(self, root: Path) -> None:
        self._root = root

    @property
    def identity(self) -> str:
        """The directory's URL."""
        return self._root.absolute().as_uri()

    def where(self, key: str) -> str:
        """Return the file's path."""
        return str(self._root / key)

    def dialects(self) -> Sequence[str]:
        """There is one way to compare."""
        return ("",)

    def speaking(self, dialect: str) -> DirectoryBlobs:
        """Return itself."""
        return self

    def get(self, key: str) -> Blob | None:
        """Return the file. No ``server_date``: the wall clock may jump, and the lease must not be judged by it."""
        with self._errors(key):
            try:
                with self._path(key).open("rb") as file:
                    body, modified = file.read(), os.fstat(file.fileno()).st_mtime
            except (FileNotFoundError, NotADirectoryError):
                return None
        return Blob(body, _etag(body), last_modified=datetime.fromtimestamp(modified, UTC))

    def put_if_absent(self, key: str, body: bytes) -> Stored | Lost:
        """Write the file unless its name exists."""
        path = self._path(key)
        with self._errors(key), self._written(body, path) as scratch:
            try:
                os.link(scratch, path)
            except FileExistsError:
                found = self.get(key)
                return Stored(found.etag) if found is not None and found.body == body else Lost(found)
            _sync(path.parent)
        return Stored(_etag(body))

    def compare_and_swap(self, key: str, etag: str, body: bytes) -> Stored | Lost:
        """Replace the file if its content still has that digest."""
        path = self._path(key)
        with self._errors(key), self._exclusive():
            found = self.get(key)
            if found is None or found.etag != etag:
                return Lost(found)
            self._replace(path, body)
        return Stored(_etag(body))

    def put(self, key: str, body: bytes) -> None:
        """Write whatever is there."""
        with self._errors(key):
            self._replace(self._path(key), body)

    def delete(self, key: str) -> None:
        """Delete, if there."""
        with self._errors(key):
            self._path(key).unlink(missing_ok=True)

    def list(self, prefix: str) -> Sequence[Item]:
        """Return all files whose key begins with ``prefix``."""
        items: list[Item] = []
        with self._errors(prefix):
            for folder, _, names in os.walk(self._root):
                for name in names:
                    path = Path(folder) / name
                    key = path.relative_to(self._root).as_posix()
                    if not key.startswith(prefix) or key.startswith((_SCRATCH, _LOCK)):
                        continue
                    try:
                        stat = path.stat()
                    except FileNotFoundError:  # deleted since the walk saw it
                        continue
                    items.append(Item(key, stat.st_size, datetime.fromtimestamp(stat.st_mtime, UTC)))
        return sorted(items, key=lambda item: item.key)

    def _path(self, key: str) -> Path:
        parts = PurePosixPath(key).parts
        if not parts or key.startswith("/") or ".." in parts or key.endswith("/"):
            raise ValueError(f"not a key: {key!r}")
        return self._root.joinpath(*parts)

    def _replace(self, path: Path, body: bytes) -> None:
        with self._written(body, path) as scratch:
            scratch.replace(path)
        _sync(path.parent)

    @contextmanager
    def _written(self, body: bytes, path: Path) -> Iterator[Path]:
        """Give a durable file with ``body`` that goes away again, and make the folder of ``path``."""
        _make(path.parent, self._root)
        folder = self._root / _SCRATCH
        _make(folder, self._root)
        handle, name = tempfile.mkstemp(dir=folder)
        scratch = Path(name)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(body)
                file.flush()
                os.fsync(file.fileno())
            yield scratch
        finally:
            scratch.unlink(missing_ok=True)

    @contextmanager
    def _exclusive(self) -> Iterator[None]:
        """Hold the directory's lock. ``flock``, as POSIX record locks vanish when any descriptor of the file closes."""
        _make(self._root, self._root)
        # Opened anew each time: a descriptor of one's own is what makes flock exclude threads, too.
        with (self._root / _LOCK).open("ab") as file:
            fcntl.flock(file.fileno(), fcntl.LOCK_EX)
            yield

    @contextmanager
    def _errors(self, key: str) -> Iterator[None]:
        try:
            yield
        except OSError as exc:
            raise StoreUnavailable(
                f"the directory does not work: {exc.strerror or exc}",
                where=self.where(key),
                next_step="see that the disk is mounted, has space left and is writable for this user",
            ) from exc


def _etag(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


def _make(folder: Path, root: Path) -> None:
    """Make ``folder`` and let its name survive a power cut, up to ``root``."""
    if folder.is_dir():
        return
    folder.mkdir(parents=True, exist_ok=True)
    while folder != root and folder != folder.parent:
        folder = folder.parent
        _sync(folder)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
