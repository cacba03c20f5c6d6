"""Jupyter notebooks (facts: api-flow.md §12). The content is a notebook as Jupyter and DSS write it, best kept in a file.

::

    notebooks:
      - {name: explore orders, file: notebooks/explore orders.ipynb}

Compared are the cells' sources and the kernel; outputs, counters and marks of editors are neither declared nor written.
Notebooks that DSS makes for editing a recipe are left out of imports.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Final

from dataiku_iac.core.address import Address
from dataiku_iac.core.canonical import Json, JsonObject, is_object
from dataiku_iac.core.errors import ObjectMissing
from dataiku_iac.core.fields import Field, FieldTable
from dataiku_iac.core.kind import Document, FileField, Kind, Live
from dataiku_iac.core.roles import NodeApi, NodeReader
from dataiku_iac.resources.answers import api_path, object_answer, object_list, text_at
from dataiku_iac.resources.notebook_content import (
    HIDDEN_OF_CELLS,
    HIDDEN_OF_NOTEBOOKS,
    complete_notebook,
    content_of,
    lines_of,
)

__all__ = ["NotebookKind"]

_BY_PRODUCT: Final = "notebook editor for "  # `… compute_x`: made by "edit in notebook" of a recipe [seen]
_RUN: Final = Field(ignored=True, reason="what running the cell wrote")
_EDITOR: Final = Field(ignored=True, reason="written by DSS, the kernel or an editor [seen]")


class NotebookKind(Kind):
    """A Jupyter notebook. Its name is its id, chosen by its maker."""

    name: ClassVar[str] = "notebook"
    section: ClassVar[str] = "notebooks"
    rank: ClassVar[int] = 45
    # Jupyter saves them: whether each save is a commit of its own is [unknown].
    outside_git: ClassVar[frozenset[str]] = frozenset({"*"})
    parts: ClassVar[tuple[str, ...]] = ("definition",)
    files: ClassVar[tuple[FileField, ...]] = (FileField("content", "file", "notebooks", is_json=True),)
    table: ClassVar[FieldTable] = {
        "definition": Field(default={}),
        "definition.nbformat": Field(default=4),
        "definition.nbformat_minor": Field(ignored=True, reason="raised by whatever saves it [inferred]"),
        "definition.metadata": Field(default={}),
        "definition.metadata.kernelspec.display_name": Field(
            ignored=True, reason="the node's name of the kernel [seen]"
        ),
        "definition.metadata.tags": Field(unordered=True, default=[]),
        **{f"definition.metadata.{key}": _EDITOR for key in HIDDEN_OF_NOTEBOOKS},
        "definition.cells": Field(default=[], identity=("cell_type",)),
        "definition.cells.*.source": Field(default=[]),
        "definition.cells.*.outputs": _RUN,
        "definition.cells.*.execution_count": _RUN,
        "definition.cells.*.id": _EDITOR,
        "definition.cells.*.metadata": Field(default={}),
        **{f"definition.cells.*.metadata.{key}": _EDITOR for key in HIDDEN_OF_CELLS},
    }
    schema: ClassVar[JsonObject] = {
        "type": "object",
        "properties": {
            "name": {"type": "string", "minLength": 1},
            "content": {
                "type": "object",
                "properties": {"cells": {"type": "array", "items": {"type": "object"}}, "metadata": {"type": "object"}},
                "additionalProperties": True,
                "description": "a notebook of format 4: cells, metadata, …",
            },
        },
        "required": ["name"],
        "additionalProperties": False,
    }

    def expand(self, spec: JsonObject, address: Address) -> Document:
        """See ``Kind``. What running and saving add is taken off, so that files may be as Jupyter writes them."""
        return {"definition": content_of(spec["content"])} if "content" in spec else {}

    def shorten(self, document: Document, address: Address) -> JsonObject:
        """See ``Kind``."""
        return {"content": document["definition"]} if "definition" in document else {}

    def is_unremarkable(self, document: Document, address: Address) -> bool:
        """See ``Kind``: a by-product of editing a recipe in a notebook."""
        return address.name.startswith(_BY_PRODUCT)

    def file_extension(self, spec: JsonObject, field: FileField) -> str:
        """See ``Kind``."""
        return ".ipynb"

    # --- calls ---

    def list(self, api: NodeReader, project: str) -> Sequence[Live]:
        """See ``Kind``: names only."""
        where = f"notebooks of {project}"
        heads = object_list(api.get(api_path("projects", project, "jupyter-notebooks", "")), where)
        names = [text_at(head, "name", where) for head in heads]
        return [Live(name, name, {}, complete=False) for name in names]

    def read(self, api: NodeReader, project: str, live_id: str, parts: frozenset[str]) -> Live | None:
        """See ``Kind``. DSS counts no versions of notebooks in what it answers [client]."""
        try:
            answer = api.get(_path(project, live_id))
        except ObjectMissing:
            return None
        raw = object_answer(answer, f"notebook {live_id} of {project}")
        return Live(live_id, live_id, {"definition": _with_lines(raw)})

    def create(self, api: NodeApi, project: str, name: str, document: Document) -> str:
        """See ``Kind``."""
        definition = document.get("definition")
        api.post(_path(project, name), complete_notebook(definition if is_object(definition) else {}))
        return name

    def write(self, api: NodeApi, project: str, live_id: str, part: str, document: Document) -> None:
        """See ``Kind``."""
        definition = object_answer(document[part], f"notebook {live_id} to write in {project}")
        api.put(_path(project, live_id), complete_notebook(definition))

    def delete(self, api: NodeApi, project: str, live_id: str, *, drop_data: bool) -> None:
        """See ``Kind``."""
        api.delete(_path(project, live_id))


def _path(project: str, name: str) -> str:
    return api_path("projects", project, "jupyter-notebooks", name)


def _with_lines(notebook: JsonObject) -> JsonObject:
    """Return a notebook with all sources in one form: DSS keeps whichever it was given [seen]."""
    cells: Json = notebook.get("cells")
    if not isinstance(cells, list):
        return notebook
    made: list[Json] = [
        {**cell, "source": lines_of(cell["source"])} if is_object(cell) and "source" in cell else cell for cell in cells
    ]
    return {**notebook, "cells": made}
