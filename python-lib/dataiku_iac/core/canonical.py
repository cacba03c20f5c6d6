"""One byte form for one value: what digests, stored objects and comparisons are made of."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Final, TypeAlias, TypeGuard

__all__ = ["ATOMS", "Json", "JsonObject", "canonical_bytes", "canonical_text", "digest", "is_list", "is_object"]

Json: TypeAlias = "bool | int | float | str | Sequence[Json] | Mapping[str, Json] | None"
JsonObject: TypeAlias = Mapping[str, "Json"]

ATOMS: Final = frozenset({str, int, float, bool, type(None)})
"""Types of values that hold no others. Asked for first: nine of ten values are such, and abstract classes are slow to ask."""


def canonical_text(value: Json) -> str:
    """Return the canonical JSON of ``value``: sorted keys, no blanks, UTF-8 text kept as is, no NaN.

    >>> canonical_text({"b": [1, 2.5, None], "a": "é"})
    '{"a":"é","b":[1,2.5,null]}'
    """
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def canonical_bytes(value: Json) -> bytes:
    """Return ``canonical_text`` encoded as UTF-8."""
    return canonical_text(value).encode("utf-8", "surrogatepass")


def digest(value: Json) -> str:
    """Return ``sha256:<64 hex>`` of the canonical form; equal values have equal digests."""
    return "sha256:" + hashlib.sha256(canonical_bytes(value)).hexdigest()


def is_object(value: object) -> TypeGuard[JsonObject]:
    """Tell whether a JSON value is an object."""
    return type(value) is dict or isinstance(value, Mapping)  # the first is ten times faster


def is_list(value: object) -> TypeGuard[Sequence[Json]]:
    """Tell whether a JSON value is a list (a string is not)."""
    return type(value) is list or isinstance(value, list | tuple)
