"""Comparisons of models, LLMs, agents: one family under an old and a new name. Source: api-flow.md 11.2, object-shapes.md 12."""

from collections.abc import Collection
from dataclasses import replace
from typing import Final

from emulator.errors import illegal_argument
from emulator.families.calls import FamilyCalls, family_routes
from emulator.families.family import Context, Family
from emulator.fragments import TAGGABLE
from emulator.json_text import JsonObject
from emulator.rights import Right
from emulator.routing import Reply, Request, Route, json_reply
from emulator.shapes import Shape, items_of, optional, value
from emulator.world import World

__all__ = ["COMPARISONS", "ROUTES"]

_COMPARED: Final = Shape(
    "ComparedModel", {"refId": optional(), "isSelected": value(True), "isChampion": value(False)}, is_open=True
)


def _prepare(_context: Context, body: JsonObject) -> JsonObject:
    """All creation calls name the type ``predictionType`` [client]; files since 14 have it under ``modelTaskType`` [seen]."""
    if not body.get("displayName"):
        raise illegal_argument("Missing mandatory argument: displayName")
    task_type = body.get("modelTaskType") or body.get("predictionType")
    if not task_type:
        raise illegal_argument("Missing mandatory argument: predictionType")
    return {**{key: item for key, item in body.items() if key != "predictionType"}, "modelTaskType": task_type}


COMPARISONS: Final = Family(
    what="model comparison",
    segment="modelcomparisons",
    folder="model_comparisons",
    tag_kind="MODEL_COMPARISON",
    shape=Shape(
        "ModelComparison",
        {
            "displayName": optional(),
            "modelTaskType": optional(),
            "predictionType": optional(),
            "comparedModels": items_of(_COMPARED),
            **TAGGABLE,
        },
        is_open=True,  # what the screen of a comparison keeps of its display has not been seen in full
    ),
    prepare=_prepare,
)
_EVALUATIONS: Final = replace(COMPARISONS, segment="evaluationcomparisons")
_CALLS: Final = FamilyCalls(_EVALUATIONS)


def list_evaluation_comparisons(request: Request, world: World) -> Reply:
    """Answer with the comparisons of the types that are asked for; unasked, all but those of agents [client]."""
    asked = request.query_list("modelTaskTypes")
    found = _CALLS.store(request, world).listing()
    return json_reply([item for item in found if _is_asked_for(item, asked)])


def _is_asked_for(comparison: JsonObject, asked: Collection[str]) -> bool:
    task_type = comparison.get("modelTaskType", comparison.get("predictionType"))
    return task_type in asked if asked else task_type != "AGENT"


ROUTES: Final = (
    *family_routes(COMPARISONS),
    *family_routes(_EVALUATIONS, {"create", "get", "put", "delete"}),
    Route("GET", "/projects/{project_key}/evaluationcomparisons", list_evaluation_comparisons, Right.READ),
)
