"""The types of datasets, as DSS spells them (api-flow.md 4.3, object-shapes.md 6.1)."""

from __future__ import annotations

from typing import Final

__all__ = ["TYPES", "native_type"]

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


def native_type(name: str) -> str:
    """Return DSS's own spelling of a dataset type: ``snowflake`` is ``Snowflake``; unknown names stay as they are."""
    return _ALIASES.get(name.lower(), name)
