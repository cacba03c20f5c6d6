"""Inputs and outputs of recipes: ``[A, {ref: B, append: true}]`` or ``{main: [A], side: [B]}`` for what DSS keeps as
``{role: {items: [{ref, deps | appendMode}]}}`` (api-flow.md 6.2).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from dataiku_iac.core.address import Address
from dataiku_iac.core.canonical import Json, JsonObject, is_list, is_object
from dataiku_iac.core.fields import Effect, Field, FieldTable
from dataiku_iac.core.kind import COMPUTABLE
from dataiku_iac.core.resource import Reference, Relation
from dataiku_iac.resources.named_objects import address_of
from dataiku_iac.resources.zone_items import DEFAULT_ZONE

__all__ = ["ENDS_SCHEMA", "IO_TABLE", "end_refs", "expand_ends", "recipe_references", "shorten_ends"]

_MAIN: Final = "main"
_FRIENDLY: Final = {"partitions": "deps", "append": "appendMode"}
_DSS: Final = {dss: friendly for friendly, dss in _FRIENDLY.items()}

IO_TABLE: Final[FieldTable] = {
    **{
        f"definition.recipe.{side}": Field(
            default={}, whole=True, effect=Effect.REBUILD, reason="a recipe's ends are declared as a whole"
        )
        for side in ("inputs", "outputs")
    },
    **{f"definition.recipe.{side}.*": Field(default={"items": []}) for side in ("inputs", "outputs")},
    "definition.recipe.inputs.*.items.*.deps": Field(default=[]),
    "definition.recipe.outputs.*.items.*.appendMode": Field(default=False),
}

_END: Final[JsonObject] = {
    "oneOf": [
        {"type": "string", "minLength": 1},
        {
            "type": "object",
            "required": ["ref"],
            "properties": {
                "ref": {"type": "string", "minLength": 1},
                "role": {"type": "string", "minLength": 1},
                "partitions": {"type": "array", "items": {"type": "object"}},
                "deps": {"type": "array", "items": {"type": "object"}},
                "append": {"type": "boolean"},
                "appendMode": {"type": "boolean"},
                "dss": {"type": "object"},
            },
            "additionalProperties": False,
        },
    ]
}
_ENDS: Final[JsonObject] = {"type": "array", "items": _END}
ENDS_SCHEMA: Final[JsonObject] = {
    "description": "a name, a list, or a list per role; foreign objects as PROJECT.NAME, folders as folder:NAME",
    "anyOf": [
        {"type": "string", "minLength": 1},
        _ENDS,
        {
            "type": "object",
            "additionalProperties": {
                "anyOf": [{"type": "string", "minLength": 1}, _ENDS, {"type": "object", "required": ["items"]}]
            },
        },
    ],
}


def expand_ends(value: Json) -> dict[str, Json]:
    """Return DSS's form of any accepted form.

    >>> expand_ends(["A", {"ref": "B", "role": "side"}])
    {'main': {'items': [{'ref': 'A'}]}, 'side': {'items': [{'ref': 'B'}]}}
    """
    roles: dict[str, list[Json]] = {}
    native: dict[str, Json] = {}
    for role, items in value.items() if is_object(value) else [(_MAIN, value)]:
        if is_object(value) and not isinstance(items, str) and not is_list(items) and not _is_end(items):
            native[role] = items  # DSS's own form
            continue
        for item in items if is_list(items) else [items]:
            at, end = _expand_end(item, role)
            roles.setdefault(at, []).append(end)
    return native | {role: {"items": items} for role, items in roles.items()}


def shorten_ends(value: Json) -> Json:
    """Return the normal form: a list if ``main`` is the only role, else a list per role; the inverse of ``expand_ends``."""
    if not is_object(value):
        return value
    short: dict[str, Json] = {role: _shorten_role(ends) for role, ends in value.items()}
    if not short:
        return []
    return short[_MAIN] if set(short) == {_MAIN} and is_list(short[_MAIN]) else short


def end_refs(value: Json) -> Iterator[tuple[str, str, str]]:
    """Yield role, reference and place of every end, e.g. ``("main", "RAW", "main[0]")`` or ``("main", "RAW", "[0]")``."""
    roles = is_object(value)
    for role, ends in expand_ends(value).items():
        items = ends.get("items") if is_object(ends) else None
        for i, item in enumerate(items if is_list(items) else []):
            ref = item.get("ref") if is_object(item) else None
            if isinstance(ref, str):
                yield role, ref, f".{role}[{i}]" if roles else f"[{i}]"


def recipe_references(spec: JsonObject, address: Address) -> Iterator[Reference]:
    """Yield the zone, what the recipe reads and what it writes; ends of kinds that cannot be declared are left out."""
    zone = spec.get("zone")
    if isinstance(zone, str) and zone and zone != DEFAULT_ZONE:
        yield Reference(Address("zone", address.project, zone), Relation.NEEDS, "zone")
    for side, relation in (("inputs", Relation.READS), ("outputs", Relation.WRITES)):
        if side not in spec:
            continue
        for _, ref, place in end_refs(spec[side]):
            end = address_of(COMPUTABLE, ref, address.project)
            if end is not None:
                yield Reference(end, relation, f"{side}{place}")


def _is_end(item: Json) -> bool:
    return is_object(item) and "ref" in item


def _expand_end(item: Json, role: str) -> tuple[str, Json]:
    if not is_object(item):
        return role, {"ref": item}
    extra = item.get("dss")
    end: dict[str, Json] = dict(extra) if is_object(extra) else {}
    for key, value in item.items():
        if key not in ("role", "dss"):
            end[_FRIENDLY.get(key, key)] = value
    at = item.get("role")
    return at if isinstance(at, str) else role, end


def _shorten_role(ends: Json) -> Json:
    if not is_object(ends) or set(ends) != {"items"} or not is_list(ends["items"]) or not ends["items"]:
        return ends
    items = ends["items"]
    if not all(is_object(item) and isinstance(item.get("ref"), str) for item in items):
        return ends
    return [_shorten_end(item) for item in items if is_object(item)]


def _shorten_end(item: JsonObject) -> Json:
    if set(item) == {"ref"}:
        return item["ref"]
    known = {_DSS.get(key, key): value for key, value in item.items() if key in ("ref", *_DSS)}
    extra = {key: value for key, value in item.items() if key not in ("ref", *_DSS)}
    return {**known, "dss": extra} if extra else known
