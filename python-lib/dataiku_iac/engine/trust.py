"""Which projects need not be read, because their git says that nobody saved anything since they were found as recorded.

Asked for by ``settings: {trust_git: true}`` of an environment, and never by default: that every save is a commit while
``gitCommitMode`` is ``AUTO`` is [doc]; that none can fail to be one is [unknown]. Never used by apply, resume and import.

A proof (``core.proof``) is made only of an ordinary reading: the head commit is read before and after it, the mode must be
``AUTO``, the working copy clean, and nothing may be to change. Where anything is missing, a project is read as ever.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from typing import Final

from dataiku_iac.core.canonical import Json, is_list, is_object
from dataiku_iac.core.errors import NodeError
from dataiku_iac.core.kind import Document, Live, Registry
from dataiku_iac.core.proof import Basis, Proof, Proofs, digests_by_project
from dataiku_iac.core.resource import Configuration
from dataiku_iac.core.roles import NodeReader
from dataiku_iac.core.state import State
from dataiku_iac.engine.asking import in_parallel
from dataiku_iac.engine.refresh import LiveObjects
from dataiku_iac.resources.answers import api_path
from dataiku_iac.resources.fragments import version_of

__all__ = ["GitTrust", "as_recorded", "settled_projects"]

_NO_SUCH_ROUTE: Final = (404, 405)  # before DSS 12.4.2, and editions without it
_NOTHING: Final = Proof("", "", "")


@dataclass(frozen=True, slots=True)
class _Project:
    """One line of the node's list of projects; ``version`` is empty where it shows none."""

    version: str
    tags: tuple[str, ...]


@dataclass(slots=True)
class GitTrust:
    """The proofs of one plan or drift: which it may use, and which it makes.

    Attributes:
        basis: where proofs hold; those of another basis are not looked at.
        stored: what the store held.
        makes: new proofs may be stored, so that calls to make them are well spent.
        survey: objects that nobody declared matter too (drift).
        unread: projects that are not read, with the tags that the list of projects shows of them. Whoever reads them
            after all takes them out.
    """

    basis: Basis
    stored: Proofs | None
    makes: bool
    survey: bool = False
    unread: dict[str, tuple[str, ...]] = field(default_factory=dict, init=False)
    _heads: dict[str, Proof] = field(default_factory=dict, init=False)
    _made: dict[str, Proof] = field(default_factory=dict, init=False)

    def begin(self, reader: NodeReader, registry: Registry, state: State, projects: Iterable[str]) -> None:
        """Find out which of ``projects`` need not be read. Must come before anything of them is read.

        Costs one call, and one for each project whose head may say something. A failure means nothing but an ordinary
        reading, which meets it again if it matters.
        """
        digests = digests_by_project(state)
        candidates = sorted({*projects} & digests.keys() - _not_all_in_git(registry, state))
        if not self.makes:
            candidates = [key for key in candidates if self._known.get(key, _NOTHING).recorded == digests[key]]
        there = _list_projects(reader) if candidates else {}
        asked: dict[str, Proof] = {}
        for key in candidates:
            if key in there and there[key].version:
                now = Proof("", there[key].version, digests[key])
                if self.makes or self._known[key].version == now.version:
                    asked[key] = now
        for key, commit in _heads(reader, list(asked)).items():
            now = self._heads[key] = replace(asked[key], commit=commit)
            known = self._known.get(key, _NOTHING)
            if now == _bare(known) and (known.surveyed if self.survey else known.planned):
                self.unread[key] = there[key].tags

    def prove(
        self,
        reader: NodeReader,
        live: LiveObjects,
        *,
        planned: Set[str] = frozenset(),
        surveyed: Set[str] = frozenset(),
    ) -> None:
        """Make proofs for projects of which nothing is to change, or to be told (see ``Proof``), and that were read.

        Costs two calls for each.
        """
        if not self.makes:
            return
        keys = [key for key in self._heads if key in planned | surveyed and key not in self.unread]
        keys = [key for key in keys if _commits_every_save(live.projects.get(key))]
        found = in_parallel(lambda key: _is_still(reader, key, self._heads[key].commit), keys)
        for key, still in zip(keys, found, strict=True):
            if still:
                head, known = self._heads[key], self._known.get(key, _NOTHING)
                same = _bare(known) == head
                self._made[key] = replace(
                    head,
                    planned=key in planned or (same and known.planned),
                    surveyed=key in surveyed or (same and known.surveyed),
                )

    @property
    def proofs(self) -> Proofs | None:
        """What is to be stored now; ``None`` if nothing has become known."""
        new = {key: proof for key, proof in self._made.items() if self._known.get(key) != proof}
        return Proofs(self.basis, {**self._known, **new}) if new else None

    @property
    def _known(self) -> Mapping[str, Proof]:
        return self.stored.projects if self.stored is not None and self.stored.basis == self.basis else {}


