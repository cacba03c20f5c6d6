"""Answers that do not come, lie, or come twice: what is done in the end, how often, and whether anybody had to wait."""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass, field
from typing import Any

import pytest

from dataiku_iac.core.resource import Lifecycle
from dataiku_iac.core.result import ChangeStatus, RunStatus
from emulator.launch import NodeProcess
from emulator.s3 import S3Process
from tests.engine import specs
from tests.engine.workshop import BUCKET, Specs, Workshop

Z = "/flow/zones$"
D = "/datasets/managed"


@dataclass(frozen=True)
class Case:
    """A fault on one call, and what must come of it. ``effects``: how many such calls took effect in the end."""

    name: str
    method: str
    path: str
    fault: dict[str, Any] = field(default_factory=dict)
    status: ChangeStatus = ChangeStatus.DONE
    found: bool = False
    waits: bool = False
    effects: int = 1


RESET, AFTER = {"kind": "reset"}, {"when": "after"}
CASES = (
    Case("dataset made, answer lost", "POST", D, {**RESET, **AFTER}, found=True),
    Case("dataset not made, connection reset", "POST", D, RESET),
    Case("dataset made, 500", "POST", D, {"kind": "status", "status": 500, **AFTER}, found=True),
    Case("dataset not made, 500", "POST", D, {"kind": "status", "status": 500}, ChangeStatus.FAILED, effects=0),
    Case("dataset made, page of a gateway", "POST", D, {"kind": "html", "status": 504, **AFTER}, found=True),
    Case("dataset made, answer cut", "POST", D, {"kind": "truncate", "bytes": 5}, found=True),
    Case("dataset made late", "POST", D, {"kind": "delayed_effect", "delay_s": 1.2}),
    Case("dataset refused", "POST", D, {"kind": "status", "status": 400}, ChangeStatus.FAILED, effects=0),
    Case("dataset: a lie", "POST", D, {"kind": "no_effect"}, ChangeStatus.FAILED, effects=0),
    Case("dataset: delivered twice", "POST", D, {"kind": "twice"}, found=True),
    Case("zone made, answer lost", "POST", Z, {**RESET, **AFTER}, found=True),
    Case("zone not made, connection reset", "POST", Z, RESET, waits=True),
    Case("zone made, page of a gateway", "POST", Z, {"kind": "html", "status": 502, **AFTER}, found=True),
    Case("zone not made, 500", "POST", Z, {"kind": "status", "status": 500}, ChangeStatus.FAILED, effects=0),
    Case("zone: a lie", "POST", Z, {"kind": "no_effect"}, ChangeStatus.FAILED, effects=0),
    Case("zone: delivered twice", "POST", Z, {"kind": "twice"}),
    Case("put done, answer lost", "PUT", "/datasets/ORDERS", {**RESET, **AFTER}, found=True),
    Case("put not done, connection reset", "PUT", "/datasets/ORDERS", RESET),
    Case("put: a lie", "PUT", "/datasets/ORDERS", {"kind": "no_effect"}, ChangeStatus.FAILED, effects=0),
    Case(
        "put not done, 500",
        "PUT",
        "/datasets/ORDERS",
        {"kind": "status", "status": 500},
        ChangeStatus.FAILED,
        effects=0,
    ),
    Case("put: delivered twice", "PUT", "/datasets/ORDERS", {"kind": "twice"}),
    Case("move done, answer lost", "POST", "/add-items", {**RESET, **AFTER}, found=True),
    Case("move not done, connection reset", "POST", "/add-items", RESET),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_one_fault_on_one_call(workshop: Workshop, node: NodeProcess, key: str, case: Case) -> None:
    assert workshop.apply(workshop.plan(specs.project(key))).status is RunStatus.OK
    plan = workshop.plan(specs.small(key))
    node.clear_requests()
    fault = {k: v for k, v in case.fault.items() if k != "kind"}
    node.fail(case.fault["kind"], case.method, f"^/projects/{key}.*{case.path}", **fault)
    result = workshop.apply(plan, parallelism=1)
    kind = "zone" if case.path == Z else "dataset"
    (change,) = [c for c in result.changes if c.address.kind == kind]
    assert (change.status, change.found) == (case.status, case.found), change.message
    if case.waits:
        assert sum(workshop.clock.slept) == pytest.approx(60, abs=2)
    else:
        assert sum(workshop.clock.slept) < 1
    effective = node.requests(method=case.method, path=f"^/projects/{key}.*{case.path}", effect=True)
    assert len(effective) == case.effects
    if case.status is ChangeStatus.FAILED:
        assert result.status is RunStatus.PARTIAL or kind == "zone"
        assert change.message
        node.clear_faults()
        if result.status is RunStatus.PARTIAL:
            assert workshop.elsewhere().resume().status is RunStatus.OK
        else:
            assert workshop.apply(workshop.plan(specs.small(key))).status is RunStatus.OK
    else:
        assert result.status is RunStatus.OK
    assert workshop.plan(specs.small(key)).is_empty
    zones = workshop.session.get(f"/projects/{key}/flow/zones")
    assert isinstance(zones, list)
    assert [zone["name"] for zone in zones if isinstance(zone, dict) and zone["id"] != "default"] == ["raw"]


@pytest.mark.parametrize(
    ("fault", "found"),
    [({**RESET, **AFTER}, True), (RESET, False), ({"kind": "twice"}, True)],
    ids=["answer lost", "connection reset", "delivered twice"],
)
def test_a_fault_on_a_delete(
    workshop: Workshop,
    node: NodeProcess,
    key: str,
    fault: dict[str, Any],
    found: bool,  # noqa: FBT001
) -> None:
    assert workshop.apply(workshop.plan(specs.small(key))).status is RunStatus.OK
    without: Specs = {k: v for k, v in specs.small(key).items() if not k.startswith("dataset.")}
    plan = workshop.plan(without)
    options = {k: v for k, v in fault.items() if k != "kind"}
    node.fail(fault["kind"], "DELETE", f"^/projects/{key}/datasets/ORDERS", **options)
    result = workshop.apply(plan)
    assert result.status is RunStatus.OK
    assert result.changes[-1].found is found
    assert sum(workshop.clock.slept) < 1
    assert workshop.plan(without).is_empty


def test_an_effect_that_nobody_can_look_at_is_unknown_and_resume_finds_it(
    workshop: Workshop, node: NodeProcess, key: str
) -> None:
    assert workshop.apply(workshop.plan(specs.project(key))).status is RunStatus.OK
    plan = workshop.plan(specs.small(key))
    node.fail("reset", "POST", f"^/projects/{key}{D}", when="after")
    node.fail("html", "GET", f"^/projects/{key}/datasets/ORDERS", on_hit=2, times=10_000, status=502)
    result = workshop.apply(plan, parallelism=1)
    (change,) = [c for c in result.changes if c.address.kind == "dataset"]
    assert change.status is ChangeStatus.UNKNOWN
    assert "resume" in change.message
    assert result.status is RunStatus.PARTIAL
    assert len(workshop.store.journal(result.run).replay().open_intents) == 1
    other = workshop.elsewhere()
    still = other.resume()  # the node is still not answering
    assert still.status is RunStatus.PARTIAL
    assert [c.status for c in still.changes if c.address.kind == "dataset"] == [ChangeStatus.UNKNOWN]
    node.clear_faults()
    node.clear_requests()
    resumed = workshop.elsewhere().resume()
    assert resumed.status is RunStatus.OK
    assert [c.found for c in resumed.changes if c.address.kind == "dataset"] == [True]
    assert node.requests(method="POST", path=D) == []
    assert workshop.plan(specs.small(key)).is_empty


def test_a_declared_field_that_the_node_drops_is_named(workshop: Workshop, key: str) -> None:
    declared = {**specs.project(key), **specs.dataset(key, "ORDERS", flowOptions={"noSuchOption": "x"})}
    result = workshop.apply(workshop.plan(declared))
    (change,) = [c for c in result.changes if c.address.kind == "dataset"]
    assert change.status is ChangeStatus.FAILED
    assert "did not keep" in change.message
    assert "flowOptions.noSuchOption" in change.message
    again = workshop.resume()  # still the same: told again, not repeated for ever, no conflict with ourselves
    assert [c.status for c in again.changes if c.address.kind == "dataset"] == [ChangeStatus.FAILED]
    workshop.abandon(result.run)
    corrected = {**specs.project(key), **specs.dataset(key, "ORDERS")}
    assert workshop.apply(workshop.plan(corrected)).status is RunStatus.OK


def test_no_credential_reaches_the_store(workshop: Workshop, s3: S3Process, key: str) -> None:
    assert workshop.apply(workshop.plan(specs.small(key))).status is RunStatus.OK
    path = f"/projects/{key}/datasets/ORDERS"
    document = workshop.session.get(path)
    assert isinstance(document, dict)
    params = document["params"]
    assert isinstance(params, dict)
    workshop.session.put(path, {**document, "params": {**params, "password": "hunter2", "path": "p"}})
    adopted = workshop.plan(
        {**specs.small(key), **specs.dataset(key, "ORDERS", zone="raw", schema=[{"name": "z", "type": "string"}])},
        lifecycle={f"dataset.{key}.ORDERS": Lifecycle()},
    )
    result = workshop.apply(adopted)
    assert result.status is RunStatus.OK
    kept = workshop.session.get(path)
    assert isinstance(kept, dict)
    assert isinstance(kept["params"], dict)
    password_survived = kept["params"].get("password")
    client = s3.client()
    keys = [item["Key"] for item in client.list_objects_v2(Bucket=BUCKET, Prefix=f"{workshop.prefix}/")["Contents"]]
    images = []
    for name in keys:
        body = client.get_object(Bucket=BUCKET, Key=name)["Body"].read()
        text = gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body
        assert b"hunter2" not in text, name
        assert workshop.node_key.encode() not in text, name
        if "/blobs/" in name:
            images.append(json.loads(text))
    image = next(
        i for i in images if i["name"] == "ORDERS" and i["document"]["definition"]["params"].get("path") == "p"
    )
    assert image["left_out"] == (["definition.params.password"] if password_survived else [])
