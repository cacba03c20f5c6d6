"""Datasets, recipes and scenarios call by call against a running node."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from dataiku_iac.core.address import Address
from dataiku_iac.core.canonical import JsonObject
from dataiku_iac.core.kind import Kind, Live
from dataiku_iac.core.lens import differences
from dataiku_iac.core.secret import Secret
from dataiku_iac.dss.session import NodeSession
from dataiku_iac.resources.datasets import DatasetKind
from dataiku_iac.resources.recipes import RecipeKind
from dataiku_iac.resources.scenarios import ScenarioKind
from dataiku_iac.store.clock import SystemClock
from emulator.launch import start_node

DATASET, RECIPE, SCENARIO = DatasetKind(), RecipeKind(), ScenarioKind()


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NodeSession]:
    with (
        start_node(tmp_path_factory.mktemp("node")) as node,
        NodeSession.connect(node.url, Secret(node.api_key), clock=SystemClock()) as opened,
    ):
        opened.post("/projects/", {"projectKey": "CRM", "name": "CRM", "owner": "admin"})
        managed: JsonObject = {"managed": True, "connection": "filesystem_managed"}
        for name in ("RAW", "CLEAN", "MORE"):
            create(opened, DATASET, name, managed)
        yield opened


def create(session: NodeSession, kind: Kind, name: str, spec: JsonObject) -> Live:
    """Create an object with its calls: one creation, then what is not as declared yet; return what is there."""
    address = Address(kind.name, "CRM", name)
    assert not kind.check(spec, address)
    before = session.calls
    assert kind.create(session, "CRM", name, kind.put({}, spec, address)) == name
    assert session.calls == before + 1
    return apply(session, kind, name, spec)


def apply(session: NodeSession, kind: Kind, name: str, spec: JsonObject) -> Live:
    """Write the parts that differ from ``spec``; return what is there, which then is as declared."""
    address = Address(kind.name, "CRM", name)
    live = read(session, kind, name)
    wanted = kind.put(live.document, spec, address)
    for part in kind.parts:
        if differences(live.document.get(part), wanted.get(part), kind.rules_for(wanted).root.child(part)):
            before = session.calls
            kind.write(session, "CRM", name, part, wanted)
            assert session.calls == before + 1
    live = read(session, kind, name)
    assert differences(live.document, kind.put(live.document, spec, address), kind.rules_for(live.document).root) == []
    return live


def read(session: NodeSession, kind: Kind, name: str) -> Live:
    live = kind.read(session, "CRM", name, frozenset(kind.parts))
    assert live is not None
    assert live.complete
    return live


def test_the_node_chooses_where_a_managed_dataset_lies(session: NodeSession) -> None:
    spec: JsonObject = {"managed": True, "connection": "filesystem_managed", "format_type": "parquet", "tags": ["a"]}
    live: Any = create(session, DATASET, "WHERE", spec).document["definition"]
    assert (live["type"], live["formatType"]) == ("Filesystem", "parquet")
    assert live["params"]["path"]


def test_a_dataset_with_a_location_is_created_whole(session: NodeSession) -> None:
    spec: JsonObject = {
        "type": "filesystem",
        "connection": "filesystem_managed",
        "params": {"path": "${projectKey}/x"},
        "format_type": "csv",
        "format_params": {"style": "excel", "separator": ";"},
        "schema": [{"name": "a", "type": "bigint", "comment": "c"}],
        "partitioning": {"filePathPattern": "/%{c}/.*", "dimensions": [{"name": "c", "type": "value"}]},
        "checks": [{"type": "RecordCountInRangeRule", "displayName": "rows", "minimum": 1, "minimumEnabled": True}],
    }
    live = create(session, DATASET, "WHOLE", spec)
    declared = DATASET.declare(live.document, Address("dataset", "CRM", "WHOLE"))
    assert declared["path"] == "${projectKey}/x"
    assert "params" not in declared
    assert declared["schema"] == spec["schema"]


def test_list_and_read_agree_on_versions(session: NodeSession) -> None:
    create(session, RECIPE, "listed", {"type": "python", "inputs": ["RAW"], "outputs": ["MORE"], "code": "pass\n"})
    create(session, SCENARIO, "LISTED", {"steps": [{"type": "build_flowitem", "items": ["MORE"]}]})
    for kind in (DATASET, RECIPE, SCENARIO):
        heads = kind.list(session, "CRM")
        assert heads
        for head in heads:
            assert head.version == read(session, kind, head.id).version != ""
    RECIPE.delete(session, "CRM", "listed", drop_data=False)


def test_a_recipe_comes_with_its_payload_and_keeps_what_nobody_declared(session: NodeSession) -> None:
    spec: JsonObject = {"type": "prepare", "inputs": ["RAW"], "outputs": ["CLEAN"], "steps": []}
    create(session, RECIPE, "prep", spec)
    renaming: JsonObject = {"type": "ColumnRenamer", "params": {"renamings": [{"from": "a", "to": "b"}]}}
    live: Any = apply(session, RECIPE, "prep", {**spec, "steps": [renaming], "engine": "DSS"}).document["definition"]
    assert live["payload"]["steps"][0]["metaType"] == "PROCESSOR"
    live = apply(session, RECIPE, "prep", {"type": "prepare", "tags": ["x"]}).document["definition"]
    assert live["payload"]["steps"][0]["params"] == renaming["params"]
    assert live["recipe"]["params"]["engineType"] == "DSS"


def test_a_scenario_of_steps_is_created_under_its_id(session: NodeSession) -> None:
    spec: JsonObject = {
        "label": "Every day",
        "triggers": [{"type": "temporal", "cron": "0 2 * * mon", "timezone": "Europe/Paris"}],
        "steps": [{"type": "build", "items": ["CLEAN"]}, {"type": "run_scenario", "scenario": "DAILY"}],
    }
    live: Any = create(session, SCENARIO, "daily_refresh", spec).document["definition"]
    ids = [item["id"] for item in [*live["params"]["steps"], *live["triggers"]]]
    assert len(set(ids)) == 3
    changed: JsonObject = {**spec, "steps": [{"type": "build", "items": ["RAW", "CLEAN"]}]}
    live = apply(session, SCENARIO, "daily_refresh", changed).document["definition"]
    assert [step["id"] for step in live["params"]["steps"]] == ids[:1]


def test_a_script_is_written_by_a_call_of_its_own(session: NodeSession) -> None:
    live = create(session, SCENARIO, "SCRIPTED", {"type": "custom_python", "code": "a = 1\n"})
    assert live.document["script"] == "a = 1\n"
    assert apply(session, SCENARIO, "SCRIPTED", {"code": "b = 2\n"}).document["script"] == "b = 2\n"


@pytest.mark.parametrize("kind", [DATASET, RECIPE, SCENARIO], ids=lambda kind: kind.name)
def test_what_is_not_there_is_absent(session: NodeSession, kind: Kind) -> None:
    assert kind.read(session, "CRM", "NOSUCH", frozenset(kind.parts)) is None


def test_deleted_is_absent(session: NodeSession) -> None:
    create(session, DATASET, "GONE", {"managed": True, "connection": "filesystem_managed"})
    create(session, SCENARIO, "GONE", {})
    create(session, RECIPE, "gone", {"type": "sync", "inputs": ["RAW"], "outputs": ["GONE"]})
    for kind, name in ((RECIPE, "gone"), (SCENARIO, "GONE"), (DATASET, "GONE")):
        kind.delete(session, "CRM", name, drop_data=True)
        assert kind.read(session, "CRM", name, frozenset(kind.parts)) is None
        assert name not in {live.name for live in kind.list(session, "CRM")}
