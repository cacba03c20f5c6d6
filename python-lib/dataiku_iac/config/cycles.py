"""Circles in a graph, found without recursion in time proportional to its size: chains of 10,000 are normal here."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import TypeVar

__all__ = ["find_cycles"]

Node = TypeVar("Node", bound=Hashable)


def find_cycles(edges: Mapping[Node, Sequence[Node]]) -> list[list[Node]]:
    """Return one shortest circle of each group of nodes that can reach each other; the first node is repeated at the end.

    >>> find_cycles({"a": ["b"], "b": ["c"], "c": ["a"], "d": ["a"]})
    [['a', 'b', 'c', 'a']]
    """
    return [
        _shortest_cycle(group, edges)
        for group in _components(edges)
        if len(group) > 1 or group[0] in edges.get(group[0], ())
    ]


def _components(edges: Mapping[Node, Sequence[Node]]) -> list[list[Node]]:
    """Tarjan's strongly connected components, with a stack of iterators in place of recursion."""
    index: dict[Node, int] = {}
    low: dict[Node, int] = {}
    open_nodes: list[Node] = []
    is_open: set[Node] = set()
    components: list[list[Node]] = []
    for root in edges:
        if root in index:
            continue
        work = [(root, iter(edges.get(root, ())))]
        index[root] = low[root] = len(index)
        open_nodes.append(root)
        is_open.add(root)
        while work:
            node, following = work[-1]
            for child in following:
                if child not in index:
                    index[child] = low[child] = len(index)
                    open_nodes.append(child)
                    is_open.add(child)
                    work.append((child, iter(edges.get(child, ()))))
                    break
                if child in is_open:
                    low[node] = min(low[node], index[child])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
                if low[node] == index[node]:
                    components.append(_pop_to(node, open_nodes, is_open))
    return components


def _pop_to(node: Node, open_nodes: list[Node], is_open: set[Node]) -> list[Node]:
    at = _last_index(open_nodes, node)
    component = open_nodes[at:]
    del open_nodes[at:]
    is_open.difference_update(component)
    return component


def _last_index(nodes: Sequence[Node], node: Node) -> int:
    at = len(nodes) - 1
    while nodes[at] != node:
        at -= 1
    return at


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
