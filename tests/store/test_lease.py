"""The lease: one owner at a time, found dead or alive by clocks that can be trusted, fenced when replaced."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from dataiku_iac.core.errors import LeaseHeld, LeaseLost, StateConflict, StoreCorrupt
from dataiku_iac.core.lease import Ending, LeaseState, LeaseTimes, TakeOverRule
from dataiku_iac.store.blobs import Blobs, Lost, Stored
from dataiku_iac.store.clock import RandomIds, SystemClock
from dataiku_iac.store.directory_blobs import DirectoryBlobs
from dataiku_iac.store.lease import LeaseKeeper, SeenLease
from dataiku_iac.store.stack_store import StackStore
from emulator.s3 import S3Process
from tests.store.world import PATIENCE_S, Aged, FakeClock, Ids, Through, Unreliable, owner, under

LEASE_S = LeaseTimes().lease_s


def seen(store: StackStore) -> SeenLease:
    found = store.leases.read()
    assert found is not None
    return found


def test_first_lease_has_fence_one_and_release_keeps_it(store: StackStore) -> None:
    assert store.leases.read() is None
    lease = store.leases.acquire(owner("r1"))
    assert (lease.fence, seen(store).lease.state, seen(store).lease.owner) == (1, LeaseState.HELD, owner("r1"))
    assert lease.release()
    after = seen(store).lease
    assert (after.fence, after.state, after.owner) == (1, LeaseState.FREE, None)
    assert after.previous is not None
    assert (after.previous.run, after.previous.reason) == ("r1", Ending.RELEASED)
    with store.leases.acquire(owner("r2")) as second:
        assert (second.fence, second.rule, second.quiet_s) == (2, None, 0.0)


def test_held_lease_is_reported_with_holder_time_and_advice(store: StackStore, other: StackStore) -> None:
    with store.leases.acquire(owner("r1")), pytest.raises(LeaseHeld) as caught:
        other.leases.acquire(owner("r2", "bob"))
    text = str(caught.value)
    for part in (
        "r1",
        "alice",
        "apply",
        "host-of-alice",
        "http://node",
        "2026-01-31T00:",
        "lock.json",
        "99 s",
        "break",
    ):
        assert part in text


def test_simultaneous_acquires_have_one_winner(store: StackStore) -> None:
    for turn in range(1, 6):
        start = threading.Barrier(16)

        def run(number: int, start: threading.Barrier = start) -> int | None:
            start.wait()
            try:
                return store.leases.acquire(owner(f"r{number}")).fence
            except LeaseHeld:
                return None

        with ThreadPoolExecutor(16) as pool:
            fences = [fence for fence in pool.map(run, range(16)) if fence is not None]
        assert fences == [turn]
        store.leases.break_lease(by="test", reason="next turn")


def test_silent_owner_is_taken_over_after_the_waiters_own_patience(
    store: StackStore, other: StackStore, other_clock: FakeClock
) -> None:
    """Rule (a). The owner's clock stands still: it is paused. Awake again, it learns of it and does nothing."""
    zombie = store.leases.acquire(owner("r1"))
    began = other_clock.monotonic()
    with other.leases.acquire(owner("r2", "bob"), wait_s=2 * LEASE_S) as lease:
        assert (lease.fence, lease.rule) == (2, TakeOverRule.UNCHANGED)
        assert other_clock.monotonic() - began >= 1.1 * LEASE_S
        assert lease.previous is not None
        assert (lease.previous.fence, lease.previous.run, lease.previous.reason) == (1, "r1", Ending.EXPIRED)
        zombie.renew()
        assert zombie.stop.is_set()
        with pytest.raises(LeaseLost, match="run r2 of bob took over with fence 2"):
            zombie.gate()
        assert not zombie.release()
        lease.check()
        assert seen(store).lease.owner == owner("r2", "bob")


def test_living_owner_is_never_robbed_however_long_somebody_waits(store: StackStore, other: StackStore) -> None:
    with store.leases.acquire(owner("r1")) as lease:

        def renew(_: SeenLease) -> None:
            lease.renew()

        with pytest.raises(LeaseHeld):
            other.leases.acquire(owner("r2"), wait_s=10 * LEASE_S, on_wait=renew)
        lease.check()


def test_lease_of_yesterday_is_taken_at_once_by_the_stores_clock(store: StackStore, blobs: Blobs) -> None:
    """Rule (b); a minute more than the lease is not enough."""
    store.leases.acquire(owner("r1"))
    for age_s, rule in ((LEASE_S + 59, None), (LEASE_S + 61, TakeOverRule.OLD)):
        aged = Aged(under(blobs), age_s)
        keeper = LeaseKeeper(aged, lineage=store.meta.lineage, clock=FakeClock(), ids=Ids())
        if rule is None:
            with pytest.raises(LeaseHeld):
                keeper.acquire(owner("r2"))
        else:
            with keeper.acquire(owner("r2")) as lease:
                assert (lease.rule, lease.age_s) == (rule, age_s)


