"""The classes behind the head of a recipe. Payloads are opaque. Source: object-shapes.md 7, api-flow.md 6.2, 6.5."""

from collections.abc import Mapping
from typing import Any, Final

from emulator.fragments import CONTAINER_SELECTION, CUSTOM_META, ENV_SELECTION, TAGGABLE, VARIABLES_LOOP
from emulator.json_text import JsonObject
from emulator.profile import Profile
from emulator.shapes import Shape, items_of, nested, optional, value

__all__ = ["CODE_TYPES", "METADATA", "SQL_ENGINE_PARAMS", "apply_recipe"]

CODE_TYPES: Final = frozenset(
    [
        "python",
        "r",
        "shell",
        "sql_query",
        "sql_script",
        "pyspark",
        "sparkr",
        "spark_scala",
        "spark_sql_query",
        "hive",
        "impala",
        "cpython",
        "julia",
        "streaming_spark_scala",
        "ksql",
    ]
)

_PIPELINE: Final = Shape("PipelineParams", {"pipelineAllowStart": value(True), "pipelineAllowMerge": value(True)})
_SPARK_CONFIG: Final = Shape("SparkConfig", {"inheritConf": value("default"), "conf": value([])})
_READ: Final = Shape("ReadParams", {"mode": value("AUTO"), "autoModeRepartitionInto": value(10), "map": value({})})
_HIVE: Final = Shape(
    "HiveParams",
    {
        "inheritConf": value("default"),
        "hiveconf": value([]),
        "executionEngine": value("HIVESERVER2"),
        "addDkuUdf": value(False),
        "skipPrerunValidate": value(False),
        "useGlobalMetastore": optional(),
    },
)
_IMPALA: Final = Shape("ImpalaParams", {"forceStreamMode": value(True)})
_SPARK_RUN: Final = {
    "sparkConfig": nested(_SPARK_CONFIG),
    "executionEngine": value("SPARK_SUBMIT"),
    "pipelineAllowStart": value(True),
    "pipelineAllowMerge": value(True),
    "skipPrerunValidate": value(False),
}
_SPARK: Final = Shape(
    "SparkParams",
    {"readParams": nested(_READ), "useGlobalMetastore": value(False), "useNativeProcessors": value(True), **_SPARK_RUN},
)
_SPARK_SQL: Final = Shape(
    "SparkSQLParams",
    {
        "readParams": nested(_READ),
        "overwriteOutputSchema": value(False),
        "useGlobalMetastore": value(False),
        **_SPARK_RUN,
    },
)
_OTHER_ENGINES: Final = {
    "dssEngineMaxThreads": optional(),
    "cdePipelineParams": nested(_PIPELINE, since=(15, 0)),
}
_CONTAINERS_SINCE: Final = (12, 6)
_HASHES_SINCE: Final = (13, 0)
_SHAKER_ENGINE: Final = Shape(
    "ShakerEngineParams",
    {
        "spark": nested(_SPARK),
        "hive": nested(_HIVE),
        "impala": nested(_IMPALA),
        "hadoopConfigKeys": value([]),
        "sqlPipelineParams": nested(_PIPELINE),
        "maxThreads": value(8),
        "containerSelection": nested(CONTAINER_SELECTION, since=_CONTAINERS_SINCE),
        **_OTHER_ENGINES,
    },
)
SQL_ENGINE_PARAMS: Final = Shape(
    "EngineParams",
    {
        "hive": nested(_HIVE),
        "sqlPipelineParams": nested(_PIPELINE),
        "impala": nested(_IMPALA),
        "containerSelection": nested(CONTAINER_SELECTION, since=_CONTAINERS_SINCE),
        "lowerCaseSchemaIfEngineRequiresIt": value(True),
        "sparkSQL": nested(_SPARK_SQL),
        **_OTHER_ENGINES,
    },
)
"""Engine settings of SQL-like recipes: in ``params`` for sync and sampling, in the payload for join, grouping, ..."""

