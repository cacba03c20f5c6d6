from __future__ import annotations

import pytest

from dataiku_iac.core.address import Address
from dataiku_iac.core.canonical import Json
from dataiku_iac.core.errors import Refused, UnexpectedShape
from dataiku_iac.resources.zone_items import DATASET, RECIPE, move_to_zone, read_zone_of
from dataiku_iac.resources.zones import ZoneKind
from tests.unit.resources.scripted_node import Asked, ScriptedNode

KIND = ZoneKind()
RAW: dict[str, Json] = {
    "id": "aBc1234",
    "name": "raw",
    "color": "#4B8021",
    "items": [
        {"objectId": "ORDERS", "objectType": "DATASET"},
        {"objectId": "X", "objectType": "DATASET", "projectKey": "OTHER"},
    ],
}
DEFAULT: dict[str, Json] = {"id": "default", "name": "Unsorted", "color": "#D1D8DA", "items": []}
ZONES = "/projects/CRM/flow/zones"


def test_name_is_in_the_address_and_a_zone_of_another_label_says_so() -> None:
    assert KIND.declare({"definition": RAW}, Address("zone", "CRM", "raw")) == {"color": "#4B8021"}
    assert KIND.declare({"definition": RAW}, Address("zone", "CRM", "raw (aBc1234)")) == {
        "label": "raw",
        "color": "#4B8021",
    }


def test_a_color_that_the_client_would_send_is_not_declared() -> None:
    assert KIND.declare({"definition": {**RAW, "color": "#2ab1ac"}}, Address("zone", "CRM", "raw")) == {}


def test_declaring_the_default_zone_does_not_rename_it() -> None:
    address = Address("zone", "CRM", "default")
    assert KIND.put({"definition": DEFAULT}, {}, address) == {"definition": DEFAULT}
    after = KIND.put({"definition": DEFAULT}, {"label": "Later"}, address)
    assert after == {"definition": {**DEFAULT, "name": "Later"}}


def test_list_holds_whole_zones_and_the_default_zone_under_its_id() -> None:
    node = ScriptedNode({f"GET {ZONES}": [RAW, DEFAULT]})
    found = KIND.list(node, "CRM")
    assert [(zone.name, zone.id, zone.complete) for zone in found] == [
        ("raw", "aBc1234", True),
        ("default", "default", True),
    ]
    assert len(node.asked) == 1


def test_a_default_zone_that_the_list_leaves_out_is_there_all_the_same() -> None:
    node = ScriptedNode({f"GET {ZONES}": [RAW], f"GET {ZONES}/default": DEFAULT})
    assert [zone.id for zone in KIND.list(node, "CRM")] == ["default", "aBc1234"]


def test_an_edition_without_zones_has_none() -> None:
    assert KIND.list(ScriptedNode(), "CRM") == []
    assert read_zone_of(ScriptedNode(), "CRM")(DATASET, "ORDERS") == "default"


def test_an_answer_that_is_no_list_is_an_error_and_not_an_absence() -> None:
    with pytest.raises(UnexpectedShape, match="zones of CRM"):
        KIND.list(ScriptedNode({f"GET {ZONES}": {"error": "x"}}), "CRM")


def test_create_sends_the_temporary_name_and_returns_the_servers_id() -> None:
    node = ScriptedNode({f"POST {ZONES}": {"id": "xYz0001", "name": "tmp"}})
    assert KIND.create(node, "CRM", "tmp", {"definition": {"name": "raw", "color": "#000000"}}) == "xYz0001"
    assert node.asked == [Asked("POST", ZONES, {"name": "tmp", "color": "#000000"})]


def test_write_puts_the_whole_zone() -> None:
    node = ScriptedNode()
    KIND.write(node, "CRM", "aBc1234", "definition", {"definition": RAW})
    assert node.asked == [Asked("PUT", f"{ZONES}/aBc1234", RAW)]


def test_the_default_zone_is_never_deleted() -> None:
    node = ScriptedNode()
    with pytest.raises(Refused, match="default zone"):
        KIND.delete(node, "CRM", "default", drop_data=False)
    KIND.delete(node, "CRM", "aBc1234", drop_data=True)
    assert node.asked == [Asked("DELETE", f"{ZONES}/aBc1234")]


def test_members_are_looked_up_with_one_call_and_foreign_ones_are_not_ours() -> None:
    node = ScriptedNode({f"GET {ZONES}": [RAW, DEFAULT]})
    zone_of = read_zone_of(node, "CRM")
    assert zone_of(DATASET, "ORDERS") == "aBc1234"
    assert zone_of(DATASET, "X") == "default"
    assert zone_of(RECIPE, "ORDERS") == "default"
    assert len(node.asked) == 1


def test_moving_posts_one_item() -> None:
    node = ScriptedNode()
    move_to_zone(node, "CRM", "aBc1234", RECIPE, "prep")
    assert node.asked == [Asked("POST", f"{ZONES}/aBc1234/add-items", [{"objectId": "prep", "objectType": "RECIPE"}])]
