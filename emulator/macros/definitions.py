"""What macros there are and who may run them. Source: api-projects-scenarios-deployer.md 6.2, 6.5; plugin-components.md 7.1."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from emulator.json_text import JsonObject
from emulator.macros.errors import macro_forbidden, macro_missing
from emulator.plugins.descriptors import is_true
from emulator.plugins.installed import Component, InstalledPlugins, Plugin
from emulator.rights import Caller

if TYPE_CHECKING:
    from emulator.world import World

__all__ = ["Macro", "find_macro", "list_macros"]

_KIND: Final = "python-runnables"
# What a descriptor asks for -> the flag of the project's permissions.
_FLAGS: Final = {"ADMIN": "admin", "WRITE_CONF": "writeProjectContent", "READ_CONF": "readProjectContent"}


@dataclass(frozen=True, slots=True)
class Macro:
    """One macro of one plugin."""

    plugin: Plugin
    component: Component

    @property
    def type(self) -> str:
        """Type string, e.g. ``pyrunnable_my-plugin_plan``."""
        return f"pyrunnable_{self.plugin.id}_{self.component.id}"

    @property
    def result_type(self) -> str:
        """``HTML``, ``JSON_OBJECT``, ``RESULT_TABLE``, ``URL``, ``FILE``, ``NONE``, ..."""
        return str(self.component.descriptor.get("resultType") or "NONE")

    @property
    def params(self) -> list[JsonObject]:
        """Params of the run form."""
        return list(self.component.descriptor.get("params") or [])

    @property
    def admin_params(self) -> list[JsonObject]:
        """Params that only admins see and set."""
        return list(self.component.descriptor.get("adminParams") or [])

    @property
    def code(self) -> str:
        """Source of ``runnable.py``, read at each run as a node does."""
        return (self.component.directory / "runnable.py").read_text()

    def definition(self, caller: Caller) -> JsonObject:
        """Return the descriptor with type and owner; without the admin params for others [client]."""
        return {
            **self.component.descriptor,
            "runnableType": self.type,
            "ownerPluginId": self.plugin.id,
            "resultType": self.result_type,
            "params": self.params,
            "adminParams": self.admin_params if caller.is_admin else [],
            "permissions": list(self.component.descriptor.get("permissions") or []),
            "impersonate": is_true(self.component.descriptor.get("impersonate")),
            "requiresGlobalAdmin": is_true(self.component.descriptor.get("requiresGlobalAdmin")),
            "macroRoles": list(self.component.descriptor.get("macroRoles") or []),
        }

    def missing_right(self, caller: Caller, flags: frozenset[str]) -> str | None:
        """Return a right that ``caller``, who has ``flags`` on the project, lacks; ``None`` if the macro may be run."""
        if caller.is_admin:
            return None
        if is_true(self.component.descriptor.get("requiresGlobalAdmin")):
            return "instance admin"
        asked = [str(name) for name in self.component.descriptor.get("permissions") or []]
        return next((name for name in asked if _FLAGS.get(name) not in flags), None)


def list_macros(world: "World", project_key: str, caller: Caller) -> list[Macro]:
    """Return the macros that ``caller`` may run in a project."""
    flags = caller.flags_on(project_key, world.project(project_key).params)
    return [macro for macro in _all(world) if macro.missing_right(caller, flags) is None]


def find_macro(world: "World", project_key: str, runnable_type: str, caller: Caller) -> Macro:
    """Return a macro that ``caller`` may run in a project.

    Raises:
        DssError: there is none of this type, or the caller may not run it.
    """
    for macro in _all(world):
        if macro.type == runnable_type:
            lacking = macro.missing_right(caller, caller.flags_on(project_key, world.project(project_key).params))
            if lacking is not None:
                raise macro_forbidden(runnable_type, lacking)
            return macro
    raise macro_missing(runnable_type)


def _all(world: "World") -> Iterator[Macro]:
    plugins = world.state_of(InstalledPlugins)
    for plugin_id in plugins.ids():
        plugin = plugins.get(plugin_id)
        for component in plugin.of_kind(_KIND):
            yield Macro(plugin, component)
