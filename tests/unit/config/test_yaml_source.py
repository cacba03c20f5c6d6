"""Reading YAML: values, places, and one row per thing that is refused."""

from __future__ import annotations

import pytest

from dataiku_iac.config.findings import Findings
from dataiku_iac.config.located import Located, Places
from dataiku_iac.config.yaml_source import parse_yaml
from dataiku_iac.core.canonical import Json
from dataiku_iac.core.problem import Place


def read(text: str) -> Json:
    findings = Findings()
    documents = parse_yaml(text, "f.yml", findings)
    assert findings.sorted() == ()
    (document,) = documents
    return document.plain()


def problems(text: str) -> list[tuple[str, str]]:
    findings = Findings()
    parse_yaml(text, "f.yml", findings)
    return [(problem.code, str(problem.place)) for problem in findings.sorted()]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("true", True),
        ("False", False),
        ("yes", "yes"),
        ("off", "off"),
        ("null", None),
        ("~", None),
        ("", None),
        ("12", 12),
        ("-0.5", -0.5),
        ("1e3", 1000.0),
        ("012", "012"),
        ("1_000", "1_000"),
        ("0x1F", "0x1F"),
        ("1:30", "1:30"),
        ("12e4567", "12e4567"),
        ("2024-01-01", "2024-01-01"),
        ("2024-01-01T00:00:00Z", "2024-01-01T00:00:00Z"),
        ("'true'", "true"),
        ('"12"', "12"),
        ("!!str 12", "12"),
        ("!!float 1", 1),
        ("[a, {b: 1}]", ["a", {"b": 1}]),
        ("|\n  a\n  b\n", "a\nb\n"),
    ],
)
def test_words_mean_what_json_would_say(text: str, value: Json) -> None:
    found = read(f"x: {text}")
    assert found == {"x": value}
    assert isinstance(found, dict)
    assert type(found["x"]) is type(value)


def test_keys_are_text() -> None:
    assert read("on: 1\n1: 2\n2024-01-01: 3\n'<<': 4") == {"on": 1, "1": 2, "2024-01-01": 3, "<<": 4}


def test_json_is_yaml() -> None:
    assert read('{"a": [1, 2.5e3, true, null, "x\\u00e9\\n"]}') == {"a": [1, 2500.0, True, None, "xé\n"]}


def test_anchors_and_merge_keys_work_and_own_keys_win() -> None:
    text = "a: &a {x: 1, y: 1}\nb: &b {y: 2, z: 2}\nc: {<<: [*a, *b], z: 3}\nd: *a\n"
    assert read(text) == {
        "a": {"x": 1, "y": 1},
        "b": {"y": 2, "z": 2},
        "c": {"x": 1, "y": 1, "z": 3},
        "d": {"x": 1, "y": 1},
    }


def test_every_path_has_its_place() -> None:
    findings = Findings()
    (node,) = parse_yaml("a:\n  b: [1, {c: 2}]\n  d:\n    - e\n", "f.yml", findings)
    assert {path: str(place) for path, place in Places(node).items()} == {
        "a": "f.yml:1:1",
        "a.b": "f.yml:2:3",
        "a.b[0]": "f.yml:2:7",
        "a.b[1]": "f.yml:2:10",
        "a.b[1].c": "f.yml:2:14",
        "a.d": "f.yml:3:3",
        "a.d[0]": "f.yml:4:7",
    }


def test_an_alias_stands_where_its_value_is_written() -> None:
    findings = Findings()
    (node,) = parse_yaml("a: &a x\nb: *a\n", "f.yml", findings)
    assert node.mapping is not None
    assert node.mapping["b"] == Located("x", Place("f.yml", 1, 4), Place("f.yml", 2, 1))


def test_documents_are_kept_apart_and_empty_ones_dropped() -> None:
    findings = Findings()
    documents = parse_yaml("\ufeffa: 1\n---\n# nothing\n---\na: 2\n", "f.yml", findings)
    assert [document.plain() for document in documents] == [{"a": 1}, {"a": 2}]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: 1\nb: 2\na: 3\n", ("duplicate-key", "f.yml:3:1")),
        ("x: {<<: {a: 1}, <<: {b: 1}}\n", ("duplicate-key", "f.yml:1:17")),
        ("a:\n\tb: 1\n", ("yaml-syntax", "f.yml:2:1")),
        ("a: [1,\n", ("yaml-syntax", "f.yml:2:1")),
        ("a: b: c\n", ("yaml-syntax", "f.yml:1:5")),
        ("a: @b\n", ("yaml-syntax", "f.yml:1:4")),
        ("a: \x07\n", ("yaml-syntax", "f.yml:1:4")),
        ("a: *b\n", ("yaml-syntax", "f.yml:1:4")),
        ("a: &a [*a]\n", ("yaml-syntax", "f.yml:1:8")),
        ("a: {<<: 3}\n", ("yaml-syntax", "f.yml:1:9")),
        ("? [a]\n: 1\n", ("yaml-tag", "f.yml:1:3")),
        ("a: !!python/name:os.system x\n", ("yaml-tag", "f.yml:1:4")),
        ("a: !!int yes\n", ("yaml-tag", "f.yml:1:4")),
        ("a: !!int true\n", ("yaml-tag", "f.yml:1:4")),
        ("a: !mine {b: 1}\n", ("yaml-tag", "f.yml:1:4")),
        ("a: " + "[" * 200 + "]" * 200, ("yaml-limit", "f.yml:1:103")),
        ("a: " + "[" * 100_000, ("yaml-limit", "f.yml:1:103")),
        ("a: " + "9" * 5000, ("yaml-limit", "f.yml:1:4")),
    ],
)
def test_what_is_refused_has_code_and_place(text: str, expected: tuple[str, str]) -> None:
    assert problems(text) == [expected]


def test_duplicate_key_names_both_lines() -> None:
    findings = Findings()
    parse_yaml("recipes: []\nx: 1\nrecipes: []\n", "f.yml", findings)
    assert '"recipes" stands at line 1 and at line 3' in str(findings.sorted()[0])


def test_an_alias_bomb_is_refused_before_it_unfolds() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 60)]
    assert problems("\n".join(lines)) == [("yaml-limit", "f.yml:6:5")]  # the anchor whose next use is one too many


def test_a_text_that_is_too_large_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dataiku_iac.config.yaml_source.MAX_CHARACTERS", 10)
    assert problems("a: 12345678") == [("yaml-limit", "f.yml")]
