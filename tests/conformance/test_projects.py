"""Projects. Facts: api-projects-scenarios-deployer.md 3, api-flow.md 14, object-shapes.md 5, 15."""

from typing import Any

import pytest
from dataikuapi.utils import DataikuException

from tests.conformance.conftest import Dss
from tests.conformance.keys import KEY, named

AGAIN = named("AGAIN")
CONSUMER = named("CONSUMER")
LATER = named("LATER")
NULLS = named("NULLS")
TAGGED = named("TAGGED")


def test_created_project_is_listed_with_its_summary(client: Any, project: Any) -> None:
    """Summary fields [seen]; a new project has status Sandbox [seen]."""
    summary = next(item for item in client.list_projects() if item["projectKey"] == KEY)
    assert summary["name"] == "Conformance"
    assert summary["ownerLogin"]
    assert summary["projectStatus"] == "Sandbox"
    assert summary["versionTag"]["versionNumber"] == 0
    assert project.get_summary()["projectKey"] == KEY


def test_owner_is_mandatory_and_must_exist(dss: Dss) -> None:
    """400 without owner; it must be an existing login [seen]."""
    session = dss.http()
    for body in ({"projectKey": "A1", "name": "a"}, {"projectKey": "A1", "name": "a", "owner": "no.such.login"}):
        answer = session.post(dss.api("/projects/"), json=body)
        assert answer.status_code == 400
        assert "IllegalArgumentException" in answer.json()["errorType"]


@pytest.mark.parametrize("key", ["WITH SPACE", "dash-ed", KEY])
def test_bad_and_taken_keys(dss: Dss, client: Any, project: Any, key: str) -> None:
    """Letters, digits, underscore; unique: ``ERR_PROJECT_INVALID_PROJECT_KEY`` [doc]."""
    with pytest.raises(DataikuException):
        client.create_project(key, "x", dss.owner)


def test_creation_takes_description_and_tags(dss: Dss, client: Any) -> None:
    """Newer clients send ``permissions`` and ``tags``; ``description`` becomes the long description [client, doc]."""
    body = {"projectKey": TAGGED, "name": "Tagged", "owner": dss.owner, "description": "long", "tags": ["b", "a"]}
    dss.http().post(dss.api("/projects/"), json={**body, "permissions": [], "settings": None}).raise_for_status()
    made = client.get_project(TAGGED)
    try:
        assert made.get_metadata()["description"] == "long"
        assert made.get_metadata()["tags"] == ["a", "b"]
    finally:
        made.delete()


def test_fresh_project_has_one_default_dashboard_and_nothing_else(project: Any) -> None:
    """Fresh project = params + one dashboard + external-libraries.json [seen]."""
    assert len(project.list_dashboards()) == 1
    assert project.list_datasets() == []
    assert project.list_recipes() == []
    assert project.list_scenarios() == []
    assert project.get_variables() == {"standard": {}, "local": {}}
    assert project.get_tags() == {"tags": {}}


def test_settings_survive_a_round_trip(project: Any) -> None:
    """GET, change, PUT the whole; ``projectStatus`` is writable here [doc]."""
    settings = project.get_settings()
    settings.get_raw()["projectStatus"] = "In production"
    settings.get_raw()["settings"]["gitCommitMode"] = "EXPLICIT"
    settings.save()
    raw = project.get_settings().get_raw()
    assert raw["projectStatus"] == "In production"
    assert raw["settings"]["gitCommitMode"] == "EXPLICIT"


def test_settings_hold_no_permissions(project: Any) -> None:
    """Everything of params.json except permissions [seen]."""
    raw = project.get_settings().get_raw()
    assert "permissions" not in raw
    assert raw["settings"]["codeEnvs"]["python"] == {"mode": "INHERIT", "preventOverride": False}


def test_partial_settings_are_a_null_pointer(dss: Dss, project: Any) -> None:
    """A partial body gives 500 NPE [seen]."""
    answer = dss.http().put(dss.api(f"/projects/{KEY}/settings"), json={"projectStatus": "x"})
    assert answer.status_code == 500
    assert answer.json()["errorType"] == "java.lang.NullPointerException"


def test_settings_do_not_save_the_short_description(project: Any) -> None:
    """``shortDesc`` is not saved there [seen]."""
    before = project.get_metadata()["shortDesc"]
    settings = project.get_settings()
    settings.get_raw()["shortDesc"] = "changed"
    settings.save()
    assert project.get_metadata()["shortDesc"] == before


def test_metadata_is_replaced_as_a_whole(project: Any) -> None:
    """PUT is wholesale; tags come back sorted [seen]."""
    metadata = project.get_metadata()
    metadata["shortDesc"], metadata["tags"], metadata["label"] = "short", ["z", "a", "z"], "Renamed"
    project.set_metadata(metadata)
    assert project.get_metadata()["tags"] == ["a", "z"]
    assert project.get_summary()["name"] == "Renamed"
    project.set_metadata({"label": "Renamed"})
    assert "shortDesc" not in project.get_metadata()
    assert project.get_metadata()["tags"] == []


def test_tagging_defines_the_tag(project: Any) -> None:
    """Tagging an object with an unknown tag creates the definition [seen]."""
    metadata = project.get_metadata()
    metadata["tags"] = ["urgent"]
    project.set_metadata(metadata)
    assert "urgent" in project.get_tags()["tags"]


def test_tag_registry_is_replaced(project: Any) -> None:
    """``{tags: {name: {color}}}`` [client]."""
    project.set_tags({"tags": {"gold": {"color": "#ffcc00"}}})
    assert project.get_tags() == {"tags": {"gold": {"color": "#ffcc00"}}}


