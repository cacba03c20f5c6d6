"""SQL notebooks. Queries never run here, so their history is empty. Source: api-flow.md 12, object-shapes.md 2, 14."""

from typing import Final

from emulator.errors import illegal_argument
from emulator.families.calls import FamilyCalls, family_routes
from emulator.families.family import Context, Family, RandomId, head_of
from emulator.fragments import TAGGABLE
from emulator.json_text import JsonObject
from emulator.rights import Right
from emulator.routing import Reply, Request, Route, empty_reply, json_reply
from emulator.shapes import Shape, items_of, optional, value
from emulator.world import World

__all__ = ["ROUTES", "SQL_NOTEBOOKS"]

_CELL_ID_LENGTH: Final = 8  # [inferred]
_CELL: Final = Shape(
    "SQLNotebookCell", {"id": optional(), "type": value("QUERY"), "name": optional(), "code": value("")}, is_open=True
)


def _prepare(context: Context, body: JsonObject) -> JsonObject:
    if body.get("projectKey") != context.project.key:
        raise illegal_argument(f"The notebook does not belong to project {context.project.key}")
    return _with_cell_ids(context, body)


def _save(context: Context, _stored: JsonObject, body: JsonObject) -> JsonObject:
    return _with_cell_ids(context, body)


def _with_cell_ids(context: Context, body: JsonObject) -> JsonObject:
    cells = body.get("cells")
    if not isinstance(cells, list):
        return body
    drawn = [
        {**cell, "id": cell.get("id") or context.world.ids.draw(_CELL_ID_LENGTH)} if isinstance(cell, dict) else cell
        for cell in cells
    ]
    return {**body, "cells": drawn}


SQL_NOTEBOOKS: Final = Family(
    what="SQL notebook",
    segment="sql-notebooks",
    folder="notebooks",
    tag_kind="SQL_NOTEBOOK",
    shape=Shape(
        "SQLNotebook",
        {
            "name": optional(),
            "language": value("SQL"),
            "connection": optional(),
            "cells": items_of(_CELL),
            "automationLocal": value(False),
            "analyzedDataset": optional(),
            "creator": optional(),
            **TAGGABLE,
            # of older ones
            "createdBy": optional(),
            "createdOn": optional(),
            "lastModifiedBy": optional(),
            "lastModifiedOn": optional(),
            "allContributors": optional(),
        },
    ),
    new_id=RandomId(7),
    prepare=_prepare,
    save=_save,
    head=head_of("name", "language", "connection", "tags", "versionTag"),
    fixed=("language",),
)
_CALLS: Final = FamilyCalls(SQL_NOTEBOOKS)


def get_history(request: Request, world: World) -> Reply:
    """Answer with the runs by cell: none."""
    _CALLS.store(request, world).stored(request.path["object_id"])
    return json_reply({})


def put_history(request: Request, world: World) -> Reply:
    """Take a history without runs; the client writes back what it read, less what it deletes [client]."""
    _CALLS.store(request, world).stored(request.path["object_id"])
    if any(request.json_object().values()):
        raise illegal_argument("Unknown query run: no query of this notebook was run")
    return empty_reply()


def clear_history(request: Request, world: World) -> Reply:
    """Forget the runs there are."""
    _CALLS.store(request, world).stored(request.path["object_id"])
    return empty_reply()


_N: Final = "/projects/{project_key}/sql-notebooks/{object_id}"
ROUTES: Final = (
    *family_routes(SQL_NOTEBOOKS),
    Route("GET", f"{_N}/history", get_history, Right.READ),
    Route("PUT", f"{_N}/history", put_history, Right.WRITE),
    Route("POST", f"{_N}/history/clear", clear_history, Right.WRITE),
)
