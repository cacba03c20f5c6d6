"""Objects that a flow zone shows though they are in another (facts: api-flow.md §9.1, object-shapes.md §11).

::

    zone_shares:
      - {name: gold/ORDERS}                                  # zone/object
      - {name: gold/folder:exports}
      - {name: in and out, zone: in/out, object: ORDERS}     # where the name does not say it

A zone's own call does not write what is shared into it [seen], so each is an object of its own: made by one call, taken out
by another, never changed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar, Final

from dataiku_iac.core.address import Address
from dataiku_iac.core.canonical import Json, JsonObject, is_list, is_object
from dataiku_iac.core.errors import Refused
from dataiku_iac.core.fields import Field, FieldTable
from dataiku_iac.core.kind import Document, Kind, Live
from dataiku_iac.core.mentions import Mention
from dataiku_iac.core.problem import Problem, Severity
from dataiku_iac.core.resource import Reference, Relation
from dataiku_iac.core.roles import NodeApi, NodeReader
from dataiku_iac.resources.answers import api_path, object_answer, object_list, text_at
from dataiku_iac.resources.named_objects import address_of
from dataiku_iac.resources.object_words import object_of_word, word_of_object
from dataiku_iac.resources.zone_items import DATASET, DEFAULT_ZONE, FOLDER, list_zones

__all__ = ["ZoneShareKind"]

_FIXED: Final = Field(immutable=True, reason="another zone or object is another share")


class ZoneShareKind(Kind):
    """An object shown in a zone. Its id is made of those of the zone and the object."""

    name: ClassVar[str] = "zone_share"
    section: ClassVar[str] = "zone_shares"
    rank: ClassVar[int] = 39
    parts: ClassVar[tuple[str, ...]] = ("definition",)
    chosen_by_server: ClassVar[bool] = True
    keeps_its_name: ClassVar[bool] = True
    is_brief: ClassVar[bool] = True
    falls_with: ClassVar[frozenset[str]] = frozenset({"zone", "dataset", "folder"})
    mentions: ClassVar[tuple[Mention, ...]] = (
        Mention("definition.zone", "zone"),
        Mention("definition.objectId", "object"),
    )
    table: ClassVar[FieldTable] = {
        "definition.zone": _FIXED,
        "definition.objectType": _FIXED,
        "definition.objectId": _FIXED,
        "definition.projectKey": _FIXED,
    }
    schema: ClassVar[JsonObject] = {
        "type": "object",
        "properties": {
            "name": {
                "type": "string",
                "minLength": 1,
                "description": "zone/object, or anything with the two keys below",
            },
            "zone": {"type": "string", "minLength": 1},
            "object": {"type": "string", "minLength": 1, "description": "ORDERS, folder:exports, …"},
        },
        "required": ["name"],
        "dependentRequired": {"zone": ["object"], "object": ["zone"]},
        "additionalProperties": False,
    }

    # --- the lens ---

    def expand(self, spec: JsonObject, address: Address) -> Document:
        """See ``Kind``: ``zone_share.CRM.gold/ORDERS`` alone says all."""
        zone, word = _said(spec, address)
        kind, name = object_of_word(word)
        return {"definition": {"zone": zone, "objectType": kind, "objectId": name}}

    def shorten(self, document: Document, address: Address) -> JsonObject:
        """See ``Kind``."""
        definition = document.get("definition")
        fields: JsonObject = definition if is_object(definition) else {}
        zone = str(fields.get("zone") or "")
        word = word_of_object(fields.get("objectType"), fields.get("objectId")) or ""
        return {} if _said({}, address) == (zone, word) else {"zone": zone, "object": word}

    def references(self, spec: JsonObject, address: Address) -> Sequence[Reference]:
        """See ``Kind``: the zone and the object."""
        return tuple(_references(*_said(spec, address), address.project, "zone" if "zone" in spec else "name"))

    def check(self, spec: JsonObject, address: Address) -> Sequence[Problem]:
        """See ``Kind``: both halves are said."""
        if all(_said(spec, address)):
            return ()
        return [
            Problem(
                Severity.ERROR,
                "unknown-form",
                "this entry is none of the forms that are known here",
                f'a share names a zone and an object, "{address.name}" does not',
                address=str(address),
                suggestion="write name: zone/object, or add zone and object",
            )
        ]

    # --- calls ---

    def list(self, api: NodeReader, project: str) -> Sequence[Live]:
        """See ``Kind``: the list of zones holds all; names of shared folders cost a second call."""
        names: Mapping[str, str] | None = None
        found: list[Live] = []
        for zone, item in _shared(list_zones(api, project)):
            zone_id, kind, object_id = (text_at(raw, key, f"zones of {project}") for raw, key in _keys(zone, item))
            if kind == FOLDER and names is None:
                names = _folder_names(api, project)
            word = f"folder:{names.get(object_id, object_id)}" if kind == FOLDER and names is not None else object_id
            shown = word if kind in (DATASET, FOLDER) else f"{kind} {object_id}"
            label = DEFAULT_ZONE if zone_id == DEFAULT_ZONE else str(zone.get("name"))
            definition: JsonObject = {"zone": zone_id, "objectType": kind, "objectId": object_id}
            found.append(Live(f"{label}/{shown}", f"{zone_id}/{kind}/{object_id}", {"definition": definition}))
        return found

    def read(self, api: NodeReader, project: str, live_id: str, parts: frozenset[str]) -> Live | None:
        """See ``Kind``."""
        return next((live for live in self.list(api, project) if live.id == live_id), None)

    def create(self, api: NodeApi, project: str, name: str, document: Document) -> str:
        """See ``Kind``."""
        where = f'creation of share "{name}" in {project}'
        definition = object_answer(document.get("definition"), where)
        zone, kind, object_id = (text_at(definition, key, where) for key in ("zone", "objectType", "objectId"))
        body: JsonObject = {"objectId": object_id, "objectType": kind}
        api.post(api_path("projects", project, "flow", "zones", zone, "shared"), body)
        return f"{zone}/{kind}/{object_id}"

    def write(self, api: NodeApi, project: str, live_id: str, part: str, document: Document) -> None:
        """See ``Kind``: nothing of a share can be changed."""
        raise Refused("a share is made and taken out, never changed", where=f"{project} {live_id}")

    def delete(self, api: NodeApi, project: str, live_id: str, *, drop_data: bool) -> None:
        """See ``Kind``. The object stays where it is."""
        zone, kind, object_id = live_id.split("/", 2)
        api.delete(api_path("projects", project, "flow", "zones", zone, "shared", kind, object_id))


def _said(spec: JsonObject, address: Address) -> tuple[str, str]:
    """Return zone and word of the object."""
    zone, _, word = address.name.partition("/")
    return str(spec.get("zone", zone)), str(spec.get("object", word))


def _references(zone: str, word: str, project: str, path: str) -> Iterator[Reference]:
    if zone and zone != DEFAULT_ZONE:
        yield Reference(Address("zone", project, zone), Relation.NEEDS, path)
    kind, name = object_of_word(word)
    to = address_of("dataset" if kind == DATASET else "object", name, project)
    if to is not None:
        yield Reference(to, Relation.NEEDS, "object" if path == "zone" else path)


def _shared(zones: Sequence[JsonObject]) -> Iterator[tuple[JsonObject, JsonObject]]:
    for zone in zones:
        items = zone.get("shared")
        for item in items if is_list(items) else ():
            if is_object(item):
                yield zone, item


def _keys(zone: JsonObject, item: JsonObject) -> tuple[tuple[JsonObject, str], ...]:
    return ((zone, "id"), (item, "objectType"), (item, "objectId"))


def _folder_names(api: NodeReader, project: str) -> dict[str, str]:
    where = f"managed folders of {project}"
    answer: Json = api.get(api_path("projects", project, "managedfolders", ""))
    return {text_at(raw, "id", where): text_at(raw, "name", where) for raw in object_list(answer, where)}
