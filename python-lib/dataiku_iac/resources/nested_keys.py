"""Spec keys for fields that lie deep in DSS's object: ``dataset: ORDERS`` for ``{"params": {"datasetSmartName": "ORDERS"}}``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from dataiku_iac.core.canonical import Json, JsonObject, is_object

__all__ = ["CODE_ENV", "CONTAINER", "Choice", "Nested", "NestedKeys", "lift", "lower", "said_twice"]


@dataclass(frozen=True, slots=True)
class Choice:
    """An object that only says which one: ``{"envMode": "EXPLICIT_ENV", "envName": "py311"}`` is ``py311``."""

    mode_key: str
    mode: str
    name_key: str


CODE_ENV: Final = Choice("envMode", "EXPLICIT_ENV", "envName")
CONTAINER: Final = Choice("containerMode", "EXPLICIT_CONTAINER", "containerConf")


@dataclass(frozen=True, slots=True)
class Nested:
    """Where in the definition the value of a spec key stands.

    Attributes:
        path: keys down to it, e.g. ``("params", "webAppSmartId")``.
        prefix: what the value begins with there and the spec leaves out, e.g. ``webapp:``; other values are not lifted.
        choice: the value there is such an object, and the spec says the name alone; other objects are not lifted.
    """

    path: tuple[str, ...]
    prefix: str = ""
    choice: Choice | None = None

    def holds(self, value: Json) -> bool:
        """Tell whether the spec key can say ``value``."""
        if self.choice is not None:
            keys = {self.choice.mode_key, self.choice.name_key}
            return is_object(value) and set(value) == keys and value[self.choice.mode_key] == self.choice.mode
        return not self.prefix or (isinstance(value, str) and value.startswith(self.prefix) and value != self.prefix)

    def short(self, value: Json) -> Json:
        """Return what the spec says for a value that ``holds``."""
        if self.choice is not None and is_object(value):
            return value[self.choice.name_key]
        return value.removeprefix(self.prefix) if self.prefix and isinstance(value, str) else value

    def whole(self, value: Json) -> Json:
        """Return the value in the definition; the inverse of ``short``."""
        if self.choice is not None:
            return {self.choice.mode_key: self.choice.mode, self.choice.name_key: value}
        return f"{self.prefix}{value}" if self.prefix and isinstance(value, str) else value


NestedKeys: TypeAlias = Mapping[str, Nested]
"""Spec key to its place; no place lies in another."""


def lift(definition: JsonObject, keys: NestedKeys) -> tuple[dict[str, Json], JsonObject]:
    """Return the values of ``keys`` and what is left of ``definition``; objects that held nothing else are gone.

    >>> lift({"params": {"engineType": "LINO"}, "listed": True}, {"engine": Nested(("params", "engineType"))})
    ({'engine': 'LINO'}, {'listed': True})
    """
    spec: dict[str, Json] = {}
    rest = definition
    for key, nested in keys.items():
        found, left = _take(rest, nested.path, nested)
        if found:
            rest = left
            spec[key] = nested.short(found[0])
    return spec, rest


def lower(spec: JsonObject, definition: JsonObject, keys: NestedKeys) -> JsonObject:
    """Return ``definition`` with the values of those ``keys`` that ``spec`` has in their places; the inverse of ``lift``."""
    for key, nested in keys.items():
        if key in spec:
            definition = _put(definition, nested.path, nested.whole(spec[key]))
    return definition


def said_twice(spec: JsonObject, definition: JsonObject, keys: NestedKeys) -> Iterator[tuple[str, str]]:
    """Yield key and place of everything that ``spec`` says under a key and ``definition`` (DSS's own names) says as well."""
    for key, nested in keys.items():
        value: Json = definition
        for i, part in enumerate(nested.path):
            if key not in spec or not is_object(value) or part not in value:
                break
            value = value[part]
            if i + 1 == len(nested.path) or not is_object(value):
                yield key, ".".join(nested.path[: i + 1])
                break


def _take(value: JsonObject, path: tuple[str, ...], nested: Nested) -> tuple[list[Json], JsonObject]:
    head, rest = path[0], path[1:]
    if head not in value:
        return [], value
    inner = value[head]
    others = {key: item for key, item in value.items() if key != head}
    if not rest:
        return ([inner], others) if nested.holds(inner) else ([], value)
    if not is_object(inner):
        return [], value
    found, left = _take(inner, rest, nested)
    return (found, {**others, head: left} if left else others) if found else ([], value)


def _put(value: JsonObject, path: tuple[str, ...], new: Json) -> JsonObject:
    head, rest = path[0], path[1:]
    if not rest:
        return {**value, head: new}
    inner = value.get(head)
    return {**value, head: _put(inner if is_object(inner) else {}, rest, new)}
