"""What persons do to objects in the user interface. Facts: object-shapes.md 15, 16."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from emulator.launch import NodeFailed, NodeProcess
from emulator.steering import Person
from tests.conformance.conftest import opened


@pytest.fixture
def project(node: NodeProcess) -> Iterator[Any]:
    """Two inputs, two recipes, three outputs: ``join`` reads both, ``split`` writes two."""
    with opened(node) as dss:
        made = dss.client().create_project("PEOPLE", "P", "admin")
        for name in ("left", "right", "joined", "a", "b"):
            made.new_managed_dataset(name).with_store_into("filesystem_managed").create()
        join = made.new_recipe("join", "join").with_input("left").with_input("right").with_existing_output("joined")
        join.create()
        outputs = {"main": {"items": [{"ref": "a"}, {"ref": "b"}]}}  # older clients cannot name two that are there
        proto = {
            "type": "split",
            "name": "split",
            "inputs": {"main": {"items": [{"ref": "joined"}]}},
            "outputs": outputs,
        }
        made.create_recipe(proto, {})
        yield made
        made.delete()


@pytest.fixture
def maria(node: NodeProcess) -> Person:
    return node.person("PEOPLE", "maria")


def refs(project: Any, recipe: str, side: str) -> list[str]:
    head = project.get_recipe(recipe).get_settings().recipe_settings
    return [item["ref"] for role in head[side].values() for item in role["items"]]


def recipes(project: Any) -> list[str]:
    return sorted(item["name"] for item in project.list_recipes())


def test_an_edit_changes_one_field_and_the_tag(node: NodeProcess, maria: Person, project: Any) -> None:
    """Nothing else: no default is filled in, no noise is made; the tag is the person's."""
    mark = node.mark()
    maria.edit("DATASET", "left", {"op": "replace", "path": "/flowOptions/rebuildBehavior", "value": "WRITE_PROTECT"})
    document, tag = node.effects(mark)
    assert (document.address, document.pointers, document.by, document.via) == (
        "DATASET.left",
        ("/flowOptions/rebuildBehavior",),
        "maria",
        "edit",
    )
    assert tag.part == "versionTag"
    assert project.get_dataset("left").get_settings().get_raw()["versionTag"]["lastModifiedBy"] == {"login": "maria"}


def test_edits_are_those_of_a_json_patch(maria: Person, project: Any) -> None:
    columns = [{"name": name, "type": "string"} for name in "abc"]
    project.get_dataset("left").set_schema({"columns": columns, "userModified": True})
    maria.edit(
        "DATASET",
        "left",
        {"op": "replace", "path": "/schema/columns/0/type", "value": "bigint"},
        {"op": "remove", "path": "/schema/columns/1"},
        {"op": "add", "path": "/schema/columns/-", "value": {"name": "d", "type": "date"}},
        {"op": "add", "path": "/customFields/a~1b", "value": 1},
    )
    raw = project.get_dataset("left").get_settings().get_raw()
    assert [(column["name"], column["type"]) for column in raw["schema"]["columns"]] == [
        ("a", "bigint"),
        ("c", "string"),
        ("d", "date"),
    ]
    assert raw["customFields"] == {"a/b": 1}
    for edit in (
        {"op": "replace", "path": "/nothing/there", "value": 1},
        {"op": "remove", "path": "/schema/columns/9"},
        {"op": "move", "path": "/tags"},
        {"op": "add", "path": "tags", "value": []},
    ):
        with pytest.raises(NodeFailed, match=r"there is nothing at|an edit is"):
            maria.edit("DATASET", "left", edit)


