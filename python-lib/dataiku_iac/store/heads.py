"""The head of a stack (``head.json``), the state snapshots it points at, and the history."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from dataiku_iac.core.canonical import Json, digest
from dataiku_iac.core.errors import LeaseLost, OpenRun, StateConflict, StoreCorrupt
from dataiku_iac.core.heads import Head, HistoryEntry, HistoryLink, Snapshot, StateRef
from dataiku_iac.core.roles import Ids
from dataiku_iac.store.blobs import Blob, Blobs, Lost, Stored
from dataiku_iac.store.clock import StoreClock, iso
from dataiku_iac.store.crashpoints import around
from dataiku_iac.store.envelope import seal, seal_gz, unseal, unseal_gz
from dataiku_iac.store.persistence import Guard, write_while_held

__all__ = ["HEAD_KEY", "STATES", "HeadStore", "SeenHead"]

HEAD_KEY: Final = "head.json"
STATES: Final = "states/"
_HISTORY: Final = "history/"


@dataclass(frozen=True, slots=True)
class SeenHead:
    """The head as read or written; pass it on as the base of the next write."""

    head: Head
    etag: str


class HeadStore:
    """Reads without a lease; every write takes the lease and the head it replaces, and returns the new head.

    Raises (all writes):
        StateConflict: the head is no longer ``base``; nothing of ours was committed. Read it again.
        LeaseLost: the lease ended, or the head carries a higher fence.
        StoreUnavailable: refused; unknown only if an earlier try had no clear answer.
    """

    def __init__(self, blobs: Blobs, *, lineage: str, clock: StoreClock, ids: Ids) -> None:
        self._blobs = blobs
        self._lineage = lineage
        self._clock = clock
        self._ids = ids

    def read(self) -> SeenHead:
        """Return the head.

        Raises:
            StoreCorrupt: altered, missing, or of another stack.
        """
        blob = self._blobs.get(HEAD_KEY)
        if blob is None:
            raise StoreCorrupt(
                "the head is missing from an initialised store",
                where=self._blobs.where(HEAD_KEY),
                next_step="bring it back from the bucket's versions; starting anew would forget every managed object",
            )
        return SeenHead(self._parse(blob), blob.etag)

    def create_first(self) -> None:
        """Write the head of a new store: revision 1, no state, fence 0. Harmless if somebody else just did."""
        first = Head(
            lineage=self._lineage,
            rev=1,
            serial=0,
            fence=0,
            nonce=self._ids.new(),
            state=None,
            open_run=None,
            journal_upto=0,
            prev_head_sha256=None,
            run=None,
            committed_at=iso(self._clock),
        )
        with around("head.create"):
            self._blobs.put_if_absent(HEAD_KEY, seal(first.to_json()))

    def open_run(self, base: SeenHead, *, run: str, lease: Guard) -> SeenHead:
        """Note that ``run`` works on the state of ``base``.

        Raises:
            OpenRun: an earlier run did not finish; nothing was written.
        """
        head = base.head
        if head.open_run is not None:
            raise OpenRun(
                f"run {head.open_run} did not finish",
                run=head.open_run,
                where=self._blobs.where(HEAD_KEY),
                next_step="resume it, roll it back or abandon it first",
            )
        return self._swap(base, replace(head, open_run=run, run=run, journal_upto=0), lease=lease, step="head.open")

    def take_fence(self, base: SeenHead, *, lease: Guard) -> SeenHead:
        """Put our fence into the head, so that the old owner's commit is refused: after TAKEOVER, before anything else."""
        return self._swap(base, base.head, lease=lease, step="head.fence")

    def commit(
        self,
        base: SeenHead,
        *,
        state: Json,
        resources: int,
        journal_upto: int,
        lease: Guard,
        close: bool = False,
    ) -> SeenHead:
        """Store ``state`` as the next serial and point the head at it; with ``close`` the open run ends in the same write.

        ``resources`` is how many it holds; ``journal_upto`` the last slot whose outcomes are in it.
        """
        head = base.head
        snapshot = Snapshot(
            lineage=self._lineage,
            serial=head.serial + 1,
            fence=lease.fence,
            nonce=self._ids.new(),
            run=head.open_run or head.run or "",
            resources=resources,
            state=state,
        )
        record = snapshot.to_json()
        body = seal_gz(record)
        self._refuse_if_fenced(head, lease)
        with around("state.put"):
            outcome = write_while_held(
                lambda: self._blobs.put_if_absent(snapshot.key, body), guard=lease, clock=self._clock
            )
        if isinstance(outcome, Lost):
            raise StateConflict(
                "another snapshot has this very name",
                where=self._blobs.where(snapshot.key),
                next_step="run again; if it happens twice, the random names of this machine are not random",
            )
        ref = StateRef(key=snapshot.key, sha256=digest(record), bytes=len(body), resources=resources)
        new = replace(
            head,
            serial=snapshot.serial,
            state=ref,
            journal_upto=journal_upto,
            open_run=None if close else head.open_run,
        )
        return self._swap(base, new, lease=lease, step="head.commit")

    def close_run(self, base: SeenHead, *, lease: Guard) -> SeenHead:
        """End the open run without a new state: it did nothing, or it is abandoned."""
        return self._swap(base, replace(base.head, open_run=None), lease=lease, step="head.close")

    def load(self, head: Head) -> Snapshot | None:
        """Return the state that ``head`` points at, verified; ``None`` if the stack has none yet.

        Raises:
            StoreCorrupt: missing, altered, or another one than the head means.
        """
        ref = head.state
        if ref is None:
            return None
        where = self._blobs.where(ref.key)
        blob = self._blobs.get(ref.key)
        if blob is None:
            raise StoreCorrupt(
                "the state that the head points at is missing",
                where=where,
                next_step="bring it back from the bucket's versions, or repair to an earlier serial",
            )
        record = unseal_gz(blob.body, where=where)
        if digest(record) != ref.sha256:
            raise StoreCorrupt(
                f"the state has digest {digest(record)}, the head means {ref.sha256}",
                where=where,
                next_step="bring the right one back from the bucket's versions, or repair to an earlier serial",
            )
        return Snapshot.from_json(record, where=where)

    def add_history(self, entry: HistoryEntry) -> HistoryEntry:
        """Append ``entry`` and return it with its link to the one before. Harmless if the same run wrote it already.

        Raises:
            StateConflict: another run has that serial in the history.
        """
        before = [other for other in self.history() if other.serial < entry.serial]
        link = HistoryLink(before[-1].serial, before[-1].sha256) if before else None
        entry = replace(entry, previous=link)
        key = f"{_HISTORY}{entry.serial:012}.json"
        with around("history.put"):
            outcome = self._blobs.put_if_absent(key, seal(entry.to_json()))
        if isinstance(outcome, Stored):
            return entry
        found = None if outcome.found is None else self._parse_entry(key, outcome.found)
        if found is None or found.run != entry.run:
            raise StateConflict(
                f"serial {entry.serial} is in the history already, by run {'?' if found is None else found.run}",
                where=self._blobs.where(key),
                next_step="read the head again: somebody committed in between",
            )
        return found

    def history(self) -> tuple[HistoryEntry, ...]:
        """Return all entries, oldest first, with every link verified.

        Raises:
            StoreCorrupt: an entry is altered or does not continue the one before it.
        """
        entries: list[HistoryEntry] = []
        for item in self._blobs.list(_HISTORY):
            blob = self._blobs.get(item.key)
            if blob is None:
                continue
            entry = self._parse_entry(item.key, blob)
            expected = HistoryLink(entries[-1].serial, entries[-1].sha256) if entries else None
            if entry.previous != expected:
                raise StoreCorrupt(
                    f"the entry of serial {entry.serial} does not continue the one before it",
                    where=self._blobs.where(item.key),
                    next_step="an entry was altered, removed or added: look at the bucket's versions",
                )
            entries.append(entry)
        return tuple(entries)

    def _swap(self, base: SeenHead, new: Head, *, lease: Guard, step: str) -> SeenHead:
        self._refuse_if_fenced(base.head, lease)
        new = replace(
            new,
            rev=base.head.rev + 1,
            fence=lease.fence,
            nonce=self._ids.new(),
            prev_head_sha256=base.head.sha256,
            committed_at=iso(self._clock),
        )
        body = seal(new.to_json())
        write = partial(self._blobs.compare_and_swap, HEAD_KEY, base.etag, body)
        with around(step):
            outcome = write_while_held(write, guard=lease, clock=self._clock)
        if isinstance(outcome, Stored):
            return SeenHead(new, outcome.etag)
        found = None if outcome.found is None else self._parse(outcome.found)
        if found is not None and found.fence > lease.fence:
            lease.lose(f"run {found.run} moved the head with fence {found.fence}")
            lease.check()
        raise StateConflict(
            "the head was deleted"
            if found is None
            else f"the head moved from revision {base.head.rev} to {found.rev} (run {found.run})",
            where=self._blobs.where(HEAD_KEY),
            next_step="nothing of ours was committed; read the state again and plan anew",
        )

    def _refuse_if_fenced(self, head: Head, lease: Guard) -> None:
        if head.fence > lease.fence:
            lease.lose(f"the head carries fence {head.fence}")
            lease.check()
            raise LeaseLost("fenced by the head")  # pragma: no cover - check has raised

    def _parse(self, blob: Blob) -> Head:
        where = self._blobs.where(HEAD_KEY)
        head = Head.from_json(unseal(blob.body, where=where), where=where)
        if head.lineage != self._lineage:
            raise StoreCorrupt(
                f"the head belongs to lineage {head.lineage}, the store to {self._lineage}",
                where=where,
                next_step="somebody copied files of another stack here: find out who before you change anything",
            )
        return head

    def _parse_entry(self, key: str, blob: Blob) -> HistoryEntry:
        where = self._blobs.where(key)
        return HistoryEntry.from_json(unseal(blob.body, where=where), where=where)
