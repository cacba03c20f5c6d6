"""The journal of a run: gapless slots, each written once, each naming the one before it."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from dataiku_iac.core.errors import StoreCorrupt
from dataiku_iac.core.journal import Begin, JournalObject, TakeOver
from dataiku_iac.core.ledger import Replayed, replay
from dataiku_iac.core.roles import Ids
from dataiku_iac.store.blobs import Blob, Blobs, Lost
from dataiku_iac.store.clock import StoreClock, iso
from dataiku_iac.store.envelope import unseal
from dataiku_iac.store.held_lease import HeldLease
from dataiku_iac.store.journal_writer import JournalWriter, put_slot, slot_key

__all__ = ["Journal", "JournalWriter"]

_READERS: Final = 16


class Journal:
    """The journal of one run, to read, to begin, or to go on with."""

    def __init__(self, blobs: Blobs, run: str, *, clock: StoreClock, ids: Ids) -> None:
        self.run = run
        self._blobs = blobs
        self._clock = clock
        self._ids = ids

    def read(self) -> tuple[JournalObject, ...]:
        """Return all slots in order, verified: digests, no gap, each continuing the one before.

        Raises:
            StoreCorrupt: anything else; a bad slot in the middle is never skipped.
        """
        keys = [item.key for item in self._blobs.list(self._prefix)]
        for number, key in enumerate(keys, start=1):
            if key != self._key(number):
                raise StoreCorrupt(
                    f"slot {number} of the journal is missing",
                    where=self._blobs.where(self._key(number)),
                    next_step="bring it back from the bucket's versions; without it the run cannot be resumed",
                )
        with ThreadPoolExecutor(_READERS) as pool:
            objects = tuple(pool.map(self._read_slot, range(1, len(keys) + 1)))
        replay(objects, where=self._where)
        return objects

    def replay(self) -> Replayed:
        """Return what the journal adds up to; verified as ``read`` does."""
        return replay(self.read(), where=self._where)

    def begin(self, lease: HeldLease, begin: Begin) -> JournalWriter:
        """Write slot 1 and return the writer.

        Raises:
            LeaseLost: somebody fenced this run before it began.
        """
        writer = self._writer((), lease)
        writer.append(begin)
        return writer

    def take_over(self, lease: HeldLease) -> JournalWriter:
        """Put TAKEOVER into the next free slot and return the writer; from then on no older owner can add a slot.

        ``writer.replayed()`` is the journal including the TAKEOVER. Only a taker may go over foreign slots: while it
        looked, the old owner may still have added some.

        Raises:
            LeaseLost: a slot of a higher fence: it is us who were taken over.
        """
        objects = list(self.read())
        while True:
            summed = replay(objects, where=self._where)
            if summed.last_fence > lease.fence:
                what = f"its journal was taken over with fence {summed.last_fence}"
                lease.lose(what)
                lease.check()
            record = TakeOver(
                fence=lease.fence,
                owner=lease.owner,
                rule=lease.rule,
                age_s=lease.age_s,
                open_aids=tuple(intent.aid for intent in summed.open_intents),
            )
            mine = JournalObject(
                run=self.run,
                seq=summed.next_seq,
                fence=lease.fence,
                nonce=self._ids.new(),
                prev_sha256=summed.last_sha256,
                at=iso(self._clock),
                records=(record,),
            )
            outcome = put_slot(self._blobs, mine, step="journal.takeover", guard=lease, clock=self._clock)
            if not isinstance(outcome, Lost):
                return self._writer((*objects, mine), lease)
            objects.append(self._parse(mine.seq, outcome.found))

    @property
    def _prefix(self) -> str:
        return f"runs/{self.run}/j/"

    @property
    def _where(self) -> str:
        return self._blobs.where(self._prefix)

    def _key(self, seq: int) -> str:
        return slot_key(self.run, seq)

    def _read_slot(self, seq: int) -> JournalObject:
        return self._parse(seq, self._blobs.get(self._key(seq)))

    def _parse(self, seq: int, blob: Blob | None) -> JournalObject:
        where = self._blobs.where(self._key(seq))
        if blob is None:
            raise StoreCorrupt(
                f"slot {seq} of the journal was listed and is gone",
                where=where,
                next_step="bring it back from the bucket's versions",
            )
        item = JournalObject.from_json(unseal(blob.body, where=where), where=where)
        if (item.run, item.seq) != (self.run, seq):
            raise StoreCorrupt(
                f"the object is slot {item.seq} of run {item.run}",
                where=where,
                next_step="somebody moved files in the bucket: bring the right one back from its versions",
            )
        return item

    def _writer(self, objects: Sequence[JournalObject], lease: HeldLease) -> JournalWriter:
        return JournalWriter(
            self._blobs, self.run, guard=lease, clock=self._clock, ids=self._ids, objects=objects, where=self._where
        )
