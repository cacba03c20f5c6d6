"""The classes behind the payloads of visual recipes, as far as real payloads show them. Source: object-shapes.md 8.

The API stores payloads as they come [seen]; it is the user interface that reads them into classes and saves all defaults. So these
shapes are open, and hold only what real payloads of one generation have and of another lack, with the value that nearly all have.
"""

from collections.abc import Mapping
from typing import Final

from emulator.fragments import CONTAINER_SELECTION
from emulator.recipes.shapes import SQL_ENGINE_PARAMS
from emulator.shapes import Field, Shape, items_of, nested, optional, value

__all__ = ["PAYLOADS"]

_NO_FILTER: Final = {"distinct": False, "enabled": False}
_BY_GROUP: Final = (
    "min",
    "max",
    "last",
    "count",
    "sum",
    "countDistinct",
    "avg",
    "first",
    "stddev",
    "concat",
    "firstLastNotNull",
    "sum2",
    "concatDistinct",
    "median",
)
_BY_WINDOW: Final = ("lag", "lead", "lagDiff", "leadDiff")
_ENGINE: Final = {"engineParams": nested(SQL_ENGINE_PARAMS.extended({}, is_open=True))}
_COMPUTED: Final = {"computedColumns": value([])}
_FILTERED: Final = {"preFilter": value(_NO_FILTER), "postFilter": value(_NO_FILTER)}
_RENAMED: Final = {"outputColumnNameOverrides": value({})}


def _flags(*names: str) -> dict[str, Field]:
    return {name: value(False) for name in names}


def _open(name: str, fields: Mapping[str, Field]) -> Shape:
    return Shape(name, fields, is_open=True)


_CONDITION: Final = _open(
    "JoinCondition",
    {
        "type": value("EQ"),
        "maxDistance": value(0),
        "maxMatches": value(1),
        "dateDiffUnit": value("DAY"),
        **_flags("caseInsensitive", "normalizeText", "strict"),
        "windowFrom": value(0),
        "windowTo": value(0),
    },
)
_RIGHT_LIMIT: Final = _open(
    "RightLimit",
    {"decisionColumn": value({}), "enabled": value(False), "type": value("KEEP_LARGEST"), "maxMatches": value(1)},
)
_JOIN: Final = _open(
    "Join",
    {
        "conditionsMode": value("AND"),
        "outerJoinOnTheLeft": value(True),
        "rightLimit": nested(_RIGHT_LIMIT),
        "on": items_of(_CONDITION),
    },
)
_PLAIN_JOIN: Final = _open("Join", {"conditionsMode": value("AND")})
_VIRTUAL: Final = _open(
    "VirtualInput", {"preFilter": value(_NO_FILTER), "autoSelectColumns": value(False), "computedColumns": value([])}
)
_STACKED: Final = _open("VirtualInput", {"preFilter": value(_NO_FILTER)})
_MATCHED: Final = _open("VirtualInput", {"autoSelectColumns": value(False)})
_AGGREGATED: Final = _open("AggregatedColumn", _flags(*_BY_GROUP))
_WINDOWED: Final = _open(
    "WindowedColumn",
    {
        **_flags(*(name for name in _BY_GROUP if name not in ("median", "sum2")), *_BY_WINDOW),
        "lagValues": value("1"),
        "leadValues": value("1"),
        "dateDiffUnit": value("DAY"),
    },
)
_WINDOW: Final = _open(
    "Window",
    {
        "windowLimitMode": value("ROWS"),
        "partitioningColumns": value([]),
        **_flags("enablePartitioning", "enableOrdering", "limitPreceding", "limitFollowing", "enableLimits"),
        "orders": value([]),
        "precedingRows": value(0),
        "followingRows": value(0),
        "windowLowerBound": value(0),
        "windowUpperBound": value(0),
    },
)
_STEP: Final = _open(
    "PrepareStep", {"metaType": value("PROCESSOR"), **_flags("preview", "disabled", "alwaysShowComment")}
)
_RANKS: Final = _flags("rowNumber", "rank", "denseRank")

