"""Knowledge banks. Source: api-flow.md 11.3, object-shapes.md 14. Nothing is ever embedded here, so they cannot be searched."""

from typing import Final

from emulator.errors import illegal_argument
from emulator.families.calls import FamilyCalls, family_routes
from emulator.families.family import Context, Family, named
from emulator.fragments import CONTAINER_SELECTION, ENV_SELECTION, TAGGABLE
from emulator.json_text import JsonObject
from emulator.rights import Right
from emulator.routing import Reply, Request, Route, json_reply
from emulator.shapes import Shape, nested, optional, value
from emulator.world import World

__all__ = ["KNOWLEDGE_BANKS", "ROUTES"]

_VECTOR_STORES: Final = frozenset(
    {
        "CHROMA",
        "PINECONE",
        "ELASTICSEARCH",
        "AZURE_AI_SEARCH",
        "SNOWFLAKE_CORTEX_SEARCH",
        "DATABRICKS_AI_SEARCH",
        "VERTEX_AI_GCS_BASED",
        "VERTEX_AGENT_RETRIEVAL",
        "FAISS",
        "QDRANT_LOCAL",
        "MILVUS_LOCAL",
        "MILVUS_REMOTE",
    }
)


def _prepare(context: Context, body: JsonObject) -> JsonObject:
    """A managed bank needs an LLM that embeds [client doc]; what an unmanaged one needs depends on its store."""
    if body.get("vectorStoreType") not in _VECTOR_STORES:
        raise illegal_argument(f"Unknown vector store type: {body.get('vectorStoreType')}")
    if body.get("managed", True) and not body.get("embeddingLLMId"):
        raise illegal_argument("Missing mandatory argument: embeddingLLMId")
    return named(context, body)


KNOWLEDGE_BANKS: Final = Family(
    what="knowledge bank",
    segment="knowledge-banks",
    folder="knowledge-banks",
    tag_kind="RETRIEVABLE_KNOWLEDGE",
    shape=Shape(
        "RetrievableKnowledge",
        {
            "name": optional(),
            "retrieverType": value("VECTOR_STORE_BACKED"),
            "rebuildBehavior": value("EXPLICIT"),
            "vectorStoreType": optional(),
            "embeddingLLMId": optional(),
            "metadataColumnsSchema": value([]),
            "llmsExposedWith": value([]),
            "envSelection": nested(ENV_SELECTION),
            "containerExecSelection": nested(CONTAINER_SELECTION),
            **TAGGABLE,
        },
        is_open=True,  # parameters of the vector stores: six banks of two stores have been seen
    ),
    prepare=_prepare,
)
_CALLS: Final = FamilyCalls(KNOWLEDGE_BANKS)


def clear(request: Request, world: World) -> Reply:
    """Answer that the bank is empty, which it always is."""
    _CALLS.store(request, world).stored(request.path["object_id"])
    return json_reply(
        {"messages": [], "anyMessage": False, "success": False, "warning": False, "error": False, "fatal": False}
    )


ROUTES: Final = (
    *family_routes(KNOWLEDGE_BANKS),
    Route("POST", "/projects/{project_key}/knowledge-banks/{object_id}/clear", clear, Right.WRITE),
)
