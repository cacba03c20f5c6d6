"""The lease of a stack as a value, and the decisions about it that need neither clock nor store.

``lock.json`` holds one ``Lease``. Its ``fence`` is the fencing token: it grows with every owner and never shrinks, and
every journal object and head carries it. Times are judged by differences of one clock only: an owner's deadline by its
own monotonic clock, a waiter's patience by its own, the age of the lock by the store's.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from dataiku_iac.core.canonical import Json, JsonObject
from dataiku_iac.core.stored import FORMAT_VERSION, Fields

__all__ = [
    "AGE_SLACK_S",
    "CLOCK_SLACK",
    "Ending",
    "Lease",
    "LeaseState",
    "LeaseTimes",
    "Owner",
    "PreviousOwner",
    "Sighting",
    "TakeOverRule",
    "deadline_s",
    "freed",
    "is_gate_open",
    "may_take_over",
    "quiet_s",
    "taken",
]

# Monotonic clocks of two machines run at rates that differ by less than 1 %; we allow 10 %.
CLOCK_SLACK: Final = 1.1
# Last-Modified and Date have a resolution of one second and no promise of when in the request they are taken.
AGE_SLACK_S: Final = 60.0


@dataclass(frozen=True, slots=True)
class LeaseTimes:
    """Durations in seconds. ``call_s`` is the longest single call to a node, ``drain_s`` how long its effect may lag."""

    heartbeat_s: float = 15.0
    lease_s: float = 90.0
    margin_s: float = 20.0
    call_s: float = 30.0
    drain_s: float = 60.0


class LeaseState(StrEnum):
    """Whether somebody owns the stack."""

    HELD = "held"
    FREE = "free"


class Ending(StrEnum):
    """How the previous owner's time ended."""

    RELEASED = "released"
    EXPIRED = "expired"
    BROKEN = "broken"


class TakeOverRule(StrEnum):
    """What allows a take-over of a held lease."""

    UNCHANGED = "unchanged"  # the waiter saw no renewal for longer than the lease, by its own clock
    OLD = "old"  # the store's clock says so at once
    OWNER_DEAD = "owner-dead"  # same machine, and that process is gone


@dataclass(frozen=True, slots=True)
class Owner:
    """Who works on the stack.

    ``op`` is what they do, e.g. ``apply``; ``boot_id`` says which boot of the machine, and which process name space
    of it, ``pid`` belongs to, e.g. ``6f0c…/pid:[4026531836]`` ("" where unknown); ``pid_start`` is the start of the
    process in clock ticks after boot (0 where unknown), as a pid alone is used again.
    """

    run: str
    op: str
    user: str
    node_url: str
    host: str
    boot_id: str
    pid: int
    pid_start: int
    plugin_version: str

    def to_json(self) -> JsonObject:
        """Return the stored form."""
        return {
            "run": self.run,
            "op": self.op,
            "user": self.user,
            "node_url": self.node_url,
            "host": self.host,
            "boot_id": self.boot_id,
            "pid": self.pid,
            "pid_start": self.pid_start,
            "plugin_version": self.plugin_version,
        }

    @classmethod
    def from_json(cls, raw: Json, *, where: str) -> Owner:
        """Parse the stored form, or raise ``StoreCorrupt``."""
        fields = Fields(raw, where=where)
        owner = cls(
            run=fields.text("run"),
            op=fields.text("op"),
            user=fields.text("user"),
            node_url=fields.text("node_url"),
            host=fields.text("host"),
            boot_id=fields.text("boot_id"),
            pid=fields.integer("pid"),
            pid_start=fields.integer("pid_start"),
            plugin_version=fields.text("plugin_version"),
        )
        fields.end()
        return owner


@dataclass(frozen=True, slots=True)
class PreviousOwner:
    """The owner before: its fence and run, how it ended, by whom (``user@host``), and why in words."""

    fence: int
    run: str
    reason: Ending
    by: str
    detail: str = ""

    def to_json(self) -> JsonObject:
        """Return the stored form."""
        return {
            "fence": self.fence,
            "run": self.run,
            "reason": self.reason.value,
            "by": self.by,
            "detail": self.detail,
        }

    @classmethod
    def from_json(cls, raw: Json, *, where: str) -> PreviousOwner:
        """Parse the stored form, or raise ``StoreCorrupt``."""
        fields = Fields(raw, where=where)
        previous = cls(
            fence=fields.integer("fence"),
            run=fields.text("run"),
            reason=fields.choice("reason", Ending),
            by=fields.text("by"),
            detail=fields.text("detail"),
        )
        fields.end()
        return previous


