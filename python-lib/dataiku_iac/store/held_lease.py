"""A lease that we hold: renewed in the background, asked before every effect, given back at the end."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from typing import Final, Self

from dataiku_iac.core.errors import LeaseLost, StoreCorrupt, StoreUnavailable
from dataiku_iac.core.lease import (
    Ending,
    Lease,
    LeaseTimes,
    Owner,
    PreviousOwner,
    TakeOverRule,
    deadline_s,
    freed,
    is_gate_open,
)
from dataiku_iac.core.roles import Ids
from dataiku_iac.store.blobs import Blob, Blobs, Stored
from dataiku_iac.store.clock import StoreClock, iso
from dataiku_iac.store.crashpoints import around
from dataiku_iac.store.envelope import seal, unseal

__all__ = ["LOCK_KEY", "HeldLease", "SentLease"]

LOCK_KEY: Final = "lock.json"
_RETRY_S: Final = 1.0


@dataclass(frozen=True, slots=True)
class SentLease:
    """A version of the lock that we stored: its ETag, and our monotonic time when we *sent* it."""

    lease: Lease
    etag: str
    sent_at: float


class HeldLease:
    """The lease of one run. Made by ``LeaseKeeper.acquire``; safe for threads; a context manager that releases.

    ``fence`` goes into everything the run writes. ``rule`` is how it was taken over (``None``: it was free), ``age_s``
    how old the lock was then, ``quiet_s`` how long after the taking the owner before may still start requests (0 unless
    its lease was broken): add it to the drain time before an absence is believed. ``stop`` is the stop flag.
    """

    def __init__(
        self,
        blobs: Blobs,
        sent: SentLease,
        *,
        clock: StoreClock,
        ids: Ids,
        times: LeaseTimes,
        rule: TakeOverRule | None = None,
        age_s: float | None = None,
        quiet_s: float = 0.0,
    ) -> None:
        if sent.lease.owner is None:
            raise ValueError("a held lease has an owner")
        self.owner: Owner = sent.lease.owner
        self.rule = rule
        self.age_s = age_s
        self.quiet_s = quiet_s
        self.stop = threading.Event()
        self._blobs = blobs
        self._clock = clock
        self._ids = ids
        self._times = times
        self._io = threading.Lock()  # one request on the lock at a time
        self._sent = sent
        self._unclear: dict[str, float] = {}  # nonce -> sent_at of renewals whose outcome we never learned
        self._lost_because = ""
        self._released = False
        self._due = threading.Event()  # wakes the renewing thread
        self._gates: set[threading.Event] = set()  # wakes those who wait for a renewal
        self._gates_lock = threading.Lock()
        self._thread: threading.Thread | None = None

    @property
    def fence(self) -> int:
        """The fencing token."""
        return self._sent.lease.fence

    @property
    def previous(self) -> PreviousOwner | None:
        """Who held the lease before, and how that ended."""
        return self._sent.lease.previous

    @property
    def deadline(self) -> float:
        """The moment of our monotonic clock after which we start nothing."""
        return deadline_s(self._sent.sent_at, self._times)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.release()

    def start(self) -> None:
        """Start the renewing thread."""
        self._thread = threading.Thread(target=self._keep, name=f"lease-{self.fence}", daemon=True)
        self._thread.start()

    def check(self) -> None:
        """Return while the lease is ours.

        Raises:
            LeaseLost: it was taken or broken, ran out, or was released.
        """
        if not self.stop.is_set() and self._clock.monotonic() >= self.deadline:
            self.lose(f"it could not be renewed for {self._times.lease_s - self._times.margin_s:.0f} s")
        if self._is_over():
            raise LeaseLost(
                f"run {self.owner.run} no longer holds the stack: {self._lost_because or 'it gave the lease back'}",
                where=self._blobs.where(LOCK_KEY),
                next_step="nothing more was sent; see who holds the stack now, then resume this run if it is still open",
            )

    def gate(self, call_s: float | None = None) -> None:
        """Return when a call of ``call_s`` seconds may be started; waits for a renewal where the deadline is near.

        Calls that last longer than ``LeaseTimes.call_s`` are intents of their own class, whose drain covers them: here
        they count as that long.

        Raises:
            LeaseLost: stop at once, start nothing.
        """
        longest = self._times.call_s if call_s is None else min(call_s, self._times.call_s)
        renewed = threading.Event()
        while True:
            self.check()
            left = self.deadline - self._clock.monotonic()
            if is_gate_open(self._clock.monotonic(), self.deadline, longest):
                return
            with self._gates_lock:
                self._gates.add(renewed)
            self._due.set()
            self._clock.wait(renewed, max(0.0, left))
            renewed.clear()
            with self._gates_lock:
                self._gates.discard(renewed)

    def lose(self, what: str) -> None:
        """Raise the stop flag because of ``what``, e.g. ``"slot 7 of its journal was taken by fence 4"``."""
        if not self.stop.is_set():
            self._lost_because = what
            self.stop.set()
        self._due.set()
        self._wake_gates()

    def renew(self) -> bool:
        """Renew once, now; ``False``: no clear outcome, try again. Losing raises the stop flag."""
        with self._io:
            if self._is_over():
                return True
            if self._clock.monotonic() >= self.deadline:
                # Late, though perhaps nobody took over yet: whoever waited long enough may, at any moment.
                self.lose("it could not be renewed in time")
                return True
            lease = replace(
                self._sent.lease,
                nonce=self._ids.new(),
                renew_seq=self._sent.lease.renew_seq + 1,
                renewed_at=iso(self._clock),
            )
            done = self._swap(lease, step="lease.renew")
        self._wake_gates()
        return done

    def release(self) -> bool:
        """Stop renewing and free the lease, same fence; ``False``: it was no longer ours. Last act of a run.

        Raises:
            StoreUnavailable: unknown; nobody renews it any more, so it ends by itself.
        """
        if self._released:
            return False
        self._released = True
        self._due.set()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join()
        with self._io:
            if self.stop.is_set():
                return False
            while not self._swap(self._free(), step="lease.release", give_up=True):
                pass  # an earlier renewal of ours had landed after all: free that one
            return not self.stop.is_set()

    def _free(self) -> Lease:
        return freed(
            self._sent.lease,
            Ending.RELEASED,
            by=f"{self.owner.user}@{self.owner.host}",
            detail="",
            nonce=self._ids.new(),
            at=iso(self._clock),
        )

    def _swap(self, lease: Lease, *, step: str, give_up: bool = False) -> bool:
        """Store ``lease`` over our last version. ``False``: not concluded, or an earlier one of ours had landed."""
        sent_at = self._clock.monotonic()
        self._unclear[lease.nonce] = sent_at
        try:
            with around(step):
                outcome = self._blobs.compare_and_swap(LOCK_KEY, self._sent.etag, seal(lease.to_json()))
        except StoreUnavailable:
            if give_up:
                raise
            return False
        if isinstance(outcome, Stored):
            self._unclear.clear()
            self._sent = SentLease(lease, outcome.etag, sent_at)
            return True
        return not self._recognise(outcome.found)

    def _recognise(self, found: Blob | None) -> bool:
        """Return whether what stands there is a renewal of ours whose answer was lost; if not, the lease is."""
        if found is None:
            self.lose("the lock was deleted")
            return False
        where = self._blobs.where(LOCK_KEY)
        try:
            lease = Lease.from_json(unseal(found.body, where=where), where=where)
        except StoreCorrupt as exc:
            self.lose(f"the lock cannot be read ({exc.what})")
            return False
        if lease.nonce in self._unclear:
            self._sent = SentLease(lease, found.etag, self._unclear.pop(lease.nonce))
            return True
        if lease.owner is not None:
            self.lose(f"run {lease.owner.run} of {lease.owner.user} took over with fence {lease.fence}")
        else:
            ended = lease.previous
            self.lose("the lock is free" if ended is None else f"{ended.by} ended it: {ended.reason} {ended.detail}")
        return False

    def _keep(self) -> None:
        """Renew until released or lost."""
        pause = self._times.heartbeat_s
        while not self._is_over():
            self._clock.wait(self._due, pause)
            self._due.clear()
            if not self._is_over():
                pause = self._times.heartbeat_s if self.renew() else _RETRY_S

    def _is_over(self) -> bool:
        return self._released or self.stop.is_set()

    def _wake_gates(self) -> None:
        with self._gates_lock:
            for gate in self._gates:
                gate.set()
