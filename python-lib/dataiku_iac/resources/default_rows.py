"""Field rows from nested default objects, so that a table of defaults looks like the document it describes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from dataiku_iac.core.canonical import Json, JsonObject, is_list
from dataiku_iac.core.fields import Field

__all__ = ["default_rows", "with_defaults"]

_EACH: Final = "*"


def default_rows(prefix: str, defaults: JsonObject, reason: str = "") -> dict[str, Field]:
    """Return one row per leaf and per object of ``defaults``: absent, empty and default are equal.

    Below a key ``*`` stands what every element of a list has.

    >>> sorted(default_rows("a", {"b": {"c": 1}, "d": {"*": {"e": 2}}}))
    ['a.b', 'a.b.c', 'a.d.*.e']
    """
    rows: dict[str, Field] = {}
    for key, value in defaults.items():
        path = f"{prefix}.{key}"
        if isinstance(value, Mapping) and _EACH in value:
            each = value[_EACH]
            rows |= default_rows(f"{path}.{_EACH}", each, reason) if isinstance(each, Mapping) else {}
        elif isinstance(value, Mapping) and value:
            rows[path] = Field(default={}, reason=reason)
            rows |= default_rows(path, value, reason)
        else:
            rows[path] = Field(default=value, reason=reason)
    return rows


def with_defaults(value: JsonObject, defaults: JsonObject) -> JsonObject:
    """Return ``value`` with every key of ``defaults`` that it lacks, at any depth; below ``*`` in every element there is.

    The API does not fill in what the UI fills in, so what was folded away is sent when an object is created.
    """
    filled: dict[str, Json] = dict(value)
    for key, default in defaults.items():
        if isinstance(default, Mapping) and _EACH in default:
            if key in filled:
                filled[key] = _each_with_defaults(filled[key], default[_EACH])
        elif key not in filled:
            filled[key] = with_defaults({}, default) if isinstance(default, Mapping) else default
        elif isinstance(default, Mapping):
            inner = filled[key]
            if isinstance(inner, Mapping):
                filled[key] = with_defaults(inner, default)
    return filled


def _each_with_defaults(value: Json, defaults: Json) -> Json:
    if not is_list(value) or not isinstance(defaults, Mapping):
        return value
    return [with_defaults(item, defaults) if isinstance(item, Mapping) else item for item in value]
