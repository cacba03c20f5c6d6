"""What all families of ML, LLM and streaming objects have in common. Facts: api-flow.md 3, 11; object-shapes.md 1, 4, 15.2, 16."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from emulator.launch import NodeProcess, start_node
from tests.conformance.conftest import Dss, opened
from tests.conformance.families import FAMILIES, Case, raw
from tests.conformance.instance import refusal

by_family = pytest.mark.parametrize("case", FAMILIES, ids=lambda case: case.segment)


@pytest.fixture
def family(node: NodeProcess) -> Iterator[Any]:
    """A project on the emulated node."""
    with opened(node) as dss:
        project = dss.client().create_project("FAMILIES", "Families", "admin")
        yield project
        project.delete()


def listed(project: Any, case: Case) -> list[str]:
    found = raw(project, "GET", f"{case.segment}/")
    return [item["id"] for item in (found["tools"] if isinstance(found, dict) else found)]


@by_family
def test_life(family: Any, case: Case) -> None:
    """Listed and shown with its identity once made; gone after DELETE; 404 with the class of the node then [seen]."""
    assert listed(family, case) == []
    object_id = case.make(family)
    assert listed(family, case) == [object_id]
    shown = raw(family, "GET", f"{case.segment}/{object_id}")
    assert (shown["projectKey"], shown["id"]) == ("FAMILIES", object_id)
    family.client._perform_empty("DELETE", f"/projects/FAMILIES/{case.segment}/{object_id}")
    assert listed(family, case) == []
    for method in ("GET", "DELETE"):
        text = refusal(lambda method=method: raw(family, method, f"{case.segment}/{object_id}"))
        assert text.startswith("com.dataiku.dip.exceptions.NotFoundException: ")
        assert f"does not exist: FAMILIES.{object_id}" in text


@by_family
def test_put_is_a_full_replacement(family: Any, case: Case) -> None:
    """A key that the body lacks takes its default; identity and creation stay; +1 on the version, changed or not [seen]."""
    object_id = case.make(family)
    path = f"{case.segment}/{object_id}"
    before = raw(family, "GET", path)
    assert before["versionTag"]["versionNumber"] == 0
    assert before["creationTag"]["lastModifiedBy"] == before["versionTag"]["lastModifiedBy"]
    raw(family, "PUT", path, {**before, "tags": ["z", "a", "z"], "description": "d"})
    changed = raw(family, "GET", path)
    assert (changed["tags"], changed["description"]) == (["a", "z"], "d")
    raw(family, "PUT", path, before)
    after = raw(family, "GET", path)
    assert {**after, "versionTag": None} == {**before, "versionTag": None}
    assert after["versionTag"]["versionNumber"] == 2
    raw(family, "PUT", path, {**before, "id": "other", "projectKey": "OTHER", "creationTag": None})
    moved = raw(family, "GET", path)
    assert (moved["id"], moved["projectKey"], moved["creationTag"]) == (object_id, "FAMILIES", before["creationTag"])


@by_family
def test_name_is_changed_by_a_put(family: Any, case: Case) -> None:
    """There is no other call for it; the id stays [seen]."""
    object_id = case.make(family)
    before = raw(family, "GET", f"{case.segment}/{object_id}")
    raw(family, "PUT", f"{case.segment}/{object_id}", {**before, case.name_key: "renamed"})
    assert raw(family, "GET", f"{case.segment}/{object_id}")[case.name_key] == "renamed"
    assert listed(family, case) == [object_id]


@by_family
def test_unknown_keys_vanish_with_200(family: Any, case: Case, steered: NodeProcess) -> None:
    """Typed objects drop them [seen]; kinds of which few documents are known keep them here, lest something is lost."""
    path = f"{case.segment}/{case.make(family)}"
    raw(family, "PUT", path, {**raw(family, "GET", path), "noSuchKey": 1})
    assert ("noSuchKey" in raw(family, "GET", path)) == case.is_open
    steered.set_profile(keep_unknown_fields=True)
    raw(family, "PUT", path, {**raw(family, "GET", path), "noSuchKey": 1})
    assert raw(family, "GET", path)["noSuchKey"] == 1


@by_family
def test_files_hold_no_identity_and_no_version(family: Any, case: Case, node: NodeProcess) -> None:
    """The file is named by the id; tags lie in version-tags.json under ``TYPE.id`` [seen]."""
    object_id = case.make(family)
    root = node.data_dir / "config" / "projects" / "FAMILIES"
    (file,) = root.glob(f"*/{object_id}.json")
    assert not {"id", "projectKey", "versionTag"} & set(json.loads(file.read_bytes()))
    assert f"{case.tag}.{object_id}" in json.loads((root / "version-tags.json").read_bytes())["tags"]
    family.client._perform_empty("DELETE", f"/projects/FAMILIES/{case.segment}/{object_id}")
    assert not file.exists()
    assert f"{case.tag}.{object_id}" not in json.loads((root / "version-tags.json").read_bytes())["tags"]


@by_family
def test_rights(family: Any, case: Case, node: NodeProcess) -> None:
    """Reading needs ``readProjectContent``, writing ``writeProjectContent`` [doc]; a stranger is told nothing."""
    object_id = case.make(family)
    family.client.create_user("looker", "secret-password")
    try:
        with opened(node) as dss:
            mine = dss.client(dss.personal_key("looker")).get_project("FAMILIES")
            path = f"{case.segment}/{object_id}"
            assert "Failed to read project permissions" in refusal(lambda: raw(mine, "GET", path))
            permissions = family.get_permissions()
            permissions["permissions"] = [{"user": "looker", "readProjectContent": True}]
            family.set_permissions(permissions)
            shown = raw(mine, "GET", path)
            assert listed(mine, case) == [object_id]
            for call in (
                lambda: raw(mine, "PUT", path, shown),
                lambda: raw(mine, "DELETE", path),
                lambda: raw(mine, "POST", case.segment, {}),
            ):
                assert "missing: writeProjectContent" in refusal(call)
    finally:
        family.client.get_user("looker").delete()


@pytest.mark.parametrize("case", [case for case in FAMILIES if case.in_zones], ids=lambda case: case.segment)
def test_zone(family: Any, case: Case) -> None:
    """It can be moved and shared, and leaves both zones when it is deleted [seen]."""
    object_id = case.make(family)
    first, second = (family.get_flow().create_zone(name) for name in ("First", "Second"))
    item = {"objectId": object_id, "objectType": case.tag}
    raw(family, "POST", f"flow/zones/{first.id}/items", item)
    raw(family, "POST", f"flow/zones/{second.id}/shared", item)
    assert raw(family, "GET", f"flow/zones/{first.id}")["items"] == [item]
    assert raw(family, "GET", f"flow/zones/{second.id}")["shared"] == [item]
    family.client._perform_empty("DELETE", f"/projects/FAMILIES/{case.segment}/{object_id}")
    assert raw(family, "GET", f"flow/zones/{first.id}")["items"] == []
    assert raw(family, "GET", f"flow/zones/{second.id}")["shared"] == []


@pytest.mark.parametrize("case", [case for case in FAMILIES if case.has_usages], ids=lambda case: case.segment)
def test_usages(family: Any, case: Case) -> None:
    """The recipes that read or write it [client doc]; 404 for what is not there."""
    object_id = case.make(family)
    assert raw(family, "GET", f"{case.segment}/{object_id}/usages") == []
    family.new_managed_dataset("out").with_store_into("filesystem_managed").create()
    family.new_recipe("python", "r").with_input(object_id).with_output("out").with_script("").create()
    expected = [{"type": "RECIPE_INPUT", "objectId": "r", "objectProjectKey": "FAMILIES"}]
    assert raw(family, "GET", f"{case.segment}/{object_id}/usages") == expected
    assert "does not exist" in refusal(lambda: raw(family, "GET", f"{case.segment}/nowhere/usages"))


def everything(dss: Dss) -> dict[str, Any]:
    project = dss.client().get_project("KEPT")
    return {
        case.segment: [raw(project, "GET", f"{case.segment}/{item}") for item in listed(project, case)]
        for case in FAMILIES
    }


def test_all_of_it_survives_a_kill_an_export_and_an_import(tmp_path: Path) -> None:
    """Definitions, ids and version numbers are the same on another node [seen]."""
    with start_node(tmp_path / "one") as one, start_node(tmp_path / "two") as two:
        with opened(one) as dss:
            project = dss.client().create_project("KEPT", "Kept", "admin")
            for case in FAMILIES:
                case.make(project)
            before = everything(dss)
            assert all(before.values())
        one.kill()
        one.restart()
        archive = tmp_path / "kept.zip"
        with opened(one) as dss:
            assert everything(dss) == before
            dss.client().get_project("KEPT").export_to_file(str(archive))
        with opened(two) as dss, archive.open("rb") as content:
            outcome = dss.client().prepare_project_import(content).execute({"targetProjectKey": "KEPT"})
            assert outcome["success"] is True
            assert everything(dss) == before
