"""What an entry says about its own life: protect, forget, on_delete, ignore, depends_on; and what people do beside it."""

from __future__ import annotations

from typing import Any

import pytest

from dataiku_iac.core.errors import ConfigError
from dataiku_iac.core.result import RunStatus
from tests.stories.stage import Stage, actions, check_golden

HEAD = """
    project: {key: KEY, name: Customers, owner: admin}
    zones: [{name: raw}]
    datasets:
"""
D = "      - {name: D, type: managed, connection: filesystem_managed, tags: [a]%s}\n"
E = "      - {name: E, type: managed, connection: filesystem_managed}\n"


def edit(stage: Stage, name: str, **fields: Any) -> None:
    settings = stage.project.get_dataset(name).get_settings()
    settings.get_raw().update(fields)
    settings.save()


def names(stage: Stage) -> set[str]:
    return {item["name"] for item in stage.project.list_datasets()}


def test_protect(stage: Stage) -> None:
    stage.settle(HEAD + D % ", lifecycle: {protect: true}" + E)
    with pytest.raises(ConfigError) as refused:
        stage.plan(HEAD + E)
    check_golden("protect-delete.txt", stage.text(refused.value))
    with pytest.raises(ConfigError, match="a protected object would be replaced"):
        stage.plan(
            (HEAD + D % "" + E).replace("type: managed, connection: filesystem_managed, tags", "type: Inline, tags")
        )
    stage.settle(HEAD + D % "" + E)
    assert actions(stage.settle(HEAD + E)) == {"dataset.D": "delete"}


def test_forget_and_adopt_again(stage: Stage) -> None:
    stage.settle(HEAD + D % "" + E)
    forgotten = stage.settle(HEAD + E + "    forget: [dataset.KEY.D]\n")
    assert actions(forgotten) == {"dataset.D": "forget"}
    assert "D" in names(stage)
    stage.settle(HEAD + E)
    edit(stage, "D", shortDesc="by hand")
    again = stage.settle(HEAD + D % "" + E)
    assert actions(again) == {"dataset.D": "adopt"}
    assert stage.recorded("dataset.KEY.D").adopted


def test_on_delete_forget(stage: Stage) -> None:
    stage.settle(HEAD + D % ", lifecycle: {on_delete: forget}" + E)
    plan = stage.settle(HEAD + E)
    assert actions(plan) == {"dataset.D": "forget"}
    assert "D" in names(stage)


@pytest.mark.parametrize("on_delete", ["keep_data", "drop_data"])
def test_data_of_what_is_deleted(stage: Stage, on_delete: str) -> None:
    stage.settle(HEAD + D % f", lifecycle: {{on_delete: {on_delete}}}" + E)
    data = stage.node.data_dir / "managed_datasets"
    path = stage.project.get_dataset("D").get_settings().get_raw()["params"]["path"].replace("${projectKey}", stage.key)
    file = data / path.strip("/") / "out.csv"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("1\n")
    plan = stage.settle(HEAD + E)
    assert ("its data stay" if on_delete == "keep_data" else "its data is dropped") in stage.text(plan)
    assert file.exists() == (on_delete == "keep_data")


def test_rename_is_delete_and_create_and_says_so(stage: Stage) -> None:
    stage.settle(HEAD + D % "" + E)
    plan = stage.settle((HEAD + D % "" + E).replace("name: D,", "name: D2,"))
    check_golden("rename.txt", stage.text(plan))


def test_ignored_paths(stage: Stage) -> None:
    files = HEAD + D % ", description: first, lifecycle: {ignore: [description, params.path]}" + E
    stage.settle(files)
    edit(stage, "D", description="by hand")
    plan = stage.settle(files)
    assert not actions(plan)
    assert "1 × listed under lifecycle.ignore" in stage.text(plan)
    stage.settle(files.replace("tags: [a]", "tags: [b]"))
    assert stage.project.get_dataset("D").get_settings().get_raw()["description"] == "by hand"


def test_depends_on_orders(stage: Stage) -> None:
    stage.settle(
        HEAD
        + "      - {name: A, type: managed, connection: filesystem_managed, depends_on: [dataset.KEY.Z]}\n      - {name: Z, type: managed, connection: filesystem_managed}\n"
    )
    stage.node.clear_requests()
    plan = stage.settle(HEAD + E)
    deleted = [r["path"].rpartition("/")[2] for r in stage.node.requests(method="DELETE", effect=True)]
    assert deleted == ["A", "Z"]
    assert actions(plan) == {"dataset.A": "delete", "dataset.E": "create", "dataset.Z": "delete"}


