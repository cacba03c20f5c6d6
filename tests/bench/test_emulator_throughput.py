"""How fast a node answers, and that each answer is one write.

The rate is reported (``pytest -s``), not asserted: a shared machine proves nothing about a program. What is asserted is what
makes it fast: every response leaves in one write to the socket, head and body together, whatever its size.
"""

import asyncio
import http.client
import subprocess
import sys
from pathlib import Path
from typing import Any

import uvicorn

from emulator.areas import all_routes
from emulator.dispatch import Dispatcher
from emulator.launch import NodeProcess, start_node
from emulator.transport import OneWriteProtocol
from emulator.world import NodeSettings, World
from tests.conformance.conftest import opened

CLIENTS = 16
SECONDS = 1.0


class CountingTransport(asyncio.Transport):
    """Counts writes to the real transport."""

    def __init__(self, inner: asyncio.Transport, sizes: list[int]) -> None:
        super().__init__()
        self._inner = inner
        self._sizes = sizes

    def write(self, data: Any) -> None:
        self._sizes.append(len(data))
        self._inner.write(data)

    def __getattribute__(self, name: str) -> Any:
        if name in {"write", "_inner", "_sizes", "__class__"}:
            return object.__getattribute__(self, name)
        return getattr(object.__getattribute__(self, "_inner"), name)


def test_each_response_is_one_write(tmp_path: Path) -> None:
    """Small and large answers, errors and empty ones: one write each."""
    sizes: list[int] = []

    class Counted(OneWriteProtocol):
        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as its parent
            super().connection_made(CountingTransport(transport, sizes))

    world = World(NodeSettings(data_dir=tmp_path, admin_key="k"))

    def ask(port: int) -> list[int]:
        connection = http.client.HTTPConnection("127.0.0.1", port)
        headers = {"Authorization": "Bearer k"}
        body = '{"standard": {"long": "' + "x" * 50_000 + '"}, "local": {}}'
        create = '{"projectKey": "P", "name": "P", "owner": "admin"}'
        statuses = []
        for method, path, sent in (
            ("GET", "/auth/info", None),
            ("POST", "/projects/", create),
            ("PUT", "/projects/P/variables/", body),
            ("GET", "/projects/P/variables/", None),
            ("GET", "/projects/NOPE/settings", None),
            ("GET", "/no/such/route", None),
        ):
            connection.request(method, f"/public/api{path}", body=sent, headers=headers)
            answer = connection.getresponse()
            answer.read()
            statuses.append(answer.status)
        connection.close()
        return statuses

    async def serve_and_ask() -> list[int]:
        config = uvicorn.Config(
            Dispatcher(world, all_routes()),
            host="127.0.0.1",
            port=0,
            http=Counted,
            ws="none",
            lifespan="off",
            log_level="warning",
        )
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server.serve())
        while not server.started:
            await asyncio.sleep(0)
        port = server.servers[0].sockets[0].getsockname()[1]
        statuses = await asyncio.to_thread(ask, port)
        server.should_exit = True
        await serving
        return statuses

    assert asyncio.run(serve_and_ask()) == [200, 200, 200, 200, 401, 404]
    assert len(sizes) == 6
    assert sizes[3] > 50_000


HAMMER = """
import http.client, sys, time
host, key, path, seconds = sys.argv[1:]
connection = http.client.HTTPConnection(host)
done, deadline = 0, time.monotonic() + float(seconds)
while time.monotonic() < deadline:
    connection.request("GET", path, headers={"Authorization": "Bearer " + key})
    answer = connection.getresponse()
    answer.read()
    assert answer.status == 200
    done += 1
print(done)
"""


def answered(node: NodeProcess, path: str) -> int:
    """Return how many GETs the clients, each a process of its own with one connection, got answered together."""
    command = [sys.executable, "-S", "-c", HAMMER, node.url.removeprefix("http://"), node.api_key, path, str(SECONDS)]
    clients = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(CLIENTS)]
    return sum(int(client.communicate()[0]) for client in clients)


def test_rate_is_reported(tmp_path: Path) -> None:
    """16 client processes with keep-alive; every call is answered and logged."""
    with start_node(tmp_path / "node") as node:
        with opened(node) as dss:
            project = dss.client().create_project("P", "P", "admin")
            project.new_managed_dataset("d").with_store_into("filesystem_managed").create()
        for path in ("/auth/info", "/projects/P/variables/", "/projects/P/datasets/d"):
            node.clear_requests()
            found = answered(node, f"/public/api{path}")
            print(f"\nGET {path}: {found / SECONDS:,.0f} requests/s with {CLIENTS} clients")
            assert found == len(node.requests(path=f"^{path.rstrip('/')}$"))
