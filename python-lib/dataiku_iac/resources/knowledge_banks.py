"""Knowledge banks: texts with their embeddings, which recipes fill and agents search (facts: api-flow.md §11.3, object-shapes.md §14).

::

    knowledge_banks:
      - {name: Manuals, vector_store: CHROMA, embedding_llm: "openai:openai_prod:text-embedding-3-small", zone: llm}

Recipes name one as ``knowledge_bank:Manuals``. What it holds is data: the recipe that fills it builds it on each node.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from dataiku_iac.core.address import Address
from dataiku_iac.core.canonical import Json, JsonObject, is_object
from dataiku_iac.core.errors import Refused
from dataiku_iac.core.fields import Effect, Field, FieldTable
from dataiku_iac.core.kind import Document
from dataiku_iac.core.mentions import Mention
from dataiku_iac.resources.answers import api_path
from dataiku_iac.resources.fragments import CODE_ENV_SELECTION, CONTAINER_SELECTION, FLOW_OPTIONS, below
from dataiku_iac.resources.project_object import IN_ZONE_MENTIONS, ProjectObjectKind, object_schema, object_table
from dataiku_iac.resources.spec_keys import SpecKeys, objects_schema

__all__ = ["KnowledgeBankKind"]


class KnowledgeBankKind(ProjectObjectKind):
    """A knowledge bank."""

    name: ClassVar[str] = "knowledge_bank"
    section: ClassVar[str] = "knowledge_banks"
    rank: ClassVar[int] = 33
    segment: ClassVar[str] = "knowledge-banks"
    listed_at: ClassVar[str] = "knowledge-banks"
    lists_heads: ClassVar[bool] = True
    prefix: ClassVar[str] = "knowledge_bank:"
    is_computable: ClassVar[bool] = True
    protects_data: ClassVar[bool] = True
    zone_type: ClassVar[str] = "RETRIEVABLE_KNOWLEDGE"
    parts: ClassVar[tuple[str, ...]] = ("definition", "zone")
    mentions: ClassVar[tuple[Mention, ...]] = (
        *IN_ZONE_MENTIONS,
        Mention("definition.connection", "connection"),
        Mention("definition.managedFolderId", "folder"),
        Mention("definition.envSelection.envName", "code_env"),
        Mention("definition.containerExecSelection.containerConf", "container"),
    )
    keys: ClassVar[SpecKeys] = SpecKeys(
        {
            "vector_store": "vectorStoreType",
            "embedding_llm": "embeddingLLMId",
            "metadata": "metadataColumnsSchema",
            "images_folder": "managedFolderId",
            "index": "indexName",
            "rebuild_behavior": "rebuildBehavior",
        },
        (
            *("connection", "managed", "columnMapping", "vectorIndexType", "multimodalColumn", "sourceIdColumn"),
            *("llmsExposedWith", "envSelection", "containerExecSelection", "flowOptions", "pineconeIndexName"),
        ),
    )
    table: ClassVar[FieldTable] = object_table(
        {
            "retrieverType": Field(default="VECTOR_STORE_BACKED", immutable=True),
            "vectorStoreType": Field(immutable=True, effect=Effect.DATA_LOSS),
            "embeddingLLMId": Field(effect=Effect.REBUILD),
            "managed": Field(default=True, immutable=True),
            "rebuildBehavior": Field(default="EXPLICIT"),
            "metadataColumnsSchema": Field(default=[], keyed=("name",), effect=Effect.REBUILD),
            "llmsExposedWith": Field(default=[]),
            **below("envSelection", CODE_ENV_SELECTION),
            **below("containerExecSelection", CONTAINER_SELECTION),
            **below("flowOptions", FLOW_OPTIONS),
        },
        in_zone=True,
    )
    schema: ClassVar[JsonObject] = object_schema(
        {
            "vector_store": {"type": "string", "description": "CHROMA, PINECONE, ELASTICSEARCH, MILVUS_REMOTE, …"},
            "embedding_llm": {"type": "string", "minLength": 1, "description": "id of the LLM, as DSS shows it"},
            "metadata": {"type": "array", "items": {"type": "object"}},
            "images_folder": {"type": "string", "description": "folder:NAME, where documents have images"},
            "index": {"type": "string"},
            "connection": {"type": "string", "minLength": 1},
            "managed": {"type": "boolean"},
            "vectorIndexType": {"type": "string"},
            "multimodalColumn": {"type": "string"},
            "sourceIdColumn": {"type": "string"},
            "pineconeIndexName": {"type": "string"},
            "llmsExposedWith": {"type": "array", "items": {"type": "object"}},
            "rebuild_behavior": {"enum": ["NORMAL", "WRITE_PROTECT", "EXPLICIT"]},
            **objects_schema("columnMapping", "envSelection", "containerExecSelection", "flowOptions"),
        },
        in_zone=True,
        required=("vector_store",),
    )

    def definition_of(self, raw: JsonObject) -> Mapping[str, Json]:
        """See ``ProjectObjectKind``: the official client writes the folder of images with the key of its own project."""
        folder, key = raw.get("managedFolderId"), raw.get("projectKey")
        if isinstance(folder, str) and isinstance(key, str) and folder.startswith(f"{key}."):
            return {**raw, "managedFolderId": folder.removeprefix(f"{key}.")}
        return raw

    def for_creation(self, document: Document, address: Address, *, login: str) -> Document:
        """See ``Kind``: DSS demands an embedding LLM of banks that it manages [client]."""
        found = document.get("definition")
        definition = found if is_object(found) else {}
        if definition.get("managed", True) and not definition.get("embeddingLLMId"):
            raise Refused(
                f'knowledge bank "{address.name}" has no embedding LLM',
                where=str(address),
                next_step="declare embedding_llm with the id of an LLM that embeds text",
            )
        return document

    def creation_path(self, project: str) -> str:
        """See ``ProjectObjectKind``: with a slash behind it, other than the list [client]."""
        return api_path("projects", project, self.segment, "")

    def creation_body(self, project: str, name: str, definition: JsonObject) -> JsonObject:
        """See ``ProjectObjectKind``."""
        return {**definition, "name": name}
