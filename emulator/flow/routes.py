"""Routes of the flow as a whole. Source: api-flow.md 9.2."""

from typing import Final

from emulator.flow.graph import flow_graph
from emulator.rights import Right
from emulator.routing import Reply, Request, Route, json_reply
from emulator.world import World

__all__ = ["ROUTES"]


def get_graph(request: Request, world: World) -> Reply:
    """Answer with the graph of the project."""
    return json_reply(flow_graph(world.project(request.path["project_key"])))


ROUTES: Final = (Route("GET", "/projects/{project_key}/flow/graph", get_graph, Right.READ),)
