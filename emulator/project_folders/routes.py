"""Routes of project folders. Source: api-projects-scenarios-deployer.md 3.9."""

from typing import Final

from emulator.project_folders.store import ROOT, ProjectFolders
from emulator.rights import Right
from emulator.routing import Reply, Request, Route, empty_reply, json_reply
from emulator.world import World

__all__ = ["ROUTES"]


def get_root(request: Request, world: World) -> Reply:
    """Answer with the root folder."""
    return json_reply(world.state_of(ProjectFolders).view(ROOT, request.caller))


def get_folder(request: Request, world: World) -> Reply:
    """Answer with one folder."""
    return json_reply(world.state_of(ProjectFolders).view(request.path["folder_id"], request.caller))


def create_child(request: Request, world: World) -> Reply:
    """Answer with the new folder; its name comes as a query parameter [client]."""
    store = world.state_of(ProjectFolders)
    return json_reply(store.create(request.path["folder_id"], request.query("name"), request.caller))


def delete_folder(request: Request, world: World) -> Reply:
    """Delete an empty folder."""
    world.state_of(ProjectFolders).delete(request.path["folder_id"], request.caller)
    return empty_reply()


def get_settings(request: Request, world: World) -> Reply:
    """Answer with name, owner, permissions."""
    return json_reply(world.state_of(ProjectFolders).settings(request.path["folder_id"], request.caller))


def put_settings(request: Request, world: World) -> Reply:
    """Replace name, owner, permissions."""
    world.state_of(ProjectFolders).save_settings(request.path["folder_id"], request.json_object(), request.caller)
    return empty_reply()


def move_folder(request: Request, world: World) -> Reply:
    """Move a folder."""
    store = world.state_of(ProjectFolders)
    store.move(request.path["folder_id"], request.query("destination"), request.caller)
    return empty_reply()


def move_project(request: Request, world: World) -> Reply:
    """Move a project; its administrators may, if they may write in the destination [doc]."""
    path, destination = request.path, request.query("destination")
    store = world.state_of(ProjectFolders)
    store.move_project(path["folder_id"], path["project_key"], destination, request.caller)
    return empty_reply()


def locate_project(request: Request, world: World) -> Reply:
    """Answer with the folder of a project."""
    store = world.state_of(ProjectFolders)
    return json_reply(store.view(store.folder_of(request.path["project_key"]), request.caller))


def get_default(request: Request, world: World) -> Reply:
    """Answer with the folder that is proposed for new projects."""
    return json_reply(world.state_of(ProjectFolders).default_for_creation(request.path["folder_id"], request.caller))


_F: Final = "/project-folders/{folder_id}"

ROUTES: Final = (
    Route("GET", "/project-folders", get_root, Right.AUTHENTICATED),
    Route("GET", _F, get_folder, Right.AUTHENTICATED),
    Route("DELETE", _F, delete_folder, Right.AUTHENTICATED),
    Route("POST", f"{_F}/children", create_child, Right.AUTHENTICATED),
    Route("GET", f"{_F}/settings", get_settings, Right.AUTHENTICATED),
    Route("PUT", f"{_F}/settings", put_settings, Right.AUTHENTICATED),
    Route("POST", f"{_F}/move", move_folder, Right.AUTHENTICATED),
    Route("POST", _F + "/projects/{project_key}/move", move_project, Right.PROJECT_ADMIN),
    Route("GET", "/project-folders/locate-project/{project_key}", locate_project, Right.VISIBLE, since=14),
    Route("GET", f"{_F}/default-for-project-creation", get_default, Right.AUTHENTICATED, since=13),
)
