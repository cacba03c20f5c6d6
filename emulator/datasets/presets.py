"""How the server lays out a managed dataset: type from the connection, place from its naming rules, format from a preset.

Sources: api-flow.md 4.4, 4.5, 4.6; object-shapes.md 6.1, 6.2; api-admin-govern.md 2.3.
"""

from collections.abc import Mapping
from typing import Final

from emulator.datasets.shapes import FILE_TYPES, SQL_TYPES
from emulator.errors import coded_error, illegal_argument
from emulator.json_text import JsonObject

__all__ = ["dataset_type_of", "format_of", "location_of"]

_TYPE_OF_CONNECTION: Final = {"EC2": "S3"}
_SSH: Final = ("SFTP", "SCP")
_NO_DATASETS: Final = frozenset(("HuggingFaceLocal", "OpenAI", "AzureOpenAI", "Bedrock", "CustomLLM"))

_CSV_FORMATS: Final[Mapping[str, JsonObject]] = {
    "CSV_UNIX_GZIP": {"style": "unix", "separator": "\t", "compress": "gz"},
    "CSV_EXCEL_GZIP": {"style": "excel", "separator": "\t", "compress": "gz"},
    "CSV_EXCEL_GZIP_BIGQUERY": {"style": "excel", "separator": ",", "compress": "gz"},
    "CSV_ESCAPING_NOGZIP_FORHIVE": {
        "style": "escape_only_no_quote",
        "separator": "\t",
        "arrayItemSeparator": "\u0002",
        "mapKeySeparator": "\u0003",
        "dateSerializationFormat": "HIVE",
        "arrayMapFormat": "hive",
        "compress": "",
    },
    "CSV_NOQUOTING_NOGZIP_FORPIG": {"style": "escape_only_no_quote", "separator": "\t", "compress": ""},
}
_FORMATS: Final[Mapping[str, tuple[str, JsonObject]]] = {
    **{name: ("csv", params) for name, params in _CSV_FORMATS.items()},
    "PARQUET_HIVE": ("parquet", {}),
    "AVRO": ("avro", {}),
    "ORC": ("orcfile", {}),
}
_DEFAULT_FORMAT: Final = "CSV_UNIX_GZIP"
"""1697 of 2353 real csv datasets have it, whatever ``preferedStorageFormats`` says; the Hive forms need Hadoop."""


def dataset_type_of(connection: JsonObject, type_option: str | None) -> str:
    """Return the dataset type that goes with a connection, e.g. ``S3`` for ``EC2``."""
    kind: str = connection["type"]
    if kind == "SSH":
        if type_option not in _SSH:
            raise illegal_argument("typeOptionId must be SFTP or SCP on an SSH connection")
        return str(type_option)
    if kind in _NO_DATASETS:
        raise coded_error("ERR_DATASET_INVALID_CONFIG", f"Cannot create a managed dataset on connection of type {kind}")
    return _TYPE_OF_CONNECTION.get(kind, kind)


def format_of(type_name: str, option: str | None) -> tuple[str, JsonObject] | None:
    """Return format type and params for a preset, or ``None`` for types without formats."""
    if type_name not in FILE_TYPES and not type_name.startswith("fsprovider_"):
        return None
    if option is not None and option not in _FORMATS:
        raise illegal_argument(f"Unknown format option: {option}")
    return _FORMATS[option or _DEFAULT_FORMAT]


def location_of(type_name: str, name: str, connection: JsonObject, specific: JsonObject) -> JsonObject:
    """Return the params that say where a managed dataset lies; variables stay unexpanded."""
    params: JsonObject = connection.get("params") or {}
    rules: JsonObject = params.get("namingRule") or {}
    if type_name in SQL_TYPES:
        prefix = rules.get("tableNameDatasetNamePrefix", "${projectKey}_")
        schema = specific.get("overrideSQLSchema") or rules.get("schemaName")
        located = {
            "mode": "table",
            "table": f"{prefix}{name}",
            "schema": schema,
            "catalog": specific.get("overrideSQLCatalog"),
        }
        return {key: value for key, value in located.items() if value}
    if type_name == "ElasticSearch":
        return {"index": f"{rules.get('indexNameDatasetNamePrefix', '${projectKey}_')}{name}".lower()}
    relative = f"{rules.get('hdfsPathDatasetNamePrefix', '${projectKey}/')}{name}"
    root = str(params.get("defaultManagedPath") or "").rstrip("/")
    path = f"{root}/{relative}" if root else relative
    if type_name in ("S3", "GCS"):
        bucket = params.get("defaultManagedBucket") or params.get("chbucket")
        place = {"bucket": bucket, "path": path, "metastoreTableName": f"${{projectKey}}_{name}"}
        return {key: value for key, value in place.items() if value}
    if type_name == "Azure":
        container = params.get("defaultManagedContainer") or params.get("chcontainer")
        return {
            "path": path,
            "metastoreTableName": f"${{projectKey}}_{name}",
            **({"container": container} if container else {}),
        }
    if type_name == "HDFS":
        return {"path": path, "hiveTableName": f"{rules.get('tableNameDatasetNamePrefix', '${projectKey}_')}{name}"}
    return {"path": path}
