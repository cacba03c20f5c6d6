"""What a payload holds without effect: settings of a mode that is not chosen, operands that an operator does not use.

The editors keep such leftovers for the case that somebody switches back. They are no declaration and no difference, but
they are not ours to delete. So on reading they are set aside, beside what counts, under a key that begins like all noise of
the editors, and put back on writing::

    {"mode": "RANDOM", "randomSplits": […], "$unused": {"column": "day", "valueSplits": […]}}
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from dataiku_iac.core.canonical import Json, JsonObject, is_list, is_object

__all__ = ["UNSELECTED", "UNUSED", "change_at", "find_leftovers", "put_back", "set_aside"]

UNUSED: Final = "$unused"
UNSELECTED: Final = "$unselected"
"""Of a payload: elements of ``values`` that aggregate nothing; the editor lists every column of the input [seen]."""


def set_aside(value: JsonObject, keys: Sequence[str]) -> JsonObject:
    """Return ``value`` with those of ``keys`` that it has below ``$unused``.

    >>> set_aside({"a": 1, "b": 2}, ["b", "c"])
    {'a': 1, '$unused': {'b': 2}}
    """
    unused = {key: value[key] for key in keys if key in value}
    if not unused:
        return value
    before = value.get(UNUSED)
    kept: dict[str, Json] = {key: item for key, item in value.items() if key not in unused and key != UNUSED}
    return {**kept, UNUSED: {**(before if is_object(before) else {}), **unused}}


def put_back(value: Json) -> Json:
    """Return ``value`` with everything in its place again; where something was declared since, that counts."""
    if is_list(value):
        return [put_back(item) for item in value]
    if not is_object(value):
        return value
    rest: dict[str, Json] = {key: put_back(item) for key, item in value.items() if key not in (UNUSED, UNSELECTED)}
    unused = value.get(UNUSED)
    if is_object(unused):
        rest = {**unused, **rest}
    unselected = value.get(UNSELECTED)
    if is_list(unselected):
        values = rest.get("values", [])
        kept = list(values) if is_list(values) else []
        taken = [_column(item) for item in kept]
        rest["values"] = [*kept, *(item for item in unselected if _column(item) is None or _column(item) not in taken)]
    return rest


def change_at(value: Json, path: str, change: Callable[[JsonObject], JsonObject]) -> Json:
    """Return ``value`` with every object at the dotted ``path`` (``*``: any element or key) changed.

    >>> change_at({"a": [{"b": 1}, 2]}, "a.*", lambda found: {**found, "c": 3})
    {'a': [{'b': 1, 'c': 3}, 2]}
    """
    head, _, rest = path.partition(".")
    if not head:
        return change(value) if is_object(value) else value
    if is_list(value) and head == "*":
        return [change_at(item, rest, change) for item in value]
    if is_object(value):
        keys = list(value) if head == "*" else [head] if head in value else []
        return {**value, **{key: change_at(value[key], rest, change) for key in keys}} if keys else value
    return value


def find_leftovers(value: Json, path: str = "") -> list[str]:
    """Return the paths of everything that was set aside, e.g. ``["splits.valueSplits"]``."""
    if is_list(value):
        return [found for i, item in enumerate(value) for found in find_leftovers(item, f"{path}[{i}]")]
    if not is_object(value):
        return []
    unused = value.get(UNUSED)
    found = [f"{path}.{key}".lstrip(".") for key in unused] if is_object(unused) else []
    if UNSELECTED in value:
        found.append(f"{path}.values".lstrip("."))
    for key, item in value.items():
        if key not in (UNUSED, UNSELECTED):
            found += find_leftovers(item, f"{path}.{key}".lstrip("."))
    return found


def _column(item: Json) -> Json:
    return item.get("column") if is_object(item) else None
