"""Start, kill and steer nodes from tests, ``make up`` and the demo. Depends on nothing but the standard library."""

import json
import os
import secrets
import select
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from emulator.steering import Effect, Person

__all__ = ["NodeFailed", "NodeProcess", "start_node"]

_READY_TIMEOUT_S: Final = 60.0
_STOP_TIMEOUT_S: Final = 15.0
_ROOT: Final = Path(__file__).resolve().parent.parent


class NodeFailed(Exception):
    """A node did not start, or its control API refused something; the text says what it printed."""


@dataclass(slots=True)
class NodeProcess:
    """A running node, which ends when this process ends, however that comes. ``restart`` keeps data, URL and key; ``kill`` is SIGKILL."""

    data_dir: Path
    kind: str
    node_id: str
    api_key: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    port: int = 0
    url: str = ""
    _process: subprocess.Popen[str] | None = field(default=None, repr=False)

    @property
    def pid(self) -> int:
        """Process id of the node."""
        return self._running().pid

    @property
    def is_running(self) -> bool:
        """Whether the process lives."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start the process and wait for its ready line; raises ``NodeFailed``."""
        log = (self.data_dir / "run" / "node.log").open("a")
        self._process = subprocess.Popen(  # noqa: S603  our own interpreter and module
            [*self.command, "--port", str(self.port), "--end-with-stdin"],
            stdin=subprocess.PIPE,  # never written to: its end, even by our SIGKILL, is the node's end
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            env={**self.environment, "EMULATOR_ADMIN_KEY": self.api_key},
            cwd=_ROOT,
        )
        log.close()
        output = self._process.stdout
        assert output is not None  # noqa: S101  we asked for a pipe
        readable, _, _ = select.select([output], [], [], _READY_TIMEOUT_S)
        line = output.readline() if readable else ""
        if not line:
            self.kill()
            tail = (self.data_dir / "run" / "node.log").read_text()[-2000:]
            raise NodeFailed(f"node {self.node_id} did not get ready; its log ends with:\n{tail}")
        self.url = json.loads(line)["url"]
        self.port = int(self.url.rpartition(":")[2])

    def kill(self) -> None:
        """End the process as a power cut would (SIGKILL) and wait until it is gone."""
        if self._process is not None:
            self._process.kill()
            self._finish()

    def stop(self) -> None:
        """End the process in good order (SIGTERM)."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(_STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
        self._finish()

    def restart(self) -> None:
        """Start again after ``kill`` or ``stop``, on the same port and data; a running node is stopped first."""
        self.stop()
        self.start()

    def __enter__(self) -> "NodeProcess":
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop()

    def fail(self, kind: str, method: str = "*", path: str = "", **options: Any) -> None:
        """Add a fault, e.g. ``fail("status", "PUT", "/datasets/", when="after", status=503, on_hit=2, times=1)``."""
        self._control("POST", "/faults", {"kind": kind, "method": method, "path": path, **options})

    def clear_faults(self) -> None:
        """Remove all faults and the latency."""
        self._control("DELETE", "/faults")

    def latency(self, milliseconds: float) -> None:
        """Make every API call take that much longer."""
        self._control("PUT", "/latency", {"ms": milliseconds})

    def requests(
        self, *, method: str | None = None, path: str = "", effect: bool | None = None
    ) -> list[dict[str, Any]]:
        """Return the logged calls, oldest first: ``number, method, path, query, user, status, effect, fault, done, at_ms``."""
        query = {"method": method, "path": path or None, "effect": None if effect is None else str(effect)}
        sent = urllib.parse.urlencode({name: value for name, value in query.items() if value is not None})
        found: list[dict[str, Any]] = self._control("GET", f"/requests?{sent}")
        return found

    def clear_requests(self) -> None:
        """Empty the log."""
        self._control("DELETE", "/requests")

    def set_profile(self, **switches: Any) -> None:
        """Set switches of ``emulator/profile.py`` until the node is restarted."""
        self._control("PUT", "/profile", switches)

    def profile(self) -> dict[str, Any]:
        """Return every switch as it stands."""
        switches: dict[str, Any] = self._control("GET", "/profile")
        return switches

    def load_project(self, key: str, path: Path) -> None:
        """Serve a project tree or export archive under ``key``, as it is."""
        self._control("POST", f"/projects/{key}/load", {"path": str(Path(path).resolve())})

    def person(self, project: str, login: str = "admin") -> Person:
        """Return somebody at the user interface of a project."""
        return Person(self._control, project, login)

    def upgrade(self, dss_version: str) -> list[str]:
        """Make the node one of a later version, for good; return the versions whose migrations ran."""
        migrations: list[str] = self._control("POST", "/upgrade", {"version": dss_version})["migrations"]
        return migrations

    def mark(self) -> int:
        """Return a mark from which to read ``effects``; nothing is recorded before the first one."""
        number: int = self._control("POST", "/effects/mark")["mark"]
        return number

    def effects(self, since: int, *, project: str | None = None) -> list[Effect]:
        """Return every write to a part of an object since a mark, oldest first, with who wrote and through what."""
        query = {"since": str(since), **({} if project is None else {"project": project})}
        found = self._control("GET", f"/effects?{urllib.parse.urlencode(query)}")
        return [Effect.from_json(effect) for effect in found]

    def _control(self, method: str, path: str, body: object = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}/__emulator{path}", data=data, method=method)  # noqa: S310  our own node
        try:
            with urllib.request.urlopen(request, timeout=_READY_TIMEOUT_S) as answer:  # noqa: S310  our own node
                return json.loads(answer.read())
        except urllib.error.HTTPError as error:
            raise NodeFailed(f"{method} {path}: {error.read().decode(errors='replace')}") from error

    def _running(self) -> subprocess.Popen[str]:
        if self._process is None:
            raise NodeFailed(f"node {self.node_id} is not running; call start()")
        return self._process

    def _finish(self) -> None:
        process = self._running()
        process.wait()
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                stream.close()
        self._process = None


def start_node(
    data_dir: Path,
    *,
    kind: str = "design",
    node_id: str = "emulated-node",
    port: int = 0,
    s3_endpoint: str | None = None,
    profile: Mapping[str, Any] | None = None,
    env: Mapping[str, str] | None = None,
    api_key: str | None = None,
    seed: str | None = None,
) -> NodeProcess:
    """Start a node as a process of its own and return it when it answers.

    It ends when this process ends, even by ``kill -9``: it watches its standard input.
    ``profile`` holds switches of ``emulator/profile.py``; ``env`` is laid over this process's environment. Raises ``NodeFailed``.
    """
    try:
        (data_dir / "run").mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise NodeFailed(f"cannot write in {data_dir}: {error.strerror}; give another data directory") from error
    command = [sys.executable, "-m", "emulator", "--kind", kind, "--data-dir", str(data_dir), "--node-id", node_id]
    if s3_endpoint is not None:
        command += ["--s3-endpoint", s3_endpoint]
    if seed is not None:
        command += ["--seed", seed]
    if profile is not None:
        file = data_dir / "run" / "profile.json"
        file.write_text(json.dumps(dict(profile)))
        command += ["--profile", str(file)]
    node = NodeProcess(
        data_dir=data_dir,
        kind=kind,
        node_id=node_id,
        api_key=api_key or f"dkuaps-{secrets.token_urlsafe(24)}",
        command=tuple(command),
        environment={**os.environ, **(env or {})},
        port=port,
    )
    node.start()
    return node
