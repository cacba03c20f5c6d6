"""One call from its route to its reply: rights, handler, effect, faults, log. An ASGI application.

Handlers that are plain functions run on the event loop itself: they touch only memory and small files, and being serialised
they need no locks.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any, Final, TypeAlias
from urllib.parse import unquote

from emulator.disk import EffectMark, current_effect
from emulator.effects.store import EffectLog
from emulator.errors import USER_NOT_FOUND, DssError, not_found, unauthorized
from emulator.faults.rules import Fault, FaultKind, LogEntry
from emulator.faults.store import FaultState
from emulator.git.acts import Commits
from emulator.rights import Caller, Right
from emulator.routing import Match, Reply, Request, Route, RouteTree, html_reply, json_reply, split_path
from emulator.transport import Connection, connection_of
from emulator.world import World

__all__ = ["Dispatcher"]

Scope: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send: TypeAlias = Callable[[MutableMapping[str, Any]], Awaitable[None]]

_LOG: Final = logging.getLogger("emulator")
_NOBODY: Final = Caller(identity="no:auth", auth_source="NONE")
_PROJECT_RIGHTS: Final = frozenset(set(Right) - {Right.ANONYMOUS, Right.AUTHENTICATED, Right.INSTANCE_ADMIN})
_API_VERSION: Final = "1"


class Dispatcher:
    """The ASGI application of one node."""

    def __init__(self, world: World, routes: Iterable[Route]) -> None:
        routes = tuple(routes)
        self._world = world
        self._state = world.state_of(FaultState)
        self._commits = world.state_of(Commits)
        self._api = RouteTree(route for route in routes if route.root == "api")
        self._outside = RouteTree(route for route in routes if route.root != "api")
        self._late: set[asyncio.Task[None]] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one HTTP request; other ASGI events are not for us."""
        if scope["type"] != "http":
            return
        body = await _read_body(receive)
        raw_path = scope["raw_path"].decode("latin-1").partition("?")[0]
        root, segments = split_path(raw_path)
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        path = "/" + "/".join(unquote(part) for part in segments)
        request = Request(scope["method"], path, {}, scope["query_string"].decode("latin-1"), headers, body, _NOBODY)
        if root is None and segments[:1] == ("__emulator",):
            await _send(send, await self._control(request, segments), self._headers())
            return
        match = (self._api if root else self._outside).find(segments)
        await self._serve(request, match, _Wire(connection_of(scope), receive, send, self._headers()))

    async def _control(self, request: Request, segments: tuple[str, ...]) -> Reply:
        """A control call is not logged as a call; what it writes is an effect all the same."""
        via = f"control {request.method} {request.full_path.removeprefix('/__emulator')}"
        token = current_effect.set(EffectMark(via=via, recorder=self._world.state_of(EffectLog).recorder))
        try:
            return await self._answer(request, self._outside.find(segments))
        finally:
            current_effect.reset(token)

    async def _serve(self, request: Request, match: Match | None, wire: "_Wire") -> None:
        log, faults = self._state.log, self._state.faults
        entry = log.open(request.method, request.full_path, request.query_string, self._world.clock.now_ms())
        if faults.latency_ms:
            await asyncio.sleep(faults.latency_ms / 1000)
        fault = faults.pick(request.method, request.full_path)
        if fault is None:
            reply = await self._run(request, match, entry)
            log.close(entry, reply.status)
            await wire.send(reply)
            return
        entry.fault = fault.kind.value
        log.close(entry, await self._disturb(fault, request, match, entry, wire))

    async def _disturb(
        self, fault: Fault, request: Request, match: Match | None, entry: LogEntry, wire: "_Wire"
    ) -> int | None:
        """Carry out ``fault``; return the status that was sent, or ``None``."""
        match fault.kind:
            case FaultKind.DELAYED_EFFECT:
                task = asyncio.create_task(self._run_later(fault.delay_s, request, match, entry))
                self._late.add(task)
                task.add_done_callback(self._late.discard)
                await wire.hang()
                return None
            case FaultKind.NO_EFFECT:
                return await wire.send(json_reply({} if fault.body is None else fault.body))
            case FaultKind.DELAY:
                await asyncio.sleep(fault.delay_s)
                return await wire.send(await self._run(request, match, entry))
            case FaultKind.TWICE:
                await self._run(request, match, entry)
                return await wire.send(await self._run(request, match, entry))
            case FaultKind.TRUNCATE:
                await wire.truncate(await self._run(request, match, entry), fault.bytes)
                return None
            case FaultKind.STATUS | FaultKind.HTML | FaultKind.RESET | FaultKind.HANG:
                if fault.when == "after":
                    await self._run(request, match, entry)
                return await wire.break_off(fault)

    async def _run_later(self, delay_s: float, request: Request, match: Match | None, entry: LogEntry) -> None:
        await asyncio.sleep(delay_s)
        await self._run(request, match, entry)

    async def _run(self, request: Request, match: Match | None, entry: LogEntry) -> Reply:
        entry.mark.via = f"{request.method} {request.full_path}"
        entry.mark.recorder = self._world.state_of(EffectLog).recorder
        self._commits.count_call()
        token = current_effect.set(entry.mark)
        try:
            return await self._answer(request, match)
        finally:
            current_effect.reset(token)
            entry.user = None if request.caller is _NOBODY else request.caller.identity

    async def _answer(self, request: Request, match: Match | None) -> Reply:
        try:
            try:
                return await self._handle(request, match)
            finally:
                self._commits.finish(current_effect.get())
        except DssError as refused:
            error = self._disguised(refused, request)
            return json_reply(error.to_json(), error.status)
        except Exception as failed:  # noqa: BLE001  outermost place of a call: answered, and logged with its trace
            _LOG.exception("defect in the emulator at %s %s", request.method, request.full_path)
            defect = DssError(500, "emulator.Defect", f"defect in the emulator: {type(failed).__name__}: {failed}")
            return json_reply(defect.to_json(), 500)

    def _disguised(self, error: DssError, request: Request) -> DssError:
        """Return a refusal as this node tells it: "not found" may come with another status, or under another class [seen]."""
        profile = self._world.profile
        if error.error_type == USER_NOT_FOUND:
            return DssError(profile.missing_user_status, error.error_type, error.message)
        if error.error_type != not_found("").error_type or "project_key" not in request.path or error.status != 404:
            return error
        if profile.hidden_not_found and not request.caller.is_admin:
            return unauthorized(error.message)
        return not_found(error.message, status=profile.not_found_status)

    async def _handle(self, request: Request, match: Match | None) -> Reply:
        if match is None:
            return self._no_route(request)
        route = match.by_method.get(request.method)
        if route is None and request.method == "HEAD":
            route = match.by_method.get("GET")
        if route is None:
            return self._wrong_verb(request)
        if route.since and route.first_version > self._world.profile.version:
            return self._no_route(request)
        request.path = match.path_of(route)
        self._judge(request, route)
        reply = route.handler(request, self._world)
        return reply if isinstance(reply, Reply) else await reply

    def _judge(self, request: Request, route: Route) -> None:
        """Refuse callers without the right of the route."""
        if route.right is Right.ANONYMOUS:
            return
        request.caller = self._world.authentication.caller(request.headers)
        mark = current_effect.get()
        if mark is not None:
            mark.by = request.caller.identity
        if route.right is Right.INSTANCE_ADMIN and not request.caller.is_admin:
            raise _forbidden()
        if route.has_project:
            flag = route.right.value if route.right in _PROJECT_RIGHTS else Right.VISIBLE.value
            self._world.judge_project(request.path["project_key"], request.caller, flag)

    def _no_route(self, request: Request) -> Reply:
        if self._world.profile.route_error_body == "json":
            error = not_found(f"No such route: {request.method} {request.full_path}")
            return json_reply(error.to_json(), error.status)
        return html_reply("<html><body><h1>404 Not Found</h1></body></html>", 404)

    def _wrong_verb(self, request: Request) -> Reply:
        text = f"Request method '{request.method}' is not supported"
        if self._world.profile.route_error_body == "json":
            error = DssError(405, "org.springframework.web.HttpRequestMethodNotSupportedException", text)
            return json_reply(error.to_json(), error.status)
        return html_reply(f"<html><body><h1>405 Method Not Allowed</h1><p>{text}</p></body></html>", 405)

    def _headers(self) -> tuple[tuple[bytes, bytes], ...]:
        return (
            (b"dss-version", self._world.profile.dss_version.encode()),
            (b"dss-api-version", _API_VERSION.encode()),
        )