@dataclass(frozen=True, slots=True)
class Lease:
    """``lock.json``. ``owner`` is ``None`` exactly when ``state`` is free; the times are ISO 8601, for people only."""

    lineage: str
    state: LeaseState
    fence: int
    nonce: str
    renew_seq: int
    owner: Owner | None
    lease_s: float
    acquired_at: str
    renewed_at: str
    previous: PreviousOwner | None = None

    def to_json(self) -> JsonObject:
        """Return the stored form."""
        return {
            "v": FORMAT_VERSION,
            "lineage": self.lineage,
            "state": self.state.value,
            "fence": self.fence,
            "nonce": self.nonce,
            "renew_seq": self.renew_seq,
            "owner": None if self.owner is None else self.owner.to_json(),
            "lease_s": self.lease_s,
            "acquired_at": self.acquired_at,
            "renewed_at": self.renewed_at,
            "previous": None if self.previous is None else self.previous.to_json(),
        }

    @classmethod
    def from_json(cls, raw: Json, *, where: str) -> Lease:
        """Parse the stored form, or raise ``StoreCorrupt``."""
        fields = Fields(raw, where=where)
        fields.version()
        owner, previous = fields.object_or_none("owner"), fields.object_or_none("previous")
        lease = cls(
            lineage=fields.text("lineage"),
            state=fields.choice("state", LeaseState),
            fence=fields.integer("fence"),
            nonce=fields.text("nonce"),
            renew_seq=fields.integer("renew_seq"),
            owner=None if owner is None else Owner.from_json(owner, where=f"{where} owner"),
            lease_s=fields.number("lease_s"),
            acquired_at=fields.text("acquired_at"),
            renewed_at=fields.text("renewed_at"),
            previous=None if previous is None else PreviousOwner.from_json(previous, where=f"{where} previous"),
        )
        fields.end()
        return lease


@dataclass(frozen=True, slots=True)
class Sighting:
    """What a waiter knows of a held lease.

    ``unchanged_s``: how long, by the waiter's own monotonic clock, the object has had this same ETag.
    ``age_s``: the store's ``Date`` minus ``Last-Modified``, or ``None`` where the store gives no clock of its own.
    ``owner_dead``: proven that the owner's process on this very machine is gone; ``False`` also means "not known".
    """

    unchanged_s: float
    age_s: float | None = None
    owner_dead: bool = False


def may_take_over(lease: Lease, seen: Sighting) -> TakeOverRule | None:
    """Return the rule that allows to take ``lease`` over now, or ``None`` while its owner must be believed alive.

    The lease's own ``lease_s`` counts, not the waiter's setting: its owner's deadline was computed from it.
    """
    if seen.owner_dead:
        return TakeOverRule.OWNER_DEAD
    if seen.age_s is not None and seen.age_s > lease.lease_s + AGE_SLACK_S:
        return TakeOverRule.OLD
    if seen.unchanged_s >= lease.lease_s * CLOCK_SLACK:
        return TakeOverRule.UNCHANGED
    return None


def quiet_s(lease: Lease, age_s: float | None) -> float:
    """Return how long, in seconds, whoever held the lease before may still be starting requests when it is taken now.

    Zero, except after a break: a living owner learns of it with its next renewal or, cut off from the store, at its
    deadline, which is less than ``lease_s`` after its last renewal. That renewal is not younger than the object.
    """
    if lease.state is LeaseState.FREE and lease.previous is not None and lease.previous.reason is Ending.BROKEN:
        return max(0.0, lease.lease_s * CLOCK_SLACK - (age_s or 0.0))
    return 0.0


def deadline_s(sent_at_s: float, times: LeaseTimes) -> float:
    """Return the moment (own monotonic clock) after which an owner may not start anything.

    Counted from the *sending* of the last renewal that succeeded: the store cannot have stored it earlier.
    """
    return sent_at_s + times.lease_s - times.margin_s


def is_gate_open(now_s: float, deadline: float, call_s: float) -> bool:
    """Return whether a call of at most ``call_s`` seconds started now ends before the deadline."""
    return now_s + call_s < deadline


def freed(lease: Lease, ending: Ending, *, by: str, detail: str, nonce: str, at: str) -> Lease:
    """Return the free lease that follows ``lease``: same fence, its owner noted as the previous one."""
    run = "" if lease.owner is None else lease.owner.run
    return replace(
        lease,
        state=LeaseState.FREE,
        owner=None,
        nonce=nonce,
        renewed_at=at,
        previous=PreviousOwner(fence=lease.fence, run=run, reason=ending, by=by, detail=detail),
    )


def taken(
    old: Lease | None,
    owner: Owner,
    rule: TakeOverRule | None,
    *,
    lineage: str,
    fence_floor: int,
    nonce: str,
    at: str,
    times: LeaseTimes,
) -> Lease:
    """Return the lease that ``owner`` takes after ``old`` (``None``: the first ever), with a fence above all known."""
    previous = None if old is None else old.previous
    if old is not None and old.owner is not None:
        previous = PreviousOwner(
            fence=old.fence,
            run=old.owner.run,
            reason=Ending.EXPIRED,
            by=f"{owner.user}@{owner.host}",
            detail="" if rule is None else rule.value,
        )
    return Lease(
        lineage=lineage,
        state=LeaseState.HELD,
        fence=max(0 if old is None else old.fence, fence_floor) + 1,
        nonce=nonce,
        renew_seq=0,
        owner=owner,
        lease_s=times.lease_s,
        acquired_at=at,
        renewed_at=at,
        previous=previous,
    )
