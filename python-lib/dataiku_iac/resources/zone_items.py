"""Which zone an object of the flow is in. Datasets, recipes and folders say it; zones never list their items.

Facts (api-flow.md §9.1): an object is in exactly one zone; what no zone lists is in ``default``. PUT of a zone ignores
``items`` [seen], so membership is written by POST of the object to its zone. Editions without zones answer 404 [seen].
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from dataiku_iac.core.address import Address
from dataiku_iac.core.canonical import JsonObject, is_list, is_object
from dataiku_iac.core.errors import ObjectMissing
from dataiku_iac.core.fields import Field
from dataiku_iac.core.mentions import Mention
from dataiku_iac.core.resource import Reference, Relation
from dataiku_iac.core.roles import NodeApi, NodeReader
from dataiku_iac.resources.answers import api_path, object_answer, object_list

__all__ = [
    "DATASET",
    "DEFAULT_ZONE",
    "FOLDER",
    "RECIPE",
    "ZONE_FIELD",
    "ZONE_MENTION",
    "ZoneOf",
    "is_in_zone",
    "list_zones",
    "move_to_zone",
    "read_zone_of",
    "zone_references",
]

DATASET: Final = "DATASET"
FOLDER: Final = "MANAGED_FOLDER"
RECIPE: Final = "RECIPE"

DEFAULT_ZONE: Final = "default"
"""Id of the zone that every project has, whatever its display name [seen]."""

ZONE_FIELD: Final = Field(default=DEFAULT_ZONE)
"""Row of the part ``zone``."""

ZONE_MENTION: Final = Mention("zone", "zone")


@dataclass(frozen=True, slots=True)
class ZoneOf:
    """Looks up the zone id of objects of one project."""

    by_object: Mapping[tuple[str, str], str]

    def __call__(self, object_type: str, object_id: str) -> str:
        """Return e.g. ``"mA1AoA0"`` for ``("DATASET", "ORDERS")``, or ``default``."""
        return self.by_object.get((object_type, object_id), DEFAULT_ZONE)


def zone_references(spec: JsonObject, address: Address) -> Sequence[Reference]:
    """Return the reference of a spec to its zone; the default zone is always there."""
    zone = spec.get("zone")
    if not isinstance(zone, str) or not zone or zone == DEFAULT_ZONE:
        return ()
    return (Reference(Address("zone", address.project, zone), Relation.NEEDS, "zone"),)


def list_zones(api: NodeReader, project: str) -> Sequence[JsonObject]:
    """Return the zones of ``project`` as the node gives them; none if its edition has no zones."""
    try:
        answer = api.get(api_path("projects", project, "flow", "zones"))
    except ObjectMissing:
        return ()  # a missing project is a 401, never a 404 [seen]; so this is the edition
    return object_list(answer, f"zones of {project}")


def read_zone_of(api: NodeReader, project: str) -> ZoneOf:
    """Return the zones of all objects of ``project`` with one call."""
    found: dict[tuple[str, str], str] = {}
    for zone in list_zones(api, project):
        items = zone.get("items")
        for item in items if is_list(items) else ():
            if isinstance(item, Mapping) and item.get("projectKey", project) == project:
                found[str(item.get("objectType")), str(item.get("objectId"))] = str(zone.get("id"))
    return ZoneOf(found)


def is_in_zone(api: NodeReader, project: str, zone_id: str, object_type: str, object_id: str) -> bool:
    """Tell whether a zone lists an object; one that does is the zone it is in. The default zone never lists its items [seen].

    Asks that zone only: the list of all zones holds every object of the project.
    """
    if zone_id == DEFAULT_ZONE:
        return False
    try:
        zone = object_answer(api.get(api_path("projects", project, "flow", "zones", zone_id)), f"zone {zone_id}")
    except ObjectMissing:
        return False
    items = zone.get("items")
    return any(
        item.get("objectId") == object_id
        and item.get("objectType") == object_type
        and item.get("projectKey", project) == project
        for item in (items if is_list(items) else ())
        if is_object(item)
    )


def move_to_zone(api: NodeApi, project: str, zone_id: str, object_type: str, object_id: str) -> None:
    """Put an object into a zone; it leaves the one it was in. DSS also moves the recipe that writes a dataset [seen]."""
    item = {"objectId": object_id, "objectType": object_type}  # this order: clients compare the text [client]
    api.post(api_path("projects", project, "flow", "zones", zone_id, "add-items"), [item])
