"""Routes of the wiki. Source: api-flow.md 12 (Wiki). PDF exports are not served."""

from typing import Final

from emulator.rights import Right
from emulator.routing import Reply, Request, Route, bytes_reply, empty_reply, json_reply
from emulator.wiki.store import WikiStore
from emulator.world import World

__all__ = ["ROUTES"]


def get_wiki(request: Request, world: World) -> Reply:
    """Answer with home article and taxonomy."""
    return json_reply(_store(request, world).settings())


def put_wiki(request: Request, world: World) -> Reply:
    """Replace home article and taxonomy."""
    return json_reply(_store(request, world).save_settings(request.json_object()))


def create_article(request: Request, world: World) -> Reply:
    """Answer with the new article."""
    return json_reply(_store(request, world).create(request.json_object(), request.caller))


def get_article(request: Request, world: World) -> Reply:
    """Answer with an article and its text."""
    return json_reply(_store(request, world).view(request.path["article"]))


def put_article(request: Request, world: World) -> Reply:
    """Replace an article and its text."""
    return json_reply(_store(request, world).save(request.path["article"], request.json_object(), request.caller))


def delete_article(request: Request, world: World) -> Reply:
    """Delete an article."""
    _store(request, world).delete(request.path["article"])
    return empty_reply()


def upload_file(request: Request, world: World) -> Reply:
    """Attach a file to an article."""
    part = request.upload()
    store = _store(request, world)
    return json_reply(store.upload(request.path["article"], part.filename, part.content, request.caller))


def get_upload(request: Request, world: World) -> Reply:
    """Answer with the bytes of an attached file."""
    filename, content = _store(request, world).uploaded(request.path["article"], request.path["upload_id"])
    return bytes_reply(content, filename=filename)


def _store(request: Request, world: World) -> WikiStore:
    return WikiStore(world, world.project(request.path["project_key"]))


_W: Final = "/projects/{project_key}/wiki"

ROUTES: Final = (
    Route("GET", _W, get_wiki, Right.READ),
    Route("PUT", _W, put_wiki, Right.WRITE),
    Route("POST", _W, create_article, Right.WRITE),
    Route("GET", _W + "/{article}", get_article, Right.READ),
    Route("PUT", _W + "/{article}", put_article, Right.WRITE),
    Route("DELETE", _W + "/{article}", delete_article, Right.WRITE),
    Route("POST", _W + "/{article}/upload", upload_file, Right.WRITE),
    Route("GET", _W + "/{article}/uploads/{upload_id}", get_upload, Right.READ),
)
