from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from dataiku_iac.core.canonical import Json
from dataiku_iac.core.mentions import Mention, find_mentions, rewrite_mentions

TABLE = (
    Mention("definition.params.connection", "connection"),
    Mention("definition.inputs.*.items.*.ref", "computable"),
    Mention("zone", "zone"),
)
DOCUMENT: Json = {
    "zone": "raw",
    "definition": {
        "params": {"connection": "pg", "other": "pg"},
        "inputs": {"main": {"items": [{"ref": "A"}, {"ref": ""}, {"deps": []}]}, "side": {"items": [{"ref": "B"}]}},
    },
}


def test_every_mention_is_found_with_its_place() -> None:
    assert [(found.path, found.sort, found.value) for found in find_mentions(DOCUMENT, TABLE)] == [
        ("definition.params.connection", "connection", "pg"),
        ("definition.inputs.main.items.0.ref", "computable", "A"),
        ("definition.inputs.side.items.0.ref", "computable", "B"),
        ("zone", "zone", "raw"),
    ]


def test_rewriting_touches_mentions_only_and_leaves_the_input() -> None:
    after = rewrite_mentions(DOCUMENT, TABLE, lambda sort, value: f"{sort}:{value}")
    assert after == {
        "zone": "zone:raw",
        "definition": {
            "params": {"connection": "connection:pg", "other": "pg"},
            "inputs": {
                "main": {"items": [{"ref": "computable:A"}, {"ref": ""}, {"deps": []}]},
                "side": {"items": [{"ref": "computable:B"}]},
            },
        },
    }
    assert next(find_mentions(DOCUMENT, TABLE)).value == "pg"


def test_what_is_not_text_is_no_mention() -> None:
    odd: Json = {"zone": 3, "definition": {"params": ["pg"], "inputs": "main"}}
    assert list(find_mentions(odd, TABLE)) == []
    assert rewrite_mentions(odd, TABLE, lambda sort, value: "x") == odd


VALUES: st.SearchStrategy[Json] = st.recursive(
    st.sampled_from([None, 1, "", "a", "b"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["p", "q", "r"]), inner, max_size=3),
    max_leaves=12,
)
PATHS = st.lists(st.sampled_from(["p", "q", "*"]), min_size=1, max_size=3).map(".".join)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(VALUES, PATHS)
def test_rewriting_there_and_back_changes_nothing(document: Json, path: str) -> None:
    table = [Mention(path, "zone")]
    there = rewrite_mentions(document, table, lambda sort, value: f"id-{value}")
    assert rewrite_mentions(there, table, lambda sort, value: value.removeprefix("id-")) == document
    assert [f"id-{found.value}" for found in find_mentions(document, table)] == [
        found.value for found in find_mentions(there, table)
    ]
