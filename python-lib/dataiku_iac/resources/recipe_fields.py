"""The field table and the mentions of recipes, and what creation sends along because only the UI fills it in.

Source: object-shapes.md 7 and 18, api-flow.md 6.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Final

from dataiku_iac.core.canonical import Json, JsonObject, is_list, is_object
from dataiku_iac.core.fields import Effect, Field, FieldTable, Rules
from dataiku_iac.core.kind import Document
from dataiku_iac.core.mentions import Mention
from dataiku_iac.resources.default_rows import default_rows, with_defaults
from dataiku_iac.resources.fragments import ENVELOPE, SELECTION, VARIABLES_LOOP, below
from dataiku_iac.resources.recipe_io import IO_TABLE
from dataiku_iac.resources.recipe_leftovers import put_back
from dataiku_iac.resources.recipe_payloads import ENGINE_DEFAULTS, PAYLOAD_MENTIONS, PAYLOAD_TABLE
from dataiku_iac.resources.recipe_shapes import shape_of
from dataiku_iac.resources.zone_items import ZONE_FIELD, ZONE_MENTION

__all__ = ["RECIPE_MENTIONS", "RECIPE_TABLE", "complete_recipe", "of_type", "parse_recipe", "rules_of_type"]

_HEAD: Final[JsonObject] = {
    "params": {},
    "neverRecomputeExistingPartitions": False,
    "redispatchPartitioning": False,
    "optionalDependencies": False,  # until 13.0
    "hashPropagationBehavior": "INHERIT",  # from 13.0
    "maxRunningActivities": 0,
    "variables": {},
    "labels": [],
    "partitionDeps": [],
}
_CODE_PARAMS: Final[JsonObject] = {
    "envSelection": {"envMode": "INHERIT"},
    "containerSelection": {"containerMode": "INHERIT"},
    "skipPrerunValidate": False,
}
_SQL_PARAMS: Final[JsonObject] = {
    "allowMultipleConnections": False,
    "displayExecutionPlan": True,
    "skipPrerunValidate": False,
    "sqlPipelineParams": {"pipelineAllowStart": True, "pipelineAllowMerge": True},
}
_SPARK_PARAMS: Final[JsonObject] = {
    "sparkConfig": {"inheritConf": "default", "conf": []},
    "executionEngine": "SPARK_SUBMIT",
    "pipelineAllowStart": True,
    "pipelineAllowMerge": True,
}
_PARAMS: Final[JsonObject] = {
    **_CODE_PARAMS,
    **_SQL_PARAMS,
    **_SPARK_PARAMS,
    "engineParams": ENGINE_DEFAULTS,
    "forcePipelineableForTests": False,
    "useGlobalMetastore": False,
}
_SENT: Final[Mapping[str, JsonObject]] = {
    **dict.fromkeys(("python", "r", "sparkr", "julia"), _CODE_PARAMS),
    "pyspark": {"envSelection": {"envMode": "INHERIT"}, "skipPrerunValidate": False, **_SPARK_PARAMS},
    "sql_query": _SQL_PARAMS,
}


def _engine_rows(prefix: str) -> dict[str, Field]:
    """Return rows of what DSS sets by itself when it makes a recipe, and nobody chooses [seen in every recipe]."""
    return {
        f"{prefix}.hive.executionEngine": Field(
            default_like="HIVESERVER2|HIVECLI_LOCAL", reason="copied from the project's settings at creation [inferred]"
        ),
        f"{prefix}.lowerCaseSchemaIfEngineRequiresIt": Field(
            ignored=True, reason="set by DSS by the type of the recipe, and shown nowhere [inferred]"
        ),
    }


RECIPE_TABLE: Final[FieldTable] = {
    **below("definition.recipe", ENVELOPE),
    "definition.recipe.name": Field(server_owned=True, reason="says what the address says already"),
    "definition.recipe.type": Field(
        immutable=True, effect=Effect.REBUILD, reason="params and payload of another type mean something else"
    ),
    **default_rows("definition.recipe", _HEAD),
    "definition.recipe.params": Field(default={}, effect=Effect.REBUILD),
    **default_rows("definition.recipe.params", _PARAMS),
    **_engine_rows("definition.recipe.params.engineParams"),
    "definition.recipe.params.engineParams.*.readParams.map": Field(
        ignored=True, reason="filled in from the inputs with every save and run [seen]"
    ),
    **{
        f"definition.recipe.params.selection.{path}": row
        for path, row in SELECTION.items()
        if path not in ("samplingMethod", "maxRecords", "targetRatio")  # what a sampling recipe is about
    },
    **below("definition.recipe.params.variablesExpansionLoopConfig", VARIABLES_LOOP),
    **IO_TABLE,
    **PAYLOAD_TABLE,
    **_engine_rows("definition.payload.engineParams"),
    "zone": ZONE_FIELD,
}

RECIPE_MENTIONS: Final = (
    ZONE_MENTION,
    Mention("definition.recipe.inputs.*.items.*.ref", "computable"),
    Mention("definition.recipe.outputs.*.items.*.ref", "computable"),
    Mention("definition.recipe.params.envSelection.envName", "code_env"),
    Mention("definition.recipe.params.containerSelection.containerConf", "container"),
    Mention("definition.recipe.params.engineParams.containerSelection.containerConf", "container"),
    Mention("definition.recipe.params.mainConnectionDataset", "computable"),
    Mention("definition.recipe.params.pipeIn", "computable"),
    Mention("definition.recipe.params.pipeOut", "computable"),
    Mention("definition.recipe.params.exportParams.destinationDatasetConnection", "connection"),
    Mention("definition.recipe.params.exportParams.destinationDatasetProjectKey", "project"),
    *PAYLOAD_MENTIONS,
)


@cache
def rules_of_type(kind: str) -> Rules:
    """Return the rules of recipes of a native type: the table of all, and what the type folds away."""
    shape = shape_of(kind)
    return Rules(
        {
            **RECIPE_TABLE,
            **default_rows("definition.recipe.params", shape.params_defaults),
            **below("definition.recipe.params", shape.params_rows),
            **default_rows("definition.payload", shape.defaults),
            **below("definition.payload", shape.rows),
        }
    )


def of_type(document: Document, kind: str) -> Document:
    """Return ``document`` without params and payload if they are those of another type than ``kind``."""
    halves = document.get("definition")
    recipe = halves.get("recipe") if is_object(halves) else None
    if not is_object(halves) or not is_object(recipe) or not kind or recipe.get("type", kind) == kind:
        return document
    head = {key: value for key, value in recipe.items() if key != "params"}
    rest = {key: value for key, value in halves.items() if key not in ("recipe", "payload")}
    return {**document, "definition": {**rest, "recipe": head}}


def parse_recipe(recipe: JsonObject) -> JsonObject:
    """Return the recipe half as documents have it: what has no effect in its params is set aside."""
    params = recipe.get("params")
    changed = shape_of(str(recipe.get("type"))).set_aside_params(params) if is_object(params) else params
    return recipe if changed is params else {**recipe, "params": changed}


def complete_recipe(recipe: JsonObject) -> JsonObject:
    """Return the recipe half with what was set aside and the folded defaults that the UI, not the server, fills in.

    Nothing is overwritten.
    """
    filled: dict[str, Json] = dict(recipe)
    kind = str(recipe.get("type"))
    defaults = {
        **shape_of(kind).params_defaults,
        **_SENT.get(kind, {}),
    }  # plugins: without a container NPE at build [seen]
    params = put_back(filled.get("params", {}))
    if is_object(params) and (defaults or params):
        filled["params"] = with_defaults(params, defaults)
    for side, default in (("inputs", {"deps": []}), ("outputs", {"appendMode": False})):
        roles = filled.get(side, {})
        if is_object(roles):
            filled[side] = {role: _complete_ends(ends, default) for role, ends in roles.items()}
    return filled


def _complete_ends(ends: Json, default: JsonObject) -> Json:
    items = ends.get("items") if is_object(ends) else None
    if not (is_object(ends) and is_list(items)):
        return ends
    return {**ends, "items": [with_defaults(item, default) if is_object(item) else item for item in items]}
