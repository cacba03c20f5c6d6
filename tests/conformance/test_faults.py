"""Each fault does what it says, on the wire and to the data."""

import http.client
import json
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from emulator.launch import NodeFailed, NodeProcess
from tests.conformance.conftest import Dss, opened

PATH = "/projects/FAULTY/variables"


@pytest.fixture(scope="module")
def faulty(node: NodeProcess) -> NodeProcess:
    with opened(node) as dss:
        dss.client().create_project("FAULTY", "Faulty", "admin")
    return node


@pytest.fixture
def calm(faulty: NodeProcess) -> Iterator[Dss]:
    """The node without faults before and after, variables at zero."""
    faulty.clear_faults()
    with opened(faulty) as dss:
        put(dss, 0)
        faulty.clear_requests()
        yield dss
    faulty.clear_faults()


def put(dss: Dss, value: int, *, timeout: float = 10) -> requests.Response:
    return dss.http().put(
        dss.api(PATH + "/"), data=json.dumps({"standard": {"v": value}, "local": {}}), timeout=timeout
    )


def value(dss: Dss) -> int:
    found: int = dss.http().get(dss.api(PATH + "/")).json()["standard"]["v"]
    return found


def last_put(node: NodeProcess) -> dict[str, Any]:
    return node.requests(method="PUT", path=PATH)[-1]


@pytest.mark.parametrize(("when", "stored"), [("before", 0), ("after", 1)])
def test_status(faulty: NodeProcess, calm: Dss, when: str, stored: int) -> None:
    """The error envelope with the wanted status, before or after the effect."""
    faulty.fail("status", "PUT", PATH, when=when, status=503)
    answer = put(calm, 1)
    assert answer.status_code == 503
    assert answer.json()["errorType"]
    assert value(calm) == stored
    entry = last_put(faulty)
    assert (entry["status"], entry["effect"], entry["fault"]) == (503, bool(stored), "status")


@pytest.mark.parametrize(("when", "stored"), [("before", 0), ("after", 1)])
def test_html(faulty: NodeProcess, calm: Dss, when: str, stored: int) -> None:
    """What a front-end answers while the backend is away."""
    faulty.fail("html", "PUT", PATH, when=when, status=502)
    answer = put(calm, 1)
    assert answer.status_code == 502
    assert answer.headers["Content-Type"].startswith("text/html")
    assert value(calm) == stored


@pytest.mark.parametrize(("when", "stored"), [("before", 0), ("after", 1)])
def test_reset(faulty: NodeProcess, calm: Dss, when: str, stored: int) -> None:
    """The client sees a reset connection, not an orderly end."""
    faulty.fail("reset", "PUT", PATH, when=when)
    with pytest.raises(requests.ConnectionError, match="reset"):
        put(calm, 1)
    assert value(calm) == stored
    assert last_put(faulty)["status"] is None


def test_truncated_answer(faulty: NodeProcess, calm: Dss) -> None:
    """Full Content-Length, half the body."""
    faulty.fail("truncate", "GET", PATH, bytes=5)
    connection = http.client.HTTPConnection(faulty.url.removeprefix("http://"))
    connection.request("GET", f"/public/api{PATH}/", headers={"Authorization": f"Bearer {faulty.api_key}"})
    answer = connection.getresponse()
    with pytest.raises(http.client.IncompleteRead) as caught:
        answer.read()
    connection.close()
    assert len(caught.value.partial) == 5


@pytest.mark.parametrize(("when", "stored"), [("before", 0), ("after", 1)])
def test_hang(faulty: NodeProcess, calm: Dss, when: str, stored: int) -> None:
    """No answer until the client gives up."""
    faulty.fail("hang", "PUT", PATH, when=when)
    with pytest.raises(requests.Timeout):
        put(calm, 1, timeout=0.3)
    assert value(calm) == stored


def test_delayed_effect_lands_after_the_client_gave_up(faulty: NodeProcess, calm: Dss) -> None:
    """The call that was given up takes effect later: the log tells when."""
    faulty.fail("delayed_effect", "PUT", PATH, delay_s=0.5)
    with pytest.raises(requests.Timeout):
        put(calm, 1, timeout=0.1)
    assert value(calm) == 0
    assert last_put(faulty)["effect"] is False
    deadline = time.monotonic() + 20
    while not last_put(faulty)["effect"]:
        assert time.monotonic() < deadline
    assert value(calm) == 1


