"""Webapps: settings in a file, code in files beside it. There is no DELETE. Source: api-flow.md 13, object-shapes.md 13.

Backends do not run here: their state says so, and a start is refused.
"""

from collections.abc import Mapping
from typing import Final

from emulator.errors import coded_error, illegal_argument
from emulator.families.calls import FamilyCalls, family_routes
from emulator.families.family import Context, Family, RandomId, head_of, named
from emulator.fragments import ENV_SELECTION, TAGGABLE, WEBAPP_INFRA
from emulator.json_text import JsonObject
from emulator.noise import Noise, replace_present
from emulator.rights import PROJECT_FLAGS, Right
from emulator.routing import Reply, Request, Route, empty_reply, json_reply
from emulator.shapes import Shape, nested, optional, value
from emulator.world import World

__all__ = ["ROUTES", "WEBAPPS"]

_STANDARD: Final = "STANDARD"
_CREATED_TYPES: Final = (_STANDARD, "BOKEH", "DASH", "STREAMLIT", "SHINY")
_CODE_FILES: Final[Mapping[str, str]] = {
    "html": "body.html",
    "js": "app.js",
    "css": "style.css",
    "python": "backend.py",
}
"""Key of ``params`` -> file in ``web_apps/<id>/`` [seen]. What a Shiny app has instead is not known and stays in ``params``."""
_KEYS_FILE: Final = "apikeys.json"

_COMMON: Final = {
    "autoStartBackend": value(False),
    "envSelection": nested(ENV_SELECTION),
    "nbProcesses": value(1),
    "runAs": optional(),
    "infra": nested(WEBAPP_INFRA),
    "forceAuthentication": value(False),
    "backendAPIAccessEnabled": optional(since=(13, 1)),
}
_CODE: Final = {key: optional() for key in _CODE_FILES}
_PARAMS: Final[Mapping[str, Shape]] = {
    _STANDARD: Shape(
        "StandardWebAppParams",
        {
            "backendEnabled": value(False),
            "enableJavascriptModules": value(False),
            "hideJSSecurityPanel": value(False),
            "libraries": value([]),
            **_COMMON,
            **_CODE,
        },
    ),
    "DASH": Shape("DashWebAppParams", {**_COMMON, "serveLocally": value(True), **_CODE}),
    "BOKEH": Shape("BokehWebAppParams", {**_COMMON, **_CODE}),
}
_OTHER_PARAMS: Final = Shape("WebAppParams", {**_COMMON, **_CODE}, is_open=True)
"""Of plugins, Shiny, Streamlit: few or none have been seen."""


def _prepare(context: Context, body: JsonObject) -> JsonObject:
    type_name = body.get("type")
    if type_name not in _CREATED_TYPES:
        raise illegal_argument(f"Cannot create a webapp of type {type_name}")
    context.world.judge_code(context.caller)
    # Webapps with a page have a key for its scripts (71 of 133 [seen], which are about those); for which exactly is [inferred].
    key = {"apiKey": context.world.ids.draw(32)} if type_name == _STANDARD else {}
    return {**named(context, body), **key}


def _save(context: Context, stored: JsonObject, body: JsonObject) -> JsonObject:
    """The key is the server's; it changed in 523 of 2,911 saves [seen], why is unknown (``Profile.webapp_key_changes``)."""
    key = stored.get("apiKey")
    if key is not None and context.world.profile.webapp_key_changes:
        key = context.world.ids.draw(32)
    return {**body, "apiKey": key}


def _show(context: Context, webapp_id: str, document: JsonObject) -> JsonObject:
    """Return ``document`` with the params of its type and the code of its files in them [seen]."""
    params = _typed_params(context, document.get("type"), document["params"])
    return {**document, "params": {**params, **_code_of(context, webapp_id)}}


def _typed_params(context: Context, type_name: object, params: JsonObject) -> JsonObject:
    profile, shape = context.world.profile, _PARAMS.get(str(type_name), _OTHER_PARAMS)
    return shape.apply(params, keep_unknown=profile.keep_unknown_fields, version=profile.version)


def _code_of(context: Context, webapp_id: str) -> dict[str, str]:
    found = {key: context.project.disk.read(f"web_apps/{webapp_id}/{name}") for key, name in _CODE_FILES.items()}
    return {key: raw.decode("utf-8", "surrogateescape") for key, raw in found.items() if raw is not None}


_NOISE: Final = (
    Noise("apiKey", replace_present(lambda dice: dice.text(32)), "in 523 of 2,911 saves; object-shapes.md 18"),
)
WEBAPPS: Final = Family(
    what="webapp",
    segment="webapps",
    folder="web_apps",
    tag_kind="WEB_APP",
    noise=_NOISE,
    shape=Shape(
        "WebApp",
        {
            "type": optional(),
            "hasLegacyBackendURL": value(False),
            "params": value({}),
            "config": optional(),
            "name": optional(),
            "apiKey": optional(),
            **TAGGABLE,
            "isVirtual": value(False),
            # of older ones
            "listed": optional(),
            "pyBackendEnabled": optional(),
            "pyBackendMustRun": optional(),
        },
    ),
    new_id=RandomId(7),
    prepare=_prepare,
    save=_save,
    show=_show,
    head=head_of("name", "type", "tags", "versionTag"),
    fixed=("type", "isVirtual", "hasLegacyBackendURL"),
)
_CALLS: Final = FamilyCalls(WEBAPPS)


