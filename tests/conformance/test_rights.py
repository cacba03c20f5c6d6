"""What plain users may do. Facts: api-admin-govern.md 10, api-projects-scenarios-deployer.md 1.4, 3.5."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests

from emulator.launch import NodeProcess
from tests.conformance.conftest import Dss, opened


@pytest.fixture
def emulated(node: NodeProcess) -> Iterator[Dss]:
    with opened(node) as dss:
        yield dss


@pytest.fixture
def as_user(emulated: Dss) -> Iterator[Callable[..., requests.Session]]:
    """Make a user in some groups and return its HTTP session; removed after the test."""
    admin = emulated.client()
    made: list[Any] = []

    def make(login: str, *groups: str) -> requests.Session:
        made.append(admin.create_user(login, "secret-password", groups=list(groups)))
        session = emulated.http()
        session.auth = (emulated.personal_key(login), "")
        return session

    yield make
    for user in made:
        user.delete()


@pytest.fixture
def shared(emulated: Dss) -> Iterator[Any]:
    project = emulated.client().create_project("SHARED", "Shared", "admin")
    yield project
    project.delete()


def grant(project: Any, **entry: Any) -> None:
    permissions = project.get_permissions()
    permissions["permissions"] = [entry]
    project.set_permissions(permissions)


def test_invisible_and_unknown_projects_answer_alike(
    emulated: Dss, as_user: Callable[..., requests.Session], shared: Any
) -> None:
    """``Failed to read project permissions``, never a 404 [seen]."""
    session = as_user("stranger", "readers")
    answers = [session.get(emulated.api(f"/projects/{key}/settings")) for key in ("SHARED", "NO_SUCH_PROJECT")]
    assert [answer.status_code for answer in answers] == [401, 401]
    assert answers[0].json()["message"] == answers[1].json()["message"] == "Failed to read project permissions"
    assert answers[0].json()["errorType"] == "com.dataiku.dip.exceptions.UnauthorizedException"
    assert session.get(emulated.api("/projects/")).json() == []


def test_status_of_hidden_projects_is_a_switch(steered: NodeProcess, emulated: Dss, shared: Any) -> None:
    """401 in one source, 403 in another, both [seen]."""
    steered.set_profile(hidden_project_status=403)
    assert emulated.http().get(emulated.api("/projects/NOPE/settings")).status_code == 403
    steered.set_profile(missing_project_status_for_admin=404)
    assert emulated.http().get(emulated.api("/projects/NOPE/settings")).status_code == 404


@pytest.mark.parametrize(
    ("flag", "reads", "writes", "administers"),
    [
        ("readDashboards", False, False, False),
        ("readProjectContent", True, False, False),
        ("writeProjectContent", True, True, False),
        ("admin", True, True, True),
    ],
)
def test_flags_and_what_they_imply(
    emulated: Dss,
    as_user: Callable[..., requests.Session],
    shared: Any,
    flag: str,
    *,
    reads: bool,
    writes: bool,
    administers: bool,
) -> None:
    """Write implies read, admin implies all; too little is 403 ``UnauthorizedException`` [doc, seen]."""
    session = as_user("worker", "crew")
    grant(shared, group="crew", **{flag: True})
    path = emulated.api("/projects/SHARED")
    assert [item["projectKey"] for item in session.get(emulated.api("/projects/")).json()] == ["SHARED"]
    expected = {True: 200, False: 403}
    assert session.get(f"{path}/datasets/").status_code == expected[reads]
    assert session.put(f"{path}/variables/", json={"standard": {}, "local": {}}).status_code == expected[writes]
    assert session.get(f"{path}/permissions").status_code == expected[administers]
    refused = session.delete(path)
    assert refused.status_code == expected[administers]
    if not administers:
        assert refused.json()["errorType"] == "com.dataiku.dip.exceptions.UnauthorizedException"
    else:
        emulated.client().create_project("SHARED", "Shared", "admin")


def test_permissions_add_up_over_user_and_groups(
    emulated: Dss, as_user: Callable[..., requests.Session], shared: Any
) -> None:
    """Permissions add up over groups and user items; none is negative [doc]."""
    session = as_user("both", "one", "two")
    permissions = shared.get_permissions()
    permissions["permissions"] = [
        {"group": "one", "readProjectContent": True},
        {"user": "both", "writeProjectContent": True},
    ]
    shared.set_permissions(permissions)
    body: dict[str, Any] = {"standard": {}, "local": {}}
    assert session.put(emulated.api("/projects/SHARED/variables/"), json=body).status_code == 200


def test_owner_may_do_everything(emulated: Dss, as_user: Callable[..., requests.Session], shared: Any) -> None:
    """The owner has the same as admin [doc]."""
    session = as_user("owner1")
    permissions = shared.get_permissions()
    permissions["owner"] = "owner1"
    shared.set_permissions(permissions)
    assert session.get(emulated.api("/projects/SHARED/permissions")).status_code == 200


def test_editing_permissions_cannot_grant_what_one_lacks(
    emulated: Dss, as_user: Callable[..., requests.Session], shared: Any
) -> None:
    """``editPermissions`` cannot grant what its holder lacks [doc]."""
    session = as_user("editor", "crew")
    grant(shared, group="crew", editPermissions=True)
    path = emulated.api("/projects/SHARED/permissions")
    body = session.get(path).json()
    body["permissions"].append({"group": "crew2", "writeProjectContent": True})
    assert session.put(path, json=body).status_code == 403
    body["permissions"][-1] = {"group": "crew2", "readDashboards": True}
    assert session.put(path, json=body).status_code == 200


def test_creating_projects_is_a_group_right(emulated: Dss, as_user: Callable[..., requests.Session]) -> None:
    """Admin or the group permission *create projects* [doc]."""
    body = {"projectKey": "MINE", "name": "Mine", "owner": "maker"}
    maker, reader = as_user("maker", "data_team"), as_user("reader", "readers")
    assert reader.post(emulated.api("/projects/"), json=body).status_code == 403
    assert maker.post(emulated.api("/projects/"), json=body).status_code == 200
    assert maker.delete(emulated.api("/projects/MINE")).status_code == 200


def test_changes_are_signed_by_who_made_them(
    emulated: Dss, as_user: Callable[..., requests.Session], shared: Any
) -> None:
    """A personal key is its user, a key without user is ``api:<id>`` [seen]."""
    session = as_user("signer", "crew")
    grant(shared, group="crew", writeProjectContent=True)
    assert shared.get_summary()["versionTag"]["lastModifiedBy"]["login"].startswith("api:")
    session.post(emulated.api("/projects/SHARED/scenarios/"), json={"type": "step_based", "name": "s", "params": {}})
    tag = session.get(emulated.api("/projects/SHARED/scenarios/s")).json()["versionTag"]
    assert tag["lastModifiedBy"] == {"login": "signer"}


def test_only_admins_choose_who_a_scenario_runs_as(
    emulated: Dss, as_user: Callable[..., requests.Session], shared: Any
) -> None:
    """Only admins may set ``runAsUser`` [client]."""
    session = as_user("planner", "crew")
    grant(shared, group="crew", writeProjectContent=True)
    path = emulated.api("/projects/SHARED/scenarios/")
    body = {"type": "step_based", "name": "s2", "params": {}, "runAsUser": "admin"}
    assert session.post(path, json=body).status_code == 403
    assert session.post(path, json={**body, "runAsUser": "planner"}).status_code == 200


def recipe_body(kind: str, output: str) -> dict[str, Any]:
    prototype = {
        "type": kind,
        "name": f"make_{output}",
        "inputs": {"main": {"items": [{"ref": "src"}]}},
        "outputs": {"main": {"items": [{"ref": output}]}},
    }
    return {"recipePrototype": prototype, "creationSettings": {}}


def test_writing_code_needs_an_ability(
    steered: NodeProcess, emulated: Dss, as_user: Callable[..., requests.Session], shared: Any
) -> None:
    """``writeProjectContent`` is not enough for code recipes and Python scenarios [doc]; visual recipes need no more."""
    for name in ("src", "a", "b"):
        shared.new_managed_dataset(name).with_store_into("filesystem_managed").create()
    grant(shared, group="crew", writeProjectContent=True)
    plain, coder = as_user("plain", "crew"), as_user("coder", "crew", "data_team")
    recipes = emulated.api("/projects/SHARED/recipes/")
    scenarios = emulated.api("/projects/SHARED/scenarios/")
    assert plain.post(recipes, json=recipe_body("sync", "a")).status_code == 200
    refused = plain.post(recipes, json=recipe_body("python", "b"))
    assert (refused.status_code, "code" in refused.json()["message"]) == (403, True)
    assert coder.post(recipes, json=recipe_body("python", "b")).status_code == 200
    body = coder.get(f"{recipes}make_b").json()
    assert plain.put(f"{recipes}make_b", json={**body, "payload": "x"}).status_code == 403
    assert coder.put(f"{recipes}make_b", json={**body, "payload": "x"}).status_code == 200
    script = {"type": "custom_python", "name": "s", "params": {}}
    assert plain.post(scenarios, json=script).status_code == 403
    assert coder.post(scenarios, json=script).status_code == 200
    assert plain.put(f"{scenarios}s/payload", json={"script": "y"}).status_code == 403
    steered.set_profile(code_needs_ability=False)
    assert plain.put(f"{scenarios}s/payload", json={"script": "y"}).status_code == 200


def test_changing_a_dataset_needs_the_use_of_its_connection(
    emulated: Dss, as_user: Callable[..., requests.Session], shared: Any
) -> None:
    """ "Freely usable by" governs changing the settings of a dataset on a connection; reading it stays free [doc]."""
    admin = emulated.client()
    admin.create_connection("closed", "PostgreSQL", usable_by="ALLOWED", allowed_groups=["insiders"])
    shared.create_dataset("closed_one", "PostgreSQL", params={"connection": "closed", "mode": "table", "table": "t"})
    grant(shared, group="crew", writeProjectContent=True)
    outsider, insider = as_user("outsider", "crew"), as_user("insider", "crew", "insiders")
    path = emulated.api("/projects/SHARED/datasets/closed_one")
    document = outsider.get(path)
    assert document.status_code == 200
    body = {**document.json(), "tags": ["mine"]}
    assert outsider.put(path, json=body).status_code == 403
    assert outsider.put(path, json={**body, "params": {"connection": "filesystem_managed"}}).status_code == 403
    assert insider.put(path, json=body).status_code == 200
    admin.get_connection("closed").delete()
    assert outsider.put(path, json={**body, "tags": []}).status_code == 200


def test_export_needs_write_or_admin(
    steered: NodeProcess, emulated: Dss, as_user: Callable[..., requests.Session], shared: Any
) -> None:
    """One page asks for write, one for admin, an instance setting decides [doc]: a switch. Read is never enough."""
    sessions = {}
    for flag in ("readProjectContent", "writeProjectContent", "admin"):
        sessions[flag] = as_user(f"user_{flag}", flag)
    permissions = shared.get_permissions()
    permissions["permissions"] = [{"group": flag, flag: True} for flag in sessions]
    shared.set_permissions(permissions)
    path = emulated.api("/projects/SHARED/export")
    for right, expected in (("writeProjectContent", [403, 200, 200]), ("admin", [403, 403, 200])):
        steered.set_profile(project_export_right=right)
        assert [session.post(path, json={}).status_code for session in sessions.values()] == expected


def test_deleting_a_project_may_need_an_administrator_of_the_node(
    steered: NodeProcess, emulated: Dss, as_user: Callable[..., requests.Session], shared: Any
) -> None:
    """Docstrings ask for an admin key; project admins may do it in the user interface; through the API [unknown]."""
    session = as_user("chief", "crew")
    grant(shared, group="crew", admin=True)
    steered.set_profile(project_admin_may_delete=False)
    assert session.delete(emulated.api("/projects/SHARED")).status_code == 403
    steered.set_profile(project_admin_may_delete=True)
    assert session.delete(emulated.api("/projects/SHARED")).status_code == 200
    emulated.client().create_project("SHARED", "Shared", "admin")


def test_expired_keys_are_unknown(emulated: Dss, node: NodeProcess) -> None:
    """401 as for any bad key [seen], from the moment on, though the key was used before."""
    made = emulated.http().post(emulated.api("/admin/global-api-keys/"), json={"label": "short"}).json()
    path = emulated.api(f"/admin/global-api-keys/{made['id']}")
    session = emulated.http()
    session.auth = (made["key"], "")
    assert session.get(emulated.api("/auth/info")).status_code == 200
    definition = emulated.http().get(path).json()
    assert emulated.http().put(path, json={**definition, "expiresOn": 1}).status_code == 200
    assert session.get(emulated.api("/auth/info")).status_code == 401
    assert emulated.http().delete(path).status_code < 300


def test_profile_of_the_licence_limits_what_permissions_grant(
    steered: NodeProcess, emulated: Dss, as_user: Callable[..., requests.Session], shared: Any
) -> None:
    """``ERR_USER_ACTION_FORBIDDEN_BY_PROFILE`` for a reader who may write by permission [doc]; which profiles is a switch."""
    session = as_user("licensed", "crew")
    grant(shared, group="crew", writeProjectContent=True)
    user = emulated.client().get_user("licensed").get_settings()
    user.get_raw()["userProfile"] = "READER"
    user.save()
    path = emulated.api("/projects/SHARED/variables/")
    body: dict[str, Any] = {"standard": {}, "local": {}}
    refused = session.put(path, json=body)
    assert (refused.status_code, refused.json()["code"]) == (403, "ERR_USER_ACTION_FORBIDDEN_BY_PROFILE")
    assert session.get(path).status_code == 200
    steered.set_profile(reading_profiles=[])
    assert session.put(path, json=body).status_code == 200


def test_implied_rights_are_not_written_down(emulated: Dss, shared: Any) -> None:
    """A writer is stored with ``readProjectContent: false`` [seen]; groups that do not exist are accepted [inferred]."""
    grant(shared, group="ghosts", writeProjectContent=True)
    entry = shared.get_permissions()["permissions"][0]
    assert (entry["group"], entry["writeProjectContent"], entry["readProjectContent"]) == ("ghosts", True, False)
