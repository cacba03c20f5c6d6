"""Short forms: two-way mappings between what people write and what DSS stores, made of small pieces.

A ``Form`` maps one value, a ``Part`` maps some keys of an object to some keys of a spec. Whoever shortens with them gets
one law for nothing: a short form is used only where expanding it gives back exactly what was there, so nothing is ever lost
and odd values simply stay under DSS's own names::

    expand_parts(parts, short | rest) == native      where short, rest = shorten_parts(parts, native)

``expand`` is total: what does not fit comes out as it went in, and the schema or ``Kind.check`` says what is wrong with it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Final

from dataiku_iac.core.canonical import Json, JsonObject, canonical_text, is_list, is_object
from dataiku_iac.core.fields import UNSET, Unset
from dataiku_iac.resources.spec_keys import DSS_KEY

__all__ = [
    "DSS_ITEM",
    "NO_SCOPE",
    "Form",
    "ListOf",
    "One",
    "Part",
    "Record",
    "Scope",
    "expand_parts",
    "own_keys",
    "shorten_parts",
]


@dataclass(frozen=True, slots=True)
class Scope:
    """What short forms may name instead of counting: the ends of the recipe.

    Attributes:
        inputs: references of role ``main`` in order, e.g. ``("ORDERS", "CUSTOMERS")``.
        outputs: likewise.
    """

    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()


NO_SCOPE: Final = Scope()


class Form(ABC):
    """A two-way mapping of one value.

    Attributes:
        exact: True if what ``shorten`` returns was made of what was tried already, so that nobody need try it again.
    """

    exact: ClassVar[bool] = False
    schema: JsonObject

    @abstractmethod
    def expand(self, spec: Json, scope: Scope) -> Json:
        """Return DSS's form; the inverse of ``shorten``."""

    @abstractmethod
    def shorten(self, value: Json, scope: Scope) -> Json | Unset:
        """Return the short form, or ``UNSET`` if it cannot say this value."""

    def mistakes(self, spec: Json, scope: Scope) -> Iterator[tuple[str, str]]:
        """Yield path and text of what the schema cannot refuse, e.g. ``("[1].left", '"X" is no input')``."""
        return iter(())


class Part(ABC):
    """A two-way mapping between some keys of an object and some keys of a spec.

    Attributes:
        keys: spec key to the schema of its value.
        natives: the keys of DSS that it can say.
        exact: see ``Form``.
    """

    exact: bool = False

    keys: Mapping[str, JsonObject]
    natives: tuple[str, ...]

    @abstractmethod
    def expand(self, spec: JsonObject, scope: Scope) -> dict[str, Json]:
        """Return the keys of DSS that ``spec``, of which only ``keys`` are given, speaks of."""

    @abstractmethod
    def shorten(self, native: JsonObject, scope: Scope) -> dict[str, Json]:
        """Return spec keys for what of ``native``, of which only ``natives`` are given, can be said."""

    def mistakes(self, spec: JsonObject, scope: Scope) -> Iterator[tuple[str, str]]:
        """Yield path and text of what the schema cannot refuse."""
        return iter(())


def own_keys(parts: Sequence[Part]) -> set[str]:
    """Return the spec keys of all parts."""
    return {key for part in parts for key in part.keys}


def expand_parts(parts: Sequence[Part], spec: JsonObject, scope: Scope) -> dict[str, Json]:
    """Return the keys of DSS that the short keys of ``spec`` stand for."""
    native: dict[str, Json] = {}
    for part in parts:
        own = {key: spec[key] for key in part.keys if key in spec}
        if own:
            native |= part.expand(own, scope)
    return native


def shorten_parts(parts: Sequence[Part], native: JsonObject, scope: Scope) -> tuple[dict[str, Json], dict[str, Json]]:
    """Return the spec keys for ``native``, and what of it they do not say; together they say all of it, exactly."""
    short: dict[str, Json] = {}
    rest = dict(native)
    for part in parts:
        own = {key: rest[key] for key in part.natives if key in rest}
        said = part.shorten(own, scope) if own else {}
        if not said:
            continue
        meant = own if part.exact else part.expand(said, scope)
        if part.exact or (meant and all(key in own and _same(value, own[key]) for key, value in meant.items())):
            short |= said
            rest = {key: value for key, value in rest.items() if key not in meant}
    return short, rest


def _same(left: Json, right: Json) -> bool:
    return canonical_text(left) == canonical_text(right)


