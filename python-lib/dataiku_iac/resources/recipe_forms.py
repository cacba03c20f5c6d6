"""Readable forms of recipe payloads and params: the spec keys that stand for them, each with its exact inverse.

===================== =================================================== =====================================
spec                  types                                               DSS
===================== =================================================== =====================================
``steps``             shaker                                              ``payload.steps``
``keys``              grouping, distinct, topn                            ``payload.keys[].column`` (topn: names)
``aggregations``      grouping: ``{amount: [sum, avg]}``                  ``payload.values[]``
``engine``            types with engines                                  ``engineType``, in params or payload
``code_env``          all                                                 ``params.envSelection``, explicit
``container``         all                                                 ``params.containerSelection``, explicit
===================== =================================================== =====================================

A form is used for a document only where it can say all of it; otherwise the field stays under ``payload`` or ``params``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from dataiku_iac.core.canonical import Json, JsonObject, is_list, is_object
from dataiku_iac.resources.recipe_payloads import AGGREGATES
from dataiku_iac.resources.recipe_types import EnginePlace, recipe_type

__all__ = [
    "FORM_SCHEMA",
    "expand_params",
    "expand_payload",
    "forms_of_other_types",
    "shorten_params",
    "shorten_payload",
    "twice_in_params",
    "twice_in_payload",
]

_SELECTIONS: Final = {
    "code_env": ("envSelection", "envMode", "EXPLICIT_ENV", "envName"),
    "container": ("containerSelection", "containerMode", "EXPLICIT_CONTAINER", "containerConf"),
}
_KEY_TYPES: Final = ("grouping", "distinct", "topn")
_PLAIN_KEYS: Final = "topn"
_TYPES: Final = {"steps": ("shaker",), "keys": _KEY_TYPES, "aggregations": ("grouping",)}
_PAYLOAD_KEYS: Final = {"steps": "steps", "keys": "keys", "aggregations": "values"}
_FLAG_ALIASES: Final = {"count_distinct": "countDistinct", "concat_distinct": "concatDistinct", "mean": "avg"}

FORM_SCHEMA: Final[JsonObject] = {
    "steps": {"type": "array", "items": {"type": "object"}, "description": "of a prepare recipe"},
    "keys": {"type": "array", "items": {"type": "string"}},
    "aggregations": {
        "type": "object",
        "additionalProperties": {
            "oneOf": [{"type": "array", "items": {"enum": [*AGGREGATES, *_FLAG_ALIASES]}}, {"type": "object"}]
        },
        "description": "column to its aggregates: [sum, avg], or DSS's settings: {first: true, orderColumn: day}",
    },
    "engine": {"type": "string", "description": "DSS, SQL, SPARK, HIVE, …; without it DSS chooses"},
    "code_env": {"type": "string", "minLength": 1},
    "container": {"type": "string", "minLength": 1},
}


def expand_params(spec: JsonObject, kind: str) -> JsonObject | None:
    """Return the declared params, or ``None`` if none are."""
    given = spec.get("params")
    params: dict[str, Json] = dict(given) if is_object(given) else {}
    for key, (where, mode, explicit, name) in _SELECTIONS.items():
        if key in spec:
            params[where] = {mode: explicit, name: spec[key]}
    engine = spec.get("engine")
    if isinstance(engine, str) and recipe_type(kind).engine is not EnginePlace.PAYLOAD:
        params["engineType"] = engine.upper()
    return params if params or "params" in spec else None


def shorten_params(params: JsonObject, kind: str) -> tuple[dict[str, Json], dict[str, Json]]:
    """Return what of ``params`` has a short form, as spec keys, and the rest."""
    short: dict[str, Json] = {}
    rest = dict(params)
    for key, (where, mode, explicit, name) in _SELECTIONS.items():
        selection = params.get(where)
        if not is_object(selection) or set(selection) != {mode, name} or selection[mode] != explicit:
            continue
        if isinstance(selection[name], str) and selection[name]:
            short[key] = selection[name]
            del rest[where]
    engine = params.get("engineType")
    if recipe_type(kind).engine is EnginePlace.PARAMS and isinstance(engine, str) and engine == engine.upper():
        short["engine"] = engine
        del rest["engineType"]
    return short, rest


def expand_payload(spec: JsonObject, kind: str) -> Json:
    """Return the declared payload of a type that is not code: an object, the text of one, or ``None`` if none is."""
    given = spec.get("payload")
    if given is not None and not is_object(given):
        return given
    payload: dict[str, Json] = dict(given) if is_object(given) else {}
    if kind in _TYPES["steps"] and "steps" in spec:
        payload["steps"] = spec["steps"]
    keys = spec.get("keys")
    if kind in _KEY_TYPES and is_list(keys):
        payload["keys"] = keys if kind == _PLAIN_KEYS else [{"column": key} for key in keys]
    aggregations = spec.get("aggregations")
    if kind in _TYPES["aggregations"] and is_object(aggregations):
        payload["values"] = [
            {"column": column, **(names if is_object(names) else _flags(names))}
            for column, names in aggregations.items()
        ]
    engine = spec.get("engine")
    if isinstance(engine, str) and recipe_type(kind).engine is EnginePlace.PAYLOAD:
        payload["engineType"] = engine.upper()
    return payload if payload or is_object(given) else None


def shorten_payload(payload: JsonObject, kind: str) -> tuple[dict[str, Json], dict[str, Json]]:
    """Return what of ``payload`` has a short form, as spec keys, and the rest."""
    short: dict[str, Json] = {}
    rest = dict(payload)
    if kind in _TYPES["steps"] and _is_objects(payload.get("steps")):
        short["steps"] = rest.pop("steps")
    keys = _short_keys(payload.get("keys"), kind) if kind in _KEY_TYPES else None
    if keys is not None:
        short["keys"] = keys
        del rest["keys"]
    aggregations = _short_values(payload.get("values")) if kind in _TYPES["aggregations"] else None
    if aggregations is not None:
        short["aggregations"] = aggregations
        del rest["values"]
    engine = payload.get("engineType")
    if recipe_type(kind).engine is EnginePlace.PAYLOAD and isinstance(engine, str) and engine == engine.upper():
        short["engine"] = engine
        del rest["engineType"]
    return short, rest


def forms_of_other_types(spec: JsonObject, kind: str) -> Iterator[tuple[str, str]]:
    """Yield each form that this type does not have, with the types that have it."""
    for key, kinds in _TYPES.items():
        if key in spec and kind not in kinds:
            yield key, ", ".join(kinds)


def twice_in_params(spec: JsonObject, kind: str) -> Iterator[tuple[str, str]]:
    """Yield the short key and DSS's path of what is declared both ways."""
    params = spec.get("params")
    if not is_object(params):
        return
    for key, (where, *_) in _SELECTIONS.items():
        if key in spec and where in params:
            yield key, f"params.{where}"
    if "engine" in spec and "engineType" in params:
        yield "engine", "params.engineType"


