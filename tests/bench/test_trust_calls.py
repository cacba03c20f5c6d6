"""What a plan of many projects with nothing changed costs in calls where their git is trusted: one per project, and a handful.

Goal: at most 110 calls for 10,000 objects in 100 projects (``IAC_BENCH=large``; minutes).
"""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Final

import pytest

from dataiku_iac.core.address import Address
from dataiku_iac.core.canonical import JsonObject
from dataiku_iac.core.plan import Action, Base
from dataiku_iac.core.problem import Place
from dataiku_iac.core.proof import Basis, Proofs
from dataiku_iac.core.resource import Configuration, Resource
from dataiku_iac.core.secret import Secret
from dataiku_iac.core.state import Recorded, State
from dataiku_iac.dss.identity import read_identity, read_node_facts
from dataiku_iac.dss.session import NodeSession
from dataiku_iac.engine.import_ import import_project
from dataiku_iac.engine.planning import PlanHeader
from dataiku_iac.engine.preparation import prepare_plan
from dataiku_iac.engine.refresh import refresh
from dataiku_iac.engine.trust import GitTrust
from dataiku_iac.resources.registry import KINDS
from dataiku_iac.store.clock import SystemClock
from emulator.launch import NodeProcess, start_node
from tests.bench.trees import Size, write_project

_LARGE: Final = os.environ.get("IAC_BENCH") == "large"
SHAPES: Final = [(12, 10), (100, 100)] if _LARGE else [(12, 10)]


def declare_all(node: NodeProcess, folder: Path, projects: int, objects: int) -> dict[Address, JsonObject]:
    """Load that many projects of that many objects and return what declares all of it."""
    write_project(folder / "tree", Size.of(objects))
    declared: dict[Address, JsonObject] = {}
    with NodeSession.connect(node.url, Secret(node.api_key), clock=SystemClock()) as session:
        for number in range(projects):
            node.load_project(f"P{number:03}", folder / "tree")
            # An apply puts the stack's mark on each project; a tree by itself has no version tag.
            metadata = session.get(f"/projects/P{number:03}/metadata")
            session.put(f"/projects/P{number:03}/metadata", metadata)
            declared |= import_project(session, KINDS, f"P{number:03}", node_url=node.url).resources
    return declared


def recorded(session: NodeSession, declared: dict[Address, JsonObject]) -> State:
    """Return a state as right after an apply of everything."""
    keys = {address.project for address in declared}
    live = refresh(session, KINDS, keys, state=State("many", "bench"), declared=declared).objects
    entries = {
        address: Recorded(
            address,
            spec,
            live[address].id,
            live[address].stamp,
            KINDS[address.kind].fingerprint(live[address].document),
        )
        for address, spec in declared.items()
    }
    return State("many", "bench", entries)


@pytest.mark.parametrize(("projects", "objects"), SHAPES)
def test_calls_of_a_plan_with_nothing_changed(projects: int, objects: int, tmp_path: Path) -> None:
    with start_node(tmp_path / "node") as node:
        declared = declare_all(node, tmp_path, projects, objects)
        resources = {address: Resource(address, spec, Place("bench")) for address, spec in declared.items()}
        configuration = Configuration("many", "bench", resources)
        with NodeSession.connect(node.url, Secret(node.api_key), clock=SystemClock()) as session:
            state = recorded(session, declared)

        def planned(stored: Proofs | None) -> tuple[GitTrust, int]:
            """Plan as the command does, and return what it learned and how many calls it made."""
            began = time.perf_counter()
            with NodeSession.connect(node.url, Secret(node.api_key), clock=SystemClock()) as session:
                login = read_identity(session).login
                facts = read_node_facts(session)
                basis = Basis(node.url, facts.node_id, facts.dss_version, "bench")
                trust = GitTrust(basis, stored, makes=True)
                header = PlanHeader("p", "node", node.url, Base("l", 0, None), "", login)
                plan = prepare_plan(configuration, state, session, KINDS, header, trust=trust)
                assert all(change.action is Action.NONE for change in plan.changes)
                assert plan.unread == tuple(sorted(trust.unread))
                seconds = time.perf_counter() - began
                print(
                    f"\n{len(plan.changes):,} objects, {projects} projects, {len(plan.unread)} of them not read: "
                    f"{session.calls} calls, {seconds:.2f} s",
                    end="",
                )
                return trust, session.calls

        first, calls_before = planned(None)
        assert first.proofs is not None
        assert len(first.proofs.projects) == projects
        second, calls = planned(first.proofs)
        assert len(second.unread) == projects
        assert second.proofs is None
        assert calls <= projects + 10
        assert calls * 5 <= calls_before
        node.person("P003").save(("DATASET", "d0001"), noise="none")
        third, calls = planned(first.proofs)
        assert set(configuration.projects) - third.unread.keys() == {"P003"}
        assert calls <= projects + 30
