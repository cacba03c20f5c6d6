"""The classes behind a dataset document. Sources: object-shapes.md 6, api-flow.md 4.2, 4.5, 4.6."""

from collections.abc import Mapping
from typing import Final

from emulator.fragments import (
    CUSTOM_META,
    FLOW_OPTIONS,
    PARTITIONING,
    TAGGABLE,
    VARIABLES_LOOP,
    checks_shape,
    metrics_shape,
)
from emulator.json_text import JsonObject
from emulator.profile import Profile
from emulator.shapes import ABSENT, Field, Shape, items_of, nested, optional, value

__all__ = [
    "DATASET",
    "FILE_SELECTION",
    "FILE_TYPES",
    "METADATA",
    "PARAMS",
    "SCHEMA",
    "SQL_TYPES",
    "apply_dataset",
    "fresh_metrics",
]

FILE_TYPES: Final = frozenset(
    [
        "Filesystem",
        "UploadedFiles",
        "FilesInFolder",
        "S3",
        "Azure",
        "GCS",
        "HDFS",
        "FTP",
        "SCP",
        "SFTP",
        "HTTP",
        "RemoteFiles",
        "SharePointOnline",
        "DatabricksVolume",
    ]
)
"""Types with ``formatType``; so are ``fsprovider_...`` of plugins."""

NEW_DATES: Final = (13, 4)
"""First version with the column types ``dateonly`` and ``datetimenotz``, and with ``typeSystemVersion``."""
_LOOPS_SINCE: Final = (13, 1)
FILE_SELECTION: Final = Shape(
    "FilesSelectionRules",
    {"mode": value("ALL"), "excludeRules": value([]), "includeRules": value([]), "explicitFiles": value([])},
)
_LOCATION: Final = {
    "connection": optional(),
    "path": optional(),
    "notReadyIfEmpty": value(False),
    "previewFile": optional(),
    "filesSelectionRules": nested(FILE_SELECTION),
    "variablesExpansionLoopConfig": nested(VARIABLES_LOOP, since=_LOOPS_SINCE),
}
_METASTORE: Final = {
    "metastoreSynchronizationEnabled": value(True),
    "metastoreDatabaseName": optional(),
    "metastoreTableName": optional(),
}
_SQL: Final = {
    "connection": optional(),
    "notReadyIfEmpty": value(False),
    "mode": value("table"),
    "partitioned": optional(),
    "partitioningType": value("custom"),
    "normalizeDoubles": value(True),
    "catalog": optional(),
    "table": optional(),
    "schema": optional(),
    "query": optional(),
    "tableCreationMode": value("auto"),
    "customCreateStatement": optional(),
    "customPreWriteStatements": optional(),
    "customPostWriteStatements": optional(),
    "writeInsertBatchSize": value(10000),
    "writeDescriptionsAsSQLComment": value(False),
    "writeDatasetDescriptionAsSQLComment": optional(),
    "writeColumnDescriptionsAsSQLComment": optional(),
    "noDropOnSchemaMismatch": value(False),
    "writeJDBCBadDataBehavior": value("DISCARD_ROW"),
    "hasColsWithUnknownTz": optional(),
    "readColsWithUnknownTzAsDates": value(False, until=NEW_DATES),
    "readSQLDateColsAsDSSDates": value(True, until=NEW_DATES),
    "assumedTzForUnknownTz": optional(),
    "assumedDbTzForUnknownTz": optional(),
    "datetimenotzReadMode": value("AS_IS", since=NEW_DATES),
    "dateonlyReadMode": value("AS_IS", since=NEW_DATES),
    "variablesExpansionLoopConfig": nested(VARIABLES_LOOP, since=_LOOPS_SINCE),
    "sparkJdbcAccess": value("NONE"),
    "numPartitions": value(-1),
}
_COPY: Final = {"writeWithCopyBadDataBehavior": value("NOVERIFY_ERROR")}

