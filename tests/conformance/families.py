"""One row per family of objects that are one document per id: how to make one, where it is, what it is called in tags and zones."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

__all__ = ["FAMILIES", "Case", "raw"]


@dataclass(frozen=True)
class Case:
    """``make`` returns the id; ``is_open`` families keep keys that their class does not know here."""

    segment: str
    make: Callable[[Any], str]
    tag: str
    in_zones: bool = True
    is_open: bool = False
    has_usages: bool = True
    name_key: str = "name"


def raw(project: Any, method: str, path: str, body: Any = None, **params: Any) -> Any:
    """Make a call below the project as every client can, and return what it answered."""
    return project.client._perform_json(method, f"/projects/{project.project_key}/{path}", body=body, params=params)


def _post(path: str, body: dict[str, Any], **params: Any) -> Callable[[Any], str]:
    def make(project: Any) -> str:
        made: str = raw(project, "POST", path, body, **params)["id"]
        return made

    return make


_BANK = {"name": "facts", "vectorStoreType": "CHROMA", "embeddingLLMId": "openai:c:e"}


def _augmented(project: Any) -> str:
    bank = raw(project, "POST", "knowledge-banks/", _BANK)["id"]
    return _post("retrieval-augmented-llms", {"name": "r", "knowledgeBankRef": bank, "llmId": "openai:c:m"})(project)


FAMILIES = (
    Case("savedmodels", _post("savedmodels/", {"savedModelType": "MLFLOW_PYFUNC", "name": "m"}), "SAVED_MODEL"),
    Case(
        "evaluationstores",
        _post("evaluationstores/", {"name": "e"}, flavor="TABULAR"),
        "MODEL_EVALUATION_STORE",
    ),
    Case(
        "modelcomparisons",
        _post("modelcomparisons/", {"displayName": "c", "predictionType": "REGRESSION"}),
        "MODEL_COMPARISON",
        in_zones=False,
        is_open=True,
        has_usages=False,
        name_key="displayName",
    ),
    Case(
        "evaluationcomparisons",
        _post("evaluationcomparisons/", {"displayName": "c", "predictionType": "LLM"}),
        "MODEL_COMPARISON",
        in_zones=False,
        is_open=True,
        has_usages=False,
        name_key="displayName",
    ),
    Case(
        "streamingendpoints",
        _post("streamingendpoints/", {"id": "clicks", "type": "httpsse", "params": {"url": "http://localhost/"}}),
        "STREAMING_ENDPOINT",
        is_open=True,
        name_key="shortDesc",
    ),
    Case("knowledge-banks", _post("knowledge-banks/", _BANK), "RETRIEVABLE_KNOWLEDGE", is_open=True, has_usages=False),
    Case("agents", _post("agents", {"name": "a", "type": "TOOLS_USING_AGENT"}), "SAVED_MODEL", has_usages=False),
    Case("retrieval-augmented-llms", _augmented, "SAVED_MODEL", has_usages=False),
    Case(
        "agents/tools",
        _post("agents/tools", {"type": "DatasetRowLookup", "name": "t", "id": None}),
        "AGENT_TOOL",
        in_zones=False,
        is_open=True,
        has_usages=False,
    ),
)
