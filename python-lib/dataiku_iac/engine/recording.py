"""The state in the making: what a run has recorded so far."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import replace

from dataiku_iac.core.address import Address
from dataiku_iac.core.ledger import Replayed
from dataiku_iac.core.plan import Action, Change, Phase, Plan
from dataiku_iac.core.state import Recorded, State
from dataiku_iac.engine.actions import ActionIndex

__all__ = ["Recording"]


class Recording:
    """Entries by address; safe for threads. An entry stands here *before* its DONE goes to the journal, so that a
    snapshot never lacks what the journal up to it says.
    """

    def __init__(self, state: State) -> None:
        self._base = state
        self._entries: dict[Address, Recorded] = dict(state.resources)
        self._lock = threading.Lock()
        self._touched = 0

    @property
    def size(self) -> int:
        """How many objects are recorded."""
        return len(self._entries)

    @property
    def changes(self) -> int:
        """How many times anything was recorded; grows."""
        return self._touched

    def get(self, address: Address) -> Recorded | None:
        """Return the entry of ``address``."""
        with self._lock:
            return self._entries.get(address)

    def put(self, entry: Recorded) -> None:
        """Record one object as it is now."""
        with self._lock:
            self._entries[entry.address] = entry
            self._touched += 1

    def drop(self, address: Address) -> None:
        """Record that the object is gone, or no longer ours."""
        with self._lock:
            if self._entries.pop(address, None) is not None:
                self._touched += 1

    def state(self) -> State:
        """Return everything recorded so far as a value."""
        with self._lock:
            return State(self._base.stack, self._base.environment, dict(self._entries))

    def replay(self, replayed: Replayed, index: ActionIndex, *, after_slot: int) -> None:
        """Add what the journal says beyond the committed state, in journal order."""
        for aid, done in replayed.done.items():
            action = index.get(aid)
            if action is None or replayed.done_at[aid] <= after_slot:
                continue
            if action.phase is Phase.REMOVE:
                self.drop(action.change.address)
            elif isinstance(done.entry, Mapping):
                self.put(Recorded.from_json(done.entry, where=f"journal, DONE of {aid}"))

    def settle_without_calls(self, plan: Plan) -> None:
        """Record the changes that need no call: forgotten objects leave; unchanged ones get their new spec and lifecycle.

        What was moved gets its new address at once: whatever becomes of its tasks, it is the same object.
        """
        for change in plan.changes:
            if change.is_held:
                continue
            if change.moved_from is not None:
                self._readdress(change.moved_from, change.address)
            if change.action is Action.FORGET:
                self.drop(change.address)
            elif (change.action is Action.MOVE and not change.tasks) or change.action is Action.NONE:
                self._restate(change)

    def _readdress(self, before: Address, after: Address) -> None:
        entry = self.get(before)
        if entry is not None:
            self.drop(before)
            if self.get(after) is None:
                self.put(replace(entry, address=after, version="", fingerprint=""))

    def _restate(self, change: Change) -> None:
        entry = self.get(change.address)
        if entry is None or change.after is None:
            return
        stated = replace(entry, spec=change.after, lifecycle=change.lifecycle)
        if stated != entry:
            self.put(stated)
