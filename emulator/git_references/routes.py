"""Routes of external libraries. Source: api-projects-scenarios-deployer.md 3.10. New in 12.6; every answer is parsed [client]."""

from typing import Final

from emulator.errors import illegal_argument
from emulator.futures.store import Future, Futures
from emulator.git_references.repository import Credentials, Source
from emulator.git_references.store import GitReferences
from emulator.json_text import JsonObject
from emulator.rights import Right
from emulator.routing import Reply, Request, Route, json_reply, message_reply
from emulator.world import World

__all__ = ["ROUTES"]


def list_references(request: Request, world: World) -> Reply:
    """Answer with the references."""
    return json_reply(_store(request, world).listing())


async def add_reference(request: Request, world: World) -> Reply:
    """Pull a repository into the library, as a future."""
    store, body = _store(request, world), request.json_object()
    path, source = str(body.get("localTargetPath") or "").strip("/"), _source(body)
    store.check_new(path)
    world.judge_code(request.caller)

    async def work(_future: Future) -> object:
        return await store.add(path, source, in_python_path=bool(body.get("addToPythonPath", True)))

    return json_reply(world.state_of(Futures).start(work, owner=request.caller, name="Adding external library"))


def put_reference(request: Request, world: World) -> Reply:
    """Change a reference; the client takes the answer for its path."""
    store, path = _store(request, world), request.path["path"]
    store.change(path, _source(request.json_object()))
    return json_reply(path)


def delete_reference(request: Request, world: World) -> Reply:
    """Forget a reference, with its files if asked."""
    _store(request, world).remove(request.path["path"], with_directory=request.flag("deleteDirectory"))
    return message_reply(f"Removed external library {request.path['path']}")


async def reset_reference(request: Request, world: World) -> Reply:
    """Pull one library again, as a future."""
    return _each(request, world, [_named(request)])


async def reset_all(request: Request, world: World) -> Reply:
    """Pull all libraries again, as a future."""
    return _each(request, world, _store(request, world).paths())


async def push_reference(request: Request, world: World) -> Reply:
    """Push one library, as a future."""
    return _each(request, world, [_named(request)], message=_message(request))


async def push_all(request: Request, world: World) -> Reply:
    """Push all libraries, as a future."""
    return _each(request, world, _store(request, world).paths(), message=_message(request))


def _each(request: Request, world: World, paths: list[str], *, message: str | None = None) -> Reply:
    store, author = _store(request, world), request.caller.identity

    async def work(future: Future) -> object:
        done = []
        for index, path in enumerate(paths):
            done.append(await (store.reset(path) if message is None else store.push(path, message, author)))
            future.progress("External libraries", index + 1, len(paths))
        return done

    name = "Resetting external libraries" if message is None else "Pushing external libraries"
    return json_reply(world.state_of(Futures).start(work, owner=request.caller, name=name))


def _named(request: Request) -> str:
    path = request.json_object().get("gitRef")
    if not isinstance(path, str) or not path:
        raise illegal_argument("Missing mandatory argument: gitRef")
    return path


def _message(request: Request) -> str:
    message = request.json_object().get("commitMessage")
    if not isinstance(message, str) or not message:
        raise illegal_argument("Missing mandatory argument: commitMessage")
    return message


def _source(body: JsonObject) -> Source:
    texts = {name: str(body.get(name) or "") for name in ("repository", "checkout", "pathInGitRepository")}
    credentials = Credentials(body.get("login"), body.get("password"))
    return Source(texts["repository"], texts["checkout"], texts["pathInGitRepository"], credentials)


def _store(request: Request, world: World) -> GitReferences:
    return GitReferences(world, world.project(request.path["project_key"]))


_G: Final = "/projects/{project_key}/git"
_REFS: Final = f"{_G}/lib-git-refs"
_SINCE: Final = 12

ROUTES: Final = (
    Route("GET", _REFS, list_references, Right.READ, since=_SINCE),
    Route("POST", _REFS, add_reference, Right.WRITE, since=_SINCE),
    Route("PUT", _REFS + "/{path...}", put_reference, Right.WRITE, since=_SINCE),
    Route("DELETE", _REFS + "/{path...}", delete_reference, Right.WRITE, since=_SINCE),
    Route("POST", f"{_REFS}/action/reset", reset_reference, Right.WRITE, since=_SINCE),
    Route("POST", f"{_REFS}/action/push", push_reference, Right.WRITE, since=_SINCE),
    Route("POST", f"{_G}/actions/git-refs/reset-all", reset_all, Right.WRITE, since=_SINCE),
    Route("POST", f"{_G}/actions/git-refs/push-all", push_all, Right.WRITE, since=_SINCE),
)
