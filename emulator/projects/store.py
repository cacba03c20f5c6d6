"""Projects: creation, deletion, and the calls that ``params.json`` is split over.

Source: api-projects-scenarios-deployer.md 3, object-shapes.md 4, 5, api-flow.md 14.
"""

import re
from typing import TYPE_CHECKING, Any, Final

from emulator.errors import illegal_argument, null_pointer, unauthorized
from emulator.json_text import JsonObject, dump_pretty
from emulator.metrics.points import forget_measurements
from emulator.projects.errors import bad_project_key, missing_argument
from emulator.projects.project import Project
from emulator.projects.shapes import METADATA, PARAMS, PERMISSION_KEYS, PERMISSIONS, SETTINGS_SERVER_OWNED, VARIABLES
from emulator.rights import Caller, flags_of

if TYPE_CHECKING:
    from emulator.world import World

__all__ = ["ProjectStore", "check_new_key"]

_KEY: Final = re.compile(r"[A-Za-z0-9_]+")
_NEEDED_IN_SETTINGS: Final = ("settings", "exposedObjects")
_TODO: Final = ("Create the project", "Set a project image", "Write a description of the project", "Organize your work")
_EXTERNAL_LIBRARIES: Final = {
    "gitReferences": {},
    "pythonPath": ["python"],
    "rsrcPath": ["R"],
    "importLibrariesFromProjects": [],
}


def check_new_key(world: "World", key: str) -> None:
    """Raise ``ERR_PROJECT_INVALID_PROJECT_KEY`` for a key that is malformed or taken."""
    if not _KEY.fullmatch(key):
        raise bad_project_key(f"Invalid project key: '{key}': only letters, digits and underscores are allowed")
    if key in world.projects:
        raise bad_project_key(f"Invalid project key: project {key} already exists")


