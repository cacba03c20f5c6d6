"""The friendly form of a dataset and DSS's object, both ways; nothing is lost.

Where the data is: ``dataset_places``; formats: ``dataset_formats``; partitions: ``partitionings``; rules and metrics:
``check_forms`` and ``metric_forms``.
"""

from __future__ import annotations

from typing import Final

from dataiku_iac.core.canonical import Json, JsonObject, is_list, is_object
from dataiku_iac.core.kind import Document
from dataiku_iac.resources.check_forms import CHECKS_SCHEMA, expand_checks, shorten_checks
from dataiku_iac.resources.dataset_formats import FORMAT_KEYS, expand_format, shorten_format
from dataiku_iac.resources.dataset_places import PLACE_SCHEMA, expand_params, shorten_params
from dataiku_iac.resources.dataset_types import native_type
from dataiku_iac.resources.fragments import ENVELOPE_KEYS, ENVELOPE_SCHEMA
from dataiku_iac.resources.metric_forms import METRICS_SCHEMA, expand_metrics, shorten_metrics
from dataiku_iac.resources.partitionings import PARTITIONING_SCHEMA, expand_partitioning, shorten_partitioning
from dataiku_iac.resources.spec_keys import DSS_KEY, DSS_SCHEMA, SpecKeys, objects_schema

__all__ = ["DATASET_SCHEMA", "expand_dataset", "is_managed", "shorten_dataset", "type_of"]

_OBJECTS: Final = ("flowOptions", "readWriteOptions", "metricsChecks", "remoteFiles", "imageViewSettings")
_KEYS: Final = SpecKeys(
    renamed=ENVELOPE_KEYS.renamed,
    same=(*ENVELOPE_KEYS.same, "type", "managed", "partitioning", "featureGroup", "dataSteward", "metrics", *_OBJECTS),
)
_COLUMN_KEYS: Final = SpecKeys(
    renamed={},
    same=(
        *("name", "type", "meaning", "comment", "maxLength", "originalType", "timestampNoTzAsDate", "isColumnEdited"),
        *("objectFields", "arrayContent", "mapKeys", "mapValues", "customFields"),
    ),
)
_COLUMN_SCHEMA: Final[JsonObject] = {
    "type": "object",
    "required": ["name"],
    "properties": {
        "name": {"type": "string"},
        "type": {"type": "string"},
        "meaning": {"type": "string"},
        "comment": {"type": "string"},
        "maxLength": {"type": "integer"},
        "originalType": {"type": "string"},
        "timestampNoTzAsDate": {"type": "boolean"},
        "isColumnEdited": {"type": "boolean"},
        "objectFields": {"type": "array"},
        **objects_schema("arrayContent", "mapKeys", "mapValues", "customFields"),
        DSS_KEY: DSS_SCHEMA,
    },
    "additionalProperties": False,
}
_COLUMNS_SCHEMA: Final[JsonObject] = {"type": "array", "items": _COLUMN_SCHEMA}

DATASET_SCHEMA: Final[JsonObject] = {
    "type": "object",
    "required": ["name"],
    "properties": {
        "name": {"type": "string", "minLength": 1},
        "type": {"type": "string", "description": "DSS's type in any case, e.g. Snowflake; `managed` = managed: true"},
        "managed": {"type": "boolean", "description": "DSS owns the data: it may clear and overwrite it"},
        **PLACE_SCHEMA,
        "params": {"type": "object", "description": "what else DSS knows for the type, under its own names"},
        "format": {"type": "string", "description": "csv, parquet, excel, …: with the options that DSS usually writes"},
        "format_type": {"type": "string", "description": "DSS's formatType; nothing is added to format_params"},
        "format_params": {"type": "object", "description": "options that differ"},
        "partitioning": PARTITIONING_SCHEMA,
        "schema": {
            "oneOf": [
                _COLUMNS_SCHEMA,
                {
                    "type": "object",
                    "properties": {"columns": _COLUMNS_SCHEMA, "userModified": {"type": "boolean"}},
                    "additionalProperties": True,
                },
            ]
        },
        "checks": {**CHECKS_SCHEMA, "description": "data-quality rules and checks"},
        "rules": {**CHECKS_SCHEMA, "description": "the same as checks"},
        "monitor": {"type": "boolean", "description": "the project's data quality counts its rules"},
        "metrics": METRICS_SCHEMA,
        "zone": {"type": "string"},
        "featureGroup": {"type": "boolean"},
        "dataSteward": {"type": "string"},
        **objects_schema(*_OBJECTS),
        **ENVELOPE_SCHEMA,
    },
    "additionalProperties": False,
}


