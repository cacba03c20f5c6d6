from __future__ import annotations

import pytest

from dataiku_iac.core.address import Address
from dataiku_iac.core.canonical import Json, JsonObject
from dataiku_iac.core.errors import Refused, UnexpectedShape
from dataiku_iac.core.fields import Effect
from dataiku_iac.core.lens import differences
from dataiku_iac.core.mentions import find_mentions
from dataiku_iac.core.problem import Severity
from dataiku_iac.core.resource import Relation
from dataiku_iac.resources.dataset_defaults import complete_dataset
from dataiku_iac.resources.dataset_fields import DATASET_TABLE
from dataiku_iac.resources.datasets import DatasetKind
from tests.unit.resources.scripted_node import Asked, ScriptedNode

KIND = DatasetKind()
ADDRESS = Address("dataset", "CRM", "ORDERS")
LIVE: dict[str, Json] = {
    "definition": {
        "projectKey": "CRM",
        "name": "ORDERS",
        "type": "PostgreSQL",
        "managed": True,
        "params": {"connection": "pg", "table": "${projectKey}_orders", "mode": "table", "normalizeDoubles": True},
        "schema": {"columns": [{"name": "id", "type": "bigint", "maxLength": -1}], "userModified": True},
        "tags": ["b", "a"],
        "metricsChecks": {"runOnBuild": False, "checks": [], "displayedState": {"checks": ["x"]}},
        "versionTag": {"versionNumber": 7, "lastModifiedBy": {"login": "u"}, "lastModifiedOn": 1712345678901},
    },
    "zone": "default",
}


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ({"type": "postgres"}, {"type": "PostgreSQL"}),
        ({"type": "SNOWFLAKE"}, {"type": "Snowflake"}),
        ({"type": "CustomPython_x"}, {"type": "CustomPython_x"}),
        ({"type": "managed"}, {"managed": True}),
        ({"type": "SQL", "managed": True}, {"managed": True}),
        ({"format": "ORC"}, {"format": "orcfile"}),
        ({"params": {"connection": "pg", "table": "t"}}, {"connection": "pg", "table": "t"}),
        ({"params": {"mode": "query", "query": "select 1"}}, {"query": "select 1"}),
        ({"params": {"table": "a.b"}}, {"params": {"table": "a.b"}}),
        ({"type": "S3", "format_type": "parquet"}, {"type": "S3", "format": "parquet"}),
        (
            {"format_type": "csv", "format_params": {"separator": ";"}},
            {"format_type": "csv", "format_params": {"separator": ";"}},
        ),
        ({"managed": True, "format": "csv_unix"}, {"managed": True, "format": "csv"}),
        ({"rules": [{"not_null": ["a"]}]}, {"checks": [{"not_null": "a"}]}),
        (
            {"checks": [{"type": "ColumnNotEmptyRule", "columns": ["a"]}]},
            {"checks": [{"type": "ColumnNotEmptyRule", "columns": ["a"]}]},
        ),
        ({"connection": "pg"}, {"connection": "pg"}),
        ({"schema": {"columns": [{"name": "a"}]}}, {"schema": [{"name": "a"}]}),
        ({"schema": []}, {"schema": []}),
        ({"dss": {"flowOptions": {"virtualizable": True}}}, {"flowOptions": {"virtualizable": True}}),
        ({"metricsChecks": {"checks": [1]}}, {"checks": [1]}),
        ({}, {}),
    ],
)
def test_normal_form(written: JsonObject, normal: JsonObject) -> None:
    assert KIND.normal(written, ADDRESS) == normal
    assert KIND.normal(normal, ADDRESS) == normal


def test_declare_leaves_out_what_nobody_would_write() -> None:
    assert KIND.declare(LIVE, ADDRESS) == {
        "type": "PostgreSQL",
        "managed": True,
        "connection": "pg",
        "table": "${projectKey}_orders",
        "schema": [{"name": "id", "type": "bigint"}],
        "tags": ["b", "a"],
    }