_SYNC_ENGINE: Final = SQL_ENGINE_PARAMS.extended(
    {
        "lowerCaseSchemaIfEngineRequiresIt": value(False),
        "maxThreads": value(4),
        "tdchParams": nested(Shape("TdchParams", {"numberOfExecutors": value(2), "splitMode": value("DEFAULT")})),
        "synapseParams": nested(Shape("SynapseParams", {"usePolybase": value(False)})),
        "redshiftParams": nested(Shape("RedshiftParams", {"writeDatesInParquet": value(True)}), since=(14, 2)),
    }
)
_CODE: Final = {
    "envSelection": nested(ENV_SELECTION),
    "containerSelection": nested(CONTAINER_SELECTION),
    "skipPrerunValidate": value(False),
}
_PYSPARK: Final = {
    "envSelection": nested(ENV_SELECTION),
    **_SPARK_RUN,
}
# Types of which many real documents are known are closed, as the server's classes are. The others keep what they do not know.
_PARAMS: Final[Mapping[str, Shape]] = {
    "python": Shape("PythonRecipeParams", _CODE),
    "r": Shape("RRecipeParams", _CODE),
    "sql_query": Shape(
        "SQLQueryRecipeParams",
        {
            "allowMultipleConnections": value(False),
            "mainConnectionDataset": optional(),
            "displayExecutionPlan": value(True),
            "sqlPipelineParams": nested(_PIPELINE),
            "skipPrerunValidate": value(False),
            "variablesExpansionLoopConfig": nested(VARIABLES_LOOP, since=(13, 1)),
        },
    ),
    "sql_script": Shape(
        "SQLScriptRecipeParams",
        {
            "allowMultipleConnections": value(False),
            "usePsql": value(True),
            "inferOutputDatasetsSchema": value(True),
            "statementsParsingMode": value("SPLIT"),
            "skipPrerunValidate": value(False),
        },
    ),
    "shell": Shape(
        "ShellRecipeParams",
        {
            "pipeIn": optional(),
            "pipeOut": optional(),
            "autoInferSchema": value(False),
            "expectHeaders": value(False),
            "sendHeaders": value(False),
            "skipPrerunValidate": value(False),
        },
    ),
    "pyspark": Shape("PysparkRecipeParams", _PYSPARK),
    "shaker": Shape(
        "ShakerRecipeParams",
        {
            "engineParams": nested(_SHAKER_ENGINE),
            "engineType": optional(),
            "engine": optional(),
            "hadoopConfigKeys": optional(),
        },
    ),
    "sync": Shape(
        "SyncRecipeParams",
        {
            "schemaMode": value("STRICT_SYNC"),
            "forcePipelineableForTests": value(False),
            "engineParams": nested(_SYNC_ENGINE),
            "engineType": optional(),
        },
    ),
    "sampling": Shape(
        "SamplingRecipeParams",
        {"selection": optional(), "engineParams": nested(SQL_ENGINE_PARAMS), "engineType": optional()},
    ),
    "spark_sql_query": Shape(
        "SparkSQLRecipeParams",
        {
            "useGlobalMetastore": value(False),
            "overwriteOutputSchema": value(True),
            "forcePipelineableForTests": value(False),
            "readParams": nested(_READ),
            **_SPARK_RUN,
        },
        is_open=True,
    ),
    "spark_scala": Shape(
        "SparkScalaRecipeParams",
        {"useGlobalMetastore": value(False), "codeMode": value("FREE_FORM"), **_SPARK_RUN},
        is_open=True,
    ),
    "sparkr": Shape("SparkRRecipeParams", _PYSPARK, is_open=True),
    "julia": Shape("JuliaRecipeParams", _CODE, is_open=True),
    "export": Shape("ExportRecipeParams", {"clearOutputPartition": value(False), "exportParams": optional()}),
    "download": Shape(
        "DownloadRecipeParams",
        {"deleteExtraFiles": value(True), "copyEvenUpToDateFiles": value(False), "sources": value([])},
        is_open=True,
    ),
    "merge_folder": Shape(
        "MergeFolderRecipeParams",
        {
            "clearBeforeCopy": value(True),
            "conflictHandling": value("OVERWRITE"),
            "engineParams": optional(),
        },
        is_open=True,
    ),
    "list_folder_contents": Shape(
        "ListFolderContentsRecipeParams",
        {
            "levelMapping": value([]),
            **{name: value(True) for name in ("path", "basename", "extension", "lastModified", "size")},
            "engineParams": optional(),
        },
        is_open=True,
    ),
    "update": Shape(
        "UpdateRecipeParams",
        {
            "uniqueKey": value([]),
            "filter": value({"distinct": False, "enabled": False}),
            "deleteMissingRows": value(False),
            "addMissingRows": value(True),
            "deleteMissingCols": value(False),
            "addMissingCols": value(True),
        },
        is_open=True,
    ),
    "standalone_evaluation": Shape(
        "StandaloneEvaluationRecipeParams",
        {"envSelection": nested(ENV_SELECTION), "containerSelection": nested(CONTAINER_SELECTION)},
        is_open=True,
    ),
}
_OF_PLUGINS: Final = Shape(
    "CustomCodeRecipeParams",
    {"customConfig": value({}), "containerSelection": nested(CONTAINER_SELECTION)},
    is_open=True,
)
_WITH_CONTAINER: Final = frozenset(
    [
        "prediction_training",
        "prediction_scoring",
        "clustering_training",
        "clustering_scoring",
        "clustering_cluster",
        "evaluation",
        "prompt",
        "nlp_llm_rag_embedding",
        "nlp_llm_finetuning",
    ]
)
_CONTAINER_ONLY: Final = Shape("MLRecipeParams", {"containerSelection": nested(CONTAINER_SELECTION)}, is_open=True)