def type_of(spec: JsonObject) -> str:
    """Return DSS's type of a spec, or "" if its connection decides.

    >>> type_of({"type": "snowflake"}), type_of({"type": "managed"}), type_of({})
    ('Snowflake', '', '')
    """
    kind = spec.get("type")
    native = native_type(kind) if isinstance(kind, str) else ""
    return "" if native.lower() in ("managed", "sql") else native


def is_managed(spec: JsonObject) -> bool:
    """Tell whether DSS owns the data; what a spec does not call managed is not."""
    kind = spec.get("type")
    return spec.get("managed") is True or (isinstance(kind, str) and kind.lower() == "managed")


def expand_dataset(spec: JsonObject) -> Document:
    """Return the partial document; ``type: managed`` and ``type: SQL`` leave the type to the connection."""
    definition = _KEYS.to_definition(spec)
    kind = type_of(spec)
    if isinstance(spec.get("type"), str):
        definition.pop("type")
        definition |= {"type": kind} if kind else {}
        definition |= {"managed": True} if is_managed(spec) else {}
    definition |= expand_format({key: spec[key] for key in FORMAT_KEYS if key in spec}, managed=is_managed(spec))
    params = expand_params(spec, kind)
    if params is not None:
        definition["params"] = params
    if "schema" in spec:
        definition["schema"] = _expand_schema(spec["schema"])
    if "partitioning" in spec:
        definition["partitioning"] = expand_partitioning(spec["partitioning"])
    if "metrics" in spec:
        definition["metrics"] = expand_metrics(spec["metrics"])
    for key in ("rules", "checks"):
        if key in spec:
            rest = definition.get("metricsChecks")
            definition["metricsChecks"] = {**(rest if is_object(rest) else {}), "checks": expand_checks(spec[key])}
    if "monitor" in spec:
        rest = definition.get("metricsChecks")
        definition["metricsChecks"] = {**(rest if is_object(rest) else {}), "monitor": spec["monitor"]}
    document: dict[str, Json] = {"definition": definition} if definition else {}
    return {**document, "zone": spec["zone"]} if "zone" in spec else document


def shorten_dataset(document: Document) -> JsonObject:
    """Return the spec; the inverse of ``expand_dataset``."""
    raw = document.get("definition")
    definition: dict[str, Json] = dict(raw) if is_object(raw) else {}
    own: dict[str, Json] = {}
    given, params = definition.get("type"), definition.get("params")
    kind = given if isinstance(given, str) else ""
    if is_object(params):
        del definition["params"]
        own |= shorten_params(params, kind)
    own |= shorten_format(definition, managed=definition.get("managed") is True)
    for key in ("formatType", "formatParams"):
        definition.pop(key, None)
    schema, checks = definition.get("schema"), definition.get("metricsChecks")
    if is_object(schema):
        del definition["schema"]
        own["schema"] = _shorten_schema(schema)
    if is_object(checks) and {"checks", "monitor"} & checks.keys():
        own |= {"checks": shorten_checks(checks["checks"])} if "checks" in checks else {}
        own |= {"monitor": checks["monitor"]} if isinstance(checks.get("monitor"), bool) else {}
        others = {key: value for key, value in checks.items() if key not in own}
        definition = {key: value for key, value in definition.items() if key != "metricsChecks"}
        definition |= {"metricsChecks": others} if others else {}
    for key, shorten in (("partitioning", shorten_partitioning), ("metrics", shorten_metrics)):
        if key in definition:
            own[key] = shorten(definition.pop(key))
    if "zone" in document:
        own["zone"] = document["zone"]
    return {**_KEYS.to_spec(definition), **own}


def _expand_schema(schema: Json) -> Json:
    whole: dict[str, Json] = {"columns": schema} if is_list(schema) else dict(schema) if is_object(schema) else {}
    columns = whole.get("columns")
    if is_list(columns):
        whole["columns"] = [_COLUMN_KEYS.to_definition(column) if is_object(column) else column for column in columns]
    return whole


def _shorten_schema(schema: JsonObject) -> Json:
    whole = dict(schema)
    columns = whole.get("columns")
    if is_list(columns):
        whole["columns"] = [_COLUMN_KEYS.to_spec(column) if is_object(column) else column for column in columns]
    return whole["columns"] if set(whole) == {"columns"} else whole