class ProjectStore:
    """The project calls on one world."""

    def __init__(self, world: "World") -> None:
        self._world = world

    def create(self, body: JsonObject, caller: Caller) -> Project:
        """Make a project with its default dashboard, as the creation commit of a real one shows."""
        key, name, owner = (_text_of(body, field) for field in ("projectKey", "name", "owner"))
        check_new_key(self._world, key)
        if owner not in self._world.users:
            raise illegal_argument(f"User does not exist: {owner}")
        for field in ("tags", "permissions"):
            if field in body and body[field] is None:
                raise null_pointer()  # null lists are not accepted [seen]
        now = self._world.clock.now_ms()
        given: JsonObject = {
            **_fresh(self._world, name, caller.identity, now),
            **{field: body[field] for field in ("description", "tags", "permissions", "settings") if body.get(field)},
            "owner": owner,
        }
        self._place(key, PARAMS.apply(given, version=self._world.profile.version), name)
        project = self._world.open_project(key)
        project.tags.bump(project.tag_key, caller.identity)
        project.note_tags(project.params.get("tags") or ())
        return project

    def delete(self, key: str) -> None:
        """Remove a project with all its objects; data of datasets and folders is the caller's business."""
        del self._world.projects[key]
        disk, aside = self._world.disk, f"tmp/{self._world.ids.draw(16)}"
        disk.rename(f"config/projects/{key}", aside)  # one step, so that a kill leaves the project whole or gone
        disk.delete(aside)
        disk.delete(f"exports/{key}")
        disk.delete(f"uploads/{key}/@wiki")
        forget_measurements(self._world, key)
        for folder in (
            "saved_models",
            "model_evaluation_stores",
        ):  # nothing keeps versions and evaluations without their heads
            disk.delete(f"{folder}/{key}")

    def summary(self, project: Project, caller: Caller) -> JsonObject:
        """Return the list item of a project [seen]."""
        del caller
        params = project.params
        summary: JsonObject = {
            "projectKey": project.key,
            "name": params.get("name") or project.key,
            "shortDesc": params.get("shortDesc"),
            "ownerLogin": params.get("owner"),
            "projectStatus": params.get("projectStatus"),
            "projectType": params.get("projectType") or "REGULAR",
            "projectAppType": params.get("projectAppType") or "REGULAR",
            "tutorialProject": bool(params.get("tutorialProject")),
            "tags": sorted(params.get("tags") or ()),
            "versionTag": project.tags.get(project.tag_key),
            "creationTag": params.get("creationTag"),
            "activeBundleState": project.disk.read_json("active-bundle.json")
            if self._world.kind == "automation"
            else None,
        }
        return {name: value for name, value in summary.items() if value is not None}

    def settings(self, project: Project) -> JsonObject:
        """Return the settings: all of ``params.json`` but permissions, with today's defaults filled in."""
        shown = self._apply({**project.params, "projectKey": project.key})
        tag = project.tags.get(project.tag_key)
        if tag is not None:
            shown["versionTag"] = tag
        return {name: value for name, value in shown.items() if name not in PERMISSION_KEYS}

    def save_settings(self, project: Project, body: JsonObject, caller: Caller) -> None:
        """Replace the settings; a partial body is the server's NullPointerException [seen]."""
        if any(not isinstance(body.get(needed), dict) for needed in _NEEDED_IN_SETTINGS):
            raise null_pointer()
        before = project.params
        kept = {name: before[name] for name in SETTINGS_SERVER_OWNED if name in before}
        given = {name: value for name, value in body.items() if name not in SETTINGS_SERVER_OWNED}
        project.save_params(self._apply({**given, **kept}), caller.identity)

    def metadata(self, project: Project) -> JsonObject:
        """Return label, texts, tags, checklists, custom fields."""
        params = project.params
        return METADATA.apply({**params, "label": params.get("name"), "customMeta": None})

    def save_metadata(self, project: Project, body: JsonObject, caller: Caller) -> None:
        """Replace the metadata as a whole: what is missing in ``body`` is emptied."""
        given = METADATA.apply(body)
        label = given.pop("label", None)
        given.pop("customMeta")
        kept = {name: value for name, value in project.params.items() if name not in METADATA.fields}
        if label is not None:
            kept["name"] = label
        project.save_params(self._apply({**kept, **given}), caller.identity)

    def permissions(self, project: Project) -> JsonObject:
        """Return owner and permission entries, each with every flag."""
        return PERMISSIONS.apply(project.params, version=self._world.profile.version)

    def save_permissions(self, project: Project, body: JsonObject, caller: Caller) -> None:
        """Replace the permissions; nobody can grant what they lack [doc]."""
        profile = self._world.profile
        given = PERMISSIONS.apply(body, keep_unknown=profile.keep_unknown_fields, version=profile.version)
        mine = caller.flags_on(project.key, project.params)
        owner = given.get("owner") or project.params.get("owner")
        before = project.params.get("permissions") or []
        for entry in given["permissions"]:
            if "admin" not in mine and entry not in before and not flags_of(entry) <= mine:
                raise unauthorized("You may not grant permissions that you do not have")
        if owner != project.params.get("owner") and "admin" not in mine:
            raise unauthorized("Only an administrator of the project may change its owner")
        project.save_params({**project.params, **given, "owner": owner}, caller.identity)

    def variables(self, project: Project) -> JsonObject:
        """Return ``{"standard": {...}, "local": {...}}``; files that are missing count as empty."""
        return {
            "standard": project.disk.read_json("variables.json") or {},
            "local": project.disk.read_json("localvariables.json") or {},
        }

    def save_variables(self, project: Project, body: JsonObject) -> None:
        """Replace both maps; key order is kept [seen]. Variables have no version tag."""
        given = VARIABLES.apply(body)
        project.disk.write_json("variables.json", given["standard"])
        project.disk.write_json("localvariables.json", given["local"])

    def resolved_variables(self, project: Project, *, typed: bool) -> JsonObject:
        """Return the effective variables: local over standard; as texts unless ``typed``."""
        variables = self.variables(project)
        merged = {"projectKey": project.key, **variables["standard"], **variables["local"]}
        return merged if typed else {name: _as_text(value) for name, value in merged.items()}

    def timeline(self, project: Project, count: int) -> JsonObject:
        """Return who touched what last, read from the version tags."""
        touched = sorted(project.tags.items(), key=lambda entry: -int(entry[1].get("lastModifiedOn") or 0))
        creation = project.params.get("creationTag") or {}
        latest = touched[0][1] if touched else creation
        logins = sorted({_login(tag) for _, tag in touched} - {""})
        return {
            "allContributors": [{"login": login, "displayName": login} for login in logins],
            "items": [
                {
                    "objectType": key.partition(".")[0],
                    "objectId": key.partition(".")[2],
                    "action": "CREATE" if tag.get("versionNumber") == 0 else "EDIT",
                    "user": _login(tag),
                    "time": tag.get("lastModifiedOn"),
                }
                for key, tag in touched[:count]
            ],
            "createdBy": {"login": _login(creation)},
            "createdOn": creation.get("lastModifiedOn"),
            "lastModifiedBy": {"login": _login(latest)},
            "lastModifiedOn": latest.get("lastModifiedOn"),
        }

    def _apply(self, params: JsonObject) -> JsonObject:
        profile = self._world.profile
        return PARAMS.apply(params, keep_unknown=profile.keep_unknown_fields, version=profile.version)

    def _place(self, key: str, params: JsonObject, name: str) -> None:
        """Write the files of a new project aside and let it appear with one rename: half a project never survives a kill."""
        staging = f"tmp/{self._world.ids.draw(16)}"
        disk = self._world.disk
        disk.write(f"{staging}/params.json", dump_pretty({k: v for k, v in params.items() if k != "projectKey"}))
        disk.write_json(f"{staging}/lib/external-libraries.json", _EXTERNAL_LIBRARIES)
        dashboard = _default_dashboard(self._world, name, params["owner"], params["creationTag"])
        disk.write_json(f"{staging}/dashboards/{self._world.ids.draw(7)}.json", dashboard)
        disk.rename(staging, f"config/projects/{key}")


