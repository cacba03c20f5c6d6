"""What became of an effect whose answer nobody has: look at the node, and say there, not there, or neither.

| effect | looked for | absent or as before means |
|---|---|---|
| create, id chosen by us | the object of that name | not done; a late one cannot make a second |
| create, id chosen by the server | objects under the temporary name (or their own, if they keep it) | not done, but only after the drain time |
| write of a part | the part as declared | not done; a late one writes the same once more |
| delete | the object | not done; where it is to be made again, only after the drain time |

Anything else is a conflict: neither as before nor as wanted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from dataiku_iac.core.canonical import Json
from dataiku_iac.core.journal import Intent
from dataiku_iac.core.kind import Kind, Live
from dataiku_iac.core.plan import Action, Phase, StepVerb
from dataiku_iac.engine.actions import PlannedAction
from dataiku_iac.engine.comparison import Comparison, compare
from dataiku_iac.engine.context import RunContext
from dataiku_iac.engine.links import creates, early_spec, written_by
from dataiku_iac.engine.node_ids import with_names

__all__ = ["Look", "Sight", "compare_live", "look", "needs_drain", "print_number"]


class Sight(StrEnum):
    """What a look found."""

    THERE = "there"
    NOT_THERE = "not there"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Look:
    """``live`` is the object, whole, where there is one; ``why`` explains a conflict."""

    sight: Sight
    live: Live | None = None
    why: str = ""


def needs_drain(context: RunContext, action: PlannedAction) -> bool:
    """Tell whether a request that is still under way could do harm after it was found not there."""
    if action.step.verb is StepVerb.CREATE:
        return context.kind_of(action.change.address).chosen_by_server
    return action.step.verb is StepVerb.DELETE and action.change.action is Action.REPLACE


def look(context: RunContext, action: PlannedAction, intent: Intent, live_id: str) -> Look:
    """Look once, without waiting. ``live_id`` is ignored for creations.

    Raises:
        NodeError: the look failed; still nobody knows.
    """
    match action.step.verb:
        case StepVerb.CREATE:
            return _look_for_created(context, action, intent)
        case StepVerb.WRITE:
            return _look_for_written(context, action, intent, live_id)
        case StepVerb.DELETE:
            return _look_for_deleted(context, action, intent, live_id)


def _look_for_created(context: RunContext, action: PlannedAction, intent: Intent) -> Look:
    address = action.change.address
    kind = context.kind_of(address)
    if not kind.chosen_by_server:
        live = context.read(address, context.own_id(address))
        if live is None:
            return Look(Sight.NOT_THERE)
        creator = _creator(live)
        if creator and context.logins and creator not in context.logins:
            return Look(Sight.OTHER, live, f"{creator} created an object of this name in the meantime")
        if compare_live(context, action, live).needs_replace:
            return Look(Sight.OTHER, live, "somebody created an object of this name and another type in the meantime")
        return Look(Sight.THERE, live)
    ours = sorted(
        (live for live in context.list_kind(address) if live.name == intent.idem.key), key=lambda live: live.id
    )
    if not ours:
        return Look(Sight.NOT_THERE)
    if kind.keeps_its_name and len(ours) > 1:
        return Look(Sight.OTHER, ours[0], "several objects bear this name now, and nobody can tell which is ours")
    # More than one: a proxy delivered the call twice. The first is kept, the sweep at the end removes the others.
    return Look(Sight.THERE, context.read(address, ours[0].id) or ours[0])


def _look_for_written(context: RunContext, action: PlannedAction, intent: Intent, live_id: str) -> Look:
    live = context.read(action.change.address, live_id)
    if live is None:
        return Look(Sight.OTHER, None, "the object was deleted in the meantime")
    part, is_as_before = action.step.part, _fingerprint(context, action, live) == intent.pre.fingerprint
    # A field that goes back to a default which only the node knows never looks done; that it changed says so.
    if part not in compare_live(context, action, live, written=not is_as_before).parts:
        return Look(Sight.THERE, live)
    if is_as_before:
        return Look(Sight.NOT_THERE, live)
    return Look(Sight.OTHER, live, "the object is neither as it was before nor as declared")


def _look_for_deleted(context: RunContext, action: PlannedAction, intent: Intent, live_id: str) -> Look:
    live = context.read(action.change.address, live_id)
    if live is None:
        return Look(Sight.THERE)
    if _fingerprint(context, action, live) == intent.pre.fingerprint:
        return Look(Sight.NOT_THERE, live)
    return Look(Sight.OTHER, live, "the object to delete was changed in the meantime")


def compare_live(context: RunContext, action: PlannedAction, live: Live, *, written: bool = False) -> Comparison:
    """Compare a live object with what is to be true once the action's task is done; ``written``: as it was read after the write.

    Fields under ``lifecycle.ignore`` are left alone, except in an object that the change creates: somebody must give
    them their first value.
    """
    change, kind = action.change, context.kind_of(action.change.address)
    is_new = creates(change)
    before = None
    if not is_new and change.before is not None:
        before = with_names(change.before, kind, change.address, context.names)
    if action.phase is Phase.FINISH:
        before = early_spec(change, kind, context.names)
    return compare(
        kind,
        change.address,
        live.document,
        written_by(change, action.task, kind, context.names),
        before,
        () if is_new else change.lifecycle.ignore,
        loose=() if is_new else change.loose,
        written=written,
        hidden=live.hidden,
    )


def print_number(live: Live) -> int | None:
    """Return the number in a version such as ``7@1712345678901``."""
    number = live.version.partition("@")[0]
    return int(number) if number.isdigit() else None


def _fingerprint(context: RunContext, action: PlannedAction, live: Live) -> str:
    kind: Kind = context.kind_of(action.change.address)
    return kind.fingerprint(live.document)


def _creator(live: Live) -> str:
    """Return the login in the object's creation tag, ``""`` where it has none."""
    queue: list[tuple[int, Json]] = [(0, part) for part in live.document.values()]
    while queue:
        depth, value = queue.pop(0)
        if not isinstance(value, Mapping):
            continue
        tag = value.get("creationTag")
        by = tag.get("lastModifiedBy") if isinstance(tag, Mapping) else None
        login = by.get("login") if isinstance(by, Mapping) else None
        if isinstance(login, str):
            return login
        if depth == 0:  # recipes and articles keep theirs one level down
            queue += [(1, item) for item in value.values()]
    return ""
