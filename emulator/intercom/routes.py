"""Routes of private calls; the stand-in reaches them with the ticket of the code's user."""

from typing import Final

from emulator.intercom.folder_info import folder_info
from emulator.rights import Right
from emulator.routing import Reply, Request, Route, json_reply
from emulator.world import World

__all__ = ["ROUTES"]


def get_folder_info(request: Request, world: World) -> Reply:
    """Answer with the place of a folder's files; the project in the body is judged here, as no path names it."""
    body = request.json_object()
    key = str(body.get("projectKey"))
    world.judge_project(key, request.caller, Right.READ.value)
    sensitive = body.get("sensitiveInfo") is True
    return json_reply(
        folder_info(world, world.project(key), str(body.get("folderId")), request.caller, is_sensitive=sensitive)
    )


ROUTES: Final = (Route("POST", "/intercom/managed-folders/get-info", get_folder_info, Right.AUTHENTICATED),)
