"""Routes of plugins. Source: plugin-components.md 12, api-admin-govern.md 7."""

import mimetypes
from collections.abc import Callable
from pathlib import PurePosixPath
from typing import Final

from emulator.code_envs.messages import Message, info_messages
from emulator.errors import DssError, not_found
from emulator.futures.store import Future, Futures
from emulator.json_text import JsonObject
from emulator.plugins.code_env import create_code_env, update_code_env
from emulator.plugins.errors import cannot_reach, not_a_dev_plugin, not_plugin_admin
from emulator.plugins.installed import InstalledPlugins, Plugin
from emulator.plugins.settings import PluginSettings
from emulator.plugins.usages import find_usages
from emulator.rights import Caller, Right
from emulator.routing import Reply, Request, Route, bytes_reply, empty_reply, json_reply
from emulator.world import World

__all__ = ["ROUTES"]


def list_plugins(_request: Request, world: World) -> Reply:
    """Answer with id, version and meta of every plugin; open to every user."""
    plugins = world.state_of(InstalledPlugins)
    flag: JsonObject = {"isDev": False} if world.profile.plugin_dev_flag == "isDev" else {"dev": "False"}
    return json_reply([{**_summary(plugins.get(plugin_id)), **flag} for plugin_id in plugins.ids()])


def install_from_zip(request: Request, world: World) -> Reply:
    """Answer with the result of the install."""
    return json_reply(_install(request, world))


def start_install_from_zip(request: Request, world: World) -> Reply:
    """As ``install_from_zip``, through a future."""
    return _through_future(request, world, _install(request, world))


def update_from_zip(request: Request, world: World) -> Reply:
    """Answer with the result of the update."""
    return json_reply(_update(request, world))


def start_update_from_zip(request: Request, world: World) -> Reply:
    """As ``update_from_zip``, through a future."""
    return _through_future(request, world, _update(request, world))


def refuse_store(request: Request, world: World) -> Reply:
    """Refuse: this node has no way to the plugin store."""
    _check(request, world)
    raise cannot_reach("the plugin store")


def refuse_git(request: Request, world: World) -> Reply:
    """Refuse: this node fetches nothing from Git."""
    _check(request, world)
    raise cannot_reach("a Git remote")


def get_settings(request: Request, world: World) -> Reply:
    """Answer with the settings of the instance, or of the project in ``projectKey``."""
    project_key = _check(request, world)
    return json_reply(world.state_of(PluginSettings).document(request.path["plugin_id"], project_key))


def save_settings(request: Request, world: World) -> Reply:
    """Answer with nothing; the verb is POST [client]."""
    project_key = _check(request, world)
    world.state_of(PluginSettings).save(request.path["plugin_id"], request.json_object(), request.caller, project_key)
    return empty_reply()


def start_save_settings(request: Request, world: World) -> Reply:
    """As ``save_settings``, through a future for the work after it (there is none here)."""
    save_settings(request, world)
    return _through_future(request, world, {"messages": info_messages()})


def create_env(request: Request, world: World) -> Reply:
    """Answer with a future whose result has ``envName`` and ``messages``."""
    _check(request, world)
    plugin_id, body, caller = request.path["plugin_id"], request.json_object(), request.caller
    world.state_of(InstalledPlugins).get(plugin_id)

    async def work(_future: Future) -> object:
        return await create_code_env(world, plugin_id, body, caller)

    return json_reply(world.state_of(Futures).start(work, owner=caller, name=f"create code env of {plugin_id}"))


def update_env(request: Request, world: World) -> Reply:
    """Answer with a future, as ``create_env``."""
    _check(request, world)
    plugin_id, caller = request.path["plugin_id"], request.caller
    world.state_of(InstalledPlugins).get(plugin_id)

    async def work(_future: Future) -> object:
        return await update_code_env(world, plugin_id, caller)

    return json_reply(world.state_of(Futures).start(work, owner=caller, name=f"update code env of {plugin_id}"))


def list_usages(request: Request, world: World) -> Reply:
    """Answer with usages and with types that cannot be resolved."""
    _check(request, world)
    return json_reply(find_usages(world, request.path["plugin_id"], request.query("projectKey")))


def list_project_usages(request: Request, world: World) -> Reply:
    """Answer with the plugins that a project uses."""
    found: list[JsonObject] = []
    for plugin_id in world.state_of(InstalledPlugins).ids():
        usages = find_usages(world, plugin_id, request.path["project_key"])
        if usages["usages"]:
            found.append({"pluginId": plugin_id, "pluginUsages": usages})
    return json_reply(found)


def delete_plugin(request: Request, world: World) -> Reply:
    """Answer with a future; without ``force`` a used plugin stays and the result says so, with HTTP 200 [seen]."""
    _check(request, world)
    plugin_id = request.path["plugin_id"]
    usages = find_usages(world, plugin_id)
    if (usages["usages"] or usages["missingTypes"]) and request.json_object().get("force") is not True:
        text = f"Plugin '{plugin_id}' is used, or uses could not be analysed; force to delete it anyway"
        messages = [Message("ERROR", "ERR_PLUGIN_IN_USE", "Plugin is used", text)]
        return _through_future(request, world, {"success": False, "messages": info_messages(messages)})
    world.state_of(InstalledPlugins).remove(plugin_id)
    world.state_of(PluginSettings).forget(plugin_id)
    return _through_future(request, world, {"success": True, "messages": info_messages()})


