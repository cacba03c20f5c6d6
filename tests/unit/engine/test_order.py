"""Order of effects: chains without end, projects that use each other's objects, deletions the other way round."""

from __future__ import annotations

from dataclasses import replace

from dataiku_iac.core.address import Address
from dataiku_iac.core.graph import topological_order
from dataiku_iac.core.impact import Impact
from dataiku_iac.core.kind import Registry
from dataiku_iac.core.plan import Phase, Plan, TaskRef
from dataiku_iac.core.resource import Configuration
from dataiku_iac.core.state import State
from dataiku_iac.engine.impact import find_impact, with_latency
from dataiku_iac.engine.planning import make_plan
from dataiku_iac.engine.refresh import LiveObjects
from tests.unit.engine.test_planning import HEADER, recorded
from tests.unit.engine.toy_kinds import REGISTRY, Cup, Tea, configuration, cup, live, tea

LONG = 10_000


class Project(Cup):
    name = "project"
    section = "project"
    rank = 0


WITH_PROJECTS = Registry([Project(), Cup(), Tea()])


def order_of(plan: Plan) -> list[TaskRef]:
    tasks = {TaskRef(c.address, task.phase): task.requires for c in plan.changes for task in c.tasks}
    return topological_order(tasks, key=str)


def chain() -> dict[Address, dict[str, object]]:
    specs: dict[Address, dict[str, object]] = {cup("C00000"): {}}
    for n in range(LONG // 2):
        specs[tea(f"T{n:05}")] = {"reads": f"C{n:05}", "writes": f"C{n + 1:05}"}
        specs[cup(f"C{n + 1:05}")] = {}
    return specs


def test_a_chain_of_ten_thousand_is_created_and_deleted_in_order() -> None:
    specs = chain()
    made = make_plan(configuration(specs), State("P", "dev"), LiveObjects({}), REGISTRY, HEADER)  # type: ignore[arg-type]
    order = [ref.address for ref in order_of(made)]
    place = {address: n for n, address in enumerate(order)}
    assert len(order) == LONG + 1
    assert all(place[cup(f"C{n:05}")] < place[tea(f"T{n:05}")] for n in range(LONG // 2))
    shown = [change.address for change in made.changes if change.address.kind == "tea"]
    assert shown == sorted(shown)  # producers before consumers
    state = State("P", "dev", dict(recorded(address, spec) for address, spec in specs.items()))  # type: ignore[arg-type]
    there = LiveObjects(dict(live(address, "1@1", **spec) for address, spec in specs.items()))
    gone = make_plan(configuration({}), state, there, REGISTRY, HEADER)
    place = {ref.address: n for n, ref in enumerate(order_of(gone))}
    assert all(place[tea(f"T{n:05}")] < place[cup(f"C{n:05}")] for n in range(LONG // 2))


def test_impact_along_a_chain_of_ten_thousand() -> None:
    specs = chain()
    declared = {**specs, cup("C00000"): {"size": "large"}}
    state = State("P", "dev", dict(recorded(address, spec) for address, spec in specs.items()))  # type: ignore[arg-type]
    there = LiveObjects(dict(live(address, "1@1", **spec) for address, spec in specs.items()))
    files = configuration(declared)  # type: ignore[arg-type]
    plan = make_plan(files, state, there, REGISTRY, HEADER)
    assert find_impact(plan, files, there, REGISTRY).stale == ()  # a size is metadata
    made = make_plan(files, State("P", "dev"), LiveObjects({}), REGISTRY, HEADER)
    assert with_latency(Impact(calls=40_000), made, 20.0).seconds >= 40_000 * 0.02 / 8


def test_an_object_of_another_project_is_used_after_that_project_exposes_it() -> None:
    other, mine = Address("project", "Q"), Address("project", "P")

    class Abroad(Tea):
        def references(self, spec, address):  # type: ignore[no-untyped-def]
            return [replace(r, to=Address("cup", "Q", r.to.name)) for r in super().references(spec, address)]

    registry = Registry([Project(), Cup(), Abroad()])
    specs = {mine: {}, other: {"glaze": "x"}, Address("cup", "Q", "C"): {}, tea("T"): {"reads": "C"}}
    files: Configuration = configuration(specs)
    plan = make_plan(files, State("P", "dev"), LiveObjects({}), registry, HEADER)
    (task,) = next(change for change in plan.changes if change.address == tea("T")).tasks
    assert {ref.address for ref in task.requires} == {mine, other, Address("cup", "Q", "C")}
    assert all(ref.phase is Phase.MAKE for ref in task.requires)
