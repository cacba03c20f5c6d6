"""Project folders and where projects lie. Source: api-projects-scenarios-deployer.md 3.9.

The root is implicit: it has no file, no settings, and holds every project and folder that no other folder names.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from emulator.errors import illegal_argument, not_found, unauthorized
from emulator.json_text import JsonObject
from emulator.registers import Register
from emulator.rights import Caller
from emulator.shapes import Shape, items_of, optional, value

if TYPE_CHECKING:
    from emulator.world import World

__all__ = ["ROOT", "ProjectFolders"]

ROOT: Final = "ROOT"
READ: Final = "read"
WRITE_CONTENTS: Final = "writeContents"
ADMIN: Final = "admin"
_ID_LENGTH: Final = 7  # "short" [client]; the length is [inferred] from the other ids of the node
_PROPOSED: Final = "Sandbox"
_IMPLIED: Final[Mapping[str, frozenset[str]]] = {
    ADMIN: frozenset({ADMIN, WRITE_CONTENTS, READ}),
    WRITE_CONTENTS: frozenset({WRITE_CONTENTS, READ}),
    READ: frozenset({READ}),
}
_PERMISSION: Final = Shape(
    "ProjectFolderPermission",
    {"group": optional(), "read": value(False), "writeContents": value(False), "admin": value(False)},
)
_SETTINGS: Final = Shape(
    "ProjectFolderSettings", {"name": optional(), "owner": optional(), "permissions": items_of(_PERMISSION)}
)


class ProjectFolders:
    """The folders of one node: id -> ``{name, owner, permissions, parentId}``, and project key -> folder id."""

    def __init__(self, world: "World") -> None:
        self._world = world
        self._folders = Register(world.disk, "config/project-folders.json")
        self._places = Register(world.disk, "config/project-places.json")

    def view(self, folder_id: str, caller: Caller) -> JsonObject:
        """Return a folder as its caller sees it: children and projects that they may read."""
        self._judge(folder_id, caller, READ)
        children = [
            child
            for child, document in sorted(self._folders.items())
            if document["parentId"] == folder_id and READ in self._rights(child, caller)
        ]
        projects = [
            project.key
            for project in self._world.projects.values()
            if self.folder_of(project.key) == folder_id
            and "readProjectContent" in caller.flags_on(project.key, project.params)
        ]
        own: JsonObject = {}
        if folder_id != ROOT:
            document = self._folders[folder_id]
            own = {"name": document["name"], "parentId": document["parentId"], "owner": document["owner"]}
        return {"id": folder_id, **own, "childrenIds": children, "projectKeys": sorted(projects)}

    def create(self, parent_id: str, name: str | None, caller: Caller) -> JsonObject:
        """Make a folder below ``parent_id``, owned by the caller; names may repeat [seen]."""
        self._judge(parent_id, caller, WRITE_CONTENTS)
        if not name or not name.strip():
            raise illegal_argument("Missing mandatory argument: name")
        folder_id = self._world.ids.draw(_ID_LENGTH, taken=self._folders)
        folder = {"name": name, "owner": caller.identity, "permissions": [], "parentId": parent_id}
        self._folders.put(folder_id, folder)
        return self.view(folder_id, caller)

    def settings(self, folder_id: str, caller: Caller) -> JsonObject:
        """Return name, owner and permissions, to administrators of the folder [doc]."""
        self._judge(folder_id, caller, ADMIN)
        return _SETTINGS.apply(self._own(folder_id))

    def save_settings(self, folder_id: str, body: JsonObject, caller: Caller) -> None:
        """Replace name, owner and permissions."""
        self._judge(folder_id, caller, ADMIN)
        given = _SETTINGS.apply(body, keep_unknown=self._world.profile.keep_unknown_fields)
        before = self._own(folder_id)
        if not isinstance(given.get("name"), str) or not given["name"].strip():
            raise illegal_argument("Missing mandatory argument: name")
        owner = given.get("owner", before["owner"])
        if owner != before["owner"] and owner not in self._world.users:  # a key without a user owns what it made [seen]
            raise illegal_argument(f"User does not exist: {owner}")
        self._folders.put(folder_id, {**given, "owner": owner, "parentId": before["parentId"]})

    def delete(self, folder_id: str, caller: Caller) -> None:
        """Delete an empty folder; what its caller does not see counts too."""
        self._judge(folder_id, caller, ADMIN)
        self._own(folder_id)
        has_children = any(document["parentId"] == folder_id for document in self._folders.values())
        if has_children or any(self.folder_of(key) == folder_id for key in self._world.projects):
            raise illegal_argument(f"Project folder is not empty: {folder_id}")
        self._folders.delete(folder_id)

    def move(self, folder_id: str, destination: str | None, caller: Caller) -> None:
        """Move a folder with all it holds; not below itself [doc]."""
        self._judge(folder_id, caller, ADMIN)
        document = self._own(folder_id)
        target = self._destination(destination, caller)
        above: str | None = target
        while above is not None:
            if above == folder_id:
                raise illegal_argument(f"Cannot move project folder {folder_id} into itself or one of its children")
            above = self._folders[above]["parentId"] if above != ROOT else None
        self._folders.put(folder_id, {**document, "parentId": target})

    def move_project(self, folder_id: str, key: str, destination: str | None, caller: Caller) -> None:
        """Move a project out of ``folder_id``, which must be where it lies."""
        self._existing(folder_id)
        if self.folder_of(key) != folder_id:
            raise illegal_argument(f"Project {key} is not in project folder {folder_id}")
        self.place(key, self._destination(destination, caller))

    def folder_of(self, key: str) -> str:
        """Return the folder that a project lies in."""
        place = str((self._places.get(key) or {}).get("folderId"))
        return place if place in self._folders else ROOT

    def default_for_creation(self, folder_id: str, caller: Caller) -> JsonObject:
        """Return the folder that is proposed for new projects: a child "Sandbox" [doc], else the folder itself [inferred]."""
        self._judge(folder_id, caller, READ)
        for child, document in sorted(self._folders.items()):
            is_proposed = document["parentId"] == folder_id and document["name"] == _PROPOSED
            if is_proposed and WRITE_CONTENTS in self._rights(child, caller):
                return self.view(child, caller)
        return self.view(folder_id, caller)

    def judge_creation(self, folder_id: str, caller: Caller) -> None:
        """Refuse unless the caller may make projects in the folder."""
        self._judge(folder_id, caller, WRITE_CONTENTS)

    def place(self, key: str, folder_id: str) -> None:
        """Note where a project lies; the root is the absence of a note."""
        if folder_id != ROOT:
            self._places.put(key, {"folderId": folder_id})
        elif key in self._places:
            self._places.delete(key)

    def _destination(self, destination: str | None, caller: Caller) -> str:
        if not destination:
            raise illegal_argument("Missing mandatory argument: destination")
        self._judge(destination, caller, WRITE_CONTENTS)
        return destination

    def _judge(self, folder_id: str, caller: Caller, right: str) -> None:
        self._existing(folder_id)
        if right not in self._rights(folder_id, caller):
            raise unauthorized(f"You do not have the permission to do this on project folder {folder_id}: {right}")

    def _rights(self, folder_id: str, caller: Caller) -> frozenset[str]:
        """Return the caller's rights: all for administrators and the owner, else what groups grant and what that implies."""
        if caller.is_admin:
            return _IMPLIED[ADMIN]
        if folder_id == ROOT:
            return _IMPLIED[WRITE_CONTENTS if "mayWriteInRootProjectFolder" in caller.abilities else READ]
        document = self._folders[folder_id]
        if caller.login is not None and document["owner"] == caller.login:
            return _IMPLIED[ADMIN]
        entries: list[Any] = [entry for entry in document["permissions"] if entry.get("group") in caller.groups]
        return frozenset().union(*(_IMPLIED[right] for entry in entries for right in _IMPLIED if entry.get(right)))

    def _own(self, folder_id: str) -> JsonObject:
        """Return the stored folder; the root has no settings and stays where it is [inferred]."""
        if folder_id == ROOT:
            raise illegal_argument("This is not possible on the root project folder")
        return self._folders[folder_id]

    def _existing(self, folder_id: str) -> None:
        if folder_id != ROOT and folder_id not in self._folders:
            raise not_found(f"Project folder does not exist: {folder_id}")