def test_payloads_are_edited_by_pointer_code_as_a_whole(node: NodeProcess, maria: Person, project: Any) -> None:
    """Payload and head are one operation with one step of the tag [seen]."""
    builder = project.new_recipe("python", "code").with_input("left").with_output("right")
    builder.with_script("x = 1\n").create()
    mark = node.mark()
    maria.edit("RECIPE", "join", {"op": "add", "path": "/computedColumns/-", "value": {"name": "c"}}, part="payload")
    told = [(effect.part, effect.what) for effect in node.effects(mark)]
    assert told == [("payload", "changed"), ("document", "same"), ("versionTag", "changed")]
    assert project.get_recipe("join").get_settings().obj_payload["computedColumns"] == [{"name": "c"}]
    maria.edit("RECIPE", "code", part="payload", text="x = 2\n")
    assert project.get_recipe("code").get_settings().str_payload == "x = 2\n"
    with pytest.raises(NodeFailed, match="no JSON object"):
        maria.edit("RECIPE", "code", {"op": "remove", "path": "/x"}, part="payload")


def test_parts_of_a_project_are_edited_too(maria: Person, project: Any) -> None:
    """Settings step the project's tag; variables have none [seen]."""
    number = project.get_summary()["versionTag"]["versionNumber"]
    maria.edit("PROJECT", "PEOPLE", {"op": "add", "path": "/shortDesc", "value": "by hand"})
    assert project.get_metadata()["shortDesc"] == "by hand"
    assert project.get_summary()["versionTag"]["versionNumber"] == number + 1
    project.set_variables({"standard": {"env": "prod"}, "local": {}})
    maria.edit("VARIABLES", "PEOPLE", {"op": "replace", "path": "/env", "value": "dev"})
    assert project.get_variables()["standard"] == {"env": "dev"}
    assert project.get_summary()["versionTag"]["versionNumber"] == number + 1


def test_renamed_dataset_is_followed(node: NodeProcess, maria: Person, project: Any) -> None:
    """Recipes, SQL notebooks, worksheets ... follow; each of them is a save of its own by the person [seen: 110 renames]."""
    folder = node.data_dir / "config" / "projects" / "PEOPLE"
    (folder / "notebooks").mkdir()
    (folder / "notebooks/SQLbook.json").write_text(json.dumps({"connection": "c", "analyzedDataset": "left"}))
    mark = node.mark()
    maria.rename("DATASET", "left", "first")
    assert refs(project, "join", "inputs") == ["first", "right"]
    assert json.loads((folder / "notebooks/SQLbook.json").read_text())["analyzedDataset"] == "first"
    by_whom = {(effect.address, effect.by) for effect in node.effects(mark) if effect.what in ("renamed", "changed")}
    assert {("DATASET.left", "maria"), ("RECIPE.join", "maria"), ("SQL_NOTEBOOK.SQLbook", "maria")} <= by_whom


def test_renamed_recipe_takes_files_and_its_notebook_along(node: NodeProcess, maria: Person, project: Any) -> None:
    """Both files, zone item, linked notebook [seen: 27]; deleting the recipe cuts the link, the notebook stays [seen: 56]."""
    folder = node.data_dir / "config" / "projects" / "PEOPLE"
    (folder / "ipython_notebooks").mkdir()
    book = folder / "ipython_notebooks/edit.ipynb"
    book.write_text(json.dumps({"cells": [], "metadata": {"associatedRecipe": "join", "tags": []}}))
    zone = project.get_flow().create_zone("Z")
    maria.move(zone.id, ("RECIPE", "join"))
    maria.rename("RECIPE", "join", "combine")
    assert json.loads(book.read_text())["metadata"]["associatedRecipe"] == "combine"
    items = project.get_flow().get_zone(zone.id)._raw["items"]
    assert items == [{"objectId": "combine", "objectType": "RECIPE"}]
    assert (folder / "recipes/combine.join").exists()
    maria.delete("RECIPE", "combine")
    assert json.loads(book.read_text())["metadata"] == {"tags": []}


def test_renamed_folder_keeps_its_id(maria: Person, project: Any) -> None:
    """Only ``name`` changes [seen]; likewise scenarios, dashboards, zones."""
    folder = project.create_managed_folder("files")
    maria.rename("MANAGED_FOLDER", folder.id, "documents")
    assert project.list_managed_folders()[0]["name"] == "documents"
    project.create_scenario("nightly", "step_based")
    maria.rename("SCENARIO", "nightly", "Every night")
    assert [(item["id"], item["name"]) for item in project.list_scenarios()] == [("nightly", "Every night")]


