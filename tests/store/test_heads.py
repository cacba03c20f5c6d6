"""Heads, snapshots, history: one successor per revision, fenced, verified, never half."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from dataiku_iac.core.errors import LeaseLost, OpenRun, StateConflict, StoreCorrupt
from dataiku_iac.core.heads import HistoryEntry
from dataiku_iac.store.blobs import Blobs
from dataiku_iac.store.envelope import seal, unseal
from dataiku_iac.store.heads import SeenHead
from dataiku_iac.store.held_lease import HeldLease
from dataiku_iac.store.stack_store import StackStore
from emulator.s3 import S3Process
from tests.store.world import FakeClock, Ids, Unreliable, owner

HEAD = "prod/crm/head.json"
STATE = {"resources": {"dataset.CRM.ORDERS": {"name": "ORDERS", "é": [1, 2.5, None, True]}}}


@pytest.fixture
def lease(store: StackStore) -> HeldLease:
    return store.leases.acquire(owner("r1"))


def commit(store: StackStore, lease: HeldLease, *, state: object = None) -> SeenHead:
    base = store.heads.read()
    return store.heads.commit(base, state={"n": str(state)}, resources=1, journal_upto=0, lease=lease)


def entry(store: StackStore, serial: int, run: str) -> HistoryEntry:
    return HistoryEntry(
        lineage=store.meta.lineage,
        serial=serial,
        run=run,
        op="apply",
        status="ok",
        user="alice",
        node_url="http://node",
        started_at="2026-01-31T00:00:00Z",
        finished_at="2026-01-31T00:01:00Z",
        plan_sha256="sha256:00",
        state_sha256="sha256:11",
        git_commit=None,
        counts={"create": serial},
    )


def test_run_from_open_to_close(store: StackStore, other: StackStore, lease: HeldLease) -> None:
    base = store.heads.read()
    assert (base.head.rev, base.head.serial, base.head.state, other.heads.load(base.head)) == (1, 0, None, None)
    opened = store.heads.open_run(base, run="r1", lease=lease)
    assert (opened.head.open_run, opened.head.rev, opened.head.fence) == ("r1", 2, 1)
    assert opened.head.prev_head_sha256 == base.head.sha256
    half = store.heads.commit(opened, state=STATE, resources=1, journal_upto=3, lease=lease)
    assert (half.head.open_run, half.head.serial, half.head.journal_upto) == ("r1", 1, 3)
    closed = store.heads.commit(half, state={}, resources=0, journal_upto=5, lease=lease, close=True)
    assert (closed.head.open_run, closed.head.serial, closed.head.rev) == (None, 2, 4)
    assert other.heads.read() == closed
    loaded, earlier = other.heads.load(closed.head), other.heads.load(half.head)
    assert loaded is not None
    assert earlier is not None
    assert (loaded.state, loaded.serial, loaded.run) == ({}, 2, "r1")
    assert (earlier.state, earlier.resources) == (STATE, 1)


def test_open_run_must_end_before_another_begins(store: StackStore, lease: HeldLease) -> None:
    opened = store.heads.open_run(store.heads.read(), run="r1", lease=lease)
    with pytest.raises(OpenRun, match="run r1 did not finish") as caught:
        store.heads.open_run(store.heads.read(), run="r2", lease=lease)
    assert caught.value.run == "r1"
    store.heads.close_run(opened, lease=lease)
    assert store.heads.open_run(store.heads.read(), run="r2", lease=lease).head.serial == 0


def test_write_on_an_old_base_is_refused(store: StackStore, lease: HeldLease) -> None:
    base = store.heads.read()
    first = store.heads.open_run(base, run="r1", lease=lease)
    with pytest.raises(StateConflict, match="from revision 1 to 2"):
        store.heads.open_run(base, run="r2", lease=lease)
    assert store.heads.read() == first


def test_fenced_owner_cannot_commit(store: StackStore, other: StackStore, lease: HeldLease) -> None:
    """Before the new owner touched the head the old one may still commit; after ``take_fence`` never again."""
    opened = store.heads.open_run(store.heads.read(), run="r1", lease=lease)
    with other.leases.acquire(owner("r2", "bob"), wait_s=200) as theirs:
        taken = other.heads.take_fence(other.heads.read(), lease=theirs)
        assert (taken.head.fence, taken.head.open_run) == (2, "r1")
        with pytest.raises(LeaseLost, match="fence 2"):
            store.heads.commit(opened, state=STATE, resources=1, journal_upto=1, lease=lease)
        assert lease.stop.is_set()
        assert other.heads.read() == taken
        with pytest.raises(LeaseLost):
            store.heads.close_run(store.heads.read(), lease=lease)


def test_simultaneous_commits_have_one_winner(store: StackStore, lease: HeldLease) -> None:
    for turn in range(1, 6):
        base, start = store.heads.read(), threading.Barrier(8)

        def run(number: int, base: SeenHead = base, start: threading.Barrier = start) -> int | None:
            start.wait()
            try:
                store.heads.commit(base, state={"by": number}, resources=0, journal_upto=0, lease=lease)
            except StateConflict:
                return None
            return number

        with ThreadPoolExecutor(8) as pool:
            winners = [number for number in pool.map(run, range(8)) if number is not None]
        head = store.heads.read().head
        loaded = store.heads.load(head)
        assert loaded is not None
        assert (head.serial, [loaded.state]) == (turn, [{"by": number} for number in winners])


def test_lost_answer_of_a_commit_counts_it_once(s3_server: S3Process, s3_blobs: Blobs) -> None:
    store = StackStore.open_or_init(s3_blobs, environment="prod", stack="crm", clock=FakeClock(), ids=Ids())
    with store.leases.acquire(owner("r1")) as lease:
        for key in ("states/", "head.json"):
            s3_server.add_fault(method="PUT", key=key, when="after", action="reset")
        assert commit(store, lease).head.serial == 1
        assert (store.heads.read().head.serial, store.heads.read().head.rev) == (1, 2)
    assert len(s3_blobs.list("prod/crm/states/")) == 1


def test_store_gone_during_a_commit_is_waited_for(store: StackStore, shared: Unreliable, lease: HeldLease) -> None:
    """The answers are lost twice; the clock of this thread moves while it waits, and the same bytes are sent again."""
    shared.mute = 2
    assert commit(store, lease).head.serial == 1
    assert store.heads.read().head.rev == 2


def test_reader_during_commits_always_finds_a_whole_state(
    store: StackStore, other: StackStore, lease: HeldLease
) -> None:
    stop = threading.Event()
    seen: set[int] = set()
    problems: list[Exception] = []

    def read() -> None:
        while not stop.is_set():
            try:
                head = other.heads.read().head
                loaded = other.heads.load(head)
                assert (0 if loaded is None else loaded.serial) == head.serial
                seen.add(head.serial)
            except Exception as exc:  # noqa: BLE001 - reported by the test's thread
                problems.append(exc)
                return

    reader = threading.Thread(target=read)
    reader.start()
    for number in range(20):
        commit(store, lease, state=number)
    stop.set()
    reader.join()
    assert problems == []
    assert seen <= set(range(21))


def test_altered_missing_or_exchanged_state_is_refused(store: StackStore, blobs: Blobs, lease: HeldLease) -> None:
    first, second = commit(store, lease, state=1), commit(store, lease, state=2)
    assert first.head.state is not None
    assert second.head.state is not None
    key = "prod/crm/" + second.head.state.key
    good, earlier = blobs.get(key), blobs.get("prod/crm/" + first.head.state.key)
    assert good is not None
    assert earlier is not None
    for body in (b"", good.body[:-9], good.body[:20] + b"\x00" + good.body[21:], b"plain"):
        blobs.put(key, body)
        with pytest.raises(StoreCorrupt):
            store.heads.load(second.head)
    blobs.put(key, earlier.body)  # sound in itself, but not the one that the head means
    with pytest.raises(StoreCorrupt, match="the head means"):
        store.heads.load(second.head)
    blobs.delete(key)
    with pytest.raises(StoreCorrupt, match="missing"):
        store.heads.load(second.head)


def test_altered_or_missing_head_is_refused(store: StackStore, blobs: Blobs, lease: HeldLease) -> None:
    commit(store, lease)
    good = blobs.get(HEAD)
    assert good is not None
    for body in (good.body[:-1], good.body.replace(b'"serial":1', b'"serial":2'), b"[]", b"{}", b"\xff"):
        blobs.put(HEAD, body)
        with pytest.raises(StoreCorrupt):
            store.heads.read()
    record = dict(unseal(good.body, where="head"))
    for change in ({"v": 2}, {"unknown": 1}, {"serial": "1"}, {"lineage": "other"}):
        blobs.put(HEAD, seal({**record, **change}))
        with pytest.raises(StoreCorrupt):
            store.heads.read()
    blobs.delete(HEAD)
    with pytest.raises(StoreCorrupt, match="missing"):
        store.heads.read()


def test_history_is_a_chain_and_repeatable(store: StackStore, other: StackStore, lease: HeldLease) -> None:
    assert lease.fence == 1
    first = store.heads.add_history(entry(store, 1, "r1"))
    third = store.heads.add_history(entry(store, 3, "r2"))
    assert third.previous is not None
    assert (third.previous.serial, third.previous.sha256) == (1, first.sha256)
    assert other.heads.add_history(entry(store, 3, "r2")) == third
    with pytest.raises(StateConflict, match="by run r2"):
        other.heads.add_history(entry(store, 3, "r9"))
    assert other.heads.history() == (first, third)


def test_history_that_was_tampered_with_is_refused(store: StackStore, blobs: Blobs) -> None:
    first = store.heads.add_history(entry(store, 1, "r1"))
    store.heads.add_history(entry(store, 2, "r2"))
    blobs.put("prod/crm/history/000000000001.json", seal(replace(first, user="mallory").to_json()))
    with pytest.raises(StoreCorrupt, match="does not continue"):
        store.heads.history()
