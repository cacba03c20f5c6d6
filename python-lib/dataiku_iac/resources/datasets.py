"""Datasets: where data is, in which format, with which schema.

::

    datasets:
      - {name: CUSTOMERS, type: PostgreSQL, connection: crm, params: {table: customers}}
      - {name: ORDERS, type: managed, connection: s3_managed, zone: raw, tags: [pii]}
      - name: RATES
        type: Filesystem
        connection: filesystem_root
        path: /rates
        format: csv
        schema: [{name: day, type: date}, {name: rate, type: double}]

Source: api-flow.md 4 and 5, object-shapes.md 3, 6, 16 and 18.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from typing import ClassVar, Final

from dataiku_iac.core.address import Address
from dataiku_iac.core.canonical import Json, JsonObject, is_list, is_object
from dataiku_iac.core.errors import ObjectMissing, Refused
from dataiku_iac.core.fields import FieldTable
from dataiku_iac.core.kind import Document, Kind, Live
from dataiku_iac.core.mentions import Mention
from dataiku_iac.core.problem import Problem, Severity
from dataiku_iac.core.resource import Reference, Relation
from dataiku_iac.core.roles import NodeApi, NodeReader
from dataiku_iac.resources.answers import api_path, object_answer, object_list, text_at
from dataiku_iac.resources.dataset_defaults import (
    DATASET_TABLE,
    FORMAT_ALIASES,
    complete_dataset,
    has_location,
    managed_creation,
    native_type,
)
from dataiku_iac.resources.dataset_params import unknown_params
from dataiku_iac.resources.findings import declared_twice
from dataiku_iac.resources.fragments import ENVELOPE_KEYS, ENVELOPE_SCHEMA, version_of
from dataiku_iac.resources.spec_keys import DSS_KEY, DSS_SCHEMA, SpecKeys, objects_schema
from dataiku_iac.resources.zone_items import (
    DATASET,
    DEFAULT_ZONE,
    ZONE_MENTION,
    is_in_zone,
    move_to_zone,
    read_zone_of,
)

__all__ = ["DatasetKind"]

_OBJECTS: Final = ("flowOptions", "readWriteOptions", "metrics", "metricsChecks", "remoteFiles", "imageViewSettings")
_KEYS: Final = SpecKeys(
    renamed={**ENVELOPE_KEYS.renamed, "format_type": "formatType", "format_params": "formatParams"},
    same=(*ENVELOPE_KEYS.same, "type", "managed", "partitioning", "featureGroup", "dataSteward", *_OBJECTS),
)
_COLUMN_KEYS: Final = SpecKeys(
    renamed={},
    same=(
        *("name", "type", "meaning", "comment", "maxLength", "originalType", "timestampNoTzAsDate", "isColumnEdited"),
        *("objectFields", "arrayContent", "mapKeys", "mapValues", "customFields"),
    ),
)
_COLUMN_TYPES: Final = frozenset(
    {
        *("string", "boolean", "tinyint", "smallint", "int", "bigint", "float", "double"),
        *("date", "dateonly", "datetimenotz", "array", "map", "object", "geopoint", "geometry"),
    }
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


class DatasetKind(Kind):
    """A dataset; its name is its id."""

    name: ClassVar[str] = "dataset"
    section: ClassVar[str] = "datasets"
    rank: ClassVar[int] = 30
    parts: ClassVar[tuple[str, ...]] = ("definition", "zone")
    listed: ClassVar[frozenset[str]] = frozenset({"zone"})
    protects_data: ClassVar[bool] = True
    table: ClassVar[FieldTable] = DATASET_TABLE
    mentions: ClassVar[tuple[Mention, ...]] = (
        ZONE_MENTION,
        Mention("definition.params.connection", "connection"),
        Mention("definition.params.uploadConnection", "connection"),
        Mention("definition.params.uploadedConfig.connection", "connection"),
        Mention("definition.remoteFiles.sources.*.connection", "connection"),
        Mention("definition.params.folderSmartId", "computable"),
        Mention("definition.params.smartName", "computable"),  # what a metrics dataset (JobsDB) reports on
        Mention("definition.params.importDatasetSmartName", "computable"),
        Mention("definition.params.importProjectKey", "project"),
        Mention("definition.params.*.projectKey", "project"),  # views of the internal statistics (StatsDB)
        Mention("definition.metrics.probes.*.configuration.envSelection.envName", "code_env"),
        Mention("definition.metricsChecks.checks.*.envSelection.envName", "code_env"),
        Mention("definition.dataSteward", "user"),
    )
    schema: ClassVar[JsonObject] = {
        "type": "object",
        "required": ["name"],
        "properties": {
            "name": {"type": "string", "minLength": 1},
            "type": {
                "type": "string",
                "description": "DSS's type in any case, e.g. Snowflake; `managed` = managed: true",
            },
            "connection": {"type": "string"},
            "managed": {"type": "boolean", "description": "DSS owns the data: it may clear and overwrite it"},
            "params": {"type": "object", "description": "where and how, by type: table, schema, path, bucket, …"},
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
            "format_type": {"type": "string"},
            "format": {"type": "string", "description": "the same as format_type"},
            "format_params": {"type": "object"},
            "partitioning": {"type": "object"},
            "checks": {"type": "array", "items": {"type": "object"}, "description": "data-quality rules and checks"},
            "zone": {"type": "string"},
            "featureGroup": {"type": "boolean"},
            "dataSteward": {"type": "string"},
            **objects_schema(*_OBJECTS),
            **ENVELOPE_SCHEMA,
        },
        "additionalProperties": False,
    }

    # --- the lens ---

    def expand(self, spec: JsonObject, address: Address) -> Document:
        """Return the partial document; ``type: managed`` and ``type: SQL`` leave the type to the connection."""
        definition = _KEYS.to_definition(spec)
        _expand_type(definition)
        form = spec.get("format_type", spec.get("format"))
        if isinstance(form, str):
            definition["formatType"] = FORMAT_ALIASES.get(form.lower(), form)
        params = spec.get("params")
        if is_object(params):
            definition["params"] = dict(params)
        if "connection" in spec:
            definition["params"] = {**(params if is_object(params) else {}), "connection": spec["connection"]}
        if "schema" in spec:
            definition["schema"] = _expand_schema(spec["schema"])
        if "checks" in spec:
            rest = definition.get("metricsChecks")
            definition["metricsChecks"] = {**(rest if is_object(rest) else {}), "checks": spec["checks"]}
        document: dict[str, Json] = {"definition": definition} if definition else {}
        if "zone" in spec:
            document["zone"] = spec["zone"]
        return document

    def shorten(self, document: Document, address: Address) -> JsonObject:
        """Return the spec; ``schema`` is the list of columns unless more than columns is declared."""
        raw = document.get("definition")
        definition: dict[str, Json] = dict(raw) if is_object(raw) else {}
        own: dict[str, Json] = {}
        params = definition.get("params")
        if is_object(params):
            del definition["params"]
            rest = {key: value for key, value in params.items() if key != "connection"}
            if "connection" in params:
                own["connection"] = params["connection"]
            if rest or not params:
                own["params"] = rest
        schema = definition.get("schema")
        if is_object(schema):
            del definition["schema"]
            own["schema"] = _shorten_schema(schema)
        checks = definition.get("metricsChecks")
        if is_object(checks) and "checks" in checks:
            own["checks"] = checks["checks"]
            others = {key: value for key, value in checks.items() if key != "checks"}
            if others:
                definition["metricsChecks"] = others
            else:
                del definition["metricsChecks"]
        if "zone" in document:
            own["zone"] = document["zone"]
        return {**_KEYS.to_spec(definition), **own}

    def references(self, spec: JsonObject, address: Address) -> Sequence[Reference]:
        """Return the zone, and the folder that a dataset over files in a folder reads."""
        return tuple(_references(spec, address))

    def check(self, spec: JsonObject, address: Address) -> Sequence[Problem]:
        """Return what the schema cannot say: fields given twice, an unmanaged dataset without a concrete type."""
        return tuple(_findings(spec, str(address)))

    # --- calls ---

    def for_creation(self, document: Document, address: Address, *, login: str) -> Document:
        """See ``Kind``: it has a type, or is managed and has a connection that gives it one."""
        definition = document.get("definition")
        fields = definition if is_object(definition) else {}
        params = fields.get("params")
        if not (fields.get("managed") is True and is_object(params) and params.get("connection")):
            _refuse_placeless(fields, address.project, address.name)
        return document

    def list(self, api: NodeReader, project: str) -> Sequence[Live]:
        """Return all datasets with two calls: the list holds whole objects [doc], the zones say who is where.

        Whether list items carry metrics on every version is [unknown]: an item without them is a head.
        """
        items = object_list(api.get(api_path("projects", project, "datasets", "")), f"datasets of {project}")
        zone_of = read_zone_of(api, project)
        return [
            _live(
                item,
                project,
                zone_of(DATASET, str(item.get("name"))),
                complete="metrics" in item or "metricsChecks" in item,
            )
            for item in items
        ]

    def read(self, api: NodeReader, project: str, live_id: str, parts: frozenset[str]) -> Live | None:
        """See ``Kind``. The zone costs a second call and is read only if asked for."""
        try:
            answer = api.get(api_path("projects", project, "datasets", live_id))
        except ObjectMissing:
            return None
        raw = object_answer(answer, f"dataset {live_id} of {project}")
        zone = read_zone_of(api, project)(DATASET, live_id) if "zone" in parts else None
        return _live(raw, project, zone, complete=zone is not None)

    def read_back(self, api: NodeReader, project: str, live_id: str, part: str, document: Document) -> Live | None:
        """See ``Kind``. After a move, one call shows that the object is in its new zone, and hence that it exists."""
        zone = str(document.get("zone") or DEFAULT_ZONE)
        if part == "zone" and is_in_zone(api, project, zone, DATASET, live_id):
            return Live(live_id, live_id, {"zone": zone}, complete=False)
        return super().read_back(api, project, live_id, part, document)

    def create(self, api: NodeApi, project: str, name: str, document: Document) -> str:
        """See ``Kind``.

        A managed dataset without a location is created by the call that lets the node choose type, path and format;
        anything else is sent as it is. Neither call takes all of a definition (partitioning: [client]), so the
        definition is to be written afterwards where the read-back differs.
        """
        definition = object_answer(document.get("definition", {}), f"dataset {name} to create in {project}")
        params = definition.get("params")
        params = params if is_object(params) else {}
        derives = not has_location(params) or not definition.get("type")  # a place without a type is written afterwards
        if definition.get("managed") is True and params.get("connection") and derives:
            body: dict[str, Json] = {"name": name, "creationSettings": managed_creation(definition, params)}
            api.post(api_path("projects", project, "datasets", "managed"), body)
            return name
        _refuse_placeless(definition, project, name)
        whole = complete_dataset(definition)
        api.post(api_path("projects", project, "datasets", ""), {**whole, "projectKey": project, "name": name})
        return name

    def write(self, api: NodeApi, project: str, live_id: str, part: str, document: Document) -> None:
        """See ``Kind``."""
        if part == "zone":
            move_to_zone(api, project, str(document.get("zone") or DEFAULT_ZONE), DATASET, live_id)
        else:
            definition = object_answer(document[part], f"dataset {live_id} to write in {project}")
            whole = {**definition, "projectKey": project, "name": live_id}
            api.put(api_path("projects", project, "datasets", live_id), whole)

    def delete(self, api: NodeApi, project: str, live_id: str, *, drop_data: bool) -> None:
        """See ``Kind``. DSS removes recipes that read or write the dataset along with it [seen]: delete those first."""
        path = api_path("projects", project, "datasets", live_id)
        api.delete(path, params={"dropData": "true" if drop_data else "false"})


def _refuse_placeless(definition: JsonObject, project: str, name: str) -> None:
    if not definition.get("type"):
        raise Refused(
            f'dataset "{name}" has neither a type nor a connection that would give it one',
            where=f"dataset.{project}.{name}",
            next_step="add connection (or defaults.managed_connection to the environment), or add type",
        )


def _live(raw: JsonObject, project: str, zone: str | None, *, complete: bool) -> Live:
    name = text_at(raw, "name", f"datasets of {project}")
    document: dict[str, Json] = {"definition": raw}
    if zone is not None:
        document["zone"] = zone
    return Live(name, name, document, version_of(raw), complete=complete)


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


def _expand_type(definition: dict[str, Json]) -> None:
    kind = definition.get("type")
    if not isinstance(kind, str):
        return
    native = native_type(kind)
    if native.lower() == "managed":
        del definition["type"]
        definition["managed"] = True
    elif native.lower() == "sql":
        del definition["type"]  # whatever SQL type the connection has; ``check`` refuses it where nothing derives it
    else:
        definition["type"] = native


def _references(spec: JsonObject, address: Address) -> Iterator[Reference]:
    zone = spec.get("zone")
    if isinstance(zone, str) and zone and zone != "default":
        yield Reference(Address("zone", address.project, zone), Relation.NEEDS, "zone")
    params = spec.get("params")
    folder = params.get("folderSmartId") if is_object(params) else None
    if isinstance(folder, str) and folder.startswith("folder:"):
        yield Reference(
            Address("folder", address.project, folder.removeprefix("folder:")), Relation.NEEDS, "params.folderSmartId"
        )


def _findings(spec: JsonObject, address: str) -> Iterator[Problem]:
    for kept, other in _given_twice(spec):
        yield declared_twice(address, kept, other)
    kind = spec.get("type")
    managed = spec.get("managed") is True or (isinstance(kind, str) and kind.lower() == "managed")
    if not managed and kind is None:
        yield Problem(
            Severity.ERROR,
            "missing-type",
            "a dataset that is not managed needs a type",
            address=address,
            suggestion="add type, or managed: true",
        )
    if not managed and isinstance(kind, str) and kind.lower() == "sql":
        yield Problem(
            Severity.ERROR,
            "generic-type",
            "only a managed dataset can take its type from the connection",
            f'type is "{kind}"',
            address=address,
            suggestion="write the concrete type, e.g. type: PostgreSQL",
        )
    form = spec.get("format_type", spec.get("format"))
    native_form = FORMAT_ALIASES.get(str(form).lower(), str(form))
    params, form_params = spec.get("params"), spec.get("format_params")
    yield from unknown_params(native_type(str(kind)), native_form, params, form_params, address)
    yield from _schema_findings(spec.get("schema"), address)


def _given_twice(spec: JsonObject) -> Iterator[tuple[str, str]]:
    params, checks = spec.get("params"), spec.get("metricsChecks")
    if "connection" in spec and is_object(params) and "connection" in params:
        yield "connection", "params.connection"
    if "format" in spec and "format_type" in spec:
        yield "format_type", "format"
    if "checks" in spec and is_object(checks) and "checks" in checks:
        yield "checks", "metricsChecks.checks"


def _schema_findings(schema: Json, address: str) -> Iterator[Problem]:
    columns = schema.get("columns") if is_object(schema) else schema
    seen: set[str] = set()
    for column in columns if is_list(columns) else []:
        name, kind = (column.get("name"), column.get("type")) if is_object(column) else (None, None)
        if isinstance(name, str) and name in seen:
            yield Problem(
                Severity.ERROR,
                "duplicate-column",
                "two columns of one schema have the same name",
                f'column "{name}"',
                address=address,
                suggestion="rename one of them",
            )
        if isinstance(kind, str) and kind not in _COLUMN_TYPES:
            near = get_close_matches(kind, _COLUMN_TYPES, n=1)
            yield Problem(
                Severity.WARNING,
                "unknown-column-type",
                "this column type is not known",
                f'column "{name}" has type "{kind}"',
                address=address,
                suggestion=f'did you mean "{near[0]}"?' if near else "",
            )
        seen.add(str(name))
