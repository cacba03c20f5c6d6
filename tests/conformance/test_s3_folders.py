"""Managed folders on an S3 connection, from outside and from code inside the node.

Facts: api-flow.md section 8, plugin-components.md section 14.3.
"""

import io
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from emulator.launch import NodeProcess, start_node
from emulator.s3 import S3Process, start_s3
from tests.conformance.instance import Clients, opened_clients, plugin_zip, refusal, requires_client

BUCKET = "state-bucket"


@pytest.fixture(scope="module")
def s3() -> Iterator[S3Process]:
    with start_s3() as server:
        server.create_bucket(BUCKET)
        yield server


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory, s3: S3Process) -> Iterator[NodeProcess]:
    with start_node(tmp_path_factory.mktemp("node"), s3_endpoint=s3.endpoint) as running:
        yield running


@pytest.fixture
def clients(node: NodeProcess, s3: S3Process) -> Iterator[Clients]:
    with opened_clients(node) as opened:
        if "s3" not in opened.admin.list_connections(as_type="dictitems"):
            params = {"accessKey": s3.access_key, "secretKey": s3.secret_key, "defaultManagedBucket": BUCKET}
            opened.admin.create_connection("s3", "EC2", params={**params, "regionOrEndpoint": s3.endpoint})
            opened.admin.create_project("FOLDERS", "f", "admin")
        yield opened


@pytest.fixture
def project(clients: Clients) -> Any:
    return clients.admin.get_project("FOLDERS")


@pytest.fixture
def folder(project: Any) -> Any:
    return project.create_managed_folder("files", connection_name="s3")


def keys(s3: S3Process, prefix: str) -> list[str]:
    client = s3.client()
    found = [item["Key"] for item in client.list_objects_v2(Bucket=BUCKET, Prefix=prefix).get("Contents", ())]
    client.close()
    return found


def contents(folder: Any) -> list[str]:
    return [item["path"] for item in folder.list_contents()["items"]]


def read(folder: Any, path: str) -> bytes:
    with folder.get_file(path) as answer:
        return bytes(answer.content)


def test_files_are_objects_of_the_bucket(s3: S3Process, folder: Any) -> None:
    """Type S3 is derived from the connection, the bucket is its default one; a file is an object below the folder's path."""
    raw = folder.get_settings().get_raw()
    assert (raw["type"], raw["params"]["bucket"]) == ("S3", BUCKET)
    folder.put_file("/deep/down/ü a.json", io.BytesIO(b"one"))
    folder.put_file("b.txt", io.BytesIO(b"two"))
    root = f"FOLDERS/{folder.id}"
    assert keys(s3, root) == [f"{root}/b.txt", f"{root}/deep/down/ü a.json"]
    assert contents(folder) == ["/b.txt", "/deep/down/ü a.json"]
    item = folder.list_contents()["items"][0]
    assert item["size"] == 3
    assert item["lastModified"] > 0


def test_overwrite_read_delete(folder: Any) -> None:
    """PUT replaces; deleting a missing file is no error [seen]; a missing file cannot be read."""
    folder.put_file("/a", io.BytesIO(b"one"))
    folder.put_file("/a", io.BytesIO(b"two"))
    assert read(folder, "/a") == b"two"
    folder.delete_file("/a")
    folder.delete_file("/a")
    assert contents(folder) == []
    with pytest.raises(Exception, match="NotFound"):
        folder.get_file("/a")


def test_objects_put_beside_the_node_are_seen(s3: S3Process, folder: Any) -> None:
    """The listing is the bucket's: what another program wrote is there, and big listings are complete."""
    client = s3.client()
    for number in range(1005):
        client.put_object(Bucket=BUCKET, Key=f"FOLDERS/{folder.id}/n/{number:04}", Body=b"x")
    client.close()
    assert len(contents(folder)) == 1005


def dropped_by_client(folder: Any) -> None:
    requires_client(folder, "delete", "drop_data")
    folder.delete(drop_data=True)


def dropped_by_call(folder: Any) -> None:
    path = f"/projects/{folder.project_key}/managedfolders/{folder.id}"
    folder.client._perform_json("DELETE", path, params={"dropData": True})


@pytest.mark.parametrize("drop", [dropped_by_client, dropped_by_call])
def test_deleting_a_folder_keeps_files_unless_told(s3: S3Process, project: Any, drop: Callable[[Any], None]) -> None:
    """Files stay unless ``dropData`` [doc]."""
    kept, dropped = (project.create_managed_folder(name, connection_name="s3") for name in ("kept", "dropped"))
    for made in (kept, dropped):
        made.put_file("/x", io.BytesIO(b"x"))
    kept.delete()
    drop(dropped)
    assert keys(s3, f"FOLDERS/{kept.id}") == [f"FOLDERS/{kept.id}/x"]
    assert keys(s3, f"FOLDERS/{dropped.id}") == []


def test_a_store_that_refuses_is_a_coded_error(s3: S3Process, folder: Any, node: NodeProcess) -> None:
    """A failing store is told with the reason, and the request is logged without an effect."""
    node.clear_requests()
    s3.add_fault(method="PUT", key=folder.id, status=403, code="AccessDenied")
    assert "AccessDenied" in refusal(lambda: folder.put_file("/x", io.BytesIO(b"x")))
    folder.put_file("/x", io.BytesIO(b"x"))
    uploads = node.requests(method="POST", path="/contents/")
    assert [entry["effect"] for entry in uploads] == [False, True]


