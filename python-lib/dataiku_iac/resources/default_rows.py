"""Field rows from nested default objects, so that a table of defaults looks like the document it describes."""

from __future__ import annotations

from collections.abc import Mapping

from dataiku_iac.core.canonical import Json, JsonObject
from dataiku_iac.core.fields import Field

__all__ = ["default_rows", "with_defaults"]


def default_rows(prefix: str, defaults: JsonObject, reason: str = "") -> dict[str, Field]:
    """Return one row per leaf and per object of ``defaults``: absent, empty and default are equal.

    >>> sorted(default_rows("a", {"b": {"c": 1}}))
    ['a.b', 'a.b.c']
    """
    rows: dict[str, Field] = {}
    for key, value in defaults.items():
        path = f"{prefix}.{key}"
        if isinstance(value, Mapping) and value:
            rows[path] = Field(default={}, reason=reason)
            rows |= default_rows(path, value, reason)
        else:
            rows[path] = Field(default=value, reason=reason)
    return rows


def with_defaults(value: JsonObject, defaults: JsonObject) -> JsonObject:
    """Return ``value`` with every key of ``defaults`` that it lacks, at any depth.

    The API does not fill in what the UI fills in, so what was folded away is sent when an object is created.
    """
    filled: dict[str, Json] = dict(value)
    for key, default in defaults.items():
        if key not in filled:
            filled[key] = default
        elif isinstance(default, Mapping):
            inner = filled[key]
            if isinstance(inner, Mapping):
                filled[key] = with_defaults(inner, default)
    return filled
