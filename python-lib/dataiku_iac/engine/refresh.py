"""Reading live: everything of the declared and recorded projects, with few calls and in parallel. Writes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import cached_property
from threading import Lock
from typing import Final, TypeVar

from dataiku_iac.core.address import Address
from dataiku_iac.core.canonical import Json, JsonObject
from dataiku_iac.core.errors import NotAllowed, UnexpectedShape
from dataiku_iac.core.kind import Document, Kind, Live, Registry
from dataiku_iac.core.mentions import find_mentions
from dataiku_iac.core.roles import NodeReader
from dataiku_iac.core.state import Recorded, State
from dataiku_iac.dss.identity import read_identity
from dataiku_iac.engine.translate import Names, distinct_names, to_portable

__all__ = ["READERS", "LiveObjects", "MemoReader", "needs_reading", "read_heads", "refresh"]

# Reads wait for the network, not for us: 16 in flight hide 20 ms of latency and stay polite (DSS allows far more).
READERS: Final = 16

In = TypeVar("In")
Out = TypeVar("Out")


@dataclass(frozen=True, slots=True)
class LiveObjects:
    """What a node has. An address that is missing here is affirmatively absent: its complete list did not hold it.

    Attributes:
        objects: portable documents; ``Live.complete`` is False where the list's head was enough.
        names: ids and names of the node.
        unreadable: objects that are there and cannot be read as what they are (a library file that is no text), with the
            reason; only when everything is read, else such an object stops the refresh.
    """

    objects: Mapping[Address, Live]
    names: Names = field(default_factory=lambda: Names(Registry(())))
    unreadable: Mapping[Address, str] = field(default_factory=dict)

    @property
    def projects(self) -> Mapping[str, Live]:
        """The projects by key."""
        return {address.project: live for address, live in self.objects.items() if not address.name}


class MemoReader:
    """A ``NodeReader`` that asks each question once: several kinds need the zone list, and a refresh wants one moment."""

    def __init__(self, reader: NodeReader) -> None:
        self._reader = reader
        self._answers: dict[str, Json] = {}
        self._locks: dict[str, Lock] = {}
        self._guard = Lock()

    def get(self, path: str, *, params: dict[str, str] | None = None) -> Json:
        """See ``NodeReader.get``; a failure is not remembered."""
        question = path if not params else f"{path}?{sorted(params.items())}"
        with self._guard:
            lock = self._locks.setdefault(question, Lock())
        with lock:
            if question not in self._answers:
                self._answers[question] = self._reader.get(path, params=params)
            return self._answers[question]

    def get_many(self, paths: Sequence[str]) -> list[Json]:
        """See ``NodeReader.get_many``."""
        return self._reader.get_many(paths)

    def get_text(self, path: str) -> str:
        """See ``NodeReader.get_text``."""
        return self._reader.get_text(path)


def needs_reading(live: Live, recorded: Recorded | None, declared: JsonObject | None) -> bool:
    """Tell whether the head of an object is not enough: not when the node's version *and* the files are as at the last apply."""
    if recorded is None:
        return declared is not None
    unchanged = bool(live.stamp) and live.stamp == recorded.version
    return not (unchanged and declared is not None and declared == recorded.spec)


