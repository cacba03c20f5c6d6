"""Objects that got another name: those of which the files say so, and those that look as if.

What the files say (``moved``) is done to the state first, so that everything after it sees one object under one name.
What merely looks so is said and never done: a deletion and a creation of equal things may be meant.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from dataiku_iac.core.address import Address
from dataiku_iac.core.canonical import Json, JsonObject, canonical_text, is_list, is_object
from dataiku_iac.core.kind import Registry
from dataiku_iac.core.plan import Action, Change
from dataiku_iac.core.problem import Problem, Severity
from dataiku_iac.core.resource import Configuration
from dataiku_iac.core.state import State

__all__ = ["look_alikes", "moves_of", "with_moves"]

_SELF = "\0"


def moves_of(configuration: Configuration, state: State) -> Mapping[Address, Address]:
    """Return new address to recorded one, for every line of ``moved`` that was not carried out yet."""
    return {
        move.after: move.before
        for move in configuration.moved
        if move.before in state.resources and move.after not in state.resources
    }


def with_moves(state: State, moves: Mapping[Address, Address]) -> State:
    """Return the state under the new addresses. What is moved is to be compared whole, so nothing says that it is as it was."""
    if not moves:
        return state
    resources = dict(state.resources)
    for after, before in moves.items():
        resources[after] = replace(resources.pop(before), address=after, version="", fingerprint="")
    return replace(state, resources=resources)


def look_alikes(changes: Sequence[Change], registry: Registry) -> Iterator[Problem]:
    """Yield a warning for each pair of a deletion and a creation that are one but for the name.

    Compared are specs without what they say of themselves; what a recipe says of a dataset that seems renamed does not
    count either. Where more than one fits, nobody can tell, and all are named.
    """
    names: dict[str, str] = {}
    for kind in registry:
        gone = [
            c for c in changes if c.address.kind == kind.name and c.action is Action.DELETE and c.before is not None
        ]
        new = [c for c in changes if c.address.kind == kind.name and c.action is Action.CREATE and c.after is not None]
        if not (gone and new):
            continue
        before, after = (_by_content(found, names) for found in (gone, new))
        told: set[Address] = set()
        for content, made in sorted(after.items()):
            lost = before.get(content, [])
            if len(made) == 1 and len(lost) == 1:
                names[lost[0].address.name] = made[0].address.name
            for change in made if lost else ():
                if change.address in told:
                    continue
                told.add(change.address)
                free = kind.chosen_by_server
                yield _warning(change, lost, free=free, keeps_data=kind.protects_data, several=len(made) > 1)


def _by_content(changes: Sequence[Change], names: Mapping[str, str]) -> dict[str, list[Change]]:
    """Return the changes by what their specs say, whether that follows the object's name or stays as it was.

    Somebody who renames an entry leaves the path of its data as it stands, with the old name in it.
    """
    found: dict[str, list[Change]] = {}
    for change in changes:
        spec = change.after if change.after is not None else change.before
        address = change.address
        renamed = {**names, **{new: new for new in names.values()}}
        for known in ({**renamed, address.name: _SELF}, renamed):
            content = canonical_text(_without(spec or {}, known))
            same = found.setdefault(f"{address.kind} {address.project} {content}", [])
            if not same or same[-1] is not change:
                same.append(change)
    return found


def _without(spec: JsonObject, names: Mapping[str, str]) -> Json:
    pattern = re.compile(
        "|".join(rf"(?<![\w-]){re.escape(name)}(?![\w-])" for name in sorted(names, key=len, reverse=True))
    )

    def renamed(value: Json) -> Json:
        if isinstance(value, str) and names:
            return pattern.sub(lambda found: names[found[0]], value)
        if is_object(value):
            return {key: renamed(item) for key, item in value.items()}
        return [renamed(item) for item in value] if is_list(value) else value

    # A display name that is kept says that the object is the same, not that it is another.
    return renamed({key: value for key, value in spec.items() if key != "label"})


def _warning(change: Change, lost: Sequence[Change], *, free: bool, keeps_data: bool, several: bool) -> Problem:
    old, new = lost[0].address, change.address
    line = f"moved: [{{from: {old}, to: {new}}}]"
    if several or len(lost) > 1:
        advice = "if one of them is meant to be the same object, say which: moved: [{from: …, to: …}]"
    elif free:
        advice = f"to keep the object and rename it in place, add {line}"
    else:
        advice = f"to keep the object, rename it in DSS, where whatever names it follows, and add {line}"
    kept = "its data stay where they are, " if keeps_data else ""
    return Problem(
        Severity.WARNING,
        "renamed",
        "another name is another object: one is deleted and one is created",
        detail=f"{' or '.join(str(item.address) for item in lost[:3])} → {new}: {kept}what nobody declared is lost",
        place=change.place,
        address=str(new),
        suggestion=advice,
    )
