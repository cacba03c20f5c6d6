"""``--node``: the suite against a node that it did not start. Proven on an emulated node of its own, started beside."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from emulator.launch import NodeProcess, start_node
from tests.conformance.conftest import KEY_VARIABLE, NEEDS_CONTROL, OWN_NODES, opened

ROOT = Path(__file__).resolve().parents[2]
HERE = "tests/conformance"


def run(node: NodeProcess, *arguments: str, key: str | None = None) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    environment[KEY_VARIABLE] = node.api_key if key is None else key
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:xdist",
        "-p",
        "no:cacheprovider",
        "-rs",
        "--node",
        node.url,
    ]
    return subprocess.run(
        [*command, *arguments], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300, check=False
    )


def test_the_suite_runs_on_a_node_started_elsewhere_and_cleans_up(tmp_path: Path) -> None:
    """Facts are asked, what needs control calls is skipped with its reason, projects of the prefix are gone, others stay."""
    with start_node(tmp_path / "node") as node, opened(node) as dss:
        client = dss.client()
        for key in ("MINE_LEFTOVER", "CONFORMANCE", "SOMEBODYS"):
            client.create_project(key, key, "admin")
        files = [f"{HERE}/test_{name}.py" for name in ("projects", "transport", "ui_saves", "restart")]
        done = run(node, "--project-prefix", "MINE_", *files)
        assert done.returncode == 0, done.stdout[-3000:]
        assert int((re.search(r"(\d+) passed", done.stdout) or [0, 0])[1]) > 30
        assert NEEDS_CONTROL in done.stdout
        assert OWN_NODES in done.stdout
        assert client.list_project_keys() == ["CONFORMANCE", "SOMEBODYS"]
        made = {call["path"].split("/")[2] for call in node.requests(effect=True, path="^/projects/[^/]+")}
        assert all(key.startswith("MINE_") for key in made - {"CONFORMANCE", "SOMEBODYS"})


@pytest.mark.parametrize(
    ("arguments", "key", "text"),
    [((), "", "needs an admin key"), (("--project-prefix", "x"), "k", "or others' projects could be meant")],
)
def test_a_node_without_key_or_prefix_is_refused_before_anything_runs(
    node: NodeProcess, arguments: tuple[str, ...], key: str, text: str
) -> None:
    """Exit status 4 is pytest's for wrong usage."""
    done = run(node, *arguments, f"{HERE}/test_transport.py", key=key)
    assert (done.returncode, text in done.stderr) == (4, True)


def test_no_test_names_the_key_of_its_project_itself() -> None:
    """It would ask for a project that is not there as soon as there is a prefix: ``tests/conformance/keys.py`` has the key."""
    names = re.compile(r"""["'/{]CONFORMANCE\b""")
    guilty = [file.name for file in (ROOT / HERE).glob("test_*.py") if names.search(file.read_text())]
    assert [name for name in guilty if name != Path(__file__).name] == []
