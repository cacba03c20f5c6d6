"""Specs that a kind's JSON Schema allows, generated: only the part of JSON Schema that our schemas use."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st

from dataiku_iac.core.canonical import JsonObject
from dataiku_iac.core.kind import Kind

__all__ = ["entries"]

_WORDS = st.sampled_from(["a", "b", "raw", "ORDERS", "x y", "é", "folder:exports", "P.name", "${v}", "0"])
_SCALARS = st.one_of(st.none(), st.booleans(), st.integers(-2, 3), st.just(0.5), _WORDS)
_ANYTHING: st.SearchStrategy[Any] = st.recursive(
    _SCALARS, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(_WORDS, inner, max_size=2), max_leaves=4
)
_OBJECTS = st.dictionaries(st.sampled_from(["k1", "k2", "mode"]), _ANYTHING, max_size=2)
_OF_TYPE: Mapping[str, st.SearchStrategy[Any]] = {
    "string": _WORDS,
    "boolean": st.booleans(),
    "integer": st.integers(0, 5),
    "number": st.integers(0, 5) | st.just(1.5),
    "null": st.none(),
}


def entries(kind: Kind) -> st.SearchStrategy[JsonObject]:
    """Return entries of the kind's section, name included."""
    return _of(kind.schema)


def _of(schema: Any) -> st.SearchStrategy[Any]:
    if schema is True or not schema:
        return _ANYTHING
    if "const" in schema:
        return st.just(schema["const"])
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    types = schema.get("type")
    if isinstance(types, list):
        return st.one_of([_of({**schema, "type": one}) for one in types])
    alternatives = schema.get("oneOf") or schema.get("anyOf")
    if alternatives and types != "object":
        return st.one_of([_of(alternative) for alternative in alternatives])
    if types == "object":
        if alternatives:
            return st.one_of([_object({**schema, "required": one.get("required", ())}) for one in alternatives])
        return _object(schema)
    if types == "array":
        return st.lists(
            _of(schema.get("items", {})), min_size=schema.get("minItems", 0), max_size=schema.get("maxItems", 3)
        )
    if types == "string" and "pattern" in schema:
        return st.from_regex(schema["pattern"], fullmatch=True)
    return _OF_TYPE.get(types, _ANYTHING)


def _object(schema: Any) -> st.SearchStrategy[Any]:
    properties = schema.get("properties")
    if not properties:
        more = schema.get("additionalProperties", True)
        return _OBJECTS if more in (True, {}) else st.dictionaries(_WORDS, _of(more), max_size=2)
    required = set(schema.get("required", ()))
    rejected = {key for other in schema.get("oneOf") or () for key in other.get("required", ())} - required
    strategies = {key: _of(value) for key, value in properties.items() if key not in rejected}
    optional = sorted(set(strategies) - required)
    chosen = st.lists(st.sampled_from(optional), max_size=5, unique=True) if optional else st.just([])
    return chosen.flatmap(
        lambda keys: st.fixed_dictionaries({key: strategies[key] for key in (*sorted(required), *keys)})
    )
