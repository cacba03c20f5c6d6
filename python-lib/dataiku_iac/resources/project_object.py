"""Base of kinds whose objects are one JSON object each below their project: ``/projects/P/dashboards/ID``.

Most kinds are: evaluation stores, dashboards, knowledge banks, … Such a kind is a class with its names, its field table, its
key table, and what its creation call wants; see ``evaluation_stores.py`` for the smallest. The spec of one is::

    - {name: Sales, label: "display name if not the name", zone: raw, …keys of the table…, dss: {…any other field of DSS…}}
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, Final

from dataiku_iac.core.address import Address
from dataiku_iac.core.canonical import Json, JsonObject, is_object
from dataiku_iac.core.errors import ObjectMissing
from dataiku_iac.core.fields import Field, FieldTable
from dataiku_iac.core.kind import Document, Kind, Live
from dataiku_iac.core.mentions import Mention
from dataiku_iac.core.resource import Reference
from dataiku_iac.core.roles import NodeApi, NodeReader
from dataiku_iac.resources.answers import api_path, object_answer, object_list, text_at
from dataiku_iac.resources.fragments import ENVELOPE, ENVELOPE_KEYS, ENVELOPE_SCHEMA, below, version_of
from dataiku_iac.resources.spec_keys import SpecKeys
from dataiku_iac.resources.zone_items import (
    DEFAULT_ZONE,
    ZONE_FIELD,
    ZONE_MENTION,
    is_in_zone,
    move_to_zone,
    read_zone_of,
    zone_references,
)

__all__ = ["IN_ZONE_MENTIONS", "ProjectObjectKind", "object_schema", "object_table"]

IN_ZONE_MENTIONS: Final[tuple[Mention, ...]] = (ZONE_MENTION,)


def object_table(table: FieldTable, *, in_zone: bool = False) -> FieldTable:
    """Return the field table of such a kind: rows of ``table`` are relative to the object, the envelope's come along."""
    own: FieldTable = {"id": Field(server_owned=True, reason="chosen by the server at creation [client]"), **table}
    return {**below("definition", {**ENVELOPE, **own}), **({"zone": ZONE_FIELD} if in_zone else {})}


def object_schema(
    properties: JsonObject, *, in_zone: bool = False, required: Sequence[str] = (), label: bool = True
) -> JsonObject:
    """Return the JSON Schema of an entry of such a kind with ``properties`` besides those that all have."""
    named: dict[str, Json] = {"name": {"type": "string", "minLength": 1}}
    if label:
        named["label"] = {"type": "string", "minLength": 1, "description": "display name, where it is not the name"}
    zone: JsonObject = {"zone": {"type": "string", "minLength": 1}} if in_zone else {}
    return {
        "type": "object",
        "properties": {**named, **zone, **properties, **ENVELOPE_SCHEMA},
        "required": ["name", *required],
        "additionalProperties": False,
    }


