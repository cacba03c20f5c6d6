"""Dashboards and insights. Facts: api-flow.md 13, object-shapes.md 5, 13, 16."""

from collections.abc import Iterator
from typing import Any

import pytest
from dataikuapi.utils import DataikuException

from emulator.launch import NodeProcess
from tests.conformance.conftest import Dss, opened
from tests.conformance.instance import Clients, refusal
from tests.conformance.keys import KEY


def tile(insight_id: str, **more: Any) -> dict[str, Any]:
    box = {"top": 0, "left": 0, "width": 12, "height": 6}
    return {"tileType": "INSIGHT", "insightId": insight_id, "insightType": "chart", "box": box, **more}


def page(*tiles: Any, **more: Any) -> dict[str, Any]:
    return {"grid": {"tiles": list(tiles)}, **more}


def chart(project: Any, dataset: str = "orders", name: str = "Sales") -> Any:
    params = {"datasetSmartName": dataset, "engineType": "LINO", "def": {"type": "grouped_columns"}}
    return project.create_insight({"type": "chart", "name": name, "params": params})


def authorizations(project: Any) -> list[Any]:
    found: list[Any] = project.get_permissions()["dashboardAuthorizations"]["authorizations"]
    return found


def test_every_project_has_a_default_dashboard(project: Any) -> None:
    """object-shapes 13: "<project name>'s default dashboard" with one empty page, from creation on [seen]."""
    (item,) = project.list_dashboards()
    assert (item.name, item.listed, item.num_pages, item.num_tiles) == ("Conformance's default dashboard", True, 1, 0)
    raw = item.to_dashboard().get_settings().get_raw()
    assert raw["pages"][0]["grid"] == {"tiles": []}
    assert len(raw["pages"][0]["id"]) == 7


def test_list_holds_heads(project: Any) -> None:
    """api-flow 13: ``projectKey, id, name, listed, owner, numPages, numTiles, tags``, no pages."""
    made = project.create_dashboard("Two", {"pages": [page(tile("a"), tile("b")), page(tile("c"))], "tags": ["x"]})
    (head,) = [item for item in project.list_dashboards() if item.id == made.dashboard_id]
    assert (head.name, head.listed, head.num_pages, head.num_tiles) == ("Two", False, 2, 3)
    assert head.owner  # the caller; of a key without a user `api:<id>` [seen: object-shapes 15.3]
    assert head.tags == ["x"]
    assert "pages" not in head._data


def test_created_dashboard_gets_an_id_and_its_pages_too(project: Any) -> None:
    """api-flow 3.3: 7 random characters for dashboards and pages; names are not unique [seen]."""
    first, second = project.create_dashboard("Same", {"pages": [page()]}), project.create_dashboard("Same")
    assert len(first.dashboard_id) == 7
    assert first.dashboard_id != second.dashboard_id
    raw = first.get_settings().get_raw()
    assert len(raw["pages"][0]["id"]) == 7
    assert (raw["columnNumber"], raw["tileSpacing"], raw["showGrid"]) == (36, 8, True)  # 13.3 [seen]
    assert second.get_settings().get_raw()["pages"] == []


def test_a_tile_is_completed_and_keeps_what_it_has(project: Any) -> None:
    """object-shapes 13: every tile has action, display mode, image mode, loading [seen]; other keys come with versions."""
    made = project.create_dashboard("T", {"pages": [page(tile("abc", titleOptions={"showTitle": "YES"}))]})
    (found,) = made.get_settings().get_raw()["pages"][0]["grid"]["tiles"]
    expected = {"clickAction": "DO_NOTHING", "displayMode": "INSIGHT", "resizeImageMode": "FIT_SIZE", "autoLoad": True}
    assert expected.items() <= found.items()
    assert found["titleOptions"] == {"showTitle": "YES"}
    assert found["insightId"] == "abc"


