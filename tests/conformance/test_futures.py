"""Futures. Facts: api-projects-scenarios-deployer.md 2.2, api-flow.md 10."""

from collections.abc import Iterator
from typing import Any

import pytest

from emulator.launch import NodeProcess
from tests.conformance.conftest import Dss, opened


@pytest.fixture
def copying(node: NodeProcess) -> Iterator[tuple[Dss, str, str]]:
    """A node with two folders to copy between, as the operation that takes time."""
    with opened(node) as dss:
        client = dss.client()
        if "FUTURES" not in client.list_project_keys():
            client.create_project("FUTURES", "f", "admin")
        project = client.get_project("FUTURES")
        source, target = (project.create_managed_folder(name).id for name in ("a", "b"))
        project.get_managed_folder(source).put_file("x", b"1")
        yield dss, source, target


def start(dss: Dss, source: str, target: str) -> dict[str, Any]:
    body = {"targetProjectKey": "FUTURES", "targetFolderId": target, "writeMode": "OVERWRITE"}
    path = dss.api(f"/projects/FUTURES/managedfolders/{source}/actions/copyTo")
    state: dict[str, Any] = dss.http().post(path, json=body).json()
    return state


def test_unknown_future_is_400(node: NodeProcess) -> None:
    """``IllegalArgumentException: No future by that id`` [seen]."""
    with opened(node) as dss:
        answer = dss.http().get(dss.api("/futures/nope?peek=False"))
        assert answer.status_code == 400
        assert answer.json()["errorType"] == "java.lang.IllegalArgumentException"
        assert answer.json()["message"] == "No future by that id"


def test_result_is_delivered_once(copying: tuple[Dss, str, str]) -> None:
    """Peeking does not consume; the delivering call does [inferred, seen error]."""
    dss, source, target = copying
    job = dss.api(f"/futures/{start(dss, source, target)['jobId']}")
    session = dss.http()
    while session.get(f"{job}?peek=True").json()["alive"]:
        pass
    assert "result" not in session.get(f"{job}?peek=True").json()
    delivered = session.get(f"{job}?peek=False").json()
    assert (delivered["hasResult"], delivered["alive"], delivered["result"]) == (True, False, {"copied": 1})
    assert session.get(f"{job}?peek=False").status_code == 400


def test_failed_future_raises_when_delivered(copying: tuple[Dss, str, str], steered: NodeProcess) -> None:
    """The delivering GET answers with the exception, or 200 with no result [inferred / unknown]: both by switch."""
    dss, source, target = copying
    project = dss.client().get_project("FUTURES")
    project.get_managed_folder(source).put_file("clash/y", b"1")
    project.get_managed_folder(target).put_file("clash", b"2")
    body = {"targetProjectKey": "FUTURES", "targetFolderId": target, "writeMode": "APPEND"}
    session = dss.http()
    for switch, status in (("error", 500), ("result", 200)):
        steered.set_profile(failed_future=switch)
        state = session.post(dss.api(f"/projects/FUTURES/managedfolders/{source}/actions/copyTo"), json=body).json()
        job = dss.api(f"/futures/{state['jobId']}")
        while session.get(f"{job}?peek=True").json()["alive"]:
            pass
        answer = session.get(f"{job}?peek=False")
        assert answer.status_code == status
        assert answer.json().get("result") is None


def test_futures_are_lost_at_restart(copying: tuple[Dss, str, str], node: NodeProcess) -> None:
    """A restarted backend loses every future [client]."""
    dss, source, target = copying
    state = start(dss, source, target)
    node.kill()
    node.restart()
    assert dss.http().get(dss.api(f"/futures/{state['jobId']}?peek=True")).status_code == 400


def test_own_futures_are_listed_and_all_need_an_admin(node: NodeProcess) -> None:
    """``allUsers`` needs admin [doc]."""
    with opened(node) as dss:
        assert dss.http().get(dss.api("/futures/?allUsers=True")).json() == []
        client = dss.client()
        client.create_user("plain", "secret-password", groups=[])
        session = dss.http()
        session.auth = (dss.personal_key("plain"), "")
        assert session.get(dss.api("/futures/?allUsers=True")).status_code == 403
        assert session.get(dss.api("/futures/?allUsers=False")).json() == []


def test_done_operations_may_answer_without_a_future(steered: NodeProcess) -> None:
    """``hasResult: true`` and no ``jobId`` [client]: both forms, by switch."""
    with opened(steered) as dss:
        for at_once, has_id in ((False, True), (True, False)):
            steered.set_profile(futures_answer_at_once=at_once)
            dss.client().create_project("QUICK", "q", "admin")
            state = dss.http().delete(dss.api("/projects/QUICK?wait=False")).json()
            assert ("jobId" in state, state["hasResult"]) == (has_id, not has_id)