_SQL_EXTRAS: Final[Mapping[str, Mapping[str, Field]]] = {
    "PostgreSQL": _COPY,
    "MySQL": {"useDatetimeForDates": value(False)},
    "Snowflake": {},
    "Vertica": {},
    "Oracle": {},
    "JDBC": {},
    "Athena": {},
    "Netezza": {},
    "SQLServer": {"tableDistributionMode": optional()},
    "Redshift": {"distributionStyle": value("AUTO"), "sortKey": optional(), "sortKeyColumns": value([]), **_COPY},
    "Greenplum": {"distributionStrategy": value("AUTO"), "distributionColumns": value([]), **_COPY},
    "BigQuery": {
        "useBigQueryPartitioning": value(False),
        "bigQueryPartitioningType": value("DATE"),
        "bigQueryPartitioningRangeStart": value(0),
        "bigQueryPartitioningRangeEnd": value(0),
        "bigQueryPartitioningRangeInterval": value(0),
    },
    "Teradata": {
        "primaryIndexBehavior": value("AUTO"),
        "primaryIndexIsUnique": value(False),
        "primaryIndexColumns": value([]),
    },
}
_OTHER_SQL: Final = (
    "Synapse",
    "SAPHANA",
    "Databricks",
    "DatabricksLakebase",
    "FabricWarehouse",
    "ClickHouse",
    "hiveserver2",
)
SQL_TYPES: Final = frozenset((*_SQL_EXTRAS, *_OTHER_SQL))
_CLOSED_SQL: Final = frozenset(("PostgreSQL", "Snowflake", "MySQL", "SQLServer", "Vertica"))
"""Types with 16 real documents and more; the others have flags of vendors that none of the few known documents shows."""

# Types of which many real documents are known are closed, as the server's classes are. The others keep what they do not know.
_CLOSED: Final[Mapping[str, Mapping[str, Field]]] = {
    "Filesystem": _LOCATION,
    "S3": {
        "bucket": optional(),
        "keepDuplicatedPartitionColumnForDatabricksFastpath": value(False, since=(15, 0)),
        **_METASTORE,
        **_LOCATION,
    },
    "UploadedFiles": {
        "files": optional(),
        "uploadConnection": optional(),
        "uploadFSProviderType": optional(),
        "uploadedConfig": optional(),
        "uploadBoxId": optional(),
        "sheetName": optional(),
        "connection": optional(),
        "notReadyIfEmpty": value(False),
        "previewFile": optional(),
        "filesSelectionRules": nested(FILE_SELECTION),
        "variablesExpansionLoopConfig": nested(VARIABLES_LOOP, since=_LOOPS_SINCE),
    },
    "FilesInFolder": {
        "folderSmartId": optional(),
        "itemPathPattern": optional(),
        "notReadyIfEmpty": value(False),
        "filesSelectionRules": nested(FILE_SELECTION),
        "variablesExpansionLoopConfig": nested(VARIABLES_LOOP, since=_LOOPS_SINCE),
    },
    "Inline": {
        "keepTrackOfChanges": value(False),
        "importSourceType": value("NONE"),
        "importProjectKey": optional(),
        "importDatasetSmartName": optional(),
        "uploadBoxId": optional(),
        "notReadyIfEmpty": value(False),
        "enableClipboardApi": value(False),
    },
    "GCS": {"bucket": optional(), **_METASTORE, **_LOCATION},
    "HDFS": {
        "metastoreSynchronizationEnabled": value(True),
        "hiveDatabase": optional(),
        "hiveTableName": optional(),
        **_LOCATION,
    },
}
_OPEN: Final[Mapping[str, Mapping[str, Field]]] = {
    "Azure": {"container": optional(), "baseBlockID": value(0), **_METASTORE, **_LOCATION},
    "SFTP": {"timeout": value(10000), **_LOCATION},
    "SCP": {"timeout": value(10000), **_LOCATION},
    "FTP": {"timeout": value(10000), **_LOCATION},
    "HTTP": {
        "sources": value([]),
        "consider404AsEmpty": value(True),
        "fallbackHeadToGet": value(True),
        "notReadyIfEmpty": value(False),
        "useGlobalProxy": value(True),
        "trustAnySSLCertificate": value(False),
        "previewPartition": value(""),
        "partitions": value([]),
    },
    "JobsDB": {
        "view": value("METRICS_HISTORY"),
        "scope": value("SINGLE_OBJECT"),
        "smartName": optional(),
        "partition": optional(),
        "filter": optional(),
    },
    "StatsDB": {"view": optional(), "orderByDate": value(False)},
    "RemoteFiles": {"connection": optional()},
    "MongoDB": {
        "connection": optional(),
        "notReadyIfEmpty": value(False),
        "collection": optional(),
        "importIds": value(False),
        "strictInputFormat": value(False),
        "strictOutputFormat": value(False),
        "partitioned": value(False),
        "readDataTypeMismatchBehavior": value("DISCARD_WARNING"),
        "writeDataTypeMismatchBehavior": value("DISCARD_WARNING"),
    },
    "Labels": {"labelingTaskId": optional(), "labelingTaskType": optional(), "view": value("VERIFIED_ONLY")},
    "ExperimentsDB": {
        "format": value("JSON"),
        "scope": value("PROJECT"),
        "experimentIds": value([]),
        "viewType": value("ALL"),
        "orderBy": value([]),
    },
    "SharePointOnline": _LOCATION,
    "DatabricksVolume": _LOCATION,
    "ElasticSearch": {
        "connection": optional(),
        "notReadyIfEmpty": value(False),
        "index": optional(),
        "frameSize": value(10000),
        "partitioned": value(False),
    },
}


