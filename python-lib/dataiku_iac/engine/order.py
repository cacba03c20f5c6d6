"""The order of effects: what a change has to wait for, and the tasks that this makes of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from dataiku_iac.core.address import Address
from dataiku_iac.core.canonical import JsonObject
from dataiku_iac.core.plan import Action, Change, Phase, Step, StepVerb, Task, TaskRef
from dataiku_iac.core.resource import Relation
from dataiku_iac.engine.comparison import without_paths
from dataiku_iac.engine.draft import MAKES, Draft
from dataiku_iac.engine.links import named_by_id, untie
from dataiku_iac.engine.reach import held_back

__all__ = ["find_needs", "hold_back", "with_tasks"]

_CREATE: Final = Step(StepVerb.CREATE)
_DELETE: Final = Step(StepVerb.DELETE)


def find_needs(draft: Draft) -> None:
    """Find out what each change waits for, and what of it is written later because it waits for it itself."""
    changes = {
        address: change
        for address, change in draft.changes.items()
        if change.action in MAKES and (address in draft.parts or change.by_hand)
    }
    translated = {kind.name for kind in draft.registry if kind.is_translated}
    new = {
        address
        for address, change in changes.items()
        if address.kind in translated and (change.action is Action.CREATE or draft.is_new(address))
    }
    firm: dict[Address, set[Address]] = {}
    loose: dict[Address, set[Address]] = {}
    named: dict[Address, set[Address]] = {}
    unmade: dict[Address, set[Address]] = {}
    for address, change in changes.items():
        mentioned = draft.named.get(address)
        if mentioned is None:
            mentioned = _named(draft, change, draft.parts.get(address, ())) if new else set()
        named[address] = {other for other in mentioned if other in new and other != address}
        if change.action is Action.CREATE and not address.name:
            # Projects may expose what people make, and nobody can have made it yet.
            unknown = {other for other in mentioned if other not in draft.changes and other.project == address.project}
            unmade |= {address: unknown} if unknown else {}
        needed = _needed(draft, change, named[address])
        firm[address] = {other for other in needed if other in changes and other != address}
        loose[address] = {other for other in firm[address] if _is_there(draft, changes[other], address)}
        firm[address] -= loose[address]
    ranks = {kind.name: kind.rank for kind in draft.registry}
    draft.needs, later = untie(firm, named, loose, key=lambda address: (ranks[address.kind], address))
    draft.later = later | {project: others | later.get(project, set()) for project, others in unmade.items()}


def hold_back(draft: Draft) -> None:
    """Let wait what needs something that only a person can create."""
    if any(change.by_hand for change in draft.changes.values()):
        draft.changes |= held_back(draft.changes, lambda change: draft.needs.get(change.address, ()))


def with_tasks(draft: Draft, change: Change) -> Change:
    """Return a change with what is to be done for it, and what must be done before."""
    if change.is_held:
        return change
    makes = change.action in MAKES and change.address in draft.parts
    removes = change.action in (Action.DELETE, Action.REPLACE)
    tasks = []
    if removes:
        tasks.append(Task(Phase.REMOVE, (_DELETE,), _remove_requires(draft, change)))
    if makes:
        writes = tuple(Step(StepVerb.WRITE, part) for part in draft.parts[change.address])
        steps = writes if change.action in (Action.UPDATE, Action.MOVE) else (_CREATE, *writes)
        tasks.append(Task(Phase.MAKE, steps, _make_requires(draft, change, after_own_removal=removes)))
    later = draft.later.get(change.address, set()) if makes else set[Address]()
    if not later:
        return replace(change, tasks=tuple(tasks))
    there = {address for address in later if draft.makes(address)}
    if there:
        tasks.append(_finish(draft, change, there))
    reason = change.reason
    if by_people := sorted(later - there):
        left = f"what it says of something is written once it is there: {', '.join(map(str, by_people))}"
        reason = "; ".join(filter(None, (reason, left)))
    return replace(change, tasks=tuple(tasks), later=tuple(sorted(later)), reason=reason)


def _finish(draft: Draft, change: Change, there: set[Address]) -> Task:
    parts = [part for part in draft.parts[change.address] if _named(draft, change, (part,)) & there]
    requires = {TaskRef(address, Phase.MAKE) for address in (change.address, *there)}
    requires |= _exposures(draft, change.address, there)
    return Task(Phase.FINISH, tuple(Step(StepVerb.WRITE, part) for part in parts), tuple(sorted(requires)))


def _named(draft: Draft, change: Change, parts: tuple[str, ...]) -> set[Address]:
    """Return what ``parts`` of a change say that the node knows by ids."""
    kind, address = draft.registry[change.address.kind], change.address
    if not draft.registry.translated_mentions(kind.name):
        return set()
    spec: JsonObject = change.whole or change.after or {}
    if change.action is Action.UPDATE:
        spec = without_paths(spec, change.lifecycle.ignore)
    document = {part: value for part, value in kind.expand(spec, address).items() if part in parts}
    return named_by_id(document, kind, address.project, draft.names)


def _needed(draft: Draft, change: Change, named: set[Address]) -> set[Address]:
    """Return what should exist before a change is carried out, but for what it merely names by an id."""
    found = {
        reference.to
        for reference in draft.references(change.address, change.after)
        if reference.relation is not Relation.MENTIONS
    }
    resource = draft.configuration.resources.get(change.address)
    found.update(resource.depends_on if resource else ())
    found.update(draft.written_after.get(change.address, set()) - named)
    # An object of another project can be used once that project exposes it, which its settings say.
    if change.address.name:
        found |= {Address("project", a.project) for a in (change.address, *found, *named) if a.project}
    return found


def _is_there(draft: Draft, other: Change, user: Address) -> bool:
    """Tell whether what ``user`` needs is on the node already and merely to be written, which ``user`` had better see."""
    if other.action not in (Action.UPDATE, Action.MOVE) or other.by_hand:
        return False
    resource = draft.configuration.resources.get(user)
    if resource is not None and other.address in resource.depends_on:
        return False
    exposes = other.address.kind == "project" and other.address.project != user.project
    return not exposes and other.address not in draft.written_after.get(user, ())


def _make_requires(draft: Draft, change: Change, *, after_own_removal: bool) -> tuple[TaskRef, ...]:
    needed = {address for address in draft.needs.get(change.address, ()) if draft.makes(address)}
    found = {TaskRef(address, Phase.MAKE) for address in needed if address in draft.parts}
    found |= _exposures(draft, change.address, needed)
    if after_own_removal:
        found.add(TaskRef(change.address, Phase.REMOVE))
    return tuple(sorted(found))


def _exposures(draft: Draft, user: Address, used: set[Address]) -> set[TaskRef]:
    """Return the tasks that expose what ``user`` uses of other projects, where those are to be finished for that."""
    projects = {other: Address("project", other.project) for other in used if other.project != user.project}
    return {
        TaskRef(project, Phase.FINISH)
        for other, project in projects.items()
        if other in draft.later.get(project, ()) and draft.makes(project)
    }


def _remove_requires(draft: Draft, change: Change) -> tuple[TaskRef, ...]:
    found: set[TaskRef] = set()
    for user in _users_before(draft).get(change.address, ()):
        if draft.removes(user):
            if user.name or user.project != change.address.project:  # a project goes after all that is in it
                found.add(TaskRef(user, Phase.REMOVE))
        elif draft.makes(user) and change.address not in draft.written_after.get(user, ()):
            found.add(TaskRef(user, Phase.MAKE))  # it lets go of this one by its update
    if change.address.kind == "project":
        found.update(
            TaskRef(other, Phase.REMOVE)
            for other in draft.changes
            if other.project == change.address.project and other.name and draft.removes(other)
        )
    return tuple(sorted(found))


def _users_before(draft: Draft) -> Mapping[Address, set[Address]]:
    """Return who referred to whom at the last apply."""
    if draft.users_before is None:
        draft.users_before = {gone: set(users) for gone, users in draft.users_live.items()}
        for address, change in draft.changes.items():
            recorded = draft.state.resources.get(address)
            named = [reference.to for reference in draft.references(address, change.before)]
            for other in (*named, *(recorded.lifecycle.depends_on if recorded else ())):
                draft.users_before.setdefault(other, set()).add(address)
    return draft.users_before
