"""Zones and graph. Facts: api-flow.md 9, object-shapes.md 11, 16."""

from typing import Any

import pytest
from dataikuapi.utils import DataikuException

from emulator.launch import NodeProcess
from tests.conformance.conftest import Dss, opened
from tests.conformance.keys import KEY

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:dataikuapi")


@pytest.fixture
def chain(project: Any) -> Any:
    """``src -> copy_it -> dst``."""
    for name in ("src", "dst"):
        project.new_managed_dataset(name).with_store_into("filesystem_managed").create()
    project.new_recipe("sync", "copy_it").with_input("src").with_existing_output("dst").create()
    return project


def items(zone: Any) -> list[tuple[str, str]]:
    return sorted((item["objectType"], item["objectId"]) for item in zone._raw["items"])


def test_default_zone_is_always_there(dss: Dss, chain: Any) -> None:
    """``default`` answers even where no zone was ever made, and never lists its items [client, seen]."""
    zone = chain.get_flow().get_default_zone()
    assert (zone.id, zone.name, zone.color, zone._raw["items"]) == ("default", "Default", "#D1D8DA", [])
    assert chain.get_flow().get_zone_of_object(chain.get_dataset("src")).id == "default"
    assert [item["id"] for item in dss.http().get(dss.api(f"/projects/{KEY}/flow/zones")).json()] == ["default"]


def test_zone_ids_are_random_and_names_repeat(project: Any) -> None:
    """7 random characters; the client's default colour [client, seen]."""
    zones = [project.get_flow().create_zone("Same") for _ in range(2)]
    assert [len(zone.id) for zone in zones] == [7, 7]
    assert zones[0].id != zones[1].id
    assert zones[0].color == "#2ab1ac"
    assert len(project.get_flow().list_zones()) == 3


def test_items_have_exactly_two_keys_in_this_order(dss: Dss, chain: Any) -> None:
    """The client compares items as text [client]."""
    zone = chain.get_flow().create_zone("Z")
    zone.add_item(chain.get_dataset("src"))
    raw = dss.http().get(dss.api(f"/projects/{KEY}/flow/zones/{zone.id}")).json()
    assert [list(item) for item in raw["items"]] == [["objectId", "objectType"]]
    assert chain.get_flow().get_zone_of_object(chain.get_dataset("src")).id == zone.id


def test_moving_a_dataset_moves_its_recipe(chain: Any) -> None:
    """Moving a dataset moves its producing recipe too [seen]."""
    zone = chain.get_flow().create_zone("Z")
    zone.add_item(chain.get_dataset("dst"))
    assert items(zone) == [("DATASET", "dst"), ("RECIPE", "copy_it")]


def test_moving_a_dataset_may_leave_its_recipe(steered: NodeProcess) -> None:
    """In project histories other objects do not follow by themselves: the switch's other position [seen]."""
    steered.set_profile(moved_dataset_takes_recipe=False)
    with opened(steered) as dss:
        project = dss.client().create_project("ALONE", "a", "admin")
        for name in ("src", "dst"):
            project.new_managed_dataset(name).with_store_into("filesystem_managed").create()
        project.new_recipe("sync", "r").with_input("src").with_existing_output("dst").create()
        zone = project.get_flow().create_zone("Z")
        zone.add_item(project.get_dataset("dst"))
        assert items(zone) == [("DATASET", "dst")]


def test_an_object_is_in_one_zone(chain: Any) -> None:
    """Exactly the moved items leave the old zone [seen]; moving to default unlists."""
    flow = chain.get_flow()
    first, second = flow.create_zone("1"), flow.create_zone("2")
    first.add_items([chain.get_dataset("src"), chain.get_recipe("copy_it")])
    second.add_item(chain.get_dataset("src"))
    assert items(flow.get_zone(first.id)) == [("RECIPE", "copy_it")]
    assert items(flow.get_zone(second.id)) == [("DATASET", "src")]
    flow.get_default_zone().add_item(chain.get_dataset("src"))
    assert items(flow.get_zone(second.id)) == []
    assert flow.get_zone_of_object(chain.get_dataset("src")).id == "default"


