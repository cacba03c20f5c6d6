"""The friendly form of a project and its five parts, both ways; nothing is lost.

What has no name of its own stands below ``dss``, by part.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from dataiku_iac.core.canonical import Json, JsonObject, is_list, is_object
from dataiku_iac.core.kind import Document
from dataiku_iac.resources.checklists import expand_checklists, lean_checklists, shorten_checklists
from dataiku_iac.resources.exact_forms import shortest
from dataiku_iac.resources.exposures import expand_authorizations, shorten_authorizations
from dataiku_iac.resources.permissions import expand_permission, shorten_permission
from dataiku_iac.resources.project_places import FOLDER
from dataiku_iac.resources.project_settings_lens import expand_settings, lean_settings, shorten_settings
from dataiku_iac.resources.spec_keys import DSS_KEY, SpecKeys

__all__ = ["PARTS", "expand_project", "lean_project", "shorten_project"]

PARTS: Final = ("settings", "metadata", "variables", "permissions", "tags")
"""In the order in which they are written: the display name in the settings is a copy, so the metadata come later."""

_METADATA: Final = SpecKeys(
    {"name": "label", "short_description": "shortDesc"},
    ("description", "tags", "customFields", "customMeta", "checklists"),
)
_PERMISSIONS: Final = SpecKeys(
    {"dashboard_users": "additionalDashboardUsers", "dashboard_authorizations": "dashboardAuthorizations"},
    ("owner", "permissions"),
)
_VARIABLES: Final = SpecKeys({}, ("standard", "local"))


def expand_project(spec: JsonObject) -> Document:
    """Return the partial document, e.g. ``{"metadata": {"label": "Customers"}}`` of ``{"name": "Customers"}``."""
    beyond = spec.get(DSS_KEY)
    document: dict[str, Json] = {}
    for part in PARTS:
        declared = _EXPAND[part](spec)
        more = beyond.get(part) if is_object(beyond) else None
        if is_object(more):
            declared = _merged(declared, more)
        if declared:
            document[part] = declared
    return {**document, FOLDER: spec[FOLDER]} if FOLDER in spec else document


def shorten_project(document: Document) -> JsonObject:
    """Return the spec; the inverse of ``expand_project``."""
    spec: dict[str, Json] = {}
    beyond: dict[str, Json] = {}
    for part in PARTS:
        stored = document.get(part)
        if is_object(stored):
            shortened = _SHORTEN[part](stored)
            more = shortened.pop(DSS_KEY, None)
            if more:
                beyond[part] = more
            spec |= shortened
    if FOLDER in document:
        spec[FOLDER] = document[FOLDER]
    return {**spec, DSS_KEY: beyond} if beyond else spec


def lean_project(stripped: Document) -> Document:
    """Return a stripped document without what says nothing: names beside a mode that ignores them, the first checklist."""
    settings, metadata = stripped.get("settings"), stripped.get("metadata")
    lean = dict(stripped)
    if is_object(settings):
        lean["settings"] = lean_settings(settings)
    if is_object(metadata) and "checklists" in metadata:
        checklists = lean_checklists(metadata["checklists"])
        rest = {key: value for key, value in metadata.items() if key != "checklists"}
        lean["metadata"] = {**rest, "checklists": checklists} if checklists else rest
    return {part: value for part, value in lean.items() if value != {}}


def _merged(one: JsonObject, other: JsonObject) -> dict[str, Json]:
    """Return both objects as one, at any depth; they never speak of the same leaf."""
    result = dict(one)
    for key, value in other.items():
        mine = result.get(key)
        result[key] = _merged(mine, value) if is_object(mine) and is_object(value) else value
    return result


def _expand_metadata(spec: JsonObject) -> dict[str, Json]:
    stored = _METADATA.to_definition({key: value for key, value in spec.items() if key != DSS_KEY})
    if "checklists" in stored:
        stored["checklists"] = expand_checklists(stored["checklists"])
    return stored


def _shorten_metadata(stored: JsonObject) -> dict[str, Json]:
    spec = _METADATA.to_spec(stored)
    if "checklists" in spec:
        spec["checklists"] = shorten_checklists(spec["checklists"])
    return spec


def _expand_variables(spec: JsonObject) -> dict[str, Json]:
    variables = spec.get("variables")
    return dict(variables) if is_object(variables) else {}


def _shorten_variables(stored: JsonObject) -> dict[str, Json]:
    variables = _VARIABLES.to_spec(stored)
    more = variables.pop(DSS_KEY, None)
    spec: dict[str, Json] = {"variables": variables} if variables else {}
    return {**spec, DSS_KEY: more} if more else spec


def _expand_permissions(spec: JsonObject) -> dict[str, Json]:
    stored = _PERMISSIONS.to_definition({key: value for key, value in spec.items() if key != DSS_KEY})
    entries = stored.get("permissions")
    if is_list(entries):
        stored["permissions"] = [expand_permission(entry) if is_object(entry) else entry for entry in entries]
    return {
        key: _PERMISSION_FORMS[key][0](value) if key in _PERMISSION_FORMS else value for key, value in stored.items()
    }


def _shorten_permissions(stored: JsonObject) -> dict[str, Json]:
    short = {
        key: _PERMISSION_FORMS[key][1](value) if key in _PERMISSION_FORMS else value for key, value in stored.items()
    }
    spec = _PERMISSIONS.to_spec(short)
    entries = spec.get("permissions")
    if is_list(entries):
        spec["permissions"] = [shorten_permission(entry) if is_object(entry) else entry for entry in entries]
    return spec


def _expand_users(value: Json) -> Json:
    if is_list(value):
        return {"users": [{"login": user} if isinstance(user, str) else user for user in value]}
    return value


def _shorten_users(raw: Json) -> Json:
    users = raw.get("users") if is_object(raw) else None
    if not is_list(users) or not all(isinstance(user, str) or is_object(user) for user in users):
        return raw
    return shortest(raw, _expand_users, [[user.get("login") if is_object(user) else user for user in users], users])


def _expand_tags(spec: JsonObject) -> dict[str, Json]:
    colors = spec.get("tag_colors")
    if not is_object(colors):
        return {}
    return {"tags": {tag: {"color": color} if isinstance(color, str) else color for tag, color in colors.items()}}


def _shorten_tags(stored: JsonObject) -> dict[str, Json]:
    rest = dict(stored)
    tags = rest.pop("tags", None)
    spec: dict[str, Json] = {}
    if is_object(tags):
        spec["tag_colors"] = {tag: _shorten_tag(definition) for tag, definition in tags.items()}
    elif tags is not None:
        rest["tags"] = tags
    return {**spec, DSS_KEY: rest} if rest else spec


def _shorten_tag(definition: Json) -> Json:
    if is_object(definition) and definition.keys() == {"color"} and isinstance(definition["color"], str):
        return definition["color"]
    return definition


_PERMISSION_FORMS: Final[Mapping[str, tuple[Callable[[Json], Json], Callable[[Json], Json]]]] = {
    "additionalDashboardUsers": (_expand_users, _shorten_users),
    "dashboardAuthorizations": (expand_authorizations, shorten_authorizations),
}
"""Keys whose values have a form of their own: how it becomes DSS's, and back."""

_EXPAND: Final = {
    "settings": expand_settings,
    "metadata": _expand_metadata,
    "variables": _expand_variables,
    "permissions": _expand_permissions,
    "tags": _expand_tags,
}
_SHORTEN: Final = {
    "settings": shorten_settings,
    "metadata": _shorten_metadata,
    "variables": _shorten_variables,
    "permissions": _shorten_permissions,
    "tags": _shorten_tags,
}
