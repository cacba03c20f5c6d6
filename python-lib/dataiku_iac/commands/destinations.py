"""Where an import puts its files: a project library, a managed folder, a directory, or nowhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol
from urllib.parse import quote

from dataiku_iac.commands.in_node import LocalNode
from dataiku_iac.commands.inputs import Source, SourceSort
from dataiku_iac.commands.sources import find_folder, list_paths
from dataiku_iac.core.errors import ConfigError
from dataiku_iac.core.roles import NodeApi

__all__ = ["Destination", "DirectoryDestination", "FolderDestination", "LibraryDestination", "write_files"]

_SHOWN: Final = 5


class Destination(Protocol):
    """A place for text files by path."""

    @property
    def label(self) -> str:
        """What the user calls it."""
        ...

    def list(self) -> Sequence[str]:
        """Return the paths of all files that are there."""
        ...

    def write(self, path: str, text: str) -> None:
        """Write one file, over an earlier one."""
        ...


def write_files(destination: Destination, files: Mapping[str, str], *, overwrite: bool) -> tuple[str, ...]:
    """Write ``files``; return files of the same projects that were there and are not among them.

    Such leftovers still declare what they say: an object renamed in DSS would be declared under both names.

    Raises:
        ConfigError: files are there and ``overwrite`` is not set; nothing was written.
    """
    there = set(destination.list())
    taken = sorted(there & set(files))
    if taken and not overwrite:
        raise ConfigError(
            f"{len(taken)} of {len(files)} files are there already, for example {', '.join(taken[:_SHOWN])}",
            where=destination.label,
            next_step='choose another path, or set "overwrite"; nothing was written',
        )
    for path, text in files.items():
        destination.write(path, text)
    folders = {"/".join(path.split("/")[:2]) + "/" for path in files}
    return tuple(sorted(path for path in there - set(files) if path.startswith(tuple(folders))))


@dataclass(frozen=True, slots=True)
class DirectoryDestination:
    """A directory of this machine."""

    root: Path

    @property
    def label(self) -> str:
        """The directory."""
        return str(self.root)

    def list(self) -> Sequence[str]:
        """Return all files below."""
        if not self.root.is_dir():
            return []
        return [path.relative_to(self.root).as_posix() for path in self.root.rglob("*") if path.is_file()]

    def write(self, path: str, text: str) -> None:
        """Write one file with its line ends as they are."""
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8", newline="")


@dataclass(frozen=True, slots=True)
class LibraryDestination:
    """The library of ``project``, below ``path``."""

    api: NodeApi
    project: str
    path: str

    @property
    def label(self) -> str:
        """The library and the path in it."""
        return f"library of {self.project}, {self.path or '/'}"

    def list(self) -> Sequence[str]:
        """Return all files below the path."""
        return list_paths(Source(SourceSort.LIBRARY, self.project, self.path), self.api)

    def write(self, path: str, text: str) -> None:
        """Create or overwrite; DSS makes the folders on the way [client]."""
        full = "/".join(part for part in (self.path.strip("/"), path) if part)
        self.api.post_text(f"/projects/{self.project}/libraries/contents/{quote(full)}", text)


@dataclass(frozen=True, slots=True)
class FolderDestination:
    """The managed folder ``folder`` of ``project`` on the node that runs this, below ``path``."""

    api: NodeApi
    local: LocalNode
    project: str
    folder: str
    path: str

    @property
    def label(self) -> str:
        """The folder and the path in it."""
        return f"managed folder {self.folder} of {self.project}, {self.path or '/'}"

    def list(self) -> Sequence[str]:
        """Return all files below the path."""
        return list_paths(Source(SourceSort.FOLDER, self.project, self.path, self.folder), self.api)

    def write(self, path: str, text: str) -> None:
        """Upload one file over whatever is there."""
        full = "/".join(part for part in (self.path.strip("/"), path) if part)
        folder = find_folder(self.api, self.project, self.folder)
        self.local.upload(self.project, folder, full, text.encode("utf-8"))
