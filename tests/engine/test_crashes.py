"""Killed at every crash point of an apply, and of the resume that follows: the end is always the same, nothing is made twice."""

from __future__ import annotations

import itertools
import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from dataiku_iac.core.address import Address
from dataiku_iac.core.errors import StateError
from dataiku_iac.core.plan import Action, Plan
from dataiku_iac.core.result import RunStatus
from dataiku_iac.engine.drift import find_drift
from dataiku_iac.resources.registry import KINDS
from emulator.launch import NodeProcess
from tests.engine import specs
from tests.engine.workshop import Specs, Workshop, run_and_die

_KILLED = -9
# Points of the two longer stories that are tried by default; CRASH_STRIDE=1 tries all.
_STRIDE = int(os.environ.get("CRASH_STRIDE", "3"))
_numbers = itertools.count(1)


class Stage:
    """Counts the crash points of one operation, then gives a fresh stack and project for every single death."""

    def __init__(self, workshop: Workshop, node: NodeProcess, tmp_path: Path) -> None:
        self.workshop = workshop
        self.node = node
        self.folder = tmp_path

    def fresh(self) -> tuple[Workshop, str]:
        number = next(_numbers)
        opened = Workshop(
            self.workshop.node_url, self.workshop.node_key, self.workshop.s3, f"{self.workshop.prefix}-{number}"
        )
        return opened, f"{self.workshop.prefix.replace('-', '_').upper()}_{number}"

    def log(self) -> Path:
        return self.folder / f"points-{next(_numbers)}.txt"

    def points(self, workshop: Workshop, operation: str, plan: Plan | None = None) -> Sequence[str]:
        log = self.log()
        assert run_and_die(workshop, operation, plan=plan, die_at=0, log=log) == 0
        return log.read_text().splitlines()

    def kill(self, workshop: Workshop, operation: str, number: int, plan: Plan | None = None) -> bool:
        """Die at that point; ``False``: this run had fewer, as records that meet share one write to the journal."""
        log = self.log()
        code = run_and_die(workshop, operation, plan=plan, die_at=number, log=log)
        passed = len(log.read_text().splitlines())
        assert (code, passed) == (_KILLED, number) or (code == 0 and passed < number)
        return code == _KILLED


@pytest.fixture
def stage(workshop: Workshop, node: NodeProcess, tmp_path: Path) -> Stage:
    return Stage(workshop, node, tmp_path)


def finish(workshop: Workshop, plan: Plan) -> None:
    """Do what a person does who finds the stack as a dead process left it, from another machine."""
    run = workshop.store.heads.read().head.open_run
    if run is not None:
        assert workshop.resume(run).status is RunStatus.OK
        return
    for left in workshop.store.plans.list_runs():  # ended or never begun; both must be told kindly
        if workshop.store.journal(left).replay().next_seq == 1:
            with pytest.raises(StateError, match="never began"):
                workshop.resume(left)
        else:
            assert workshop.resume(left).changes == ()
    if (plan.base.serial, plan.base.state_sha256) == (
        workshop.store.heads.read().head.serial,
        workshop.store.heads.read().head.state_sha256,
    ):
        assert workshop.apply(plan).status is RunStatus.OK


def check_end(workshop: Workshop, node: NodeProcess, key: str, declared: Specs) -> None:
    """State, node and store say the same, and nothing was made twice."""
    store = workshop.store
    head = store.heads.read().head
    assert head.open_run is None
    assert [entry.serial for entry in store.heads.history()][-1] == head.serial
    for run in store.plans.list_runs():
        journal = store.journal(run).replay()
        assert not journal.open_intents
        assert journal.ended is not None or journal.next_seq == 1
    with store.leases.acquire(workshop.owner()):
        pass  # whoever comes next does not have to wait
    assert set(workshop.state().resources) == {Address.parse(text) for text in declared}
    drift = find_drift(workshop.session, KINDS, workshop.state(), node_url=node.url, serial=head.serial, at="")
    assert drift.is_clean
    assert not [entry.address for entry in drift.entries if "~" in entry.address.name]
    again = workshop.plan(declared)
    assert again.is_empty
    assert all(change.action is Action.NONE for change in again.changes)
    check_nothing_twice(node, key)


def check_nothing_twice(node: NodeProcess, key: str) -> None:
    made = [
        entry
        for entry in node.requests(
            method="POST", path=rf"^/projects/{key}/(flow/zones|managedfolders|datasets|recipes|dashboards)"
        )
        if entry["effect"] and not re.search(r"(add-)?items$", entry["path"])
    ]
    kinds = [entry["path"].split("/")[3] for entry in made]
    assert len(kinds) == len(set(kinds)), kinds  # the plans here make one object of each kind
    deletes = [entry["path"] for entry in node.requests(method="DELETE", path=f"^/projects/{key}/") if entry["effect"]]
    assert len(deletes) == len(set(deletes))


def test_apply_killed_at_every_point_is_finished_by_resume(stage: Stage) -> None:
    counted, key = stage.fresh()
    points = stage.points(counted, "apply", counted.plan(specs.small(key)))
    assert len(points) > 60
    for number in range(1, len(points) + 1):
        workshop, key = stage.fresh()
        declared = specs.small(key)
        plan = workshop.plan(declared)
        stage.node.clear_requests()
        stage.kill(workshop, "apply", number, plan)
        other = workshop.elsewhere()
        finish(other, plan)
        check_end(other, stage.node, key, declared)
        other.close()
        workshop.close()