def test_exactly_what_is_moved_changes_its_zone(node: NodeProcess, maria: Person, project: Any) -> None:
    """N items are added, others do not follow by themselves [seen: 281 of 320]; from the default zone one file changes."""
    zone = project.get_flow().create_zone("Z")
    mark = node.mark()
    maria.move(zone.id, ("DATASET", "joined"), ("DATASET", "a"))
    assert [(effect.address, effect.by) for effect in node.effects(mark)] == [(f"FLOW_ZONE.{zone.id}", "maria")]
    items = project.get_flow().get_zone(zone.id)._raw["items"]
    assert [item["objectId"] for item in items] == ["joined", "a"]


@pytest.mark.parametrize(
    ("dataset", "ticked", "left", "inputs", "outputs"),
    [
        ("left", "drop", ["split"], None, None),
        ("left", "unlink", ["join", "split"], ["right"], None),
        ("a", "drop", ["join"], None, None),
        ("a", "unlink", ["join", "split"], None, ["b"]),
        ("joined", ["split"], ["join"], None, None),
        ("joined", ["join"], ["split"], [], None),
    ],
)
def test_recipes_of_a_deleted_dataset_go_or_stay(
    maria: Person, project: Any, dataset: str, ticked: Any, left: list[str], inputs: Any, outputs: Any
) -> None:
    """Sole output: 603 gone, 213 kept without it; one of several: 37 and 34; inputs likewise [seen]: all of it can happen."""
    maria.delete("DATASET", dataset, recipes=ticked)
    assert recipes(project) == left
    if inputs is not None:
        assert refs(project, left[0], "inputs") == inputs
    if outputs is not None:
        assert refs(project, "split", "outputs") == outputs


def test_deleted_folder_zone_and_others(maria: Person, project: Any) -> None:
    """Recipes that used a folder go or stay, items of a zone fall back to the default one [seen]."""
    folder = project.create_managed_folder("files")
    zone = project.get_flow().create_zone("Z")
    maria.move(zone.id, ("DATASET", "a"))
    proto = {"type": "list_folder_contents", "name": "ls", "inputs": {"main": {"items": [{"ref": folder.id}]}}}
    project.create_recipe({**proto, "outputs": {"main": {"items": [{"ref": "left"}]}}}, {})
    maria.delete("MANAGED_FOLDER", folder.id, recipes="unlink")
    assert refs(project, "ls", "inputs") == []
    maria.delete("FLOW_ZONE", zone.id)
    assert [item.id for item in project.get_flow().list_zones()] == ["default"]
    dashboard = project.client._perform_json("GET", "/projects/PEOPLE/dashboards/")[0]["id"]
    maria.delete("DASHBOARD", dashboard)
    assert project.client._perform_json("GET", "/projects/PEOPLE/dashboards/") == []
    with pytest.raises(NodeFailed, match="cannot be deleted"):
        maria.delete("PROJECT", "PEOPLE")


def test_copies_have_names_ids_and_tags_of_their_own(maria: Person, project: Any) -> None:
    """A copied dataset lies where its name says; ids are drawn; versions begin at 0 [inferred]."""
    maria.duplicate("DATASET", "left", "left_copy")
    raw = project.get_dataset("left_copy").get_settings().get_raw()
    assert (raw["params"]["path"], raw["versionTag"]["versionNumber"]) == ("${projectKey}/left_copy", 0)
    assert raw["creationTag"]["lastModifiedBy"] == {"login": "maria"}
    maria.duplicate("RECIPE", "join", "join_copy")
    assert (
        project.get_recipe("join_copy").get_settings().str_payload
        == project.get_recipe("join").get_settings().str_payload
    )
    folder = project.create_managed_folder("files")
    copied = maria.duplicate("MANAGED_FOLDER", folder.id)
    assert len(copied) == 8
    assert {item["name"] for item in project.list_managed_folders()} == {"files", "Copy of files"}
    with pytest.raises(NodeFailed, match="needs a name of its own"):
        maria.duplicate("DATASET", "left", "right")


