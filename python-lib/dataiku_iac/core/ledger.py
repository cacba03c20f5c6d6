"""What a journal adds up to: the order of its records is checked, and every action's latest state known."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import assert_never

from dataiku_iac.core.errors import StoreCorrupt
from dataiku_iac.core.journal import (
    Absent,
    Begin,
    Conflict,
    Done,
    End,
    Failed,
    Intent,
    JournalObject,
    Outcome,
    Record,
    Snap,
    TakeOver,
)

__all__ = ["Ledger", "Replayed", "replay"]


@dataclass(frozen=True, slots=True)
class Replayed:
    """What a journal adds up to.

    ``intents``: the latest intent of every action ever begun, in journal order. ``open_intents``: those without a
    final outcome, oldest first: the ones to resolve. ``done``, ``failed`` (definite only), ``conflicts``: by action.
    ``retriable``: actions verified absent and not begun again. ``snaps``: commits noted. ``last_fence``: the highest
    fence seen. ``done_at``: the slot of each DONE, to apply those after ``Head.journal_upto``.
    """

    begun: Begin | None
    ended: End | None
    intents: Mapping[str, Intent]
    open_intents: tuple[Intent, ...]
    done: Mapping[str, Done]
    done_at: Mapping[str, int]
    failed: Mapping[str, Failed]
    conflicts: Mapping[str, Conflict]
    retriable: frozenset[str]
    takeovers: tuple[TakeOver, ...]
    snaps: tuple[Snap, ...]
    last_fence: int
    next_seq: int
    last_sha256: str | None


class Ledger:
    """The sum of a journal, grown object by object; refuses what the protocol does not allow.

    Raises (``add``, ``admit``):
        StoreCorrupt: a slot is missing, a fence went back, or a record does not follow from those before it. The ledger
            is of no further use then.
    """

    def __init__(self, *, where: str) -> None:
        self._where = where
        self._begun: Begin | None = None
        self._ended: End | None = None
        self._intents: dict[str, Intent] = {}
        self._open: dict[str, Intent] = {}
        self._done: dict[str, Done] = {}
        self._done_at: dict[str, int] = {}
        self._failed: dict[str, Failed] = {}
        self._conflicts: dict[str, Conflict] = {}
        self._retriable: set[str] = set()
        self._takeovers: list[TakeOver] = []
        self._snaps: list[Snap] = []
        self._fence = 0
        self._seq = 0
        self._sha256: str | None = None

    def add(self, item: JournalObject) -> None:
        """Add the next slot, after checking its place in the chain."""
        where = f"{self._where} slot {item.seq}"
        if item.seq != self._seq + 1:
            raise _refused(f"slot {self._seq + 1} is missing", where)
        if item.prev_sha256 != self._sha256:
            raise _refused("the slot does not continue the one before it (its prev_sha256 is another)", where)
        if item.fence < self._fence:
            raise _refused(f"fence {item.fence} follows fence {self._fence}", where)
        if item.fence > self._fence > 0 and not (item.records and isinstance(item.records[0], TakeOver)):
            raise _refused(f"fence {item.fence} begins without a TAKEOVER", where)
        self.admit(item.records, fence=item.fence, seq=item.seq)
        self._seq, self._fence, self._sha256 = item.seq, item.fence, item.sha256

    def admit(self, records: Iterable[Record], *, fence: int, seq: int) -> None:
        """Add records alone: what a writer asks before it knows the object they will stand in."""
        for record in records:
            self._add_record(record, fence=fence, seq=seq, where=f"{self._where} slot {seq}")

    def _add_record(self, record: Record, *, fence: int, seq: int, where: str) -> None:
        if self._ended is not None and not isinstance(record, TakeOver | End):
            raise _refused(f"{record.TAG} follows END", where)
        match record:
            case Begin():
                if self._begun is not None or self._takeovers or self._intents:
                    raise _refused("BEGIN stands not at the beginning", where)
                self._begun = record
            case TakeOver():
                if record.fence != fence:
                    raise _refused(f"TAKEOVER of fence {record.fence} in a slot of fence {fence}", where)
                self._takeovers.append(record)
            case Intent():
                self._add_intent(record, where=where)
            case Done() | Failed() | Absent() | Conflict():
                self._add_outcome(record, seq=seq, where=where)
            case Snap():
                self._snaps.append(record)
            case End():
                self._ended = record
            case _:
                assert_never(record)

    def _add_intent(self, intent: Intent, *, where: str) -> None:
        aid = intent.aid
        if aid in self._open:
            raise _refused(f'INTENT of "{aid}" while its earlier intent has no outcome', where)
        if aid in self._done:
            raise _refused(f'INTENT of "{aid}", which is DONE', where)
        self._failed.pop(aid, None)
        self._conflicts.pop(aid, None)
        self._retriable.discard(aid)
        self._intents[aid] = self._open[aid] = intent

    def _add_outcome(self, record: Outcome, *, seq: int, where: str) -> None:
        aid = record.aid
        if aid not in self._open:
            # Drift since the plan is found before there is anything to intend.
            if isinstance(record, Conflict) and aid not in self._done:
                self._conflicts[aid] = record
                return
            raise _refused(f'{record.TAG} of "{aid}", which has no open intent', where)
        match record:
            case Done():
                self._done[aid], self._done_at[aid] = record, seq
            case Failed():
                if not record.definite:
                    return
                self._failed[aid] = record
            case Absent():
                self._retriable.add(aid)
            case Conflict():
                self._conflicts[aid] = record
            case _:
                assert_never(record)
        del self._open[aid]

    @property
    def place(self) -> tuple[int, str | None]:
        """The last slot and its digest: where the next one continues. ``(0, None)`` before slot 1."""
        return self._seq, self._sha256

    def sum(self) -> Replayed:
        """Return what has been added up so far, as a value of its own."""
        return Replayed(
            begun=self._begun,
            ended=self._ended,
            intents=MappingProxyType(dict(self._intents)),
            open_intents=tuple(self._open.values()),
            done=MappingProxyType(dict(self._done)),
            done_at=MappingProxyType(dict(self._done_at)),
            failed=MappingProxyType(dict(self._failed)),
            conflicts=MappingProxyType(dict(self._conflicts)),
            retriable=frozenset(self._retriable),
            takeovers=tuple(self._takeovers),
            snaps=tuple(self._snaps),
            last_fence=self._fence,
            next_seq=self._seq + 1,
            last_sha256=self._sha256,
        )


def replay(objects: Iterable[JournalObject], *, where: str = "journal") -> Replayed:
    """Add up a whole journal, slots from 1 on in order.

    Raises:
        StoreCorrupt: gap, broken chain, fence going back, or an order of records that the protocol does not know.
    """
    ledger = Ledger(where=where)
    for item in objects:
        ledger.add(item)
    return ledger.sum()


def _refused(what: str, where: str) -> StoreCorrupt:
    return StoreCorrupt(
        what,
        where=where,
        next_step="do not resume this run; keep the bucket as it is, compare its versions of the journal, then abandon",
    )
