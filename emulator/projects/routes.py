"""Routes of projects. Source: api-projects-scenarios-deployer.md 3.1."""

from typing import Final

from emulator.datasets.data import DatasetFiles
from emulator.errors import illegal_argument, not_found, unauthorized
from emulator.folders.store import FolderStore
from emulator.futures.store import Futures
from emulator.project_folders.store import ROOT, ProjectFolders
from emulator.projects.archives import export_project, import_project
from emulator.projects.project import Project
from emulator.projects.store import ProjectStore
from emulator.rights import Caller, Right
from emulator.routing import Reply, Request, Route, bytes_reply, empty_reply, json_reply, message_reply
from emulator.world import World

__all__ = ["ROUTES"]

_UPLOADS: Final = "tmp/imports"


def list_projects(request: Request, world: World) -> Reply:
    """Answer with the summaries of the projects that the caller sees."""
    store = world.state_of(ProjectStore)
    tags = set(request.query_list("tags"))
    visible = [
        store.summary(project, request.caller)
        for project in world.projects.values()
        if request.caller.flags_on(project.key, project.params)
    ]
    return json_reply([summary for summary in visible if not tags or tags & set(summary["tags"])])


def create_project(request: Request, world: World) -> Reply:
    """Make a project; ``owner`` is mandatory [seen]."""
    _needs_ability(request.caller, "mayCreateProjects")
    folders, folder = world.state_of(ProjectFolders), request.query("projectFolderId") or ROOT
    folders.judge_creation(folder, request.caller)
    project = world.state_of(ProjectStore).create(request.json_object(), request.caller)
    folders.place(project.key, folder)
    return message_reply(f"Created project {project.key}")


def get_project(request: Request, world: World) -> Reply:
    """Answer with one summary."""
    return json_reply(world.state_of(ProjectStore).summary(_project(request, world), request.caller))


def delete_project(request: Request, world: World) -> Reply:
    """Delete a project; data stays unless it is asked to go. Finished at once with ``wait=True`` [client]."""
    project = _project(request, world)
    if not request.caller.is_admin and not world.profile.project_admin_may_delete:
        raise unauthorized("You need to be an administrator to do this")
    if request.flag("clearManagedDatasets") or request.flag("dropData"):
        project.state_of(DatasetFiles).delete_all_managed(world)
    if request.flag("clearOutputManagedFolders"):
        project.state_of(FolderStore).clear_outputs(world)
    world.state_of(ProjectStore).delete(project.key)
    world.state_of(ProjectFolders).place(project.key, ROOT)  # a later project of that key begins at the root
    result = {
        "messages": {
            "messages": [],
            "anyMessage": False,
            "success": False,
            "warning": False,
            "error": False,
            "fatal": False,
        }
    }
    if request.flag("wait", default=True):
        return json_reply({"hasResult": True, "result": result, "alive": False, "aborted": False, "unknown": False})
    name = f"Deleting project {project.key}"
    return json_reply(world.state_of(Futures).finished(result, owner=request.caller, name=name))


def get_settings(request: Request, world: World) -> Reply:
    """Answer with the settings."""
    return json_reply(world.state_of(ProjectStore).settings(_project(request, world)))


def put_settings(request: Request, world: World) -> Reply:
    """Replace the settings."""
    world.state_of(ProjectStore).save_settings(_project(request, world), request.json_object(), request.caller)
    return empty_reply()


def get_metadata(request: Request, world: World) -> Reply:
    """Answer with the metadata."""
    return json_reply(world.state_of(ProjectStore).metadata(_project(request, world)))


def put_metadata(request: Request, world: World) -> Reply:
    """Replace the metadata."""
    world.state_of(ProjectStore).save_metadata(_project(request, world), request.json_object(), request.caller)
    return empty_reply()


def get_permissions(request: Request, world: World) -> Reply:
    """Answer with owner and permissions."""
    return json_reply(world.state_of(ProjectStore).permissions(_project(request, world)))


def put_permissions(request: Request, world: World) -> Reply:
    """Replace the permissions."""
    world.state_of(ProjectStore).save_permissions(_project(request, world), request.json_object(), request.caller)
    return empty_reply()


def get_variables(request: Request, world: World) -> Reply:
    """Answer with standard and local variables."""
    return json_reply(world.state_of(ProjectStore).variables(_project(request, world)))


def put_variables(request: Request, world: World) -> Reply:
    """Replace both maps."""
    world.state_of(ProjectStore).save_variables(_project(request, world), request.json_object())
    return empty_reply()


def get_resolved_variables(request: Request, world: World) -> Reply:
    """Answer with the effective variables."""
    store = world.state_of(ProjectStore)
    return json_reply(store.resolved_variables(_project(request, world), typed=request.flag("typed")))