def _sql_shape(type_name: str) -> Shape:
    known = _SQL_EXTRAS.get(type_name)
    return Shape(f"{type_name}Params", {**(known or {}), **_SQL}, is_open=type_name not in _CLOSED_SQL)


PARAMS: Final[Mapping[str, Shape]] = {
    **{name: Shape(f"{name}Params", fields) for name, fields in _CLOSED.items()},
    **{name: Shape(f"{name}Params", fields, is_open=True) for name, fields in _OPEN.items()},
    **{name: _sql_shape(name) for name in sorted(SQL_TYPES)},
}
_UNKNOWN_PARAMS: Final = Shape("Params", {}, is_open=True)
_OF_PLUGINS: Final[Mapping[str, Shape]] = {
    "CustomPython_": Shape(
        "CustomPythonParams",
        {"customConfig": value({}), "notReadyIfEmpty": value(False), "previewAllPartitions": value(False)},
        is_open=True,
    ),
    "fsprovider_": Shape(
        "FSProviderParams",
        {
            "config": value({}),
            "path": optional(),
            "notReadyIfEmpty": value(False),
            "filesSelectionRules": nested(FILE_SELECTION),
        },
        is_open=True,
    ),
    "Sample_": Shape(
        "SampleParams",
        {
            "pluginId": optional(),
            "sampleName": optional(),
            "version": optional(),
            "notReadyIfEmpty": value(False),
            "filesSelectionRules": nested(FILE_SELECTION),
        },
        is_open=True,
    ),
}
"""Types of plugins by the beginning of their name."""

