"""Recipes on models, evaluation stores, knowledge banks. Facts: api-flow.md 6.2, 6.3, 7; object-shapes.md 7.1, 8, 16."""

import json
from typing import Any

import pytest

from emulator.launch import NodeProcess
from tests.conformance.conftest import opened
from tests.conformance.families import raw
from tests.conformance.instance import refusal, requires_client
from tests.conformance.keys import KEY


def filled(project: Any) -> Any:
    for name in ("rows", "scored", "metrics"):
        project.new_managed_dataset(name).with_store_into("filesystem_managed").create()
    return project


@pytest.fixture
def flow(project: Any) -> Any:
    return filled(project)


def made(project: Any, kind: str, inputs: dict[str, str], outputs: dict[str, str], **settings: Any) -> Any:
    proto = {
        "type": kind,
        "projectKey": project.project_key,
        "inputs": {role: {"items": [{"ref": ref}]} for role, ref in inputs.items()},
        "outputs": {role: {"items": [{"ref": ref}]} for role, ref in outputs.items()},
    }
    return project.create_recipe(proto, settings)


def test_scoring(flow: Any) -> None:
    """Named by the server; ``containerSelection`` in the params; the rest is a payload that is there at once [seen]."""
    model = flow.create_mlflow_pyfunc_model("m", "REGRESSION")
    builder = flow.new_recipe("prediction_scoring", "wanted").with_input("rows").with_input_model(model.id)
    recipe = builder.with_existing_output("scored").create()
    assert recipe.name == "score_rows"
    shown = raw(flow, "GET", "recipes/score_rows")
    assert shown["recipe"]["params"] == {"containerSelection": {"containerMode": "INHERIT"}}
    assert shown["recipe"]["inputs"]["model"]["items"] == [{"ref": model.id, "deps": []}]
    payload = json.loads(shown["payload"])
    assert (payload["backendType"], payload["pythonBatchSize"], payload["outputProbabilities"]) == (
        "PY_MEMORY",
        100000,
        True,
    )
    nodes = flow.get_flow().get_graph().nodes
    assert (nodes[model.id]["type"], nodes[model.id]["successors"]) == ("COMPUTABLE_SAVED_MODEL", ["score_rows"])
    assert sorted(nodes["score_rows"]["predecessors"]) == sorted(["rows", model.id])


def test_evaluation(flow: Any) -> None:
    """Into a dataset, a metrics dataset and a store, all optional but one of them [client]; named for what it evaluates [seen]."""
    model = flow.create_mlflow_pyfunc_model("m", "REGRESSION")
    store = flow.create_model_evaluation_store("quality")
    assert "at least one" in refusal(lambda: made(flow, "evaluation", {"main": "rows", "model": model.id}, {}))
    builder = flow.new_recipe("evaluation").with_input_model(model.id).with_input("rows")
    builder = builder.with_output("scored").with_output_metrics("metrics").with_output_evaluation_store(store.id)
    recipe = builder.create()
    assert recipe.name == "evaluate_on_rows"
    outputs = raw(flow, "GET", f"recipes/{recipe.name}")["recipe"]["outputs"]
    assert {role: given["items"][0]["ref"] for role, given in outputs.items()} == {
        "main": "scored",
        "metrics": "metrics",
        "evaluationStore": store.id,
    }
    settings = recipe.get_settings()
    settings.obj_payload["dontComputePerformance"] = True
    settings.save()
    assert recipe.get_settings().obj_payload["dontComputePerformance"] is True
    node = flow.get_flow().get_graph().nodes[store.id]
    assert (node["type"], node["predecessors"]) == ("COMPUTABLE_MODEL_EVALUATION_STORE", [recipe.name])
    assert store.get_usages() == [{"type": "RECIPE_OUTPUT", "objectId": recipe.name, "objectProjectKey": KEY}]


@pytest.mark.parametrize("kind", ["nlp_llm_evaluation", "standalone_evaluation"])
def test_evaluations_without_a_model(flow: Any, kind: str) -> None:
    """Their store is in ``evaluationStore``, too [client]; what they lack a payload for is given by the caller."""
    store = raw(flow, "POST", "evaluationstores/", {"name": "s"}, flavor="LLM")["id"]
    settings = {"rawCreation": True, "rawPayload": '{"selection": {}}'}
    recipe = made(flow, kind, {"main": "rows"}, {"evaluationStore": store}, **settings)
    assert raw(flow, "GET", f"recipes/{recipe.name}")["payload"] == '{"selection": {}}'


def test_training_recipe_is_stored_as_it_is_given(flow: Any) -> None:
    """Its payload is the copy of an ML task [seen], opaque; named for its model [seen]."""
    model = flow.create_mlflow_pyfunc_model("Churn (v2)", "REGRESSION")
    task = {"core": {"prediction_type": "REGRESSION"}, "modeling": {"grid": [1, 2]}, "generatingModelId": "A-X"}
    settings = {"rawCreation": True, "rawPayload": json.dumps(task)}
    recipe = made(flow, "prediction_training", {"main": "rows"}, {"main": model.id}, **settings)
    assert recipe.name == "train_Churn__v2_"
    shown = raw(flow, "GET", f"recipes/{recipe.name}")
    assert json.loads(shown["payload"]) == task
    assert shown["recipe"]["params"]["containerSelection"] == {"containerMode": "INHERIT"}
    nodes = flow.get_flow().get_graph().nodes
    assert nodes[model.id]["predecessors"] == [recipe.name]


