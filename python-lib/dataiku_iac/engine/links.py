"""What names what by ids that the node is still to choose, and what is written later because both need each other.

A folder needs its project, whose settings expose the folder; two dashboards lead to each other. What comes first in such a
circle is made without what it says of the others, and finished once they are there (``Phase.FINISH``). What only names
others, in no circle, is made after them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Set
from typing import TypeAlias

from dataiku_iac.core.address import Address
from dataiku_iac.core.canonical import JsonObject
from dataiku_iac.core.graph import CycleError, connected_groups, topological_order
from dataiku_iac.core.kind import Document, Kind
from dataiku_iac.core.mentions import find_mentions, without_mentions
from dataiku_iac.core.plan import Change, Phase, StepVerb, Task
from dataiku_iac.engine.node_ids import with_names
from dataiku_iac.engine.translate import Names

__all__ = ["Edges", "creates", "declared_by", "early_spec", "named_by_id", "untie", "without", "written_by"]

Edges: TypeAlias = Mapping[Address, Set[Address]]


def named_by_id(document: Document, kind: Kind, project: str, names: Names) -> set[Address]:
    """Return the objects that a portable document names and a node knows by ids."""
    mentions = find_mentions(document, names.registry.translated_mentions(kind.name))
    found = (names.meant(mention.sort, mention.value, project) for mention in mentions)
    return {address for address in found if address is not None}


def without(document: Document, kind: Kind, project: str, names: Names, left_out: Set[Address]) -> Document:
    """Return a portable document without what it says of the objects ``left_out``."""
    if not left_out:
        return document
    rows = names.registry.translated_mentions(kind.name)
    found = without_mentions(document, rows, lambda sort, value: names.meant(sort, value, project) in left_out)
    return found if isinstance(found, Mapping) else document


def creates(change: Change) -> bool:
    """Tell whether the object is new: created, be it once more."""
    return any(step.verb is StepVerb.CREATE for task in change.tasks for step in task.steps)


def declared_by(change: Change, task: Task, kind: Kind, names: Names) -> JsonObject:
    """Return what of the declared spec is true once ``task`` is done: all, but for what is written later.

    What a person has to make first is in none of the tasks; the next plan shows it.
    """
    return _spec_without(change.after or {}, change.address, kind, names, _left_out(change, task))


def written_by(change: Change, task: Task, kind: Kind, names: Names) -> JsonObject:
    """Return the spec that ``task`` writes; of what comes back after a fall, also what nobody declared."""
    spec = with_names(_whole(change), kind, change.address, names)
    return _spec_without(spec, change.address, kind, names, _left_out(change, task))


def early_spec(change: Change, kind: Kind, names: Names) -> JsonObject:
    """Return the spec that was written before the change is finished."""
    spec = with_names(_whole(change), kind, change.address, names)
    return _spec_without(spec, change.address, kind, names, set(change.later))


def _whole(change: Change) -> JsonObject:
    return (change.whole if creates(change) else None) or change.after or {}


def _left_out(change: Change, task: Task) -> set[Address]:
    finished = {ref.address for ref in task.requires} if task.phase is Phase.FINISH else set[Address]()
    return set(change.later) - finished


def _spec_without(spec: JsonObject, address: Address, kind: Kind, names: Names, left_out: Set[Address]) -> JsonObject:
    if not left_out:
        return spec
    return kind.shorten(without(kind.expand(spec, address), kind, address.project, names, left_out), address)


def untie(
    firm: Edges, named: Edges, loose: Edges, *, key: Callable[[Address], object]
) -> tuple[dict[Address, set[Address]], dict[Address, set[Address]]]:
    """Return for each object what it has to wait for, and what is written of it later because that waits for it.

    ``firm``: it cannot be made without. ``named``: it can, and say so later. ``loose``: it is better made after, as that is
    to be updated; it is there already, so nothing fails otherwise. Where needs form no circle, all of them hold.
    """
    named = {address: others - firm.get(address, set()) for address, others in named.items()}
    later = _leading_on(firm, named, key)
    kept = {address: set(firm[address]) | (named.get(address, set()) - later.get(address, set())) for address in firm}
    dropped = _leading_on(kept, loose, key)
    needs = {
        address: others | (loose.get(address, set()) - dropped.get(address, set())) for address, others in kept.items()
    }
    return needs, {address: others for address, others in later.items() if others}


def _leading_on(firm: Edges, weak: Edges, key: Callable[[Address], object]) -> dict[Address, set[Address]]:
    """Return those ``weak`` edges without which no circle is left but of firm ones: in each, what points at later ones."""
    both = {address: {*others, *weak.get(address, ())} & firm.keys() for address, others in firm.items()}
    found: dict[Address, set[Address]] = {}
    for group in connected_groups(both) if any(weak.values()) else ():
        if len(group) == 1:
            continue
        members = set(group)
        try:
            order = topological_order({address: firm[address] & members for address in members}, key=key)
        except CycleError:
            continue  # nothing can be made of it: planning says so
        place = {address: number for number, address in enumerate(order)}
        for address in members:
            found[address] = {
                other for other in weak.get(address, ()) if other in members and place[other] > place[address]
            }
    return found
