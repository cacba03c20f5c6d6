"""The files below ``lib/``. Source: api-flow.md 12 (Library), 2.3."""

import base64
from pathlib import Path
from typing import Final

from emulator.errors import DssError, illegal_argument, not_found
from emulator.json_text import JsonObject
from emulator.projects.project import Project

__all__ = ["LibraryStore"]

_ROOT: Final = "lib"


class LibraryStore:
    """The library calls on one project."""

    def __init__(self, project: Project) -> None:
        project.disk.path(_ROOT).mkdir(exist_ok=True)
        self._disk = project.disk.sub(_ROOT)

    def tree(self) -> list[JsonObject]:
        """Return ``[{name, children?}]``; what has no ``children`` is a file [client]."""
        return _children(self._disk.root)

    def read(self, path: str, *, as_base64: bool) -> JsonObject:
        """Return ``{name, path, data}``; a folder is refused with 500 [seen]."""
        target = self._existing(path)
        if target.is_dir():
            raise DssError(500, "java.io.IOException", f"Cannot read directory as file: {path}")
        raw = target.read_bytes()
        data = base64.b64encode(raw).decode() if as_base64 else raw.decode("utf-8", "replace")
        return {"name": target.name, "path": "/" + path.strip("/"), "size": len(raw), "data": data}

    def write(self, path: str, content: bytes) -> None:
        """Create or replace a file."""
        target = self._target(path)
        if target.is_dir():
            raise illegal_argument(f"A folder of that name already exists: {path}")
        self._disk.write(path, content)

    def make_folder(self, path: str) -> None:
        """Create a folder."""
        self._target(path)
        self._disk.make_directory(path)

    def delete(self, path: str) -> None:
        """Remove a file or a folder with all it holds."""
        self._existing(path)
        self._disk.delete(path)

    def rename(self, old: str, new_name: str) -> None:
        """Change the last part of a path."""
        if not new_name or "/" in new_name:
            raise illegal_argument(f"Invalid name: {new_name}")
        self._move(old, str(Path(old.strip("/")).parent / new_name))

    def move(self, old: str, new_folder: str) -> None:
        """Put a file or folder into another folder."""
        if not self._existing(new_folder).is_dir():
            raise illegal_argument(f"Not a folder: {new_folder}")
        self._move(old, f"{new_folder.strip('/')}/{Path(old.strip('/')).name}")

    def _move(self, old: str, new: str) -> None:
        self._existing(old)
        if self._target(new).exists():
            raise illegal_argument(f"Already exists: {new}")
        self._disk.rename(old, new)

    def _existing(self, path: str) -> Path:
        target = self._target(path)
        if not target.exists():
            raise not_found(f"File not found in library: {path}")
        return target

    def _target(self, path: str) -> Path:
        try:
            return self._disk.path(path)
        except ValueError as error:
            raise illegal_argument(f"Invalid path: {path}") from error


def _children(directory: Path) -> list[JsonObject]:
    return [
        {"name": child.name, "children": _children(child)} if child.is_dir() else {"name": child.name}
        for child in sorted(directory.iterdir())
    ]
