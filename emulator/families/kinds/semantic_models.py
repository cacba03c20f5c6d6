"""Semantic models, new with 15. Source: api-flow.md 11.3 and the official client, which is all that is known of them.

Folder, tag and length of the id follow the other LLM objects [inferred]. Distinct values of columns are not computed here.
"""

from typing import Final

from emulator.errors import illegal_argument
from emulator.families.calls import FamilyCalls, family_routes
from emulator.families.family import Family, head_of
from emulator.fragments import TAGGABLE
from emulator.rights import Right
from emulator.routing import Reply, Request, Route, empty_reply, json_reply
from emulator.shapes import Shape, optional, value
from emulator.world import World

__all__ = ["ROUTES", "SEMANTIC_MODELS"]

_SINCE: Final = 15
SEMANTIC_MODELS: Final = Family(
    what="semantic model",
    segment="semantic-models",
    folder="semantic-models",
    tag_kind="SEMANTIC_MODEL",
    shape=Shape(
        "SemanticModel",
        {"name": optional(), "activeVersionId": optional(), "versions": value([]), **TAGGABLE},
        is_open=True,
    ),
    head=head_of("name", "tags", "versionTag"),
    since=_SINCE,
)
_CALLS: Final = FamilyCalls(SEMANTIC_MODELS)


def create_semantic_model(request: Request, world: World) -> Reply:
    """Answer with the new model; its name is in the query [client]."""
    store = _CALLS.store(request, world)
    return json_reply(store.view(store.create({"name": request.query("name")})))


def put_version(request: Request, world: World) -> Reply:
    """Add or replace one version [client]."""
    store, object_id = _CALLS.store(request, world), request.path["object_id"]
    stored, version, body = store.stored(object_id), request.path["version"], request.json_object()
    if body.get("id") != version:
        raise illegal_argument(f"The version in the body is {body.get('id')}, not {version}")
    versions = list(stored.get("versions") or ())
    known = [item.get("id") for item in versions]
    if version in known:
        versions[known.index(version)] = body
    else:
        versions.append(body)
    store.put(object_id, {**stored, "versions": versions})
    return empty_reply()


_S: Final = "/projects/{project_key}/semantic-models"
ROUTES: Final = (
    *family_routes(SEMANTIC_MODELS, {"list", "get", "put", "delete"}),
    Route("POST", _S, create_semantic_model, Right.WRITE, since=_SINCE),
    Route("PUT", _S + "/{object_id}/versions/{version}", put_version, Right.WRITE, since=_SINCE),
)
