"""Typed documents: what the server's classes do to a JSON object that is read into them.

Known keys are kept in class order, missing ones take the class's default, ``null`` counts as missing, unknown ones are
silently dropped [seen]. So a PUT is a full replacement, and only a read-back tells what was stored.
A shape is a table; areas declare theirs beside their rules. A key may belong to some versions of DSS only (``since``, ``until``):
elsewhere the class lacks it. Source: api-flow.md 3.2, object-shapes.md 1 (5), 17.1.
"""

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final, TypeAlias

from emulator.errors import DssError
from emulator.json_text import JsonObject

__all__ = [
    "ABSENT",
    "DEFAULT_VERSION",
    "Field",
    "Shape",
    "Version",
    "items_of",
    "nested",
    "optional",
    "sorted_set",
    "value",
]

Version: TypeAlias = tuple[int, ...]
DEFAULT_VERSION: Final[Version] = (14, 2, 0)
"""Version of a node whose profile says nothing else."""
_FIRST: Final[Version] = ()
_NEVER: Final[Version] = (1_000_000,)


class _Absent(Enum):
    ABSENT = "absent"


ABSENT: Final = _Absent.ABSENT
"""Default of keys that the server writes only when they are given."""


@dataclass(frozen=True, slots=True)
class Field:
    """One key: its default, or the shape of the object (or of the items of the list) under it.

    ``since`` is the first version of DSS that has it, ``until`` the first one that has it no longer.
    """

    default: Any = ABSENT
    shape: "Shape | None" = None
    is_list: bool = False
    normal: Callable[[Any], Any] | None = None
    since: Version = _FIRST
    until: Version = _NEVER


@dataclass(frozen=True, slots=True)
class Shape:
    """A class of the server. ``is_open`` keeps unknown keys: for what has no complete table here, nothing may be lost."""

    name: str
    fields: Mapping[str, Field]
    is_open: bool = False

    def apply(self, document: object, *, keep_unknown: bool = False, version: Version = DEFAULT_VERSION) -> JsonObject:
        """Return ``document`` as a server of ``version`` stores it; raises 400 for a value that is no object."""
        if document is None:
            document = {}
        if not isinstance(document, dict):
            raise _wrong_type(self.name, "an object", document)
        result: JsonObject = {}
        for key, field in self.fields.items():
            given = document.get(key)
            if not field.since <= version < field.until:  # the class lacks it: as any unknown key
                if keep_unknown and given is not None:
                    result[key] = given
            elif given is not None or field.default is not ABSENT:
                result[key] = _apply_field(self.name, key, field, given, keep_unknown=keep_unknown, version=version)
        if self.is_open or keep_unknown:
            result.update(
                {key: given for key, given in document.items() if key not in self.fields and given is not None}
            )
        return result

    def extended(self, fields: Mapping[str, Field], *, name: str | None = None, is_open: bool | None = None) -> "Shape":
        """Return this shape with further keys after its own (or new defaults for its own)."""
        return Shape(name or self.name, {**self.fields, **fields}, self.is_open if is_open is None else is_open)


def value(default: Any, *, since: Version = _FIRST, until: Version = _NEVER) -> Field:
    """A plain key with a default; objects and lists under it are kept as they are."""
    return Field(default, since=since, until=until)


def optional(shape: Shape | None = None, *, since: Version = _FIRST, until: Version = _NEVER) -> Field:
    """A key that is there only if given."""
    return Field(ABSENT, shape, since=since, until=until)


def nested(shape: Shape, *, since: Version = _FIRST, until: Version = _NEVER) -> Field:
    """A key that always holds an object of ``shape``."""
    return Field({}, shape, since=since, until=until)


def items_of(shape: Shape, *, default: Any = ()) -> Field:
    """A key that holds a list of ``shape``; ``default=ABSENT`` if it may be missing."""
    return Field(default if default is ABSENT else list(default), shape, is_list=True)


def sorted_set() -> Field:
    """Tags: a list that comes back sorted and without doubles [seen]."""
    return Field([], normal=lambda given: sorted(set(given)))


def _apply_field(owner: str, key: str, field: Field, given: Any, *, keep_unknown: bool, version: Version) -> Any:
    if given is None:
        given = copy.deepcopy(field.default) if isinstance(field.default, list | dict) else field.default
    if field.is_list:
        if not isinstance(given, list):
            raise _wrong_type(f"{owner}.{key}", "a list", given)
        assert field.shape is not None  # noqa: S101  items_of() sets both
        return [field.shape.apply(item, keep_unknown=keep_unknown, version=version) for item in given]
    if field.shape is not None:
        return field.shape.apply(given, keep_unknown=keep_unknown, version=version)
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
