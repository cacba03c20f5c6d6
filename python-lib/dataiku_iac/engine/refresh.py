"""Reading live: everything of the declared and recorded projects, with few calls and in parallel. Writes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace

from dataiku_iac.core.address import Address
from dataiku_iac.core.canonical import JsonObject
from dataiku_iac.core.errors import NotAllowed, UnexpectedShape
from dataiku_iac.core.kind import Kind, Live, Registry
from dataiku_iac.core.roles import NodeReader
from dataiku_iac.core.state import Recorded, State
from dataiku_iac.dss.identity import read_identity
from dataiku_iac.engine.asking import MemoReader, in_parallel
from dataiku_iac.engine.census import Census, Scope
from dataiku_iac.engine.translate import Names, to_portable

__all__ = ["LiveObjects", "needs_reading", "read_heads", "refresh"]


@dataclass(frozen=True, slots=True)
class LiveObjects:
    """What a node has. An address that is missing here is affirmatively absent: its complete list did not hold it.

    Attributes:
        objects: portable documents; ``Live.complete`` is False where the list's head was enough.
        names: ids and names of the node.
        unreadable: objects that are there and cannot be read as what they are (a library file that is no text), with the
            reason; only when everything is read, else such an object stops the refresh.
        listed: kinds by project whose list was had.
        unlisted: kinds by project that nothing here is of, and that the node does not list to this key, with the reason.
    """

    objects: Mapping[Address, Live]
    names: Names = field(default_factory=lambda: Names(Registry(())))
    unreadable: Mapping[Address, str] = field(default_factory=dict)
    unlisted: Mapping[tuple[str, str], str] = field(default_factory=dict)
    listed: Set[tuple[str, str]] = frozenset()

    @property
    def projects(self) -> Mapping[str, Live]:
        """The projects by key."""
        return {address.project: live for address, live in self.objects.items() if not address.name}


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
    going: Iterable[Address] = (),
    ids: Mapping[Address, str] | None = None,
    unread: Mapping[str, Sequence[str]] | None = None,
) -> LiveObjects:
    """Return what the node has of ``projects``.

    Lists come first, in parallel: of the kinds that are declared, recorded or ``named`` there, of those that DSS deletes along
    with what is no longer declared or is ``going``, and of all kinds where a project is to go; with ``survey``, of all kinds everywhere; with ``naming``, only of kinds
    whose ids the server chooses. Then come the objects whose head is not enough, in parallel; with ``everything``,
    all objects (import). Last come lists of the kinds that what was read names by ids. ``ids`` says which objects are known
    under which address where the server chooses ids; those of the state, unless given. ``unread`` are projects that are known to
    be as recorded, with their tags (see ``engine/trust.py``): their objects are given as heads, and no call is made for them.

    Raises:
        NodeError: anything could not be read; nothing is taken for absent because of that.
    """
    memo = MemoReader(reader)
    unread = unread or {}
    keys = sorted({*projects} - unread.keys())
    names = Names(registry)
    known = {address: entry.id for address, entry in state.resources.items()} if ids is None else ids
    recorded = {address: entry.spec for address, entry in state.resources.items()}
    listed = _list_projects(memo, registry, keys, (declared, recorded), everything=everything)
    if ids is None:
        _prove_gone(memo, state, [key for key in keys if Address("project", key) not in listed])
    there = [key for key in keys if Address("project", key) in listed]
    dropped = {a.project for a in state.resources if not a.name and a not in declared}
    wanted = {*declared, *state.resources, *named}
    whole_projects = set(there) if everything or survey else dropped
    scope = Scope(
        registry,
        wanted,
        whole_projects,
        {*going, *(state.resources.keys() - declared.keys())},
        naming=naming,
        surveyed=set() if everything else whole_projects - dropped,
    )
    for key in (*there, *unread):
        names.know(key)
    census = Census(memo, registry, names, declared, known, {(address.kind, address.project) for address in wanted})
    heads = _heads_of_unread(state, unread)
    for address, head in heads.items():
        census.leave(registry[address.kind], address.project, address.name, head.id)
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
    for (_, address, head), found in zip(partial, in_parallel(lambda item: read(memo, *item), asked), strict=True):
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
    return LiveObjects({**objects, **heads}, names, unreadable, census.unlisted, census.taken.keys())


def _heads_of_unread(state: State, unread: Mapping[str, Sequence[str]]) -> dict[Address, Live]:
    """Return the recorded objects of ``unread`` as lists would show them; the project's tags say which stack it is of."""
    heads: dict[Address, Live] = {}
    for key, tags in unread.items():
        heads[Address("project", key)] = Live(key, key, {"metadata": {"tags": list(tags)}}, complete=False)
    for address, entry in state.resources.items():
        if address.name and address.project in unread:
            heads[address] = Live(address.name, entry.id, {}, entry.version, complete=False)
    return heads


def read_heads(reader: NodeReader, registry: Registry, live: LiveObjects, heads: Sequence[Address]) -> LiveObjects:
    """Return ``live`` with the objects at ``heads`` read whole.

    Raises:
        NodeError: one of them could not be read.
    """
    memo, objects = MemoReader(reader), dict(live.objects)
    items = [(registry[address.kind], address.project, objects[address]) for address in heads]
    read = in_parallel(lambda item: _read_whole(memo, *item), items)
    for address, (kind, key, head), whole in zip(heads, items, read, strict=True):
        if whole is None:
            del objects[address]
        else:
            document = to_portable(whole.document, kind, key, live.names)
            objects[address] = replace(whole, name=head.name, document=document)
    return replace(live, objects=objects)


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


def _list_projects(
    memo: MemoReader,
    registry: Registry,
    keys: Sequence[str],
    specs: Sequence[Mapping[Address, JsonObject]],
    *,
    everything: bool,
) -> dict[Address, Live]:
    """Return the projects, with those parts that are read only if somebody asks for them where a spec does."""
    kind = registry["project"]

    def read(key: str) -> Sequence[Live]:
        address, lives = Address("project", key), kind.list(memo, key)
        wanted = kind.parts_to_read(address, *(known.get(address) for known in specs))
        asked = kind.asked_for if everything else kind.asked_for & wanted
        return [_with_parts(memo, kind, key, live, asked) if asked else live for live in lives]

    found = in_parallel(read, keys)
    return {Address("project", key): live for key, lives in zip(keys, found, strict=True) for live in lives}


def _with_parts(memo: MemoReader, kind: Kind, project: str, live: Live, parts: frozenset[str]) -> Live:
    more = kind.read(memo, project, live.id, parts)
    if more is None:
        return live
    return replace(live, document={**live.document, **more.document}, hidden=(*live.hidden, *more.hidden))


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
