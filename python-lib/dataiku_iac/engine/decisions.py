"""What happens to one address: what is declared, recorded and live, compared."""

from __future__ import annotations

from dataclasses import replace

from dataiku_iac.core.address import Address
from dataiku_iac.core.errors import Refused
from dataiku_iac.core.kind import Document, Kind, Live
from dataiku_iac.core.lens import suppressed
from dataiku_iac.core.plan import ANYTHING, WITH_PROJECT, Action, Change
from dataiku_iac.core.problem import Problem, Severity
from dataiku_iac.core.resource import OnDelete, Resource
from dataiku_iac.core.state import Recorded
from dataiku_iac.engine.comparison import compare
from dataiku_iac.engine.draft import Draft, declared_parts, plan_error
from dataiku_iac.engine.links import named_by_id
from dataiku_iac.engine.node_ids import find_node_ids, with_names
from dataiku_iac.engine.outputs import loose_keys, made_by_recipes
from dataiku_iac.engine.reach import why_by_hand

__all__ = ["decide"]


def decide(draft: Draft, address: Address) -> None:
    """Put the change of one address into the draft."""
    declared = draft.configuration.resources.get(address)
    recorded = draft.state.resources.get(address)
    live = draft.live.objects.get(address)
    if declared is not None:
        draft.changes[address] = _declared(draft, declared, recorded, live)
    elif recorded is not None:
        draft.changes[address] = _dropped(draft, recorded, live)


def _declared(draft: Draft, declared: Resource, recorded: Recorded | None, live: Live | None) -> Change:
    kind = draft.registry[declared.address.kind]
    change = Change(
        declared.address,
        Action.NONE,
        before=None if recorded is None else recorded.spec,
        after=declared.spec,
        live_id="" if live is None else live.id,
        lifecycle=replace(declared.lifecycle, depends_on=declared.depends_on),
        place=declared.place,
        moved_from=draft.moves.get(declared.address),
    )
    if live is None:
        return _absent(draft, declared, recorded, kind, change)
    if not live.complete:
        return change  # the node's version and the files are as at the last apply: see needs_reading
    if recorded is not None and _is_as_applied(kind, declared, recorded, live):
        _note_suppressed(draft, declared, kind, live)
        return change
    partial = kind.expand(declared.spec, declared.address)
    draft.problems += find_node_ids(declared, partial, kind, draft.live.names)
    loose = _loose(draft, declared, recorded, kind)
    found = compare(
        kind,
        declared.address,
        live.document,
        with_names(declared.spec, kind, declared.address, draft.live.names),
        change.before and with_names(change.before, kind, declared.address, draft.live.names),
        declared.lifecycle.ignore,
        loose=loose,
        hidden=live.hidden,
        resource=declared,
    )
    _warn_of_hidden(draft, declared, kind, live)
    if found.suppressed:
        draft.suppressed[declared.address] = found.suppressed
    expects = kind.fingerprint(live.document)
    change = replace(change, fields=found.fields, expects=expects, adopts=recorded is None, loose=loose)
    moved = change.moved_from is not None
    if not found.parts:
        action = Action.MOVE if moved else Action.ADOPT if recorded is None else Action.NONE
        return replace(change, action=action)
    if not found.needs_replace:
        draft.parts[declared.address] = found.parts
        change = replace(change, action=Action.MOVE if moved else Action.UPDATE)
        return replace(change, by_hand=why_by_hand(kind, change, found.target, live.document))
    if recorded is None:
        draft.problems.append(
            plan_error(
                "replace-unmanaged", "an object that we do not manage would have to be replaced", declared.address
            )
        )
    if draft.is_protected(declared.address):
        draft.problems.append(plan_error("protected", "a protected object would be replaced", declared.address))
    draft.parts[declared.address] = declared_parts(kind, kind.expand(declared.spec, declared.address))
    change = replace(change, action=Action.REPLACE)
    wanted = kind.put({}, declared.spec, declared.address)
    return replace(change, by_hand=why_by_hand(kind, change, wanted, live.document))


def _absent(draft: Draft, declared: Resource, recorded: Recorded | None, kind: Kind, change: Change) -> Change:
    """Return the change of what is declared and not on the node."""
    old = change.moved_from and draft.live.objects.get(change.moved_from)
    if change.moved_from and old:
        why = (
            f"only DSS itself can rename it, as what names it has to follow: rename {change.moved_from} to "
            f"{declared.address.name} there"
        )
        return replace(change, action=Action.MOVE, live_id=old.id, by_hand=why)
    partial = kind.expand(declared.spec, declared.address)
    draft.problems += find_node_ids(declared, partial, kind, draft.live.names)
    draft.parts[declared.address] = declared_parts(kind, partial)
    draft.named[declared.address] = named_by_id(partial, kind, declared.address.project, draft.names)
    reason = "" if recorded is None else "it was deleted on the node since the last apply"
    expects = ANYTHING if kind.comes_with_project(declared.address) else None
    # What was recorded is gone with the object: nothing goes back to a default.
    change = replace(change, action=Action.CREATE, before=None, reason=reason, expects=expects)
    wanted = kind.put({}, declared.spec, declared.address)
    by_hand = why_by_hand(kind, change, wanted, {})
    if not by_hand:
        _check_creation(draft, declared, kind, wanted)
    return replace(change, by_hand=by_hand)


