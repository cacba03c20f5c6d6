"""From the probes of a dataset to metrics: id, value, type. Source: object-shapes.md 3, api-flow.md 5.1."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from emulator.errors import coded_error
from emulator.json_text import JsonObject
from emulator.metrics.statistics import Table

__all__ = ["Measured", "Metric", "probe_metrics"]


@dataclass(frozen=True, slots=True)
class Metric:
    """One computed metric, e.g. ``Metric("records:COUNT_RECORDS", "12", "BIGINT")``; a value is text [client]."""

    metric_id: str
    value: str
    data_type: str


@dataclass(frozen=True, slots=True)
class Measured:
    """What can be measured: rows (read when they are needed), number and sizes of files (``None``: no files)."""

    column_count: int
    table: Callable[[], Table]
    file_sizes: list[int] | None


_Rule: TypeAlias = Callable[[JsonObject, Measured], Iterator[Metric]]


def probe_metrics(probe: JsonObject, measured: Measured) -> list[Metric]:
    """Return the metrics of one probe; raises for a type that is not computed here: nothing is made up."""
    rule = _RULES.get(str(probe.get("type")))
    if rule is None:
        text = f"the emulator cannot compute probes of type {probe.get('type')}"
        raise coded_error("ERR_DATASET_ACTION_NOT_SUPPORTED", text)
    return list(rule(probe.get("configuration") or {}, measured))


def _basic(_configuration: JsonObject, measured: Measured) -> Iterator[Metric]:
    yield _metric("basic:COUNT_COLUMNS", measured.column_count)
    if measured.file_sizes is not None:
        yield _metric("basic:COUNT_FILES", len(measured.file_sizes))
        yield _metric("basic:SIZE", sum(measured.file_sizes))


def _records(_configuration: JsonObject, measured: Measured) -> Iterator[Metric]:
    yield _metric("records:COUNT_RECORDS", len(measured.table().rows))


def _aggregates(family: str) -> _Rule:
    def rule(configuration: JsonObject, measured: Measured) -> Iterator[Metric]:
        for entry in configuration.get("aggregates") or ():
            column, name = str(entry.get("column")), str(entry.get("aggregated"))
            value = measured.table().aggregate(column, name)
            if value is not None:
                yield _metric(f"{family}:{name}:{column}", value)

    return rule


def _rankings(configuration: JsonObject, measured: Measured) -> Iterator[Metric]:
    count = int(configuration.get("numberTopValues") or 10)
    for entry in configuration.get("aggregates") or ():
        column, name = str(entry.get("column")), str(entry.get("aggregated"))
        ranking = measured.table().ranking(column)
        shown = {
            "MODE": ranking[0][0] if ranking else None,
            "TOP10": json.dumps([text for text, _ in ranking[:count]], ensure_ascii=False),
            "TOP10_WITH_COUNTS": json.dumps(dict(ranking[:count]), ensure_ascii=False),
        }
        if name not in shown:
            raise coded_error("ERR_DATASET_ACTION_NOT_SUPPORTED", f"the emulator cannot compute the aggregate {name}")
        text = shown[name]
        if text is not None:
            yield Metric(f"adv_col_stats:{name}:{column}", text, "STRING" if name == "MODE" else "ARRAY")


def _metric(metric_id: str, value: float) -> Metric:
    whole = isinstance(value, int)
    return Metric(metric_id, str(value), "BIGINT" if whole else "DOUBLE")


_RULES: Final[Mapping[str, _Rule]] = {
    "basic": _basic,
    "records": _records,
    "col_stats": _aggregates("col_stats"),
    "percentile_stats": _aggregates("percentile_stats"),
    "adv_col_stats": _rankings,
}