def test_update_and_delete_killed_at_every_point_are_finished_by_resume(stage: Stage) -> None:
    def first(key: str) -> Specs:
        return {**specs.small(key), **specs.dataset(key, "OLD"), f"dataset.{key}.TABLE": {"type": "Inline"}}

    def second(key: str) -> Specs:
        return {
            **specs.project(key),
            f"zone.{key}.raw": {"color": "#00bb00"},
            **specs.dataset(key, "ORDERS", schema=[{"name": "b", "type": "bigint"}]),
            **specs.dataset(key, "TABLE"),  # another type: removed and made again
        }

    def begin() -> tuple[Workshop, str, Plan]:
        workshop, key = stage.fresh()
        assert workshop.apply(workshop.plan(first(key))).status is RunStatus.OK
        return workshop, key, workshop.plan(second(key))

    counted, key, plan = begin()
    points = stage.points(counted, "apply", plan)
    for number in range(1, len(points) + 1, _STRIDE):
        workshop, key, plan = begin()
        stage.node.clear_requests()
        stage.kill(workshop, "apply", number, plan)
        other = workshop.elsewhere()
        finish(other, plan)
        check_end(other, stage.node, key, second(key))
        other.close()
        workshop.close()


def test_resume_killed_at_every_point_is_finished_by_another_resume(stage: Stage) -> None:
    """The first death stands right after the zone was made: its answer is lost, the second process must find it."""

    def begin() -> tuple[Workshop, str, Plan]:
        workshop, key = stage.fresh()
        plan = workshop.plan(specs.small(key))
        stage.node.clear_requests()
        assert stage.kill(workshop, "apply", death, plan)
        return workshop, key, plan

    counted, key = stage.fresh()
    points = stage.points(counted, "apply", counted.plan(specs.small(key)))
    writes = [i for i, point in enumerate(points, start=1) if point.endswith(" dss.write:after")]
    death = writes[3]  # project, its metadata and permissions; then the zone
    counted, key, _ = begin()
    points = stage.points(counted, "resume")
    assert len(points) > 40
    for number in range(1, len(points) + 1, _STRIDE):
        workshop, key, plan = begin()
        stage.kill(workshop, "resume", number)
        other = workshop.elsewhere()
        finish(other, plan)
        check_end(other, stage.node, key, specs.small(key))
        other.close()
        workshop.close()


def test_a_circle_killed_at_every_point_is_finished_by_resume(stage: Stage) -> None:
    counted, key = stage.fresh()
    points = stage.points(counted, "apply", counted.plan(specs.circle(key)))
    assert len(points) > 100
    for number in range(1, len(points) + 1, _STRIDE):
        workshop, key = stage.fresh()
        plan = workshop.plan(specs.circle(key))
        stage.node.clear_requests()
        stage.kill(workshop, "apply", number, plan)
        other = workshop.elsewhere()
        finish(other, plan)
        check_end(other, stage.node, key, specs.circle(key))
        other.close()
        workshop.close()


def test_a_circle_that_is_given_up_at_any_point_is_planned_to_its_end(stage: Stage) -> None:
    """The state never says more than was written: what is left shows in the next plan."""
    counted, key = stage.fresh()
    points = stage.points(counted, "apply", counted.plan(specs.circle(key)))
    for number in [i for i, point in enumerate(points, start=1) if " dss.write:" in point]:
        workshop, key = stage.fresh()
        declared = specs.circle(key)
        assert stage.kill(workshop, "apply", number, workshop.plan(declared))
        other = workshop.elsewhere()
        run = other.store.heads.read().head.open_run
        assert run is not None
        other.abandon(run)
        stage.node.clear_requests()
        assert other.apply(other.plan(declared)).status is RunStatus.OK
        check_end(other, stage.node, key, declared)
        other.close()
        workshop.close()


def test_a_circle_that_grows_and_shrinks_killed_at_every_point_is_finished_by_resume(stage: Stage) -> None:
    def second(key: str) -> Specs:
        old = specs.circle(key)
        project = dict(old[f"project.{key}"])
        project["exposed"] = {"ORDERS": ["OTHER"], "folder:in": ["OTHER"]}
        project["dashboard_authorizations"] = {"dashboard:More": ["READ"]}
        more = {"pages": [{"tiles": [{"text": "back", "clickActionDashboardId": "dashboard:Sales"}]}]}
        tiles = [
            {"insight": "Button", "at": [0, 0, 9, 9]},
            {"text": "on", "clickActionDashboardId": "dashboard:More"},
        ]
        new: dict[str, Any] = {
            **old,
            f"project.{key}": project,
            f"folder.{key}.in": {"connection": "filesystem_folders"},
            f"dashboard.{key}.More": more,
            f"dashboard.{key}.Sales": {"pages": [{"tiles": tiles}]},
        }
        del new[f"folder.{key}.out"]
        return new

    def begin() -> tuple[Workshop, str, Plan]:
        workshop, key = stage.fresh()
        assert workshop.apply(workshop.plan(specs.circle(key))).status is RunStatus.OK
        return workshop, key, workshop.plan(second(key))

    counted, key, plan = begin()
    points = stage.points(counted, "apply", plan)
    for number in range(1, len(points) + 1, _STRIDE):
        workshop, key, plan = begin()
        stage.node.clear_requests()
        stage.kill(workshop, "apply", number, plan)
        other = workshop.elsewhere()
        finish(other, plan)
        check_end(other, stage.node, key, second(key))
        other.close()
        workshop.close()
