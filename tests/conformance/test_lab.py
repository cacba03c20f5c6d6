"""Visual analyses and ML tasks, through the official client. Facts: api-flow.md 11.2; object-shapes.md 2, 12, 16."""

from typing import Any

import pytest

from emulator.launch import NodeProcess
from tests.conformance.conftest import opened
from tests.conformance.families import raw
from tests.conformance.instance import refusal
from tests.conformance.keys import KEY

COLUMNS = [
    {"name": "age", "type": "double"},
    {"name": "city", "type": "string"},
    {"name": "churned", "type": "boolean"},
    {"name": "seen_on", "type": "date"},
]


@pytest.fixture
def customers(project: Any) -> Any:
    """A project with a dataset that has columns."""
    dataset = project.new_managed_dataset("customers").with_store_into("filesystem_managed").create()
    dataset.set_schema({"columns": COLUMNS, "userModified": True})
    return project


def test_analysis(customers: Any) -> None:
    """Made of a dataset, named for it [seen]; its script is a preparation; replaced as a whole; deleted."""
    analysis = customers.create_analysis("customers")
    assert len(analysis.analysis_id) == 8
    assert [item["id"] for item in customers.list_analyses()] == [analysis.analysis_id]
    definition = analysis.get_definition()
    raw_form = definition.get_raw()
    assert (raw_form["inputDatasetSmartName"], raw_form["name"]) == ("customers", "Analyze customers")
    assert raw_form["charts"] == []
    definition.add_step({"metaType": "PROCESSOR", "type": "ColumnRenamer", "params": {"renamings": []}})
    definition.get_raw()["noSuchKey"] = 1
    definition.save()
    after = analysis.get_definition().get_raw()
    assert [step["type"] for step in after["script"]["steps"]] == ["ColumnRenamer"]
    assert "noSuchKey" not in after
    assert after["versionTag"]["versionNumber"] == raw_form["versionTag"]["versionNumber"] + 1
    analysis.delete()
    assert customers.list_analyses() == []
    assert "analysis does not exist" in refusal(analysis.get_definition)


def test_analysis_of_a_missing_dataset(project: Any) -> None:
    """404 [inferred]."""
    assert f"dataset does not exist: {KEY}.ghost" in refusal(lambda: project.create_analysis("ghost"))
    assert project.list_analyses() == []


def test_analyses_go_with_their_dataset(customers: Any) -> None:
    """So do their ML tasks [seen]."""
    customers.create_prediction_ml_task("customers", "churned")
    customers.get_dataset("customers").delete()
    assert (customers.list_analyses(), customers.list_ml_tasks()) == ([], [])


def test_prediction_task_with_an_analysis_of_its_own(customers: Any) -> None:
    """``POST /models/lab/`` makes both [client]; names as [seen]; guessing is over when the client waits for it."""
    task = customers.create_prediction_ml_task("customers", "churned")
    assert task.get_status()["guessing"] is False
    settings = task.get_settings()
    assert settings.get_prediction_type() == "BINARY_CLASSIFICATION"
    found = settings.get_raw()
    assert (found["name"], found["taskType"], found["backendType"], found["guessPolicy"]) == (
        "Predict churned",
        "PREDICTION",
        "PY_MEMORY",
        "DEFAULT",
    )
    roles = {name: feature["role"] for name, feature in found["preprocessing"]["per_feature"].items()}
    assert roles == {"age": "INPUT", "city": "INPUT", "churned": "TARGET", "seen_on": "INPUT"}
    (analysis,) = customers.list_analyses()
    assert analysis["name"] == "Quick modeling of churned on customers"
    (head,) = customers.list_ml_tasks()
    assert (head["analysisId"], head["mlTaskId"]) == (analysis["id"], task.mltask_id)
    assert head["taskType"] == "PREDICTION"


@pytest.mark.usefixtures("only_here")
def test_kind_of_prediction_follows_the_target_unless_it_is_said(customers: Any) -> None:
    """By its storage type here; a real node looks at values, too."""
    for target, expected in (("age", "REGRESSION"), ("city", "MULTICLASS"), ("churned", "BINARY_CLASSIFICATION")):
        task = customers.create_prediction_ml_task("customers", target)
        assert task.get_settings().get_prediction_type() == expected
    said = customers.create_prediction_ml_task("customers", "city", prediction_type="BINARY_CLASSIFICATION")
    assert said.get_settings().get_prediction_type() == "BINARY_CLASSIFICATION"


