"""The settings call of a project and its friendly form, both ways; nothing is lost.

What people call settings stands in DSS partly in a block ``settings``, partly beside it; a spec has it in one place. Some of
it has a name and a form of its own; the rest stands below ``settings`` under DSS's names, or below ``dss.settings``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from dataiku_iac.core.canonical import Json, JsonObject, is_list, is_object
from dataiku_iac.resources.bundle_forms import expand_bundle, shorten_bundle
from dataiku_iac.resources.exposures import expand_exposed, shorten_exposed
from dataiku_iac.resources.project_defaults import BESIDE_SETTINGS
from dataiku_iac.resources.selections import CONTAINER, PROJECT_CODE_ENV
from dataiku_iac.resources.spec_keys import DSS_KEY

__all__ = ["LANGUAGES", "expand_settings", "lean_settings", "shorten_settings"]

LANGUAGES: Final = ("python", "r", "julia")
_CODE_ENVS: Final = "codeEnvs"
_BUNDLE: Final = "bundleExporterSettings"
_CONTAINERS: Final[Mapping[str, str]] = {
    "container": "container",
    "visual_container": "containerForVisualRecipesWorkloads",
}
_NAMED: Final = (*_CONTAINERS.values(), _CODE_ENVS)


def expand_settings(spec: JsonObject) -> dict[str, Json]:
    """Return the settings that a project's spec declares."""
    declared = spec.get("settings")
    given = dict(declared) if is_object(declared) else {}
    stored: dict[str, Json] = {key: given.pop(key) for key in BESIDE_SETTINGS if key in given}
    code_env = spec.get("code_env")
    if is_object(code_env):
        given[_CODE_ENVS] = {language: PROJECT_CODE_ENV.expand(env) for language, env in code_env.items()}
    given |= {dss: CONTAINER.expand(spec[key]) for key, dss in _CONTAINERS.items() if key in spec}
    if given or declared == {}:
        stored["settings"] = given
    if "status" in spec:
        stored["projectStatus"] = spec["status"]
    if "bundle" in spec:
        stored[_BUNDLE] = expand_bundle(spec["bundle"])
    if "exposed" in spec:
        stored["exposedObjects"] = {"objects": expand_exposed(spec["exposed"])}
    return stored


def shorten_settings(stored: JsonObject) -> dict[str, Json]:
    """Return the spec keys of the settings; the inverse of ``expand_settings``."""
    rest = dict(stored)
    spec: dict[str, Json] = {}
    settings: dict[str, Json] = {}
    inner = rest.pop("settings", None)
    if is_object(inner):
        settings = {key: value for key, value in inner.items() if key not in (*BESIDE_SETTINGS, *_NAMED)}
        odd = {key: value for key, value in inner.items() if key in BESIDE_SETTINGS}
        spec |= {key: CONTAINER.shorten(inner[dss]) for key, dss in _CONTAINERS.items() if dss in inner}
        if _CODE_ENVS in inner:
            named, others = _shorten_code_envs(inner[_CODE_ENVS])
            spec |= named
            odd |= others
        rest |= {"settings": odd} if odd else {}
        if settings or not inner:
            spec["settings"] = settings
    elif "settings" in stored:
        rest["settings"] = inner
    if _BUNDLE in rest:
        spec["bundle"] = shorten_bundle(rest.pop(_BUNDLE))
    for key in BESIDE_SETTINGS:
        if key in rest:
            settings[key] = rest.pop(key)
            spec["settings"] = settings
    if "projectStatus" in rest:
        spec["status"] = rest.pop("projectStatus")
    exposed = rest.get("exposedObjects")
    if is_object(exposed) and is_list(exposed.get("objects")):
        spec["exposed"] = shorten_exposed(exposed["objects"])
        others = {key: value for key, value in exposed.items() if key != "objects"}
        rest = {key: value for key, value in rest.items() if key != "exposedObjects"}
        rest |= {"exposedObjects": others} if others else {}
    return {**spec, DSS_KEY: rest} if rest else spec


def lean_settings(stored: JsonObject) -> JsonObject:
    """Return stripped settings without names of code environments and containers that do not count."""
    inner = stored.get("settings")
    if not is_object(inner):
        return stored
    lean = dict(inner)
    envs = inner.get(_CODE_ENVS)
    if is_object(envs):
        kept = {key: PROJECT_CODE_ENV.lean(env) if is_object(env) else env for key, env in envs.items()}
        lean[_CODE_ENVS] = {key: env for key, env in kept.items() if env != {}}
    for key in _CONTAINERS.values():
        selection = inner.get(key)
        if is_object(selection):
            lean[key] = CONTAINER.lean(selection)
    lean = {key: value for key, value in lean.items() if value != {} or inner[key] == {}}
    rest = {key: value for key, value in stored.items() if key != "settings"}
    return {**rest, "settings": lean} if lean else rest


def _shorten_code_envs(code_envs: Json) -> tuple[dict[str, Json], dict[str, Json]]:
    """Return ``code_env``, and what of DSS's object it does not say."""
    if not is_object(code_envs):
        return {}, {_CODE_ENVS: code_envs}
    named: dict[str, Json] = {
        "code_env": {key: PROJECT_CODE_ENV.shorten(env) for key, env in code_envs.items() if key in LANGUAGES}
    }
    others = {key: env for key, env in code_envs.items() if key not in LANGUAGES}
    return named, {_CODE_ENVS: others} if others else {}