def settled_projects(configuration: Configuration, state: State) -> Set[str]:
    """Return the projects of which the files say what is recorded, and nothing else: they alone may be left unread."""
    changed = {address.project for address in {*configuration.resources} ^ {*state.resources}}
    changed |= {address.project for address in configuration.forget}
    for address, resource in configuration.resources.items():
        recorded = state.resources.get(address)
        if address.project in changed or recorded is None:
            continue
        lifecycle = {**resource.lifecycle.to_json(), "depends_on": sorted(map(str, resource.depends_on))}
        before = {**recorded.lifecycle.to_json(), "depends_on": sorted(map(str, recorded.lifecycle.depends_on))}
        if resource.spec != recorded.spec or lifecycle != before:
            changed.add(address.project)
    return {address.project for address in state.resources if address.project} - changed


def as_recorded(registry: Registry, state: State, live: LiveObjects) -> Set[str]:
    """Return the projects of which every recorded object is there just as it was right after the last apply."""
    moved: set[str] = set()
    for address, entry in state.resources.items():
        found = live.objects.get(address)
        if found is None:
            moved.add(address.project)
        elif found.stamp and found.stamp == entry.version:
            continue
        elif not found.complete or registry[address.kind].fingerprint(found.document) != entry.fingerprint:
            moved.add(address.project)
    return {address.project for address in state.resources if address.project} - moved


def _not_all_in_git(registry: Registry, state: State) -> Set[str]:
    """Return the projects of which something is recorded that is not known to be kept in their git."""
    found: set[str] = set()
    for address, recorded in state.resources.items():
        kind = registry[address.kind]
        if not kind.outside_git or address.project in found:
            continue
        document = kind.expand(recorded.spec, address)
        if "*" in kind.outside_git or any(_is_spoken_of(document, path) for path in kind.outside_git):
            found.add(address.project)
    return found


def _is_spoken_of(document: Document, path: str) -> bool:
    value: Json = dict(document)
    for segment in path.split("."):
        value = value.get(segment) if is_object(value) else None
    return value not in (None, {})


def _list_projects(reader: NodeReader) -> Mapping[str, _Project]:
    """Return what the list of projects says of each that the key may see (one call); nothing if it cannot be had."""
    try:
        answer = reader.get(api_path("projects", ""))
    except NodeError:
        return {}
    found: dict[str, _Project] = {}
    for item in answer if is_list(answer) else ():
        key = item.get("projectKey") if is_object(item) else None
        if is_object(item) and isinstance(key, str):
            tags: Json = item.get("tags")
            texts = tuple(tag for tag in tags if isinstance(tag, str)) if is_list(tags) else ()
            found[key] = _Project(version_of(item), texts)
    return found


def _heads(reader: NodeReader, projects: Sequence[str]) -> Mapping[str, str]:
    """Return the head commits, as far as the node tells them. The first one is asked alone: all may be without answer."""
    if not projects:
        return {}
    try:
        first = _commit_of(_log(reader, projects[0]))
    except NodeError as error:
        if error.status in _NO_SUCH_ROUTE:
            return {}
        first = ""
    rest = in_parallel(lambda key: _head(reader, key), projects[1:])
    return {key: commit for key, commit in zip(projects, [first, *rest], strict=True) if commit}


def _head(reader: NodeReader, project: str) -> str:
    try:
        return _commit_of(_log(reader, project))
    except NodeError:
        return ""


def _log(reader: NodeReader, project: str) -> Json:
    return reader.get(api_path("projects", project, "git", "actions", "log"), params={"count": "1"})


def _commit_of(answer: Json) -> str:
    entries = answer.get("entries") if is_object(answer) else None
    first = entries[0] if is_list(entries) and entries else None
    commit = first.get("commitId") if is_object(first) else None
    return commit if isinstance(commit, str) else ""


def _is_still(reader: NodeReader, project: str, commit: str) -> bool:
    """Tell whether the head is still ``commit`` and holds all there is.

    A working copy that is not clean has saves that no commit has: undoing them would leave no trace in the head.
    """
    try:
        status = reader.get(api_path("projects", project, "git", "status"))
    except NodeError:
        return False
    return is_object(status) and status.get("clean") is True and _head(reader, project) == commit


def _commits_every_save(project: Live | None) -> bool:
    if project is None or project.hidden or not project.complete:
        return False
    part = project.document.get("settings")
    settings = part.get("settings") if is_object(part) else None
    return is_object(settings) and settings.get("gitCommitMode") == "AUTO"


def _bare(proof: Proof) -> Proof:
    return replace(proof, planned=False, surveyed=False)
