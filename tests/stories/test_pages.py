"""Dashboards, webapps, notebooks and the like: answers that get lost, names that change, what only a person can make."""

from __future__ import annotations

from typing import Any

import pytest

from dataiku_iac.core.result import RunStatus
from dataiku_iac.engine.import_ import import_project
from dataiku_iac.resources.registry import KINDS
from tests.stories.stage import Stage, actions

HEAD = """
    project: {key: KEY, name: Customers, owner: admin}
    datasets: [{name: IN, type: managed, connection: filesystem_managed}]
"""
PAGES = (
    HEAD
    + """
    insights:
      - {name: Rows, type: dataset_table, dataset: IN}
      - {name: App, type: web_app, webapp: Orders, params: {webAppType: STANDARD}}
    dashboards:
      - name: Sales
        columns: 36
        pages: [{tiles: [{insight: Rows, type: dataset_table, at: [0, 0, 9, 9]}, {insight: App, type: web_app, at: [0, 9, 9, 9]}]}]
    webapps: [{name: Orders, type: STANDARD, html: "<h1>Orders</h1>"}]
"""
)
ENTRIES = {
    "dashboards": ("dashboards/", "dashboards: [{name: X, columns: 36}]"),
    "insights": ("insights/", "insights: [{name: X, type: dataset_table, dataset: IN}]"),
    "webapps": ("webapps/", "webapps: [{name: X, type: STANDARD}]"),
    "notebooks": ("jupyter-notebooks/", "notebooks: [{name: X, content: {cells: [{cell_type: code, source: a}]}}]"),
    "sql notebooks": ("sql-notebooks/", "sql_notebooks: [{name: X, connection: filesystem_managed}]"),
    "worksheets": ("datasets/IN/statistics/worksheets/", "worksheets: [{name: X, dataset: IN}]"),
    "api services": ("apiservices/", "api_services: [{name: X}]"),
    "code studios": ("code-studios/", "code_studios: [{name: X, template: vscode}]"),
}


@pytest.mark.parametrize("when", ["after", "before"])
@pytest.mark.parametrize(("path", "entry"), ENTRIES.values(), ids=ENTRIES)
def test_an_object_whose_creation_was_not_answered_is_there_once(
    stage: Stage, path: str, entry: str, when: str
) -> None:
    stage.node.set_profile(dss_version="15.0.0")
    stage.settle(HEAD)
    files = f"{HEAD}    {entry}\n"
    plan = stage.plan(files)
    stage.node.fail("reset", "POST", f"^/projects/{stage.key}/{path}", when=when, times=1)
    assert stage.apply(plan).status is RunStatus.OK
    listed: Any = stage.session.get(f"/projects/{stage.key}/{path}")
    mine = [item for item in listed if not item["name"].endswith("default dashboard")]
    assert [item["name"] for item in mine] == ["X"]
    assert stage.plan(files).is_empty


def test_a_renamed_insight_and_webapp_are_still_the_ones_that_are_shown(stage: Stage) -> None:
    stage.node.set_profile(dss_version="15.0.0")
    stage.settle(PAGES)
    renamed = PAGES.replace("{name: Rows,", "{name: Rows, label: All rows,").replace(
        "{name: Orders,", "{name: Orders, label: All orders,"
    )
    assert actions(stage.settle(renamed)) == {"insight.Rows": "update", "webapp.Orders": "update"}
    names = {insight.name for insight in stage.project.list_insights()}
    assert names == {"All rows", "App"}
    assert stage.drift().entries == ()


def test_a_replaced_insight_is_shown_again(stage: Stage) -> None:
    stage.node.set_profile(dss_version="15.0.0")
    stage.settle(PAGES)
    other = PAGES.replace("{name: Rows, type: dataset_table, dataset: IN}", "{name: Rows, type: discussions}").replace(
        "{insight: Rows, type: dataset_table,", "{insight: Rows, type: discussions,"
    )
    assert actions(stage.settle(other)) == {"insight.Rows": "replace", "dashboard.Sales": "update"}


def test_a_webapp_on_a_node_that_cannot_create_one_is_made_by_hand_and_adopted(stage: Stage) -> None:
    plan = stage.plan(PAGES)
    result = stage.apply(plan)
    assert result.status is RunStatus.PARTIAL
    assert "older than DSS 14.5.1" in stage.text(result)
    stage.abandon(result.run)
    stage.node.set_profile(dss_version="15.0.0")
    stage.project.create_webapp("Orders")
    stage.node.set_profile(dss_version="14.2.0")
    stage.settle(PAGES)
    (webapp,) = stage.project.list_webapps(as_type="objects")
    assert webapp.get_settings().get_raw()["params"]["html"] == "<h1>Orders</h1>"


def test_import_writes_what_was_applied(stage: Stage) -> None:
    stage.node.set_profile(dss_version="15.0.0")
    stage.settle(PAGES)
    imported = import_project(stage.session, KINDS, stage.key, node_url=stage.node.url)
    declared = stage.load(PAGES).resources
    for address in declared:
        if address.kind in ("insight", "dashboard", "webapp"):
            assert imported.resources[address] == declared[address].spec
    assert not imported.report.not_covered
