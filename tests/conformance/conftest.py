"""Nodes and clients for the conformance tests.

By default every test module has an emulated node of its own. With ``DSS_URL`` and ``DSS_API_KEY`` (an admin key) in the
environment, the tests that need no control API (those that take ``dss`` and not ``node``) run against that node instead:
every difference is a fact that the emulator has wrong. ``DSS_OWNER`` is then the login that owns the projects they make.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import dataikuapi
import pytest
import requests

from emulator.launch import NodeProcess, start_node
from tests.conformance.instance import Clients, opened_clients

REAL_PROJECTS = Path(__file__).resolve().parents[3] / "shared" / "real-projects"


@dataclass
class Dss:
    """One node as a test sees it; ``owner`` is a login that may own projects."""

    url: str
    api_key: str
    owner: str = "admin"
    _open: list[Any] = field(default_factory=list)

    def client(self, key: str | None = None) -> Any:
        """Return an official client, closed at the end of the test."""
        client = dataikuapi.DSSClient(self.url, self.api_key if key is None else key)
        self._open.append(client._session)
        return client

    def http(self) -> requests.Session:
        """Return a plain HTTP session, for what the official client hides (status, headers)."""
        session = requests.Session()
        session.auth = (self.api_key, "")
        self._open.append(session)
        return session

    def api(self, path: str) -> str:
        """Return the URL of an API path."""
        return f"{self.url}/public/api{path}"

    def personal_key(self, login: str) -> str:
        """Make a personal key of a user and return its secret (clients before 14 hide it)."""
        body = {"user": login, "label": "conformance", "description": ""}
        key: str = self.http().post(self.api("/admin/personal-api-keys/"), json=body).json()["key"]
        return key

    def close(self) -> None:
        for session in self._open:
            session.close()


@contextmanager
def opened(node: NodeProcess) -> Iterator[Dss]:
    dss = Dss(node.url, node.api_key)
    try:
        yield dss
    finally:
        dss.close()


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NodeProcess]:
    """An emulated node with its control API."""
    with start_node(tmp_path_factory.mktemp("node")) as running:
        yield running


@pytest.fixture
def steered(node: NodeProcess) -> Iterator[NodeProcess]:
    """The node of the module, without faults, log or changed switches after the test."""
    node.clear_requests()
    switches = node.profile()
    try:
        yield node
    finally:
        node.clear_faults()
        node.set_profile(**switches)


@pytest.fixture(scope="module")
def _where(request: pytest.FixtureRequest) -> tuple[str, str, str]:
    url, key = os.environ.get("DSS_URL"), os.environ.get("DSS_API_KEY")
    if url and key:
        return url, key, os.environ.get("DSS_OWNER", "admin")
    node: NodeProcess = request.getfixturevalue("node")
    return node.url, node.api_key, "admin"


@pytest.fixture
def dss(_where: tuple[str, str, str]) -> Iterator[Dss]:
    """The node under test: the real one if there is one, else the emulated one."""
    dss = Dss(*_where)
    try:
        yield dss
    finally:
        dss.close()


@pytest.fixture
def only_here() -> None:
    """Skip on a real node: the test says what the emulated one cannot do, and a real one can."""
    if os.environ.get("DSS_URL"):
        pytest.skip("a real node does what this test says is refused")


@pytest.fixture
def client(dss: Dss) -> Any:
    """An official client with an admin key."""
    return dss.client()


@pytest.fixture
def project(dss: Dss, client: Any) -> Iterator[Any]:
    """A fresh, empty project, deleted after the test."""
    key = "CONFORMANCE"
    made = client.create_project(key, "Conformance", dss.owner)
    try:
        yield made
    finally:
        made.delete(clear_managed_datasets=True, clear_output_managed_folders=True)


@pytest.fixture
def real_projects() -> Path:
    """The folder of real projects, if it is there."""
    if not REAL_PROJECTS.is_dir():
        pytest.skip("no real projects beside the repository")
    return REAL_PROJECTS


@pytest.fixture
def clients(node: NodeProcess) -> Iterator[Clients]:
    """Clients of several users of the module's node."""
    with opened_clients(node) as opened_ones:
        yield opened_ones


@pytest.fixture
def admin(clients: Clients) -> Any:
    """The administrator's client."""
    return clients.admin
