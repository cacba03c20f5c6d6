"""Apply as a user meets it: what is done, what is refused, and what it leaves behind."""

from __future__ import annotations

import pytest

from dataiku_iac.core.address import Address
from dataiku_iac.core.errors import LeaseHeld, LeaseLost, OpenRun, StalePlan, StateError
from dataiku_iac.core.lease import LeaseState
from dataiku_iac.core.plan import Action
from dataiku_iac.core.resource import Lifecycle
from dataiku_iac.core.result import ChangeStatus, RunResult, RunStatus
from dataiku_iac.report.text import render_result
from emulator.launch import NodeProcess
from tests.engine import specs
from tests.engine.workshop import Specs, Workshop


def status_of(result: RunResult, text: str) -> ChangeStatus:
    return next(change.status for change in result.changes if str(change.address) == text)


def message_of(result: RunResult, text: str) -> str:
    return next(change.message for change in result.changes if str(change.address) == text)


def writes(node: NodeProcess) -> list[str]:
    return [f"{entry['method']} {entry['path']}" for entry in node.requests() if entry["method"] != "GET"]


def done(workshop: Workshop, declared: Specs) -> RunResult:
    result = workshop.apply(workshop.plan(declared))
    assert result.status is RunStatus.OK, [change for change in result.changes if change.message]
    return result


def test_apply_makes_what_is_declared_and_the_next_plan_is_empty(workshop: Workshop, key: str) -> None:
    declared = specs.whole(key)
    seen: list[tuple[int, int, str]] = []
    plan = workshop.plan(declared)
    result = workshop.apply(plan, progress=lambda done, total, what: seen.append((done, total, what)))
    assert {change.status for change in result.changes} == {ChangeStatus.DONE}
    assert (result.status, result.serial) == (RunStatus.OK, 1)
    assert seen[-1][:2] == (len(declared), len(declared))
    state = workshop.state()
    assert set(state.resources) == {Address.parse(text) for text in declared}
    assert all(
        entry.run == result.run and not entry.adopted and entry.fingerprint for entry in state.resources.values()
    )
    again = workshop.plan(declared)
    assert again.is_empty
    assert {change.action for change in again.changes} == {Action.NONE}
    head = workshop.store.heads.read().head
    assert (head.open_run, head.serial) == (None, 1)
    (entry,) = workshop.store.heads.history()
    assert (entry.run, entry.counts, entry.plan_sha256) == (result.run, {"create": len(declared)}, plan.digest)
    journal = workshop.store.journal(result.run).replay()
    assert journal.ended is not None
    assert not journal.open_intents
    lease = workshop.store.leases.read()
    assert lease is not None
    assert lease.lease.state is LeaseState.FREE


def test_every_write_on_the_node_has_an_intent_with_its_path(workshop: Workshop, node: NodeProcess, key: str) -> None:
    result = done(workshop, specs.whole(key))
    intents = workshop.store.journal(result.run).replay().intents.values()
    intended = sorted(f"{intent.method} {intent.path.rstrip('/')}" for intent in intents)
    assert intended == sorted(write.rstrip("/") for write in writes(node))


def test_an_empty_plan_writes_nothing_anywhere(workshop: Workshop, node: NodeProcess, key: str) -> None:
    done(workshop, specs.small(key))
    node.clear_requests()
    rev = workshop.store.heads.read().head.rev
    result = workshop.apply(workshop.plan(specs.small(key)))
    assert (result.status, result.changes, result.serial) == (RunStatus.OK, (), 1)
    assert writes(node) == []
    assert workshop.store.heads.read().head.rev == rev


