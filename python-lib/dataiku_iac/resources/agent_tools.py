"""Agent tools: what agents can do, e.g. search a knowledge bank (facts: api-flow.md §11.3, object-shapes.md §14).

::

    agent_tools:
      - name: Search manuals
        type: VectorStoreSearch
        params: {knowledgeBankRef: "knowledge_bank:Manuals"}
        description_for_llm: How our machines are maintained.

Credentials in ``params`` are never read into files; they stay on the node.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from dataiku_iac.core.canonical import JsonObject, is_object
from dataiku_iac.core.errors import ObjectMissing
from dataiku_iac.core.fields import Field, FieldTable
from dataiku_iac.core.mentions import Mention
from dataiku_iac.core.roles import NodeReader
from dataiku_iac.resources.answers import object_list
from dataiku_iac.resources.project_object import ProjectObjectKind, object_schema, object_table
from dataiku_iac.resources.spec_keys import SpecKeys, objects_schema

__all__ = ["AgentToolKind"]


class AgentToolKind(ProjectObjectKind):
    """An agent tool."""

    name: ClassVar[str] = "agent_tool"
    section: ClassVar[str] = "agent_tools"
    rank: ClassVar[int] = 37
    segment: ClassVar[str] = "agents/tools"
    listed_at: ClassVar[str] = "agents/tools"
    lists_heads: ClassVar[bool] = True
    prefix: ClassVar[str] = "agent_tool:"
    # Under which names tools of other types hold what they use is [unknown]; ids there stay as they are.
    mentions: ClassVar[tuple[Mention, ...]] = (Mention("definition.params.knowledgeBankRef", "knowledge_bank"),)
    keys: ClassVar[SpecKeys] = SpecKeys({"description_for_llm": "additionalDescriptionForLLM"}, ("type", "params"))
    table: ClassVar[FieldTable] = object_table(
        {
            "type": Field(immutable=True),
            "params": Field(default={}),
            "quickTestQuery": Field(ignored=True, reason="what was last tried on the tool's screen"),
            "additionalDescriptionForLLM": Field(default=""),
        }
    )
    schema: ClassVar[JsonObject] = object_schema(
        {
            "type": {"type": "string", "minLength": 1, "description": "VectorStoreSearch, DatasetRowLookup, …"},
            "description_for_llm": {"type": "string"},
            **objects_schema("params"),
        },
        required=("type",),
    )

    def items(self, api: NodeReader, project: str) -> Sequence[JsonObject]:
        """See ``ProjectObjectKind``: the list stands under ``tools`` [client]."""
        try:
            answer = api.get(self.list_path(project))
        except ObjectMissing:
            return ()
        return object_list(answer.get("tools") if is_object(answer) else answer, f"{self.section} of {project}")

    def creation_body(self, project: str, name: str, definition: JsonObject) -> JsonObject:
        """See ``ProjectObjectKind``: what a tool of its type needs to begin with [client]."""
        return {
            "type": definition.get("type"),
            "name": name,
            "id": None,
            "creationParams": definition.get("params", {}),
        }
