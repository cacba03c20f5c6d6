"""Which objects of the projects use components of a plugin, found by their type strings. Source: plugin-components.md 1, 12."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from emulator.json_text import JsonObject
from emulator.plugins.installed import InstalledPlugins, Plugin

if TYPE_CHECKING:
    from emulator.world import World

__all__ = ["find_usages"]

# Kind of component -> its type string; recipes and datasets do not name the plugin [seen].
_TYPES: Final = {
    "custom-recipes": "CustomCode_{component}",
    "python-connectors": "CustomPython_{component}",
    "python-runnables": "pyrunnable_{plugin}_{component}",
    "python-steps": "pystep_{plugin}_{component}",
    "python-triggers": "pytrigger_{plugin}_{component}",
    "webapps": "webapp_{plugin}_{component}",
}
_PLUGIN_TYPE_PREFIXES: Final = tuple(pattern.partition("{")[0] for pattern in _TYPES.values())
_FAMILIES: Final = (
    ("datasets", "DATASET"),
    ("recipes", "RECIPE"),
    ("scenarios", "SCENARIO"),
    ("web_apps", "WEB_APP"),
)


def find_usages(world: "World", plugin_id: str, project_key: str | None = None) -> JsonObject:
    """Return ``{"usages": [...], "missingTypes": [...]}`` over one project or all.

    ``missingTypes`` are types of no installed plugin: what uses them cannot be told, so they are listed for every plugin.

    Raises:
        DssError: the plugin is not installed.
    """
    plugins = world.state_of(InstalledPlugins)
    mine = _types_of(plugins.get(plugin_id))
    known = {name for other in plugins.ids() for name in _types_of(plugins.get(other))}
    usages: list[JsonObject] = []
    missing: list[JsonObject] = []
    for key, project in world.projects.items():
        if project_key not in (None, key):
            continue
        for folder, kind in _FAMILIES:
            for object_id, document in project.family(folder, kind).items():
                place = {"objectId": object_id, "objectType": kind, "projectKey": key}
                for found in sorted(set(_types_in(document))):
                    if found in mine:
                        component_kind, component_id = mine[found]
                        usages.append({"elementKind": component_kind, "elementType": component_id, **place})
                    elif found not in known:
                        missing.append({"missingType": found, **place})
    return {"usages": usages, "missingTypes": missing}


def _types_of(plugin: Plugin) -> dict[str, tuple[str, str]]:
    return {
        _TYPES[component.kind].format(plugin=plugin.id, component=component.id): (component.kind, component.id)
        for component in plugin.components
        if component.kind in _TYPES
    }


def _types_in(value: Any) -> Iterator[str]:
    """Yield every plugin type string under ``type`` or ``runnableType``, however deep."""
    if isinstance(value, dict):
        for key, child in value.items():
            if key in ("type", "runnableType") and isinstance(child, str) and child.startswith(_PLUGIN_TYPE_PREFIXES):
                yield child
            else:
                yield from _types_in(child)
    elif isinstance(value, list):
        for child in value:
            yield from _types_in(child)
