"""What DSS fills into datasets: per type, per format, and for all; measured on real projects.

Only values that (nearly) all objects of a type share stand here. Where two habits exist (csv ``style`` unix and excel)
the value stays explicit in what import writes, as nobody knows which one a node would fill in.
Source: object-shapes.md 3 and 6; api-flow.md 4.2 to 4.6. All [seen].
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from dataiku_iac.core.canonical import Json, JsonObject
from dataiku_iac.core.fields import Effect, Field, FieldTable
from dataiku_iac.resources.default_rows import default_rows, with_defaults
from dataiku_iac.resources.fragments import (
    ENVELOPE,
    FLOW_OPTIONS,
    METRICS,
    METRICS_CHECKS,
    PARTITIONING,
    below,
)
from dataiku_iac.resources.zone_items import ZONE_FIELD

__all__ = [
    "DATASET_TABLE",
    "FORMAT_ALIASES",
    "TYPES",
    "complete_dataset",
    "has_location",
    "managed_creation",
    "native_type",
]

UPLOADS_IN_DATA_DIR: Final = "Default (in DSS data dir.)"

TYPES: Final = (
    *("Filesystem", "UploadedFiles", "FilesInFolder", "S3", "Azure", "GCS", "HDFS", "FTP", "SCP", "SFTP"),
    *("HTTP", "RemoteFiles", "SharePointOnline", "DatabricksVolume"),
    *("PostgreSQL", "MySQL", "Snowflake", "BigQuery", "Redshift", "Synapse", "SQLServer", "Oracle", "Teradata"),
    *("Vertica", "Greenplum", "SAPHANA", "Netezza", "Athena", "Databricks", "DatabricksLakebase", "FabricWarehouse"),
    *("ClickHouse", "hiveserver2", "JDBC"),
    *("ElasticSearch", "MongoDB", "Cassandra", "DynamoDB"),
    *("Inline", "JobsDB", "Labels", "StatsDB", "ExperimentsDB"),
)
"""Native names; people may write them in any case. Plugins add more (``CustomPython_…``): other names pass as they are."""

_ALIASES: Final = {name.lower(): name for name in TYPES} | {
    "postgres": "PostgreSQL",
    "mssql": "SQLServer",
    "uploaded": "UploadedFiles",
    "editable": "Inline",
    "files_in_folder": "FilesInFolder",
    "mongo": "MongoDB",
}

FORMAT_ALIASES: Final[Mapping[str, str]] = MappingProxyType({"orc": "orcfile", "fixed_width": "fixed"})
"""Other names people use. A node stores an unknown format silently and drops its params [seen], so ``orc`` must not pass."""

_PRESETS: Final[Mapping[tuple[str, str], str]] = {
    ("csv", ""): "CSV_UNIX_GZIP",
    ("csv", "unix"): "CSV_UNIX_GZIP",
    ("csv", "excel"): "CSV_EXCEL_GZIP",
    ("csv", "escape_only_no_quote"): "CSV_ESCAPING_NOGZIP_FORHIVE",
    ("parquet", ""): "PARQUET_HIVE",
    ("avro", ""): "AVRO",
    ("orcfile", ""): "ORC",
}
"""``formatType`` and ``formatParams.style`` to the preset that the creation of managed datasets takes [client]."""

_FILES: Final[JsonObject] = {
    "notReadyIfEmpty": False,
    "filesSelectionRules": {"mode": "ALL", "excludeRules": [], "includeRules": [], "explicitFiles": []},
    "variablesExpansionLoopConfig": {
        "enabled": False,
        "mode": "CREATE_VARIABLE_FOR_EACH_COLUMN",
        "replacements": [],
    },
}
_SQL: Final[JsonObject] = {
    "notReadyIfEmpty": False,
    "mode": "table",
    "partitioningType": "custom",
    "normalizeDoubles": True,
    "tableCreationMode": "auto",
    "writeInsertBatchSize": 10000,
    "writeJDBCBadDataBehavior": "DISCARD_ROW",
    "datetimenotzReadMode": "AS_IS",  # this and the next from 13.4; older versions drop them
    "dateonlyReadMode": "AS_IS",
}
_COPYING_SQL: Final[JsonObject] = {**_SQL, "writeWithCopyBadDataBehavior": "NOVERIFY_ERROR"}
_UNSENT_SQL: Final[JsonObject] = {
    "readColsWithUnknownTzAsDates": False,
    "readSQLDateColsAsDSSDates": True,
    "hasColsWithUnknownTz": False,
    "partitioned": False,
    "sparkJdbcAccess": "NONE",
    "numPartitions": -1,
    "noDropOnSchemaMismatch": False,
    "writeDescriptionsAsSQLComment": False,
}
_PARAMS: Final[Mapping[str, JsonObject]] = {
    **dict.fromkeys(("Filesystem", "UploadedFiles", "FilesInFolder", "S3", "GCS", "Azure", "HDFS", "SFTP"), _FILES),
    **dict.fromkeys(
        ("MySQL", "Snowflake", "SQLServer", "Synapse", "Oracle", "Vertica", "Teradata", "Netezza", "Athena", "JDBC"),
        _SQL,
    ),
    **dict.fromkeys(("PostgreSQL", "Redshift", "Greenplum"), _COPYING_SQL),
    "BigQuery": {**_SQL, "useBigQueryPartitioning": False},
}
"""What creation sends along, because a plain creation keeps whatever it is given [seen]."""

_FOLDED_PARAMS: Final[JsonObject] = {
    **_FILES,
    **_SQL,
    **_UNSENT_SQL,
    "writeWithCopyBadDataBehavior": "NOVERIFY_ERROR",
    "useBigQueryPartitioning": False,
    "keepDuplicatedPartitionColumnForDatabricksFastpath": False,
    "previewAllPartitions": False,
    "keepTrackOfChanges": False,
    "enableClipboardApi": False,
    "uploadConnection": UPLOADS_IN_DATA_DIR,
}

_CSV: Final[JsonObject] = {
    "quoteChar": '"',
    "escapeChar": "\\",
    "maxRowChars": 100000000,
    "hiveSeparators": ["\u0002", "\u0003", "\u0004", "\u0005", "\u0006", "\u0007", "\b"],
    "skipRowsBeforeHeader": 0,
    "skipRowsAfterHeader": 0,
    "normalizeBooleans": False,
    "normalizeDoubles": True,
    "readAdditionalColumnsBehavior": "INSERT_IN_DATA_WARNING",
    "readMissingColumnsBehavior": "DISCARD_SILENT",
    "readDataTypeMismatchBehavior": "DISCARD_WARNING",
    "writeDataTypeMismatchBehavior": "DISCARD_WARNING",
    "fileReadFailureBehavior": "FAIL",
}
_FORMATS: Final[Mapping[str, JsonObject]] = {
    "csv": _CSV,
    "parquet": {
        "parquetLowerCaseIdentifiers": False,
        "representsNullFields": False,
        "parquetCompressionMethod": "SNAPPY",
        "parquetFlavor": "HIVE",
        "parquetBlockSizeMB": 128,
        "readTemporalMode": "AS_TEMPORAL",
    },
    "excel": {
        "preserveNumberFormatting": False,
        "skipRowsBeforeHeader": 0,
        "skipRowsAfterHeader": 0,
        "sheetSelectionMode": "NAMES",
        "sheetsToColumn": False,
        "rowOverflowStrategy": "NEW_SHEET",
        "cellOverflowStrategy": "ERROR",
        "invalidCellStrategy": "ERROR",
        "applyColoring": False,
    },
    "json": {
        "extractFromSingleElement": False,
        "nestedArraysMaxElements": 100,
        "nestedArraysMaxContentSize": 300000,
    },
    "shapefile": {"convertToWGS84": True, "extractOriginalGeometryProperty": False},
    "avro": {"representsNullFields": False},
    "orcfile": {"representsNullFields": False, "compressionMethod": "SNAPPY"},
}

_PROBES: Final[Json] = [
    {
        "type": "basic",
        "enabled": True,
        "computeOnBuildMode": "PARTITION",
        "meta": {"name": "Basic data", "level": 0},
        "configuration": {},
    },
    {
        "type": "records",
        "enabled": True,
        "computeOnBuildMode": "NO",
        "meta": {"name": "Record count", "level": 0},
        "configuration": {},
    },
]
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
_COLUMN: Final[JsonObject] = {
    "maxLength": -1,
    "comment": "",
    "timestampNoTzAsDate": False,
    "arrayContent": {"name": ""},
    "mapKeys": {"name": ""},
    "mapValues": {"name": ""},
}
_LOCATIONS: Final = ("path", "table", "query", "index", "collection")
_ADDRESSES: Final = (*_LOCATIONS, "bucket", "container", "schema", "catalog")

_DETECTED = "state of an upload or of format detection, comes and goes with saves in the UI [seen]"


def _folded_formats() -> dict[str, Json]:
    """Return the defaults of all formats by key; two formats that disagree on a key would fail the test of this table."""
    folded: dict[str, Json] = {}
    for defaults in _FORMATS.values():
        folded |= defaults
    return folded


DATASET_TABLE: Final[FieldTable] = {
    **below("definition", ENVELOPE),
    "definition.flowOptions": Field(default={}),
    **below("definition.flowOptions", FLOW_OPTIONS),
    **below("definition.partitioning", PARTITIONING),
    **below("definition.metrics", METRICS),
    **below("definition.metricsChecks", METRICS_CHECKS),
    **default_rows("definition", _COMMON),
    **default_rows("definition.params", _FOLDED_PARAMS),
    **default_rows("definition.formatParams", _folded_formats()),
    "definition.schema.columns": Field(identity=("name",)),
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
    "definition.metrics.probes": Field(default=_PROBES),
    "zone": ZONE_FIELD,
}


def native_type(name: str) -> str:
    """Return DSS's own spelling of a dataset type: ``snowflake`` is ``Snowflake``; unknown names stay as they are."""
    return _ALIASES.get(name.lower(), name)