class _Wire:
    """The way back to one client, straight or broken."""

    def __init__(
        self, connection: Connection | None, receive: Receive, send: Send, headers: tuple[tuple[bytes, bytes], ...]
    ) -> None:
        self._connection = connection
        self._receive = receive
        self._send = send
        self._headers = headers

    async def send(self, reply: Reply) -> int:
        await _send(self._send, reply, self._headers)
        return reply.status

    async def hang(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass

    async def truncate(self, reply: Reply, count: int | None) -> None:
        kept = reply.body[: len(reply.body) // 2 if count is None else count]
        start, _ = _events(reply, self._headers)
        await self._send(start)
        await self._send({"type": "http.response.body", "body": kept, "more_body": True})
        if self._connection is not None:
            self._connection.close()

    async def break_off(self, fault: Fault) -> int | None:
        match fault.kind:
            case FaultKind.RESET:
                if self._connection is not None:
                    self._connection.reset()
                return None
            case FaultKind.HANG:
                await self.hang()
                return None
            case FaultKind.HTML:
                page = fault.body or f"<html><body><h1>{fault.status}</h1><p>nginx</p></body></html>"
                return await self.send(html_reply(str(page), fault.status))
            case _:
                error = DssError(fault.status, "java.io.IOException", "Injected fault")
                return await self.send(json_reply(error.to_json() if fault.body is None else fault.body, fault.status))


def _forbidden() -> DssError:
    return DssError(
        403, "com.dataiku.dip.exceptions.UnauthorizedException", "You need to be an administrator to do this"
    )


async def _read_body(receive: Receive) -> bytes:
    chunks: list[bytes] = []
    while True:
        event = await receive()
        chunks.append(event.get("body", b""))
        if not event.get("more_body", False):
            return b"".join(chunks)


def _events(
    reply: Reply, headers: tuple[tuple[bytes, bytes], ...]
) -> tuple[MutableMapping[str, Any], MutableMapping[str, Any]]:
    own = [(name.lower().encode(), value.encode("latin-1", "replace")) for name, value in reply.headers.items()]
    fixed = [
        (b"content-type", reply.content_type.encode()),
        (b"content-length", str(len(reply.body)).encode()),
        *headers,
        *own,
    ]
    return (
        {"type": "http.response.start", "status": reply.status, "headers": fixed},
        {"type": "http.response.body", "body": reply.body},
    )


async def _send(send: Send, reply: Reply, headers: tuple[tuple[bytes, bytes], ...]) -> None:
    for event in _events(reply, headers):
        await send(event)
