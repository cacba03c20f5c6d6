from __future__ import annotations

import pytest

from dataiku_iac.core.fields import PLAIN, Effect, Field, Rules, RulesNode


def at(rules: Rules, path: str) -> RulesNode:
    node = rules.root
    for part in path.split("."):
        node = node.child(part)
    return node


def test_a_named_key_beats_a_star() -> None:
    rules = Rules({"a.*": Field(default=1), "a.b": Field(default=2), "a.*.x": Field(default=3)})
    assert at(rules, "a.b").field.default == 2
    assert at(rules, "a.other").field.default == 1
    assert at(rules, "a.b.x").field.default == 3  # the star's rows hold below a named key as well


def test_what_no_row_names_is_plain() -> None:
    assert at(Rules({"a.b": Field(ignored=True)}), "a").field is PLAIN
    assert at(Rules({"a.b": Field(ignored=True)}), "a.c.d").field is PLAIN


def test_list_elements_and_keys_share_the_star() -> None:
    rules = Rules({"steps.*.id": Field(server_owned=True)})
    assert rules.root.child("steps").child("*").hides("id", "x")
    assert rules.root.child("steps").child("0").hides("id", "x")


@pytest.mark.parametrize(
    ("table", "key", "value", "hidden"),
    [
        ({"a": Field(server_owned=True)}, "a", 1, True),
        ({"a": Field(ignored=True)}, "a", 1, True),
        ({"a": Field(secret=True)}, "a", 1, True),
        ({"a": Field(default=1)}, "a", 1, False),
        ({}, "password", "x", True),
        ({}, "password", "", False),
        ({}, "url", "https://bob:pw@host/x", True),
        ({}, "url", "https://host/x?mail=a@b", False),
        ({}, "note", "mail bob: x@y", False),
        ({}, "$status", {}, False),
    ],
)
def test_what_is_hidden(table: dict[str, Field], key: str, value: object, hidden: bool) -> None:  # noqa: FBT001 - a row
    assert Rules(table).root.hides(key, value) is hidden  # type: ignore[arg-type] # any JSON


def test_editor_noise_is_hidden_at_any_depth() -> None:
    rules = Rules({"payload": Field(drops_noise=True)})
    below = at(rules, "payload.steps.*")
    assert below.hides("$status", {})
    assert below.hides("__open", True)
    assert not rules.root.hides("$status", {})
    assert "editor" in below.reason("$status", {})


def test_effect_and_immutability_hold_below() -> None:
    rules = Rules({"a": Field(effect=Effect.REBUILD, immutable=True), "a.b": Field(effect=Effect.DATA_LOSS)})
    assert at(rules, "a.c.d").effect is Effect.REBUILD
    assert at(rules, "a.b").effect is Effect.DATA_LOSS
    assert at(rules, "a.b").immutable


def test_reasons() -> None:
    rules = Rules({"a": Field(ignored=True, reason="why not"), "t": Field(reserved="iac:", reason="ours")})
    assert rules.root.reason("a", 1) == "why not"
    assert "credential" in rules.root.reason("token", "x")
    assert rules.root.child("t").reason("iac:x", {}) == "ours"
