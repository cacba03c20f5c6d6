"""A plan in the making: what it is made from, and what was decided so far."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from dataiku_iac.core.address import Address
from dataiku_iac.core.canonical import JsonObject
from dataiku_iac.core.kind import Document, Kind, Registry
from dataiku_iac.core.lens import Suppressed
from dataiku_iac.core.plan import Action, Change
from dataiku_iac.core.problem import Place, Problem, Severity
from dataiku_iac.core.resource import Configuration, Reference
from dataiku_iac.core.state import State
from dataiku_iac.engine.refresh import LiveObjects
from dataiku_iac.engine.translate import Names

__all__ = ["MAKES", "Draft", "declared_parts", "plan_error"]

MAKES: Final = (Action.CREATE, Action.UPDATE, Action.REPLACE, Action.MOVE)


@dataclass(slots=True)
class Draft:
    """Changes by address, and what the steps of planning tell each other.

    Attributes:
        login: who asks for the plan; owns what is created, unless the files say otherwise.
        names: the projects of the plan, for what their objects name by ids; no ids.
        moves: new address to recorded one, of what was moved.
        parts: the parts that each change writes.
        users_before: who referred to whom at the last apply; made when it is first asked for.
        users_live: who refers to whom on the node, as far as that makes DSS delete things.
        written_after: what a change has to wait for because it names it and it is made anew.
        made: everything that a recipe writes; made when it is first asked for.
        named: what a creation says that the node knows by ids.
        needs: what each change has to wait for, as far as it is changed itself.
        later: what a change says something of only when that is there; see ``engine.links``.
    """

    configuration: Configuration
    state: State
    live: LiveObjects
    registry: Registry
    login: str
    names: Names
    moves: Mapping[Address, Address]
    changes: dict[Address, Change] = field(default_factory=dict)
    parts: dict[Address, tuple[str, ...]] = field(default_factory=dict)
    suppressed: dict[Address, tuple[Suppressed, ...]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    users_before: dict[Address, set[Address]] | None = None
    users_live: Mapping[Address, set[Address]] = field(default_factory=dict)
    written_after: dict[Address, set[Address]] = field(default_factory=dict)
    made: frozenset[Address] | None = None
    named: dict[Address, set[Address]] = field(default_factory=dict)
    needs: Mapping[Address, set[Address]] = field(default_factory=dict)
    later: Mapping[Address, set[Address]] = field(default_factory=dict)

    def references(self, address: Address, spec: JsonObject | None) -> Sequence[Reference]:
        """Return what a spec of ``address`` names; nothing if there is no spec."""
        return () if spec is None else self.registry[address.kind].references(spec, address)

    def makes(self, address: Address) -> bool:
        """Tell whether the plan creates or writes it."""
        change = self.changes.get(address)
        return change is not None and change.action in MAKES and not change.is_held

    def removes(self, address: Address) -> bool:
        """Tell whether the plan deletes it, be it to make it anew."""
        change = self.changes.get(address)
        return change is not None and change.action in (Action.DELETE, Action.REPLACE) and not change.is_held

    def is_new(self, address: Address) -> bool:
        """Tell whether the plan creates it, be it once more."""
        return self.makes(address) and self.changes[address].action in (Action.CREATE, Action.REPLACE)

    def is_deleted(self, address: Address) -> bool:
        """Tell whether it is gone after the plan."""
        change = self.changes.get(address)
        return change is not None and change.action is Action.DELETE and not change.is_held

    def is_protected(self, address: Address) -> bool:
        """Tell whether the files protect it, or did at the last apply."""
        recorded, declared = self.state.resources.get(address), self.configuration.resources.get(address)
        return bool((recorded and recorded.lifecycle.protect) or (declared and declared.lifecycle.protect))


def declared_parts(kind: Kind, partial: Document) -> tuple[str, ...]:
    """Return the parts a creation has to write after the create call; for server-chosen ids always the first, which names it."""
    return tuple(part for i, part in enumerate(kind.parts) if part in partial or (kind.chosen_by_server and i == 0))


def plan_error(
    code: str, summary: str, address: Address, suggestion: str = "", *, detail: str = "", place: Place | None = None
) -> Problem:
    """Return what refuses the plan."""
    return Problem(Severity.ERROR, code, summary, detail, place, str(address), suggestion)