def test_an_update_keeps_what_nobody_declared(workshop: Workshop, key: str) -> None:
    done(workshop, specs.small(key))
    path = f"/projects/{key}/datasets/ORDERS"
    document = workshop.session.get(path)
    assert isinstance(document, dict)
    workshop.session.put(path, {**document, "shortDesc": "by hand", "tags": ["human"]})
    changed = {**specs.small(key), **specs.dataset(key, "ORDERS", schema=[{"name": "b", "type": "bigint"}])}
    done(workshop, changed)
    after = workshop.session.get(path)
    assert isinstance(after, dict)
    assert (after["shortDesc"], after["tags"]) == ("by hand", ["human"])
    assert after["schema"]["columns"][0]["name"] == "b"


def test_a_refused_dataset_skips_its_recipe_and_nothing_else(workshop: Workshop, node: NodeProcess, key: str) -> None:
    plan = workshop.plan(specs.whole(key))
    node.fail("status", "POST", f"/projects/{key}/datasets/managed", status=400, on_hit=1, times=1)
    result = workshop.apply(plan, parallelism=1)
    failed = [change for change in result.changes if change.status is ChangeStatus.FAILED]
    assert [change.address.kind for change in failed] == ["dataset"]
    assert "400" in failed[0].message
    assert status_of(result, f"recipe.{key}.prep") is ChangeStatus.SKIPPED
    assert str(failed[0].address) in message_of(result, f"recipe.{key}.prep")
    others = {change.status for change in result.changes if change.address.kind not in ("dataset", "recipe")}
    assert others == {ChangeStatus.DONE}
    assert result.status is RunStatus.PARTIAL
    assert failed[0].address not in workshop.state().resources
    assert Address("zone", key, "raw") in workshop.state().resources
    with pytest.raises(OpenRun) as caught:
        workshop.apply(plan)
    assert caught.value.run == result.run
    assert f"resume {result.run}" in str(caught.value)
    resumed = workshop.elsewhere().resume()
    assert resumed.status is RunStatus.OK
    assert resumed.run == result.run
    assert resumed.resumed_from.startswith("tester@")
    assert workshop.plan(specs.whole(key)).is_empty


def test_nothing_done_leaves_no_open_run(workshop: Workshop, node: NodeProcess, key: str) -> None:
    node.fail("status", "POST", "/projects/?$", status=400)
    result = workshop.apply(workshop.plan(specs.small(key)))
    assert result.status is RunStatus.FAILED
    assert workshop.store.heads.read().head.open_run is None
    assert workshop.store.heads.read().head.serial == 0
    done(workshop, specs.small(key))


def test_a_foreign_edit_between_plan_and_apply_is_a_conflict_and_stays(
    workshop: Workshop, node: NodeProcess, key: str
) -> None:
    done(workshop, specs.small(key))
    changed = {**specs.small(key), **specs.dataset(key, "ORDERS", schema=[{"name": "b", "type": "bigint"}])}
    plan = workshop.plan(changed)
    path = f"/projects/{key}/datasets/ORDERS"
    document = workshop.session.get(path)
    assert isinstance(document, dict)
    workshop.session.put(path, {**document, "tags": ["human"]})
    node.clear_requests()
    result = workshop.apply(plan)
    assert status_of(result, f"dataset.{key}.ORDERS") is ChangeStatus.CONFLICT
    assert "somebody changed" in message_of(result, f"dataset.{key}.ORDERS")
    assert writes(node) == []
    after = workshop.session.get(path)
    assert isinstance(after, dict)
    assert after["tags"] == ["human"]
    assert after["schema"]["columns"][0]["name"] == "a"


def test_a_name_taken_since_the_plan_is_a_conflict(workshop: Workshop, key: str) -> None:
    done(workshop, specs.project(key))
    plan = workshop.plan(specs.small(key))
    workshop.session.post(f"/projects/{key}/flow/zones", {"name": "raw", "color": "#000000"})
    result = workshop.apply(plan)
    assert status_of(result, f"zone.{key}.raw") is ChangeStatus.CONFLICT
    assert status_of(result, f"dataset.{key}.ORDERS") is ChangeStatus.SKIPPED


