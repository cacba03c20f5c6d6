"""Replay: any journal that the protocol allows adds up to what happened, and no other is accepted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataiku_iac.core.canonical import Json, digest
from dataiku_iac.core.errors import StoreCorrupt
from dataiku_iac.core.journal import (
    Absent,
    Begin,
    Conflict,
    Done,
    End,
    EndStatus,
    Failed,
    Idempotency,
    Intent,
    JournalObject,
    Print,
    Record,
    RunMode,
    Snap,
    TakeOver,
    Verb,
    parse_record,
)
from dataiku_iac.core.lease import Owner, TakeOverRule
from dataiku_iac.core.ledger import replay

TEXT = st.text(max_size=6)
COUNT = st.integers(0, 2**31)
PRINTS = st.builds(Print, st.booleans(), st.none() | TEXT, st.none() | COUNT, st.none() | TEXT)
OWNERS = st.builds(Owner, TEXT, TEXT, TEXT, TEXT, TEXT, TEXT, COUNT, COUNT, TEXT)
RECORDS: st.SearchStrategy[Record] = st.one_of(
    st.builds(Begin, TEXT, COUNT, st.none() | TEXT, st.sampled_from(RunMode), st.dictionaries(TEXT, TEXT, max_size=2)),
    st.builds(
        TakeOver,
        COUNT,
        OWNERS,
        st.none() | st.sampled_from(TakeOverRule),
        st.none() | st.floats(0, 1e6),
        st.lists(TEXT, max_size=3).map(tuple),
    ),
    st.builds(
        Intent,
        *[TEXT, TEXT, TEXT, COUNT, COUNT, st.sampled_from(Verb), TEXT, TEXT, TEXT],
        body_sha256=st.none() | TEXT,
        pre=PRINTS,
        idem=st.builds(Idempotency, TEXT, TEXT, st.lists(TEXT, max_size=3).map(tuple)),
        undo=st.none() | TEXT,
        drain_class=TEXT,
        drain_s=st.floats(0, 1e6),
    ),
    st.builds(Done, TEXT, PRINTS, st.booleans(), st.none() | st.dictionaries(TEXT, COUNT, max_size=2)),
    st.builds(Failed, TEXT, st.booleans(), TEXT, st.none() | st.integers(100, 599), TEXT),
    st.builds(Absent, TEXT),
    st.builds(Conflict, TEXT, st.none() | st.lists(TEXT, max_size=2)),
    st.builds(Snap, TEXT, COUNT),
    st.builds(End, st.sampled_from(EndStatus), st.dictionaries(TEXT, COUNT, max_size=2)),
)

BEGIN = Begin("sha256:00", 0, None, RunMode.APPLY)
OWNER = Owner("r2", "resume", "bob", "", "host", "", 1, 0, "0")


def intent(aid: str) -> Intent:
    return Intent(
        aid, "dataset.X", "dataset", 1, 1, Verb.CREATE, "n", "POST", "/p", None, Print(exists=False), Idempotency("k")
    )


def done(aid: str) -> Done:
    return Done(aid, Print(exists=True, id=aid))


def refused(aid: str) -> Failed:
    return Failed(aid, definite=True, error="Refused", http=400, text="no")


def unknown(aid: str) -> Failed:
    return Failed(aid, definite=False, error="OutcomeUnknown", http=502, text="?")


def chain(*slots: Sequence[Record], fences: Sequence[int] = ()) -> list[JournalObject]:
    """Put records into slots that continue each other."""
    objects: list[JournalObject] = []
    for number, records in enumerate(slots, start=1):
        objects.append(
            JournalObject(
                run="r1",
                seq=number,
                fence=fences[number - 1] if fences else 1,
                nonce=f"n{number}",
                prev_sha256=objects[-1].sha256 if objects else None,
                at="t",
                records=tuple(records),
            )
        )
    return objects


@given(RECORDS)
def test_record_round_trip(record: Record) -> None:
    assert parse_record(record.to_json(), where="slot") == record


@given(RECORDS, st.data())
def test_record_that_lacks_a_key_or_has_another_is_refused(record: Record, data: st.DataObject) -> None:
    raw = dict(record.to_json())
    with pytest.raises(StoreCorrupt, match="unknown key"):
        parse_record({**raw, "surprise": 1}, where="slot")
    del raw[data.draw(st.sampled_from(sorted(raw)))]
    with pytest.raises(StoreCorrupt):
        parse_record(raw, where="slot")


@given(st.builds(JournalObject, TEXT, COUNT, COUNT, TEXT, st.none() | TEXT, TEXT, st.lists(RECORDS).map(tuple)))
def test_object_round_trip(item: JournalObject) -> None:
    parsed = JournalObject.from_json(item.to_json(), where="slot")
    assert parsed == item
    assert parsed.sha256 == digest(item.to_json())


# One action's life as the protocol allows it: tries that end without effect, then perhaps one that ends for good.
TRIES = st.lists(
    st.tuples(st.booleans(), st.sampled_from(["absent", "refused", "conflict"])), max_size=3
)  # (unknown first?, ending)
LIVES = st.tuples(TRIES, st.sampled_from(["done", "open", "open-unknown", "none"]))


@given(st.dictionaries(st.text("abc", min_size=1, max_size=3), LIVES, max_size=5), st.randoms(), st.integers(1, 9))
def test_replay_of_any_interleaving_tells_every_actions_fate(
    lives: dict[str, tuple[list[tuple[bool, str]], str]], random: object, width: int
) -> None:
    """Workers interleave as they like and the writer cuts slots where it likes; the sum is the same."""
    from random import Random

    assert isinstance(random, Random)
    queues = {aid: _life(aid, *life) for aid, life in lives.items()}
    fates = {aid: queue[-1] for aid, queue in queues.items() if queue}
    records: list[Record] = [BEGIN]
    while any(queues.values()):
        records.append(queues[random.choice([aid for aid, queue in queues.items() if queue])].pop(0))
    slots = [records[at : at + width] for at in range(0, len(records), width)]
    summed = replay(chain(*slots))
    assert set(summed.intents) == set(fates)
    assert set(summed.done) == {aid for aid, last in fates.items() if isinstance(last, Done)}
    assert {item.aid for item in summed.open_intents} == {
        aid
        for aid, last in fates.items()
        if isinstance(last, Intent) or (isinstance(last, Failed) and not last.definite)
    }
    assert set(summed.failed) == {aid for aid, last in fates.items() if isinstance(last, Failed) and last.definite}
    assert set(summed.conflicts) == {aid for aid, last in fates.items() if isinstance(last, Conflict)}
    assert summed.retriable == {aid for aid, last in fates.items() if isinstance(last, Absent)}
    order = [record.aid for record in records if isinstance(record, Intent)]
    places = [len(order) - 1 - order[::-1].index(item.aid) for item in summed.open_intents]
    assert places == sorted(places)
    for aid, slot in summed.done_at.items():
        assert fates[aid] in slots[slot - 1]
    assert (summed.next_seq, summed.begun) == (len(slots) + 1, BEGIN)


def _life(aid: str, tries: list[tuple[bool, str]], ending: str) -> list[Record]:
    endings: dict[str, Record] = {"absent": Absent(aid), "refused": refused(aid), "conflict": Conflict(aid, None)}
    life: list[Record] = []
    for is_unknown, end in tries:
        life += [intent(aid), *([unknown(aid)] if is_unknown else []), endings[end]]
    last: dict[str, list[Record]] = {
        "done": [intent(aid), done(aid)],
        "open": [intent(aid)],
        "open-unknown": [intent(aid), unknown(aid)],
        "none": [],
    }
    return life + last[ending]


@pytest.mark.parametrize(
    "slots",
    [
        [[done("a")]],
        [[BEGIN], [refused("a")]],
        [[BEGIN], [intent("a"), intent("a")]],
        [[BEGIN], [intent("a"), done("a")], [done("a")]],
        [[BEGIN], [intent("a"), done("a")], [intent("a")]],
        [[BEGIN], [intent("a"), done("a"), Conflict("a", None)]],
        [[BEGIN], [BEGIN]],
        [[intent("a")], [BEGIN]],
        [[BEGIN], [End(EndStatus.OK)], [intent("a")]],
        [[BEGIN], [TakeOver(2, OWNER, None, None)]],
    ],
    ids=lambda slots: "-".join(record.TAG for slot in slots for record in slot),
)
def test_order_that_the_protocol_does_not_know_is_refused(slots: list[list[Record]]) -> None:
    with pytest.raises(StoreCorrupt):
        replay(chain(*slots))


def test_conflict_before_any_intent_is_a_drift_found_in_time() -> None:
    summed = replay(chain([BEGIN], [Conflict("a", {"live": 1})]))
    assert (set(summed.conflicts), summed.open_intents) == ({"a"}, ())


def test_gap_broken_link_and_lower_fence_are_refused() -> None:
    objects = chain([BEGIN], [intent("a")], [done("a")])
    for broken, says in (
        ([objects[0], objects[2]], "slot 2 is missing"),
        (objects[1:], "slot 1 is missing"),
        ([objects[0], replace(objects[1], prev_sha256="sha256:other")], "does not continue"),
        ([objects[0], replace(objects[1], fence=0)], "follows fence 1"),
        ([objects[0], replace(objects[1], fence=2)], "without a TAKEOVER"),
    ):
        with pytest.raises(StoreCorrupt, match=says):
            replay(broken)


def test_take_over_raises_the_fence_and_the_run_goes_on() -> None:
    taker = TakeOver(4, OWNER, TakeOverRule.OLD, 151.0, ("a",))
    summed = replay(chain([BEGIN], [intent("a")], [taker, done("a")], [End(EndStatus.OK)], fences=[1, 1, 4, 4]))
    assert (summed.last_fence, summed.takeovers, summed.open_intents) == (4, (taker,), ())
    assert summed.ended == End(EndStatus.OK)


def test_take_over_of_an_ended_run_only_ends_it_again() -> None:
    objects = chain(
        [BEGIN], [End(EndStatus.OK)], [TakeOver(2, OWNER, None, None)], [End(EndStatus.OK)], fences=[1, 1, 2, 2]
    )
    assert replay(objects).ended == End(EndStatus.OK)


@pytest.mark.parametrize("raw", [{"kind": "EFFECT"}, {"kind": 3}, {}, [], None])
def test_unknown_record_is_refused(raw: Json) -> None:
    with pytest.raises(StoreCorrupt):
        parse_record(raw, where="slot 3")
