"""Knowledge banks, agents, tools, retrieval-augmented LLMs, semantic models. Facts: api-flow.md 11.3; object-shapes.md 12, 14."""

from collections.abc import Iterator
from typing import Any

import pytest

from emulator.launch import NodeProcess
from tests.conformance.conftest import Dss, opened
from tests.conformance.families import raw
from tests.conformance.instance import refusal, requires_client
from tests.conformance.keys import KEY

BANK = {"name": "facts", "vectorStoreType": "CHROMA", "embeddingLLMId": "openai:c:e"}


@pytest.fixture
def emulated(node: NodeProcess) -> Iterator[Dss]:
    with opened(node) as dss:
        yield dss


@pytest.fixture
def llms(emulated: Dss, steered: NodeProcess) -> Iterator[Any]:
    project = emulated.client().create_project("LLMS", "LLMs", "admin")
    yield project
    project.delete()


def bank(project: Any) -> str:
    made: str = raw(project, "POST", "knowledge-banks/", BANK)["id"]
    return made


def test_knowledge_bank(project: Any) -> None:
    """Made, listed, changed by a PUT whose reply the client parses, deleted [client]; defaults as [seen]."""
    requires_client(project, "create_knowledge_bank")
    made = project.create_knowledge_bank("facts", "CHROMA", "openai:c:e")
    assert [(item.id, item.name) for item in project.list_knowledge_banks()] == [(made.id, "facts")]
    settings = made.get_settings()
    assert settings.vector_store_type == "CHROMA"
    shown = settings.get_raw()
    assert (shown["retrieverType"], shown["rebuildBehavior"]) == ("VECTOR_STORE_BACKED", "EXPLICIT")
    assert shown["containerExecSelection"] == {"containerMode": "INHERIT"}
    settings.set_metadata_schema({"source": "string"})
    settings.save()
    assert made.get_settings().get_raw()["metadataColumnsSchema"] == [{"name": "source", "type": "string"}]
    assert made.clear()["error"] is False
    made.delete()
    assert project.list_knowledge_banks() == []


def test_what_a_new_bank_needs(project: Any) -> None:
    """A store that exists; a managed one also an LLM that embeds [client doc]."""
    refused = {
        "vector store type": {**BANK, "vectorStoreType": "ABACUS"},
        "embeddingLLMId": {"name": "facts", "vectorStoreType": "CHROMA"},
        "name": {key: value for key, value in BANK.items() if key != "name"},
    }
    for word, body in refused.items():
        assert word in refusal(lambda body=body: raw(project, "POST", "knowledge-banks/", body))
    remote = {"name": "r", "vectorStoreType": "ELASTICSEARCH", "managed": False, "connection": "es", "indexName": "i"}
    shown = raw(project, "POST", "knowledge-banks/", remote)
    assert (shown["managed"], shown["connection"], shown["indexName"]) == (False, "es", "i")


@pytest.mark.parametrize("kind", ["PYTHON_AGENT", "TOOLS_USING_AGENT", "STRUCTURED_AGENT"])
def test_agent(project: Any, kind: str) -> None:
    """Shown with ``type`` and ``versions``; it is a saved model with ``savedModelType`` and ``inlineVersions`` [client, seen]."""
    requires_client(project, "create_agent")
    agent = project.create_agent("helper", kind)
    assert [(item.id, item.name) for item in project.list_agents()] == [(agent.id, "helper")]
    settings = agent.get_settings()
    assert (settings.type, settings.get_version_ids(), settings.active_version) == (kind, ["v1"], "v1")
    assert not {"savedModelType", "inlineVersions"} & set(settings.get_raw())
    model = project.get_saved_model(agent.id).get_settings().get_raw()
    assert model["savedModelType"] == kind
    assert [version["versionId"] for version in model["inlineVersions"]] == ["v1"]
    assert [version["id"] for version in project.get_saved_model(agent.id).list_versions()] == ["v1"]


def test_settings_of_an_agent_with_tools(project: Any) -> None:
    """The client edits a version in place and saves the whole agent [client]."""
    requires_client(project, "create_agent")
    agent = project.create_agent("helper", "TOOLS_USING_AGENT")
    settings = agent.get_settings()
    version = settings.get_version_settings("v1")
    version.llm_id = "openai:c:m"
    version.add_tool("lookup1")
    settings.get_raw()["versions"].append({"versionId": "v2", "toolsUsingAgentSettings": {"tools": []}})
    settings.save()
    after = agent.get_settings()
    assert after.get_version_ids() == ["v1", "v2"]
    first = after.get_version_settings("v1")
    assert (first.llm_id, first.tools) == ("openai:c:m", [{"toolRef": "lookup1"}])
    project.get_saved_model(agent.id).set_active_version("v2")
    assert agent.get_settings().active_version == "v2"
    settings = agent.get_settings()
    settings.get_raw()["versions"][0].pop("versionId")
    assert "versionId" in refusal(settings.save)


def test_agent_is_switched_off_and_on(project: Any) -> None:
    """Two calls of the newest client [client]."""
    agent_id = raw(project, "POST", "agents", {"name": "a", "type": "TOOLS_USING_AGENT"})["id"]
    for action, expected in (("disable", True), ("enable", False)):
        project.client._perform_empty("POST", f"/projects/{KEY}/agents/{agent_id}/actions/{action}")
        assert raw(project, "GET", f"agents/{agent_id}")["disabled"] is expected


