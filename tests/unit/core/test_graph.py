from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataiku_iac.core.graph import CycleError, levels, topological_order


@given(st.dictionaries(st.integers(0, 30), st.sets(st.integers(0, 30), max_size=4), max_size=30))
def test_every_node_comes_after_what_it_needs(needs: dict[int, set[int]]) -> None:
    acyclic = {node: {other for other in others if other < node} for node, others in needs.items()}
    order = topological_order(acyclic, key=lambda node: -node)
    assert sorted(order) == sorted(acyclic)
    place = {node: i for i, node in enumerate(order)}
    assert all(place[other] < place[node] for node, others in acyclic.items() for other in others if other in place)


def test_circle_is_named_from_start_to_start() -> None:
    with pytest.raises(CycleError) as caught:
        topological_order({"a": ["b"], "b": ["c"], "c": ["a"], "d": ["a"]}, key=str)
    cycle = caught.value.cycle
    assert cycle[0] == cycle[-1]
    assert set(cycle) == {"a", "b", "c"}


def test_chain_of_100000_needs_no_recursion() -> None:
    chain = {i: [i - 1] if i else [] for i in range(100_000)}
    assert levels(chain)[99_999] == 99_999
