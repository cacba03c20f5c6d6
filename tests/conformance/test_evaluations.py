"""Evaluation stores and comparisons, through the official client. Facts: api-flow.md 11.2; object-shapes.md 12."""

from typing import Any

import pytest

from tests.conformance.families import raw
from tests.conformance.instance import refusal, requires_client


@pytest.fixture
def flavored(project: Any) -> Any:
    """A project, if the client knows flavors of stores."""
    requires_client(project, "create_evaluation_store")
    return project


def test_store_of_models(project: Any) -> None:
    """Made by name under an id of 8 characters [seen]; ``EXPLICIT`` rebuilds [seen, all]."""
    store = project.create_model_evaluation_store("quality")
    assert len(store.id) == 8
    shown = store.get_settings().get_raw()
    assert (shown["name"], shown["mesFlavor"], shown["rebuildBehavior"]) == ("quality", "TABULAR", "EXPLICIT")
    assert (shown["governSyncOptOut"], shown["displayParams"]) == (False, {})
    assert shown["metricsChecks"]["runOnBuild"] is False
    settings = store.get_settings()
    settings.get_raw()["mesFlavor"] = "LLM"
    settings.get_raw()["governSyncOptOut"] = True
    settings.save()
    assert store.get_settings().get_raw()["governSyncOptOut"] is True
    assert store.get_settings().get_raw()["mesFlavor"] == "TABULAR"


def test_creation_without_a_name_or_with_an_unknown_flavor(project: Any) -> None:
    """400 [inferred]; older clients send no flavor at all [client]."""
    assert "name" in refusal(lambda: raw(project, "POST", "evaluationstores/", {}))
    assert "flavor" in refusal(lambda: raw(project, "POST", "evaluationstores/", {"name": "x"}, flavor="OTHER"))
    assert raw(project, "POST", "evaluationstores/", {"name": "x"})["mesFlavor"] == "TABULAR"


def test_flavors_and_what_a_list_leaves_out(flavored: Any) -> None:
    """Without a flavor, stores of agents are left out [client doc]."""
    made = {flavor: flavored.create_evaluation_store(flavor, flavor).id for flavor in ("TABULAR", "LLM", "AGENT")}
    assert {store.id for store in flavored.list_evaluation_stores()} == {made["TABULAR"], made["LLM"]}
    for flavor, store_id in made.items():
        assert [store.id for store in flavored.list_evaluation_stores(flavor=flavor)] == [store_id]
    classes = {store.id: type(store).__name__ for store in flavored.list_model_evaluation_stores()}
    assert classes == {made["TABULAR"]: "DSSModelEvaluationStore", made["LLM"]: "DSSEvaluationStore"}


def test_evaluations_with_metrics_of_ones_own(project: Any) -> None:
    """Added, listed oldest first, read, renamed, deleted [client]; the latest is told as text, empty without any [client]."""
    store = project.create_model_evaluation_store("quality")
    requires_client(store, "add_custom_model_evaluation")
    assert store.get_latest_model_evaluation() is None
    accuracy = store.MetricDefinition("accuracy", 0.95, "Accuracy")
    store.add_custom_model_evaluation([accuracy], evaluation_id="first", model="S-P-m-v1")
    store.add_custom_model_evaluation([accuracy], name="later", labels=[store.LabelDefinition("a:b", "c")])
    found = store.list_model_evaluations()
    assert [evaluation.evaluation_id for evaluation in found][:1] == ["first"]
    latest = store.get_latest_model_evaluation()
    assert latest.evaluation_id == found[1].evaluation_id
    info = latest.get_full_info()
    assert (info.metrics, info.user_meta["name"]) == ({"accuracy": 0.95}, "later")
    assert info.full_id == latest.full_id
    info.user_meta["name"] = "renamed"
    info.save_user_meta()
    assert latest.get_full_info().user_meta["name"] == "renamed"
    assert found[0].get_full_info().model_full_id == "S-P-m-v1"
    text = refusal(lambda: store.add_custom_model_evaluation([accuracy], evaluation_id="first"))
    assert "already exists" in text
    found[0].delete()
    assert [evaluation.evaluation_id for evaluation in store.list_model_evaluations()] == [latest.evaluation_id]
    assert "evaluation does not exist" in refusal(found[0].get_full_info)


def test_comparison_of_models(project: Any) -> None:
    """Made under ``predictionType`` [client], kept under ``modelTaskType`` as files since 14 are [seen]."""
    comparison = project.create_model_comparison("candidates", "REGRESSION")
    settings = comparison.get_settings()
    assert settings.display_name == "candidates"
    assert settings.get_raw()["modelTaskType"] == "REGRESSION"
    settings.display_name = "finalists"
    settings.get_raw()["comparedModels"].append({"refId": "S-P-model-v1"})
    settings.save()
    shown = comparison.get_settings().get_raw()
    assert shown["displayName"] == "finalists"
    assert shown["comparedModels"] == [{"refId": "S-P-model-v1", "isSelected": True, "isChampion": False}]
    comparison.delete()
    assert project.list_model_comparisons() == []


def test_comparison_needs_name_and_type(project: Any) -> None:
    """400 [inferred]."""
    assert "displayName" in refusal(lambda: raw(project, "POST", "modelcomparisons/", {"predictionType": "REGRESSION"}))
    assert "predictionType" in refusal(lambda: raw(project, "POST", "modelcomparisons/", {"displayName": "x"}))


def test_comparisons_of_llms_are_one_family_with_those_of_models(project: Any) -> None:
    """Two names of one list [client]."""
    requires_client(project, "create_evaluation_comparison")
    comparison = project.create_evaluation_comparison("llms", "LLM")
    assert comparison.get_settings().model_task_type == "LLM"
    assert [type(found).__name__ for found in project.list_model_comparisons()] == ["DSSEvaluationComparison"]
    assert raw(project, "GET", f"modelcomparisons/{comparison.comparison_id}")["displayName"] == "llms"
