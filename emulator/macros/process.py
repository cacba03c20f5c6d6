"""Runs code of a plugin component in a process of its own. Source: plugin-components.md 7.4.

The process gets its order on standard input, which stays open: when this node dies, even by ``kill -9``, the process sees the end of it and
dies too, as macros die with a backend. It reports on a pipe. It has a ticket of the user it works for, and its own process group, so that an
abort kills what it started as well.
"""

import asyncio
import contextlib
import json
import os
import shutil
import signal
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from emulator.json_text import JsonObject
from emulator.plugins.code_env import interpreter_of
from emulator.plugins.installed import Plugin
from emulator.rights import Caller

if TYPE_CHECKING:
    from emulator.world import World

__all__ = ["Outcome", "PluginProcess"]

_STAND_IN: Final = Path(__file__).resolve().parents[1] / "stand_in"
_HOST: Final = _STAND_IN / "run_macro.py"
_LINE_LIMIT: Final = 64 * 1024 * 1024
# Variables of this process that would steer the child's imports.
_NOT_HANDED_DOWN: Final = frozenset({"PYTHONPATH", "PYTHONHOME", "PYTHONSTARTUP", "EMULATOR_ADMIN_KEY"})


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a process ended: with ``content``, or with ``error`` (as in ``storedError``)."""

    content: bytes = b""
    error: JsonObject | None = None


class PluginProcess:
    """One process for one order; ``run`` it once."""

    def __init__(self, world: "World", plugin: Plugin, *, run_id: str, project_key: str, caller: Caller) -> None:
        """Prepare; nothing is started.

        Raises:
            DssError: the plugin's code env is not set up.
        """
        self._world = world
        self._plugin = plugin
        self._program = interpreter_of(world, plugin)
        self._project_key = project_key
        self._caller = caller
        self._directory = world.disk.path(f"run/macros/{run_id}")
        self._work_directory = world.disk.path(f"tmp/macros/{run_id}")
        self._process: asyncio.subprocess.Process | None = None
        self._is_killed = False

    @property
    def log(self) -> Path:
        """Where standard output and standard error go."""
        return self._directory / "log"

    @property
    def pid(self) -> int | None:
        """Process id, once started."""
        return None if self._process is None else self._process.pid

    def kill(self) -> None:
        """Kill the process and everything it started (SIGKILL): no ``finally`` of it runs."""
        self._is_killed = True
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)

    async def run(self, order: JsonObject, on_report: Callable[[JsonObject], None]) -> Outcome:
        """Start the process with ``order`` and wait for its end; reports on the way go to ``on_report``."""
        self._directory.mkdir(parents=True, exist_ok=True)
        self._work_directory.mkdir(parents=True, exist_ok=True)
        result_file = self._directory / "result"
        ticket = self._world.authentication.issue_ticket(self._caller)
        try:
            last = await self._talk({**order, "result_file": str(result_file)}, ticket, on_report)
            if last.get("done") is True:
                return Outcome(content=result_file.read_bytes())
            if "error" in last:
                return Outcome(error=last["error"])
            return Outcome(error=self._sudden_end())
        finally:
            self._world.authentication.revoke_ticket(ticket)
            result_file.unlink(missing_ok=True)
            shutil.rmtree(self._work_directory, ignore_errors=True)

    async def _talk(self, order: JsonObject, ticket: str, on_report: Callable[[JsonObject], None]) -> JsonObject:
        """Return the last report that the process made, ``{}`` if none."""
        loop = asyncio.get_running_loop()
        reading, writing = os.pipe()
        reader = asyncio.StreamReader(limit=_LINE_LIMIT)
        transport, _ = await loop.connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(reading, "rb", 0)
        )
        last: JsonObject = {}
        try:
            with self.log.open("ab") as log:
                self._process = await asyncio.create_subprocess_exec(
                    self._program,
                    str(_HOST),
                    str(writing),
                    stdin=asyncio.subprocess.PIPE,
                    stdout=log,
                    stderr=log,
                    cwd=self._work_directory,
                    env=self._environment(ticket),
                    pass_fds=(writing,),
                    start_new_session=True,
                )
            os.close(writing)
            writing = -1
            if self._is_killed:  # aborted before there was a process to kill
                self.kill()
            await self._send(order)
            while line := await reader.readline():
                last = self._read_report(line, last, on_report)
            await self._process.wait()
            # What it started and left behind would otherwise outlive the run.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
        finally:
            if writing >= 0:
                os.close(writing)
            transport.close()
        return last

    async def _send(self, order: JsonObject) -> None:
        stream = self._process.stdin if self._process is not None else None
        if stream is not None:
            stream.write(json.dumps(order).encode() + b"\n")
            with contextlib.suppress(ConnectionError):  # killed meanwhile
                await stream.drain()

    @staticmethod
    def _read_report(line: bytes, last: JsonObject, on_report: Callable[[JsonObject], None]) -> JsonObject:
        try:
            report: Any = json.loads(line)
        except ValueError:  # cut off by a kill
            return last
        on_report(report)
        return report if isinstance(report, dict) else last

    def _sudden_end(self) -> JsonObject:
        code = None if self._process is None else self._process.returncode
        text = (
            "The macro was aborted"
            if self._is_killed
            else f"The macro's process ended without a result (exit code {code})"
        )
        return {"errorType": "java.lang.Exception", "message": text, "detailedMessage": text, "stackTraceStr": text}

    def _environment(self, ticket: str) -> Mapping[str, str]:
        url = urlsplit(self._world.url)
        host, port = url.hostname or "127.0.0.1", str(url.port or 80)
        python_lib = self._plugin.directory / "python-lib"
        inherited = {name: value for name, value in os.environ.items() if name not in _NOT_HANDED_DOWN}
        return {
            **inherited,
            "PYTHONPATH": os.pathsep.join([str(python_lib), str(_STAND_IN)]),
            "PYTHONUNBUFFERED": "1",
            "DKU_CURRENT_PROJECT_KEY": self._project_key,
            "DKU_API_TICKET": ticket,
            "DKU_BACKEND_HOST": host,
            "DKU_BACKEND_EXT_HOST": host,
            "DKU_BACKEND_PORT": port,
            "DKU_BACKEND_PROTOCOL": url.scheme or "http",
            "DKU_BASE_PROTOCOL": url.scheme or "http",
            "DKU_BASE_PORT": port,
            "DKU_NODE_TYPE": self._world.kind,
            "DIP_HOME": str(self._world.disk.root),
            "DKU_CUSTOM_RESOURCE_FOLDER": str(self._plugin.directory / "resource"),
        }
