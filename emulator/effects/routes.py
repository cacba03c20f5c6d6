"""Control calls of the effect log: ``POST /effects/mark`` -> ``{"mark"}``, ``GET /effects?since=&project=``, ``DELETE /effects``."""

from typing import Final

from emulator.effects.store import EffectLog
from emulator.errors import illegal_argument
from emulator.rights import Right
from emulator.routing import Reply, Request, Route, json_reply
from emulator.world import World

__all__ = ["ROUTES"]


def set_mark(request: Request, world: World) -> Reply:
    """Answer with a mark; the first one starts the recording."""
    del request
    return json_reply({"mark": world.state_of(EffectLog).mark()})


def get_effects(request: Request, world: World) -> Reply:
    """Answer with the effects since a mark, of one project or of all."""
    log, since = world.state_of(EffectLog), request.query("since") or ""
    if not log.is_recording or not since.isdecimal():
        raise illegal_argument("set a mark first (POST /__emulator/effects/mark) and give it as since=")
    return json_reply([effect.to_json() for effect in log.since(int(since), project=request.query("project"))])


def stop_recording(request: Request, world: World) -> Reply:
    """Forget all effects and record no more."""
    del request
    world.state_of(EffectLog).stop()
    return json_reply({})


ROUTES: Final = tuple(
    Route(method, f"/__emulator/effects{pattern}", handler, Right.ANONYMOUS, root="")
    for method, pattern, handler in (
        ("POST", "/mark", set_mark),
        ("GET", "", get_effects),
        ("DELETE", "", stop_recording),
    )
)
