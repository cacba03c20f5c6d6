"""The committed state of a stack as a value."""

from __future__ import annotations

from dataiku_iac.core.heads import Head
from dataiku_iac.core.state import State
from dataiku_iac.store.stack_store import StackStore

__all__ = ["read_recorded"]


def read_recorded(store: StackStore, *, stack: str, environment: str) -> tuple[State, Head]:
    """Return state and head, read together: the state is that of the head.

    Raises:
        StoreCorrupt: either of them is altered.
    """
    head = store.heads.read().head
    snapshot = store.heads.load(head)
    if snapshot is None:
        return State(stack, environment), head
    return State.from_json(snapshot.state, where=store.where(snapshot.key)), head
