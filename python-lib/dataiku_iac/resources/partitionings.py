"""Partitioning of datasets and folders, short::

    partitioning: [country, {day: DAY}]                       # values, and times with their period
    partitioning: {by: [{day: DAY}], pattern: "/%Y/%M/%D/.*"}  # files: where a partition lies

The order of dimensions makes the ids of partitions (``a|b`` is not ``b|a``). Source: object-shapes.md 3, api-flow.md 4.7. All [seen].
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from dataiku_iac.core.canonical import Json, JsonObject, is_list, is_object
from dataiku_iac.resources.exact_forms import shortest

__all__ = ["PARTITIONING_SCHEMA", "expand_partitioning", "shorten_partitioning"]

_PERIODS: Final = ("YEAR", "MONTH", "DAY", "HOUR")
_DIMENSIONS_SCHEMA: Final[JsonObject] = {
    "type": "array",
    "items": {
        "anyOf": [
            {"type": "string"},
            {"type": "object", "maxProperties": 1, "additionalProperties": {"enum": list(_PERIODS)}},
            {"type": "object", "required": ["name", "type"]},
        ]
    },
}
PARTITIONING_SCHEMA: Final[JsonObject] = {
    "anyOf": [
        _DIMENSIONS_SCHEMA,
        {"type": "object", "properties": {"by": _DIMENSIONS_SCHEMA, "pattern": {"type": "string"}}},
    ]
}


def expand_partitioning(value: Json) -> Json:
    """Return DSS's object.

    >>> expand_partitioning(["country", {"day": "DAY"}])["dimensions"][1]
    {'name': 'day', 'type': 'time', 'params': {'period': 'DAY'}}
    """
    if is_list(value):
        return {"dimensions": [_expand_dimension(dimension) for dimension in value]}
    if not is_object(value) or not {"by", "pattern"} & value.keys():
        return value
    found: dict[str, Json] = {key: item for key, item in value.items() if key not in ("by", "pattern")}
    dimensions = value.get("by")
    if "by" in value:
        found["dimensions"] = (
            [_expand_dimension(dimension) for dimension in dimensions] if is_list(dimensions) else dimensions
        )
    return {**found, "filePathPattern": value["pattern"]} if "pattern" in value else found


def shorten_partitioning(raw: Json) -> Json:
    """Return the short form of DSS's object, if there is one."""
    return shortest(raw, expand_partitioning, _proposals(raw))


def _proposals(raw: Json) -> Iterator[Json]:
    if not is_object(raw):
        return
    given = raw.get("dimensions")
    dimensions = [_shorten_dimension(dimension) for dimension in given] if is_list(given) else None
    if dimensions is not None and raw.keys() == {"dimensions"}:
        yield dimensions
    short: dict[str, Json] = {key: item for key, item in raw.items() if key not in ("dimensions", "filePathPattern")}
    if dimensions is not None:
        short["by"] = dimensions
    if "filePathPattern" in raw:
        short["pattern"] = raw["filePathPattern"]
    yield short


def _expand_dimension(dimension: Json) -> Json:
    if isinstance(dimension, str):
        return {"name": dimension, "type": "value"}
    if is_object(dimension) and len(dimension) == 1:
        ((name, period),) = dimension.items()
        if period in _PERIODS:
            return {"name": name, "type": "time", "params": {"period": period}}
    return dimension


def _shorten_dimension(dimension: Json) -> Json:
    if not is_object(dimension):
        return dimension
    name, params = dimension.get("name"), dimension.get("params")
    proposals: list[Json] = [name] if isinstance(name, str) else []
    if isinstance(name, str) and is_object(params):
        proposals.append({name: params.get("period")})
    return shortest(dimension, _expand_dimension, proposals)
