"""The journal: durable before it is believed, gapless, fenced slot by slot, shared by workers."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest

from dataiku_iac.core.errors import Defect, LeaseLost, StoreCorrupt, StoreUnavailable
from dataiku_iac.core.journal import Absent, End, EndStatus, TakeOver
from dataiku_iac.store.blobs import Blobs, Lost, Stored
from dataiku_iac.store.clock import SystemClock
from dataiku_iac.store.envelope import seal
from dataiku_iac.store.held_lease import HeldLease
from dataiku_iac.store.journal_writer import JournalWriter
from dataiku_iac.store.s3_blobs import S3Settings, open_s3
from dataiku_iac.store.stack_store import StackStore
from emulator.s3 import S3Process
from tests.store.world import BEGIN, PATIENCE_S, FakeClock, Ids, Through, Unreliable, done, intent, owner, under

SLOT = "prod/crm/runs/r1/j/{:08}.json"


def take_over(other: StackStore, *, run: str = "r2") -> HeldLease:
    """Take the lease of an owner whose clock stands still."""
    return other.leases.acquire(owner(run, "bob"), wait_s=200)


@pytest.fixture
def lease(store: StackStore) -> HeldLease:
    return store.leases.acquire(owner("r1"))


@pytest.fixture
def writer(store: StackStore, lease: HeldLease) -> JournalWriter:
    return store.journal("r1").begin(lease, BEGIN)


def test_what_was_appended_is_read_back_in_order(store: StackStore, other: StackStore, writer: JournalWriter) -> None:
    assert [writer.append(intent("a")), writer.append(done("a"), intent("b"))] == [2, 3]
    objects = other.journal("r1").read()
    assert [item.seq for item in objects] == [1, 2, 3]
    assert [record for item in objects for record in item.records] == [
        BEGIN,
        intent("a"),
        done("a"),
        intent("b"),
    ]
    assert [item.prev_sha256 for item in objects] == [None, objects[0].sha256, objects[1].sha256]
    summed = other.journal("r1").replay()
    assert (summed.begun, summed.done, summed.open_intents) == (BEGIN, {"a": done("a")}, (intent("b"),))
    assert summed == writer.replayed()
    assert (summed.done_at, summed.next_seq, summed.last_fence) == ({"a": 3}, 4, 1)


def test_run_without_a_journal_reads_as_empty(store: StackStore) -> None:
    assert store.journal("never").read() == ()
    assert store.journal("never").replay().begun is None


def test_lone_caller_is_not_delayed(writer: JournalWriter, clock: FakeClock) -> None:
    """The clock stands still, so any waiting for company would last for ever."""
    before = clock.monotonic()
    for number in range(5):
        writer.append(intent(f"{number}"))
        writer.append(done(f"{number}"))
    assert clock.monotonic() == before


def test_posted_outcome_travels_with_the_next_intent(writer: JournalWriter) -> None:
    writer.append(intent("a"))
    writer.post(done("a"))
    assert writer.append(intent("b")) == 3
    assert writer.replayed().done_at == {"a": 3}


def test_posted_outcome_alone_is_stored_when_the_lingering_ends(writer: JournalWriter, clock: FakeClock) -> None:
    writer.append(intent("a"))
    clock.until_waiting(1)  # the lease's heartbeat
    writer.post(done("a"))
    clock.until_waiting(2)
    assert not writer.replayed().done
    clock.advance(0.040)
    assert writer.flush() == 3
    assert "a" in writer.replayed().done


def test_eight_workers_share_slots(store: StackStore, writer: JournalWriter, clock: FakeClock) -> None:
    """At most one PUT per four records. Time moves only after the first worker ended: no batch owes its size to luck."""
    ended = threading.Semaphore(0)

    def work(number: int) -> None:
        for turn in range(20):
            writer.append(intent(f"{number}-{turn}"))
            writer.post(done(f"{number}-{turn}"))
        ended.release()

    workers = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for worker in workers:
        worker.start()
    assert ended.acquire(timeout=PATIENCE_S)
    while any(worker.is_alive() for worker in workers):
        clock.advance(0.040)
        ended.acquire(timeout=0.01)
    writer.flush()
    summed = store.journal("r1").replay()
    assert len(summed.done) == 160
    assert summed.open_intents == ()
    assert summed.next_seq - 1 <= 320 / 4 + 1


def test_object_holds_at_most_64_records(store: StackStore, writer: JournalWriter) -> None:
    for number in range(130):
        writer.post(intent(f"{number}"))
    writer.flush()
    sizes = [len(item.records) for item in store.journal("r1").read()]
    assert (sum(sizes), max(sizes)) == (131, 64)


def test_fenced_owner_cannot_append(
    store: StackStore, other: StackStore, lease: HeldLease, writer: JournalWriter
) -> None:
    writer.append(intent("a"))
    with take_over(other) as theirs, other.journal("r1").take_over(theirs) as taker:
        summed = taker.replayed()
        assert summed.open_intents == (intent("a"),)
        assert (summed.last_fence, summed.takeovers[0].open_aids) == (2, ("a",))
        with pytest.raises(LeaseLost, match="slot 3"):
            writer.append(done("a"))
        assert lease.stop.is_set()
        with pytest.raises(LeaseLost):
            writer.post(intent("b"))
        with pytest.raises(LeaseLost):
            lease.gate()
        taker.append(Absent("a"))
        assert taker.append(intent("a")) == 5
    assert store.journal("r1").replay().open_intents == (intent("a"),)


def test_taker_goes_over_slots_that_land_while_it_looks(
    store: StackStore, blobs: Blobs, other: StackStore, writer: JournalWriter
) -> None:
    """The old owner is not dead yet and adds two slots between the taker's look and its TAKEOVER."""
    theirs = take_over(other)

    class Racing(Through):
        turns = 2

        def put_if_absent(self, key: str, body: bytes) -> Stored | Lost:
            if self.turns:
                self.turns -= 1
                writer.append(intent(f"late-{self.turns}"))
            return super().put_if_absent(key, body)

    journal = other.journal("r1")
    journal._blobs = Racing(journal._blobs)
    taker = journal.take_over(theirs)
    summed = taker.replayed()
    assert [item.aid for item in summed.open_intents] == ["late-1", "late-0"]
    assert summed.takeovers[0].open_aids == ("late-1", "late-0")
    assert summed.next_seq == 5
    with pytest.raises(LeaseLost):
        writer.append(intent("too late"))


