"""How cost grows from 100 to 1,000 objects (to 10,000 with ``IAC_BENCH=large``).

Asserted: numbers of calls, and that ten times as many objects cost about ten times as much, in function calls, bytes read
and peak memory. Seconds are reported (``pytest -s``), never asserted: a shared machine proves nothing about a program.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Final

import pytest

from dataiku_iac.core.canonical import Json, canonical_bytes
from dataiku_iac.core.plan import Base, Plan
from dataiku_iac.core.problem import Place
from dataiku_iac.core.resource import Configuration, Resource
from dataiku_iac.core.result import RunStatus
from dataiku_iac.core.secret import Secret
from dataiku_iac.core.state import State
from dataiku_iac.dss.session import NodeSession
from dataiku_iac.engine.apply import apply
from dataiku_iac.engine.drift import find_drift, report_drift
from dataiku_iac.engine.import_ import import_project
from dataiku_iac.engine.planning import PlanHeader, make_plan
from dataiku_iac.engine.preparation import prepare_plan
from dataiku_iac.engine.refresh import LiveObjects
from dataiku_iac.report import html, markdown, text
from dataiku_iac.report.json_form import drift_json, plan_json
from dataiku_iac.resources.registry import KINDS
from dataiku_iac.store.clock import RandomIds, SystemClock
from dataiku_iac.store.directory_blobs import DirectoryBlobs
from dataiku_iac.store.envelope import seal_gz, unseal_gz
from dataiku_iac.store.processes import make_owner
from dataiku_iac.store.stack_store import StackStore
from emulator.launch import NodeProcess, start_node
from tests.bench.conftest import KEY, Bench
from tests.bench.cost import GROWTH, Cost, WeighedNode, measure
from tests.bench.trees import Size, write_project

_LISTS: Final = len(KINDS.kinds) + 10
"""Calls that do not depend on size: a list per kind, the parts of the project, who we are."""


def check(what: str, costs: list[tuple[int, Cost]]) -> None:
    """Print what each size costs; ten times as many may not cost more than about ten times as much."""
    for objects, cost in costs:
        print(
            f"\n{what}, {objects:,}: {cost.seconds:.2f} s, {cost.operations:,} calls, {cost.peak / 2**20:.1f} MiB",
            end="",
        )
    for (_, small), (_, large) in pairwise(costs):
        assert large.operations <= GROWTH * small.operations, what
        assert large.peak <= GROWTH * small.peak, what


def compare(what: str, benches: list[Bench], work: Callable[[Bench], object]) -> None:
    check(what, [(bench.objects, measure(lambda bench=bench: work(bench))[1]) for bench in benches])  # type: ignore[misc]


def check_each(what: str, objects: int, cost: Cost, *, at_most: int) -> None:
    """Print and limit how many function calls one object costs, whatever their number: these do not depend on the machine."""
    print(f"\n{what}, {objects:,}: {cost.operations / objects:,.0f} calls per object", end="")
    assert cost.operations <= at_most * objects, what


# --- before the plan ---


@pytest.mark.parametrize("what", ["import, reading", "import, files", "load configuration"])
def test_import_and_load(benches: list[Bench], what: str) -> None:
    check(what, [(bench.objects, bench.costs[what]) for bench in benches])


def test_import_asks_once_per_recipe_scenario_and_library_file_and_for_the_worksheets_of_each_dataset(
    benches: list[Bench],
) -> None:
    for bench in benches:
        size = Size.of(bench.objects)
        assert bench.import_calls <= 2 * size.pairs + size.scenarios + size.libraries + _LISTS
        assert len(bench.configuration.resources) >= bench.objects


def test_what_an_object_costs_to_load(benches: list[Bench]) -> None:
    """About 2,000; 1,300 more where jsonschema alone tells that an entry is fine."""
    for bench in benches:
        check_each("load configuration", bench.objects, bench.costs["load configuration"], at_most=2_600)


# --- the plan ---


def planned(bench: Bench, state: State) -> tuple[Plan, int]:
    """Return a plan and how many calls it took."""
    before = bench.session.calls
    plan = prepare_plan(bench.configuration, state, bench.session, KINDS, bench.header)
    return plan, bench.session.calls - before


def test_calls_of_a_plan_of_nothing(benches: list[Bench]) -> None:
    for bench in benches:
        size = Size.of(bench.objects)
        plan, calls = planned(bench, bench.state)
        assert plan.is_empty
        assert calls <= 15 + size.libraries  # library files have no version
        plan, calls = planned(bench, bench.without_versions)
        assert plan.is_empty
        assert calls <= 15 + size.pairs + size.scenarios + size.libraries


def test_plan_of_nothing_with_versions(benches: list[Bench]) -> None:
    compare("plan, nothing to do, versions known", benches, lambda bench: planned(bench, bench.state))


def test_plan_of_nothing_without_versions(benches: list[Bench]) -> None:
    compare("plan, nothing to do, versions unknown", benches, lambda bench: planned(bench, bench.without_versions))


def all_new(bench: Bench) -> Plan:
    return make_plan(bench.configuration, bench.nothing, LiveObjects({}), KINDS, bench.header)


def all_gone(bench: Bench) -> Plan:
    nothing = replace(bench.configuration, resources={})
    return make_plan(nothing, bench.state, bench.live, KINDS, bench.header)


def test_plan_of_everything_new(benches: list[Bench]) -> None:
    compare("plan, everything new", benches, all_new)


def test_what_a_new_object_costs_to_plan(benches: list[Bench]) -> None:
    """About 1,900; 500 more where what is to be created is laid over nothing twice."""
    for bench in benches:
        cost = measure(lambda bench=bench: all_new(bench))[1]  # type: ignore[misc]
        check_each("plan, everything new", bench.objects, cost, at_most=2_200)


def test_plan_of_everything_deleted(benches: list[Bench]) -> None:
    compare("plan, everything deleted", benches, all_gone)


def test_plan_is_written_and_read(benches: list[Bench]) -> None:
    stored = {bench.objects: all_new(bench).to_json() for bench in benches}
    compare("plan, to bytes", benches, lambda bench: canonical_bytes(stored[bench.objects]))
    compare("plan, from JSON", benches, lambda bench: Plan.from_json(stored[bench.objects], where="bench"))


@pytest.mark.parametrize("form", ["text", "markdown", "html"])
def test_reports_of_a_plan(benches: list[Bench], form: str) -> None:
    plans = {bench.objects: all_new(bench) for bench in benches}
    forms: dict[str, Callable[[Plan], str]] = {
        "text": text.render_plan,
        "markdown": markdown.render_plan,
        "html": lambda plan: html.render_plan(plan, plan_json(plan)),
    }
    compare(f"plan as {form}", benches, lambda bench: forms[form](plans[bench.objects]))


# --- state and drift ---


def test_state_is_sealed_and_opened(benches: list[Bench]) -> None:
    sealed = {bench.objects: seal_gz(bench.state.to_json()) for bench in benches}
    compare("state, to bytes", benches, lambda bench: seal_gz(bench.state.to_json()))

    def opened(bench: Bench) -> State:
        found: Json = unseal_gz(sealed[bench.objects], where="bench")
        return State.from_json(found, where="bench")

    compare("state, from bytes", benches, opened)


def tagged(state: State) -> State:
    """A state as if every dataset and recipe had lost a tag since."""
    entries = {
        address: replace(entry, version="", fingerprint="", spec={**entry.spec, "tags": ["lost"]})
        if address.kind in ("dataset", "recipe")
        else entry
        for address, entry in state.resources.items()
    }
    return replace(state, resources=entries)


def test_drift(benches: list[Bench]) -> None:
    def found(bench: Bench) -> str:
        report = report_drift(
            KINDS, tagged(bench.state), bench.live, node_url=bench.node.url, serial=1, at="2026-01-01T00:00:00Z"
        )
        assert len(report.entries) >= 2 * Size.of(bench.objects).pairs
        return text.render_drift(report) + markdown.render_drift(report) + html.render_drift(report, drift_json(report))

    compare("drift of everything, with reports", benches, found)


def test_calls_of_drift(benches: list[Bench]) -> None:
    for bench in benches:
        before = bench.session.calls
        report = find_drift(bench.session, KINDS, bench.state, node_url=bench.node.url, serial=1, at="")
        assert not [entry for entry in report.entries if entry.fields]
        assert bench.session.calls - before <= _LISTS + Size.of(bench.objects).libraries


# --- apply ---


def applied(size: Size, folder: Path, source: NodeProcess, target: NodeProcess) -> tuple[WeighedNode, int]:
    """Bring a generated project to an empty node and return what that took, and how many objects it is."""
    write_project(folder / "tree", size)
    source.load_project(KEY, folder / "tree")
    with NodeSession.connect(source.url, Secret(source.api_key), clock=SystemClock()) as session:
        found = import_project(session, KINDS, KEY, node_url=source.url).resources
    resources = {address: Resource(address, spec, Place("bench")) for address, spec in found.items()}
    clock, ids = SystemClock(), RandomIds()
    store = StackStore.open_or_init(
        DirectoryBlobs(folder / "store"), environment="bench", stack=KEY, clock=clock, ids=ids
    )
    head = store.heads.read().head
    header = PlanHeader("p", "node", target.url, Base(head.lineage, head.serial, head.state_sha256), "", "admin")
    with NodeSession.connect(target.url, Secret(target.api_key), clock=clock) as session:
        plan = prepare_plan(Configuration(KEY, "bench", resources), State(KEY, "bench"), session, KINDS, header)
        node = WeighedNode(session)
        owner = make_owner(
            run=f"20260101T000000Z-{size.pairs:08}", op="apply", user="t", node_url="", plugin_version=""
        )
        result = apply(plan, session=node, store=store, registry=KINDS, clock=clock, owner=owner)
    assert result.status is RunStatus.OK
    snapshot = store.heads.load(store.heads.read().head)
    assert snapshot is not None
    assert snapshot.resources == len(resources)
    return node, len(resources)


def test_apply_on_an_empty_node(tmp_path: Path) -> None:
    """Zones of a fixed size: an object costs the same calls and the same bytes whatever the size of its project.

    A dataset in a zone: look (absent), POST, read back, POST to the zone, read the zone back.
    """
    taken: list[tuple[WeighedNode, int]] = []
    for pairs in (40, 400):
        size = Size(pairs, zones=pairs // 10, scenarios=pairs // 20)
        folder = tmp_path / str(pairs)
        with start_node(folder / "source") as source, start_node(folder / "target") as target:
            node, objects = applied(size, folder, source, target)
        print(
            f"\napply, {objects}: {node.calls} calls, {node.read_bytes:,} bytes read, {node.reply_bytes:,} of replies",
            end="",
        )
        assert node.calls <= 5 * objects + 40
        taken.append((node, objects))
    (small, few), (large, many) = taken
    ratio = many / few * GROWTH / 10
    assert large.calls <= ratio * small.calls
    assert large.read_bytes <= ratio * small.read_bytes
    assert large.reply_bytes <= ratio * small.reply_bytes
