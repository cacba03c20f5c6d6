"""Payloads of recipes: text for code, parsed JSON for everything else; what in them is noise or a default.

The server stores payloads verbatim and key order in them is arbitrary [seen], so JSON is compared parsed and written with
sorted keys. Source: object-shapes.md 1 (8), 7.2, 8 and 18; api-flow.md 7.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final, NoReturn

from dataiku_iac.core.canonical import Json, JsonObject, canonical_text, is_object
from dataiku_iac.core.fields import Effect, Field, FieldTable
from dataiku_iac.core.mentions import Mention
from dataiku_iac.resources.default_rows import default_rows, with_defaults
from dataiku_iac.resources.fragments import below
from dataiku_iac.resources.recipe_columns import AGGREGATES, WINDOW_FLAGS
from dataiku_iac.resources.recipe_filters import FILTER_DEFAULTS
from dataiku_iac.resources.recipe_leftovers import put_back
from dataiku_iac.resources.recipe_processors import STEP_DEFAULTS, STEP_ROWS
from dataiku_iac.resources.recipe_shapes import shape_of
from dataiku_iac.resources.recipe_types import PayloadForm, recipe_type

__all__ = ["ENGINE_DEFAULTS", "PAYLOAD_MENTIONS", "PAYLOAD_TABLE", "dump_payload", "parse_payload"]

_SPARK: Final[JsonObject] = {
    "readParams": {"mode": "AUTO", "autoModeRepartitionInto": 10},
    "useGlobalMetastore": False,
    "sparkConfig": {"inheritConf": "default", "conf": []},
    "executionEngine": "SPARK_SUBMIT",
    "pipelineAllowStart": True,
    "pipelineAllowMerge": True,
    "skipPrerunValidate": False,
}
_PIPELINE: Final[JsonObject] = {"pipelineAllowStart": True, "pipelineAllowMerge": True}
ENGINE_DEFAULTS: Final[JsonObject] = {
    "spark": {**_SPARK, "useNativeProcessors": True},
    "sparkSQL": {**_SPARK, "overwriteOutputSchema": False},
    "hive": {
        "inheritConf": "default",
        "hiveconf": [],
        "addDkuUdf": False,
        "skipPrerunValidate": False,
        "useGlobalMetastore": False,
    },
    "impala": {"forceStreamMode": True},
    "hadoopConfigKeys": [],
    "sqlPipelineParams": _PIPELINE,
    "cdePipelineParams": _PIPELINE,
    "containerSelection": {"containerMode": "INHERIT"},
    "tdchParams": {"splitMode": "DEFAULT", "numberOfExecutors": 2},
    "synapseParams": {"usePolybase": False},
    "redshiftParams": {"writeDatesInParquet": True},
    "dssEngineMaxThreads": 4,
}
"""Of ``engineParams``, in params or payload; what differs by type (maxThreads) stands with the type."""

_OFF: Final[JsonObject] = {"preFilter": FILTER_DEFAULTS, "postFilter": FILTER_DEFAULTS, "filter": FILTER_DEFAULTS}
_DEFAULTS: Final[JsonObject] = {"engineParams": ENGINE_DEFAULTS, "computedColumns": [], "keys": [], **_OFF}

_FLAGS: Final[JsonObject] = dict.fromkeys((*AGGREGATES, *WINDOW_FLAGS), False)
_UI: Final = "state of the editor, not of the recipe [seen]"
_COPY: Final = "a copy of the column's type in the input, refreshed by the editor; many payloads lack it [seen]"
_COMPUTED: Final = "computed by the server from inputs and settings [seen]"
_SCRIPT_UI: Final = (
    *("explorationSampling", "explorationFilters", "exploreUIParams", "vizSampling", "analysisColumnData", "sorting"),
    *("globalSearchQuery", "coloring", "previewMode", "origin", "columnWidthsByName", "columnOrder", "chartsEngine"),
    *("columnUseScientificNotationByName", "designTimeReport", "flagNumericValues"),
)
_STEP_UI: Final = ("preview", "designTimeReport", "mainColor", "secondaryColor")
_STEPS: Final = ("steps.*", "steps.*.steps.*")  # groups are not nested [seen]


def _script_rows(prefix: str) -> dict[str, Field]:
    """Return the rows of a prepare script; a training payload holds one too, under ``script``."""
    rows = {f"{prefix}.{key}": Field(ignored=True, reason=_UI) for key in _SCRIPT_UI}
    for steps in _STEPS:
        rows |= {f"{prefix}.{steps}.{key}": Field(ignored=True, reason=_UI) for key in _STEP_UI}
    return rows | default_rows(prefix, STEP_DEFAULTS) | below(prefix, STEP_ROWS)


PAYLOAD_TABLE: Final[FieldTable] = {
    **default_rows("definition.payload", _DEFAULTS),
    "definition.payload": Field(default="", drops_noise=True, effect=Effect.REBUILD),
    **default_rows("definition.payload.keys.*", _FLAGS),
    **default_rows("definition.payload.values.*", _FLAGS),
    **default_rows("definition.payload.pivots.*.valueColumns.*", _FLAGS),
    "definition.payload.values": Field(
        default=[],
        keyed=("column", "customName"),
        reason="the editor lists aggregated columns in the order of the input [seen]",
    ),
    **{
        f"definition.payload.{path}.type": Field(ignored=True, reason=_COPY)
        for path in ("keys.*", "values.*", "selectedColumns.*", "pivots.*.valueColumns.*")
    },
    "definition.payload.resolvedSelectedColumns": Field(ignored=True, reason=_COMPUTED),
    "definition.payload.expectedPreparationOutputSchema": Field(ignored=True, reason=_COMPUTED),
    "definition.payload.engineParams.*.readParams.map": Field(
        ignored=True, reason="filled in from the inputs with every save and run [seen]"
    ),
    **{
        f"definition.payload.{path}{key}": Field(ignored=True, reason=_UI)
        for path in ("", "selection.")
        for key in ("_refreshTrigger", "autoRefreshSample")
    },
    **_script_rows("definition.payload"),
    **_script_rows("definition.payload.script"),
}

PAYLOAD_MENTIONS: Final = (
    Mention("definition.payload.envSelection.envName", "code_env"),
    Mention("definition.payload.envName", "code_env"),
    Mention("definition.payload.containerSelection.containerConf", "container"),
    Mention("definition.payload.engineParams.containerSelection.containerConf", "container"),
    Mention("definition.payload.copySchemaFromDatasetWithName", "computable"),
    Mention("definition.payload.splitParams.*.datasetSmartName", "computable"),
    Mention("definition.payload.core.executionParams.envSelection.envName", "code_env"),
    Mention("definition.payload.core.executionParams.envName", "code_env"),
    Mention("definition.payload.core.executionParams.containerSelection.containerConf", "container"),
    *(
        Mention(f"definition.payload.{script}{steps}.params.{key}", sort)
        for script in ("", "script.")
        for steps in _STEPS
        for key, sort in (("envSelection.envName", "code_env"), ("rightInput", "computable"))
    ),
)


def parse_payload(kind: str, text: str | None) -> Json:
    r"""Return the payload of a recipe of native type ``kind``: code as text, JSON parsed, anything else as the text it is.

    What has no effect in it is set aside, see ``recipe_leftovers``.

    >>> parse_payload("python", "a = 1\r\n"), parse_payload("sort", '{"orders": []}'), parse_payload("sync", None)
    ('a = 1\n', {'orders': []}, '')
    """
    text = text or ""
    if recipe_type(kind).payload is PayloadForm.CODE:
        return text.replace("\r\n", "\n")  # line ends are compared normalised, api-flow.md 7
    try:
        value: Json = json.loads(text, parse_constant=_refuse)
        canonical_text(value)  # a number too big for a float is not JSON any more once parsed
    except (ValueError, RecursionError):
        return text
    return shape_of(kind).set_aside(value) if isinstance(value, Mapping) else text


def dump_payload(kind: str, payload: Json, *, new: bool = False) -> str:
    """Return the text to store for ``payload``, with what was set aside and with defaults; equal payloads give equal texts.

    ``new``: it is for a creation, so what was not declared is chosen as people expect it.
    """
    if payload is None or isinstance(payload, str):
        return payload or ""
    whole = put_back(payload)
    if is_object(whole):
        shape = shape_of(kind)
        whole = shape.complete(whole) if new else whole
        whole = with_defaults(with_defaults(whole, shape.defaults), shape.sent)
    return json.dumps(whole, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False)


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)
