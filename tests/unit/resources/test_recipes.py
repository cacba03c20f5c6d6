from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dataiku_iac.core.address import Address
from dataiku_iac.core.canonical import Json, JsonObject
from dataiku_iac.core.errors import Defect, UnexpectedShape
from dataiku_iac.core.kind import FileField
from dataiku_iac.core.mentions import find_mentions, rewrite_mentions
from dataiku_iac.core.resource import Relation
from dataiku_iac.resources.recipe_fields import RECIPE_TABLE, complete_recipe
from dataiku_iac.resources.recipe_io import end_refs, expand_ends, shorten_ends
from dataiku_iac.resources.recipe_payloads import dump_payload, parse_payload
from dataiku_iac.resources.recipe_types import RECIPE_TYPES, PayloadForm
from dataiku_iac.resources.recipes import RecipeKind
from tests.unit.resources.scripted_node import Asked, ScriptedNode

KIND = RecipeKind()
ADDRESS = Address("recipe", "CRM", "prep")
ENDS: JsonObject = {"inputs": ["RAW"], "outputs": ["CLEAN"]}
HEAD: JsonObject = {
    "name": "prep",
    "projectKey": "CRM",
    "type": "python",
    "inputs": {"main": {"items": [{"ref": "RAW", "deps": []}]}},
    "outputs": {"main": {"items": [{"ref": "CLEAN", "appendMode": False}]}},
    "versionTag": {"versionNumber": 3, "lastModifiedOn": 17},
}


def document(recipe: JsonObject, payload: Json = "") -> JsonObject:
    return {"definition": {"recipe": recipe, "payload": payload}}


# --- inputs and outputs ---


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("A", ["A"]),
        (["A", "B"], ["A", "B"]),
        ([{"ref": "A"}], ["A"]),
        ({"main": ["A"]}, ["A"]),
        ({"main": "A", "side": ["B"]}, {"main": ["A"], "side": ["B"]}),
        ([{"ref": "A", "role": "side"}, "B"], {"side": ["A"], "main": ["B"]}),
        ([{"ref": "A", "append": True}], [{"ref": "A", "append": True}]),
        ([{"ref": "A", "appendMode": True}], [{"ref": "A", "append": True}]),
        ([{"ref": "A", "deps": [{"func": "equals"}]}], [{"ref": "A", "partitions": [{"func": "equals"}]}]),
        ({"main": {"items": [{"ref": "A", "deps": []}]}}, [{"ref": "A", "partitions": []}]),
        ({"side": []}, []),
        ([], []),
        ({}, []),
    ],
)
def test_normal_form_of_ends(written: Json, normal: Json) -> None:
    assert shorten_ends(expand_ends(written)) == normal
    assert shorten_ends(expand_ends(normal)) == normal


ITEM = st.fixed_dictionaries(
    {"ref": st.text(min_size=1, max_size=4)},
    optional={
        "deps": st.lists(st.just({"func": "equals"}), max_size=2),
        "appendMode": st.booleans(),
        "new": st.integers(),
    },
)
ROLE = st.fixed_dictionaries({"items": st.lists(ITEM, min_size=1, max_size=3)}, optional={"newKey": st.integers()})


@settings(deadline=None, suppress_health_check=list(HealthCheck))
@given(st.dictionaries(st.sampled_from(["main", "side", "model"]), ROLE))
def test_short_ends_lose_nothing(ends: JsonObject) -> None:
    assert expand_ends(shorten_ends(ends)) == ends


@pytest.mark.parametrize(
    "odd", [{"main": 1}, {"main": {"items": [1]}}, {"main": {"items": [{"deps": []}]}}, {"main": {}}]
)
def test_ends_that_no_short_form_says_stay_as_they_are(odd: JsonObject) -> None:
    assert expand_ends(shorten_ends(odd)) == odd


def test_places_of_ends() -> None:
    assert list(end_refs(["A", "B"])) == [("main", "A", "[0]"), ("main", "B", "[1]")]
    assert list(end_refs({"side": ["B"]})) == [("side", "B", ".side[0]")]


def test_an_end_that_is_no_longer_declared_is_removed() -> None:
    live: JsonObject = {
        "main": {"items": [{"ref": "RAW", "deps": []}]},
        "side": {"items": [{"ref": "OLD", "deps": []}]},
        "empty": {"items": []},
    }
    found = KIND.put(document({"inputs": live}), {"inputs": ["RAW"]}, ADDRESS)
    assert found == document({"inputs": {"main": live["main"], "empty": {"items": []}}})


