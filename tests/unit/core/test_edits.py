"""The laws of ``core/edits.py`` on generated values, and what a reader would say of small ones."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dataiku_iac.core.canonical import Json
from dataiku_iac.core.edits import Edit, Op, apply_edits, diff, path_of
from dataiku_iac.core.lens import same

SCALARS: st.SearchStrategy[Json] = st.sampled_from([None, True, False, 0, 1, 1.0, 2.5, "", "x", "y", "fill: a", "[0]"])
KEYS = st.sampled_from(["a", "name", "type", "id", "steps", "params", "column", "[x]", "a.b"])
VALUES: st.SearchStrategy[Json] = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=6) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=20,
)
ELEMENTS = st.fixed_dictionaries(
    {"type": st.sampled_from(["F", "G"])},
    optional={"name": st.sampled_from("abcdef"), "params": st.dictionaries(KEYS, SCALARS, max_size=2)},
)
LISTS = st.lists(ELEMENTS, max_size=9).map(lambda items: {"steps": items})
many = settings(max_examples=300, deadline=None, derandomize=True)


@many
@given(VALUES, VALUES)
def test_applying_what_is_listed_to_before_gives_after(before: Json, after: Json) -> None:
    assert same(apply_edits(before, diff(before, after)), after)


@many
@given(LISTS, LISTS)
def test_lists_of_elements_too(before: Json, after: Json) -> None:
    assert same(apply_edits(before, diff(before, after)), after)


@many
@given(st.permutations(range(12)), st.integers(0, 11))
def test_moved_elements_too(order: list[int], changed: int) -> None:
    before: Json = [{"name": f"n{i}", "v": 0} for i in range(12)]
    after: Json = [{"name": f"n{i}", "v": int(i == changed)} for i in order]
    assert same(apply_edits(before, diff(before, after)), after)


@many
@given(VALUES)
def test_a_value_does_not_differ_from_itself(value: Json) -> None:
    assert diff(value, value) == ()


def steps(*types: str) -> Json:
    return {"steps": [{"type": kind, "params": {"n": kind}} for kind in types]}


def said(edits: tuple[Edit, ...]) -> list[tuple[str, str]]:
    return [(edit.op.value, path_of(edit.path)) for edit in edits]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (steps("A", "B"), steps("N", "A", "B"), [("add", "steps[0]")]),
        (steps("A", "B", "C"), steps("A", "C"), [("remove", "steps[1]")]),
        (steps("A", "B", "C", "D"), steps("B", "C", "D", "A"), [("move", "steps[0]")]),
        (
            {"steps": [{"type": "F", "params": {"e": 1}}, {"type": "F", "params": {"e": 2}}]},
            {"steps": [{"type": "F", "params": {"e": 0}}, {"type": "F", "params": {"e": 1}}, {"type": "F", "params": {"e": 3}}]},
            [("add", "steps[0]"), ("change", "steps[1].params.e")],
        ),
        (
            {"schema": [{"name": "email", "type": "string"}]},
            {"schema": [{"name": "email", "type": "bigint"}, {"name": "x"}]},
            [("change", "schema[email].type"), ("add", "schema[x]")],
        ),
        ({"tags": ["a"]}, {"tags": ["a", "b"]}, [("change", "tags")]),
        ({"steps": ["fill: a", "drop: b"]}, {"steps": ["fill: c", "drop: b"]}, [("change", "steps[0]")]),
        (
            {"joins": [{"type": "left", "on": ["a", "b"]}, {"type": "left", "on": ["a", "b"]}]},
            {"joins": [{"type": "left", "on": ["c", "b"]}, {"type": "left", "on": ["a", "b"]}]},
            [("change", "joins[0].on")],
        ),
        ({"n": 1}, {"n": 1.0}, []),
        ({"n": 1}, {"n": True}, [("change", "n")]),
        ({}, {"n": None}, [("add", "n")]),
    ],
)  # fmt: skip
def test_what_a_reader_would_say(before: Json, after: Json, expected: list[tuple[str, str]]) -> None:
    assert said(diff(before, after)) == expected


def test_a_long_list_in_another_order_is_one_change() -> None:
    before: Json = {"schema": [{"name": f"c{i}"} for i in range(500)]}
    after: Json = {"schema": [{"name": f"c{i}"} for i in reversed(range(500))]}
    (edit,) = diff(before, after)
    assert (edit.op, path_of(edit.path)) == (Op.CHANGE, "schema")


def test_long_lists_cost_little() -> None:
    before: Json = {"steps": [{"type": "F", "params": {"e": i}} for i in range(5000)]}
    after: Json = {"steps": [{"type": "F", "params": {"e": i + (i % 2) * 10_000}} for i in range(5000)]}
    edits = diff(before, after)
    assert len(edits) == 2500
    assert same(apply_edits(before, edits), after)
