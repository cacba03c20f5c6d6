"""The calls that most families have, as handlers and routes. Where a family's wire form differs, it makes its own over the store."""

from collections.abc import Collection
from typing import Final

from emulator.families.family import Family
from emulator.families.store import FamilyStore
from emulator.flow.references import usages_of
from emulator.routing import Reply, Request, Route, json_reply, message_reply
from emulator.world import World

__all__ = ["ALL_CALLS", "FamilyCalls", "family_routes"]

ALL_CALLS: Final = frozenset({"list", "create", "get", "put", "delete", "usages"})


class FamilyCalls:
    """Handlers on one family; ``object_id`` is the parameter of their routes."""

    def __init__(self, family: Family) -> None:
        self._family = family

    def store(self, request: Request, world: World) -> FamilyStore:
        """Return the store that a request is about."""
        return FamilyStore(world, world.project(request.path["project_key"]), request.caller, self._family)

    def list(self, request: Request, world: World) -> Reply:
        """Answer with the list."""
        return json_reply(self.store(request, world).listing())

    def create(self, request: Request, world: World) -> Reply:
        """Answer with the new object, its id in it."""
        store = self.store(request, world)
        return json_reply(store.view(store.create(request.json_object())))

    def get(self, request: Request, world: World) -> Reply:
        """Answer with the full object."""
        return json_reply(self.store(request, world).view(request.path["object_id"]))

    def put(self, request: Request, world: World) -> Reply:
        """Replace the object. JSON is answered, as the client parses it for some families and ignores it for others."""
        self.store(request, world).save(request.path["object_id"], request.json_object())
        return message_reply(f"Updated {self._family.what} {request.path['project_key']}.{request.path['object_id']}")

    def delete(self, request: Request, world: World) -> Reply:
        """Remove the object."""
        self.store(request, world).delete(request.path["object_id"])
        return message_reply(f"Deleted {self._family.what} {request.path['project_key']}.{request.path['object_id']}")

    def usages(self, request: Request, world: World) -> Reply:
        """Answer with who uses the object."""
        store, object_id = self.store(request, world), request.path["object_id"]
        store.stored(object_id)
        return json_reply(usages_of(store.context.project, self._family.tag_kind, object_id))


def family_routes(family: Family, calls: Collection[str] = ALL_CALLS - {"usages"}) -> tuple[Route, ...]:
    """Return the routes of these ``calls`` on a family."""
    handlers = FamilyCalls(family)
    every = f"/projects/{{project_key}}/{family.segment}"
    one = every + "/{object_id}"
    routes = {
        "list": Route("GET", every, handlers.list, family.read, since=family.since),
        "create": Route("POST", every, handlers.create, family.write, since=family.since),
        "get": Route("GET", one, handlers.get, family.read, since=family.since),
        "put": Route("PUT", one, handlers.put, family.write, since=family.since),
        "delete": Route("DELETE", one, handlers.delete, family.write, since=family.since),
        "usages": Route("GET", f"{one}/usages", handlers.usages, family.read, since=family.since),
    }
    return tuple(route for call, route in routes.items() if call in calls)
