"""Routes of project libraries. Source: api-flow.md 12 (Library)."""

from typing import Final

from emulator.libraries.store import LibraryStore
from emulator.rights import Right
from emulator.routing import Reply, Request, Route, empty_reply, json_reply
from emulator.world import World

__all__ = ["ROUTES"]


def get_tree(request: Request, world: World) -> Reply:
    """Answer with the whole tree."""
    return json_reply(_store(request, world).tree())


def get_file(request: Request, world: World) -> Reply:
    """Answer with a file's text, or base64 if asked."""
    as_base64 = request.query("dataEncoding") == "base64"
    return json_reply(_store(request, world).read(request.path["file"], as_base64=as_base64))


def post_file(request: Request, world: World) -> Reply:
    """Create or replace a file from the raw body."""
    _store(request, world).write(request.path["file"], request.body)
    return empty_reply()


def delete_item(request: Request, world: World) -> Reply:
    """Remove a file or folder."""
    _store(request, world).delete(request.path["file"])
    return empty_reply()


def post_folder(request: Request, world: World) -> Reply:
    """Create a folder."""
    _store(request, world).make_folder(request.path["folder"])
    return empty_reply()


def rename_item(request: Request, world: World) -> Reply:
    """Rename a file or folder."""
    body = request.json_object()
    _store(request, world).rename(str(body.get("oldPath")), str(body.get("newName")))
    return empty_reply()


def move_item(request: Request, world: World) -> Reply:
    """Move a file or folder."""
    body = request.json_object()
    _store(request, world).move(str(body.get("oldPath")), str(body.get("newPath")))
    return empty_reply()


def _store(request: Request, world: World) -> LibraryStore:
    return LibraryStore(world.project(request.path["project_key"]))


_L: Final = "/projects/{project_key}/libraries"

ROUTES: Final = (
    Route("GET", f"{_L}/contents", get_tree, Right.READ),
    Route("GET", _L + "/contents/{file...}", get_file, Right.READ),
    Route("POST", _L + "/contents/{file...}", post_file, Right.WRITE),
    Route("DELETE", _L + "/contents/{file...}", delete_item, Right.WRITE),
    Route("POST", _L + "/folders/{folder...}", post_folder, Right.WRITE),
    Route("POST", f"{_L}/contents-actions/rename", rename_item, Right.WRITE),
    Route("POST", f"{_L}/contents-actions/move", move_item, Right.WRITE),
)