def test_put_replaces_the_dashboard(project: Any) -> None:
    """api-flow 3.2: a PUT is whole, unknown keys vanish, the tag steps by one; ids of pages stay."""
    settings = project.create_dashboard("Old", {"pages": [page(title="One")]}).get_settings()
    raw = settings.get_raw()
    page_id = raw["pages"][0]["id"]
    raw.update(name="New", listed=True, colour="red")
    raw["pages"].append(page())
    settings.save()
    again = project.get_dashboard(settings.id).get_settings().get_raw()
    assert (again["name"], again["listed"], len(again["pages"])) == ("New", True, 2)
    assert "colour" not in again
    assert again["pages"][0]["id"] == page_id
    assert again["pages"][0]["title"] == "One"
    assert again["versionTag"]["versionNumber"] == 1
    assert again["creationTag"]["versionNumber"] == 0


def test_deleted_dashboard_is_gone(project: Any) -> None:
    """api-flow 2.3: 404 NotFound afterwards, for GET, PUT and DELETE."""
    made = project.create_dashboard("Gone")
    settings = made.get_settings()
    made.delete()
    for call in (made.get_settings, settings.save, made.delete):
        assert "NotFoundException" in refusal(call)


def test_insight_is_created_from_a_prototype(project: Any) -> None:
    """api-flow 13: ``{insightPrototype}`` -> ``{id}``; list of heads; id of 7."""
    made = chart(project)
    (head,) = project.list_insights()
    assert (head.id, head.name, head.type, head.listed) == (made.insight_id, "Sales", "chart", False)
    assert head.owner
    assert len(head.id) == 7
    assert "params" not in head._data
    assert made.get_settings().get_raw()["params"]["def"] == {"type": "grouped_columns"}


def test_insight_without_type_or_prototype_is_refused(dss: Dss, project: Any) -> None:
    """1.4: a missing mandatory field is 400."""
    url = dss.api(f"/projects/{KEY}/insights/")
    for body in ({}, {"insightPrototype": {"name": "x"}}, {"insightPrototype": {"type": "chart"}}):
        assert dss.http().post(url, json=body).status_code == 400


def test_update_of_an_insight_is_a_post(dss: Dss, project: Any) -> None:
    """api-flow 13: POST with ``{insight}``; a PUT is the wrong verb: 405."""
    settings = chart(project).get_settings()
    settings.get_raw()["name"] = "Renamed"
    settings.get_raw()["params"]["engineType"] = "SQL"
    settings.save()
    again = project.get_insight(settings.id).get_settings().get_raw()
    assert (again["name"], again["params"]["engineType"]) == ("Renamed", "SQL")
    assert again["versionTag"]["versionNumber"] == 1
    url = dss.api(f"/projects/{KEY}/insights/{settings.id}")
    assert dss.http().put(url, json={"insight": again}).status_code == 405


def test_dashboard_of_origin_stays(project: Any) -> None:
    """api-flow 13: ``dashboardCreationId`` is the server's."""
    made = project.create_insight({"type": "chart", "name": "a", "params": {}, "dashboardCreationId": "abcdefg"})
    settings = made.get_settings()
    settings.get_raw()["dashboardCreationId"] = "other"
    settings.save()
    assert made.get_settings().get_raw()["dashboardCreationId"] == "abcdefg"


def test_deleted_insight_is_gone(project: Any) -> None:
    """api-flow 2.3: missing insight: 404 NotFound."""
    made = chart(project)
    made.delete()
    assert "NotFoundException" in refusal(made.get_settings)
    assert project.list_insights() == []


def test_insights_follow_a_renamed_dataset(project: Any) -> None:
    """object-shapes 16: references follow in insights [seen]."""
    project.new_managed_dataset("orders").with_store_into("filesystem_managed").create()
    made = chart(project)
    project.get_dataset("orders").rename("sales")
    assert made.get_settings().get_raw()["params"]["datasetSmartName"] == "sales"


