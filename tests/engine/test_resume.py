"""What a resumed run makes of things that happened while nobody held it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dataiku_iac.core.canonical import JsonObject
from dataiku_iac.core.errors import LeaseHeld
from dataiku_iac.core.journal import RunMode
from dataiku_iac.core.result import ChangeStatus, RunStatus
from dataiku_iac.core.secret import Secret
from dataiku_iac.dss.session import NodeSession
from emulator.launch import NodeProcess
from tests.engine import specs
from tests.engine.workshop import Workshop, run_and_die

KILLED = -9
BEFORE, AFTER = "dss.write:before", "dss.write:after"


@pytest.fixture
def bob(workshop: Workshop) -> Iterator[NodeSession]:
    """Another administrator of the node, with a key of his own."""
    admin = workshop.session
    users = admin.get("/admin/users/")
    assert isinstance(users, list)
    if not any(isinstance(user, dict) and user["login"] == "bob" for user in users):
        groups = ["administrators"]
        admin.post(
            "/admin/users/",
            {
                "login": "bob",
                "displayName": "Bob",
                "password": "bobs-password",
                "sourceType": "LOCAL",
                "groups": groups,
            },
        )
    key = admin.post("/admin/personal-api-keys/", {"user": "bob", "label": "test", "description": ""})
    assert isinstance(key, dict)
    with NodeSession.connect(workshop.node_url, Secret(str(key["key"])), clock=workshop.clock) as session:
        yield session


def test_an_effect_that_landed_is_found_and_not_repeated(workshop: Workshop, node: NodeProcess, key: str) -> None:
    assert workshop.apply(workshop.plan(specs.project(key))).status is RunStatus.OK
    plan = workshop.plan(specs.small(key))
    assert run_and_die(workshop, "apply", plan=plan, die_in=(AFTER, 1)) == KILLED  # the zone stands, nobody knows
    node.clear_requests()
    other = workshop.elsewhere()
    result = other.resume()
    assert result.status is RunStatus.OK
    assert [(change.address.kind, change.found) for change in result.changes] == [("zone", True), ("dataset", False)]
    assert node.requests(method="POST", path="/flow/zones$") == []
    assert sum(other.clock.slept) == 0
    other.close()


def test_an_effect_that_may_still_land_is_waited_for_before_it_is_repeated(
    workshop: Workshop, node: NodeProcess, key: str
) -> None:
    assert workshop.apply(workshop.plan(specs.project(key))).status is RunStatus.OK
    plan = workshop.plan(specs.small(key))
    assert run_and_die(workshop, "apply", plan=plan, die_in=(BEFORE, 1)) == KILLED
    other = workshop.elsewhere()
    assert other.resume().status is RunStatus.OK
    assert 55 < sum(other.clock.slept) <= 60
    assert len(node.requests(method="POST", path=f"{key}/flow/zones$", effect=True)) == 1
    other.close()


def test_a_broken_lease_gives_its_owner_time_to_notice(workshop: Workshop, key: str) -> None:
    assert workshop.apply(workshop.plan(specs.project(key))).status is RunStatus.OK
    plan = workshop.plan({**specs.project(key), **specs.dataset(key, "ORDERS")})
    assert run_and_die(workshop, "apply", plan=plan, die_in=(BEFORE, 1)) == KILLED
    other = workshop.elsewhere()
    other.store.leases.break_lease(by="operator", reason="test")
    assert other.resume().status is RunStatus.OK
    assert sum(other.clock.slept) > 60
    other.close()


def test_a_name_that_somebody_else_took_for_another_type_is_a_conflict(
    workshop: Workshop, bob: NodeSession, node: NodeProcess, key: str
) -> None:
    """A global key: how the node spells it as a creator is not known, so the type is the witness."""
    assert workshop.apply(workshop.plan(specs.project(key))).status is RunStatus.OK
    files: JsonObject = {"type": "Filesystem", "connection": specs.CONNECTION, "params": {"path": "/in"}}
    plan = workshop.plan({**specs.project(key), f"dataset.{key}.ORDERS": files})
    assert run_and_die(workshop, "apply", plan=plan, die_in=(BEFORE, 1)) == KILLED
    bob.post(f"/projects/{key}/datasets/", {"projectKey": key, "name": "ORDERS", "type": "Inline", "params": {}})
    _expect_conflict(workshop, node)


def test_a_name_that_somebody_else_took_is_a_conflict(
    workshop: Workshop, bob: NodeSession, node: NodeProcess, key: str
) -> None:
    """A personal key: the creator's login is the witness, even if the object is just what we wanted."""
    answer = workshop.session.post("/admin/personal-api-keys/", {"user": "admin", "label": "test", "description": ""})
    assert isinstance(answer, dict)
    admin = Workshop(workshop.node_url, str(answer["key"]), workshop.s3, f"{workshop.prefix}-admin")
    assert admin.apply(admin.plan(specs.project(key))).status is RunStatus.OK
    plan = admin.plan({**specs.project(key), **specs.dataset(key, "ORDERS")})
    assert run_and_die(admin, "apply", plan=plan, die_in=(BEFORE, 1)) == KILLED
    settings: JsonObject = {"connectionId": specs.CONNECTION, "specificSettings": {}}
    bob.post(f"/projects/{key}/datasets/managed", {"name": "ORDERS", "creationSettings": settings})
    _expect_conflict(admin, node)
    declared = {**specs.project(key), **specs.dataset(key, "MORE")}
    plan = admin.plan(declared)
    assert run_and_die(admin, "apply", plan=plan, die_in=(AFTER, 1)) == KILLED
    assert admin.resume().status is RunStatus.OK  # what we made ourselves bears our login
    admin.close()


