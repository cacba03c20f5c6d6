"""Saved models and their versions, through the official client. Facts: api-flow.md 11.2, 17; object-shapes.md 12, 16."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from emulator.launch import NodeProcess
from tests.conformance.conftest import opened
from tests.conformance.families import raw
from tests.conformance.instance import refusal, requires_client

CONFIGURATION = {"protocol": "sagemaker", "region": "eu-west-1", "connection": "aws"}


@pytest.fixture
def mlflow(tmp_path: Path) -> str:
    """A directory as MLflow writes one; what is in it is not looked at."""
    (tmp_path / "model" / "data").mkdir(parents=True)
    (tmp_path / "model" / "MLmodel").write_text("flavors: {}\n")
    (tmp_path / "model" / "data" / "model.pkl").write_bytes(b"\x00\x01")
    return str(tmp_path / "model")


def imported(model: Any, version: str, path: str, **options: Any) -> None:
    model.import_mlflow_version_from_path(
        version, path, code_env_name="INHERIT", container_exec_config_name="NONE", **options
    )


def versions(model: Any) -> list[tuple[str, bool]]:
    return [(version["id"], version["active"]) for version in model.list_versions()]


@pytest.fixture
def on_emulator(node: NodeProcess) -> Iterator[Any]:
    with opened(node) as dss:
        project = dss.client().create_project("MODELS", "Models", "admin")
        yield project
        project.delete()


def test_three_types_are_made_without_training(project: Any) -> None:
    """MLflow, proxy and fine-tuned LLM [client]; the prediction type is read from ``miniTask`` [client]."""
    requires_client(project, "create_finetuned_llm_saved_model")
    made = {
        "MLFLOW_PYFUNC": project.create_mlflow_pyfunc_model("flow", "REGRESSION"),
        "PROXY_MODEL": project.create_external_model("proxy", "BINARY_CLASSIFICATION", CONFIGURATION),
        "LLM_GENERIC": project.create_finetuned_llm_saved_model("tuned"),
    }
    listed = {item["id"]: item for item in project.list_saved_models()}
    assert sorted(listed) == sorted(model.id for model in made.values())
    for kind, model in made.items():
        assert len(model.id) == 8
        assert model.id.isalnum()
        assert listed[model.id]["savedModelType"] == kind
        assert model.list_versions() == []
        assert model.get_active_version() is None
    assert made["MLFLOW_PYFUNC"].get_settings().prediction_type == "REGRESSION"
    assert made["PROXY_MODEL"].get_settings().prediction_type == "BINARY_CLASSIFICATION"
    assert project.create_mlflow_pyfunc_model("any").get_settings().prediction_type == "OTHER"


def test_defaults_of_a_model(project: Any) -> None:
    """The fragments of every saved model that was seen, filled in at its creation."""
    shown = project.create_mlflow_pyfunc_model("m", "REGRESSION").get_settings().get_raw()
    assert (shown["publishPolicy"], shown["rebuildBehavior"], shown["conditionalOutputs"]) == (
        "UNCONDITIONAL",
        "EXPLICIT",
        [],
    )
    assert shown["contentType"] == "mlflow_python/prediction/py_memory"
    assert shown["metrics"]["displayedState"] == {
        "partition": "NP",
        "columns": [],
        "metrics": ["reporting:BUILD_DURATION"],
    }
    assert shown["metricsChecks"]["runOnBuild"] is False
    assert shown["partitioning"]["dimensions"] == []
    assert shown["flowOptions"]["rebuildBehavior"] == "NORMAL"


@pytest.mark.parametrize("kind", ["DSS_MANAGED", "TOOLS_USING_AGENT", None])
def test_visual_model_cannot_be_made_empty(project: Any, kind: str | None) -> None:
    """It comes from a training and its deployment [client]; agents have a call of their own."""
    body = {"savedModelType": kind, "name": "m", "predictionType": "REGRESSION"}
    assert "Cannot create a saved model of type" in refusal(lambda: raw(project, "POST", "savedmodels/", body))
    assert project.list_saved_models() == []


def test_type_is_not_changed_by_a_put(project: Any) -> None:
    """What a model is follows from how it was made [inferred]."""
    model = project.create_mlflow_pyfunc_model("m")
    settings = model.get_settings()
    settings.get_raw()["savedModelType"] = "LLM_GENERIC"
    settings.save()
    assert model.get_settings().get_raw()["savedModelType"] == "MLFLOW_PYFUNC"


def test_mlflow_versions(project: Any, mlflow: str) -> None:
    """A zip per version; the new one becomes active unless asked not to [client]."""
    model = project.create_mlflow_pyfunc_model("m", "REGRESSION")
    imported(model, "v1", mlflow)
    imported(model, "v2", mlflow, set_active=False)
    assert versions(model) == [("v1", True), ("v2", False)]
    assert model.get_active_version()["id"] == "v1"
    model.set_active_version("v2")
    assert versions(model) == [("v1", False), ("v2", True)]
    assert model.get_settings().get_raw()["activeVersion"] == "v2"
    model.delete_versions(["v1"])
    assert versions(model) == [("v2", True)]
    assert "already exists" in refusal(lambda: imported(model, "v2", mlflow))
    assert "version does not exist: v9" in refusal(lambda: model.set_active_version("v9"))
    assert "version does not exist: v9" in refusal(lambda: model.delete_versions(["v9", "v2"]))
    assert versions(model) == [("v2", True)]


def test_what_is_no_mlflow_model_is_refused(project: Any, tmp_path: Path) -> None:
    """It has to be a folder with an MLflow model [client doc]."""
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "other.txt").write_text("x")
    model = project.create_mlflow_pyfunc_model("m")
    assert "MLmodel" in refusal(lambda: imported(model, "v1", str(tmp_path / "empty")))
    tuned = raw(project, "POST", "savedmodels/", {"savedModelType": "LLM_GENERIC", "name": "t"})["id"]
    text = refusal(lambda: imported(project.get_saved_model(tuned), "v1", str(tmp_path / "empty")))
    assert "LLM_GENERIC" in text
    assert model.list_versions() == []


def test_mlflow_version_from_a_managed_folder(project: Any) -> None:
    """By reference and path [client]."""
    folder = project.create_managed_folder("models")
    folder.put_file("first/MLmodel", b"flavors: {}")
    model = project.create_mlflow_pyfunc_model("m")
    options = {"code_env_name": "INHERIT", "container_exec_config_name": "NONE"}
    model.import_mlflow_version_from_managed_folder("v1", folder, "/first", **options)
    assert versions(model) == [("v1", True)]
    text = refusal(lambda: model.import_mlflow_version_from_managed_folder("v2", folder, "/second", **options))
    assert "MLmodel" in text


def test_metadata_of_imported_versions(project: Any, mlflow: str) -> None:
    """Target and classes are told apart from the import [client]."""
    model = project.create_mlflow_pyfunc_model("m", "BINARY_CLASSIFICATION")
    imported(model, "v1", mlflow)
    handler = model.get_external_model_version_handler("v1")
    handler.set_core_metadata("churn", ["no", "yes"], container_exec_config_name="NONE")
    assert handler.get_settings().raw["targetColumnName"] == "churn"
    assert handler.get_settings().raw["classLabels"] == [{"label": "no"}, {"label": "yes"}]
    assert "does not exist: v9" in refusal(lambda: model.get_external_model_version_handler("v9").get_settings())


@pytest.mark.usefixtures("only_here")
def test_models_are_not_run_here(project: Any, mlflow: str) -> None:
    """The refusal says so."""
    model = project.create_mlflow_pyfunc_model("m", "REGRESSION")
    imported(model, "v1", mlflow)
    handler = model.get_external_model_version_handler("v1")
    assert "does not run models" in refusal(lambda: handler.evaluate("ds", container_exec_config_name="NONE"))


def test_versions_of_a_proxy(project: Any) -> None:
    """Only a configuration, no file [client]."""
    model = project.create_external_model("p", "REGRESSION", CONFIGURATION)
    endpoint = {"protocol": "sagemaker", "endpoint_name": "churn"}
    options = {"container_exec_config_name": "NONE", "target_column_name": "y", "evaluate": False}
    model.create_external_model_version("v1", endpoint, **options)
    assert versions(model) == [("v1", True)]
    shown = model.get_external_model_version_handler("v1").get_settings().raw
    assert (shown["proxyModelVersionConfiguration"], shown["targetColumnName"]) == (endpoint, "y")


def test_active_version_may_be_kept_from_deletion(on_emulator: Any, steered: NodeProcess, mlflow: str) -> None:
    """A switch: refused, or the model is left without one."""
    model = on_emulator.create_mlflow_pyfunc_model("m")
    imported(model, "v1", mlflow)
    assert "Cannot delete the active version" in refusal(lambda: model.delete_versions("v1"))
    steered.set_profile(deleted_active_version="accept")
    model.delete_versions("v1")
    assert model.list_versions() == []
    assert "activeVersion" not in model.get_settings().get_raw()


def test_active_version_in_a_put(on_emulator: Any, steered: NodeProcess, mlflow: str) -> None:
    """A switch: it is runtime state [seen: volatile], so a PUT may or may not move it."""
    model = on_emulator.create_mlflow_pyfunc_model("m")
    for version in ("v1", "v2"):
        imported(model, version, mlflow)
    for moves, expected in ((False, "v2"), (True, "v1")):
        steered.set_profile(put_moves_active_version=moves)
        settings = model.get_settings()
        settings.get_raw()["activeVersion"] = "v1"
        settings.save()
        assert model.get_active_version()["id"] == expected


def test_versions_leave_with_an_export_that_asks_for_them(on_emulator: Any, mlflow: str, tmp_path: Path) -> None:
    """``exportSavedModels`` [client]; without it the definition goes alone."""
    model = on_emulator.create_mlflow_pyfunc_model("m")
    imported(model, "v1", mlflow)
    client = on_emulator.client
    for options, expected in (({}, []), ({"exportSavedModels": True}, [("v1", True)])):
        archive = tmp_path / "models.zip"
        on_emulator.export_to_file(str(archive), options)
        with archive.open("rb") as content:
            assert client.prepare_project_import(content).execute({"targetProjectKey": "COPY"})["success"] is True
        copy = client.get_project("COPY")
        assert versions(copy.get_saved_model(model.id)) == expected
        copy.delete()
    assert versions(model) == [("v1", True)]


def test_shared_models_are_listed_if_asked(on_emulator: Any) -> None:
    """``foreign=true`` adds what other projects expose [client]; each tells its own project."""
    requires_client(on_emulator, "list_saved_models", "include_shared")
    other = on_emulator.client.create_project("OWNER", "Owner", "admin")
    try:
        model = other.create_mlflow_pyfunc_model("shared")
        settings = other.get_settings()
        settings.add_exposed_object("SAVED_MODEL", model.id, "MODELS")
        settings.save()
        assert on_emulator.list_saved_models() == []
        found = on_emulator.list_saved_models(include_shared=True)
        assert [(item["projectKey"], item["id"]) for item in found] == [("OWNER", model.id)]
    finally:
        other.delete()


def test_deleted_model_and_its_recipes(on_emulator: Any, steered: NodeProcess) -> None:
    """A switch: scoring recipes go with it, or lose it. Steps of scenarios stay, their entry goes [seen for datasets]."""
    for name in ("src", "dst"):
        on_emulator.new_managed_dataset(name).with_store_into("filesystem_managed").create()
    build = {"type": "SAVED_MODEL", "projectKey": "MODELS"}
    for cascade, expected in (("unlink", ["score_src"]), ("drop_recipes", [])):
        model = on_emulator.create_mlflow_pyfunc_model("m")
        builder = on_emulator.new_recipe("prediction_scoring").with_input("src").with_input_model(model.id)
        builder.with_existing_output("dst").create()
        scenario = on_emulator.create_scenario(
            f"build {cascade}",
            "step_based",
            {"params": {"steps": [{"type": "build_flowitem", "params": {"builds": [{**build, "itemId": model.id}]}}]}},
        )
        steered.set_profile(computable_delete_cascade=cascade)
        model.delete()
        recipes = on_emulator.list_recipes()
        assert [recipe["name"] for recipe in recipes] == expected
        assert all(recipe["inputs"]["model"]["items"] == [] for recipe in recipes)
        (step,) = scenario.get_settings().get_raw()["params"]["steps"]
        assert (step["type"], step["params"]["builds"]) == ("build_flowitem", [])
        for recipe in recipes:
            on_emulator.get_recipe(recipe["name"]).delete()