def test_no_effect(faulty: NodeProcess, calm: Dss) -> None:
    """200, nothing done."""
    faulty.fail("no_effect", "PUT", PATH, body={"msg": "ok"})
    answer = put(calm, 1)
    assert (answer.status_code, answer.json()) == (200, {"msg": "ok"})
    assert value(calm) == 0
    assert last_put(faulty)["effect"] is False


def test_twice(faulty: NodeProcess, calm: Dss) -> None:
    """A replaying proxy: two articles from one call, the second answer is sent."""
    faulty.fail("twice", "POST", "/projects/FAULTY/managedfolders")
    body = {"name": "doubled", "type": None, "params": {"connection": "filesystem_folders"}}
    answer = calm.http().post(calm.api("/projects/FAULTY/managedfolders/"), json=body)
    made = calm.http().get(calm.api("/projects/FAULTY/managedfolders/")).json()
    assert len(made) == 2
    assert answer.json()["id"] in [folder["id"] for folder in made]


def test_only_the_nth_hit_and_only_so_often(faulty: NodeProcess, calm: Dss) -> None:
    """``on_hit`` and ``times`` count matching calls."""
    faulty.fail("status", "PUT", PATH, on_hit=2, times=2, status=500)
    assert [put(calm, 1).status_code for _ in range(5)] == [200, 500, 500, 200, 200]


def test_method_and_path_choose(faulty: NodeProcess, calm: Dss) -> None:
    """Other verbs and paths are left alone."""
    faulty.fail("status", "PUT", r"^/projects/FAULTY/variables$", status=500, times=9)
    assert value(calm) == 0
    assert calm.http().get(calm.api("/projects/FAULTY/metadata")).status_code == 200
    assert put(calm, 1).status_code == 500
    faulty.clear_faults()
    assert put(calm, 1).status_code == 200


def test_delay_and_latency_hold_a_call_back(faulty: NodeProcess, calm: Dss) -> None:
    """A call shorter than the delay times out, one with patience does not; other calls go on meanwhile."""
    faulty.fail("delay", "GET", PATH, delay_s=0.4)
    with pytest.raises(requests.Timeout):
        calm.http().get(calm.api(PATH), timeout=0.1)
    faulty.latency(200)
    with pytest.raises(requests.Timeout):
        calm.http().get(calm.api(PATH), timeout=0.05)
    threads = [threading.Thread(target=value, args=(calm,)) for _ in range(8)]
    started = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert time.monotonic() - started < 8 * 0.2  # in parallel, not one after the other


def test_log_tells_who_did_what_in_which_order(faulty: NodeProcess, calm: Dss) -> None:
    """Method, path, user, status, effect, order; a refused call has no effect."""
    faulty.clear_requests()
    put(calm, 1)
    value(calm)
    calm.http().put(calm.api("/projects/FAULTY/settings"), json={})
    entries = faulty.requests()
    assert [(e["method"], e["path"], e["status"], e["effect"]) for e in entries] == [
        ("PUT", PATH, 200, True),
        ("GET", PATH, 200, False),
        ("PUT", "/projects/FAULTY/settings", 500, False),
    ]
    assert [e["number"] for e in entries] == sorted(e["number"] for e in entries)
    assert {e["user"] for e in entries} == {"api:bootstrapadmin00"}
    assert faulty.requests(method="PUT", effect=True, path="variables") == entries[:1]
    faulty.clear_requests()
    assert faulty.requests() == []


def test_malformed_rules_are_refused(faulty: NodeProcess) -> None:
    """What, where, what is allowed."""
    with pytest.raises(NodeFailed, match="kind of a fault must be one of"):
        faulty.fail("explode")
    with pytest.raises(NodeFailed, match="unknown key colour"):
        faulty.fail("status", colour="red")
    with pytest.raises(NodeFailed, match="unknown switch nonsense"):
        faulty.set_profile(nonsense=1)
