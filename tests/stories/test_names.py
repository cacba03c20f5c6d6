"""Objects whose ids the node chooses are known by id: what people call them, or call others, makes nobody twice."""

from __future__ import annotations

from typing import Any

from tests.stories.stage import Stage, actions, said

FILES = """
    project: {key: KEY, name: Customers, owner: admin}
    zones: [{name: raw}]
    folders: [{name: exports, connection: filesystem_folders, zone: raw}]
    datasets: [{name: IN, type: managed, connection: filesystem_managed}]
    recipes: [{name: out, type: python, inputs: [IN], outputs: ["folder:exports"], code: "print(1)\\n"}]
    wiki: [{name: Home, content: "# Hi\\n"}, {name: Sub, parent: Home, content: "x"}]
"""


def folders(stage: Stage) -> dict[str, str]:
    return {folder["name"]: folder["id"] for folder in stage.project.list_managed_folders()}


def rename_folder(stage: Stage, live_id: str, name: str) -> None:
    settings: Any = stage.project.get_managed_folder(live_id).get_settings()
    settings.settings["name"] = name
    settings.save()


def test_renamed_by_hand_is_a_changed_label_and_not_another_object(stage: Stage) -> None:
    stage.settle(FILES)
    ours = folders(stage)["exports"]
    rename_folder(stage, ours, "Ausgang")
    zone = next(zone for zone in stage.project.get_flow().list_zones() if zone.name == "raw")
    settings = zone.get_settings()
    settings.name = "roh"
    settings.save()

    drifted = stage.text(stage.drift())
    assert 'label: (not set) -> "Ausgang"' in drifted
    assert "Unmanaged" not in drifted
    plan = stage.settle(FILES)
    assert actions(plan) == {"zone.raw": "update", "folder.exports": "update"}
    assert folders(stage) == {"exports": ours}


def test_a_second_folder_of_the_same_name_does_not_confuse(stage: Stage) -> None:
    stage.settle(FILES)
    stage.project.create_managed_folder("exports", connection_name="filesystem_folders")
    assert not actions(stage.plan(FILES))
    assert "? folder.CRM.exports (" in stage.text(stage.drift())
    stage.settle(FILES.replace("zone: raw}]", "zone: raw, tags: [a]}]"))


def test_labels_from_the_first_apply_on(stage: Stage) -> None:
    labelled = FILES.replace("{name: exports,", "{name: exports, label: Exports of the day,").replace(
        "{name: raw}", "{name: raw, label: Raw data}"
    )
    stage.settle(labelled.replace("{name: Home,", "{name: Home, label: Start,"))
    assert list(folders(stage)) == ["Exports of the day"]
    assert {zone.name for zone in stage.project.get_flow().list_zones()} == {"Default", "Raw data"}
    stage.settle(FILES)
    assert list(folders(stage)) == ["exports"]


def test_a_labelled_folder_that_is_there_already_is_adopted(stage: Stage) -> None:
    stage.settle(FILES.replace("KEY, name", "KEY, name").split("    folders")[0])
    stage.project.create_managed_folder("Exports of the day", connection_name="filesystem_folders")
    files = FILES.replace("{name: exports,", "{name: exports, label: Exports of the day,")
    plan = stage.settle(files)
    assert actions(plan)["folder.exports"] == "update"
    assert "it exists and was not managed: adopted" in stage.text(plan)
    assert list(said(plan, "folder.exports")) == ["zone"]
    assert list(folders(stage)) == ["Exports of the day"]
