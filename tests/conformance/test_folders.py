"""Managed folders on local storage. Facts: api-flow.md 8, object-shapes.md 10, 16."""

from io import BytesIO
from typing import Any

import pytest
from dataikuapi.utils import DataikuException

from emulator.launch import NodeProcess
from tests.conformance.conftest import Dss, opened
from tests.conformance.keys import KEY

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:dataikuapi")


def test_fresh_folder(project: Any) -> None:
    """8-character id; type derived from the connection; path as given, unexpanded [client, seen]."""
    folder = project.create_managed_folder("state")
    document = folder.get_settings().get_raw()
    assert len(folder.id) == 8
    assert document["type"] == "Filesystem"
    assert document["params"]["path"] == "/${projectKey}/${odbId}"
    assert document["params"]["filesSelectionRules"]["mode"] == "ALL"
    assert document["metrics"]["displayedState"] == {
        "partition": "NP",
        "columns": [],
        "metrics": ["basic:COUNT_FILES", "basic:SIZE"],
    }
    assert document["checks"]["runOnBuild"] is False


def test_names_are_not_unique(project: Any) -> None:
    """Two folders of one name have two ids [seen]."""
    ids = {project.create_managed_folder("twin").id for _ in range(2)}
    assert len(ids) == 2
    assert [item["name"] for item in project.list_managed_folders()] == ["twin", "twin"]


def test_wrong_connections_are_refused(dss: Dss, client: Any, project: Any) -> None:
    """SQL connections hold no folders, others may disallow them [seen]."""
    client.create_connection("sql_folders", "PostgreSQL", params={}, usable_by="ALL")
    try:
        with pytest.raises(DataikuException, match="Invalid connection type for managed folders : PostgreSQL"):
            project.create_managed_folder("x", connection_name="sql_folders")
        with pytest.raises(DataikuException, match="may not create a managed folder on connection filesystem_root"):
            project.create_managed_folder("x", connection_name="filesystem_root")
        with pytest.raises(DataikuException, match="does not exist"):
            project.create_managed_folder("x", connection_name="nowhere")
    finally:
        client.get_connection("sql_folders").delete()


def test_files_round_trip(project: Any) -> None:
    """Parents are made, files overwritten, listing is whole, deleting a missing file is no error [client, seen]."""
    folder = project.create_managed_folder("f")
    written = folder.put_file("/a/b c/é.json", BytesIO(b"{}"))
    assert (written["path"], written["size"]) == ("/a/b c/é.json", 2)
    folder.put_file("a/b c/é.json", BytesIO(b"{ }"))
    folder.put_file("top.bin", bytes(range(256)))
    assert [(item["path"], item["size"]) for item in folder.list_contents()["items"]] == [
        ("/a/b c/é.json", 3),
        ("/top.bin", 256),
    ]
    assert folder.get_file("/a/b c/é.json").content == b"{ }"
    assert folder.get_file("top.bin").content == bytes(range(256))
    folder.delete_file("/a/b c/é.json")
    folder.delete_file("/a/b c/é.json")
    assert [item["path"] for item in folder.list_contents()["items"]] == ["/top.bin"]


def test_missing_file(steered: NodeProcess) -> None:
    """404 or 500 [unknown]: both positions."""
    with opened(steered) as dss:
        folder = dss.client().create_project("MISSING", "m", "admin").create_managed_folder("f")
        path = dss.api(f"/projects/MISSING/managedfolders/{folder.id}/contents/nope.txt")
        assert dss.http().get(path).status_code == 404
        steered.set_profile(missing_folder_file_status=500)
        assert dss.http().get(path).status_code == 500


def test_paths_cannot_leave_the_folder(dss: Dss, project: Any) -> None:
    """A path with ``..`` is refused."""
    folder = project.create_managed_folder("f")
    path = dss.api(f"/projects/{KEY}/managedfolders/{folder.id}/contents/%2e%2e/%2e%2e/x")
    assert dss.http().get(path).status_code == 400


