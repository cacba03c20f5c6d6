"""What visual recipes do to columns: group by them and aggregate them.

==================================== =====================================================================
spec                                 DSS
==================================== =====================================================================
``keys: [country]``                  ``keys: [{column: country}]``; of a top-n plain names
``aggregations: {amount: [sum]}``    ``values: [{column: amount, sum: true}]``
``aggregations: {m: {expr: …}}``     ``values: [{customName: m, customExpr: …}]``
``retrieve: all``                    ``retrievedColumnsSelectionMode: ALL``
==================================== =====================================================================

Source: object-shapes.md 8, api-flow.md 7. All [seen].
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from dataiku_iac.core.canonical import Json, JsonObject, is_list, is_object
from dataiku_iac.core.fields import UNSET, Unset
from dataiku_iac.resources.recipe_leftovers import set_aside
from dataiku_iac.resources.short_forms import Form, ListOf, One, Part, Scope
from dataiku_iac.resources.short_values import NAMES, TEXT

__all__ = [
    "AGGREGATES",
    "AGGREGATIONS",
    "COLUMN_KEYS",
    "PLAIN_KEYS",
    "WINDOW_FLAGS",
    "Aggregations",
    "Retrieved",
    "complete_retrieval",
    "set_aside_retrieved",
]

AGGREGATES: Final = (
    *("sum", "avg", "min", "max", "count", "countDistinct", "first", "last", "stddev", "median", "sum2"),
    *("concat", "concatDistinct", "firstLastNotNull"),
)
"""Flags of a column in grouping, window and pivot payloads."""
WINDOW_FLAGS: Final = ("value", "lag", "lead", "lagDiff", "leadDiff")
_FLAGS: Final = (*AGGREGATES, *WINDOW_FLAGS)
_ALIASES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "mean": "avg",
        "count_distinct": "countDistinct",
        "concat_distinct": "concatDistinct",
        "first_last_not_null": "firstLastNotNull",
        "lag_diff": "lagDiff",
        "lead_diff": "leadDiff",
    }
)
_CUSTOM: Final = "expr"


class _Column(Form):
    """``country`` for ``{column: country}``."""

    schema = TEXT.schema

    def expand(self, spec: Json, scope: Scope) -> Json:
        return {"column": spec}

    def shorten(self, value: Json, scope: Scope) -> Json | Unset:
        name = value.get("column") if is_object(value) else None
        return name if isinstance(name, str) and name else UNSET


COLUMN_KEYS: Final = One("keys", "keys", ListOf(_Column()))
PLAIN_KEYS: Final = One("keys", "keys", NAMES)


class _Aggregations(Form):
    """Column to its aggregates; a name to an expression."""

    schema: JsonObject = {  # noqa: RUF012  read only
        "type": "object",
        "additionalProperties": {
            "oneOf": [
                {"type": "array", "items": {"enum": [*_FLAGS, *_ALIASES]}},
                {"type": "object"},
            ]
        },
        "description": "column to its aggregates, [sum, avg], or to DSS's settings, {first: true, orderColumn: day}; "
        "name to {expr: …} for an expression of the engine",
    }

    def expand(self, spec: Json, scope: Scope) -> Json:
        if not is_object(spec):
            return spec
        return [_expand_value(name, settings) for name, settings in spec.items()]

    def shorten(self, value: Json, scope: Scope) -> Json | Unset:
        if not is_list(value):
            return UNSET
        short: dict[str, Json] = {}
        for item in value:
            said = _shorten_value(item)
            if said is None or said[0] in short:
                return UNSET
            short[said[0]] = said[1]
        return short


def _expand_value(name: str, settings: Json) -> Json:
    if not is_object(settings):
        flags = settings if is_list(settings) else ()
        return {"column": name, **{_ALIASES.get(str(flag), str(flag)): True for flag in flags}}
    if _CUSTOM in settings:
        rest = {key: value for key, value in settings.items() if key != _CUSTOM}
        return {**rest, "customName": name, "customExpr": settings[_CUSTOM]}
    return {"column": name, **settings}


def _shorten_value(value: Json) -> tuple[str, Json] | None:
    if not is_object(value):
        return None
    column, custom = value.get("column"), value.get("customName")
    if isinstance(column, str):
        settings = {key: setting for key, setting in value.items() if key != "column"}
        if _CUSTOM in settings:
            return None
        plain = settings and all(key in _FLAGS and setting is True for key, setting in settings.items())
        return column, [flag for flag in _FLAGS if flag in settings] if plain else settings
    if isinstance(custom, str) and "column" not in value and "customExpr" in value and _CUSTOM not in value:
        rest = {key: setting for key, setting in value.items() if key not in ("customName", "customExpr")}
        return custom, {_CUSTOM: value["customExpr"], **rest}
    return None


AGGREGATIONS: Final = _Aggregations()


@dataclass(frozen=True, slots=True)
class Aggregations(Part):
    """``aggregations``, and for windows ``retrieve: [columns]``, which are in one list of DSS.

    Attributes:
        native: the list's key.
        retrieves: True if a column can be taken over as it is (flag ``value``).
    """

    native: str = "values"
    retrieves: bool = False
    keys: Mapping[str, JsonObject] = field(init=False)
    natives: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        more: dict[str, JsonObject] = {"retrieve": _RETRIEVE} if self.retrieves else {}
        object.__setattr__(self, "keys", {"aggregations": AGGREGATIONS.schema, **more})
        object.__setattr__(self, "natives", (self.native, _MODE) if self.retrieves else (self.native,))

    def expand(self, spec: JsonObject, scope: Scope) -> dict[str, Json]:
        """See ``Part``."""
        native: dict[str, Json] = {}
        retrieve, values = spec.get("retrieve"), AGGREGATIONS.expand(spec.get("aggregations", {}), scope)
        if retrieve == _ALL:
            native[_MODE] = "ALL"
        if is_list(retrieve):
            values = _merged(retrieve, values)
        if is_list(retrieve) or "aggregations" in spec:
            native[self.native] = values
        return native

    def shorten(self, native: JsonObject, scope: Scope) -> dict[str, Json]:
        """See ``Part``."""
        short: dict[str, Json] = {}
        values = native.get(self.native)
        if self.retrieves and native.get(_MODE) == "ALL":
            short["retrieve"] = _ALL
        elif self.retrieves and is_list(values):
            split = self._split(values, scope)
            if split is not None:
                return split
        said = AGGREGATIONS.shorten(values, scope)
        return short if isinstance(said, Unset) else {**short, "aggregations": said}

    def _split(self, values: Json, scope: Scope) -> dict[str, Json] | None:
        """Return retrieved columns and aggregations apart if together they say the same, in the same order."""
        items = [item for item in values if is_object(item)] if is_list(values) else []
        taken: list[Json] = [item["column"] for item in items if item.get("value") is True and "column" in item]
        others = [{key: value for key, value in item.items() if key != "value" or value is not True} for item in items]
        said = AGGREGATIONS.shorten([item for item in others if set(item) != {"column"}], scope)
        if not taken or not all(isinstance(name, str) and name for name in taken) or not is_object(said):
            return None
        short: dict[str, Json] = {"retrieve": taken, **({"aggregations": said} if said else {})}
        return short if self.expand(short, scope).get(self.native) == values else None


_MODE: Final = "retrievedColumnsSelectionMode"
_ALL: Final = "all"
_RETRIEVE: Final[JsonObject] = {
    "anyOf": [{"const": _ALL}, NAMES.schema],
    "description": "the columns of the input that the output keeps: all, or their names",
}


def _merged(retrieve: Json, values: Json) -> Json:
    """Return one list: the retrieved columns in order, with what else is wanted of them, then the others."""
    wanted = {item.get("column"): item for item in values if is_object(item)} if is_list(values) else {}
    names = list(retrieve) if is_list(retrieve) else []
    taken = [{**wanted.get(name, {"column": name}), "value": True} for name in names]
    return [*taken, *(item for item in (values if is_list(values) else ()) if not _is_one_of(item, names))]


def _is_one_of(item: Json, names: list[Json]) -> bool:
    return is_object(item) and item.get("column") in names


def complete_retrieval(payload: JsonObject) -> JsonObject:
    """Return a new window or top-n payload that keeps all columns where nobody said which."""
    values = payload.get("values")
    some = any(is_object(value) and value.get("value") is True for value in (values if is_list(values) else ()))
    said = _MODE in payload or some or bool(payload.get("retrievedColumns"))
    return payload if said else {**payload, _MODE: "ALL"}


def set_aside_retrieved(payload: JsonObject) -> JsonObject:
    """Return a top-n payload without the columns of a choice that was taken back."""
    return set_aside(payload, ("retrievedColumns",)) if payload.get(_MODE) == "ALL" else payload


@dataclass(frozen=True, slots=True)
class Retrieved(Part):
    """``retrieve`` of a top-n, which lists names: ``retrievedColumns``."""

    keys: Mapping[str, JsonObject] = field(default_factory=lambda: {"retrieve": _RETRIEVE})
    natives: tuple[str, ...] = (_MODE, "retrievedColumns")

    def expand(self, spec: JsonObject, scope: Scope) -> dict[str, Json]:
        """See ``Part``."""
        return {_MODE: "ALL"} if spec["retrieve"] == _ALL else {"retrievedColumns": spec["retrieve"]}

    def shorten(self, native: JsonObject, scope: Scope) -> dict[str, Json]:
        """See ``Part``."""
        if native.get(_MODE) == "ALL":
            return {"retrieve": _ALL}
        said = NAMES.shorten(native.get("retrievedColumns"), scope)
        return {} if isinstance(said, Unset) else {"retrieve": said}
