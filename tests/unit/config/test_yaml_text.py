"""What is written reads back as exactly the same: for every text, key and number."""

from __future__ import annotations

import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dataiku_iac.config.findings import Findings
from dataiku_iac.config.yaml_source import parse_yaml
from dataiku_iac.config.yaml_text import write_yaml
from dataiku_iac.core.canonical import Json

_TRICKY = st.text(alphabet=" \t\n\r\x85\u2028\u2029\ufeff\x00\x1b#-?:,[]{}&*!|>'\"%@`~=<ab1é😀\\/", max_size=30)
_WORDS = st.sampled_from(
    (
        *("yes", "no", "on", "null", "~", "", "true", "True", "012", "1e3", "12e4567", "1_000", "0x1F", ".5", "+1"),
        *("1:30", "=", "2024-01-01", "<<", "- a", "a: b", "a #b", "---", "...", "1.", "-", "-.inf", ".nan", "0o17"),
        *("-0", "1E5", "NULL"),
    )
)
_TEXT = st.one_of(_TRICKY, _WORDS, st.text(st.characters(exclude_categories=["Cs"]), max_size=20))
_JSON: st.SearchStrategy[Json] = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), _TEXT),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(_TEXT, inner, max_size=4)),
    max_leaves=12,
)


def read(text: str) -> Json:
    findings = Findings()
    documents = parse_yaml(text, "f.yml", findings)
    assert findings.sorted() == ()
    return documents[0].plain()


@given(st.dictionaries(_TEXT, _JSON, min_size=1, max_size=4))
@settings(max_examples=600, deadline=None)
@example({"a": "x\n\n"})
@example({"a": " x\ny"})
@example({"a": "x \ny"})
@example({"a": "x\r\ny"})
@example({"a": "\tx\ny\n"})
@example({"a": ["x\ny\n\n", {"b": "x\n", "c": "y\n"}]})
@example({"a": "x\x85y\u2028z\n"})
@example({"k" * 200: 1})
def test_what_is_written_reads_back_the_same(value: dict[str, Json]) -> None:
    read_back = read(write_yaml(value))
    assert read_back == value
    assert repr(_sorted(read_back)) == repr(_sorted(value))  # also 1 and 1.0 and True stay apart


def _sorted(value: Json) -> Json:
    if isinstance(value, dict):
        return {key: _sorted(value[key]) for key in sorted(value)}
    return [_sorted(item) for item in value] if isinstance(value, list) else value


@given(st.dictionaries(st.just("a"), _TEXT, min_size=1))
@settings(max_examples=300, deadline=None)
def test_text_stays_text_for_readers_of_yaml_1_1_too(value: dict[str, Json]) -> None:
    assert isinstance(yaml.safe_load(write_yaml(value))["a"], str)


def test_columns_stand_one_per_line_and_text_in_blocks() -> None:
    value: dict[str, Json] = {
        "schema": [{"name": "id", "type": "bigint"}, {"name": "email", "type": "string"}],
        "name": "X",
        "code": "import dataiku\n\nprint(1)\n",
        "tags": ["a", "b"],
        "params": {"table": "t"},
    }
    assert write_yaml(value, schema={"properties": {"name": {}, "tags": {}, "params": {}, "schema": {}}}) == (
        "name: X\n"
        "tags: [a, b]\n"
        "params:\n"
        "  table: t\n"
        "schema:\n"
        "- {name: id, type: bigint}\n"
        "- {name: email, type: string}\n"
        "code: |\n"
        "  import dataiku\n"
        "\n"
        "  print(1)\n"
    )