def create_webapp(request: Request, world: World) -> Reply:
    """Answer with the id under a name of its own [client]."""
    store = _CALLS.store(request, world)
    given = request.json_object()
    body, code = _parted(store.context, given, given.get("type"))
    webapp_id = store.create(body)
    _write_code(store.context, webapp_id, code)
    _note_key(store.context, webapp_id, store.stored(webapp_id))
    return json_reply({"webAppId": webapp_id})


def put_webapp(request: Request, world: World) -> Reply:
    """Replace settings and code; the client parses the answer."""
    store, webapp_id = _CALLS.store(request, world), request.path["object_id"]
    type_name = store.stored(webapp_id).get("type")
    body, code = _parted(store.context, request.json_object(), type_name)
    if code != _code_of(store.context, webapp_id):
        world.judge_code(request.caller)
    store.save(webapp_id, body)
    _write_code(store.context, webapp_id, code)
    _note_key(store.context, webapp_id, store.stored(webapp_id))
    return json_reply(store.view(webapp_id))


def get_backend_state(request: Request, world: World) -> Reply:
    """Answer that nothing runs: without ``futureInfo`` the backend was never started [client]."""
    _CALLS.store(request, world).stored(request.path["object_id"])
    return json_reply({"projectKey": request.path["project_key"], "webAppId": request.path["object_id"]})


def restart_backend(request: Request, world: World) -> Reply:
    """Answer nothing for a webapp without backend, as DSS 15 does [seen]; refuse to run one."""
    document = _CALLS.store(request, world).view(request.path["object_id"])
    if document.get("type") == _STANDARD and not document["params"].get("backendEnabled"):
        return empty_reply()
    text = "the emulator does not run the backends of webapps; their settings and code are stored all the same"
    raise coded_error("ERR_OBJECT_OPERATION_NOT_AVAILABLE_FOR_TYPE", text)


def stop_backend(request: Request, world: World) -> Reply:
    """Stop what does not run."""
    _CALLS.store(request, world).stored(request.path["object_id"])
    return empty_reply()


def _parted(context: Context, body: JsonObject, type_name: object) -> tuple[JsonObject, dict[str, str]]:
    """Return settings and code of a body apart."""
    params = body.get("params")
    if not isinstance(params, dict):
        return body, {}
    kept = _typed_params(context, type_name, params)
    code = {key: kept.pop(key) for key in _CODE_FILES if key in kept}
    if any(not isinstance(text, str) for text in code.values()):
        raise illegal_argument("The code of a webapp must be text")
    return {**body, "params": kept}, code


def _write_code(context: Context, webapp_id: str, code: Mapping[str, str]) -> None:
    """Store what is given; what is missing goes, as a PUT replaces, or stays (``Profile.omitted_webapp_code``) [unknown]."""
    for key, name in _CODE_FILES.items():
        file = f"web_apps/{webapp_id}/{name}"
        if key in code:
            context.project.disk.write(file, code[key].encode("utf-8", "surrogateescape"))
        elif context.world.profile.omitted_webapp_code == "erased":
            context.project.disk.delete(file)


def _note_key(context: Context, webapp_id: str, stored: JsonObject) -> None:
    """Keep the key among those of the project, ``onBehalf`` of the webapp [seen]; it opens nothing on this node."""
    key, known = stored.get("apiKey"), context.project.disk.read_json(_KEYS_FILE) or []
    if key is None or any(entry.get("key") == key for entry in known):
        return
    entry = {
        "id": context.world.ids.draw(16),
        "key": key,
        "label": f"Webapp {stored.get('name')}",
        "createdOn": context.world.clock.now_ms(),
        "expiresOn": 0,
        "execSQLLike": False,
        "localDatasets": [],
        "projectPrivileges": dict.fromkeys(PROJECT_FLAGS, False),
        "onBehalf": webapp_id,
    }
    others = [other for other in known if other.get("onBehalf") != webapp_id]
    context.project.disk.write_json(_KEYS_FILE, [*others, entry])


_W: Final = "/projects/{project_key}/webapps"
_ONE: Final = _W + "/{object_id}"
ROUTES: Final = (
    *family_routes(WEBAPPS, {"list", "get"}),
    # New between the clients 14.3 and 15.2; older nodes presumably answer 404 [client; inferred].
    Route("POST", _W, create_webapp, Right.WRITE, since=15),
    Route("PUT", _ONE, put_webapp, Right.WRITE),
    Route("GET", f"{_ONE}/backend/state", get_backend_state, Right.READ),
    Route("PUT", f"{_ONE}/backend/actions/restart", restart_backend, Right.WRITE),
    Route("PUT", f"{_ONE}/backend/actions/stop", stop_backend, Right.WRITE),
)
