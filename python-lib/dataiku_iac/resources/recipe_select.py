"""The columns a join writes: ``select: [{ORDERS: [id, {score: score_1}]}, {CUSTOMERS: [name]}]`` for ``selectedColumns``.

Their order is that of the columns in the output, so it is kept. ``select: auto`` is for joins that take over all columns of all
tables but those that are there already. Source: object-shapes.md 8 (join).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from dataiku_iac.core.canonical import Json, JsonObject, is_list, is_object
from dataiku_iac.core.fields import UNSET, Unset
from dataiku_iac.resources.recipe_tables import expand_end, shorten_end
from dataiku_iac.resources.short_forms import Scope
from dataiku_iac.resources.short_values import TEXT

__all__ = ["AUTO", "SELECT_SCHEMA", "expand_select", "shorten_select", "wrong_select"]

AUTO: Final = "auto"
_COLUMN: Final[JsonObject] = {
    "anyOf": [
        TEXT.schema,
        {"type": "object", "minProperties": 1, "maxProperties": 1, "additionalProperties": TEXT.schema},
    ]
}
_TABLE: Final[JsonObject] = {
    "type": "object",
    "minProperties": 1,
    "maxProperties": 1,
    "additionalProperties": {"type": "array", "items": _COLUMN},
}
SELECT_SCHEMA: Final[JsonObject] = {
    "anyOf": [{"const": AUTO}, {"type": "array", "items": _TABLE}],
    "description": "[{ORDERS: [id, {score: score_1}]}, {CUSTOMERS: […]}], {column: name in the output}; or auto",
}


def expand_select(select: Json, scope: Scope) -> list[Json]:
    """Return ``selectedColumns`` of a list.

    >>> expand_select([{"A": ["id", {"x": "y"}]}], Scope(("A",)))
    [{'name': 'id', 'table': 0}, {'name': 'x', 'table': 0, 'alias': 'y'}]
    """
    columns: list[Json] = []
    for group in select if is_list(select) else ():
        for name, wanted in group.items() if is_object(group) else ():
            for column in wanted if is_list(wanted) else ():
                columns += _selected(column, expand_end(name, scope.inputs))
    return columns


def shorten_select(columns: Json, scope: Scope) -> Json | Unset:
    """Return the list, or ``UNSET`` if a column is of a table without a name of its own."""
    groups: list[tuple[str, list[Json]]] = []
    for column in columns if is_list(columns) else ():
        end = shorten_end(column.get("table"), scope.inputs) if is_object(column) else UNSET
        if not is_object(column) or not isinstance(end, str):
            return UNSET
        name, alias = column.get("name"), column.get("alias")
        if not isinstance(name, str) or not name or not isinstance(alias, str | None) or alias == "":
            return UNSET
        if set(column) - {"name", "table", "alias"} or ("alias" in column and alias is None):
            return UNSET
        if not groups or groups[-1][0] != end:
            groups.append((end, []))
        groups[-1][1].append(name if alias is None else {name: alias})
    return [{end: wanted} for end, wanted in groups] if is_list(columns) else UNSET


def wrong_select(select: Json, scope: Scope) -> Iterator[tuple[str, str]]:
    """Yield path and text of what names no input."""
    for i, group in enumerate(select if is_list(select) else ()):
        for name in group if is_object(group) else ():
            if name not in scope.inputs:
                yield f"[{i}].{name}", f'"{name}" is no input of this recipe'


def _selected(column: Json, table: Json) -> list[Json]:
    if is_object(column):
        return [{"name": name, "table": table, "alias": alias} for name, alias in column.items()]
    return [{"name": column, "table": table}]
