"""The visual recipes: what short forms each has, what it folds away, what of it has no effect.

Defaults are folded away on reading and sent with a creation, as nobody but DSS's own editors fills them in.
Source: object-shapes.md 8, api-flow.md 7. All [seen] unless marked.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from dataiku_iac.core.canonical import JsonObject, is_object
from dataiku_iac.core.fields import Field
from dataiku_iac.resources.default_rows import default_rows
from dataiku_iac.resources.recipe_columns import (
    AGGREGATES,
    COLUMN_KEYS,
    PLAIN_KEYS,
    Aggregations,
    Retrieved,
    complete_retrieval,
    set_aside_retrieved,
)
from dataiku_iac.resources.recipe_filters import FILTER, FILTER_DEFAULTS, set_aside_in_filter
from dataiku_iac.resources.recipe_joins import Joins, complete_selection, set_aside_in_join
from dataiku_iac.resources.recipe_leftovers import UNSELECTED, change_at
from dataiku_iac.resources.recipe_orders import ORDER_BY, ORDERS, RANKS
from dataiku_iac.resources.recipe_processors import STEP_DEFAULTS
from dataiku_iac.resources.recipe_samples import SAMPLE, WholeFilter, set_aside_in_selection
from dataiku_iac.resources.recipe_shape import Change, Shape, leave_as_is
from dataiku_iac.resources.recipe_splits import Pivots, Splits, set_aside_in_pivot, set_aside_in_split
from dataiku_iac.resources.recipe_stacks import OriginColumn, Stack, set_aside_in_stack
from dataiku_iac.resources.recipe_steps import STEPS, set_aside_in_script
from dataiku_iac.resources.recipe_windows import Windows, set_aside_in_window
from dataiku_iac.resources.short_forms import One
from dataiku_iac.resources.short_values import BOOLEAN, COUNT, NAMES, OBJECT, OBJECTS, TEXT, Verbatim

__all__ = ["VISUAL"]

# --- pieces that several types have ---

_PRE: Final = One("filter", "preFilter", FILTER)
_POST: Final = One("post_filter", "postFilter", FILTER)
_COMPUTED: Final = One("computed_columns", "computedColumns", OBJECTS)
_RENAMED: Final = One("rename", "outputColumnNameOverrides", OBJECT)
_COUNT_ROWS: Final = One("count", "globalCount", BOOLEAN)
_GREL: Final[JsonObject] = {"computedColumns": {"*": {"mode": "GREL"}}}
_OFF: Final[JsonObject] = {"preFilter": FILTER_DEFAULTS, "postFilter": FILTER_DEFAULTS}
_NO_RANKS: Final[JsonObject] = dict.fromkeys(RANKS.words.values(), False)


def _filters(*paths: str, then: Change = leave_as_is) -> Change:
    def set_aside(payload: JsonObject) -> JsonObject:
        for path in paths:
            changed = change_at(payload, path, set_aside_in_filter)
            payload = changed if is_object(changed) else payload
        return then(payload)

    return set_aside


def _without_unselected(payload: JsonObject) -> JsonObject:
    """Set ``values`` aside that aggregate nothing: the editor lists every column of the input [seen]."""
    values = payload.get("values")
    if not isinstance(values, list):
        return payload
    idle = [
        value
        for value in values
        if is_object(value) and not value.get("customExpr") and not any(value.get(flag) for flag in AGGREGATES)
    ]
    return (
        {**payload, "values": [value for value in values if value not in idle], UNSELECTED: idle} if idle else payload
    )


def _in_selection(params: JsonObject) -> JsonObject:
    changed = change_at(params, "selection", set_aside_in_selection)
    return changed if is_object(changed) else params


def _join(equal: str, **defaults: bool) -> Shape:
    flags = dict.fromkeys(("caseInsensitive", "normalizeText", "strict"), False)
    table: JsonObject = {
        "preFilter": FILTER_DEFAULTS,
        "computedColumns": [],
        "autoSelectColumns": False,
        "prefix": "",
        "outputColumnsSelectionMode": "MANUAL",  # older payloads lack it and list their columns [seen]
    }
    return Shape(
        payload=(Joins(equal), _POST, _COMPUTED),
        defaults={
            "postFilter": FILTER_DEFAULTS,
            "enableAutoCastInJoinConditions": False,
            **defaults,
            **_GREL,
            "joins": {"*": {"conditionsMode": "AND", "outerJoinOnTheLeft": True, "on": {"*": flags}}},
            "virtualInputs": {"*": table},
        },
        sent={"joins": {"*": {"type": "LEFT", "on": []}}, "engineParams": {}},
        complete=complete_selection,
        set_aside=_filters("postFilter", then=set_aside_in_join),
    )


VISUAL: Final[Mapping[str, Shape]] = MappingProxyType(
    {
        "shaker": Shape(
            payload=(STEPS,),
            defaults=STEP_DEFAULTS,
            params_rows=default_rows("engineParams", {"maxThreads": 8}),
            set_aside=set_aside_in_script,
        ),
        "sync": Shape(
            params_defaults={"schemaMode": "STRICT_SYNC"},
            params_rows=default_rows("engineParams", {"maxThreads": 4}),
        ),
        "sampling": Shape(
            payload=(WholeFilter(),),
            params=(One("sample", "selection", SAMPLE),),
            defaults=FILTER_DEFAULTS,
            params_rows={"selection": Field(drops_noise=True)},
            set_aside=set_aside_in_filter,
            set_aside_params=_in_selection,
        ),
        "join": _join("EQ"),
        "fuzzyjoin": _join("", withMetaColumn=False, debugMode=False),
        "geojoin": _join("CONTAINS"),
        "grouping": Shape(
            payload=(COLUMN_KEYS, Aggregations(), _COUNT_ROWS, _PRE, _POST, _COMPUTED, _RENAMED),
            defaults={
                **_OFF,
                **_GREL,
                "outputColumnNameOverrides": {},
                "enlargeYourBits": True,
                "selectAllColumns": False,
            },
            sent={"engineParams": {}, "keys": [], "values": []},
            set_aside=_filters("preFilter", "postFilter", then=_without_unselected),
        ),
        "distinct": Shape(
            payload=(
                COLUMN_KEYS,
                _COUNT_ROWS,
                One("all_columns", "selectAllColumns", BOOLEAN),
                _PRE,
                _POST,
                _COMPUTED,
                _RENAMED,
            ),
            defaults={**_OFF, **_GREL, "outputColumnNameOverrides": {}},
            sent={"engineParams": {}, "keys": [], "globalCount": False},
            set_aside=_filters("preFilter", "postFilter"),
        ),
        "sort": Shape(
            payload=(ORDER_BY, RANKS, _PRE, _COMPUTED, _RENAMED),
            defaults={"preFilter": FILTER_DEFAULTS, **_GREL, **_NO_RANKS, "outputColumnNameOverrides": {}},
            sent={"engineParams": {}, "orders": []},
            set_aside=_filters("preFilter"),
        ),
        "topn": Shape(
            payload=(
                *(PLAIN_KEYS, ORDER_BY, One("top", "firstRows", COUNT), One("bottom", "lastRows", COUNT)),
                *(RANKS, Retrieved(), _PRE, _COMPUTED, _RENAMED),
            ),
            defaults={
                "preFilter": FILTER_DEFAULTS,
                **_GREL,
                **_NO_RANKS,
                "outputColumnNameOverrides": {},
                "retrievedColumns": [],
                "lastRows": 0,
                "retrievedColumnsSelectionMode": "EXPLICIT",  # older payloads lack it and list their columns [seen]
            },
            sent={"engineParams": {}, "orders": [], "firstRows": 0},
            complete=complete_retrieval,
            set_aside=_filters("preFilter", then=set_aside_retrieved),
        ),
        "window": Shape(
            payload=(
                *(
                    Windows(),
                    Aggregations(retrieves=True),
                    RANKS,
                    One("ntile_of", "ntileValues", Verbatim({"type": "string"})),
                ),
                *(_PRE, _POST, _COMPUTED, _RENAMED),
            ),
            defaults={
                **_OFF,
                **_GREL,
                **_NO_RANKS,
                "outputColumnNameOverrides": {},
                "legacyUnboundedWindowStreamBehavior": False,
                "retrievedColumnsSelectionMode": "EXPLICIT",
                "windows": {
                    "*": {
                        **dict.fromkeys(("enablePartitioning", "enableOrdering", "enableLimits"), False),
                        "windowLimitMode": "ROWS",
                    }
                },
            },
            sent={"engineParams": {}, "values": [], "windows": {"*": {"partitioningColumns": [], "orders": []}}},
            complete=complete_retrieval,
            set_aside=_filters("preFilter", "postFilter", then=set_aside_in_window),
        ),
        "pivot": Shape(
            payload=(Pivots(), One("rows", "explicitIdentifiers", NAMES), _PRE, _COMPUTED),
            defaults={
                "preFilter": FILTER_DEFAULTS,
                **_GREL,
                "customAggregates": [],
                "otherColumns": [],
                "sortModalities": True,
                "enginesPreferences": {
                    "enginesPreferenceOrder": [],
                    "forbiddenEngines": [],
                    "preferenceByRecipeType": {},
                    "forbiddenByRecipeType": {},
                },
                "pivots": {"*": {"explicitValues": [], "minOccLimit": 0}},
            },
            sent={"engineParams": {}},
            set_aside=_filters("preFilter", then=set_aside_in_pivot),
        ),
        "split": Shape(
            payload=(
                *(Splits(), One("column", "column", TEXT), One("columns", "randomColumns", NAMES)),
                *(
                    One("order_by", "centileOrders", ORDERS),
                    One("seed", "seed", Verbatim({"type": "integer"})),
                    _PRE,
                    _COMPUTED,
                ),
            ),
            defaults={
                "preFilter": FILTER_DEFAULTS,
                **_GREL,
                "seed": 1337,
                **dict.fromkeys(
                    ("centileShuffle", "centileTDigest", "rangeSetTime", "writeComputedColumnsInOutput"), False
                ),
                **{splits: {"*": {"filter": {"distinct": False}}} for splits in ("filterSplits", "rangeSplits")},
                "valueSplits": {"*": {"caseSensitive": False}},
            },
            sent={"engineParams": {}, "defaultOutputIndex": -1},
            set_aside=_filters("preFilter", then=set_aside_in_split),
        ),
        "vstack": Shape(
            payload=(Stack(), One("columns", "selectedColumns", NAMES), OriginColumn(), _POST),
            defaults={
                "postFilter": FILTER_DEFAULTS,
                "addOriginColumn": False,
                "selectedColumnsIndexes": [],
                "virtualInputs": {"*": {"preFilter": FILTER_DEFAULTS}},
            },
            sent={"mode": "UNION", "engineParams": {}},
            set_aside=_filters("postFilter", then=set_aside_in_stack),
        ),
    }
)
"""Type to its row."""
