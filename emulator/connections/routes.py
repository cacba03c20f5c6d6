"""Routes of connections. Source: api-admin-govern.md 2.1."""

import asyncio
from typing import TYPE_CHECKING, Final

from emulator.connections.errors import test_not_implemented
from emulator.connections.probe import try_s3
from emulator.connections.s3_client import s3_client_of
from emulator.connections.store import Connections
from emulator.connections.types import TYPES
from emulator.errors import DssError, illegal_argument
from emulator.rights import Right
from emulator.routing import Reply, Request, Route, empty_reply, json_reply, text_reply

if TYPE_CHECKING:
    from emulator.world import World

__all__ = ["ROUTES"]


def list_connections(_request: Request, world: "World") -> Reply:
    """Answer with an object name -> definition, not a list [client]."""
    return json_reply(world.state_of(Connections).all())


def create_connection(request: Request, world: "World") -> Reply:
    """Answer with text that nobody reads [client]."""
    body = request.json_object()
    world.state_of(Connections).create(body, request.caller)
    return text_reply(f"Created connection {body['name']}")


def get_connection(request: Request, world: "World") -> Reply:
    """Answer with the definition."""
    return json_reply(world.state_of(Connections).definition(request.path["name"]))


def put_connection(request: Request, world: "World") -> Reply:
    """Answer with JSON, which the client parses; that it is the saved definition is [unknown]."""
    return json_reply(world.state_of(Connections).replace(request.path["name"], request.json_object()))


def delete_connection(request: Request, world: "World") -> Reply:
    """Answer with nothing."""
    world.state_of(Connections).delete(request.path["name"])
    return empty_reply()


def list_names(request: Request, world: "World") -> Reply:
    """Answer with the names the caller may use; open to every user."""
    return json_reply(world.state_of(Connections).names(request.caller, request.query("type") or "all"))


def get_info(request: Request, world: "World") -> Reply:
    """Answer with credentials in clear text to those who may read details."""
    return json_reply(world.state_of(Connections).info(request.path["name"], request.caller))


async def test_connection(request: Request, world: "World") -> Reply:
    """Answer with ``connectionOK``; only S3 can be tried here, no database driver is at hand."""
    connections = world.state_of(Connections)
    name = request.path["name"]
    definition = connections.definition(name)
    connections.check_usable(name, request.caller)
    connection_type = definition["type"]
    if TYPES[connection_type].stores_files and connection_type != "EC2":
        raise test_not_implemented(connection_type)
    if connection_type != "EC2":
        return json_reply(
            {"connectionOK": False, "connectionErrorMsg": f"This node has no driver for {connection_type}"}
        )
    params = definition["params"]
    try:
        client = s3_client_of(world, name)
    except DssError as error:
        return json_reply({"connectionOK": False, "connectionErrorMsg": error.message})
    bucket = params.get("chbucket") or params.get("defaultManagedBucket")
    return json_reply(await asyncio.to_thread(try_s3, client, bucket))


def sync_acls(request: Request, world: "World") -> Reply:
    """Refuse: access lists exist on HDFS only, and this node has none."""
    world.state_of(Connections).definition(request.path["name"])
    raise illegal_argument("Access control lists can be synchronised on HDFS connections only")


ROUTES: Final = (
    Route("GET", "/admin/connections", list_connections, Right.INSTANCE_ADMIN),
    Route("POST", "/admin/connections", create_connection, Right.INSTANCE_ADMIN),
    Route("GET", "/admin/connections/{name}", get_connection, Right.INSTANCE_ADMIN),
    Route("PUT", "/admin/connections/{name}", put_connection, Right.INSTANCE_ADMIN),
    Route("DELETE", "/admin/connections/{name}", delete_connection, Right.INSTANCE_ADMIN),
    Route("POST", "/admin/connections/{name}/sync", sync_acls, Right.INSTANCE_ADMIN),
    Route("GET", "/connections/get-names", list_names, Right.AUTHENTICATED),
    Route("GET", "/connections/{name}/info", get_info, Right.AUTHENTICATED),
    Route("GET", "/connections/{name}/test", test_connection, Right.AUTHENTICATED),
)
