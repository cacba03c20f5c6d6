"""Paths of noise, dice, and edits by pointer."""

from typing import Any

import pytest

from emulator.errors import DssError
from emulator.noise import (
    Dice,
    Noise,
    add_key,
    drop,
    fill_in,
    make_noise,
    places,
    put,
    replace_present,
    without_ui_keys,
)
from emulator.touches.edits import apply_edits


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("a", [("a", 1)]),
        ("missing", [("missing", None)]),  # the last step need not exist
        ("missing/x", []),
        ("list/*/n", [("n", 1), ("n", 2)]),
        ("list/*", [(0, {"n": 1}), (1, {"n": 2})]),
        ("map/*", [("p", {"f": 3}), ("q", {"f": {"f": 4}})]),
        ("**/f", [("f", 3), ("f", {"f": 4}), ("f", 4)]),  # at any depth only where it is
        ("**/nowhere", []),
    ],
)
def test_paths_find_their_places(path: str, expected: list[tuple[Any, Any]]) -> None:
    document = {"a": 1, "list": [{"n": 1}, {"n": 2}], "map": {"p": {"f": 3}, "q": {"f": {"f": 4}}}}
    found = [
        (key, holder.get(key) if isinstance(holder, dict) else holder[key])
        for holder, key in places(document, tuple(path.split("/")))
    ]
    assert found == expected


def test_rows_that_find_nothing_to_change_are_not_told() -> None:
    document: dict[str, Any] = {"kept": 1, "gone": 2, "items": [{"x": 1}, "text"]}
    rows = (
        Noise("kept", fill_in(9), "w"),
        Noise("gone", drop, "w"),
        Noise("new", put(True), "w"),
        Noise("absent", replace_present(lambda _dice: 1), "w"),
        Noise("items/*", add_key("$$hashKey", lambda _dice: "k"), "w"),
    )
    made = make_noise(document, rows, Dice("s"), whole=document, probability=1.0)
    assert made == ["gone", "new", "items/*"]
    assert document == {"kept": 1, "items": [{"x": 1, "$$hashKey": "k"}, "text"], "new": True}
    assert make_noise(document, rows, Dice("s"), whole=document, probability=0.0) == []


def test_dice_repeat() -> None:
    one, two, other = (Dice(seed) for seed in ("a", "a", "b"))
    thrown = [[dice.below(1000) for _ in range(5)] for dice in (one, two, other)]
    assert thrown[0] == thrown[1] != thrown[2]


def test_keys_of_the_interface_go_at_any_depth() -> None:
    document = {"$a": 1, "b": [{"__c": 1, "d": {"$$hashKey": 1, "e_$": 2}}]}
    assert without_ui_keys(document) == {"b": [{"d": {"e_$": 2}}]}


def test_edits_leave_their_argument_alone() -> None:
    document = {"a": [1, 2], "b": {"c/d": 1}}
    edits: list[dict[str, Any]] = [
        {"op": "add", "path": "/a/0", "value": 0},
        {"op": "remove", "path": "/b/c~1d"},
        {"op": "add", "path": "/a/-", "value": 3},
    ]
    assert apply_edits(document, edits) == {"a": [0, 1, 2, 3], "b": {}}
    assert document == {"a": [1, 2], "b": {"c/d": 1}}


@pytest.mark.parametrize(
    "edit",
    [
        {"op": "replace", "path": "/a/7", "value": 1},
        {"op": "remove", "path": "/x"},
        {"op": "add", "path": "/a/x", "value": 1},
        {"op": "add", "path": "/b/0/1", "value": 1},
        {"op": "test", "path": "/a"},
    ],
)
def test_edits_that_do_not_fit_are_refused(edit: dict[str, Any]) -> None:
    with pytest.raises(DssError):
        apply_edits({"a": [1, 2], "b": 1}, [edit])