def twice_in_payload(spec: JsonObject, kind: str) -> Iterator[tuple[str, str]]:
    """Yield the short key and DSS's path of what is declared both ways."""
    payload = spec.get("payload")
    if payload is None:
        return
    for key, inner in {**_PAYLOAD_KEYS, "engine": "engineType"}.items():
        if key in spec and not is_object(payload):
            yield key, "payload"
        elif key in spec and is_object(payload) and inner in payload:
            yield key, f"payload.{inner}"


def _is_objects(value: Json) -> bool:
    return is_list(value) and all(is_object(item) for item in value)


def _flags(names: Json) -> dict[str, Json]:
    return {_FLAG_ALIASES.get(str(name), str(name)): True for name in names} if is_list(names) else {}


def _short_keys(keys: Json, kind: str) -> list[Json] | None:
    if not is_list(keys):
        return None
    names: list[Json] = []
    for key in keys:
        name = key if kind == _PLAIN_KEYS else key.get("column") if is_object(key) and set(key) == {"column"} else None
        if not isinstance(name, str):
            return None
        names.append(name)
    return names


def _short_values(values: Json) -> dict[str, Json] | None:
    if not is_list(values):
        return None
    short: dict[str, Json] = {}
    for value in values:
        column = value.get("column") if is_object(value) else None
        if not is_object(value) or not isinstance(column, str) or column in short:
            return None
        settings = {key: setting for key, setting in value.items() if key != "column"}
        plain = all(key in AGGREGATES and setting is True for key, setting in settings.items())
        short[column] = [flag for flag in AGGREGATES if flag in settings] if plain else settings
    return short
