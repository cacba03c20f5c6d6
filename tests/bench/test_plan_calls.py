"""What a plan of 1,000 unchanged objects costs in calls; seconds are reported (``pytest -s``), calls are asserted.

Goals: at most 520 calls when nothing is known of the versions, at most 20 when they are as recorded.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from dataiku_iac.core.plan import Base
from dataiku_iac.core.problem import Place
from dataiku_iac.core.resource import Configuration, Resource
from dataiku_iac.core.secret import Secret
from dataiku_iac.core.state import Recorded, State
from dataiku_iac.dss.session import NodeSession
from dataiku_iac.engine.import_ import import_project
from dataiku_iac.engine.planning import PlanHeader
from dataiku_iac.engine.preparation import prepare_plan
from dataiku_iac.engine.refresh import refresh
from dataiku_iac.resources.registry import KINDS
from dataiku_iac.store.clock import SystemClock
from emulator.launch import NodeProcess, start_node

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "retail" / "dss-project"
PAIRS = 500
LATENCY_MS = 20


def write_chain(tree: Path, pairs: int) -> None:
    """Write a project of ``pairs`` datasets, each made from the one before by a python recipe."""
    dataset = json.loads((EXAMPLE / "datasets" / "orders_prepared.json").read_text())
    recipe = json.loads((EXAMPLE / "recipes" / "compute_customers_prepared.json").read_text())
    for folder in ("datasets", "recipes"):
        (tree / folder).mkdir(parents=True)
    (tree / "params.json").write_text((EXAMPLE / "params.json").read_text())
    for i in range(pairs):
        dataset["params"]["path"] = f"${{projectKey}}/d{i:04}"
        recipe["inputs"] = {"main": {"items": [{"ref": f"d{i - 1:04}", "deps": []}]}} if i else {}
        recipe["outputs"] = {"main": {"items": [{"ref": f"d{i:04}", "appendMode": False}]}}
        (tree / "datasets" / f"d{i:04}.json").write_text(json.dumps(dataset))
        (tree / "recipes" / f"r{i:04}.json").write_text(json.dumps(recipe))
        (tree / "recipes" / f"r{i:04}.py").write_text(f"import dataiku\n# recipe {i}\n" * 20)


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NodeProcess]:
    tree = tmp_path_factory.mktemp("tree")
    write_chain(tree, PAIRS)
    with start_node(tmp_path_factory.mktemp("node")) as process:
        process.load_project("CHAIN", tree)
        yield process


@pytest.fixture(scope="module")
def applied(node: NodeProcess) -> tuple[Configuration, State]:
    """The configuration that declares all of it, and a state as right after its apply."""
    session = NodeSession.connect(node.url, Secret(node.api_key), clock=SystemClock())
    found = import_project(session, KINDS, "CHAIN", node_url=node.url).resources
    resources = {address: Resource(address, spec, Place("bench")) for address, spec in found.items()}
    configuration = Configuration("CHAIN", "bench", resources)
    live = refresh(session, KINDS, ["CHAIN"], state=State("CHAIN", "bench"), declared=dict(found)).objects
    recorded = {
        address: Recorded(
            address,
            spec,
            live[address].id,
            live[address].stamp,
            KINDS[address.kind].fingerprint(live[address].document),
        )
        for address, spec in found.items()
    }
    node.latency(LATENCY_MS)
    return configuration, State("CHAIN", "bench", recorded)


def without_versions(state: State) -> State:
    """A state that says nothing of versions: every head has to be read whole."""
    return replace(state, resources={address: replace(entry, version="") for address, entry in state.resources.items()})


@pytest.mark.parametrize(("versions_known", "most_calls"), [(False, 520), (True, 20)])
def test_no_op_plan_of_a_thousand_objects(
    node: NodeProcess, applied: tuple[Configuration, State], *, versions_known: bool, most_calls: int
) -> None:
    configuration, state = applied
    session = NodeSession.connect(node.url, Secret(node.api_key), clock=SystemClock())
    header = PlanHeader("bench", "node", node.url, Base("lineage", 0, None), "", "")
    began = time.perf_counter()
    plan = prepare_plan(configuration, state if versions_known else without_versions(state), session, KINDS, header)
    took = time.perf_counter() - began
    print(
        f"\n{len(plan.changes)} objects, {LATENCY_MS} ms latency, versions known: {versions_known}: {session.calls} calls, {took:.2f} s"
    )
    assert plan.is_empty
    assert session.calls <= most_calls
