"""``python -m emulator``: one node until it is stopped. Prints one JSON line when it is ready."""

import argparse
import asyncio
import json
import logging
import os
import socket
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import uvicorn
import uvloop

from emulator.areas import all_routes, start_hooks
from emulator.dispatch import Dispatcher
from emulator.profile import Profile
from emulator.transport import OneWriteProtocol
from emulator.world import NodeSettings, World

__all__ = ["main"]

ADMIN_KEY_VARIABLE: Final = "EMULATOR_ADMIN_KEY"
_BACKLOG: Final = 512


_DESCRIPTION: Final = (
    "A DSS node on localhost, for development and tests. Runs until it is stopped (Ctrl-C or SIGTERM)."
)
_EPILOG: Final = """\
When it is ready it prints one line of JSON on standard output:
  {"url": "http://127.0.0.1:8001", "api_key": "dkuaps-...", "node_id": "emulated-node", "kind": "design"}
The key is that of an administrator. What was answered is on disk: started again on the same directory, the node goes on.

example:
  python -m emulator --data-dir /tmp/node1 --port 8001
"""


class CannotStart(Exception):
    """The node cannot start; the text is one line that says what to do."""


def _parse(arguments: Sequence[str], environment: Mapping[str, str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m emulator",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    node = parser.add_argument_group("the node")
    node.add_argument(
        "--data-dir", type=Path, required=True, metavar="DIR", help="where the node keeps everything; made if missing"
    )
    node.add_argument("--kind", choices=("design", "automation"), default="design", help="default: design")
    node.add_argument("--node-id", default="emulated-node", metavar="ID", help="default: emulated-node")
    node.add_argument(
        "--admin-key",
        default=environment.get(ADMIN_KEY_VARIABLE),
        metavar="SECRET",
        help=f"admin key; shows in the process list, so better set {ADMIN_KEY_VARIABLE} (default: a new one at every start)",
    )
    node.add_argument(
        "--profile", type=Path, metavar="FILE", help="JSON with version and switches, see emulator/profile.py"
    )
    node.add_argument("--s3-endpoint", metavar="URL", help="S3 server of EC2 connections that name none")
    node.add_argument("--seed", metavar="TEXT", help="repeatable ids and clock")
    process = parser.add_argument_group("the process")
    process.add_argument("--host", default="127.0.0.1", help="address to listen on (default: 127.0.0.1)")
    process.add_argument("--port", type=_port, default=0, metavar="N", help="port (default: 0, any that is free)")
    process.add_argument("--end-with-stdin", action="store_true", help="end when standard input is closed")
    process.add_argument(
        "--log-level",
        default="warning",
        choices=("debug", "info", "warning", "error"),
        help="what is logged on standard error (default: warning)",
    )
    return parser.parse_args(arguments)


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text} is not a port; ports are 0 to 65535")
    return int(text)


def main(arguments: Sequence[str], environment: Mapping[str, str]) -> int:
    """Run a node; return the exit status: 1 if it cannot start, 2 for wrong options."""
    options = _parse(arguments, environment)
    if options.end_with_stdin:
        threading.Thread(target=_end_with_stdin, daemon=True).start()
    logging.basicConfig(
        level=options.log_level.upper(), stream=sys.stderr, format="%(asctime)s %(name)s %(levelname)s %(message)s"
    )
    try:
        profile = Profile() if options.profile is None else Profile.from_json(json.loads(options.profile.read_text()))
    except (OSError, ValueError) as error:
        print(f"cannot read the profile {options.profile}: {error}", file=sys.stderr)
        return 2
    settings = NodeSettings(
        data_dir=options.data_dir.resolve(),
        kind=options.kind,
        node_id=options.node_id,
        admin_key=options.admin_key or None,
        seed=options.seed,
        s3_endpoint=options.s3_endpoint,
        profile=profile,
    )
    try:
        # Before the world is loaded: that counts a start and tidies up, in what may be the directory of a running node.
        with _listen(options.host, options.port) as listening:
            _check_writable(settings.data_dir)
            with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                runner.run(_serve(World(settings), options, listening))
    except CannotStart as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:  # raised again by the server after it has shut down in good order
        return 130
    return 0


def _listen(host: str, port: int) -> socket.socket:
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        return socket.create_server(address[:2], family=family, backlog=_BACKLOG)
    except OSError as error:
        raise CannotStart(
            f"cannot listen on {host}:{port}: {_reason(error)}; give another --port (0: any that is free) or --host"
        ) from error


def _check_writable(data_dir: Path) -> None:
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=data_dir):
            pass
    except OSError as error:
        raise CannotStart(
            f"cannot write in the data directory {data_dir}: {_reason(error)}; make it writable or give another --data-dir"
        ) from error


def _reason(error: OSError) -> str:
    # Without number and "[Errno ...] Error while attempting to bind on address": the sentence has said that already.
    return os.strerror(error.errno) if error.errno and error.errno > 0 else error.strerror or str(error)


async def _serve(world: World, options: argparse.Namespace, listening: socket.socket) -> None:
    config = uvicorn.Config(
        Dispatcher(world, all_routes()),
        http=OneWriteProtocol,
        ws="none",
        lifespan="off",
        log_level=options.log_level,
        access_log=False,
        server_header=False,
        timeout_keep_alive=60,
        timeout_graceful_shutdown=1,
        backlog=_BACKLOG,
    )
    server = _AnnouncedServer(config, world)
    await server.serve(sockets=[listening])


class _AnnouncedServer(uvicorn.Server):
    """Prints the ready line once the port is bound."""

    def __init__(self, config: uvicorn.Config, world: World) -> None:
        super().__init__(config)
        self._world = world

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, load the areas, announce."""
        await super().startup(sockets)
        if not self.started:
            return
        host, port = self.servers[0].sockets[0].getsockname()[:2]
        self._world.url = f"http://{host}:{port}"
        for hook in start_hooks():
            hook(self._world)
        ready = {
            "url": self._world.url,
            "api_key": self._world.admin_key,
            "node_id": self._world.node_id,
            "kind": self._world.kind,
        }
        print(json.dumps(ready), flush=True)


def _end_with_stdin() -> None:
    # Not sys.stdin: a thread that waits in its buffer would hold the lock that the interpreter takes on a proper exit.
    while os.read(0, 4096):
        pass
    os._exit(0)  # like a kill: every answered call is on disk, and macros end with us


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