def test_an_object_deleted_since_the_plan_is_a_conflict_for_an_update(workshop: Workshop, key: str) -> None:
    done(workshop, specs.small(key))
    changed = {**specs.small(key), **specs.dataset(key, "ORDERS", schema=[{"name": "b", "type": "bigint"}])}
    plan = workshop.plan(changed)
    workshop.session.delete(f"/projects/{key}/datasets/ORDERS")
    assert status_of(workshop.apply(plan), f"dataset.{key}.ORDERS") is ChangeStatus.CONFLICT


def test_delete_removes_and_an_object_that_is_gone_already_is_done(workshop: Workshop, key: str) -> None:
    done(workshop, {**specs.small(key), **specs.dataset(key, "OLD"), **specs.dataset(key, "OLDER")})
    plan = workshop.plan(specs.small(key))
    workshop.session.delete(f"/projects/{key}/datasets/OLDER")
    result = workshop.apply(plan)
    assert result.status is RunStatus.OK
    assert {str(c.address) for c in result.changes} == {f"dataset.{key}.OLD", f"dataset.{key}.OLDER"}
    assert set(workshop.state().resources) == {Address.parse(text) for text in specs.small(key)}
    assert workshop.plan(specs.small(key)).is_empty


def test_a_replaced_dataset_takes_its_recipe_along_and_both_come_back(
    workshop: Workshop, node: NodeProcess, key: str
) -> None:
    done(workshop, specs.whole(key))
    changed: Specs = {**specs.whole(key), f"dataset.{key}.ORDERS": {"type": "Inline", "zone": "raw"}}
    plan = workshop.plan(changed)
    actions = {str(change.address): change.action for change in plan.changes if change.tasks}
    assert actions == {f"dataset.{key}.ORDERS": Action.REPLACE, f"recipe.{key}.prep": Action.REPLACE}
    node.clear_requests()
    result = workshop.apply(plan)
    assert result.status is RunStatus.OK, [change.message for change in result.changes]
    deletes = [write for write in writes(node) if write.startswith("DELETE")]
    assert [write.split("/")[3] for write in deletes] == ["recipes", "datasets"]
    assert workshop.plan(changed).is_empty


def test_an_update_that_moves_a_dataset_tolerates_that_its_recipe_moved_along(workshop: Workshop, key: str) -> None:
    declared: Specs = {**specs.whole(key), f"zone.{key}.clean": {"color": "#00aa00"}}
    done(workshop, declared)
    recipe = {**specs.whole(key)[f"recipe.{key}.prep"], "code": "print(2)\n", "zone": "clean"}
    moved: Specs = {
        **declared,
        **specs.dataset(key, "CLEAN", zone="clean"),
        f"recipe.{key}.prep": recipe,
    }
    done(workshop, moved)
    assert workshop.plan(moved).is_empty


def test_forget_keeps_the_object_and_a_change_of_lifecycle_is_recorded(
    workshop: Workshop, node: NodeProcess, key: str
) -> None:
    done(workshop, {**specs.small(key), **specs.dataset(key, "KEPT")})
    protected = {f"dataset.{key}.ORDERS": Lifecycle(protect=True)}
    node.clear_requests()
    result = workshop.apply(workshop.plan(specs.small(key), forget=(f"dataset.{key}.KEPT",), lifecycle=protected))
    assert result.status is RunStatus.OK
    assert writes(node) == []
    assert workshop.session.get(f"/projects/{key}/datasets/KEPT")
    state = workshop.state()
    assert Address("dataset", key, "KEPT") not in state.resources
    assert state.resources[Address("dataset", key, "ORDERS")].lifecycle.protect


