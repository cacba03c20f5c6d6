"""API services, code studios, labeling tasks. Facts: api-projects-scenarios-deployer.md 11, api-flow.md 11.2, object-shapes.md 13, 14."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from emulator.launch import NodeProcess
from tests.conformance.conftest import Dss, opened
from tests.conformance.instance import Clients, refusal
from tests.conformance.keys import KEY


def test_api_service_is_born_without_endpoints(project: Any) -> None:
    """11: POST with the id in the path; the list item carries id, name, authMethod, endpoints [client]."""
    service = project.create_api_service("scoring")
    (item,) = project.list_api_services()
    assert (item.id, item.name, item.auth_method, item.endpoints) == ("scoring", "scoring", "PUBLIC", [])
    assert service.get_settings().get_raw()["authRealm"] == {"queryKeys": []}


def test_taken_and_missing_api_services(project: Any) -> None:
    """api-flow 2.3: "already exists"; settings of a missing one are 404."""
    service = project.create_api_service("scoring")
    assert "already exists" in refusal(lambda: project.create_api_service("scoring"))
    assert "NotFoundException" in refusal(project.get_api_service("ghost").get_settings)
    settings = service.get_settings()
    settings.service_id = "ghost"
    assert "NotFoundException" in refusal(settings.save)


def test_settings_of_an_api_service_are_replaced(project: Any) -> None:
    """11, api-flow 3.2: whole PUT, endpoints kept as they are, tag +1, unknown keys vanish."""
    settings = project.create_api_service("scoring").get_settings()
    settings.add_prediction_endpoint("predict", "abcdefgh")
    settings.get_raw().update(authMethod="API_KEYS", colour="red")
    settings.save()
    again = project.get_api_service("scoring").get_settings()
    assert again.auth_method == "API_KEYS"
    assert again.endpoints == [{"id": "predict", "type": "STD_PREDICTION", "testQueries": [], "modelRef": "abcdefgh"}]
    assert "colour" not in again.get_raw()
    assert again.get_raw()["versionTag"]["versionNumber"] == 1


def test_query_keys_are_encrypted(project: Any) -> None:
    """object-shapes 1 (11): ``e:AES:X2:`` in query keys [seen]; sending back what was read keeps them."""
    settings = project.create_api_service("scoring").get_settings()
    settings.get_raw()["authRealm"]["queryKeys"].append({"key": "clear-secret", "label": "app"})
    settings.save()
    again = project.get_api_service("scoring").get_settings()
    (key,) = again.get_raw()["authRealm"]["queryKeys"]
    assert key["key"].startswith("e:AES:")
    assert key["label"] == "app"
    again.save()
    assert project.get_api_service("scoring").get_settings().get_raw()["authRealm"]["queryKeys"] == [key]


def test_packages_of_an_api_service(dss: Dss, project: Any) -> None:
    """11: the list of a missing service is ``[]``; download of a missing package is 500 with that text [seen]."""
    service = project.create_api_service("scoring")
    assert service.list_packages() == []
    assert project.get_api_service("ghost").list_packages() == []
    url = dss.api(f"/projects/{KEY}/apiservices/scoring/packages/v1/archive")
    answer = dss.http().get(url)
    assert answer.status_code == 500
    assert "Package directory does not exist" in answer.json()["message"]


def test_api_services_cannot_be_deleted(dss: Dss, project: Any) -> None:
    """The client has no such call: 405 here [client]."""
    project.create_api_service("scoring")
    assert dss.http().delete(dss.api(f"/projects/{KEY}/apiservices/scoring")).status_code == 405


def test_code_studio_life(project: Any) -> None:
    """object-shapes 2, 14: id of 7, template, owner, library folder; made and deleted, never written [client]."""
    studio = project.create_code_studio("Mine", "template-1")
    settings = studio.get_settings()
    assert (settings.name, settings.template_id, len(settings.id)) == ("Mine", "template-1", 7)
    assert settings.owner
    assert settings.lib_name
    assert settings.get_raw()["params"] == {}
    (item,) = project.list_code_studios()
    assert (item.id, item.name, item.template_id, item.owner) == (
        studio.code_studio_id,
        "Mine",
        "template-1",
        settings.owner,
    )
    studio.delete()
    assert "NotFoundException" in refusal(studio.get_settings)


def test_code_studio_cannot_be_put(dss: Dss, project: Any) -> None:
    """The client has no such call: 405 here [client]; creation wants name and template."""
    studio = project.create_code_studio("Mine", "template-1")
    url = dss.api(f"/projects/{KEY}/code-studios/")
    assert dss.http().put(url + studio.code_studio_id, json={"name": "x"}).status_code == 405
    for body in ({"name": "x"}, {"templateId": "x"}):
        assert dss.http().post(url, json=body).status_code == 400


def test_code_studio_is_stopped_and_says_so(project: Any) -> None:
    """States STOPPED, STARTING, RUNNING, STOPPING [client]; none is ever said to run here."""
    studio = project.create_code_studio("Mine", "template-1")
    assert studio.get_status().state == "STOPPED"
    assert studio.get_status().get_zones() == []
    assert studio.stop() is None or studio.stop().job_id is None
    assert "does not run code studios" in refusal(studio.restart)
    assert "not running" in refusal(lambda: studio.push_to_code_studio("project-lib-versioned"))


def test_owner_of_a_code_studio(clients: Clients) -> None:
    """Owner or administrator may give it away [client]."""
    project = clients.admin.create_project("STUDIOS", "Studios", "admin")
    users = {login: clients.user(login, "data_team") for login in ("studio_owner", "studio_other")}
    permissions = project.get_permissions()
    permissions["permissions"] = [{"user": login, "writeProjectContent": True} for login in users]
    project.set_permissions(permissions)
    studio = users["studio_owner"].get_project("STUDIOS").create_code_studio("Mine", "t")
    assert studio.get_settings().owner == "studio_owner"
    as_other = users["studio_other"].get_project("STUDIOS").get_code_studio(studio.code_studio_id)
    assert "Unauthorized" in refusal(lambda: as_other.change_owner("studio_other"))
    assert "User does not exist" in refusal(lambda: studio.change_owner("ghost"))
    studio.change_owner("studio_other")
    assert studio.get_settings().owner == "studio_other"
    project.delete()


TASK = {
    "name": "Label",
    "type": "RECORD_FREETEXT",
    "idColumn": "id",
    "inputs": {"main": {"items": [{"ref": "texts"}]}},
    "outputs": {"main": {"items": [{"ref": "labels"}]}},
}


@pytest.fixture
def labeled(steered: NodeProcess, tmp_path: Path) -> Iterator[Any]:
    files = {"params.json": {"owner": "admin", "name": "L"}, "labeling_tasks/abcdefghij.json": TASK}
    for name, document in files.items():
        file = tmp_path / "LABELED" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(document))
    with opened(steered) as dss:
        steered.load_project("LABELED", tmp_path / "LABELED")
        project = dss.client().get_project("LABELED")
        yield project
        project.delete()


def test_labeling_task_is_read_only(labeled: Any) -> None:
    """11.2: read only in the API; it is in the flow and its zones."""
    path = "/projects/LABELED/labelingtasks/abcdefghij"
    shown = labeled.client._perform_json("GET", path)
    assert TASK.items() <= shown.items()
    assert shown["id"] == "abcdefghij"
    for method in ("PUT", "DELETE"):
        assert "405" in refusal(lambda method=method: labeled.client._perform_empty(method, path, body=TASK))
    node = labeled.client._perform_json("GET", "/projects/LABELED/flow/graph/")["nodes"]["abcdefghij"]
    assert (node["type"], node["predecessors"], node["successors"]) == ("RUNNABLE_LABELING_TASK", ["texts"], ["labels"])
