"""Documents of datasets and folders, generated from the field statistics (object-shapes.md 6 and 10)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from hypothesis import strategies as st

from dataiku_iac.resources.dataset_formats import PRESETS
from tests.laws.document_parts import CHECKS, COLUMN, ENVELOPE, METRICS, PARTITIONING, TEXT, Maybe, obj, one_of, some

__all__ = ["DATASETS", "FOLDERS"]

Values = st.SearchStrategy[Any]
Fields = Mapping[str, Values | Maybe]

_BOOL: Final = one_of(False, False, False, True)
_SELECTION: Final = obj(
    {
        "mode": one_of("ALL", "ALL", "EXPLICIT_SELECT_FILES", "RULES_INCLUDED_ONLY", "RULES_ALL_BUT_EXCLUDED"),
        "excludeRules": st.just([]),
        "includeRules": some(
            obj(
                {
                    "matchingMode": one_of("FULL_PATH", "FILENAME"),
                    "mode": one_of("GLOB", "REGEXP"),
                    "expr": one_of("*.csv", "/a/*.csv"),
                }
            ),
            1,
        ),
        "explicitFiles": some(one_of("a.csv", "b/c.csv"), 2),
    }
)
_LOOP: Final = obj({"enabled": _BOOL, "mode": st.just("CREATE_VARIABLE_FOR_EACH_COLUMN"), "replacements": st.just([])})
_FILES: Final[Fields] = {
    "notReadyIfEmpty": (95, _BOOL),
    "filesSelectionRules": (95, _SELECTION),
    "variablesExpansionLoopConfig": (20, _LOOP),
    "previewFile": (5, one_of("", "/a.csv")),
}
_PLACED: Final[Fields] = {
    "connection": one_of("fs", "filesystem_managed"),
    "path": one_of("", "${projectKey}/x", "/a b"),
}
_CLOUD: Final[Fields] = {
    **_FILES,
    **_PLACED,
    "bucket": (94, st.just("b")),
    "metastoreSynchronizationEnabled": one_of(True, True, False),
    "metastoreDatabaseName": (60, one_of("", "default")),
    "metastoreTableName": (93, one_of("${projectKey}_ORDERS", "${odbId}", "t")),
}
_SQL: Final[Fields] = {
    "connection": st.just("pg"),
    "notReadyIfEmpty": (92, _BOOL),
    "mode": one_of("table", "table", "table", "query"),
    "partitioningType": st.just("custom"),
    "normalizeDoubles": one_of(True, True, False),
    "table": (98, one_of("orders", "${projectKey}_orders", "a.b", "")),
    "schema": (30, one_of("", "PUBLIC", "${S}")),
    "catalog": (20, one_of("", "DB")),
    "query": (10, one_of("", "select 1", "select *\nfrom x")),
    "tableCreationMode": one_of("auto", "auto", "custom"),
    "writeInsertBatchSize": one_of(10000, 10000, 500),
    "writeJDBCBadDataBehavior": st.just("DISCARD_ROW"),
    "readColsWithUnknownTzAsDates": (80, st.just(False)),
    "readSQLDateColsAsDSSDates": (80, st.just(True)),
    "customPreWriteStatements": (5, TEXT),
    "sparkJdbcAccess": (30, st.just("NONE")),
    "datetimenotzReadMode": (10, one_of("AS_IS", "AS_STRING")),
    "variablesExpansionLoopConfig": (10, _LOOP),
}
_PARAMS: Final[Mapping[str, Fields]] = {
    "Filesystem": {**_FILES, **_PLACED},
    "UploadedFiles": {
        **_FILES,
        "uploadConnection": (69, one_of("Default (in DSS data dir.)", "fs")),
        "uploadedConfig": (14, st.just({"connection": "s3", "path": "/x"})),
        "uploadBoxId": (2, st.just("0123abcd")),
        "files": (10, some(one_of("/a.csv", "b.csv"), 2)),
    },
    "S3": _CLOUD,
    "GCS": _CLOUD,
    "Azure": {**_FILES, **_PLACED, "container": st.just("c"), "baseBlockID": st.just(0)},
    "HDFS": {
        **_FILES,
        **_PLACED,
        "hiveTableName": one_of("${projectKey}_ORDERS", "t"),
        "hiveDatabase": (75, one_of("", "d")),
    },
    "FilesInFolder": {
        **_FILES,
        "folderSmartId": one_of("folder:exports", "folder:a b", "OTHER.aBcD1234", "aBcD1234"),
        "itemPathPattern": (2, st.just("/.*")),
    },
    **dict.fromkeys(("PostgreSQL", "Snowflake", "MySQL", "BigQuery", "SQLServer", "Redshift", "JDBC"), _SQL),
    "MongoDB": {"connection": st.just("m"), "collection": st.just("orders"), "importIds": _BOOL, "partitioned": _BOOL},
    "ElasticSearch": {"connection": st.just("es"), "index": st.just("orders"), "frameSize": one_of(10000, 5)},
    "HTTP": {
        "sources": some(obj({"url": st.just("https://example.org/a.csv")}), 2),
        "consider404AsEmpty": _BOOL,
        "useGlobalProxy": st.just(True),
        "partitions": st.just([]),
    },
    "RemoteFiles": {"connection": st.just("fs")},
    "Inline": {"keepTrackOfChanges": _BOOL, "notReadyIfEmpty": _BOOL, "importSourceType": (93, one_of("NONE", "FILE"))},
    "JobsDB": {
        "view": one_of("METRICS_HISTORY", "CHECKS_LAST"),
        "smartName": (90, st.just("ORDERS")),
        "filter": (70, one_of("", "x")),
    },
    "StatsDB": {"view": one_of("JOBS", "COMMITS"), "orderByDate": _BOOL, "jobs": (20, st.just({"projectKey": "P"}))},
    "Labels": {"labelingTaskId": st.just("aBc"), "view": st.just("VERIFIED_ONLY")},
    "CustomPython_sheets_sheet": {
        "customConfig": (95, obj({"doc": TEXT, "preset": one_of({"mode": "NONE"})})),
        "notReadyIfEmpty": _BOOL,
    },
    "fsprovider_sp_list": {"config": (95, st.just({"site": "x"})), "path": st.just("/"), **_FILES},
    "Sample_x_y": {"pluginId": st.just("x"), "sampleName": st.just("y"), "version": (50, st.just("1"))},
}

_CSV: Final[Fields] = {
    **{
        key: (
            97,
            one_of(
                *{
                    str(preset.get(key)): preset.get(key)
                    for _, preset in [PRESETS[name] for name in ("csv_unix", "csv_excel", "csv_hive")]
                }.values()
            ),
        )
        for key in PRESETS["csv_unix"][1]
    },
    "quoteChar": (98, one_of('"', "'")),
    "escapeChar": (98, st.just("\\")),
    "skipRowsBeforeHeader": one_of(0, 0, 3),
    "probableNumberOfRecords": one_of(0, 12),
    "normalizeDoubles": one_of(True, False),
    "maxRowChars": (16, st.just(100000000)),
    "fileReadFailureBehavior": (95, st.just("FAIL")),
}
_PRESET_CSV: Final = st.sampled_from([dict(PRESETS[name][1]) for name in ("csv_unix", "csv_excel", "csv_hive")])
_FORMATS: Final[Mapping[str, Values]] = {
    "csv": st.one_of(_PRESET_CSV, _PRESET_CSV.map(lambda preset: {**preset, "separator": ";"}), obj(_CSV)),
    "parquet": obj({"parquetFlavor": one_of("HIVE", "SPARK"), "parquetBlockSizeMB": one_of(128, 64)}),
    "excel": obj(
        {
            "xlsx": (99, one_of(True, False)),
            "parseDatesToISO": st.just(False),
            "parseHeaderRow": one_of(True, False),
            "sheets": (99, st.just("*Sheet1")),
        }
    ),
    "json": obj(
        {
            "maxExpansionDepth": (96, one_of(-1, 1)),
            "nestedArraysHandling": one_of("FLATTEN", "SKIP"),
            "headerRow": _BOOL,
        }
    ),
    "avro": obj({"avroCompressionMethod": one_of("SNAPPY", "NONE"), "representsNullFields": _BOOL}),
    "jformat_x_y": st.just({"config": {}, "compress": ""}),
}
_COLUMN: Final = obj(
    {
        "name": COLUMN,
        "type": one_of("string", "bigint", "double", "date", "array", "map", "dateonly"),
        "timestampNoTzAsDate": (10, _BOOL),
        "maxLength": (20, one_of(-1, 1000)),
        "originalType": (20, one_of("VARCHAR", "int8")),
        "meaning": (10, st.just("Text")),
        "comment": (10, TEXT),
        "isColumnEdited": (5, st.just(True)),
        "arrayContent": (5, one_of({"type": "string"}, {"name": "", "type": "string"})),
    }
)
_SCHEMA: Final = obj(
    {
        "columns": st.lists(_COLUMN, max_size=3, unique_by=lambda column: str(column["name"])),
        "userModified": one_of(True, False),
        "metadata": (3, st.just({"engineType": "DSS"})),
    }
)
_FLOW: Final = obj(
    {
        "virtualizable": (98, _BOOL),
        "rebuildBehavior": one_of("NORMAL", "NORMAL", "WRITE_PROTECT", "EXPLICIT"),
        "crossProjectBuildBehavior": one_of("DEFAULT", "DEFAULT", "STOP"),
        "ignoreErrorStatusOnBuild": (10, st.just(False)),
    }
)


def _dataset(kind: str, form: str | None) -> Values:
    formatted: Fields = {} if form is None else {"formatType": st.just(form), "formatParams": _FORMATS[form]}
    definition = obj(
        {
            "projectKey": st.just("CRM"),
            "name": st.just("ORDERS"),
            "type": st.just(kind),
            "managed": one_of(True, True, False),
            **ENVELOPE,
            **formatted,
            "checks": (85, st.just([])),
            "customMeta": (95, st.just({"kv": {}})),
            "flowOptions": _FLOW,
            "readWriteOptions": (95, obj({"preserveOrder": _BOOL, "writeBuckets": one_of(1, 1, 4)})),
            "partitioning": PARTITIONING,
            "params": obj(_PARAMS[kind]),
            "schema": _SCHEMA,
            "metrics": METRICS,
            "metricsChecks": (95, CHECKS),
            "featureGroup": (30, _BOOL),
            "typeSystemVersion": (10, one_of("V1", "V2")),
            "dkuProperties": (70, st.just([])),
            "dataSteward": (2, st.just("bob")),
        }
    )
    return st.fixed_dictionaries({"definition": definition, "zone": one_of("default", "raw")})


DATASETS: Final = st.sampled_from(sorted(_PARAMS)).flatmap(
    lambda kind: st.sampled_from([None, *_FORMATS]).flatmap(lambda form: _dataset(kind, form))
)
"""Whole portable documents of datasets of all types."""

_FOLDER: Final = obj(
    {
        "projectKey": st.just("CRM"),
        "id": st.just("5NPBmWH1"),
        "name": st.just("exports"),
        "type": one_of("Filesystem", "S3"),
        **ENVELOPE,
        "params": obj(
            {
                **_FILES,
                "connection": (98, st.just("s3")),
                "path": one_of("/${projectKey}/${odbId}", "${projectKey}/${odbId}", "/x"),
                "bucket": (15, st.just("b")),
                "metastoreTableName": (15, one_of("${odbId}", "t")),
                "config": (2, st.just({"site": "x"})),
            }
        ),
        "partitioning": (10, PARTITIONING),
        "flowOptions": _FLOW,
        "metrics": METRICS,
        "checks": CHECKS,
    }
)
FOLDERS: Final = st.fixed_dictionaries({"definition": _FOLDER, "zone": one_of("default", "raw")})
"""Whole portable documents of folders."""
