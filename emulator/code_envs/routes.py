"""Routes of code envs. ``wait=true`` answers with the result, ``wait=false`` with a future. Source: api-admin-govern.md 3.1."""

from typing import Final

from emulator.code_envs.store import CodeEnvs
from emulator.code_envs.usages import usages
from emulator.errors import unauthorized
from emulator.futures.store import Futures
from emulator.json_text import JsonObject
from emulator.rights import Caller, Right
from emulator.routing import Reply, Request, Route, json_reply, text_reply
from emulator.world import World

__all__ = ["ROUTES"]


def list_code_envs(_request: Request, world: World) -> Reply:
    """Answer with the short form of all code envs."""
    return json_reply(world.state_of(CodeEnvs).all())


def create_code_env(request: Request, world: World) -> Reply:
    """Answer with name and messages."""
    _check(request.caller, "mayCreateCodeEnvs", "mayManageCodeEnvs")
    lang, name = _names(request)
    return _answer(request, world, world.state_of(CodeEnvs).create(lang, name, request.json_object(), request.caller))


def get_code_env(request: Request, world: World) -> Reply:
    """Answer with the definition."""
    _check(request.caller, "mayCreateCodeEnvs", "mayManageCodeEnvs")
    return json_reply(world.state_of(CodeEnvs).definition(*_names(request)))


def put_code_env(request: Request, world: World) -> Reply:
    """Answer with the stored definition; nothing is rebuilt [doc]."""
    _check(request.caller, "mayCreateCodeEnvs", "mayManageCodeEnvs")
    return json_reply(world.state_of(CodeEnvs).replace(*_names(request), request.json_object()))


def delete_code_env(request: Request, world: World) -> Reply:
    """Answer with messages, which the client parses."""
    _check(request.caller, "mayManageCodeEnvs")
    return _answer(request, world, world.state_of(CodeEnvs).delete(*_names(request)))


def update_packages(request: Request, world: World) -> Reply:
    """Answer with messages."""
    _check(request.caller, "mayCreateCodeEnvs", "mayManageCodeEnvs")
    return _answer(request, world, world.state_of(CodeEnvs).apply(*_names(request)))


def set_jupyter(request: Request, world: World) -> Reply:
    """Answer with messages."""
    _check(request.caller, "mayCreateCodeEnvs", "mayManageCodeEnvs")
    lang, name = _names(request)
    return _answer(request, world, world.state_of(CodeEnvs).set_jupyter(lang, name, is_active=request.flag("active")))


def list_usages(request: Request, world: World) -> Reply:
    """Answer with the uses of one code env."""
    lang, name = _names(request)
    return json_reply(usages(world, lang, name))


def list_all_usages(_request: Request, world: World) -> Reply:
    """Answer with the uses of all code envs."""
    found: list[JsonObject] = []
    for item in world.state_of(CodeEnvs).all():
        found += usages(world, item["envLang"], item["envName"])
    return json_reply(found)


def list_logs(request: Request, world: World) -> Reply:
    """Answer with the names of the logs."""
    return json_reply(world.state_of(CodeEnvs).logs(*_names(request)))


def get_log(request: Request, world: World) -> Reply:
    """Answer with the text of a log."""
    return text_reply(world.state_of(CodeEnvs).log(*_names(request), request.path["log_name"]))


def _answer(request: Request, world: World, result: JsonObject) -> Reply:
    """Answer with ``result``, through a future if the caller does not wait."""
    if request.flag("wait", default=True):
        return json_reply(result)
    return json_reply(world.state_of(Futures).finished(result, owner=request.caller, name="code env"))


def _names(request: Request) -> tuple[str, str]:
    return request.path["lang"], request.path["name"]


def _check(caller: Caller, *abilities: str) -> None:
    if not caller.is_admin and not caller.abilities & set(abilities):
        raise unauthorized(f"You need one of the permissions {', '.join(abilities)} to do this")


_ANY: Final = Right.AUTHENTICATED
ROUTES: Final = (
    Route("GET", "/admin/code-envs", list_code_envs, _ANY),
    Route("GET", "/admin/code-envs/usages", list_all_usages, _ANY),
    Route("POST", "/admin/code-envs/{lang}/{name}", create_code_env, _ANY),
    Route("GET", "/admin/code-envs/{lang}/{name}", get_code_env, _ANY),
    Route("PUT", "/admin/code-envs/{lang}/{name}", put_code_env, _ANY),
    Route("DELETE", "/admin/code-envs/{lang}/{name}", delete_code_env, _ANY),
    Route("POST", "/admin/code-envs/{lang}/{name}/packages", update_packages, _ANY),
    Route("POST", "/admin/code-envs/{lang}/{name}/jupyter", set_jupyter, _ANY),
    Route("GET", "/admin/code-envs/{lang}/{name}/usages", list_usages, _ANY),
    Route("GET", "/admin/code-envs/{lang}/{name}/logs", list_logs, _ANY),
    Route("GET", "/admin/code-envs/{lang}/{name}/logs/{log_name}", get_log, _ANY),
)
