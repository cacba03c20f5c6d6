"""Order among things that need each other. Iterative and O(nodes + edges): 100,000 addresses, chains of 10,000."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import TypeVar

__all__ = ["CycleError", "connected_groups", "levels", "topological_order"]

Node = TypeVar("Node", bound=Hashable)


class CycleError(ValueError):
    """The nodes need each other in a circle; ``cycle`` names it, the first node repeated at the end."""

    def __init__(self, cycle: Sequence[object]) -> None:
        super().__init__(" -> ".join(str(node) for node in cycle))
        self.cycle = tuple(cycle)


def topological_order(needs: Mapping[Node, Iterable[Node]], *, key: Callable[[Node], object]) -> list[Node]:
    """Return all nodes of ``needs``, each after the nodes it needs, otherwise ordered by ``key``.

    Needs that are no nodes themselves are ignored (they exist already). ``key`` must give comparable, distinct values.

    Raises:
        CycleError: naming one circle.
    """
    waiting: dict[Node, int] = {}
    needed_by: dict[Node, list[Node]] = {node: [] for node in needs}
    for node, others in needs.items():
        known = {other for other in others if other in needed_by and other != node}
        waiting[node] = len(known)
        for other in known:
            needed_by[other].append(node)
    ready = [(key(node), i, node) for i, node in enumerate(needs) if not waiting[node]]
    heapq.heapify(ready)
    count, order = len(needs), []
    while ready:
        _, _, node = heapq.heappop(ready)
        order.append(node)
        for later in needed_by[node]:
            waiting[later] -= 1
            if not waiting[later]:
                count += 1
                heapq.heappush(ready, (key(later), count, later))
    if len(order) < len(needs):
        raise CycleError(_find_cycle({node: needs[node] for node in needs if waiting[node]}))
    return order


def levels(needs: Mapping[Node, Iterable[Node]]) -> dict[Node, int]:
    """Return for each node the length of the longest chain of needs below it; 0 = needs nothing.

    Raises:
        CycleError: naming one circle.
    """
    position = {node: i for i, node in enumerate(needs)}
    level: dict[Node, int] = {}
    for node in topological_order(needs, key=position.__getitem__):
        level[node] = max((level[other] + 1 for other in needs[node] if other in level and other != node), default=0)
    return level


def _find_cycle(needs: Mapping[Node, Iterable[Node]]) -> list[Node]:
    """Walk from any node that is stuck along needs that are stuck too, until one repeats."""
    node = next(iter(needs))
    path: dict[Node, int] = {}
    while node not in path:
        path[node] = len(path)
        node = next(other for other in needs[node] if other in needs and other != node)
    walked = list(path)
    return [*walked[path[node] :], node]


def connected_groups(edges: Mapping[Node, Iterable[Node]]) -> list[list[Node]]:
    """Return the groups of nodes that can reach each other; most nodes are a group of their own.

    Tarjan's strongly connected components, with a stack of iterators in place of recursion.
    """
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
