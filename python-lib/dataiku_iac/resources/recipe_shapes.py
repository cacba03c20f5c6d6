"""All recipe types below the surface; those that are not listed (newer versions) keep all of it under DSS's names.

Defaults are folded away on reading and sent with a creation. Source: object-shapes.md 7 and 8.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from dataiku_iac.core.canonical import JsonObject
from dataiku_iac.resources.recipe_filters import FILTER_DEFAULTS
from dataiku_iac.resources.recipe_models import MODEL_ROWS, SCORING, TRAINING, set_aside_in_model
from dataiku_iac.resources.recipe_shape import Shape
from dataiku_iac.resources.recipe_visual import VISUAL
from dataiku_iac.resources.short_forms import One
from dataiku_iac.resources.short_values import OBJECT

__all__ = ["SHAPES", "shape_of"]

_CONTAINER: Final[JsonObject] = {"containerSelection": {"containerMode": "INHERIT"}}
_UPDATE: Final[JsonObject] = {
    "deleteMissingRows": False,
    "addMissingRows": True,
    "deleteMissingCols": False,
    "addMissingCols": True,
    "filter": FILTER_DEFAULTS,
}
_TRAINING: Final = Shape(
    defaults=TRAINING,
    params_defaults=_CONTAINER,
    rows=MODEL_ROWS,
    set_aside=set_aside_in_model,
)
_SCORING: Final = Shape(defaults=SCORING, params_defaults=_CONTAINER)
_LLM: Final = Shape(params_defaults=_CONTAINER)

SHAPES: Final[Mapping[str, Shape]] = MappingProxyType(
    {
        **VISUAL,
        "update": Shape(defaults=_UPDATE, params_defaults=_UPDATE),  # in one of the two [seen]
        "export": Shape(params_defaults={"clearOutputPartition": False}),
        "download": Shape(params_defaults={"deleteExtraFiles": True, "copyEvenUpToDateFiles": False, "sources": []}),
        "merge_folder": Shape(params_defaults={"clearBeforeCopy": True, "conflictHandling": "OVERWRITE"}),
        "list_folder_contents": Shape(
            params_defaults={
                **dict.fromkeys(("path", "basename", "extension", "lastModified", "size"), True),
                "levelMapping": [],
            }
        ),
        "sql_script": Shape(
            params_defaults={"usePsql": True, "inferOutputDatasetsSchema": True, "statementsParsingMode": "SPLIT"}
        ),
        "spark_sql_query": Shape(params_defaults={"readParams": {"mode": "AUTO", "autoModeRepartitionInto": 10}}),
        "spark_scala": Shape(params_defaults={"codeMode": "FREE_FORM"}),
        "shell": Shape(params_defaults={"sendHeaders": False, "expectHeaders": False, "autoInferSchema": False}),
        "prediction_training": _TRAINING,
        "clustering_training": _TRAINING,
        "clustering_cluster": _TRAINING,
        "prediction_scoring": _SCORING,
        "clustering_scoring": _SCORING,
        "evaluation": _SCORING,
        "standalone_evaluation": Shape(defaults={"sparkParams": SCORING["sparkParams"]}, params_defaults=_CONTAINER),
        "prompt": Shape(
            params_defaults=_CONTAINER,
            defaults={
                "rawQueryOutputMode": "RAW",
                "rawResponseOutputMode": "RAW_WITHOUT_TRACES",
                "completionSettings": {"stopSequences": []},
                "prompt": {
                    "structuredPromptExamples": [],
                    "promptTemplateInputs": [],
                    "textPromptTemplateInputs": [],
                    "textPromptSystemTemplate": "",
                    "guardrailsPipelineSettings": {"guardrails": []},
                    "resultValidation": {"expectedFormat": "NONE", "forbiddenTerms": [], "requiredJSONObjectKeys": []},
                },
            },
        ),
        **dict.fromkeys(
            ("nlp_llm_rag_embedding", "embed_documents"),
            Shape(
                params_defaults=_CONTAINER,
                defaults={"metadataColumns": [], "clearVectorStore": False, "vectorStoreUpdateMethod": "OVERWRITE"},
            ),
        ),
        **dict.fromkeys(
            (
                *("nlp_llm_summarization", "nlp_llm_finetuning", "nlp_llm_model_provided_classification"),
                *("nlp_llm_user_provided_classification", "nlp_llm_evaluation", "nlp_agent_evaluation"),
            ),
            Shape(params_defaults=_CONTAINER, defaults={"completionSettings": {"stopSequences": []}}),
        ),
    }
)
_PLUGIN: Final = Shape(params=(One("config", "customConfig", OBJECT),), params_defaults=_CONTAINER)
_NONE: Final = Shape()


def shape_of(kind: str) -> Shape:
    """Return the row of a native type."""
    return SHAPES.get(kind, _PLUGIN if kind.startswith("CustomCode_") else _NONE)
