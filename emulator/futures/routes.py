"""Routes of futures. Source: api-projects-scenarios-deployer.md 2.2."""

from typing import Final

from emulator.errors import unauthorized
from emulator.futures.store import Futures
from emulator.rights import Right
from emulator.routing import Reply, Request, Route, empty_reply, json_reply
from emulator.world import World

__all__ = ["ROUTES"]


def list_futures(request: Request, world: World) -> Reply:
    """Answer with the running futures; those of other users only for an admin [doc]."""
    all_users = request.flag("allUsers")
    if all_users and not request.caller.is_admin:
        raise unauthorized("You need to be an administrator to list the futures of all users")
    return json_reply(list(world.state_of(Futures).listing(request.caller, all_users=all_users)))


def get_future(request: Request, world: World) -> Reply:
    """Answer with a state; ``peek=False`` delivers the result, once."""
    return json_reply(world.state_of(Futures).state(request.path["job_id"], peek=request.flag("peek")))


def abort_future(request: Request, world: World) -> Reply:
    """Ask a future to stop."""
    world.state_of(Futures).abort(request.path["job_id"])
    return empty_reply()


ROUTES: Final = (
    Route("GET", "/futures", list_futures, Right.AUTHENTICATED),
    Route("GET", "/futures/{job_id}", get_future, Right.AUTHENTICATED),
    Route("DELETE", "/futures/{job_id}", abort_future, Right.AUTHENTICATED),
)
