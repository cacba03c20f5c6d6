"""Faults the S3 server can be told to commit: one rule says which request, when and what.

A rule arrives as JSON on ``POST /__emulator/faults``, for example::

    {"method": "PUT", "key": "head\\.json$", "when": "after", "action": "reset"}

lets the next PUT of ``<bucket>/…/head.json`` take effect and then cuts the connection instead of answering.
"""

import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

__all__ = ["Action", "ArmedFault", "BadFaultRule", "FaultRule", "FaultTable", "When"]


class BadFaultRule(ValueError):
    """The rule of a caller cannot be understood; the message says which field and what is allowed."""


class When(StrEnum):
    """On which side of the effect the fault strikes."""

    BEFORE = "before"
    AFTER = "after"


class Action(StrEnum):
    """What happens to the request.

    ``hold`` parks it until ``POST /__emulator/faults/<id>/release``: held *before*, its effect lands when the test says so (a request
    that its sender gave up long ago); held *after*, the answer is late. No test has to sleep.
    """

    STATUS = "status"
    RESET = "reset"
    DELAY = "delay"
    HOLD = "hold"


@dataclass(frozen=True, slots=True)
class FaultRule:
    """Which requests are struck and how.

    ``method`` and ``key`` are regular expressions; ``key`` is searched in ``<bucket>/<key>``, e.g. ``"iac/dev/crm/head.json"``.
    The first ``skip`` matching requests pass, the next ``times`` are struck (``None``: all of them). ``status`` and ``code`` are used by
    ``status`` only, e.g. 503 ``SlowDown``, 409 ``ConditionalRequestConflict``, 400 ``ExpiredToken``.
    """

    method: str = ".*"
    key: str = ""
    when: When = When.BEFORE
    action: Action = Action.STATUS
    status: int = 500
    code: str = "InternalError"
    delay_s: float = 0.0
    skip: int = 0
    times: int | None = 1

    @classmethod
    def parse(cls, raw: Mapping[str, Any]) -> "FaultRule":
        """Read a rule from JSON.

        Raises:
            BadFaultRule: unknown key, value of the wrong kind, or a regular expression that does not compile.
        """
        unknown = sorted(set(raw) - set(cls.__slots__))
        if unknown:
            raise BadFaultRule(f"unknown keys {unknown} in a fault rule; known are {sorted(cls.__slots__)}")
        try:
            rule = cls(
                **{**raw, "when": When(raw.get("when", "before")), "action": Action(raw.get("action", "status"))}
            )
            re.compile(rule.method)
            re.compile(rule.key)
        except (ValueError, TypeError, re.error) as exc:
            raise BadFaultRule(f"cannot read the fault rule {dict(raw)!r}: {exc}") from exc
        return rule

    def to_json(self) -> dict[str, Any]:
        """Give the rule in the form that :meth:`parse` reads."""
        return {name: getattr(self, name) for name in self.__slots__}


class ArmedFault:
    """A rule in force: how often it matched, how often it struck, who waits on it."""

    def __init__(self, fault_id: str, rule: FaultRule) -> None:
        """Arm ``rule`` under ``fault_id``; nothing was matched yet."""
        self.id = fault_id
        self.rule = rule
        self.matched = 0
        self.struck = 0
        self.waiting = 0
        self.released = threading.Event()

    def to_json(self) -> dict[str, Any]:
        """Say the state of the rule, e.g. ``{"id": "f1", "matched": 3, "struck": 1, "waiting": 0, "rule": {…}}``."""
        return {
            "id": self.id,
            "matched": self.matched,
            "struck": self.struck,
            "waiting": self.waiting,
            "rule": self.rule.to_json(),
        }


class FaultTable:
    """All rules in force, asked once before and once after the effect of every request. Safe for threads."""

    def __init__(self) -> None:
        """Start without rules."""
        self._lock = threading.Lock()
        self._faults: dict[str, ArmedFault] = {}
        self._count = 0

    def add(self, rule: FaultRule) -> ArmedFault:
        """Put ``rule`` in force."""
        with self._lock:
            self._count += 1
            fault = ArmedFault(f"f{self._count}", rule)
            self._faults[fault.id] = fault
            return fault

    def strike(self, *, method: str, key: str, when: When) -> ArmedFault | None:
        """Count the request against every rule for ``when``; return the first rule whose turn it is, or ``None``."""
        with self._lock:
            chosen: ArmedFault | None = None
            for fault in self._faults.values():
                rule = fault.rule
                if rule.when is not when or not re.fullmatch(rule.method, method) or not re.search(rule.key, key):
                    continue
                fault.matched += 1
                if fault.matched <= rule.skip or (rule.times is not None and fault.struck >= rule.times):
                    continue
                if chosen is None:
                    fault.struck += 1
                    chosen = fault
            return chosen

    def wait(self, fault: ArmedFault) -> None:
        """Park the calling thread until ``fault`` is released or cleared."""
        with self._lock:
            fault.waiting += 1
        fault.released.wait()
        with self._lock:
            fault.waiting -= 1

    def release(self, fault_id: str) -> bool:
        """Let the requests parked by ``fault_id`` go on; ``False`` if there is no such rule."""
        with self._lock:
            fault = self._faults.get(fault_id)
        if fault is None:
            return False
        fault.released.set()
        return True

    def clear(self) -> None:
        """Remove every rule and let every parked request go on."""
        with self._lock:
            faults = list(self._faults.values())
            self._faults.clear()
        for fault in faults:
            fault.released.set()

    def to_json(self) -> list[dict[str, Any]]:
        """List the rules in the order in which they were added."""
        with self._lock:
            return [fault.to_json() for fault in self._faults.values()]
