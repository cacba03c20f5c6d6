"""The S3 server itself: moto's S3 behind one mutex, HTTP/1.1, one write per answer.

Why a mutex: moto looks an object up, compares and stores without a lock in a threaded server, so conditional PUTs race; with the mutex
"exactly one winner" holds. Beyond moto, as on AWS: signatures are checked, ``If-None-Match`` other than ``*`` is 501, a conditional copy
is refused instead of ignored. Contents are kept in memory only: killing the process empties the store.

Control paths, without signature: ``/__emulator/faults`` (GET, POST, DELETE), ``/__emulator/faults/<id>/release`` (POST),
``/__emulator/requests`` (GET, DELETE).
"""

import contextlib
import io
import json
import socket
import struct
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from http.server import ThreadingHTTPServer
from typing import Any, Final
from urllib.parse import unquote
from xml.sax.saxutils import escape

from moto.moto_server.werkzeug_app import MotoRequestHandler, create_backend_app

from emulator.s3.faults import Action, BadFaultRule, FaultRule, FaultTable, When
from emulator.s3.signature import Credentials, SignatureProblem, SignedRequest, check_signature

__all__ = ["S3Server"]

_CONTROL: Final = "/__emulator/"
# Headers that this module writes itself.
_OWN_HEADERS: Final = frozenset({"connection", "content-length", "date", "server", "transfer-encoding"})
_LOG_LENGTH: Final = 100_000
_STATUS_OF_PROBLEM: Final = {"XAmzContentSHA256Mismatch": 400}


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer before it is put on the wire."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    @classmethod
    def json(cls, value: object, *, status: int = 200) -> "Answer":
        """Make an answer of a control path."""
        return cls(status, (("Content-Type", "application/json"),), json.dumps(value).encode())

    @classmethod
    def error(cls, status: int, code: str, message: str) -> "Answer":
        """Make an S3 error, e.g. 412 ``PreconditionFailed``."""
        text = f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{escape(code)}</Code><Message>{escape(message)}</Message></Error>'
        return cls(status, (("Content-Type", "application/xml"),), text.encode())


