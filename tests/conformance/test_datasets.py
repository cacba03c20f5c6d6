"""Datasets. Facts: api-flow.md 4, object-shapes.md 6, 15, 16."""

from io import BytesIO
from typing import Any

import pytest
from dataikuapi.utils import DataikuException

from emulator.launch import NodeProcess
from tests.conformance.conftest import Dss, opened
from tests.conformance.keys import KEY

# The official client warns of its own older names, which third-party programs still call.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:dataikuapi")


def managed(project: Any, name: str) -> Any:
    return project.new_managed_dataset(name).with_store_into("filesystem_managed").create()


def raw(dataset: Any) -> dict[str, Any]:
    found: dict[str, Any] = dataset.get_settings().get_raw()
    return found


def test_managed_dataset_is_laid_out_by_the_server(project: Any) -> None:
    """Type from the connection, path ``${projectKey}/NAME`` unexpanded, format preset, default metrics [client, seen]."""
    document = raw(managed(project, "orders"))
    assert document["type"] == "Filesystem"
    assert document["managed"] is True
    assert document["params"]["path"] == "${projectKey}/orders"
    assert document["formatType"] == "csv"
    assert document["schema"] == {"columns": [], "userModified": True}
    assert [probe["type"] for probe in document["metrics"]["probes"]] == ["basic", "records"]
    assert document["flowOptions"]["rebuildBehavior"] == "NORMAL"


@pytest.mark.parametrize(
    ("option", "format_type", "key", "expected"),
    [
        ("CSV_UNIX_GZIP", "csv", "compress", "gz"),
        ("CSV_EXCEL_GZIP", "csv", "style", "excel"),
        ("CSV_ESCAPING_NOGZIP_FORHIVE", "csv", "dateSerializationFormat", "HIVE"),
        ("PARQUET_HIVE", "parquet", "parquetCompressionMethod", "SNAPPY"),
        ("ORC", "orcfile", "compressionMethod", "SNAPPY"),
        ("AVRO", "avro", "avroCompressionMethod", "SNAPPY"),
    ],
)
def test_format_presets(project: Any, option: str, format_type: str, key: str, expected: str) -> None:
    """``formatOptionId`` names a preset; the server expands all of its params [client, seen]."""
    builder = project.new_managed_dataset("preset").with_store_into("filesystem_managed", format_option_id=option)
    document = raw(builder.create())
    assert (document["formatType"], document["formatParams"][key]) == (format_type, expected)


def test_plain_creation_chooses_nothing(project: Any) -> None:
    """No location is chosen and a missing format stays missing [seen]; params take their type's defaults."""
    params = {"connection": "filesystem_managed", "path": "/x"}
    document = raw(project.create_dataset("plain", "Filesystem", params=params))
    assert document["managed"] is False
    assert "formatType" not in document
    assert document["params"]["filesSelectionRules"]["mode"] == "ALL"
    assert document["params"]["notReadyIfEmpty"] is False


def test_csv_params_are_expanded(project: Any) -> None:
    """A small declaration comes back with many more keys [seen]."""
    dataset = project.create_dataset(
        "csv",
        "Filesystem",
        {"connection": "filesystem_managed", "path": "/x"},
        "csv",
        {"separator": ";", "nonsense": 1},
    )
    params = raw(dataset)["formatParams"]
    assert params["separator"] == ";"
    assert params["hiveSeparators"] == ["\u0002", "\u0003", "\u0004", "\u0005", "\u0006", "\u0007", "\b"]
    assert params["readMissingColumnsBehavior"] == "DISCARD_SILENT"
    assert "nonsense" not in params


def test_list_items_are_full_objects(project: Any) -> None:
    """The list returns full datasets [doc]."""
    dataset = managed(project, "one")
    item = project.client._perform_json("GET", f"/projects/{KEY}/datasets/")[0]
    assert item == raw(dataset)


def test_list_filters_by_tags(dss: Dss, project: Any) -> None:
    """``tags`` may be repeated [client]."""
    for name, tag in (("a", "x"), ("b", "y"), ("c", "z")):
        settings = managed(project, name).get_settings()
        settings.get_raw()["tags"] = [tag]
        settings.save()
    found = dss.http().get(dss.api(f"/projects/{KEY}/datasets/"), params={"tags": ["x", "z"]}).json()
    assert [item["name"] for item in found] == ["a", "c"]


