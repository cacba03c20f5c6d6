"""What projects and zones show each other, and what a bundle takes along. Facts: api-flow.md 9.1, 14,
api-projects-scenarios-deployer.md 9.2, object-shapes.md 5, 11, 16."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.conformance.instance import Clients, refusal


@pytest.fixture
def project(clients: Clients) -> Iterator[Any]:
    made = clients.admin.create_project("SHARING", "Sharing", "admin")
    made.new_managed_dataset("orders").with_store_into("filesystem_managed").create()
    yield made
    made.delete()


@pytest.fixture
def consumer(clients: Clients) -> Iterator[Any]:
    made = clients.admin.create_project("CONSUMER", "Consumer", "admin")
    yield made
    made.delete()


def exposed(project: Any) -> list[Any]:
    found: list[Any] = project.get_settings().get_raw()["exposedObjects"]["objects"]
    return found


def test_exposure_is_completed_and_seen_by_its_target(project: Any, consumer: Any) -> None:
    """14: the client writes ``targetProject`` only, the server adds ``appearOnFlow`` [client, seen]."""
    settings = project.get_settings()
    settings.add_exposed_object("DATASET", "orders", "CONSUMER")
    settings.save()
    (entry,) = exposed(project)
    assert (entry["type"], entry["localName"]) == ("DATASET", "orders")
    assert entry["rules"] == [{"targetProject": "CONSUMER", "appearOnFlow": True}]
    foreign = consumer.client._perform_json("GET", "/projects/CONSUMER/datasets/", params={"foreign": True})
    assert [(item["projectKey"], item["name"]) for item in foreign] == [("SHARING", "orders")]
    settings.get_raw()["exposedObjects"]["objects"] = []
    settings.save()
    assert consumer.client._perform_json("GET", "/projects/CONSUMER/datasets/", params={"foreign": True}) == []


def test_exposures_of_every_kind_go_with_their_object(project: Any) -> None:
    """5, 16: types of exposures [seen]; the object's deletion ends them [seen]."""
    folder = project.create_managed_folder("f")
    settings = project.get_settings()
    for kind, name in (("DATASET", "orders"), ("MANAGED_FOLDER", folder.id), ("WEB_APP", "abcdefg")):
        settings.add_exposed_object(kind, name, "CONSUMER")
    settings.save()
    assert [entry["type"] for entry in exposed(project)] == ["DATASET", "MANAGED_FOLDER", "WEB_APP"]
    folder.delete()
    project.get_dataset("orders").delete()
    assert [entry["type"] for entry in exposed(project)] == ["WEB_APP"]


def test_objects_are_shared_into_zones_once(project: Any) -> None:
    """9.1: an object stays in its zone and is shown in others; sharing twice changes nothing."""
    flow = project.get_flow()
    home, other = flow.create_zone("Home"), flow.create_zone("Other")
    home.add_item(project.get_dataset("orders"))
    for _ in range(2):
        other.add_shared(project.get_dataset("orders"))
    assert other._raw["shared"] == [{"objectId": "orders", "objectType": "DATASET"}]
    assert flow.get_zone_of_object(project.get_dataset("orders")).id == home.id
    assert [item["objectId"] for item in flow.get_zone(home.id)._raw["items"]] == ["orders"]


def test_objects_of_other_projects_are_shared_into_zones_with_their_key(project: Any, consumer: Any) -> None:
    """11: ``projectKey`` stands in zones only for foreign objects [seen]."""
    zone = consumer.get_flow().create_zone("Z")
    zone.add_shared(project.get_dataset("orders"))
    assert zone._raw["shared"] == [{"projectKey": "SHARING", "objectId": "orders", "objectType": "DATASET"}]


def test_what_is_not_there_is_not_shared(project: Any) -> None:
    """2.3: NotFound for object and zone."""
    flow = project.get_flow()
    zone = flow.create_zone("Z")
    assert "NotFoundException" in refusal(lambda: zone.add_shared(project.get_dataset("ghost")))
    gone = flow.create_zone("Gone")
    gone.delete()
    assert "NotFoundException" in refusal(lambda: gone.add_shared(project.get_dataset("orders")))


def test_shares_follow_and_go_with_their_object(project: Any) -> None:
    """16: a renamed dataset is followed in zones, a deleted one leaves them [seen]."""
    flow = project.get_flow()
    zone = flow.create_zone("Z")
    zone.add_shared(project.get_dataset("orders"))
    project.get_dataset("orders").rename("sales")
    assert flow.get_zone(zone.id)._raw["shared"] == [{"objectId": "sales", "objectType": "DATASET"}]
    project.get_dataset("sales").delete()
    assert flow.get_zone(zone.id)._raw["shared"] == []


def test_bundle_settings_are_there_once_somebody_made_them(project: Any) -> None:
    """9.2: the key is absent at first; options take their defaults, those of newer versions stay as given [seen]."""
    settings = project.get_settings()
    assert "bundleExporterSettings" not in settings.get_raw()
    chosen = {"includedDatasetsData": [{"name": "orders", "type": "Filesystem"}], "exportNotebooksWithOutputs": True}
    settings.get_raw()["bundleExporterSettings"] = {"exportOptions": chosen}
    settings.save()
    options = project.get_settings().get_raw()["bundleExporterSettings"]["exportOptions"]
    assert chosen.items() <= options.items()
    assert (options["exportUploads"], options["includedSavedModels"]) == (False, [])
    settings = project.get_settings()
    del settings.get_raw()["bundleExporterSettings"]
    settings.save()
    assert "bundleExporterSettings" not in project.get_settings().get_raw()


def test_objects_beside_the_flow_travel_in_an_export(clients: Clients, project: Any, tmp_path: Any) -> None:
    """object-shapes 16: ids, version numbers and creation data are kept by an import [seen]."""
    params = {"datasetSmartName": "orders", "engineType": "LINO"}
    insight = project.create_insight({"type": "chart", "name": "c", "params": params})
    tile = {"tileType": "INSIGHT", "insightId": insight.insight_id}
    board = project.create_dashboard("Board", {"pages": [{"grid": {"tiles": [tile]}}]})
    project.create_api_service("scoring")
    sheet = project.get_dataset("orders").create_statistics_worksheet("Look")
    notebook = project.create_jupyter_notebook("n", {"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 1})
    project.export_to_file(str(tmp_path / "out.zip"))
    with (tmp_path / "out.zip").open("rb") as archive:
        clients.admin.prepare_project_import(archive).execute({"targetProjectKey": "COPY"})
    copy = clients.admin.get_project("COPY")
    here, there = (p.get_dashboard(board.dashboard_id).get_settings().get_raw() for p in (project, copy))
    assert {**there, "projectKey": "SHARING"} == here
    assert copy.get_insight(insight.insight_id).get_settings().get_raw()["params"] == params
    assert copy.get_api_service("scoring").get_settings().endpoints == []
    assert (
        copy.get_dataset("orders").get_statistics_worksheet(sheet.worksheet_id).get_settings().get_raw()["name"]
        == "Look"
    )
    found = copy.get_jupyter_notebook("n").get_content().get_raw()
    assert found == notebook.get_content().get_raw()
    copy.delete()
