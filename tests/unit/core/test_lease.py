"""Decisions about a lease, row by row."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataiku_iac.core.canonical import Json
from dataiku_iac.core.errors import StoreCorrupt
from dataiku_iac.core.lease import (
    Ending,
    Lease,
    LeaseState,
    LeaseTimes,
    Owner,
    PreviousOwner,
    Sighting,
    TakeOverRule,
    deadline_s,
    freed,
    is_gate_open,
    may_take_over,
    quiet_s,
    taken,
)

TIMES = LeaseTimes()
OWNER = Owner("r1", "apply", "alice", "http://node", "host", "boot", 42, 4242, "0.1.0")


def held(owner: Owner = OWNER, fence: int = 3) -> Lease:
    return Lease("lin", LeaseState.HELD, fence, "n1", 5, owner, 90.0, "t0", "t1")


@pytest.mark.parametrize(
    ("seen", "rule"),
    [
        (Sighting(unchanged_s=0), None),
        (Sighting(unchanged_s=98.9), None),
        (Sighting(unchanged_s=99.1), TakeOverRule.UNCHANGED),
        (Sighting(unchanged_s=0, age_s=150), None),
        (Sighting(unchanged_s=0, age_s=150.5), TakeOverRule.OLD),
        (Sighting(unchanged_s=0, age_s=0, owner_dead=True), TakeOverRule.OWNER_DEAD),
        (Sighting(unchanged_s=99.1, age_s=151), TakeOverRule.OLD),
    ],
)
def test_may_take_over(seen: Sighting, rule: TakeOverRule | None) -> None:
    assert may_take_over(held(), seen) is rule


def test_may_take_over_judges_by_the_owners_own_lease() -> None:
    """An owner with a longer lease believes longer that it is alive, whatever the waiter's settings are."""
    long = replace(held(), lease_s=600.0)
    assert may_take_over(long, Sighting(unchanged_s=300, age_s=300)) is None


@given(sent=st.floats(0, 1e6), lag=st.floats(0, 20), call=st.floats(0, 30))
def test_deadline_passes_before_anybody_may_take_over(sent: float, lag: float, call: float) -> None:
    """Whoever starts a call through an open gate has ended it before rule (a) can hold, with clocks 1 % apart."""
    now = deadline_s(sent, TIMES) - call - 1e-3
    assert is_gate_open(now, deadline_s(sent, TIMES), call)
    ended = now + call
    earliest_take_over = sent + lag + TIMES.lease_s * 1.1 * 0.99
    assert ended < earliest_take_over
    assert not is_gate_open(deadline_s(sent, TIMES), deadline_s(sent, TIMES), 0)


def test_fence_grows_with_every_owner_and_above_what_the_head_knows() -> None:
    new = taken(held(fence=3), OWNER, TakeOverRule.OLD, lineage="lin", fence_floor=1, nonce="n", at="t", times=TIMES)
    assert (new.fence, new.renew_seq, new.state) == (4, 0, LeaseState.HELD)
    assert new.previous == PreviousOwner(3, "r1", Ending.EXPIRED, "alice@host", "old")
    first = taken(None, OWNER, None, lineage="lin", fence_floor=7, nonce="n", at="t", times=TIMES)
    assert (first.fence, first.previous) == (8, None)


def test_free_lease_keeps_its_fence_and_names_its_last_owner() -> None:
    free = freed(held(), Ending.RELEASED, by="alice@host", detail="", nonce="n2", at="t2")
    assert (free.fence, free.owner, free.state) == (3, None, LeaseState.FREE)
    again = taken(free, OWNER, None, lineage="lin", fence_floor=0, nonce="n3", at="t3", times=TIMES)
    assert (again.fence, again.previous) == (4, free.previous)


@pytest.mark.parametrize(
    ("ending", "age_s", "quiet"), [(Ending.RELEASED, 0.0, 0), (Ending.BROKEN, None, 99), (Ending.BROKEN, 60.0, 39)]
)
def test_quiet_time_after_a_break_only(ending: Ending, age_s: float | None, quiet: float) -> None:
    free = freed(held(), ending, by="carol", detail="why", nonce="n2", at="t2")
    assert quiet_s(free, age_s) == pytest.approx(quiet)
    assert quiet_s(held(), age_s) == 0


def test_quiet_time_is_over_when_the_break_is_long_ago() -> None:
    free = freed(held(), Ending.BROKEN, by="carol", detail="why", nonce="n2", at="t2")
    assert quiet_s(free, 1000.0) == 0


@pytest.mark.parametrize(
    "lease",
    [held(), freed(held(), Ending.BROKEN, by="carol", detail="é", nonce="n2", at="t2")],
)
def test_lease_round_trip(lease: Lease) -> None:
    assert Lease.from_json(lease.to_json(), where="lock.json") == lease


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("v", 2),
        ("fence", -1),
        ("fence", True),
        ("fence", "3"),
        ("state", "lost"),
        ("owner", "alice"),
        ("owner", {"run": "r1"}),
        ("lease_s", None),
        ("nonce", 1),
        ("surprise", 1),
    ],
)
def test_lease_of_another_shape_is_refused_with_its_place(key: str, value: Json) -> None:
    with pytest.raises(StoreCorrupt) as caught:
        Lease.from_json({**held().to_json(), key: value}, where="s3://iac/lock.json")
    assert "s3://iac/lock.json" in str(caught.value)


@pytest.mark.parametrize("key", sorted(held().to_json()))
def test_lease_that_lacks_a_key_is_refused(key: str) -> None:
    raw = {name: value for name, value in held().to_json().items() if name != key}
    with pytest.raises(StoreCorrupt, match=f'"{key}" is missing'):
        Lease.from_json(raw, where="lock.json")