_HIVE_SEPARATORS: Final = ["\u0002", "\u0003", "\u0004", "\u0005", "\u0006", "\u0007", "\b"]
_CSV: Final = Shape(
    "CSVFormat",
    {
        "style": value("unix"),
        "charset": value("utf8"),
        "separator": value("\t"),
        "quoteChar": value('"'),
        "escapeChar": value("\\"),
        "maxRowChars": value(100000000),
        "arrayItemSeparator": optional(),
        "mapKeySeparator": optional(),
        "dateSerializationFormat": value("ISO"),
        "arrayMapFormat": value("json"),
        "hiveSeparators": value(_HIVE_SEPARATORS),
        "skipRowsBeforeHeader": value(0),
        "parseHeaderRow": value(False),
        "skipRowsAfterHeader": value(0),
        "probableNumberOfRecords": value(0),
        "normalizeBooleans": value(False),
        "normalizeDoubles": value(True),
        "readAdditionalColumnsBehavior": value("INSERT_IN_DATA_WARNING"),
        "readMissingColumnsBehavior": value("DISCARD_SILENT"),
        "readDataTypeMismatchBehavior": value("DISCARD_WARNING"),
        "writeDataTypeMismatchBehavior": value("DISCARD_WARNING"),
        "fileReadFailureBehavior": value("FAIL"),
        "compress": value(""),
    },
)
_FORMATS: Final[Mapping[str, Shape]] = {
    "csv": _CSV,
    "parquet": Shape(
        "ParquetFormat",
        {
            "parquetLowerCaseIdentifiers": value(False),
            "representsNullFields": value(False),
            "parquetCompressionMethod": value("SNAPPY"),
            "parquetFlavor": value("HIVE"),
            "parquetBlockSizeMB": value(128),
            "readTemporalMode": value("AS_TEMPORAL"),
        },
    ),
    "avro": Shape(
        "AvroFormat",
        {"representsNullFields": value(False), "avroCompressionMethod": value("SNAPPY"), "compress": value("")},
    ),
    "orcfile": Shape(
        "ORCFormat",
        {
            "compressionMethod": value("SNAPPY"),
            "serdeClass": value("org.apache.hadoop.hive.ql.io.orc.OrcSerde"),
            "serdeProperties": value({}),
            "representsNullFields": value(False),
        },
    ),
    "json": Shape(
        "JSONFormat",
        {
            "maxExpansionDepth": value(-1),
            "nestedArraysHandling": value("FLATTEN"),
            "extractFromSingleElement": value(False),
            "nestedArraysMaxElements": value(100),
            "nestedArraysMaxContentSize": value(300000),
            "headerRow": value(True),
        },
    ),
    "excel": Shape(
        "ExcelFormat",
        {
            "xlsx": value(True),
            "preserveNumberFormatting": value(False),
            "parseDatesToISO": value(False),
            "skipRowsBeforeHeader": value(0),
            "parseHeaderRow": value(True),
            "skipRowsAfterHeader": value(0),
            "sheets": optional(),
            "sheetSelectionMode": value("NAMES"),
            "sheetsToColumn": value(False),
            "rowOverflowStrategy": value("NEW_SHEET"),
            "cellOverflowStrategy": value("ERROR"),
            "invalidCellStrategy": value("ERROR"),
            "applyColoring": value(False),
            "skipColumns": optional(),
            "passwordRequired": optional(),
        },
    ),
    "shapefile": Shape(
        "ShapefileFormat",
        {"convertToWGS84": value(True), "extractOriginalGeometryProperty": value(False)},
        is_open=True,
    ),
    "line": Shape("LineFormat", {"charset": value("utf-8"), "maxLineChars": value(500_000_000)}, is_open=True),
    "xml": Shape(
        "XMLFormat",
        {
            "hasNoTopLevelElement": value(False),
            "shortTextMode": value(True),
            "retrievalMode": value("simple"),
            "charset": value("utf-8"),
            "overrideFileCharset": value(False),
            "cellContentMapping": value([]),
            "ancestorMapping": value([]),
            "compress": value(""),
        },
        is_open=True,
    ),
    **{
        name: Shape("Format", {}, is_open=True)
        for name in (
            "geojson",
            "fixed",
            "fixed_width",
            "regexp",
            "sequencefile",
            "delta",
            "iceberg",
        )
    },
}
_PLUGIN_FORMATS: Final = ("jformat_", "format_")

_COLUMN: Final = Shape(
    "SchemaColumn",
    {
        "name": optional(),
        "type": value("string"),
        "meaning": optional(),
        "comment": optional(),
        "maxLength": optional(),
        "originalType": optional(),
        "timestampNoTzAsDate": optional(),
        "isColumnEdited": optional(),
        "arrayContent": optional(),
        "mapKeys": optional(),
        "mapValues": optional(),
        "objectFields": optional(),
        "customFields": optional(),
    },
)
SCHEMA: Final = Shape(
    "DatasetSchema", {"columns": items_of(_COLUMN), "userModified": value(False), "metadata": optional()}
)

_PROBES: Final = [
    {"type": kind, "enabled": True, "computeOnBuildMode": mode, "meta": {"name": name, "level": 0}, "configuration": {}}
    for kind, mode, name in (("basic", "PARTITION", "Basic data"), ("records", "NO", "Record count"))
]
_FILE_METRICS: Final = ["basic:COUNT_COLUMNS", "basic:COUNT_FILES", "basic:SIZE", "records:COUNT_RECORDS"]
_TABLE_METRICS: Final = ["basic:COUNT_COLUMNS", "records:COUNT_RECORDS"]
_METRICS: Final = {
    name: metrics_shape(_PROBES, shown) for name, shown in (("files", _FILE_METRICS), ("table", _TABLE_METRICS))
}