def _fresh(world: "World", name: str, identity: str, now_ms: int) -> JsonObject:
    fresh: JsonObject = {
        "name": name,
        "projectStatus": "Sandbox",
        "imgPattern": 1 + world.ids.number(9),
        "showInitials": False,
        "creationTag": {
            "versionNumber": 0,
            "lastModifiedBy": {"login": identity},
            "lastModifiedOn": now_ms,
            "extendedProperties": {},
        },
    }
    if world.profile.fresh_project_extras:
        fresh["shortDesc"] = f"The project *{name}* was created by {identity}"
        items = [{"done": False, "text": text, "createdOn": now_ms, "createdBy": identity} for text in _TODO]
        todo = {"id": world.ids.draw_hex(6), "title": "Your new project's Todo", "items": items}
        fresh["checklists"] = {"checklists": [todo]}
    return fresh


def _default_dashboard(world: "World", name: str, owner: str, creation_tag: JsonObject) -> JsonObject:
    return {
        "name": f"{name}'s default dashboard",
        "owner": owner,
        "listed": True,
        "showGrid": True,
        "columnNumber": 36,
        "tileSpacing": 8,
        "pages": [{"id": world.ids.draw(7), "showTitle": True, "show": True, "grid": {"tiles": []}}],
        "creationTag": creation_tag,
        "tags": [],
        "customFields": {},
        "checklists": {"checklists": []},
    }


def _text_of(body: JsonObject, field: str) -> str:
    text = body.get(field)
    if not isinstance(text, str) or not text.strip():
        raise missing_argument(f"Missing mandatory argument: {field}")
    return text


def _as_text(value: Any) -> str:
    return value if isinstance(value, str) else dump_pretty(value).decode()


def _login(tag: JsonObject) -> str:
    return str((tag.get("lastModifiedBy") or {}).get("login") or "")
