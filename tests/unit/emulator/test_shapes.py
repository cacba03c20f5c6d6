"""Typed documents: unknown keys vanish, defaults appear, order is the class's."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.datasets.shapes import apply_dataset
from emulator.errors import DssError
from emulator.profile import Profile
from emulator.shapes import ABSENT, Shape, items_of, nested, optional, sorted_set, value

INNER = Shape("Inner", {"a": value(1), "b": optional()})
OUTER = Shape(
    "Outer",
    {"name": optional(), "tags": sorted_set(), "one": nested(INNER), "many": items_of(INNER), "free": value({})},
)


def test_defaults_fill_what_is_missing() -> None:
    assert OUTER.apply({}) == {"tags": [], "one": {"a": 1}, "many": [], "free": {}}


def test_unknown_keys_vanish_at_every_depth_unless_open() -> None:
    given_document = {"nonsense": 1, "one": {"x": 2}, "many": [{"y": 3, "b": 4}], "free": {"kept": 5}}
    assert OUTER.apply(given_document) == {"tags": [], "one": {"a": 1}, "many": [{"a": 1, "b": 4}], "free": {"kept": 5}}
    assert Shape("Open", {"a": value(1)}, is_open=True).apply({"x": 2}) == {"a": 1, "x": 2}


def test_unknown_keys_can_be_kept() -> None:
    kept = OUTER.apply({"new": 1, "one": {"x": 2}}, keep_unknown=True)
    assert (kept["new"], kept["one"]) == (1, {"a": 1, "x": 2})


def test_null_counts_as_missing() -> None:
    assert OUTER.apply({"name": None, "one": None, "tags": None}) == OUTER.apply({})


def test_keys_come_in_class_order() -> None:
    assert list(OUTER.apply({"many": [], "name": "n"})) == ["name", "tags", "one", "many", "free"]


def test_tags_are_sorted_sets() -> None:
    assert OUTER.apply({"tags": ["b", "a", "b"]})["tags"] == ["a", "b"]


@pytest.mark.parametrize("document", [{"one": []}, {"many": {}}, {"free": 1}, {"many": [1]}, []])
def test_values_of_another_type_are_refused(document: Any) -> None:
    with pytest.raises(DssError, match="Expected"):
        OUTER.apply(document)


def test_defaults_are_not_shared() -> None:
    first = OUTER.apply({})
    first["free"]["x"] = 1
    assert OUTER.apply({})["free"] == {}


def test_extension_keeps_what_it_does_not_name() -> None:
    wider = INNER.extended({"a": value(9), "c": value(3)})
    assert wider.apply({}) == {"a": 9, "c": 3}
    assert INNER.fields["b"].default is ABSENT


DOCUMENTS = st.fixed_dictionaries(
    {},
    optional={
        "type": st.sampled_from(["Filesystem", "PostgreSQL", "S3", "Inline", "CustomPython_x", "HTTP"]),
        "managed": st.booleans(),
        "tags": st.lists(st.text(max_size=3), max_size=3),
        "formatType": st.sampled_from(["csv", "parquet", "orc", "jformat_x", "json"]),
        "formatParams": st.dictionaries(st.sampled_from(["separator", "x"]), st.text(max_size=2), max_size=2),
        "params": st.dictionaries(st.sampled_from(["connection", "path", "table", "x"]), st.text(max_size=3)),
        "nonsense": st.integers(),
    },
)


@given(DOCUMENTS, st.sampled_from(["9.0.0", "12.6.0", "13.4.0", "14.2.0", "15.0.0"]))
def test_a_stored_dataset_is_stored_unchanged(document: dict[str, Any], version: str) -> None:
    """PUT of a GET is the identity: the server's form is a fixed point, in every version of it."""
    profile = Profile(dss_version=version)
    stored = apply_dataset(document, profile)
    assert apply_dataset(stored, profile) == stored
    assert "nonsense" not in stored


def test_keys_belong_to_versions() -> None:
    """From ``since`` on and before ``until``; elsewhere a key is unknown: dropped, or kept where unknown ones are."""
    aged = Shape("Aged", {"new": value(1, since=(13, 5)), "old": value(2, until=(13,)), "always": value(3)})
    assert aged.apply({}, version=(12, 9, 9)) == {"old": 2, "always": 3}
    assert aged.apply({}, version=(13, 4)) == {"always": 3}
    assert aged.apply({"old": 5}, version=(13, 5, 0)) == {"new": 1, "always": 3}
    assert aged.apply({"old": 5}, version=(13, 5, 0), keep_unknown=True) == {"new": 1, "old": 5, "always": 3}
