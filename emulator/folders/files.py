"""The files of a managed folder, whatever storage they lie on.

A storage is a module with ``open_files(world, connection, params) -> FolderFiles``, named in ``STORAGES`` by connection type.
``params`` are the folder's params with ``${projectKey}`` and ``${odbId}`` expanded, e.g. ``{"connection": "s3", "path":
"/CRM/5NPBmWH1", "bucket": "b"}``; ``connection`` is the connection's document.
"""

import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol

from emulator.errors import coded_error

if TYPE_CHECKING:
    from emulator.json_text import JsonObject
    from emulator.world import World

__all__ = ["STORAGES", "FolderFile", "FolderFiles", "open_files"]

STORAGES: Final[Mapping[str, str]] = {
    "Filesystem": "emulator.folders.local_files",
    "EC2": "emulator.folders.s3_files",
}
"""Connection type -> module."""


@dataclass(frozen=True, slots=True)
class FolderFile:
    """One file, e.g. ``FolderFile("/a/b.csv", 12, 1700000000000)``; ``path`` begins with a slash."""

    path: str
    size: int
    last_modified_ms: int

    def to_json(self) -> dict[str, Any]:
        """Return the file as the API lists it."""
        return {"path": self.path, "size": self.size, "lastModified": self.last_modified_ms}


class FolderFiles(Protocol):
    """The files below one folder's root. Paths begin with a slash.

    Writing methods are whole-object: readers see the old or the new content, never a mixture. Implementations call
    ``world.disk.mark_effect()`` (or write through a ``Disk``) when they change something.
    """

    is_remote: bool
    """Whether calls leave the process; they are then made from a thread, so that the node goes on serving."""

    def list(self) -> list[FolderFile]:
        """Return all files, sorted by path."""

    def read(self, path: str) -> bytes | None:
        """Return the content of a file, or ``None`` if there is none."""

    def write(self, path: str, content: bytes) -> FolderFile:
        """Create or replace a file, with the directories above it."""

    def delete(self, path: str) -> None:
        """Remove a file; a missing one is no error [seen]."""

    def delete_all(self) -> None:
        """Remove every file of the folder."""


def open_files(world: "World", params: "JsonObject") -> FolderFiles:
    """Return the files of a folder with expanded ``params``; raises a coded error for connections that hold none."""
    name = params.get("connection") or ""
    connection = world.connections.get(name)
    if connection is None:
        raise coded_error("ERR_FSPROVIDER_CANNOT_CREATE_FOLDER", f"Connection '{name}' does not exist", io=True)
    module = STORAGES.get(connection["type"])
    if module is None:
        raise coded_error(
            "ERR_FOLDER_INVALID_CONFIG", f"the emulator keeps no files on connections of type {connection['type']}"
        )
    files: FolderFiles = importlib.import_module(module).open_files(world, connection, params)
    return files
