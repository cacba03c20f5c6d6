"""Native and portable documents: ids which one server chose never leave it.

A zone is ``kX3jq1A`` on one node and ``b81Zt0P`` on the next, so files, plans and state name it ``raw``. The same for a
folder, which documents name as ``folder:exports`` (an id and a dataset's name could not be told apart otherwise). The
tables of mentions say where such names stand, and ``Kind.prefix`` how they are written.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from typing import Final

from dataiku_iac.core.address import Address
from dataiku_iac.core.errors import Refused
from dataiku_iac.core.kind import Document, Kind, Live, Registry
from dataiku_iac.core.mentions import rewrite_mentions

__all__ = ["DEFAULT_ZONE", "Names", "distinct_names", "to_native", "to_portable"]

DEFAULT_ZONE: Final = "default"  # its id on every node [seen]; its display name can be changed


@dataclass(slots=True)
class Names:
    """Ids of one node by kind and project, both ways. Grows while a run creates objects; safe for threads.

    Attributes:
        registry: says which kinds a sort of mention may mean.
    """

    registry: Registry
    _projects: set[str] = field(default_factory=set)
    _names: dict[tuple[str, str], dict[str, str]] = field(default_factory=dict)
    _ids: dict[tuple[str, str], dict[str, str]] = field(default_factory=dict)

    def split(self, value: str, project: str) -> tuple[str, str]:
        """Return the project that a mention in ``project`` is about, and what it names there.

        >>> names.split("SHARED.kX3jq1A", "CRM"), names.split("kX3jq1A", "CRM"), names.split("a.b", "CRM")
        (('SHARED', 'kX3jq1A'), ('CRM', 'kX3jq1A'), ('CRM', 'a.b'))
        """
        home, dot, own = value.partition(".")
        return (home, own) if dot and home in self._projects else (project, value)

    def meant(self, sort: str, value: str, project: str) -> Address | None:
        """Return what a portable mention in ``project`` names, if the node knows it by an id; ``None`` for all else.

        >>> names.meant("computable", "SHARED.folder:exports", "CRM"), names.meant("computable", "ORDERS", "CRM")
        (Address(kind='folder', project='SHARED', name='exports'), None)
        """
        home, own = self.split(value, project)
        for kind in self.registry.meant_by(sort):
            found = Address(kind.name, home, own.removeprefix(kind.prefix))
            if own.startswith(kind.prefix) and not kind.comes_with_project(found):
                return found
        return None

    @property
    def knows_ids(self) -> bool:
        """True if the node has anything whose id it chose, as far as it was looked for."""
        return any(self._names.values())

    def know(self, project: str) -> None:
        """Note that ``project`` is one of those that are read: what stands before a dot may be its key."""
        self._projects.add(project)

    def learn(self, kind: str, project: str, name: str, live_id: str) -> None:
        """Note that the object called ``name`` has ``live_id``."""
        self._names.setdefault((kind, project), {})[live_id] = name
        self._ids.setdefault((kind, project), {})[name] = live_id

    def forget(self, kind: str, project: str, name: str) -> None:
        """Note that the object is gone."""
        live_id = self._ids.get((kind, project), {}).pop(name, None)
        if live_id is not None:
            self._names[kind, project].pop(live_id, None)

    def name_of(self, kind: str, project: str, live_id: str) -> str | None:
        """Return the name of an id, or ``None`` if it is not of that kind."""
        return self._names.get((kind, project), {}).get(live_id)

    def id_of(self, kind: str, project: str, name: str) -> str | None:
        """Return the id of a name, or ``None`` if there is no such object."""
        return self._ids.get((kind, project), {}).get(name)


def distinct_names(
    lives: Sequence[Live], known: Mapping[str, str] | None = None, labels: Mapping[str, str] | None = None
) -> list[Live]:
    """Return ``lives`` under the names that they have in addresses; no two share one.

    An object whose id is ``known`` bears the name it was recorded under, whatever people call it now or whatever else is
    called so. Of the others, one that alone bears a display name in ``labels`` is the object declared with that label;
    *all* that share a name become ``NAME (id)``, so that none is preferred.
    """
    known, labels = known or {}, labels or {}
    count: dict[str, int] = {}
    for live in lives:
        if live.id not in known:
            count[live.name] = count.get(live.name, 0) + 1
    taken = {known[live.id] for live in lives if live.id in known}
    return [replace(live, name=_address_name(live, known, labels, count, taken)) for live in lives]


def _address_name(
    live: Live, known: Mapping[str, str], labels: Mapping[str, str], count: Mapping[str, int], taken: Set[str]
) -> str:
    if live.id in known:
        return known[live.id]
    name = labels.get(live.name, live.name) if count[live.name] == 1 else live.name
    return name if count[live.name] == 1 and name not in taken else f"{live.name} ({live.id})"


def to_portable(document: Document, kind: Kind, project: str, names: Names) -> Document:
    """Return ``document`` with ids of this node replaced by names; what is no known id stays.

    What belongs to another project keeps its prefix: ``SHARED.kX3jq1A`` becomes ``SHARED.folder:exports``.
    """

    def rename(sort: str, value: str) -> str:
        home, own = names.split(value, project)
        for meant in names.registry.meant_by(sort):
            if meant.comes_with_project(Address(meant.name, home, own)):
                return value
            name = names.name_of(meant.name, home, own)
            if name is not None:
                return value.removesuffix(own) + meant.prefix + name
        return value

    result = rewrite_mentions(document, names.registry.translated_mentions(kind.name), rename)
    return result if isinstance(result, dict) else document


def to_native(document: Document, kind: Kind, project: str, names: Names) -> Document:
    """Return ``document`` with names replaced by the ids of this node.

    Raises:
        Refused: an object of that name is not on the node.
    """

    def rename(sort: str, value: str) -> str:
        named = names.meant(sort, value, project)
        if named is None:
            return value
        live_id = names.id_of(named.kind, named.project, named.name)
        if live_id is None:
            raise Refused(
                f'{named.kind} "{named.name}" is not in project {named.project} of the node',
                next_step=f"declare it under {names.registry[named.kind].section}, or create it there",
            )
        return value.removesuffix(names.split(value, project)[1]) + live_id

    result = rewrite_mentions(document, names.registry.translated_mentions(kind.name), rename)
    return result if isinstance(result, dict) else document
