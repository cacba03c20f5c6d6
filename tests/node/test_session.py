"""The session over real sockets: a node that refuses, resets, drips, lies and comes back."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from dataikuapi import DSSClient

from dataiku_iac.core.errors import NodeUnavailable, NotAllowed, ObjectMissing, OutcomeUnknown, UnexpectedShape
from dataiku_iac.core.secret import Secret
from dataiku_iac.dss.identity import read_identity, read_node_facts
from dataiku_iac.dss.session import NodeSession
from dataiku_iac.dss.timing import Retries, Timeouts
from dataiku_iac.store.clock import SystemClock
from emulator.launch import NodeProcess, start_node

QUICK = Retries(first_s=0.01, longest_s=0.05, total_s=2.0)
SHORT = Timeouts(connect_s=1.0, read_s=0.3, whole_read_s=2.0, whole_write_s=2.0)
PROJECT = {"projectKey": "CRM", "name": "CRM", "owner": "admin"}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NodeProcess]:
    with start_node(tmp_path_factory.mktemp("node")) as node:
        yield node


@pytest.fixture
def node(running: NodeProcess) -> NodeProcess:
    running.clear_faults()
    running.clear_requests()
    return running


@pytest.fixture
def session(node: NodeProcess) -> Iterator[NodeSession]:
    with NodeSession.connect(
        node.url, Secret(node.api_key), clock=SystemClock(), retries=QUICK, timeouts=SHORT
    ) as opened:
        yield opened


def test_identity_and_kind_of_node(session: NodeSession) -> None:
    identity = read_identity(session)
    assert identity.login
    assert identity.source
    facts = read_node_facts(session)
    assert facts.kind == "DESIGN"
    assert facts.dss_version
    assert session.versions[0]


def test_session_of_a_client_uses_its_authentication(node: NodeProcess) -> None:
    with NodeSession.from_client(DSSClient(node.url, node.api_key), clock=SystemClock()) as session:
        assert read_identity(session).login
        assert node.api_key not in repr(session)


def test_wrong_key_is_not_allowed(node: NodeProcess) -> None:
    with (
        NodeSession.connect(node.url, Secret("wrong-key"), clock=SystemClock()) as session,
        pytest.raises(NotAllowed, match="Unknown API Key") as caught,
    ):
        session.get("/projects/")
    assert caught.value.status == 401


def test_an_unknown_project_is_never_absence(session: NodeSession) -> None:
    with pytest.raises((NotAllowed, ObjectMissing)) as caught:
        session.get("/projects/NOSUCH/settings")
    if isinstance(caught.value, NotAllowed):
        assert "unknown or invisible" in str(caught.value)


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "status", "status": 503},
        {"kind": "html", "status": 502},
        {"kind": "reset"},
        {"kind": "reset", "when": "after"},
        {"kind": "truncate"},
        {"kind": "hang"},
    ],
    ids=lambda fault: "-".join(str(value) for value in fault.values()),
)
def test_a_read_survives(node: NodeProcess, session: NodeSession, fault: dict[str, object]) -> None:
    node.fail(str(fault["kind"]), "GET", "/projects/?$", times=2, **{k: v for k, v in fault.items() if k != "kind"})
    assert isinstance(session.get("/projects/"), list)
    assert len(node.requests(path="/projects/?$")) == 3


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(
    "fault",
    [{"kind": "status", "status": 500}, {"kind": "html", "status": 504}, {"kind": "reset"}, {"kind": "hang"}],
    ids=lambda fault: "-".join(str(value) for value in fault.values()),
)
def test_a_write_whose_end_is_not_known_says_so_and_is_sent_once(
    node: NodeProcess, session: NodeSession, fault: dict[str, object], when: str
) -> None:
    options = {k: v for k, v in fault.items() if k != "kind"}
    node.fail(str(fault["kind"]), "POST", "/projects/?$", when=when, **options)
    key = f"P{when}{fault['kind']}{fault.get('status', '')}".upper()
    with pytest.raises(OutcomeUnknown):
        session.post("/projects/", {**PROJECT, "projectKey": key})
    assert len(node.requests(method="POST", path="/projects/?$")) == 1
    there = session.get("/projects/")
    assert isinstance(there, list)
    keys = {str(item["projectKey"]) for item in there if isinstance(item, dict)}
    assert (key in keys) is (when == "after")


def test_an_answer_that_breaks_off_after_a_write_is_unknown(node: NodeProcess, session: NodeSession) -> None:
    node.fail("truncate", "POST", "/projects/?$", bytes=3)
    with pytest.raises(OutcomeUnknown):
        session.post("/projects/", {**PROJECT, "projectKey": "TRUNCATED"})


def test_a_page_instead_of_json_is_no_list(node: NodeProcess, session: NodeSession) -> None:
    node.fail("html", "GET", "/projects/?$", status=200)
    with pytest.raises(UnexpectedShape, match="HTML page"):
        session.get("/projects/")


def test_nobody_listens(session: NodeSession) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        with NodeSession.connect(url, Secret("k"), clock=SystemClock(), retries=QUICK) as gone:
            with pytest.raises(NodeUnavailable, match="connection refused"):
                gone.put("/projects/X", {})
            with pytest.raises(NodeUnavailable, match="connection refused"):
                gone.get("/projects/")
            assert gone.calls > 2


def test_a_host_without_address(session: NodeSession) -> None:
    with (
        NodeSession.connect("http://dss.invalid:1", Secret("k"), clock=SystemClock(), retries=QUICK) as gone,
        pytest.raises(NodeUnavailable, match=r"cannot be resolved|proxy"),
    ):
        gone.put("/projects/X", {})


def test_plain_http_behind_an_https_url_is_told_and_not_retried(node: NodeProcess) -> None:
    url = node.url.replace("http:", "https:")
    with NodeSession.connect(url, Secret("k"), clock=SystemClock(), retries=QUICK) as session:
        with pytest.raises(NodeUnavailable, match="no TLS connection") as caught:
            session.get("/projects/")
        assert "https or http" in str(caught.value)
        assert session.calls == 1


def test_a_certificate_that_nobody_signed_is_told_and_not_retried(tmp_path: Path) -> None:
    certificate, key = _self_signed(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=_serve_once, args=(server, context))
        thread.start()
        url = f"https://localhost:{server.getsockname()[1]}"
        with NodeSession.connect(url, Secret("k"), clock=SystemClock(), retries=QUICK) as session:
            with pytest.raises(NodeUnavailable, match="certificate is not trusted"):
                session.post("/projects/", {})
            assert session.calls == 1
        thread.join()


def test_an_answer_that_drips_in_is_cut_off() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        stop = threading.Event()
        thread = threading.Thread(target=_drip, args=(server, stop))
        thread.start()
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
        limits = Timeouts(connect_s=1.0, read_s=5.0, whole_read_s=0.3, whole_write_s=0.3)
        with NodeSession.connect(url, Secret("k"), clock=SystemClock(), timeouts=limits) as session:
            with pytest.raises(OutcomeUnknown, match="no complete answer"):
                session.put("/x", {})
            stop.set()
        thread.join()


def test_a_restarted_node_answers_on_pooled_connections(node: NodeProcess, session: NodeSession) -> None:
    session.get_many(["/projects/"] * 8)
    node.restart()
    assert len(session.get_many(["/projects/"] * 8)) == 8


def _drip(server: socket.socket, stop: threading.Event) -> None:
    connection, _ = server.accept()
    with connection:
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while not stop.wait(0.02):
            try:
                connection.sendall(b"1\r\n \r\n" * 70_000)
            except OSError:
                return


def _serve_once(server: socket.socket, context: ssl.SSLContext) -> None:
    connection, _ = server.accept()
    try:
        with context.wrap_socket(connection, server_side=True):
            pass
    except OSError:
        connection.close()


def _self_signed(folder: Path) -> tuple[Path, Path]:
    import datetime

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    start = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(start)
        .not_valid_after(start.replace(year=2120))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    certificate_path, key_path = folder / "cert.pem", folder / "key.pem"
    certificate_path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    key_path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
        )
    )
    return certificate_path, key_path
