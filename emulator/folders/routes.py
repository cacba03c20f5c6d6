"""Routes of managed folders and their files. Source: api-flow.md 8.1."""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Final, TypeVar

from emulator.errors import DssError, illegal_argument, not_found
from emulator.flow.references import usages_of
from emulator.folders.files import FolderFiles
from emulator.folders.store import FolderStore
from emulator.futures.store import Future, Futures
from emulator.rights import Right
from emulator.routing import Reply, Request, Route, bytes_reply, empty_reply, json_reply, message_reply
from emulator.world import World

__all__ = ["ROUTES"]

Result = TypeVar("Result")


def list_folders(request: Request, world: World) -> Reply:
    """Answer with full objects."""
    return json_reply(_store(request, world).listing(world))


def create_folder(request: Request, world: World) -> Reply:
    """Answer with the new folder; its id is the server's."""
    store = _store(request, world)
    return json_reply(store.view(world, store.create(world, request.json_object(), request.caller)))


def get_folder(request: Request, world: World) -> Reply:
    """Answer with the full object."""
    return json_reply(_store(request, world).view(world, request.path["folder_id"]))


def put_folder(request: Request, world: World) -> Reply:
    """Replace the object."""
    _store(request, world).save(world, request.path["folder_id"], request.json_object(), request.caller)
    return message_reply(f"Updated managed folder {request.path['project_key']}.{request.path['folder_id']}")


async def delete_folder(request: Request, world: World) -> Reply:
    """Delete the object; files stay unless ``dropData``. JSON is answered, as client 15.2 parses it [client]."""
    store, folder_id = _store(request, world), request.path["folder_id"]
    store.view(world, folder_id)
    if request.flag("dropData"):
        files = store.files(world, folder_id)
        await _call(files, files.delete_all)
    store.delete(world, folder_id, request.caller)
    return message_reply(f"Deleted managed folder {request.path['project_key']}.{folder_id}")


def rename_folder(request: Request, world: World) -> Reply:
    """Rename a folder."""
    body = request.json_object()
    _store(request, world).rename(str(body.get("id")), body.get("newName"), request.caller)
    return empty_reply()


def get_usages(request: Request, world: World) -> Reply:
    """Answer with who uses the folder."""
    folder_id = request.path["folder_id"]
    _store(request, world).view(world, folder_id)
    return json_reply(usages_of(world.project(request.path["project_key"]), "MANAGED_FOLDER", folder_id))


async def list_contents(request: Request, world: World) -> Reply:
    """Answer with the whole listing; there is no paging [client]."""
    files = _files(request, world)
    found = await _call(files, files.list)
    return json_reply({"items": [file.to_json() for file in found]})


async def get_file(request: Request, world: World) -> Reply:
    """Answer with the bytes of a file."""
    files, path = _files(request, world), _path(request)
    content = await _call(files, lambda: files.read(path))
    if content is None:
        if world.profile.missing_folder_file_status == 500:
            raise DssError(500, "java.io.FileNotFoundException", f"File not found: {path}")
        raise not_found(f"File not found: {path}", status=world.profile.missing_folder_file_status)
    return bytes_reply(content)


async def put_file(request: Request, world: World) -> Reply:
    """Create or replace a file; directories are made [seen]."""
    files, path, part = _files(request, world), _path(request), request.upload()
    written = await _call(files, lambda: files.write(path, part.content))
    return json_reply(written.to_json())


async def delete_file(request: Request, world: World) -> Reply:
    """Remove a file; a missing one is no error [seen]."""
    files, path = _files(request, world), _path(request)
    await _call(files, lambda: files.delete(path))
    return empty_reply()


async def copy_to(request: Request, world: World) -> Reply:
    """Copy all files into another folder, as a future."""
    body = request.json_object()
    target_key = str(body.get("targetProjectKey") or request.path["project_key"])
    world.judge_project(target_key, request.caller, Right.WRITE.value)
    target_store = world.project(target_key).state_of(FolderStore)
    source, target = _files(request, world), target_store.files(world, str(body.get("targetFolderId")))
    mode = body.get("writeMode", "OVERWRITE")
    if mode not in ("OVERWRITE", "APPEND"):
        raise illegal_argument(f"Unknown write mode: {mode}")

    async def copy(future: Future) -> object:
        if mode == "OVERWRITE":
            await _call(target, target.delete_all)
        found = await _call(source, source.list)
        for index, file in enumerate(found):
            content = await _call(source, partial(source.read, file.path)) or b""
            await _call(target, partial(target.write, file.path, content))
            future.progress("Copying", index + 1, len(found), "FILES")
        return {"copied": len(found)}

    return json_reply(world.state_of(Futures).start(copy, owner=request.caller, name="Copy managed folder"))


async def _call(files: FolderFiles, work: Callable[[], Result]) -> Result:
    """Run ``work`` in a thread if the files are remote, so that a slow S3 server does not stop the node."""
    return await asyncio.to_thread(work) if files.is_remote else work()


def _store(request: Request, world: World) -> FolderStore:
    return world.project(request.path["project_key"]).state_of(FolderStore)


def _files(request: Request, world: World) -> FolderFiles:
    return _store(request, world).files(world, request.path["folder_id"])


def _path(request: Request) -> str:
    path = "/" + request.path["file"].strip("/")
    if any(part in (".", "..") for part in path.split("/")):
        raise illegal_argument(f"Invalid path: {path}")
    return path


_P: Final = "/projects/{project_key}"
_F: Final = _P + "/managedfolders/{folder_id}"

ROUTES: Final = (
    Route("GET", f"{_P}/managedfolders", list_folders, Right.READ),
    Route("POST", f"{_P}/managedfolders", create_folder, Right.WRITE),
    Route("POST", f"{_P}/actions/renameManagedFolder", rename_folder, Right.WRITE),
    Route("GET", _F, get_folder, Right.READ),
    Route("PUT", _F, put_folder, Right.WRITE),
    Route("DELETE", _F, delete_folder, Right.WRITE),
    Route("GET", f"{_F}/usages", get_usages, Right.READ),
    Route("GET", f"{_F}/contents", list_contents, Right.READ),
    Route("GET", _F + "/contents/{file...}", get_file, Right.READ),
    Route("POST", _F + "/contents/{file...}", put_file, Right.WRITE),
    Route("DELETE", _F + "/contents/{file...}", delete_file, Right.WRITE),
    Route("POST", f"{_F}/actions/copyTo", copy_to, Right.READ),
)
