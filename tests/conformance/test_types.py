"""Types of objects and what the server's class of each fills in. Facts: object-shapes.md 1 (5), 3, 5, 6, 7, 10."""

from typing import Any

import pytest

from emulator.launch import NodeProcess
from tests.conformance.conftest import opened

DATASETS: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    # object-shapes.md 6.1: type, params as created, what is there beside them
    ("RemoteFiles", {"connection": "filesystem_managed"}, {}),
    ("MongoDB", {"collection": "c"}, {"importIds": False, "readDataTypeMismatchBehavior": "DISCARD_WARNING"}),
    ("ElasticSearch", {"index": "i"}, {"frameSize": 10000, "partitioned": False}),
    ("Labels", {"labelingTaskId": "t"}, {"view": "VERIFIED_ONLY"}),
    (
        "ExperimentsDB",
        {},
        {"format": "JSON", "scope": "PROJECT", "viewType": "ALL", "orderBy": [], "experimentIds": []},
    ),
    ("StatsDB", {"view": "JOBS"}, {"orderByDate": False}),
    ("JobsDB", {"smartName": "d"}, {"view": "METRICS_HISTORY", "scope": "SINGLE_OBJECT"}),
    (
        "HTTP",
        {"sources": [{"url": "u"}]},
        {"consider404AsEmpty": True, "trustAnySSLCertificate": False, "partitions": []},
    ),
    ("SFTP", {"path": "/x"}, {"timeout": 10000, "notReadyIfEmpty": False}),
    ("Azure", {"container": "c", "path": "/x"}, {"baseBlockID": 0, "metastoreSynchronizationEnabled": True}),
    ("HDFS", {"path": "/x"}, {"metastoreSynchronizationEnabled": True}),
    ("SharePointOnline", {"path": "/x", "site": "s"}, {"notReadyIfEmpty": False}),
    ("Inline", {}, {"keepTrackOfChanges": False, "importSourceType": "NONE"}),
    ("FilesInFolder", {"folderSmartId": "f"}, {"notReadyIfEmpty": False}),
    ("BigQuery", {"table": "t"}, {"useBigQueryPartitioning": False, "bigQueryPartitioningType": "DATE"}),
    ("Redshift", {"table": "t"}, {"distributionStyle": "AUTO", "writeWithCopyBadDataBehavior": "NOVERIFY_ERROR"}),
    ("Greenplum", {"table": "t"}, {"distributionStrategy": "AUTO", "distributionColumns": []}),
    ("Teradata", {"table": "t"}, {"primaryIndexBehavior": "AUTO", "primaryIndexIsUnique": False}),
    ("MySQL", {"table": "t"}, {"useDatetimeForDates": False, "tableCreationMode": "auto"}),
    ("Synapse", {"table": "t"}, {"mode": "table", "writeInsertBatchSize": 10000}),
    ("Databricks", {"table": "t"}, {"mode": "table", "sparkJdbcAccess": "NONE", "numPartitions": -1}),
    ("CustomPython_p_reader", {"customConfig": {"a": 1}}, {"notReadyIfEmpty": False, "previewAllPartitions": False}),
    ("fsprovider_p_fs", {"config": {"a": 1}, "path": "/x"}, {"notReadyIfEmpty": False}),
    ("Sample_p_s", {"pluginId": "p", "sampleName": "s"}, {"notReadyIfEmpty": False}),
]

RECIPES: list[tuple[str, dict[str, Any]]] = [
    # object-shapes.md 7.1: type, params of a created recipe of it
    ("sync", {"schemaMode": "STRICT_SYNC", "forcePipelineableForTests": False}),
    ("export", {"clearOutputPartition": False}),
    ("download", {"deleteExtraFiles": True, "copyEvenUpToDateFiles": False, "sources": []}),
    ("merge_folder", {"clearBeforeCopy": True, "conflictHandling": "OVERWRITE"}),
    ("list_folder_contents", {"levelMapping": [], "path": True, "basename": True, "lastModified": True, "size": True}),
    ("update", {"uniqueKey": [], "addMissingRows": True, "deleteMissingCols": False}),
    ("clustering_cluster", {"containerSelection": {"containerMode": "INHERIT"}}),
    ("prompt", {"containerSelection": {"containerMode": "INHERIT"}}),
    (
        "standalone_evaluation",
        {"envSelection": {"envMode": "INHERIT"}, "containerSelection": {"containerMode": "INHERIT"}},
    ),
    ("CustomCode_some-recipe", {"customConfig": {}, "containerSelection": {"containerMode": "INHERIT"}}),
]
CODE: list[tuple[str, dict[str, Any]]] = [
    ("python", {"envSelection": {"envMode": "INHERIT"}, "skipPrerunValidate": False}),
    ("r", {"envSelection": {"envMode": "INHERIT"}, "skipPrerunValidate": False}),
    ("julia", {"envSelection": {"envMode": "INHERIT"}, "skipPrerunValidate": False}),
    ("pyspark", {"executionEngine": "SPARK_SUBMIT", "pipelineAllowStart": True}),
    ("sparkr", {"executionEngine": "SPARK_SUBMIT", "pipelineAllowMerge": True}),
    ("spark_scala", {"codeMode": "FREE_FORM", "useGlobalMetastore": False}),
    (
        "spark_sql_query",
        {"overwriteOutputSchema": True, "useGlobalMetastore": False, "executionEngine": "SPARK_SUBMIT"},
    ),
    ("sql_query", {"allowMultipleConnections": False, "displayExecutionPlan": True}),
    ("sql_script", {"statementsParsingMode": "SPLIT", "usePsql": True}),
    ("shell", {"expectHeaders": False, "sendHeaders": False}),
]
FOLDERS: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("Azure", {"container": "c"}, {"baseBlockID": 0, "metastoreTableName": "${odbId}"}),
    ("GCS", {"bucket": "b"}, {"metastoreSynchronizationEnabled": True}),
    ("SharePointOnline", {"site": "s", "drive": "d"}, {"notReadyIfEmpty": False}),
    ("SFTP", {}, {"timeout": 10000}),
]


