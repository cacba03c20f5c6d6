"""Typed documents: what the server's classes do to a JSON object that is read into them.

Known keys are kept in class order, missing ones take the class's default, ``null`` counts as missing, unknown ones are
silently dropped [seen]. So a PUT is a full replacement, and only a read-back tells what was stored.
A shape is a table; areas declare theirs beside their rules. Source: api-flow.md 3.2, object-shapes.md 1 (5).
"""

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

from emulator.errors import DssError
from emulator.json_text import JsonObject

__all__ = ["ABSENT", "Field", "Shape", "items_of", "nested", "optional", "sorted_set", "value"]


class _Absent(Enum):
    ABSENT = "absent"


ABSENT: Final = _Absent.ABSENT
"""Default of keys that the server writes only when they are given."""


@dataclass(frozen=True, slots=True)
class Field:
    """One key: its default, or the shape of the object (or of the items of the list) under it."""

    default: Any = ABSENT
    shape: "Shape | None" = None
    is_list: bool = False
    normal: Callable[[Any], Any] | None = None


@dataclass(frozen=True, slots=True)
class Shape:
    """A class of the server. ``is_open`` keeps unknown keys: for what has no complete table here, nothing may be lost."""

    name: str
    fields: Mapping[str, Field]
    is_open: bool = False

    def apply(self, document: object, *, keep_unknown: bool = False) -> JsonObject:
        """Return ``document`` as the server stores it; raises 400 for a value that is no object."""
        if document is None:
            document = {}
        if not isinstance(document, dict):
            raise _wrong_type(self.name, "an object", document)
        result: JsonObject = {}
        for key, field in self.fields.items():
            given = document.get(key)
            if given is not None or field.default is not ABSENT:
                result[key] = _apply_field(self.name, key, field, given, keep_unknown=keep_unknown)
        if self.is_open or keep_unknown:
            result.update(
                {key: given for key, given in document.items() if key not in self.fields and given is not None}
            )
        return result

    def extended(self, fields: Mapping[str, Field], *, name: str | None = None, is_open: bool | None = None) -> "Shape":
        """Return this shape with further keys after its own (or new defaults for its own)."""
        return Shape(name or self.name, {**self.fields, **fields}, self.is_open if is_open is None else is_open)


def value(default: Any) -> Field:
    """A plain key with a default; objects and lists under it are kept as they are."""
    return Field(default)


def optional(shape: Shape | None = None) -> Field:
    """A key that is there only if given."""
    return Field(ABSENT, shape)


def nested(shape: Shape) -> Field:
    """A key that always holds an object of ``shape``."""
    return Field({}, shape)


def items_of(shape: Shape, *, default: Any = ()) -> Field:
    """A key that holds a list of ``shape``; ``default=ABSENT`` if it may be missing."""
    return Field(default if default is ABSENT else list(default), shape, is_list=True)


def sorted_set() -> Field:
    """Tags: a list that comes back sorted and without doubles [seen]."""
    return Field([], normal=lambda given: sorted(set(given)))


def _apply_field(owner: str, key: str, field: Field, given: Any, *, keep_unknown: bool) -> Any:
    if given is None:
        given = copy.deepcopy(field.default) if isinstance(field.default, list | dict) else field.default
    if field.is_list:
        if not isinstance(given, list):
            raise _wrong_type(f"{owner}.{key}", "a list", given)
        assert field.shape is not None  # noqa: S101  items_of() sets both
        return [field.shape.apply(item, keep_unknown=keep_unknown) for item in given]
    if field.shape is not None:
        return field.shape.apply(given, keep_unknown=keep_unknown)
    if isinstance(field.default, list | dict) and not isinstance(given, type(field.default)):
        raise _wrong_type(f"{owner}.{key}", "a list" if isinstance(field.default, list) else "an object", given)
    return given if field.normal is None else field.normal(given)


def _wrong_type(where: str, expected: str, given: object) -> DssError:
    """Gson refuses a value of another JSON type than the class has [inferred]."""
    return DssError(
        400,
        "com.google.gson.JsonSyntaxException",
        f"java.lang.IllegalStateException: Expected {expected} but was {type(given).__name__} at {where}",
    )
