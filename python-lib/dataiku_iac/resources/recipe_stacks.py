"""Stack (vstack) recipes: ``mode``, the stacked ``tables`` and the column of origin.

============================== ==================================================================
spec                           DSS
============================== ==================================================================
``mode: union``                ``mode: UNION``, and one virtual input per input, in order
``columns: [id, amount]``      ``selectedColumns``
``origin_column: source``      ``addOriginColumn: true``, ``originColumnName``
============================== ==================================================================

Source: object-shapes.md 8 (vstack), api-flow.md 7. All [seen].
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from dataiku_iac.core.canonical import Json, JsonObject, is_object
from dataiku_iac.core.fields import Unset
from dataiku_iac.resources.recipe_filters import set_aside_in_filter
from dataiku_iac.resources.recipe_leftovers import change_at, set_aside
from dataiku_iac.resources.recipe_tables import TABLES_SCHEMA, expand_tables, shorten_tables, wrong_tables
from dataiku_iac.resources.short_forms import Part, Scope
from dataiku_iac.resources.short_values import TEXT, WORD

__all__ = ["OriginColumn", "Stack", "set_aside_in_stack"]


def set_aside_in_stack(payload: JsonObject) -> JsonObject:
    """Return a payload without what has no effect: filters that are off, labels for a column of origin that is not wanted."""
    changed = change_at(payload, "virtualInputs.*.preFilter", set_aside_in_filter)
    if payload.get("addOriginColumn") is not True:
        changed = change_at(changed, "virtualInputs.*", lambda table: set_aside(table, ("originLabel",)))
        changed = change_at(changed, "", lambda found: set_aside(found, ("originColumnName",)))
    return changed if is_object(changed) else payload


class Stack(Part):
    """``mode`` and ``tables``."""

    keys: Mapping[str, JsonObject] = {
        "mode": {**WORD.schema, "description": "how to divide or to combine"},
        "tables": TABLES_SCHEMA,
    }
    natives = ("mode", "virtualInputs")

    def expand(self, spec: JsonObject, scope: Scope) -> dict[str, Json]:
        """See ``Part``."""
        native: dict[str, Json] = {"virtualInputs": expand_tables(spec.get("tables"), scope)}
        return {**native, "mode": WORD.expand(spec["mode"], scope)} if "mode" in spec else native

    def shorten(self, native: JsonObject, scope: Scope) -> dict[str, Json]:
        """See ``Part``."""
        tables = shorten_tables(native.get("virtualInputs"), scope)
        mode = WORD.shorten(native.get("mode"), scope)
        if isinstance(tables, Unset):
            return {}
        if isinstance(mode, Unset):
            return {"tables": tables}
        return {"mode": mode, "tables": tables} if tables else {"mode": mode}

    def mistakes(self, spec: JsonObject, scope: Scope) -> Iterator[tuple[str, str]]:
        """See ``Part``."""
        yield from ((f"tables{path}", text) for path, text in wrong_tables(spec.get("tables"), scope))


class OriginColumn(Part):
    """``origin_column``: the name of a column that says where a row comes from."""

    keys: Mapping[str, JsonObject] = {"origin_column": TEXT.schema}
    natives = ("addOriginColumn", "originColumnName")

    def expand(self, spec: JsonObject, scope: Scope) -> dict[str, Json]:
        """See ``Part``."""
        return {"addOriginColumn": True, "originColumnName": spec["origin_column"]}

    def shorten(self, native: JsonObject, scope: Scope) -> dict[str, Json]:
        """See ``Part``."""
        name = TEXT.shorten(native.get("originColumnName"), scope)
        return {} if isinstance(name, Unset) or native.get("addOriginColumn") is not True else {"origin_column": name}