def test_fields_of_newer_versions_stand_below_dss_and_survive() -> None:
    definition: JsonObject = {"type": "Inline", "newThing": {"a": 1}, "connection": "hidden by the friendly name"}
    document: JsonObject = {"definition": definition}
    spec = KIND.declare(document, ADDRESS)
    assert spec["dss"] == {"newThing": {"a": 1}, "connection": "hidden by the friendly name"}
    assert KIND.put(document, spec, ADDRESS) == document


def test_columns_of_newer_versions_stand_below_dss_too() -> None:
    document: JsonObject = {"definition": {"schema": {"columns": [{"name": "a", "type": "string", "new": 1}]}}}
    spec = KIND.declare(document, ADDRESS)
    assert spec == {"schema": [{"name": "a", "type": "string", "dss": {"new": 1}}]}
    assert KIND.expand(spec, ADDRESS) == document


def test_schema_is_compared_only_if_declared() -> None:
    assert KIND.put(LIVE, {"connection": "pg"}, ADDRESS) == LIVE


@pytest.mark.parametrize(
    ("spec", "effect", "immutable"),
    [
        ({"type": "MySQL"}, Effect.DATA_LOSS, True),
        ({"connection": "other"}, Effect.DATA_LOSS, False),
        ({"params": {"table": "t2"}}, Effect.REBUILD, False),
        ({"schema": [{"name": "id", "type": "string"}]}, Effect.REBUILD, False),
        ({"description": "new"}, Effect.METADATA, False),
    ],
)
def test_effect_of_a_change(spec: JsonObject, effect: Effect, immutable: bool) -> None:  # noqa: FBT001  parametrized
    found = differences(LIVE, KIND.put(LIVE, spec, ADDRESS), KIND.rules.root)
    assert max(difference.effect for difference in found) is effect
    assert any(difference.immutable for difference in found) is immutable


def test_order_of_tags_means_nothing() -> None:
    assert KIND.put(LIVE, {"tags": ["a", "b"]}, ADDRESS) == LIVE


@pytest.mark.parametrize(
    ("spec", "code"),
    [
        ({}, "missing-type"),
        ({"type": "SQL", "connection": "pg"}, "generic-type"),
        ({"type": "Inline", "connection": "a", "params": {"connection": "b"}}, "declared-twice"),
        ({"type": "Inline", "format": "csv", "format_type": "csv"}, "declared-twice"),
        ({"type": "Inline", "checks": [], "metricsChecks": {"checks": []}}, "declared-twice"),
        ({"type": "Inline", "schema": [{"name": "a"}, {"name": "a"}]}, "duplicate-column"),
        ({"type": "Inline", "schema": {"columns": [{"name": "a"}, {"name": "a"}]}}, "duplicate-column"),
        ({"type": "Inline", "schema": [{"name": "a", "type": "strin"}]}, "unknown-column-type"),
    ],
)
def test_check_refuses(spec: JsonObject, code: str) -> None:
    (problem,) = KIND.check(spec, ADDRESS)
    assert problem.code == code
    assert problem.address == "dataset.CRM.ORDERS"


def test_check_suggests_the_nearest_column_type() -> None:
    (problem,) = KIND.check({"type": "Inline", "schema": [{"name": "a", "type": "bigin"}]}, ADDRESS)
    assert problem.severity is Severity.WARNING
    assert problem.suggestion == 'did you mean "bigint"?'


@pytest.mark.parametrize(
    ("spec", "suggestion"),
    [
        ({"type": "postgres", "params": {"tabel": "t"}}, 'did you mean "table"?'),
        ({"type": "filesystem", "format": "csv", "format_params": {"seperator": ";"}}, 'did you mean "separator"?'),
    ],
)
def test_a_param_the_type_does_not_have_is_a_warning(spec: JsonObject, suggestion: str) -> None:
    (problem,) = KIND.check(spec, ADDRESS)
    assert (problem.severity, problem.suggestion) == (Severity.WARNING, suggestion)


