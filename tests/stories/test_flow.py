"""The flow in motion: types replaced, zones and folders removed, objects moved, projects deleted."""

from __future__ import annotations

from typing import Any

import pytest

from dataiku_iac.core.errors import ConfigError
from dataiku_iac.core.result import RunStatus
from tests.stories.stage import Stage, actions, check_golden

FLOW = """
    project: {key: KEY, name: Customers, owner: admin}
    zones: [{name: raw}, {name: gold}]
    folders: [{name: files, connection: filesystem_folders, zone: raw}]
    datasets:
      - {name: IN, type: managed, connection: filesystem_managed, zone: raw}
      - {name: MID, type: managed, connection: filesystem_managed}
      - {name: OUT, type: managed, connection: filesystem_managed, zone: gold}
    recipes:
      - {name: up, type: python, inputs: [IN, "folder:files"], outputs: [MID], code: "up()\\n"}
      - {name: down, type: python, inputs: [MID], outputs: [OUT], code: "down()\\n"}
    scenarios:
      - {name: NIGHT, steps: [{type: build_flowitem, items: [OUT, MID]}]}
"""


def names(stage: Stage, what: str) -> set[str]:
    return {item["name"] for item in getattr(stage.project, f"list_{what}")()}


def zone_of(stage: Stage, dataset: str) -> str:
    return str(stage.project.get_dataset(dataset).get_zone().name)


def calls(stage: Stage) -> list[str]:
    return [
        f"{r['method']} {r['path'].removeprefix(f'/projects/{stage.key}')}" for r in stage.node.requests(effect=True)
    ]


MID_INLINE = FLOW.replace(
    "name: MID, type: managed, connection: filesystem_managed", "name: MID, type: Inline, params: {}"
)


def test_replace_takes_managed_recipes_along(stage: Stage) -> None:
    stage.settle(FLOW)
    recipe = stage.project.get_recipe("up")
    settings = recipe.get_settings()
    settings.get_recipe_raw_definition()["shortDesc"] = "nobody declared this"
    settings.save()
    stage.settle(FLOW)
    plan = stage.settle(MID_INLINE)
    check_golden("replace.txt", stage.text(plan))
    assert stage.project.get_dataset("MID").get_settings().get_raw()["type"] == "Inline"
    assert (
        stage.project.get_recipe("up").get_settings().get_recipe_raw_definition()["shortDesc"] == "nobody declared this"
    )


def test_replace_with_an_unmanaged_recipe_is_refused(stage: Stage) -> None:
    stage.settle(FLOW)
    new: Any = stage.project.new_managed_dataset("BY_HAND").with_store_into("filesystem_managed")
    new.create()
    stage.project.new_recipe("python", "by_hand").with_input("MID").with_output("BY_HAND").create()
    with pytest.raises(ConfigError) as refused:
        stage.plan(MID_INLINE)
    check_golden("replace-refused.txt", stage.text(refused.value))


def test_deleting_lets_go_first(stage: Stage) -> None:
    """The recipe that stops reading a dataset is updated before the dataset goes, and keeps what nobody declared."""
    stage.settle(FLOW)
    settings = stage.project.get_recipe("up").get_settings()
    settings.get_recipe_raw_definition()["shortDesc"] = "nobody declared this"
    settings.save()
    files = FLOW.replace('inputs: [IN, "folder:files"]', 'inputs: ["folder:files"]').replace(
        "      - {name: IN, type: managed, connection: filesystem_managed, zone: raw}\n", ""
    )
    stage.node.clear_requests()
    plan = stage.settle(files)
    assert actions(plan) == {"dataset.IN": "delete", "recipe.up": "update"}
    assert (
        stage.project.get_recipe("up").get_settings().get_recipe_raw_definition()["shortDesc"] == "nobody declared this"
    )


def test_folder_goes_with_its_recipe(stage: Stage) -> None:
    stage.settle(FLOW)
    files = FLOW.replace("    folders: [{name: files, connection: filesystem_folders, zone: raw}]\n", "").replace(
        '      - {name: up, type: python, inputs: [IN, "folder:files"], outputs: [MID], code: "up()\\n"}\n', ""
    )
    assert "up()" not in files
    plan = stage.settle(files)
    assert actions(plan) == {"folder.files": "delete", "recipe.up": "delete"}


