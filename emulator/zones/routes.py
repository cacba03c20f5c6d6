"""Routes of flow zones. Source: api-flow.md 9.1."""

from typing import Final

from emulator.errors import DssError, not_found
from emulator.flow.graph import flow_graph
from emulator.rights import Right
from emulator.routing import Reply, Request, Route, empty_reply, json_reply
from emulator.world import World
from emulator.zones.store import DEFAULT, ZoneStore

__all__ = ["ROUTES"]


def list_zones(request: Request, world: World) -> Reply:
    """Answer with all zones, items included."""
    return json_reply(_store(request, world).listing())


def create_zone(request: Request, world: World) -> Reply:
    """Answer with the new zone under a random id [seen]."""
    return json_reply(_store(request, world).create(request.json_object(), request.caller.identity))


def get_zone(request: Request, world: World) -> Reply:
    """Answer with one zone."""
    return json_reply(_store(request, world).view(request.path["zone_id"]))


def put_zone(request: Request, world: World) -> Reply:
    """Replace name, colour, tags; membership is not touched [seen]."""
    _store(request, world).save(request.path["zone_id"], request.json_object(), request.caller.identity)
    return empty_reply()


def delete_zone(request: Request, world: World) -> Reply:
    """Delete a zone."""
    _store(request, world).delete(request.path["zone_id"])
    return empty_reply()


def post_item(request: Request, world: World) -> Reply:
    """Move one object in; answer with the zone."""
    store = _store(request, world)
    return json_reply(store.add_items(request.path["zone_id"], [request.json_object()], request.caller.identity))


def post_items(request: Request, world: World) -> Reply:
    """Move several objects in; answer with the zone."""
    store = _store(request, world)
    return json_reply(store.add_items(request.path["zone_id"], request.json_list(), request.caller.identity))


def post_shared(request: Request, world: World) -> Reply:
    """Share one object into the zone; answer with the zone."""
    store = _store(request, world)
    return json_reply(store.share(request.path["zone_id"], request.json_object(), request.caller.identity))


def delete_shared(request: Request, world: World) -> Reply:
    """Take a shared object out; answer with the zone."""
    path = request.path
    store = _store(request, world)
    return json_reply(store.unshare(path["zone_id"], path["object_type"], path["object_id"], request.caller.identity))


def get_zone_graph(request: Request, world: World) -> Reply:
    """Answer with the graph of the zone; that of ``default`` failed on one version [seen]."""
    project = world.project(request.path["project_key"])
    store, zone_id = _store(request, world), request.path["zone_id"]
    zone = store.view(zone_id)
    if zone_id == DEFAULT and world.profile.default_zone_graph_fails:
        raise DssError(500, "java.lang.NullPointerException", "null")
    members = store.implicit_items() if zone_id == DEFAULT else zone["items"]
    return json_reply(flow_graph(project, only={item["objectId"] for item in (*members, *zone["shared"])}))


def _store(request: Request, world: World) -> ZoneStore:
    if not world.profile.flow_zones:
        raise not_found("Flow zones are not available in this edition")
    return ZoneStore(world, world.project(request.path["project_key"]))


_Z: Final = "/projects/{project_key}/flow/zones"

ROUTES: Final = (
    Route("GET", _Z, list_zones, Right.READ),
    Route("POST", _Z, create_zone, Right.WRITE),
    Route("GET", _Z + "/{zone_id}", get_zone, Right.READ),
    Route("PUT", _Z + "/{zone_id}", put_zone, Right.WRITE),
    Route("DELETE", _Z + "/{zone_id}", delete_zone, Right.WRITE),
    Route("POST", _Z + "/{zone_id}/items", post_item, Right.WRITE),
    Route("POST", _Z + "/{zone_id}/add-items", post_items, Right.WRITE),
    Route("POST", _Z + "/{zone_id}/shared", post_shared, Right.WRITE),
    Route("DELETE", _Z + "/{zone_id}/shared/{object_type}/{object_id}", delete_shared, Right.WRITE),
    Route("GET", _Z + "/{zone_id}/graph", get_zone_graph, Right.READ),
)
