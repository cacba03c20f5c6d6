"""A killed node comes back with all it answered, and never hands out an id twice."""

import threading
from pathlib import Path
from typing import Any

import requests

from emulator.launch import NodeProcess, start_node
from tests.conformance.conftest import Dss, opened


def fill(project: Any) -> None:
    for name in ("src", "dst"):
        project.new_managed_dataset(name).with_store_into("filesystem_managed").create()
    builder = project.new_recipe("python", "r").with_input("src").with_output("dst")
    builder.with_script("x = 1\n").create()
    project.create_managed_folder("files").put_file("a/b", b"content")
    project.create_scenario("nightly", "custom_python")
    project.get_flow().create_zone("Z").add_item(project.get_dataset("src"))
    project.set_variables({"standard": {"z": 1, "a": 2}, "local": {}})
    project.get_library().add_file("python/lib.py").write("y")
    project.get_wiki().create_article("Home", content="# Hi\n")


def snapshot(node: NodeProcess) -> dict[str, Any]:
    """Everything of project KEPT that the API tells."""
    with opened(node) as dss:
        get = dss.client()._perform_json
        root = "/projects/KEPT"
        folder = get("GET", f"{root}/managedfolders/")[0]["id"]
        return {
            path: get("GET", f"{root}{path}")
            for path in (
                "",
                "/settings",
                "/metadata",
                "/permissions",
                "/variables/",
                "/tags",
                "/datasets/",
                "/recipes/",
                "/recipes/r",
                "/scenarios/nightly",
                "/scenarios/nightly/payload",
                "/managedfolders/",
                f"/managedfolders/{folder}/contents",
                "/flow/zones",
                "/libraries/contents",
                "/wiki/",
                "/wiki/1",
                "/dashboards/",
            )
        }


def test_kill_loses_nothing_that_was_answered(tmp_path: Path) -> None:
    """SIGKILL, start again on the same data: equal to the last byte, tags and all; the key still works."""
    with start_node(tmp_path / "node") as node:
        with opened(node) as dss:
            fill(dss.client().create_project("KEPT", "Kept", "admin"))
        before, url = snapshot(node), node.url
        node.kill()
        node.restart()
        assert node.url == url
        assert snapshot(node) == before


def test_kill_in_the_middle_of_writes_leaves_whole_objects(tmp_path: Path) -> None:
    """Killed while four clients write, a node comes back with all it had answered, each object whole, no leftovers."""
    answered: list[str] = []
    enough = threading.Event()

    def write(dss: Dss, prefix: str) -> None:
        session = dss.http()
        for number in range(10_000):
            body = {"name": f"{prefix}{number}", "creationSettings": {"connectionId": "filesystem_managed"}}
            try:
                answer = session.post(dss.api("/projects/KEPT/datasets/managed"), json=body, timeout=30)
            except requests.ConnectionError:
                return
            if answer.status_code == 200:
                answered.append(body["name"])  # type: ignore[arg-type]
            if len(answered) >= 60:
                enough.set()

    with start_node(tmp_path / "node") as node, opened(node) as dss:
        dss.client().create_project("KEPT", "Kept", "admin")
        threads = [threading.Thread(target=write, args=(dss, prefix)) for prefix in "abcd"]
        for thread in threads:
            thread.start()
        assert enough.wait(60)
        node.kill()
        for thread in threads:
            thread.join()
        node.restart()
        listed = {item["name"]: item for item in dss.http().get(dss.api("/projects/KEPT/datasets/")).json()}
        assert set(answered) <= set(listed)
        assert {item["versionTag"]["versionNumber"] for name, item in listed.items() if name in answered} == {0}
        assert all(item["metrics"]["probes"] for item in listed.values())
        names = dss.http().get(dss.api("/projects/KEPT/export"))
        assert b".dss-tmp-" not in names.content


def test_seeded_nodes_repeat_and_never_reissue(tmp_path: Path) -> None:
    """Equal seeds, equal ids; after a kill the sequence is another one, so deleted ids do not come again."""

    def folder_ids(node: NodeProcess, count: int) -> list[str]:
        with opened(node) as dss:
            client = dss.client()
            if "SEEDED" not in client.list_project_keys():
                client.create_project("SEEDED", "s", "admin")
            made = [client.get_project("SEEDED").create_managed_folder("f") for _ in range(count)]
            for folder in made:
                folder.delete()
            return [folder.id for folder in made]

    with start_node(tmp_path / "one", seed="7") as one, start_node(tmp_path / "two", seed="7") as two:
        first = folder_ids(one, 5)
        assert folder_ids(two, 5) == first
        one.kill()
        one.restart()
        assert not set(folder_ids(one, 5)) & set(first)


def test_profile_and_kind_come_from_the_command_line(tmp_path: Path) -> None:
    """A node is started as design or automation, with switches from a file."""
    switches = {"dss_version": "12.6.4", "hidden_project_status": 403}
    with (
        start_node(tmp_path / "node", kind="automation", node_id="auto-1", profile=switches) as node,
        opened(node) as dss,
    ):
        info = dss.client().get_instance_info().raw
        assert (info["nodeType"], info["nodeId"], info["dssVersion"]) == ("AUTOMATION", "auto-1", "12.6.4")
        assert dss.http().get(dss.api("/projects/NOPE/settings")).status_code == 403
