"""The lines people read: one row per sort of difference, and no JSON that leaves them without a line."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dataiku_iac.core.canonical import Json
from dataiku_iac.core.edits import diff
from dataiku_iac.core.nouns import NOUNS, Noun
from dataiku_iac.report.phrases import phrase_of


def said(before: Json, after: Json) -> list[str]:
    return [phrase_of(edit) for edit in diff(before, after)]


def prepare(*expressions: str) -> Json:
    return {
        "steps": [
            {"type": "CreateColumnWithGREL", "params": {"column": f"c{n}", "expression": text}}
            for n, text in enumerate(expressions)
        ]
    }


NINE = [f"x + {n}" for n in range(9)]


@pytest.mark.parametrize(
    ("before", "after", "lines"),
    [
        (prepare(*NINE), prepare(*NINE[:3], "y", *NINE[4:]), ['step 4 of 9: formula changed: "x + 3" => "y"']),
        (
            {"steps": [{"type": "A"}, {"type": "B"}, {"type": "C"}]},
            {"steps": [{"type": "A"}, {"type": "B"}, {"type": "C"}, {"type": "D", "params": {"n": 1}}]},
            ['step added after 3: {type: "D", params: {n: 1}}'],
        ),
        ({"steps": [{"type": "A"}]}, {"steps": [{"type": "B"}, {"type": "A"}]}, ['step added at the beginning: {type: "B"}']),
        ({"steps": [{"type": "A"}, {"type": "B"}]}, {"steps": [{"type": "B"}]}, ['step removed, it was 1 of 2: {type: "A"}']),
        (
            {"steps": [{"type": "A"}, {"type": "B"}, {"type": "C"}]},
            {"steps": [{"type": "B"}, {"type": "C"}, {"type": "A"}]},
            ["step 3 of 3 moved, it was 1"],
        ),
        ({"steps": ["fill a: 0", "drop b"]}, {"steps": ["fill a: 1", "drop b"]}, ['step 1 of 2 changed: "fill a: 0" => "fill a: 1"']),
        (
            {"steps": [{"formula": {"column": "t", "expression": "a\nb"}}, {"x": 1}]},
            {"steps": [{"formula": {"column": "t", "expression": "a\nc"}}, {"x": 1}]},
            ["step 1 of 2: formula changed (1 line modified)"],
        ),
        ({"on": ["day"]}, {"on": ["day", "customer_id"]}, ["join: condition added on customer_id"]),
        ({"on": [{"left": "a", "right": "b"}]}, {"on": [{"left": "a", "right": "b"}, {"left": "c", "right": "c"}]}, ["join: condition added on c"]),
        (
            {"joins": [{"on": ["a"]}, {"on": ["b"], "type": "LEFT"}]},
            {"joins": [{"on": ["a"]}, {"on": ["b", "c"], "type": "INNER"}]},
            ["join 2 of 2: condition added on c", 'join 2 of 2: type changed: "LEFT" => "INNER"'],
        ),
        ({"aggregations": {"amount": ["sum"]}}, {"aggregations": {"amount": ["sum", "avg"]}}, ["aggregation avg(amount) added"]),
        ({"aggregations": {"a": ["sum"]}}, {"aggregations": {"a": ["sum"], "b": ["min", "max"]}}, ["aggregations min(b), max(b) added"]),
        ({"aggregations": {"a": {"first": True}}}, {"aggregations": {"a": {"first": True, "orderColumn": "d"}}}, ['aggregations.a.orderColumn: (not set) => "d"']),
        ({"keys": ["a", "b"]}, {"keys": ["b"]}, ["key a removed"]),
        ({"keys": ["a", "b"]}, {"keys": ["b", "a"]}, ['order of keys changed: ["a", "b"] => ["b", "a"]']),
        (
            {"schema": [{"name": "email", "type": "string"}]},
            {"schema": [{"name": "email", "type": "bigint"}]},
            ["column email: string → bigint"],
        ),
        (
            {"schema": {"columns": [{"name": "a", "type": "int"}, {"name": "b", "type": "int"}], "userModified": True}},
            {"schema": {"columns": [{"name": "b", "type": "int", "comment": "x"}, {"name": "x", "type": "date"}]}},
            ["column a removed", 'column b: comment added: "x"', "column x added: date", "schema.userModified: true => (not set)"],
        ),
        (
            {"schema": [{"name": n} for n in "abcd"]},
            {"schema": [{"name": n} for n in "bcda"]},
            ["column a moved after d"],
        ),
        ({}, {"schema": [{"name": "a", "type": "int"}, {"name": "b"}]}, ["columns a, b added"]),
        (
            {"triggers": [{"type": "temporal", "frequency": "Daily", "hour": 2}]},
            {"triggers": [{"type": "temporal", "frequency": "Daily", "hour": 3}]},
            ["trigger temporal: hour changed: 2 => 3"],
        ),
        ({"triggers": []}, {"triggers": [{"type": "temporal", "hour": 2}]}, ["trigger temporal added: {hour: 2}"]),
        ({"inputs": ["A"]}, {"inputs": ["B", "C"]}, ["inputs B, C added, input A removed"]),
        ({"tags": ["a"]}, {"tags": ["a", "b"]}, ["tag b added"]),
        ({"params": {"table": "a"}}, {"params": {"table": "b"}}, ['params.table: "a" => "b"']),
        ({"code": "a\nb\n"}, {"code": "a\nc\n"}, ["code: changed (1 line modified)"]),
        ({"params": {"password": "a"}}, {"params": {"password": "b"}}, ["params.password: (hidden) => (hidden)"]),
        ({"unheard": [{"v": 1}]}, {"unheard": [{"v": 2}]}, ["unheard[1]: v changed: 1 => 2"]),
        ({"unheard": [[1, 2]]}, {"unheard": [[1, 3], [2]]}, ["unheard[1] changed: [1, 2] => [1, 3]", "unheard[2] added after 1: [2]"]),
        ({"permissions": [{"group": "g", "role": "read"}]}, {"permissions": [{"group": "g", "role": "write"}]}, ["permission g: read → write"]),
    ],
)  # fmt: skip
def test_lines(before: Json, after: Json, lines: list[str]) -> None:
    assert said(before, after) == lines


def test_a_kind_has_words_of_its_own() -> None:
    (edit,) = diff({"widgets": [{"id": "a", "color": 1}]}, {"widgets": [{"id": "a", "color": 2}]})
    words = {**NOUNS, "widgets": Noun("widget", fields={"color": "colour"})}
    assert phrase_of(edit, words) == "widget a: colour changed: 1 => 2"


KEYS = st.sampled_from([*NOUNS, "name", "type", "params", "password", "left", "right", "\x1b[31m", "{0}", "expression"])
SCALARS = st.sampled_from([None, True, 0, 1.5, "", "x", "a\nb", "{label}", "\u202e", "hunter2", "e:AES:xxx"])
VALUES: st.SearchStrategy[Json] = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=5) | st.dictionaries(KEYS, inner, max_size=4), max_leaves=16
)


@settings(max_examples=500, deadline=None, derandomize=True)
@given(VALUES, VALUES)
def test_any_difference_has_one_printable_line(before: Json, after: Json) -> None:
    for edit in diff(before, after):
        line = phrase_of(edit)
        assert line
        assert not set(line) & {"\n", "\x1b", "\u202e"}, line


@settings(max_examples=200, deadline=None, derandomize=True)
@given(KEYS, st.booleans())
def test_a_credential_is_in_no_line(key: str, listed: bool) -> None:  # noqa: FBT001 - hypothesis gives it
    def spec(secret: str) -> Json:
        held: Json = {"name": "n", "password": secret}
        return {key: [held] if listed else held}

    assert not [line for line in said(spec("hunter2"), spec("hunter3")) if "hunter" in line]
