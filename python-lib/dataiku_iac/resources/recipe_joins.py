"""Joins of all sorts: join, fuzzyjoin, geojoin.

======================================================== =============================================================
spec                                                     DSS
======================================================== =============================================================
``join: left``, ``on: [customer_id]``                    ``joins`` of one element between the first two tables
``on: [{left: a, right: b, operator: gte}]``             conditions ``{type, column1, column2, …}``
``joins: [{type: left, on: […]}, {…}]``                  several; each joins the next table to the first one unless
                                                         ``left`` and ``right`` name others
``tables: {ORDERS: {filter: …}}``                        ``virtualInputs``, see ``recipe_tables``
``select: [{ORDERS: [id, {score: score_1}]}, {B: […]}]`` ``selectedColumns``, see ``recipe_select``
======================================================== =============================================================

Source: object-shapes.md 8 (join, fuzzyjoin, geojoin), api-flow.md 7. All [seen] unless marked.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from dataiku_iac.core.canonical import Json, JsonObject, is_list, is_object
from dataiku_iac.core.fields import UNSET, Unset
from dataiku_iac.resources.recipe_filters import set_aside_in_filter
from dataiku_iac.resources.recipe_leftovers import change_at, set_aside
from dataiku_iac.resources.recipe_select import AUTO, SELECT_SCHEMA, expand_select, shorten_select, wrong_select
from dataiku_iac.resources.recipe_tables import (
    END_SCHEMA,
    TABLES_SCHEMA,
    expand_end,
    expand_tables,
    shorten_end,
    shorten_tables,
    wrong_tables,
)
from dataiku_iac.resources.short_forms import Form, ListOf, One, Part, Record, Scope
from dataiku_iac.resources.short_values import BOOLEAN, OBJECT, TEXT, WORD, Verbatim
from dataiku_iac.resources.spec_keys import DSS_KEY

__all__ = ["Joins", "complete_selection", "set_aside_in_join"]

_COMPARISONS: Final = ("EQ", "NE", "LT", "LTE", "GT", "GTE")
_FOR_OTHERS: Final = ("maxDistance", "maxMatches", "windowFrom", "windowTo", "dateDiffUnit")
"""Settings of a condition that a plain comparison does not use [inferred]: they stand in every one of them."""
_MODE: Final = "outputColumnsSelectionMode"
_AUTOMATIC: Final = "AUTO_NON_CONFLICTING"
_SETTINGS: Final = (
    One("case_insensitive", "caseInsensitive", BOOLEAN),
    One("normalize", "normalizeText", BOOLEAN),
    One("threshold", "threshold", Verbatim({"type": "number"})),  # geojoin
    One("unit", "unit", TEXT),
    One("fuzzyMatchDesc", "fuzzyMatchDesc", OBJECT),  # fuzzyjoin
    One("normaliseDesc", "normaliseDesc", OBJECT),
)


def complete_selection(payload: JsonObject) -> JsonObject:
    """Return a new payload that takes over all columns where nobody said which."""
    if "selectedColumns" in payload:
        return payload
    changed = change_at(
        {**payload, "selectedColumns": []},
        "virtualInputs.*",
        lambda table: {_MODE: _AUTOMATIC, **table},
    )
    return changed if is_object(changed) else payload


def set_aside_in_join(payload: JsonObject) -> JsonObject:
    """Return a payload without what has no effect."""
    for path, change in (
        ("joins.*", _set_aside_limit),
        ("joins.*.on.*", _set_aside_settings),
        ("virtualInputs.*", lambda table: set_aside(table, ("originLabel",))),  # a join has no column of origin
        ("virtualInputs.*.preFilter", set_aside_in_filter),
    ):
        changed = change_at(payload, path, change)
        payload = changed if is_object(changed) else payload
    if _takes_all(payload.get("virtualInputs")):
        return set_aside(payload, ("selectedColumns",))  # the editor's copy of what it would be [inferred]
    return payload


def _takes_all(tables: Json) -> bool:
    """Tell whether every table gives all of its columns, but those that are there already."""
    return bool(tables) and is_list(tables) and all(is_object(t) and t.get(_MODE) == _AUTOMATIC for t in tables)


def _set_aside_limit(join: JsonObject) -> JsonObject:
    limit = join.get("rightLimit")
    return join if is_object(limit) and limit.get("enabled") is True else set_aside(join, ("rightLimit",))


def _set_aside_settings(condition: JsonObject) -> JsonObject:
    return set_aside(condition, _FOR_OTHERS) if condition.get("type") in _COMPARISONS else condition


@dataclass(frozen=True, slots=True)
class _Columns(Part):
    """The two columns of a condition on two tables, and how they compare."""

    tables: tuple[Json, Json]
    equal: str
    keys: Mapping[str, JsonObject] = field(
        default_factory=lambda: {"left": TEXT.schema, "right": TEXT.schema, "operator": WORD.schema}
    )
    natives: tuple[str, ...] = ("column1", "column2", "type")

    def expand(self, spec: JsonObject, scope: Scope) -> dict[str, Json]:
        native: dict[str, Json] = {
            key: {"name": spec.get(side), "table": table}
            for key, side, table in zip(("column1", "column2"), ("left", "right"), self.tables, strict=True)
        }
        kind = WORD.expand(spec.get("operator", self.equal), scope)
        return {**native, "type": kind} if kind else native

    def shorten(self, native: JsonObject, scope: Scope) -> dict[str, Json]:
        short: dict[str, Json] = {}
        for key, side in (("column1", "left"), ("column2", "right")):
            column = native.get(key)
            name = column.get("name") if is_object(column) else None
            if not isinstance(name, str) or not name:
                return {}
            short[side] = name
        operator = WORD.shorten(native.get("type", ""), scope)
        if native.get("type", "") != self.equal and not isinstance(operator, Unset):
            short["operator"] = operator
        return short


@dataclass(frozen=True, slots=True)
class _Condition(Form):
    """``customer_id`` for the same column on both sides, else a record."""

    tables: tuple[Json, Json]
    equal: str
    schema: JsonObject = field(init=False)
    record: Record = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "record", Record((_Columns(self.tables, self.equal), *_SETTINGS)))
        schema = {"anyOf": [TEXT.schema, {**self.record.schema, "required": ["left", "right"]}]}
        object.__setattr__(self, "schema", schema)

    def expand(self, spec: Json, scope: Scope) -> Json:
        return self.record.expand({"left": spec, "right": spec} if isinstance(spec, str) else spec, scope)

    def shorten(self, value: Json, scope: Scope) -> Json | Unset:
        said = self.record.shorten(value, scope)
        if not is_object(said) or "left" not in said:
            return UNSET
        return said["left"] if said == {"left": said["left"], "right": said["left"]} else said


@dataclass(frozen=True, slots=True)
class _Sides(Part):
    """The two tables of a join and the conditions on them."""

    equal: str
    keys: Mapping[str, JsonObject] = field(init=False)
    natives: tuple[str, ...] = ("table1", "table2", "on")

    def __post_init__(self) -> None:
        on = {**ListOf(_Condition((0, 1), self.equal)).schema, "description": _ON_TEXT}
        object.__setattr__(self, "keys", {"left": END_SCHEMA, "right": END_SCHEMA, "on": on})

    def expand(self, spec: JsonObject, scope: Scope) -> dict[str, Json]:
        tables = (expand_end(spec.get("left"), scope.inputs), expand_end(spec.get("right"), scope.inputs))
        native: dict[str, Json] = {"table1": tables[0], "table2": tables[1]}
        if "on" in spec:
            native["on"] = ListOf(_Condition(tables, self.equal)).expand(spec["on"], scope)
        return native

    def shorten(self, native: JsonObject, scope: Scope) -> dict[str, Json]:
        tables = (native.get("table1"), native.get("table2"))
        left, right = (shorten_end(table, scope.inputs) for table in tables)
        if isinstance(left, Unset) or isinstance(right, Unset):
            return {}
        on = ListOf(_Condition(tables, self.equal)).shorten(native.get("on"), scope)
        return {"left": left, "right": right} | ({} if isinstance(on, Unset) else {"on": on})


_ON_TEXT: Final = "columns that are equal, [customer_id], or [{left: a, right: b, operator: gte}]"


@dataclass(frozen=True, slots=True)
class Joins(Part):
    """``join`` and ``on``, or ``joins``; ``tables`` and ``select``.

    Attributes:
        equal: the type of a condition that needs no ``operator``; empty where such conditions have none (fuzzyjoin).
    """

    equal: str = "EQ"
    record: Record = field(init=False)
    keys: Mapping[str, JsonObject] = field(init=False)
    natives: tuple[str, ...] = ("joins", "virtualInputs", "selectedColumns")

    def __post_init__(self) -> None:
        sides = _Sides(self.equal)
        record = Record((One("type", "type", WORD), sides, One("condition", "customSQLCondition", TEXT)))
        object.__setattr__(self, "record", record)
        keys: dict[str, Json] = {
            "join": {**WORD.schema, "description": "left, inner, right, full, cross, left_anti, …"},
            "on": sides.keys["on"],
            "joins": {"type": "array", "items": record.schema},
            "tables": TABLES_SCHEMA,
            "select": SELECT_SCHEMA,
        }
        object.__setattr__(self, "keys", keys)

    def expand(self, spec: JsonObject, scope: Scope) -> dict[str, Json]:
        """See ``Part``."""
        joins = spec.get("joins")
        if "join" in spec or "on" in spec:
            joins = [{key: spec[said] for key, said in (("type", "join"), ("on", "on")) if said in spec}]
        native: dict[str, Json] = {}
        if is_list(joins):
            native["joins"] = [
                self.record.expand({"left": 0, "right": i + 1, **join} if is_object(join) else join, scope)
                for i, join in enumerate(joins)
            ]
        select = spec.get("select")
        if is_list(joins) or "tables" in spec or select == AUTO:
            tables = expand_tables(spec.get("tables"), scope)
            if select == AUTO:
                tables = change_at(tables, "*", lambda table: {_MODE: _AUTOMATIC, **table})
            native["virtualInputs"] = tables
        if is_list(select):
            native["selectedColumns"] = expand_select(select, scope)
        return native

    def shorten(self, native: JsonObject, scope: Scope) -> dict[str, Json]:
        """See ``Part``."""
        select = shorten_select(native.get("selectedColumns"), scope)
        around: dict[str, Json] = {} if isinstance(select, Unset) else {"select": select}
        tables, joins = native.get("virtualInputs"), native.get("joins")
        if _takes_all(tables) and "selectedColumns" not in native:
            around["select"] = AUTO
            tables = change_at(tables, "*", lambda table: {key: value for key, value in table.items() if key != _MODE})
        said_tables = shorten_tables(tables, scope)
        if isinstance(said_tables, Unset):
            return {}
        if not is_list(joins):
            return {**around, "tables": said_tables} if "joins" not in native else {}
        if said_tables:
            around["tables"] = said_tables
        said = [self._without_usual_sides(self.record.shorten(join, scope), join, i) for i, join in enumerate(joins)]
        if len(said) == 1 and is_object(said[0]) and set(said[0]) == {"type", "on"}:
            return {"join": said[0]["type"], "on": said[0]["on"], **around}
        return {"joins": said, **around}

    def mistakes(self, spec: JsonObject, scope: Scope) -> Iterator[tuple[str, str]]:
        """See ``Part``."""
        if "joins" in spec and ("on" in spec or "join" in spec):
            yield "joins", "join and on are for a single join; list that one under joins, too"
        yield from ((f"tables{path}", text) for path, text in wrong_tables(spec.get("tables"), scope))
        yield from ((f"select{path}", text) for path, text in wrong_select(spec.get("select"), scope))
        joins = spec.get("joins")
        for i, item in enumerate(joins if is_list(joins) else ()):
            for side in ("left", "right"):
                end = item.get(side) if is_object(item) else None
                if isinstance(end, str) and end not in scope.inputs:
                    yield f"joins[{i}].{side}", f'"{end}" is no input of this recipe'

    def _without_usual_sides(self, said: Json | Unset, join: Json, at: int) -> Json:
        if not is_object(said) or not is_object(join):
            return {DSS_KEY: join}
        usual = {
            side for side, key, table in (("left", "table1", 0), ("right", "table2", at + 1)) if join.get(key) == table
        }
        return {key: value for key, value in said.items() if key not in usual}
