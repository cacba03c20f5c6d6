"""The order of effects: what a change has to wait for, and the tasks that this makes of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from dataiku_iac.core.address import Address
from dataiku_iac.core.plan import Action, Change, Phase, Step, StepVerb, Task, TaskRef
from dataiku_iac.core.resource import Relation
from dataiku_iac.engine.draft import MAKES, Draft
from dataiku_iac.engine.links import named_by_parts
from dataiku_iac.engine.reach import held_back

__all__ = ["hold_back", "spread_links", "tasks_of"]

_CREATE: Final = Step(StepVerb.CREATE)
_DELETE: Final = Step(StepVerb.DELETE)


def hold_back(draft: Draft) -> None:
    """Let wait what needs something that only a person can create."""
    if not any(change.by_hand for change in draft.changes.values()):
        return
    draft.changes |= held_back(draft.changes, lambda change: _needed(draft, change))


def spread_links(draft: Draft) -> None:
    """Write what a project says of new objects after them: a new one in a task of its own, one that is there as a whole."""
    for address, change in draft.changes.items():
        if address.name or not draft.makes(address) or address not in draft.parts:
            continue
        named = named_by_parts(change, draft.parts[address], draft.registry, draft.is_new)
        if change.action is Action.CREATE:
            draft.written_last[address] = named
        elif named:
            after = frozenset[Address]().union(*named.values())
            draft.written_after[address] = {*draft.written_after.get(address, ()), *after}


def tasks_of(draft: Draft, change: Change) -> tuple[Task, ...]:
    """Return what is to be done for a change, with what must be done before."""
    makes = change.action in MAKES and change.address in draft.parts
    removes = change.action in (Action.DELETE, Action.REPLACE)
    tasks = []
    if removes:
        tasks.append(Task(Phase.REMOVE, (_DELETE,), _remove_requires(draft, change)))
    if makes:
        last = draft.written_last.get(change.address, {})
        writes = tuple(Step(StepVerb.WRITE, part) for part in draft.parts[change.address] if part not in last)
        steps = writes if change.action in (Action.UPDATE, Action.MOVE) else (_CREATE, *writes)
        tasks.append(Task(Phase.MAKE, steps, _make_requires(draft, change, after_own_removal=removes)))
        if last:
            objects = {TaskRef(address, Phase.MAKE) for named in last.values() for address in named}
            requires = tuple(sorted({TaskRef(change.address, Phase.MAKE), *objects}))
            tasks.append(Task(Phase.FINISH, tuple(Step(StepVerb.WRITE, part) for part in last), requires))
    return tuple(tasks)


def _needed(draft: Draft, change: Change) -> set[Address]:
    """Return what must exist before a change can be carried out, as far as it is changed itself."""
    found = {
        reference.to
        for reference in draft.references(change.address, change.after)
        if reference.relation is not Relation.MENTIONS
    }
    resource = draft.configuration.resources.get(change.address)
    found.update(resource.depends_on if resource else ())
    found.update(draft.written_after.get(change.address, ()))
    # An object of another project can be used once that project exposes it, which its settings say.
    if change.address.name:
        projects = {Address("project", address.project) for address in (change.address, *found) if address.project}
        found |= {project for project in projects if project not in draft.written_after}
    return found - {change.address}


def _make_requires(draft: Draft, change: Change, *, after_own_removal: bool) -> tuple[TaskRef, ...]:
    found = {TaskRef(address, Phase.MAKE) for address in _needed(draft, change) if draft.makes(address)}
    if after_own_removal:
        found.add(TaskRef(change.address, Phase.REMOVE))
    return tuple(sorted(found))


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
