"""The node's files: every write is atomic and is counted as an effect of the request that caused it."""

import shutil
from collections.abc import Iterator
from contextvars import ContextVar
from pathlib import Path, PurePosixPath
from typing import Any, Final, Protocol

from emulator.json_text import dump_pretty, parse

__all__ = ["Disk", "EffectMark", "Recorder", "current_effect", "name_act"]

_TEMPORARY: Final = ".dss-tmp-"


class Recorder(Protocol):
    """Who wants to know of every write (``emulator/effects``). ``None`` stands for a file that is not there."""

    def written(self, mark: "EffectMark", path: Path, before: bytes | None, after: bytes | None) -> None:
        """A file was replaced, made or removed."""

    def moved(self, mark: "EffectMark", old: Path, new: Path) -> None:
        """A file or directory has another name."""

    def stepped(self, mark: "EffectMark", root: Path, key: str, number: int | None) -> None:
        """The version tag ``TYPE.id`` of the project in ``root`` has this number, or is gone."""


class EffectMark:
    """What the act in hand has done so far: ``happened`` is the ``effect`` of the request log.

    ``by`` is who acts (login or ``api:<key id>``), ``via`` the call, e.g. ``PUT /projects/CRM/datasets/orders`` or ``ui-save``.
    ``touched`` are the files and directories that were written, moved or removed, ``message`` what the act is called in the history
    of a project if its call does not tell (``emulator/git``, which empties both when the act is over).
    """

    __slots__ = ("by", "happened", "message", "recorder", "touched", "via")

    def __init__(self, *, by: str | None = None, via: str = "", recorder: Recorder | None = None) -> None:
        self.happened = False
        self.by = by
        self.via = via
        self.recorder = recorder
        self.touched: list[Path] = []
        self.message: str | None = None

    def note(self, *paths: Path) -> None:
        """Note an effect on files or directories of this node."""
        self.happened = True
        self.touched += paths


current_effect: ContextVar[EffectMark | None] = ContextVar("current_effect", default=None)


class Disk:
    """A directory with atomic writes: a temporary file in the same directory, then a rename.

    No fsync: the promise is to survive ``kill -9`` of the process, for which the page cache is enough.
    Paths are relative and in POSIX form, e.g. ``datasets/orders.json``; ``..`` is refused.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._count = 0

    def path(self, name: str) -> Path:
        """Return where ``name`` lies; raises ``ValueError`` if it points outside."""
        relative = PurePosixPath(name.lstrip("/"))
        if ".." in relative.parts:
            raise ValueError(f"path {name!r} leaves the directory")
        return self.root / relative

    def sub(self, name: str) -> "Disk":
        """Return the directory ``name`` below this one as a ``Disk``."""
        return Disk(self.path(name))

    def write(self, name: str, content: bytes) -> None:
        """Replace the file ``name`` by ``content`` in one step, making its directories."""
        target = self.path(name)
        recorder = _recorder()
        before = None if recorder is None else self.read(name)
        self._count += 1
        temporary = target.with_name(f"{_TEMPORARY}{self._count}")
        try:
            temporary.write_bytes(content)
        except FileNotFoundError:
            target.parent.mkdir(parents=True, exist_ok=True)
            temporary.write_bytes(content)
        try:
            temporary.replace(target)
        except OSError:
            temporary.unlink()
            raise
        _note(target)
        if recorder is not None:
            recorder[0].written(recorder[1], target, before, content)

    def write_json(self, name: str, document: object) -> None:
        """Replace the file ``name`` by ``document`` in the node's JSON form."""
        self.write(name, dump_pretty(document))

    def read(self, name: str) -> bytes | None:
        """Return the content of ``name``, or ``None`` if there is no such file."""
        try:
            return self.path(name).read_bytes()
        except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
            return None

    def read_json(self, name: str) -> Any | None:
        """Return the value in the JSON file ``name``, or ``None`` if there is no such file."""
        raw = self.read(name)
        return None if raw is None else parse(raw)

    def delete(self, name: str) -> bool:
        """Remove the file or directory ``name``; return whether there was one."""
        target = self.path(name)
        recorder = _recorder()
        gone = [] if recorder is None else self._contents(name)
        if target.is_dir():
            shutil.rmtree(target)
        elif target.exists():
            target.unlink()
        else:
            return False
        _note(target)
        if recorder is not None:
            for path, before in gone:
                recorder[0].written(recorder[1], path, before, None)
        return True

    def rename(self, old: str, new: str) -> bool:
        """Move the file or directory ``old`` to ``new``; return whether there was one."""
        source, target = self.path(old), self.path(new)
        if not source.exists():
            return False
        _note(source, target)
        target.parent.mkdir(parents=True, exist_ok=True)
        source.replace(target)
        recorder = _recorder()
        if recorder is not None:
            recorder[0].moved(recorder[1], source, target)
        return True

    def note_tag(self, key: str, number: int | None) -> None:
        """Tell the recorder that the version tag ``TYPE.id`` of this project has a new number, or (``None``) is gone."""
        recorder = _recorder()
        if recorder is not None:
            recorder[0].stepped(recorder[1], self.root, key, number)

    def make_directory(self, name: str) -> None:
        """Make the directory ``name`` and those above it."""
        target = self.path(name)
        _note(target)
        target.mkdir(parents=True, exist_ok=True)

    def has(self, name: str) -> bool:
        """Return whether there is a file or directory ``name``."""
        return self.path(name).exists()

    def files(self, name: str = "") -> Iterator[str]:
        """Yield the paths, relative to this root, of all files below ``name``, sorted; leftovers of a kill are skipped."""
        start = self.path(name)
        for found in sorted(start.rglob("*")):
            if found.is_file() and not found.name.startswith(_TEMPORARY):
                yield found.relative_to(self.root).as_posix()

    def _contents(self, name: str) -> list[tuple[Path, bytes]]:
        target = self.path(name)
        files = [target] if target.is_file() else [found for found in sorted(target.rglob("*")) if found.is_file()]
        return [(file, file.read_bytes()) for file in files]

    @staticmethod
    def mark_effect() -> None:
        """Note that the request in hand has an effect; whoever keeps data elsewhere (S3) calls it too."""
        mark = current_effect.get()
        if mark is not None:
            mark.happened = True


def name_act(message: str) -> None:
    """Say what the act in hand is called in the history of its project, where the call alone does not tell."""
    mark = current_effect.get()
    if mark is not None:
        mark.message = message


def _note(*paths: Path) -> None:
    mark = current_effect.get()
    if mark is not None:
        mark.note(*paths)


def _recorder() -> tuple[Recorder, EffectMark] | None:
    mark = current_effect.get()
    return None if mark is None or mark.recorder is None else (mark.recorder, mark)
