"""What is known of each recipe type: what its payload is, which file holds it, where its engine stands, how many ends it has.

Types of plugins (``CustomCode_…``), applications (``App_…``) and newer DSS versions are not listed: ``recipe_type``
answers for them with what always holds. Source: object-shapes.md 7.1 and 8, api-flow.md 6.2 to 6.5 and 7. All [seen].
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType
from typing import Final

__all__ = ["RECIPE_TYPES", "EnginePlace", "PayloadForm", "RecipeType", "native_type", "recipe_type"]


class PayloadForm(Enum):
    """What the payload string holds."""

    CODE = "code"  # source text; an absent payload is empty code
    JSON = "json"  # a JSON object
    EMPTY = "empty"  # nothing; everything is in params


class EnginePlace(Enum):
    """Where a forced engine (``engineType``) stands."""

    PARAMS = "params"
    PAYLOAD = "payload"


@dataclass(frozen=True, slots=True)
class RecipeType:
    """One type.

    Attributes:
        payload: what the payload holds.
        extension: of the file import writes, with the dot.
        engine: where ``engine`` stands; ``None`` if the type has no engines to choose from.
        needs_inputs: True if the recipe cannot exist without an input.
        single_output: True if role ``main`` takes exactly one output.
    """

    payload: PayloadForm
    extension: str = ".json"
    engine: EnginePlace | None = None
    needs_inputs: bool = False
    single_output: bool = False


def _code(extension: str, *, single_output: bool = False) -> RecipeType:
    return RecipeType(PayloadForm.CODE, extension, single_output=single_output)


_VISUAL: Final = RecipeType(PayloadForm.JSON, engine=EnginePlace.PAYLOAD, needs_inputs=True, single_output=True)
_SEVERAL: Final = RecipeType(PayloadForm.JSON, engine=EnginePlace.PAYLOAD, needs_inputs=True)
_ML: Final = RecipeType(PayloadForm.JSON, needs_inputs=True)
_TRAINING: Final = RecipeType(PayloadForm.JSON, needs_inputs=True, single_output=True)
_IN_PARAMS: Final = RecipeType(PayloadForm.EMPTY, engine=EnginePlace.PARAMS, needs_inputs=True, single_output=True)
_UNKNOWN: Final = RecipeType(PayloadForm.EMPTY)

RECIPE_TYPES: Final[Mapping[str, RecipeType]] = MappingProxyType(
    {
        "python": _code(".py"),
        "pyspark": _code(".py"),
        "cpython": _code(".py"),
        "r": _code(".r"),
        "sparkr": _code(".r"),
        "sparklyr": _code(".r"),
        "julia": _code(".jl"),
        "shell": _code(".shell"),
        "sql_query": _code(".sql", single_output=True),
        "sql_script": _code(".sql"),
        "spark_sql_query": _code(".sql"),
        "hive": _code(".sql"),
        "impala": _code(".sql"),
        "ksql": _code(".sql"),
        "pig": _code(".pig"),
        "spark_scala": _code(".scala"),
        "streaming_spark_scala": _code(".scala"),
        "shaker": RecipeType(PayloadForm.JSON, engine=EnginePlace.PARAMS, needs_inputs=True, single_output=True),
        "sampling": RecipeType(PayloadForm.JSON, engine=EnginePlace.PARAMS, needs_inputs=True, single_output=True),
        "update": RecipeType(PayloadForm.JSON, engine=EnginePlace.PARAMS, needs_inputs=True, single_output=True),
        "join": _SEVERAL,  # also unmatched rows
        "fuzzyjoin": _VISUAL,
        "geojoin": _VISUAL,
        "grouping": _VISUAL,
        "upsert": _VISUAL,
        "window": _VISUAL,
        "distinct": _VISUAL,
        "sort": _VISUAL,
        "topn": _VISUAL,
        "pivot": _VISUAL,
        "vstack": _VISUAL,
        "split": _SEVERAL,
        "generate_features": _VISUAL,
        "prediction_training": _TRAINING,
        "clustering_training": _TRAINING,
        "prediction_scoring": RecipeType(
            PayloadForm.JSON, engine=EnginePlace.PAYLOAD, needs_inputs=True, single_output=True
        ),
        "clustering_scoring": _ML,
        "clustering_cluster": _ML,
        "evaluation": _ML,
        "standalone_evaluation": _ML,
        "prompt": _ML,
        "nlp_llm_rag_embedding": _ML,
        "embed_documents": _ML,
        "extract_content": _ML,
        "extract_fields": _ML,
        "nlp_llm_evaluation": _ML,
        "nlp_agent_evaluation": _ML,
        "nlp_llm_summarization": _ML,
        "nlp_llm_model_provided_classification": _ML,
        "nlp_llm_user_provided_classification": _ML,
        "nlp_llm_finetuning": _ML,
        "sync": _IN_PARAMS,
        "csync": RecipeType(PayloadForm.EMPTY, needs_inputs=True, single_output=True),
        "export": RecipeType(PayloadForm.EMPTY, needs_inputs=True, single_output=True),
        "download": RecipeType(PayloadForm.EMPTY, single_output=True),
        "merge_folder": RecipeType(PayloadForm.EMPTY, needs_inputs=True, single_output=True),
        "list_folder_contents": RecipeType(PayloadForm.EMPTY, needs_inputs=True, single_output=True),
        "extract_failed_rows": RecipeType(PayloadForm.EMPTY, needs_inputs=True, single_output=True),
    }
)

_ALIASES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "group": "grouping",
        "stack": "vstack",
        "prepare": "shaker",
        "sql": "sql_query",
        "sample_filter": "sampling",
        "top_n": "topn",
        "fuzzy_join": "fuzzyjoin",
        "geo_join": "geojoin",
        "push_to_editable": "update",
        "embed_dataset": "nlp_llm_rag_embedding",
    }
)


def native_type(name: str) -> str:
    """Return DSS's own spelling of a recipe type: ``Prepare`` is ``shaker``; unknown names stay as they are."""
    low = name.lower()
    if low in _ALIASES:
        return _ALIASES[low]
    return low if low in RECIPE_TYPES else name


def recipe_type(name: str) -> RecipeType:
    """Return what is known of the native type ``name``; types of plugins keep everything in params."""
    return RECIPE_TYPES.get(name, _UNKNOWN)
