"""How the process of a node begins and ends."""

import socket
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from emulator.launch import start_node

ROOT = Path(__file__).resolve().parents[2]
DEADLINE_S = 30

STARTS_TWO_NODES = """
import sys
from pathlib import Path
from emulator.launch import start_node
nodes = [start_node(Path(directory)) for directory in sys.argv[1:]]
print(*(node.url for node in nodes), flush=True)
sys.stdin.read()
"""


def connect(url: str) -> socket.socket:
    place = urlsplit(url)
    assert place.hostname
    assert place.port
    return socket.create_connection((place.hostname, place.port), timeout=DEADLINE_S)


def wait_for_end_of(connection: socket.socket) -> None:
    """Return when the process at the other end is gone; while it lives it waits for our request, much longer than we do."""
    try:
        assert connection.recv(1) == b""
    except ConnectionResetError:
        pass
    except TimeoutError:
        raise AssertionError("the node is still there") from None


def test_nodes_end_with_a_killed_parent(tmp_path: Path) -> None:
    """SIGKILL lets the parent tidy up nothing: the nodes see the end of their standard input, none holds that of the other."""
    parent = subprocess.Popen(
        [sys.executable, "-c", STARTS_TWO_NODES, str(tmp_path / "a"), str(tmp_path / "b")],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with ExitStack() as stack, parent:
        assert parent.stdout
        connections = [stack.enter_context(connect(url)) for url in parent.stdout.readline().split()]
        parent.kill()
        assert len(connections) == 2
        for connection in connections:
            wait_for_end_of(connection)


@pytest.mark.parametrize("way", ["kill", "stop"])
def test_a_node_ended_on_purpose_can_start_again(tmp_path: Path, way: str) -> None:
    """Same URL, another process; the pipes of the old one are closed."""
    with start_node(tmp_path) as node:
        url, pid = node.url, node.pid
        with connect(url) as connection:
            getattr(node, way)()
            wait_for_end_of(connection)
        assert not node.is_running
        node.restart()
        assert (node.url, node.is_running) == (url, True)
        assert node.pid != pid
        connect(url).close()
