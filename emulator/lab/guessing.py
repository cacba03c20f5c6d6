"""The settings that a new ML task is given, from the columns of its dataset. Source: object-shapes.md 12.

A real node looks at a sample of rows and fills several hundred keys; this one looks at names and storage types, and fills those that
the official client works with. The rest of a task's settings is opaque here and kept as it is given.
"""

from collections.abc import Mapping
from typing import Final

from emulator.errors import illegal_argument
from emulator.json_text import JsonObject
from emulator.lab.algorithms import ALGORITHMS, CLUSTERINGS, PARAMETERS

__all__ = ["guess_settings", "reguess"]

_NUMERIC: Final = frozenset({"tinyint", "smallint", "int", "bigint", "float", "double"})
_ENABLED: Final[Mapping[str, frozenset[str]]] = {
    "BINARY_CLASSIFICATION": frozenset({"random_forest_classification", "logistic_regression"}),  # [seen, DEFAULT]
    "MULTICLASS": frozenset({"random_forest_classification", "logistic_regression"}),
    "REGRESSION": frozenset({"random_forest_regression", "ridge_regression"}),
}
_METRICS: Final = {"BINARY_CLASSIFICATION": "ROC_AUC", "MULTICLASS": "ROC_AUC", "REGRESSION": "R2"}  # first one [seen]
_FEATURE: Final = {"customHandlingCode": "", "customProcessorWantsMatrix": False, "sendToInput": "main"}
_NUMBER: Final = {
    "generate_derivative": False,
    "numerical_handling": "REGULAR",
    "missing_handling": "IMPUTE",
    "missing_impute_with": "MEAN",
    "impute_constant_value": 0.0,
    "rescaling": "AVGSTD",
    "quantile_bin_nb_bins": 4,
    "binarize_threshold_mode": "MEDIAN",
    "binarize_constant_threshold": 0.0,
}
_CATEGORY: Final = {
    "category_handling": "DUMMIFY",
    "missing_handling": "NONE",
    "missing_impute_with": "MODE",
    "impute_constant_value": "",
    "dummy_clip": "MAX_NB_CATEGORIES",
    "cumulative_proportion": 0.95,
    "min_samples": 10,
    "max_nb_categories": 100,
    "max_cat_safety": 200,
    "dummy_drop": "AUTO",
}


def guess_settings(body: JsonObject, columns: list[JsonObject], *, initiator: str) -> JsonObject:
    """Return the settings of a new task as ``body`` asks for; raises 400 for a target that is no column of the dataset."""
    match body.get("taskType"):
        case "PREDICTION":
            return _prediction(body, columns, initiator)
        case "CLUSTERING":
            return {
                **_common(body, initiator, "KMEANS"),
                "name": "Clustering",
                "preprocessing": _preprocessing(columns, ()),
                "modeling": {
                    **_modeling("SILHOUETTE"),
                    **{name: {"enabled": name == "kmeans_clustering"} for name in CLUSTERINGS},
                },
            }
        case other:
            raise illegal_argument(f"Unknown ML task type: {other}")


def reguess(settings: JsonObject, core: JsonObject, columns: list[JsonObject], *, full: bool) -> JsonObject:
    """Return the settings after core parameters (target, prediction type, ...) changed.

    ``full`` guesses all of them again, else only those that the change reaches [client doc].
    """
    kept = ("taskType", "backendType", "guessPolicy", "timeVariable", "timeseriesIdentifiers", "treatmentVariable")
    asked: JsonObject = {key: settings[key] for key in kept if key in settings}
    named: JsonObject = {key: settings[key] for key in ("targetVariable", "predictionType") if key in settings}
    if "targetVariable" in core:
        named.pop("predictionType", None)
    if "multiTargetVariables" in settings:
        named["targetVariables"] = settings["multiTargetVariables"]
    fresh = guess_settings({**asked, **named, **core}, columns, initiator=str(settings.get("initiator")))
    if full or not core:
        return {**fresh, "name": settings.get("name")}
    reached = ("targetVariable", "predictionType", "multiTargetVariables", "timeVariable", "timeseriesIdentifiers")
    modeling = {**settings.get("modeling", {}), "metrics": fresh["modeling"]["metrics"]}
    return {**settings, **{key: fresh[key] for key in reached if key in fresh}, "modeling": modeling}


