"""One node for all stories of a process; each story has its own project and stack."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

from emulator.launch import NodeProcess, start_node
from tests.stories.stage import Stage

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def running_node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NodeProcess]:
    with start_node(tmp_path_factory.mktemp("node")) as process:
        yield process


@pytest.fixture
def node(running_node: NodeProcess) -> Iterator[NodeProcess]:
    standard = running_node.profile()
    running_node.clear_requests()
    yield running_node
    running_node.clear_faults()
    running_node.set_profile(**standard)


@pytest.fixture
def stage(node: NodeProcess, tmp_path: Path) -> Iterator[Stage]:
    with Stage(node, tmp_path / "state", f"S{next(_numbers)}X") as opened:
        yield opened
