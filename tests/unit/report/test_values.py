from __future__ import annotations

import pytest

from dataiku_iac.core.canonical import Json
from dataiku_iac.core.fields import UNSET
from dataiku_iac.report.values import attributes, changed_lines, code_diff, transition, value_text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (UNSET, "(not set)"),
        (None, "null"),
        (True, "true"),
        (2.5, "2.5"),
        ("é", '"é"'),
        ('say "hi"', '"say \\"hi\\""'),
        ("", '""'),
        ([], "[]"),
        ({}, "{}"),
        (["SAMPLE_DATA"], '["SAMPLE_DATA"]'),
        ({"a": [1, {"b": None}]}, "{a: [1, {b: null}]}"),
        ("two\nlines\n", "(2 lines)"),
        (list(range(500)), "[" + ", ".join(map(str, range(28))) + ", … 472 more]"),
        ("x" * 150, '"' + "x" * 100 + '…" (150 characters)'),
        ("\u202egnp.exe", '"\\u202egnp.exe"'),
    ],
)
def test_one_line_for_a_value(value: Json, text: str) -> None:
    assert value_text(value) == text


def test_deep_and_wide_values_stay_short() -> None:
    deep: Json = "x"
    for _ in range(500):
        deep = {"k": deep}
    assert len(value_text(deep)) < 100
    wide: Json = [{f"key{n}": "v" * 90 for n in range(50)} for _ in range(50)]
    assert len(value_text(wide)) < 400


@pytest.mark.parametrize("key", ["password", "api_key", "accessToken", "secretKey"])
def test_credentials_are_hidden_wherever_they_stand(key: str) -> None:
    assert value_text("s3cr3t", key=key) == "(hidden)"
    assert "s3cr3t" not in value_text({"x": [{key: "s3cr3t"}]})
    assert "s3cr3t" not in transition(f"params.{key}", "s3cr3t", "other")
    assert value_text("e:AES:abc") == "(hidden)"


@pytest.mark.parametrize(
    ("before", "after", "count"),
    [
        ("a\nb\n", "a\nb\n", 0),
        ("a\nb\n", "a\nc\n", 1),
        ("a\n", "a\nb\nc\n", 2),
        ("a\nb\nc\n", "", 3),
        ("a\nb\nc\n", "x\nb\ny\nz\n", 3),
    ],
)
def test_lines_modified(before: str, after: str, count: int) -> None:
    assert changed_lines(before, after) == count
    assert changed_lines(after, before) == count


def test_lines_modified_of_huge_texts_is_answered_at_once() -> None:
    old = "".join(f"{n}\n" for n in range(20_000))
    new = "".join(f"{n + 1_000_000}\n" for n in range(20_000))
    assert changed_lines(old, new) == 20_000
    assert changed_lines(old, old + "x\n") == 1
    assert "too long" in code_diff(old, new)[0]


def test_transition_of_code() -> None:
    assert transition("code", "a\nb\n", "a\nc\n") == "changed (1 line modified)"
    assert transition("code", UNSET, "a\nb\n") == "added (2 lines)"
    assert transition("code", "a\nb\n", UNSET) == "removed (2 lines)"
    assert transition("code", "x", "a\nb\n") == "changed (2 lines modified)"


def test_diff_of_code_is_unified_and_cut() -> None:
    assert code_diff("a\nb\n", "a\nc\n") == ("@@ -1,2 +1,2 @@", " a", "-b", "+c")
    cut = code_diff("", "x\n" * 1000)
    assert len(cut) == 401
    assert cut[-1] == "(… 601 more lines of this difference)"


def test_attributes_are_flat_and_in_reading_order() -> None:
    spec: dict[str, Json] = {"code": "x", "params": {"b": 1, "a": {"c": []}}, "zone": "raw", "type": "S3", "empty": {}}
    assert [path for path, _ in attributes(spec)] == ["type", "empty", "params.a.c", "params.b", "zone", "code"]
