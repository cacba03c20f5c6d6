"""Code studios: made from a template, owned by a user, stopped. Source: object-shapes.md 2, 14, and the client's ``codestudio.py``.

Nothing runs here: the state is ``STOPPED``, a start is refused. Templates are objects of the instance that this node does not have,
so any template id is taken.
"""

from typing import Final

from emulator.errors import coded_error, illegal_argument, unauthorized
from emulator.families.calls import FamilyCalls, family_routes
from emulator.families.family import Context, Family, RandomId, named
from emulator.fragments import TAGGABLE
from emulator.json_text import JsonObject
from emulator.rights import Right
from emulator.routing import Reply, Request, Route, json_reply
from emulator.shapes import Shape, optional, value
from emulator.world import World

__all__ = ["CODE_STUDIOS", "ROUTES"]


def _prepare(context: Context, body: JsonObject) -> JsonObject:
    given = named(context, body)
    if not isinstance(given.get("templateId"), str) or not given["templateId"]:
        raise illegal_argument("Missing mandatory argument: templateId")
    return {
        "name": given["name"],
        "templateId": given["templateId"],
        "owner": context.caller.identity,
        "libName": context.world.ids.draw(
            7
        ),  # a folder of its own below lib/code_studio [client]; its form is [unknown]
    }


CODE_STUDIOS: Final = Family(
    what="code studio",
    segment="code-studios",
    folder="code_studios",
    tag_kind="CODE_STUDIO",
    shape=Shape(
        "CodeStudio",
        {
            "name": optional(),
            "owner": optional(),
            "libName": optional(),
            "templateId": optional(),
            "params": value({}),
            **TAGGABLE,
        },
    ),
    new_id=RandomId(7),
    prepare=_prepare,
)
_CALLS: Final = FamilyCalls(CODE_STUDIOS)


def create_studio(request: Request, world: World) -> Reply:
    """Answer with the new object under ``codeStudio`` [client]."""
    store = _CALLS.store(request, world)
    return json_reply({"codeStudio": store.view(store.create(request.json_object()))})


def get_status(request: Request, world: World) -> Reply:
    """Answer that it is stopped and never ran."""
    _CALLS.store(request, world).stored(request.path["object_id"])
    return json_reply({"state": "STOPPED", "lastStateChange": 0, "exposed": [], "syncedZones": []})


def stop_studio(request: Request, world: World) -> Reply:
    """Answer without a future: it is stopped already [client]."""
    _CALLS.store(request, world).stored(request.path["object_id"])
    return json_reply({})


def restart_studio(request: Request, world: World) -> Reply:
    """Refuse to run one."""
    _CALLS.store(request, world).stored(request.path["object_id"])
    text = "the emulator does not run code studios"
    raise coded_error("ERR_OBJECT_OPERATION_NOT_AVAILABLE_FOR_TYPE", text)


def refuse_sync(request: Request, world: World) -> Reply:
    """Refuse to compare or copy the files of a studio that does not run."""
    _CALLS.store(request, world).stored(request.path["object_id"])
    raise illegal_argument("The code studio is not running")


def change_owner(request: Request, world: World) -> Reply:
    """Give it to another user; administrators and the owner may [client]."""
    store, studio_id = _CALLS.store(request, world), request.path["object_id"]
    stored = store.stored(studio_id)
    if not request.caller.is_admin and stored.get("owner") != request.caller.login:
        raise unauthorized("Only its owner or an administrator may change the owner of a code studio")
    owner = request.query("newOwner")
    if owner not in world.users:
        raise illegal_argument(f"User does not exist: {owner}")
    store.put(studio_id, {**stored, "owner": owner})
    return json_reply(store.view(studio_id))


_S: Final = "/projects/{project_key}/code-studios"
_ONE: Final = _S + "/{object_id}"
ROUTES: Final = (
    *family_routes(CODE_STUDIOS, {"list", "get", "delete"}),
    Route("POST", _S, create_studio, Right.WRITE),
    Route("GET", f"{_ONE}/status", get_status, Right.READ),
    Route("POST", f"{_ONE}/stop", stop_studio, Right.WRITE),
    Route("POST", f"{_ONE}/restart", restart_studio, Right.WRITE),
    Route("POST", f"{_ONE}/change-owner", change_owner, Right.WRITE),
    *(Route("GET", f"{_ONE}/{call}/{{zone}}", refuse_sync, Right.READ) for call in ("conflicts", "pull", "push")),
)