def _prediction(body: JsonObject, columns: list[JsonObject], initiator: str) -> JsonObject:
    targets = body.get("targetVariables") or [body.get("targetVariable")]
    types = {column["name"]: str(column.get("type")) for column in columns}
    further = [body.get("timeVariable"), body.get("treatmentVariable"), *(body.get("timeseriesIdentifiers") or ())]
    for name in [*targets, *(name for name in further if name is not None)]:
        if name not in types:
            raise illegal_argument(f"No such column in the input dataset: {name}")
    prediction_type = body.get("predictionType") or _type_for(types[targets[0]])
    classifies = _METRICS.get(prediction_type) == "ROC_AUC"
    enabled = _ENABLED.get(prediction_type, frozenset())
    algorithms = {name: {**PARAMETERS.get(name, {}), "enabled": name in enabled} for name in ALGORITHMS}
    settings: JsonObject = {
        "predictionType": prediction_type,
        **({"targetVariable": targets[0]} if "targetVariables" not in body else {"multiTargetVariables": targets}),
        **{
            name: body[name]
            for name in ("timeVariable", "timeseriesIdentifiers", "treatmentVariable")
            if body.get(name)
        },
        "weight": {"weightMethod": "CLASS_WEIGHT" if classifies else "NO_WEIGHTING"},
        "time": {"enabled": False, "ascending": True},
        "calibration": {"calibrationMethod": "NO_CALIBRATION"},
        "splitParams": _split(),
        "preprocessing": _preprocessing(columns, targets),
        "modeling": {**_modeling(_METRICS.get(prediction_type, "R2")), **algorithms},
        "assertionsParams": {"assertions": []},
        **_common(body, initiator, "DEFAULT"),
        "name": f"Predict {', '.join(map(str, targets))}",  # [seen]
    }
    return settings


def _type_for(column_type: str) -> str:
    """Guess from the storage type alone; a real node counts distinct values, too."""
    if column_type in _NUMERIC:
        return "REGRESSION"
    return "BINARY_CLASSIFICATION" if column_type == "boolean" else "MULTICLASS"


def _common(body: JsonObject, initiator: str, policy: str) -> JsonObject:
    return {
        "taskType": body["taskType"],
        "backendType": body.get("backendType") or "PY_MEMORY",
        "guessPolicy": body.get("guessPolicy") or policy,
        "initiator": initiator,
        "maxConcurrentModelTraining": 2,
        "envSelection": {"envMode": "INHERIT"},
        "containerSelection": {"containerMode": "INHERIT"},
        "diagnosticsSettings": {"enabled": True, "settings": []},
        "predictionDisplayCharts": [],
    }


def _split() -> JsonObject:
    return {
        "ttPolicy": "SPLIT_SINGLE_DATASET",
        "ssdSplitMode": "RANDOM",
        "splitBeforePrepare": True,
        "ssdSelection": {
            "useMemTable": False,
            "filter": {"distinct": False, "enabled": False},
            "partitionSelectionMethod": "ALL",
            "latestPartitionsN": 1,
            "ordering": {"enabled": False, "rules": []},
            "samplingMethod": "HEAD_SEQUENTIAL",
            "maxRecords": 100000,
            "targetRatio": 0.02,
            "withinFirstN": -1,
            "maxReadUncompressedBytes": -1,
        },
        "ssdTrainingRatio": 0.8,
        "ssdSeed": 1337,
        "testOnLargerValues": True,
        "kfold": False,
        "nFolds": 5,
        "subSamplingSeed": 1337,
    }


def _preprocessing(columns: list[JsonObject], targets: object) -> JsonObject:
    roles = dict.fromkeys(targets if isinstance(targets, list | tuple) else (), "TARGET")
    return {
        "target_remapping": [],
        "per_feature": {column["name"]: _feature(column, roles.get(column["name"], "INPUT")) for column in columns},
        "feature_selection_params": {"method": "NONE"},
        "feature_generation": {
            "pairwise_linear": {"behavior": "DISABLED"},
            "polynomial_combinations": {"behavior": "DISABLED"},
            "manual_interactions": {"interactions": []},
        },
    }


def _feature(column: JsonObject, role: str) -> JsonObject:
    is_number = str(column.get("type")) in _NUMERIC
    return {
        **(_NUMBER if is_number else _CATEGORY),
        "role": role,
        "type": "NUMERIC" if is_number else "CATEGORY",
        "state": {"userModified": False, "autoModifiedByDSS": False},
        **_FEATURE,
    }


def _modeling(metric: str) -> JsonObject:
    return {
        "skipExpensiveReports": False,
        "custom_python": [],
        "custom_mllib": [],
        "plugin_python": {},
        "gridSearchParams": {
            "mode": "KFOLD",
            "splitRatio": 0.8,
            "shuffleIterations": 1,
            "nFolds": 3,
            "stratified": True,
            "strategy": "GRID",
            "randomized": True,
            "nIter": 0,
            "timeout": 0,
            "nJobs": 4,
        },
        "metrics": {
            "evaluationMetric": metric,
            "customEvaluationMetricGIB": True,
            "customEvaluationMetricNeedsProba": False,
            "customMetrics": [],
            "thresholdOptimizationMetric": "F1",
            "costMatrixWeights": {"tpGain": 1.0, "tnGain": 0.0, "fpGain": -0.3, "fnGain": 0.0},
            "liftPoint": 0.4,
        },
    }
