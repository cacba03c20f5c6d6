"""Documents of models, the lab, streams and LLM objects, generated from what the fact sheet says of their fields.

Values are those that were seen (object-shapes.md §12 and §14, api-flow.md §11, real ML tasks); fields are there or not, and
some objects have one that no table knows.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from hypothesis import strategies as st

__all__ = ["DOCUMENTS"]

Strategy = st.SearchStrategy[Any]

_TEXTS: Final = st.sampled_from(["", "a", "é ∑", "x: y", "${projectKey}", "two\nlines\n"])
_BOOLS: Final = st.booleans()
_EXTRA: Final = st.dictionaries(
    st.sampled_from(["newInDss16", "other"]), st.sampled_from([1, "x", [], {"a": [None]}]), max_size=1
)
_TAG: Final = {"versionNumber": 3, "lastModifiedBy": {"login": "bob"}, "lastModifiedOn": 1700000000000}


def one_of(*values: Any) -> Strategy:
    return st.sampled_from(values)


def some(**fields: Strategy) -> Strategy:
    """Objects of which each field may be absent, and some have one that no table knows."""
    return st.tuples(st.fixed_dictionaries({}, optional=fields), _EXTRA).map(lambda pair: {**pair[1], **pair[0]})


def whole(always: Mapping[str, Strategy], **fields: Strategy) -> Strategy:
    """Objects that have all of ``always``, and perhaps others."""
    return st.tuples(st.fixed_dictionaries(dict(always)), some(**fields)).map(lambda pair: {**pair[1], **pair[0]})


_ENVELOPE: Final[Mapping[str, Strategy]] = {
    "projectKey": st.just("CRM"),
    "id": st.just("a8BcD123"),
    "tags": st.lists(one_of("a", "b"), max_size=2, unique=True),
    "description": _TEXTS,
    "shortDesc": _TEXTS,
    "customFields": one_of({}, {"a": 1}),
    "checklists": one_of({"checklists": []}, {"checklists": [{"title": "t", "items": []}]}),
    "versionTag": st.just(_TAG),
    "creationTag": st.just(_TAG),
}
_NAME: Final = {"name": one_of("Churn", "R2 d2", "é")}
_ENV: Final = one_of(
    {"envMode": "INHERIT"}, {"envMode": "EXPLICIT_ENV", "envName": "py"}, {"envMode": "USE_BUILTIN_MODE"}
)
_CONTAINER: Final = one_of(
    {"containerMode": "INHERIT"}, {"containerMode": "EXPLICIT_CONTAINER", "containerConf": "k8s"}
)
_SELECTION: Final = some(
    useMemTable=_BOOLS,
    filter=one_of({"distinct": False, "enabled": False}, {"distinct": False, "enabled": True, "expression": "a"}),
    partitionSelectionMethod=one_of("ALL", "LATEST_N"),
    latestPartitionsN=one_of(1, 2),
    ordering=one_of({"enabled": False, "rules": []}, {"enabled": True, "rules": [{"column": "a", "asc": True}]}),
    samplingMethod=one_of("FULL", "HEAD_SEQUENTIAL", "RANDOM_FIXED_NB"),
    maxRecords=one_of(-1, 100000),
    targetRatio=one_of(0.02, 0.5),
    withinFirstN=st.just(-1),
    maxReadUncompressedBytes=st.just(-1),
)

# --- saved models, and what is kept as such ---

_FLOW: Final = some(
    virtualizable=_BOOLS,
    rebuildBehavior=one_of("NORMAL", "EXPLICIT", "WRITE_PROTECT"),
    crossProjectBuildBehavior=one_of("DEFAULT", "BUILD"),
    ignoreErrorStatusOnBuild=_BOOLS,
)
_IN_FLOW: Final[Mapping[str, Strategy]] = {
    "publishPolicy": one_of("UNCONDITIONAL", "MANUAL"),
    "rebuildBehavior": one_of("EXPLICIT", "NORMAL"),
    "conditionalOutputs": one_of([], [{"type": "x"}]),
    "partitioning": some(ignoreNonMatchingFile=_BOOLS, dimensions=one_of([], [{"name": "c", "type": "value"}])),
    "flowOptions": _FLOW,
    "metrics": some(
        probes=one_of([], [{"type": "basic", "enabled": True, "configuration": {}}]),
        displayedState=one_of({}, {"partition": "NP"}),
        engineConfig=some(padRunsWithMetrics=_BOOLS, dss=some(active=_BOOLS, selection=_SELECTION)),
    ),
    "metricsChecks": some(
        runOnBuild=_BOOLS, checks=one_of([], [{"type": "x", "minimum": 1}]), displayedState=one_of({})
    ),
}
_SAVED_MODEL: Final = whole(
    _NAME,
    **_ENVELOPE,
    **_IN_FLOW,
    savedModelType=one_of("DSS_MANAGED", "MLFLOW_PYFUNC", "PROXY_MODEL", "LLM_GENERIC", "OF_DSS_16"),
    contentType=one_of("prediction/py_memory", "clustering/py_memory", "llm/fine-tuning"),
    activeVersion=one_of("initial", "1700000000000"),
    lastTrainJobId=one_of("train_a_1"),
    lastTrainIndex=one_of(1, 2),
    lastExportedFrom=one_of("A-CRM-a-b-s1-pp1-m1"),
    miniTask=some(
        predictionType=one_of("REGRESSION", "MULTICLASS"), targetVariable=_TEXTS, modeling=one_of({}, {"knn": {}})
    ),
    proxyModelConfiguration=one_of({"protocol": "sagemaker", "connection": "sm"}, {}),
    inlineVersions=one_of([], [{"versionId": "v1"}]),
    needsInputDataFolder=_BOOLS,
    cleanTemporaryVersionsPostJob=_BOOLS,
)


def _inline(settings: str, inner: Strategy, *types: str) -> Strategy:
    version = whole({"versionId": one_of("v1", "v2")}, **{settings: inner}, versionTag=st.just(_TAG))
    return whole(
        {
            **_NAME,
            "type": one_of(*types),
            "versions": st.lists(version, min_size=1, max_size=2, unique_by=lambda v: v["versionId"]),
        },
        **_ENVELOPE,
        **_IN_FLOW,
        activeVersion=one_of("v1", "v2"),
        disabled=_BOOLS,
    )


_LOGGING: Final = some(mode=one_of("INHERIT", "EXPLICIT", "NONE"), explicitSettings=one_of({}, {"datasetName": "LOGS"}))
_AGENT: Final = _inline(
    "toolsUsingAgentSettings",
    some(
        llmId=one_of("openai:a:b"),
        tools=st.lists(whole({"toolRef": one_of("agent_tool:Search", "agent_tool:Other", "P.aBcD123")}), max_size=2),
        interactionLoggingSelection=_LOGGING,
    ),
    "TOOLS_USING_AGENT",
    "STRUCTURED_AGENT",
)
_RAG: Final = _inline(
    "ragllmSettings",
    some(
        llmId=one_of("openai:a:b"),
        knowledgeBankRef=one_of("knowledge_bank:Manuals"),
        interactionLoggingSelection=_LOGGING,
    ),
    "RETRIEVAL_AUGMENTED_LLM",
)

# --- the lab ---

_STEP: Final = whole(
    {"type": one_of("ColumnRenamer", "FillEmptyWithValue", "Custom_of_plugin")},
    metaType=st.just("PROCESSOR"),
    disabled=_BOOLS,
    preview=_BOOLS,
    params=one_of({}, {"renamings": [{"from": "a", "to": "b"}]}, {"columns": ["a"], "value": "x"}),
)
_ANALYSIS: Final = whole(
    {**_NAME, "inputDatasetSmartName": one_of("ORDERS", "ERP.ORDERS")},
    **_ENVELOPE,
    script=some(
        steps=st.lists(_STEP, max_size=2),
        columnsSelection=one_of({"mode": "ALL"}, {"mode": "SELECT"}),
        maxProcessedMemTableBytes=one_of(-1, 10),
        explorationSampling=one_of({}, {"_refreshTrigger": 1}),
        sorting=one_of([], [{"column": "a"}]),
        previewMode=one_of("ALL_ROWS"),
    ),
    charts=one_of([], [{"def": {"type": "lines", "thumbnailData": "data:x", "$x": 1}, "engineType": "LINO"}]),
    customMeasures=one_of([], [{"name": "m"}]),
    reusableDimensions=one_of([]),
)
_GRID: Final = some(
    enabled=_BOOLS, n_jobs=one_of(2, 4), k=one_of({"values": [5]}, {"values": [5, 7], "gridMode": "EXPLICIT"})
)
_FEATURE: Final = whole(
    {"role": one_of("INPUT", "REJECT", "TARGET"), "type": one_of("NUMERIC", "CATEGORY", "IMAGE")},
    state=one_of({"userModified": True}, {}),
    autoReason=one_of("REJECT_IDENTIFIER"),
    customHandlingCode=one_of("", "x"),
    customProcessorWantsMatrix=_BOOLS,
    sendToInput=one_of("main", "other"),
    rescaling=one_of("AVGSTD", "MINMAX"),
    managed_folder_id=one_of("folder:images"),
)
_ML_TASK: Final = whole(
    {**_NAME, "analysisId": one_of("analysis:Why", "analysis:R2 d2")},
    id=st.just("qLI8oVp6"),
    initiator=one_of("bob", "eve"),
    taskType=one_of("PREDICTION", "CLUSTERING"),
    backendType=one_of("PY_MEMORY", "KERAS"),
    predictionType=one_of("BINARY_CLASSIFICATION", "REGRESSION"),
    targetVariable=one_of("label", "é t"),
    guessPolicy=one_of("DEFAULT", "DEEP"),
    time=one_of({"enabled": False, "ascending": True}, {"enabled": True, "ascending": True, "timeVariable": "t"}),
    weight=one_of({"weightMethod": "CLASS_WEIGHT"}, {}),
    calibration=one_of({"calibrationMethod": "NO_CALIBRATION"}, {"calibrationMethod": "PLATT"}),
    splitParams=some(
        ttPolicy=one_of("SPLIT_SINGLE_DATASET", "EXPLICIT_FILTERING_TWO_DATASETS"),
        ssdSelection=_SELECTION,
        instanceIdRefresher=one_of(0, 2),
        eftdTrain=some(datasetSmartName=one_of("ORDERS"), selection=_SELECTION),
        ssdTrainingRatio=one_of(0.8, 0.7),
    ),
    preprocessing=some(
        target_remapping=one_of([], [{"sourceValue": "0", "mappedValue": 0, "sampleFreq": 11}]),
        per_feature=st.dictionaries(one_of("age", "é", "a.b"), _FEATURE, max_size=2),
    ),
    modeling=st.tuples(
        st.dictionaries(one_of("knn", "xgboost", "a.b"), _GRID, max_size=2),
        some(
            plugin_python=st.dictionaries(one_of("lgbm", "x-y"), _GRID, max_size=1),
            grid_search=_BOOLS,
            custom_python=one_of([], [{"name": "n", "enabled": False}]),
        ),
    ).map(lambda pair: {**pair[0], **pair[1]}),
    envSelection=_ENV,
    containerSelection=_CONTAINER,
    sparkParams=some(sparkConf=one_of({"inheritConf": "default", "conf": []}), pipelineAllowStart=_BOOLS),
    sparkCheckpoint=one_of("NONE", "MEMORY"),
    partitionedModel=some(enabled=_BOOLS, ssdSelection=_SELECTION),
    predictionDisplayCharts=one_of([], [{}]),
    maxConcurrentModelTraining=one_of(2, 4),
    labels=one_of([], ["a"]),
)
_COMPARED: Final = whole(
    {"fullId": one_of("S-CRM-a-1", "S-CRM-a-2", "ME-CRM-b-c")}, isSelected=_BOOLS, isChampion=_BOOLS
)

# --- streams, banks, tools ---

_COLUMN: Final = whole({"name": one_of("a", "b")}, type=one_of("string", "bigint"), comment=_TEXTS)

DOCUMENTS: Final[Mapping[str, Strategy]] = {
    "saved_model": st.fixed_dictionaries({"definition": _SAVED_MODEL, "zone": one_of("default", "raw")}),
    "agent": st.fixed_dictionaries({"definition": _AGENT, "zone": one_of("default", "raw")}),
    "retrieval_augmented_llm": st.fixed_dictionaries({"definition": _RAG, "zone": one_of("default", "raw")}),
    "analysis": st.fixed_dictionaries({"definition": _ANALYSIS}),
    "ml_task": st.fixed_dictionaries({"definition": _ML_TASK}),
    "model_comparison": st.fixed_dictionaries(
        {
            "definition": whole(
                {"displayName": one_of("Champions", "R2 d2"), "modelTaskType": one_of("REGRESSION", "LLM")},
                **_ENVELOPE,
                predictionType=one_of("REGRESSION"),
                comparedModels=st.lists(_COMPARED, max_size=2, unique_by=lambda item: item["fullId"]),
                displayParams=one_of({}, {"a": 1}),
            )
        }
    ),
    "evaluation_store": st.fixed_dictionaries(
        {
            "definition": whole(
                _NAME,
                **_ENVELOPE,
                **{key: value for key, value in _IN_FLOW.items() if key not in ("publishPolicy", "conditionalOutputs")},
                mesFlavor=one_of("TABULAR", "LLM"),
                governSyncOptOut=_BOOLS,
                displayParams=one_of({}, {"a": 1}),
            ),
            "zone": one_of("default", "raw"),
        }
    ),
    "streaming_endpoint": st.fixed_dictionaries(
        {
            "definition": whole(
                {"type": one_of("kafka", "httpsse")},
                **{**_ENVELOPE, "id": st.just("clicks")},
                params=some(
                    connection=one_of("kafka"), topic=one_of("a", "b"), url=_TEXTS, keyFormatType=one_of("json")
                ),
                schema=some(columns=st.lists(_COLUMN, max_size=2), userModified=_BOOLS),
                formatType=one_of("json", "avro"),
                formatParams=one_of({}, {"a": 1}),
                flowOptions=_FLOW,
            ),
            "zone": one_of("default", "raw"),
        }
    ),
    "knowledge_bank": st.fixed_dictionaries(
        {
            "definition": whole(
                {**_NAME, "vectorStoreType": one_of("CHROMA", "FAISS", "PINECONE")},
                **_ENVELOPE,
                retrieverType=one_of("VECTOR_STORE_BACKED"),
                rebuildBehavior=one_of("EXPLICIT", "NORMAL"),
                embeddingLLMId=one_of("openai:a:b"),
                managed=_BOOLS,
                connection=one_of("pinecone"),
                managedFolderId=one_of("folder:images", "ERP.aBcD1234"),
                multimodalColumn=one_of("DKU_MULTIMODAL_CONTENT"),
                metadataColumnsSchema=st.lists(_COLUMN, max_size=2, unique_by=lambda item: item["name"]),
                envSelection=_ENV,
                containerExecSelection=_CONTAINER,
                llmsExposedWith=one_of([], [{"maxDocuments": 10, "useMMR": True}]),
            ),
            "zone": one_of("default", "raw"),
        }
    ),
    "agent_tool": st.fixed_dictionaries(
        {
            "definition": whole(
                {**_NAME, "type": one_of("VectorStoreSearch", "DatasetRowLookup", "Custom_agent_tool_p_t")},
                **_ENVELOPE,
                params=some(knowledgeBankRef=one_of("knowledge_bank:Manuals"), apiKey=one_of("k3y"), maxRows=one_of(1)),
                quickTestQuery=one_of({}, {"q": 1}),
                additionalDescriptionForLLM=_TEXTS,
                dkuProperties=one_of([], [{"name": "a", "value": "b"}]),
            )
        }
    ),
    "semantic_model": st.one_of(
        st.fixed_dictionaries({"definition": whole(_NAME, **_ENVELOPE, versions=one_of([]))}),
        st.fixed_dictionaries(
            {
                "definition": whole(_NAME, **_ENVELOPE, activeVersionId=st.just("v1"), versions=one_of([{"id": "v1"}])),
                "version": whole(
                    {"id": st.just("v1")},
                    description=_TEXTS,
                    created=one_of({}, {"by": "bob"}),
                    entities=one_of([], [{"name": "order"}]),
                    relationships=one_of([], [{"from": "a", "to": "b"}]),
                    indexingSettings=some(maxDistinctValuesPerAttribute=one_of(10, 1000)),
                    privateEditorData=one_of({}, {"x": 1}),
                    sqlGenerationConfig=one_of({}, {"a": 1}),
                ),
                "active": st.just("v1"),
            }
        ),
    ),
}