class _Handler(MotoRequestHandler):
    """One connection. ``run_wsgi`` is what the parent calls for each request, whatever its verb."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: "S3Server"  # type: ignore[assignment]  # we use of it what S3Server declares, not werkzeug's own server

    def run_wsgi(self) -> None:
        environ = self.make_environ()
        body = environ["wsgi.input"].read() if environ.get("wsgi.input_terminated") else self._read_body()
        environ["wsgi.input"] = io.BytesIO(body)
        environ["CONTENT_LENGTH"] = str(len(body))
        raw_path, _, raw_query = self.path.partition("?")
        if raw_path.startswith(_CONTROL):
            self._send(self.server.control(self.command, raw_path, body))
            return
        request = SignedRequest(
            self.command, raw_path, raw_query, {name.lower(): value for name, value in self.headers.items()}, body
        )
        answer = self.server.answer(request, environ)
        if answer is None:
            self._reset()
        else:
            self._send(answer)

    def log_request(self, code: Any = "-", size: Any = "-") -> None:
        """Stay silent: the request log has a control path."""

    def log_error(self, format: str, *args: Any) -> None:  # the parent's name
        """Stay silent: a client that went away is not news."""

    def _read_body(self) -> bytes:
        length = int(self.headers.get("Content-Length") or 0)
        return self.rfile.read(length) if length else b""

    def _send(self, answer: Answer) -> None:
        """Write head and body in one piece: two writes cost 40 ms where the peer delays its ACK."""
        head = [f"HTTP/1.1 {answer.status} {HTTPStatus(answer.status).phrase}", f"Date: {self.date_time_string()}"]
        length = len(answer.body)
        for name, value in answer.headers:
            if name.lower() == "content-length" and self.command == "HEAD":
                length = int(value)
            if name.lower() not in _OWN_HEADERS:
                head.append(f"{name}: {value}")
        if answer.status != HTTPStatus.NO_CONTENT:
            head.append(f"Content-Length: {length}")
        head.append(f"Connection: {'close' if self.close_connection else 'keep-alive'}")
        data = ("\r\n".join(head) + "\r\n\r\n").encode("latin-1")
        if self.command != "HEAD":
            data += answer.body
        try:
            self.connection.sendall(data)
        except OSError:  # the client gave up while we were busy; the effect stays
            self.close_connection = True

    def _reset(self) -> None:
        """Cut the connection with RST, as a dying proxy does."""
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        # shutdown_request would say FIN first; detach and close ourselves.
        with contextlib.suppress(OSError):
            self.connection.close()


class S3Server(ThreadingHTTPServer):
    """Listens at once; call ``serve_forever``. Port 0 lets the system choose, see ``endpoint``."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 256
    # What the parent handler asks of werkzeug's own server class.
    multithread = True
    multiprocess = False
    ssl_context = None

    def __init__(self, *, host: str, port: int, credentials: Credentials) -> None:
        """Bind ``host:port``.

        Raises:
            OSError: the address is in use or not ours.
        """
        self._app: Callable[..., Iterable[bytes]] = create_backend_app("s3")
        self._mutex = threading.Lock()
        self._credentials = credentials
        self._faults = FaultTable()
        self._requests: deque[dict[str, Any]] = deque(maxlen=_LOG_LENGTH)
        super().__init__((host, port), _Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Print a traceback unless it is only a connection that ended early."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)

    @property
    def endpoint(self) -> str:
        """Where clients connect, e.g. ``"http://127.0.0.1:40123"``."""
        host, port = self.server_address[:2]
        return f"http://{host!s}:{port}"

    def answer(self, request: SignedRequest, environ: dict[str, Any]) -> Answer | None:
        """Do what ``request`` asks, with the faults that are due; ``None`` means: cut the connection."""
        key = unquote(request.raw_path).lstrip("/")
        before = self._faults.strike(method=request.method, key=key, when=When.BEFORE)
        if before is not None:
            self._pause(before.rule, lambda: self._faults.wait(before))
            if before.rule.action in (Action.STATUS, Action.RESET):
                self._log(request, key, status=None, effect=False, fault=before.id)
                return _fault_answer(before.rule)
        answer = self._perform(request, environ)
        after = self._faults.strike(method=request.method, key=key, when=When.AFTER)
        struck = after or before
        self._log(
            request,
            key,
            status=answer.status,
            effect=_has_effect(request.method, answer.status),
            fault=struck.id if struck else None,
        )
        if after is not None:
            self._pause(after.rule, lambda: self._faults.wait(after))
            if after.rule.action in (Action.STATUS, Action.RESET):
                return _fault_answer(after.rule)
        return answer

    def control(self, method: str, path: str, body: bytes) -> Answer:
        """Answer a control path."""
        match (method, path.removeprefix(_CONTROL).strip("/").split("/")):
            case ("GET", ["faults"]):
                return Answer.json(self._faults.to_json())
            case ("POST", ["faults"]):
                try:
                    return Answer.json(self._faults.add(FaultRule.parse(json.loads(body))).to_json())
                except (BadFaultRule, json.JSONDecodeError) as exc:
                    return Answer.json({"error": str(exc)}, status=400)
            case ("POST", ["faults", fault_id, "release"]):
                found = self._faults.release(fault_id)
                return Answer.json({"released": found}, status=200 if found else 404)
            case ("DELETE", ["faults"]):
                self._faults.clear()
                return Answer.json({})
            case ("GET", ["requests"]):
                return Answer.json(list(self._requests))
            case ("DELETE", ["requests"]):
                self._requests.clear()
                return Answer.json({})
            case _:
                return Answer.json({"error": f"no control path {method} {path}"}, status=404)

    def _perform(self, request: SignedRequest, environ: dict[str, Any]) -> Answer:
        try:
            check_signature(request, self._credentials)
        except SignatureProblem as problem:
            return Answer.error(_STATUS_OF_PROBLEM.get(problem.code, 403), problem.code, str(problem))
        refused = _refuse_what_moto_ignores(request.method, request.headers)
        if refused is not None:
            return refused
        with self._mutex:
            return _call(self._app, environ)

    @staticmethod
    def _pause(rule: FaultRule, wait: Callable[[], None]) -> None:
        if rule.delay_s:
            time.sleep(rule.delay_s)
        if rule.action is Action.HOLD:
            wait()

    def _log(self, request: SignedRequest, key: str, *, status: int | None, effect: bool, fault: str | None) -> None:
        """Append to the request log; appending is atomic, so no lock."""
        entry = {"method": request.method, "key": key, "query": request.raw_query, "status": status, "effect": effect}
        self._requests.append({**entry, "fault": fault})


def _has_effect(method: str, status: int) -> bool:
    return method in ("PUT", "POST", "DELETE") and status < HTTPStatus.MULTIPLE_CHOICES


def _fault_answer(rule: FaultRule) -> Answer | None:
    if rule.action is Action.RESET:
        return None
    return Answer.error(rule.status, rule.code, f"fault injected {rule.when} the effect")


def _refuse_what_moto_ignores(method: str, headers: Mapping[str, str]) -> Answer | None:
    if method != "PUT":
        return None
    condition = headers.get("if-none-match")
    if condition is not None and condition != "*":
        return Answer.error(501, "NotImplemented", "If-None-Match takes only * on writes")
    if "x-amz-copy-source" in headers and (condition or "if-match" in headers):
        # AWS honours it, moto drops it; an ignored condition would be the dangerous answer.
        return Answer.error(501, "NotImplemented", "this server has no conditional CopyObject")
    return None


def _call(app: Callable[..., Iterable[bytes]], environ: dict[str, Any]) -> Answer:
    """Run the WSGI application to its end, body included: the mutex must cover a lazily read body too."""
    started: list[tuple[str, list[tuple[str, str]]]] = []

    def start_response(status: str, headers: list[tuple[str, str]], _exc: Any = None) -> None:
        started.append((status, headers))

    chunks = app(environ, start_response)
    try:
        body = b"".join(chunks)
    finally:
        close = getattr(chunks, "close", None)
        if close is not None:
            close()
    status, headers = started[-1]
    return Answer(int(status.split()[0]), tuple(headers), body)