_INPUT: Final = Shape("RecipeInput", {"ref": optional(), "deps": value([])})
_OUTPUT: Final = Shape("RecipeOutput", {"ref": optional(), "appendMode": value(False)})

RECIPE: Final = Shape(
    "Recipe",
    {
        "type": optional(),
        "neverRecomputeExistingPartitions": value(False),
        "optionalDependencies": value(False, until=_HASHES_SINCE),
        "params": optional(),
        "customMeta": nested(CUSTOM_META),
        "redispatchPartitioning": value(False),
        "maxRunningActivities": value(0),
        "hashPropagationBehavior": value("INHERIT", since=_HASHES_SINCE),
        "variables": value({}),
        "dkuProperties": value([]),
        "inputs": value({}),
        "outputs": value({}),
        "labels": value([], since=(9, 0)),
        "partitionDeps": optional(),
        **TAGGABLE,
    },
)
METADATA: Final = Shape(
    "RecipeMetadata",
    {
        "checklists": TAGGABLE["checklists"],
        "tags": TAGGABLE["tags"],
        "custom": nested(CUSTOM_META),
    },
)
"""``label``, ``description`` and ``customFields`` are "not defined for recipes" in this call [doc]."""


def apply_recipe(head: JsonObject, profile: Profile, *, fill_params: bool) -> JsonObject:
    """Return ``head`` as the server holds it.

    Without ``fill_params`` missing params stay missing: a code recipe gets its three keys with its first save only [seen].
    """
    keep_unknown, version = profile.keep_unknown_fields, profile.version
    result = RECIPE.apply(head, keep_unknown=keep_unknown, version=version)
    for side, item in (("inputs", _INPUT), ("outputs", _OUTPUT)):
        role = Shape("RecipeRole", {"items": items_of(item)})
        result[side] = {name: role.apply(given, keep_unknown=keep_unknown) for name, given in result[side].items()}
    shape = _params_shape(str(result.get("type") or ""))
    if shape is not None and (fill_params or "params" in result):
        result["params"] = shape.apply(result.get("params"), keep_unknown=keep_unknown, version=version)
    return _ordered(result)


def _params_shape(recipe_type: str) -> Shape | None:
    if recipe_type.startswith("CustomCode_"):
        return _OF_PLUGINS
    return _CONTAINER_ONLY if recipe_type in _WITH_CONTAINER else _PARAMS.get(recipe_type)


def _ordered(head: JsonObject) -> JsonObject:
    """Class order again, after ``params`` may have been added at the end."""
    known: dict[str, Any] = {key: head[key] for key in RECIPE.fields if key in head}
    return {**known, **head}