PAYLOADS: Final[Mapping[str, Shape]] = {
    "shaker": _open(
        "PrepareScript",
        {
            "columnsSelection": value({"mode": "ALL"}),
            "explorationFilters": value([]),
            "origin": value("PREPARE_RECIPE"),
            "exploreUIParams": value({"autoRefresh": True}),
            "maxProcessedMemTableBytes": value(-1),
            "steps": items_of(_STEP),
            "sorting": value([]),
            "globalSearchQuery": value(""),
        },
    ),
    "join": _open(
        "JoinPayload",
        {
            "joins": items_of(_JOIN),
            "virtualInputs": items_of(_VIRTUAL),
            **_COMPUTED,
            "postFilter": value(_NO_FILTER),
            "enableAutoCastInJoinConditions": value(False),
            **_ENGINE,
        },
    ),
    "fuzzyjoin": _open(
        "FuzzyJoinPayload",
        {
            "joins": items_of(_PLAIN_JOIN),
            "virtualInputs": items_of(_MATCHED),
            **_flags("withMetaColumn", "debugMode"),
            **_COMPUTED,
            "postFilter": value(_NO_FILTER),
            **_ENGINE,
        },
    ),
    "geojoin": _open(
        "GeoJoinPayload",
        {
            "joins": items_of(_PLAIN_JOIN),
            "virtualInputs": items_of(_VIRTUAL),
            **_COMPUTED,
            "postFilter": value(_NO_FILTER),
            **_ENGINE,
        },
    ),
    "grouping": _open(
        "GroupingPayload",
        {
            "keys": items_of(_AGGREGATED),
            "values": items_of(_AGGREGATED),
            "enlargeYourBits": value(True),
            **_RENAMED,
            **_COMPUTED,
            **_FILTERED,
            **_ENGINE,
        },
    ),
    "window": _open(
        "WindowPayload",
        {
            "keys": value([]),
            "values": items_of(_WINDOWED),
            "windows": items_of(_WINDOW),
            **_RANKS,
            **_flags("cumeDist", "ntile", "legacyUnboundedWindowStreamBehavior"),
            **_RENAMED,
            **_COMPUTED,
            **_FILTERED,
            **_ENGINE,
        },
    ),
    "split": _open(
        "SplitPayload",
        {
            **_flags("centileShuffle", "rangeSetTime", "centileTDigest", "writeComputedColumnsInOutput"),
            "seed": value(1337),
            "valueSplits": items_of(_open("ValueSplit", _flags("caseSensitive"))),
            "preFilter": value(_NO_FILTER),
            **_COMPUTED,
            **_ENGINE,
        },
    ),
    "vstack": _open(
        "StackPayload",
        {
            "virtualInputs": items_of(_STACKED),
            "addOriginColumn": value(False),
            "postFilter": value(_NO_FILTER),
            **_ENGINE,
        },
    ),
    "pivot": _open(
        "PivotPayload",
        {
            "pivots": items_of(_open("Pivot", {"explicitValues": value([])})),
            "sortModalities": value(True),
            "customAggregates": value([]),
            "otherColumns": value([]),
            "enginesPreferences": value({}),
            "preFilter": value(_NO_FILTER),
            **_COMPUTED,
            **_ENGINE,
        },
    ),
    "topn": _open(
        "TopNPayload",
        {
            **_RANKS,
            "duplicateCount": value(False),
            "preFilter": value(_NO_FILTER),
            **_RENAMED,
            **_COMPUTED,
            **_ENGINE,
        },
    ),
    "distinct": _open("DistinctPayload", {"globalCount": value(False), **_FILTERED, **_RENAMED, **_ENGINE}),
    "sort": _open("SortPayload", {**_RANKS, "preFilter": value(_NO_FILTER), **_RENAMED, **_COMPUTED, **_ENGINE}),
    "update": _open(
        "UpdatePayload",
        {
            **_flags("deleteMissingRows", "deleteMissingCols"),
            "addMissingRows": value(True),
            "addMissingCols": value(True),
        },
    ),
    "nlp_llm_finetuning": _open(
        "FineTuningPayload",
        {"containerSelection": nested(CONTAINER_SELECTION), "completionSettings": optional()},
    ),
}