def test_params_of_plugins_are_not_checked() -> None:
    assert not KIND.check({"type": "CustomPython_x", "params": {"anything": 1}}, ADDRESS)


def test_managed_needs_no_type() -> None:
    assert not KIND.check({"type": "managed"}, ADDRESS)
    assert not KIND.check({"managed": True, "connection": "x"}, ADDRESS)


def test_references_are_zone_and_folder() -> None:
    spec: JsonObject = {"zone": "raw", "type": "FilesInFolder", "params": {"folderSmartId": "folder:exports"}}
    assert [(str(r.to), r.relation, r.path) for r in KIND.references(spec, ADDRESS)] == [
        ("zone.CRM.raw", Relation.NEEDS, "zone"),
        ("folder.CRM.exports", Relation.NEEDS, "params.folderSmartId"),
    ]
    assert not KIND.references({"zone": "default"}, ADDRESS)


def test_mentions_of_connections_zones_and_code_envs() -> None:
    document: JsonObject = {
        "definition": {
            "params": {"connection": "pg", "uploadConnection": "up"},
            "remoteFiles": {"sources": [{"connection": "web"}]},
            "metrics": {"probes": [{"configuration": {"envSelection": {"envName": "py311"}}}]},
        },
        "zone": "abc",
    }
    assert {(m.sort, m.value) for m in find_mentions(document, KIND.mentions)} == {
        ("zone", "abc"),
        ("connection", "pg"),
        ("connection", "up"),
        ("connection", "web"),
        ("code_env", "py311"),
    }


def test_uploads_in_the_data_directory_are_no_connection_of_the_node() -> None:
    document: JsonObject = {
        "definition": {"type": "UploadedFiles", "params": {"uploadConnection": "Default (in DSS data dir.)"}}
    }
    assert KIND.declare(document, ADDRESS) == {"type": "UploadedFiles"}


def test_list_is_two_calls_and_complete() -> None:
    node = ScriptedNode(
        {
            "GET /projects/CRM/datasets/": [{"name": "ORDERS", "metrics": {}, "versionTag": {"versionNumber": 7}}],
            "GET /projects/CRM/flow/zones": [{"id": "z1", "items": [{"objectType": "DATASET", "objectId": "ORDERS"}]}],
        }
    )
    (live,) = KIND.list(node, "CRM")
    assert (live.name, live.id, live.version, live.complete) == ("ORDERS", "ORDERS", "7@", True)
    assert live.document["zone"] == "z1"
    assert len(node.asked) == 2


def test_list_items_without_metrics_are_heads() -> None:
    node = ScriptedNode({"GET /projects/CRM/datasets/": [{"name": "ORDERS"}]})
    assert not KIND.list(node, "CRM")[0].complete


def test_list_that_is_no_list_is_an_error() -> None:
    with pytest.raises(UnexpectedShape):
        KIND.list(ScriptedNode({"GET /projects/CRM/datasets/": {}}), "CRM")


def test_read_without_zone_is_one_call() -> None:
    node = ScriptedNode({"GET /projects/CRM/datasets/ORDERS": {"name": "ORDERS"}})
    live = KIND.read(node, "CRM", "ORDERS", frozenset({"definition"}))
    assert live is not None
    assert "zone" not in live.document
    assert len(node.asked) == 1
    assert KIND.read(node, "CRM", "NOPE", frozenset()) is None


def test_create_managed_without_location_lets_the_node_choose() -> None:
    node = ScriptedNode()
    definition: JsonObject = {"managed": True, "formatType": "parquet", "params": {"connection": "s3", "schema": "x"}}
    assert KIND.create(node, "CRM", "ORDERS", {"definition": definition}) == "ORDERS"
    assert node.asked == [
        Asked(
            "POST",
            "/projects/CRM/datasets/managed",
            {
                "name": "ORDERS",
                "creationSettings": {
                    "connectionId": "s3",
                    "specificSettings": {"formatOptionId": "PARQUET_HIVE", "overrideSQLSchema": "x"},
                },
            },
        )
    ]


