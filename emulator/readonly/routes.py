"""List and GET routes of kinds without writing routes. Sources: api-flow.md 11 - 13."""

from collections.abc import Iterator
from typing import Final

from emulator.readonly.store import KINDS, ReadOnlyStore
from emulator.rights import Right
from emulator.routing import Handler, Reply, Request, Route, json_reply
from emulator.world import World

__all__ = ["ROUTES"]


def _list_of(segment: str) -> Handler:
    def list_kind(request: Request, world: World) -> Reply:
        return json_reply(_store(request, world).listing(segment))

    return list_kind


def _get_of(segment: str) -> Handler:
    def get_kind(request: Request, world: World) -> Reply:
        return json_reply(_store(request, world).view(segment, request.path["object_id"]))

    return get_kind


def list_analyses(request: Request, world: World) -> Reply:
    """Answer with the visual analyses."""
    return json_reply(_store(request, world).analyses())


def get_analysis(request: Request, world: World) -> Reply:
    """Answer with one visual analysis."""
    return json_reply(_store(request, world).analysis(request.path["analysis_id"]))


def list_ml_tasks(request: Request, world: World) -> Reply:
    """Answer with the ML tasks of the project."""
    return json_reply(_store(request, world).ml_tasks())


def list_ml_tasks_of_analysis(request: Request, world: World) -> Reply:
    """Answer with the ML tasks of one analysis."""
    store = _store(request, world)
    store.analysis(request.path["analysis_id"])
    return json_reply({"mlTasks": store.ml_tasks(request.path["analysis_id"])})


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


def _kind_routes() -> Iterator[Route]:
    for segment in KINDS:
        suffix = "/settings" if segment == "apiservices" else ""
        yield Route("GET", f"{_P}/{segment}", _list_of(segment), Right.READ)
        yield Route("GET", f"{_P}/{segment}/{{object_id}}{suffix}", _get_of(segment), Right.READ)


ROUTES: Final = (
    *_kind_routes(),
    Route("GET", f"{_P}/lab", list_analyses, Right.READ),
    Route("GET", _P + "/lab/{analysis_id}", get_analysis, Right.READ),
    Route("GET", _P + "/lab/{analysis_id}/models", list_ml_tasks_of_analysis, Right.READ),
    Route("GET", f"{_P}/models/lab", list_ml_tasks, Right.READ),
    Route("GET", _P + "/datasets/{dataset}/statistics/worksheets", list_worksheets, Right.READ),
    Route("GET", _P + "/datasets/{dataset}/statistics/worksheets/{worksheet_id}", get_worksheet, Right.READ),
    Route("GET", f"{_P}/jupyter-notebooks", list_notebooks, Right.READ),
    Route("GET", _P + "/jupyter-notebooks/{name}", get_notebook, Right.READ),
)
