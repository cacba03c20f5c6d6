"""Where code envs are used: project defaults, recipes, scenario steps of this node, plugins. Source: api-admin-govern.md 3.3."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from emulator.json_text import JsonObject
from emulator.plugins.installed import InstalledPlugins
from emulator.plugins.settings import PluginSettings

if TYPE_CHECKING:
    from emulator.world import World

__all__ = ["usages"]


def usages(world: "World", lang: str, name: str) -> list[JsonObject]:
    """Return ``[{"envLang", "envName", "envUsage", "projectKey", "objectId"}]`` of one code env."""
    found: list[JsonObject] = []
    for key, project in world.projects.items():
        selection = ((project.params.get("settings") or {}).get("codeEnvs") or {}).get(lang.lower()) or {}
        if selection.get("mode") == "EXPLICIT_ENV" and selection.get("envName") == name:
            found.append(_usage(lang, name, "PROJECT", key, key))
        for folder, usage in (("recipes", "RECIPE"), ("scenarios", "SCENARIO")):
            for object_id, document in project.family(folder, usage).items():
                if any(_names(selection, name) for selection in _selections(document)):
                    found.append(_usage(lang, name, usage, key, object_id))
    settings = world.state_of(PluginSettings)
    plugin_ids = [
        plugin_id for plugin_id in world.state_of(InstalledPlugins).ids() if settings.code_env_name(plugin_id) == name
    ]
    found += [_usage(lang, name, "PLUGIN", "", plugin_id) for plugin_id in plugin_ids]
    return found


def _usage(lang: str, name: str, usage: str, project_key: str, object_id: str) -> JsonObject:
    return {
        "envLang": lang.upper(),
        "envName": name,
        "envUsage": usage,
        "projectKey": project_key,
        "objectId": object_id,
    }


def _selections(value: Any) -> Iterator[JsonObject]:
    """Yield every ``envSelection`` in a document, however deep."""
    if isinstance(value, dict):
        for key, child in value.items():
            if key == "envSelection" and isinstance(child, dict):
                yield child
            else:
                yield from _selections(child)
    elif isinstance(value, list):
        for child in value:
            yield from _selections(child)


def _names(selection: JsonObject, name: str) -> bool:
    return selection.get("envMode") == "EXPLICIT_ENV" and selection.get("envName") == name
