"""What calls do to the files of a project, DSS's own layout. Facts: object-shapes.md 1, 2, 4, 15, 16."""

import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from emulator.launch import NodeProcess
from tests.conformance.conftest import Dss, opened


@pytest.fixture
def tree(node: NodeProcess) -> Iterator[tuple[Any, Path]]:
    """A project with two datasets and a recipe between them, and its directory."""
    with opened(node) as dss:
        project = dss.client().create_project("TREE", "Tree", "admin")
        for name in ("src", "dst"):
            project.new_managed_dataset(name).with_store_into("filesystem_managed").create()
        project.new_recipe("sync", "copy").with_input("src").with_existing_output("dst").create()
        yield project, node.data_dir / "config" / "projects" / "TREE"
        project.delete()


def write(file: Path, document: Any) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(document))


def tags(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "version-tags.json").read_text())["tags"]
    return found


def test_files_hold_no_identity_and_no_version(tree: tuple[Any, Path]) -> None:
    """Since 12.4: name is the file's, versions lie in ``version-tags.json`` [seen]."""
    _, folder = tree
    identity = {"name", "id", "projectKey", "smartName", "versionTag"}
    for file in ("datasets/src.json", "recipes/copy.json"):
        assert not identity & set(json.loads((folder / file).read_text()))
    assert not (identity - {"name"}) & set(json.loads((folder / "params.json").read_text()))  # its name is a label
    assert {"DATASET.src", "DATASET.dst", "RECIPE.copy", "PROJECT.TREE"} <= set(tags(folder))


def test_a_save_without_a_change_steps_the_tag_alone(tree: tuple[Any, Path]) -> None:
    """Every save is +1, changed or not; since 12.4 the object's file stays byte for byte [seen]."""
    project, folder = tree
    project.get_dataset("src").get_settings().save()
    before, number = (folder / "datasets/src.json").read_bytes(), tags(folder)["DATASET.src"]["versionNumber"]
    project.get_dataset("src").get_settings().save()
    assert (folder / "datasets/src.json").read_bytes() == before
    assert tags(folder)["DATASET.src"]["versionNumber"] == number + 1
    assert before == before.rstrip()
    assert b'\n  "' in before


def test_deleting_a_dataset_reaches_everything_that_names_it(tree: tuple[Any, Path]) -> None:
    """Explore file, analyses, zone items, exposures and dashboard authorizations go with it [seen]."""
    project, folder = tree
    write(folder / "explore/src.json", {})
    write(folder / "analysis/An4lysis/core_params.json", {"inputDatasetSmartName": "src"})
    write(folder / "analysis/0therOne/core_params.json", {"inputDatasetSmartName": "dst"})
    settings = project.get_settings()
    settings.get_raw()["exposedObjects"]["objects"] = [
        {"type": "DATASET", "localName": name, "rules": [{"targetProject": "X"}]} for name in ("src", "dst")
    ]
    settings.save()
    permissions = project.get_permissions()
    permissions["dashboardAuthorizations"]["authorizations"] = [
        {"objectRef": {"objectId": name, "objectType": "DATASET"}, "modes": ["READ"]} for name in ("src", "dst")
    ]
    project.set_permissions(permissions)
    project.get_flow().create_zone("Z").add_item(project.get_dataset("src"))
    project.get_dataset("src").delete()
    assert not (folder / "explore/src.json").exists()
    assert [file.parent.name for file in folder.glob("analysis/*/core_params.json")] == ["0therOne"]
    exposed = project.get_settings().get_raw()["exposedObjects"]["objects"]
    assert [item["localName"] for item in exposed] == ["dst"]
    authorized = project.get_permissions()["dashboardAuthorizations"]["authorizations"]
    assert [item["objectRef"]["objectId"] for item in authorized] == ["dst"]
    assert [zone._raw["items"] for zone in project.get_flow().list_zones()] == [[], []]
    assert "DATASET.src" not in tags(folder)
    assert not (folder / "recipes/copy.json").exists()


def test_renaming_a_dataset_is_followed_everywhere(tree: tuple[Any, Path]) -> None:
    """Recipes, analyses, insights, dashboards, worksheets, app manifest, exposures, steps; stored paths stay [seen]."""
    project, folder = tree
    write(folder / "explore/src.json", {"mark": 1})
    write(folder / "analysis/An4lysis/core_params.json", {"inputDatasetSmartName": "src"})
    write(folder / "insights/Insight.json", {"params": {"datasetSmartName": "src"}})
    write(folder / "dashboards/Dashbo.json", {"pages": [{"filters": {"datasetSmartName": "src"}}]})
    write(folder / "app-manifest.json", {"tiles": [{"datasetSmartName": "src"}]})
    step = {"type": "build_flowitem", "params": {"builds": [{"type": "DATASET", "itemId": "src"}]}}
    project.create_scenario("build", "step_based", {"params": {"steps": [step]}})
    settings = project.get_settings()
    settings.get_raw()["exposedObjects"]["objects"] = [{"type": "DATASET", "localName": "src", "rules": []}]
    settings.save()
    project.get_dataset("src").rename("source")
    assert json.loads((folder / "explore/source.json").read_text()) == {"mark": 1}
    named = (
        "analysis/An4lysis/core_params.json",
        "insights/Insight.json",
        "dashboards/Dashbo.json",
        "app-manifest.json",
    )
    for file in named:
        assert '"source"' in (folder / file).read_text(), file
    raw = project.get_scenario("build").get_settings().get_raw()
    assert raw["params"]["steps"][0]["params"]["builds"][0]["itemId"] == "source"
    assert project.get_settings().get_raw()["exposedObjects"]["objects"][0]["localName"] == "source"
    document = project.get_dataset("source").get_settings().get_raw()
    assert (document["params"]["path"], document["versionTag"]["versionNumber"]) == ("${projectKey}/src", 0)
    assert [item["name"] for item in project.list_recipes()] == ["copy"]


