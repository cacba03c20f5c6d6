"""The rules that all families share: whole-document saves, identity beside the file, version tags, cascades.

Source: api-flow.md 3, object-shapes.md 1, 4, 15.2, 16.
"""

from typing import TYPE_CHECKING

from emulator.datasets.store import check_version
from emulator.errors import not_found
from emulator.families.family import Context, Family
from emulator.flow.references import forget_object
from emulator.json_text import JsonObject
from emulator.projects.project import Project
from emulator.rights import Caller

if TYPE_CHECKING:
    from emulator.world import World

__all__ = ["FamilyStore"]

_IDENTITY = ("projectKey", "id", "versionTag", "creationTag")


class FamilyStore:
    """The calls on one family of one project, for one caller."""

    def __init__(self, world: "World", project: Project, caller: Caller, family: Family) -> None:
        self.family = family
        self.context = Context(world, project, caller)
        self._documents = project.family(family.folder, family.tag_kind)

    def of(self, project: Project) -> "FamilyStore":
        """Return the store of the same family in another project."""
        return FamilyStore(self.context.world, project, self.context.caller, self.family)

    def listing(self) -> list[JsonObject]:
        """Return list items: full objects, or heads where the family has them."""
        held = [object_id for object_id, stored in self._documents.items() if self.family.holds(stored)]
        found = [self.view(object_id) for object_id in sorted(held)]
        return found if self.family.head is None else [self.family.head(document) for document in found]

    def view(self, object_id: str) -> JsonObject:
        """Return the full object with its identity; raises 404 if there is none."""
        self.stored(object_id)
        shown = self._documents.typed(object_id, self.context.world.profile.typing, self._typed)
        tag = self._documents.version_tag(object_id)
        document = {
            "projectKey": self.context.project.key,
            "id": object_id,
            **{key: value for key, value in shown.items() if key not in ("projectKey", "id", "versionTag")},
            **({} if tag is None else {"versionTag": tag}),
        }
        return self.family.show(self.context, object_id, document)

    def create(self, body: JsonObject) -> str:
        """Store a new object and return its id."""
        object_id = self.family.new_id(self.context, self.family, body)
        document = self.family.prepare(self.context, body)
        self._documents.create(object_id, self._typed(_without_identity(document)), self.context.caller.identity)
        return object_id

    def save(self, object_id: str, body: JsonObject) -> None:
        """Replace an object as a whole: what the body lacks gets its default, what the class does not know is dropped [seen]."""
        stored = self.stored(object_id)
        check_version(self.context.world, body, self._documents.version_tag(object_id))
        given = self.family.save(self.context, stored, body)
        kept = {key: stored[key] for key in ("creationTag", *self.family.fixed) if key in stored}
        self.put(object_id, {**_without_identity(given), **kept})

    def put(self, object_id: str, document: JsonObject) -> None:
        """Store ``document`` in the place of an object, typed, with a stepped tag."""
        self._documents.save(object_id, self._typed(document), self.context.caller.identity)

    def delete(self, object_id: str) -> None:
        """Remove an object, and what cannot be without it."""
        self.stored(object_id)
        self._documents.delete(object_id)
        identity, project = self.context.caller.identity, self.context.project
        drops = (
            self.family.delete_drops_recipes or self.context.world.profile.computable_delete_cascade == "drop_recipes"
        )
        forget_object(project, self.family.tag_kind, object_id, identity, drop_recipes=drops)
        self.family.after_delete(self.context, object_id)

    def exists(self, object_id: str) -> bool:
        """Return whether there is an object of that id."""
        stored = self._documents.get(object_id)
        return stored is not None and self.family.holds(stored)

    def stored(self, object_id: str) -> JsonObject:
        """Return the document as it lies in its file (not to be changed); raises 404 if there is none."""
        stored = self._documents.get(object_id)
        if stored is None or not self.family.holds(stored):
            raise not_found(f"{self.family.what} does not exist: {self.context.project.key}.{object_id}")
        return stored

    def _typed(self, document: JsonObject) -> JsonObject:
        profile = self.context.world.profile
        return self.family.shape.apply(document, keep_unknown=profile.keep_unknown_fields, version=profile.version)


def _without_identity(body: JsonObject) -> JsonObject:
    return {key: value for key, value in body.items() if key not in _IDENTITY}