def test_variables_keep_order_and_type_and_are_replaced(project: Any) -> None:
    """Any JSON value, key order preserved [seen], both maps replaced."""
    standard = {"z": 1, "a": "text", "m": {"k": [1, 2.5, None]}}
    project.set_variables({"standard": standard, "local": {"only": True}})
    read = project.get_variables()
    assert list(read["standard"]) == ["z", "a", "m"]
    assert read == {"standard": standard, "local": {"only": True}}
    project.set_variables({"standard": {}, "local": {}})
    assert project.get_variables() == {"standard": {}, "local": {}}


def test_resolved_variables_prefer_local_ones(dss: Dss, project: Any) -> None:
    """Local variables belong to the node and win [doc]."""
    project.set_variables({"standard": {"x": 1, "y": 2}, "local": {"x": 9}})
    resolved = dss.http().get(dss.api(f"/projects/{KEY}/variables-resolved?typed=true")).json()
    assert (resolved["x"], resolved["y"]) == (9, 2)


def test_permissions_carry_every_flag(project: Any) -> None:
    """Stored entries carry every flag; implied rights are not materialised [seen]."""
    permissions = project.get_permissions()
    permissions["permissions"] = [{"group": "no_such_group", "writeProjectContent": True}]
    project.set_permissions(permissions)
    entry = project.get_permissions()["permissions"][0]
    assert entry["group"] == "no_such_group"
    assert entry["writeProjectContent"] is True
    assert entry["readProjectContent"] is False
    assert entry["editPermissions"] is False


def test_version_grows_by_one_per_save_changed_or_not(project: Any) -> None:
    """+1 per save, changed or not [seen]."""
    before = project.get_summary()["versionTag"]["versionNumber"]
    for _ in range(2):
        project.get_settings().save()
    assert project.get_summary()["versionTag"]["versionNumber"] == before + 2


def test_timeline_names_the_last_change(project: Any) -> None:
    """``{allContributors, items, createdBy, lastModifiedOn, ...}`` [client]."""
    project.get_settings().save()
    timeline = project.get_timeline()
    assert timeline["items"][0]["objectType"] == "PROJECT"
    assert timeline["lastModifiedOn"] >= timeline["createdOn"]


def test_exposed_objects_live_in_the_settings(dss: Dss, client: Any, project: Any) -> None:
    """No own endpoint; ``foreign=true`` shows what is exposed to a project, with the source key [client]."""
    other = client.create_project(CONSUMER, "Consumer", dss.owner)
    try:
        project.new_managed_dataset("shared").with_store_into("filesystem_managed").create()
        settings = project.get_settings()
        settings.add_exposed_object("DATASET", "shared", CONSUMER)
        settings.save()
        foreign = dss.http().get(dss.api(f"/projects/{CONSUMER}/datasets/?foreign=True")).json()
        assert [(item["projectKey"], item["name"]) for item in foreign] == [(KEY, "shared")]
        assert dss.http().get(dss.api(f"/projects/{CONSUMER}/datasets/?foreign=False")).json() == []
    finally:
        other.delete()


def test_deleted_project_is_gone_and_its_key_free(dss: Dss, client: Any) -> None:
    """With ``wait=True`` the key is free when the call returns [inferred]."""
    for _ in range(2):
        client.create_project(AGAIN, "Again", dss.owner).delete()
    assert AGAIN not in client.list_project_keys()


def test_delete_without_wait_is_a_future(dss: Dss, client: Any) -> None:
    """``wait`` since 14.1; the answer has the form of a future [client]."""
    client.create_project(LATER, "Later", dss.owner)
    state = dss.http().delete(dss.api(f"/projects/{LATER}?wait=False")).json()
    if not state["hasResult"]:
        client.get_future(state["jobId"]).wait_for_result()
    assert LATER not in client.list_project_keys()


def test_settings_leave_what_other_calls_own(dss: Dss, project: Any) -> None:
    """Owner, permissions and identity in a settings body change nothing; ``projectStatus`` does [doc, seen]."""
    settings = project.get_settings()
    settings.get_raw().update(owner="nobody", permissions=[{"group": "x", "admin": True}], projectKey="OTHER")
    settings.get_raw()["projectStatus"] = "Draft"
    settings.save()
    permissions = project.get_permissions()
    assert (permissions["owner"], permissions["permissions"]) == (dss.owner, [])
    assert project.get_summary()["projectStatus"] == "Draft"
    assert project.get_summary()["projectKey"] == project.project_key


def test_null_lists_at_creation_are_a_null_pointer(dss: Dss) -> None:
    """``null`` for tags or permissions fails, ``[]`` does not [seen]."""
    body = {"projectKey": NULLS, "name": "n", "owner": dss.owner}
    for field in ("tags", "permissions"):
        answer = dss.http().post(dss.api("/projects/"), json={**body, field: None})
        assert (answer.status_code, answer.json()["errorType"]) == (500, "java.lang.NullPointerException")
    assert dss.http().post(dss.api("/projects/"), json={**body, "tags": [], "permissions": []}).status_code == 200
    dss.client().get_project(NULLS).delete()


def test_uploads_may_need_a_connection(project: Any) -> None:
    """``ERR_SECURITY_UPLOAD_WITHOUT_CONNECTION`` where the project's settings say so [doc, seen]."""
    settings = project.get_settings()
    settings.get_raw()["settings"]["datasetsCreationSettings"]["allowUploadsWithoutConnection"] = False
    settings.save()
    answer = project.client._session.post(
        f"{project.client.host}/public/api/projects/{project.project_key}/datasets/",
        json={"name": "up", "type": "UploadedFiles", "params": {}},
    )
    assert answer.json()["code"] == "ERR_SECURITY_UPLOAD_WITHOUT_CONNECTION"
    project.create_upload_dataset("up", connection="filesystem_managed")
