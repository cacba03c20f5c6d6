"""Filters, as visual recipes have them before, after and between their work.

============================================ ==============================================================
spec                                         DSS
============================================ ==============================================================
``"amount > 0"``                             a formula: ``mode: CUSTOM``
``[[amount, '>', 0], [day, is empty]]``      all of these conditions: ``mode: '&&'``
``{any: [[amount, '>', 0], …]}``             any of them: ``mode: '||'``
``{sql: …}``, ``{query: …}``                 SQL of the engine; a query string of Elasticsearch
``{distinct: true}``                         no row twice; may stand beside each of those
============================================ ==============================================================

A condition is ``[column, operator]`` or ``[column, operator, value]``; numbers and texts have operators of their own in DSS,
so the value says which is meant. Source: object-shapes.md 3 (filter), api-flow.md 7. All [seen] unless marked.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

from dataiku_iac.core.canonical import Json, JsonObject, is_list, is_object
from dataiku_iac.core.fields import UNSET, Unset
from dataiku_iac.resources.recipe_leftovers import set_aside
from dataiku_iac.resources.short_forms import NO_SCOPE, Form, ListOf, Scope
from dataiku_iac.resources.spec_keys import DSS_KEY

__all__ = ["FILTER", "FILTER_DEFAULTS", "set_aside_in_filter"]

FILTER_DEFAULTS: Final[JsonObject] = {"distinct": False, "enabled": False}

_NUMBERS: Final[Mapping[str, str]] = MappingProxyType(
    {
        **{sign: f"{sign} [number]" for sign in ("==", "!=", ">=", "<=")},
        ">": ">  [number]",  # padded like "<  [date]", which was seen [inferred]
        "<": "<  [number]",
    }
)
_TEXTS: Final[Mapping[str, str]] = MappingProxyType(
    {"==": "== [string]", "!=": "!= [string]", "contains": "contains", "regex": "regex"}
)
_ALONE: Final[Mapping[str, str]] = MappingProxyType(
    {
        "is true": "true",
        "is false": "false",  # the bare words would be booleans in YAML
        **{operator: operator for operator in ("is empty", "not empty", "not empty string")},
    }
)
_OPERANDS: Final = (
    *("col", "string", "num", "num2", "date", "time", "date2", "time2", "unit", "items"),  # the editor fills in several
)
_USED: Final[Mapping[str, str]] = MappingProxyType(
    {
        **dict.fromkeys(_NUMBERS.values(), "num"),
        **dict.fromkeys(_TEXTS.values(), "string"),
        **dict.fromkeys(_ALONE.values(), ""),
    }
)
_SIGN_OF: Final[Mapping[str, str]] = MappingProxyType(
    {dss: sign for table in (_NUMBERS, _TEXTS, _ALONE) for sign, dss in table.items()}
)

_CONDITION_SCHEMA: Final[JsonObject] = {
    "type": "array",
    "prefixItems": [{"type": "string"}, {"type": "string"}, {"type": ["string", "number"]}],
    "minItems": 2,
    "maxItems": 3,
    "items": {"type": ["string", "number"]},
    "description": "[column, operator, value]; without a value: is true, is empty, not empty, …",
}


def set_aside_in_filter(value: JsonObject) -> JsonObject:
    """Return a filter without what has no effect: all of one that is off, conditions of a formula, unused operands."""
    if value.get("enabled") is not True:
        return set_aside(value, ("uiData", "expression", "language"))
    ui = value.get("uiData")
    if not is_object(ui):
        return value
    conditions = ui.get("conditions")
    if ui.get("mode") in ("CUSTOM", "SQL", "ES_QUERY_STRING"):
        return {**value, "uiData": set_aside(ui, ("conditions",))}
    if ui.get("mode") not in ("&&", "||") or not is_list(conditions):
        return value
    used = [_set_aside_operands(item) if is_object(item) else item for item in conditions]
    return set_aside({**value, "uiData": {**ui, "conditions": used}}, ("expression", "language"))


def _set_aside_operands(condition: JsonObject) -> JsonObject:
    used = _USED.get(str(condition.get("operator")))
    if used is None:
        return condition
    return set_aside(condition, [key for key in _OPERANDS if key != used])


class _Condition(Form):
    schema = _CONDITION_SCHEMA

    def expand(self, spec: Json, scope: Scope) -> Json:
        if not is_list(spec) or not spec:
            return spec
        operator = str(spec[1]) if len(spec) > 1 else ""
        if len(spec) != 3:
            return {"input": spec[0], "operator": _ALONE.get(operator, operator)}
        value = spec[2]
        if isinstance(value, str):
            return {"input": spec[0], "operator": _TEXTS.get(operator, operator), "string": value}
        return {"input": spec[0], "operator": _NUMBERS.get(operator, operator), "num": value}

    def shorten(self, value: Json, scope: Scope) -> Json | Unset:
        if not is_object(value) or not isinstance(value.get("input"), str):
            return UNSET
        operator = value.get("operator")
        used = _USED.get(str(operator))
        if used is None or set(value) != {"input", "operator", *([used] if used else ())}:
            return UNSET
        operand = [value[used]] if used else []
        if operand and (isinstance(operand[0], bool) or not isinstance(operand[0], str | int | float)):
            return UNSET
        return [value["input"], _SIGN_OF.get(str(operator), str(operator)), *operand]

    def mistakes(self, spec: Json, scope: Scope) -> Iterator[tuple[str, str]]:
        if not is_list(spec) or len(spec) not in (2, 3):
            return
        operator = spec[1]
        table = tuple(_ALONE) if len(spec) == 2 else tuple(_TEXTS) if isinstance(spec[2], str) else tuple(_NUMBERS)
        if operator not in table:
            what = "without a value" if len(spec) == 2 else "for a text" if isinstance(spec[2], str) else "for a number"
            yield "", f'"{operator}" is no operator {what}: {", ".join(table)}; others stand as {{dss: …}}'


_CONDITIONS: Final = ListOf(_Condition())
_MODES: Final = {"all": "&&", "any": "||"}
_EXPRESSIONS: Final = {"formula": "CUSTOM", "sql": "SQL", "query": "ES_QUERY_STRING"}


class _Filter(Form):
    schema: JsonObject = {  # noqa: RUF012  read only
        "anyOf": [
            {"type": "string", "minLength": 1},
            _CONDITIONS.schema,
            {
                "type": "object",
                "properties": {
                    **dict.fromkeys(_MODES, _CONDITIONS.schema),
                    **{key: {"type": "string", "minLength": 1} for key in _EXPRESSIONS},
                    "distinct": {"type": "boolean"},
                    DSS_KEY: {"type": "object"},
                },
                "additionalProperties": False,
            },
        ],
        "description": "a formula, a list of conditions that all hold, or {any: […]}",
    }

    def expand(self, spec: Json, scope: Scope) -> Json:
        if isinstance(spec, str):
            spec = {"formula": spec}
        elif is_list(spec):
            spec = {"all": spec}
        if not is_object(spec):
            return spec
        rest = spec.get(DSS_KEY)
        native: dict[str, Json] = dict(rest) if is_object(rest) else {}
        if "distinct" in spec:
            native["distinct"] = spec["distinct"]
        for key, mode in (*_MODES.items(), *_EXPRESSIONS.items()):
            if key in spec:
                native |= _enabled(native, key, mode, spec[key])
        return native

    def shorten(self, value: Json, scope: Scope) -> Json | Unset:
        if not is_object(value):
            return UNSET
        rest = dict(value)
        short: dict[str, Json] = {}
        if isinstance(rest.get("distinct"), bool):
            short["distinct"] = rest.pop("distinct")
        ui = rest.get("uiData")
        if rest.get("enabled") is True and is_object(ui):
            short |= _said(rest, ui)
        if set(short) == {"formula"} and not rest:
            return short["formula"]
        if set(short) == {"all"} and not rest:
            return short["all"]
        return {**short, DSS_KEY: rest} if rest else short

    def mistakes(self, spec: Json, scope: Scope) -> Iterator[tuple[str, str]]:
        if is_list(spec):
            yield from _CONDITIONS.mistakes(spec, scope)
        elif is_object(spec):
            given = [key for key in (*_MODES, *_EXPRESSIONS) if key in spec]
            if len(given) > 1:
                yield "", f"{' and '.join(given)}: a filter is one of them"
            for key in _MODES:
                yield from ((f".{key}{path}", text) for path, text in _CONDITIONS.mistakes(spec.get(key), scope))


def _enabled(native: JsonObject, key: str, mode: str, said: Json) -> dict[str, Json]:
    before = native.get("uiData")
    ui: dict[str, Json] = {**(before if is_object(before) else {}), "mode": mode}
    if key in _EXPRESSIONS:
        return {"enabled": True, "uiData": ui, "expression": said}
    return {"enabled": True, "uiData": {**ui, "conditions": _CONDITIONS.expand(said, NO_SCOPE)}}


def _said(rest: dict[str, Json], ui: JsonObject) -> dict[str, Json]:
    """Return what the conditions or the formula say, and take it out of ``rest``."""
    others = {key: value for key, value in ui.items() if key not in ("mode", "conditions")}
    found: dict[str, Json] = {}
    for key, mode in _MODES.items():
        if ui.get("mode") == mode and is_list(ui.get("conditions")):
            said = _CONDITIONS.shorten(ui["conditions"], NO_SCOPE)
            found = {} if isinstance(said, Unset) else {key: said}
    for key, mode in _EXPRESSIONS.items():
        if ui.get("mode") == mode and "conditions" not in ui and isinstance(rest.get("expression"), str):
            found = {key: rest.pop("expression")} if rest["expression"] else {}
    if found:
        del rest["enabled"], rest["uiData"]
        if others:
            rest["uiData"] = others
    return found


FILTER: Final = _Filter()
