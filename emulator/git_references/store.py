"""The references in ``lib/external-libraries.json`` and the folders they stand for.

Source: api-projects-scenarios-deployer.md 3.10, api-flow.md 12 (Library), object-shapes.md 14.
"""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Final

from emulator.errors import illegal_argument, not_found
from emulator.git_references.repository import Credentials, Source, pull, push
from emulator.json_text import JsonObject
from emulator.projects.project import Project

if TYPE_CHECKING:
    from emulator.world import World

__all__ = ["GitReferences"]

_FILE: Final = "lib/external-libraries.json"


class GitReferences:
    """The external libraries of one project, by their path below ``lib/``, e.g. ``python/shared``."""

    def __init__(self, world: "World", project: Project) -> None:
        self._world = world
        self._project = project

    def listing(self) -> list[JsonObject]:
        """Return the references; the names of the keys are those of the client's setter and of the file [inferred]."""
        found = self._document()["gitReferences"]
        return [{"gitReferencePath": path, **reference} for path, reference in sorted(found.items())]

    def paths(self) -> list[str]:
        """Return the paths of all references."""
        return sorted(self._document()["gitReferences"])

    def check_new(self, path: str) -> None:
        """Raise 400 for a path that is taken, by a reference or by files, or leaves ``lib/``."""
        place = self._place(path)
        if path in self._document()["gitReferences"]:
            raise illegal_argument(f"An external library already exists at {path}")
        if place.is_file() or (place.is_dir() and any(place.iterdir())):
            raise illegal_argument(f"Files already exist at {path}")

    async def add(self, path: str, source: Source, *, in_python_path: bool) -> JsonObject:
        """Pull ``source`` to ``path`` and note it; nothing is noted if the pull fails."""
        reference = await self._pulled(path, source)
        document = self._document()
        document["gitReferences"][path] = reference
        if in_python_path and path not in document["pythonPath"]:
            document["pythonPath"] = [*document["pythonPath"], path]
        self._write(document)
        return {"gitReferencePath": path, **reference}

    def change(self, path: str, source: Source) -> None:
        """Let a reference point elsewhere; its files change with the next reset [inferred]."""
        document = self._document()
        reference = self._reference(path)
        changed = {"remote": source.remote, "checkout": source.checkout, "remotePath": source.path}
        document["gitReferences"][path] = {**reference, **changed}
        self._write(document)

    def remove(self, path: str, *, with_directory: bool) -> None:
        """Forget a reference; its files stay as a plain folder unless they are to go."""
        self._reference(path)
        document = self._document()
        del document["gitReferences"][path]
        if with_directory:
            document["pythonPath"] = [entry for entry in document["pythonPath"] if entry != path]
            self._project.disk.delete(f"lib/{path}")
        self._write(document)

    async def reset(self, path: str) -> JsonObject:
        """Pull again; local changes are lost [client]."""
        reference = await self._pulled(path, self._source(path))
        document = self._document()
        document["gitReferences"][path] = reference
        self._write(document)
        return {"gitReferencePath": path, **reference}

    async def push(self, path: str, message: str, author: str) -> JsonObject:
        """Commit the local files and push them to the branch that the reference names."""
        source, workspace, place = self._source(path), self._workspace(), self._place(path)
        try:
            commit = await asyncio.to_thread(push, source, workspace, place, message, author)
        finally:
            self._world.disk.delete(_below(self._world, workspace))
        document = self._document()
        document["gitReferences"][path] = {**self._reference(path), "lastHash": commit}
        self._write(document)
        return {"gitReferencePath": path, "lastHash": commit}

    async def _pulled(self, path: str, source: Source) -> JsonObject:
        """Replace the folder by what the repository holds, with one rename; return the reference."""
        workspace, staged = self._workspace(), self._workspace()
        try:
            commit = await asyncio.to_thread(pull, source, workspace, staged)
            self._project.disk.delete(f"lib/{path}")
            self._world.disk.rename(_below(self._world, staged), _below(self._world, self._place(path)))
        finally:
            for directory in (workspace, staged):
                self._world.disk.delete(_below(self._world, directory))
        return {
            "remote": source.remote,
            "checkout": source.checkout,
            "remotePath": source.path,
            "lastHash": commit,
        }

    def _source(self, path: str) -> Source:
        reference = self._reference(path)
        return Source(reference["remote"], reference["checkout"], reference.get("remotePath") or "", Credentials())

    def _reference(self, path: str) -> JsonObject:
        reference: JsonObject | None = self._document()["gitReferences"].get(path)
        if reference is None:
            raise not_found(f"external library does not exist: {self._project.key}.{path}")
        return reference

    def _place(self, path: str) -> Path:
        try:
            place = self._project.disk.path(f"lib/{path}")
        except ValueError as error:
            raise illegal_argument(f"Invalid path: {path}") from error
        if not path.strip("/") or path != path.strip("/"):
            raise illegal_argument(f"Invalid path: {path}")
        return place

    def _workspace(self) -> Path:
        path = self._world.disk.path(f"tmp/{self._world.ids.draw(16)}")
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def _document(self) -> JsonObject:
        stored = self._project.disk.read_json(_FILE) or {}
        return {
            **stored,
            "gitReferences": {**(stored.get("gitReferences") or {})},
            "pythonPath": stored.get("pythonPath") or [],
        }

    def _write(self, document: JsonObject) -> None:
        self._project.disk.write_json(_FILE, document)


def _below(world: "World", path: Path) -> str:
    return path.relative_to(world.disk.root).as_posix()