def test_put_replaces_and_drops_unknown_keys(dss: Dss, project: Any) -> None:
    """Full replace, missing keys take defaults, unknown keys vanish with 200 [seen]."""
    document = raw(managed(project, "whole"))
    document["tags"] = ["b", "a", "b"]
    document["nonsense"] = 1
    document["params"]["nonsense"] = 2
    del document["flowOptions"], document["metrics"]
    answer = dss.http().put(dss.api(f"/projects/{KEY}/datasets/whole"), json=document)
    assert answer.status_code == 200
    assert answer.json()  # older clients parse the answer [client]
    read = raw(project.get_dataset("whole"))
    assert read["tags"] == ["a", "b"]
    assert "nonsense" not in read
    assert "nonsense" not in read["params"]
    assert read["flowOptions"]["crossProjectBuildBehavior"] == "DEFAULT"
    assert len(read["metrics"]["probes"]) == 2


def test_put_cannot_change_identity_or_creation(project: Any) -> None:
    """``projectKey``, ``name``, ``creationTag``, ``versionTag`` are the server's [inferred]; each save counts one up [seen]."""
    settings = managed(project, "fixed").get_settings()
    before = dict(settings.get_raw())
    settings.get_raw().update(name="other", projectKey="OTHER", creationTag={"versionNumber": 7})
    settings.save()
    after = raw(project.get_dataset("fixed"))
    assert after["creationTag"] == before["creationTag"]
    assert after["versionTag"]["versionNumber"] == before["versionTag"]["versionNumber"] + 1


def test_changing_the_format_replaces_its_params(project: Any) -> None:
    """parquet -> orcfile comes back with full ORC params; ``orc`` is stored as it is and the params vanish [seen]."""
    dataset = (
        project.new_managed_dataset("f").with_store_into("filesystem_managed", format_option_id="PARQUET_HIVE").create()
    )
    settings = dataset.get_settings()
    settings.get_raw()["formatType"] = "orcfile"
    settings.save()
    document = raw(dataset)
    assert document["formatParams"]["compressionMethod"] == "SNAPPY"
    assert "parquetFlavor" not in document["formatParams"]
    settings.get_raw()["formatType"] = "orc"
    settings.save()
    assert raw(dataset)["formatType"] == "orc"
    assert "formatParams" not in raw(dataset)


def test_unknown_types_lose_nothing(project: Any) -> None:
    """Plugin datasets carry their own params [seen]."""
    params = {"customConfig": {"deep": [{"x": 1}]}, "notReadyIfEmpty": False, "previewAllPartitions": False}
    dataset = project.create_dataset("plugged", "CustomPython_some-plugin_reader", params=params)
    assert raw(dataset)["params"] == params


def test_schema_round_trips(project: Any) -> None:
    """A schema PUT of name, type, comment, meaning round-trips unchanged [seen]; the PUT answers JSON [client]."""
    schema: dict[str, Any] = {
        "columns": [
            {"name": "id", "type": "bigint"},
            {"name": "n", "type": "string", "comment": "c", "meaning": "Text"},
        ],
        "userModified": True,
    }
    dataset = managed(project, "s")
    dataset.set_schema(schema)
    read = dataset.get_schema()
    assert read["userModified"] is True
    assert [dict(sorted(column.items())) for column in read["columns"]] == [
        dict(sorted(c.items())) for c in schema["columns"]
    ]


def test_metadata_round_trips(project: Any) -> None:
    """Description and tags round-trip both ways [seen]."""
    dataset = managed(project, "m")
    metadata = dataset.get_metadata()
    metadata.update(description="long", shortDesc="short", tags=["t"], custom={"kv": {"k": "v"}})
    dataset.set_metadata(metadata)
    assert dataset.get_metadata()["description"] == "long"
    assert raw(dataset)["shortDesc"] == "short"
    assert raw(dataset)["customMeta"] == {"kv": {"k": "v"}}


def test_missing_dataset_is_404(project: Any) -> None:
    """404 ``dataset does not exist: P.name`` [seen]."""
    with pytest.raises(DataikuException) as caught:
        project.get_dataset("nope").get_definition()
    expected = f"com.dataiku.dip.exceptions.NotFoundException: dataset does not exist: {KEY}.nope"
    assert str(caught.value) == expected
    assert project.get_dataset("nope").exists() is False


