"""One effect on the node, done so that its end is known to whoever comes after us.

Gate, pre-image, durable intent, gate again, exactly one call; and where the answer does not tell, a look.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeVar

from dataiku_iac.core.address import Address
from dataiku_iac.core.canonical import Json
from dataiku_iac.core.errors import (
    NodeError,
    NodeUnavailable,
    NotAllowed,
    ObjectMissing,
    OutcomeUnknown,
    Refused,
    UnexpectedShape,
)
from dataiku_iac.core.journal import Absent, Conflict, Done, Failed, Idempotency, Intent, Print, Verb
from dataiku_iac.core.kind import Live
from dataiku_iac.core.plan import Phase, StepVerb
from dataiku_iac.core.result import ChangeStatus
from dataiku_iac.core.roles import NodeApi
from dataiku_iac.engine.actions import PlannedAction
from dataiku_iac.engine.capture import Request, capture
from dataiku_iac.engine.context import RunContext, wait_while_ours
from dataiku_iac.engine.links import creates
from dataiku_iac.engine.resolution import Look, Sight, look, needs_drain, print_number
from dataiku_iac.engine.undo import PreImage
from dataiku_iac.store.crashpoints import around

__all__ = [
    "Effect",
    "Ended",
    "Target",
    "done_record",
    "is_hopeless",
    "note_conflict",
    "note_failure",
    "perform",
    "print_of",
    "settle",
]

T = TypeVar("T")

_VERBS: Final = {StepVerb.CREATE: Verb.CREATE, StepVerb.WRITE: Verb.UPDATE, StepVerb.DELETE: Verb.DELETE}
_STRATEGIES: Final = {StepVerb.CREATE: "keyed", StepVerb.WRITE: "whole-put", StepVerb.DELETE: "delete"}
_ATTEMPTS: Final = 2
_DEFINITE: Final = (Refused, NotAllowed, ObjectMissing, NodeUnavailable)


class Ended(Exception):
    """A task ends here, not done: how, and what to tell the user. ``halts``: nothing else should be begun either."""

    def __init__(self, status: ChangeStatus, message: str, *, halts: bool = False) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.halts = halts


@dataclass(frozen=True, slots=True)
class Target:
    """What an effect is on: the action and its id, what the server calls the object, what it was just before."""

    action: PlannedAction
    aid: str
    live_id: str
    before: Live | None
    temporary: str = ""

    @property
    def address(self) -> Address:
        """Its address."""
        return self.action.change.address


@dataclass(frozen=True, slots=True)
class Effect:
    """The call was made: ``live_id`` as answered (creations), ``found`` if a look showed it instead of an answer."""

    live_id: str
    found: bool = False


def perform(context: RunContext, target: Target, call: Callable[[NodeApi], T]) -> Effect:
    """Carry out one effect. Its intent stays open until the caller has read the object back and writes DONE.

    Raises:
        Ended: refused, in conflict, or unknown; the journal says so.
        LeaseLost: stop everything.
    """
    request = _captured(call)
    undo = _keep_image(context, target)
    intent = Intent(
        aid=target.aid,
        address=str(target.address),
        type=target.address.kind,
        step=target.action.number,
        steps=len(target.action.task.steps),
        verb=_VERBS[target.action.step.verb],
        node=context.plan.node,
        method=request.method,
        path=request.path,
        body_sha256=request.body_sha256,
        pre=_print(context, target),
        idem=Idempotency("temporary-name", target.temporary)
        if target.temporary
        else Idempotency(_STRATEGIES[target.action.step.verb], target.live_id),
        undo=undo,
        drain_s=context.drain_s,
    )
    for attempt in range(1, _ATTEMPTS + 1):
        context.journal.append(intent)
        context.lease.gate()
        try:
            with around("dss.write"):
                answer = call(context.api)
            return Effect(answer if isinstance(answer, str) else target.live_id)
        except _DEFINITE as error:
            if isinstance(error, ObjectMissing) and target.action.step.verb is StepVerb.DELETE:
                return Effect(target.live_id, found=True)
            note_failure(context, target.aid, error)
            raise Ended(ChangeStatus.FAILED, str(error), halts=is_hopeless(error)) from error
        except NodeError as error:
            # Unknown, or an answer that the kind cannot read: it was sent either way.
            context.journal.append(_failed(target.aid, error, definite=False))
            answered = _was_answered(error)
            seen = settle(context, target.action, intent, target.live_id, answered=answered)
            if seen is not None:
                return Effect(seen.id, found=True)
            if answered or attempt == _ATTEMPTS:
                raise Ended(ChangeStatus.FAILED, f"{error}\n  looked: nothing was changed by this call") from error
    raise AssertionError("the last attempt returns or raises")


def settle(
    context: RunContext,
    action: PlannedAction,
    intent: Intent,
    live_id: str,
    *,
    answered: bool,
    since_s: float | None = None,
) -> Live | None:
    """Find out what became of an open intent; a conflict and an absence go to the journal, DONE is the caller's.

    Returns the object with the effect; ``None`` if the effect is not there and the action may be begun again. A deleted
    object is returned as a ``Live`` without a document. ``answered``: nothing of the call is under way any more.
    ``since_s``: the moment of our monotonic clock from which on nobody sent it; now, unless given.

    Raises:
        Ended: in conflict, or the look failed and the intent stays open.
    """
    found = _looked(context, action, intent, live_id)
    if found.sight is Sight.NOT_THERE and not answered and needs_drain(context, action):
        gone_s = 0.0 if since_s is None else context.clock.monotonic() - since_s
        wait_while_ours(max(0.0, intent.drain_s - gone_s), clock=context.clock, lease=context.lease)
        found = _looked(context, action, intent, live_id)
    match found.sight:
        case Sight.THERE:
            return found.live or Live(action.change.address.name, live_id, {})
        case Sight.NOT_THERE:
            context.journal.append(Absent(intent.aid))
            return None
        case Sight.OTHER:
            note_conflict(context, intent.aid, found.why, _evidence(context, action, found, intent.pre.fingerprint))
            raise Ended(
                ChangeStatus.CONFLICT,
                f"{found.why}; nothing was overwritten. Look at the object on the node, then abandon the run and plan anew",
            )


def _looked(context: RunContext, action: PlannedAction, intent: Intent, live_id: str) -> Look:
    try:
        with around("dss.look"):
            return look(context, action, intent, live_id)
    except NodeError as error:
        raise Ended(
            ChangeStatus.UNKNOWN,
            f"it is not known whether the call had its effect, and looking failed: {error}\n  resume the run later",
            halts=True,
        ) from error


def _captured(call: Callable[[NodeApi], object]) -> Request:
    try:
        return capture(call)
    except NodeError as error:
        raise Ended(ChangeStatus.FAILED, str(error)) from error  # the kind refuses before there is anything to send


def note_failure(context: RunContext, aid: str, error: NodeError) -> None:
    """Write that the call was refused and changed nothing."""
    context.journal.append(_failed(aid, error, definite=True))


def note_conflict(context: RunContext, aid: str, why: str, evidence: dict[str, Json]) -> None:
    """Write that the object is neither as before nor as wanted."""
    context.journal.append(Conflict(aid, {"why": why, **evidence}))


def is_hopeless(error: NodeError) -> bool:
    """Tell whether nothing else will fare better: the node is gone, or it no longer takes the key."""
    refused_key = isinstance(error, NotAllowed) and error.error_type.endswith("NotAuthenticatedException")
    return refused_key or isinstance(error, NodeUnavailable)


def done_record(
    aid: str, context: RunContext, address: Address, live: Live | None, *, found: bool, entry: Json
) -> Done:
    """Return the record of an effect that was read back."""
    return Done(aid, print_of(context, address, live), adopted=found, entry=entry)


def print_of(context: RunContext, address: Address, live: Live | None) -> Print:
    """Return what identifies this version of the object; absent if ``live`` is ``None``."""
    if live is None:
        return Print(exists=False)
    return Print(
        exists=True,
        id=live.id,
        version_number=print_number(live),
        fingerprint=context.kind_of(address).fingerprint(live.document),
    )


def _print(context: RunContext, target: Target) -> Print:
    return print_of(context, target.address, target.before)


def _keep_image(context: RunContext, target: Target) -> str | None:
    """Keep what the object was, unless this very change makes it: what is undone then is its creation."""
    made_here = target.action.phase is not Phase.REMOVE and creates(target.action.change)
    if target.before is None or made_here:
        return None
    image = PreImage.of(context.kind_of(target.address), target.address, target.before)
    return context.images.put_blob(image.to_bytes())


def _failed(aid: str, error: NodeError, *, definite: bool) -> Failed:
    return Failed(aid, definite, type(error).__name__, error.status, error.what)


def _was_answered(error: NodeError) -> bool:
    """Tell whether DSS itself finished the request: then nothing of it is still under way.

    Pages and 502 to 504 come from a front-end, behind which DSS may still be at work.
    """
    if isinstance(error, UnexpectedShape):
        return True
    return isinstance(error, OutcomeUnknown) and bool(error.error_type) and error.status not in (None, 502, 503, 504)


def _evidence(context: RunContext, action: PlannedAction, found: Look, expected: str | None) -> dict[str, Json]:
    address = action.change.address
    seen = print_of(context, address, found.live)
    return {"expected": expected, "found": seen.to_json()}
