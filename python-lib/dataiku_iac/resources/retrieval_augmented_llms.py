"""Retrieval-augmented LLMs: an LLM that answers from a knowledge bank (facts: api-flow.md §11.3).

::

    retrieval_augmented_llms:
      - name: Ask the manuals
        active_version: v1
        versions:
          - versionId: v1
            ragllmSettings: {llmId: "openai:openai_prod:gpt-4o", knowledgeBankRef: "knowledge_bank:Manuals"}

DSS keeps them among its saved models; they are listed here and nowhere else.
"""

from __future__ import annotations

from typing import ClassVar

from dataiku_iac.core.address import Address
from dataiku_iac.core.canonical import JsonObject, is_list, is_object
from dataiku_iac.core.errors import Refused
from dataiku_iac.core.fields import Field, FieldTable
from dataiku_iac.core.kind import Document
from dataiku_iac.core.mentions import Mention
from dataiku_iac.resources.agents import INLINE_KEYS, INLINE_SCHEMA, INLINE_TABLE, LOGGING_MENTIONS
from dataiku_iac.resources.project_object import ProjectObjectKind, object_schema, object_table
from dataiku_iac.resources.saved_models import MODEL_MENTIONS, RAG_TYPE
from dataiku_iac.resources.spec_keys import SpecKeys

__all__ = ["RetrievalAugmentedLlmKind"]


class RetrievalAugmentedLlmKind(ProjectObjectKind):
    """A retrieval-augmented LLM."""

    name: ClassVar[str] = "retrieval_augmented_llm"
    section: ClassVar[str] = "retrieval_augmented_llms"
    rank: ClassVar[int] = 35
    segment: ClassVar[str] = "retrieval-augmented-llms"
    listed_at: ClassVar[str] = "retrieval-augmented-llms"
    lists_heads: ClassVar[bool] = True
    prefix: ClassVar[str] = "retrieval_augmented_llm:"
    is_computable: ClassVar[bool] = True
    zone_type: ClassVar[str] = "SAVED_MODEL"
    parts: ClassVar[tuple[str, ...]] = ("definition", "zone")
    mentions: ClassVar[tuple[Mention, ...]] = (
        *MODEL_MENTIONS,
        *LOGGING_MENTIONS,
        Mention("definition.versions.*.ragllmSettings.knowledgeBankRef", "knowledge_bank"),
    )
    keys: ClassVar[SpecKeys] = SpecKeys(INLINE_KEYS.renamed, tuple(key for key in INLINE_KEYS.same if key != "type"))
    table: ClassVar[FieldTable] = object_table(
        {**INLINE_TABLE, "type": Field(server_owned=True, reason=f"always {RAG_TYPE}")}, in_zone=True
    )
    schema: ClassVar[JsonObject] = object_schema(
        {key: value for key, value in INLINE_SCHEMA.items() if key != "type"}, in_zone=True, required=("versions",)
    )

    def for_creation(self, document: Document, address: Address, *, login: str) -> Document:
        """See ``Kind``: DSS makes one from its LLM and its knowledge bank [client]."""
        found = document.get("definition")
        if not _first_settings(found if is_object(found) else {}):
            raise Refused(
                "DSS makes a retrieval-augmented LLM from an LLM and a knowledge bank",
                where=str(address),
                next_step="declare versions[0].ragllmSettings with llmId and knowledgeBankRef",
            )
        return document

    def creation_body(self, project: str, name: str, definition: JsonObject) -> JsonObject:
        """See ``ProjectObjectKind``."""
        settings = _first_settings(definition)
        return {"name": name, "knowledgeBankRef": settings.get("knowledgeBankRef"), "llmId": settings.get("llmId")}


def _first_settings(definition: JsonObject) -> JsonObject:
    versions = definition.get("versions")
    for version in versions if is_list(versions) else ():
        settings = version.get("ragllmSettings") if is_object(version) else None
        if is_object(settings) and settings.get("llmId") and settings.get("knowledgeBankRef"):
            return settings
    return {}
