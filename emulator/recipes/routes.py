"""Routes of recipes. Source: api-flow.md 6.1."""

from typing import Final

from emulator.recipes.store import RecipeStore
from emulator.rights import Right
from emulator.routing import Reply, Request, Route, empty_reply, json_reply, message_reply
from emulator.world import World

__all__ = ["ROUTES"]


def list_recipes(request: Request, world: World) -> Reply:
    """Answer with heads."""
    return json_reply(_store(request, world).listing())


def create_recipe(request: Request, world: World) -> Reply:
    """Answer with the name that the recipe got, which may not be the one asked for [seen]."""
    name = _store(request, world).create(request.json_object(), request.caller)
    return json_reply({"name": name, "msg": f"Created recipe {request.path['project_key']}.{name}"})


def get_recipe(request: Request, world: World) -> Reply:
    """Answer with head and payload; a missing recipe is 200 without ``recipe`` [seen]."""
    found = _store(request, world).view(request.path["name"])
    if found is None and world.profile.missing_recipe_body == "empty":
        return empty_reply()
    return json_reply({} if found is None else found)


def put_recipe(request: Request, world: World) -> Reply:
    """Replace head and payload."""
    name = request.path["name"]
    _store(request, world).save(name, request.json_object(), request.caller)
    return message_reply(f"Updated recipe {request.path['project_key']}.{name}")


def delete_recipe(request: Request, world: World) -> Reply:
    """Delete a recipe."""
    _store(request, world).delete(request.path["name"])
    return empty_reply()


def get_metadata(request: Request, world: World) -> Reply:
    """Answer with the metadata."""
    return json_reply(_store(request, world).metadata(request.path["name"]))


def put_metadata(request: Request, world: World) -> Reply:
    """Replace the metadata."""
    _store(request, world).save_metadata(request.path["name"], request.json_object(), request.caller)
    return message_reply("Updated metadata")


def get_status(request: Request, world: World) -> Reply:
    """Answer with the status."""
    return json_reply(_store(request, world).status(request.path["name"]))


def get_schema_update(request: Request, world: World) -> Reply:
    """Answer with required schema updates."""
    return json_reply(_store(request, world).schema_update(request.path["name"]))


def post_output_schema(request: Request, world: World) -> Reply:
    """Apply one schema update."""
    store = _store(request, world)
    return json_reply(store.update_output_schema(request.path["name"], request.json_object(), request.caller))


def rename_recipe(request: Request, world: World) -> Reply:
    """Rename a recipe."""
    body = request.json_object()
    _store(request, world).rename(str(body.get("oldName")), body.get("newName"), request.caller)
    return empty_reply()


def _store(request: Request, world: World) -> RecipeStore:
    return RecipeStore(world, world.project(request.path["project_key"]))


_P: Final = "/projects/{project_key}"
_R: Final = _P + "/recipes/{name}"

ROUTES: Final = (
    Route("GET", f"{_P}/recipes", list_recipes, Right.READ),
    Route("POST", f"{_P}/recipes", create_recipe, Right.WRITE),
    Route("POST", f"{_P}/actions/renameRecipe", rename_recipe, Right.WRITE),
    Route("GET", _R, get_recipe, Right.READ),
    Route("PUT", _R, put_recipe, Right.WRITE),
    Route("DELETE", _R, delete_recipe, Right.WRITE),
    Route("GET", f"{_R}/metadata", get_metadata, Right.READ),
    Route("PUT", f"{_R}/metadata", put_metadata, Right.WRITE),
    Route("GET", f"{_R}/status", get_status, Right.READ),
    Route("GET", f"{_R}/schema-update", get_schema_update, Right.READ),
    Route("POST", f"{_R}/actions/updateOutputSchema", post_output_schema, Right.WRITE),
)
