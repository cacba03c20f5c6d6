"""What every effect of a run needs: the plan, the node, the lease, the journal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Protocol

from dataiku_iac.core.address import Address
from dataiku_iac.core.kind import Document, Kind, Live, Registry
from dataiku_iac.core.ledger import Replayed
from dataiku_iac.core.plan import Plan
from dataiku_iac.core.roles import Clock, NodeApi, NodeReader
from dataiku_iac.engine.actions import ActionIndex
from dataiku_iac.engine.recording import Recording
from dataiku_iac.engine.translate import Names, to_portable
from dataiku_iac.store.crashpoints import around
from dataiku_iac.store.held_lease import HeldLease
from dataiku_iac.store.journal_writer import JournalWriter
from dataiku_iac.store.plans import PlanStore

__all__ = ["RunContext", "RunNode", "wait_while_ours"]

_NAP_S: Final = 5.0


class RunNode(NodeApi, Protocol):
    """A node that can be written to; ``url`` is compared with the plan's."""

    @property
    def url(self) -> str:
        """E.g. ``https://dss.example.com:11200``."""
        ...


@dataclass(frozen=True, slots=True)
class RunContext:
    """One run on one node.

    Attributes:
        api: the node, for what is written to it.
        reader: the same node, for reads: tasks that ask for the same list at once share it.
        prior: what the journal held when this process took the run on; empty for a new run.
        logins: identities under which this run created objects; empty where the node's spelling of them is unknown.
        drain_s: how long after an answer failed to come its request may still take effect.
    """

    plan: Plan
    run: str
    api: RunNode
    reader: NodeReader
    registry: Registry
    names: Names
    lease: HeldLease
    journal: JournalWriter
    images: PlanStore
    recording: Recording
    index: ActionIndex
    prior: Replayed
    clock: Clock
    logins: frozenset[str]
    drain_s: float

    def kind_of(self, address: Address) -> Kind:
        """Return the kind of an address."""
        return self.registry[address.kind]

    def read(self, address: Address, live_id: str, parts: Sequence[str] = ()) -> Live | None:
        """Return an object with a portable document (all of it, unless ``parts`` says which), ``None`` if it is absent."""
        kind = self.kind_of(address)
        with around("dss.read"):
            live = kind.read(self.reader, address.project, live_id, frozenset(parts) or self._parts_of(address))
        return None if live is None else self._portable(live, kind, address.project)

    def look_for(self, address: Address, live_id: str, parts: Sequence[str] = ()) -> Live | None:
        """Return the same as ``read`` for an object that is probably absent; see ``Kind.look_for``."""
        kind = self.kind_of(address)
        with around("dss.read"):
            live = kind.look_for(self.reader, address.project, live_id, frozenset(parts) or self._parts_of(address))
        return None if live is None else self._portable(live, kind, address.project)

    def read_back(self, address: Address, live_id: str, part: str, document: Document) -> Live | None:
        """Return an object after ``part`` of it was written as in the native ``document``; see ``Kind.read_back``."""
        kind = self.kind_of(address)
        with around("dss.read"):
            live = kind.read_back(self.reader, address.project, live_id, part, document)
        return None if live is None else self._portable(live, kind, address.project)

    def list_kind(self, address: Address) -> Sequence[Live]:
        """Return all objects of the kind and project of ``address``, with portable documents."""
        kind = self.kind_of(address)
        with around("dss.list"):
            found = kind.list(self.reader, address.project)
        return [self._portable(live, kind, address.project) for live in found]

    def _parts_of(self, address: Address) -> frozenset[str]:
        """Return the parts that count for an object: the plan looked at the same ones."""
        kind = self.kind_of(address)
        if not kind.asked_for:
            return frozenset(kind.parts)
        change = next((change for change in self.plan.changes if change.address == address), None)
        return kind.parts_to_read(address, *((change.after, change.before) if change else ()))

    def _portable(self, live: Live, kind: Kind, project: str) -> Live:
        return replace(live, document=to_portable(live.document, kind, project, self.names))

    @staticmethod
    def own_id(address: Address) -> str:
        """Return the id of an object whose id is chosen by us: its name; a project's is its key."""
        return address.name or address.project


def wait_while_ours(seconds: float, *, clock: Clock, lease: HeldLease) -> None:
    """Wait while the lease is ours.

    Raises:
        LeaseLost: it is not any more.
    """
    until = clock.monotonic() + seconds
    while (left := until - clock.monotonic()) > 0:
        lease.check()
        clock.sleep(min(_NAP_S, left))
    lease.check()
