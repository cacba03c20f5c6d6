"""Refusals of the plugin routes. Source: api-admin-govern.md 1.3, 7; plugin-components.md 12."""

from emulator.errors import DssError, coded_error, illegal_argument, unauthorized

__all__ = [
    "bad_archive",
    "cannot_reach",
    "install_refused",
    "not_a_dev_plugin",
    "not_plugin_admin",
    "plugin_missing",
    "preset_missing",
    "preset_not_usable",
    "without_code_env",
]


def plugin_missing(plugin_id: str) -> DssError:
    """No such plugin [doc: code]."""
    return coded_error("ERR_PLUGIN_NOT_INSTALLED", f"Plugin '{plugin_id}' is not installed", status=404)


def not_plugin_admin() -> DssError:
    """Admins, plugin developers and admins of the plugin only [client]."""
    return unauthorized("You need to be an administrator, or to have the permission to develop plugins, to do this")


def bad_archive(message: str) -> DssError:
    """The uploaded file is no plugin; a wrapping folder is refused [seen]."""
    return illegal_argument(f"Invalid plugin archive: {message}")


def install_refused(message: str) -> DssError:
    """Install of an installed plugin, update of another one [doc for the UI]."""
    return illegal_argument(message)


def without_code_env(plugin_id: str) -> DssError:
    """The plugin declares a code env that was never set up [doc: code]."""
    text = f"Plugin '{plugin_id}' requires a code environment, but none is set up for it"
    return coded_error("ERR_PLUGIN_WITHOUT_CODEENV", text)


def not_a_dev_plugin(plugin_id: str) -> DssError:
    """Files are readable for development plugins only [seen]; this node has none."""
    return illegal_argument(f"Plugin {plugin_id} is not a dev plugin")


def cannot_reach(what: str) -> DssError:
    """This node installs from archives only."""
    return illegal_argument(f"This node cannot reach {what}; install the plugin from an archive")


def preset_missing(name: str) -> DssError:
    """A component refers to a preset that is not there; class and text are [inferred]."""
    return illegal_argument(f"Preset '{name}' does not exist")


def preset_not_usable(name: str) -> DssError:
    """The caller's groups may not use the preset [doc: code]."""
    return coded_error("ERR_NOT_USABLE_FOR_USER", f"You may not use preset '{name}'", status=403)
