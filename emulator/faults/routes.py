"""The control API. It lives outside the API roots, needs no key and is itself neither logged nor disturbed."""

from dataclasses import fields
from pathlib import Path
from typing import Final

from emulator.errors import illegal_argument
from emulator.faults.rules import Fault
from emulator.faults.store import FaultState
from emulator.projects.loading import load_project
from emulator.rights import Right
from emulator.routing import Reply, Request, Route, json_reply
from emulator.world import World

__all__ = ["ROUTES"]


def get_status(request: Request, world: World) -> Reply:
    """Answer that the node is up."""
    del request
    return json_reply({"ready": True, "node_id": world.node_id, "kind": world.kind, "projects": sorted(world.projects)})


def get_faults(request: Request, world: World) -> Reply:
    """Answer with the rules and how often each was hit."""
    del request
    faults = world.state_of(FaultState).faults
    return json_reply({"latency_ms": faults.latency_ms, "rules": [rule.to_json() for rule in faults.rules]})


def add_fault(request: Request, world: World) -> Reply:
    """Add one rule."""
    try:
        rule = Fault.from_json(request.json_object())
    except (ValueError, TypeError) as error:
        raise illegal_argument(str(error)) from error
    world.state_of(FaultState).faults.rules.append(rule)
    return json_reply(rule.to_json())


def clear_faults(request: Request, world: World) -> Reply:
    """Remove all rules and the latency."""
    del request
    faults = world.state_of(FaultState).faults
    faults.rules.clear()
    faults.latency_ms = 0.0
    return json_reply({})


def set_latency(request: Request, world: World) -> Reply:
    """Make every API call take ``ms`` longer."""
    faults = world.state_of(FaultState).faults
    faults.latency_ms = float(request.json_object()["ms"])
    return json_reply({"ms": faults.latency_ms})


def get_requests(request: Request, world: World) -> Reply:
    """Answer with the log, filtered by ``method``, ``path`` (regular expression), ``effect``."""
    effect = None if request.query("effect") is None else request.flag("effect")
    entries = world.state_of(FaultState).log.find(
        method=request.query("method"), path=request.query("path") or "", effect=effect
    )
    return json_reply([entry.to_json() for entry in entries])


def clear_requests(request: Request, world: World) -> Reply:
    """Empty the log."""
    del request
    world.state_of(FaultState).log.clear()
    return json_reply({})


def get_profile(request: Request, world: World) -> Reply:
    """Answer with every switch."""
    del request
    return json_reply({field.name: getattr(world.profile, field.name) for field in fields(world.profile)})


def change_profile(request: Request, world: World) -> Reply:
    """Set some switches from now on."""
    try:
        world.profile = world.profile.changed(request.json_object())
    except ValueError as error:
        raise illegal_argument(str(error)) from error
    return get_profile(request, world)


def post_load_project(request: Request, world: World) -> Reply:
    """Serve a project tree or export archive of this machine under ``project_key``, as it is; replaces one of that key."""
    path = Path(str(request.json_object()["path"]))
    if not path.exists():
        raise illegal_argument(f"no project tree or archive at {path}")
    project = load_project(world, request.path["key"], path)
    return json_reply({"projectKey": project.key})


ROUTES: Final = tuple(
    Route(method, f"/__emulator{pattern}", handler, Right.ANONYMOUS, root="")
    for method, pattern, handler in (
        ("GET", "/status", get_status),
        ("GET", "/faults", get_faults),
        ("POST", "/faults", add_fault),
        ("DELETE", "/faults", clear_faults),
        ("PUT", "/latency", set_latency),
        ("GET", "/requests", get_requests),
        ("DELETE", "/requests", clear_requests),
        ("GET", "/profile", get_profile),
        ("PUT", "/profile", change_profile),
        ("POST", "/projects/{key}/load", post_load_project),
    )
)
