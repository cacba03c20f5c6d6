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
from dataiku_iac.core.mentions import Mention, Mentioned
from dataiku_iac.core.problem import Problem
from dataiku_iac.core.resource import Reference, Relation
from dataiku_iac.core.roles import NodeApi, NodeReader
from dataiku_iac.resources.answers import api_path, object_answer, object_list, text_at
from dataiku_iac.resources.findings import declared_twice
from dataiku_iac.resources.fragments import ENVELOPE, ENVELOPE_KEYS, ENVELOPE_SCHEMA, below, version_of
from dataiku_iac.resources.named_objects import named_objects
from dataiku_iac.resources.nested_keys import NestedKeys, lift, lower, said_twice
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
        segment: path below the project, e.g. ``evaluationstores`` or ``agents/tools``.
        listed_at: path of the list call; ``segment`` with a slash behind it unless said.
        keys: friendly spec names and the DSS names that may stand at the top of a spec; the envelope's are added.
        nested: friendly spec names of fields that lie deeper.
        zone_type: ``objectType`` of zone items if such objects stand in the flow, e.g. ``SAVED_MODEL``, else "".
        lists_heads: True if the list call gives headers and each object needs a GET of its own.
        id_key: the key of the id, in list items and, unless ``created_id`` says otherwise, in the answer to a creation.
        name_key: the key of the display name, in list items and whole objects.
    """

    segment: ClassVar[str]
    listed_at: ClassVar[str] = ""
    keys: ClassVar[SpecKeys] = SpecKeys({}, ())
    nested: ClassVar[NestedKeys] = {}
    zone_type: ClassVar[str] = ""
    lists_heads: ClassVar[bool] = False
    id_key: ClassVar[str] = "id"
    name_key: ClassVar[str] = "name"
    parts: ClassVar[tuple[str, ...]] = ("definition",)
    chosen_by_server: ClassVar[bool] = True
    may_be_missing: ClassVar[bool] = True

    @property
    def _spec_keys(self) -> SpecKeys:
        return SpecKeys(
            {**ENVELOPE_KEYS.renamed, **self.keys.renamed},
            (*self.keys.same, *(key for key in ENVELOPE_KEYS.same if key not in self.keys.renamed.values())),
        )

    # --- the lens ---

    def expand(self, spec: JsonObject, address: Address) -> Document:
        """See ``Kind``. The display name is the address's unless ``label`` says another."""
        named = {self.name_key: spec.get("label", address.name)} if self.chosen_by_server else {}
        definition = lower(spec, {**named, **self._spec_keys.to_definition(spec)}, self.nested)
        document: dict[str, Json] = {"definition": self.expand_definition(definition)}
        return {**document, "zone": spec["zone"]} if self.zone_type and "zone" in spec else document

    def shorten(self, document: Document, address: Address) -> JsonObject:
        """See ``Kind``."""
        definition = document.get("definition")
        rest = dict(self.shorten_definition(definition)) if is_object(definition) else {}
        spec: dict[str, Json] = {}
        if self.chosen_by_server:
            label = rest.pop(self.name_key, address.name)
            spec |= {} if label == address.name else {"label": label}
        if self.zone_type and "zone" in document:
            spec["zone"] = document["zone"]
        lifted, rest_of = lift(rest, self.nested)
        return {**spec, **lifted, **self._spec_keys.to_spec(rest_of)}

    def references(self, spec: JsonObject, address: Address) -> Sequence[Reference]:
        """See ``Kind``: the zone, and whatever the table of mentions finds."""
        zone = zone_references(spec, address) if self.zone_type else ()
        document = self.expand(spec, address)
        named = named_objects(document, [row for row in self.mentions if row.sort != "zone"], address.project)
        found = [Reference(to, self.relation_to(mention), self._spec_path(mention.path)) for mention, to in named]
        return [*zone, *(reference for reference in found if reference.to != address)]

    def check(self, spec: JsonObject, address: Address) -> Sequence[Problem]:
        """See ``Kind``: no field under its short name and under DSS's own."""
        twice = said_twice(spec, self._spec_keys.to_definition(spec), self.nested)
        return [declared_twice(str(address), key, place) for key, place in twice]

    # --- calls ---

    def list(self, api: NodeReader, project: str) -> Sequence[Live]:
        """See ``Kind``."""
        where = f"{self.section} of {project}"
        items = self.items(api, project)
        zone_of = read_zone_of(api, project) if self.zone_type and items else None
        found = []
        for raw in items:
            zone = None if zone_of is None else zone_of(self.zone_type, text_at(raw, self.id_key, where))
            live_id = text_at(raw, self.id_key, where)
            found.append(self._live(raw, project, live_id, zone, whole=not self.lists_heads))
        return found

    def read(self, api: NodeReader, project: str, live_id: str, parts: frozenset[str]) -> Live | None:
        """See ``Kind``. The zone costs a second call and is read only if asked for."""
        try:
            answer = api.get(self.path(project, live_id))
        except ObjectMissing:
            return None
        raw = object_answer(answer, f"{self.name} {live_id} of {project}")
        zone = read_zone_of(api, project)(self.zone_type, live_id) if "zone" in parts and self.zone_type else None
        return self._live(raw, project, live_id, zone, whole=True)

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
            self.creation_path(project),
            self.creation_body(project, name, definition),
            params=self.creation_params(definition),
        )
        return self.created_id(object_answer(answer, where), where)

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
        return api_path("projects", project, *self.segment.split("/"), live_id)

    def list_path(self, project: str) -> str:
        """Return the path of the list."""
        return api_path("projects", project, *(self.listed_at or f"{self.segment}/").split("/"))

    def creation_path(self, project: str) -> str:
        """Return the path that creations are posted to."""
        return self.list_path(project)

    def items(self, api: NodeReader, project: str) -> Sequence[JsonObject]:
        """Return the list items of objects of this kind; none if this version or edition of DSS does not know the family.

        It answers 404 then. A missing project is a 401, never a 404 [seen].
        """
        try:
            answer = api.get(self.list_path(project))
        except ObjectMissing:
            return ()
        return object_list(answer, f"{self.section} of {project}")

    def creation_body(self, project: str, name: str, definition: JsonObject) -> JsonObject:
        """Return the body of the creation call; the definition is written right after it."""
        return {"projectKey": project, **definition, self.name_key: name}

    def creation_params(self, definition: JsonObject) -> dict[str, str] | None:
        """Return the query of the creation call."""
        return None

    def created_id(self, answer: JsonObject, where: str) -> str:
        """Return the id in the answer to a creation."""
        return text_at(answer, self.id_key, where)

    def definition_of(self, raw: JsonObject) -> Mapping[str, Json]:
        """Return the definition in an answer of the node."""
        return raw

    def expand_definition(self, definition: JsonObject) -> JsonObject:
        """Return the definition with the kind's own short forms written out; total, whatever stands there."""
        return definition

    def shorten_definition(self, definition: JsonObject) -> JsonObject:
        """Return the definition in short forms; the inverse of ``expand_definition``."""
        return definition

    def relation_to(self, mention: Mentioned) -> Relation:
        """Return why such an object names another: unless said, it must exist before."""
        return Relation.NEEDS

    def _spec_path(self, path: str) -> str:
        """Return where in the spec a place of the document is, as near as can be."""
        inner = tuple(path.split(".")[1:])
        for key, nested in self.nested.items():
            if inner[: len(nested.path)] == nested.path:
                return ".".join((key, *inner[len(nested.path) :]))
        by_dss = {dss: key for key, dss in self._spec_keys.renamed.items()}
        return ".".join((by_dss.get(inner[0], inner[0]), *inner[1:])) if inner else path

    def _live(self, raw: JsonObject, project: str, live_id: str, zone: str | None, *, whole: bool) -> Live:
        name = text_at(raw, self.name_key, f"{self.section} of {project}") if self.chosen_by_server else live_id
        document: dict[str, Json] = {"definition": dict(self.definition_of(raw))}
        if zone is not None:
            document["zone"] = zone
        complete = whole and (zone is not None or not self.zone_type)
        return Live(name, live_id, document, version_of(raw), complete=complete)