# --- payloads ---


@pytest.mark.parametrize(
    ("kind", "text", "parsed"),
    [
        ("python", "a = 1\r\nb", "a = 1\nb"),
        ("python", '{"a": 1}', '{"a": 1}'),
        ("sort", '{"orders": []}', {"orders": []}),
        ("sort", "", ""),
        ("sort", None, ""),
        ("sort", "{broken", "{broken"),
        ("sort", '{"a": NaN}', '{"a": NaN}'),
        ("sort", '{"a": 1e999}', '{"a": 1e999}'),
        ("sort", "[1]", "[1]"),
        ("sync", "", ""),
        ("CustomCode_x", '{"a": 1}', {"a": 1}),
        (
            "grouping",
            '{"values": [{"column": "a"}, {"column": "b", "sum": true}]}',
            {"values": [{"column": "b", "sum": True}], "$unselected": [{"column": "a"}]},
        ),
        (
            "grouping",
            '{"values": [{"customExpr": "x", "customName": "y"}]}',
            {"values": [{"customExpr": "x", "customName": "y"}]},
        ),
    ],
)
def test_parse_payload(kind: str, text: str | None, parsed: Json) -> None:
    assert parse_payload(kind, text) == parsed


@settings(deadline=None, suppress_health_check=list(HealthCheck))
@given(st.dictionaries(st.text(), st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists)))
def test_dumped_payload_is_parsed_back(payload: JsonObject) -> None:
    assert parse_payload("CustomCode_x", dump_payload("CustomCode_x", payload)) == payload
    payload = {"x": 1, **payload}
    filled = parse_payload("join", dump_payload("join", payload))
    assert KIND.stripped(document({"type": "join"}, filled)) == KIND.stripped(document({"type": "join"}, payload))


def test_dumped_payload_does_not_depend_on_key_order() -> None:
    assert dump_payload("join", {"a": 1, "b": 2}) == dump_payload("join", {"b": 2, "a": 1})
    assert dump_payload("sync", None) == ""


def test_prepare_steps_are_sent_complete() -> None:
    sent = json.loads(dump_payload("shaker", {"steps": [{"type": "ColumnRenamer", "params": {}}]}))
    assert sent["steps"][0]["metaType"] == "PROCESSOR"


def test_noise_of_the_editor_is_not_declared_and_not_touched() -> None:
    payload: JsonObject = {
        "steps": [{"type": "X", "params": {"$$hashKey": "1", "a": 1}, "preview": True, "metaType": "PROCESSOR"}],
        "explorationSampling": {"selection": {"maxRecords": 10}},
        "$status": {"ok": True},
    }
    live = document({"type": "shaker"}, payload)
    assert KIND.declare(live, ADDRESS) == {"type": "shaker", "steps": [{"type": "X", "params": {"a": 1}}]}
    assert KIND.put(live, KIND.declare(live, ADDRESS), ADDRESS) == live


# --- spec forms ---


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ({"type": "Prepare"}, {"type": "shaker"}),
        ({"type": "stack"}, {"type": "vstack"}),
        ({"type": "group"}, {"type": "grouping"}),
        ({"type": "SQL"}, {"type": "sql_query"}),
        ({"type": "CustomCode_My"}, {"type": "CustomCode_My"}),
        ({"type": "python", "code": "a\r\n"}, {"type": "python", "code": "a\n"}),
        (
            {"type": "python", "params": {"envSelection": {"envMode": "EXPLICIT_ENV", "envName": "py311"}}},
            {"type": "python", "code_env": "py311"},
        ),
        (
            {
                "type": "python",
                "params": {"containerSelection": {"containerMode": "EXPLICIT_CONTAINER", "containerConf": "k"}},
            },
            {"type": "python", "container": "k"},
        ),
        (
            {"type": "python", "params": {"envSelection": {"envMode": "USE_BUILTIN_MODE"}}},
            {"type": "python", "code_env": {"mode": "use_builtin_mode"}},
        ),
        ({"type": "shaker", "engine": "spark"}, {"type": "shaker", "engine": "SPARK"}),
        ({"type": "shaker", "params": {"engineType": "SQL"}}, {"type": "shaker", "engine": "SQL"}),
        ({"type": "join", "payload": {"engineType": "SQL"}}, {"type": "join", "engine": "SQL"}),
        (
            {"type": "grouping", "keys": ["country"], "aggregations": {"amount": ["avg", "sum"]}},
            {"type": "grouping", "keys": ["country"], "aggregations": {"amount": ["sum", "avg"]}},
        ),
        (
            {"type": "grouping", "payload": {"values": [{"column": "a", "first": True, "orderColumn": "d"}]}},
            {"type": "grouping", "aggregations": {"a": {"first": True, "orderColumn": "d"}}},
        ),
        (
            {"type": "grouping", "aggregations": {"a": ["count_distinct"]}},
            {"type": "grouping", "aggregations": {"a": ["countDistinct"]}},
        ),
        (
            {"type": "grouping", "payload": {"values": [{"customExpr": "1", "customName": "x"}]}},
            {"type": "grouping", "aggregations": {"x": {"expr": "1"}}},
        ),
        (
            {"type": "topn", "payload": {"keys": ["a"], "firstRows": 3}},
            {"type": "topn", "keys": ["a"], "top": 3},
        ),
        ({"type": "distinct", "keys": ["a"]}, {"type": "distinct", "keys": ["a"]}),
        ({"type": "join", "payload": "not json"}, {"type": "join", "payload": "not json"}),
    ],
)
def test_normal_form(written: JsonObject, normal: JsonObject) -> None:
    assert KIND.normal(written, ADDRESS) == normal
    assert KIND.normal(normal, ADDRESS) == normal