def test_wrong_kind_in_a_role(node: NodeProcess, steered: NodeProcess) -> None:
    """``ERR_RECIPE_INCONSISTENT_I_O`` [doc]; a switch says whether at creation."""
    with opened(node) as dss:
        project = filled(dss.client().create_project("ROLES", "Roles", "admin"))
        try:
            model = project.create_mlflow_pyfunc_model("m")
            bad = (
                ("prediction_training", {"main": "rows"}, {"main": "scored"}),
                ("prediction_scoring", {"main": "rows", "model": "metrics"}, {"main": "scored"}),
                ("evaluation", {"main": "rows", "model": model.id}, {"evaluationStore": "scored"}),
            )
            for kind, inputs, outputs in bad:
                text = refusal(lambda kind=kind, i=inputs, o=outputs: made(project, kind, i, o))
                assert "recipe takes" in text
            assert project.list_recipes() == []
            steered.set_profile(inconsistent_roles="accept")
            made(project, *bad[1])
        finally:
            project.delete()


def test_embedding_makes_its_knowledge_bank(flow: Any) -> None:
    """In the same call, in the zone of the recipe [client; seen for datasets]; refused before anything is made."""
    requires_client(flow, "create_knowledge_bank")
    zone = flow.get_flow().create_zone("LLM")
    zone.add_item(flow.get_dataset("rows"))
    builder = flow.new_recipe("embed_dataset", "embed").with_input("rows")
    bad = flow.new_recipe("embed_dataset", "bad").with_input("rows")
    assert "vector store" in refusal(bad.with_output_knowledge_bank("facts", "openai:c:e", "ABACUS").create)
    assert flow.list_knowledge_banks() == []
    recipe = builder.with_output_knowledge_bank("facts", "openai:c:e").create()
    (bank,) = flow.list_knowledge_banks()
    shown = raw(flow, "GET", f"recipes/{recipe.name}")
    assert shown["recipe"]["outputs"]["knowledge_bank"]["items"] == [{"ref": bank.id, "appendMode": False}]
    assert json.loads(shown["payload"])["chunkSizeCharacters"] == 3000
    settings = flow.get_knowledge_bank(bank.id).get_settings().get_raw()
    assert (settings["name"], settings["embeddingLLMId"], settings["vectorStoreType"]) == (
        "facts",
        "openai:c:e",
        "CHROMA",
    )
    items = raw(flow, "GET", f"flow/zones/{zone.id}")["items"]
    assert {"objectId": bank.id, "objectType": "RETRIEVABLE_KNOWLEDGE"} in items
    node = flow.get_flow().get_graph().nodes[bank.id]
    assert (node["type"], node["predecessors"]) == ("COMPUTABLE_RETRIEVABLE_KNOWLEDGE", [recipe.name])


def test_embedding_of_documents_names_its_vision_model(flow: Any) -> None:
    """In the params, unlike its chunking [seen]."""
    requires_client(flow, "create_knowledge_bank")
    folder = flow.create_managed_folder("documents")
    builder = flow.new_recipe("embed_documents", "embed").with_input(folder.id).with_vlm("openai:c:v")
    recipe = builder.with_output_knowledge_bank("facts", "openai:c:e").create()
    assert raw(flow, "GET", f"recipes/{recipe.name}")["recipe"]["params"]["defaultVlmId"] == "openai:c:v"


def test_plugin_recipe_writes_a_model(flow: Any) -> None:
    """``CustomCode_...`` is raw, its roles are the plugin's own [seen]."""
    model = flow.create_mlflow_pyfunc_model("m")
    settings = {"rawCreation": True}
    recipe = made(flow, "CustomCode_trainer", {"training_set": "rows"}, {"trained": model.id}, **settings)
    shown = raw(flow, "GET", f"recipes/{recipe.name}")["recipe"]
    assert shown["outputs"] == {"trained": {"items": [{"ref": model.id, "appendMode": False}]}}


def test_missing_model_is_reported(flow: Any) -> None:
    """At creation as any missing input [inferred]; after a PUT in the status."""
    bad = {"main": "rows", "model": "NoSuchMd"}
    assert "does not exist" in refusal(lambda: made(flow, "prediction_scoring", bad, {"main": "scored"}))
    model = flow.create_mlflow_pyfunc_model("m")
    made(flow, "prediction_scoring", {"main": "rows", "model": model.id}, {"main": "scored"})
    shown = raw(flow, "GET", "recipes/score_rows")
    shown["recipe"]["inputs"]["model"]["items"] = [{"ref": "NoSuchMd"}]
    raw(flow, "PUT", "recipes/score_rows", shown)
    (message,) = raw(flow, "GET", "recipes/score_rows/status")["allMessagesForFrontend"]["messages"]
    assert "NoSuchMd does not exist" in message["message"]
