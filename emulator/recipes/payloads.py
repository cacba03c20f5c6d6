"""The payload that a visual recipe is born with, from the schemas of its inputs. Source: object-shapes.md 8, api-flow.md 6.3, 7.

An input is a list of columns ``{"name", "type"}``. Kinds without an entry are born without a payload.
"""

import json
from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from emulator.json_text import JsonObject
from emulator.recipes.ml_payloads import ML_PAYLOADS
from emulator.recipes.shapes import SQL_ENGINE_PARAMS

__all__ = ["fresh_payload"]

Columns: TypeAlias = list[JsonObject]
_NO_FILTER: Final = {"distinct": False, "enabled": False}
_AGGREGATIONS: Final = [
    "last",
    "max",
    "firstLastNotNull",
    "count",
    "sum",
    "concat",
    "concatDistinct",
    "sum2",
    "min",
    "countDistinct",
    "avg",
    "median",
    "stddev",
    "first",
]
_WINDOW_FLAGS: Final = ["lag", "lead", "lagDiff", "leadDiff"]


def fresh_payload(recipe_type: str, inputs: list[Columns], settings: JsonObject) -> str | None:
    """Return the payload text of a new recipe, or ``None`` if it is born without one."""
    make = _FRESH.get(recipe_type)
    return None if make is None else make(inputs, settings)


def _text(document: JsonObject) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False)


def _first(inputs: list[Columns]) -> Columns:
    return inputs[0] if inputs else []


def _flags(names: list[str]) -> JsonObject:
    return dict.fromkeys(names, False)


def _filters() -> JsonObject:
    return {
        "preFilter": dict(_NO_FILTER),
        "postFilter": dict(_NO_FILTER),
        "computedColumns": [],
        "outputColumnNameOverrides": {},
    }


def _engine() -> JsonObject:
    return {"engineParams": SQL_ENGINE_PARAMS.apply({})}


def _columns(columns: Columns, flags: JsonObject) -> list[JsonObject]:
    return [{"column": column["name"], "type": column["type"], **flags} for column in columns]


def _shaker(inputs: list[Columns], settings: JsonObject) -> str:
    del inputs, settings
    return _text(
        {
            "columnsSelection": {"mode": "ALL"},
            "explorationSampling": {
                "_refreshTrigger": 0,
                "autoRefreshSample": False,
                "selection": {
                    "useMemTable": False,
                    "filter": dict(_NO_FILTER),
                    "partitionSelectionMethod": "ALL",
                    "latestPartitionsN": 1,
                    "ordering": {"enabled": False, "rules": []},
                    "samplingMethod": "HEAD_SEQUENTIAL",
                    "maxRecords": 10000,
                    "targetRatio": 0.02,
                    "ascending": True,
                    "withinFirstN": -1,
                    "maxReadUncompressedBytes": -1,
                    "maxStoredBytes": 104857600,
                },
            },
            "explorationFilters": [],
            "origin": "PREPARE_RECIPE",
            "exploreUIParams": {"autoRefresh": True},
            "steps": [],
            "maxProcessedMemTableBytes": -1,
            "previewMode": "ALL_ROWS",
            "vizSampling": {"_refreshTrigger": 0, "autoRefreshSample": False},
            "analysisColumnData": {},
            "columnWidthsByName": {},
            "sorting": [],
            "globalSearchQuery": "",
            "coloring": {"scheme": "MEANING_AND_STATUS", "individualColumns": [], "valueColoringMode": "HASH"},
        }
    )


def _grouping(inputs: list[Columns], settings: JsonObject) -> str:
    key, columns = settings.get("groupKey"), _first(inputs)
    flags = _flags(_AGGREGATIONS)
    return _text(
        {
            **_filters(),
            "keys": _columns([column for column in columns if column["name"] == key], flags),
            "values": _columns([column for column in columns if column["name"] != key], flags),
            "globalCount": True,
            "enlargeYourBits": True,
            **_engine(),
        }
    )


def _upsert(inputs: list[Columns], settings: JsonObject) -> str:
    key = settings.get("upsertKey")
    columns = [column for column in _first(inputs) if column["name"] == key]
    return _text({**_filters(), "keys": [{"column": column["name"]} for column in columns], **_engine()})


def _join(inputs: list[Columns], settings: JsonObject) -> str:
    del settings
    seen: set[str] = set()
    selected: list[JsonObject] = []
    for table, columns in enumerate(inputs):
        selected += [{**column, "table": table} for column in columns if column["name"] not in seen]
        seen |= {column["name"] for column in columns}
    return _text(
        {
            "virtualInputs": [{"index": index, "preFilter": dict(_NO_FILTER)} for index in range(len(inputs))],
            "joins": [_one_join(0, table, inputs) for table in range(1, len(inputs))],
            "selectedColumns": [
                {"name": column["name"], "type": column["type"], "table": column["table"]} for column in selected
            ],
            "computedColumns": [],
            "postFilter": dict(_NO_FILTER),
            "enableAutoCastInJoinConditions": False,
            **_engine(),
        }
    )


def _one_join(left: int, right: int, inputs: list[Columns]) -> JsonObject:
    """One LEFT join, on the first column that both sides have; the node guesses, too."""
    names = [column["name"] for column in inputs[right]]
    shared = next((column["name"] for column in inputs[left] if column["name"] in names), None)
    condition = {
        "type": "EQ",
        "column1": {"name": shared, "table": left},
        "column2": {"name": shared, "table": right},
        "caseInsensitive": False,
        "normalizeText": False,
        "maxDistance": 0,
        "maxMatches": 1,
        "dateDiffUnit": "DAY",
        "strict": False,
    }
    return {
        "table1": left,
        "table2": right,
        "type": "LEFT",
        "conditionsMode": "AND",
        "outerJoinOnTheLeft": True,
        "rightLimit": {"enabled": False, "maxMatches": 1, "type": "KEEP_LARGEST"},
        "on": [] if shared is None else [condition],
    }


