"""One DSS node, spoken to through the official client's own HTTP session.

The client sets no timeouts and hides the status in an exception text [client]; here every call has time limits and
every answer becomes a value or one of ``core.errors`` (table in ``answers``). Reads are retried, writes never.
"""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self
from urllib.parse import urlsplit

import requests
import tenacity
from dataikuapi import DSSClient
from requests.adapters import HTTPAdapter
from urllib3.exceptions import ConnectTimeoutError, MaxRetryError, NewConnectionError

from dataiku_iac.core.canonical import Json
from dataiku_iac.core.errors import ConfigError, NodeError, NodeUnavailable, OutcomeUnknown
from dataiku_iac.core.roles import Clock
from dataiku_iac.core.secret import Secret
from dataiku_iac.dss.answers import Answer, error_of, parsed_body
from dataiku_iac.dss.timing import Breaker, Retries, Timeouts, retry_after_s

__all__ = ["Call", "NodeSession"]

_ROOT: Final = "/dip/publicapi"  # what the official client uses; same tree as the documented /public/api [doc, client]
_CHUNK_BYTES: Final = 64 * 1024
_DOWN = "check that the node is up and reachable from here; then run the command again, or resume the run"


@dataclass(frozen=True, slots=True)
class Call:
    """One request as sent: ``GET``, ``/projects/CRM/datasets/``, 200 (``None``: no answer), 0.012 s."""

    method: str
    path: str
    status: int | None
    seconds: float


class _Busy(NodeUnavailable):
    """The node says when to come back."""

    def __init__(self, error: NodeUnavailable, *, retry_after_s: float) -> None:
        super().__init__(
            error.what, where=error.where, next_step=error.next_step, status=error.status, error_type=error.error_type
        )
        self.retry_after_s = retry_after_s


