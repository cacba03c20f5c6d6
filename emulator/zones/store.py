"""Flow zones. Source: api-flow.md 9.1, object-shapes.md 11, 16.

Zones have neither version nor creation tag. The default zone is implicit: its file appears with the first other zone, never
lists items, and an object that no zone lists is in it.
"""

from typing import TYPE_CHECKING, Any, Final

from emulator.disk import name_act
from emulator.errors import illegal_argument, not_found
from emulator.fragments import CHECKLISTS
from emulator.json_text import JsonObject
from emulator.projects.project import Project
from emulator.recipes.files import RecipeFiles
from emulator.shapes import Shape, items_of, nested, optional, sorted_set, value

if TYPE_CHECKING:
    from emulator.world import World

__all__ = ["DEFAULT", "ZONE", "ZoneStore"]

DEFAULT: Final = "default"
# The order of these keys counts: the official client compares items as text.
_ITEM: Final = Shape("ZoneItem", {"projectKey": optional(), "objectId": optional(), "objectType": optional()})
ZONE: Final = Shape(
    "Zone",
    {
        "name": optional(),
        "color": value("#2ab1ac"),
        "items": items_of(_ITEM),
        "shared": items_of(_ITEM),
        "shortDesc": optional(),
        "description": optional(),
        "tags": sorted_set(),
        "customFields": value({}),
        "checklists": nested(CHECKLISTS),
        "position": value({}, since=(13, 3)),
    },
)
_MEMBERSHIP: Final = ("items", "shared")
_OBJECT_FAMILIES: Final = {
    "DATASET": ("datasets", "DATASET"),
    "RECIPE": ("recipes", "RECIPE"),
    "MANAGED_FOLDER": ("managed_folders", "MANAGED_FOLDER"),
    "SAVED_MODEL": ("saved_models", "SAVED_MODEL"),
    "MODEL_EVALUATION_STORE": ("model_evaluation_stores", "MODEL_EVALUATION_STORE"),
    "RETRIEVABLE_KNOWLEDGE": ("knowledge-banks", "RETRIEVABLE_KNOWLEDGE"),
    "LABELING_TASK": ("labeling_tasks", "LABELING_TASK"),
    "STREAMING_ENDPOINT": ("streaming_endpoints", "STREAMING_ENDPOINT"),
}


