"""What DSS's API cannot do: it is planned, shown and counted, done by a person, and waited for by what needs it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from dataiku_iac.core.address import Address
from dataiku_iac.core.kind import Document, Kind, Verb
from dataiku_iac.core.plan import Action, Change

__all__ = ["held_back", "why_by_hand"]


def why_by_hand(kind: Kind, change: Change, wanted: Document, live: Document) -> str:
    """Return why the API cannot carry out ``change``; empty if it can."""
    verbs: dict[Action, tuple[tuple[Verb, Document], ...]] = {
        Action.CREATE: (("create", wanted),),
        Action.UPDATE: (("update", wanted),),
        Action.MOVE: (("update", wanted),),
        Action.REPLACE: (("delete", live), ("create", wanted)),
        Action.DELETE: (("delete", live),),
    }
    reasons = (kind.out_of_reach(verb, document, change.address) for verb, document in verbs.get(change.action, ()))
    return next(filter(None, reasons), "")


def held_back(
    changes: Mapping[Address, Change], needed_by: Callable[[Change], Iterable[Address]]
) -> dict[Address, Change]:
    """Return the changes that cannot begin before a person has created something, saying what they wait for.

    ``needed_by`` names what must exist before a change is carried out. What waits for what waits, waits too; each is
    named with what a person has to do, not with the chain in between.
    """
    users: dict[Address, list[Address]] = {}
    for address, change in changes.items():
        if change.action in (Action.CREATE, Action.UPDATE, Action.REPLACE, Action.MOVE):
            for other in needed_by(change):
                users.setdefault(other, []).append(address)
    waits: dict[Address, set[Address]] = {}
    roots = [a for a, change in changes.items() if change.by_hand and change.action in _MADE]
    reached = [(root, root) for root in roots]
    while reached:
        here, root = reached.pop()
        for user in users.get(here, ()):
            if user != root and not changes[user].by_hand and root not in waits.setdefault(user, set()):
                waits[user].add(root)
                if changes[user].action in _MADE:  # what is there already can be used by others while its update waits
                    reached.append((user, root))
    return {user: replace(changes[user], waits_for=tuple(sorted(found))) for user, found in waits.items() if found}


_MADE = (Action.CREATE, Action.REPLACE, Action.MOVE)
