"""Readable forms of recipes: the spec keys that stand for what DSS keeps in params and payload.

``engine``, ``code_env`` and ``container`` are for all types that have such a thing; the other keys are of the families of
types and explained there (``recipe_joins``, ``recipe_columns``, …); ``recipe_shapes`` says which type has which. What no key says
stands under ``payload`` and ``params``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from dataiku_iac.core.canonical import Json, JsonObject, canonical_text, is_list, is_object
from dataiku_iac.core.fields import UNSET, Unset
from dataiku_iac.resources.recipe_io import expand_ends
from dataiku_iac.resources.recipe_leftovers import find_leftovers
from dataiku_iac.resources.recipe_shapes import SHAPES, shape_of
from dataiku_iac.resources.recipe_types import EnginePlace, recipe_type
from dataiku_iac.resources.short_forms import NO_SCOPE, Form, One, Part, Scope, expand_parts, own_keys, shorten_parts
from dataiku_iac.resources.short_values import TEXT, WORD

__all__ = [
    "FORM_SCHEMA",
    "expand_params",
    "expand_payload",
    "forms_of_other_types",
    "mistakes",
    "said_twice",
    "scope_of",
    "shorten_params",
    "shorten_payload",
    "without_effect",
]


@dataclass(frozen=True, slots=True)
class _Selection(Form):
    """``py311`` for an explicit selection; ``{mode: …}`` for the others that name nothing."""

    mode: str
    explicit: str
    name: str
    schema: JsonObject = None  # type: ignore[assignment]  # the same for all, see below

    def __post_init__(self) -> None:
        mode: JsonObject = {"type": "object", "required": ["mode"], "properties": {"mode": WORD.schema}}
        schema: JsonObject = {"anyOf": [TEXT.schema, {**mode, "additionalProperties": False}]}
        object.__setattr__(self, "schema", schema)

    def expand(self, spec: Json, scope: Scope) -> Json:
        if is_object(spec):
            return {self.mode: WORD.expand(spec.get("mode"), scope)}
        return {self.mode: self.explicit, self.name: spec}

    def shorten(self, value: Json, scope: Scope) -> Json | Unset:
        if not is_object(value):
            return UNSET
        if set(value) == {self.mode}:
            mode = WORD.shorten(value[self.mode], scope)
            return mode if isinstance(mode, Unset) else {"mode": mode}
        return TEXT.shorten(value.get(self.name), scope)


_SELECTIONS: Final = (
    One("code_env", "envSelection", _Selection("envMode", "EXPLICIT_ENV", "envName")),
    One("container", "containerSelection", _Selection("containerMode", "EXPLICIT_CONTAINER", "containerConf")),
)


_ENGINE_SCHEMA: Final[JsonObject] = {
    "type": "string",
    "minLength": 1,
    "description": "DSS, SQL, SPARK, HIVE, …; without it DSS chooses",
}


class _Engine(Form):
    """Its name in capitals; any case is understood."""

    schema = _ENGINE_SCHEMA

    def expand(self, spec: Json, scope: Scope) -> Json:
        return WORD.expand(spec, scope)

    def shorten(self, value: Json, scope: Scope) -> Json | Unset:
        return value if isinstance(value, str) and value and value == value.upper() else UNSET


_ENGINE: Final = One("engine", "engineType", _Engine())


@cache
def _params_parts(kind: str) -> Sequence[Part]:
    engine = (_ENGINE,) if recipe_type(kind).engine is EnginePlace.PARAMS else ()
    return (*shape_of(kind).params, *_SELECTIONS, *engine)


@cache
def _payload_parts(kind: str) -> Sequence[Part]:
    engine = (_ENGINE,) if recipe_type(kind).engine is EnginePlace.PAYLOAD else ()
    return (*shape_of(kind).payload, *engine)


_OF_PLUGINS: Final = "CustomCode_"
_TYPES: Final[Mapping[str, Sequence[str]]] = {
    key: tuple(
        kind for kind in (*SHAPES, _OF_PLUGINS) if key in own_keys((*shape_of(kind).payload, *shape_of(kind).params))
    )
    for kind in (*SHAPES, _OF_PLUGINS)
    for key in own_keys((*shape_of(kind).payload, *shape_of(kind).params))
}
"""Key of a family to the types that have it."""

_ORDER: Final = (
    *(
        "config",
        "mode",
        "join",
        "on",
        "joins",
        "tables",
        "select",
        "sample",
        "filter",
        "computed_columns",
        "keys",
        "count",
    ),
    *("aggregations", "partition_by", "order_by", "frame", "windows", "ranks", "ntile_of", "retrieve", "top", "bottom"),
    *(
        "rows",
        "column",
        "columns",
        "values",
        "limit",
        "pivots",
        "splits",
        "others",
        "seed",
        "origin_column",
        "all_columns",
    ),
    *("steps", "rename", "post_filter"),
)


def _form_schema() -> JsonObject:
    """Return the schema of every key, in the order in which import writes them."""
    found: dict[str, list[JsonObject]] = {}
    for kind in (*SHAPES, _OF_PLUGINS):
        for part in (*_payload_parts(kind), *_params_parts(kind), _ENGINE):
            for key, schema in part.keys.items():
                known = found.setdefault(key, [])
                if not any(canonical_text(schema) == canonical_text(other) for other in known):
                    known.append(schema)
    assert set(_ORDER) == set(_TYPES), set(_ORDER) ^ set(_TYPES)  # noqa: S101  a table beside another
    keys = (*_ORDER, "engine", "code_env", "container")
    return {key: found[key][0] if len(found[key]) == 1 else {"anyOf": found[key]} for key in keys}


FORM_SCHEMA: Final = _form_schema()


# --- the lens ---


def scope_of(inputs: Json, outputs: Json) -> Scope:
    """Return what short forms may name: the ends of role ``main``, in any form the spec or the document has them."""
    return Scope(_main_refs(inputs), _main_refs(outputs))


def _main_refs(ends: Json) -> tuple[str, ...]:
    main = expand_ends(ends).get("main") if ends is not None else None
    items = main.get("items") if is_object(main) else None
    refs = [item.get("ref") if is_object(item) else None for item in (items if is_list(items) else ())]
    return tuple(ref for ref in refs if isinstance(ref, str)) if all(isinstance(ref, str) for ref in refs) else ()


def expand_params(spec: JsonObject, kind: str, scope: Scope = NO_SCOPE) -> JsonObject | None:
    """Return the declared params, or ``None`` if none are."""
    given = spec.get("params")
    params = {**(given if is_object(given) else {}), **expand_parts(_params_parts(kind), spec, scope)}
    return params if params or "params" in spec else None


def shorten_params(params: JsonObject, kind: str, scope: Scope = NO_SCOPE) -> tuple[dict[str, Json], dict[str, Json]]:
    """Return what of ``params`` has a short form, as spec keys, and the rest."""
    return shorten_parts(_params_parts(kind), params, scope)


def expand_payload(spec: JsonObject, kind: str, scope: Scope = NO_SCOPE) -> Json:
    """Return the declared payload of a type that is not code: an object, the text of one, or ``None`` if none is."""
    given = spec.get("payload")
    if given is not None and not is_object(given):
        return given
    payload = {**(given if is_object(given) else {}), **expand_parts(_payload_parts(kind), spec, scope)}
    return payload if payload or is_object(given) else None


def shorten_payload(payload: JsonObject, kind: str, scope: Scope = NO_SCOPE) -> tuple[dict[str, Json], dict[str, Json]]:
    """Return what of ``payload`` has a short form, as spec keys, and the rest."""
    return shorten_parts(_payload_parts(kind), payload, scope)


# --- what is wrong with a spec ---


def forms_of_other_types(spec: JsonObject, kind: str) -> Iterator[tuple[str, str]]:
    """Yield each form that this type does not have, with the types that have it."""
    own = own_keys((*_payload_parts(kind), *_params_parts(kind)))
    for key, kinds in _TYPES.items():
        if key in spec and key not in own:
            yield key, ", ".join(f"{name}…" if name == _OF_PLUGINS else name for name in kinds)


def said_twice(spec: JsonObject, kind: str, scope: Scope) -> Iterator[tuple[str, str]]:
    """Yield the short key and DSS's path of what is declared both ways."""
    for whole, parts in (("params", _params_parts(kind)), ("payload", _payload_parts(kind))):
        given = spec.get(whole)
        for part in parts:
            own = {key: spec[key] for key in part.keys if key in spec}
            if not own or given is None:
                continue
            if not is_object(given):
                yield next(iter(own)), whole
                continue
            yield from ((next(iter(own)), f"{whole}.{key}") for key in part.expand(own, scope) if key in given)


def mistakes(spec: JsonObject, kind: str, scope: Scope) -> Iterator[tuple[str, str]]:
    """Yield path and text of what the schema cannot refuse in short forms."""
    for part in (*_payload_parts(kind), *_params_parts(kind)):
        own = {key: spec[key] for key in part.keys if key in spec}
        if own:
            yield from part.mistakes(own, scope)


def without_effect(kind: str, params: Json, payload: Json) -> list[str]:
    """Return the paths of what is declared and has no effect: it would be set aside on reading, and so never agree."""
    shape = shape_of(kind)
    found = find_leftovers(shape.set_aside_params(params), "params") if is_object(params) else []
    return [*found, *(find_leftovers(shape.set_aside(payload), "payload") if is_object(payload) else [])]
