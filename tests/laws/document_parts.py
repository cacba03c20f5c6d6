"""Pieces of documents of datasets, folders, scenarios, projects, …, generated from how often each field was seen.

The numbers are percentages of the fact sheet (object-shapes.md 3 to 14): older versions lack newer fields, so nearly every
field can be absent.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from hypothesis import strategies as st

__all__ = [
    "CHECKS",
    "COLUMN",
    "ENVELOPE",
    "METRICS",
    "NAME",
    "PARTITIONING",
    "TAG",
    "TEXT",
    "Maybe",
    "obj",
    "one_of",
    "some",
]

Values = st.SearchStrategy[Any]
Maybe = tuple[int, Values]

NAME: Final = st.sampled_from(["ORDERS", "orders_2", "a b", "é", "x+y", "true", "12"])
COLUMN: Final = st.sampled_from(["id", "amount", "country", "Urban (%)", "on", "é t", "true", "12"])
TEXT: Final = st.sampled_from(["", "a", "what it is", "x: y", "NULL", "#1", "two\nlines", "${projectKey}", "$${x}"])
TAG: Final = {"versionNumber": 3, "lastModifiedBy": {"login": "user-1"}, "lastModifiedOn": 1700000000000}


def one_of(*values: Any) -> Values:
    return st.sampled_from(values)


def some(values: Values, most: int = 3) -> Values:
    return st.lists(values, max_size=most)


@st.composite
def obj(draw: Callable[..., Any], fields: Mapping[str, Values | Maybe]) -> dict[str, Any]:
    """An object; a pair ``(70, values)`` is there in 70 % of them. One in forty has a field of a newer DSS."""
    found: dict[str, Any] = {}
    for key, field in fields.items():
        percent, values = field if isinstance(field, tuple) else (100, field)
        if draw(st.integers(1, 100)) <= percent:
            found[key] = draw(values)
    if draw(st.integers(1, 40)) == 40:
        found["newInDss99"] = draw(one_of(None, "x", [1], {"deep": [{}]}))
    return found


CHECKLISTS: Final = obj(
    {
        "checklists": some(
            obj(
                {
                    "id": (50, st.just("a1b2c3")),
                    "title": one_of("Release", "Todo"),
                    "createdOn": st.just(0),
                    "items": some(obj({"done": one_of(True, False), "text": TEXT, "createdBy": st.just("bob")}), 2),
                }
            ),
            1,
        )
    }
)
ENVELOPE: Final[Mapping[str, Values | Maybe]] = {
    "versionTag": (70, st.just(TAG)),
    "creationTag": (90, st.just(TAG)),
    "tags": some(one_of("gold", "crm", "a b"), 2),
    "customFields": (90, one_of({}, {}, {}, {"gdpr": "UNSURE"})),
    "checklists": (95, CHECKLISTS),
    "description": (10, TEXT),
    "shortDesc": (10, TEXT),
}

# --- partitions ---

_DIMENSION: Final = st.one_of(
    obj({"name": COLUMN, "type": st.just("value")}),
    obj(
        {
            "name": COLUMN,
            "type": st.just("time"),
            "params": obj({"period": one_of("YEAR", "MONTH", "DAY", "HOUR", "WEEK")}),
        }
    ),
)
PARTITIONING: Final = obj(
    {
        "ignoreNonMatchingFile": one_of(False, False, True),
        "considerMissingRequestedPartitionsAsEmpty": (95, st.just(False)),
        "filePathPattern": (20, one_of("", "/%Y/%M/.*", "/%{country}/.*")),
        "dimensions": some(_DIMENSION, 2),
    }
)

# --- metrics ---

_WHEN: Final = one_of("NO", "PARTITION", "WHOLE_DATASET")


def _probe(kind: str, name: str, level: int, configuration: Values) -> Values:
    return obj(
        {
            "type": st.just(kind),
            "enabled": one_of(True, True, False),
            "computeOnBuildMode": _WHEN,
            "meta": obj({"name": one_of(name, name, name, "mine"), "level": st.just(level)}),
            "configuration": configuration,
        }
    )


def _aggregates(*names: str) -> Values:
    aggregate = obj({"column": COLUMN, "aggregated": one_of(*names)})
    return st.lists(aggregate, max_size=3, unique_by=lambda found: (str(found["column"]), str(found["aggregated"])))


_PROBES: Final = (
    _probe("basic", "Basic data", 0, st.just({})),
    _probe("records", "Record count", 0, st.just({})),
    _probe("col_stats", "Columns statistics", 2, obj({"aggregates": _aggregates("MIN", "MAX", "COUNT_NULL")})),
    _probe(
        "adv_col_stats",
        "Most frequent values",
        3,
        obj({"aggregates": _aggregates("MODE", "TOP10"), "numberTopValues": (80, one_of(10, 10, 20))}),
    ),
    _probe("percentile_stats", "Columns percentiles", 4, obj({"aggregates": _aggregates("P50")})),
    _probe("verify_col", "Data validity", 4, obj({"aggregates": _aggregates("FORCED_MEANING")})),
    _probe("partitioning", "Partitioning", 1, st.just({})),
    _probe("python", "Python probe", 8, obj({"code": TEXT, "envSelection": (90, one_of({"envMode": "INHERIT"}))})),
    _probe("sql_query", "SQL probe", 9, obj({"code": TEXT, "canRunOnImpala": (50, st.just(True))})),
    _probe("cell", "Cell", 9, obj({"mode": st.just("SINGLE_CELL_STRICT")})),
    _probe("py_plugin_x_y", "Plugin", 10, obj({"config": st.just({"a": 1})})),
)
METRICS: Final = obj(
    {
        "probes": st.lists(st.one_of(_PROBES), max_size=5, unique_by=lambda probe: str(probe["type"])),
        "engineConfig": (
            90,
            obj({"padRunsWithMetrics": one_of(False, False, True), "hive": st.just({"active": True, "extraConf": []})}),
        ),
        "displayedState": (90, st.just({"columns": [], "metrics": ["basic:SIZE"]})),
    }
)

# --- checks and rules ---

_NUMBER: Final = one_of(0.0, 1.0, 0.8, 25000.0, -3)
_BOUNDS: Final = {
    key: values
    for bound in ("minimum", "maximum", "softMinimum", "softMaximum")
    for key, values in ((bound, _NUMBER), (f"{bound}Enabled", (90, one_of(True, False))))
}
_RULE: Final[Mapping[str, Values | Maybe]] = {
    "id": (95, one_of("aBcD1234", "x")),
    "displayName": (95, one_of("mine", "No empty values exist in id", "")),
    "computeOnBuildMode": (90, one_of("PARTITION", "NO")),
    "autoRun": (95, one_of(True, True, False)),
    "enabled": (95, one_of(True, True, False)),
    "autoDisplayName": (30, one_of(True, False)),
}
_COLUMNS: Final = st.lists(COLUMN, min_size=1, max_size=2)
_CLASSIC: Final[Mapping[str, Values | Maybe]] = {
    "meta": obj({"name": st.just("Check"), "label": TEXT}),
    "computeOnBuildMode": st.just("PARTITION"),
    "autoRun": (20, st.just(False)),
    "autoComputeMetric": (20, st.just(False)),
}


def _rule(kind: str, fields: Mapping[str, Values | Maybe]) -> Values:
    return obj({"type": st.just(kind), **_RULE, **fields})


_CHECKS: Final = (
    _rule("RecordCountInRangeRule", _BOUNDS),
    _rule("ColumnCountInRangeRule", _BOUNDS),
    *(
        _rule(f"Column{what}InRangeRule", {"columns": _COLUMNS, **_BOUNDS})
        for what in ("Min", "Max", "Avg", "Sum", "Median", "StdDev")
    ),
    _rule("ValuesInRangeRule", {"columns": _COLUMNS, **_BOUNDS}),
    _rule(
        "ColumnNotEmptyRule",
        {"columns": _COLUMNS, "thresholdType": one_of("ENTIRE_COLUMN_NOT_EMPTY", "MAX_PERCENTAGE_EMPTY"), **_BOUNDS},
    ),
    _rule(
        "ColumnEmptyRule", {"columns": _COLUMNS, "thresholdType": one_of("ENTIRE_COLUMN_EMPTY", "MIN_PERCENTAGE_EMPTY")}
    ),
    _rule(
        "ColumnUniqueValuesRule",
        {"columns": _COLUMNS, "thresholdType": one_of("ENTIRE_COLUMN", "MIN_COUNT"), **_BOUNDS},
    ),
    _rule("ValuesInSetRule", {"columns": _COLUMNS, "valueSet": some(TEXT)}),
    _rule("TopValuesInSetRule", {"columns": _COLUMNS, "valueSet": some(TEXT), "topN": one_of(1, 4)}),
    _rule("ModeValueInSetRule", {"columns": _COLUMNS, "valueSet": some(TEXT)}),
    _rule(
        "ColumnMeaningValidityRule",
        {
            "columnSpecs": some(obj({"column": COLUMN, "meaning": (60, st.just("LongMeaning"))}), 2),
            "thresholdType": st.just("ENTIRE_COLUMN"),
            "considerEmptyAsValid": one_of(True, False),
        },
    ),
    _rule(
        "DatasetSchemaContainsRule",
        {"expectedSchema": obj({"columns": some(obj({"name": COLUMN, "type": one_of("string")}))})},
    ),
    _rule(
        "DriftColumnAvgRule", {"columns": _COLUMNS, "driftParams": st.just({"periodUnit": "DAYS", "iqrFactor": 1.5})}
    ),
    _rule("CompareMetricsRule", {"metricId": st.just("basic:SIZE"), "datasetBName": NAME, "operator": st.just("LT")}),
    obj({"type": st.just("numericRange"), "metricId": (99, st.just("records:COUNT_RECORDS")), **_CLASSIC, **_BOUNDS}),
    obj(
        {
            "type": st.just("valueSet"),
            "metricId": (98, st.just("basic:COUNT_COLUMNS")),
            "values": some(TEXT),
            **_CLASSIC,
        }
    ),
    obj(
        {
            "type": st.just("python"),
            "code": TEXT,
            "envSelection": one_of(
                {"envMode": "INHERIT"}, {"envMode": "EXPLICIT_ENV", "envName": "py311"}, {"envMode": "USE_BUILTIN_MODE"}
            ),
            **_CLASSIC,
        }
    ),
    obj({"type": st.just("custom_python_x_y"), "config": st.just({"a": 1}), **_CLASSIC}),
)
CHECKS: Final = obj(
    {
        "monitor": (50, one_of(False, False, True)),
        "runOnBuild": (50, one_of(False, False, True)),
        "checks": some(st.one_of(_CHECKS)),
        "displayedState": (90, st.just({"checks": ["a"]})),
    }
)