def test_grouping_form_stands_for_the_payload() -> None:
    spec: JsonObject = {"type": "grouping", "keys": ["c"], "aggregations": {"a": ["sum"]}}
    assert KIND.expand(spec, ADDRESS) == document(
        {"type": "grouping"}, {"keys": [{"column": "c"}], "values": [{"column": "a", "sum": True}]}
    )


def test_fields_of_newer_versions_survive() -> None:
    live: JsonObject = {"definition": {"recipe": {"type": "sort", "new": 1}, "payload": {"new": 2}, "beside": 3}}
    spec = KIND.declare(live, ADDRESS)
    assert KIND.put(live, spec, ADDRESS) == live
    assert KIND.expand(spec, ADDRESS) == live


@pytest.mark.parametrize(
    ("spec", "code"),
    [
        ({"type": "python", "code": "a", "payload": {"a": 1}}, {"code-and-payload", "payload-of-code"}),
        ({"type": "join", "code": "a"}, {"no-code"}),
        ({"type": "python", "engine": "SPARK"}, {"no-engine"}),
        ({"type": "python", "code_env": "a", "params": {"envSelection": {}}}, {"declared-twice"}),
        ({"type": "python", "container": "a", "params": {"containerSelection": {}}}, {"declared-twice"}),
        ({"type": "shaker", "engine": "DSS", "params": {"engineType": "SQL"}}, {"declared-twice"}),
        ({"type": "join", "engine": "DSS", "payload": {"engineType": "SQL"}}, {"declared-twice"}),
        ({"type": "grouping", "keys": ["a"], "payload": {"keys": []}}, {"declared-twice"}),
        ({"type": "shaker", "steps": [], "payload": "text"}, {"declared-twice"}),
        ({"type": "join", "keys": ["a"]}, {"wrong-form"}),
        ({"type": "sort", "inputs": []}, {"missing-inputs"}),
        ({"type": "python", "outputs": []}, {"missing-outputs"}),
        ({"type": "sort", "outputs": ["A", "B"]}, {"too-many-outputs"}),
    ],
)
def test_check_refuses(spec: JsonObject, code: set[str]) -> None:
    assert {problem.code for problem in KIND.check({**ENDS, **spec}, ADDRESS)} == code


def test_check_accepts() -> None:
    for kind in ("python", "split", "join", "CustomCode_x"):
        assert not KIND.check({**ENDS, "type": kind}, ADDRESS)
    assert not KIND.check({"type": "python", "outputs": ["A"]}, ADDRESS)
    assert not KIND.check({**ENDS, "type": "split", "outputs": ["A", "B"]}, ADDRESS)


@pytest.mark.parametrize(
    ("kind", "extension"),
    [("python", ".py"), ("SQL", ".sql"), ("r", ".r"), ("shell", ".shell"), ("CustomCode_x", ".json")],
)
def test_extension_of_the_code_file(kind: str, extension: str) -> None:
    assert KIND.file_extension({"type": kind}, KIND.files[0]) == extension
    assert KIND.files == (FileField("code", "code_file", "recipes"),)


