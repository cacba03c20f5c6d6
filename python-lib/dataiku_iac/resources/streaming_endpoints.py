"""Streaming endpoints: queues and topics that the flow reads or writes (facts: api-flow.md §11.1).

::

    streaming_endpoints:
      - name: clicks
        type: kafka
        connection: kafka_prod
        topic: clicks
        schema: [{name: user, type: string}, {name: at, type: date}]
        zone: raw

Recipes name one as ``streaming_endpoint:clicks``. Deleting one leaves the topic and its messages where they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from dataiku_iac.core.canonical import Json, JsonObject
from dataiku_iac.core.fields import Effect, Field, FieldTable
from dataiku_iac.core.kind import Document
from dataiku_iac.core.mentions import Mention
from dataiku_iac.core.roles import NodeApi
from dataiku_iac.resources.answers import object_answer
from dataiku_iac.resources.fragments import FLOW_OPTIONS, below
from dataiku_iac.resources.nested_keys import Nested, NestedKeys
from dataiku_iac.resources.project_object import IN_ZONE_MENTIONS, ProjectObjectKind, object_schema, object_table
from dataiku_iac.resources.spec_keys import SpecKeys, objects_schema

__all__ = ["StreamingEndpointKind"]

_COLUMN: Mapping[str, Json] = {
    "type": "object",
    "required": ["name"],
    "properties": {"name": {"type": "string", "minLength": 1}, "type": {"type": "string"}},
}


class StreamingEndpointKind(ProjectObjectKind):
    """A streaming endpoint; its name is its id."""

    name: ClassVar[str] = "streaming_endpoint"
    section: ClassVar[str] = "streaming_endpoints"
    rank: ClassVar[int] = 31
    outside_git: ClassVar[frozenset[str]] = frozenset({"*"})  # no file of theirs was seen in a project's git
    is_brief: ClassVar[bool] = True
    segment: ClassVar[str] = "streamingendpoints"
    chosen_by_server: ClassVar[bool] = False
    prefix: ClassVar[str] = "streaming_endpoint:"
    is_computable: ClassVar[bool] = True
    zone_type: ClassVar[str] = "STREAMING_ENDPOINT"
    parts: ClassVar[tuple[str, ...]] = ("definition", "zone")
    listed: ClassVar[frozenset[str]] = frozenset({"zone"})
    mentions: ClassVar[tuple[Mention, ...]] = (
        *IN_ZONE_MENTIONS,
        Mention("definition.params.connection", "connection"),
    )
    keys: ClassVar[SpecKeys] = SpecKeys(
        {"format_type": "formatType", "format_params": "formatParams"},
        ("type", "params", "flowOptions", "partitioning"),
    )
    nested: ClassVar[NestedKeys] = {
        "connection": Nested(("params", "connection")),
        "topic": Nested(("params", "topic")),
        "url": Nested(("params", "url")),
        "schema": Nested(("schema", "columns")),
    }
    table: ClassVar[FieldTable] = object_table(
        {
            "type": Field(immutable=True),
            "params": Field(default={}),
            "params.connection": Field(effect=Effect.REBUILD),
            "params.topic": Field(effect=Effect.REBUILD),
            "params.url": Field(effect=Effect.REBUILD),
            "schema.columns": Field(default=[], effect=Effect.REBUILD),
            "schema.userModified": Field(ignored=True, reason="set by editing the schema in the UI [seen]"),
            **below("flowOptions", FLOW_OPTIONS),
        },
        in_zone=True,
    )
    schema: ClassVar[JsonObject] = object_schema(
        {
            "type": {"type": "string", "description": "kafka, SQS, httpsse, kdbplustick"},
            "connection": {"type": "string", "minLength": 1},
            "topic": {"type": "string"},
            "url": {"type": "string"},
            "schema": {"type": "array", "items": dict(_COLUMN)},
            "format_type": {"type": "string"},
            **objects_schema("params", "format_params", "flowOptions", "partitioning"),
        },
        in_zone=True,
        required=("type",),
        label=False,
    )

    def creation_body(self, project: str, name: str, definition: JsonObject) -> JsonObject:
        """See ``ProjectObjectKind``: the whole definition, as no second call follows."""
        return {"params": {}, **definition, "id": name, "projectKey": project}

    def create(self, api: NodeApi, project: str, name: str, document: Document) -> str:
        """See ``Kind``. The official client ignores the answer, so its shape is [unknown]; the id is the name."""
        definition = object_answer(document.get("definition", {}), f"streaming_endpoint.{project}.{name}")
        api.post(self.list_path(project), self.creation_body(project, name, definition))
        return name
