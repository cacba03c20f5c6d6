"""What people write in recipes, family by family: its normal form, what it means in DSS, and what is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest

from dataiku_iac.config.files import MemoryTree
from dataiku_iac.config.loading import load_configuration
from dataiku_iac.core.address import Address
from dataiku_iac.core.canonical import JsonObject
from dataiku_iac.core.errors import ConfigError
from dataiku_iac.resources.recipe_fields import complete_recipe, parse_recipe
from dataiku_iac.resources.recipe_payloads import dump_payload, parse_payload
from dataiku_iac.resources.recipes import RecipeKind
from dataiku_iac.resources.registry import KINDS

KIND = RecipeKind()
ADDRESS = Address("recipe", "CRM", "r")
ENDS: JsonObject = {"inputs": ["A", "B", "C"], "outputs": ["OUT"]}


def payload_of(spec: JsonObject) -> Any:
    definition: Any = KIND.expand({**ENDS, **spec}, ADDRESS)["definition"]
    return definition.get("payload")


@pytest.mark.parametrize(
    ("spec", "payload"),
    [
        (
            {
                "type": "join",
                "inputs": ["A", "B"],
                "join": "left",
                "on": ["id", {"left": "a", "right": "b", "operator": "gte"}],
            },
            {
                "joins": [
                    {
                        "table1": 0,
                        "table2": 1,
                        "type": "LEFT",
                        "on": [
                            {
                                "type": "EQ",
                                "column1": {"name": "id", "table": 0},
                                "column2": {"name": "id", "table": 1},
                            },
                            {"type": "GTE", "column1": {"name": "a", "table": 0}, "column2": {"name": "b", "table": 1}},
                        ],
                    }
                ],
                "virtualInputs": [{"index": 0}, {"index": 1}],
            },
        ),
        (
            {
                "type": "join",
                "joins": [{"type": "inner", "on": []}, {"left": "B", "type": "cross"}],
                "tables": {"C": {"filter": "x > 0", "prefix": "c_"}},
                "select": [{"A": ["id", {"score": "score_1"}]}, {"C": ["name"]}],
            },
            {
                "joins": [
                    {"table1": 0, "table2": 1, "type": "INNER", "on": []},
                    {"table1": 1, "table2": 2, "type": "CROSS"},
                ],
                "virtualInputs": [
                    {"index": 0},
                    {"index": 1},
                    {
                        "index": 2,
                        "preFilter": {"enabled": True, "uiData": {"mode": "CUSTOM"}, "expression": "x > 0"},
                        "prefix": "c_",
                    },
                ],
                "selectedColumns": [
                    {"name": "id", "table": 0},
                    {"name": "score", "table": 0, "alias": "score_1"},
                    {"name": "name", "table": 2},
                ],
            },
        ),
        (
            {"type": "grouping", "filter": [["a", ">=", 1], ["b", "is empty"], ["c", "contains", "x"]], "count": True},
            {
                "globalCount": True,
                "preFilter": {
                    "enabled": True,
                    "uiData": {
                        "mode": "&&",
                        "conditions": [
                            {"input": "a", "operator": ">= [number]", "num": 1},
                            {"input": "b", "operator": "is empty"},
                            {"input": "c", "operator": "contains", "string": "x"},
                        ],
                    },
                },
            },
        ),
        (
            {"type": "sort", "filter": {"any": [["a", "==", "x"]], "distinct": True}, "order_by": ["a", {"b": "desc"}]},
            {
                "preFilter": {
                    "distinct": True,
                    "enabled": True,
                    "uiData": {"mode": "||", "conditions": [{"input": "a", "operator": "== [string]", "string": "x"}]},
                },
                "orders": [{"column": "a", "desc": False}, {"column": "b", "desc": True}],
            },
        ),
        (
            {
                "type": "topn",
                "keys": ["a"],
                "order_by": [{"b": "desc"}],
                "top": 3,
                "ranks": ["rank"],
                "retrieve": "all",
            },
            {
                "keys": ["a"],
                "orders": [{"column": "b", "desc": True}],
                "firstRows": 3,
                "rank": True,
                "retrievedColumnsSelectionMode": "ALL",
            },
        ),
        (
            {
                "type": "window",
                "partition_by": ["a"],
                "order_by": ["d"],
                "frame": {"preceding": 7, "following": 0},
                "aggregations": {"x": ["sum"]},
                "retrieve": ["a", "x"],
            },
            {
                "windows": [
                    {
                        "enablePartitioning": True,
                        "partitioningColumns": ["a"],
                        "enableOrdering": True,
                        "orders": [{"column": "d", "desc": False}],
                        "enableLimits": True,
                        "limitPreceding": True,
                        "precedingRows": 7,
                        "limitFollowing": True,
                        "followingRows": 0,
                    }
                ],
                "values": [{"column": "a", "value": True}, {"column": "x", "sum": True, "value": True}],
            },
        ),
        (
            {
                "type": "split",
                "outputs": ["X", "Y"],
                "mode": "values",
                "column": "c",
                "splits": [{"value": 1, "to": "Y"}],
                "others": "drop",
            },
            {
                "mode": "VALUES",
                "column": "c",
                "valueSplits": [{"value": 1, "outputIndex": 1}],
                "defaultOutputIndex": -1,
            },
        ),
        (
            {"type": "vstack", "mode": "union", "columns": ["a"], "origin_column": "from"},
            {
                "mode": "UNION",
                "virtualInputs": [{"index": 0}, {"index": 1}, {"index": 2}],
                "selectedColumns": ["a"],
                "addOriginColumn": True,
                "originColumnName": "from",
            },
        ),
        (
            {"type": "pivot", "rows": ["a"], "columns": ["b"], "values": [{"c": ["sum"]}], "limit": "top_n", "top": 9},
            {
                "explicitIdentifiers": ["a"],
                "pivots": [
                    {
                        "keyColumns": ["b"],
                        "valueColumns": [{"column": "c", "sum": True}],
                        "valueLimit": "TOP_N",
                        "topnLimit": 9,
                    }
                ],
            },
        ),
        (
            {"type": "sampling", "filter": "a > 0"},
            {"enabled": True, "uiData": {"mode": "CUSTOM"}, "expression": "a > 0"},
        ),
        (
            {
                "type": "shaker",
                "steps": [{"formula": {"t": "a * b"}, "comment": "why"}, {"group": "G", "steps": [{"keep": ["a"]}]}],
            },
            {
                "steps": [
                    {
                        "type": "CreateColumnWithGREL",
                        "params": {"column": "t", "expression": "a * b"},
                        "comment": "why",
                    },
                    {
                        "metaType": "GROUP",
                        "name": "G",
                        "steps": [
                            {
                                "type": "ColumnsSelector",
                                "params": {"columns": ["a"], "appliesTo": "SINGLE_COLUMN", "keep": True},
                            }
                        ],
                    },
                ]
            },
        ),
        (
            {"type": "distinct", "keys": ["a"], "all_columns": False},
            {"keys": [{"column": "a"}], "selectAllColumns": False},
        ),
    ],
    ids=lambda value: str(value.get("type", "")) if isinstance(value, dict) else "",
)
def test_what_short_forms_mean(spec: JsonObject, payload: JsonObject) -> None:
    assert payload_of(spec) == payload
    whole = {**ENDS, **spec}
    assert KIND.normal(whole, ADDRESS) == whole
    assert not KIND.check(whole, ADDRESS)


@pytest.mark.parametrize(
    ("spec", "normal"),
    [
        (
            {"type": "join", "inputs": ["A", "B"], "joins": [{"type": "LEFT", "on": ["x"]}]},
            {"join": "left", "on": ["x"]},
        ),
        ({"type": "sort", "filter": {"all": [["a", "==", 1]]}}, {"filter": [["a", "==", 1]]}),
        ({"type": "sort", "filter": {"formula": "a"}}, {"filter": "a"}),
        ({"type": "vstack", "mode": "UNION", "tables": [{"input": i} for i in "ABC"]}, {"mode": "union"}),
        (
            {"type": "split", "outputs": ["X"], "mode": "RANDOM", "splits": [{"share": 5, "to": 0}]},
            {"mode": "random", "splits": [{"share": 5, "to": "X"}]},
        ),
        ({"type": "CustomCode_x", "params": {"customConfig": {"a": 1}}}, {"config": {"a": 1}}),
        ({"type": "sampling", "params": {"selection": {"samplingMethod": "FULL"}}}, {"sample": "full"}),
        ({"type": "sampling", "sample": {"ratio": 0.1}}, {"sample": {"ratio": 0.1}}),
        ({"type": "python", "container": {"mode": "NONE"}}, {"container": {"mode": "none"}}),
        ({"type": "window", "windows": [{"order_by": ["a"]}]}, {"order_by": ["a"]}),
        (
            {"type": "grouping", "aggregations": {"a": ["mean", "count_distinct"]}},
            {"aggregations": {"a": ["avg", "countDistinct"]}},
        ),
    ],
)
def test_several_writings_have_one_normal_form(spec: JsonObject, normal: JsonObject) -> None:
    found = KIND.normal({**ENDS, **spec}, ADDRESS)
    rest = {key: value for key, value in found.items() if key not in ("type", "inputs", "outputs")}
    assert rest == normal


@pytest.mark.parametrize(
    ("spec", "code", "word"),
    [
        ({"type": "join", "joins": [{"left": "X", "on": ["a"]}]}, "bad-form", "joins[0].left"),
        ({"type": "join", "on": ["a"], "tables": {"X": {}}}, "bad-form", "tables.X"),
        ({"type": "join", "on": ["a"], "select": [{"X": ["a"]}]}, "bad-form", "select[0].X"),
        ({"type": "join", "on": ["a"], "joins": []}, "bad-form", "joins"),
        ({"type": "sort", "filter": [["a", "=", 1]]}, "bad-form", "filter[0]"),
        ({"type": "sort", "filter": [["a", ">"]]}, "bad-form", "without a value"),
        ({"type": "sort", "filter": {"all": [], "formula": "x"}}, "bad-form", "all and formula"),
        ({"type": "split", "mode": "values", "splits": [{"to": "X"}]}, "bad-form", "splits[0].to"),
        ({"type": "split", "splits": []}, "bad-form", "they need a mode"),
        ({"type": "split", "mode": "random", "others": "X"}, "bad-form", "others"),
        ({"type": "window", "windows": [], "frame": {}}, "bad-form", "windows"),
        ({"type": "sampling", "sample": {"first": 1, "ratio": 0.1}}, "bad-form", "first and ratio"),
        ({"type": "shaker", "steps": [{"keep": ["a"], "remove": ["b"]}]}, "bad-form", "keep and remove"),
        ({"type": "sort", "joins": []}, "wrong-form", "joins"),
        ({"type": "join", "on": ["a"], "payload": {"joins": []}}, "declared-twice", "payload.joins"),
        ({"type": "sampling", "sample": "full", "params": {"selection": {}}}, "declared-twice", "params.selection"),
        ({"type": "split", "mode": "random", "column": "a"}, "unused-setting", "payload.column"),
        (
            {"type": "sort", "payload": {"preFilter": {"expression": "a"}}},
            "unused-setting",
            "payload.preFilter.expression",
        ),
    ],
)
def test_forms_that_cannot_be_meant_are_refused(spec: JsonObject, code: str, word: str) -> None:
    found = [problem for problem in KIND.check({**ENDS, **spec}, ADDRESS) if problem.code == code]
    assert [problem for problem in found if word in problem.detail]


def test_a_wrong_form_in_a_file_is_a_finding_with_its_place() -> None:
    files = {
        "p.yml": "project: {key: CRM}\ndatasets: [{name: A, type: Inline}, {name: B, type: Inline}]\n"
        "recipes:\n  - {name: r, type: sort, inputs: [A], outputs: [B], order_by: [{a: down}]}\n"
    }
    with pytest.raises(ConfigError, match=r"p\.yml:4"):
        load_configuration(MemoryTree(files), KINDS)


def test_on_is_a_word_not_a_boolean() -> None:
    text = (
        "project: {key: CRM}\ndatasets: [{name: A, type: Inline}, {name: B, type: Inline}, {name: C, type: Inline}]\n"
        + ("recipes:\n- name: r\n  type: join\n  inputs: [A, B]\n  outputs: [C]\n  join: inner\n  on: [on, yes, no]\n")
    )
    found = load_configuration(MemoryTree({"p.yml": text}), KINDS).resources[ADDRESS].spec
    assert found["on"] == ["on", "yes", "no"]


# --- leftovers ---


def test_settings_of_other_modes_are_neither_declared_nor_lost() -> None:
    stored = {
        "mode": "RANDOM",
        "randomSplits": [{"share": 80, "outputIndex": 0}],
        "valueSplits": [{"value": "x", "outputIndex": 0}],
        "column": "day",
        "preFilter": {"enabled": False, "distinct": False, "uiData": {"mode": "&&", "conditions": []}},
    }
    payload = parse_payload("split", json.dumps(stored))
    document: dict[str, Any] = {
        "definition": {"recipe": {"type": "split", "outputs": {"main": {"items": [{"ref": "X"}]}}}, "payload": payload}
    }
    spec = KIND.declare(document, ADDRESS)
    assert spec == {"type": "split", "outputs": ["X"], "mode": "random", "splits": [{"share": 80, "to": "X"}]}
    after: Any = KIND.put(
        document, {**spec, "mode": "values", "column": "c", "splits": [{"value": 1, "to": "X"}]}, ADDRESS, before=spec
    )
    sent = json.loads(dump_payload("split", after["definition"]["payload"]))
    assert (sent["mode"], sent["column"], sent["valueSplits"][0]["value"]) == ("VALUES", "c", 1)
    assert sent["preFilter"]["uiData"] == {"mode": "&&", "conditions": []}
    assert "$unused" not in json.dumps(sent)


def test_unused_sizes_of_a_sample_come_back() -> None:
    recipe: dict[str, Any] = {
        "type": "sampling",
        "params": {"selection": {"samplingMethod": "FULL", "maxRecords": 7, "targetRatio": 0.5}},
    }
    parsed = parse_recipe(recipe)
    assert KIND.declare({"definition": {"recipe": parsed}}, ADDRESS) == {"type": "sampling", "sample": "full"}
    assert complete_recipe(parsed)["params"] == recipe["params"]


def test_a_creation_is_complete() -> None:
    sent = json.loads(dump_payload("join", payload_of({"type": "join", "inputs": ["A", "B"], "on": ["id"]}), new=True))
    assert sent["joins"][0]["type"] == "LEFT"
    assert sent["joins"][0]["conditionsMode"] == "AND"
    assert sent["selectedColumns"] == []
    assert {table["outputColumnsSelectionMode"] for table in sent["virtualInputs"]} == {"AUTO_NON_CONFLICTING"}
    assert sent["virtualInputs"][1]["preFilter"] == {"distinct": False, "enabled": False}
    topn: JsonObject = {"type": "topn", "keys": ["a"], "top": 1}
    assert json.loads(dump_payload("topn", payload_of(topn), new=True))["retrievedColumnsSelectionMode"] == "ALL"
    grouped = json.loads(dump_payload("grouping", payload_of({"type": "grouping", "keys": ["a"]})))
    assert grouped["enlargeYourBits"] is True