def test_what_an_import_changes(tree: tuple[Any, Path], node: NodeProcess) -> None:
    """Webapps get new keys, ``useRemoteGit`` goes, the owner is the importer, ids and codes stay [seen]."""
    project, folder = tree
    write(folder / "web_apps/WebApp1.json", {"name": "w", "type": "STANDARD", "apiKey": "planted-key"})
    params = json.loads((folder / "params.json").read_text())
    write(
        folder / "params.json",
        {**params, "owner": "somebody", "settings": {**params["settings"], "useRemoteGit": True}},
    )
    with project.get_export_stream({}) as stream:
        content = stream.read()
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert "planted-key" in archive.read("project_config/web_apps/WebApp1.json").decode()
    project.client.prepare_project_import(io.BytesIO(content)).execute({"targetProjectKey": "TREE2"})
    copy = project.client.get_project("TREE2")
    try:
        there = folder.parent / "TREE2"
        webapp = json.loads((there / "web_apps/WebApp1.json").read_text())
        assert webapp["apiKey"] != "planted-key"
        assert webapp["name"] == "w"
        assert "useRemoteGit" not in json.loads((there / "params.json").read_text())["settings"]
        assert copy.get_permissions()["owner"] == "admin"
        assert tags(there)["DATASET.src"] == tags(folder)["DATASET.src"]
    finally:
        copy.delete()
    assert not there.exists()


def test_a_first_zone_brings_the_default_one_and_a_move_edits_both(tree: tuple[Any, Path]) -> None:
    """``zones/default.json`` appears with the first zone and never lists items; no tags on zones [seen]."""
    project, folder = tree
    assert not (folder / "zones").exists()
    first, second = (project.get_flow().create_zone(name) for name in ("1", "2"))
    assert json.loads((folder / "zones/default.json").read_text())["items"] == []
    first.add_item(project.get_dataset("src"))
    second.add_item(project.get_dataset("src"))
    assert json.loads((folder / f"zones/{first.id}.json").read_text())["items"] == []
    moved = json.loads((folder / f"zones/{second.id}.json").read_text())
    assert moved["items"] == [{"objectId": "src", "objectType": "DATASET"}]
    assert not {"versionTag", "creationTag", "id"} & set(moved)
    assert not [key for key in tags(folder) if key.startswith(("ZONE", "FLOW"))]


def test_old_trees_are_read_with_their_fields_and_get_the_new_ones(dss: Dss, node: NodeProcess, tmp_path: Path) -> None:
    """Before 12.4 tags stood in the files; the API shows them, new defaults come with the answer, the next save writes them [seen]."""
    tag = {"versionNumber": 41, "lastModifiedBy": {"login": "old"}, "lastModifiedOn": 1}
    write(tmp_path / "params.json", {"name": "Old", "owner": "admin", "permissions": [], "versionTag": tag})
    old = {"type": "Filesystem", "managed": True, "params": {"connection": "filesystem_managed", "path": "p"}}
    write(tmp_path / "datasets/d.json", {**old, "versionTag": tag, "projectKey": "ANCIENT", "schema": {"columns": []}})
    scenario = {"type": "step_based", "name": "S", "id": "S", "projectKey": "ANCIENT", "params": {"steps": []}}
    write(tmp_path / "scenarios/S.json", {**scenario, "active": True})
    node.load_project("ANCIENT", tmp_path)
    project = dss.client().get_project("ANCIENT")
    shown = project.get_dataset("d").get_settings()
    assert shown.get_raw()["versionTag"] == tag
    assert shown.get_raw()["flowOptions"]["ignoreErrorStatusOnBuild"] is False
    assert project.get_summary()["versionTag"]["versionNumber"] == 41
    assert project.get_scenario("S").get_settings().active is True
    shown.save()
    folder = node.data_dir / "config" / "projects" / "ANCIENT"
    stored = json.loads((folder / "datasets/d.json").read_text())
    assert not {"versionTag", "projectKey"} & set(stored)
    assert stored["flowOptions"]["ignoreErrorStatusOnBuild"] is False
    assert tags(folder)["DATASET.d"]["versionNumber"] == 42
    project.delete()
