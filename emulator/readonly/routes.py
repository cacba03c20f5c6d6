"""List and GET routes of kinds without writing routes. Sources: api-flow.md 11 - 13."""

from typing import Final

from emulator.readonly.store import ReadOnlyStore
from emulator.rights import Right
from emulator.routing import Reply, Request, Route, json_reply
from emulator.world import World

__all__ = ["ROUTES"]


def list_worksheets(request: Request, world: World) -> Reply:
    """Answer with the statistics worksheets on a dataset."""
    return json_reply(_store(request, world).worksheets(request.path["dataset"]))


def get_worksheet(request: Request, world: World) -> Reply:
    """Answer with one statistics worksheet."""
    return json_reply(_store(request, world).worksheet(request.path["dataset"], request.path["worksheet_id"]))


def list_notebooks(request: Request, world: World) -> Reply:
    """Answer with notebook headers; none is ever active here."""
    return json_reply([] if request.flag("active") else _store(request, world).notebooks())


def get_notebook(request: Request, world: World) -> Reply:
    """Answer with a notebook."""
    return json_reply(_store(request, world).notebook(request.path["name"]))


def _store(request: Request, world: World) -> ReadOnlyStore:
    return ReadOnlyStore(world, world.project(request.path["project_key"]))


_P: Final = "/projects/{project_key}"

ROUTES: Final = (
    Route("GET", _P + "/datasets/{dataset}/statistics/worksheets", list_worksheets, Right.READ),
    Route("GET", _P + "/datasets/{dataset}/statistics/worksheets/{worksheet_id}", get_worksheet, Right.READ),
    Route("GET", f"{_P}/jupyter-notebooks", list_notebooks, Right.READ),
    Route("GET", _P + "/jupyter-notebooks/{name}", get_notebook, Right.READ),
)
