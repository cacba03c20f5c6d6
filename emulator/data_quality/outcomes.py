"""What a rule says of data: OK, WARNING, ERROR, or EMPTY where there is nothing to judge. Source: api-flow.md 5.2.

A rule of a type, or with a threshold, whose meaning is not known is refused: nothing is made up.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from emulator.errors import coded_error
from emulator.json_text import JsonObject
from emulator.metrics.probes import Measured

__all__ = ["OUTCOMES", "Outcome", "judge", "worst"]

OUTCOMES: Final = ("EMPTY", "OK", "WARNING", "ERROR")
"""From the best to the worst [values: doc; the place of EMPTY: inferred]."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of one rule, e.g. ``Outcome("OK", "Record count: 12")``."""

    outcome: str
    message: str


LastMetric: TypeAlias = Callable[[str], str | None]
_Judge: TypeAlias = Callable[[JsonObject, Measured, LastMetric], Outcome]


def judge(rule: JsonObject, measured: Measured, last_metric: LastMetric) -> Outcome:
    """Return the outcome of a typed rule on what was measured; ``last_metric`` gives the last value of a metric by id."""
    found = _JUDGES.get(str(rule.get("type")))
    if found is None:
        raise _refused(f"rules of type {rule.get('type')}")
    return found(rule, measured, last_metric)


def worst(outcomes: Iterable[str]) -> str | None:
    """Return the worst of ``outcomes``, or ``None`` if there are none."""
    return max(outcomes, key=OUTCOMES.index, default=None)


def _records(rule: JsonObject, measured: Measured, _last: LastMetric) -> Outcome:
    return _in_range(rule, len(measured.table().rows), "Record count")


def _size(rule: JsonObject, measured: Measured, _last: LastMetric) -> Outcome:
    size = None if measured.file_sizes is None else sum(measured.file_sizes)
    return _in_range(rule, size, "File size")


def _column_count(rule: JsonObject, measured: Measured, _last: LastMetric) -> Outcome:
    return _in_range(rule, measured.column_count, "Column count")


def _statistic(aggregate: str) -> _Judge:
    def judge_columns(rule: JsonObject, measured: Measured, _last: LastMetric) -> Outcome:
        return _of_columns(
            rule,
            lambda column: _in_range(rule, measured.table().aggregate(column, aggregate), f"{aggregate} of {column}"),
        )

    return judge_columns


def _empty(rule: JsonObject, measured: Measured, _last: LastMetric) -> Outcome:
    _needs_threshold(rule, "ENTIRE_COLUMN_EMPTY")
    return _of_columns(rule, lambda column: _all(not measured.table().values(column), f"{column} is empty"))


def _not_empty(rule: JsonObject, measured: Measured, _last: LastMetric) -> Outcome:
    _needs_threshold(rule, "ENTIRE_COLUMN_NOT_EMPTY")
    return _of_columns(rule, lambda column: _all(all(measured.table().cells(column)), f"{column} has no empty cells"))


def _unique(rule: JsonObject, measured: Measured, _last: LastMetric) -> Outcome:
    _needs_threshold(rule, "MIN_COUNT")
    return _of_columns(
        rule,
        lambda column: _in_range(
            rule, measured.table().aggregate(column, "COUNT_DISTINCT"), f"Unique values of {column}"
        ),
    )


def _values_in_set(rule: JsonObject, measured: Measured, _last: LastMetric) -> Outcome:
    allowed = {str(item) for item in rule["valueSet"]}

    def of_column(column: str) -> Outcome:
        others = sorted(set(measured.table().values(column)) - allowed)
        return _all(not others, f"values of {column} are in the set" if not others else f"not in the set: {others[0]}")

    return _of_columns(rule, of_column)


def _mode_in_set(rule: JsonObject, measured: Measured, _last: LastMetric) -> Outcome:
    allowed = {str(item) for item in rule["valueSet"]}

    def of_column(column: str) -> Outcome:
        ranking = measured.table().ranking(column)
        if not ranking:
            return Outcome("EMPTY", f"{column} has no values")
        return _all(ranking[0][0] in allowed, f"most frequent value of {column}: {ranking[0][0]}")

    return _of_columns(rule, of_column)


def _metric_in_range(rule: JsonObject, _measured: Measured, last: LastMetric) -> Outcome:
    value = last(str(rule.get("metricId")))
    return _in_range(rule, None if value is None else float(value), str(rule.get("metricId")))


def _metric_in_set(rule: JsonObject, _measured: Measured, last: LastMetric) -> Outcome:
    value = last(str(rule.get("metricId")))
    if value is None:
        return Outcome("EMPTY", f"{rule.get('metricId')} was never computed")
    return _all(value in {str(item) for item in rule["values"]}, f"{rule.get('metricId')}: {value}")


def _of_columns(rule: JsonObject, of_column: Callable[[str], Outcome]) -> Outcome:
    """The worst outcome over the columns; a rule without columns judges nothing."""
    found = [of_column(str(column)) for column in rule["columns"]]
    if not found:
        return Outcome("EMPTY", "No column is chosen")
    return max(found, key=lambda outcome: OUTCOMES.index(outcome.outcome))


def _in_range(rule: JsonObject, value: float | None, what: str) -> Outcome:
    if value is None:
        return Outcome("EMPTY", f"{what}: no value")
    for outcome, low, high in (("ERROR", "minimum", "maximum"), ("WARNING", "softMinimum", "softMaximum")):
        if rule.get(f"{low}Enabled") and value < rule[low]:
            return Outcome(outcome, f"{what}: {value} is less than {rule[low]}")
        if rule.get(f"{high}Enabled") and value > rule[high]:
            return Outcome(outcome, f"{what}: {value} is more than {rule[high]}")
    return Outcome("OK", f"{what}: {value}")


def _all(holds: bool, message: str) -> Outcome:  # noqa: FBT001  the one thing it is about
    return Outcome("OK" if holds else "ERROR", message)


def _needs_threshold(rule: JsonObject, known: str) -> None:
    if rule.get("thresholdType") != known:
        raise _refused(f"the threshold {rule.get('thresholdType')} of {rule.get('type')}")


def _refused(what: str) -> Exception:
    return coded_error("ERR_OBJECT_OPERATION_NOT_AVAILABLE_FOR_TYPE", f"the emulator cannot compute {what}")


_JUDGES: Final[Mapping[str, _Judge]] = {
    "RecordCountInRangeRule": _records,
    "FileSizeInRangeRule": _size,
    "ColumnCountInRangeRule": _column_count,
    "ColumnMinInRangeRule": _statistic("MIN"),
    "ColumnMaxInRangeRule": _statistic("MAX"),
    "ColumnAvgInRangeRule": _statistic("MEAN"),
    "ColumnSumInRangeRule": _statistic("SUM"),
    "ColumnStdDevInRangeRule": _statistic("STDDEV"),
    "ColumnMedianInRangeRule": _statistic("MEDIAN"),
    "ColumnEmptyRule": _empty,
    "ColumnNotEmptyRule": _not_empty,
    "ColumnUniqueValuesRule": _unique,
    "ValuesInSetRule": _values_in_set,
    "ModeValueInSetRule": _mode_in_set,
    "numericRange": _metric_in_range,
    "valueSet": _metric_in_set,
}
