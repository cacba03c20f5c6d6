"""The algorithms of ML tasks, with what a fresh task says of them. Source: the official client, object-shapes.md 12."""

from collections.abc import Mapping
from typing import Final

from emulator.json_text import JsonObject

__all__ = ["ALGORITHMS", "CLUSTERINGS", "PARAMETERS"]

ALGORITHMS: Final = [
    "random_forest_classification",
    "random_forest_regression",
    "extra_trees",
    "gbt_classification",
    "gbt_regression",
    "decision_tree_classification",
    "decision_tree_regression",
    "ridge_regression",
    "lasso_regression",
    "leastsquare_regression",
    "sgd_regression",
    "knn",
    "logistic_regression",
    "neural_network",
    "deep_neural_network_regression",
    "deep_neural_network_classification",
    "svc_classifier",
    "svm_regression",
    "sgd_classifier",
    "lars_params",
    "lightgbm_classification",
    "lightgbm_regression",
    "catboost_classification",
    "catboost_regression",
    "xgboost",
    "deep_learning_sparkling",
    "gbm_sparkling",
    "rf_sparkling",
    "glm_sparkling",
    "nb_sparkling",
    "mllib_logit",
    "mllib_naive_bayes",
    "mllib_linreg",
    "mllib_rf",
    "mllib_gbt",
    "mllib_dt",
    "vertica_linear_regression",
    "vertica_logistic_regression",
    "keras",
    "tabicl_classification",
    "tabiclv2_classification",
    "tabiclv2_regression",
]
CLUSTERINGS: Final = [
    "kmeans_clustering",
    "mini_batch_kmeans_clustering",
    "gmm_clustering",
    "ward_clustering",
    "spectral_clustering",
    "db_scan_clustering",
    "hdb_scan_clustering",
    "two_step",
    "isolation_forest",
    "mllib_kmeans_clustering",
    "mllib_gaussian_mixture_clustering",
    "h2o_kmeans",
]
"""The keys of ``modeling`` that are algorithms [client]; which ones a version of DSS has is not known."""


def _grid(*values: float, low: float, high: float, scaling: str = "LINEAR", least: float = 1) -> JsonObject:
    """Return a hyperparameter that is searched: the values to try, and the range that could be [seen]."""
    return {
        "gridMode": "EXPLICIT",
        "randomMode": "RANGE",
        "limit": {"min": least},
        "values": list(values),
        "range": {"min": low, "max": high, "nbValues": 3, "scaling": scaling},
    }


_FOREST: Final = {
    "n_estimators": _grid(100, low=80, high=200),
    "n_jobs": 4,
    "max_tree_depth": _grid(6, 11, low=5, high=10),
    "min_samples_leaf": _grid(1, low=1, high=20),
    "selection_mode": "auto",
    "max_features": _grid(5, low=1, high=20),
    "max_feature_prop": _grid(0.3, low=0.1, high=0.7, least=1e-23),
}
PARAMETERS: Final[Mapping[str, JsonObject]] = {
    "random_forest_classification": _FOREST,
    "random_forest_regression": _FOREST,
    "logistic_regression": {
        "multi_class": "ovr",
        "penalty": {"values": {"l1": {"enabled": False}, "l2": {"enabled": True}}},
        "C": _grid(0.01, 0.1, 1.0, 10.0, 100.0, low=0.01, high=100.0, scaling="LOGARITHMIC", least=1e-23),
        "n_jobs": 2,
    },
    "ridge_regression": {
        "alphaMode": "MANUAL",
        "alpha": _grid(0.1, 1.0, 3.0, low=0.1, high=3.0, scaling="LOGARITHMIC", least=1e-23),
    },
    "extra_trees": {"n_jobs": 4},
    **{name: {"cache_node_ids": False, "max_memory_mb": 256} for name in ("mllib_rf", "mllib_gbt", "mllib_dt")},
    "xgboost": {"nthread": 4},
    **{name: {"n_jobs": 2} for name in ("leastsquare_regression", "sgd_regression", "sgd_classifier")},
}
"""What is known of the algorithms that are switched on at first, and what the client cannot do without [seen, client]."""