def test_references() -> None:
    spec: JsonObject = {
        "type": "prediction_scoring",
        "zone": "ml",
        "inputs": {"main": ["RAW", "OTHER.SHARED"], "model": ["model:Churn"]},
        "outputs": ["folder:exports"],
    }
    assert [(str(r.to), r.relation, r.path) for r in KIND.references(spec, ADDRESS)] == [
        ("zone.CRM.ml", Relation.NEEDS, "zone"),
        ("dataset.CRM.RAW", Relation.READS, "inputs.main[0]"),
        ("dataset.OTHER.SHARED", Relation.READS, "inputs.main[1]"),
        ("saved_model.CRM.Churn", Relation.READS, "inputs.model[0]"),
        ("folder.CRM.exports", Relation.WRITES, "outputs[0]"),
    ]
    training: JsonObject = {"type": "prediction_training", "inputs": ["T"], "outputs": ["model:Churn"]}
    assert [str(r.to) for r in KIND.references(training, ADDRESS)] == ["dataset.CRM.T", "saved_model.CRM.Churn"]


def test_mentions_reach_params_and_payload() -> None:
    spec: JsonObject = {
        "type": "shaker",
        "inputs": ["RAW"],
        "outputs": ["folder:x"],
        "code_env": "py311",
        "container": "k8s",
        "steps": [
            {"type": "PythonUDF", "params": {"envSelection": {"envName": "udf"}}},
            {"metaType": "GROUP", "steps": [{"type": "MemoryEquiJoiner", "params": {"rightInput": "LOOKUP"}}]},
        ],
    }
    found = KIND.expand(spec, ADDRESS)
    assert {(m.sort, m.value) for m in find_mentions(found, KIND.mentions)} == {
        ("computable", "RAW"),
        ("computable", "folder:x"),
        ("computable", "LOOKUP"),
        ("code_env", "py311"),
        ("code_env", "udf"),
        ("container", "k8s"),
    }
    renamed = rewrite_mentions(
        found, KIND.mentions, lambda sort, value: f"{sort}:{value}" if sort == "code_env" else value
    )
    assert isinstance(renamed, dict)
    assert KIND.shorten(renamed, ADDRESS)["code_env"] == "code_env:py311"


# --- calls ---


def test_list_gives_heads() -> None:
    node = ScriptedNode({"GET /projects/CRM/recipes/": [HEAD]})
    (live,) = KIND.list(node, "CRM")
    assert (live.name, live.version, live.complete) == ("prep", "3@17", False)
    assert len(node.asked) == 2


def test_read() -> None:
    node = ScriptedNode({"GET /projects/CRM/recipes/prep": {"recipe": HEAD, "payload": "a = 1"}})
    live = KIND.read(node, "CRM", "prep", frozenset({"definition"}))
    assert live is not None
    assert live.document == document(HEAD, "a = 1")
    assert len(node.asked) == 1


@pytest.mark.parametrize("answer", [{}, None, {"payload": ""}])
def test_answer_without_recipe_is_absence_only_if_metadata_are_missing_too(answer: Json) -> None:
    absent = ScriptedNode({"GET /projects/CRM/recipes/prep": answer})
    assert KIND.read(absent, "CRM", "prep", frozenset()) is None
    odd = ScriptedNode({"GET /projects/CRM/recipes/prep": answer, "GET /projects/CRM/recipes/prep/metadata": {}})
    with pytest.raises(UnexpectedShape, match="without its definition"):
        KIND.read(odd, "CRM", "prep", frozenset())


def test_not_found_is_absence() -> None:
    assert KIND.read(ScriptedNode(), "CRM", "prep", frozenset()) is None


def test_create_is_raw_with_payload_and_one_call() -> None:
    node = ScriptedNode({"POST /projects/CRM/recipes/": {"name": "prep"}})
    spec: JsonObject = {**ENDS, "type": "extract_content", "payload": {"a": 1}}
    assert KIND.create(node, "CRM", "prep", KIND.expand(spec, ADDRESS)) == "prep"
    (call,) = node.asked
    assert isinstance(call.body, dict)
    assert call.body["creationSettings"] == {"rawCreation": True, "rawPayload": '{\n  "a": 1\n}'}
    assert call.body["recipePrototype"] == {
        "type": "extract_content",
        "name": "prep",
        "projectKey": "CRM",
        "inputs": {"main": {"items": [{"ref": "RAW", "deps": []}]}},
        "outputs": {"main": {"items": [{"ref": "CLEAN", "appendMode": False}]}},
    }


