"""The laws of ``core/lens.py`` on generated documents and tables, and the cases that once broke them."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dataiku_iac.core.canonical import Json, canonical_text, is_list
from dataiku_iac.core.fields import UNSET, Field, Rules, RulesNode
from dataiku_iac.core.lens import comparable, differences, let_go, overlay, path_text, strip, subtract, suppressed

KEYS = st.sampled_from(["a", "b", "c", "name", "$n", "password"])
SCALARS: st.SearchStrategy[Json] = st.sampled_from(
    [None, True, False, 0, 1, 1.0, 2, "", "x", "y", "iac:s", "made by x"]
)
VALUES: st.SearchStrategy[Json] = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=14,
)
DOCUMENTS = st.dictionaries(KEYS, VALUES, max_size=5)
FIELDS = st.sampled_from(
    [
        Field(server_owned=True, reason="s"),
        Field(ignored=True, reason="i"),
        Field(default=1),
        Field(default=True),
        Field(default={}),
        Field(default=[]),
        Field(default="", default_like="made by .*"),
        Field(unordered=True),
        Field(unordered=True, reserved="iac:", default=[]),
        Field(reserved="i"),
        Field(keyed=("name",)),
        Field(keyed=("name", "a"), open=True),
        Field(whole=True),
        Field(whole=True, default={}),
        Field(drops_noise=True),
        Field(immutable=True),
    ]
)
PATHS = st.lists(st.sampled_from(["a", "b", "c", "name", "*"]), min_size=1, max_size=4).map(".".join)
TABLES = st.dictionaries(PATHS, FIELDS, max_size=6).map(lambda table: Rules(table).root)

many = settings(max_examples=120, deadline=None, derandomize=True)


def same(left: Json, right: Json) -> bool:
    """Equal as JSON text, so that 1 and true differ."""
    return canonical_text(left) == canonical_text(right)


@many
@given(DOCUMENTS, TABLES)
def test_laying_back_what_was_stripped_changes_nothing(document: dict[str, Json], rules: RulesNode) -> None:
    assert same(overlay(document, strip(document, rules), rules), document)


@many
@given(DOCUMENTS, TABLES)
def test_stripping_twice_equals_once(document: dict[str, Json], rules: RulesNode) -> None:
    once = strip(document, rules)
    assert same(strip(once, rules), once)


@many
@given(DOCUMENTS, DOCUMENTS, TABLES)
def test_overlaying_twice_equals_once(live: dict[str, Json], partial: dict[str, Json], rules: RulesNode) -> None:
    once = overlay(live, partial, rules)
    assert same(overlay(once, partial, rules), once)
    assert differences(once, overlay(once, partial, rules), rules) == []


@many
@given(DOCUMENTS, DOCUMENTS)
def test_without_rules_what_is_declared_is_there_afterwards(live: dict[str, Json], partial: dict[str, Json]) -> None:
    rules = Rules({}).root
    assert holds(strip(overlay(live, partial, rules), rules), strip(partial, rules))


@many
@given(DOCUMENTS, DOCUMENTS, TABLES)
def test_undeclared_keys_are_untouched(live: dict[str, Json], partial: dict[str, Json], rules: RulesNode) -> None:
    after = overlay(live, partial, rules)
    assert isinstance(after, Mapping)
    assert all(same(after[key], live[key]) for key in live if key not in partial)


@many
@given(DOCUMENTS, DOCUMENTS, TABLES)
def test_hidden_keys_are_never_written(live: dict[str, Json], partial: dict[str, Json], rules: RulesNode) -> None:
    after = overlay(live, partial, rules)
    assert isinstance(after, Mapping)
    for key, value in partial.items():
        if rules.hides(key, value):
            assert (key in after) == (key in live)
            assert key not in live or same(after[key], live[key])


@many
@given(DOCUMENTS, DOCUMENTS, TABLES)
def test_nothing_goes_back_to_default_while_it_is_declared(
    live: dict[str, Json], spec: dict[str, Json], rules: RulesNode
) -> None:
    assert same(subtract(live, spec, spec, rules), live)
    assert same(subtract(live, {}, spec, rules), live)


@many
@given(DOCUMENTS, DOCUMENTS, DOCUMENTS, TABLES)
def test_what_is_still_declared_is_there_after_subtracting(
    live: dict[str, Json], before: dict[str, Json], after: dict[str, Json], rules: RulesNode
) -> None:
    target = overlay(subtract(live, before, after, rules), after, rules)
    assert same(overlay(target, after, rules), target)


@many
@given(DOCUMENTS, DOCUMENTS, TABLES)
def test_differences_are_none_exactly_for_equal_comparables(
    one: dict[str, Json], other: dict[str, Json], rules: RulesNode
) -> None:
    equal = same(comparable(one, rules), comparable(other, rules))
    assert (differences(one, other, rules) == []) == equal


def holds(whole: Json, part: Json) -> bool:
    """Tell whether everything of ``part`` is in ``whole``."""
    if isinstance(part, Mapping):
        there: Mapping[str, Json] = whole if isinstance(whole, Mapping) else {}
        return all((key in there and holds(there[key], value)) or value == {} for key, value in part.items())
    if is_list(part) and is_list(whole):
        return len(part) == len(whole) and all(map(holds, whole, part))
    return part == whole


def laid(live: Json, partial: Json, **table: Field) -> Json:
    return overlay(live, partial, Rules(table).root)


def test_reserved_elements_stay_and_are_never_seen() -> None:
    rules = Rules({"tags": Field(unordered=True, default=[], reserved="iac:")}).root
    live: Json = {"tags": ["iac:s", "b", "a"]}
    assert strip(live, rules) == {"tags": ["b", "a"]}
    assert overlay(live, {"tags": ["a", "c"]}, rules) == {"tags": ["iac:s", "a", "c"]}
    assert overlay(live, {"tags": []}, rules) == {"tags": ["iac:s"]}
    assert subtract(live, {"tags": ["a"]}, {}, rules) == {"tags": ["iac:s"]}
    assert differences(live, {"tags": ["a", "b"]}, rules) == []
    assert strip({"tags": ["iac:s"]}, rules) == {}


def test_reserved_keys_of_an_object_are_hidden() -> None:
    rules = Rules({"tags": Field(reserved="iac:", reason="ours")}).root
    assert strip({"tags": {"iac:s": {}, "a": {"color": "red"}}}, rules) == {"tags": {"a": {"color": "red"}}}
    assert next(suppressed({}, {"tags": {"iac:s": {"color": "x"}}}, rules)).reason == "ours"


def test_a_generated_text_counts_as_default() -> None:
    rules = Rules({"d": Field(default="", default_like="made by .*")}).root
    assert strip({"d": "made by bob\nin May"}, rules) == {}
    assert strip({"d": "not made by bob"}, rules) == {"d": "not made by bob"}
    assert differences({"d": "made by bob"}, {}, rules) == []


def test_dropping_an_open_list_keeps_what_others_put_there() -> None:
    rules = Rules({"p": Field(keyed=("group",), open=True, default=[])}).root
    live: Json = {"p": [{"group": "ours"}, {"group": "theirs"}]}
    assert subtract(live, {"p": [{"group": "ours"}]}, {}, rules) == {"p": [{"group": "theirs"}]}
    assert subtract({"p": [{"group": "ours"}]}, {"p": [{"group": "ours"}]}, {}, rules) == {"p": []}


def test_a_field_dropped_inside_a_list_element_goes_back_to_default() -> None:
    keyed = Rules({"columns": Field(keyed=("name",)), "columns.*.comment": Field(default="")}).root
    live: Json = {"columns": [{"name": "a", "comment": "x", "length": 3}]}
    after: Json = {"columns": [{"name": "a"}]}
    assert subtract(live, {"columns": [{"name": "a", "comment": "x"}]}, after, keyed) == {
        "columns": [{"name": "a", "comment": "", "length": 3}]
    }
    steps: Json = {"steps": [{"type": "x", "on": True, "id": 1}, {"type": "y"}]}
    was: Json = {"steps": [{"type": "x", "on": True}, {"type": "y"}]}
    now: Json = {"steps": [{"type": "x"}, {"type": "y"}]}
    assert subtract(steps, was, now, Rules({}).root) == {"steps": [{"type": "x", "id": 1}, {"type": "y"}]}


def test_dropping_an_empty_object_removes_nothing() -> None:
    assert subtract({"o": {"a": 1}}, {"o": {}}, {}, Rules({}).root) == {"o": {"a": 1}}


def test_whole_objects_lose_what_is_not_declared_but_never_what_is_hidden() -> None:
    live: Json = {"v": {"a": {"password": "s"}, "b": 1, "c": 2}}
    assert laid(live, {"v": {"b": 1}}, v=Field(whole=True)) == {"v": {"a": {"password": "s"}, "b": 1}}
    assert laid({}, {"v": {}}, v=Field(whole=True)) == {"v": {}}


def test_elements_that_share_a_key_are_all_kept() -> None:
    rules = Rules({"l": Field(keyed=("name",))}).root
    live: Json = {"l": [{"name": "a", "t": 1}, {"name": "a", "t": 2}]}
    assert overlay(live, strip(live, rules), rules) == live
    assert differences(live, {"l": [{"name": "a", "t": 1}, {"name": "a", "t": 3}]}, rules) != []


def test_true_and_one_are_two_values() -> None:
    rules = Rules({}).root
    assert differences({"a": [1]}, {"a": [True]}, rules) != []
    assert differences({"a": [1]}, {"a": [1.0]}, rules) == []


def test_inserting_a_step_does_not_smear_its_neighbours_fields() -> None:
    live: Json = [{"type": "x", "id": "1", "n": 1}, {"type": "y", "id": "2"}]
    after = overlay(live, [{"type": "z"}, {"type": "x", "n": 1}, {"type": "y"}], Rules({}).root)
    assert after == [{"type": "z"}, {"type": "x", "id": "1", "n": 1}, {"type": "y", "id": "2"}]


@pytest.mark.parametrize(
    ("path", "text"),
    [((), ""), (("schema", "[email]", "type"), "schema[email].type"), (("[0]",), "[0]")],
)
def test_paths_read_as_people_write_them(path: tuple[str, ...], text: str) -> None:
    assert path_text(path) == text


def test_a_part_that_was_absent_is_added() -> None:
    assert overlay(UNSET, {"a": 1}, Rules({}).root) == {"a": 1}


def test_an_open_list_keeps_elements_nobody_declared_and_changes_those_declared() -> None:
    live: Json = {"p": [{"group": "theirs", "admin": True}, {"group": "ours", "admin": True}]}
    after = laid(
        live, {"p": [{"group": "ours", "admin": False}, {"group": "new"}]}, p=Field(keyed=("group",), open=True)
    )
    assert after == {"p": [{"group": "theirs", "admin": True}, {"group": "ours", "admin": False}, {"group": "new"}]}


def test_a_closed_keyed_list_is_the_whole_list_and_keeps_the_nodes_order() -> None:
    live: Json = {"c": [{"name": "b", "id": 1}, {"name": "a", "id": 2}]}
    keyed = Field(keyed=("name",))
    assert laid(live, {"c": [{"name": "a"}, {"name": "b"}]}, c=keyed) == live
    assert laid(live, {"c": [{"name": "a"}]}, c=keyed) == {"c": [{"name": "a", "id": 2}]}


def test_a_default_that_only_the_node_knows_is_reached_by_the_write() -> None:
    rules = Rules({"known": Field(default=1)}).root
    live: Json = {"known": 2, "unknown": "|"}
    assert subtract(live, live, {}, rules) == {"known": 1}
    assert subtract({"known": 2, "unknown": ","}, live, {}, rules, written=True) == {"known": 1, "unknown": ","}


def test_what_stays_is_let_go_with_a_reason() -> None:
    rules = Rules({"schema": Field(stays=True, reason="builds write it")}).root
    live: Json = {"schema": {"columns": [{"name": "a"}]}, "tags": ["x"]}
    assert subtract(live, live, {}, rules) == {"schema": {"columns": [{"name": "a"}]}}
    (left,) = let_go(live, {}, rules)
    assert (left.path, left.reason) == ("schema", "no longer declared, left as it is: builds write it")
