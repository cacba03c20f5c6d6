"""What DSS deletes along with what we delete, and what it takes out of other objects then."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from dataiku_iac.core.address import Address
from dataiku_iac.core.canonical import JsonObject
from dataiku_iac.core.plan import ANYTHING, WITH_PROJECT, Action
from dataiku_iac.engine.draft import Draft, declared_parts, plan_error
from dataiku_iac.engine.links import named_by_id

__all__ = ["spread_projects", "spread_replacements"]

_PAST: Final = {Action.DELETE: "deleted", Action.REPLACE: "replaced"}


def spread_replacements(draft: Draft) -> None:
    """Replace what falls with an object that is deleted: DSS removes the recipes of a deleted dataset [seen]."""
    waiting = [a for a in draft.changes if draft.removes(a)]
    draft.users_live = _users(draft) if waiting else {}
    while waiting:
        gone = waiting.pop()
        users = sorted(draft.users_live.get(gone, ()))
        waiting += [user for user in users if _falls(draft, user, gone) and _fall(draft, user, gone)]
    replaced = {a for a, change in draft.changes.items() if change.action is Action.REPLACE and not change.is_held}
    for address in sorted(draft.configuration.resources) if replaced else ():
        lost = {gone for gone in _named(draft, address) & replaced if not _falls(draft, address, gone)}
        if lost:
            _write_after(draft, address, lost)


def _named(draft: Draft, address: Address) -> set[Address]:
    """Return what the declared object names: by its name, or by an id that is another one when that is made anew."""
    spec, kind = draft.changes[address].after, draft.registry[address.kind]
    if spec is None:
        return set()
    named = {reference.to for reference in draft.references(address, spec)}
    return named | named_by_id(kind.expand(spec, address), kind, address.project, draft.names)


def spread_projects(draft: Draft) -> None:
    """Refuse to delete a project along with objects that are not ours to delete."""
    for address, change in sorted(draft.changes.items()):
        if change.action is not Action.DELETE or address.name or change.is_held:
            continue
        others = [
            str(other)
            for other, live in sorted(draft.live.objects.items())
            if other.project == address.project
            and other.name
            and not draft.removes(other)
            and not _goes_along(draft, other)
            and not draft.registry[other.kind].comes_with_project(other)
            and not draft.registry[other.kind].is_unremarkable(live.document, other)
        ]
        if others:
            more = f" and {len(others) - 5} more" if len(others) > 5 else ""
            draft.problems.append(
                plan_error(
                    "takes-unmanaged-along",
                    "an object would be deleted along with another, and we do not manage it",
                    address,
                    "delete them on the node, or keep the project: put it back, or list its address under forget",
                    detail=f"{', '.join(others[:5])}{more} in the project to delete",
                )
            )
        else:
            reason = "; ".join(part for part in (change.reason, "whatever else is in it goes too") if part)
            draft.changes[address] = replace(change, reason=reason)


def _falls(draft: Draft, user: Address, gone: Address) -> bool:
    return gone.kind in draft.registry[user.kind].falls_with


def _write_after(draft: Draft, address: Address, replaced: set[Address]) -> None:
    """Write again what names something that is replaced: DSS takes it out of there (build lists of scenarios [seen])."""
    change = draft.changes[address]
    if change.action not in (Action.NONE, Action.ADOPT, Action.UPDATE):
        return
    draft.written_after[address] = replaced
    kind = draft.registry[address.kind]
    draft.parts[address] = declared_parts(kind, kind.expand(draft.configuration.resources[address].spec, address))
    reason = f"{', '.join(map(str, sorted(replaced)))} is replaced, and DSS takes it out of this: it is put back"
    draft.changes[address] = replace(change, action=Action.UPDATE, expects=ANYTHING, reason=reason)


def _goes_along(draft: Draft, address: Address) -> bool:
    change = draft.changes.get(address)
    return change is not None and change.action is Action.FORGET and change.reason == WITH_PROJECT


def _users(draft: Draft) -> Mapping[Address, set[Address]]:
    """Return who refers to whom among everything that is live, also objects that are not ours."""
    users: dict[Address, set[Address]] = {}
    for address, live in draft.live.objects.items():
        kind = draft.registry[address.kind]
        if not kind.falls_with:
            continue
        for reference in kind.references(kind.declare(live.document, address), address):
            users.setdefault(reference.to, set()).add(address)
    return users


def _fall(draft: Draft, address: Address, gone: Address) -> bool:
    change = draft.changes.get(address)
    if change is None:
        draft.problems.append(
            plan_error(
                "takes-unmanaged-along",
                "an object would be deleted along with another, and we do not manage it",
                address,
                f"declare it or delete it on the node first; or keep {gone}: put it back as it was, or list it under forget",
                detail=f"DSS deletes it with {gone}, which it uses",
            )
        )
        return False
    if change.action not in (Action.NONE, Action.ADOPT, Action.UPDATE) or change.after is None:
        return False
    if change.action is Action.UPDATE and not _names(draft, address, change.after, gone):
        return False  # it lets go by its update, which comes first
    resource = draft.configuration.resources[address]
    kind = draft.registry[address.kind]
    live = draft.live.objects[address]
    whole = kind.declare(kind.put(live.document, change.after, address, before=change.before), address)
    if any(draft.is_deleted(reference.to) for reference in draft.references(address, whole)):
        whole = resource.spec
    draft.parts[address] = declared_parts(kind, kind.expand(whole, address))
    draft.changes[address] = replace(
        change,
        action=Action.REPLACE,
        expects=kind.fingerprint(live.document) if live.complete else draft.state.resources[address].fingerprint,
        reason=f"DSS deletes it with {gone}, which is {_PAST[draft.changes[gone].action]}; it comes back as it was",
        whole=whole,
    )
    return True


def _names(draft: Draft, address: Address, spec: JsonObject, other: Address) -> bool:
    return any(reference.to == other for reference in draft.references(address, spec))