DATASET: Final = Shape(
    "Dataset",
    {
        "type": optional(),
        "managed": value(False),
        "featureGroup": value(False, since=(11, 0)),
        "formatType": optional(),
        "checks": value([]),
        "customMeta": nested(CUSTOM_META),
        "flowOptions": nested(FLOW_OPTIONS),
        "readWriteOptions": nested(
            Shape(
                "ReadWriteOptions",
                {
                    "preserveOrder": value(False),
                    "writeBuckets": value(1),
                    "forceSingleOutputFile": value(False),
                    "defaultReadOrdering": nested(Shape("ReadOrdering", {"enabled": value(False), "rules": value([])})),
                },
            )
        ),
        "formatParams": optional(),
        "partitioning": nested(PARTITIONING),
        **TAGGABLE,
        "params": value({}),
        "schema": nested(SCHEMA),
        "typeSystemVersion": optional(since=NEW_DATES),
        "dkuProperties": value([]),
        "metrics": value({}),
        "metricsChecks": nested(checks_shape(monitored=True)),
        "dataSteward": optional(),
        "remoteFiles": optional(),
        "imageViewSettings": optional(),
    },
)

METADATA: Final = Shape(
    "DatasetMetadata",
    {
        "label": optional(),
        "shortDesc": optional(),
        "description": optional(),
        "checklists": TAGGABLE["checklists"],
        "tags": TAGGABLE["tags"],
        "custom": nested(CUSTOM_META),
        "customFields": value({}),
    },
)


def fresh_metrics(type_name: str) -> Shape:
    """Return the ``metrics`` class with the displayed metrics of a fresh dataset of ``type_name``."""
    return _METRICS["table" if type_name in SQL_TYPES else "files"]


def apply_dataset(document: JsonObject, profile: Profile) -> JsonObject:
    """Return ``document`` as the server holds it, ``params`` and ``formatParams`` typed by ``type`` and ``formatType``."""
    keep_unknown, version = profile.keep_unknown_fields, profile.version
    result = DATASET.apply(document, keep_unknown=keep_unknown, version=version)
    type_name = str(result.get("type") or "")
    given = result["params"]
    if type_name in SQL_TYPES and version >= NEW_DATES:
        given = _with_read_modes(given)
    result["params"] = _params_shape(type_name).apply(given, keep_unknown=keep_unknown, version=version)
    result["metrics"] = fresh_metrics(type_name).apply(result["metrics"], keep_unknown=keep_unknown, version=version)
    kept = _format_params(result, keep_unknown=keep_unknown)
    if kept is ABSENT:
        result.pop("formatParams", None)
    else:
        result["formatParams"] = kept
    return result


def _params_shape(type_name: str) -> Shape:
    of_plugin = (shape for prefix, shape in _OF_PLUGINS.items() if type_name.startswith(prefix))
    return PARAMS.get(type_name) or next(of_plugin, _UNKNOWN_PARAMS)


def _with_read_modes(params: JsonObject) -> JsonObject:
    """Say in today's keys what the older ones said, which no file has beside them.

    8 of 31 Snowflake datasets with today's keys read ``AS_STRING`` and ``AS_DATE``, the meaning of the older defaults [inferred].
    """
    if "readSQLDateColsAsDSSDates" not in params and "readColsWithUnknownTzAsDates" not in params:
        return params
    as_dates, unknown_as_dates = (
        params.get("readSQLDateColsAsDSSDates", True),
        params.get("readColsWithUnknownTzAsDates", False),
    )
    modes = {
        "datetimenotzReadMode": "AS_DATE" if unknown_as_dates else "AS_STRING",
        "dateonlyReadMode": "AS_DATE" if as_dates else "AS_STRING",
    }
    return {**modes, **params}


def _format_params(document: JsonObject, *, keep_unknown: bool) -> object:
    """Return typed format params; a type that does not exist is stored as it is, but its params vanish [seen]."""
    name = document.get("formatType")
    if not name:
        return ABSENT
    shape = _FORMATS.get(name)
    if shape is not None:
        return shape.apply(document.get("formatParams"), keep_unknown=keep_unknown)
    if str(name).startswith(_PLUGIN_FORMATS):
        return document.get("formatParams") or {}
    return ABSENT