@dataclass(frozen=True, slots=True)
class One(Part):
    """One key, renamed or not, whose value has a form: ``One("join", "type", WORD)``."""

    key: str
    native: str
    form: Form
    keys: Mapping[str, JsonObject] = field(init=False)
    natives: tuple[str, ...] = field(init=False)
    exact: bool = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "keys", {self.key: self.form.schema})
        object.__setattr__(self, "natives", (self.native,))
        object.__setattr__(self, "exact", self.form.exact)

    def expand(self, spec: JsonObject, scope: Scope) -> dict[str, Json]:
        """See ``Part``."""
        return {self.native: self.form.expand(spec[self.key], scope)}

    def shorten(self, native: JsonObject, scope: Scope) -> dict[str, Json]:
        """See ``Part``."""
        said = self.form.shorten(native[self.native], scope)
        return {} if isinstance(said, Unset) else {self.key: said}

    def mistakes(self, spec: JsonObject, scope: Scope) -> Iterator[tuple[str, str]]:
        """See ``Part``."""
        for path, text in self.form.mistakes(spec[self.key], scope):
            yield f"{self.key}{path}", text


DSS_ITEM: Final[JsonObject] = {
    "type": "object",
    "required": [DSS_KEY],
    "properties": {DSS_KEY: {"description": "the element as DSS has it"}},
    "additionalProperties": False,
}
"""An element that no short form says: ``{dss: …}``."""


@dataclass(frozen=True, slots=True)
class ListOf(Form):
    """A list, element by element; one that cannot be said stands as ``{dss: …}`` among those that can."""

    exact: ClassVar[bool] = True
    form: Form
    description: str = ""
    schema: JsonObject = field(init=False)

    def __post_init__(self) -> None:
        schema: dict[str, Json] = {"type": "array", "items": {"anyOf": [self.form.schema, DSS_ITEM]}}
        if self.description:
            schema["description"] = self.description
        object.__setattr__(self, "schema", schema)

    def expand(self, spec: Json, scope: Scope) -> Json:
        """See ``Form``."""
        return [self._expand(item, scope) for item in spec] if is_list(spec) else spec

    def shorten(self, value: Json, scope: Scope) -> Json | Unset:
        """See ``Form``."""
        return [self._shorten(item, scope) for item in value] if is_list(value) else UNSET

    def mistakes(self, spec: Json, scope: Scope) -> Iterator[tuple[str, str]]:
        """See ``Form``."""
        for i, item in enumerate(spec if is_list(spec) else ()):
            if not _is_dss_item(item):
                yield from ((f"[{i}]{path}", text) for path, text in self.form.mistakes(item, scope))

    def _expand(self, item: Json, scope: Scope) -> Json:
        if is_object(item) and _is_dss_item(item):
            return item[DSS_KEY]
        return self.form.expand(item, scope)

    def _shorten(self, item: Json, scope: Scope) -> Json:
        said = self.form.shorten(item, scope)
        if isinstance(said, Unset) or _is_dss_item(said):
            return {DSS_KEY: item}
        return said if self.form.exact or _same(self.form.expand(said, scope), item) else {DSS_KEY: item}


def _is_dss_item(item: Json) -> bool:
    return is_object(item) and set(item) == {DSS_KEY}


@dataclass(frozen=True, slots=True)
class Record(Form):
    """An object; what its parts do not say stands under ``dss`` among them."""

    exact: ClassVar[bool] = True
    parts: tuple[Part, ...]
    schema: JsonObject = field(init=False)

    def __post_init__(self) -> None:
        properties = {key: schema for part in self.parts for key, schema in part.keys.items()}
        object.__setattr__(
            self,
            "schema",
            {
                "type": "object",
                "properties": {**properties, DSS_KEY: {"type": "object"}},
                "additionalProperties": False,
            },
        )

    def expand(self, spec: Json, scope: Scope) -> Json:
        """See ``Form``."""
        if not is_object(spec):
            return spec
        rest = spec.get(DSS_KEY)
        return {**(rest if is_object(rest) else {}), **expand_parts(self.parts, spec, scope)}

    def shorten(self, value: Json, scope: Scope) -> Json | Unset:
        """See ``Form``."""
        if not is_object(value):
            return UNSET
        short, rest = shorten_parts(self.parts, value, scope)
        return {**short, DSS_KEY: rest} if rest else short

    def mistakes(self, spec: Json, scope: Scope) -> Iterator[tuple[str, str]]:
        """See ``Form``."""
        if not is_object(spec):
            return
        for part in self.parts:
            own = {key: spec[key] for key in part.keys if key in spec}
            if own:
                yield from ((f".{path}", text) for path, text in part.mistakes(own, scope))
