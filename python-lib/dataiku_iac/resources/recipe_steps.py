"""Steps of prepare recipes, one line for each of the common processors.

================================================== ==========================================================
spec                                               DSS: ``{type, params}``
================================================== ==========================================================
``{formula: {total: price * quantity}}``           CreateColumnWithGREL
``{rename: [{old: new}, …]}``                      ColumnRenamer
``{keep: [a, b]}``, ``{remove: [a, b]}``           ColumnsSelector
``{copy: {a: b}}``                                 ColumnCopier
``{fill_empty: {columns: [a], value: "0"}}``       FillEmptyWithValue
``{remove_empty: [a, b]}``                         RemoveRowsOnEmpty
``{replace: {columns: [a], mapping: [{x: y}], …}}``  FindReplace
``{parse_date: {columns: [a], formats: […]}}``     DateParser
``{filter_values: {columns: [a], values: […], …}}``  FilterOnValue
``{transform: {columns: [a], mode: to_upper}}``    StringTransformer
``{reorder: {columns: [a], where: at_start}}``     ColumnReorder
``{group: name, steps: […]}``                      ``metaType: GROUP``
``{type: …, params: {…}}``                         any processor
================================================== ==========================================================

``name``, ``comment``, ``disabled`` stand beside the word. Where a step says more than its line could, it stays as it is.
Source: object-shapes.md 8.1. All [seen].
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from dataiku_iac.core.canonical import Json, JsonObject, canonical_text, is_object
from dataiku_iac.core.fields import UNSET, Unset
from dataiku_iac.resources.recipe_leftovers import change_at, set_aside
from dataiku_iac.resources.recipe_processors import PROCESSORS
from dataiku_iac.resources.short_forms import ListOf, One, Part, Record, Scope
from dataiku_iac.resources.short_values import BOOLEAN, OBJECT, TEXT, Verbatim

__all__ = ["STEPS", "set_aside_in_script"]


class _Word(Part):
    """A common processor by its word."""

    keys: Mapping[str, JsonObject] = {word: form.schema for word, (_, form) in PROCESSORS.items()}
    natives = ("type", "params")
    exact = True

    def expand(self, spec: JsonObject, scope: Scope) -> dict[str, Json]:
        for word, said in spec.items():
            kind, form = PROCESSORS[word]
            return {"type": kind, "params": form.expand(said, scope)}
        return {}

    def shorten(self, native: JsonObject, scope: Scope) -> dict[str, Json]:
        for word, (kind, form) in PROCESSORS.items():
            said = form.shorten(native.get("params"), scope) if native.get("type") == kind else UNSET
            if not isinstance(said, Unset) and _same(form.expand(said, scope), native.get("params")):
                return {word: said}
        return {}

    def mistakes(self, spec: JsonObject, scope: Scope) -> Iterator[tuple[str, str]]:
        if len(spec) > 1:
            yield "", f"{' and '.join(spec)}: a step does one thing"


class _Group(Part):
    """A group by its name."""

    keys: Mapping[str, JsonObject] = {"group": TEXT.schema}
    natives = ("metaType", "name")

    def expand(self, spec: JsonObject, scope: Scope) -> dict[str, Json]:
        return {"metaType": "GROUP", "name": spec["group"]}

    def shorten(self, native: JsonObject, scope: Scope) -> dict[str, Json]:
        name = TEXT.shorten(native.get("name"), scope)
        return {} if isinstance(name, Unset) or native.get("metaType") != "GROUP" else {"group": name}


def _same(left: Json, right: Json) -> bool:
    return canonical_text(left) == canonical_text(right)


_OTHERS: Final = (
    *(One(key, key, Verbatim({"type": "string"})) for key in ("type", "metaType", "name", "comment")),
    One("params", "params", OBJECT),
    *(One(key, key, BOOLEAN) for key in ("disabled", "alwaysShowComment")),
)
_STEP: Final = Record((_Word(), *_OTHERS))
_STEPS: Final = ListOf(Record((_Word(), _Group(), *_OTHERS, One("steps", "steps", ListOf(_STEP)))))
STEPS: Final = One("steps", "steps", _STEPS)


def set_aside_in_script(payload: JsonObject) -> JsonObject:
    """Return a payload without what has no effect: columns of a step that applies to all of them, …"""
    payload = _changed(payload, "columnsSelection", _set_aside_list)
    for path in ("steps.*.params", "steps.*.steps.*.params"):
        payload = _changed(payload, path, _set_aside_columns)
    return payload


def _changed(payload: JsonObject, path: str, change: Callable[[JsonObject], JsonObject]) -> JsonObject:
    changed = change_at(payload, path, change)
    return changed if is_object(changed) else payload


def _set_aside_list(selection: JsonObject) -> JsonObject:
    return set_aside(selection, ("list",)) if selection.get("mode", "ALL") == "ALL" else selection


def _set_aside_columns(params: JsonObject) -> JsonObject:
    match params.get("appliesTo"):
        case "ALL":
            return set_aside(params, ("columns", "appliesToPattern"))
        case "PATTERN":
            return set_aside(params, ("columns",))
        case "SINGLE_COLUMN" | "COLUMNS":
            return set_aside(params, ("appliesToPattern",))
        case _:
            return params