def refuse_files(request: Request, world: World) -> Reply:
    """Refuse: files can be read and written for development plugins only."""
    _check(request, world)
    raise not_a_dev_plugin(world.state_of(InstalledPlugins).get(request.path["plugin_id"]).id)


def get_resource(request: Request, world: World) -> Reply:
    """Answer with a file below the plugin's ``resource`` folder; who may read it is [unknown], here everybody."""
    plugin = world.state_of(InstalledPlugins).get(request.path["plugin_id"])
    path = PurePosixPath(request.path["path"])
    file = plugin.directory / "resource" / path
    if ".." in path.parts or not file.is_file():
        raise not_found(f"No such resource: {path}")
    return bytes_reply(file.read_bytes(), mimetypes.guess_type(file.name)[0] or "application/octet-stream")


def _install(request: Request, world: World) -> JsonObject:
    _check_rights(request.caller, [])
    return _result(world, lambda: world.state_of(InstalledPlugins).install(request.upload().content))


def _update(request: Request, world: World) -> JsonObject:
    _check(request, world)
    plugin_id = request.path["plugin_id"]
    return _result(world, lambda: world.state_of(InstalledPlugins).update(plugin_id, request.upload().content))


def _result(world: World, work: Callable[[], Plugin]) -> JsonObject:
    """Return what an install tells; a refusal is an error, or ``success: false`` (``Profile.failed_plugin_install``)."""
    try:
        plugin = work()
    except DssError as error:
        if world.profile.failed_plugin_install == "error":
            raise
        problem = {"message": error.message, "stackTraceStr": f"{error.error_type}: {error.message}"}
        messages = [Message("ERROR", error.code or "ERR_PLUGIN_CANNOT_LOAD", "Plugin was not installed", error.message)]
        return {"success": False, "installationError": problem, "messages": info_messages(messages)}
    description = {**plugin.descriptor, "codeEnvSpec": plugin.code_env_spec}
    return {
        "success": True,
        "needsRestart": False,
        "needsReload": False,
        "pluginDesc": description,
        "messages": info_messages(),
    }


def _summary(plugin: Plugin) -> JsonObject:
    meta = plugin.descriptor.get("meta") or {}
    return {"id": plugin.id, "version": plugin.version, "meta": meta}


def _through_future(request: Request, world: World, result: JsonObject) -> Reply:
    return json_reply(world.state_of(Futures).finished(result, owner=request.caller, name="plugin"))


def _check(request: Request, world: World) -> str | None:
    """Judge the caller; return the ``projectKey`` of the query. For a project, its admins may do it too [doc]."""
    plugin_id, project_key = request.path.get("plugin_id"), request.query("projectKey")
    if project_key is not None:
        world.judge_project(project_key, request.caller, "admin")
    else:
        permissions = [] if plugin_id is None else world.state_of(PluginSettings).permissions_of(plugin_id)
        _check_rights(request.caller, permissions)
    return project_key


def _check_rights(caller: Caller, permissions: list[JsonObject]) -> None:
    if caller.is_admin or "mayDevelopPlugins" in caller.abilities:
        return
    if not any(item.get("admin") is True and item.get("group") in caller.groups for item in permissions):
        raise not_plugin_admin()


_ANY: Final = Right.AUTHENTICATED
_ONE: Final = "/plugins/{plugin_id}"
ROUTES: Final = (
    Route("GET", "/plugins", list_plugins, _ANY),
    Route("POST", "/plugins/actions/installFromZip", install_from_zip, _ANY),
    Route("POST", "/plugins/actions/future/installFromZip", start_install_from_zip, _ANY),
    Route("POST", "/plugins/actions/installFromStore", refuse_store, _ANY),
    Route("POST", "/plugins/actions/installFromGit", refuse_git, _ANY),
    Route("POST", f"{_ONE}/actions/updateFromZip", update_from_zip, _ANY),
    Route("POST", f"{_ONE}/actions/future/updateFromZip", start_update_from_zip, _ANY),
    Route("POST", f"{_ONE}/actions/updateFromStore", refuse_store, _ANY),
    Route("POST", f"{_ONE}/actions/updateFromGit", refuse_git, _ANY),
    Route("GET", f"{_ONE}/settings", get_settings, _ANY),
    Route("POST", f"{_ONE}/settings", save_settings, _ANY),
    Route("POST", f"{_ONE}/settings/future", start_save_settings, _ANY),
    Route("POST", f"{_ONE}/code-env/actions/create", create_env, _ANY),
    Route("POST", f"{_ONE}/code-env/actions/update", update_env, _ANY),
    Route("GET", f"{_ONE}/actions/listUsages", list_usages, _ANY),
    Route("POST", f"{_ONE}/actions/delete", delete_plugin, _ANY),
    Route("GET", f"{_ONE}/download", refuse_files, _ANY),
    Route("GET", f"{_ONE}/contents", refuse_files, _ANY),
    Route("GET", f"{_ONE}/contents/{{path...}}", refuse_files, _ANY),
    Route("POST", f"{_ONE}/contents/{{path...}}", refuse_files, _ANY),
    Route("GET", "/projects/{project_key}/plugins/usages", list_project_usages, Right.READ),
    Route("GET", f"{_ONE}/resource/{{path...}}", get_resource, Right.ANONYMOUS, root=""),
)
