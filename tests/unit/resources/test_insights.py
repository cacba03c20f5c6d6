from __future__ import annotations

from dataiku_iac.core.address import Address
from dataiku_iac.core.canonical import Json
from dataiku_iac.core.resource import Relation
from dataiku_iac.resources.dashboards import DashboardKind
from dataiku_iac.resources.insights import InsightKind
from dataiku_iac.resources.worksheets import WorksheetKind
from tests.unit.resources.scripted_node import ScriptedNode

INSIGHT = Address("insight", "CRM", "Sales")
DASHBOARD = Address("dashboard", "CRM", "Sales")


def test_a_chart_is_sent_with_a_sample_as_it_shows_nothing_without_one() -> None:
    node = ScriptedNode({"POST /projects/CRM/insights/": {"id": "kX3jq1A"}})
    chart: dict[str, Json] = {"type": "chart", "params": {"datasetSmartName": "ORDERS", "def": {"type": "pie"}}}
    assert InsightKind().create(node, "CRM", "Sales~1", {"definition": chart}) == "kX3jq1A"
    (call,) = node.written
    assert isinstance(call.body, dict)
    sent = call.body["insightPrototype"]
    assert (sent["name"], sent["projectKey"]) == ("Sales~1", "CRM")
    assert sent["params"]["refreshableSelection"]["selection"]["samplingMethod"] == "HEAD_SEQUENTIAL"
    assert sent["params"]["engineType"] == "LINO"


def test_a_change_of_an_insight_is_a_post() -> None:
    node = ScriptedNode()
    InsightKind().write(node, "CRM", "kX3jq1A", "definition", {"definition": {"name": "Sales", "type": "metrics"}})
    (call,) = node.written
    assert (call.verb, call.path) == ("POST", "/projects/CRM/insights/kX3jq1A/")
    assert call.body == {"insight": {"name": "Sales", "type": "metrics"}}


def test_an_insight_shows_datasets_and_needs_what_is_known_by_an_id() -> None:
    specs: list[dict[str, Json]] = [
        {"type": "chart", "dataset": "ORDERS"},
        {"type": "chart", "dataset": "ERP.ORDERS"},
        {"type": "metrics", "object": "ORDERS", "params": {"objectType": "DATASET"}},
        {"type": "metrics", "object": "folder:exports", "params": {"objectType": "MANAGED_FOLDER"}},
        {"type": "web_app", "webapp": "App"},
        {"type": "scenario_run_button", "scenario": "DAILY"},
        {"type": "saved-model_report", "params": {"savedModelSmartId": "aB3dE6gH"}},
    ]
    found = [[(str(to.to), to.relation) for to in InsightKind().references(spec, INSIGHT)] for spec in specs]
    assert found == [
        [("dataset.CRM.ORDERS", Relation.SHOWS)],
        [("dataset.ERP.ORDERS", Relation.SHOWS)],
        [("dataset.CRM.ORDERS", Relation.SHOWS)],
        [("folder.CRM.exports", Relation.NEEDS)],
        [("webapp.CRM.App", Relation.NEEDS)],
        [("scenario.CRM.DAILY", Relation.SHOWS)],
        [],
    ]


def test_tiles_of_groups_name_insights_too() -> None:
    spec: dict[str, Json] = {
        "pages": [
            {"tiles": [{"tileType": "GROUP", "tiles": [{"insight": "Orders"}]}, {"text": "# Hi"}, {"insight": "Rows"}]}
        ]
    }
    found = sorted(str(to.to) for to in DashboardKind().references(spec, DASHBOARD))
    assert found == ["insight.CRM.Orders", "insight.CRM.Rows"]


def test_a_header_tells_whether_the_dashboard_of_a_project_is_empty() -> None:
    kind, name = DashboardKind(), "Customers's default dashboard"
    address = Address("dashboard", "CRM", name)
    assert kind.is_unremarkable({"definition": {"name": name, "numTiles": 0}}, address)
    assert not kind.is_unremarkable({"definition": {"name": name, "numTiles": 3}}, address)
    assert not kind.is_unremarkable({"definition": {"name": name}}, address)  # a header that does not say
    assert not kind.is_unremarkable({"definition": {"name": "Mine", "numTiles": 0}}, address)


def test_worksheets_are_listed_below_every_dataset_and_known_by_both_ids() -> None:
    base = "/projects/CRM/datasets/"
    sheet: Json = {"id": "w1", "name": "Overview", "dataSpec": {"inputDatasetSmartName": "B"}, "rootCard": {}}
    node = ScriptedNode(
        {
            f"GET {base}": [{"name": "A"}, {"name": "B"}],
            f"GET {base}A/statistics/worksheets/": [],
            f"GET {base}B/statistics/worksheets/": [sheet],
        }
    )
    (live,) = WorksheetKind().list(node, "CRM")
    assert (live.name, live.id, live.complete) == ("Overview", "B/w1", True)
    WorksheetKind().delete(node, "CRM", live.id, drop_data=False)
    assert node.written[-1].path == f"{base}B/statistics/worksheets/w1"
