"""The session against canned answers: retries, time, secrets. Real sockets are in ``tests/node``."""

from __future__ import annotations

import contextlib
import pickle
import threading
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
import requests
import responses
import urllib3
from urllib3.connection import HTTPConnection
from urllib3.exceptions import MaxRetryError, NewConnectionError

from dataiku_iac.core.errors import ConfigError, NodeError, NodeUnavailable, NotAllowed, OutcomeUnknown, Refused
from dataiku_iac.core.secret import Secret
from dataiku_iac.dss.session import Call, NodeSession
from dataiku_iac.dss.timing import Retries

URL = "http://dss.example.com:11200"
API = f"{URL}/dip/publicapi"
KEY = "dkuaps-very-secret"


class Clock:
    """Advances by what is slept."""

    def __init__(self) -> None:
        self.time = 1000.0
        self.slept: list[float] = []
        self._lock = threading.Lock()

    def now(self) -> datetime:
        return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=self.time)

    def monotonic(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        with self._lock:
            self.slept.append(seconds)
            self.time += seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def session(clock: Clock) -> NodeSession:
    return NodeSession.connect(URL, Secret(KEY), clock=clock, retries=Retries(total_s=20))


@responses.activate
def test_read_is_retried_until_the_node_is_back(session: NodeSession, clock: Clock) -> None:
    responses.get(f"{API}/projects/", status=503)
    responses.get(f"{API}/projects/", body=requests.ConnectionError("reset"))
    responses.get(f"{API}/projects/", json=[{"projectKey": "CRM"}])
    assert session.get("/projects/") == [{"projectKey": "CRM"}]
    assert session.calls == 3
    assert len(clock.slept) == 2
    assert all(0 <= slept <= 10 for slept in clock.slept)


@responses.activate
def test_retry_after_is_honoured_as_seconds_and_as_date(session: NodeSession, clock: Clock) -> None:
    responses.get(f"{API}/a", status=429, headers={"Retry-After": "7"})
    responses.get(f"{API}/a", json={})
    session.get("/a")
    assert clock.slept[-1] >= 7
    later = format_datetime((clock.now() + timedelta(seconds=11)).replace(tzinfo=UTC), usegmt=True)
    responses.get(f"{API}/b", status=503, headers={"Retry-After": later})
    responses.get(f"{API}/b", json={})
    session.get("/b")
    assert clock.slept[-1] >= 10


@responses.activate
def test_reads_give_up_after_the_total_time(session: NodeSession, clock: Clock) -> None:
    responses.get(f"{API}/a", status=502, body="<html>")
    with pytest.raises(NodeUnavailable):
        session.get("/a")
    assert sum(clock.slept) <= 20
    assert session.calls > 2


def refused() -> requests.ConnectionError:
    """What requests raises where nothing listens: nothing was sent."""
    pool = urllib3.HTTPConnectionPool("dss.example.com", 11200)
    reason = NewConnectionError(HTTPConnection(pool.host), "Connection refused")
    return requests.ConnectionError(MaxRetryError(pool, "/", reason))


@responses.activate
def test_a_node_that_was_never_met_is_given_up_after_seconds(session: NodeSession, clock: Clock) -> None:
    responses.get(f"{API}/auth/info", body=refused())
    with pytest.raises(NodeUnavailable):
        session.get("/auth/info")
    assert session.calls > 1  # it may be the moment of a restart
    assert sum(clock.slept) <= 5


@responses.activate
@pytest.mark.parametrize("status", [200, 404, 502])
def test_a_node_that_once_answered_is_waited_for(session: NodeSession, clock: Clock, status: int) -> None:
    responses.post(f"{API}/met", status=status, json={})
    with contextlib.suppress(NodeError):
        session.post("/met")
    responses.get(f"{API}/a", body=refused())
    with pytest.raises(NodeUnavailable):
        session.get("/a")
    assert 10 <= sum(clock.slept) <= 20  # given up only when the next wait, of 10 s at most, would end too late


@responses.activate
def test_a_longer_retry_after_than_we_have_is_not_waited_for(session: NodeSession, clock: Clock) -> None:
    responses.get(f"{API}/a", status=429, headers={"Retry-After": "3600"})
    with pytest.raises(NodeUnavailable):
        session.get("/a")
    assert (clock.slept, session.calls) == ([], 1)


@responses.activate
@pytest.mark.parametrize("status", [400, 401, 404, 500])
def test_other_errors_are_not_retried(session: NodeSession, status: int) -> None:
    responses.get(f"{API}/a", status=status, json={"errorType": "x.Y", "message": "no"})
    with pytest.raises(Exception, match="no"):
        session.get("/a")
    assert session.calls == 1


@responses.activate
@pytest.mark.parametrize("status", [429, 500, 502, 503])
def test_writes_are_never_retried(session: NodeSession, clock: Clock, status: int) -> None:
    responses.put(f"{API}/a", status=status)
    with pytest.raises(NodeUnavailable if status == 429 else OutcomeUnknown):
        session.put("/a", {})
    assert (session.calls, clock.slept) == (1, [])


@responses.activate
def test_a_node_that_stays_silent_is_given_up_and_asked_again_after_a_pause(session: NodeSession, clock: Clock) -> None:
    responses.put(f"{API}/a", body=requests.ConnectionError("reset"))
    for _ in range(5):
        with pytest.raises(OutcomeUnknown):
            session.put("/a", {})
    assert session.is_given_up
    with pytest.raises(NodeUnavailable, match="5 calls in a row"):
        session.put("/a", {})
    with pytest.raises(NodeUnavailable, match="5 calls in a row"):
        session.get("/a")
    assert session.calls == 5
    clock.time += 31
    responses.get(f"{API}/b", json={})
    session.get("/b")
    assert not session.is_given_up


@responses.activate
def test_a_refusal_is_an_answer_for_the_breaker(session: NodeSession) -> None:
    responses.put(f"{API}/a", status=400, json={"message": "no"})
    for _ in range(6):
        with pytest.raises(Refused):
            session.put("/a", {})


@responses.activate
def test_many_reads_keep_their_order_and_raise_the_first_failure(session: NodeSession) -> None:
    for i in range(30):
        responses.get(f"{API}/x/{i}", json=i)
    assert session.get_many([f"/x/{i}" for i in range(30)]) == list(range(30))
    responses.get(f"{API}/bad", status=403, json={"errorType": "a.UnauthorizedException", "message": "no"})
    before = session.calls
    with pytest.raises(NotAllowed):
        session.get_many(["/bad", *[f"/x/{i % 30}" for i in range(400)]])
    assert session.calls - before < 401
    session.close()


@responses.activate
def test_the_key_appears_nowhere(session: NodeSession) -> None:
    responses.get(f"{API}/a", status=400, json={"errorType": "x.Y", "message": f"key {KEY} is odd"})
    with pytest.raises(Refused) as caught:
        session.get("/a")
    assert KEY not in str(caught.value) + repr(caught.value) + repr(session) + str(vars(caught.value))
    with pytest.raises(TypeError):
        pickle.dumps(session)


@responses.activate
def test_bodies_are_sent_as_the_official_client_sends_them(session: NodeSession) -> None:
    sent = responses.put(f"{API}/a", body="")
    assert session.put("/a", {"b": "é", "a": [1, None]}) is None
    request = sent.calls[0].request
    assert request.body == b'{"b": "\\u00e9", "a": [1, null]}'
    assert request.headers["Authorization"].startswith("Basic ")
    raw = responses.post(f"{API}/f", body="")
    session.post_text("/f", "def é(): pass\n")
    assert raw.calls[0].request.body == "def é(): pass\n".encode()


@responses.activate
def test_calls_are_told_with_status_and_path(clock: Clock) -> None:
    seen: list[Call] = []
    session = NodeSession.connect(URL, Secret(KEY), clock=clock, on_call=seen.append)
    responses.get(f"{API}/a", json={}, headers={"DSS-Version": "14.6.2", "DSS-API-Version": "1"})
    session.get("/a", params={"x": "True"})
    assert [(call.method, call.path, call.status) for call in seen] == [("GET", "/a", 200)]
    assert session.versions == ("14.6.2", "1")


@responses.activate
def test_a_redirect_is_not_followed(session: NodeSession) -> None:
    responses.get(f"{API}/a", status=302, headers={"Location": "https://sso.example.com/login"})
    with pytest.raises(NotAllowed, match="login"):
        session.get("/a")
    assert len(responses.calls) == 1


@pytest.mark.parametrize("url", ["dss.example.com", "ftp://x", "http://u:hunter2@dss", "http://", "http://a?b=c"])
def test_what_is_no_url_of_a_node_is_refused_without_printing_credentials(clock: Clock, url: str) -> None:
    with pytest.raises(ConfigError) as caught:
        NodeSession.connect(url, Secret(KEY), clock=clock)
    assert "hunter2" not in str(caught.value)


def test_ways_to_trust_exclude_each_other(clock: Clock, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="exclude"):
        NodeSession.connect(URL, Secret(KEY), clock=clock, insecure=True, ca_bundle=tmp_path)
    with pytest.raises(ConfigError, match="no certificate bundle"):
        NodeSession.connect(URL, Secret(KEY), clock=clock, ca_bundle=tmp_path / "none.pem")
    with pytest.raises(ConfigError, match="empty"):
        NodeSession.connect(URL, Secret(""), clock=clock)
