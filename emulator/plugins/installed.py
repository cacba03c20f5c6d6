"""What is installed: one directory per plugin under ``plugins/installed``, read at start and after each install.

Source: plugin-components.md 1, 12.
"""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from emulator.json_text import JsonObject
from emulator.plugins.archives import read_descriptor, unpack
from emulator.plugins.descriptors import BadDescriptor, parse_lenient
from emulator.plugins.errors import install_refused, plugin_missing

if TYPE_CHECKING:
    from emulator.world import World

__all__ = ["Component", "InstalledPlugins", "Plugin"]

_INSTALLED: Final = "plugins/installed"
_INCOMING: Final = "plugins/incoming"
_REPLACED: Final = "plugins/replaced"
# Folder of a kind of component -> its descriptor and, where it has one, the code file without which it is unusable.
_KINDS: Final[Mapping[str, tuple[str, str | None]]] = {
    "python-runnables": ("runnable.json", "runnable.py"),
    "python-steps": ("step.json", "step.py"),
    "python-triggers": ("trigger.json", "trigger.py"),
    "custom-recipes": ("recipe.json", "recipe.py"),
    "python-connectors": ("connector.json", "connector.py"),
    "webapps": ("webapp.json", None),
    "parameter-sets": ("parameter-set.json", None),
}


@dataclass(frozen=True, slots=True)
class Component:
    """One component of a plugin: its id is the name of its folder."""

    id: str
    kind: str
    directory: Path
    descriptor: JsonObject


@dataclass(frozen=True, slots=True)
class Plugin:
    """One installed plugin."""

    id: str
    directory: Path
    descriptor: JsonObject
    components: tuple[Component, ...]

    @property
    def version(self) -> str:
        """Version as written in ``plugin.json``."""
        return str(self.descriptor.get("version") or "")

    @property
    def params(self) -> list[JsonObject]:
        """The plugin-level params."""
        return list(self.descriptor.get("params") or [])

    def of_kind(self, kind: str) -> tuple[Component, ...]:
        """Return the components of one kind, e.g. ``python-runnables``."""
        return tuple(component for component in self.components if component.kind == kind)

    def component(self, kind: str, component_id: str) -> Component | None:
        """Return one component, or ``None``."""
        return next((found for found in self.of_kind(kind) if found.id == component_id), None)

    @property
    def code_env_spec(self) -> JsonObject | None:
        """``code-env/python/desc.json``, or ``None`` if the plugin declares no code env."""
        file = self.directory / "code-env" / "python" / "desc.json"
        return parse_lenient(file.read_text()) if file.is_file() else None

    @property
    def requirements(self) -> str:
        """Content of ``code-env/python/spec/requirements.txt``, or nothing."""
        file = self.directory / "code-env" / "python" / "spec" / "requirements.txt"
        return file.read_text() if file.is_file() else ""


class InstalledPlugins:
    """The plugins of a node; get it by ``world.state_of(InstalledPlugins)``."""

    def __init__(self, world: "World") -> None:
        self._disk = world.disk
        self._recover()
        self._plugins: dict[str, Plugin] = {}
        for directory in sorted(self._disk.path(_INSTALLED).glob("*")):
            self._load(directory.name)

    def ids(self) -> list[str]:
        """Return the ids of the installed plugins, sorted."""
        return sorted(self._plugins)

    def get(self, plugin_id: str) -> Plugin:
        """Return a plugin.

        Raises:
            DssError: it is not installed.
        """
        if plugin_id not in self._plugins:
            raise plugin_missing(plugin_id)
        return self._plugins[plugin_id]

    def install(self, content: bytes) -> Plugin:
        """Install a plugin from an archive and return it.

        Raises:
            DssError: no plugin archive, or the plugin is there already.
        """
        plugin_id = str(read_descriptor(content)["id"])
        if plugin_id in self._plugins:
            raise install_refused(f"Plugin '{plugin_id}' is already installed")
        return self._place(plugin_id, content)

    def update(self, plugin_id: str, content: bytes) -> Plugin:
        """Replace an installed plugin by another version of it and return it; settings stay.

        Raises:
            DssError: not installed, no plugin archive, or one of another plugin.
        """
        self.get(plugin_id)
        found = read_descriptor(content)["id"]
        if found != plugin_id:
            raise install_refused(f"The archive holds plugin '{found}', not '{plugin_id}'")
        return self._place(plugin_id, content)

    def remove(self, plugin_id: str) -> None:
        """Remove a plugin's files; its code env stays [seen].

        Raises:
            DssError: it is not installed.
        """
        self.get(plugin_id)
        del self._plugins[plugin_id]
        self._disk.delete(f"{_INSTALLED}/{plugin_id}")

    def _place(self, plugin_id: str, content: bytes) -> Plugin:
        """Unpack beside, then swap: a kill in between leaves the old or the new version, see ``_recover``."""
        self._disk.delete(_INCOMING)
        self._disk.make_directory(_INCOMING)
        unpack(content, self._disk.path(_INCOMING))
        self._disk.delete(f"{_REPLACED}/{plugin_id}")
        self._disk.rename(f"{_INSTALLED}/{plugin_id}", f"{_REPLACED}/{plugin_id}")
        self._disk.rename(_INCOMING, f"{_INSTALLED}/{plugin_id}")
        self._disk.delete(f"{_REPLACED}/{plugin_id}")
        self._load(plugin_id)
        return self._plugins[plugin_id]

    def _recover(self) -> None:
        for old in self._disk.path(_REPLACED).glob("*"):
            if self._disk.has(f"{_INSTALLED}/{old.name}"):
                shutil.rmtree(old)
            else:
                self._disk.rename(f"{_REPLACED}/{old.name}", f"{_INSTALLED}/{old.name}")

    def _load(self, plugin_id: str) -> None:
        directory = self._disk.path(f"{_INSTALLED}/{plugin_id}")
        descriptor = parse_lenient((directory / "plugin.json").read_text())
        components = tuple(
            component
            for kind, (file, code) in _KINDS.items()
            for folder in sorted((directory / kind).glob("*"))
            if (component := _read_component(kind, folder, file, code)) is not None
        )
        self._plugins[plugin_id] = Plugin(plugin_id, directory, descriptor, components)


def _read_component(kind: str, folder: Path, file: str, code: str | None) -> Component | None:
    """Return a component, or ``None``: an incomplete or unreadable one is unusable, the rest of the plugin is not [inferred]."""
    if not (folder / file).is_file() or (code is not None and not (folder / code).is_file()):
        return None
    try:
        return Component(folder.name, kind, folder, parse_lenient((folder / file).read_text()))
    except BadDescriptor:
        return None
