"""Streaming endpoints: their id is their name. Source: api-flow.md 11.1. None has been seen in a tree: the shape is open.

There is no Kafka here: detecting a schema from messages is refused, and no data flows.
"""

from typing import Final

from emulator.connections.store import Connections
from emulator.errors import coded_error, illegal_argument
from emulator.families.calls import FamilyCalls, family_routes
from emulator.families.family import ChosenId, Context, Family
from emulator.fragments import FLOW_OPTIONS, TAGGABLE
from emulator.json_text import JsonObject
from emulator.rights import Right
from emulator.routing import Reply, Request, Route, json_reply
from emulator.shapes import Shape, items_of, nested, optional, value
from emulator.world import World

__all__ = ["ROUTES", "STREAMING_ENDPOINTS"]

_MANAGED: Final = {"Kafka": "kafka", "SQS": "SQS"}
"""Connection type -> endpoint type; only these two can be managed [client doc]."""

_SCHEMA: Final = Shape(
    "Schema",
    {
        "columns": items_of(Shape("SchemaColumn", {"name": optional(), "type": value("string")}, is_open=True)),
        "userModified": value(False),
    },
)


def _prepare(context: Context, body: JsonObject) -> JsonObject:
    if not isinstance(body.get("type"), str) or not body["type"]:
        raise illegal_argument("Missing mandatory argument: type")
    _check_connection(context, body)
    return body


def _save(context: Context, stored: JsonObject, body: JsonObject) -> JsonObject:
    """Moving to a connection needs the right to use it, as for datasets [inferred]."""
    if _connection_of(body) != _connection_of(stored):
        _check_connection(context, body)
    return body


def _connection_of(document: JsonObject) -> object:
    params = document.get("params")
    return params.get("connection") if isinstance(params, dict) else None


def _check_connection(context: Context, document: JsonObject) -> None:
    name = _connection_of(document)
    if isinstance(name, str) and name:
        if name not in context.world.connections and context.world.profile.unknown_connection == "accept":
            return
        context.world.state_of(Connections).check_usable(name, context.caller)


STREAMING_ENDPOINTS: Final = Family(
    what="streaming endpoint",
    segment="streamingendpoints",
    folder="streaming_endpoints",
    tag_kind="STREAMING_ENDPOINT",
    shape=Shape(
        "StreamingEndpoint",
        {
            "type": optional(),
            "params": value({}),
            "schema": nested(_SCHEMA),
            "formatType": optional(),
            "formatParams": optional(),
            "flowOptions": nested(FLOW_OPTIONS),
            **TAGGABLE,
        },
        is_open=True,
    ),
    new_id=ChosenId(),
    prepare=_prepare,
    save=_save,
    fixed=("type",),
    delete_drops_recipes=True,
)
_CALLS: Final = FamilyCalls(STREAMING_ENDPOINTS)


def create_managed(request: Request, world: World) -> Reply:
    """Make an endpoint on a connection; its type follows from it unless given [client]."""
    store, body = _CALLS.store(request, world), request.json_object()
    settings = body.get("creationSettings") or {}
    name = settings.get("connectionId")
    if not isinstance(name, str) or not name:
        raise illegal_argument("Missing mandatory argument: connectionId")
    connection = world.state_of(Connections).check_usable(name, request.caller)
    kind = _MANAGED.get(connection["type"])
    if kind is None or body.get("type") not in (None, "", kind):
        raise illegal_argument(
            f"Cannot make a managed streaming endpoint of type {body.get('type')} on a {connection['type']} connection"
        )
    place = {"kafka": "topic", "SQS": "queue"}[
        kind
    ]  # how a node lays them out is not known: one per endpoint, by its name
    params = {"connection": name, place: f"${{projectKey}}.{body.get('id')}"}
    made = {
        "id": body.get("id"),
        "type": kind,
        "params": params,
        "formatType": settings.get("formatOptionId") or "json",
    }
    return json_reply(store.view(store.create(made)))


def get_schema(request: Request, world: World) -> Reply:
    """Answer with the schema."""
    return json_reply(_CALLS.store(request, world).view(request.path["object_id"])["schema"])


def put_schema(request: Request, world: World) -> Reply:
    """Replace the schema. The reply is parsed by the client: the schema as it is now."""
    store, object_id = _CALLS.store(request, world), request.path["object_id"]
    store.put(object_id, {**store.stored(object_id), "schema": request.json_object()})
    return get_schema(request, world)


def refuse_detection(request: Request, world: World) -> Reply:
    """Say that nothing can be captured here."""
    _CALLS.store(request, world).stored(request.path["object_id"])
    raise coded_error("ERR_STREAMING_CAPTURE", "the emulator has no messages to detect a schema from")


_S: Final = "/projects/{project_key}/streamingendpoints"
_E: Final = _S + "/{object_id}"
ROUTES: Final = (
    *family_routes(STREAMING_ENDPOINTS, {"list", "create", "get", "put", "delete", "usages"}),
    Route("POST", f"{_S}/managed", create_managed, Right.WRITE),
    Route("GET", f"{_E}/schema", get_schema, Right.READ),
    Route("PUT", f"{_E}/schema", put_schema, Right.WRITE),
    Route("POST", _E + "/actions/testAndDetectSettings/{kind}", refuse_detection, Right.WRITE),
)
