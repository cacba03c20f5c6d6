"""Recipes that train, apply and judge models: their payloads stay under DSS's names, without what nobody chose.

A training payload is a copy of a visual ML task, hundreds of settings of which a handful was ever touched. Defaults are
folded away, and settings of choices that were not taken (the bins of a feature that is not binned) are set aside.
Source: object-shapes.md 8 (prediction_training, prediction_scoring, evaluation, clustering_*), real payloads of 9.0 to 14.0.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from dataiku_iac.core.canonical import JsonObject, is_object
from dataiku_iac.core.fields import Field, FieldTable
from dataiku_iac.resources.default_rows import default_rows
from dataiku_iac.resources.fragments import SELECTION, below
from dataiku_iac.resources.recipe_leftovers import change_at, set_aside
from dataiku_iac.resources.recipe_samples import set_aside_in_selection

__all__ = ["MODEL_ROWS", "SCORING", "TRAINING", "set_aside_in_model"]

_PIPELINE: Final[JsonObject] = {"pipelineAllowStart": True, "pipelineAllowMerge": True}
_SPARK: Final[JsonObject] = {
    **_PIPELINE,
    "sparkConf": {"inheritConf": "default", "conf": []},
    "sparkExecutionEngine": "SPARK_SUBMIT",
    "sparkPreparedDFStorageLevel": "MEMORY_AND_DISK",
    "sparkRepartitionNonHDFS": 1,
    "sparkUseGlobalMetastore": False,
}
_EXPLANATIONS: Final[JsonObject] = {
    "drawInScoredSet": False,
    "method": "ICE",
    "nbExplanations": 3,
    "shapleyBackgroundSize": 100,
    "subChunkSize": 5000,
}
SCORING: Final[JsonObject] = {
    "backendType": "PY_MEMORY",
    "batchSize": 100,
    "pythonBatchSize": 100000,
    "useGPU": False,
    "gpuAllowGrowth": False,
    "gpuList": [0],
    "perGPUMemoryFraction": 0.5,
    "sparkParams": _SPARK,
    "sqlPipelineParams": _PIPELINE,
    "filterInputColumns": False,
    "keptInputColumns": [],
    "forceOriginalEngine": False,
    "forcedClassifierThreshold": 0,
    "overrideModelSpecifiedThreshold": False,
    "outputExplanations": False,
    "individualExplanationParams": _EXPLANATIONS,
}
"""Of scoring and evaluation."""

_FEATURE: Final[JsonObject] = {
    "customHandlingCode": "",
    "customProcessorWantsMatrix": False,
    "generate_derivative": False,
    "sendToInput": "main",
}
TRAINING: Final[JsonObject] = {
    "backendType": "PY_MEMORY",
    "sparkParams": _SPARK,
    "envSelection": {"envMode": "INHERIT"},
    "assertionsParams": {"assertions": []},
    "core": {
        "calibration": {"calibrationMethod": "NO_CALIBRATION"},
        "executionParams": {
            "containerSelection": {"containerMode": "INHERIT"},
            "envSelection": {"envMode": "INHERIT"},
            "sparkCheckpoint": "NONE",
            "sparkParams": _SPARK,
        },
        "partitionedModel": {"enabled": False},
        "time": {"ascending": True, "enabled": False},
    },
    "modeling": {
        "computeLearningCurves": False,
        "pluginAlgoCustomGridSearch": False,
        "skipExpensiveReports": False,
        "forcedClassifierThreshold": 0.0,
        "metrics": {"customEvaluationMetricGIB": True, "customEvaluationMetricNeedsProba": False},
        "grid_search_params": {"distributed": False, "shuffleIterations": 1, "timeout": 0},
    },
    "preprocessing": {
        "feature_selection_params": {"method": "NONE"},
        "feature_generation": {
            **{
                kind: {"behavior": "DISABLED"}
                for kind in (
                    *("categoricals_count_transformer", "numericals_clustering"),
                    *("pairwise_linear", "polynomial_combinations"),
                )
            },
            "manual_interactions": {"interactions": []},
        },
        "per_feature": {"*": _FEATURE},
        "preprocessingFitSampleRatio": 1.0,
        "preprocessingFitSampleSeed": 1337,
        "reduce": {"enabled": False},
        "skipPreprocessing": False,
    },
    "splitParams": {"instanceIdRefresher": 0, "kfold": False, "ssdSeed": 1337, "subSamplingSeed": 1337},
}
"""Of training and of clustering."""

_SIZES: Final = ("samplingMethod", "maxRecords", "targetRatio")  # what a sample is about, so never a default
_SELECTIONS: Final = (
    "splitParams.ssdSelection",
    "splitParams.*.selection",
    "core.partitionedModel.ssdSelection",
    "sampling",
)
MODEL_ROWS: Final[FieldTable] = {
    "preprocessing.per_feature.*.state": Field(
        ignored=True, reason="what the editor recorded of its own guesses, from the data [seen]"
    ),
    **{
        path: row
        for prefix in _SELECTIONS
        for path, row in below(prefix, SELECTION).items()
        if path.rpartition(".")[2] not in _SIZES
    },
    **default_rows("core.partitionedModel.ssdSelection", {"samplingMethod": "FULL"}),
}
"""Rows of training payloads that are more than a default; relative to the payload."""

_CHOICES: Final[Mapping[str, tuple[tuple[str, str, tuple[str, ...]], ...]]] = MappingProxyType(
    {
        "preprocessing.per_feature.*": (
            ("numerical_handling", "QUANTILE_BIN", ("quantile_bin_nb_bins",)),
            ("numerical_handling", "BINARIZE", ("binarize_constant_threshold", "binarize_threshold_mode")),
            ("numerical_handling", "REGULAR", ("rescaling",)),
            ("missing_handling", "IMPUTE", ("missing_impute_with", "impute_constant_value")),
            ("missing_impute_with", "CONSTANT", ("impute_constant_value",)),
            ("category_handling", "DUMMIFY", ("dummy_clip", "dummy_drop", "max_cat_safety")),
            ("dummy_clip", "MAX_NB_CATEGORIES", ("max_nb_categories",)),
            ("dummy_clip", "CUMULATIVE_PROPORTION", ("cumulative_proportion",)),
            ("dummy_clip", "MIN_SAMPLES", ("min_samples",)),
            ("category_handling", "HASHING", ("nb_bins_hashing", "hash_whole_categories")),
        ),
        "preprocessing.feature_selection_params": (
            ("method", "CORRELATION", ("correlation_params",)),
            ("method", "LASSO", ("lasso_params",)),
            ("method", "PCA", ("pca_params",)),
            ("method", "RANDOM_FOREST", ("random_forest_params",)),
            ("method", "CUSTOM", ("custom_params",)),
        ),
        "preprocessing.reduce": (("enabled", "true", ("kept_variance",)),),
        "core.partitionedModel": (("enabled", "true", ("ssdSelection",)),),
    }
)
"""Path to choices: settings that count only where a key has one value. The words of choices not seen are [inferred]."""


_HANDLING: Final = (
    *(
        "numerical_handling",
        "category_handling",
        "missing_handling",
        "missing_impute_with",
        "rescaling",
        "text_handling",
    ),
    *("dummy_clip", "dummy_drop", "max_cat_safety", "max_nb_categories", "cumulative_proportion", "min_samples"),
    *("quantile_bin_nb_bins", "binarize_constant_threshold", "binarize_threshold_mode", "impute_constant_value"),
    *("nb_bins_hashing", "hash_whole_categories", "datetime_cyclical_periods", "autoReason"),
)
"""How a feature is prepared: of no effect for one that is left out."""


def set_aside_in_model(payload: JsonObject) -> JsonObject:
    """Return a training payload without the settings of choices that were not taken."""
    for path, choices in _CHOICES.items():
        payload = _changed(payload, path, lambda found, choices=choices: _without_untaken(found, choices))  # type: ignore[misc]
    payload = _changed(payload, "preprocessing.feature_generation.*", _without_disabled)
    payload = _changed(payload, "preprocessing.per_feature.*", _without_handling_of_rejected)
    for path in _SELECTIONS:
        payload = _changed(payload, path, set_aside_in_selection)
    return payload


def _changed(payload: JsonObject, path: str, change: Callable[[JsonObject], JsonObject]) -> JsonObject:
    changed = change_at(payload, path, change)
    return changed if is_object(changed) else payload


def _without_untaken(found: JsonObject, choices: tuple[tuple[str, str, tuple[str, ...]], ...]) -> JsonObject:
    unused: list[str] = []
    for key, value, settings in choices:
        chosen = found.get(key)
        if chosen is not None and str(chosen).lower() != value.lower():
            unused += settings
    return set_aside(found, unused)


def _without_disabled(generation: JsonObject) -> JsonObject:
    off = generation.get("behavior") == "DISABLED"
    return set_aside(generation, ("all_features", "input_features", "k")) if off else generation


def _without_handling_of_rejected(feature: JsonObject) -> JsonObject:
    return set_aside(feature, _HANDLING) if feature.get("role") == "REJECT" else feature
