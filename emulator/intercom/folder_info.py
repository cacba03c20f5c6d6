"""Where the files of a folder lie, as ``dataiku.Folder.get_info`` tells. Source: api-flow.md 8.4, plugin-components.md 14.3."""

from typing import TYPE_CHECKING

from emulator.connections.store import Connections
from emulator.errors import not_found
from emulator.folders.local_files import LocalFiles
from emulator.folders.s3_files import s3_place
from emulator.folders.store import FolderStore
from emulator.json_text import JsonObject
from emulator.projects.project import Project
from emulator.rights import Caller

if TYPE_CHECKING:
    from emulator.world import World

__all__ = ["folder_info"]


def folder_info(world: "World", project: Project, folder_id: str, caller: Caller, *, is_sensitive: bool) -> JsonObject:
    """Return ``{"id", "projectKey", "name", "type", "directoryBasedPartitioning", "accessInfo", "path"?}``.

    ``accessInfo`` of S3 is ``{"bucket", "root"}``, ``root`` with a leading slash [doc]; when asked for sensitive things it also has
    ``accessKey`` and ``secretKey`` if the caller may read the connection's details. That they are added is [doc], their names are
    [inferred] from the connection's info; ``Profile.folder_info_credentials`` switches them off.

    Raises:
        DssError: no such folder, or its connection is gone.
    """
    store = FolderStore(project)
    document = store.view(world, folder_id)
    params = store.expanded_params(world, folder_id, document)
    info: JsonObject = {
        "id": folder_id,
        "projectKey": project.key,
        "name": document.get("name"),
        "type": document.get("type"),
        "directoryBasedPartitioning": False,
        "accessInfo": {},
    }
    name = str(params.get("connection"))
    connection = world.connections.get(name)
    if connection is None:
        raise not_found(f"Connection '{name}' of folder {folder_id} does not exist")
    if connection["type"] == "EC2":
        place = s3_place(connection, params)
        info["accessInfo"] = {"bucket": place.bucket, "root": place.root}
        if is_sensitive and world.profile.folder_info_credentials == "resolved":
            info["accessInfo"] |= _credential(world, name, caller)
        return info
    files = store.files(world, folder_id)
    if isinstance(files, LocalFiles):
        info["path"] = str(files.directory)
        info["accessInfo"] = {"root": str(files.directory)}
    return info


def _credential(world: "World", name: str, caller: Caller) -> JsonObject:
    connections = world.state_of(Connections)
    if not connections.are_details_readable(connections.definition(name), caller):
        return {}
    return connections.aws_credential(name) or {}
