"""How the process of a node begins and ends."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from emulator.launch import NodeFailed, start_node

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


def test_ctrl_c_ends_without_a_trace(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "emulator", "--data-dir", str(tmp_path)]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as node:
        assert node.stdout
        assert json.loads(node.stdout.readline())["kind"] == "design"
        node.send_signal(signal.SIGINT)
        assert node.communicate(timeout=DEADLINE_S) == ("", "")
    assert node.returncode == 130


def emulator(*arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "emulator", *arguments],
        cwd=ROOT,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=DEADLINE_S,
        check=False,
    )


def refusal_of(ended: "subprocess.CompletedProcess[str]") -> str:
    """Return the one line that a node which cannot start prints."""
    assert (ended.returncode, ended.stdout) == (1, "")
    (line,) = ended.stderr.splitlines()
    return line


def test_a_port_in_use_is_told_before_anything_is_touched(tmp_path: Path) -> None:
    """The directory may be that of the node which has the port: a start would be counted there, and begun files removed."""
    directory = tmp_path / "node"
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        line = refusal_of(emulator("--data-dir", str(directory), "--port", str(port)))
        assert not directory.exists()
        with pytest.raises(NodeFailed, match="Address already in use"):
            start_node(directory, port=port)
    assert line.startswith(f"cannot listen on 127.0.0.1:{port}: Address already in use; give another --port")


def test_a_host_that_is_not_ours_is_told(tmp_path: Path) -> None:
    """An address for documentation, which no machine has."""
    line = refusal_of(emulator("--data-dir", str(tmp_path), "--host", "192.0.2.1"))
    assert line.startswith("cannot listen on 192.0.2.1:0: Cannot assign requested address; ")


def a_file(tmp_path: Path) -> Path:
    (tmp_path / "file").write_text("")
    return tmp_path / "file"


def below_a_file(tmp_path: Path) -> Path:
    return a_file(tmp_path) / "node"


def read_only(tmp_path: Path) -> Path:
    if os.geteuid() == 0:  # whom no mode stops
        return Path("/proc")
    tmp_path.chmod(0o555)
    return tmp_path


@pytest.mark.parametrize("make", [a_file, below_a_file, read_only])
def test_a_data_directory_that_cannot_be_written_is_told(tmp_path: Path, make: Callable[[Path], Path]) -> None:
    """One line with the directory and what to do; from Python the error of a node that does not start."""
    directory = make(tmp_path)
    line = refusal_of(emulator("--data-dir", str(directory)))
    assert line.startswith(f"cannot write in the data directory {directory}: ")
    assert line.endswith("; make it writable or give another --data-dir")
    with pytest.raises(NodeFailed, match="give another data directory"):
        start_node(directory)


@pytest.mark.parametrize("port", ["-1", "65536", "eighty"])
def test_a_port_that_is_none_is_a_wrong_option(tmp_path: Path, port: str) -> None:
    ended = emulator("--data-dir", str(tmp_path / "node"), f"--port={port}")
    assert (ended.returncode, ended.stdout) == (2, "")
    assert f"argument --port: {port} is not a port" in ended.stderr


def test_help_explains_every_option_and_tells_no_secret() -> None:
    """Read from the help itself: an option without a word of explanation ends its entry at once."""
    ended = emulator("--help", EMULATOR_ADMIN_KEY="planted-secret", COLUMNS="100", NO_COLOR="1")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "planted-secret" not in ended.stdout
    lines = ended.stdout.splitlines()
    described = {}
    for number, line in enumerate(lines):
        if line.startswith("  --"):
            words = line[24:].strip() if line[22:24] == "  " else lines[number + 1].strip()
            described[line.split()[0]] = words
    usage = ended.stdout[: ended.stdout.index("\n\n")]
    assert set(described) == {word.strip("[]") for word in usage.split() if word.lstrip("[").startswith("--")}
    assert [option for option, words in described.items() if not words or words.startswith("--")] == []