def test_create_with_location_sends_the_whole_definition_with_defaults() -> None:
    node = ScriptedNode()
    definition: JsonObject = {"type": "PostgreSQL", "params": {"connection": "pg", "table": "t"}, "tags": ["a"]}
    KIND.create(node, "CRM", "ORDERS", {"definition": definition})
    (call,) = node.asked
    assert call.path == "/projects/CRM/datasets/"
    assert isinstance(call.body, dict)
    assert call.body["name"] == "ORDERS"
    assert call.body["projectKey"] == "CRM"
    assert call.body["tags"] == ["a"]
    assert call.body["params"]["mode"] == "table"
    assert call.body["params"]["table"] == "t"


def test_create_without_type_and_connection_says_what_to_do() -> None:
    node = ScriptedNode()
    with pytest.raises(Refused, match=r"neither a type nor a connection"):
        KIND.create(node, "CRM", "ORDERS", {"definition": {"managed": True}})
    assert not node.asked


def test_write_replaces_the_whole_definition_or_moves_to_the_zone() -> None:
    node = ScriptedNode()
    KIND.write(node, "CRM", "ORDERS", "definition", LIVE)
    KIND.write(node, "CRM", "ORDERS", "zone", {"zone": "z1"})
    assert node.asked == [
        Asked("PUT", "/projects/CRM/datasets/ORDERS", LIVE["definition"]),
        Asked("POST", "/projects/CRM/flow/zones/z1/add-items", [{"objectId": "ORDERS", "objectType": "DATASET"}]),
    ]


@pytest.mark.parametrize(("drop_data", "text"), [(True, "true"), (False, "false")])
def test_delete_keeps_data_unless_told(drop_data: bool, text: str) -> None:  # noqa: FBT001  parametrized
    node = ScriptedNode()
    KIND.delete(node, "CRM", "ORDERS", drop_data=drop_data)
    assert node.asked == [Asked("DELETE", "/projects/CRM/datasets/ORDERS", params={"dropData": text})]


@pytest.mark.parametrize("kind", ["Filesystem", "PostgreSQL", "Snowflake", "BigQuery", "UploadedFiles", "S3"])
@pytest.mark.parametrize("form", ["csv", "parquet", "excel", "json", "avro", "orcfile", "shapefile", "none"])
def test_what_creation_adds_is_exactly_what_the_table_folds(kind: str, form: str) -> None:
    definition: JsonObject = {"type": kind, "formatType": form, "params": {"connection": "c"}}
    completed = complete_dataset(definition)
    assert KIND.stripped({"definition": completed}) == KIND.stripped({"definition": definition})


def test_a_query_is_not_turned_into_a_table() -> None:
    completed = complete_dataset({"type": "PostgreSQL", "params": {"query": "select 1"}})
    assert isinstance(completed["params"], dict)
    assert "mode" not in completed["params"]


def test_every_suppressed_field_has_a_reason() -> None:
    assert [path for path, row in DATASET_TABLE.items() if row.hidden and not row.reason] == []


def test_column_whose_type_changes_keeps_what_nobody_declared() -> None:
    """A column is one by its name: its comment and meaning must not go with its old type."""
    column: dict[str, Json] = {"name": "amount", "type": "string", "comment": "in euros", "meaning": "DoubleMeaning"}
    document: dict[str, Json] = {"definition": {"name": "D", "type": "Filesystem", "schema": {"columns": [column]}}}
    after = KIND.put(document, {"schema": [{"name": "amount", "type": "double"}]}, ADDRESS)
    expected = {"name": "D", "type": "Filesystem", "schema": {"columns": [{**column, "type": "double"}]}}
    assert after["definition"] == expected