def _expect_conflict(workshop: Workshop, node: NodeProcess) -> None:
    node.clear_requests()
    other = workshop.elsewhere()
    result = other.resume()
    assert [change.status for change in result.changes] == [ChangeStatus.CONFLICT]
    assert result.status is RunStatus.FAILED  # nothing was done: the run is closed
    assert other.store.heads.read().head.open_run is None
    assert [entry["path"] for entry in node.requests() if entry["method"] != "GET"] == []
    assert not [address for address in other.state().resources if address.kind == "dataset"]
    other.close()


def test_an_object_edited_while_its_write_was_open_is_a_conflict(
    workshop: Workshop, bob: NodeSession, node: NodeProcess, key: str
) -> None:
    assert workshop.apply(workshop.plan(specs.small(key))).status is RunStatus.OK
    changed = {**specs.small(key), **specs.dataset(key, "ORDERS", schema=[{"name": "b", "type": "bigint"}])}
    plan = workshop.plan(changed)
    assert run_and_die(workshop, "apply", plan=plan, die_in=(BEFORE, 1)) == KILLED
    path = f"/projects/{key}/datasets/ORDERS"
    document = bob.get(path)
    assert isinstance(document, dict)
    bob.put(path, {**document, "tags": ["bob"]})
    node.clear_requests()
    other = workshop.elsewhere()
    result = other.resume()
    assert [change.status for change in result.changes] == [ChangeStatus.CONFLICT]
    assert [entry["path"] for entry in node.requests() if entry["method"] != "GET"] == []
    after = bob.get(path)
    assert isinstance(after, dict)
    assert after["tags"] == ["bob"]
    other.abandon(result.run)
    assert other.apply(other.plan(changed)).status is RunStatus.OK  # a new plan shows it, and goes on from there
    other.close()


def test_a_project_marked_by_another_stack_meanwhile_is_refused(
    workshop: Workshop, node: NodeProcess, key: str
) -> None:
    assert workshop.apply(workshop.plan(specs.project(key))).status is RunStatus.OK
    plan = workshop.plan({**specs.project(key), **specs.dataset(key, "ORDERS")})
    assert run_and_die(workshop, "apply", plan=plan, die_in=(BEFORE, 1)) == KILLED
    metadata = workshop.session.get(f"/projects/{key}/metadata")
    assert isinstance(metadata, dict)
    workshop.session.put(f"/projects/{key}/metadata", {**metadata, "tags": ["iac:sales"]})
    other = workshop.elsewhere()
    with pytest.raises(Exception, match="iac:sales"):
        other.resume()
    assert workshop.store.heads.read().head.open_run is not None
    other.close()


def test_a_run_that_another_process_works_on_is_not_taken(workshop: Workshop, node: NodeProcess, key: str) -> None:
    node.fail("status", "POST", f"{key}/datasets/managed", status=400)
    result = workshop.apply(workshop.plan(specs.small(key)))
    assert result.status is RunStatus.PARTIAL
    holder = workshop.elsewhere()
    with holder.store.leases.acquire(holder.owner("resume", run=result.run)), pytest.raises(LeaseHeld):
        workshop.resume()
    assert workshop.resume().status is RunStatus.OK
    holder.close()


def test_mode_and_history_survive_the_process(workshop: Workshop, key: str) -> None:
    workshop.apply(workshop.plan(specs.project(key)))
    plan = workshop.plan({})
    result = workshop.apply(plan, mode=RunMode.DESTROY)
    assert result.status is RunStatus.OK
    assert workshop.store.heads.history()[-1].op == "destroy"
    assert workshop.state().resources == {}
