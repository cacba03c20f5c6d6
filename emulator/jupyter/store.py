"""Jupyter notebooks: ``ipython_notebooks/<name>.ipynb``, the name is the id. Source: api-flow.md 2.3, 12, object-shapes.md 2.

The content is nbformat's and kept as it is; DSS keeps its own keys in ``metadata``. There are no version tags.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from emulator.errors import illegal_argument, not_found
from emulator.json_text import JsonObject
from emulator.naming import already_exists
from emulator.projects.project import Project
from emulator.rights import Caller

if TYPE_CHECKING:
    from emulator.world import World

__all__ = ["NotebookStore"]

_FOLDER: Final = "ipython_notebooks"
_SUFFIX: Final = ".ipynb"
_CREATED: Final = ("creator", "createdOn")
_DEFAULTS: Final[JsonObject] = {"tags": [], "customFields": {}, "hide_input": False}


class NotebookStore:
    """The notebook calls on one project."""

    def __init__(self, world: "World", project: Project) -> None:
        self._world = world
        self._project = project

    def listing(self) -> Iterator[JsonObject]:
        """Yield headers ``{projectKey, name, language, kernelSpec, tags}``."""
        for name in self._names():
            metadata = self.content(name).get("metadata") or {}
            spec = metadata.get("kernelspec") or {}
            yield {
                "projectKey": self._project.key,
                "name": name,
                "language": spec.get("language", "python"),
                "kernelSpec": spec,
                "tags": metadata.get("tags") or [],
            }

    def content(self, name: str) -> JsonObject:
        """Return the notebook; raises 404 if there is none."""
        stored = self._project.disk.read_json(_file(name))
        if not isinstance(stored, dict):
            raise not_found(f"notebook does not exist: {self._project.key}.{name}")
        return stored

    def create(self, name: str, body: JsonObject, caller: Caller) -> JsonObject:
        """Store a new notebook and return it with what DSS adds to its metadata [seen]."""
        if self._project.disk.has(_file(name)):
            raise already_exists("Notebook", name, self._world.profile)
        self._world.judge_code(caller)
        own = {"creator": caller.identity, "createdOn": self._world.clock.now_ms()}
        return self._write(name, body, own, caller)

    def save(self, name: str, body: JsonObject, caller: Caller) -> JsonObject:
        """Replace a notebook that must be there (404 else [seen]); who made it and when stays."""
        metadata = self.content(name).get("metadata") or {}
        self._world.judge_code(caller)
        return self._write(name, body, {key: metadata[key] for key in _CREATED if key in metadata}, caller)

    def delete(self, name: str) -> None:
        """Remove a notebook."""
        self.content(name)
        self._project.disk.delete(_file(name))

    def clear_outputs(self, name: str, caller: Caller) -> None:
        """Remove what runs have left in the cells."""
        content = self.content(name)
        cells = [
            {**cell, "outputs": [], "execution_count": None} if cell.get("cell_type") == "code" else cell
            for cell in content.get("cells") or ()
        ]
        self._write(name, {**content, "cells": cells}, {}, caller)

    def _write(self, name: str, body: JsonObject, own: JsonObject, caller: Caller) -> JsonObject:
        content = _checked(body)
        metadata = {**_DEFAULTS, **(content.get("metadata") or {}), **own, "modifiedBy": caller.identity}
        document = {**content, "metadata": metadata}
        self._project.disk.write_json(_file(name), document)
        self._project.note_tags(metadata["tags"])
        return document

    def _names(self) -> list[str]:
        found = self._project.disk.path(_FOLDER).glob(f"*{_SUFFIX}")
        return sorted(file.name.removesuffix(_SUFFIX) for file in found)


def _file(name: str) -> str:
    """Return where a notebook lies; blanks are allowed in its name [client], a path is not."""
    if not name.strip() or "/" in name or name.startswith("."):
        raise illegal_argument(f"Invalid notebook name: {name}")
    return f"{_FOLDER}/{name}{_SUFFIX}"


def _checked(body: Any) -> JsonObject:
    """Refuse what is no notebook of format 4 or newer [inferred]: the client and the user interface read ``cells``."""
    cells = body.get("cells") if isinstance(body, dict) else None
    if not isinstance(cells, list) or not all(isinstance(cell, dict) for cell in cells):
        raise illegal_argument("The content is not a Jupyter notebook: no list of cells")
    metadata = body.get("metadata", {})
    if not isinstance(metadata, dict) or not isinstance(metadata.get("tags", []), list):
        raise illegal_argument("The content is not a Jupyter notebook: its metadata are no object with a list of tags")
    return dict(body)