class ProjectObjectKind(Kind):
    """One JSON object per id, read and written whole.

    Attributes:
        segment: path below the project, e.g. ``evaluationstores``.
        keys: friendly spec names and the DSS names that may stand at the top of a spec; the envelope's are added.
        zone_type: ``objectType`` of zone items if such objects stand in the flow, e.g. ``SAVED_MODEL``, else "".
        lists_heads: True if the list call gives headers and each object needs a GET of its own.
        id_key: the key of the id, in list items and in the answer to a creation.
    """

    segment: ClassVar[str]
    keys: ClassVar[SpecKeys] = SpecKeys({}, ())
    zone_type: ClassVar[str] = ""
    lists_heads: ClassVar[bool] = False
    id_key: ClassVar[str] = "id"
    parts: ClassVar[tuple[str, ...]] = ("definition",)
    chosen_by_server: ClassVar[bool] = True

    @property
    def _spec_keys(self) -> SpecKeys:
        return SpecKeys(
            {**ENVELOPE_KEYS.renamed, **self.keys.renamed},
            (*self.keys.same, *(key for key in ENVELOPE_KEYS.same if key not in self.keys.renamed.values())),
        )

    # --- the lens ---

    def expand(self, spec: JsonObject, address: Address) -> Document:
        """See ``Kind``. The display name is the address's unless ``label`` says another."""
        named: dict[str, Json] = {"name": spec.get("label", address.name)} if self.chosen_by_server else {}
        document: dict[str, Json] = {"definition": {**named, **self._spec_keys.to_definition(spec)}}
        return {**document, "zone": spec["zone"]} if self.zone_type and "zone" in spec else document

    def shorten(self, document: Document, address: Address) -> JsonObject:
        """See ``Kind``."""
        definition = document.get("definition")
        rest = dict(definition) if is_object(definition) else {}
        spec: dict[str, Json] = {}
        if self.chosen_by_server:
            label = rest.pop("name", address.name)
            spec |= {} if label == address.name else {"label": label}
        if self.zone_type and "zone" in document:
            spec["zone"] = document["zone"]
        return {**spec, **self._spec_keys.to_spec(rest)}

    def references(self, spec: JsonObject, address: Address) -> Sequence[Reference]:
        """See ``Kind``: the zone."""
        return zone_references(spec, address) if self.zone_type else ()

    # --- calls ---

    def list(self, api: NodeReader, project: str) -> Sequence[Live]:
        """See ``Kind``."""
        where = f"{self.section} of {project}"
        items = object_list(api.get(api_path("projects", project, self.segment, "")), where)
        zone_of = read_zone_of(api, project) if self.zone_type and items else None
        found = []
        for raw in items:
            zone = None if zone_of is None else zone_of(self.zone_type, text_at(raw, self.id_key, where))
            found.append(self._live(raw, project, zone, whole=not self.lists_heads))
        return found

    def read(self, api: NodeReader, project: str, live_id: str, parts: frozenset[str]) -> Live | None:
        """See ``Kind``. The zone costs a second call and is read only if asked for."""
        try:
            answer = api.get(self.path(project, live_id))
        except ObjectMissing:
            return None
        raw = object_answer(answer, f"{self.name} {live_id} of {project}")
        zone = read_zone_of(api, project)(self.zone_type, live_id) if "zone" in parts and self.zone_type else None
        return self._live(raw, project, zone, whole=True)

    def read_back(self, api: NodeReader, project: str, live_id: str, part: str, document: Document) -> Live | None:
        """See ``Kind``. After a move, one call shows that the object is in its new zone, and hence that it exists."""
        zone = str(document.get("zone") or DEFAULT_ZONE)
        if part == "zone" and is_in_zone(api, project, zone, self.zone_type, live_id):
            return Live(live_id, live_id, {"zone": zone}, complete=False)
        return super().read_back(api, project, live_id, part, document)

    def create(self, api: NodeApi, project: str, name: str, document: Document) -> str:
        """See ``Kind``."""
        where = f'creation of {self.name} "{name}" in {project}'
        definition = object_answer(document.get("definition", {}), where)
        answer = api.post(
            api_path("projects", project, self.segment, ""),
            self.creation_body(project, name, definition),
            params=self.creation_params(definition),
        )
        return text_at(object_answer(answer, where), self.id_key, where)

    def write(self, api: NodeApi, project: str, live_id: str, part: str, document: Document) -> None:
        """See ``Kind``."""
        if part == "zone":
            move_to_zone(api, project, str(document.get("zone") or DEFAULT_ZONE), self.zone_type, live_id)
            return
        definition = object_answer(document[part], f"{self.name} {live_id} to write in {project}")
        api.put(self.path(project, live_id), definition)

    def delete(self, api: NodeApi, project: str, live_id: str, *, drop_data: bool) -> None:
        """See ``Kind``."""
        api.delete(self.path(project, live_id))

    # --- what a kind may say otherwise ---

    def path(self, project: str, live_id: str) -> str:
        """Return the path of GET, PUT and DELETE of one object."""
        return api_path("projects", project, self.segment, live_id)

    def creation_body(self, project: str, name: str, definition: JsonObject) -> JsonObject:
        """Return the body of the creation call; the definition is written right after it."""
        return {"projectKey": project, **definition, "name": name}

    def creation_params(self, definition: JsonObject) -> dict[str, str] | None:
        """Return the query of the creation call."""
        return None

    def definition_of(self, raw: JsonObject) -> Mapping[str, Json]:
        """Return the definition in an answer of the node."""
        return raw

    def _live(self, raw: JsonObject, project: str, zone: str | None, *, whole: bool) -> Live:
        where = f"{self.section} of {project}"
        live_id = text_at(raw, self.id_key, where)
        name = text_at(raw, "name", where) if self.chosen_by_server else live_id
        document: dict[str, Json] = {"definition": dict(self.definition_of(raw))}
        if zone is not None:
            document["zone"] = zone
        complete = whole and (zone is not None or not self.zone_type)
        return Live(name, live_id, document, version_of(raw), complete=complete)
