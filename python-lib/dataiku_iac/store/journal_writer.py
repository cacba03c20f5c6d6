"""Adds to the journal of a run that we own, for many workers at once (group commit).

One thread puts the records of all workers into shared objects. It waits at most ``LINGER_S``, and only while it may
expect company: as many callers as came together last time. A lone caller is never delayed.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, NoReturn, Self

from dataiku_iac.core.errors import Defect, IacError, LeaseLost, StoreCorrupt
from dataiku_iac.core.journal import JournalObject, Record
from dataiku_iac.core.ledger import Ledger, Replayed
from dataiku_iac.core.roles import Ids
from dataiku_iac.store.blobs import Blobs, Lost, Stored
from dataiku_iac.store.clock import StoreClock, iso
from dataiku_iac.store.crashpoints import around
from dataiku_iac.store.envelope import seal
from dataiku_iac.store.persistence import Guard, write_while_held

__all__ = ["LINGER_S", "MAX_RECORDS", "JournalWriter", "put_slot", "slot_key"]

LINGER_S: Final = 0.040
MAX_RECORDS: Final = 64


@dataclass(slots=True)
class _Ticket:
    """Records of one caller on their way into a slot."""

    records: tuple[Record, ...]
    waits: bool
    stored: threading.Event = field(default_factory=threading.Event)
    seq: int = 0


class JournalWriter:
    """Appends to the journal of the run whose lease we hold. Safe for threads; a context manager that closes.

    ``objects`` is the journal so far. After any error the writer is of no further use and every call raises that error.
    """

    def __init__(
        self,
        blobs: Blobs,
        run: str,
        *,
        guard: Guard,
        clock: StoreClock,
        ids: Ids,
        objects: Sequence[JournalObject] = (),
        where: str = "journal",
    ) -> None:
        self._blobs = blobs
        self._run = run
        self._guard = guard
        self._clock = clock
        self._ids = ids
        self._admitted = Ledger(where=where)  # ahead of the store: what callers were let in with
        self._durable = Ledger(where=where)
        for item in objects:
            self._admitted.add(item)
            self._durable.add(item)
        self._lock = threading.Lock()
        self._pending: deque[_Ticket] = deque()
        self._in_flight: tuple[_Ticket, ...] = ()
        self._tail: _Ticket | None = None  # the last one handed over
        self._expected = 1
        self._flushing = False
        self._closing = False
        self._broken: IacError | None = None
        self._wake = threading.Event()
        self._thread = threading.Thread(target=self._work, name=f"journal-{run}", daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def append(self, *records: Record) -> int:
        """Return the slot that holds the records, once they are durable; all of one call share a slot.

        Raises:
            LeaseLost: the slot belongs to somebody else, or the lease ran out: stop, send nothing.
            StoreUnavailable: refused by the store; unknown whether stored.
            Defect: the records do not follow from those before them.
        """
        ticket = self._enqueue(records, waits=True)
        ticket.stored.wait()
        if not ticket.seq:
            self._raise_broken()
        return ticket.seq

    def post(self, *records: Record) -> None:
        """Hand over records without waiting, e.g. a DONE: they are stored within ``LINGER_S``, in order.

        Raises:
            IacError: as ``append``, for an earlier failure.
        """
        self._enqueue(records, waits=False)

    def flush(self) -> int:
        """Return the last slot, once everything handed over so far is durable. Raises as ``append``."""
        with self._lock:
            if self._broken is not None:
                self._raise_broken()
            tail = self._tail
            self._flushing = bool(self._pending)
        if tail is None:
            return self._durable.place[0]
        self._wake.set()
        tail.stored.wait()
        if not tail.seq:
            self._raise_broken()
        return tail.seq

    def replayed(self) -> Replayed:
        """Return what the durable part of the journal adds up to."""
        with self._lock:
            return self._durable.sum()

    def close(self) -> None:
        """Store what was handed over and end the thread. Never raises: call ``flush`` to learn of errors."""
        self._closing = True
        self._wake.set()
        if self._thread is not threading.current_thread():
            self._thread.join()

    def _enqueue(self, records: tuple[Record, ...], *, waits: bool) -> _Ticket:
        if not records:
            raise ValueError("no records")
        ticket = _Ticket(records, waits)
        with self._lock:
            if self._broken is None and self._closing:
                self._broken = Defect("a record was handed to a closed journal", where=self._blobs.where(self._run))
            if self._broken is not None:
                self._raise_broken()
            try:
                self._admitted.admit(records, fence=self._guard.fence, seq=0)
            except StoreCorrupt as exc:
                self._broken = Defect(f"a record was refused before it was written: {exc.what}", where=exc.where)
                raise self._broken from exc
            self._pending.append(ticket)
            self._tail = ticket
        self._wake.set()
        return ticket

    def _raise_broken(self) -> NoReturn:
        broken = self._broken
        if broken is None:  # pragma: no cover - called only after a failure
            raise Defect("the journal failed without a reason")
        # A fresh one each time: many threads raise it, and each adds its own traceback.
        raise type(broken)(broken.what, where=broken.where, next_step=broken.next_step) from broken

    def _work(self) -> None:
        try:
            while True:
                batch = self._next_batch()
                if not batch:
                    return
                self._store(batch)
        except IacError as exc:
            self._fail(exc)
        except Exception as exc:  # noqa: BLE001 - the thread's outermost place; callers wait for its word
            broken = Defect(f"the journal's writer failed: {type(exc).__name__}: {exc}")
            broken.__cause__ = exc
            self._fail(broken)

    def _next_batch(self) -> list[_Ticket]:
        """Wait for company as long as it pays, then return the tickets for one slot; none: closed and empty."""
        since: float | None = None
        while True:
            self._wake.clear()
            with self._lock:
                now = self._clock.monotonic()
                if self._pending and since is None:
                    since = now
                left = None if since is None else since + LINGER_S - now
                if self._is_ripe(left):
                    return self._cut()
                if self._closing and not self._pending:
                    return []
            self._clock.wait(self._wake, left)

    def _is_ripe(self, left: float | None) -> bool:
        if not self._pending or left is None:
            return False
        callers = sum(ticket.waits for ticket in self._pending)
        records = sum(len(ticket.records) for ticket in self._pending)
        return left <= 0 or callers >= self._expected or records >= MAX_RECORDS or self._flushing or self._closing

    def _cut(self) -> list[_Ticket]:
        batch: list[_Ticket] = []
        size = 0
        while self._pending and (not batch or size + len(self._pending[0].records) <= MAX_RECORDS):
            batch.append(self._pending.popleft())
            size += len(batch[-1].records)
        self._expected = max(1, sum(ticket.waits for ticket in batch))
        if not self._pending:
            self._flushing = False
        self._in_flight = tuple(batch)
        return batch

    def _store(self, batch: list[_Ticket]) -> None:
        last_seq, last_sha256 = self._durable.place
        item = JournalObject(
            run=self._run,
            seq=last_seq + 1,
            fence=self._guard.fence,
            nonce=self._ids.new(),
            prev_sha256=last_sha256,
            at=iso(self._clock),
            records=tuple(record for ticket in batch for record in ticket.records),
        )
        outcome = put_slot(self._blobs, item, step="journal.append", guard=self._guard, clock=self._clock)
        if isinstance(outcome, Lost):
            self._guard.lose(f"slot {item.seq} of the journal of run {self._run} belongs to somebody else")
            raise LeaseLost(
                f"slot {item.seq} of the journal was taken by another owner",
                where=self._blobs.where(slot_key(self._run, item.seq)),
                next_step="nothing more was sent; see who holds the stack now",
            )
        with self._lock:
            self._durable.add(item)
            self._in_flight = ()
        for ticket in batch:
            ticket.seq = item.seq
            ticket.stored.set()

    def _fail(self, broken: IacError) -> None:
        with self._lock:
            self._broken = broken
            waiting = [*self._in_flight, *self._pending]
            self._pending.clear()
        for ticket in waiting:
            ticket.stored.set()


def slot_key(run: str, seq: int) -> str:
    """Return e.g. ``runs/20260131-7f3a/j/00000001.json``."""
    return f"runs/{run}/j/{seq:08}.json"


def put_slot(blobs: Blobs, item: JournalObject, *, step: str, guard: Guard, clock: StoreClock) -> Stored | Lost:
    """Write ``item`` into its slot unless it is taken, for as long as the lease lasts; ``step`` names the crash points."""
    key, body = slot_key(item.run, item.seq), seal(item.to_json())
    with around(step):
        return write_while_held(lambda: blobs.put_if_absent(key, body), guard=guard, clock=clock)
