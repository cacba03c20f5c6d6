"""The graph of a flow, from the definitions. Source: api-flow.md 9.2."""

from collections.abc import Container, Iterator
from typing import Final

from emulator.flow.references import inputs_of, outputs_of
from emulator.json_text import JsonObject
from emulator.projects.project import Project
from emulator.recipes.files import RecipeFiles

__all__ = ["flow_graph"]

_COMPUTABLES: Final = (
    ("datasets", "DATASET", "COMPUTABLE_DATASET"),
    ("managed_folders", "MANAGED_FOLDER", "COMPUTABLE_FOLDER"),
    ("saved_models", "SAVED_MODEL", "COMPUTABLE_SAVED_MODEL"),
    ("streaming_endpoints", "STREAMING_ENDPOINT", "COMPUTABLE_STREAMING_ENDPOINT"),
    ("model_evaluation_stores", "MODEL_EVALUATION_STORE", "COMPUTABLE_MODEL_EVALUATION_STORE"),
    ("knowledge-banks", "RETRIEVABLE_KNOWLEDGE", "COMPUTABLE_RETRIEVABLE_KNOWLEDGE"),
)


def flow_graph(project: Project, *, only: Container[str] | None = None) -> JsonObject:
    """Return ``{"nodes": {key: {type, subType, ref, predecessors, successors}}}``.

    Every dataset is a node even when unconnected [inferred]; ``only`` restricts the graph to these objects (a zone).
    """
    nodes: dict[str, JsonObject] = {}
    for folder, kind, node_type in _COMPUTABLES:
        for object_id, document in project.family(folder, kind).items():
            if only is None or object_id in only:
                nodes[object_id] = _node(node_type, document.get("type"), object_id)
    for name, kind, sub_type, inputs, outputs in _runnables(project):
        if only is None or name in only or (kind == "RUNNABLE_IMPLICIT_RECIPE" and outputs[0] in nodes):
            nodes[name] = {**_node(kind, sub_type, name), "predecessors": inputs, "successors": outputs}
            for ref in (*inputs, *outputs):
                nodes.setdefault(ref, _node("COMPUTABLE_DATASET", None, ref))
            for ref in inputs:
                nodes[ref]["successors"].append(name)
            for ref in outputs:
                nodes[ref]["predecessors"].append(name)
    return {"nodes": nodes}


def _runnables(project: Project) -> Iterator[tuple[str, str, str, list[str], list[str]]]:
    for name, head in project.state_of(RecipeFiles).heads.items():
        yield name, "RUNNABLE_RECIPE", str(head.get("type")), _unique(inputs_of(head)), _unique(outputs_of(head))
    for name, dataset in project.family("datasets", "DATASET").items():
        folder = (dataset.get("params") or {}).get("folderSmartId")
        if dataset.get("type") == "FilesInFolder" and folder:
            key = f"FilesInFolder->{project.key}.{name}"
            yield key, "RUNNABLE_IMPLICIT_RECIPE", "FilesInFolder", [folder], [name]
    for task_id, task in project.family("labeling_tasks", "LABELING_TASK").items():
        yield (
            task_id,
            "RUNNABLE_LABELING_TASK",
            str(task.get("type")),
            _unique(inputs_of(task)),
            _unique(outputs_of(task)),
        )


def _node(node_type: str, sub_type: object, ref: str) -> JsonObject:
    return {"type": node_type, "subType": sub_type, "ref": ref, "predecessors": [], "successors": []}


def _unique(refs: list[str]) -> list[str]:
    return list(dict.fromkeys(refs))