def has_location(params: JsonObject) -> bool:
    """Tell whether ``params`` says where the data is, as opposed to only in which connection."""
    return any(params.get(key) for key in _LOCATIONS)


def managed_creation(definition: JsonObject, params: JsonObject) -> JsonObject:
    """Return the settings with which a node creates a managed dataset and chooses path or table itself.

    >>> managed_creation({"formatType": "parquet"}, {"connection": "s3"})
    {'connectionId': 's3', 'specificSettings': {'formatOptionId': 'PARQUET_HIVE'}}
    """
    form, form_params = definition.get("formatType"), definition.get("formatParams")
    style = form_params.get("style", "") if isinstance(form_params, Mapping) else ""
    specific: dict[str, Json] = {
        "formatOptionId": _PRESETS.get((str(form), str(style))),
        "overrideSQLSchema": params.get("schema"),
        "overrideSQLCatalog": params.get("catalog"),
    }
    given = {key: value for key, value in specific.items() if value}
    return {"connectionId": params.get("connection"), **({"specificSettings": given} if given else {})}


def complete_dataset(definition: JsonObject) -> JsonObject:
    """Return ``definition`` with the defaults of its type and format that the table folds away; nothing is overwritten."""
    filled: dict[str, Json] = dict(definition)
    kind, params = filled.get("type"), filled.get("params", {})
    if isinstance(kind, str) and isinstance(params, Mapping):
        defaults = {k: v for k, v in _PARAMS.get(kind, {}).items() if not (k == "mode" and "query" in params)}
        filled["params"] = with_defaults(params, defaults)
    form, form_params = filled.get("formatType"), filled.get("formatParams", {})
    if isinstance(form, str) and isinstance(form_params, Mapping):
        filled["formatParams"] = with_defaults(form_params, _FORMATS.get(form, {}))
    return filled