def test_taken_name_already_exists(project: Any) -> None:
    """The text says "already exists"; status and class are unknown."""
    managed(project, "taken")
    with pytest.raises(DataikuException, match="already exists"):
        managed(project, "taken")


def test_unknown_connection_is_refused(project: Any) -> None:
    """``Connection 'X' does not exist`` [seen for connections]."""
    with pytest.raises(DataikuException, match="Connection 'nowhere' does not exist"):
        project.new_managed_dataset("n").with_store_into("nowhere").create()


def test_rename_takes_references_along_but_not_the_data(project: Any) -> None:
    """References follow, recipe names and stored paths do not [seen]."""
    managed(project, "old")
    managed(project, "out")
    builder = project.new_recipe("python", "compute_out").with_input("old").with_output("out")
    builder.with_script("x").create()
    project.get_dataset("old").rename("new")
    assert (
        project.get_recipe("compute_out").get_definition_and_payload().get_recipe_inputs()["main"]["items"][0]["ref"]
        == "new"
    )
    assert raw(project.get_dataset("new"))["params"]["path"] == "${projectKey}/old"
    assert project.get_dataset("old").exists() is False


def test_delete_takes_recipes_along(project: Any) -> None:
    """A recipe that has the dataset as input or output is silently removed [seen]."""
    for name in ("src", "dst"):
        managed(project, name)
    project.new_recipe("sync", "r").with_input("src").with_existing_output("dst").create()
    project.get_dataset("src").delete()
    assert project.list_recipes() == []
    assert [item.name for item in project.list_datasets()] == ["dst"]


def test_delete_may_only_unlink(steered: NodeProcess) -> None:
    """In histories recipes were also kept without the reference; which happens is not known [seen both]."""
    steered.set_profile(dataset_delete_cascade="unlink")
    with opened(steered) as dss:
        project = dss.client().create_project("UNLINK", "u", "admin")
        for name in ("src", "dst"):
            managed(project, name)
        project.new_recipe("sync", "r").with_input("src").with_existing_output("dst").create()
        project.get_dataset("src").delete()
        assert project.get_recipe("r").get_definition_and_payload().get_recipe_inputs() == {"main": {"items": []}}
        project.delete()


def test_delete_leaves_scenario_steps_but_not_their_entries(project: Any) -> None:
    """The entry leaves ``builds``, the step stays [seen]."""
    managed(project, "built")
    step = {"type": "build_flowitem", "name": "b", "params": {"builds": [{"type": "DATASET", "itemId": "built"}]}}
    project.create_scenario("build", "step_based", {"params": {"steps": [step]}})
    project.get_dataset("built").delete()
    kept = project.get_scenario("build").get_settings().get_raw()["params"]["steps"]
    assert [item["params"]["builds"] for item in kept] == [[]]


def test_usages_name_recipes(project: Any) -> None:
    """``{type: RECIPE_INPUT, objectId, objectProjectKey}`` [client doc]."""
    for name in ("src", "dst"):
        managed(project, name)
    project.new_recipe("sync", "r").with_input("src").with_existing_output("dst").create()
    usage = {"type": "RECIPE_INPUT", "objectId": "r", "objectProjectKey": KEY}
    assert project.get_dataset("src").get_usages() == [usage]


def test_info_of_a_dataset_that_was_never_built(dss: Dss, project: Any) -> None:
    """``lastBuild`` is absent [client]."""
    managed(project, "i")
    assert "lastBuild" not in dss.http().get(dss.api(f"/projects/{KEY}/datasets/i/info")).json()


def test_partitions_of_an_unpartitioned_dataset(project: Any) -> None:
    """``NP`` is the id used for it [client]."""
    assert managed(project, "np").list_partitions() == ["NP"]


def test_reading_before_a_build_is_500(project: Any) -> None:
    """500, ``Root path of the dataset X does not exist`` [seen]."""
    with pytest.raises(DataikuException, match="Root path of the dataset unbuilt does not exist"):
        list(managed(project, "unbuilt").iter_rows())


