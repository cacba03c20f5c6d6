"""API services of the API designer. Source: api-projects-scenarios-deployer.md 11, object-shapes.md 13.

Versions of a service (packages) are not made here: their list is empty, as it is for a service that does not exist [seen].
"""

from typing import Any, Final

from emulator.encryption import Encryption
from emulator.errors import DssError
from emulator.families.calls import FamilyCalls, family_routes
from emulator.families.family import ChosenId, Context, Family
from emulator.fragments import TAGGABLE
from emulator.json_text import JsonObject
from emulator.rights import Right
from emulator.routing import Reply, Request, Route, empty_reply, json_reply
from emulator.shapes import Shape, items_of, nested, optional, value
from emulator.world import World

__all__ = ["API_SERVICES", "ROUTES"]

_QUERY_KEY: Final = Shape(
    "QueryKey",
    {"key": optional(), "label": optional(), "createdOn": optional(), "createdBy": optional(), "id": optional()},
)
_ENDPOINT: Final = Shape("Endpoint", {"id": optional(), "type": optional(), "testQueries": value([])}, is_open=True)


def _save(context: Context, _stored: JsonObject, body: JsonObject) -> JsonObject:
    """Query keys are encrypted at rest [seen: ``e:AES:X2:``]."""
    realm = body.get("authRealm")
    if not isinstance(realm, dict) or not isinstance(realm.get("queryKeys"), list):
        return body
    keys = realm["queryKeys"]
    return {**body, "authRealm": {**realm, "queryKeys": [_protected(context, entry) for entry in keys]}}


def _protected(context: Context, entry: Any) -> Any:
    if not isinstance(entry, dict):
        return entry
    return {**entry, "key": context.world.state_of(Encryption).protect(entry.get("key"))}


def _show(_context: Context, service_id: str, document: JsonObject) -> JsonObject:
    """The id is the name; the client reads both of the list item."""
    return {**document, "name": service_id}


API_SERVICES: Final = Family(
    what="API service",
    segment="apiservices",
    folder="lambda_services",
    tag_kind="LAMBDA_SERVICE",
    shape=Shape(
        "LambdaService",
        {
            "publicAccess": optional(),  # until 10.0
            "authMethod": value("PUBLIC"),
            "authRealm": nested(Shape("AuthRealm", {"queryKeys": items_of(_QUERY_KEY)})),
            "oauth2Config": optional(),
            "endpoints": items_of(_ENDPOINT),
            "deploymentMonitoring": value([]),
            "typeBadges": optional(),
            **TAGGABLE,
            "releaseNotes": optional(),
            "error": optional(),
        },
    ),
    new_id=ChosenId(),
    save=_save,
    show=_show,
    prepare=lambda _context, _body: {},  # it is born without endpoints [client]
)
_CALLS: Final = FamilyCalls(API_SERVICES)


def create_service(request: Request, world: World) -> Reply:
    """Make an empty service under the id in the path; the answer is not read [client]."""
    _CALLS.store(request, world).create({"id": request.path["object_id"]})
    return empty_reply()


def list_packages(_request: Request, _world: World) -> Reply:
    """Answer with no versions: for a missing service too [seen]."""
    return json_reply([])


def get_archive(request: Request, _world: World) -> Reply:
    """Refuse: there is never a version to download [seen: text and status]."""
    path = request.path
    text = f"Package directory does not exist: {path['object_id']}/{path['package_id']}"
    raise DssError(500, "java.io.IOException", text)


_S: Final = "/projects/{project_key}/apiservices/{object_id}"
ROUTES: Final = (
    *family_routes(API_SERVICES, {"list"}),
    Route("POST", _S, create_service, Right.WRITE),
    Route("GET", f"{_S}/settings", _CALLS.get, Right.READ),
    Route("PUT", f"{_S}/settings", _CALLS.put, Right.WRITE),
    Route("GET", f"{_S}/packages", list_packages, Right.READ),
    Route("GET", _S + "/packages/{package_id}/archive", get_archive, Right.READ),
)