def test_agent_of_a_plugin_names_it(project: Any) -> None:
    """``pluginAgentType`` only with this type [client doc]."""
    for body in (
        {"name": "a", "type": "PLUGIN_AGENT", "pluginAgentType": None},
        {"name": "a", "type": "PYTHON_AGENT", "pluginAgentType": "x"},
    ):
        assert "pluginAgentType" in refusal(lambda body=body: raw(project, "POST", "agents", body))
    assert "Unknown agent type" in refusal(lambda: raw(project, "POST", "agents", {"name": "a", "type": "ORACLE"}))
    made = raw(project, "POST", "agents", {"name": "a", "type": "PLUGIN_AGENT", "pluginAgentType": "agents_x"})
    assert made["pluginAgentType"] == "agents_x"


def test_code_of_an_agent_needs_the_ability(llms: Any, emulated: Dss) -> None:
    """An agent in Python is code [inferred]."""
    llms.client.create_user("nocode", "secret-password")
    try:
        permissions = llms.get_permissions()
        permissions["permissions"] = [{"user": "nocode", "writeProjectContent": True}]
        llms.set_permissions(permissions)
        mine = emulated.client(emulated.personal_key("nocode")).get_project("LLMS")
        body = {"name": "a", "type": "PYTHON_AGENT"}
        assert "may not write code" in refusal(lambda: raw(mine, "POST", "agents", body))
        assert raw(mine, "POST", "agents", {**body, "type": "TOOLS_USING_AGENT"})["id"]
    finally:
        llms.client.get_user("nocode").delete()


def test_new_agents_may_have_no_version(llms: Any, steered: NodeProcess) -> None:
    """A switch: the examples of the client begin with ``v1``; whether it is there from the start is unknown."""
    steered.set_profile(new_agent_has_version=False)
    made = raw(llms, "POST", "agents", {"name": "a", "type": "TOOLS_USING_AGENT"})
    assert (made["versions"], made.get("activeVersion")) == ([], None)


def test_tool_of_agents(project: Any) -> None:
    """Listed in an envelope; the type stays, params are opaque [client, seen]; an id may be chosen, once [client doc]."""
    requires_client(project, "new_agent_tool")
    tool = project.new_agent_tool("DatasetRowLookup", "orders").create()
    chosen = project.new_agent_tool("DatasetRowLookup", id="mine").create()
    assert (len(tool.id), chosen.id) == (7, "mine")
    listed = [(item.id, item.type, item.name) for item in project.list_agent_tools()]
    assert sorted(listed) == sorted(
        [(tool.id, "DatasetRowLookup", "orders"), ("mine", "DatasetRowLookup", "DatasetRowLookup")]
    )
    assert "already exists" in refusal(lambda: project.new_agent_tool("DatasetRowLookup", id="mine").create())
    settings = tool.get_settings()
    settings.params["datasetRef"] = "orders"
    settings.get_raw()["type"] = "Other"
    settings.save()
    after = tool.get_settings()
    assert (after.params, after.type) == ({"datasetRef": "orders"}, "DatasetRowLookup")
    tool.delete()
    assert [item.id for item in project.list_agent_tools()] == ["mine"]


def test_search_tool_on_a_knowledge_bank(llms: Any, steered: NodeProcess) -> None:
    """Its creation names the bank [client]; whether it must be there is a switch."""
    requires_client(llms, "new_agent_tool")
    bank_id = bank(llms)
    tool = llms.new_agent_tool("VectorStoreSearch").with_knowledge_bank(bank_id).create()
    assert tool.get_settings().params == {"knowledgeBankRef": bank_id}
    missing = llms.new_agent_tool("VectorStoreSearch").with_knowledge_bank("nowhere")
    assert "knowledge bank does not exist: LLMS.nowhere" in refusal(missing.create)
    steered.set_profile(missing_llm_reference="accept")
    assert missing.create().get_settings().params == {"knowledgeBankRef": "nowhere"}


def test_retrieval_augmented_llm(project: Any) -> None:
    """A saved model, too; its version holds ``ragllmSettings`` [client]."""
    requires_client(project, "create_retrieval_augmented_llm")
    bank_id = bank(project)
    made = project.create_retrieval_augmented_llm("reader", bank_id, "openai:c:m")
    assert [(item.id, item.name) for item in project.list_retrieval_augmented_llms()] == [(made.id, "reader")]
    settings = made.get_settings()
    version = settings.get_version_settings(settings.active_version)
    assert version.llm_id == "openai:c:m"
    version.llm_id = "openai:c:other"
    settings.save()
    assert made.get_settings().get_version_settings("v1").llm_id == "openai:c:other"
    assert made.id in [model["id"] for model in project.list_saved_models()]
    assert project.list_agents() == []
    body = {"name": "r", "knowledgeBankRef": "nowhere", "llmId": "m"}
    assert "knowledge bank does not exist" in refusal(lambda: raw(project, "POST", "retrieval-augmented-llms", body))
    made.delete()
    assert project.list_saved_models() == []


def test_semantic_model(llms: Any, steered: NodeProcess) -> None:
    """New with 15: name in the query of its creation, versions saved one by one, the active one by a PUT [client]."""
    requires_client(llms, "create_semantic_model")
    steered.set_profile(dss_version="15.2.0")
    model = llms.create_semantic_model("sales")
    assert [(item.id, item.name) for item in llms.list_semantic_models()] == [(model.id, "sales")]
    assert model.list_versions_ids() == []
    model.new_version("v1").save()
    settings = model.new_version("v2", duplicate_of="v1")
    settings.get_raw()["description"] = "second"
    settings.save()
    settings.save()
    assert model.list_versions_ids() == ["v1", "v2"]
    assert model.get_version("v2").get_settings().get_raw()["description"] == "second"
    model.set_active_version_id("v2")
    model.rename("revenue")
    assert (model.get_active_version_id(), model._get_definition()["name"]) == ("v2", "revenue")
    model.delete()
    assert llms.list_semantic_models() == []
    assert "semantic model does not exist" in refusal(model.list_versions_ids)