def test_copied_project_is_an_import(maria: Person, project: Any) -> None:
    """Scenarios inactive, owner changed, ``projectStatus`` gone; versions, creation data, ids stay [seen]."""
    project.create_scenario("nightly", "step_based", {"active": True, "params": {}})
    settings = project.get_scenario("nightly").get_settings()
    settings.active = True
    settings.save()
    settings = project.get_dataset("left").get_settings()
    settings.save()
    folder = project.create_managed_folder("files")
    assert maria.duplicate("PROJECT", "PEOPLE", "PEOPLE2") == "PEOPLE2"
    copy = project.client.get_project("PEOPLE2")
    try:
        assert copy.get_scenario("nightly").get_settings().active is False
        assert copy.get_permissions()["owner"] == "maria"
        assert "projectStatus" not in copy.get_summary()
        versions = [
            each.get_dataset("left").get_settings().get_raw()["versionTag"]["versionNumber"] for each in (project, copy)
        ]
        assert versions == [1, 1]
        assert [item["id"] for item in copy.list_managed_folders()] == [folder.id]
    finally:
        copy.delete()


def test_another_connection_rewrites_type_params_place_and_format(maria: Person, project: Any) -> None:
    """``Change datasets connections``: type, params of the new type, path or table; a format may stay behind on a table [seen]."""
    client = project.client
    client.create_connection("warehouse", "PostgreSQL", params={"host": "h"})
    try:
        maria.change_connection("warehouse", "left")
        moved = project.get_dataset("left").get_settings().get_raw()
        assert (moved["type"], moved["params"]["connection"], moved["params"]["table"]) == (
            "PostgreSQL",
            "warehouse",
            "${projectKey}_left",
        )
        assert not {"path", "filesSelectionRules"} & set(moved["params"])
        assert moved["formatType"] == "csv"
        assert moved["metrics"]["displayedState"]["metrics"] == ["basic:COUNT_COLUMNS", "records:COUNT_RECORDS"]
        maria.change_connection("filesystem_managed", "left")
        back = project.get_dataset("left").get_settings().get_raw()
        assert (back["type"], back["params"]["path"]) == ("Filesystem", "${projectKey}/left")
        assert "table" not in back["params"]
    finally:
        client.get_connection("warehouse").delete()


def test_pinning_extends_the_dashboard_authorizations(maria: Person, project: Any) -> None:
    """``Added N objects to reader authorizations`` [seen]: params.json gains the object, once."""
    for _ in range(2):
        maria.authorize("DATASET", "left")
    found = project.get_permissions()["dashboardAuthorizations"]["authorizations"]
    assert found == [{"objectRef": {"objectId": "left", "objectType": "DATASET"}, "modes": ["READ"]}]


def test_control_calls_refuse_what_they_do_not_know(node: NodeProcess, project: Any) -> None:
    """A misspelt key would make a test believe what did not happen."""
    del project
    with pytest.raises(NodeFailed, match="unknown key colums"):
        node._control("POST", "/projects/PEOPLE/build", {"recipe": "join", "colums": {}})


def test_real_trees_can_be_edited_object_by_object(node: NodeProcess, real_projects: Path) -> None:
    """The toolbox of a mutation test: one edit is one document, one pointer, one tag, for every object of a real project."""
    node.load_project("EDITED", real_projects / "hotel-cancellation-mlops")
    person = node.person("EDITED", "maria")
    for kind, object_id in person.objects():
        mark = node.mark()
        person.edit(kind, object_id, {"op": "add", "path": "/customEdit", "value": 1})
        document, *rest = node.effects(mark)
        assert (document.kind, document.id) == (kind, object_id)
        assert {"/customEdit"} <= set(document.pointers) <= {"/customEdit", "/versionTag"}  # old files held the tag
        assert {effect.part for effect in rest} <= {"versionTag"}