class NodeSession:
    """Implements ``core.roles.NodeApi``. Safe for threads; a context manager that closes its connections.

    ``url`` is the node's, without a slash at the end. ``on_call`` is told of every request sent, retries included.
    """

    def __init__(
        self,
        client: DSSClient,
        *,
        clock: Clock,
        timeouts: Timeouts | None = None,
        retries: Retries | None = None,
        breaker: Breaker | None = None,
        threads: int = 16,
        hidden: Sequence[Secret] = (),
        on_call: Callable[[Call], None] | None = None,
    ) -> None:
        self.url = _checked_url(str(client.host))
        self._session: requests.Session = client._session  # noqa: SLF001 - the client offers no other way to its authentication
        # As many callers may read at a time as we have readers; what the pool has no room for is opened and thrown away.
        self._session.mount(self.url, HTTPAdapter(pool_connections=1, pool_maxsize=2 * threads + 2, pool_block=False))
        self._clock = clock
        self._timeouts = timeouts or Timeouts()
        self._retries = retries or Retries()
        self._breaker = breaker or Breaker(clock)
        self._threads = threads
        self._hidden = tuple(hidden)
        self._on_call = on_call
        self._lock = threading.Lock()
        self._calls = 0
        self._met = False
        self._versions: tuple[str, str] = ("", "")
        self._pool: ThreadPoolExecutor | None = None

    @classmethod
    def connect(
        cls,
        url: str,
        api_key: Secret,
        *,
        clock: Clock,
        ca_bundle: Path | None = None,
        insecure: bool = False,
        timeouts: Timeouts | None = None,
        retries: Retries | None = None,
        threads: int = 16,
        on_call: Callable[[Call], None] | None = None,
    ) -> Self:
        """Return a session on the node at ``url``, e.g. ``https://dss.example.com:11200``; nothing is sent yet.

        ``ca_bundle`` names the certificates to trust instead of the usual ones; ``insecure`` trusts any.

        Raises:
            ConfigError: no URL of a node, no key, or both ways to trust at once.
        """
        base = _checked_url(url)
        if not api_key:
            raise ConfigError(
                "the API key is empty", where=f"node {base}", next_step="give the key of a user or service"
            )
        if insecure and ca_bundle is not None:
            raise ConfigError(
                "a certificate bundle and trusting any certificate exclude each other",
                where=f"node {base}",
                next_step="drop one of the two",
            )
        client = DSSClient(base, api_key=api_key.reveal(), no_check_certificate=insecure)
        if ca_bundle is not None:
            if not ca_bundle.is_file():
                raise ConfigError(
                    f"no certificate bundle at {ca_bundle}", where=f"node {base}", next_step="correct the path"
                )
            client._session.verify = str(ca_bundle)  # noqa: SLF001 - no argument of the client takes a bundle [client]
        return cls(
            client,
            clock=clock,
            timeouts=timeouts,
            retries=retries,
            threads=threads,
            hidden=(api_key,),
            on_call=on_call,
        )

    @classmethod
    def from_client(cls, client: DSSClient, *, clock: Clock, on_call: Callable[[Call], None] | None = None) -> Self:
        """Return a session with the authentication of ``client``: inside a macro, ``dataiku.api_client()``."""
        key = getattr(client, "api_key", None) or getattr(client, "internal_ticket", None)
        return cls(client, clock=clock, hidden=(Secret(key),) if isinstance(key, str) else (), on_call=on_call)

    def __repr__(self) -> str:
        return f"NodeSession({self.url})"

    def __reduce__(self) -> str:
        raise TypeError("a session holds credentials and is never serialised")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections."""
        with self._lock:
            pool, self._pool = self._pool, None
        if pool is not None:
            pool.shutdown(cancel_futures=True)
        self._session.close()

    @property
    def calls(self) -> int:
        """How many requests were sent so far, retries included."""
        return self._calls

    @property
    def versions(self) -> tuple[str, str]:
        """``DSS-Version`` and ``DSS-API-Version`` of the last answer that had them [doc], e.g. ``("14.6.2", "1")``; empty before."""
        return self._versions

    @property
    def is_given_up(self) -> bool:
        """True while the node does not answer and calls are refused at once."""
        return self._breaker.is_open

    # --- reads: retried while the node is unavailable ---

    def get(self, path: str, *, params: dict[str, str] | None = None) -> Json:
        """Return the parsed answer, ``None`` for an empty body."""
        return parsed_body(self._read(path, params, wants_text=False))

    def get_text(self, path: str) -> str:
        """Return the answer as text."""
        return self._read(path, None, wants_text=True).body

    def get_many(self, paths: Sequence[str]) -> list[Json]:
        """Return the answers in the order of ``paths``; after the first failure nothing more is sent."""
        if len(paths) < 2:
            return [self.get(path) for path in paths]
        running = [self._executor().submit(self.get, path) for path in paths]
        done, _ = wait(running, return_when=FIRST_EXCEPTION)
        failed = _first_failure(running, done)
        if failed is not None:
            for future in running:
                future.cancel()
            wait(running)
            raise failed
        return [future.result() for future in running]

    # --- writes: one request each ---

    def post(self, path: str, body: Json = None, *, params: dict[str, str] | None = None) -> Json:
        """Create or act."""
        return self._write("POST", path, None if body is None else _body(body), params)

    def put(self, path: str, body: Json) -> Json:
        """Replace a whole document."""
        return self._write("PUT", path, _body(body), None)

    def delete(self, path: str, *, params: dict[str, str] | None = None) -> Json:
        """Delete."""
        return self._write("DELETE", path, None, params)

    def post_text(self, path: str, text: str) -> Json:
        """Send ``text`` as the raw body."""
        return self._write("POST", path, text, None)

    # --- one request ---

    def _executor(self) -> ThreadPoolExecutor:
        with self._lock:
            if self._pool is None:
                self._pool = ThreadPoolExecutor(self._threads, thread_name_prefix="node-reader")
            return self._pool

    def _read(self, path: str, params: Mapping[str, str] | None, *, wants_text: bool) -> Answer:
        started = self._clock.monotonic()

        def stop(state: tenacity.RetryCallState) -> bool:
            limit = self._retries.total_s if self._met else min(self._retries.unmet_s, self._retries.total_s)
            return self._clock.monotonic() - started + state.upcoming_sleep > limit

        self._breaker.check(self.url)
        again = tenacity.Retrying(
            retry=tenacity.retry_if_exception(self._may_retry),
            wait=self._pause,
            stop=stop,
            sleep=self._clock.sleep,
            reraise=True,
        )
        return self._counted(lambda: again(self._send, "GET", path, params, None, wants_text=wants_text))

    def _write(self, method: str, path: str, body: str | None, params: Mapping[str, str] | None) -> Json:
        self._breaker.check(self.url)
        return parsed_body(self._counted(lambda: self._send(method, path, params, body)))

    def _counted(self, send: Callable[[], Answer]) -> Answer:
        """Let the breaker know whether the node answered; a refusal is an answer too."""
        try:
            answer = send()
        except NodeError as error:
            gone = isinstance(error, NodeUnavailable) or error.status in (None, 502, 503, 504)
            self._breaker.note(answered=not gone)
            raise
        self._breaker.note(answered=True)
        return answer

    def _may_retry(self, error: BaseException) -> bool:
        distrusted = isinstance(error.__cause__, requests.exceptions.SSLError)  # a certificate does not get better
        return isinstance(error, NodeUnavailable) and not distrusted and not self._breaker.is_open

    def _pause(self, state: tenacity.RetryCallState) -> float:
        """Exponential with full jitter, but at least what the node asks for."""
        error = state.outcome.exception() if state.outcome is not None else None
        drawn = tenacity.wait_random_exponential(multiplier=self._retries.first_s, max=self._retries.longest_s)(state)
        return max(drawn, error.retry_after_s) if isinstance(error, _Busy) else drawn

    def _send(
        self, method: str, path: str, params: Mapping[str, str] | None, body: str | None, *, wants_text: bool = False
    ) -> Answer:
        writes = method != "GET"
        started = self._clock.monotonic()
        status: int | None = None
        try:
            response = self._session.request(
                method,
                f"{self.url}{_ROOT}{path}",
                params=params,
                data=None if body is None else body.encode("utf-8"),
                timeout=(self._timeouts.connect_s, self._timeouts.read_s),
                allow_redirects=False,
                stream=True,
                verify=self._session.verify,  # given here, or a bundle named in the environment would win
            )
            status = response.status_code
            self._met = True
            text = self._read_body(response, started, writes=writes)
        except requests.RequestException as error:
            raise self._no_answer(f"{method} {path}", error, writes=writes) from error
        finally:
            self._note(Call(method, path, status, self._clock.monotonic() - started))
        answer = Answer(
            f"{method} {path}", self.url, status, self._masked(text), response.headers, writes, wants_text=wants_text
        )
        self._remember(response.headers)
        failure = error_of(answer)
        if isinstance(failure, NodeUnavailable):
            raise _Busy(failure, retry_after_s=retry_after_s(response.headers, self._clock))
        if failure is not None:
            raise failure
        if answer.body == text:
            return answer
        return Answer(answer.call, self.url, status, text, response.headers, writes, wants_text=wants_text)

    def _read_body(self, response: requests.Response, started: float, *, writes: bool) -> str:
        limit = self._timeouts.whole_write_s if writes else self._timeouts.whole_read_s
        pieces = []
        with response:
            for piece in response.iter_content(_CHUNK_BYTES):
                pieces.append(piece)
                if self._clock.monotonic() - started > limit:
                    raise requests.exceptions.ReadTimeout(f"the answer was not complete after {limit:.0f} s")
        return b"".join(pieces).decode("utf-8", "replace")

    def _no_answer(self, call: str, error: requests.RequestException, *, writes: bool) -> NodeError:
        what = f"{call}: {_why(error)}"
        where = f"node {self.url}"
        if not _was_sent(error):
            return NodeUnavailable(what, where=where, next_step=_trust(error) or _DOWN)
        if writes:
            return OutcomeUnknown(
                what,
                where=where,
                next_step="nothing to do by hand: the engine looks at the object before it goes on; or resume the run",
            )
        return NodeUnavailable(what, where=where, next_step=_DOWN)

    def _masked(self, text: str) -> str:
        for secret in self._hidden:
            if secret:
                text = text.replace(secret.reveal(), "***")
        return text

    def _note(self, call: Call) -> None:
        with self._lock:
            self._calls += 1
        if self._on_call is not None:
            self._on_call(call)

    def _remember(self, headers: Mapping[str, str]) -> None:
        if "DSS-Version" in headers:
            self._versions = (headers["DSS-Version"], headers.get("DSS-API-Version", ""))


def _checked_url(url: str) -> str:
    parts = urlsplit(url.strip())
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise ConfigError(
            f'"{url}" is not the URL of a node' if "@" not in url else "the URL of a node is not one",
            where="node",
            next_step="write e.g. https://dss.example.com:11200",
        )
    if parts.username is not None or parts.password is not None:
        raise ConfigError(
            "the URL of a node holds credentials",  # not repeated: it would be printed
            where=f"node {parts.hostname}",
            next_step="take them out of the URL; the API key has its own place",
        )
    return url.strip().rstrip("/")


def _body(value: Json) -> str:
    """Return the text that the official client would send; keys keep their order, as some maps of DSS show theirs."""
    return json.dumps(value, allow_nan=False)


def _first_failure(running: Sequence[Future[Json]], done: set[Future[Json]]) -> BaseException | None:
    for future in running:
        if future in done and not future.cancelled() and future.exception() is not None:
            return future.exception()
    return None


def _causes(error: BaseException) -> list[object]:
    """Return what requests and urllib3 wrapped, outermost first."""
    found: list[object] = []
    queue: list[object] = [error]
    while queue and len(found) < 20:
        item = queue.pop(0)
        if not isinstance(item, BaseException) or item in found:
            continue
        found.append(item)
        queue += [*item.args, getattr(item, "reason", None), item.__cause__, item.__context__]
    return found


def _was_sent(error: requests.RequestException) -> bool:
    """Tell whether the request may have reached the node; ``False`` only where that is certain."""
    causes = _causes(error)
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes):
        return False
    if any(getattr(cause, "reason", "") == "WRONG_VERSION_NUMBER" for cause in causes):
        return False  # plain HTTP on the other side: the handshake never ended
    if isinstance(error, requests.exceptions.ConnectTimeout | requests.exceptions.ProxyError):
        return False
    given_up = next((cause for cause in causes if isinstance(cause, MaxRetryError)), None)
    return not (given_up is not None and isinstance(given_up.reason, NewConnectionError | ConnectTimeoutError))


def _trust(error: requests.RequestException) -> str:
    if not isinstance(error, requests.exceptions.SSLError):
        return ""
    return (
        "give the certificate bundle that signs this node's certificate, or correct the URL (https or http, host name)"
    )


def _why(error: requests.RequestException) -> str:
    """Say in words what went wrong, without addresses of Python objects and without request headers."""
    for cause in _causes(error):
        match cause:
            case ssl.SSLCertVerificationError():
                return f"the certificate is not trusted ({cause.verify_message})"
            case ssl.SSLError():
                return f"no TLS connection ({cause.reason})"
            case ConnectionRefusedError():
                return "connection refused"
            case ConnectionResetError() | BrokenPipeError():
                return "connection reset"
            case _:
                pass
    match error:
        case requests.exceptions.ConnectTimeout():
            return "no connection within the time limit"
        case requests.exceptions.Timeout():
            return "no complete answer within the time limit"
        case requests.exceptions.ProxyError():
            return "the proxy cannot be reached, or refuses"
        case requests.exceptions.ChunkedEncodingError() | requests.exceptions.ContentDecodingError():
            return "the answer broke off"
        case _:
            pass
    if any("NameResolution" in type(cause).__name__ for cause in _causes(error)):
        return "the host name cannot be resolved"
    return f"no answer ({type(error).__name__})"
