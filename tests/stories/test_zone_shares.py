"""Objects shown in zones other than their own: made, kept, taken out, imported."""

from __future__ import annotations

from typing import Any

from tests.stories.stage import Stage, actions

BASE = """
project: {key: KEY, name: A, owner: admin}
zones: [{name: raw}, {name: gold}]
folders: [{name: out, connection: filesystem_folders, zone: raw}]
datasets: [{name: D, type: Inline, managed: true, zone: raw}]
"""
SHARES = 'zone_shares: [{name: gold/D}, {name: "gold/folder:out"}]\n'


def shared(stage: Stage) -> set[str]:
    flow: Any = stage.client.get_project(stage.key).get_flow()
    zones = {zone.name: zone for zone in flow.list_zones()}
    return {item["objectType"] for item in zones["gold"]._raw["shared"]}


def test_shares_are_made_kept_and_taken_out(stage: Stage) -> None:
    plan = stage.settle({"p.yml": BASE + SHARES})
    assert actions(plan)["zone_share.gold/D"] == "create"
    assert shared(stage) == {"DATASET", "MANAGED_FOLDER"}
    assert not stage.drift().entries
    stage.settle({"p.yml": BASE + "zone_shares: [{name: gold/D}]\n"})
    assert shared(stage) == {"DATASET"}
    stage.settle({"p.yml": BASE})
    assert shared(stage) == set()


def test_a_share_that_somebody_took_out_comes_back(stage: Stage) -> None:
    stage.settle({"p.yml": BASE + SHARES})
    flow: Any = stage.client.get_project(stage.key).get_flow()
    (gold,) = (zone for zone in flow.list_zones() if zone.name == "gold")
    gold.remove_shared(stage.client.get_project(stage.key).get_dataset("D"))
    assert [str(entry.address.kind) for entry in stage.drift().entries] == ["zone_share"]
    stage.settle({"p.yml": BASE + SHARES})
    assert shared(stage) == {"DATASET", "MANAGED_FOLDER"}


def test_what_goes_takes_its_shares_along(stage: Stage) -> None:
    stage.settle({"p.yml": BASE + SHARES})
    without = BASE.replace("datasets: [{name: D, type: Inline, managed: true, zone: raw}]\n", "")
    stage.settle({"p.yml": without + 'zone_shares: [{name: "gold/folder:out"}]\n'})
    assert shared(stage) == {"MANAGED_FOLDER"}
    stage.settle({"p.yml": "project: {key: KEY, name: A, owner: admin}\n"})
