"""Switches of facts that nobody outside knows: both positions really differ. Facts: api-flow.md 17, 2.3; emulator/profile.py."""

import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
import requests

from emulator.launch import NodeProcess
from emulator.profile import Profile
from tests.conformance.conftest import Dss, opened

P = "/projects/SWITCHES"


@pytest.fixture
def dss(steered: NodeProcess) -> Iterator[Dss]:
    with opened(steered) as dss:
        project = dss.client().create_project("SWITCHES", "s", "admin")
        for name in ("src", "dst"):
            project.new_managed_dataset(name).with_store_into("filesystem_managed").create()
        yield dss
        project.delete()


def call(dss: Dss, method: str, path: str, body: Any = None) -> requests.Response:
    return dss.http().request(method, dss.api(path), json=body)


def recipe(dss: Dss, name: str, source: str, target: str) -> requests.Response:
    proto = {
        "type": "sync",
        "name": name,
        "inputs": {"main": {"items": [{"ref": source}]}},
        "outputs": {"main": {"items": [{"ref": target}]}},
    }
    return call(dss, "POST", f"{P}/recipes/", {"recipePrototype": proto, "creationSettings": {}})


def test_status_of_a_name_conflict(steered: NodeProcess, dss: Dss) -> None:
    body = {"name": "src", "type": "Inline", "params": {}}
    for status in (400, 409, 500):
        steered.set_profile(duplicate_name_status=status)
        assert call(dss, "POST", f"{P}/datasets/", body).status_code == status


def test_missing_input_at_creation_and_at_save(steered: NodeProcess, dss: Dss) -> None:
    assert recipe(dss, "r", "ghost", "dst").status_code == 404
    steered.set_profile(missing_input_at_creation="accept")
    assert recipe(dss, "r", "ghost", "dst").status_code == 200
    document = call(dss, "GET", f"{P}/recipes/r").json()
    assert call(dss, "PUT", f"{P}/recipes/r", document).status_code == 200
    steered.set_profile(missing_input_at_save="error")
    assert call(dss, "PUT", f"{P}/recipes/r", document).status_code == 404


def test_shared_outputs(steered: NodeProcess, dss: Dss) -> None:
    assert recipe(dss, "first", "src", "dst").status_code == 200
    assert recipe(dss, "second", "src", "dst").status_code == 400
    steered.set_profile(shared_output="accept")
    assert recipe(dss, "second", "src", "dst").status_code == 200


def test_taken_scenario_ids(steered: NodeProcess, dss: Dss) -> None:
    steered.set_profile(taken_scenario_id="error")
    body = {"type": "step_based", "name": "s", "params": {}}
    assert [call(dss, "POST", f"{P}/scenarios/", body).status_code for _ in range(2)] == [200, 400]


@pytest.mark.parametrize(("switch", "expected"), [("accept", "Inline"), ("ignore", "Filesystem")])
def test_change_of_a_dataset_type(steered: NodeProcess, dss: Dss, switch: str, expected: str) -> None:
    steered.set_profile(dataset_type_change=switch)
    document = call(dss, "GET", f"{P}/datasets/src").json()
    call(dss, "PUT", f"{P}/datasets/src", {**document, "type": "Inline"})
    assert call(dss, "GET", f"{P}/datasets/src").json()["type"] == expected


def test_what_lists_carry(steered: NodeProcess, dss: Dss) -> None:
    recipe(dss, "r", "src", "dst")
    keys = {"metrics", "metricsChecks", "versionTag"}
    assert keys <= set(call(dss, "GET", f"{P}/datasets/").json()[0])
    assert "versionTag" in call(dss, "GET", f"{P}/recipes/").json()[0]
    steered.set_profile(dataset_list_is_full=False, recipe_list_has_version_tag=False)
    assert not keys & set(call(dss, "GET", f"{P}/datasets/").json()[0])
    assert "versionTag" not in call(dss, "GET", f"{P}/recipes/").json()[0]
    assert keys <= set(call(dss, "GET", f"{P}/datasets/src").json())


def test_version_check_on_put(steered: NodeProcess, dss: Dss) -> None:
    old = call(dss, "GET", f"{P}/datasets/src").json()
    assert [call(dss, "PUT", f"{P}/datasets/src", old).status_code for _ in range(2)] == [200, 200]
    steered.set_profile(version_check_on_put=True)
    assert call(dss, "PUT", f"{P}/datasets/src", old).status_code == 409
    assert call(dss, "PUT", f"{P}/datasets/src", call(dss, "GET", f"{P}/datasets/src").json()).status_code == 200


def test_names_that_are_accepted(steered: NodeProcess, dss: Dss) -> None:
    body = {"name": "with-dash", "type": "Inline", "params": {}}
    steered.set_profile(name_pattern="[A-Za-z0-9_]+")
    assert call(dss, "POST", f"{P}/datasets/", body).status_code == 400
    steered.set_profile(name_pattern=Profile().name_pattern)
    assert call(dss, "POST", f"{P}/datasets/", body).status_code == 200


