"""The board of an apply: first come first served, and those that share a document one after the other."""

from __future__ import annotations

from dataiku_iac.core.address import Address
from dataiku_iac.core.plan import Phase, TaskRef
from dataiku_iac.engine.execution import _Ready


def task(kind: str, name: str, project: str = "P") -> TaskRef:
    return TaskRef(Address(kind, project, name), Phase.MAKE)


def turn_of(ref: TaskRef) -> tuple[str, str] | None:
    return (ref.address.kind, ref.address.project) if ref.address.kind == "wiki" else None


def test_tasks_begin_in_the_order_in_which_they_became_ready() -> None:
    ready = _Ready(turn_of)
    came = [task("dataset", "b"), task("wiki", "a"), task("dataset", "a"), task("recipe", "x")]
    for ref in came:
        ready.add(ref)
    assert [ready.take(()) for _ in came] == came
    assert not ready


def test_what_shares_a_document_waits_while_one_of_it_runs() -> None:
    ready = _Ready(turn_of)
    first, second, other, dataset = task("wiki", "1"), task("wiki", "2"), task("wiki", "1", "Q"), task("dataset", "d")
    for ref in (second, other, dataset):
        ready.add(ref)
    assert ready.take([first]) == other
    assert ready.take([first, other]) == dataset
    assert ready.take([first, other, dataset]) is None
    assert ready  # something is left to do
    assert ready.take([dataset]) == second


def test_a_thousand_that_wait_cost_nothing_per_take() -> None:
    asked = 0

    def counted(ref: TaskRef) -> tuple[str, str] | None:
        nonlocal asked
        asked += 1
        return turn_of(ref)

    ready = _Ready(counted)
    running = [task("wiki", "0")]
    for number in range(1000):
        ready.add(task("wiki", str(number + 1)))
    asked = 0
    for _ in range(100):
        assert ready.take(running) is None
    assert asked == 100  # for what runs, not for what waits