def without_unset(document: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in document.items() if value is not None}


@pytest.mark.parametrize(("kind", "given", "filled"), DATASETS, ids=[row[0] for row in DATASETS])
def test_params_of_every_dataset_type(
    steered: NodeProcess, kind: str, given: dict[str, Any], filled: dict[str, Any]
) -> None:
    """Params are typed by ``type``: what is given stays, the class's defaults stand beside it [seen]."""
    steered.set_profile(unknown_connection="accept")
    with opened(steered) as dss:
        project = dss.client().create_project("TYPES", "t", "admin")
        try:
            dataset = project.create_dataset("d", kind, params=given)
            params = dataset.get_settings().get_raw()["params"]
            assert {**params, **given, **filled} == params
            dataset.get_settings().save()
            assert dataset.get_settings().get_raw()["params"] == params
        finally:
            project.delete()


def test_another_type_has_the_params_of_its_class(project: Any) -> None:
    """The server re-types what it stores: keys of the old type vanish, defaults of the new one come [seen for formats; inferred]."""
    settings = project.new_managed_dataset("d").with_store_into("filesystem_managed").create().get_settings()
    settings.get_raw()["type"] = "UploadedFiles"
    settings.save()
    params = project.get_dataset("d").get_settings().get_raw()["params"]
    assert "path" not in params
    assert params["connection"] == "filesystem_managed"


@pytest.mark.parametrize("period", ["YEAR", "MONTH", "DAY", "HOUR"])
def test_dimensions_of_partitions_are_kept(project: Any, period: str) -> None:
    """Value and time dimensions, periods, a pattern on files [seen: 65 datasets]."""
    dimensions = [{"name": "t", "type": "time", "params": {"period": period}}, {"name": "country", "type": "value"}]
    settings = project.new_managed_dataset("d").with_store_into("filesystem_managed").create().get_settings()
    settings.get_raw()["partitioning"].update(dimensions=dimensions, filePathPattern="/%Y/%{country}/.*")
    settings.save()
    stored = project.get_dataset("d").get_settings().get_raw()["partitioning"]
    assert (stored["dimensions"], stored["filePathPattern"]) == (dimensions, "/%Y/%{country}/.*")
    assert stored["considerMissingRequestedPartitionsAsEmpty"] is False


def test_remote_files_keep_their_urls_beside_the_params(project: Any) -> None:
    """``remoteFiles: {sources, alwaysCheckSync}`` at the top level [seen: 51]."""
    sources = {
        "sources": [{"useConnection": False, "useGlobalProxy": True, "url": "https://example.com/x"}],
        "alwaysCheckSync": True,
    }
    params = {"connection": "filesystem_managed"}
    dataset = project.create_dataset("d", "RemoteFiles", params=params)
    settings = dataset.get_settings()
    settings.get_raw()["remoteFiles"] = sources
    settings.save()
    assert dataset.get_settings().get_raw()["remoteFiles"] == sources


@pytest.mark.parametrize(("kind", "params"), RECIPES, ids=[row[0] for row in RECIPES])
def test_params_of_recipe_types(project: Any, kind: str, params: dict[str, Any]) -> None:
    """Settings of visual, folder, ML and plugin recipes that stand in ``params`` [seen]."""
    for name in ("src", "dst"):
        project.new_managed_dataset(name).with_store_into("filesystem_managed").create()
    sides = {"inputs": {"main": {"items": [{"ref": "src"}]}}, "outputs": {"main": {"items": [{"ref": "dst"}]}}}
    made = project.create_recipe({"type": kind, "name": "made", **sides}, {"rawCreation": True})
    head = made.get_settings().recipe_settings
    assert {**head["params"], **params} == head["params"]


