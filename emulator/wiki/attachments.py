"""What is attached to an article: uploaded files, and links to objects of the project. Source: api-flow.md 12, object-shapes.md 13.

Files lie with the uploads of the project, so that an export takes them along if it takes uploads [inferred: their place is unknown].
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from emulator.errors import illegal_argument, not_found
from emulator.json_text import JsonObject
from emulator.projects.project import Project
from emulator.rights import Caller

if TYPE_CHECKING:
    from emulator.world import World

__all__ = ["Attachments"]

_ID_LENGTH: Final = 12  # [inferred]
_FILE: Final = "FILE"
_NAMED: Final[Mapping[str, str]] = {
    "DASHBOARD": "dashboards",
    "INSIGHT": "insights",
    "WEB_APP": "web_apps",
    "MANAGED_FOLDER": "managed_folders",
    "SAVED_MODEL": "saved_models",
    "SCENARIO": "scenarios",
    "ARTICLE": "wiki/articles",
}
"""Types whose objects have a name beside their id -> folder."""


class Attachments:
    """The attachments of the articles of one project."""

    def __init__(self, world: "World", project: Project) -> None:
        self._world = world
        self._project = project
        # A dataset may not have this name, so its uploads lie elsewhere.
        self._disk = world.disk.sub(f"uploads/{project.key}/@wiki")

    def keep(self, article_id: str, filename: str, content: bytes, caller: Caller) -> JsonObject:
        """Store an uploaded file and return the entry for the article."""
        if not filename or "/" in filename or filename in (".", ".."):
            raise illegal_argument(f"Invalid file name: {filename}")
        upload_id = self._world.ids.draw(_ID_LENGTH)
        self._disk.write(f"{article_id}/{upload_id}/{filename}", content)
        details = {"objectDisplayName": filename, "size": len(content)}
        return self._attached({"attachmentType": _FILE, "smartId": upload_id, "details": details}, caller)

    def read(self, article_id: str, upload_id: str) -> tuple[str, bytes]:
        """Return name and content of an uploaded file; raises 404 if the article has none of that id."""
        try:
            files = list(self._disk.files(f"{article_id}/{upload_id}")) if upload_id else []
        except ValueError:
            files = []
        if not files:
            raise not_found(f"Upload does not exist: {upload_id}")
        return files[0].rpartition("/")[2], self._disk.read(files[0]) or b""

    def completed(self, given: Any, before: list[Any], caller: Caller) -> Any:
        """Return the entries of a PUT with what the server adds to new ones: display data, who attached them and when [seen]."""
        if not isinstance(given, list):
            return given
        known = [_identity(entry) for entry in before]
        return [entry if _identity(entry) in known else self._new(entry, caller) for entry in given]

    def forget(self, article_id: str) -> None:
        """Remove the files of a deleted article."""
        self._disk.delete(article_id)

    def _new(self, entry: Any, caller: Caller) -> JsonObject:
        if not isinstance(entry, dict) or not entry.get("smartId"):
            raise illegal_argument(f"Invalid attachment: {entry}")
        if entry.get("attachmentType") == _FILE:
            return self._attached(entry, caller)
        kind, object_id = str(entry.get("taggableType")), str(entry["smartId"])
        stored = self._project.family(_NAMED[kind], kind).get(object_id) if kind in _NAMED else None
        details = {"objectDisplayName": (stored or {}).get("name") or object_id}
        return self._attached({**entry, "details": details}, caller)

    def _attached(self, entry: JsonObject, caller: Caller) -> JsonObject:
        user = self._world.users.get(caller.login or "") or {}
        details = {**(entry.get("details") or {}), "userDisplayName": user.get("displayName") or caller.identity}
        now = self._world.clock.now_ms()
        return {**entry, "details": details, "attachedBy": caller.identity, "attachedOn": now}


def _identity(entry: Any) -> Any:
    if not isinstance(entry, dict):
        return entry
    return (entry.get("attachmentType"), entry.get("taggableType"), entry.get("smartId"))