def test_put_is_whole_and_cannot_change_the_id(project: Any) -> None:
    """``id`` and ``projectKey`` cannot be changed [doc]; unknown keys vanish [seen]."""
    folder = project.create_managed_folder("f")
    settings = folder.get_settings()
    settings.get_raw().update(id="OTHER", projectKey="X", description="d", tags=["b", "a"], nonsense=1)
    settings.save()
    document = folder.get_settings().get_raw()
    assert (document["id"], document["projectKey"]) == (folder.id, KEY)
    assert (document["description"], document["tags"]) == ("d", ["a", "b"])
    assert "nonsense" not in document
    assert document["versionTag"]["versionNumber"] == 1


def test_rename(dss: Dss, project: Any) -> None:
    """Only the name changes; blanks are refused [doc, seen]. The call is newer than the oldest client."""
    folder = project.create_managed_folder("before")
    path = dss.api(f"/projects/{KEY}/actions/renameManagedFolder")
    assert dss.http().post(path, json={"id": folder.id, "newName": "after"}).status_code == 200
    assert folder.get_settings().get_raw()["name"] == "after"
    assert dss.http().post(path, json={"id": folder.id, "newName": "   "}).status_code == 400


def test_delete_keeps_files_unless_asked(dss: Dss, project: Any) -> None:
    """``dropData`` is new in 15; JSON is answered, as client 15.2 parses it [client]."""
    for drop, left in ((False, 1), (True, 0)):
        folder = project.create_managed_folder("f")
        folder.put_file("x", b"1")
        raw = folder.get_settings().get_raw()
        place = raw["params"]["path"].replace("${odbId}", folder.id)
        answer = dss.http().delete(dss.api(f"/projects/{KEY}/managedfolders/{folder.id}?dropData={drop}"))
        assert answer.json()
        body = {"name": "again", "type": None, "params": {**raw["params"], "path": place}}
        other = dss.http().post(dss.api(f"/projects/{KEY}/managedfolders/"), json=body).json()["id"]
        assert len(project.get_managed_folder(other).list_contents()["items"]) == left
        dss.http().delete(dss.api(f"/projects/{KEY}/managedfolders/{other}?dropData=True"))


def test_delete_takes_recipes_along(project: Any) -> None:
    """Deleting a folder deletes the recipes that use it [doc]."""
    folder = project.create_managed_folder("in")
    project.new_managed_dataset("out").with_store_into("filesystem_managed").create()
    builder = project.new_recipe("python", "r").with_input(folder.id).with_output("out")
    builder.with_script("").create()
    folder.delete()
    assert project.list_recipes() == []


def test_copy_to_another_folder_is_a_future(project: Any) -> None:
    """``copyTo`` answers with a future [client]."""
    source, target = project.create_managed_folder("a"), project.create_managed_folder("b")
    source.put_file("x/y", b"1")
    target.put_file("old", b"2")
    source.copy_to(target).wait_for_result()
    assert [item["path"] for item in target.list_contents()["items"]] == ["/x/y"]
    target.put_file("old", b"2")
    source.copy_to(target, write_mode="APPEND").wait_for_result()
    assert [item["path"] for item in target.list_contents()["items"]] == ["/old", "/x/y"]


def test_dataset_from_files_in_folder_is_an_implicit_recipe(project: Any) -> None:
    """``FilesInFolder`` with ``folderSmartId``; the graph shows an implicit recipe [client, seen]."""
    folder = project.create_managed_folder("files")
    dataset = folder.create_dataset_from_files("rows")
    assert dataset.get_definition()["params"]["folderSmartId"] == folder.id
    nodes = project.get_flow().get_graph().nodes
    implicit = nodes[f"FilesInFolder->{KEY}.rows"]
    assert implicit["type"] == "RUNNABLE_IMPLICIT_RECIPE"
    assert (implicit["predecessors"], implicit["successors"]) == ([folder.id], ["rows"])


def test_missing_folder_is_404(project: Any) -> None:
    """404 NotFound [seen]."""
    with pytest.raises(DataikuException, match="NotFoundException"):
        project.get_managed_folder("nope1234").get_settings()
