"""The connection types a node knows, with what it fills in and hides for each. Source: api-admin-govern.md 2.2, 2.3, 2.4."""

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any, Final

from emulator.json_text import JsonObject

__all__ = ["BASE_DEFAULTS", "POST_KEYS", "TYPES", "ConnectionType", "base_defaults"]

# What POST takes; everything else waits for a PUT [client, seen].
POST_KEYS: Final = ("name", "description", "type", "params", "usableBy", "allowedGroups")

BASE_DEFAULTS: Final[JsonObject] = {
    "allowWrite": True,
    "allowManagedDatasets": True,
    "allowManagedFolders": False,
    "allowKnowledgeBanks": True,
    "useGlobalProxy": False,
    "maxActivities": 0,
    "credentialsMode": "GLOBAL",
    "usableBy": "ALL",
    "allowedGroups": [],
    "detailsReadability": {"readableBy": "NONE", "allowedGroups": []},
    "indexingSettings": {"indexForeignKeys": False, "indexIndices": False, "indexSystemTables": False},
    "customFields": {},
}


@dataclass(frozen=True, slots=True)
class ConnectionType:
    """One type: whether it stores files (``allowManagedFolders`` then starts as true), default ``params``, names of secret ones."""

    stores_files: bool = False
    params: Mapping[str, Any] = field(default_factory=dict)
    secrets: frozenset[str] = frozenset({"password"})


def base_defaults(connection_type: ConnectionType) -> JsonObject:
    """Return the fields beside ``params`` of a fresh connection of this type."""
    return {**deepcopy(BASE_DEFAULTS), "allowManagedFolders": connection_type.stores_files}


_NAMING: Final = {"canOverrideSchemaInManagedDatasetCreation": False, "tableNameDatasetNamePrefix": "${projectKey}_"}


def _sql(port: int | None, **params: Any) -> ConnectionType:
    ports = {} if port is None else {"port": port}
    common = {
        "properties": [],
        "autocommitMode": False,
        "useTruncate": False,
        "useURL": False,
        "namingRule": dict(_NAMING),
    }
    return ConnectionType(
        params={**ports, **common, **params}, secrets=frozenset({"password", "privateKey", "privateKeyPassphrase"})
    )


_CLOUD_SECRETS: Final = frozenset(
    {"secretKey", "accessKey", "appSecret", "sasToken", "secretKeyContent", "appSecretContent"}
)
_LLM_SECRETS: Final = frozenset({"apiKey", "password", "secretKey"})

# Names of the LLM family and some databases are partly [inferred].
TYPES: Final[Mapping[str, ConnectionType]] = {
    "PostgreSQL": _sql(5432),
    "AlloyDB": _sql(5432),
    "Greenplum": _sql(5432),
    "Netezza": _sql(5480),
    "Redshift": _sql(5439),
    "MySQL": _sql(3306),
    "MySql": _sql(3306),
    "SQLServer": _sql(-1, azureDWH=False, kerberosLoginEnabled=False),
    "Synapse": _sql(1433),
    "FabricWarehouse": _sql(1433),
    "Oracle": _sql(1521),
    "Vertica": _sql(5433),
    "Teradata": _sql(1025),
    "SAPHANA": _sql(None),
    "Databricks": _sql(443),
    "Athena": _sql(None),
    "Trino": _sql(8080),
    "JDBC": _sql(None),
    "Snowflake": _sql(None, useSparkNative=False, useUDF=False),
    "BigQuery": _sql(None),
    "EC2": ConnectionType(
        stores_files=True,
        params={
            "credentialsMode": "KEYPAIR",
            "defaultManagedPath": "/dataiku",
            "hdfsInterface": "S3A",
            "encryptionMode": "NONE",
            "chroot": "",
            "switchToRegionFromBucket": True,
            "usePathMode": False,
            "metastoreSynchronizationMode": "NO_SYNC",
            "namingRule": {},
        },
        secrets=frozenset({"secretKey", "sessionToken"}),
    ),
    "Azure": ConnectionType(stores_files=True, params={"hdfsInterface": "ABFS"}, secrets=_CLOUD_SECRETS),
    "GCS": ConnectionType(stores_files=True, params={"hdfsInterface": "GS"}, secrets=_CLOUD_SECRETS),
    "Filesystem": ConnectionType(stores_files=True, secrets=frozenset()),
    "HDFS": ConnectionType(stores_files=True, params={"aclSynchronizationMode": "NONE"}),
    "FTP": ConnectionType(stores_files=True),
    "SSH": ConnectionType(stores_files=True, secrets=frozenset({"password", "privateKey", "passphrase"})),
    "SharePointOnline": ConnectionType(stores_files=True, secrets=frozenset({"clientSecret", "password"})),
    "MongoDB": ConnectionType(),
    "Cassandra": ConnectionType(),
    "ElasticSearch": ConnectionType(
        params={"port": 9200, "ssl": False, "trustAnySSLCertificate": False, "dialect": "ES_7"}
    ),
    "DynamoDB": ConnectionType(secrets=frozenset({"secretKey", "password"})),
    "Kafka": ConnectionType(),  # the three with streaming endpoints [client doc]; their params have not been seen
    "SQS": ConnectionType(secrets=frozenset({"secretKey", "password"})),
    "KDBPlus": ConnectionType(),
    "HuggingFaceLocal": ConnectionType(params={"models": []}, secrets=_LLM_SECRETS),
    **dict.fromkeys(
        (
            "OpenAI",
            "AzureOpenAI",
            "AzureLLM",
            "Bedrock",
            "VertexAILLM",
            "Anthropic",
            "MistralAi",
            "Cohere",
            "CustomLLM",
        ),
        ConnectionType(secrets=_LLM_SECRETS),
    ),
}