def test_uploaded_rows_are_read_and_cleared(project: Any) -> None:
    """Uploaded csv files are listed and read as rows; clearing keeps the object [client]."""
    dataset = project.create_upload_dataset("up")
    dataset.uploaded_add_file(BytesIO(b'id,name\n1,"a, b"\n2,c\n'), "people.csv")
    assert [item["path"] for item in dataset.uploaded_list_files()] == ["/people.csv"]
    settings = dataset.get_settings()
    settings.get_raw().update(
        formatType="csv", formatParams={"style": "excel", "separator": ",", "parseHeaderRow": True}
    )
    settings.get_raw()["schema"] = {"columns": [{"name": "id", "type": "bigint"}, {"name": "name", "type": "string"}]}
    settings.save()
    assert [row[1] for row in dataset.iter_rows()] == ["a, b", "c"]
    dataset.clear()
    assert dataset.uploaded_list_files() == []


def test_reading_without_a_format_is_refused(project: Any) -> None:
    """``ERR_FORMAT_TYPE_MISSING`` [doc, seen]."""
    dataset = project.create_upload_dataset("raw")
    dataset.uploaded_add_file(BytesIO(b"x"), "x.txt")
    with pytest.raises(DataikuException, match="Format type is missing"):
        list(dataset.iter_rows())


def test_sql_dataset_params_take_their_defaults(steered: NodeProcess) -> None:
    """SQL family defaults [seen]; a connection the node does not know may be accepted [unknown]."""
    steered.set_profile(unknown_connection="accept")
    with opened(steered) as dss:
        project = dss.client().create_project("SQL", "s", "admin")
        dataset = project.create_sql_table_dataset("t", "PostgreSQL", "pg", "orders", "public")
        params = raw(dataset)["params"]
        assert params["table"] == "orders"
        assert params["writeInsertBatchSize"] == 10000
        assert params["writeWithCopyBadDataBehavior"] == "NOVERIFY_ERROR"
        assert raw(dataset)["metrics"]["displayedState"]["metrics"] == ["basic:COUNT_COLUMNS", "records:COUNT_RECORDS"]
        project.delete()


def test_unknown_keys_can_be_kept_like_a_newer_node(steered: NodeProcess) -> None:
    """A newer DSS knows keys that we do not: the switch keeps them, so that clients can be shown to keep them."""
    steered.set_profile(keep_unknown_fields=True)
    with opened(steered) as dss:
        project = dss.client().create_project("NEWER", "n", "admin")
        settings = managed(project, "d").get_settings()
        settings.get_raw()["keyOfTheFuture"] = {"x": 1}
        settings.save()
        assert raw(project.get_dataset("d"))["keyOfTheFuture"] == {"x": 1}
        project.delete()


def test_created_without_a_schema_the_empty_one_is_the_users(project: Any) -> None:
    """``{columns: [], userModified: true}`` in what the API created [seen]; a schema in the body is kept [inferred]."""
    params = {"connection": "filesystem_managed", "path": "/x"}
    assert raw(project.create_dataset("bare", "Filesystem", params=params))["schema"] == {
        "columns": [],
        "userModified": True,
    }
    given = {"columns": [{"name": "a", "type": "string"}]}
    body = {"name": "given", "type": "Inline", "params": {}, "schema": given, "unknownKey": 1}
    project.client._perform_json("POST", f"/projects/{project.project_key}/datasets/", body=body)
    document = raw(project.get_dataset("given"))
    assert document["schema"] == {**given, "userModified": False}
    assert "unknownKey" not in document


def test_type_system_is_the_servers(project: Any) -> None:
    """``typeSystemVersion`` is chosen by the server [seen]: a body without it does not unset it."""
    settings = managed(project, "typed").get_settings()
    assert settings.get_raw().pop("typeSystemVersion") == "V2"
    settings.save()
    assert raw(project.get_dataset("typed"))["typeSystemVersion"] == "V2"


