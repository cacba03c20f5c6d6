"""Everything that can stop the program, as one tree.

::

    IacError
    ├── ConfigError            the files are wrong; no node was contacted; carries all problems at once
    ├── NodeError              a DSS node answered with something we cannot go on with
    │   ├── NodeUnavailable    no answer, or 429/502/503/504: the only class that is retried
    │   ├── OutcomeUnknown     a writing call whose effect is not known: look before you repeat it
    │   ├── NotAllowed         401 or 403: the key is wrong or lacks a right (never means "absent")
    │   ├── ObjectMissing      a not-found of the right class: the only proof of absence by a single call
    │   ├── Refused            DSS said no (4xx, or a 200 that says no); nothing was changed
    │   └── UnexpectedShape    a 200 whose body is not what the fact sheets promise
    ├── StateError             the store: state, journal, lease, plans
    │   ├── StateConflict      somebody wrote in between; nothing of ours was written
    │   ├── LeaseHeld          another run owns the stack
    │   ├── LeaseLost          another run took the stack over while we held it: stop at once
    │   ├── OpenRun            an earlier run did not finish: resume it first
    │   ├── StalePlan          the state moved, or the plan belongs to another state
    │   ├── StoreUnavailable   the bucket or folder does not answer
    │   └── StoreCorrupt       a hash, a sequence or a format is wrong: refuse rather than guess
    └── Defect                 a fault of ours

Each error says what (with the actual value), where, and what to do next. Texts are made in ``__str__`` only;
``code`` is stable and documented in ``docs/errors.md``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from dataiku_iac.core.problem import Problem

__all__ = [
    "ConfigError",
    "Defect",
    "IacError",
    "LeaseHeld",
    "LeaseLost",
    "NodeError",
    "NodeUnavailable",
    "NotAllowed",
    "ObjectMissing",
    "OpenRun",
    "OutcomeUnknown",
    "Refused",
    "StalePlan",
    "StateConflict",
    "StateError",
    "StoreCorrupt",
    "StoreUnavailable",
    "UnexpectedShape",
]


class IacError(Exception):
    """Base of all errors shown to a user: ``what``, ``where`` it happened, ``next_step`` to take."""

    code: ClassVar[str] = "IAC-0"

    def __init__(self, what: str, *, where: str = "", next_step: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.next_step = next_step

    def __str__(self) -> str:
        lines = [f"{self.code}: {self.what}"]
        if self.where:
            lines.append(f"  where: {self.where}")
        if self.next_step:
            lines.append(f"  what to do: {self.next_step}")
        return "\n".join(lines)


class ConfigError(IacError):
    """The configuration cannot be used; ``problems`` holds every finding, not just the first."""

    code = "CONFIG"

    def __init__(self, what: str, *, where: str = "", next_step: str = "", problems: Sequence[Problem] = ()) -> None:
        super().__init__(what, where=where, next_step=next_step)
        self.problems = tuple(problems)

    def __str__(self) -> str:
        return "\n".join([super().__str__(), *(str(problem) for problem in self.problems)])


class NodeError(IacError):
    """A DSS node gave an answer that stops us; ``status`` and ``error_type`` are the node's own, when it gave any."""

    code = "NODE"

    def __init__(
        self, what: str, *, where: str = "", next_step: str = "", status: int | None = None, error_type: str = ""
    ) -> None:
        super().__init__(what, where=where, next_step=next_step)
        self.status = status
        self.error_type = error_type


class NodeUnavailable(NodeError):
    """The node did not answer or asked to come back later. For a write: nothing was sent, or nothing was done."""

    code = "NODE-UNAVAILABLE"


class OutcomeUnknown(NodeError):
    """A writing call may or may not have had its effect (reset, timeout, 5xx, unreadable answer)."""

    code = "NODE-OUTCOME-UNKNOWN"


class NotAllowed(NodeError):
    """401 or 403. DSS answers 401 for a project that is missing *or* invisible [seen], so this never proves absence."""

    code = "NODE-NOT-ALLOWED"


class ObjectMissing(NodeError):
    """The object is affirmatively absent: a 404 of class NotFoundException."""

    code = "NODE-OBJECT-MISSING"


class Refused(NodeError):
    """The node refused the request as sent; nothing changed there."""

    code = "NODE-REFUSED"


class UnexpectedShape(NodeError):
    """A successful answer whose body lacks what the fact sheets promise."""

    code = "NODE-UNEXPECTED-SHAPE"


class StateError(IacError):
    """The store cannot serve the request."""

    code = "STATE"


class StateConflict(StateError):
    """Somebody wrote in between; nothing of ours was written."""

    code = "STATE-CONFLICT"


class LeaseHeld(StateError):
    """Another run owns the stack; ``where`` names holder and since when."""

    code = "LEASE-HELD"


class LeaseLost(StateError):
    """Our lease was taken over or ran out; no further effect may be made."""

    code = "LEASE-LOST"


class OpenRun(StateError):
    """An earlier run of this stack did not finish; ``run`` is its id."""

    code = "OPEN-RUN"

    def __init__(self, what: str, *, run: str, where: str = "", next_step: str = "") -> None:
        super().__init__(what, where=where, next_step=next_step)
        self.run = run


class StalePlan(StateError):
    """The plan was made for another state than the one that is now committed."""

    code = "PLAN-STALE"


class StoreUnavailable(StateError):
    """The object store or folder did not answer, or refused the credentials."""

    code = "STORE-UNAVAILABLE"


class StoreCorrupt(StateError):
    """A stored object fails its hash, its sequence or its format."""

    code = "STORE-CORRUPT"


class Defect(IacError):
    """A fault of ours, never of the user's."""

    code = "DEFECT"

    def __str__(self) -> str:
        return f"{super().__str__()}\n  This is a defect in dataiku-iac; please report it."
