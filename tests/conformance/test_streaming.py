"""Streaming endpoints, through the official client. Facts: api-flow.md 3.3, 11.1."""

from pathlib import Path
from typing import Any

import pytest

from emulator.launch import NodeProcess
from tests.conformance.conftest import opened
from tests.conformance.families import raw
from tests.conformance.instance import refusal

SCHEMA = {"columns": [{"name": "at", "type": "date"}, {"name": "page", "type": "string"}], "userModified": True}


def test_endpoint(project: Any) -> None:
    """Its id is its name; list items are full [client]."""
    endpoint = project.create_httpsse_streaming_endpoint("clicks", url="http://localhost/events")
    (item,) = project.list_streaming_endpoints()
    assert (item.id, item.name, item.type, item.connection) == ("clicks", "clicks", "httpsse", None)
    assert item.schema["columns"] == []
    settings = endpoint.get_settings()
    settings.set_url("http://localhost/others")
    settings.get_raw()["type"] = "kafka"
    settings.save()
    shown = endpoint.get_settings().get_raw()
    assert (shown["params"], shown["type"]) == ({"url": "http://localhost/others"}, "httpsse")
    assert endpoint.exists()
    endpoint.delete()
    assert not endpoint.exists()
    assert project.list_streaming_endpoints() == []


def test_schema(project: Any) -> None:
    """A call of its own; the reply to PUT is parsed [client]."""
    endpoint = project.create_httpsse_streaming_endpoint("clicks")
    endpoint.set_schema(SCHEMA)
    assert endpoint.get_schema()["columns"] == SCHEMA["columns"]
    assert endpoint.get_settings().get_raw()["schema"]["columns"] == SCHEMA["columns"]
    assert "does not exist" in refusal(project.get_streaming_endpoint("ghost").get_schema)


def test_names_are_unique_and_well_formed(project: Any) -> None:
    """As those of datasets [inferred]."""
    project.create_httpsse_streaming_endpoint("clicks")
    assert "already exists" in refusal(lambda: project.create_httpsse_streaming_endpoint("clicks"))
    assert "Invalid streaming endpoint name" in refusal(lambda: project.create_httpsse_streaming_endpoint("a/b"))
    assert "type" in refusal(lambda: raw(project, "POST", "streamingendpoints/", {"id": "x"}))


def test_recipes_go_with_their_endpoint(project: Any) -> None:
    """Deleting it deletes the recipes that use it [client doc]."""
    project.create_httpsse_streaming_endpoint("clicks")
    project.new_managed_dataset("rows").with_store_into("filesystem_managed").create()
    recipe = project.new_recipe("python", "r").with_input("clicks").with_output("rows").with_script("").create()
    node = project.get_flow().get_graph().nodes["clicks"]
    assert (node["type"], node["subType"], node["successors"]) == (
        "COMPUTABLE_STREAMING_ENDPOINT",
        "httpsse",
        [recipe.name],
    )
    project.get_streaming_endpoint("clicks").delete()
    assert project.list_recipes() == []


@pytest.mark.usefixtures("only_here")
def test_nothing_is_captured_here(project: Any) -> None:
    """The refusal says so."""
    endpoint = project.create_httpsse_streaming_endpoint("clicks")
    assert "no messages to detect a schema from" in refusal(endpoint.test_and_detect)


@pytest.mark.parametrize(("connection_type", "kind"), [("Kafka", "kafka"), ("SQS", "SQS")])
def test_managed_endpoint(node: NodeProcess, connection_type: str, kind: str) -> None:
    """Its type follows from its connection; only these two can be managed [client doc]."""
    with opened(node) as dss:
        client = dss.client()
        project = client.create_project("STREAMS", "Streams", "admin")
        connection = client.create_connection("bus", connection_type, {"any": "thing"})
        try:
            builder = project.new_managed_streaming_endpoint("orders").with_store_into("bus", "json")
            shown = builder.create().get_settings().get_raw()
            assert (shown["type"], shown["formatType"]) == (kind, "json")
            assert shown["params"]["connection"] == "bus"
            files = project.new_managed_streaming_endpoint("other").with_store_into("filesystem_managed")
            assert "managed streaming endpoint" in refusal(files.create)
            nowhere = project.new_managed_streaming_endpoint("other").with_store_into("nowhere")
            assert "does not exist" in refusal(nowhere.create)
        finally:
            project.delete()
            connection.delete()


def test_unknown_connection(node: NodeProcess, steered: NodeProcess) -> None:
    """The switch that datasets have."""
    with opened(node) as dss:
        project = dss.client().create_project("STREAMS", "Streams", "admin")
        try:
            text = refusal(lambda: project.create_kafka_streaming_endpoint("a", connection="nowhere", topic="t"))
            assert "nowhere" in text
            steered.set_profile(unknown_connection="accept")
            made = project.create_kafka_streaming_endpoint("a", connection="nowhere", topic="t")
            assert made.get_settings().get_raw()["params"] == {"connection": "nowhere", "topic": "t"}
        finally:
            project.delete()


def test_import_asks_for_the_connection_of_an_endpoint(node: NodeProcess, tmp_path: Path) -> None:
    """As for datasets: ``ERR_BUNDLE_ACTIVATE_MISSING_CONNECTION`` [doc for connections in general, inferred here]."""
    with opened(node) as dss:
        client = dss.client()
        connection = client.create_connection("bus", "Kafka", {"any": "thing"})
        project = client.create_project("STREAMS", "Streams", "admin")
        project.create_kafka_streaming_endpoint("orders", connection="bus", topic="t")
        archive = tmp_path / "streams.zip"
        project.export_to_file(str(archive))
        project.delete()
        connection.delete()
        with archive.open("rb") as content:
            outcome = client.prepare_project_import(content).execute({"targetProjectKey": "STREAMS"})
        assert outcome["success"] is False
        assert [message["code"] for message in outcome["messages"]["messages"]] == [
            "ERR_BUNDLE_ACTIVATE_MISSING_CONNECTION"
        ]
