"""Field tables: everything special about a field of a document, by its path, so that no such rule hides in code.

A path is dotted, ``*`` standing for any key or list element::

    "definition.params.steps.*.id": Field(server_owned=True, reason="made by the editor [seen]")

Differences that a table suppresses carry its ``reason`` into the plan.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Final, TypeAlias

from dataiku_iac.core.canonical import Json
from dataiku_iac.core.secret import looks_secret

__all__ = ["PLAIN", "UNSET", "Effect", "Field", "FieldTable", "Rules", "RulesNode", "Unset"]


class Unset:
    """The type of ``UNSET``: no value at all, as opposed to JSON null."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "UNSET"


UNSET: Final = Unset()


class Effect(IntEnum):
    """What a change of the field means for data; ordered, the gravest wins."""

    METADATA = 0
    REBUILD = 1
    DATA_LOSS = 2


@dataclass(frozen=True, slots=True)
class Field:
    """What is special about one field.

    Attributes:
        server_owned: DSS writes it; never declared, never compared (``versionTag``).
        ignored: noise that nobody declares (UI state); never compared. Needs a ``reason``.
        default: the value DSS fills in; absent and default are equal.
        unordered: a list of scalars whose order means nothing (tags).
        keyed: a list of objects identified by these keys, e.g. ``("name",)``, deeper ``("ref.id",)``, or of two
            parts ``("column+aggregated",)``; the first key present counts.
        identity: of a list of objects in order: the keys that tell which element is which, so that a changed one keeps
            the fields nobody declared. A column is one by its name, whatever its type becomes.
        open: with ``keyed``: elements that nobody declared stay (permissions); without: the declared list is the whole list.
        whole: an object that is declared as a whole; keys that are not declared are removed.
        secret: never stored, planned or shown.
        immutable: DSS cannot change it: a change means replace.
        stays: what is no longer declared is left as it is, instead of going back to its default: others write it too
            (the schema of a dataset, which builds rewrite). Needs a ``reason``.
        drops_noise: at any depth below, keys that begin with ``$`` or ``__`` are editor noise.
        effect: what a change means for data.
        reason: why the field is suppressed, with the mark of its source.
    """

    server_owned: bool = False
    ignored: bool = False
    default: Json | Unset = UNSET
    default_like: str = ""
    reserved: str = ""
    unordered: bool = False
    keyed: tuple[str, ...] = ()
    identity: tuple[str, ...] = ("id", "name", "type", "ref", "column", "metaType")
    open: bool = False
    whole: bool = False
    secret: bool = False
    immutable: bool = False
    stays: bool = False
    drops_noise: bool = False
    effect: Effect = Effect.METADATA
    reason: str = ""

    @property
    def hidden(self) -> bool:
        """True for fields that are neither declared nor compared."""
        return self.server_owned or self.ignored or self.secret


FieldTable: TypeAlias = Mapping[str, Field]
PLAIN: Final = Field()


class _Trie:
    __slots__ = ("children", "field")

    def __init__(self) -> None:
        self.field: Field | None = None
        self.children: dict[str, _Trie] = {}


class RulesNode:
    """A position in a compiled table: ``field`` is what holds here, ``child`` goes one key or list element down.

    Made once per path of the table and shared: a comparison of 1,000 objects asks two million times.
    """

    __slots__ = (
        "_children",
        "_named",
        "_others",
        "_tries",
        "effect",
        "field",
        "has_default",
        "hidden",
        "immutable",
        "noisy",
    )

    def __init__(self, field: Field, tries: tuple[_Trie, ...], *, noisy: bool, effect: Effect, immutable: bool) -> None:
        self.field = field
        self.noisy = noisy
        self.effect = effect
        self.immutable = immutable
        self.hidden = field.hidden
        self.has_default = bool(field.default_like) or not isinstance(field.default, Unset)
        self._tries = tries
        self._named = frozenset(key for trie in tries for key in trie.children)
        self._children: dict[str, RulesNode] = {}
        self._others: RulesNode | None = None  # the child for every key that the table does not name

    def child(self, key: str) -> RulesNode:
        """Return the rules of ``key`` below; list elements are asked for as ``"*"``."""
        found = self._children.get(key)
        if found is not None:
            return found
        if key in self._named:
            return self._children.setdefault(key, self._make_child(key))
        if self._others is None:
            self._others = self._make_child("*")
        return self._others

    def _make_child(self, key: str) -> RulesNode:
        tries: list[_Trie] = []
        for trie in self._tries:
            exact, star = trie.children.get(key), trie.children.get("*")
            tries += [found for found in ((exact, star) if star is not exact else (exact,)) if found is not None]
        found = next((trie.field for trie in tries if trie.field is not None), PLAIN)
        return RulesNode(
            found,
            tuple(tries),
            noisy=self.noisy or found.drops_noise,
            effect=max(self.effect, found.effect),
            immutable=self.immutable or found.immutable,
        )

    def hides(self, key: str, value: Json) -> bool:
        """Tell whether ``key: value`` right below is neither declared nor compared: noise, reserved, server-owned or a secret."""
        if self.noisy and key.startswith(("$", "__")):
            return True
        if self.field.reserved and self.reserves(key):
            return True
        return self.child(key).hidden or looks_secret(key, value)

    def reserves(self, key: str) -> bool:
        """Tell whether a key right below is not for people to declare."""
        return bool(self.field.reserved) and key.startswith(self.field.reserved)

    def reserves_element(self, element: Json) -> bool:
        """Tell whether an element of this unordered list is not for people to declare."""
        return self.field.unordered and isinstance(element, str) and self.reserves(element)

    def reason(self, key: str, value: Json) -> str:
        """Say why ``key: value`` is hidden."""
        if self.reserves(key):
            return self.field.reason
        if self.noisy and key.startswith(("$", "__")):
            return "state of the editor, comes and goes with saves in the UI"
        field_reason = self.child(key).field.reason
        return field_reason if self.child(key).field.hidden else "a credential; it stays on the node"


class Rules:
    """A field table, compiled once per kind."""

    __slots__ = ("root", "table")

    def __init__(self, table: FieldTable) -> None:
        self.table = table
        top = _Trie()
        for path, rule in table.items():
            trie = top
            for part in path.split("."):
                trie = trie.children.setdefault(part, _Trie())
            trie.field = rule
        self.root = RulesNode(PLAIN, (top,), noisy=False, effect=Effect.METADATA, immutable=False)