def test_adoption_records_without_touching_the_objects(workshop: Workshop, node: NodeProcess, key: str) -> None:
    done(workshop, specs.whole(key))
    theirs = Workshop(workshop.node_url, workshop.node_key, workshop.s3, f"{workshop.prefix}-second", stack="crm")
    plan = theirs.plan(specs.whole(key))
    assert {change.action for change in plan.changes} == {Action.ADOPT}
    node.clear_requests()
    result = theirs.apply(plan)
    assert result.status is RunStatus.OK
    assert writes(node) == []  # the mark is there already: the same stack, another store
    assert all(entry.adopted for entry in theirs.state().resources.values())
    assert theirs.plan(specs.whole(key)).is_empty
    theirs.close()


def test_a_project_is_marked_and_one_of_another_stack_is_refused(
    workshop: Workshop, node: NodeProcess, key: str
) -> None:
    done(workshop, specs.small(key))
    metadata = workshop.session.get(f"/projects/{key}/metadata")
    assert isinstance(metadata, dict)
    assert sorted(metadata["tags"]) == ["gold", "iac:crm"]
    other = workshop.elsewhere(stack="sales")
    plan = other.plan(specs.small(key))
    node.clear_requests()
    with pytest.raises(StateError, match="iac:crm") as caught:
        other.apply(plan)
    assert key in str(caught.value)
    assert writes(node) == []
    assert other.store.heads.read().head.open_run is None
    other.close()


def test_a_project_that_was_there_is_marked_before_anything_else(
    workshop: Workshop, node: NodeProcess, key: str
) -> None:
    workshop.session.post("/projects/", {"projectKey": key, "name": key, "owner": "admin"})
    plan = workshop.plan({k: v for k, v in specs.small(key).items() if not k.startswith("project.")})
    node.clear_requests()
    assert workshop.apply(plan).status is RunStatus.OK
    assert writes(node)[0] == f"PUT /projects/{key}/metadata"
    metadata = workshop.session.get(f"/projects/{key}/metadata")
    assert isinstance(metadata, dict)
    assert "iac:crm" in metadata["tags"]


def test_a_plan_of_an_older_state_is_refused(workshop: Workshop, key: str) -> None:
    stale = workshop.plan(specs.small(key))
    done(workshop, specs.project(key))
    with pytest.raises(StalePlan, match="make a new plan"):
        workshop.apply(stale)


def test_a_plan_of_another_stack_is_refused(workshop: Workshop, key: str) -> None:
    other = workshop.elsewhere(stack="sales")
    with pytest.raises(StalePlan, match="lineage"):
        workshop.apply(other.plan(specs.small(key)))
    other.close()


def test_a_stack_at_work_elsewhere_is_refused_with_its_holder(workshop: Workshop, key: str) -> None:
    plan = workshop.plan(specs.small(key))
    with workshop.elsewhere().store.leases.acquire(workshop.owner(run="other-run")), pytest.raises(LeaseHeld) as caught:
        workshop.apply(plan)
    assert "other-run" in str(caught.value)
    done(workshop, specs.small(key))


def test_one_who_lost_the_lease_stops_and_the_other_finishes(workshop: Workshop, node: NodeProcess, key: str) -> None:
    plan = workshop.plan(specs.whole(key))
    other = workshop.elsewhere()
    finished: list[RunResult] = []

    def take_over(done: int, total: int, what: str) -> None:
        if not finished:
            other.store.leases.break_lease(by="operator", reason="test")
            finished.append(other.resume())
            node.clear_requests()

    with pytest.raises(LeaseLost):
        workshop.apply(plan, progress=take_over, parallelism=1)
    assert finished[0].status is RunStatus.OK
    assert writes(node) == []
    assert workshop.plan(specs.whole(key)).is_empty
    other.close()


def test_a_node_that_goes_away_ends_the_run_and_resume_goes_on(workshop: Workshop, node: NodeProcess, key: str) -> None:
    plan = workshop.plan(specs.whole(key))
    node.fail("html", "*", "^/projects", on_hit=30, times=100_000, status=502)
    result = workshop.apply(plan, parallelism=2)
    assert result.status is RunStatus.PARTIAL
    kinds = {change.status for change in result.changes}
    assert ChangeStatus.SKIPPED in kinds
    assert kinds <= {ChangeStatus.DONE, ChangeStatus.SKIPPED, ChangeStatus.FAILED, ChangeStatus.UNKNOWN}
    node.clear_faults()
    other = workshop.elsewhere()
    assert other.resume().status is RunStatus.OK
    assert other.plan(specs.whole(key)).is_empty
    other.close()


