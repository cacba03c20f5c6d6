"""Circles in a graph, found without recursion in time proportional to its size: chains of 10,000 are normal here."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import TypeVar

from dataiku_iac.core.graph import connected_groups

__all__ = ["find_cycles"]

Node = TypeVar("Node", bound=Hashable)


def find_cycles(edges: Mapping[Node, Sequence[Node]]) -> list[list[Node]]:
    """Return one shortest circle of each group of nodes that can reach each other; the first node is repeated at the end.

    >>> find_cycles({"a": ["b"], "b": ["c"], "c": ["a"], "d": ["a"]})
    [['a', 'b', 'c', 'a']]
    """
    return [
        _shortest_cycle(group, edges)
        for group in connected_groups(edges)
        if len(group) > 1 or group[0] in edges.get(group[0], ())
    ]


def _shortest_cycle(group: Iterable[Node], edges: Mapping[Node, Sequence[Node]]) -> list[Node]:
    """Return the shortest way from the first node of the group back to itself, within the group."""
    members = set(group)
    start = min(members, key=str)
    came_from: dict[Node, Node] = {}
    waiting = [start]
    for node in waiting:
        for child in sorted(edges.get(node, ()), key=str):
            if child == start:
                path = [start]
                while node != start:
                    path.append(node)
                    node = came_from[node]
                return [*path[:1], *reversed(path[1:]), start]
            if child in members and child not in came_from:
                came_from[child] = node
                waiting.append(child)
    return [start, start]
