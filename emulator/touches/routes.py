"""Control calls: what persons, builds and upgrades do. Not part of the API of DSS; no key, not in the request log, in the effect log.

All under ``/__emulator/``; ``login`` is who does it (default ``admin``), objects are ``{kind, id}`` with taggable types::

    GET  /projects/KEY/objects                                               every object that can be touched
    POST /projects/KEY/ui-save      {objects?, login?, seed?, noise?}        noise: none, some (default), all; no objects: all of them
    POST /projects/KEY/edit         {kind, id, part?, edits?, text?, login?} part: document (default) or payload; edits: JSON patch
    POST /projects/KEY/build        {recipe, columns?, steps_tag?, seed?, login?}
    POST /projects/KEY/rename       {kind, id, name, login?}
    POST /projects/KEY/move-to-zone {zone, objects, login?}
    POST /projects/KEY/delete       {kind, id, recipes?, login?}             recipes: drop (default), unlink, or names of those to drop
    POST /projects/KEY/duplicate    {kind, id, as?, login?}
    POST /projects/KEY/authorize    {kind, id, login?}
    POST /projects/KEY/change-connection {datasets, connection, login?}
    POST /upgrade                   {version}
"""

from collections.abc import Callable
from typing import Any, Final

from emulator.errors import illegal_argument
from emulator.json_text import JsonObject
from emulator.rights import Right
from emulator.routing import Reply, Request, Route, json_reply
from emulator.touches import acts
from emulator.touches.acting import the_project
from emulator.touches.builds import build
from emulator.touches.edits import edit
from emulator.touches.places import Place, kind_of, objects_of
from emulator.touches.saves import NOISE_LEVELS, ui_save
from emulator.touches.upgrades import upgrade
from emulator.world import World

__all__ = ["ROUTES"]

_DEFAULT_LOGIN: Final = "admin"


def get_objects(request: Request, world: World) -> Reply:
    """Answer with ``[{kind, id}]``."""
    project = the_project(world, request.path["key"])
    return json_reply([{"kind": place.kind.kind, "id": place.id} for place in objects_of(world, project)])


def post_ui_save(request: Request, world: World) -> Reply:
    """Save objects as the user interface does."""
    body = _body(request, "objects", "login", "seed", "noise")
    level = body.get("noise", "some")
    if level not in NOISE_LEVELS:
        raise illegal_argument(f"noise is one of {', '.join(NOISE_LEVELS)}, not {level!r}")
    project = the_project(world, request.path["key"])
    named = body.get("objects")
    places = objects_of(world, project) if named is None else [_place(request, world, item) for item in named]
    saved = [ui_save(world, place, login=_login(body), seed=str(body.get("seed", "")), noise=level) for place in places]
    return json_reply(saved)


def post_edit(request: Request, world: World) -> Reply:
    """Change fields of one object."""
    body = _body(request, "kind", "id", "part", "edits", "text", "login")
    place, edits = _place(request, world, body), body.get("edits") or []
    return json_reply(
        edit(world, place, part=body.get("part", "document"), edits=edits, text=body.get("text"), login=_login(body))
    )


def post_build(request: Request, world: World) -> Reply:
    """Build the outputs of a recipe."""
    body = _body(request, "recipe", "columns", "steps_tag", "seed", "login")
    built = build(
        world,
        the_project(world, request.path["key"]),
        str(body.get("recipe")),
        login=_login(body),
        seed=str(body.get("seed", "")),
        columns=body.get("columns") or {},
        steps_tag=body.get("steps_tag"),
    )
    return json_reply(built)


def post_rename(request: Request, world: World) -> Reply:
    """Rename an object."""
    body = _body(request, "kind", "id", "name", "login")
    return json_reply(acts.rename(world, _place(request, world, body), str(body.get("name") or ""), _login(body)))


def post_move(request: Request, world: World) -> Reply:
    """Move objects to a zone."""
    body = _body(request, "zone", "objects", "login")
    project = the_project(world, request.path["key"])
    acts.move_to_zone(world, project, str(body.get("zone")), body.get("objects") or [], _login(body))
    return json_reply({})


def post_delete(request: Request, world: World) -> Reply:
    """Delete an object."""
    body = _body(request, "kind", "id", "recipes", "login")
    acts.delete(world, _place(request, world, body), _login(body), drop_recipes=_dropped(body.get("recipes", "drop")))
    return json_reply({})


def post_duplicate(request: Request, world: World) -> Reply:
    """Copy an object."""
    body = _body(request, "kind", "id", "as", "login")
    return json_reply(acts.duplicate(world, _place(request, world, body), body.get("as"), _login(body)))


def post_authorize(request: Request, world: World) -> Reply:
    """Pin something of an object on a dashboard."""
    body = _body(request, "kind", "id", "login")
    acts.authorize(world, _place(request, world, body), _login(body))
    return json_reply({})


def post_change_connection(request: Request, world: World) -> Reply:
    """Put datasets on another connection."""
    body = _body(request, "datasets", "connection", "login")
    project = the_project(world, request.path["key"])
    acts.change_connection(world, project, body.get("datasets") or [], str(body.get("connection")), _login(body))
    return json_reply({})


def post_upgrade(request: Request, world: World) -> Reply:
    """Upgrade the node."""
    return json_reply(upgrade(world, str(_body(request, "version").get("version"))))


def _body(request: Request, *known: str) -> JsonObject:
    """Return the body; a misspelt key is an error, or a test would believe what did not happen."""
    body = request.json_object()
    unknown = sorted(set(body) - set(known))
    if unknown:
        raise illegal_argument(f"unknown key {', '.join(unknown)}; known are {', '.join(known)}")
    return body


def _place(request: Request, world: World, item: Any) -> Place:
    if not isinstance(item, dict):
        raise illegal_argument(f"an object is {{kind, id}}, not {item!r}")
    return Place(world, the_project(world, request.path["key"]), kind_of(item.get("kind")), str(item.get("id")))


def _login(body: JsonObject) -> str:
    return str(body.get("login") or _DEFAULT_LOGIN)


def _dropped(wish: Any) -> bool | list[str]:
    if isinstance(wish, list):
        return wish
    if wish not in ("drop", "unlink"):
        raise illegal_argument(f"recipes is drop, unlink, or the list of those to drop, not {wish!r}")
    return bool(wish == "drop")


_P: Final = "/__emulator/projects/{key}"
_POSTS: Final[dict[str, Callable[[Request, World], Reply]]] = {
    "ui-save": post_ui_save,
    "edit": post_edit,
    "build": post_build,
    "rename": post_rename,
    "move-to-zone": post_move,
    "delete": post_delete,
    "duplicate": post_duplicate,
    "authorize": post_authorize,
    "change-connection": post_change_connection,
}

ROUTES: Final = (
    Route("GET", f"{_P}/objects", get_objects, Right.ANONYMOUS, root=""),
    *(Route("POST", f"{_P}/{name}", handler, Right.ANONYMOUS, root="") for name, handler in _POSTS.items()),
    Route("POST", "/__emulator/upgrade", post_upgrade, Right.ANONYMOUS, root=""),
)
