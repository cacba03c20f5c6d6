"""Flow zones: parts of a project's flow with a name and a color (facts: api-flow.md §9.1, object-shapes.md §11).

::

    zones:
      - {name: raw, color: "#4a90d9", description: "as it arrives"}
      - {name: default, label: Unsorted}     # the zone every project has

The model to copy for a new kind: this module, ``tests/unit/resources/test_zones.py``, ``tests/kinds/zone.yml``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, Final

from dataiku_iac.core.address import Address
from dataiku_iac.core.canonical import Json, JsonObject
from dataiku_iac.core.errors import ObjectMissing, Refused
from dataiku_iac.core.fields import Field, FieldTable
from dataiku_iac.core.kind import Document, Kind, Live
from dataiku_iac.core.roles import NodeApi, NodeReader
from dataiku_iac.resources.answers import api_path, object_answer, text_at
from dataiku_iac.resources.fragments import ENVELOPE, ENVELOPE_KEYS, ENVELOPE_SCHEMA, below, version_of
from dataiku_iac.resources.spec_keys import SpecKeys
from dataiku_iac.resources.zone_items import DEFAULT_ZONE, list_zones

__all__ = ["ZoneKind"]

# What the official client sends when nobody chose a color [client]. Colors are stored as sent: both cases occur in
# real zones and tags [seen], so `#ABC` and `#abc` are two values.
_CLIENT_COLOR: Final = "#2ab1ac"
_UNTOUCHED: Final = {"label": "Default", "color": "#D1D8DA"}  # of the default zone [seen]
_KEYS: Final = SpecKeys(ENVELOPE_KEYS.renamed, ("color", *ENVELOPE_KEYS.same))


class ZoneKind(Kind):
    """A flow zone. Its address name is its display name, except for the zone ``default``, whose display name can change."""

    name: ClassVar[str] = "zone"
    section: ClassVar[str] = "zones"
    rank: ClassVar[int] = 10
    is_brief: ClassVar[bool] = True
    parts: ClassVar[tuple[str, ...]] = ("definition",)
    chosen_by_server: ClassVar[bool] = True
    table: ClassVar[FieldTable] = {
        "definition.id": Field(server_owned=True, reason="random, chosen at creation [seen]"),
        "definition.color": Field(default=_CLIENT_COLOR),
        "definition.items": Field(server_owned=True, reason="PUT ignores it [seen]; objects name their zone"),
        "definition.shared": Field(server_owned=True, reason="PUT ignores it [seen]"),
        "definition.position": Field(ignored=True, reason="where the zone is drawn (13.3+)"),
        **below("definition", ENVELOPE),
    }
    schema: ClassVar[JsonObject] = {
        "type": "object",
        "properties": {
            "name": {"type": "string", "minLength": 1},
            "label": {"type": "string", "minLength": 1, "description": "display name, where it is not the name"},
            "color": {"type": "string", "pattern": "^#[0-9a-fA-F]{6}$"},
            **ENVELOPE_SCHEMA,
        },
        "required": ["name"],
        "additionalProperties": False,
    }

    def expand(self, spec: JsonObject, address: Address) -> Document:
        """See ``Kind``: ``{"color": "#4a90d9"}`` of ``zone.CRM.raw`` gives ``{"definition": {"name": "raw", "color": …}}``."""
        named: dict[str, Json] = {}
        if "label" in spec:
            named["name"] = spec["label"]
        elif address.name != DEFAULT_ZONE:
            named["name"] = address.name
        return {"definition": {**named, **_KEYS.to_definition(spec)}}

    def shorten(self, document: Document, address: Address) -> JsonObject:
        """See ``Kind``."""
        definition = document.get("definition")
        rest = dict(definition) if isinstance(definition, Mapping) else {}
        label = rest.pop("name", address.name)
        spec = _KEYS.to_spec(rest)
        return spec if label == address.name and address.name != DEFAULT_ZONE else {"label": label, **spec}

    def comes_with_project(self, address: Address) -> bool:
        """See ``Kind``."""
        return address.name == DEFAULT_ZONE

    def is_unremarkable(self, document: Document, address: Address) -> bool:
        """See ``Kind``: a default zone that nobody renamed or painted."""
        return address.name == DEFAULT_ZONE and self.declare(document, address) == _UNTOUCHED

    def list(self, api: NodeReader, project: str) -> Sequence[Live]:
        """See ``Kind``. The default zone always exists; nodes may leave it out of the list until zones are used [unknown]."""
        zones = [_live(raw, project) for raw in list_zones(api, project)]
        if any(zone.id == DEFAULT_ZONE for zone in zones):
            return zones
        default = self.read(api, project, DEFAULT_ZONE, frozenset(self.parts))
        return zones if default is None else [default, *zones]

    def read(self, api: NodeReader, project: str, live_id: str, parts: frozenset[str]) -> Live | None:
        """See ``Kind``."""
        try:
            raw = api.get(api_path("projects", project, "flow", "zones", live_id))
        except ObjectMissing:
            return None
        return _live(object_answer(raw, f"zone {live_id} of {project}"), project)

    def create(self, api: NodeApi, project: str, name: str, document: Document) -> str:
        """See ``Kind``."""
        color = object_answer(document.get("definition"), "zone to create").get("color", _CLIENT_COLOR)
        where = f'creation of zone "{name}" in {project}'
        try:
            answer = api.post(api_path("projects", project, "flow", "zones"), {"name": name, "color": color})
        except ObjectMissing as error:  # a project that is missing answers 401 or 403, never 404 [seen]
            raise Refused(
                "the node has no flow zones: its edition lacks them",
                where=where,
                next_step="remove zones and every `zone:` from the files for this node, abandon the run and plan anew",
                status=error.status,
                error_type=error.error_type,
            ) from error
        return text_at(object_answer(answer, where), "id", where)

    def write(self, api: NodeApi, project: str, live_id: str, part: str, document: Document) -> None:
        """See ``Kind``."""
        api.put(api_path("projects", project, "flow", "zones", live_id), document[part])

    def delete(self, api: NodeApi, project: str, live_id: str, *, drop_data: bool) -> None:
        """See ``Kind``. The zone's items fall back to the default zone [client]."""
        if live_id == DEFAULT_ZONE:
            raise Refused(
                "the default zone of a project cannot be deleted",
                where=f"zone.{project}.{DEFAULT_ZONE}",
                next_step="keep the entry, or list its address under forget",
            )
        api.delete(api_path("projects", project, "flow", "zones", live_id))


def _live(raw: JsonObject, project: str) -> Live:
    where = f"zones of {project}"
    live_id = text_at(raw, "id", where)
    name = DEFAULT_ZONE if live_id == DEFAULT_ZONE else text_at(raw, "name", where)
    return Live(name, live_id, {"definition": raw}, version_of(raw))