def test_zone_goes_and_its_items_stay(stage: Stage) -> None:
    stage.settle(FLOW)
    files = FLOW.replace("{name: raw}, ", "").replace(", zone: raw", "")
    plan = stage.settle(files)
    assert actions(plan) == {"zone.raw": "delete", "folder.files": "update", "dataset.IN": "update"}
    assert zone_of(stage, "IN") == "Default"


def test_zone_with_unmanaged_items_goes(stage: Stage) -> None:
    stage.settle(FLOW)
    stage.project.new_managed_dataset("BY_HAND").with_store_into("filesystem_managed").create()
    zone = next(zone for zone in stage.project.get_flow().list_zones() if zone.name == "raw")
    stage.project.get_dataset("BY_HAND").move_to_zone(zone)
    stage.settle(FLOW.replace("{name: raw}, ", "").replace(", zone: raw", ""))
    assert zone_of(stage, "BY_HAND") == "Default"


@pytest.mark.parametrize("takes", [True, False])
def test_moving_between_zones(stage: Stage, *, takes: bool) -> None:
    stage.node.set_profile(moved_dataset_takes_recipe=takes)
    stage.settle(FLOW)
    moved = FLOW.replace("zone: gold}", "zone: raw}")
    stage.settle(moved)
    assert zone_of(stage, "OUT") == "raw"
    stage.settle(FLOW)
    declared = FLOW.replace("outputs: [OUT], code", "outputs: [OUT], zone: raw, code")
    stage.settle(declared)
    stage.settle(declared.replace("zone: gold}", "zone: raw}").replace("zone: raw, code", "zone: gold, code"))
    assert actions(stage.settle(FLOW)) == {"dataset.OUT": "update", "recipe.down": "update"}


def test_moved_by_hand(stage: Stage) -> None:
    stage.settle(FLOW)
    zones = {zone.name: zone for zone in stage.project.get_flow().list_zones()}
    stage.project.get_dataset("OUT").move_to_zone(zones["raw"])
    stage.project.get_dataset("MID").move_to_zone(zones["raw"])
    assert 'zone: "gold" -> "raw"' in stage.text(stage.drift())
    assert actions(stage.settle(FLOW)) == {"dataset.OUT": "update"}
    assert zone_of(stage, "OUT") == "gold"


def test_project_goes(stage: Stage) -> None:
    two = {
        "dataiku-iac.yml": "stack: both\n",
        "projects/a.yml": FLOW,
        "projects/b.yml": "project: {key: KEYB, name: B, owner: admin}\n",
    }
    stage.settle(two)
    gone = {name: text for name, text in two.items() if name != "projects/a.yml"}
    plan = stage.settle(gone)
    check_golden("project-deletion.txt", stage.text(plan))
    assert stage.key not in stage.client.list_project_keys()


def test_project_with_unmanaged_objects(stage: Stage) -> None:
    two = {
        "dataiku-iac.yml": "stack: both\n",
        "projects/a.yml": FLOW,
        "projects/b.yml": "project: {key: KEYB, name: B, owner: admin}\n",
    }
    stage.settle(two)
    stage.project.new_managed_dataset("BY_HAND").with_store_into("filesystem_managed").create()
    gone = {name: text for name, text in two.items() if name != "projects/a.yml"}
    with pytest.raises(ConfigError) as refused:
        stage.plan(gone)
    check_golden("project-deletion-refused.txt", stage.text(refused.value))


def test_project_in_which_somebody_makes_something_after_the_plan(stage: Stage) -> None:
    files = {"dataiku-iac.yml": "stack: both\n", "projects/b.yml": "project: {key: KEYB, name: B, owner: admin}\n"}
    stage.settle({**files, "projects/a.yml": FLOW})
    plan = stage.plan(files)
    stage.project.new_managed_dataset("BY_HAND").with_store_into("filesystem_managed").create()
    result = stage.apply(plan)
    assert "dataset BY_HAND is in the project and is not managed" in stage.text(result)
    assert names(stage, "datasets") == {"BY_HAND"}
    stage.project.get_dataset("BY_HAND").delete()
    assert stage.resume().status is RunStatus.OK