def refresh(
    reader: NodeReader,
    registry: Registry,
    projects: Iterable[str],
    *,
    state: State,
    declared: Mapping[Address, JsonObject],
    everything: bool = False,
    survey: bool = False,
    named: Iterable[Address] = (),
    naming: bool = False,
    ids: Mapping[Address, str] | None = None,
) -> LiveObjects:
    """Return what the node has of ``projects``.

    Lists come first, in parallel: of the kinds that are declared, recorded or ``named`` there, of those that DSS changes along
    with them, and of all kinds where a project is to go; with ``survey``, of all kinds everywhere; with ``naming``, only of kinds
    whose ids the server chooses. Then come the objects whose head is not enough, in parallel; with ``everything``,
    all objects (import). Last come lists of the kinds that what was read names by ids. ``ids`` says which objects are known
    under which address where the server chooses ids; those of the state, unless given.

    Raises:
        NodeError: anything could not be read; nothing is taken for absent because of that.
    """
    memo = MemoReader(reader)
    keys = sorted(set(projects))
    names = Names(registry)
    known = {address: entry.id for address, entry in state.resources.items()} if ids is None else ids
    listed = _list_projects(memo, registry, keys)
    if ids is None:
        _prove_gone(memo, state, [key for key in keys if Address("project", key) not in listed])
    there = [key for key in keys if Address("project", key) in listed]
    dropped = {a.project for a in state.resources if not a.name and a not in declared}
    scope = _Scope(
        registry, {*declared, *state.resources, *named}, set(there) if everything or survey else dropped, naming=naming
    )
    census = _Census(memo, registry, names, declared, known)
    census.take([(kind, key) for key in there for kind in scope.kinds_of(key)])
    whole: dict[Address, Live] = dict(listed)
    unreadable: dict[Address, str] = {}
    partial: list[tuple[Kind, Address, Live]] = []
    for kind, address, live in census.lives():
        whole[address] = live
        if live.complete:
            continue
        stamped = replace(live, document=to_portable(live.document, kind, address.project, names))
        if everything or needs_reading(stamped, state.resources.get(address), declared.get(address)):
            partial.append((kind, address, live))
    read = _read_or_reason if everything else _read_whole
    asked = [(kind, address.project, live) for kind, address, live in partial]
    for (_, address, head), found in zip(partial, _parallel(lambda item: read(memo, *item), asked), strict=True):
        if isinstance(found, str):
            del whole[address]
            unreadable[address] = found
        elif found is None:
            del whole[address]  # deleted between the two calls: the second one proves it
        else:
            whole[address] = replace(found, name=head.name)
    census.take_what_is_named([(address, live.document) for address, live in whole.items() if live.complete])
    objects = {
        address: replace(live, document=to_portable(live.document, registry[address.kind], address.project, names))
        for address, live in whole.items()
    }
    return LiveObjects(objects, names, unreadable)


def read_heads(reader: NodeReader, registry: Registry, live: LiveObjects, heads: Sequence[Address]) -> LiveObjects:
    """Return ``live`` with the objects at ``heads`` read whole.

    Raises:
        NodeError: one of them could not be read.
    """
    memo, objects = MemoReader(reader), dict(live.objects)
    items = [(registry[address.kind], address.project, objects[address]) for address in heads]
    read = _parallel(lambda item: _read_whole(memo, *item), items)
    for address, (kind, key, head), whole in zip(heads, items, read, strict=True):
        if whole is None:
            del objects[address]
        else:
            document = to_portable(whole.document, kind, key, live.names)
            objects[address] = replace(whole, name=head.name, document=document)
    return replace(live, objects=objects)


@dataclass(frozen=True)
class _Scope:
    """Which lists a refresh needs. Every list costs one call per project, and there are some thirty kinds.

    ``whole``: projects of which all kinds are listed. ``naming``: only kinds whose ids the server chooses are listed.
    """

    registry: Registry
    wanted: Set[Address]
    whole: Set[str]
    naming: bool

    def kinds_of(self, project: str) -> Sequence[Kind]:
        """Return the kinds to list in ``project``: absence of anything else is not asked for."""
        kinds = [kind for kind in self.registry.kinds if kind.name != "project"]
        if project in self.whole:
            return kinds
        names = self._names.get(project, set())
        sorts = {mention.sort for name in names for mention in self.registry[name].mentions}
        return [
            kind for kind in kinds if (kind.chosen_by_server or not self.naming) and self._is_needed(kind, names, sorts)
        ]

    @staticmethod
    def _is_needed(kind: Kind, names: Set[str], sorts: Set[str]) -> bool:
        names_it = kind.name in sorts and kind.chosen_by_server and not kind.prefix
        return kind.name in names or names_it or bool(kind.falls_with & names)

    @cached_property
    def _names(self) -> Mapping[str, Set[str]]:
        found: dict[str, set[str]] = {}
        for address in self.wanted:
            if address.name:
                found.setdefault(address.project, set()).add(address.kind)
        return found


