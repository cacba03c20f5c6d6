"""The inputs of joins and stacks as the recipe sees them: DSS's ``virtualInputs``, one per input and in order, or otherwise.

One table per input, in order and without settings, is what everybody means and nobody writes. Settings stand under the
input's name, ``tables: {ORDERS: {filter: "amount > 0"}}``; other arrangements as a list, ``tables: [{input: A}, {input: A}]``.
Elsewhere a table is called by the name of its input, or by its number if that name is not the only one.
Source: object-shapes.md 8 (join, vstack).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from dataiku_iac.core.canonical import Json, JsonObject, is_list, is_object
from dataiku_iac.core.fields import UNSET, Unset
from dataiku_iac.resources.recipe_filters import FILTER
from dataiku_iac.resources.short_forms import One, Record, Scope
from dataiku_iac.resources.short_values import OBJECTS, TEXT, WORD

__all__ = [
    "END_SCHEMA",
    "TABLES_SCHEMA",
    "expand_end",
    "expand_tables",
    "shorten_end",
    "shorten_tables",
    "wrong_tables",
]

_TABLE: Final = Record(
    (
        One("filter", "preFilter", FILTER),
        One("computed_columns", "computedColumns", OBJECTS),
        One("prefix", "prefix", TEXT),
        One("alias", "alias", TEXT),
        One("label", "originLabel", TEXT),
        One("columns", "outputColumnsSelectionMode", WORD),
    )
)
END_SCHEMA: Final[JsonObject] = {
    "type": ["string", "integer"],
    "description": "the name of an input, or its number from 0",
}
_PROPERTIES = _TABLE.schema["properties"]
TABLES_SCHEMA: Final[JsonObject] = {
    "anyOf": [
        {"type": "object", "additionalProperties": _TABLE.schema},
        {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["input"],
                "properties": {"input": END_SCHEMA, **(_PROPERTIES if is_object(_PROPERTIES) else {})},
                "additionalProperties": False,
            },
        },
    ],
    "description": "settings per input, by its name; or all tables in order, each with its input",
}


def expand_end(spec: Json, names: Sequence[str]) -> Json:
    """Return the number of an end that is called by its name.

    >>> expand_end("B", ("A", "B")), expand_end(0, ("A", "B"))
    (1, 0)
    """
    return names.index(spec) if isinstance(spec, str) and spec in names else spec


def shorten_end(value: Json, names: Sequence[str]) -> Json | Unset:
    """Return the name of the end with this number, or the number where the name would not tell."""
    if isinstance(value, bool) or not isinstance(value, int):
        return UNSET
    if 0 <= value < len(names) and names.count(names[value]) == 1:
        return names[value]
    return value


def expand_tables(spec: Json | Unset, scope: Scope) -> Json:
    """Return the virtual inputs; nothing said: one per input, in order."""
    if is_list(spec):
        return [_expand_table(item, scope) for item in spec]
    settings: JsonObject = spec if is_object(spec) else {}
    return [
        {"index": i, **_as_object(_TABLE.expand(settings.get(name, {}), scope))} for i, name in enumerate(scope.inputs)
    ]


def shorten_tables(value: Json, scope: Scope) -> Json | Unset:
    """Return ``{}`` if nothing is to be said."""
    if not is_list(value):
        return UNSET
    tables = [item for item in value if is_object(item) and shorten_end(item.get("index"), scope.inputs) is not UNSET]
    if len(tables) != len(value):
        return UNSET
    settings = [_TABLE.shorten({key: s for key, s in item.items() if key != "index"}, scope) for item in tables]
    in_order = [item["index"] for item in tables] == list(range(len(scope.inputs)))
    if in_order and len(set(scope.inputs)) == len(scope.inputs):
        return {name: s for name, s in zip(scope.inputs, settings, strict=True) if s and not isinstance(s, Unset)}
    return [
        {"input": _number_or_name(item["index"], scope), **_as_object(s)}
        for item, s in zip(tables, settings, strict=True)
    ]


def wrong_tables(spec: Json, scope: Scope) -> Iterator[tuple[str, str]]:
    """Yield path and text of what names no input."""
    if is_object(spec):
        for name, settings in spec.items():
            if name not in scope.inputs:
                yield f".{name}", f'"{name}" is no input of this recipe'
            yield from ((f".{name}{path}", text) for path, text in _TABLE.mistakes(settings, scope))
    for i, item in enumerate(spec if is_list(spec) else ()):
        if is_object(item):
            end = item.get("input")
            if isinstance(end, str) and end not in scope.inputs:
                yield f"[{i}].input", f'"{end}" is no input of this recipe'
            yield from ((f"[{i}]{path}", text) for path, text in _TABLE.mistakes(item, scope))


def _expand_table(spec: Json, scope: Scope) -> Json:
    if not is_object(spec):
        return spec
    settings = {key: value for key, value in spec.items() if key != "input"}
    return {"index": expand_end(spec.get("input"), scope.inputs), **_as_object(_TABLE.expand(settings, scope))}


def _number_or_name(index: Json, scope: Scope) -> Json:
    said = shorten_end(index, scope.inputs)
    return index if isinstance(said, Unset) else said


def _as_object(value: Json | Unset) -> JsonObject:
    return value if is_object(value) else {}
