"""Routes of macros. Source: api-projects-scenarios-deployer.md 6.1.

Beside them, under ``/__emulator/``, what only the pages of a node do: choices of a parameter, and what no public call shows: logs.
"""

from typing import Final

from emulator.errors import not_found
from emulator.macros.definitions import Macro, find_macro, list_macros
from emulator.macros.errors import macro_failed
from emulator.macros.runs import MacroRun, MacroRuns, required_run
from emulator.rights import Right
from emulator.routing import Reply, Request, Route, bytes_reply, empty_reply, json_reply, text_reply
from emulator.world import World

__all__ = ["ROUTES"]

_CONTENT_TYPES: Final = {
    "HTML": "text/html;charset=utf-8",
    "JSON_OBJECT": "application/json;charset=utf-8",
    "RESULT_TABLE": "application/json;charset=utf-8",
    "URL": "text/plain;charset=utf-8",
}


def list_all(request: Request, world: World) -> Reply:
    """Answer with the definitions of the macros that the caller may run in the project."""
    macros = list_macros(world, request.path["project_key"], request.caller)
    return json_reply([macro.definition(request.caller) for macro in macros])


def get_definition(request: Request, world: World) -> Reply:
    """Answer with one definition."""
    return json_reply(_macro(request, world).definition(request.caller))


async def run(request: Request, world: World) -> Reply:
    """Answer with ``{"runId"}``, after the end if ``wait``; how a failed run answers then is a switch."""
    macro = _macro(request, world)
    body = request.json_object()
    started = world.state_of(MacroRuns).start(macro, request.path["project_key"], body, request.caller)
    if request.flag("wait"):
        await started.finished.wait()
        failed = None if started.outcome is None else started.outcome.error
        if failed is not None and world.profile.failing_macro_wait == "error":
            raise macro_failed(failed, world.profile.failed_macro_result_status)
    return json_reply({"runId": started.id})


def get_state(request: Request, world: World) -> Reply:
    """Answer with the state; a run that is unknown, fetched or lost does not exist, which is no error [client]."""
    _macro(request, world)
    found = world.state_of(MacroRuns).find(*_place(request))
    return json_reply({"exists": False, "running": False} if found is None else found.state())


def get_result(request: Request, world: World) -> Reply:
    """Answer with the raw result; the run ceases to exist [client]."""
    macro = _macro(request, world)
    runs = world.state_of(MacroRuns)
    content = runs.take_result(required_run(runs, *_place(request)))
    own_type = macro.component.descriptor.get("mimeType")
    return bytes_reply(content, _CONTENT_TYPES.get(macro.result_type) or str(own_type or "application/octet-stream"))


def abort(request: Request, world: World) -> Reply:
    """Answer with nothing; the process is gone."""
    _macro(request, world)
    runs = world.state_of(MacroRuns)
    runs.abort(required_run(runs, *_place(request)))
    return empty_reply()


async def get_choices(request: Request, world: World) -> Reply:
    """Answer with what the setup script says for a parameter, e.g. ``{"choices": [{"value", "label"}]}``."""
    macro = _macro(request, world)
    runs, key = world.state_of(MacroRuns), request.path["project_key"]
    content = await runs.choices(macro, key, request.path["param"], request.json_object(), request.caller)
    return bytes_reply(content, "application/json;charset=utf-8")


def list_runs(request: Request, world: World) -> Reply:
    """Answer with every run whose result was not fetched, with its process id."""
    del request
    return json_reply([_describe(found) for found in world.state_of(MacroRuns).all()])


def get_log(request: Request, world: World) -> Reply:
    """Answer with what a run printed; also after its end, and after a restart of the node."""
    content = world.disk.read(f"run/macros/{request.path['run_id']}/log")
    if content is None:
        raise not_found(f"No log of a run {request.path['run_id']}")
    return text_reply(content.decode(errors="replace"))


def _describe(found: MacroRun) -> dict[str, object]:
    return {
        **found.state(),
        "projectKey": found.project_key,
        "runnableType": found.macro.type,
        "user": found.caller.identity,
        "pid": found.process.pid,
    }


def _macro(request: Request, world: World) -> Macro:
    return find_macro(world, request.path["project_key"], request.path["runnable_type"], request.caller)


def _place(request: Request) -> tuple[str, str, str]:
    return request.path["project_key"], request.path["runnable_type"], request.path["run_id"]


_LIST: Final = "/projects/{project_key}/runnables"
_ONE: Final = f"{_LIST}/{{runnable_type}}"
ROUTES: Final = (
    Route("GET", _LIST, list_all, Right.VISIBLE),
    Route("GET", _ONE, get_definition, Right.VISIBLE),
    Route("POST", _ONE, run, Right.VISIBLE),
    Route("GET", f"{_ONE}/state/{{run_id}}", get_state, Right.VISIBLE),
    Route("GET", f"{_ONE}/result/{{run_id}}", get_result, Right.VISIBLE),
    Route("POST", f"{_ONE}/abort/{{run_id}}", abort, Right.VISIBLE),
    Route("POST", f"/__emulator{_ONE}/choices/{{param}}", get_choices, Right.VISIBLE, root=""),
    Route("GET", "/__emulator/macros", list_runs, Right.ANONYMOUS, root=""),
    Route("GET", "/__emulator/macros/{run_id}/log", get_log, Right.ANONYMOUS, root=""),
)
