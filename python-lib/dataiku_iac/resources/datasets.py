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
from typing import ClassVar

from dataiku_iac.core.address import Address
from dataiku_iac.core.canonical import Json, JsonObject, is_object
from dataiku_iac.core.errors import ObjectMissing, Refused
from dataiku_iac.core.fields import FieldTable
from dataiku_iac.core.kind import Document, Live
from dataiku_iac.core.mentions import Mention
from dataiku_iac.core.problem import Problem
from dataiku_iac.core.resource import Reference, Relation
from dataiku_iac.core.roles import NodeApi, NodeReader
from dataiku_iac.resources.answers import api_path, object_answer, object_list, text_at
from dataiku_iac.resources.dataset_defaults import (
    USUAL_PROBES,
    complete_dataset,
    has_location,
    is_metastore_name,
    managed_creation,
)
from dataiku_iac.resources.dataset_fields import DATASET_MENTIONS, DATASET_TABLE
from dataiku_iac.resources.dataset_findings import dataset_problems
from dataiku_iac.resources.dataset_lens import DATASET_SCHEMA, expand_dataset, shorten_dataset, type_of
from dataiku_iac.resources.dataset_places import declared_params
from dataiku_iac.resources.fragments import version_of
from dataiku_iac.resources.measured_kind import MeasuredKind
from dataiku_iac.resources.zone_items import (
    DATASET,
    DEFAULT_ZONE,
    is_in_zone,
    move_to_zone,
    read_zone_of,
    zone_references,
)

__all__ = ["DatasetKind"]


class DatasetKind(MeasuredKind):
    """A dataset; its name is its id."""

    name: ClassVar[str] = "dataset"
    section: ClassVar[str] = "datasets"
    rank: ClassVar[int] = 30
    parts: ClassVar[tuple[str, ...]] = ("definition", "zone")
    listed: ClassVar[frozenset[str]] = frozenset({"zone"})
    protects_data: ClassVar[bool] = True
    checks_key: ClassVar[str] = "metricsChecks"
    usual_probes: ClassVar[Sequence[JsonObject]] = USUAL_PROBES
    table: ClassVar[FieldTable] = DATASET_TABLE
    mentions: ClassVar[tuple[Mention, ...]] = DATASET_MENTIONS
    schema: ClassVar[JsonObject] = DATASET_SCHEMA

    # --- the lens ---

    def expand(self, spec: JsonObject, address: Address) -> Document:
        """See ``Kind``, and ``dataset_lens``."""
        return expand_dataset(spec)

    def shorten(self, document: Document, address: Address) -> JsonObject:
        """See ``Kind``."""
        return shorten_dataset(document)

    def lean(self, definition: JsonObject, document: Document) -> JsonObject:
        """See ``MeasuredKind``. The name in the metastore that DSS gives is noise, too."""
        lean = dict(super().lean(definition, document))
        whole, params = document.get("definition"), lean.get("params")
        name = whole.get("name") if is_object(whole) else None
        if is_object(params) and isinstance(name, str):
            told = {key: value for key, value in params.items() if not is_metastore_name(key, value, name)}
            lean = {**lean, "params": told} if told else {key: lean[key] for key in lean if key != "params"}
        return lean

    def references(self, spec: JsonObject, address: Address) -> Sequence[Reference]:
        """Return the zone, and the folder that a dataset over files in a folder reads."""
        return tuple(_references(spec, address))

    def check(self, spec: JsonObject, address: Address) -> Sequence[Problem]:
        """Return what the schema cannot say: fields given twice, an unmanaged dataset without a concrete type."""
        return tuple(dataset_problems(spec, str(address)))

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
        whole = complete_dataset(definition, name)
        api.post(api_path("projects", project, "datasets", ""), {**whole, "projectKey": project, "name": name})
        return name

    def write(self, api: NodeApi, project: str, live_id: str, part: str, document: Document) -> None:
        """See ``Kind``."""
        if part == "zone":
            move_to_zone(api, project, str(document.get("zone") or DEFAULT_ZONE), DATASET, live_id)
        else:
            definition = object_answer(document[part], f"dataset {live_id} to write in {project}")
            whole = {**complete_dataset(definition), "projectKey": project, "name": live_id}
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


def _references(spec: JsonObject, address: Address) -> Iterator[Reference]:
    yield from zone_references(spec, address)
    folder = declared_params(spec, type_of(spec)).get("folderSmartId")
    if isinstance(folder, str) and folder.startswith("folder:"):
        path = "folder" if "folder" in spec else "params.folderSmartId"
        yield Reference(Address("folder", address.project, folder.removeprefix("folder:")), Relation.NEEDS, path)
