"""The classes of data-quality rules. Source: api-flow.md 5.1, 5.2, object-shapes.md 3 (probes and checks)."""

from collections.abc import Mapping
from typing import Any, Final

from emulator.errors import DssError, illegal_argument
from emulator.fragments import ENV_SELECTION
from emulator.json_text import JsonObject
from emulator.profile import Profile
from emulator.shapes import Field, Shape, nested, optional, value

__all__ = ["typed_rule"]

_COMMON: Final[Mapping[str, Field]] = {
    "id": optional(),
    "type": optional(),
    "displayName": optional(),
    "autoDisplayName": optional(),
    "enabled": value(True),
    "computeOnBuildMode": value("PARTITION"),
    "autoRun": value(True),
    "meta": optional(),
}


def _number(given: Any) -> float:
    if isinstance(given, bool) or not isinstance(given, int | float):
        raise DssError(400, "com.google.gson.JsonSyntaxException", f"Expected a number but was {given!r}")
    return float(given)  # stored as 1.0 [seen]


def _bounds(*names: str) -> dict[str, Field]:
    fields: dict[str, Field] = {}
    for name in names:
        fields |= {name: Field(0.0, normal=_number), f"{name}Enabled": value(False)}
    return fields


_RANGE: Final = _bounds("minimum", "softMinimum", "maximum", "softMaximum")
_COLUMNS: Final = {"columns": value([])}
_METRIC: Final = {"metricId": optional(), "autoComputeMetric": value(False)}
_BY_TYPE: Final[Mapping[str, Mapping[str, Field]]] = {
    **dict.fromkeys(("RecordCountInRangeRule", "FileSizeInRangeRule", "ColumnCountInRangeRule"), _RANGE),
    **{f"Column{name}InRangeRule": {**_COLUMNS, **_RANGE} for name in ("Min", "Max", "Avg", "Sum", "StdDev", "Median")},
    "ColumnEmptyRule": {**_COLUMNS, "thresholdType": value("ENTIRE_COLUMN_EMPTY"), **_bounds("minimum", "softMinimum")},
    "ColumnNotEmptyRule": {
        **_COLUMNS,
        "thresholdType": value("ENTIRE_COLUMN_NOT_EMPTY"),
        **_bounds("maximum", "softMaximum"),
    },
    "ColumnUniqueValuesRule": {**_COLUMNS, "thresholdType": optional(), **_bounds("minimum", "softMinimum")},
    **{name: {**_COLUMNS, "valueSet": value([])} for name in ("ValuesInSetRule", "ModeValueInSetRule")},
    "numericRange": {**_METRIC, **_RANGE},
    "valueSet": {**_METRIC, "values": value([])},
    "python": {"code": value(""), "envSelection": nested(ENV_SELECTION)},
}
_WITHOUT_TABLE: Final = (
    "ValuesInRangeRule",
    "TopValuesInSetRule",
    "ColumnMeaningValidityRule",
    "DatasetSchemaContainsRule",
    "CompareMetricsRule",
)
"""Types that exist [seen], with keys that are not known: what is given is kept."""
_PLUGIN_PREFIX: Final = "custom_"


def typed_rule(rule: JsonObject, profile: Profile) -> JsonObject:
    """Return ``rule`` as the server stores it; raises 400 for a type that there is not (``Profile.unknown_rule_type``)."""
    type_name = rule.get("type")
    if not isinstance(type_name, str) or not type_name:
        raise illegal_argument("Missing mandatory argument: type")
    fields = _BY_TYPE.get(type_name)
    is_known = fields is not None or type_name in _WITHOUT_TABLE or type_name.startswith(_PLUGIN_PREFIX)
    if not is_known and profile.unknown_rule_type == "error":
        raise illegal_argument(f"Unknown type of data quality rule: {type_name}")
    shape = Shape(type_name, {**_COMMON, **(fields or {})}, is_open=fields is None)
    return shape.apply(rule, keep_unknown=profile.keep_unknown_fields, version=profile.version)
