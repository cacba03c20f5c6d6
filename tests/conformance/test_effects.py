"""The effect log: which part of which object was written since a mark, by whom, through what. A reading of the emulator, no fact of DSS."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from emulator.effects.changes import changed_pointers
from emulator.launch import NodeFailed, NodeProcess, start_node
from tests.conformance.conftest import opened


@pytest.fixture
def project(node: NodeProcess) -> Iterator[Any]:
    with opened(node) as dss:
        made = dss.client().create_project("EFFECTS", "E", "admin")
        for name in ("src", "dst"):
            made.new_managed_dataset(name).with_store_into("filesystem_managed").create()
        made.new_recipe("sync", "copy").with_input("src").with_existing_output("dst").create()
        yield made
        made.delete()


def seen(node: NodeProcess, mark: int) -> list[tuple[str, str, str]]:
    return [(effect.address, effect.part, effect.what) for effect in node.effects(mark, project="EFFECTS")]


def test_a_put_writes_one_document_and_its_tag(node: NodeProcess, project: Any) -> None:
    """Address, part, the pointers that differ, caller and call; a save without a change is the ``same``."""
    settings = project.get_dataset("src").get_settings()
    settings.get_raw()["shortDesc"] = "now"
    settings.get_raw()["flowOptions"]["rebuildBehavior"] = "EXPLICIT"
    mark = node.mark()
    settings.save()
    document, tag = node.effects(mark)
    assert (document.address, document.part, document.what) == ("DATASET.src", "document", "changed")
    assert document.pointers == ("/flowOptions/rebuildBehavior", "/shortDesc")
    assert document.via == "PUT /projects/EFFECTS/datasets/src"
    assert document.by == tag.by == "api:bootstrapadmin00"
    assert (tag.address, tag.part, tag.what) == ("DATASET.src", "versionTag", "changed")
    mark = node.mark()
    settings.save()
    assert seen(node, mark) == [("DATASET.src", "document", "same"), ("DATASET.src", "versionTag", "changed")]
    assert node.effects(mark)[0].pointers == ()


def test_reading_writes_nothing(node: NodeProcess, project: Any) -> None:
    mark = node.mark()
    project.list_datasets()
    project.get_recipe("copy").get_settings()
    project.get_settings()
    assert node.effects(mark) == []


def test_halves_of_a_recipe_are_two_parts(node: NodeProcess, project: Any) -> None:
    """Pointers lead into payloads that are JSON; code has none."""
    recipe = project.new_recipe("grouping", "group").with_input("src").with_output("sums")
    mark = node.mark()
    project.new_managed_dataset("sums").with_store_into("filesystem_managed").create()
    recipe.create()
    made = [effect for effect in seen(node, mark) if effect[0] == "RECIPE.group"]
    assert made == [
        ("RECIPE.group", "payload", "created"),
        ("RECIPE.group", "document", "created"),
        ("RECIPE.group", "versionTag", "created"),
    ]
    settings = project.get_recipe("group").get_settings()
    settings.obj_payload["globalCount"] = False
    mark = node.mark()
    settings.save()
    payload = next(effect for effect in node.effects(mark) if effect.part == "payload")
    assert payload.pointers == ("/globalCount",)


def test_cascades_are_told_object_by_object(node: NodeProcess, project: Any) -> None:
    mark = node.mark()
    project.get_dataset("src").delete()
    assert {effect for effect in seen(node, mark) if effect[1] == "document"} == {
        ("DATASET.src", "document", "deleted"),
        ("RECIPE.copy", "document", "deleted"),
    }
    assert ("RECIPE.copy", "payload", "deleted") in seen(node, mark)


def test_renames_and_parts_without_tags(node: NodeProcess, project: Any) -> None:
    """Variables, libraries, wiki, zones, tags of the project, files of kinds that nobody serves."""
    mark = node.mark()
    project.get_dataset("src").rename("source")
    renamed = next(effect for effect in node.effects(mark) if effect.what == "renamed")
    assert (renamed.address, renamed.to) == ("DATASET.src", "source")
    mark = node.mark()
    project.set_variables({"standard": {"a": 1}, "local": {"b": 2}})
    project.get_library().add_file("python/lib.py").write("y")
    project.get_wiki().create_article("Home", content="# Hi\n")
    project.get_flow().create_zone("Z")
    project.set_tags({"tags": {"urgent": {"color": "#ff0000"}}})
    addresses = {(effect.kind, effect.part) for effect in node.effects(mark)}
    assert {
        ("VARIABLES", "document"),
        ("LOCAL_VARIABLES", "document"),
        ("LIBRARY", "python/lib.py"),
        ("ARTICLE", "payload"),
        ("ARTICLE", "document"),
        ("WIKI", "document"),
        ("FLOW_ZONE", "document"),
        ("TAGS", "document"),
    } <= addresses


def test_objects_of_the_instance_have_no_project(node: NodeProcess, project: Any) -> None:
    """Registers are told name by name; values of secrets are not told at all."""
    client = project.client
    mark = node.mark()
    client.create_connection("noted", "PostgreSQL", params={"host": "h", "password": "hidden-word"})
    try:
        effect = next(effect for effect in node.effects(mark) if effect.kind == "CONNECTION")
        assert (effect.project, effect.id, effect.what) == (None, "noted", "created")
        assert "hidden-word" not in json.dumps([str(effect) for effect in node.effects(mark)])
    finally:
        client.get_connection("noted").delete()


def test_a_project_appears_and_goes_as_one(node: NodeProcess, project: Any, tmp_path: Path) -> None:
    del project
    (tmp_path / "params.json").write_text("{}")
    mark = node.mark()
    node.load_project("LOADED", tmp_path)
    with opened(node) as dss:
        dss.client().get_project("LOADED").delete()
    told = [(effect.address, effect.what, effect.via) for effect in node.effects(mark, project="LOADED")]
    assert told == [
        ("PROJECT.LOADED", "created", "control POST /projects/LOADED/load"),
        ("PROJECT.LOADED", "deleted", "DELETE /projects/LOADED"),
    ]


def test_a_fault_before_the_effect_has_none_and_one_after_has_its_own(steered: NodeProcess, project: Any) -> None:
    """The log tells what happened, whatever the client was told."""
    settings = project.get_dataset("src").get_settings()
    settings.get_raw()["shortDesc"] = "x"
    for when, count in (("before", 0), ("after", 1)):
        steered.clear_faults()
        steered.fail("status", "PUT", "/datasets/src", when=when, status=503)
        mark = steered.mark()
        with pytest.raises(Exception, match="Injected fault"):
            settings.save()
        assert len([effect for effect in steered.effects(mark) if effect.part == "document"]) == count


def test_nothing_is_recorded_before_the_first_mark(tmp_path: Path) -> None:
    """So that nobody pays who does not ask; reading without a mark says what to do."""
    with start_node(tmp_path / "node") as fresh, opened(fresh) as dss:
        dss.client().create_project("EARLY", "e", "admin")
        with pytest.raises(NodeFailed, match="set a mark first"):
            fresh.effects(0)
        mark = fresh.mark()
        assert fresh.effects(mark) == []


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ('{"a": 1, "b": 2}', '{"b": 2, "a": 1}', []),
        ('{"a": 1}', '{"a": 1.0}', ["/a"]),
        ('{"a": [1, 2]}', '{"a": [1, 3, 4]}', ["/a/1", "/a/2"]),
        ('{"a": [1, 2]}', '{"a": [1]}', ["/a/1"]),
        ('{"a/b": {"c~d": 1}}', '{"a/b": {"c~d": 2}}', ["/a~1b/c~0d"]),
        ('{"a": {"b": 1}}', "{}", ["/a"]),
        ("x = 1", "x = 2", []),
        ("{}", "[]", [""]),
    ],
)
def test_pointers_name_the_smallest_values_that_differ(before: str, after: str, expected: list[str]) -> None:
    assert changed_pointers(before.encode(), after.encode()) == expected
