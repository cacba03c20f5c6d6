"""Params of dataset types and formats, to find typing errors: a node drops what it does not know, with a 200.

Types not listed (plugins, rare ones) are not checked. Source: object-shapes.md 6.1 and 6.2, api-flow.md 4.5 and 4.6. All [seen].
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Final

from dataiku_iac.core.canonical import Json, is_object
from dataiku_iac.core.problem import Problem, Severity

__all__ = ["unknown_params"]

_FILES: Final = "connection path notReadyIfEmpty filesSelectionRules variablesExpansionLoopConfig previewFile"
_METASTORE: Final = (
    f"{_FILES} metastoreSynchronizationEnabled metastoreDatabaseName metastoreTableName"
    " keepDuplicatedPartitionColumnForDatabricksFastpath"
)
_SQL: Final = (
    "connection notReadyIfEmpty mode table schema catalog query partitioningType normalizeDoubles partitioned"
    " tableCreationMode customCreateStatement customPreWriteStatements customPostWriteStatements writeInsertBatchSize"
    " writeJDBCBadDataBehavior readColsWithUnknownTzAsDates readSQLDateColsAsDSSDates hasColsWithUnknownTz"
    " assumedTzForUnknownTz assumedDbTzForUnknownTz datetimenotzReadMode dateonlyReadMode noDropOnSchemaMismatch"
    " writeDescriptionsAsSQLComment writeDatasetDescriptionAsSQLComment writeColumnDescriptionsAsSQLComment"
    " variablesExpansionLoopConfig sparkJdbcAccess numPartitions"
)
_COPYING: Final = f"{_SQL} writeWithCopyBadDataBehavior"
_PARAMS: Final[Mapping[str, str]] = {
    "Filesystem": _FILES,
    "SFTP": f"{_FILES} timeout",
    "S3": f"{_METASTORE} bucket",
    "GCS": f"{_METASTORE} bucket",
    "Azure": f"{_METASTORE} container baseBlockID",
    "HDFS": f"{_FILES} metastoreSynchronizationEnabled hiveDatabase hiveTableName",
    "PostgreSQL": _COPYING,
    "Redshift": f"{_COPYING} distributionStyle distributionColumn sortKey sortKeyColumns",
    "Greenplum": f"{_COPYING} distributionStrategy distributionColumns",
    "MySQL": f"{_SQL} useDatetimeForDates",
    **dict.fromkeys(("Snowflake", "Oracle", "Vertica", "Netezza", "Athena", "JDBC"), _SQL),
}
_FORMATS: Final[Mapping[str, str]] = {
    "csv": "style charset separator quoteChar escapeChar maxRowChars arrayItemSeparator mapKeySeparator compress"
    " dateSerializationFormat arrayMapFormat hiveSeparators skipRowsBeforeHeader parseHeaderRow skipRowsAfterHeader"
    " probableNumberOfRecords normalizeBooleans normalizeDoubles readAdditionalColumnsBehavior"
    " readMissingColumnsBehavior readDataTypeMismatchBehavior writeDataTypeMismatchBehavior fileReadFailureBehavior",
    "parquet": "parquetLowerCaseIdentifiers representsNullFields parquetCompressionMethod parquetFlavor"
    " parquetBlockSizeMB readTemporalMode",
}


def unknown_params(kind: str, form: str, params: Json, form_params: Json, address: str) -> Iterator[Problem]:
    """Yield a warning for every param that a dataset of type ``kind`` and format ``form`` is not known to have."""
    yield from _unknown(_PARAMS.get(kind), params, f"params of a {kind} dataset", address)
    yield from _unknown(_FORMATS.get(form), form_params, f"format_params of {form}", address)


def _unknown(known: str | None, given: Json, where: str, address: str) -> Iterator[Problem]:
    if known is None or not is_object(given):
        return
    names = known.split()
    for key in given:
        if key not in names:
            near = get_close_matches(key, names, n=1)
            yield Problem(
                Severity.WARNING,
                "unknown-param",
                "this type is not known to have such a key, and DSS drops unknown keys silently",
                f'{where} have "{key}"',
                address=address,
                suggestion=f'did you mean "{near[0]}"?' if near else "",
            )