@dataclass(slots=True)
class _Census:
    """Lists of a refresh, each asked for once, and the names that they give to ids."""

    memo: MemoReader
    registry: Registry
    names: Names
    declared: Mapping[Address, JsonObject]
    known: Mapping[Address, str]
    taken: dict[tuple[str, str], list[Live]] = field(default_factory=dict)

    def take(self, pairs: Sequence[tuple[Kind, str]]) -> None:
        """List kinds in projects, in parallel."""
        for (kind, key), found in zip(
            pairs, _parallel(lambda pair: pair[0].list(self.memo, pair[1]), pairs), strict=True
        ):
            lives = _addressed(kind, key, found, self.declared, self.known)
            self.taken[kind.name, key] = lives
            if kind.chosen_by_server:
                for live in lives:
                    self.names.learn(kind.name, key, live.name, live.id)

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
                if not meant or self._is_known(meant, address.project, mention.value):
                    continue
                pairs |= {(kind.name, address.project): kind for kind in meant}
        fresh = [(kind, key) for (name, key), kind in sorted(pairs.items()) if (name, key) not in self.taken]
        self.take([(kind, key) for kind, key in fresh if key])

    def _is_known(self, meant: Sequence[Kind], project: str, value: str) -> bool:
        if "." in value or any(live.id == value for live in self.taken.get(("dataset", project), ())):
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


def _prove_gone(memo: MemoReader, state: State, missing: Sequence[str]) -> None:
    """Refuse to take a project for deleted that we know of and merely do not see.

    The list of projects holds what the key may see; only an administrator's lacks nothing [doc].
    """
    known = sorted(set(missing) & {address.project for address in state.resources})
    if not known or read_identity(memo).is_admin is True:
        return
    raise NotAllowed(
        f"project {', '.join(known)} of this stack is not among those that the API key sees; nobody can tell whether it was "
        "deleted",
        where=f'stack "{state.stack}", environment "{state.environment}"',
        next_step="give the owner of the key the right to read the project; if it was really deleted, the key of an "
        "administrator shows that",
    )


def _list_projects(memo: MemoReader, registry: Registry, keys: Sequence[str]) -> dict[Address, Live]:
    kind = registry["project"]
    found = _parallel(lambda key: kind.list(memo, key), keys)
    return {Address("project", key): live for key, lives in zip(keys, found, strict=True) for live in lives}


def _read_whole(memo: MemoReader, kind: Kind, project: str, head: Live) -> Live | None:
    """Return a listed object with all its parts; what the list said of it is not looked for again in the list of another kind."""
    known = {part: head.document[part] for part in kind.listed if part in head.document}
    whole = kind.read(memo, project, head.id, frozenset(kind.parts) - known.keys())
    return None if whole is None else replace(whole, document={**whole.document, **known}, complete=True)


def _read_or_reason(memo: MemoReader, kind: Kind, project: str, head: Live) -> Live | str | None:
    """Read for an import, which lists what it cannot take along; failures of the node stop it all the same."""
    try:
        return _read_whole(memo, kind, project, head)
    except UnexpectedShape as error:
        return error.what


def _parallel(call: Callable[[In], Out], items: Sequence[In]) -> list[Out]:
    """Return ``call`` of each item in order; the first failure is raised and the rest is not begun."""
    if len(items) < 2:
        return [call(item) for item in items]
    with ThreadPoolExecutor(max_workers=min(READERS, len(items)), thread_name_prefix="refresh") as pool:
        futures = [pool.submit(call, item) for item in items]
        try:
            return [future.result() for future in futures]
        finally:
            for future in futures:
                future.cancel()