def test_managed_creation_needs_a_connection_that_allows_and_writes(dss: Dss, project: Any) -> None:
    """``allowManagedDatasets`` and ``allowWrite`` [doc]; folders likewise with ``allowManagedFolders`` [seen]."""
    admin = dss.client()
    for flag in ("allowWrite", "allowManagedDatasets", "allowManagedFolders"):
        admin.create_connection(f"no_{flag}", "Filesystem", params={"root": "/nowhere"})
        settings = admin.get_connection(f"no_{flag}").get_settings()
        settings.get_raw()[flag] = False
        settings.save()
    try:
        for flag in ("allowWrite", "allowManagedDatasets"):
            with pytest.raises(DataikuException, match=f"may not create a managed dataset on connection no_{flag}"):
                project.new_managed_dataset("d").with_store_into(f"no_{flag}").create()
        for flag in ("allowWrite", "allowManagedFolders"):
            with pytest.raises(DataikuException, match=f"may not create a managed folder on connection no_{flag}"):
                project.create_managed_folder("f", connection_name=f"no_{flag}")
        assert project.list_datasets() == []
    finally:
        for flag in ("allowWrite", "allowManagedDatasets", "allowManagedFolders"):
            admin.get_connection(f"no_{flag}").delete()


def test_partitioning_is_copied_from_a_dataset_or_a_folder(project: Any) -> None:
    """``partitioningOptionId: copy:dataset:X`` or ``copy:folder:ID`` [client]."""
    dimensions = [{"name": "day", "type": "time", "params": {"period": "DAY"}}]
    source = managed(project, "source").get_settings()
    source.get_raw()["partitioning"]["dimensions"] = dimensions
    source.save()
    folder = project.create_managed_folder("files").get_settings()
    folder.get_raw()["partitioning"] = {"dimensions": dimensions}
    folder.save()
    for name, option in (("a", "copy:dataset:source"), ("b", f"copy:folder:{folder.get_raw()['id']}")):
        builder = project.new_managed_dataset(name).with_store_into("filesystem_managed")
        builder.creation_settings["partitioningOptionId"] = option
        assert raw(builder.create())["partitioning"]["dimensions"] == dimensions


@pytest.mark.parametrize(
    ("format_type", "expected"),
    [
        ("shapefile", {"convertToWGS84": True, "extractOriginalGeometryProperty": False}),
        ("xml", {"shortTextMode": True, "retrievalMode": "simple"}),
        ("excel", {"sheetSelectionMode": "NAMES", "parseHeaderRow": True}),
        ("json", {"maxExpansionDepth": -1, "nestedArraysHandling": "FLATTEN"}),
    ],
)
def test_every_format_takes_its_defaults(project: Any, format_type: str, expected: dict[str, Any]) -> None:
    """A small declaration comes back with many more keys [seen]."""
    params = {"connection": "filesystem_managed", "path": "/x"}
    dataset = project.create_dataset("formatted", "Filesystem", params=params, formatType=format_type)
    found = raw(dataset)["formatParams"]
    assert {key: found[key] for key in expected} == expected


def test_names_may_ignore_case(steered: NodeProcess) -> None:
    """Whether two names that differ only by case may coexist is [unknown]."""
    with opened(steered) as dss:
        project = dss.client().create_project("CASES", "c", "admin")
        managed(project, "orders")
        managed(project, "Orders")
        steered.set_profile(names_ignore_case=True)
        with pytest.raises(DataikuException, match="already exists"):
            managed(project, "ORDERS")
        project.delete()


def test_generic_sql_types_may_be_unlicensed(steered: NodeProcess) -> None:
    """``SQL`` and ``JDBC`` are refused where the licence lacks them; the type of the database works [seen]."""
    with opened(steered) as dss:
        project = dss.client().create_project("LICENCE", "l", "admin")
        project.create_dataset("jdbc", "JDBC")
        steered.set_profile(generic_sql_licensed=False)
        for kind in ("SQL", "JDBC"):
            with pytest.raises(DataikuException, match="not licensed"):
                project.create_dataset("other", kind)
        project.create_dataset("concrete", "PostgreSQL")
        project.delete()


@pytest.mark.parametrize("kind", ["Filesystem", "S3", "GCS", "HDFS", "PostgreSQL", "Snowflake", "MySQL", "SQLServer"])
def test_unknown_params_of_well_known_types_vanish(project: Any, kind: str) -> None:
    """A misspelt parameter is dropped with 200 [seen]; what real documents of the type have stays."""
    known = {"table": "t", "tableCreationMode": "custom"} if "SQL" in kind or kind == "Snowflake" else {"path": "/p"}
    dataset = project.create_dataset("typed", kind, params={**known, "notReadyIfEmpti": True})
    params = raw(dataset)["params"]
    assert {key: params[key] for key in known} == known
    assert "notReadyIfEmpti" not in params
    assert params["notReadyIfEmpty"] is False
