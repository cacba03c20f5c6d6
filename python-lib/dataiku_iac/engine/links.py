"""What a new project says of objects that do not exist yet: what it exposes, what readers may see, what bundles take along.

Objects need their project, and the project's settings name objects by ids that the node chooses when it creates them. So
those parts of a project are written in a task of their own, after the objects are made.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from dataiku_iac.core.address import Address
from dataiku_iac.core.kind import Document, Registry
from dataiku_iac.core.plan import Change, Phase
from dataiku_iac.resources.named_objects import named_objects

__all__ = ["named_by_parts", "parts_for_later"]


def named_by_parts(
    change: Change, parts: Sequence[str], registry: Registry, is_made: Callable[[Address], bool]
) -> Mapping[str, frozenset[Address]]:
    """Return those ``parts`` of a project's change that name objects by ids which the node is still to choose, with these objects."""
    kind, address = registry[change.address.kind], change.address
    if address.name or change.after is None:
        return {}
    partial: Document = kind.expand(change.after, address)
    found: dict[str, frozenset[Address]] = {}
    for part in parts:
        if part in partial:
            named = {to for _, to in named_objects({part: partial[part]}, kind.mentions, address.project)}
            fresh = frozenset(to for to in named if registry[to.kind].chosen_by_server and is_made(to))
            if fresh:
                found[part] = fresh
    return found


def parts_for_later(change: Change) -> frozenset[str]:
    """Return the parts of a change that its last task writes."""
    return frozenset(step.part for task in change.tasks if task.phase is Phase.FINISH for step in task.steps)
