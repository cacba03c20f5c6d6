"""Everything stored for one stack in one environment, behind one door.

Layout under ``<environment>/<stack>/``::

    meta.json                                      once: lineage, what the store was probed to do
    lock.json                                      leases
    head.json                                      heads
    states/<serial:012>-<fence:08>-<nonce8>.json.gz    heads
    history/<serial:012>.json                      heads
    runs/<run>/plan.json.gz                        plans
    runs/<run>/j/<seq:08>.json                     journal(run)
    plans/<plan_id>.json.gz                        plans
    proofs.json.gz                                 proofs
    reports/<name>.json, .html                     plans
    blobs/<sha256>                                 plans
    probe/…                                        scratch of the probe

A run, in this order (the order is what makes it safe)::

    store = StackStore.open_or_init(blobs, environment="prod", stack="crm", clock=SystemClock(), ids=RandomIds())
    with store.leases.acquire(make_owner(run=run, op="apply", …)) as lease:
        base = store.heads.read()                   # open run? stale plan?
        store.plans.put_run_plan(run, plan)
        head = store.heads.open_run(base, run=run, lease=lease)
        with store.journal(run).begin(lease, Begin(…)) as journal:
            lease.gate()                            # before every effect, and again after its INTENT is stored
            journal.append(Intent(…))
            …
            journal.append(Done(…))
            head = store.heads.commit(head, state=…, resources=…, journal_upto=journal.flush(), lease=lease, close=True)
            store.heads.add_history(HistoryEntry(…))
            journal.append(End(…))

To go on with another's run: ``acquire``, ``journal(run).take_over(lease)``, ``heads.take_fence(heads.read(), …)``, then
resolve ``writer.replayed().open_intents`` after their drain time plus ``lease.quiet_s``.
"""

from __future__ import annotations

import re
from typing import Final

from dataiku_iac.core.errors import StateError, StoreCorrupt
from dataiku_iac.core.heads import Meta, Mode
from dataiku_iac.core.lease import LeaseTimes
from dataiku_iac.core.roles import Ids
from dataiku_iac.store.blobs import Blobs, Lost, Under
from dataiku_iac.store.clock import StoreClock, iso
from dataiku_iac.store.crashpoints import around
from dataiku_iac.store.envelope import seal, unseal
from dataiku_iac.store.heads import HEAD_KEY, STATES, HeadStore
from dataiku_iac.store.journal import Journal
from dataiku_iac.store.lease import LeaseKeeper
from dataiku_iac.store.plans import PlanStore
from dataiku_iac.store.probe import probe
from dataiku_iac.store.proofs import ProofStore

__all__ = ["StackStore"]

_META: Final = "meta.json"
_PART: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


class StackStore:
    """The store of one stack in one environment; made by ``open_or_init``.

    ``leases`` takes the lease, ``heads`` reads and commits the state, ``plans`` keeps plans, reports and pre-images,
    ``proofs`` what spares reading projects, ``journal(run)`` is a run's journal. ``meta.lineage`` identifies the stack for ever.
    """

    def __init__(self, blobs: Blobs, meta: Meta, *, clock: StoreClock, ids: Ids, times: LeaseTimes) -> None:
        self.meta = meta
        self._blobs = blobs
        self._clock = clock
        self._ids = ids
        self.heads = HeadStore(blobs, lineage=meta.lineage, clock=clock, ids=ids)
        self.plans = PlanStore(blobs, lineage=meta.lineage)
        self.proofs = ProofStore(blobs, lineage=meta.lineage)
        self.leases = LeaseKeeper(
            blobs,
            lineage=meta.lineage,
            clock=clock,
            ids=ids,
            times=times,
            fence_floor=lambda: self.heads.read().head.fence,
        )

    @classmethod
    def open_or_init(
        cls,
        blobs: Blobs,
        *,
        environment: str,
        stack: str,
        clock: StoreClock,
        ids: Ids,
        times: LeaseTimes | None = None,
    ) -> StackStore:
        """Return the store of ``<environment>/<stack>/`` under ``blobs``, made if there is none.

        Making it probes whether conditional writes really work. Several may do so at once: one lineage wins.

        Raises:
            StateError: a bad name, or a store that cannot be trusted with a stack (the failing step is named).
            StoreCorrupt: files of a stack are there, but not those that say what they are.
            StoreUnavailable: it does not answer.
        """
        for what, name in (("environment", environment), ("stack", stack)):
            if not _PART.fullmatch(name):
                raise StateError(
                    f'"{name}" cannot name a {what} in the store',
                    where="state store",
                    next_step="use letters, digits, dot, underscore and hyphen, at most 64",
                )
        under = Under(blobs, f"{environment}/{stack}/")
        if under.mode is Mode.EPOCH:
            # Refused by the blobs themselves with the right words; asked here so that no half of a store is left.
            under.put_if_absent(_META, b"")
        meta = _read_meta(under) or _make_meta(under, clock=clock, ids=ids)
        dialect = meta.dialect
        if meta.store != under.identity:
            # Moved to another bucket or endpoint since: what was probed then says nothing about this one.
            dialect = probe(under, ids=ids)
        spoken = under.speaking(dialect)
        store = cls(spoken, meta, clock=clock, ids=ids, times=times or LeaseTimes())
        if spoken.get(HEAD_KEY) is None:
            _refuse_leftovers(spoken, HEAD_KEY)
            store.heads.create_first()
        return store

    def journal(self, run: str) -> Journal:
        """Return the journal of ``run``, e.g. to ``begin`` it, to ``take_over``, or to ``replay``."""
        return Journal(self._blobs, run, clock=self._clock, ids=self._ids)

    def where(self, key: str = "") -> str:
        """Return the place as people know it, e.g. ``s3://iac/prod/crm/``."""
        return self._blobs.where(key)


def _read_meta(blobs: Blobs) -> Meta | None:
    blob = blobs.get(_META)
    where = blobs.where(_META)
    return None if blob is None else Meta.from_json(unseal(blob.body, where=where), where=where)


def _make_meta(blobs: Blobs, *, clock: StoreClock, ids: Ids) -> Meta:
    if blobs.get(HEAD_KEY) is not None:
        raise _incomplete(blobs, _META)
    _refuse_leftovers(blobs, _META)
    dialect = probe(blobs, ids=ids)
    meta = Meta(lineage=ids.new(), created_at=iso(clock), mode=blobs.mode, dialect=dialect, store=blobs.identity)
    with around("meta.create"):
        outcome = blobs.speaking(dialect).put_if_absent(_META, seal(meta.to_json()))
    if not isinstance(outcome, Lost):
        return meta
    found = _read_meta(blobs)
    if found is None:
        raise _incomplete(blobs, _META)
    return found


def _refuse_leftovers(blobs: Blobs, missing: str) -> None:
    """Absence of one file starts a new store only if nothing else of a store is there."""
    if blobs.list(STATES) or blobs.list("history/") or blobs.list("runs/"):
        raise _incomplete(blobs, missing)


def _incomplete(blobs: Blobs, missing: str) -> StoreCorrupt:
    return StoreCorrupt(
        f"{missing} is missing, but other files of this stack are there",
        where=blobs.where(missing),
        next_step="bring it back from the bucket's versions; starting anew would forget every managed object",
    )
