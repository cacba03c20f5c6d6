"""Settings of plugins: plugin-level config, code env, presets; on the instance and in projects.

Source: plugin-components.md 6, api-admin-govern.md 7.1.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

from emulator.encryption import Encryption
from emulator.json_text import JsonObject
from emulator.plugins.descriptors import is_true
from emulator.plugins.errors import preset_missing, preset_not_usable
from emulator.plugins.installed import Component, InstalledPlugins, Plugin
from emulator.rights import Caller

if TYPE_CHECKING:
    from emulator.world import World

__all__ = ["PluginSettings", "parameter_set_type"]

_KEYS: Final = (
    "codeEnvName",
    "config",
    "defaultPermission",
    "permissions",
    "excludedFromCDE",
    "presets",
    "parameterSets",
)
_PRESET_KEYS: Final = (
    "name",
    "type",
    "description",
    "owner",
    "config",
    "pluginConfig",
    "defaultPermission",
    "permissions",
)


def parameter_set_type(plugin_id: str, set_id: str) -> str:
    """Return the type string of a parameter set [inferred]."""
    return f"parameter-set-{plugin_id}-{set_id}"


class PluginSettings:
    """The settings of all plugins; get it by ``world.state_of(PluginSettings)``."""

    def __init__(self, world: "World") -> None:
        self._world = world
        self._plugins = world.state_of(InstalledPlugins)
        self._encryption = world.state_of(Encryption)

    def document(self, plugin_id: str, project_key: str | None = None) -> JsonObject:
        """Return the settings as the API shows them, secrets encrypted; with a project only what lies in it.

        Raises:
            DssError: the plugin is not installed.
        """
        plugin = self._plugins.get(plugin_id)
        stored = self._stored(plugin_id, project_key)
        descs = [_description(plugin_id, component) for component in plugin.of_kind("parameter-sets")]
        if project_key is not None:
            return {"presets": stored.get("presets") or [], "accessibleParameterSetDescs": descs}
        known_sets = {item.get("name"): item for item in stored.get("parameterSets") or []}
        document: JsonObject = {
            "config": stored.get("config") or {},
            "defaultPermission": stored.get("defaultPermission") or {"admin": False, "canViewComponents": True},
            "permissions": stored.get("permissions") or [],
            "detailsNotVisible": False,
            "excludedFromCDE": bool(stored.get("excludedFromCDE")),
            "presets": stored.get("presets") or [],
            "parameterSets": [
                known_sets.get(component.id) or _default_set(plugin_id, component)
                for component in plugin.of_kind("parameter-sets")
            ],
            "accessibleParameterSetDescs": descs,
        }
        if stored.get("codeEnvName"):
            document["codeEnvName"] = stored["codeEnvName"]
        return document

    def save(self, plugin_id: str, body: JsonObject, caller: Caller, project_key: str | None = None) -> None:
        """Replace the settings; clear passwords are encrypted, unknown keys vanish.

        Raises:
            DssError: the plugin is not installed.
        """
        plugin = self._plugins.get(plugin_id)
        kept: JsonObject = {key: body[key] for key in _KEYS if body.get(key) is not None}
        presets = [self._preset(plugin, item, caller) for item in kept.get("presets") or [] if isinstance(item, dict)]
        if project_key is not None:
            self._write(plugin_id, project_key, {"presets": presets})
            return
        kept["presets"] = presets
        kept["config"] = self._protect(plugin.params, kept.get("config") or {})
        self._write(plugin_id, None, kept)

    def code_env_name(self, plugin_id: str) -> str | None:
        """Return the code env bound to a plugin, or ``None``."""
        name = self._stored(plugin_id, None).get("codeEnvName")
        return str(name) if name else None

    def permissions_of(self, plugin_id: str) -> list[JsonObject]:
        """Return the per-group rights on a plugin, ``[{"group", "admin", ...}]``."""
        return list(self._stored(plugin_id, None).get("permissions") or [])

    def plugin_config(self, plugin_id: str, *, reveal: bool) -> JsonObject:
        """Return the plugin-level config for a component, passwords in clear text if ``reveal``.

        Raises:
            DssError: the plugin is not installed, or a secret of another node.
        """
        config: JsonObject = dict(self._stored(plugin_id, None).get("config") or {})
        return self._reveal(self._plugins.get(plugin_id).params, config) if reveal else config

    def resolve(
        self, plugin_id: str, params: Iterable[JsonObject], config: JsonObject, project_key: str, caller: Caller
    ) -> JsonObject:
        """Return ``config`` of a component with preset references replaced by their values and own passwords in clear text.

        A reference is ``{"mode": "PRESET", "name": "PRESET_3"}`` or ``{"mode": "INLINE", <param>: <value>}`` [seen]; ``NONE`` gives ``{}``
        [inferred]. The value is flat: params and pluginParams of the parameter set [seen].

        Raises:
            DssError: no such preset, or the caller may not use it.
        """
        resolved = self._reveal(list(params), config)
        for param in params:
            name = str(param.get("name"))
            if param.get("type") in ("PRESET", "PARAMETER_SET") and isinstance(config.get(name), dict):
                resolved[name] = self._resolve_reference(plugin_id, param, config[name], project_key, caller)
            elif param.get("type") == "PRESETS" and isinstance(config.get(name), list):
                resolved[name] = [
                    self._resolve_reference(plugin_id, param, item, project_key, caller) for item in config[name]
                ]
        return resolved

    def forget(self, plugin_id: str) -> None:
        """Drop the instance-level settings of a deleted plugin."""
        self._world.disk.delete(f"config/plugins/{plugin_id}")

    def _resolve_reference(
        self, plugin_id: str, param: JsonObject, reference: JsonObject, project_key: str, caller: Caller
    ) -> JsonObject:
        plugin = self._plugins.get(plugin_id)
        component = plugin.component("parameter-sets", str(param.get("parameterSetId") or ""))
        params = _params_of(component)
        match reference.get("mode"):
            case "INLINE":
                inline = {key: value for key, value in reference.items() if key != "mode"}
                return self._reveal(params, inline)
            case "PRESET":
                preset = self._find_preset(plugin_id, component, str(reference.get("name")), project_key)
                if not _may_use(preset, caller):
                    raise preset_not_usable(str(reference.get("name")))
                values = {**(preset.get("config") or {}), **(preset.get("pluginConfig") or {})}
                return self._reveal(params, values)
            case _:
                return {}

    def _find_preset(self, plugin_id: str, component: Component | None, name: str, project_key: str) -> JsonObject:
        wanted = None if component is None else parameter_set_type(plugin_id, component.id)
        for key in (None, project_key):
            for preset in self._stored(plugin_id, key).get("presets") or []:
                if preset.get("name") == name and wanted in (None, preset.get("type")):
                    found: JsonObject = preset
                    return found
        raise preset_missing(name)

    def _preset(self, plugin: Plugin, item: JsonObject, caller: Caller) -> JsonObject:
        component = next(
            (c for c in plugin.of_kind("parameter-sets") if parameter_set_type(plugin.id, c.id) == item.get("type")),
            None,
        )
        params = _params_of(component)
        kept: JsonObject = {key: item[key] for key in _PRESET_KEYS if key in item}
        return {
            "owner": caller.identity,
            **kept,
            "config": self._protect(params, kept.get("config") or {}),
            "pluginConfig": self._protect(params, kept.get("pluginConfig") or {}),
            "defaultPermission": kept.get("defaultPermission") or {},
            "permissions": kept.get("permissions") or [],
        }

    def _protect(self, params: Iterable[JsonObject], config: JsonObject) -> JsonObject:
        secret = _password_names(params)
        return {key: self._encryption.protect(value) if key in secret else value for key, value in config.items()}

    def _reveal(self, params: Iterable[JsonObject], config: JsonObject) -> JsonObject:
        secret = _password_names(params)
        return {
            key: self._encryption.reveal(value) if key in secret and self._encryption.is_encrypted(value) else value
            for key, value in config.items()
        }

    def _stored(self, plugin_id: str, project_key: str | None) -> JsonObject:
        if project_key is None:
            return self._world.disk.read_json(f"config/plugins/{plugin_id}/settings.json") or {}
        return self._world.project(project_key).disk.read_json(f"plugins/{plugin_id}/settings.json") or {}

    def _write(self, plugin_id: str, project_key: str | None, document: JsonObject) -> None:
        if project_key is None:
            self._world.disk.write_json(f"config/plugins/{plugin_id}/settings.json", document)
        else:
            self._world.project(project_key).disk.write_json(f"plugins/{plugin_id}/settings.json", document)


def _description(plugin_id: str, component: Component) -> JsonObject:
    desc = component.descriptor
    shown = {**desc, "params": desc.get("params") or [], "pluginParams": desc.get("pluginParams") or []}
    return {"id": component.id, "elementType": parameter_set_type(plugin_id, component.id), "desc": shown}


def _default_set(plugin_id: str, component: Component) -> JsonObject:
    return {
        "name": component.id,
        "type": parameter_set_type(plugin_id, component.id),
        "defaultPermission": {
            "definableInline": is_true(component.descriptor.get("defaultDefinableInline")),
            "definableAtProjectLevel": is_true(component.descriptor.get("defaultDefinableAtProjectLevel")),
        },
        "permissions": [],
    }


def _params_of(component: Component | None) -> list[JsonObject]:
    if component is None:
        return []
    return [*(component.descriptor.get("params") or []), *(component.descriptor.get("pluginParams") or [])]


def _password_names(params: Iterable[JsonObject]) -> frozenset[str]:
    return frozenset(str(param.get("name")) for param in params if param.get("type") == "PASSWORD")


def _may_use(preset: JsonObject, caller: Caller) -> bool:
    """A group's own entry overrides the default for its members [client]."""
    if caller.is_admin or (caller.login is not None and preset.get("owner") == caller.login):
        return True
    entries: list[Any] = [item for item in preset.get("permissions") or [] if item.get("group") in caller.groups]
    if entries:
        return any(item.get("use") is True for item in entries)
    return (preset.get("defaultPermission") or {}).get("use") is True