def test_zombie_that_wants_to_take_over_finds_a_higher_fence(
    store: StackStore, other: StackStore, lease: HeldLease, writer: JournalWriter
) -> None:
    with take_over(other) as theirs, other.journal("r1").take_over(theirs):
        with pytest.raises(LeaseLost, match="fence 2"):
            store.journal("r1").take_over(lease)
        assert lease.stop.is_set()
    assert len(store.journal("r1").read()) == 2


def test_take_over_of_a_run_that_died_before_its_first_slot(other: StackStore, store: StackStore) -> None:
    zombie = store.leases.acquire(owner("r1"))
    with take_over(other) as theirs, other.journal("r1").take_over(theirs) as taker:
        taker.append(End(EndStatus.ABANDONED))
        with pytest.raises(LeaseLost):
            store.journal("r1").begin(zombie, BEGIN)
    summed = store.journal("r1").replay()
    assert summed.begun is None
    assert isinstance(summed.takeovers[0], TakeOver)
    assert summed.ended == End(EndStatus.ABANDONED)


def test_lost_answer_after_the_effect_leaves_one_slot(s3_server: S3Process, s3_blobs: Blobs) -> None:
    store = StackStore.open_or_init(s3_blobs, environment="prod", stack="crm", clock=FakeClock(), ids=Ids())
    with store.leases.acquire(owner("r1")) as lease, store.journal("r1").begin(lease, BEGIN) as writer:
        s3_server.add_fault(method="PUT", key="j/00000002", when="after", action="reset")
        assert writer.append(intent("a")) == 2
        assert writer.append(done("a")) == 3
    assert [len(item.records) for item in store.journal("r1").read()] == [1, 1, 1]


def test_intent_parked_in_the_network_is_fenced_when_it_lands(s3_server: S3Process, s3_settings: S3Settings) -> None:
    """A's INTENT hangs between A and the store; B takes over; then it lands: refused, and A stops."""
    clock, other_clock = FakeClock(), FakeClock()
    impatient = open_s3(replace(s3_settings, read_timeout_s=0.2), clock=SystemClock())
    impatient._attempts = 1
    patient = open_s3(s3_settings, clock=SystemClock())
    mine = StackStore.open_or_init(patient, environment="prod", stack="crm", clock=clock, ids=Ids())
    lease = mine.leases.acquire(owner("r1"))
    journal = mine.journal("r1")
    journal._blobs = under(impatient)
    writer = journal.begin(lease, BEGIN)
    clock.until_waiting(1)
    held = s3_server.add_fault(method="PUT", key="j/00000002", action="hold")
    errors: list[Exception] = []

    def append() -> None:
        try:
            writer.append(intent("a"))
        except LeaseLost as exc:
            errors.append(exc)

    worker = threading.Thread(target=append)
    worker.start()
    clock.until_waiting(2)  # timed out; the writer pauses before it sends the same again
    theirs = StackStore.open_or_init(patient, environment="prod", stack="crm", clock=other_clock, ids=Ids())
    with take_over(theirs) as taken, theirs.journal("r1").take_over(taken) as taker:
        assert taker.replayed().open_intents == ()
        s3_server.release(held)
        assert any(entry["fault"] == held for _ in range(2000) for entry in s3_server.requests())
        clock.advance(1)
        worker.join(PATIENCE_S)
        assert "slot 2" in str(errors[0])
        assert [type(record) for item in theirs.journal("r1").read() for record in item.records][1:] == [TakeOver]


