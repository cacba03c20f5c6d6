"""Values that know where they stand in the user's files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from dataiku_iac.core.canonical import Json, is_list
from dataiku_iac.core.problem import Place

__all__ = ["Located", "Nodes", "Places", "Scalar", "locate"]

Scalar: TypeAlias = "bool | int | float | str | None"
Nodes: TypeAlias = "Mapping[str, Located]"


@dataclass(frozen=True, slots=True)
class Located:
    """One value: a scalar, a tuple of values or a mapping of values.

    ``place`` is where the value itself begins, ``key_place`` where its key stands if it is the value of a mapping.
    Nodes may be shared (YAML aliases) but never form a circle.
    """

    value: Scalar | tuple[Located, ...] | Nodes
    place: Place
    key_place: Place | None = None

    @property
    def best_place(self) -> Place:
        """Return what an editor should jump to: the value of a scalar, the key above a mapping or list."""
        if isinstance(self.value, Mapping | tuple) or self.value is None:
            return self.key_place or self.place
        return self.place

    @property
    def mapping(self) -> Nodes | None:
        """Return the entries if this is a mapping, else ``None``."""
        return self.value if isinstance(self.value, Mapping) else None

    @property
    def items(self) -> Sequence[Located] | None:
        """Return the elements if this is a list, else ``None``."""
        return self.value if isinstance(self.value, tuple) else None

    @property
    def text(self) -> str | None:
        """Return the string if this is one, else ``None``."""
        return self.value if isinstance(self.value, str) else None

    def with_value(self, value: Scalar | tuple[Located, ...] | Nodes) -> Located:
        """Return another value at the same place."""
        return Located(value, self.place, self.key_place)

    def plain(self) -> Json:
        """Return the value as plain JSON, in fresh objects."""
        if isinstance(self.value, tuple):
            return [node.plain() for node in self.value]
        # Most are texts, and it is slow to ask whether something is a Mapping.
        if not isinstance(self.value, str) and isinstance(self.value, Mapping):
            return {key: node.plain() for key, node in self.value.items()}
        return self.value

    def walk(self, path: str = "") -> Iterator[tuple[str, Located]]:
        """Yield every node below with its path, e.g. ``schema[0].name``, parents first."""
        if path:
            yield path, self
        if isinstance(self.value, Mapping):
            for key, node in self.value.items():
                yield from node.walk(f"{path}.{key}" if path else key)
        elif isinstance(self.value, tuple):
            for i, node in enumerate(self.value):
                yield from node.walk(f"{path}[{i}]")

    def at(self, path: Sequence[str | int]) -> Located:
        """Return the node at ``path``, or its deepest parent that exists."""
        node = self
        for step in path:
            child: Located | None = None
            if isinstance(step, str):
                child = (node.mapping or {}).get(step)
            elif step < len(node.items or ()):
                child = (node.items or ())[step]
            if child is None:
                break
            node = child
        return node


def locate(value: Json, place: Place, key_place: Place | None = None) -> Located:
    """Give a plain value one place throughout: the result of an expression stands where the expression stood."""
    if isinstance(value, Mapping):
        return Located({key: locate(item, place, place) for key, item in value.items()}, place, key_place)
    if is_list(value):
        return Located(tuple(locate(item, place) for item in value), place, key_place)
    assert value is None or isinstance(value, bool | int | float | str)  # noqa: S101  # what is left of Json
    return Located(value, place, key_place)


class Places(Mapping[str, Place]):
    """Spec path to place of one entry; computed when first asked for, as most are never asked for."""

    __slots__ = ("_entry", "_index")

    def __init__(self, entry: Located) -> None:
        self._entry = entry
        self._index: dict[str, Place] | None = None

    def _places(self) -> dict[str, Place]:
        if self._index is None:
            self._index = {path: node.best_place for path, node in self._entry.walk()}
        return self._index

    def __getitem__(self, path: str) -> Place:
        return self._places()[path]

    def __iter__(self) -> Iterator[str]:
        return iter(self._places())

    def __len__(self) -> int:
        return len(self._places())
