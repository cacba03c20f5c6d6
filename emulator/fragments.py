"""Shapes that many kinds of objects share. Source: object-shapes.md 3, with the real projects behind it."""

from typing import Any, Final

from emulator.shapes import Shape, items_of, nested, optional, sorted_set, value

__all__ = [
    "CHECKLISTS",
    "CONTAINER_SELECTION",
    "CUSTOM_META",
    "ENV_SELECTION",
    "FLOW_OPTIONS",
    "PARTITIONING",
    "SELECTION",
    "TAGGABLE",
    "TEXTS",
    "VARIABLES_LOOP",
    "WEBAPP_INFRA",
    "checks_shape",
    "metrics_shape",
]

_CHECKLIST_ITEM: Final = Shape(
    "ChecklistItem",
    {
        "done": value(False),
        "text": optional(),
        "createdOn": value(0),
        "createdBy": optional(),
        "stateChangedOn": value(0),
    },
)
_CHECKLIST: Final = Shape(
    "Checklist",
    {"id": optional(), "title": optional(), "createdOn": value(0), "items": items_of(_CHECKLIST_ITEM)},
)
DATA_QUALITY: Final = (12, 6)
"""First version with data-quality rules."""
CHECKLISTS: Final = Shape("Checklists", {"checklists": items_of(_CHECKLIST)})

CUSTOM_META: Final = Shape("CustomMeta", {"kv": value({})})

TEXTS: Final = {"shortDesc": optional(), "description": optional()}

TAGGABLE: Final = {
    "creationTag": optional(),
    **TEXTS,
    "tags": sorted_set(),
    "customFields": value({}),
    "checklists": nested(CHECKLISTS),
}
"""Envelope of taggable objects; ``versionTag`` is added by whoever shows the object."""

FLOW_OPTIONS: Final = Shape(
    "FlowOptions",
    {
        "virtualizable": value(False),
        "rebuildBehavior": value("NORMAL"),
        "crossProjectBuildBehavior": value("DEFAULT"),
        "ignoreErrorStatusOnBuild": value(False, since=(13, 5)),
    },
)

_DIMENSION: Final = Shape("PartitioningDimension", {"name": optional(), "type": value("value"), "params": optional()})
PARTITIONING: Final = Shape(
    "Partitioning",
    {
        "ignoreNonMatchingFile": value(False),
        "considerMissingRequestedPartitionsAsEmpty": value(False),
        "filePathPattern": optional(),
        "dimensions": items_of(_DIMENSION),
    },
)

ENV_SELECTION: Final = Shape("EnvSelection", {"envMode": value("INHERIT"), "envName": optional()})
CONTAINER_SELECTION: Final = Shape(
    "ContainerSelection",
    {"containerMode": value("INHERIT"), "containerConf": optional(), "inlineContainerConfig": optional()},
)

_SCALING: Final = Shape(
    "Scaling",
    {
        "initialReplicas": value(1),
        "progressDeadlineSeconds": value(600, since=(11, 0)),
        "hpa": value(False),
        "hpaTargetCPUPercent": value(0),
        "hpaTargetMemoryPercent": value(0, since=(14, 0)),
        "hpaMetrics": value([]),
        "hpaMinPods": value(0),
        "hpaMaxPods": value(0),
        "hpaAnnotations": value([]),
    },
)
_DISRUPTION: Final = Shape(
    "PodDisruptionBudget", {"enable": value(False), "isMaxUnavailable": value(False), "minAvailable": value("50%")}
)
WEBAPP_INFRA: Final = Shape(
    "WebAppInfra",
    {
        "containerSelection": nested(CONTAINER_SELECTION),
        "overrideGlobalK8sExposition": value(False),
        "exposition": nested(Shape("Exposition", {"type": value("local_process"), "params": value({})})),
        "scaling": nested(_SCALING),
        "podDisruptionBudget": nested(_DISRUPTION, since=(14, 0)),
        "deploymentModifier": value({}),
    },
    is_open=True,
)

VARIABLES_LOOP: Final = Shape(
    "VariablesExpansionLoopConfig",
    {
        "enabled": value(False),
        "mode": value("CREATE_VARIABLE_FOR_EACH_COLUMN"),
        "replacements": value([]),
        "datasetRef": optional(),
    },
)

_FILTER: Final = Shape("Filter", {"distinct": value(False), "enabled": value(False)}, is_open=True)
SELECTION: Final = Shape(
    "Selection",
    {
        "useMemTable": value(False),
        "filter": nested(_FILTER),
        "partitionSelectionMethod": value("ALL"),
        "latestPartitionsN": value(1),
        "ordering": nested(Shape("Ordering", {"enabled": value(False), "rules": value([])})),
        "samplingMethod": value("FULL"),
        "maxRecords": value(-1),
        "targetRatio": value(0.02),
        "ascending": value(True, since=(12, 0)),
        "withinFirstN": value(-1),
        "maxReadUncompressedBytes": value(-1),
    },
    is_open=True,
)
_ENGINE_CONFIG: Final = Shape(
    "MetricsEngineConfig",
    {
        "padRunsWithMetrics": value(False),
        "hive": nested(Shape("Hive", {"active": value(True), "extraConf": value([])})),
        "basic": value({}),
        "dss": nested(Shape("Dss", {"active": value(True), "selection": nested(SELECTION)})),
        "sql": nested(Shape("Sql", {"active": value(True)})),
        "impala": nested(Shape("Impala", {"active": value(True)})),
        "spark": nested(Shape("Spark", {"active": value(True), "extraConf": value([])})),
        "python": value({}),
    },
)
_PROBE: Final = Shape(
    "Probe",
    {
        "type": optional(),
        "enabled": value(False),
        "computeOnBuildMode": value("NO"),
        "meta": nested(Shape("ProbeMeta", {"name": optional(), "level": value(0)})),
        "configuration": value({}),
    },
    is_open=True,
)


def metrics_shape(probes: list[Any], displayed: list[str], *, partition: str | None = None) -> Shape:
    """Return the shape of a ``metrics`` block with the probes and displayed metrics of a fresh object as defaults."""
    state = Shape(
        "DisplayedMetrics",
        {
            "partition": optional() if partition is None else value(partition),
            "columns": value([]),
            "metrics": value(displayed),
        },
    )
    return Shape(
        "Metrics",
        {
            "probes": items_of(_PROBE, default=probes),
            "engineConfig": nested(_ENGINE_CONFIG),
            "displayedState": nested(state),
        },
    )


def checks_shape(*, monitored: bool, partition: str | None = None) -> Shape:
    """Return the shape of ``metricsChecks`` (datasets since 12.6 have ``monitor``), or of ``checks`` of a folder.

    Checks and data-quality rules themselves are kept as they are: their classes come from plugins, too.
    """
    state = Shape(
        "DisplayedChecks",
        {"partition": optional() if partition is None else value(partition), "checks": value([])},
    )
    run_on_build, monitor = value(False), value(False, since=DATA_QUALITY)
    switch = (
        {"monitor": monitor, "runOnBuild": value(False, until=DATA_QUALITY)}
        if monitored
        else {"runOnBuild": run_on_build}
    )
    return Shape("Checks", {**switch, "checks": value([]), "displayedState": nested(state)})