def test_store_that_is_gone_for_a_while_costs_nothing(
    writer: JournalWriter, shared: Unreliable, clock: FakeClock
) -> None:
    clock.until_waiting(1)
    shared.down = True
    slots: list[int] = []
    worker = threading.Thread(target=lambda: slots.append(writer.append(intent("a"))))
    worker.start()
    for _ in range(3):
        clock.until_waiting(2)
        clock.advance(1)
    clock.until_waiting(2)
    shared.down = False
    clock.advance(1)
    worker.join(PATIENCE_S)
    assert slots == [2]


def test_store_that_stays_gone_ends_the_run_at_its_deadline(
    writer: JournalWriter, shared: Unreliable, clock: FakeClock
) -> None:
    clock.until_waiting(1)
    shared.down = True
    errors: list[Exception] = []

    def append() -> None:
        try:
            writer.append(intent("a"))
        except LeaseLost as exc:
            errors.append(exc)

    worker = threading.Thread(target=append)
    worker.start()
    clock.until_waiting(2)
    clock.advance(80)
    worker.join(PATIENCE_S)
    cause = errors[0].__cause__
    assert cause is not None
    assert isinstance(cause.__context__, StoreUnavailable)


def test_records_in_an_impossible_order_are_refused_before_they_are_written(
    store: StackStore, lease: HeldLease, writer: JournalWriter
) -> None:
    with pytest.raises(Defect, match='DONE of "a"'):
        writer.append(done("a"))
    with pytest.raises(Defect):
        writer.append(intent("a"))
    assert len(store.journal("r1").read()) == 1


def test_closed_journal_takes_nothing(writer: JournalWriter) -> None:
    writer.post(intent("a"))
    writer.close()
    assert [item.aid for item in writer.replayed().open_intents] == ["a"]
    with pytest.raises(Defect, match="closed"):
        writer.post(done("a"))


def _three_slots(writer: JournalWriter) -> None:
    writer.append(intent("a"))
    writer.append(done("a"))


def test_torn_or_altered_slot_is_refused(store: StackStore, blobs: Blobs, writer: JournalWriter) -> None:
    _three_slots(writer)
    blob = blobs.get(SLOT.format(2))
    assert blob is not None
    good = blob.body
    altered = [good[:cut] for cut in range(0, len(good), 97)]
    altered += [good[:at] + bytes([good[at] ^ 1]) + good[at + 1 :] for at in range(0, len(good), 61)]
    for body in altered:
        blobs.put(SLOT.format(2), body)
        with pytest.raises(StoreCorrupt):
            store.journal("r1").read()
    blobs.put(SLOT.format(2), good)
    assert len(store.journal("r1").read()) == 3


def test_missing_swapped_or_replaced_slots_are_refused(store: StackStore, blobs: Blobs, writer: JournalWriter) -> None:
    _three_slots(writer)
    second, third = blobs.get(SLOT.format(2)), blobs.get(SLOT.format(3))
    assert second is not None
    assert third is not None
    blobs.delete(SLOT.format(2))
    with pytest.raises(StoreCorrupt, match="slot 2 of the journal is missing"):
        store.journal("r1").read()
    blobs.put(SLOT.format(2), third.body)
    with pytest.raises(StoreCorrupt, match="slot 3 of run r1"):
        store.journal("r1").read()
    # A slot of the same place from an earlier life of the run: sound in itself, but it does not continue slot 1.
    replaced = replace(store.journal("r1")._parse(3, third), seq=2)
    blobs.put(SLOT.format(2), seal(replaced.to_json()))
    with pytest.raises(StoreCorrupt, match="does not continue"):
        store.journal("r1").read()
