"""The friendly form of a project and its five parts, both ways; nothing is lost.

What people call settings stands in DSS partly in the block ``settings`` of the settings call, partly beside it; a spec has
it in one place. What has no name of its own stands below ``dss``, by part.
"""

from __future__ import annotations

from typing import Final

from dataiku_iac.core.canonical import Json, JsonObject, is_list, is_object
from dataiku_iac.core.kind import Document
from dataiku_iac.resources.permissions import expand_permission, shorten_permission
from dataiku_iac.resources.project_defaults import BESIDE_SETTINGS
from dataiku_iac.resources.spec_keys import DSS_KEY, SpecKeys

__all__ = ["LANGUAGES", "PARTS", "expand_project", "shorten_project"]

PARTS: Final = ("settings", "metadata", "variables", "permissions", "tags")
"""In the order in which they are written: the display name in the settings is a copy, so the metadata come later."""

LANGUAGES: Final = ("python", "r", "julia")

_METADATA: Final = SpecKeys(
    {"name": "label", "short_description": "shortDesc"}, ("description", "tags", "customFields", "customMeta")
)
_PERMISSIONS: Final = SpecKeys({"dashboard_users": "additionalDashboardUsers"}, ("owner", "permissions"))
_VARIABLES: Final = SpecKeys({}, ("standard", "local"))
_EXPOSED: Final = SpecKeys({"name": "localName", "to": "rules"}, ("type", "quickSharingEnabled"))


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
    return document


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
    return {**spec, DSS_KEY: beyond} if beyond else spec


def _merged(one: JsonObject, other: JsonObject) -> dict[str, Json]:
    """Return both objects as one, at any depth; they never speak of the same leaf."""
    result = dict(one)
    for key, value in other.items():
        mine = result.get(key)
        result[key] = _merged(mine, value) if is_object(mine) and is_object(value) else value
    return result


def _expand_settings(spec: JsonObject) -> dict[str, Json]:
    declared = spec.get("settings")
    given = dict(declared) if is_object(declared) else {}
    stored: dict[str, Json] = {key: given.pop(key) for key in BESIDE_SETTINGS if key in given}
    code_env = spec.get("code_env")
    if is_object(code_env):
        given["codeEnvs"] = {
            language: {"mode": "EXPLICIT_ENV", "envName": env} if isinstance(env, str) else env
            for language, env in code_env.items()
        }
    if given or declared == {}:
        stored["settings"] = given
    if "status" in spec:
        stored["projectStatus"] = spec["status"]
    exposed = spec.get("exposed")
    if is_list(exposed):
        stored["exposedObjects"] = {"objects": [_expand_exposed(entry) for entry in exposed]}
    return stored


def _shorten_settings(stored: JsonObject) -> dict[str, Json]:
    rest = dict(stored)
    spec: dict[str, Json] = {}
    settings: dict[str, Json] = {}
    inner = rest.get("settings")
    if is_object(inner):
        settings = {key: value for key, value in inner.items() if key not in (*BESIDE_SETTINGS, "codeEnvs")}
        odd = {key: value for key, value in inner.items() if key in BESIDE_SETTINGS}
        code_envs = inner.get("codeEnvs")
        if is_object(code_envs):
            spec["code_env"] = {key: _shorten_code_env(env) for key, env in code_envs.items() if key in LANGUAGES}
            others = {key: env for key, env in code_envs.items() if key not in LANGUAGES}
            if others:
                odd["codeEnvs"] = others
        elif "codeEnvs" in inner:
            odd["codeEnvs"] = code_envs
        del rest["settings"]
        if odd:
            rest["settings"] = odd
        if settings or not inner:
            spec["settings"] = settings
    for key in BESIDE_SETTINGS:
        if key in rest:
            settings[key] = rest.pop(key)
            spec["settings"] = settings
    if "projectStatus" in rest:
        spec["status"] = rest.pop("projectStatus")
    exposed = rest.get("exposedObjects")
    if is_object(exposed) and is_list(exposed.get("objects")):
        entries = exposed["objects"]
        spec["exposed"] = [_shorten_exposed(entry) for entry in entries] if is_list(entries) else []
        del rest["exposedObjects"]
        others = {key: value for key, value in exposed.items() if key != "objects"}
        if others:
            rest["exposedObjects"] = others
    return {**spec, DSS_KEY: rest} if rest else spec


def _shorten_code_env(env: Json) -> Json:
    if is_object(env) and env.keys() == {"mode", "envName"} and env["mode"] == "EXPLICIT_ENV":
        return env["envName"] if isinstance(env["envName"], str) else env
    return env


def _expand_exposed(entry: Json) -> Json:
    if not is_object(entry):
        return entry
    stored = _EXPOSED.to_definition(entry)
    if isinstance(stored.get("type"), str):
        stored["type"] = str(stored["type"]).upper()
    rules = stored.get("rules")
    if is_list(rules):
        stored["rules"] = [{"targetProject": rule} if isinstance(rule, str) else rule for rule in rules]
    return stored


def _shorten_exposed(stored: Json) -> Json:
    if not is_object(stored):
        return stored
    entry = _EXPOSED.to_spec(stored)
    rules = entry.get("to")
    if is_list(rules):
        entry["to"] = [_shorten_rule(rule) for rule in rules]
    return entry


def _shorten_rule(rule: Json) -> Json:
    if is_object(rule) and rule.keys() == {"targetProject"} and isinstance(rule["targetProject"], str):
        return rule["targetProject"]
    return rule


def _expand_metadata(spec: JsonObject) -> dict[str, Json]:
    return _METADATA.to_definition({key: value for key, value in spec.items() if key != DSS_KEY})


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
    return stored


def _shorten_permissions(stored: JsonObject) -> dict[str, Json]:
    spec = _PERMISSIONS.to_spec(stored)
    entries = spec.get("permissions")
    if is_list(entries):
        spec["permissions"] = [shorten_permission(entry) if is_object(entry) else entry for entry in entries]
    return spec


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


_EXPAND: Final = {
    "settings": _expand_settings,
    "metadata": _expand_metadata,
    "variables": _expand_variables,
    "permissions": _expand_permissions,
    "tags": _expand_tags,
}
_SHORTEN: Final = {
    "settings": _shorten_settings,
    "metadata": _METADATA.to_spec,
    "variables": _shorten_variables,
    "permissions": _shorten_permissions,
    "tags": _shorten_tags,
}
