"""Fragments of recipes, generated from how often each field was seen and with which values.

The numbers are percentages of the fact sheet (object-shapes.md 3, 7 and 8): older versions lack newer fields, so nearly every
field can be absent. Here and there a value is odd, as a short form must never be the reason to lose one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from hypothesis import strategies as st

__all__ = [
    "ANYTHING",
    "BOOL",
    "COLUMN",
    "COMMON",
    "COMPUTED",
    "ENGINE",
    "FEATURE",
    "FILTER",
    "FLAGS",
    "GROUP",
    "ORDERS",
    "PROCESSOR",
    "RANKS",
    "SELECTION",
    "SHARES",
    "TEXT",
    "VALUE",
    "WINDOW",
    "obj",
    "one_of",
    "some",
    "splits",
]

COLUMN: Final = st.sampled_from(["id", "amount", "country", "Urban (%)", "on", "é t", "true", "12"])
TEXT: Final = st.sampled_from(["", "a", "amount > 0", "$v", "x: y", "NULL", "#1", "two\nlines"])
ODD: Final = st.sampled_from([None, "", [], {}, 0, -1, True, False, "a", 1.5, {"dss": 1}, {"column": 1}, [None]])
BOOL: Final = st.booleans()
INT: Final = st.integers(-1, 5)
NUM: Final = st.sampled_from([0, 1, 2008, -25, 0.5, 1.0])

Maybe = tuple[int, st.SearchStrategy[Any]]


def one_of(*values: Any) -> st.SearchStrategy[Any]:
    return st.sampled_from(values)


@st.composite
def obj(draw: Callable[..., Any], fields: Mapping[str, st.SearchStrategy[Any] | Maybe]) -> dict[str, Any]:
    """An object; a pair ``(70, values)`` is there in 70 % of them. One field in fifty is odd, some objects have new ones."""
    found: dict[str, Any] = {}
    for key, field in fields.items():
        percent, values = field if isinstance(field, tuple) else (100, field)
        if draw(st.integers(1, 100)) <= percent:
            found[key] = draw(ODD if draw(st.integers(1, 50)) == 50 else values)
    if draw(st.integers(1, 40)) == 40:
        found[draw(one_of("newInDss99", "dss", "type", "on", "filter"))] = draw(ODD)
    return found


def some(values: st.SearchStrategy[Any], most: int = 3) -> st.SearchStrategy[list[Any]]:
    return st.lists(values, max_size=most)


# --- fragments ---

CONDITION: Final = obj(
    {
        "input": COLUMN,
        "operator": one_of(
            *("== [number]", "!= [number]", ">= [number]", ">  [number]", "== [string]", "contains", "regex", "true"),
            *("is empty", "not empty string", "== [NaNcolumn]", ">= [date]", "newer operator"),
        ),
        "col": (60, COLUMN),
        "string": (50, TEXT),
        "num": (80, NUM),
        "date": (10, st.just("2019-12-20")),
        "unit": (10, st.just("seconds")),
    }
)
FILTER: Final = obj(
    {
        "distinct": (95, one_of(False, False, False, True)),
        "enabled": (95, one_of(False, True)),
        "uiData": (60, obj({"mode": one_of("&&", "||", "CUSTOM", "SQL", "NEW"), "conditions": (90, some(CONDITION))})),
        "expression": (30, TEXT),
        "language": (10, st.just("GREL")),
        "$status": (30, st.just({"ok": True})),
    }
)
COMPUTED: Final = some(
    obj({"mode": one_of("GREL", "SQL"), "name": COLUMN, "expr": TEXT, "type": one_of("double", "string")}), 2
)
ENGINE: Final = obj(
    {
        "hive": (
            97,
            obj({"inheritConf": st.just("default"), "executionEngine": one_of("HIVESERVER2", "HIVECLI_LOCAL")}),
        ),
        "impala": (97, st.just({"forceStreamMode": True})),
        "maxThreads": (60, one_of(8, 4)),
        "lowerCaseSchemaIfEngineRequiresIt": (56, BOOL),
        "sparkSQL": (
            56,
            obj(
                {
                    "overwriteOutputSchema": one_of(False, True),
                    "readParams": st.just({"mode": "AUTO", "map": {"A": {}}}),
                }
            ),
        ),
    }
)
COMMON: Final[Mapping[str, Any]] = {
    "preFilter": (90, FILTER),
    "postFilter": (90, FILTER),
    "computedColumns": (95, COMPUTED),
    "engineParams": (98, ENGINE),
    "engineType": (9, one_of("SQL", "DSS", "SPARK", "odd")),
    "outputColumnNameOverrides": (95, one_of({}, {"a": "b"})),
}
ORDERS: Final = some(obj({"column": COLUMN, "desc": BOOL}), 2)
RANKS: Final[Mapping[str, Any]] = {key: (90, one_of(False, False, True)) for key in ("rank", "denseRank", "rowNumber")}
FLAGS: Final[Mapping[str, Any]] = {
    key: (90, one_of(False, False, False, True)) for key in ("sum", "avg", "first", "countDistinct", "concat")
}
VALUE: Final = obj(
    {
        "column": (97, COLUMN),
        "customName": (5, COLUMN),
        "customExpr": (5, TEXT),
        "type": (97, st.just("double")),
        "orderColumn": (7, COLUMN),
        "$idx": (30, INT),
        **FLAGS,
    }
)

WINDOW: Final = obj(
    {
        "enablePartitioning": (93, BOOL),
        "partitioningColumns": (80, some(COLUMN)),
        "enableOrdering": (93, BOOL),
        "orders": ORDERS,
        "enableLimits": (93, BOOL),
        "windowLimitMode": (68, one_of("ROWS", "RANGE")),
        "limitPreceding": (89, BOOL),
        "precedingRows": (75, INT),
        "limitFollowing": (93, BOOL),
        "followingRows": (79, INT),
        "windowLowerBound": (84, NUM),
        "windowUpperBound": (84, NUM),
        "windowDateRangeUnit": (20, one_of("DAY", "WEEK")),
        "prefix": (41, TEXT),
    }
)


def splits(**fields: Any) -> st.SearchStrategy[Any]:
    return some(obj({"outputIndex": st.integers(0, 3), **fields}))


SHARES: Final = (99, splits(share=one_of(50, 80)))
STEP_FIELDS: Final[Mapping[str, Any]] = {
    "metaType": (98, st.just("PROCESSOR")),
    "preview": (95, BOOL),
    "disabled": (95, one_of(False, True)),
    "alwaysShowComment": (90, st.just(False)),
    "name": (5, TEXT),
    "comment": (5, TEXT),
}
_APPLIES: Final[Mapping[str, Any]] = {
    "appliesTo": (97, one_of("SINGLE_COLUMN", "COLUMNS", "ALL", "PATTERN")),
    "columns": (95, some(COLUMN, 2)),
}
_PAIRS: Final = some(obj({"from": TEXT, "to": TEXT, "$$hashKey": (20, st.just("object:1"))}))
_PROCESSORS: Final[Mapping[str, Mapping[str, Any]]] = {
    "CreateColumnWithGREL": {"column": COLUMN, "expression": TEXT, "errorColumn": (40, st.just(""))},
    "ColumnRenamer": {"renamings": _PAIRS},
    "ColumnsSelector": {**_APPLIES, "keep": BOOL},
    "ColumnCopier": {"inputColumn": COLUMN, "outputColumn": COLUMN},
    "FillEmptyWithValue": {**_APPLIES, "value": TEXT},
    "RemoveRowsOnEmpty": {**_APPLIES, "keep": one_of(False, True)},
    "FindReplace": {
        **_APPLIES,
        "mapping": _PAIRS,
        "matching": one_of("SUBSTRING", "PATTERN"),
        "normalization": one_of("EXACT", "NORMALIZED"),
        "output": (90, TEXT),
        "stopAfterFirstMatch": (90, BOOL),
        "useDatasetForMapping": (40, BOOL),
    },
    "FilterOnValue": {
        **_APPLIES,
        "values": some(TEXT),
        "action": one_of("REMOVE_ROW", "KEEP_ROW"),
        "booleanMode": one_of("AND", "OR"),
        "matchingMode": one_of("FULL_STRING", "PATTERN"),
        "normalizationMode": st.just("EXACT"),
        "exclude": (20, BOOL),
    },
    "DateParser": {
        **_APPLIES,
        "formats": some(TEXT),
        "timezone_id": st.just("UTC"),
        "lang": one_of("auto", "fr"),
        "outCol": (50, TEXT),
    },
    "DateDifference": {"input1": COLUMN, "reverse": BOOL, "refDate": (20, TEXT)},
}
PROCESSOR: Final = st.one_of(
    [obj({"type": st.just(kind), "params": obj(params), **STEP_FIELDS}) for kind, params in _PROCESSORS.items()]
)
GROUP: Final = obj({**STEP_FIELDS, "metaType": st.just("GROUP"), "name": (97, TEXT), "steps": some(PROCESSOR, 2)})
FEATURE: Final = obj(
    {
        "type": one_of("NUMERIC", "CATEGORY"),
        "role": one_of("INPUT", "REJECT", "TARGET"),
        "sendToInput": st.just("main"),
        "numerical_handling": (70, one_of("REGULAR", "QUANTILE_BIN")),
        "rescaling": (90, st.just("AVGSTD")),
        "missing_handling": (95, one_of("IMPUTE", "NONE")),
        "missing_impute_with": (95, one_of("MEAN", "CONSTANT")),
        "impute_constant_value": (90, st.just(0.0)),
        "quantile_bin_nb_bins": (70, st.just(4)),
        "dummy_clip": (30, TEXT),
        "state": (95, st.just({"userModified": False, "recordedMeaning": "Text"})),
    }
)
SELECTION: Final = obj(
    {
        "samplingMethod": (
            99,
            one_of("FULL", "HEAD_SEQUENTIAL", "RANDOM_FIXED_NB", "RANDOM_FIXED_RATIO", "COLUMN_BASED"),
        ),
        "maxRecords": (98, one_of(-1, 100000)),
        "targetRatio": (98, one_of(0.02, 0.5)),
        "seed": (20, st.just(1337)),
        "useMemTable": (98, st.just(False)),
        "filter": (98, st.just({"distinct": False, "enabled": False})),
    }
)
ANYTHING: Final = st.dictionaries(
    COLUMN, st.recursive(ODD, lambda inner: st.lists(inner, max_size=2), max_leaves=3), max_size=4
)
