"""Strict reading of records that we stored ourselves: every key is asked for, every type fits, nothing is left over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Final, TypeVar

from dataiku_iac.core.canonical import Json, JsonObject
from dataiku_iac.core.errors import StoreCorrupt

__all__ = ["FORMAT_VERSION", "Fields"]

FORMAT_VERSION: Final = 1

E = TypeVar("E", bound=StrEnum)


class Fields:
    """The keys of one stored record; ``where`` names the object, e.g. ``s3://bucket/prod/crm/lock.json``.

    Unlike documents of DSS, these records are ours alone: a key that we do not know means another version or an altered
    object, and both are refused rather than read by halves. Call ``end`` after the last key.

    Raises (all methods):
        StoreCorrupt: a key is missing, unknown or of another type.
    """

    def __init__(self, raw: Json, *, where: str) -> None:
        if not isinstance(raw, Mapping):
            raise _corrupt(f"expected an object, found {_name(raw)}", where)
        self._raw: JsonObject = raw
        self._where = where
        self._asked: set[str] = set()

    def version(self) -> None:
        """Refuse a record whose ``v`` is not ours."""
        found = self.integer("v")
        if found != FORMAT_VERSION:
            raise StoreCorrupt(
                f"the record has format version {found}; this program reads version {FORMAT_VERSION}",
                where=self._where,
                next_step="use the version of dataiku-iac that wrote it, or a newer one",
            )

    def text(self, key: str) -> str:
        """Return a string."""
        value = self.json(key)
        if not isinstance(value, str):
            raise self._wrong(key, "a string", value)
        return value

    def text_or_none(self, key: str) -> str | None:
        """Return a string, or ``None`` for ``null``."""
        return None if self.json(key) is None else self.text(key)

    def integer(self, key: str) -> int:
        """Return a whole number, not negative: all our counters are."""
        value = self.json(key)
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            raise self._wrong(key, "a whole number, 0 or more", value)
        return value

    def integer_or_none(self, key: str) -> int | None:
        """Return a whole number, or ``None`` for ``null``."""
        return None if self.json(key) is None else self.integer(key)

    def number(self, key: str) -> float:
        """Return a number, not negative: all our durations are."""
        value = self.json(key)
        if not isinstance(value, int | float) or isinstance(value, bool) or value < 0:
            raise self._wrong(key, "a number, 0 or more", value)
        return float(value)

    def number_or_none(self, key: str) -> float | None:
        """Return a number, or ``None`` for ``null``."""
        return None if self.json(key) is None else self.number(key)

    def flag(self, key: str) -> bool:
        """Return true or false."""
        value = self.json(key)
        if not isinstance(value, bool):
            raise self._wrong(key, "true or false", value)
        return value

    def choice(self, key: str, kind: type[E]) -> E:
        """Return the member of ``kind`` with that value."""
        value = self.text(key)
        try:
            return kind(value)
        except ValueError:
            raise self._wrong(key, "one of " + ", ".join(member.value for member in kind), value) from None

    def object(self, key: str) -> JsonObject:
        """Return a JSON object."""
        value = self.json(key)
        if not isinstance(value, Mapping):
            raise self._wrong(key, "an object", value)
        return value

    def object_or_none(self, key: str) -> JsonObject | None:
        """Return a JSON object, or ``None`` for ``null``."""
        return None if self.json(key) is None else self.object(key)

    def counts(self, key: str) -> dict[str, int]:
        """Return an object of whole numbers, e.g. ``{"create": 3}``."""
        inner = Fields(self.object(key), where=f"{self._where} {key}")
        return {name: inner.integer(name) for name in self.object(key)}

    def items(self, key: str) -> Sequence[Json]:
        """Return a list."""
        value = self.json(key)
        if not isinstance(value, Sequence) or isinstance(value, str):
            raise self._wrong(key, "a list", value)
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """Return a list of strings."""
        found = self.items(key)
        texts = tuple(item for item in found if isinstance(item, str))
        if len(texts) != len(found):
            raise self._wrong(key, "a list of strings", found)
        return texts

    def json(self, key: str) -> Json:
        """Return the value as it stands."""
        self._asked.add(key)
        if key not in self._raw:
            raise _corrupt(f'key "{key}" is missing', self._where)
        return self._raw[key]

    def end(self) -> None:
        """Refuse keys that nobody asked for."""
        unknown = sorted(set(self._raw) - self._asked)
        if unknown:
            raise _corrupt("unknown key " + ", ".join(f'"{key}"' for key in unknown), self._where)

    def _wrong(self, key: str, wanted: str, found: Json) -> StoreCorrupt:
        return _corrupt(f'key "{key}" should be {wanted}, but is {_name(found)}', self._where)


def _name(value: Json) -> str:
    match value:
        case None | bool() | int() | float():
            return repr(value)
        case str():
            return f'"{value[:60]}"'
        case Mapping():
            return "an object"
        case _:
            return "a list"


def _corrupt(what: str, where: str) -> StoreCorrupt:
    return StoreCorrupt(
        what,
        where=where,
        next_step="look at earlier versions of this object in the bucket; nothing of ours repairs it by guessing",
    )
