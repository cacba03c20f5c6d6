"""Several projects in a stack, several stacks on a node, several environments for the same files; order, plans that grew old."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

import pytest
import yaml

from dataiku_iac.core.canonical import Json
from dataiku_iac.core.errors import LeaseHeld, StalePlan, StateError
from dataiku_iac.core.plan import Plan
from emulator.launch import start_node
from tests.stories.stage import Stage, actions, check_golden
from tests.stories.test_every_switch import FIRST, ZONELESS

SHARING = {
    "dataiku-iac.yml": "stack: both\n",
    "projects/a.yml": """
        project: {key: KEY, name: A, owner: admin, exposed: [{type: DATASET, name: SHARED, to: [KEYB]}]}
        datasets: [{name: SHARED, type: managed, connection: filesystem_managed}]
        """,
    "projects/b.yml": """
        project: {key: KEYB, name: B, owner: admin}
        datasets: [{name: OUT, type: managed, connection: filesystem_managed}]
        recipes: [{name: r, type: python, inputs: [KEY.SHARED], outputs: [OUT], code: "r()\\n"}]
        scenarios: [{name: S, steps: [{type: build_flowitem, items: [OUT, KEY.SHARED]}]}]
        """,
}


def test_projects_that_share(stage: Stage) -> None:
    stage.settle(SHARING)
    without = {**SHARING, "projects/b.yml": "project: {key: KEYB, name: B, owner: admin}\n"}
    stage.settle(without)
    stage.settle(SHARING)
    replaced = {
        **SHARING,
        "projects/a.yml": SHARING["projects/a.yml"].replace(
            "type: managed, connection: filesystem_managed", "type: Inline"
        ),
    }
    plan = stage.settle(replaced)
    check_golden("replace-shared.txt", stage.text(plan))


def test_producer_goes_and_consumer_lets_go(stage: Stage) -> None:
    stage.settle(SHARING)
    gone = {
        "dataiku-iac.yml": "stack: both\n",
        "projects/b.yml": SHARING["projects/b.yml"]
        .replace("inputs: [KEY.SHARED]", "inputs: []")
        .replace(", KEY.SHARED", ""),
    }
    stage.settle(gone)
    assert stage.client.list_project_keys().count(stage.key) == 0


def test_two_stacks_claim_one_project(stage: Stage, tmp_path: Path) -> None:
    stage.settle(FIRST)
    with Stage(stage.node, tmp_path / "other", stage.key, stack="other") as other:
        files = {"dataiku-iac.yml": "stack: other\n", "p.yml": FIRST.replace("country: FR", "country: DE")}
        plan = other.plan(files)
        assert "the project belongs to another stack, and apply will refuse to touch it" in stage.text(plan)
        stage.node.clear_requests()
        with pytest.raises(StateError) as refused:
            other.apply(plan)
        check_golden("two-stacks.txt", stage.text(refused.value))
    assert not stage.node.requests(effect=True)
    assert not actions(stage.plan(FIRST))


def test_one_key_per_environment_with_remapping_and_variables(stage: Stage, tmp_path: Path) -> None:
    for name in ("store_dev", "store_prod"):
        if name not in stage.client.list_connections_names("all"):
            stage.client.create_connection(name, "Filesystem", {"root": str(tmp_path / name)})
    files = {
        "projects/a.yml": """
            project: {key: KEY, name: "Customers ${SUFFIX}", owner: admin}
            datasets:
              - {name: D, type: managed, connection: store_dev, params: {path: "/${projectKey}/${SUFFIX}/d"}}
            scenarios: [{name: S, steps: [{type: build_flowitem, items: [D]}]}]
            """,
        "environments/dev.yml": "{environment: dev, node: n, variables: {SUFFIX: dev}}",
        "environments/prod.yml": "{environment: prod, node: n, variables: {SUFFIX: prod}, projects: {KEY: {key: KEYPRD}}, remap: {connections: {store_dev: store_prod}}}",
    }
    made = {}
    for environment, key in (("dev", stage.key), ("prod", f"{stage.key}PRD")):
        with Stage(stage.node, tmp_path / environment, stage.key, environment=environment) as one:
            one.settle(files)
            raw = one.client.get_project(key).get_dataset("D").get_settings().get_raw()
            made[environment] = (
                raw["params"]["connection"],
                raw["params"]["path"],
                one.client.get_project(key).get_metadata()["label"],
            )
    assert made == {
        "dev": ("store_dev", "/${projectKey}/dev/d", "Customers dev"),
        "prod": ("store_prod", "/${projectKey}/prod/d", "Customers prod"),
    }


def without_places(plan: Plan) -> str:
    def strip(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: strip(item) for key, item in value.items() if key not in ("place", "id")}
        return [strip(item) for item in value] if isinstance(value, list) else value

    document: Json = plan.to_json()
    return json.dumps(strip(document), indent=1, sort_keys=True)


def test_order_in_files_means_nothing(stage: Stage) -> None:
    whole = yaml.safe_load(FIRST)
    turned = {
        section: entries[::-1] if isinstance(entries, list) else dict(reversed(entries.items()))
        for section, entries in reversed(whole.items())
    }
    other = yaml.safe_dump(turned, sort_keys=False)
    files = {
        f"projects/a/{section}/{len(entries) - i}.yml": yaml.safe_dump(entry)
        for section, entries in whole.items()
        if section != "project"
        for i, entry in enumerate(entries)
    }
    spread = {**files, "projects/a/project.yml": yaml.safe_dump({"project": whole["project"]})}
    one = stage.plan(FIRST)
    assert without_places(one) == without_places(stage.plan(other)) == without_places(stage.plan(spread))
    assert stage.text(one).partition("Warnings")[0] == stage.text(stage.plan(other)).partition("Warnings")[0]
    stage.settle(FIRST)
    changed = FIRST.replace("keys: [a]", "keys: [b]")
    assert not actions(stage.plan(spread))
    assert without_places(stage.plan(changed)) == without_places(stage.plan(other.replace("keys:\n  - a", "keys: [b]")))


def test_plans_that_grew_old(stage: Stage, tmp_path: Path) -> None:
    old = stage.plan(FIRST)
    stage.settle(FIRST)
    with pytest.raises(StalePlan) as refused:
        stage.apply(old)
    check_golden("stale-plan.txt", stage.text(refused.value))
    with start_node(tmp_path / "twin") as twin, Stage(twin, stage.directory, stage.key) as there:
        with pytest.raises(StateError) as other:
            there.apply(stage.plan(FIRST.replace("keys: [a]", "keys: [b]")))
        assert "the plan is for node <node>" in stage.text(other.value)


def test_two_at_once(stage: Stage) -> None:
    plan = stage.plan(FIRST)
    ends: list[str] = []

    def run(one: Stage) -> None:
        try:
            ends.append(one.apply(plan).status.value)
        except (LeaseHeld, StalePlan, StateError) as error:
            ends.append(type(error).__name__)

    with stage.by(stage.node.api_key) as second:
        threads = [threading.Thread(target=run, args=(one,)) for one in (stage, second)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(ends) in (["LeaseHeld", "ok"], ["StalePlan", "ok"], ["OpenRun", "ok"])
    assert not actions(stage.plan(FIRST))


def test_zones_on_an_edition_without_them(stage: Stage) -> None:
    stage.node.set_profile(flow_zones=False)
    result = stage.apply(stage.plan(FIRST))
    assert "the node has no flow zones: its edition lacks them" in stage.text(result)
    stage.abandon(result.run)
    stage.settle(ZONELESS)


def test_a_project_made_by_hand_is_adopted_as_it_is(stage: Stage) -> None:
    project = stage.client.create_project(stage.key, "By hand", "admin")
    project.new_managed_dataset("D").with_store_into("filesystem_managed").create()
    project.create_managed_folder("files", connection_name="filesystem_folders")
    project.get_flow().create_zone("raw")
    files = """
        project: {key: KEY, name: By hand, owner: admin}
        zones: [{name: raw}]
        folders: [{name: files, connection: filesystem_folders}]
        datasets: [{name: D, type: managed, connection: filesystem_managed}]
        """
    plan = stage.plan(files)
    check_golden("adopt.txt", stage.text(plan))
    stage.node.clear_requests()
    result = stage.apply(plan)
    check_golden("adopt-result.txt", stage.text(result))
    written = [request["path"] for request in stage.node.requests(effect=True)]
    assert written == [f"/projects/{stage.key}/metadata"], "the mark is all that is written"
    assert not actions(stage.plan(files))
    assert stage.recorded("dataset.KEY.D").adopted


@pytest.mark.parametrize("rule", ["underscore", "upper"])
def test_a_scenario_keeps_its_id_whatever_the_rule_for_names(stage: Stage, rule: str) -> None:
    stage.node.set_profile(scenario_id_rule=rule)
    files = """
        project: {key: KEY, name: Customers, owner: admin}
        scenarios: [{name: night_run, label: Every night}]
        """
    stage.settle(files)


FOLDER_SHARED = {
    "dataiku-iac.yml": "stack: both\n",
    "projects/a.yml": """
        project: {key: KEY, name: A, owner: admin}
        folders: [{name: exports, connection: filesystem_folders}]
        """,
    "projects/b.yml": """
        project: {key: KEYB, name: B, owner: admin}
        datasets: [{name: OUT, type: managed, connection: filesystem_managed}]
        recipes: [{name: r, type: python, inputs: ["KEY.folder:exports"], outputs: [OUT], code: "r()\\n"}]
        """,
}


def test_a_folder_of_another_project_is_named_and_not_known_by_an_id(stage: Stage) -> None:
    """The consumer waits for the folder, whose id nobody can know before; and the second plan is empty."""
    plan = stage.settle(FOLDER_SHARED)
    names = [str(change.address) for change in plan.changes]
    assert f"folder.{stage.key}.exports" in names
    recipe = stage.client.get_project(f"{stage.key}B").get_recipe("r").get_settings()
    folder = stage.client.get_project(stage.key).list_managed_folders()[0]
    assert recipe.get_flat_input_refs() == [f"{stage.key}.{folder['id']}"]
    one_line = FOLDER_SHARED["projects/b.yml"].replace('"r()', '"again()')
    stage.settle({**FOLDER_SHARED, "projects/b.yml": one_line})
