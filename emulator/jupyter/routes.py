"""Routes of Jupyter notebooks. Source: api-flow.md 12. Every answer is parsed by the client [client]."""

from typing import Final

from emulator.errors import not_found
from emulator.jupyter.store import NotebookStore
from emulator.rights import Right
from emulator.routing import Reply, Request, Route, json_reply, message_reply
from emulator.world import World

__all__ = ["ROUTES"]


def list_notebooks(request: Request, world: World) -> Reply:
    """Answer with headers; none is ever active here."""
    store = _store(request, world)
    return json_reply([] if request.flag("active") else list(store.listing()))


def get_notebook(request: Request, world: World) -> Reply:
    """Answer with the content."""
    return json_reply(_store(request, world).content(request.path["name"]))


def create_notebook(request: Request, world: World) -> Reply:
    """Store a new notebook under the name in the path."""
    return json_reply(_store(request, world).create(request.path["name"], request.json_object(), request.caller))


def put_notebook(request: Request, world: World) -> Reply:
    """Replace a notebook."""
    return json_reply(_store(request, world).save(request.path["name"], request.json_object(), request.caller))


def delete_notebook(request: Request, world: World) -> Reply:
    """Delete a notebook."""
    _store(request, world).delete(request.path["name"])
    return message_reply(f"Deleted notebook {request.path['project_key']}.{request.path['name']}")


def clear_outputs(request: Request, world: World) -> Reply:
    """Empty the outputs of all cells."""
    _store(request, world).clear_outputs(request.path["name"], request.caller)
    return message_reply("Cleared outputs")


def list_sessions(request: Request, world: World) -> Reply:
    """Answer with the running kernels: none."""
    _store(request, world).content(request.path["name"])
    return json_reply([])


def stop_session(request: Request, world: World) -> Reply:
    """Refuse: no kernel runs."""
    _store(request, world).content(request.path["name"])
    raise not_found(f"Session does not exist: {request.path['session_id']}")


def _store(request: Request, world: World) -> NotebookStore:
    return NotebookStore(world, world.project(request.path["project_key"]))


_P: Final = "/projects/{project_key}/jupyter-notebooks"
_N: Final = _P + "/{name}"

ROUTES: Final = (
    Route("GET", _P, list_notebooks, Right.READ),
    Route("GET", _N, get_notebook, Right.READ),
    Route("POST", _N, create_notebook, Right.WRITE),
    Route("PUT", _N, put_notebook, Right.WRITE),
    Route("DELETE", _N, delete_notebook, Right.WRITE),
    Route("DELETE", f"{_N}/outputs", clear_outputs, Right.WRITE),
    Route("GET", f"{_N}/sessions", list_sessions, Right.READ),
    Route("DELETE", _N + "/sessions/{session_id}", stop_session, Right.WRITE),
)
