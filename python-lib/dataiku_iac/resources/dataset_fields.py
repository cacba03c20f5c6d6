"""The field table of datasets: what is special about which field of DSS's object."""

from __future__ import annotations

from typing import Final

from dataiku_iac.core.canonical import Json, JsonObject
from dataiku_iac.core.fields import Effect, Field, FieldTable
from dataiku_iac.core.mentions import Mention
from dataiku_iac.resources.dataset_defaults import FOLDED_FORMATS, FOLDED_PARAMS, LOCATIONS
from dataiku_iac.resources.default_rows import default_rows
from dataiku_iac.resources.fragments import ENVELOPE, FLOW_OPTIONS, METRICS, METRICS_CHECKS, PARTITIONING, below
from dataiku_iac.resources.metric_noise import CHECK_ROWS, PROBES
from dataiku_iac.resources.zone_items import ZONE_FIELD, ZONE_MENTION

__all__ = ["DATASET_MENTIONS", "DATASET_TABLE"]

_COMMON: Final[JsonObject] = {
    "managed": False,
    "featureGroup": False,
    "params": {},
    "checks": [],  # the list of very old versions, always empty; checks stand in metricsChecks
    "readWriteOptions": {
        "preserveOrder": False,
        "writeBuckets": 1,
        "forceSingleOutputFile": False,
        "defaultReadOrdering": {"enabled": False, "rules": []},
    },
    "schema": {"columns": []},
}
_COLUMN: Final[dict[str, Json]] = {
    "maxLength": -1,
    "comment": "",
    "timestampNoTzAsDate": False,
    **{key: {"name": "", "type": "string"} for key in ("arrayContent", "mapKeys", "mapValues")},
}
_ADDRESSES: Final = (*LOCATIONS, "bucket", "container")
_DETECTED: Final = "state of an upload or of format detection, comes and goes with saves in the UI [seen]"

DATASET_TABLE: Final[FieldTable] = {
    **below("definition", ENVELOPE),
    "definition.flowOptions": Field(default={}),
    **below("definition.flowOptions", FLOW_OPTIONS),
    **below("definition.partitioning", PARTITIONING),
    **below("definition.metrics", METRICS),
    "definition.metrics": Field(default={}),
    "definition.metrics.probes": PROBES,
    **below("definition.metricsChecks", METRICS_CHECKS),
    **{f"definition.metricsChecks.checks{suffix}": row for suffix, row in CHECK_ROWS.items()},
    **default_rows("definition", _COMMON),
    **default_rows("definition.params", FOLDED_PARAMS),
    **default_rows("definition.formatParams", FOLDED_FORMATS),
    "definition.schema.columns": Field(identity=("name",), default=[]),
    **default_rows("definition.schema.columns.*", _COLUMN),
    "definition.name": Field(server_owned=True, reason="says what the address says already"),
    "definition.typeSystemVersion": Field(
        server_owned=True, reason="the node that creates a dataset chooses V1 or V2 by its version [seen]"
    ),
    "definition.type": Field(
        immutable=True,
        effect=Effect.DATA_LOSS,
        reason="another type means another dataset: its data stays where it was and the new one begins empty",
    ),
    "definition.managed": Field(
        default=False, effect=Effect.DATA_LOSS, reason="DSS may clear and overwrite what is managed"
    ),
    "definition.formatType": Field(default=None, effect=Effect.REBUILD),
    "definition.formatParams": Field(default={}, effect=Effect.REBUILD),
    "definition.formatParams.probableNumberOfRecords": Field(ignored=True, reason=_DETECTED),
    "definition.partitioning": Field(default={}, effect=Effect.REBUILD),
    "definition.partitioning.filePathPattern": Field(default=""),
    "definition.partitioning.dimensions": Field(default=[]),  # the order makes the partition ids: a|b is not b|a
    "definition.params.connection": Field(
        effect=Effect.DATA_LOSS, reason="the data stays behind in the connection it was in"
    ),
    **{f"definition.params.{key}": Field(effect=Effect.REBUILD) for key in _ADDRESSES},
    **{f"definition.params.{key}": Field(default="", effect=Effect.REBUILD) for key in ("schema", "catalog")},
    "definition.params.uploadBoxId": Field(ignored=True, reason=_DETECTED),
    "definition.params.previewFile": Field(ignored=True, reason=_DETECTED),
    "definition.params.uploadedConfig": Field(ignored=True, reason=_DETECTED),
    "definition.schema": Field(
        default={}, effect=Effect.REBUILD, stays=True, reason="builds write the schema too, and data are read by it"
    ),
    "definition.schema.userModified": Field(
        ignored=True, reason="says who wrote the schema last, a build or a person [seen]"
    ),
    "definition.schema.metadata": Field(ignored=True, reason="written by the job that pivots [seen]"),
    "definition.schema.columns.*.isColumnEdited": Field(ignored=True, reason="state of the schema editor [seen]"),
    "zone": ZONE_FIELD,
}

DATASET_MENTIONS: Final = (
    ZONE_MENTION,
    Mention("definition.params.connection", "connection"),
    Mention("definition.params.uploadConnection", "connection"),
    Mention("definition.params.uploadedConfig.connection", "connection"),
    Mention("definition.remoteFiles.sources.*.connection", "connection"),
    Mention("definition.params.folderSmartId", "computable"),
    Mention("definition.params.smartName", "computable"),  # what a metrics dataset (JobsDB) reports on
    Mention("definition.params.importDatasetSmartName", "computable"),
    Mention("definition.params.importProjectKey", "project"),
    Mention("definition.params.labelingTaskId", "object"),
    Mention("definition.params.*.projectKey", "project"),  # views of the internal statistics (StatsDB)
    Mention("definition.metrics.probes.*.configuration.envSelection.envName", "code_env"),
    Mention("definition.metricsChecks.checks.*.envSelection.envName", "code_env"),
    Mention("definition.metricsChecks.checks.*.datasetBName", "dataset"),
    Mention("definition.dataSteward", "user"),
)