def test_create_returns_the_name_the_node_chose() -> None:
    document = KIND.expand({**ENDS, "type": "prediction_scoring"}, ADDRESS)
    node = ScriptedNode({"POST /projects/CRM/recipes/": {"name": "score_RAW"}})
    assert KIND.create(node, "CRM", "prep", document) == "score_RAW"
    with pytest.raises(UnexpectedShape, match='a text under "name"'):
        KIND.create(ScriptedNode(), "CRM", "prep", document)


def test_write_always_sends_the_payload() -> None:
    node = ScriptedNode()
    KIND.write(node, "CRM", "prep", "definition", document(HEAD, "a = 1"))
    (call,) = node.asked
    assert (call.verb, call.path) == ("PUT", "/projects/CRM/recipes/prep")
    assert isinstance(call.body, dict)
    assert call.body["payload"] == "a = 1"
    with pytest.raises(Defect, match="without its payload"):
        KIND.write(node, "CRM", "prep", "definition", {"definition": {"recipe": HEAD}})


def test_write_zone_and_delete() -> None:
    node = ScriptedNode()
    KIND.write(node, "CRM", "prep", "zone", {"zone": "z1"})
    KIND.delete(node, "CRM", "prep", drop_data=True)
    assert node.asked == [
        Asked("POST", "/projects/CRM/flow/zones/z1/add-items", [{"objectId": "prep", "objectType": "RECIPE"}]),
        Asked("DELETE", "/projects/CRM/recipes/prep"),
    ]


# --- tables ---


@pytest.mark.parametrize("kind", [*RECIPE_TYPES, "CustomCode_x"])
def test_what_creation_adds_is_exactly_what_the_table_folds(kind: str) -> None:
    recipe = {**HEAD, "type": kind, "inputs": {"main": {"items": [{"ref": "RAW"}]}}}
    assert KIND.stripped(document(complete_recipe(recipe))) == KIND.stripped(document(recipe))


def test_types() -> None:
    for kind, known in RECIPE_TYPES.items():
        assert kind == kind.lower()
        assert known.extension.startswith(".")
        assert known.engine is None or known.payload is not PayloadForm.CODE


def test_every_suppressed_field_has_a_reason() -> None:
    assert [path for path, row in RECIPE_TABLE.items() if row.hidden and not row.reason] == []


# --- short ways to a proof ---

RECIPE = "/projects/CRM/recipes/prep"
ZONE: JsonObject = {
    "id": "z1",
    "items": [{"objectId": "prep", "objectType": "RECIPE"}, {"objectId": "prep", "objectType": "DATASET"}],
}
OTHER: JsonObject = {"id": "z2", "items": [{"objectId": "prep", "objectType": "DATASET"}]}


def test_a_recipe_that_is_probably_absent_costs_one_call() -> None:
    node = ScriptedNode()
    assert KIND.look_for(node, "CRM", "prep", frozenset({"definition"})) is None
    assert node.asked == [Asked("GET", f"{RECIPE}/metadata")]


def test_a_recipe_that_is_there_after_all_is_read() -> None:
    node = ScriptedNode({f"GET {RECIPE}/metadata": {}, f"GET {RECIPE}": {"recipe": HEAD, "payload": "x"}})
    found = KIND.look_for(node, "CRM", "prep", frozenset({"definition"}))
    assert found is not None
    assert found.version


def test_a_move_is_read_back_from_the_zone_alone() -> None:
    node = ScriptedNode({"GET /projects/CRM/flow/zones/z1": ZONE})
    found = KIND.read_back(node, "CRM", "prep", "zone", {"zone": "z1"})
    assert found is not None
    assert found.document == {"zone": "z1"}
    assert len(node.asked) == 1


@pytest.mark.parametrize("zone", ["z2", "default"])
def test_a_move_that_the_zone_does_not_show_is_looked_for_everywhere(zone: str) -> None:
    node = ScriptedNode(
        {
            "GET /projects/CRM/flow/zones/z2": OTHER,
            "GET /projects/CRM/flow/zones": [ZONE],
            f"GET {RECIPE}": {"recipe": HEAD, "payload": "x"},
        }
    )
    found = KIND.read_back(node, "CRM", "prep", "zone", {"zone": zone})
    assert found is not None
    assert found.document["zone"] == "z1"


def test_a_written_definition_is_read_back_whole() -> None:
    node = ScriptedNode({f"GET {RECIPE}": {"recipe": HEAD, "payload": "x"}})
    found = KIND.read_back(node, "CRM", "prep", "definition", document(HEAD, "x"))
    assert found is not None
    assert found.document == document(HEAD, "x")
