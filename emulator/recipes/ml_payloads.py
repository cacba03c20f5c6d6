"""The payloads that recipes on models and knowledge banks are born with. Source: object-shapes.md 8, from real recipes.

Training recipes are not here: their payload is the copy of an ML task, which only a deployment from the lab can make.
"""

import json
from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from emulator.json_text import JsonObject

__all__ = ["ML_PAYLOADS"]

_Make: TypeAlias = Callable[[list[list[JsonObject]], JsonObject], str]
_PIPELINE: Final = {"pipelineAllowMerge": True, "pipelineAllowStart": True}
_SPARK: Final = {
    **_PIPELINE,
    "sparkPreparedDFStorageLevel": "MEMORY_AND_DISK",
    "sparkExecutionEngine": "SPARK_SUBMIT",
    "sparkConf": {"inheritConf": "default", "conf": []},
    "sparkRepartitionNonHDFS": 1,
    "sparkUseGlobalMetastore": False,
}
_ON_MODEL: Final = {
    "sqlPipelineParams": _PIPELINE,
    "sparkParams": _SPARK,
    "backendType": "PY_MEMORY",
    "filterInputColumns": False,
    "keptInputColumns": [],
    "pythonBatchSize": 100000,
    "batchSize": 100,
    "outputProbabilities": True,
    "forcedClassifierThreshold": 0,
    "overrideModelSpecifiedThreshold": False,
    "outputExplanations": False,
    "individualExplanationParams": {
        "subChunkSize": 5000,
        "method": "ICE",
        "shapleyBackgroundSize": 100,
        "nbExplanations": 3,
    },
}
_METRICS: Final = (
    "precision",
    "recall",
    "auc",
    "f1",
    "accuracy",
    "mcc",
    "hammingLoss",
    "logLoss",
    "lift",
    "calibrationLoss",
    "customScore",
)


def _always(document: JsonObject) -> _Make:
    text = json.dumps(document, indent=2)
    return lambda _inputs, _settings: text


_EMBEDDING: Final = {
    "metadataColumns": [],
    "documentSplittingMode": "CHARACTERS_BASED",
    "chunkSizeCharacters": 3000,
    "chunkOverlapCharacters": 120,
    "clearVectorStore": False,
    "vectorStoreUpdateMethod": "OVERWRITE",
}


ML_PAYLOADS: Final[Mapping[str, _Make]] = {
    "prediction_scoring": _always({**_ON_MODEL, "outputProbaPercentiles": True, "forceOriginalEngine": True}),
    "evaluation": _always(
        {
            **_ON_MODEL,
            "outputs": ["prediction_correct"],
            "metrics": list(_METRICS),
            "outputProbaPercentiles": False,
            "forceOriginalEngine": False,
            "dontComputePerformance": False,
        }
    ),
    "clustering_scoring": _always(
        {
            "backendType": "PY_MEMORY",
            "filterInputColumns": False,
            "keptInputColumns": [],
            "removeOutliers": False,
            "pythonBatchSize": 100000,
            "sparkParams": _SPARK,
        }
    ),
    "nlp_llm_rag_embedding": _always(_EMBEDDING),
    "embed_documents": _always(_EMBEDDING),
}
"""Recipe type -> maker of its first payload."""
