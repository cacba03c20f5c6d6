"""Nodes and clients for the conformance tests.

By default every test module has an emulated node of its own. ``pytest tests/conformance --node URL``, with an admin key in
``DSS_API_KEY``, runs the tests that need no control API (those that take ``dss`` and not ``node``) against that node instead:
every difference is a fact that the emulator has wrong. The others are skipped and say so. ``--owner`` is the login that owns the
projects they make; all their keys begin with ``--project-prefix``, and what a killed run left of them is removed first.
"""

import os
import re
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

KEY_VARIABLE = "DSS_API_KEY"
PREFIX_VARIABLE = "CONFORMANCE_PREFIX"
"""How tests/conformance/keys.py, which is first read after the options are, gets to know the prefix."""
NEEDS_CONTROL = "needs the control calls of an emulated node (faults, switches, files, persons)"
OWN_NODES = "is about the emulator itself, or starts nodes of its own"
REAL_PROJECTS = Path(__file__).resolve().parents[3] / "shared" / "real-projects"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options that name another node."""
    group = parser.getgroup("conformance")
    group.addoption("--node", default=os.environ.get("DSS_URL"), metavar="URL", help="run against this DSS node")
    owner = os.environ.get("DSS_OWNER", "admin")
    group.addoption("--owner", default=owner, metavar="LOGIN", help=f"owner of the projects made there ({owner})")
    group.addoption("--project-prefix", default="IACCONF_", metavar="TEXT", help="of their keys (IACCONF_)")


def pytest_configure(config: pytest.Config) -> None:
    """Refuse a node without key or prefix before anything runs; tell the prefix to test modules and workers."""
    if not _node_url(config):
        return
    if not os.environ.get(KEY_VARIABLE):
        raise pytest.UsageError(f"--node needs an admin key of that node in the environment variable {KEY_VARIABLE}")
    prefix = config.getoption("--project-prefix")
    if not re.fullmatch(r"[A-Z][A-Z0-9_]{3,}", prefix):
        raise pytest.UsageError(
            f"--project-prefix {prefix!r}: at least 4 of A-Z, 0-9 and _, or others' projects could be meant"
        )
    os.environ[PREFIX_VARIABLE] = prefix + os.environ.get("PYTEST_XDIST_WORKER", "").upper()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Skip on another node what cannot be asked there."""
    if not _node_url(config):
        return
    for item in items:
        names = getattr(item, "fixturenames", ())
        if "node" in names:
            item.add_marker(pytest.mark.skip(reason=NEEDS_CONTROL))
        elif "dss" not in names:
            item.add_marker(pytest.mark.skip(reason=OWN_NODES))


def _node_url(config: pytest.Config) -> str | None:
    url: str | None = config.getoption("--node", default=None)
    return None if url is None else url.rstrip("/")


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


@pytest.fixture(scope="session")
def _other_node(request: pytest.FixtureRequest) -> Iterator[tuple[str, str, str] | None]:
    """The node of ``--node``, without projects of ours before and after; ``None`` if there is none."""
    url = _node_url(request.config)
    if url is None:
        yield None
        return
    key = os.environ[KEY_VARIABLE]
    _remove_projects(url, key)
    try:
        yield url, key, request.config.getoption("--owner")
    finally:
        _remove_projects(url, key)


def _remove_projects(url: str, key: str) -> None:
    client = dataikuapi.DSSClient(url, key)
    try:
        for project_key in client.list_project_keys():
            if project_key.startswith(os.environ[PREFIX_VARIABLE]):
                client.get_project(project_key).delete(clear_managed_datasets=True, clear_output_managed_folders=True)
    finally:
        client._session.close()


@pytest.fixture(scope="module")
def _where(request: pytest.FixtureRequest, _other_node: tuple[str, str, str] | None) -> tuple[str, str, str]:
    if _other_node is not None:
        return _other_node
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
def only_here(request: pytest.FixtureRequest) -> None:
    """Skip on a real node: the test says what the emulated one cannot do, and a real one can."""
    if _node_url(request.config):
        pytest.skip("a real node does what this test says is refused")


@pytest.fixture
def client(dss: Dss) -> Any:
    """An official client with an admin key."""
    return dss.client()


@pytest.fixture
def project(dss: Dss, client: Any) -> Iterator[Any]:
    """A fresh, empty project, deleted after the test."""
    from tests.conformance.keys import KEY  # late: the options give it its prefix

    made = client.create_project(KEY, "Conformance", dss.owner)
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