def get_tags(request: Request, world: World) -> Reply:
    """Answer with the registry of tags."""
    return json_reply({"tags": _project(request, world).tag_definitions()})


def put_tags(request: Request, world: World) -> Reply:
    """Replace the registry of tags."""
    tags = request.json_object().get("tags")
    if not isinstance(tags, dict):
        raise illegal_argument("Missing mandatory argument: tags")
    _project(request, world).save_tag_definitions(tags)
    return empty_reply()


def get_interest(request: Request, world: World) -> Reply:
    """Answer with stars and watches: nobody has any, as there is no user interface."""
    _project(request, world)
    return json_reply({"starCount": 0, "watchCount": 0})


def get_timeline(request: Request, world: World) -> Reply:
    """Answer with who changed what last."""
    count = int(request.query("itemCount") or 100)
    return json_reply(world.state_of(ProjectStore).timeline(_project(request, world), count))


def get_app_manifest(request: Request, world: World) -> Reply:
    """Answer with the manifest of an application template."""
    manifest = _project(request, world).disk.read_json("app-manifest.json")
    if manifest is None:
        raise not_found(f"Project {request.path['project_key']} is not an application template")
    return json_reply(manifest)


def post_export(request: Request, world: World) -> Reply:
    """Answer with the export archive."""
    project = _project(request, world)
    world.judge_project(project.key, request.caller, world.profile.project_export_right)
    content = export_project(world, project, request.json_object())
    return bytes_reply(content, "application/zip", filename=f"{project.key}.zip")


def post_import_upload(request: Request, world: World) -> Reply:
    """Keep an uploaded archive until it is processed."""
    _needs_ability(request.caller, "mayCreateProjects")
    upload_id = world.ids.draw(16)
    world.disk.write(f"{_UPLOADS}/{upload_id}.zip", request.upload().content)
    return json_reply({"id": upload_id})


def post_import_process(request: Request, world: World) -> Reply:
    """Import an uploaded archive: 200 even when it fails [seen]."""
    _needs_ability(request.caller, "mayCreateProjects")
    name = f"{_UPLOADS}/{request.path['upload_id']}.zip"
    if not world.disk.has(name):
        raise illegal_argument(f"Unknown import id: {request.path['upload_id']}")
    outcome = import_project(world, world.disk.path(name), request.json_object(), request.caller)
    world.disk.delete(name)
    if "usedProjectKey" in outcome:
        world.state_of(ProjectFolders).place(outcome["usedProjectKey"], ROOT)
    return json_reply(outcome)


def _project(request: Request, world: World) -> Project:
    return world.project(request.path["project_key"])


def _needs_ability(caller: Caller, ability: str) -> None:
    if not caller.is_admin and ability not in caller.abilities:
        raise unauthorized(f"You are not allowed to do this (missing: {ability})")


ROUTES: Final = (
    Route("GET", "/projects", list_projects, Right.AUTHENTICATED),
    Route("POST", "/projects", create_project, Right.AUTHENTICATED),
    Route("POST", "/projects/import/upload", post_import_upload, Right.AUTHENTICATED),
    Route("POST", "/projects/import/{upload_id}/process", post_import_process, Right.AUTHENTICATED),
    Route("GET", "/projects/{project_key}", get_project, Right.VISIBLE),
    Route("DELETE", "/projects/{project_key}", delete_project, Right.PROJECT_ADMIN),
    Route("POST", "/projects/{project_key}/export", post_export, Right.READ),
    Route("GET", "/projects/{project_key}/export", post_export, Right.READ),
    Route("GET", "/projects/{project_key}/metadata", get_metadata, Right.VISIBLE),
    Route("PUT", "/projects/{project_key}/metadata", put_metadata, Right.PROJECT_ADMIN),
    Route("GET", "/projects/{project_key}/permissions", get_permissions, Right.EDIT_PERMISSIONS),
    Route("PUT", "/projects/{project_key}/permissions", put_permissions, Right.EDIT_PERMISSIONS),
    Route("GET", "/projects/{project_key}/settings", get_settings, Right.READ),
    Route("PUT", "/projects/{project_key}/settings", put_settings, Right.PROJECT_ADMIN),
    Route("GET", "/projects/{project_key}/variables", get_variables, Right.READ),
    Route("PUT", "/projects/{project_key}/variables", put_variables, Right.WRITE),
    Route("GET", "/projects/{project_key}/variables-resolved", get_resolved_variables, Right.READ),
    Route("GET", "/projects/{project_key}/tags", get_tags, Right.READ),
    Route("PUT", "/projects/{project_key}/tags", put_tags, Right.WRITE),
    Route("GET", "/projects/{project_key}/interest", get_interest, Right.VISIBLE),
    Route("GET", "/projects/{project_key}/timeline", get_timeline, Right.READ),
    Route("GET", "/projects/{project_key}/app-manifest", get_app_manifest, Right.READ),
)
