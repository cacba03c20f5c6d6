"""Labeling tasks: people say what is in images and records (facts: api-flow.md §9.2, §11.2, object-shapes.md §14).

::

    labeling_tasks:
      - {name: aB12cD34eF, inputs: [IMAGES], outputs: [LABELS]}

The public API neither lists, reads nor writes them. They are seen as nodes of the flow, by their ids; import writes them down,
so that files say what reads and writes those datasets.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, Final, NoReturn

from dataiku_iac.core.address import Address
from dataiku_iac.core.canonical import Json, JsonObject, is_list, is_object
from dataiku_iac.core.errors import Refused
from dataiku_iac.core.fields import Field, FieldTable
from dataiku_iac.core.kind import COMPUTABLE, Document, Kind, Live, Verb
from dataiku_iac.core.mentions import Mention
from dataiku_iac.core.resource import Reference, Relation
from dataiku_iac.core.roles import NodeApi, NodeReader
from dataiku_iac.resources.answers import api_path, object_answer
from dataiku_iac.resources.named_objects import address_of
from dataiku_iac.resources.spec_keys import DSS_KEY, DSS_SCHEMA, SpecKeys

__all__ = ["LabelingTaskKind"]

_NODE_TYPE: Final = "RUNNABLE_LABELING_TASK"
_ENDS: Final = {"inputs": "predecessors", "outputs": "successors"}
_KEYS: Final = SpecKeys({}, tuple(_ENDS))
_BY_HAND: Final = "the public API has no calls for labeling tasks; make the change in DSS"


class LabelingTaskKind(Kind):
    """A labeling task, as far as the flow shows it."""

    name: ClassVar[str] = "labeling_task"
    section: ClassVar[str] = "labeling_tasks"
    rank: ClassVar[int] = 41
    is_brief: ClassVar[bool] = True
    parts: ClassVar[tuple[str, ...]] = ("definition",)
    limits: ClassVar[Mapping[Verb, str]] = {"create": _BY_HAND, "update": _BY_HAND, "delete": _BY_HAND}
    mentions: ClassVar[tuple[Mention, ...]] = tuple(Mention(f"definition.{end}.*", COMPUTABLE) for end in _ENDS)
    table: ClassVar[FieldTable] = {f"definition.{end}": Field(unordered=True, default=[]) for end in _ENDS}
    schema: ClassVar[JsonObject] = {
        "type": "object",
        "properties": {
            "name": {"type": "string", "minLength": 1, "description": "its id: nothing shows another name"},
            **{end: {"type": "array", "items": {"type": "string", "minLength": 1}} for end in _ENDS},
            DSS_KEY: DSS_SCHEMA,
        },
        "required": ["name"],
        "additionalProperties": False,
    }

    def expand(self, spec: JsonObject, address: Address) -> Document:
        """See ``Kind``."""
        return {"definition": _KEYS.to_definition(spec)}

    def shorten(self, document: Document, address: Address) -> JsonObject:
        """See ``Kind``."""
        definition = document.get("definition")
        return _KEYS.to_spec(definition) if is_object(definition) else {}

    def references(self, spec: JsonObject, address: Address) -> Sequence[Reference]:
        """See ``Kind``."""
        found: list[Reference] = []
        for end, relation in (("inputs", Relation.READS), ("outputs", Relation.WRITES)):
            refs = spec.get(end)
            for i, ref in enumerate(refs if is_list(refs) else ()):
                text = ref if isinstance(ref, str) else ""
                to = address_of(COMPUTABLE, text, address.project) or address_of("dataset", text, address.project)
                found += [Reference(to, relation, f"{end}[{i}]")] if to is not None else []
        return found

    # --- calls ---

    def list(self, api: NodeReader, project: str) -> Sequence[Live]:
        """See ``Kind``: nodes of the flow's graph."""
        where = f"flow of {project}"
        graph = object_answer(api.get(api_path("projects", project, "flow", "graph", "")), where)
        nodes = graph.get("nodes")
        found = [node for node in nodes.values() if is_object(node)] if is_object(nodes) else []
        refs = {key: node.get("ref", key) for key, node in nodes.items() if is_object(node)} if is_object(nodes) else {}
        tasks = [node for node in found if node.get("type") == _NODE_TYPE and isinstance(node.get("ref"), str)]
        return [_live(task, refs) for task in tasks]

    def read(self, api: NodeReader, project: str, live_id: str, parts: frozenset[str]) -> Live | None:
        """See ``Kind``."""
        return next((live for live in self.list(api, project) if live.id == live_id), None)

    def create(self, api: NodeApi, project: str, name: str, document: Document) -> str:
        """Refuse: see ``limits``."""
        _refuse(project, name)

    def write(self, api: NodeApi, project: str, live_id: str, part: str, document: Document) -> None:
        """Refuse: see ``limits``."""
        _refuse(project, live_id)

    def delete(self, api: NodeApi, project: str, live_id: str, *, drop_data: bool) -> None:
        """Refuse: see ``limits``."""
        _refuse(project, live_id)


def _live(task: JsonObject, refs: JsonObject) -> Live:
    name = str(task["ref"])
    definition: dict[str, Json] = {}
    for end, neighbours in _ENDS.items():
        keys = task.get(neighbours)
        named: list[Json] = [refs.get(str(key), key) for key in keys] if is_list(keys) else []
        definition[end] = sorted(map(str, named))
    return Live(name, name, {"definition": definition})


def _refuse(project: str, name: str) -> NoReturn:
    raise Refused(
        "the public API has no calls for labeling tasks",
        where=f"labeling_task.{project}.{name}",
        next_step="make the change in DSS, or correct the entry to what is there",
    )
