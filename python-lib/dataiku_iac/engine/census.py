"""Which objects a node has, by the lists it gives; and under which names they stand in addresses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from dataiku_iac.core.address import Address
from dataiku_iac.core.canonical import JsonObject
from dataiku_iac.core.errors import NotAllowed, UnexpectedShape
from dataiku_iac.core.kind import Document, Kind, Live, Registry
from dataiku_iac.core.mentions import find_mentions
from dataiku_iac.engine.asking import MemoReader, in_parallel
from dataiku_iac.engine.translate import Names, distinct_names

__all__ = ["Census", "Scope"]

_NO_SUCH_ROUTE: Final = 404


@dataclass(frozen=True)
class Scope:
    """Which lists a refresh needs. Every list costs one call per project, and there are some thirty kinds.

    ``whole``: projects of which all kinds are listed. ``naming``: only kinds whose ids the server chooses are listed.
    ``surveyed``: projects of which a list that costs many calls is not worth it.
    ``going``: what may be deleted; DSS deletes what uses it along.
    """

    registry: Registry
    wanted: Set[Address]
    whole: Set[str]
    going: Set[Address]
    naming: bool
    surveyed: Set[str] = frozenset()

    def kinds_of(self, project: str) -> Sequence[Kind]:
        """Return the kinds to list in ``project``: absence of anything else is not asked for."""
        kinds = [kind for kind in self.registry.kinds if kind.name != "project"]
        names = self._names.get(project, set())
        if project in self.whole:
            return [
                kind
                for kind in kinds
                if project not in self.surveyed or not kind.listed_one_by_one or kind.name in names
            ]
        going = {address.kind for address in self.going if address.project == project}
        sorts = {mention.sort for name in names for mention in self.registry[name].mentions}
        return [
            kind
            for kind in kinds
            if (kind.is_translated or not self.naming) and self._is_needed(kind, names, sorts, going)
        ]

    @staticmethod
    def _is_needed(kind: Kind, names: Set[str], sorts: Set[str], going: Set[str]) -> bool:
        names_it = kind.name in sorts and kind.chosen_by_server and not kind.prefix
        return kind.name in names or names_it or bool(kind.falls_with & going)

    @cached_property
    def _names(self) -> Mapping[str, Set[str]]:
        found: dict[str, set[str]] = {}
        for address in self.wanted:
            if address.name:
                found.setdefault(address.project, set()).add(address.kind)
        return found


@dataclass(slots=True)
class Census:
    """Lists of a refresh, each asked for once, and the names that they give to ids.

    Attributes:
        wanted: kinds by project whose list must be had: something of them is declared, recorded or named.
        unlisted: kinds by project whose list could not be had, and was not wanted, with the reason.
        left: projects and ids of objects that are not read.
        datasets: projects and names of those that were listed: what documents name most.
    """

    memo: MemoReader
    registry: Registry
    names: Names
    declared: Mapping[Address, JsonObject]
    known: Mapping[Address, str]
    wanted: Set[tuple[str, str]] = frozenset()
    taken: dict[tuple[str, str], list[Live]] = field(default_factory=dict)
    unlisted: dict[tuple[str, str], str] = field(default_factory=dict)
    left: set[tuple[str, str]] = field(default_factory=set)
    datasets: set[tuple[str, str]] = field(default_factory=set)

    def leave(self, kind: Kind, project: str, name: str, live_id: str) -> None:
        """Note an object of a project that is not read: other projects may name it."""
        self.left.add((project, live_id))
        if kind.is_translated:
            self.names.learn(kind.name, project, name, live_id)

    def take(self, pairs: Sequence[tuple[Kind, str]]) -> None:
        """List kinds in projects, in parallel."""
        for (kind, key), found in zip(pairs, in_parallel(self._list_or_reason, pairs), strict=True):
            if isinstance(found, str):
                self.unlisted[kind.name, key] = found
                continue
            lives = _addressed(kind, key, found, self.declared, self.known)
            self.taken[kind.name, key] = lives
            if kind.name == "dataset":
                self.datasets |= {(key, live.id) for live in lives}
            if kind.is_translated:
                for live in lives:
                    self.names.learn(kind.name, key, live.name, live.id)

    def _list_or_reason(self, pair: tuple[Kind, str]) -> Sequence[Live] | str:
        kind, key = pair
        try:
            return kind.list(self.memo, key)
        except (NotAllowed, UnexpectedShape) as error:
            if not kind.may_be_missing or (kind.name, key) in self.wanted:
                raise
            # A page instead of an answer: this version of DSS knows no such objects, so there are none.
            return [] if isinstance(error, UnexpectedShape) and error.status == _NO_SUCH_ROUTE else error.what

    def lives(self) -> Iterator[tuple[Kind, Address, Live]]:
        """Yield everything that was listed."""
        for (name, key), lives in self.taken.items():
            for live in lives:
                yield self.registry[name], Address(name, key, live.name), live

    def take_what_is_named(self, documents: Sequence[tuple[Address, Document]]) -> None:
        """List the kinds whose ids ``documents`` hold, as far as they are not listed yet."""
        pairs: dict[tuple[str, str], Kind] = {}
        for address, document in documents:
            for mention in find_mentions(document, self.registry[address.kind].mentions):
                meant = self.registry.meant_by(mention.sort)
                home, own = self.names.split(mention.value, address.project)
                if meant and not self._is_known(meant, home, own):
                    pairs |= {(kind.name, home): kind for kind in meant}
        fresh = [(kind, key) for (name, key), kind in sorted(pairs.items()) if self._is_fresh(name, key)]
        self.take([(kind, key) for kind, key in fresh if key])

    def _is_fresh(self, kind: str, project: str) -> bool:
        return (kind, project) not in self.taken and (kind, project) not in self.unlisted

    def _is_known(self, meant: Sequence[Kind], project: str, value: str) -> bool:
        if (project, value) in self.left or (project, value) in self.datasets:
            return True
        return any(self.names.name_of(kind.name, project, value) is not None for kind in meant)


def _addressed(
    kind: Kind,
    project: str,
    lives: Sequence[Live],
    declared: Mapping[Address, JsonObject],
    ids: Mapping[Address, str],
) -> list[Live]:
    """Return ``lives`` under the names they have in addresses."""
    if not kind.chosen_by_server:
        return distinct_names(lives)

    def is_one(address: Address) -> bool:
        return address.kind == kind.name and address.project == project

    known = {live_id: address.name for address, live_id in ids.items() if is_one(address) and live_id}
    known |= {live.id: live.id for live in lives if kind.comes_with_project(Address(kind.name, project, live.id))}
    missing = set(known) - {live.id for live in lives}
    found = {name for live_id, name in known.items() if live_id not in missing}
    labels: dict[str, list[str]] = {}
    for address, spec in declared.items():
        if is_one(address) and address.name not in found:
            labels.setdefault(kind.display_name(spec, address), []).append(address.name)
    # Renamed on the node and in the files alike: it is no longer what it was recorded as.
    renamed = {
        live.id
        for live in lives
        if live.name in labels and live.id in known and Address(kind.name, project, known[live.id]) not in declared
    }
    return distinct_names(
        lives,
        {live_id: name for live_id, name in known.items() if live_id not in renamed},
        {label: names[0] for label, names in labels.items() if len(names) == 1},
    )
