"""The content of a Jupyter notebook as people keep it, without what running and saving add (facts: api-flow.md §12).

What counts are the cells' sources, their order, and the kernel. Outputs, counters, ids of cells and marks of editors come and
go with every run. A notebook downloaded from DSS or written by Jupyter is therefore declared as it is: this takes the rest off.
"""

from __future__ import annotations

from typing import Final

from dataiku_iac.core.canonical import Json, JsonObject, digest, is_list, is_object

__all__ = ["HIDDEN_OF_CELLS", "HIDDEN_OF_NOTEBOOKS", "complete_notebook", "content_of", "lines_of"]

HIDDEN_OF_NOTEBOOKS: Final = (
    *("creator", "createdOn", "modifiedBy", "versionNumber", "lastModifiedOn", "customFields", "associatedRecipe"),
    *(
        "analyzedDataset",
        "language_info",
        "hide_input",
        "dkuGit",
        "toc",
        "widgets",
        "signature",
        "versionTag",
        "creationTag",
    ),
)
"""Keys of ``metadata`` that DSS, a kernel or an editor writes [seen]."""

HIDDEN_OF_CELLS: Final = ("collapsed", "scrolled", "ExecuteTime", "execution", "trusted", "pycharm", "jupyter", "id")
"""Keys of a cell's ``metadata`` likewise."""

_WITH_IDS: Final = (4, 5)  # from this format on a cell has an id


def content_of(notebook: Json) -> Json:
    """Return what counts of a notebook, with every source as a list of lines; what is no notebook stays.

    >>> content_of({"cells": [{"cell_type": "code", "source": "a\\nb", "outputs": [1], "execution_count": 3, "metadata": {}}]})
    {'cells': [{'cell_type': 'code', 'source': ['a\\n', 'b']}]}
    """
    if not is_object(notebook):
        return notebook
    whole = dict(notebook)
    metadata = whole.get("metadata")
    if is_object(metadata):
        kept = {key: value for key, value in metadata.items() if key not in HIDDEN_OF_NOTEBOOKS}
        whole["metadata"] = kept
    cells = whole.get("cells")
    if is_list(cells):
        whole["cells"] = [_content_of_cell(cell) for cell in cells]
    return whole


def _content_of_cell(cell: Json) -> Json:
    if not is_object(cell):
        return cell
    whole = {key: value for key, value in cell.items() if key not in ("outputs", "execution_count", "id")}
    if "source" in whole:
        whole["source"] = lines_of(whole["source"])
    metadata = whole.pop("metadata", None)
    if is_object(metadata):
        kept = {key: value for key, value in metadata.items() if key not in HIDDEN_OF_CELLS}
        whole |= {"metadata": kept} if kept else {}
    return whole


def lines_of(source: Json) -> Json:
    """Return a source as a list of lines with their ends: the format allows a text, too, and both mean the same."""
    if is_list(source) and all(isinstance(line, str) for line in source):
        source = "".join(str(line) for line in source)
    return source.splitlines(keepends=True) if isinstance(source, str) else source


def complete_notebook(notebook: JsonObject) -> JsonObject:
    """Return a notebook as the format demands it: cells with metadata, code cells with outputs and a counter."""
    major, minor = notebook.get("nbformat"), notebook.get("nbformat_minor")
    with_ids = isinstance(major, int) and isinstance(minor, int) and (major, minor) >= _WITH_IDS
    cells = notebook.get("cells")
    made: list[Json] = [
        _complete_cell(cell, i, with_id=with_ids) if is_object(cell) else cell
        for i, cell in enumerate(cells if is_list(cells) else [])
    ]
    return {"metadata": {}, "nbformat": 4, "nbformat_minor": 4, **notebook, "cells": made}


def _complete_cell(cell: JsonObject, index: int, *, with_id: bool) -> JsonObject:
    of_code: JsonObject = {"outputs": [], "execution_count": None} if cell.get("cell_type") == "code" else {}
    made: JsonObject = {"id": digest([index, cell.get("source")]).removeprefix("sha256:")[:8]} if with_id else {}
    return {**made, "metadata": {}, "source": [], **of_code, **cell}
