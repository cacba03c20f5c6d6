"""The field table and the schema of managed folders (facts: api-flow.md §8, object-shapes.md §10)."""

from __future__ import annotations

from typing import Final

from dataiku_iac.core.canonical import JsonObject
from dataiku_iac.core.fields import Effect, Field, FieldTable
from dataiku_iac.resources.check_forms import CHECKS_SCHEMA
from dataiku_iac.resources.dataset_places import PLACE_SCHEMA
from dataiku_iac.resources.default_rows import default_rows
from dataiku_iac.resources.fragments import (
    ENVELOPE,
    ENVELOPE_SCHEMA,
    FILES_SELECTION,
    FLOW_OPTIONS,
    METRICS,
    METRICS_CHECKS,
    PARTITIONING,
    VARIABLES_LOOP,
    below,
)
from dataiku_iac.resources.metric_forms import METRICS_SCHEMA
from dataiku_iac.resources.metric_noise import CHECK_ROWS, PROBES
from dataiku_iac.resources.partitionings import PARTITIONING_SCHEMA
from dataiku_iac.resources.spec_keys import objects_schema
from dataiku_iac.resources.zone_items import ZONE_FIELD

__all__ = ["FOLDER_SCHEMA", "FOLDER_TABLE", "OWN_PLACE", "PROVIDER_PREFIX"]

# The variables are stored unexpanded, so a copied folder keeps its own place [seen]; the official client puts a slash in
# front [client], the UI does not [seen]. On S3-like storage the UI puts the connection's root in front, which stays explicit.
OWN_PLACE: Final = "/${projectKey}/${odbId}"
PROVIDER_PREFIX: Final = "fsprovider_"

_ELSEWHERE: Final = Field(effect=Effect.DATA_LOSS, reason="the files stay where they were")

FOLDER_TABLE: Final[FieldTable] = {
    "zone": ZONE_FIELD,
    **below("definition", ENVELOPE),
    "definition.id": Field(server_owned=True, reason="random, chosen at creation [seen]"),
    "definition.type": Field(server_owned=True, reason="follows from the connection [seen]"),
    "definition.provider": Field(immutable=True),
    "definition.params.connection": _ELSEWHERE,
    "definition.params.path": Field(
        default=OWN_PLACE,
        default_like=r"/?\$\{projectKey\}/\$\{odbId\}",
        effect=Effect.DATA_LOSS,
        reason="the files stay where they were",
    ),
    **{f"definition.params.{key}": _ELSEWHERE for key in ("bucket", "container", "site", "drive")},
    **default_rows(
        "definition.params",
        {
            "notReadyIfEmpty": False,
            "metastoreSynchronizationEnabled": True,
            "metastoreTableName": "${odbId}",
            "baseBlockID": 0,
        },
    ),
    **below("definition.params.filesSelectionRules", FILES_SELECTION),
    **below("definition.params.variablesExpansionLoopConfig", VARIABLES_LOOP),
    **below("definition.partitioning", PARTITIONING),
    **below("definition.flowOptions", FLOW_OPTIONS),
    **below("definition.metrics", METRICS),
    "definition.metrics": Field(default={}),
    "definition.metrics.probes": PROBES,
    **below("definition.checks", METRICS_CHECKS),
    "definition.checks": Field(default={}),
    **{f"definition.checks.checks{suffix}": row for suffix, row in CHECK_ROWS.items()},
}
FOLDER_SCHEMA: Final[JsonObject] = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "minLength": 1},
        "label": {"type": "string", "minLength": 1, "description": "display name, where it is not the name"},
        "connection": {"type": "string", "minLength": 1},
        "path": {"type": "string", "description": "below the root of the connection; default: a place of its own"},
        **{key: PLACE_SCHEMA[key] for key in ("bucket", "container", "files")},
        "provider": {"type": "string", "pattern": f"^{PROVIDER_PREFIX}"},
        "config": {"type": "object", "description": "what the provider asks for"},
        "params": {"type": "object", "description": "what else DSS knows, under its own names"},
        "partitioning": PARTITIONING_SCHEMA,
        "metrics": METRICS_SCHEMA,
        "checks": {"anyOf": [CHECKS_SCHEMA, {"type": "object", "properties": {"checks": CHECKS_SCHEMA}}]},
        "zone": {"type": "string", "minLength": 1},
        **objects_schema("flowOptions"),
        **ENVELOPE_SCHEMA,
    },
    "required": ["name"],
    "additionalProperties": False,
}
