"""One S3 server and two nodes for all tests of the engine; every test has its own stack and project."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest

from emulator.launch import NodeProcess, start_node
from emulator.s3 import S3Process, start_s3
from tests.engine.workshop import BUCKET, Workshop

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def s3() -> Iterator[S3Process]:
    with start_s3() as process:
        process.create_bucket(BUCKET)
        yield process


@pytest.fixture(scope="session")
def running_node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NodeProcess]:
    with start_node(tmp_path_factory.mktemp("node")) as process:
        yield process


@pytest.fixture
def node(running_node: NodeProcess) -> Iterator[NodeProcess]:
    running_node.clear_faults()
    running_node.clear_requests()
    yield running_node
    running_node.clear_faults()


@pytest.fixture
def workshop(node: NodeProcess, s3: S3Process) -> Iterator[Workshop]:
    access = {"endpoint": s3.endpoint, "access_key": s3.access_key, "secret_key": s3.secret_key}
    opened = Workshop(node.url, node.api_key, access, f"engine-{next(_numbers)}")
    yield opened
    opened.close()


@pytest.fixture
def key() -> str:
    """A project key that no other test uses."""
    return f"P{next(_numbers)}"