@pytest.mark.parametrize(("kind", "params"), CODE, ids=[row[0] for row in CODE])
def test_params_of_code_types(project: Any, kind: str, params: dict[str, Any]) -> None:
    """Code gets its params with its first save [seen]."""
    for name in ("src", "dst"):
        project.new_managed_dataset(name).with_store_into("filesystem_managed").create()
    sides = {"inputs": {"main": {"items": [{"ref": "src"}]}}, "outputs": {"main": {"items": [{"ref": "dst"}]}}}
    made = project.create_recipe({"type": kind, "name": "made", **sides}, {"script": "x"})
    settings = made.get_settings()
    settings.save()
    head = made.get_settings().recipe_settings
    assert {**head["params"], **params} == head["params"]
    assert made.get_settings().str_payload == "x"


@pytest.mark.parametrize(("kind", "given", "filled"), FOLDERS, ids=[row[0] for row in FOLDERS])
def test_params_of_folder_types(steered: NodeProcess, kind: str, given: dict[str, Any], filled: dict[str, Any]) -> None:
    """Params by storage type, variables unexpanded [seen]; a folder has no partitioning unless it was set [seen: 1 of 285]."""
    steered.set_profile(unknown_connection="accept")
    with opened(steered) as dss:
        project = dss.client().create_project("TYPES", "t", "admin")
        try:
            settings = project.create_managed_folder("f").get_settings()
            assert "partitioning" not in settings.get_raw()
            settings.get_raw().update(type=kind, params={"connection": "elsewhere", "path": "x", **given})
            settings.save()
            params = project.list_managed_folders()[0]["params"]
            assert {**params, **given, **filled} == params
        finally:
            project.delete()


def test_settings_blocks_of_a_fresh_project(project: Any) -> None:
    """Every block of object-shapes.md 5 stands there with its default [seen: 292 of 292, or all recent ones]."""
    raw = project.get_settings().get_raw()
    settings = raw["settings"]
    assert settings["recipeEnginesPreferences"] == {
        "forbiddenEngines": [],
        "enginesPreferenceOrder": [],
        "forbiddenByRecipeType": {},
        "preferenceByRecipeType": {},
    }
    assert set(settings["codeEnvs"]) == {"python", "r", "julia"}
    assert settings["flowBuildSettings"]["pruneBeforeSqlPipelines"] is True
    assert settings["limitsSettings"]["attachmentBytes"] == {"soft": -1, "hard": -1}
    assert settings["cluster"] == settings["k8sCluster"] == {"clusterMode": "INHERIT"}
    assert settings["virtualWebAppBackendSettings"]["infra"]["scaling"]["initialReplicas"] == 1
    assert settings["relocationSettings"] == {"sqlLikeRecipesInitializationMode": "RESOLVED_TABLE_REFERENCES"}
    assert {"integrations", "wikiSettings", "container", "datasetsCreationSettings"} <= set(settings)
    assert (
        raw["projectAppType"],
        raw["tutorialProject"],
        raw.get("bundleExporterSettings"),
    ) == (
        "REGULAR",
        False,
        None,
    )


def test_bundle_settings_take_their_defaults_once_they_are_there(project: Any) -> None:
    """``exportOptions`` and ``bundleContainerSettings`` appear on first use, then whole [seen: 90 and 40 of 292]."""
    settings = project.get_settings()
    settings.get_raw()["bundleExporterSettings"] = {
        "exportOptions": {"exportSavedModels": True, "exportLabelingTasks": True}
    }
    settings.get_raw()["bundleContainerSettings"] = {"remapping": {"connections": [{"source": "a", "target": "b"}]}}
    settings.save()
    raw = project.get_settings().get_raw()
    options = raw["bundleExporterSettings"]["exportOptions"]
    assert (options["exportSavedModels"], options["exportLabelingTasks"], options["exportUploads"]) == (
        True,
        True,
        False,
    )
    assert options["includedDatasetsData"] == []
    container = raw["bundleContainerSettings"]
    assert container["remapping"] == {"connections": [{"source": "a", "target": "b"}], "codeEnvs": []}
    assert container["codeEnvsBehavior"]["importTimeMode"] == "INSTALL_IF_MISS"


def test_zones_keep_texts_and_shared_items(project: Any) -> None:
    """Names, colours, texts, ``shared``; the default zone can be renamed and coloured, too [seen]."""
    flow = project.get_flow()
    zone = flow.create_zone("Z", color="#4B8021")
    settings = zone.get_settings()
    settings.get_raw().update(shortDesc="s", description="d", tags=["b", "a"])
    settings.save()
    stored = flow.get_zone(zone.id)._raw
    assert without_unset({key: stored[key] for key in ("color", "shortDesc", "description", "tags")}) == {
        "color": "#4B8021",
        "shortDesc": "s",
        "description": "d",
        "tags": ["a", "b"],
    }
    default = flow.get_zone("default").get_settings()
    default.get_raw().update(name="Main", color="#C82423")
    default.save()
    assert (flow.get_zone("default")._raw["name"], flow.get_zone("default")._raw["color"]) == ("Main", "#C82423")