_CHILD = """
import sys
from pathlib import Path
from dataiku_iac.store.clock import RandomIds, SystemClock
from dataiku_iac.store.directory_blobs import DirectoryBlobs
from dataiku_iac.store.processes import make_owner
from dataiku_iac.store.stack_store import StackStore
store = StackStore.open_or_init(DirectoryBlobs(Path(sys.argv[1])), environment="prod", stack="crm", clock=SystemClock(), ids=RandomIds())
store.leases.acquire(make_owner(run="child", op="apply", user="alice", node_url="", plugin_version="0"))
print("held", flush=True)
sys.stdin.read()
"""


def test_dead_process_of_this_machine_is_replaced_at_once_and_a_living_one_is_not(tmp_path: Path) -> None:
    """Rule (c), with a real process and a real SIGKILL."""
    child = subprocess.Popen(
        [sys.executable, "-c", _CHILD, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": "python-lib"},
    )
    with child:
        assert child.stdout is not None
        assert child.stdout.readline() == "held\n"
        store = StackStore.open_or_init(
            DirectoryBlobs(tmp_path), environment="prod", stack="crm", clock=SystemClock(), ids=RandomIds()
        )
        with pytest.raises(LeaseHeld):
            store.leases.acquire(owner("r2"))
        child.send_signal(signal.SIGKILL)
        child.wait(PATIENCE_S)
        with store.leases.acquire(owner("r2")) as lease:
            assert (lease.rule, lease.fence) == (TakeOverRule.OWNER_DEAD, 2)


def test_broken_lease_is_free_recorded_and_its_owner_stops(store: StackStore, other: StackStore) -> None:
    lease = store.leases.acquire(owner("r1"))
    other.leases.break_lease(by="carol", reason="the node is gone for good")
    previous = seen(other).lease.previous
    assert previous is not None
    assert (previous.reason, previous.by, previous.detail) == (Ending.BROKEN, "carol", "the node is gone for good")
    with other.leases.acquire(owner("r2")) as second:
        # The broken owner may not know yet: whoever comes next waits as long before it believes an absence.
        assert 0 < second.quiet_s <= 1.1 * LEASE_S
    lease.renew()
    with pytest.raises(LeaseLost):
        lease.check()
    with pytest.raises(StateConflict, match="not held"):
        other.leases.break_lease(by="carol", reason="again")


def test_break_loses_against_a_renewal(store: StackStore, shared: Unreliable) -> None:
    """An owner that renews while somebody breaks its lease is alive, and keeps it."""
    with store.leases.acquire(owner("r1")) as lease:

        class Renewing(Unreliable):
            def get(self, key: str):  # type: ignore[no-untyped-def] # as the base
                found = super().get(key)
                lease.renew()
                return found

        keeper = LeaseKeeper(Renewing(under(shared)), lineage=store.meta.lineage, clock=FakeClock(), ids=Ids())
        with pytest.raises(StateConflict, match="alive"):
            keeper.break_lease(by="carol", reason="impatience")
        lease.check()


def test_heartbeat_moves_the_deadline(store: StackStore, clock: FakeClock) -> None:
    with store.leases.acquire(owner("r1")) as lease:
        for turn in range(1, 4):
            clock.until_waiting(1)
            before = lease.deadline
            clock.advance(15)
            clock.until_waiting(1)
            assert lease.deadline == before + 15
            assert seen(store).lease.renew_seq == turn


def test_gate_waits_for_a_renewal_when_the_deadline_is_near(
    store: StackStore, clock: FakeClock, shared: Unreliable
) -> None:
    with store.leases.acquire(owner("r1")) as lease:
        clock.until_waiting(1)
        shared.down = True
        clock.advance(45)  # 25 s before the deadline; a call may take 30
        passed = threading.Event()

        def start_a_call() -> None:
            lease.gate()
            passed.set()

        worker = threading.Thread(target=start_a_call)
        worker.start()
        clock.until_waiting(2)
        assert not passed.is_set()
        shared.down = False
        while not passed.is_set():
            clock.advance(1)
            passed.wait(0.01)
        worker.join(PATIENCE_S)
        lease.gate(10_000)  # long calls count as the longest ordinary one


def test_gate_closes_for_good_at_the_deadline(store: StackStore, clock: FakeClock, shared: Unreliable) -> None:
    """The store is gone: nobody took over, but somebody may at any moment."""
    lease = store.leases.acquire(owner("r1"))
    clock.until_waiting(1)
    shared.down = True
    clock.advance(69.9)
    lease.check()
    clock.advance(0.1)
    with pytest.raises(LeaseLost, match="could not be renewed"):
        lease.gate()
    shared.down = False
    assert lease.renew()
    with pytest.raises(LeaseLost):
        lease.gate()
    assert not lease.release()


def test_owner_that_slept_past_its_deadline_starts_nothing(store: StackStore, clock: FakeClock) -> None:
    lease = store.leases.acquire(owner("r1"))
    clock.advance(3600)
    with pytest.raises(LeaseLost):
        lease.gate()


def test_lease_found_late_is_not_renewed_though_nobody_took_it(store: StackStore, clock: FakeClock) -> None:
    """Whoever waited long enough may take it at any moment; a renewal now would only hide that from them."""
    lease = store.leases.acquire(owner("r1"))
    clock.advance(70)
    lease.renew()
    assert lease.stop.is_set()
    assert seen(store).lease.renew_seq == 0


def test_check_does_not_depend_on_the_renewing_thread(store: StackStore, clock: FakeClock) -> None:
    """That thread may hang in a request for longer than the lease lasts."""
    lease = store.leases.acquire(owner("r1"))
    clock.until_waiting(1)
    hung, going_on = threading.Event(), threading.Event()

    class Hanging(Through):
        def compare_and_swap(self, key: str, etag: str, body: bytes) -> Stored | Lost:
            hung.set()
            going_on.wait(PATIENCE_S)
            return super().compare_and_swap(key, etag, body)

    lease._blobs = Hanging(lease._blobs)
    clock.advance(15)
    assert hung.wait(PATIENCE_S)
    clock.advance(55)
    with pytest.raises(LeaseLost):
        lease.check()
    going_on.set()
    assert not lease.release()


def test_renewal_whose_answer_was_lost_is_recognised(store: StackStore, clock: FakeClock, shared: Unreliable) -> None:
    with store.leases.acquire(owner("r1")) as lease:
        shared.mute = 1
        assert not lease.renew()
        assert not lease.renew()  # meets its own earlier renewal
        assert lease.renew()
        lease.check()
        shared.mute = 1
        assert not lease.renew()
    # Released over a renewal that had landed unknown to us.
    assert seen(store).lease.state is LeaseState.FREE


@pytest.mark.parametrize("fault", [{"action": "reset"}, {"status": 500}, {"status": 412, "code": "PreconditionFailed"}])
def test_acquire_renew_release_survive_lost_answers_of_s3(
    s3_server: S3Process, s3_blobs: Blobs, fault: dict[str, str | int]
) -> None:
    store = StackStore.open_or_init(s3_blobs, environment="prod", stack="crm", clock=FakeClock(), ids=Ids())
    s3_server.add_fault(method="PUT", key="lock.json", when="after", times=3, **fault)
    lease = store.leases.acquire(owner("r1"))
    assert lease.renew()
    lease.check()
    assert lease.release()
    assert s3_server.faults()[0]["struck"] == 3
    assert seen(store).lease.state is LeaseState.FREE


def test_deleted_lock_stops_its_owner_and_never_reissues_a_fence(store: StackStore, blobs: Blobs) -> None:
    lease = store.leases.acquire(owner("r1"))
    head = store.heads.open_run(store.heads.read(), run="r1", lease=lease)
    assert head.head.fence == 1
    blobs.delete("prod/crm/lock.json")
    lease.renew()
    with pytest.raises(LeaseLost, match="deleted"):
        lease.check()
    with store.leases.acquire(owner("r2")) as second:
        assert second.fence == 2


def test_altered_or_foreign_lock_is_refused(store: StackStore, blobs: Blobs) -> None:
    store.leases.acquire(owner("r1")).release()
    good = blobs.get("prod/crm/lock.json")
    assert good is not None
    blobs.put("prod/crm/lock.json", good.body.replace(b'"fence":1', b'"fence":7'))
    with pytest.raises(StoreCorrupt, match="digest"):
        store.leases.acquire(owner("r2"))
    stranger = StackStore.open_or_init(blobs, environment="dev", stack="crm", clock=FakeClock(), ids=Ids())
    stranger.leases.acquire(owner("x")).release()
    foreign = blobs.get("dev/crm/lock.json")
    assert foreign is not None
    blobs.put("prod/crm/lock.json", foreign.body)
    with pytest.raises(StoreCorrupt, match="lineage"):
        store.leases.acquire(owner("r2"))


def test_renewal_and_take_over_race_has_one_winner(store: StackStore, blobs: Blobs) -> None:
    """Both change the same version of one object: exactly one of them may."""
    for _ in range(10):
        lease = store.leases.acquire(owner("r1"))
        keeper = LeaseKeeper(Aged(under(blobs), LEASE_S + 61), lineage=store.meta.lineage, clock=FakeClock(), ids=Ids())
        start = threading.Barrier(2)
        taken: list[bool] = []

        def take(start: threading.Barrier = start, keeper: LeaseKeeper = keeper, taken: list[bool] = taken) -> None:
            before = keeper.read()
            assert before is not None
            start.wait()
            taken.append(keeper._take(owner("r2"), before, TakeOverRule.OLD) is not None)

        thread = threading.Thread(target=take)
        thread.start()
        start.wait()
        lease.renew()
        thread.join(PATIENCE_S)
        assert taken == [lease.stop.is_set()]
        if taken[0]:
            store.leases.break_lease(by="test", reason="next turn")
        else:
            assert lease.release()
