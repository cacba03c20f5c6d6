"""Routes of scenarios. Source: api-projects-scenarios-deployer.md 4.1."""

from typing import Final

from emulator.rights import Right
from emulator.routing import Reply, Request, Route, json_reply, message_reply
from emulator.scenarios.store import ScenarioStore
from emulator.world import World

__all__ = ["ROUTES"]


def list_scenarios(request: Request, world: World) -> Reply:
    """Answer with light forms."""
    return json_reply(_store(request, world).listing())


def create_scenario(request: Request, world: World) -> Reply:
    """Answer with the id of the new scenario."""
    return json_reply({"id": _store(request, world).create(request.json_object(), request.caller)})


def get_scenario(request: Request, world: World) -> Reply:
    """Answer with the raw definition."""
    return json_reply(_store(request, world).view(request.path["scenario_id"]))


def put_scenario(request: Request, world: World) -> Reply:
    """Replace the definition."""
    scenario_id = request.path["scenario_id"]
    _store(request, world).save(scenario_id, request.json_object(), request.caller)
    return message_reply(f"Updated scenario {request.path['project_key']}.{scenario_id}")


def delete_scenario(request: Request, world: World) -> Reply:
    """Delete a scenario; the client parses the answer [client]."""
    scenario_id = request.path["scenario_id"]
    _store(request, world).delete(scenario_id)
    return message_reply(f"Deleted scenario {request.path['project_key']}.{scenario_id}")


def get_light(request: Request, world: World) -> Reply:
    """Answer with the light form."""
    return json_reply(_store(request, world).light(request.path["scenario_id"]))


def put_light(request: Request, world: World) -> Reply:
    """Take what a light form may change."""
    _store(request, world).save_light(request.path["scenario_id"], request.json_object(), request.caller)
    return message_reply("Updated scenario")


def get_payload(request: Request, world: World) -> Reply:
    """Answer with the script; old clients send a body with this GET [client]."""
    return json_reply(_store(request, world).payload(request.path["scenario_id"]))


def put_payload(request: Request, world: World) -> Reply:
    """Store the script."""
    _store(request, world).save_payload(request.path["scenario_id"], request.json_object(), request.caller)
    return message_reply("Updated scenario payload")


def _store(request: Request, world: World) -> ScenarioStore:
    return ScenarioStore(world, world.project(request.path["project_key"]))


_P: Final = "/projects/{project_key}/scenarios"
_S: Final = _P + "/{scenario_id}"

ROUTES: Final = (
    Route("GET", _P, list_scenarios, Right.READ),
    Route("POST", _P, create_scenario, Right.WRITE),
    Route("GET", _S, get_scenario, Right.READ),
    Route("PUT", _S, put_scenario, Right.WRITE),
    Route("DELETE", _S, delete_scenario, Right.WRITE),
    Route("GET", f"{_S}/light", get_light, Right.READ),
    Route("PUT", f"{_S}/light", put_light, Right.WRITE),
    Route("GET", f"{_S}/payload", get_payload, Right.READ),
    Route("PUT", f"{_S}/payload", put_payload, Right.WRITE),
)