def test_zones_of_a_project_without_zones(steered: NodeProcess, dss: Dss) -> None:
    assert len(call(dss, "GET", f"{P}/flow/zones").json()) == 1
    steered.set_profile(zone_list_without_zones="empty")
    assert call(dss, "GET", f"{P}/flow/zones").json() == []
    assert call(dss, "GET", f"{P}/flow/zones/default").status_code == 200
    assert call(dss, "GET", f"{P}/flow/zones/default/graph").status_code == 200
    steered.set_profile(default_zone_graph_fails=True)
    assert call(dss, "GET", f"{P}/flow/zones/default/graph").status_code == 500


def test_extras_of_a_fresh_project(steered: NodeProcess, dss: Dss) -> None:
    assert call(dss, "GET", f"{P}/metadata").json()["shortDesc"]
    assert call(dss, "GET", f"{P}/metadata").json()["checklists"]["checklists"]
    steered.set_profile(fresh_project_extras=False)
    call(dss, "POST", "/projects/", {"projectKey": "BARE", "name": "b", "owner": "admin"})
    metadata = call(dss, "GET", "/projects/BARE/metadata").json()
    assert "shortDesc" not in metadata
    assert metadata["checklists"] == {"checklists": []}


def test_bodies_of_route_errors(steered: NodeProcess, dss: Dss) -> None:
    for switch, start in (("html", "text/html"), ("json", "application/json")):
        steered.set_profile(route_error_body=switch)
        for method, path, status in (("GET", "/no/such/route", 404), ("DELETE", "/auth/info", 405)):
            answer = call(dss, method, path)
            assert (answer.status_code, answer.headers["Content-Type"].startswith(start)) == (status, True)


def test_every_switch_is_read_somewhere() -> None:
    """A switch that nothing reads would promise a difference that is not there."""
    package = Path(__file__).resolve().parents[2] / "emulator"
    code = "\n".join(file.read_text() for file in package.rglob("*.py") if file.name != "profile.py")
    assert [field.name for field in fields(Profile) if f"profile.{field.name}" not in code] == []


def test_not_found_may_come_with_another_status(steered: NodeProcess, dss: Dss) -> None:
    """Real nodes answer many of these with 500 [seen]; class and text stay, by which they have to be known."""
    for path in (
        "/datasets/ghost",
        "/managedfolders/ghost",
        "/scenarios/ghost",
        "/recipes/ghost/metadata",
        "/wiki/ghost",
    ):
        for status in (404, 500):
            steered.set_profile(not_found_status=status)
            answer = call(dss, "GET", f"{P}{path}")
            assert answer.status_code == status
            assert answer.json()["errorType"] == "com.dataiku.dip.exceptions.NotFoundException"
            assert "ghost" in answer.json()["message"]


def test_not_found_may_be_hidden_from_others_than_admins(steered: NodeProcess, dss: Dss) -> None:
    """A missing object looks like a missing right, the text survives [seen]: no proof of absence."""
    steered.set_profile(hidden_not_found=True)
    admin = dss.client()
    user = admin.create_user("hidden", "secret-password", groups=["hidden_crew"])
    project = admin.get_project("SWITCHES")
    permissions = project.get_permissions()
    permissions["permissions"] = [{"group": "hidden_crew", "readProjectContent": True}]
    project.set_permissions(permissions)
    session = dss.http()
    assert session.get(dss.api(f"{P}/datasets/ghost")).status_code == 404
    session.auth = (dss.personal_key("hidden"), "")
    answer = session.get(dss.api(f"{P}/datasets/ghost"))
    assert (answer.status_code, answer.json()["message"]) == (403, "dataset does not exist: SWITCHES.ghost")
    assert answer.json()["errorType"] == "com.dataiku.dip.exceptions.UnauthorizedException"
    assert session.get(dss.api(f"{P}/datasets/src")).status_code == 200
    user.delete()


def test_status_of_missing_users_and_groups(steered: NodeProcess, dss: Dss) -> None:
    """404, 400 or 500; the class tells [seen]."""
    for status in (404, 400, 500):
        steered.set_profile(missing_user_status=status)
        for path in ("/admin/users/ghost", "/admin/groups/ghost"):
            answer = call(dss, "GET", path)
            assert answer.status_code == status
            assert answer.json()["errorType"] == "com.dataiku.dip.server.controllers.NotFoundException"


FACTS = Path(__file__).with_name("FACTS.md")


def test_list_of_facts_names_tests_that_exist() -> None:
    """A fact whose proof was renamed or removed has none."""
    named = set(re.findall(r"`([a-z0-9_]+):([a-z0-9_]+)`", FACTS.read_text()))
    assert len(named) > 100
    missing = [
        f"{module}:{name}"
        for module, name in sorted(named)
        if f"def test_{name}(" not in FACTS.with_name(f"test_{module}.py").read_text()
    ]
    assert missing == []


def test_list_of_facts_names_every_switch_and_tests_set_them() -> None:
    """``dss_version`` and ``keep_unknown_fields`` among them; a switch that no test sets could be broken in one position."""
    listed = FACTS.read_text()
    tests = "\n".join(file.read_text() for file in FACTS.parent.glob("test_*.py"))
    switches = [field.name for field in fields(Profile)]
    assert [name for name in switches if f"`{name}`" not in listed] == []
    assert [name for name in switches if not re.search(rf'\b{name}["\']?\s*[=:]', tests)] == []
