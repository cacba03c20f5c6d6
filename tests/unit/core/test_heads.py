"""Heads, snapshots, history and meta as stored records."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataiku_iac.core.canonical import Json
from dataiku_iac.core.errors import StoreCorrupt
from dataiku_iac.core.heads import Head, HistoryEntry, HistoryLink, Meta, Mode, Snapshot, StateRef

TEXT = st.text(max_size=8)
COUNT = st.integers(0, 2**40)
JSON: st.SearchStrategy[Json] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)
HEADS = st.builds(
    Head,
    lineage=TEXT,
    rev=COUNT,
    serial=COUNT,
    fence=COUNT,
    nonce=TEXT,
    state=st.none() | st.builds(StateRef, key=TEXT, sha256=TEXT, bytes=COUNT, resources=COUNT),
    open_run=st.none() | TEXT,
    journal_upto=COUNT,
    prev_head_sha256=st.none() | TEXT,
    run=st.none() | TEXT,
    committed_at=TEXT,
)


@given(HEADS)
def test_head_round_trip(head: Head) -> None:
    assert Head.from_json(head.to_json(), where="head.json") == head


@given(HEADS, HEADS)
def test_heads_have_equal_digests_only_when_equal(one: Head, other: Head) -> None:
    assert (one.sha256 == other.sha256) == (one == other)


@given(st.builds(Snapshot, TEXT, COUNT, COUNT, TEXT, TEXT, COUNT, JSON))
def test_snapshot_round_trip(snapshot: Snapshot) -> None:
    assert Snapshot.from_json(snapshot.to_json(), where="states/x") == snapshot


@given(
    st.builds(
        HistoryEntry,
        *[TEXT, COUNT, TEXT, TEXT, TEXT, TEXT, TEXT, TEXT, TEXT],
        plan_sha256=st.none() | TEXT,
        state_sha256=st.none() | TEXT,
        git_commit=st.none() | TEXT,
        counts=st.dictionaries(TEXT, COUNT, max_size=3),
        previous=st.none() | st.builds(HistoryLink, COUNT, TEXT),
    )
)
def test_history_round_trip(entry: HistoryEntry) -> None:
    assert HistoryEntry.from_json(entry.to_json(), where="history/1") == entry


@given(st.builds(Meta, TEXT, TEXT, st.sampled_from(Mode), TEXT, TEXT))
def test_meta_round_trip(meta: Meta) -> None:
    assert Meta.from_json(meta.to_json(), where="meta.json") == meta


def test_snapshot_keys_sort_by_serial_and_differ_by_writer() -> None:
    one = Snapshot("lin", 9, 2, "0123456789abcdef", "r", 0, {})
    assert one.key == "states/000000000009-00000002-01234567.json.gz"
    assert one.key < replace(one, serial=10).key
    assert one.key != replace(one, nonce="f" * 16).key


@pytest.mark.parametrize("change", [{"v": 0}, {"serial": 1.5}, {"state": {}}, {"open_run": 3}, {"more": None}])
def test_head_of_another_shape_is_refused(change: dict[str, Json]) -> None:
    head = Head("lin", 1, 0, 0, "n", None, None, 0, None, None, "t")
    with pytest.raises(StoreCorrupt):
        Head.from_json({**head.to_json(), **change}, where="head.json")


@pytest.mark.parametrize("raw", [None, [], "x", 3])
def test_head_that_is_no_object_is_refused(raw: Json) -> None:
    with pytest.raises(StoreCorrupt, match="expected an object"):
        Head.from_json(raw, where="head.json")
