"""Recipes as DSS could have them, see ``recipe_fragments``."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from hypothesis import strategies as st

from dataiku_iac.core.kind import Document
from dataiku_iac.resources.recipe_fields import parse_recipe
from dataiku_iac.resources.recipe_payloads import parse_payload
from tests.laws.recipe_fragments import (
    ANYTHING,
    BOOL,
    COLUMN,
    COMMON,
    COMPUTED,
    ENGINE,
    FEATURE,
    FILTER,
    FLAGS,
    GROUP,
    ORDERS,
    PROCESSOR,
    RANKS,
    SELECTION,
    SHARES,
    TEXT,
    VALUE,
    WINDOW,
    obj,
    one_of,
    some,
    splits,
)

__all__ = ["RECIPE_KINDS", "recipes"]

INPUTS: Final = ("ORDERS", "CUSTOMERS", "OTHER.SHARED")
OUTPUTS: Final = ("OUT", "REST", "drop")

# --- payloads by type ---


def _join(kind: str) -> st.SearchStrategy[Any]:
    column = st.builds(lambda name, table: {"name": name, "table": table}, COLUMN, st.integers(0, 3))
    types = {"join": one_of("EQ", "EQ", "EQ", "GTE", "K_NEAREST"), "geojoin": one_of("DWITHIN", "CONTAINS")}
    condition = obj(
        {
            "column1": column,
            "column2": column,
            "maxDistance": (82, one_of(0, 1)),
            "maxMatches": (69, st.just(1)),
            "dateDiffUnit": (77, one_of("DAY", "SECOND")),
            "caseInsensitive": (74, one_of(False, False, True)),
            "windowFrom": (12, st.just(0)),
            "strict": (70, one_of(False, True)),
            **(
                {"type": types[kind]}
                if kind in types
                else {"fuzzyMatchDesc": st.just({"distanceType": "LEVENSHTEIN", "threshold": 1})}
            ),
            **({"threshold": st.just(5), "unit": one_of("KILOMETER", "METER")} if kind == "geojoin" else {}),
        }
    )
    join = obj(
        {
            "table1": one_of(0, 0, 0, 1),
            "table2": one_of(1, 1, 2, 3),
            "type": one_of("LEFT", "INNER", "ADVANCED", "Odd"),
            "conditionsMode": (97, st.just("AND")),
            "outerJoinOnTheLeft": (99, one_of(True, True, False)),
            "on": some(condition),
            "rightLimit": (
                65,
                obj({"enabled": (24, BOOL), "type": (20, st.just("KEEP_LARGEST")), "maxMatches": (24, one_of(0, 1))}),
            ),
            "customSQLCondition": (3, TEXT),
        }
    )
    table = obj(
        {
            "index": st.integers(0, 3),
            "preFilter": (67, FILTER),
            "computedColumns": (54, COMPUTED),
            "prefix": (12, TEXT),
            "autoSelectColumns": (54, BOOL),
            "outputColumnsSelectionMode": (25, one_of("MANUAL", "AUTO_NON_CONFLICTING")),
            "originLabel": (22, COLUMN),
        }
    )
    tables = st.one_of(some(table), st.builds(lambda n: [{"index": i} for i in range(n)], st.integers(2, 3)))
    selected = obj({"name": COLUMN, "table": st.integers(0, 2), "type": (97, st.just("string")), "alias": (10, COLUMN)})
    return obj(
        {
            "joins": some(join, 2),
            "virtualInputs": (98, tables),
            "selectedColumns": (98, some(selected, 4)),
            "postFilter": (98, FILTER),
            "enableAutoCastInJoinConditions": (97, one_of(False, True)),
            "computedColumns": (97, COMPUTED),
            "engineParams": ENGINE,
            "engineType": (9, one_of("SQL", "DSS")),
        }
    )


_PAYLOADS: Final[Mapping[str, st.SearchStrategy[Any]]] = {
    **{kind: _join(kind) for kind in ("join", "fuzzyjoin", "geojoin")},
    "grouping": obj(
        {
            **COMMON,
            "keys": some(obj({"column": COLUMN, "type": (98, st.just("string")), "orderColumn": (2, COLUMN), **FLAGS})),
            "values": some(VALUE, 5),
            "globalCount": BOOL,
            "enlargeYourBits": (98, one_of(True, True, False)),
            "selectAllColumns": (5, st.just(False)),
        }
    ),
    "window": obj(
        {
            **COMMON,
            **RANKS,
            "windows": some(WINDOW, 2),
            "ntile": (98, BOOL),
            "ntileValues": one_of("10", ""),
            "retrievedColumnsSelectionMode": (15, one_of("ALL", "EXPLICIT")),
            "values": some(
                obj(
                    {
                        "column": COLUMN,
                        "type": (88, st.just("double")),
                        "value": (98, one_of(True, True, False)),
                        **FLAGS,
                        "lag": (95, BOOL),
                        "lagValues": (92, one_of("1", "1,2")),
                        "dateDiffUnit": (92, st.just("DAY")),
                    }
                ),
                4,
            ),
        }
    ),
    "distinct": obj(
        {**COMMON, "keys": some(obj({"column": COLUMN})), "globalCount": BOOL, "selectAllColumns": (10, BOOL)}
    ),
    "sort": obj({**COMMON, **RANKS, "orders": ORDERS}),
    "topn": obj(
        {
            **COMMON,
            **RANKS,
            "orders": ORDERS,
            "keys": some(COLUMN),
            "firstRows": st.integers(0, 9),
            "lastRows": one_of(0, 0, 3),
            "duplicateCount": (98, BOOL),
            "retrievedColumns": some(COLUMN),
            "retrievedColumnsSelectionMode": (19, one_of("ALL", "EXPLICIT")),
        }
    ),
    "pivot": obj(
        {
            **COMMON,
            "explicitIdentifiers": some(COLUMN),
            "otherColumns": st.just([]),
            "sortModalities": BOOL,
            "pivots": some(
                obj(
                    {
                        "keyColumns": some(COLUMN),
                        "valueColumns": some(VALUE, 2),
                        "globalCount": BOOL,
                        "minOccLimit": st.just(0),
                        "valueLimit": (91, one_of("TOP_N", "NO_LIMIT", "EXPLICIT")),
                        "topnLimit": one_of(20, 0),
                        "explicitValues": one_of([], [["a"]]),
                    }
                ),
                2,
            ),
        }
    ),
    "split": obj(
        {
            **COMMON,
            "mode": (95, one_of("FILTERS", "RANDOM", "VALUES", "CENTILE", "RANDOM_COLUMNS", "RANGE", "NEW")),
            "filterSplits": (99, splits(filter=FILTER)),
            "rangeSplits": (99, splits(filter=FILTER)),
            "randomSplits": SHARES,
            "centileSplits": SHARES,
            "randomColumnsSplits": SHARES,
            "randomColumns": (99, some(COLUMN)),
            "centileOrders": (99, ORDERS),
            "valueSplits": splits(value=(64, one_of("", 1, "x")), caseSensitive=(82, BOOL)),
            "column": (31, COLUMN),
            "seed": (98, one_of(1337, 1000)),
            "defaultOutputIndex": one_of(-1, 0, 1, 2, 7),
            "centileShuffle": (98, st.just(False)),
        }
    ),
    "vstack": obj(
        {
            **COMMON,
            "mode": one_of("UNION", "INTERSECT", "CUSTOM", "FROM_INDEX"),
            "selectedColumns": (98, some(COLUMN)),
            "addOriginColumn": one_of(False, False, True),
            "originColumnName": (98, one_of("original_dataset", "")),
            "virtualInputs": st.one_of(
                st.builds(lambda n: [{"index": i, "originLabel": "x"} for i in range(n)], st.just(len(INPUTS))),
                some(obj({"index": st.integers(0, 3), "originLabel": COLUMN, "preFilter": (95, FILTER)})),
            ),
        }
    ),
    "sampling": FILTER,
    "shaker": obj(
        {
            "steps": some(st.one_of(PROCESSOR, PROCESSOR, GROUP), 4),
            "maxProcessedMemTableBytes": (98, st.just(-1)),
            "columnsSelection": obj({"mode": one_of("ALL", "SOME"), "list": (20, st.just([{"name": "a", "d": True}]))}),
            "explorationSampling": (98, ANYTHING),
            "coloring": (98, ANYTHING),
            "analysisColumnData": (98, ANYTHING),
        }
    ),
    "prediction_training": obj(
        {
            "core": obj({"target_variable": COLUMN, "time": st.just({"ascending": True, "enabled": False})}),
            "preprocessing": obj(
                {
                    "per_feature": st.dictionaries(COLUMN, FEATURE, max_size=3),
                    "feature_selection_params": obj({"method": one_of("NONE", "LASSO"), "lasso_params": ANYTHING}),
                    "feature_generation": st.just({"pairwise_linear": {"behavior": "DISABLED", "k": 1}}),
                }
            ),
            "splitParams": obj({"ssdSelection": SELECTION, "ssdSeed": st.just(1337)}),
            "backendType": st.just("PY_MEMORY"),
        }
    ),
    "prediction_scoring": obj(
        {"batchSize": (82, one_of(100, 5)), "outputProbabilities": (99, BOOL), "gpuList": (62, st.just([0]))}
    ),
    "prompt": obj(
        {"llmId": st.just("x"), "prompt": ANYTHING, "completionSettings": obj({"stopSequences": some(TEXT)})}
    ),
    "extract_content": ANYTHING,
    "update": obj({"uniqueKey": some(COLUMN), "filter": FILTER, "addMissingRows": BOOL}),
}
_PARAMS: Final[Mapping[str, st.SearchStrategy[Any]]] = {
    **dict.fromkeys(
        ("python", "r"),
        obj(
            {
                "envSelection": obj(
                    {"envMode": one_of("INHERIT", "EXPLICIT_ENV", "USE_BUILTIN_MODE"), "envName": (30, TEXT)}
                ),
                "containerSelection": (
                    97,
                    obj({"containerMode": one_of("INHERIT", "NONE"), "containerConf": (6, TEXT)}),
                ),
                "skipPrerunValidate": BOOL,
            }
        ),
    ),
    **dict.fromkeys(
        ("shaker", "sync"), obj({"engineParams": (98, ENGINE), "engineType": (10, one_of("DSS", "SQL", "odd"))})
    ),
    "sampling": obj({"selection": (99, SELECTION), "engineParams": ENGINE}),
    "CustomCode_x": obj({"customConfig": ANYTHING, "containerSelection": st.just({"containerMode": "INHERIT"})}),
    "list_folder_contents": obj({"path": BOOL, "levelMapping": some(ANYTHING)}),
    "export": obj({"clearOutputPartition": st.just(False), "exportParams": (70, ANYTHING)}),
}
RECIPE_KINDS: Final = tuple(sorted({*_PAYLOADS, *_PARAMS}))


@st.composite
def recipes(draw: Callable[..., Any], kind: str) -> Document:
    """A document of a recipe of this type, as ``read`` makes it of what a node answers."""
    count = draw(st.integers(1, len(INPUTS)))
    recipe: dict[str, Any] = {
        "type": kind,
        "inputs": {"main": {"items": [{"ref": ref, "deps": []} for ref in INPUTS[:count]]}},
        "outputs": {
            "main": {"items": [{"ref": ref, "appendMode": False} for ref in OUTPUTS[: 3 if kind == "split" else 1]]}
        },
        **({"params": draw(_PARAMS[kind])} if kind in _PARAMS else {}),
        "versionTag": {"versionNumber": 3},
        "tags": [],
    }
    payload = draw(TEXT) if kind in ("python", "r") else json.dumps(draw(_PAYLOADS[kind])) if kind in _PAYLOADS else ""
    return {"definition": {"recipe": parse_recipe(recipe), "payload": parse_payload(kind, payload)}, "zone": "default"}