def test_put_ignores_items(dss: Dss, chain: Any) -> None:
    """Only name, colour, tags ... count; ``items`` and ``shared`` are not applied [seen]."""
    zone = chain.get_flow().create_zone("Z")
    zone.add_item(chain.get_dataset("src"))
    settings = zone.get_settings()
    settings.name, settings.color = "Renamed", "#112233"
    settings.get_raw()["items"] = []
    settings.get_raw()["nonsense"] = 1
    settings.save()
    raw = dss.http().get(dss.api(f"/projects/{KEY}/flow/zones/{zone.id}")).json()
    assert (raw["name"], raw["color"]) == ("Renamed", "#112233")
    assert len(raw["items"]) == 1
    assert "nonsense" not in raw
    assert "versionTag" not in raw


def test_sharing(chain: Any) -> None:
    """An object may be shared into other zones [doc]; the answer is the zone [client]."""
    zone = chain.get_flow().create_zone("Z")
    zone.add_shared(chain.get_dataset("src"))
    assert zone._raw["shared"] == [{"objectId": "src", "objectType": "DATASET"}]
    zone.remove_shared(chain.get_dataset("src"))
    assert zone._raw["shared"] == []


def test_deleted_zone_sends_its_items_home(chain: Any) -> None:
    """Items fall back to the default zone [inferred]; that one cannot be deleted [inferred]."""
    flow = chain.get_flow()
    zone = flow.create_zone("Z")
    zone.add_item(chain.get_dataset("src"))
    zone.delete()
    assert flow.get_zone_of_object(chain.get_dataset("src")).id == "default"
    with pytest.raises(DataikuException):
        flow.get_default_zone().delete()


def test_default_zone_can_be_renamed(project: Any) -> None:
    """Seen renamed in a real project [seen]."""
    project.get_flow().create_zone("Z")
    settings = project.get_flow().get_default_zone().get_settings()
    settings.name = "Main"
    settings.save()
    assert project.get_flow().get_default_zone().name == "Main"


def test_deleted_and_renamed_objects_leave_and_follow(chain: Any) -> None:
    """Zone items follow renames and go with their objects [seen]."""
    zone = chain.get_flow().create_zone("Z")
    zone.add_items([chain.get_dataset("src"), chain.get_dataset("dst")])
    chain.get_dataset("src").rename("source")
    assert ("DATASET", "source") in items(chain.get_flow().get_zone(zone.id))
    chain.get_dataset("dst").delete()
    assert items(chain.get_flow().get_zone(zone.id)) == [("DATASET", "source")]


def test_moving_what_is_not_there_is_404(dss: Dss, project: Any) -> None:
    """Missing objects and zones are 404 [seen for zones]."""
    zone = project.get_flow().create_zone("Z")
    path = dss.api(f"/projects/{KEY}/flow/zones/{zone.id}/items")
    assert dss.http().post(path, json={"objectId": "ghost", "objectType": "DATASET"}).status_code == 404
    assert dss.http().get(dss.api(f"/projects/{KEY}/flow/zones/nope123")).status_code == 404


def test_editions_without_zones_answer_404(steered: NodeProcess) -> None:
    """404 on Free [seen: peer claim]."""
    steered.set_profile(flow_zones=False)
    with opened(steered) as dss:
        dss.client().create_project("FREE", "f", "admin")
        assert dss.http().get(dss.api("/projects/FREE/flow/zones")).status_code == 404


def test_default_zone_may_list_its_members(steered: NodeProcess) -> None:
    """Whether the server lists implicit members is unknown: the switch's other position."""
    steered.set_profile(default_zone_lists_items=True)
    with opened(steered) as dss:
        project = dss.client().create_project("LISTED", "l", "admin")
        project.new_managed_dataset("d").with_store_into("filesystem_managed").create()
        assert items(project.get_flow().get_default_zone()) == [("DATASET", "d")]


def test_graph(chain: Any) -> None:
    """Every dataset is a node, with predecessors and successors on every node [client, inferred]."""
    chain.new_managed_dataset("alone").with_store_into("filesystem_managed").create()
    graph = chain.get_flow().get_graph()
    assert graph.nodes["copy_it"]["type"] == "RUNNABLE_RECIPE"
    assert graph.nodes["copy_it"]["subType"] == "sync"
    assert graph.nodes["src"]["successors"] == ["copy_it"]
    assert graph.nodes["dst"]["predecessors"] == ["copy_it"]
    assert graph.nodes["alone"]["successors"] == []
    assert [dataset.name for dataset in graph.get_source_datasets()] != []


def test_graph_of_a_zone(dss: Dss, chain: Any) -> None:
    """Restricted to the zone [client]."""
    zone = chain.get_flow().create_zone("Z")
    zone.add_item(chain.get_dataset("src"))
    assert list(zone.get_graph().nodes) == ["src"]
