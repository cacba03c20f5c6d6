"""``python -m emulator``: one node until it is stopped. Prints one JSON line when it is ready."""

import argparse
import asyncio
import json
import logging
import os
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

import uvicorn
import uvloop

from emulator.areas import all_routes, start_hooks
from emulator.dispatch import Dispatcher
from emulator.profile import Profile
from emulator.transport import OneWriteProtocol
from emulator.world import NodeSettings, World

__all__ = ["main"]

ADMIN_KEY_VARIABLE = "EMULATOR_ADMIN_KEY"


def _parse(arguments: Sequence[str], environment: Mapping[str, str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m emulator", description="A DSS node on localhost.")
    parser.add_argument("--kind", choices=("design", "automation"), default="design")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 = any free port (default)")
    parser.add_argument("--data-dir", type=Path, required=True, help="where the node keeps everything")
    parser.add_argument("--node-id", default="emulated-node")
    parser.add_argument(
        "--admin-key",
        default=environment.get(ADMIN_KEY_VARIABLE),
        help=f"secret of the admin key (default: ${ADMIN_KEY_VARIABLE}, else generated at every start)",
    )
    parser.add_argument("--profile", type=Path, help="JSON file with switches of emulator/profile.py")
    parser.add_argument("--end-with-stdin", action="store_true", help="end when standard input is closed")
    parser.add_argument("--seed", help="repeatable ids and clock")
    parser.add_argument("--s3-endpoint", help="URL of the S3 server that EC2 connections use by default")
    parser.add_argument("--log-level", default="warning", choices=("debug", "info", "warning", "error"))
    return parser.parse_args(arguments)


def main(arguments: Sequence[str], environment: Mapping[str, str]) -> int:
    """Run a node; return the exit status."""
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
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(World(settings), options))
    return 0


async def _serve(world: World, options: argparse.Namespace) -> None:
    config = uvicorn.Config(
        Dispatcher(world, all_routes()),
        host=options.host,
        port=options.port,
        http=OneWriteProtocol,
        ws="none",
        lifespan="off",
        log_level=options.log_level,
        access_log=False,
        server_header=False,
        timeout_keep_alive=60,
        timeout_graceful_shutdown=1,
        backlog=512,
    )
    server = _AnnouncedServer(config, world)
    await server.serve()


class _AnnouncedServer(uvicorn.Server):
    """Prints the ready line once the port is bound."""

    def __init__(self, config: uvicorn.Config, world: World) -> None:
        super().__init__(config)
        self._world = world

    async def startup(self, sockets: list[object] | None = None) -> None:  # type: ignore[override]
        """Bind, load the areas, announce."""
        await super().startup()
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
