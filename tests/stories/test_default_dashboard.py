"""Every project comes with an empty dashboard: it is nobody's work, until somebody puts something on it."""

from __future__ import annotations

import pytest

from dataiku_iac.core.errors import ConfigError
from dataiku_iac.engine.import_ import import_project
from dataiku_iac.resources.registry import KINDS
from tests.stories.stage import Stage, actions

PROJECT = "project: {key: KEY, name: Customers, owner: admin}\n"
FILLED = """
    project: {key: KEY, name: Customers, owner: admin}
    dashboards:
      - {name: "Customers's default dashboard", columns: 36, pages: [{tiles: [{text: "# Hello", at: [0, 0, 9, 3]}]}]}
"""
OTHER = {"dataiku-iac.yml": "stack: both\n", "projects/b.yml": "project: {key: KEYB, name: B, owner: admin}\n"}
BOTH = {**OTHER, "projects/a.yml": PROJECT}


def names(stage: Stage) -> list[str]:
    return [dashboard.name for dashboard in stage.project.list_dashboards()]


def test_the_empty_one_is_neither_imported_nor_drift_and_goes_with_its_project(stage: Stage) -> None:
    stage.settle(BOTH)
    assert names(stage) == ["Customers's default dashboard"]
    imported = import_project(stage.session, KINDS, stage.key, node_url=stage.node.url)
    assert {address.kind for address in imported.resources} == {"project"}
    assert stage.drift().entries == ()
    assert actions(stage.settle(OTHER)) == {"project": "delete"}
    assert stage.key not in stage.client.list_project_keys()


def test_a_declared_one_is_the_one_that_comes_with_a_new_project(stage: Stage) -> None:
    stage.settle(FILLED)
    assert names(stage) == ["Customers's default dashboard"]
    (item,) = stage.project.list_dashboards()
    assert (
        item.to_dashboard().get_settings().get_raw()["pages"][0]["grid"]["tiles"][0]["tileParams"]["text"] == "# Hello"
    )


def test_one_that_somebody_filled_keeps_its_project(stage: Stage) -> None:
    stage.settle(BOTH)
    (item,) = stage.project.list_dashboards()
    settings = item.to_dashboard().get_settings()
    settings.get_raw()["pages"][0]["grid"]["tiles"] = [
        {"tileType": "TEXT", "box": {"top": 0, "left": 0, "width": 3, "height": 3}, "tileParams": {"text": "mine"}}
    ]
    settings.save()
    with pytest.raises(ConfigError, match="default dashboard"):
        stage.plan(OTHER)