def _window(inputs: list[Columns], settings: JsonObject) -> str:
    del settings
    flags = {
        **_flags([*_AGGREGATIONS, *_WINDOW_FLAGS]),
        "value": True,
        "lagValues": "1",
        "leadValues": "1",
        "dateDiffUnit": "DAY",
    }
    window = {
        "enablePartitioning": False,
        "partitioningColumns": [],
        "enableOrdering": False,
        "orders": [],
        "enableLimits": False,
        "limitPreceding": False,
        "precedingRows": 0,
        "limitFollowing": False,
        "followingRows": 0,
        "windowLimitMode": "ROWS",
        "windowLowerBound": 0,
        "windowUpperBound": 0,
    }
    return _text(
        {
            **_filters(),
            "windows": [window],
            "keys": [],
            "values": _columns(_first(inputs), flags),
            **_flags(["rowNumber", "rank", "denseRank", "cumeDist", "ntile"]),
            "ntileValues": "10",
            **_engine(),
        }
    )


def _distinct(inputs: list[Columns], settings: JsonObject) -> str:
    del settings
    keys = [{"column": column["name"]} for column in _first(inputs)]
    return _text({**_filters(), "keys": keys, "globalCount": False, **_engine()})


def _sort(inputs: list[Columns], settings: JsonObject) -> str:
    del inputs, settings
    return _text({**_filters(), "orders": [], **_flags(["rowNumber", "rank", "denseRank"]), **_engine()})


def _topn(inputs: list[Columns], settings: JsonObject) -> str:
    del settings
    return _text(
        {
            **_filters(),
            "firstRows": 10,
            "lastRows": 0,
            "keys": [],
            "orders": [],
            "retrievedColumnsSelectionMode": "ALL",
            "retrievedColumns": [column["name"] for column in _first(inputs)],
            **_flags(["rowNumber", "rank", "denseRank", "duplicateCount"]),
            **_engine(),
        }
    )


def _split(inputs: list[Columns], settings: JsonObject) -> str:
    del settings
    a_filter = {
        "filter": {"uiData": {"mode": "&&", "conditions": []}, "distinct": False, "enabled": True},
        "outputIndex": 0,
    }
    first = _first(inputs)
    return _text(
        {
            "mode": "FILTERS",
            "preFilter": dict(_NO_FILTER),
            "computedColumns": [],
            "valueSplits": [{"outputIndex": 0, "caseSensitive": False}],
            "rangeSplits": [a_filter],
            "filterSplits": [a_filter],
            "randomSplits": [{"outputIndex": 0, "share": 50}],
            "randomColumnsSplits": [{"outputIndex": 0, "share": 50}],
            "randomColumns": [first[0]["name"]] if first else [],
            "centileSplits": [{"outputIndex": 0, "share": 50}],
            "centileOrders": [],
            "defaultOutputIndex": 1,
            "seed": 1337,
            "writeComputedColumnsInOutput": False,
            **_engine(),
        }
    )


def _vstack(inputs: list[Columns], settings: JsonObject) -> str:
    names = dict.fromkeys(column["name"] for columns in inputs for column in columns)
    labels = settings.get("virtualInputs") or []
    return _text(
        {
            "mode": "UNION",
            "virtualInputs": [
                {
                    "index": index,
                    "originLabel": labels[index] if index < len(labels) else "",
                    "preFilter": dict(_NO_FILTER),
                }
                for index in range(len(inputs))
            ],
            "selectedColumns": list(names),
            "addOriginColumn": False,
            "originColumnName": "original_dataset",
            "postFilter": dict(_NO_FILTER),
            **_engine(),
        }
    )


def _pivot(inputs: list[Columns], settings: JsonObject) -> str:
    del inputs, settings
    pivot = {
        "keyColumns": [],
        "valueColumns": [],
        "globalCount": True,
        "valueLimit": "TOP_N",
        "topnLimit": 20,
        "minOccLimit": 2,
    }
    return _text(
        {
            "preFilter": dict(_NO_FILTER),
            "computedColumns": [],
            "pivots": [{**pivot, "explicitValues": []}],
            "explicitIdentifiers": [],
            "identifierColumnsSelection": "EXPLICIT",
            "otherColumns": [],
            "modalitySlugification": "SOFT_SLUGIFY",
            "schemaComputation": "ALWAYS",
            "sortModalities": True,
            **_engine(),
        }
    )


def _prompt(inputs: list[Columns], settings: JsonObject) -> str:
    del inputs
    return _text(settings.get("initialPayload") or {})


def _filter_only(inputs: list[Columns], settings: JsonObject) -> str:
    del inputs, settings
    return _text(dict(_NO_FILTER))


def _empty(inputs: list[Columns], settings: JsonObject) -> str:
    del inputs, settings
    return ""


_FRESH: Final[Mapping[str, Callable[[list[Columns], JsonObject], str]]] = {
    "shaker": _shaker,
    "grouping": _grouping,
    "upsert": _upsert,
    "join": _join,
    "window": _window,
    "distinct": _distinct,
    "sort": _sort,
    "topn": _topn,
    "split": _split,
    "vstack": _vstack,
    "pivot": _pivot,
    "prompt": _prompt,
    **ML_PAYLOADS,
    "sampling": _filter_only,
    "sync": _empty,
    "csync": _empty,
    "export": _empty,
    "list_folder_contents": _empty,
    "merge_folder": _empty,
}
