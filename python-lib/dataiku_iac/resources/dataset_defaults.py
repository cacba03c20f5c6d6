"""What DSS fills into datasets per type and per format, measured on real projects, and what a creation sends along.

Only values that (nearly) all objects of a type share stand here. Where several habits exist (csv ``style`` unix and excel)
the value is an option of a named preset (``dataset_formats``), as nobody knows which one a node would fill in.
Source: object-shapes.md 3 and 6; api-flow.md 4.2 to 4.6. All [seen].
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from dataiku_iac.core.canonical import Json, JsonObject, is_list, is_object
from dataiku_iac.resources.default_rows import with_defaults
from dataiku_iac.resources.metric_forms import BASIC_PROBE, RECORDS_PROBE
from dataiku_iac.resources.metric_noise import complete_block

__all__ = [
    "FOLDED_FORMATS",
    "FOLDED_PARAMS",
    "LOCATIONS",
    "USUAL_PROBES",
    "complete_dataset",
    "has_location",
    "is_metastore_name",
    "managed_creation",
]

UPLOADS_IN_DATA_DIR: Final = "Default (in DSS data dir.)"

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
_METASTORE: Final[JsonObject] = {**_FILES, "metastoreSynchronizationEnabled": True}
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
_PARAMS: Final[Mapping[str, JsonObject]] = {
    **dict.fromkeys(("Filesystem", "UploadedFiles", "FilesInFolder"), _FILES),
    **dict.fromkeys(("S3", "GCS", "HDFS"), _METASTORE),
    "Azure": {**_METASTORE, "baseBlockID": 0},
    "SFTP": {**_FILES, "timeout": 10000},
    **dict.fromkeys(("Snowflake", "SQLServer", "Synapse", "Oracle", "Vertica", "Netezza", "Athena", "JDBC"), _SQL),
    **dict.fromkeys(("SAPHANA", "Databricks", "DatabricksLakebase", "FabricWarehouse", "ClickHouse"), _SQL),
    "PostgreSQL": _COPYING_SQL,
    "MySQL": {**_SQL, "useDatetimeForDates": False},
    "Redshift": {**_COPYING_SQL, "distributionStyle": "AUTO", "sortKeyColumns": []},
    "Greenplum": {**_COPYING_SQL, "distributionStrategy": "AUTO", "distributionColumns": []},
    "BigQuery": {
        **_SQL,
        "useBigQueryPartitioning": False,
        "bigQueryPartitioningType": "DATE",
        "bigQueryPartitioningRangeStart": 0,
        "bigQueryPartitioningRangeEnd": 0,
        "bigQueryPartitioningRangeInterval": 0,
    },
    "Teradata": {**_SQL, "primaryIndexBehavior": "AUTO", "primaryIndexIsUnique": False, "primaryIndexColumns": []},
    "ElasticSearch": {"notReadyIfEmpty": False, "frameSize": 10000, "partitioned": False},
    "MongoDB": {
        "notReadyIfEmpty": False,
        "importIds": False,
        "strictInputFormat": False,
        "strictOutputFormat": False,
        "partitioned": False,
        "readDataTypeMismatchBehavior": "DISCARD_WARNING",
        "writeDataTypeMismatchBehavior": "DISCARD_WARNING",
    },
    "HTTP": {
        "consider404AsEmpty": True,
        "fallbackHeadToGet": True,
        "notReadyIfEmpty": False,
        "useGlobalProxy": True,
        "trustAnySSLCertificate": False,
        "previewPartition": "",
        "partitions": [],
    },
    "Inline": {"keepTrackOfChanges": False, "notReadyIfEmpty": False, "importSourceType": "NONE"},
    "JobsDB": {"scope": "SINGLE_OBJECT", "partition": "", "filter": ""},
    "StatsDB": {"orderByDate": False},
}
"""What creation sends along, because a plain creation keeps whatever it is given [seen]."""

_UNSENT: Final[JsonObject] = {
    "readColsWithUnknownTzAsDates": False,
    "readSQLDateColsAsDSSDates": True,
    "hasColsWithUnknownTz": False,
    "sparkJdbcAccess": "NONE",
    "numPartitions": -1,
    "noDropOnSchemaMismatch": False,
    "writeDescriptionsAsSQLComment": False,
    "keepDuplicatedPartitionColumnForDatabricksFastpath": False,
    "previewAllPartitions": False,
    "enableClipboardApi": False,
    "uploadConnection": UPLOADS_IN_DATA_DIR,
    **dict.fromkeys(("schema", "catalog", "customPreWriteStatements", "customPostWriteStatements"), ""),
    **dict.fromkeys(("metastoreDatabaseName", "hiveDatabase"), ""),
}
"""What only some versions have, or what says nothing."""

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


def _folded(tables: Mapping[str, JsonObject]) -> dict[str, Json]:
    """Return the defaults of all types by key; two that disagree on a key would fail the test of these tables."""
    folded: dict[str, Json] = {}
    for defaults in tables.values():
        folded |= defaults
    return folded


FOLDED_PARAMS: Final[JsonObject] = {**_folded(_PARAMS), **_UNSENT}
"""Defaults of ``params``, of whatever type."""
FOLDED_FORMATS: Final[JsonObject] = _folded(_FORMATS)
"""Defaults of ``formatParams``, of whatever format."""
LOCATIONS: Final = ("path", "table", "query", "index", "collection")
"""Params that say where the data is."""
USUAL_PROBES: Final = (BASIC_PROBE, RECORDS_PROBE)


_METASTORE_NAMES: Final = {**dict.fromkeys(("S3", "GCS", "Azure"), "metastoreTableName"), "HDFS": "hiveTableName"}


def is_metastore_name(key: str, value: Json, name: str) -> bool:
    """Tell whether a param names dataset ``name`` in the metastore as DSS does.

    >>> is_metastore_name("metastoreTableName", "${projectKey}_orders", "orders")
    True
    """
    return key in _METASTORE_NAMES.values() and value == _metastore_name(name)


def _metastore_name(name: str) -> str:
    return f"${{projectKey}}_{name}"


def has_location(params: JsonObject) -> bool:
    """Tell whether ``params`` says where the data is, as opposed to only in which connection."""
    return any(params.get(key) for key in LOCATIONS)


def managed_creation(definition: JsonObject, params: JsonObject) -> JsonObject:
    """Return the settings with which a node creates a managed dataset and chooses path or table itself.

    >>> managed_creation({"formatType": "parquet"}, {"connection": "s3"})
    {'connectionId': 's3', 'specificSettings': {'formatOptionId': 'PARQUET_HIVE'}}
    """
    form, form_params = definition.get("formatType"), definition.get("formatParams")
    style = form_params.get("style", "") if is_object(form_params) else ""
    specific: dict[str, Json] = {
        "formatOptionId": _PRESETS.get((str(form), str(style))),
        "overrideSQLSchema": params.get("schema"),
        "overrideSQLCatalog": params.get("catalog"),
    }
    given = {key: value for key, value in specific.items() if value}
    return {"connectionId": params.get("connection"), **({"specificSettings": given} if given else {})}


_CONTENTS: Final[Mapping[str, JsonObject]] = {
    "array": {"arrayContent": {"type": "string"}},
    "map": {"mapKeys": {"type": "string"}, "mapValues": {"type": "string"}},
}
"""What is in columns of these types unless they say otherwise: always text [seen]."""


def _complete_column(column: Json) -> Json:
    return with_defaults(column, _CONTENTS.get(str(column.get("type")), {})) if is_object(column) else column


def complete_dataset(definition: JsonObject, name: str = "") -> JsonObject:
    """Return ``definition`` with what the table folds away and the UI, not the server, fills in; nothing is overwritten.

    A new dataset, of ``name``, gets the defaults of its type and format and its usual probes; a written one ids and names
    of rules.
    """
    filled = complete_block(definition, "metricsChecks")
    if not name:
        return filled
    kind, params = filled.get("type"), filled.get("params", {})
    if isinstance(kind, str) and is_object(params):
        defaults = {k: v for k, v in _PARAMS.get(kind, {}).items() if not (k == "mode" and "query" in params)}
        in_metastore = {_METASTORE_NAMES[kind]: _metastore_name(name)} if kind in _METASTORE_NAMES else {}
        filled["params"] = with_defaults(params, {**defaults, **in_metastore})
    form, form_params = filled.get("formatType"), filled.get("formatParams", {})
    if isinstance(form, str) and is_object(form_params):
        filled["formatParams"] = with_defaults(form_params, _FORMATS.get(form, {}))
    metrics = filled.get("metrics")
    schema = filled.get("schema")
    if is_object(schema) and is_list(schema.get("columns")):
        columns = schema["columns"]
        filled["schema"] = {
            **schema,
            "columns": [_complete_column(c) for c in columns] if is_list(columns) else columns,
        }
    probes = metrics.get("probes") if is_object(metrics) else None
    if is_object(metrics) and is_list(probes):
        types = {probe.get("type") for probe in probes if is_object(probe)}
        filled["metrics"] = {**metrics, "probes": [*(p for p in USUAL_PROBES if p["type"] not in types), *probes]}
    return filled