def _loose(draft: Draft, declared: Resource, recorded: Recorded | None, kind: Kind) -> tuple[str, ...]:
    """Return what of an object that a recipe makes is left to builds."""
    if draft.made is None:
        specs = [(address, resource.spec) for address, resource in draft.configuration.resources.items()]
        specs += [
            (address, draft.registry[address.kind].declare(live.document, address))
            for address, live in draft.live.objects.items()
            if address not in draft.configuration.resources and draft.registry[address.kind].falls_with
        ]
        draft.made = made_by_recipes(specs, draft.registry)
    if declared.address not in draft.made:
        return ()
    before = None if recorded is None else recorded.spec
    return loose_keys(kind, declared.address, declared.spec, before, declared.lifecycle.enforce)


def _warn_of_hidden(draft: Draft, declared: Resource, kind: Kind, live: Live) -> None:
    unseen = [part for part in live.hidden if part in kind.expand(declared.spec, declared.address)]
    if unseen:
        draft.problems.append(
            Problem(
                Severity.WARNING,
                "unreadable-part",
                "the API key may not read all that is declared, and so it is neither compared nor written",
                detail=", ".join(unseen),
                place=declared.place,
                address=str(declared.address),
                suggestion="plan with the key of somebody who may administer the project",
            )
        )


def _check_creation(draft: Draft, declared: Resource, kind: Kind, wanted: Document) -> None:
    try:
        kind.for_creation(wanted, declared.address, login=draft.login)
    except Refused as refusal:
        place = declared.place
        draft.problems.append(
            plan_error("incomplete-creation", refusal.what, declared.address, refusal.next_step, place=place)
        )


def _note_suppressed(draft: Draft, declared: Resource, kind: Kind, live: Live) -> None:
    partial = kind.expand(declared.spec, declared.address)
    quiet = tuple(suppressed(live.document, partial, kind.rules_for({**live.document, **partial}).root))
    if quiet:
        draft.suppressed[declared.address] = quiet


def _dropped(draft: Draft, recorded: Recorded, live: Live | None) -> Change:
    address = recorded.address
    change = Change(address, Action.FORGET, before=recorded.spec, lifecycle=recorded.lifecycle)
    if address in draft.configuration.forget:
        return replace(change, live_id="" if live is None else live.id, reason="listed under forget")
    if live is None:
        return replace(change, reason="it is gone from the node already")
    if draft.registry[address.kind].comes_with_project(address):
        return replace(change, live_id=live.id, reason="it belongs to its project and cannot be deleted alone")
    if recorded.lifecycle.on_delete is OnDelete.FORGET:
        return replace(change, live_id=live.id, reason="on_delete: forget")
    if recorded.lifecycle.protect:
        draft.problems.append(
            plan_error(
                "protected",
                "a protected object would be deleted",
                address,
                "the protection was declared at the last apply: put the entry back with `lifecycle: {protect: false}`, apply, "
                "then remove it; or list the address under forget, and the object stays on the node",
            )
        )
    kind = draft.registry[address.kind]
    data_stay = kind.protects_data and recorded.lifecycle.on_delete is OnDelete.KEEP_DATA
    change = replace(
        change,
        action=Action.DELETE,
        live_id=live.id,
        expects=kind.fingerprint(live.document),
        reason="its data stay" if data_stay else "",
    )
    by_hand = why_by_hand(kind, change, {}, live.document)
    if by_hand and _goes_with_project(draft, address):
        return replace(change, action=Action.FORGET, reason=WITH_PROJECT)
    return replace(change, by_hand=by_hand)


def _goes_with_project(draft: Draft, address: Address) -> bool:
    project = Address("project", address.project)
    return (
        project in draft.state.resources
        and project not in draft.configuration.resources
        and project not in draft.configuration.forget
        and draft.state.resources[project].lifecycle.on_delete is not OnDelete.FORGET
    )


def _is_as_applied(kind: Kind, declared: Resource, recorded: Recorded, live: Live) -> bool:
    """Tell the common case apart at the cost of one digest: files, and all that counts on the node, are as at the last apply."""
    if declared.spec != recorded.spec or declared.lifecycle.ignore != recorded.lifecycle.ignore:
        return False
    return (bool(live.stamp) and live.stamp == recorded.version) or kind.fingerprint(
        live.document
    ) == recorded.fingerprint
