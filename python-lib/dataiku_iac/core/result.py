"""What came of a run, and what drift was found: values that reports are made from."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from dataiku_iac.core.address import Address
from dataiku_iac.core.plan import Action, FieldChange

__all__ = [
    "ByHand",
    "ChangeResult",
    "ChangeStatus",
    "DriftReport",
    "DriftStatus",
    "Drifted",
    "ImportReport",
    "NotCovered",
    "RunResult",
    "RunStatus",
]


class ChangeStatus(StrEnum):
    """How one change ended."""

    DONE = "done"
    FAILED = "failed"  # the node refused, or what it stored is not what was declared
    CONFLICT = "conflict"  # the object is neither as planned nor as wanted: a human or a new plan decides
    SKIPPED = "skipped"  # something it needs was not done
    UNKNOWN = "unknown"  # sent, effect not known; resume looks


@dataclass(frozen=True, slots=True)
class ChangeResult:
    """One change and its end; ``message`` says what went wrong and what to do, or is empty.

    ``found`` is True if a resumed run found the effect there already.
    """

    address: Address
    action: Action
    status: ChangeStatus
    message: str = ""
    found: bool = False


class RunStatus(StrEnum):
    """How a run ended."""

    OK = "ok"
    PARTIAL = "partial"  # some changes failed; the run stays open for resume
    FAILED = "failed"  # nothing was done
    ABANDONED = "abandoned"  # given up by a person: the run is closed, what it did stays and is recorded


@dataclass(frozen=True, slots=True)
class RunResult:
    """The end of one run, e.g. run ``20261120T164512Z-9f3c2a1b``; ``serial`` is the state's after it.

    ``resumed_from`` names the owner whose run was taken over, else empty.
    """

    run: str
    plan_id: str
    stack: str
    environment: str
    node_url: str
    status: RunStatus
    changes: tuple[ChangeResult, ...]
    serial: int
    started_at: str
    finished_at: str
    resumed_from: str = ""

    def count(self, status: ChangeStatus) -> int:
        """How many changes ended like this."""
        return sum(1 for change in self.changes if change.status is status)


class DriftStatus(StrEnum):
    """How live differs from recorded."""

    CHANGED = "changed"
    DELETED = "deleted"
    UNMANAGED = "unmanaged"  # there, but neither ours nor declared


@dataclass(frozen=True, slots=True)
class Drifted:
    """One object that differs; ``fields`` have recorded values as ``before`` and live ones as ``after``.

    ``modified_by`` and ``modified_at`` as far as the node tells.
    """

    address: Address
    status: DriftStatus
    fields: tuple[FieldChange, ...] = ()
    modified_by: str = ""
    modified_at: str = ""


@dataclass(frozen=True, slots=True)
class DriftReport:
    """What differs between the recorded state and the node. ``unread`` are projects that were not read; see ``core.proof``."""

    stack: str
    environment: str
    node_url: str
    serial: int
    checked: int
    entries: tuple[Drifted, ...]
    at: str
    unread: tuple[str, ...] = ()

    @property
    def is_clean(self) -> bool:
        """True if nothing of ours drifted; unmanaged objects do not count."""
        return all(entry.status is DriftStatus.UNMANAGED for entry in self.entries)


@dataclass(frozen=True, slots=True)
class NotCovered:
    """Objects of a project that an import leaves out, and why, e.g. ``("saved models", ("a8BcD123",), "not covered yet")``."""

    what: str
    names: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class ByHand:
    """Imported objects that DSS's API does not create, so that on another node people do.

    ``reason`` says what to do, for one of them, e.g. ``train it in the lab, deploy it …``.
    """

    kind: str
    names: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import wrote: files by path are kept apart; here the counts per kind, what is left out, and what to do by hand."""

    project: str
    node_url: str
    counts: tuple[tuple[str, int], ...]
    not_covered: tuple[NotCovered, ...]
    left_out: tuple[tuple[Address, str, str], ...]
    """``(address, document path, reason)`` of single fields left out, e.g. credentials."""
    by_hand: tuple[ByHand, ...] = ()
