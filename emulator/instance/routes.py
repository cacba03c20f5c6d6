"""Who am I, and what node is this. Sources: api-projects-scenarios-deployer.md 1.6, api-admin-govern.md 5.1."""

import platform
import sys
from typing import Final

from emulator.rights import Caller, Right
from emulator.routing import Reply, Request, Route, json_reply
from emulator.users.users import Users
from emulator.world import World

__all__ = ["ROUTES", "auth_info"]


def auth_info(caller: Caller, world: World, *, with_secrets: bool) -> dict[str, object]:
    """Return the identity document of ``caller``."""
    info: dict[str, object] = {
        "authIdentifier": caller.identity,
        "authSource": caller.auth_source,
        "groups": list(caller.groups),
        "userGroups": list(caller.groups),
        "userProfile": caller.user_profile,
        "admin": caller.is_admin,
    }
    if caller.login is not None:
        info["associatedDSSUser"] = caller.login
        if with_secrets:
            info["secrets"] = world.state_of(Users).secrets(caller.login)
    elif with_secrets:
        info["secrets"] = []
    return info


def get_auth_info(request: Request, world: World) -> Reply:
    """Answer with the caller's identity; secrets only on demand [client]."""
    return json_reply(auth_info(request.caller, world, with_secrets=request.flag("withSecrets")))


def post_ticket(request: Request, world: World) -> Reply:
    """Answer with a ticket for the caller (client 14.4 and later)."""
    return json_reply({"ticket": world.authentication.issue_ticket(request.caller)})


def get_instance_info(request: Request, world: World) -> Reply:
    """Answer with what the node says of itself [seen]."""
    del request
    kind = world.kind.upper()
    return json_reply(
        {
            "nodeId": world.node_id,
            "nodeName": world.node_id,
            "nodeType": kind,
            "rawNodeType": kind,
            "hostname": platform.node(),
            "installId": world.node_id,
            "dipInstanceId": world.node_id,
            "licenseInstanceId": world.node_id,
            "licenseId": "emulator",
            "dssVersion": world.profile.dss_version,
            "os": sys.platform,
            "osVersion": platform.release(),
            "javaVendor": "none",
            "javaVersion": "none",
            "dssStartupTimestamp": world.started_at_ms,
        }
    )


ROUTES: Final = (
    Route("GET", "/auth/info", get_auth_info, Right.AUTHENTICATED),
    Route("POST", "/auth/ticket", post_ticket, Right.AUTHENTICATED),
    Route("GET", "/instance-info", get_instance_info, Right.AUTHENTICATED),
)