def test_wrong_credentials_and_missing_bucket(clients: Clients, project: Any, s3: S3Process) -> None:
    """Nothing is stored elsewhere instead: the call fails and says what is wrong."""
    params = {"accessKey": s3.access_key, "secretKey": "wrong", "regionOrEndpoint": s3.endpoint}
    clients.admin.create_connection("s3_wrong", "EC2", params={**params, "defaultManagedBucket": BUCKET})
    wrong = project.create_managed_folder("wrong", connection_name="s3_wrong")
    assert "SignatureDoesNotMatch" in refusal(lambda: wrong.put_file("/x", io.BytesIO(b"x")))
    clients.admin.create_connection("s3_nobucket", "EC2", params={**params, "secretKey": s3.secret_key})
    nowhere = project.create_managed_folder("nowhere", connection_name="s3_nobucket")
    assert "names no bucket" in refusal(lambda: nowhere.put_file("/x", io.BytesIO(b"x")))
    clients.admin.create_connection(
        "s3_role", "EC2", params={"credentialsMode": "STS_ASSUME_ROLE", "defaultManagedBucket": BUCKET}
    )
    role = project.create_managed_folder("role", connection_name="s3_role")
    assert "key pair only" in refusal(role.list_contents)


CODE = """
import io, json, os
import dataiku
from dataiku.runnables import Runnable

class M(Runnable):
    def run(self, progress_callback):
        folder = dataiku.Folder(self.config["folder"])
        answer = {"info": folder.get_info(sensitive_info=True), "plain": folder.get_info(), "id": folder.get_id(), "name": folder.get_name()}
        folder.upload_data("/d/one.json", b'{"n": 1}')
        folder.upload_stream("two", io.BytesIO(b"22"))
        with open("local", "wb") as f:
            f.write(b"333")
        folder.upload_file("/d/three", "local")
        folder.write_json("/j.json", {"x": [1]})
        with folder.get_writer("/w") as writer:
            writer.write(b"4")
            writer.write(b"4")
        answer["paths"] = sorted(folder.list_paths_in_partition())
        with folder.get_download_stream("/d/three") as stream:
            answer["three"] = stream.read().decode()
            answer["seekable"] = stream.seekable()
        answer["json"] = folder.read_json("j.json")
        answer["details"] = folder.get_path_details("/d")
        answer["missing"] = folder.get_path_details("/none")["exists"]
        folder.delete_path("/d")
        answer["after"] = sorted(folder.list_paths_in_partition())
        for name, call in (("path", folder.get_path), ("read", lambda: folder.get_download_stream("/none"))):
            try:
                answer[name] = call()
            except Exception as error:
                answer[name] = "refused: %s" % error
        return answer
"""


def run_code(clients: Clients, client: Any, folder_name: str) -> Any:
    files: dict[str, Any] = {
        "python-runnables/m/runnable.json": {"resultType": "JSON_OBJECT"},
        "python-runnables/m/runnable.py": CODE,
    }
    if "folders" not in [item["id"] for item in clients.admin.list_plugins()]:
        clients.admin.install_plugin_from_archive(plugin_zip(files, plugin_id="folders"))
    macro = client.get_project("FOLDERS").get_macro("pyrunnable_folders_m")
    return macro.get_result(macro.run({"folder": folder_name}), as_type="json")


def test_folder_in_code(clients: Clients, project: Any, s3: S3Process) -> None:
    """``dataiku.Folder`` by name: upload, list with leading slashes, stream that cannot seek, details, delete [doc]."""
    folder = project.create_managed_folder("in_code", connection_name="s3")
    found = run_code(clients, clients.admin, "in_code")
    assert (found["id"], found["name"]) == (folder.id, "in_code")
    assert found["paths"] == ["/d/one.json", "/d/three", "/j.json", "/two", "/w"]
    assert (found["three"], found["seekable"], found["json"]) == ("333", False, {"x": [1]})
    assert [child["fullPath"] for child in found["details"]["children"]] == ["/d/one.json", "/d/three"]
    assert found["missing"] is False
    assert found["after"] == ["/j.json", "/two", "/w"]
    assert found["path"].startswith("refused: Folder is not on the local filesystem")
    assert found["read"].startswith("refused: ")
    place = {"bucket": BUCKET, "root": f"/FOLDERS/{folder.id}"}
    assert found["plain"]["accessInfo"] == place
    assert found["info"]["accessInfo"] == {**place, "accessKey": s3.access_key, "secretKey": s3.secret_key}


def test_credentials_only_for_readers_of_details(clients: Clients, project: Any, node: NodeProcess) -> None:
    """Sensitive information needs the right to read the connection's details [doc]; a switch leaves it out altogether."""
    project.create_managed_folder("guarded", connection_name="s3")
    user = clients.user("folder_user", "readers")
    permissions = project.get_permissions()
    permissions["permissions"].append({"user": "folder_user", "writeProjectContent": True})
    project.set_permissions(permissions)
    assert set(run_code(clients, user, "guarded")["info"]["accessInfo"]) == {"bucket", "root"}
    node.set_profile(folder_info_credentials="absent")
    assert set(run_code(clients, clients.admin, "guarded")["info"]["accessInfo"]) == {"bucket", "root"}
    node.set_profile(folder_info_credentials="resolved")


def test_local_folder_in_code(clients: Clients, project: Any) -> None:
    """``get_path`` works on the local file system, and only there [doc]."""
    folder = project.create_managed_folder("local", connection_name="filesystem_folders")
    found = run_code(clients, clients.admin, "local")
    assert found["path"].endswith(f"FOLDERS/{folder.id}")
    assert found["plain"]["path"] == found["path"]
    assert found["after"] == ["/j.json", "/two", "/w"]
