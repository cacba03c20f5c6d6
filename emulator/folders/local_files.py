"""Files of managed folders on ``Filesystem`` connections."""

from pathlib import Path
from typing import TYPE_CHECKING

from emulator.disk import Disk
from emulator.errors import coded_error
from emulator.folders.files import FolderFile
from emulator.json_text import JsonObject

if TYPE_CHECKING:
    from emulator.world import World

__all__ = ["LocalFiles", "open_files"]


class LocalFiles:
    """A directory of this machine."""

    is_remote = False

    def __init__(self, disk: Disk) -> None:
        self._disk = disk

    @property
    def directory(self) -> Path:
        """Where the files lie, for code inside the node that asks."""
        return self._disk.root

    def list(self) -> list[FolderFile]:
        """Return all files, sorted by path."""
        return [self._describe(name) for name in self._disk.files()]

    def read(self, path: str) -> bytes | None:
        """Return the content of a file, or ``None``."""
        return self._disk.read(path)

    def write(self, path: str, content: bytes) -> FolderFile:
        """Create or replace a file."""
        try:
            self._disk.write(path, content)
        except (NotADirectoryError, IsADirectoryError, FileExistsError) as error:
            text = f"Cannot write {path}: a file and a folder of one name"
            raise coded_error("ERR_FSPROVIDER_CANNOT_CREATE_FOLDER_DIRECTORY_FILE", text, io=True) from error
        return self._describe(path)

    def delete(self, path: str) -> None:
        """Remove a file, if it is there."""
        self._disk.delete(path)

    def delete_all(self) -> None:
        """Remove every file."""
        self._disk.delete("")

    def _describe(self, path: str) -> FolderFile:
        stat = self._disk.path(path).stat()
        return FolderFile("/" + path.lstrip("/"), stat.st_size, stat.st_mtime_ns // 1_000_000)


def open_files(world: "World", connection: JsonObject, params: JsonObject) -> LocalFiles:
    """Return the files of a folder on a ``Filesystem`` connection; ``${dip.home}`` in its root is the data directory."""
    root = str((connection.get("params") or {}).get("root") or "/").replace("${dip.home}", str(world.disk.root))
    return LocalFiles(Disk(Path(root) / str(params.get("path") or "").lstrip("/")))