def test_deleted_by_hand(stage: Stage) -> None:
    stage.settle(HEAD + D % "" + E)
    stage.project.get_dataset("D").delete()
    check_golden("deleted-by-hand-drift.txt", stage.text(stage.drift()))
    plan = stage.settle(HEAD + D % "" + E)
    check_golden("deleted-by-hand-plan.txt", stage.text(plan))


def test_deleted_by_hand_and_from_the_files(stage: Stage) -> None:
    stage.settle(HEAD + D % "" + E)
    stage.project.get_dataset("D").delete()
    plan = stage.settle(HEAD + E)
    assert "(forget: it is gone from the node already)" in stage.text(plan)


def test_renamed_on_the_node_first(stage: Stage) -> None:
    files = HEAD + D % "" + E + "    folders: [{name: f, connection: filesystem_folders}]\n"
    stage.settle(files)
    stage.project.get_dataset("D").rename("D2")
    folder = stage.project.get_managed_folder(stage.project.list_managed_folders()[0]["id"])
    settings = folder.get_settings()
    settings.settings["name"] = "f2"
    settings.save()
    plan = stage.settle(files.replace("name: D,", "name: D2,").replace("name: f,", "name: f2,"))
    assert actions(plan) == {"dataset.D": "forget", "dataset.D2": "adopt", "folder.f": "forget", "folder.f2": "adopt"}


def test_edited_by_hand(stage: Stage) -> None:
    files = HEAD + D % ", description: first" + E
    stage.settle(files)
    edit(stage, "D", tags=["a", "x"], shortDesc="undeclared", description="second")
    check_golden("edited-drift.txt", stage.text(stage.drift()))
    plan = stage.settle(files.replace("first", "third"))
    check_golden("edited-plan.txt", stage.text(plan))
    raw = stage.project.get_dataset("D").get_settings().get_raw()
    assert (raw["tags"], raw["shortDesc"], raw["description"]) == (["a"], "undeclared", "third")


def test_edited_by_hand_between_plan_and_apply(stage: Stage) -> None:
    files = HEAD + D % "" + E
    stage.settle(files)
    plan = stage.plan(files.replace("[a]", "[b]"))
    edit(stage, "D", description="second")
    result = stage.apply(plan)
    check_golden("edited-between.txt", stage.text(result))
    assert result.status is RunStatus.FAILED
    stage.settle(files.replace("[a]", "[b]"))


@pytest.mark.parametrize("section", ["datasets", "folders", "zones", "recipes", "scenarios", "wiki", "libraries"])
def test_made_by_hand_between_plan_and_apply(stage: Stage, section: str) -> None:
    stage.settle(HEAD + D % "" + E)
    more = {
        "datasets": "      - {name: N, type: managed, connection: filesystem_managed}\n",
        "folders": "    folders: [{name: N, connection: filesystem_folders}]\n",
        "zones": "    zones: [{name: raw}, {name: N}]\n",
        "recipes": '    recipes: [{name: N, type: python, inputs: [D], outputs: [E], code: "1"}]\n',
        "scenarios": "    scenarios: [{name: N}]\n",
        "wiki": '    wiki: [{name: N, content: "x"}]\n',
        "libraries": '    libraries: [{path: python/N.py, content: "x"}]\n',
    }[section]
    files = (
        HEAD + D % "" + E if section != "zones" else (HEAD + D % "" + E).replace("    zones: [{name: raw}]\n", "")
    ) + more
    plan = stage.plan(files)
    project = stage.project
    {
        "datasets": lambda: project.new_managed_dataset("N").with_store_into("filesystem_managed").create(),
        "folders": lambda: project.create_managed_folder("N", connection_name="filesystem_folders"),
        "zones": lambda: project.get_flow().create_zone("N"),
        "recipes": lambda: project.new_recipe("python", "N").with_input("D").with_output("E").create(),
        "scenarios": lambda: project.create_scenario("N", "step_based"),
        "wiki": lambda: project.get_wiki().create_article("N", content="other"),
        "libraries": lambda: (
            project.get_library().root.get_child("python").add_file("N.py")
            if project.get_library().root.get_child("python")
            else project.get_library().add_folder("python").add_file("N.py")
        ),
    }[section]()
    result = stage.apply(plan)
    assert result.status is RunStatus.FAILED
    again = stage.settle(files)
    assert next(iter(actions(again).values())) in ("adopt", "update")