def test_unknown_target_or_type_of_task(customers: Any) -> None:
    """400, and no analysis is left behind."""
    assert "No such column" in refusal(lambda: customers.create_prediction_ml_task("customers", "ghost"))
    body = {"inputDataset": "customers", "taskType": "GUESSWORK"}
    assert "Unknown ML task type" in refusal(lambda: raw(customers, "POST", "models/lab/", body))
    assert customers.list_analyses() == []


def test_settings_are_replaced_by_a_post(customers: Any) -> None:
    """``POST .../settings`` [client]; what the client changes there stays, whatever it is."""
    task = customers.create_prediction_ml_task("customers", "churned")
    settings = task.get_settings()
    assert "RANDOM_FOREST_CLASSIFICATION" in settings.get_enabled_algorithm_names()
    settings.reject_feature("city")
    settings.set_algorithm_enabled("RANDOM_FOREST_CLASSIFICATION", False)
    settings.set_metric("F1")
    settings.save()
    after = task.get_settings()
    assert after.get_feature_preprocessing("city")["role"] == "REJECT"
    assert "RANDOM_FOREST_CLASSIFICATION" not in after.get_enabled_algorithm_names()
    assert after.get_raw()["modeling"]["metrics"]["evaluationMetric"] == "F1"
    changed = {**after.get_raw(), "taskType": "CLUSTERING"}
    path = f"models/lab/{task.analysis_id}/{task.mltask_id}/settings"
    assert "Cannot change the type" in refusal(lambda: raw(customers, "POST", path, changed))


def test_guess_again(customers: Any) -> None:
    """With a new target all settings are guessed again, or only those that it reaches [client doc]."""
    task = customers.create_prediction_ml_task("customers", "churned")
    settings = task.get_settings()
    settings.reject_feature("seen_on")
    settings.save()
    task.guess(target_variable="age", full_reguess=False)
    partly = task.get_settings()
    assert (partly.get_prediction_type(), partly.get_raw()["targetVariable"]) == ("REGRESSION", "age")
    assert partly.get_feature_preprocessing("seen_on")["role"] == "REJECT"
    task.guess(target_variable="churned")
    fully = task.get_settings()
    assert fully.get_prediction_type() == "BINARY_CLASSIFICATION"
    assert fully.get_feature_preprocessing("seen_on")["role"] == "INPUT"


def test_tasks_in_an_analysis(customers: Any) -> None:
    """Several tasks of one analysis; clustering has no target [client]."""
    analysis = customers.create_analysis("customers")
    prediction = analysis.create_prediction_ml_task("age")
    clustering = analysis.create_clustering_ml_task()
    assert {head["mlTaskId"] for head in analysis.list_ml_tasks()["mlTasks"]} == {
        prediction.mltask_id,
        clustering.mltask_id,
    }
    assert clustering.get_settings().get_raw()["taskType"] == "CLUSTERING"
    prediction.delete()
    assert [head["mlTaskId"] for head in analysis.list_ml_tasks()["mlTasks"]] == [clustering.mltask_id]
    assert "ML task does not exist" in refusal(prediction.get_status)


@pytest.mark.usefixtures("only_here")
def test_nothing_is_trained_here(customers: Any) -> None:
    """The refusal says so, and a visual model can therefore not come to be."""
    task = customers.create_prediction_ml_task("customers", "churned")
    assert "does not train models" in refusal(task.start_train)
    assert "does not train models" in refusal(lambda: task.deploy_to_flow("m", "model", "customers"))
    assert task.get_trained_models_ids() == []
    assert customers.list_saved_models() == []


def test_lab_on_disk(node: NodeProcess) -> None:
    """``analysis/A/core_params.json``, tag ``ANALYSIS.A``, and ``analysis/A/ml/T/params.json`` without a tag [seen]."""
    import json

    with opened(node) as dss:
        project = dss.client().create_project("LAB", "Lab", "admin")
        dataset = project.new_managed_dataset("customers").with_store_into("filesystem_managed").create()
        dataset.set_schema({"columns": COLUMNS, "userModified": True})
        task = project.create_prediction_ml_task("customers", "churned")
        root = node.data_dir / "config" / "projects" / "LAB"
        core = json.loads((root / "analysis" / task.analysis_id / "core_params.json").read_bytes())
        assert not {"id", "projectKey", "versionTag"} & set(core)
        assert (root / "analysis" / task.analysis_id / "ml" / task.mltask_id / "params.json").is_file()
        tags = json.loads((root / "version-tags.json").read_bytes())["tags"]
        assert f"ANALYSIS.{task.analysis_id}" in tags
        project.delete()