def test_the_plan_of_one_node_is_refused_on_another(workshop: Workshop, key: str) -> None:
    plan = workshop.plan(specs.small(key))
    twin = workshop.elsewhere()
    twin.node_url = workshop.node_url.replace("127.0.0.1", "localhost")
    with pytest.raises(StateError, match="the plan is for node"):
        twin.apply(plan)
    twin.close()


def test_abandon_keeps_what_was_done_and_frees_the_stack(workshop: Workshop, node: NodeProcess, key: str) -> None:
    node.fail("status", "POST", f"/projects/{key}/datasets/managed", status=400)
    result = workshop.apply(workshop.plan(specs.small(key)))
    assert result.status is RunStatus.PARTIAL
    given_up = workshop.elsewhere().abandon(result.run)
    assert status_of(given_up, f"dataset.{key}.ORDERS") is ChangeStatus.SKIPPED
    assert status_of(given_up, f"zone.{key}.raw") is ChangeStatus.DONE
    assert given_up.status is RunStatus.ABANDONED
    assert workshop.store.heads.read().head.open_run is None
    assert Address("zone", key, "raw") in workshop.state().resources
    plan = workshop.plan(specs.small(key))
    assert [str(c.address) for c in plan.changes if c.tasks] == [f"dataset.{key}.ORDERS"]
    assert workshop.apply(plan).status is RunStatus.OK
    assert workshop.elsewhere().abandon(result.run).changes == ()
    assert workshop.resume(result.run).changes == ()


def test_abandon_counts_a_creation_that_left_nothing_to_write(workshop: Workshop, node: NodeProcess, key: str) -> None:
    """The plan of a creation has more steps than are needed when the node made the object as declared at once."""
    wanted = {**specs.small(key), **specs.dataset(key, "LATER")}
    node.fail("status", "POST", f"/projects/{key}/flow/zones", status=400)
    result = workshop.apply(workshop.plan(wanted))
    assert result.status is RunStatus.PARTIAL
    done = {change.address for change in result.changes if change.status is ChangeStatus.DONE}
    assert Address("dataset", key, "LATER") in done
    given_up = workshop.elsewhere().abandon(result.run)
    assert {change.address for change in given_up.changes if change.status is ChangeStatus.DONE} == done
    assert [
        change.message for change in given_up.changes if change.status is ChangeStatus.DONE and change.message
    ] == []
    assert "Run abandoned: " in render_result(given_up)
    assert "stays open" not in render_result(given_up)


def test_abandon_says_what_is_begun_and_not_finished(workshop: Workshop, node: NodeProcess, key: str) -> None:
    wanted = {**specs.project(key), **specs.dataset(key, "ORDERS", tags=["a"])}
    node.fail("status", "PUT", f"/projects/{key}/datasets/ORDERS", status=400)
    result = workshop.apply(workshop.plan(wanted))
    assert status_of(result, f"dataset.{key}.ORDERS") is ChangeStatus.FAILED
    given_up = workshop.elsewhere().abandon(result.run)
    told = next(change for change in given_up.changes if change.address == Address("dataset", key, "ORDERS"))
    assert (told.status, told.message) == (ChangeStatus.DONE, "begun, and not finished: a new plan shows the rest")


def test_what_cannot_be_resumed_is_told(workshop: Workshop, key: str) -> None:
    with pytest.raises(StateError, match="no run of this stack is open"):
        workshop.resume()
    with pytest.raises(StateError, match="there is no plan of run"):
        workshop.resume("20260101T000000Z-00000000")
