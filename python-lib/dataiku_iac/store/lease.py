"""Takes, keeps, gives back and breaks the lease of a stack (``lock.json``)."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

from dataiku_iac.core.errors import LeaseHeld, StateConflict, StoreCorrupt
from dataiku_iac.core.lease import (
    AGE_SLACK_S,
    CLOCK_SLACK,
    Ending,
    Lease,
    LeaseState,
    LeaseTimes,
    Owner,
    Sighting,
    TakeOverRule,
    freed,
    may_take_over,
    quiet_s,
    taken,
)
from dataiku_iac.core.roles import Ids
from dataiku_iac.store.blobs import Blob, Blobs, Lost
from dataiku_iac.store.clock import StoreClock, iso
from dataiku_iac.store.crashpoints import around
from dataiku_iac.store.envelope import seal, unseal
from dataiku_iac.store.held_lease import LOCK_KEY, HeldLease, SentLease
from dataiku_iac.store.processes import is_owner_dead

__all__ = ["HeldLease", "LeaseKeeper", "SeenLease"]


@dataclass(frozen=True, slots=True)
class SeenLease:
    """The lock as read; ``age_s`` by the store's clock, ``None`` where it has none."""

    lease: Lease
    etag: str
    age_s: float | None


class LeaseKeeper:
    """The lock of one stack.

    ``fence_floor`` returns the highest fence known elsewhere (the head's): a lock that was deleted or restored by hand
    must not hand out old fences again. ``is_dead`` proves that an owner on this machine is gone.
    """

    def __init__(
        self,
        blobs: Blobs,
        *,
        lineage: str,
        clock: StoreClock,
        ids: Ids,
        times: LeaseTimes | None = None,
        fence_floor: Callable[[], int] = lambda: 0,
        is_dead: Callable[[Owner], bool] = is_owner_dead,
    ) -> None:
        self._blobs = blobs
        self._lineage = lineage
        self._clock = clock
        self._ids = ids
        self._times = times or LeaseTimes()
        self._fence_floor = fence_floor
        self._is_dead = is_dead

    def read(self) -> SeenLease | None:
        """Return the lock, or ``None`` if the stack never had one. Needs no lease itself."""
        blob = self._blobs.get(LOCK_KEY)
        return None if blob is None else SeenLease(self._parse(blob), blob.etag, blob.age_s)

    def acquire(
        self, owner: Owner, *, wait_s: float = 0.0, on_wait: Callable[[SeenLease], None] | None = None
    ) -> HeldLease:
        """Return the lease, renewed by a thread of its own until ``release``.

        A held lease is taken over as soon as a rule allows it (see ``may_take_over``); with ``wait_s`` of at least
        1.1 × 90 s even without the store's clock. ``on_wait`` is told the holder each time before a pause.

        Raises:
            LeaseHeld: its holder must be believed alive.
            StoreUnavailable: unknown whether we hold it now; if so it ends by itself, at once when this process ends.
        """
        began = self._clock.monotonic()
        etag, since = "", began
        while True:
            seen, now = self.read(), self._clock.monotonic()
            if seen is not None and seen.etag != etag:
                etag, since = seen.etag, now
            rule: TakeOverRule | None = None
            if seen is not None and seen.lease.state is LeaseState.HELD:
                rule = may_take_over(seen.lease, self._sighting(seen, unchanged_s=now - since))
                if rule is None:
                    self._pause(seen, began=began, wait_s=wait_s, on_wait=on_wait)
                    continue
            held = self._take(owner, seen, rule)
            if held is not None:
                return held

    def break_lease(self, *, by: str, reason: str) -> Lease:
        """Free a held lease on an operator's word; ``by`` (e.g. ``alice``) and ``reason`` are recorded in it.

        Its owner learns of it at its next renewal; the next owner waits as long (``HeldLease.quiet_s``).

        Raises:
            StateConflict: it is free, or it was renewed or taken in between.
        """
        seen = self.read()
        if seen is None or seen.lease.owner is None:
            raise StateConflict(
                "the lease is not held by anybody", where=self._where, next_step="nothing needs to be broken"
            )
        lease = freed(seen.lease, Ending.BROKEN, by=by, detail=reason, nonce=self._ids.new(), at=iso(self._clock))
        with around("lease.break"):
            outcome = self._blobs.compare_and_swap(LOCK_KEY, seen.etag, seal(lease.to_json()))
        if isinstance(outcome, Lost):
            raise StateConflict(
                f"run {seen.lease.owner.run} renewed or released its lease in this moment: it is alive",
                where=self._where,
                next_step="look who holds it now, and break it again only if you are sure",
            )
        return lease

    @property
    def _where(self) -> str:
        return self._blobs.where(LOCK_KEY)

    def _parse(self, blob: Blob) -> Lease:
        lease = Lease.from_json(unseal(blob.body, where=self._where), where=self._where)
        if lease.lineage != self._lineage:
            raise StoreCorrupt(
                f"the lock belongs to lineage {lease.lineage}, the store to {self._lineage}",
                where=self._where,
                next_step="somebody copied files of another stack here: find out who before you change anything",
            )
        return lease

    def _sighting(self, seen: SeenLease, *, unchanged_s: float) -> Sighting:
        owner = seen.lease.owner
        return Sighting(
            unchanged_s=unchanged_s, age_s=seen.age_s, owner_dead=owner is not None and self._is_dead(owner)
        )

    def _pause(
        self, seen: SeenLease, *, began: float, wait_s: float, on_wait: Callable[[SeenLease], None] | None
    ) -> None:
        left = began + wait_s - self._clock.monotonic()
        if left <= 0:
            raise self._held_error(seen)
        if on_wait is not None:
            on_wait(seen)
        self._clock.wait(threading.Event(), min(left, self._times.heartbeat_s / 3))

    def _take(self, owner: Owner, seen: SeenLease | None, rule: TakeOverRule | None) -> HeldLease | None:
        """Try once; ``None``: somebody was quicker."""
        old = None if seen is None else seen.lease
        lease = taken(
            old,
            owner,
            rule,
            lineage=self._lineage,
            fence_floor=self._fence_floor(),
            nonce=self._ids.new(),
            at=iso(self._clock),
            times=self._times,
        )
        body = seal(lease.to_json())
        sent_at = self._clock.monotonic()
        with around("lease.acquire"):
            if seen is None:
                outcome = self._blobs.put_if_absent(LOCK_KEY, body)
            else:
                outcome = self._blobs.compare_and_swap(LOCK_KEY, seen.etag, body)
        if isinstance(outcome, Lost):
            return None
        held = HeldLease(
            self._blobs,
            SentLease(lease, outcome.etag, sent_at),
            clock=self._clock,
            ids=self._ids,
            times=self._times,
            rule=rule,
            age_s=None if seen is None else seen.age_s,
            quiet_s=0.0 if seen is None else quiet_s(seen.lease, seen.age_s),
        )
        held.start()
        return held

    def _held_error(self, seen: SeenLease) -> LeaseHeld:
        lease, owner = seen.lease, seen.lease.owner
        if owner is None:  # pragma: no cover - only held leases come here
            raise StoreCorrupt("a held lease without owner", where=self._where)
        ago = "" if seen.age_s is None else f", {seen.age_s:.0f} s ago"
        patience = lease.lease_s * CLOCK_SLACK
        left = "" if seen.age_s is None else f" (in {max(0.0, lease.lease_s + AGE_SLACK_S - seen.age_s):.0f} s at most)"
        node = f" for {owner.node_url}" if owner.node_url else ""
        return LeaseHeld(
            f"run {owner.run} ({owner.op} by {owner.user}{node}) holds the stack since {lease.acquired_at};"
            f" its process {owner.pid} on {owner.host} gave its last sign of life at {lease.renewed_at}{ago}",
            where=self._where,
            next_step=f"wait until it is done and run again; if it died, its lease can be taken over once no sign of life"
            f" was seen for {patience:.0f} s{left}: run again with a wait of {patience:.0f} s or more. If you know that"
            " it is dead, break the lease and say why",
        )
