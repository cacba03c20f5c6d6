"""Field rows and spec names that several kinds share (fact sheet: object-shapes.md §3 and §18).

Tables here have paths relative to the fragment; ``below("definition.metrics", METRICS)`` puts one in its place.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from dataiku_iac.core.canonical import Json, JsonObject
from dataiku_iac.core.fields import Field, FieldTable
from dataiku_iac.resources.checklists import CHECKLISTS
from dataiku_iac.resources.spec_keys import DSS_KEY, DSS_SCHEMA, SpecKeys

__all__ = [
    "CODE_ENV_SELECTION",
    "CONTAINER_SELECTION",
    "ENVELOPE",
    "ENVELOPE_KEYS",
    "ENVELOPE_SCHEMA",
    "FILES_SELECTION",
    "FLOW_OPTIONS",
    "METRICS",
    "METRICS_CHECKS",
    "PARTITIONING",
    "SELECTION",
    "VARIABLES_LOOP",
    "below",
    "version_of",
]


def below(prefix: str, table: FieldTable) -> dict[str, Field]:
    """Return ``table`` with ``prefix`` in front of every path.

    >>> list(below("definition", {"tags": Field(unordered=True)}))
    ['definition.tags']
    """
    return {f"{prefix}.{path}": row for path, row in table.items()}


def _defaults(values: Mapping[str, Json]) -> dict[str, Field]:
    return {path: Field(default=value) for path, value in values.items()}


# --- what nearly every object carries ---

ENVELOPE: Final[FieldTable] = {
    "projectKey": Field(server_owned=True, reason="says where the object is; the address says it already"),
    "versionTag": Field(server_owned=True, reason="counts saves [seen]"),
    "creationTag": Field(server_owned=True, reason="written once, by the server [seen]"),
    "smartName": Field(server_owned=True, reason="added by GET [seen]"),
    "tags": Field(unordered=True, default=[], reason="DSS sorts tags [seen]"),
    "shortDesc": Field(default=""),
    "description": Field(default=""),
    "customFields": Field(default={}),
    **{f"checklists{suffix}": row for suffix, row in CHECKLISTS.items()},
    "customMeta": Field(default={"kv": {}}),
    "customMeta.kv": Field(default={}),
    "dkuProperties": Field(default=[]),
}

ENVELOPE_KEYS: Final = SpecKeys(
    {"short_description": "shortDesc"},
    ("description", "tags", "customFields", "customMeta", "checklists", "dkuProperties"),
)

ENVELOPE_SCHEMA: Final[JsonObject] = {
    "description": {"type": "string"},
    "short_description": {"type": "string"},
    "tags": {"type": "array", "items": {"type": "string"}},
    "customFields": {"type": "object"},
    "customMeta": {"type": "object"},
    "checklists": {"type": "object"},
    "dkuProperties": {"type": "array", "items": {"type": "object"}},
    DSS_KEY: DSS_SCHEMA,
}

# --- settings of the flow ---

FLOW_OPTIONS: Final[FieldTable] = _defaults(
    {
        "virtualizable": False,
        "rebuildBehavior": "NORMAL",
        "crossProjectBuildBehavior": "DEFAULT",
        "ignoreErrorStatusOnBuild": False,  # 13.5+
    }
)

CODE_ENV_SELECTION: Final[FieldTable] = _defaults({"envMode": "INHERIT"})
CONTAINER_SELECTION: Final[FieldTable] = _defaults({"containerMode": "INHERIT"})

PARTITIONING: Final[FieldTable] = {
    **_defaults({"ignoreNonMatchingFile": False, "considerMissingRequestedPartitionsAsEmpty": False}),
    "filePathPattern": Field(default=""),
    "dimensions": Field(default=[]),  # their order makes the partition ids
}

FILES_SELECTION: Final[FieldTable] = _defaults(
    {"mode": "ALL", "excludeRules": [], "includeRules": [], "explicitFiles": []}
)

VARIABLES_LOOP: Final[FieldTable] = _defaults(
    {"enabled": False, "mode": "CREATE_VARIABLE_FOR_EACH_COLUMN", "replacements": []}
)

SELECTION: Final[FieldTable] = _defaults(
    {
        "useMemTable": False,
        "filter.distinct": False,
        "filter.enabled": False,
        "partitionSelectionMethod": "ALL",
        "latestPartitionsN": 1,
        "ordering.enabled": False,
        "ordering.rules": [],
        "samplingMethod": "FULL",
        "maxRecords": -1,
        "targetRatio": 0.02,
        "ascending": True,  # 12+
        "withinFirstN": -1,
        "maxReadUncompressedBytes": -1,
    }
)

# --- metrics and checks ---

_DISPLAYED: Final = Field(ignored=True, reason="what the metrics screen shows, written by opening it [seen]")

METRICS: Final[FieldTable] = {
    "displayedState": _DISPLAYED,
    "probes.*.configuration": Field(default={}),
    "probes.*.configuration.envSelection": Field(default={}),
    "probes.*.configuration.envSelection.envMode": Field(default="INHERIT"),
    "probes.*.configuration.aggregates": Field(keyed=("column+aggregated",)),
    **_defaults(
        {
            "engineConfig.padRunsWithMetrics": False,
            "engineConfig.hive.active": True,
            "engineConfig.hive.extraConf": [],
            "engineConfig.basic": {},
            "engineConfig.dss.active": True,
            "engineConfig.sql.active": True,
            "engineConfig.impala.active": True,
            "engineConfig.spark.active": True,
            "engineConfig.spark.extraConf": [],
            "engineConfig.python": {},
        }
    ),
    **below("engineConfig.dss.selection", SELECTION),
}
"""Of ``metrics``. The list of probes itself has another default in every kind, so it stands there."""

METRICS_CHECKS: Final[FieldTable] = {
    "displayedState": _DISPLAYED,
    **_defaults({"runOnBuild": False, "monitor": False, "checks": []}),
}
"""Of ``metricsChecks``; managed folders call it ``checks``. Datasets of 12.6+ have ``monitor`` instead of ``runOnBuild``."""


def version_of(raw: JsonObject) -> str:
    """Return what changes with every save of an object, e.g. ``"7@1712345678901"``; empty if the node gives no tag."""
    tag = raw.get("versionTag")
    if not isinstance(tag, Mapping) or "versionNumber" not in tag:
        return ""
    return f"{tag['versionNumber']}@{tag.get('lastModifiedOn', '')}"