class ZoneStore:
    """The zone calls on one project."""

    def __init__(self, world: "World", project: Project) -> None:
        self._world = world
        self._project = project
        self._family = project.family("zones", None)

    def listing(self) -> list[JsonObject]:
        """Return all zones with their items, the default zone first."""
        others = sorted(zone_id for zone_id in self._family if zone_id != DEFAULT)
        is_hidden = (
            not others and self._world.profile.zone_list_without_zones == "empty" and DEFAULT not in self._family
        )
        return [self.view(zone_id) for zone_id in ([] if is_hidden else [DEFAULT]) + others]

    def view(self, zone_id: str) -> JsonObject:
        """Return one zone; ``default`` is there even if no zone was ever made [client]."""
        shown = {"id": zone_id, **self._typed(zone_id)}
        if zone_id == DEFAULT and self._world.profile.default_zone_lists_items:
            shown["items"] = self.implicit_items()
        return shown

    def create(self, body: JsonObject, caller_identity: str) -> JsonObject:
        """Make a zone under a random id; names may repeat [inferred]."""
        name = body.get("name")
        if not isinstance(name, str) or not name.strip():
            raise illegal_argument("Missing mandatory argument: name")
        if DEFAULT not in self._family:
            self._family.save(DEFAULT, self._apply(_default_zone()), caller_identity)
        zone_id = self._world.ids.draw(7, taken=self._family)
        given = {key: item for key, item in body.items() if key not in _MEMBERSHIP}
        self._family.save(zone_id, self._apply(given), caller_identity)
        return self.view(zone_id)

    def save(self, zone_id: str, body: JsonObject, identity: str) -> None:
        """Replace a zone; ``items`` and ``shared`` of the body are ignored [seen]."""
        stored = self._stored(zone_id)
        given = {key: item for key, item in body.items() if key not in _MEMBERSHIP}
        kept = {key: stored.get(key) or [] for key in _MEMBERSHIP}
        self._family.save(zone_id, self._apply({**given, **kept}), identity)

    def delete(self, zone_id: str) -> None:
        """Remove a zone; its items fall back to the default zone, which itself stays [inferred]."""
        if zone_id == DEFAULT:
            raise illegal_argument("The default zone cannot be deleted")
        self._stored(zone_id)
        self._family.delete(zone_id)

    def add_items(self, zone_id: str, refs: list[Any], identity: str, *, alone: bool = False) -> JsonObject:
        """Move objects into a zone (each leaves the one it was in) and return the zone; ``alone``: no recipe follows its dataset."""
        self._stored(zone_id)
        moved = [self._checked_ref(ref) for ref in refs]
        if self._world.profile.moved_dataset_takes_recipe and not alone:
            moved += [recipe for ref in moved if (recipe := self._producer(ref)) is not None and recipe not in moved]
        name_act(f"Moved {len(moved)} items to zone: {zone_id}")
        for other in list(self._family):
            zone = self._typed(other)
            if other != zone_id or other == DEFAULT:
                kept = [item for item in zone["items"] if item not in moved]
                if len(kept) < len(zone["items"]):
                    self._save_typed(other, {**zone, "items": kept}, identity)
        if zone_id != DEFAULT:
            zone = self._typed(zone_id)
            new = [ref for ref in moved if ref not in zone["items"]]
            self._save_typed(zone_id, {**zone, "items": zone["items"] + new}, identity)
        return self.view(zone_id)

    def share(self, zone_id: str, ref: JsonObject, identity: str) -> JsonObject:
        """Show an object in a further zone."""
        zone, item = self._stored(zone_id), self._checked_ref(ref)
        shared = zone.get("shared") or []
        if item not in shared:
            self._family.save(zone_id, self._apply({**zone, "shared": [*shared, item]}), identity)
        return self.view(zone_id)

    def unshare(self, zone_id: str, kind: str, object_id: str, identity: str) -> JsonObject:
        """Take an object out of a further zone again."""
        zone = self._stored(zone_id)
        kept = [
            item for item in zone.get("shared") or () if (item["objectType"], item["objectId"]) != (kind, object_id)
        ]
        self._family.save(zone_id, {**zone, "shared": kept}, identity)
        return self.view(zone_id)

    def zone_of(self, kind: str, object_id: str) -> str:
        """Return the zone that an object is in."""
        for zone_id, zone in self._family.items():
            if any((item["objectType"], item["objectId"]) == (kind, object_id) for item in zone.get("items") or ()):
                return zone_id
        return DEFAULT

    def place(self, kind: str, object_id: str, zone_id: str, identity: str) -> None:
        """Put a new object into a zone without moving anything else."""
        if zone_id != DEFAULT and self.zone_of(kind, object_id) != zone_id:
            zone = self._stored(zone_id)
            item = {"objectId": object_id, "objectType": kind}
            self._family.save(zone_id, {**zone, "items": [*(zone.get("items") or []), item]}, identity)

    def implicit_items(self) -> list[JsonObject]:
        """Return what is in no other zone."""
        listed = {
            (item["objectType"], item["objectId"])
            for _, zone in self._family.items()
            for item in zone.get("items") or ()
        }
        return [
            {"objectId": object_id, "objectType": kind}
            for kind, (folder, family_kind) in _OBJECT_FAMILIES.items()
            for object_id in sorted(self._project.family(folder, family_kind))
            if (kind, object_id) not in listed
        ]

    def _stored(self, zone_id: str) -> JsonObject:
        stored = self._family.get(zone_id)
        if stored is not None:
            return stored
        if zone_id == DEFAULT:
            return _default_zone()
        raise not_found(f"Zone does not exist: {self._project.key}.{zone_id}")

    def _checked_ref(self, ref: Any) -> JsonObject:
        """Return a reference as it is stored: local ones without ``projectKey``, keys in the order of the class [seen]."""
        if not isinstance(ref, dict) or ref.get("objectType") not in _OBJECT_FAMILIES or not ref.get("objectId"):
            raise illegal_argument(f"Invalid object reference: {ref}")
        item = {"objectId": ref["objectId"], "objectType": ref["objectType"]}
        if ref.get("projectKey") not in (None, self._project.key):
            return {"projectKey": ref["projectKey"], **item}
        folder, kind = _OBJECT_FAMILIES[ref["objectType"]]
        if ref["objectId"] not in self._project.family(folder, kind):
            raise not_found(f"{ref['objectType']} does not exist: {self._project.key}.{ref['objectId']}")
        return item

    def _producer(self, ref: JsonObject) -> JsonObject | None:
        if ref["objectType"] != "DATASET":
            return None
        for name, head in self._project.state_of(RecipeFiles).heads.items():
            outputs = [item["ref"] for role in (head.get("outputs") or {}).values() for item in role.get("items") or ()]
            if ref["objectId"] in outputs:
                return {"objectId": name, "objectType": "RECIPE"}
        return None

    def _typed(self, zone_id: str) -> JsonObject:
        """Return the zone as the server reads it; shared, so not to be changed. Zones can hold thousands of items."""
        if zone_id not in self._family:
            return self._apply(self._stored(zone_id))
        return self._family.typed(zone_id, self._world.profile.typing, self._apply)

    def _save_typed(self, zone_id: str, zone: JsonObject, identity: str) -> None:
        self._family.save(zone_id, zone, identity, typed_in=self._world.profile.typing)

    def _apply(self, zone: JsonObject) -> JsonObject:
        profile = self._world.profile
        return ZONE.apply(zone, keep_unknown=profile.keep_unknown_fields, version=profile.version)


def _default_zone() -> JsonObject:
    return {"name": "Default", "color": "#D1D8DA"}
