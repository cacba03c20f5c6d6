"""The common processors of prepare recipes: their words, and params as people would name them.

Source: object-shapes.md 8.1. All [seen].
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from dataiku_iac.core.canonical import Json, JsonObject, is_list, is_object
from dataiku_iac.core.fields import UNSET, FieldTable, Unset
from dataiku_iac.resources.default_rows import default_rows
from dataiku_iac.resources.short_forms import Form, One, Part, Scope, expand_parts, shorten_parts
from dataiku_iac.resources.short_values import BOOLEAN, NAMES, TEXT, WORD, Verbatim

__all__ = ["PROCESSORS", "STEP_DEFAULTS", "STEP_ROWS"]

_SINGLE: Final = "SINGLE_COLUMN"
_SEVERAL: Final = "COLUMNS"
_ANY_TEXT: Final = Verbatim({"type": "string"})


class _Columns(Part):
    """``columns``, and the scope that says whether they are one or several."""

    keys: Mapping[str, JsonObject] = {
        "columns": {"anyOf": [NAMES.schema, {"const": "all"}], "description": "names, or all"}
    }
    natives = ("columns", "appliesTo")

    def expand(self, spec: JsonObject, scope: Scope) -> dict[str, Json]:
        columns = spec["columns"]
        if not is_list(columns):
            return {"appliesTo": "ALL"}
        return {"columns": columns, "appliesTo": _SINGLE if len(columns) == 1 else _SEVERAL}

    def shorten(self, native: JsonObject, scope: Scope) -> dict[str, Json]:
        columns = NAMES.shorten(native.get("columns"), scope)
        if native.get("appliesTo") == "ALL":
            return {"columns": "all"}
        return {} if isinstance(columns, Unset) else {"columns": columns}


_ONE_TEXT: Final[JsonObject] = {
    "type": "object",
    "minProperties": 1,
    "maxProperties": 1,
    "additionalProperties": {"type": "string"},
}


class _Pairs(Form):
    """``[{NULL: ''}, {a: b}]`` for ``[{from, to}, …]``, in order."""

    schema: JsonObject = {"type": "array", "items": _ONE_TEXT}  # noqa: RUF012  read only

    def expand(self, spec: Json, scope: Scope) -> Json:
        if not is_list(spec):
            return spec
        return [{"from": old, "to": new} for pair in spec for old, new in (pair.items() if is_object(pair) else ())]

    def shorten(self, value: Json, scope: Scope) -> Json | Unset:
        pairs: list[Json] = []
        for item in value if is_list(value) else ():
            old, new = (item.get("from"), item.get("to")) if is_object(item) else (None, None)
            if not isinstance(old, str) or not isinstance(new, str):
                return UNSET
            pairs.append({old: new})
        return pairs if is_list(value) else UNSET


@dataclass(frozen=True, slots=True)
class _Pair(Form):
    """``{new: expression}`` for two params."""

    key: str
    value: str
    schema: JsonObject = field(default_factory=lambda: _ONE_TEXT)

    def expand(self, spec: Json, scope: Scope) -> Json:
        for key, value in spec.items() if is_object(spec) else ():
            return {self.key: key, self.value: value}
        return spec

    def shorten(self, value: Json, scope: Scope) -> Json | Unset:
        if not is_object(value) or set(value) != {self.key, self.value}:
            return UNSET
        key, text = value[self.key], value[self.value]
        return {key: text} if isinstance(key, str) and isinstance(text, str) else UNSET


@dataclass(frozen=True, slots=True)
class _Plain(Form):
    """A list of columns, where all else is fixed."""

    fixed: Mapping[str, Json]
    schema: JsonObject = field(default_factory=lambda: NAMES.schema)

    def expand(self, spec: Json, scope: Scope) -> Json:
        return {**_COLUMNS.expand({"columns": spec}, scope), **self.fixed}

    def shorten(self, value: Json, scope: Scope) -> Json | Unset:
        return NAMES.shorten(value.get("columns"), scope) if is_object(value) else UNSET


@dataclass(frozen=True, slots=True)
class _Params(Form):
    """Params with names of their own and fixed ones: those are declared along, as every step has them."""

    parts: tuple[Part, ...]
    usual: Mapping[str, Json]
    schema: JsonObject = field(init=False)

    def __post_init__(self) -> None:
        properties = {key: schema for part in self.parts for key, schema in part.keys.items()}
        schema = {"type": "object", "properties": properties, "additionalProperties": False}
        object.__setattr__(self, "schema", schema)

    def expand(self, spec: Json, scope: Scope) -> Json:
        return {**self.usual, **expand_parts(self.parts, spec, scope)} if is_object(spec) else spec

    def shorten(self, value: Json, scope: Scope) -> Json | Unset:
        if not is_object(value):
            return UNSET
        said = {key: item for key, item in value.items() if key not in self.usual or item != self.usual[key]}
        short, rest = shorten_parts(self.parts, said, scope)
        return UNSET if rest else short


class _Renamings(_Pairs):
    """The only param of a renaming."""

    def expand(self, spec: Json, scope: Scope) -> Json:
        return {"renamings": super().expand(spec, scope)}

    def shorten(self, value: Json, scope: Scope) -> Json | Unset:
        return super().shorten(value.get("renamings"), scope) if is_object(value) else UNSET


_COLUMNS: Final = _Columns()
_EXACT: Final[Mapping[str, Json]] = MappingProxyType({"normalization": "EXACT"})

PROCESSORS: Final[Mapping[str, tuple[str, Form]]] = MappingProxyType(
    {
        "formula": ("CreateColumnWithGREL", _Pair("column", "expression")),
        "rename": ("ColumnRenamer", _Renamings()),
        "keep": ("ColumnsSelector", _Plain({"keep": True})),
        "remove": ("ColumnsSelector", _Plain({"keep": False})),
        "copy": ("ColumnCopier", _Pair("inputColumn", "outputColumn")),
        "fill_empty": ("FillEmptyWithValue", _Params((_COLUMNS, One("value", "value", _ANY_TEXT)), {})),
        "remove_empty": ("RemoveRowsOnEmpty", _Plain({"keep": False})),
        "replace": (
            "FindReplace",
            _Params(
                (
                    _COLUMNS,
                    One("mapping", "mapping", _Pairs()),
                    One("matching", "matching", WORD),
                    One("normalization", "normalization", WORD),
                    One("output", "output", TEXT),
                ),
                _EXACT,
            ),
        ),
        "parse_date": (
            "DateParser",
            _Params(
                (
                    _COLUMNS,
                    One("formats", "formats", NAMES),
                    One("output", "outCol", TEXT),
                    One("type", "outType", WORD),
                    One("lang", "lang", TEXT),
                    One("timezone", "timezone_id", TEXT),
                ),
                {"lang": "auto", "timezone_id": "UTC"},
            ),
        ),
        "filter_values": (
            "FilterOnValue",
            _Params(
                (
                    _COLUMNS,
                    One("values", "values", Verbatim({"type": "array", "items": {"type": "string"}})),
                    One("action", "action", WORD),
                    One("matching", "matchingMode", WORD),
                    One("normalization", "normalizationMode", WORD),
                    One("combine", "booleanMode", WORD),
                    One("exclude", "exclude", BOOLEAN),
                ),
                {"matchingMode": "FULL_STRING", "normalizationMode": "EXACT", "booleanMode": "AND"},
            ),
        ),
        "transform": ("StringTransformer", _Params((_COLUMNS, One("mode", "mode", WORD)), {})),
        "reorder": (
            "ColumnReorder",
            _Params((_COLUMNS, One("where", "reorderAction", WORD), One("column", "referenceColumn", TEXT)), {}),
        ),
    }
)
"""Word to DSS's type and the form of its params."""

_NOTHING: Final[JsonObject] = {
    **dict.fromkeys(("errorColumn", "output", "outCol", "prefix"), ""),
    **dict.fromkeys(("useDatasetForMapping", "stopAfterFirstMatch", "exclude", "processNullOrEmptyValues"), False),
    **dict.fromkeys(("reverse", "sub", "mul", "div", "considerEmptyAsInvalid", "includeEmptyValues"), False),
}
"""Params that say nothing with these values, in every processor that has them."""
STEP_ROWS: Final[FieldTable] = {
    **default_rows("steps.*.params", _NOTHING),
    **default_rows("steps.*.steps.*.params", _NOTHING),
}
_STEP: Final[JsonObject] = {"metaType": "PROCESSOR", "disabled": False, "alwaysShowComment": False}
STEP_DEFAULTS: Final[JsonObject] = {
    "columnsSelection": {"mode": "ALL"},
    "maxProcessedMemTableBytes": -1,
    "steps": {"*": {**_STEP, "steps": {"*": _STEP}}},
}
