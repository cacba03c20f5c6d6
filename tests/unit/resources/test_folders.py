from __future__ import annotations

import pytest

from dataiku_iac.core.address import Address
from dataiku_iac.core.canonical import Json
from dataiku_iac.core.errors import Refused
from dataiku_iac.core.fields import Effect
from dataiku_iac.core.lens import differences
from dataiku_iac.resources.folders import FolderKind
from tests.unit.resources.scripted_node import Asked, ScriptedNode

KIND = FolderKind()
ADDRESS = Address("folder", "CRM", "exports")
FOLDERS = "/projects/CRM/managedfolders"
RAW: dict[str, Json] = {
    "projectKey": "CRM",
    "id": "5NPBmWH1",
    "name": "exports",
    "type": "S3",
    "params": {"connection": "s3", "path": "/${projectKey}/${odbId}", "notReadyIfEmpty": False},
    "metrics": {"probes": []},
    "versionTag": {"versionNumber": 2, "lastModifiedOn": 17},
}
PLUGIN: dict[str, Json] = {**RAW, "type": "fsprovider_x_y", "params": {"config": {"a": 1}, "path": "/"}}
ZONES: dict[str, Json] = {
    "GET /projects/CRM/flow/zones": [{"id": "z", "items": [{"objectType": "MANAGED_FOLDER", "objectId": "5NPBmWH1"}]}]
}


def test_list_costs_two_calls_and_gives_whole_folders_with_their_zone() -> None:
    node = ScriptedNode({f"GET {FOLDERS}/": [RAW], **ZONES})
    (live,) = KIND.list(node, "CRM")
    assert (live.name, live.id, live.version, live.complete) == ("exports", "5NPBmWH1", "2@17", True)
    assert live.document == {"definition": RAW, "zone": "z"}
    assert len(node.asked) == 2


def test_a_list_item_without_metrics_is_a_head() -> None:
    head = {key: RAW[key] for key in ("id", "name", "type", "projectKey")}
    (live,) = KIND.list(ScriptedNode({f"GET {FOLDERS}/": [head]}), "CRM")
    assert not live.complete


def test_a_project_without_folders_does_not_ask_for_zones() -> None:
    node = ScriptedNode({f"GET {FOLDERS}/": []})
    assert KIND.list(node, "CRM") == ()
    assert len(node.asked) == 1


def test_a_missing_folder_is_absent() -> None:
    assert KIND.read(ScriptedNode(), "CRM", "gone", frozenset(KIND.parts)) is None


def test_the_type_is_the_connections_and_an_own_place_is_the_default() -> None:
    assert KIND.declare({"definition": RAW, "zone": "default"}, ADDRESS) == {"connection": "s3"}


@pytest.mark.parametrize("path", ["/${projectKey}/${odbId}", "${projectKey}/${odbId}"])
def test_both_spellings_of_the_own_place_are_one(path: str) -> None:
    other = {**RAW, "params": {"connection": "s3", "path": path}}
    assert KIND.fingerprint({"definition": other}) == KIND.fingerprint({"definition": RAW})


def test_another_connection_leaves_the_files_behind() -> None:
    after = KIND.put({"definition": RAW}, {"connection": "other"}, ADDRESS)
    (found,) = differences({"definition": RAW}, after, KIND.rules.root)
    assert found.effect is Effect.DATA_LOSS


def test_create_lets_the_node_derive_the_type() -> None:
    node = ScriptedNode({f"POST {FOLDERS}/": {"id": "aBcD1234"}})
    document: dict[str, Json] = {"definition": {"name": "exports", "params": {"connection": "s3", "bucket": "b"}}}
    assert KIND.create(node, "CRM", "tmp", document) == "aBcD1234"
    assert node.asked == [
        Asked(
            "POST",
            f"{FOLDERS}/",
            {
                "name": "tmp",
                "projectKey": "CRM",
                "type": None,
                "params": {"path": "/${projectKey}/${odbId}", "connection": "s3", "bucket": "b"},
            },
        )
    ]


def test_create_without_a_connection_is_refused_before_any_call() -> None:
    node = ScriptedNode()
    with pytest.raises(Refused, match="no connection"):
        KIND.create(node, "CRM", "tmp", {"definition": {"name": "exports"}})
    assert node.asked == []


def test_a_plugin_file_system_is_declared_by_its_provider() -> None:
    node = ScriptedNode({f"GET {FOLDERS}/5NPBmWH1": PLUGIN, f"POST {FOLDERS}/": {"id": "n"}})
    live = KIND.read(node, "CRM", "5NPBmWH1", frozenset({"definition"}))
    assert live is not None
    spec = KIND.declare(live.document, ADDRESS)
    assert spec["provider"] == "fsprovider_x_y"
    KIND.create(node, "CRM", "tmp", KIND.put({}, spec, ADDRESS))
    KIND.write(node, "CRM", "5NPBmWH1", "definition", live.document)
    created, written = node.written
    assert isinstance(created.body, dict)
    assert created.body["type"] == "fsprovider_x_y"
    assert written.body == PLUGIN


def test_writes_are_one_call_per_part() -> None:
    node = ScriptedNode()
    KIND.write(node, "CRM", "5NPBmWH1", "definition", {"definition": RAW, "zone": "z"})
    KIND.write(node, "CRM", "5NPBmWH1", "zone", {"definition": RAW, "zone": "z"})
    item: Json = [{"objectId": "5NPBmWH1", "objectType": "MANAGED_FOLDER"}]
    assert node.asked == [
        Asked("PUT", f"{FOLDERS}/5NPBmWH1", RAW),
        Asked("POST", "/projects/CRM/flow/zones/z/add-items", item),
    ]


@pytest.mark.parametrize(("drop_data", "said"), [(True, "true"), (False, "false")])
def test_files_go_only_when_asked_for(drop_data: bool, said: str) -> None:  # noqa: FBT001 - a row of the table
    node = ScriptedNode()
    KIND.delete(node, "CRM", "5NPBmWH1", drop_data=drop_data)
    assert node.asked == [Asked("DELETE", f"{FOLDERS}/5NPBmWH1", params={"dropData": said})]


def test_a_folder_needs_its_zone_but_not_the_default_one() -> None:
    assert [str(reference.to) for reference in KIND.references({"zone": "raw"}, ADDRESS)] == ["zone.CRM.raw"]
    assert list(KIND.references({"zone": "default"}, ADDRESS)) == []
