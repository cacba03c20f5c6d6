"""Insights: what tiles show. An update is a POST. Source: api-flow.md 13, object-shapes.md 5, 13."""

from collections.abc import Mapping
from typing import Final

from emulator.errors import illegal_argument
from emulator.families.calls import FamilyCalls, family_routes
from emulator.families.family import Context, Family, RandomId, head_of, named
from emulator.fragments import TAGGABLE
from emulator.json_text import JsonObject
from emulator.noise import Dice, Noise, only_if, put, replace_present
from emulator.rights import Right
from emulator.routing import Reply, Request, Route, json_reply
from emulator.shapes import Shape, optional, value
from emulator.world import World

__all__ = ["INSIGHTS", "ROUTES", "object_shown_by"]

_SOURCES: Final[Mapping[str, tuple[str, str]]] = {
    "datasetSmartName": ("DATASET", "READ"),
    "webAppSmartId": ("WEB_APP", "READ"),
    "savedModelSmartId": ("SAVED_MODEL", "READ"),
    "notebookSmartName": ("JUPYTER_NOTEBOOK", "READ"),
    "folderSmartId": ("MANAGED_FOLDER", "READ"),
    "scenarioSmartId": ("SCENARIO", "RUN"),
}
"""Key of ``params`` -> type of the object and the mode that a reader needs. The first two [seen], the rest [inferred] by analogy."""


def object_shown_by(insight: JsonObject) -> tuple[JsonObject, list[str]] | None:
    """Return reference and modes of what an insight shows, e.g. ``({"objectId": "orders", "objectType": "DATASET"}, ["READ"])``."""
    params = insight.get("params") or {}
    if params.get("objectSmartId") and params.get("objectType"):  # of metrics
        return {"objectId": params["objectSmartId"], "objectType": params["objectType"]}, ["READ"]
    for key, (kind, mode) in _SOURCES.items():
        if params.get(key):
            return {"objectId": params[key], "objectType": kind}, [mode]
    return None


def _prepare(context: Context, body: JsonObject) -> JsonObject:
    if not isinstance(body.get("type"), str) or not body["type"]:
        raise illegal_argument("Missing mandatory argument: type")
    return {"owner": context.caller.identity, **named(context, body)}


def _save(_context: Context, stored: JsonObject, body: JsonObject) -> JsonObject:
    """Without an owner the old one stays [inferred]."""
    return {"owner": stored.get("owner"), **body}


def _is_chart(document: JsonObject) -> bool:
    return document.get("type") == "chart"


def _refresh(dice: Dice) -> int:
    return dice.below(1000)


_NOISE: Final = (
    # object-shapes.md 13, 18
    Noise("params/refreshableSelection/_refreshTrigger", replace_present(_refresh), "chart looked at"),
    Noise(
        "params/def/thumbnailData",
        only_if(_is_chart, put("data:image/png;base64,iVBORw0KGgo=")),
        "a picture of the chart is kept",
    ),
    Noise("params/shakerScript/explorationSampling/_refreshTrigger", replace_present(_refresh), "table looked at"),
    Noise("params/shakerScript/vizSampling/_refreshTrigger", replace_present(_refresh), "table looked at"),
    Noise("params/def/genericDimension1/*/sort/$$hashKey", put("object:1"), "key of the chart editor"),
)
INSIGHTS: Final = Family(
    what="insight",
    segment="insights",
    folder="insights",
    tag_kind="INSIGHT",
    shape=Shape(
        "Insight",
        {
            "type": optional(),
            "params": value({}),  # by type; charts come with their whole definition
            "owner": optional(),
            "listed": value(False),
            "name": optional(),
            "dashboardCreationId": optional(),
            **TAGGABLE,
        },
        is_open=True,  # insights of before 4.0 were webapps and datasets at once
    ),
    new_id=RandomId(7),
    prepare=_prepare,
    save=_save,
    head=head_of("name", "type", "listed", "owner", "tags", "versionTag"),
    fixed=("dashboardCreationId",),
    noise=_NOISE,
    read=Right.VISIBLE,
    write=Right.WRITE_DASHBOARDS,
)
_CALLS: Final = FamilyCalls(INSIGHTS)


def create_insight(request: Request, world: World) -> Reply:
    """Answer with the id; the body holds the insight under ``insightPrototype`` [client]."""
    return json_reply({"id": _CALLS.store(request, world).create(_part(request, "insightPrototype"))})


def post_insight(request: Request, world: World) -> Reply:
    """Replace the insight; the body holds it under ``insight`` [client]."""
    store, insight_id = _CALLS.store(request, world), request.path["object_id"]
    store.save(insight_id, _part(request, "insight"))
    return json_reply(store.view(insight_id))


def _part(request: Request, key: str) -> JsonObject:
    part = request.json_object().get(key)
    if not isinstance(part, dict):
        raise illegal_argument(f"Missing mandatory argument: {key}")
    return part


_I: Final = "/projects/{project_key}/insights"
ROUTES: Final = (
    *family_routes(INSIGHTS, {"list", "get", "delete"}),
    Route("POST", _I, create_insight, Right.WRITE_DASHBOARDS),
    Route("POST", _I + "/{object_id}", post_insight, Right.WRITE_DASHBOARDS),
)
