"""The columns a join writes: ``select: [{ORDERS: [id, {score: score_1}]}, {CUSTOMERS: [name]}]`` for ``selectedColumns``.

Their order is that of the columns in the output, so it is kept. Source: object-shapes.md 8 (join).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from dataiku_iac.core.canonical import Json, JsonObject, is_list, is_object
from dataiku_iac.core.fields import UNSET
from dataiku_iac.resources.recipe_tables import expand_end, shorten_end
from dataiku_iac.resources.short_forms import Part, Scope
from dataiku_iac.resources.short_values import TEXT

__all__ = ["Select"]


@dataclass(frozen=True, slots=True)
class Select(Part):
    """``select``: the columns of the output, table by table and in order."""

    keys: Mapping[str, JsonObject] = field(init=False)
    natives: tuple[str, ...] = ("selectedColumns",)

    def __post_init__(self) -> None:
        column: JsonObject = {
            "anyOf": [
                TEXT.schema,
                {"type": "object", "minProperties": 1, "maxProperties": 1, "additionalProperties": TEXT.schema},
            ]
        }
        table: JsonObject = {
            "type": "object",
            "minProperties": 1,
            "maxProperties": 1,
            "additionalProperties": {"type": "array", "items": column},
        }
        schema: JsonObject = {
            "type": "array",
            "items": table,
            "description": "[{ORDERS: [id, {score: score_1}]}, {CUSTOMERS: […]}]; {column: name in the output}",
        }
        object.__setattr__(self, "keys", {"select": schema})

    def expand(self, spec: JsonObject, scope: Scope) -> dict[str, Json]:
        """See ``Part``."""
        select = spec["select"]
        columns: list[Json] = []
        for group in select if is_list(select) else ():
            for name, wanted in group.items() if is_object(group) else ():
                for column in wanted if is_list(wanted) else ():
                    columns += _selected(column, expand_end(name, scope.inputs))
        return {"selectedColumns": columns}

    def shorten(self, native: JsonObject, scope: Scope) -> dict[str, Json]:
        """See ``Part``."""
        columns = native["selectedColumns"]
        groups: list[tuple[str, list[Json]]] = []
        for column in columns if is_list(columns) else ():
            end = shorten_end(column.get("table"), scope.inputs) if is_object(column) else UNSET
            if not is_object(column) or not isinstance(end, str):
                return {}
            if not groups or groups[-1][0] != end:
                groups.append((end, []))
            name, alias = column.get("name"), column.get("alias")
            if not isinstance(name, str) or not name or not isinstance(alias, str | None) or alias == "":
                return {}
            groups[-1][1].append(name if alias is None else {name: alias})
        return {"select": [{end: wanted} for end, wanted in groups]}

    def mistakes(self, spec: JsonObject, scope: Scope) -> Iterator[tuple[str, str]]:
        """See ``Part``."""
        select = spec["select"]
        for i, group in enumerate(select if is_list(select) else ()):
            for name in group if is_object(group) else ():
                if name not in scope.inputs:
                    yield f"select[{i}].{name}", f'"{name}" is no input of this recipe'


def _selected(column: Json, table: Json) -> list[Json]:
    if is_object(column):
        return [{"name": name, "table": table, "alias": alias} for name, alias in column.items()]
    return [{"name": column, "table": table}]
