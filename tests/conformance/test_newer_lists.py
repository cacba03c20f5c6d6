"""Lists that newer clients ask for, from a tree as it lies on disk. Facts: api-flow.md 1 and 11, object-shapes.md 2 and 12."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from emulator.launch import NodeProcess
from tests.conformance.conftest import Dss, opened
from tests.conformance.instance import refusal, requires_client

PROJECT = "NEWER"
FILES: dict[str, dict[str, Any]] = {
    "params.json": {"projectKey": PROJECT, "owner": "admin", "name": "Newer"},
    "saved_models/plainmod.json": {"name": "plain", "savedModelType": "DSS_MANAGED"},
    "saved_models/oldmodel.json": {"name": "old"},
    "saved_models/toolagnt.json": {"name": "helper", "savedModelType": "TOOLS_USING_AGENT", "inlineVersions": []},
    "saved_models/pyagent0.json": {"name": "coded", "savedModelType": "PYTHON_AGENT", "inlineVersions": []},
    "saved_models/ragllm00.json": {"name": "reader", "savedModelType": "RETRIEVAL_AUGMENTED_LLM"},
    "model_comparisons/oldcompa.json": {"displayName": "o", "predictionType": "REGRESSION"},
    "model_comparisons/newcompa.json": {"displayName": "n", "modelTaskType": "BINARY_CLASSIFICATION"},
    "model_comparisons/llmcompa.json": {"displayName": "l", "modelTaskType": "LLM"},
    "model_comparisons/agtcompa.json": {"displayName": "a", "modelTaskType": "AGENT"},
}


@pytest.fixture
def dss(steered: NodeProcess, tmp_path: Path) -> Iterator[Dss]:
    for name, document in FILES.items():
        file = tmp_path / PROJECT / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(document))
    with opened(steered) as dss:
        steered.load_project(PROJECT, tmp_path / PROJECT)
        yield dss
        dss.client().get_project(PROJECT).delete()


@pytest.fixture
def newer(dss: Dss) -> Any:
    return dss.client().get_project(PROJECT)


def get(project: Any, path: str, **params: Any) -> Any:
    return project.client._perform_json("GET", f"/projects/{PROJECT}/{path}", params=params)


def ids(items: list[dict[str, Any]]) -> list[str]:
    assert all(item["projectKey"] == PROJECT for item in items)
    return [item["id"] for item in items]


def test_agents_and_retrieval_augmented_llms_are_saved_models_of_some_types(newer: Any) -> None:
    """They stand among the saved models too [client, seen]; their own lists give heads."""
    assert len(get(newer, "savedmodels/")) == 5
    assert ids(get(newer, "agents")) == ["pyagent0", "toolagnt"]
    assert [item["name"] for item in get(newer, "agents")] == ["coded", "helper"]
    assert ids(get(newer, "retrieval-augmented-llms")) == ["ragllm00"]
    assert not [item for item in get(newer, "agents") if "inlineVersions" in item or "savedModelType" in item]
    assert "agent does not exist" in refusal(lambda: get(newer, "agents/plainmod"))


def test_evaluation_comparisons_leave_out_those_of_agents_unless_asked(newer: Any) -> None:
    """``modelTaskTypes`` is repeated; files of before have ``predictionType`` [client, seen]."""
    assert ids(get(newer, "evaluationcomparisons/")) == ["llmcompa", "newcompa", "oldcompa"]
    assert ids(get(newer, "evaluationcomparisons/", modelTaskTypes=["AGENT", "REGRESSION"])) == ["agtcompa", "oldcompa"]


def test_semantic_models_are_unknown_to_older_nodes(newer: Any, steered: NodeProcess) -> None:
    """New with 15 [client]; a missing endpoint answers 404 without JSON [inferred]."""
    assert "Unknown error" in refusal(lambda: get(newer, "semantic-models/"))
    steered.set_profile(dss_version="15.0.0")
    assert get(newer, "semantic-models/") == []


def test_lists_need_the_right_to_read(newer: Any, dss: Dss) -> None:
    """As every object of a project."""
    newer.client.create_user("stranger", "secret-password")
    stranger = dss.client(dss.personal_key("stranger")).get_project(PROJECT)
    for path in ("agents", "retrieval-augmented-llms", "evaluationcomparisons/"):
        assert "UnauthorizedException" in refusal(lambda path=path: get(stranger, path))


@pytest.mark.parametrize(
    ("method", "expected"),
    [
        ("list_agents", ["pyagent0", "toolagnt"]),
        ("list_retrieval_augmented_llms", ["ragllm00"]),
        ("list_semantic_models", []),
    ],
)
def test_client_lists(newer: Any, steered: NodeProcess, method: str, expected: list[str]) -> None:
    """The official methods, as list items and as handles."""
    requires_client(newer, method)
    steered.set_profile(dss_version="15.0.0")
    items = getattr(newer, method)()
    assert [(item.project_key, item.id) for item in items] == [(PROJECT, object_id) for object_id in expected]
    assert [handle.id for handle in getattr(newer, method)(as_type="objects")] == expected


def test_client_lists_comparisons(newer: Any) -> None:
    """Handles of two classes from one list: LLM ones are evaluation comparisons [client]."""
    requires_client(newer, "list_evaluation_comparisons")
    found = newer.list_evaluation_comparisons(model_task_types=["AGENT", "LLM"])
    assert [comparison.comparison_id for comparison in found] == ["agtcompa", "llmcompa"]
    classes = [type(comparison).__name__ for comparison in newer.list_model_comparisons()]
    assert classes == ["DSSEvaluationComparison", "DSSModelComparison", "DSSModelComparison"]
