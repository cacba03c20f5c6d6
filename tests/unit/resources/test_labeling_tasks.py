from __future__ import annotations

import pytest

from dataiku_iac.core.address import Address
from dataiku_iac.core.canonical import Json
from dataiku_iac.core.errors import Refused
from dataiku_iac.core.resource import Relation
from dataiku_iac.resources.labeling_tasks import LabelingTaskKind
from tests.unit.resources.scripted_node import ScriptedNode

KIND = LabelingTaskKind()
ADDRESS = Address("labeling_task", "CRM", "aB12cD34eF")
GRAPH: Json = {
    "nodes": {
        "IMAGES": {"type": "COMPUTABLE_FOLDER", "ref": "f1", "predecessors": [], "successors": ["task"]},
        "LABELS": {"type": "COMPUTABLE_DATASET", "ref": "LABELS", "predecessors": ["task"], "successors": []},
        "task": {
            "type": "RUNNABLE_LABELING_TASK",
            "ref": "aB12cD34eF",
            "predecessors": ["IMAGES"],
            "successors": ["LABELS"],
        },
    }
}


def test_tasks_are_nodes_of_the_flow() -> None:
    (live,) = KIND.list(ScriptedNode({"GET /projects/CRM/flow/graph/": GRAPH}), "CRM")
    assert (live.name, live.id, live.complete) == ("aB12cD34eF", "aB12cD34eF", True)
    assert live.document == {"definition": {"inputs": ["f1"], "outputs": ["LABELS"]}}
    empty = ScriptedNode({"GET /projects/CRM/flow/graph/": {"nodes": {}}})
    assert list(KIND.list(empty, "CRM")) == []


def test_they_say_what_reads_and_writes() -> None:
    found = KIND.references({"inputs": ["folder:images"], "outputs": ["LABELS"]}, ADDRESS)
    assert [(str(to.to), to.relation) for to in found] == [
        ("folder.CRM.images", Relation.READS),
        ("dataset.CRM.LABELS", Relation.WRITES),
    ]


def test_nothing_of_them_can_be_written() -> None:
    assert all(KIND.out_of_reach(verb, {}, ADDRESS) for verb in ("create", "update", "delete"))
    node = ScriptedNode()
    with pytest.raises(Refused):
        KIND.create(node, "CRM", "x", {})
    with pytest.raises(Refused):
        KIND.write(node, "CRM", "x", "definition", {})
    with pytest.raises(Refused):
        KIND.delete(node, "CRM", "x", drop_data=False)
    assert node.asked == []