class TestPinning:
    """object-shapes 5, 16: pinning an insight lets readers of dashboards read what it shows [seen]."""

    @pytest.fixture
    def pinned(self, steered: NodeProcess) -> Iterator[Any]:
        with opened(steered) as dss:
            project = dss.client().create_project("PINNED", "Pinned", "admin")
            yield project
            project.delete()

    def test_the_object_is_authorized_once(self, pinned: Any) -> None:
        insights = [chart(pinned, name=name).insight_id for name in ("a", "b")]
        pinned.create_dashboard("D", {"pages": [page(*(tile(insight) for insight in insights))]})
        assert authorizations(pinned) == [
            {"objectRef": {"objectId": "orders", "objectType": "DATASET"}, "modes": ["READ"]}
        ]

    def test_a_save_authorizes_too(self, pinned: Any) -> None:
        (settings,) = [item.to_dashboard().get_settings() for item in pinned.list_dashboards()]
        web = {"webAppSmartId": "abcdefg", "webAppType": "STANDARD"}
        made = pinned.create_insight({"type": "web_app", "name": "w", "params": web})
        settings.get_raw()["pages"][0]["grid"]["tiles"].append(tile(made.insight_id))
        settings.save()
        assert authorizations(pinned) == [
            {"objectRef": {"objectId": "abcdefg", "objectType": "WEB_APP"}, "modes": ["READ"]}
        ]
        number = pinned.get_summary()["versionTag"]["versionNumber"]
        settings.save()
        assert pinned.get_summary()["versionTag"]["versionNumber"] == number

    def test_what_stays_is_untouched(self, pinned: Any) -> None:
        permissions = pinned.get_permissions()
        entry = {"objectRef": {"objectId": "other", "objectType": "DATASET"}, "modes": ["READ", "DISCOVER"]}
        permissions["dashboardAuthorizations"]["authorizations"].append(entry)
        pinned.set_permissions(permissions)
        pinned.create_dashboard("D", {"pages": [page(tile(chart(pinned).insight_id))]})
        assert authorizations(pinned)[0] == entry
        assert len(authorizations(pinned)) == 2

    def test_the_api_may_not_authorize(self, steered: NodeProcess, pinned: Any) -> None:
        steered.set_profile(pinning_authorizes=False)
        pinned.create_dashboard("D", {"pages": [page(tile(chart(pinned).insight_id))]})
        assert authorizations(pinned) == []


def test_rights(clients: Clients) -> None:
    """10.1: reading and writing dashboards are flags of their own; reading the project implies the first only [doc]."""
    owner = clients.admin.create_project("BOARDS", "Boards", "admin")
    people = {}
    for flag in ("readDashboards", "writeDashboards", "readProjectContent", "runScenarios"):
        login = f"boards_{flag.lower()}"
        people[flag] = clients.user(login).get_project("BOARDS")
        permissions = owner.get_permissions()
        permissions["permissions"].append({"user": login, flag: True})
        if flag == "writeDashboards":
            permissions["permissions"][-1]["readDashboards"] = True
        owner.set_permissions(permissions)
    assert len(people["readDashboards"].list_dashboards()) == 1
    assert len(people["readProjectContent"].list_dashboards()) == 1
    for flag in ("readDashboards", "readProjectContent"):
        assert "Unauthorized" in refusal(lambda project=people[flag]: project.create_dashboard("x"))
        assert "Unauthorized" in refusal(lambda project=people[flag]: chart(project))
    made = people["writeDashboards"].create_dashboard("Mine")
    assert made.get_settings().owner == "boards_writedashboards"
    with pytest.raises(DataikuException, match="Unauthorized"):
        people["runScenarios"].list_dashboards()
    owner.delete()


def test_restart(steered: NodeProcess) -> None:
    """Nothing that was answered is lost."""
    with opened(steered) as dss:
        project = dss.client().create_project("BOARDS2", "Boards", "admin")
        made = project.create_dashboard("D", {"pages": [page(tile(chart(project).insight_id))]})
        before = made.get_settings().get_raw()
    steered.kill()
    steered.restart()
    with opened(steered) as dss:
        project = dss.client().get_project("BOARDS2")
        assert project.get_dashboard(made.dashboard_id).get_settings().get_raw() == before
        assert len(project.list_insights()) == 1
        project.delete()
