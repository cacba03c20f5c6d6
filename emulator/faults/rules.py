"""What can be made to go wrong, and the log of what happened.

Rules count the calls that match their method and path; rule order is the order of creation, the first one that is due wins.
"""

import re
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from enum import Enum
from typing import Any, Final

from emulator.disk import EffectMark
from emulator.json_text import JsonObject

__all__ = ["Fault", "FaultKind", "Faults", "LogEntry", "RequestLog"]

_LOG_LIMIT: Final = 200_000


class FaultKind(Enum):
    """What happens to a call that a rule picks."""

    STATUS = "status"
    """Error envelope (or ``body``) with ``status``, before or after the effect."""
    HTML = "html"
    """An HTML page with ``status``, as a front-end answers, before or after the effect."""
    RESET = "reset"
    """The connection is reset, before or after the effect."""
    TRUNCATE = "truncate"
    """After the effect: full Content-Length, half the body (or ``bytes``), then the connection closes."""
    HANG = "hang"
    """No answer until the client goes away, before or after the effect."""
    DELAY = "delay"
    """The call waits ``delay_s`` and then goes on as usual."""
    DELAYED_EFFECT = "delayed_effect"
    """No answer; the effect lands ``delay_s`` later, whether the client is still there or not."""
    NO_EFFECT = "no_effect"
    """200 with ``body`` (default ``{}``), nothing done."""
    TWICE = "twice"
    """The call is carried out twice, as a replaying proxy does; the second answer is sent."""


@dataclass(slots=True)
class Fault:
    """One rule. ``path`` is a regular expression searched in the path below the API root, e.g. ``^/projects/CRM/recipes``.

    Example: ``{"kind": "status", "method": "PUT", "path": "/datasets/", "on_hit": 2, "times": 1, "when": "after",
    "status": 503}`` fails the second dataset PUT after it took effect.
    """

    kind: FaultKind
    method: str = "*"
    path: str = ""
    on_hit: int = 1
    times: int = 1
    when: str = "before"
    status: int = 500
    body: Any = None
    bytes: int | None = None
    delay_s: float = 1.0
    hits: int = 0

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> "Fault":
        """Return the rule that ``document`` describes; raises ``ValueError`` with what is wrong."""
        known = [name for name in cls.__dataclass_fields__ if name != "hits"]
        unknown = sorted(set(document) - set(known))
        if unknown:
            raise ValueError(f"unknown key {', '.join(unknown)} in a fault; known are {', '.join(known)}")
        kinds = [kind.value for kind in FaultKind]
        if document.get("kind") not in kinds:
            raise ValueError(f"kind of a fault must be one of {', '.join(kinds)}")
        if document.get("when", "before") not in ("before", "after"):
            raise ValueError('"when" of a fault must be "before" or "after" (the effect)')
        re.compile(document.get("path", ""))
        return cls(**{**document, "kind": FaultKind(document["kind"])})

    def to_json(self) -> JsonObject:
        """Return the rule with its number of hits so far."""
        return {**asdict(self), "kind": self.kind.value}

    def takes(self, method: str, path: str) -> bool:
        """Count a call and return whether this rule picks it."""
        if self.method not in ("*", method) or not re.search(self.path, path):
            return False
        self.hits += 1
        return self.on_hit <= self.hits < self.on_hit + self.times


@dataclass(slots=True)
class Faults:
    """All rules of a node, and the latency of every call."""

    latency_ms: float = 0.0
    rules: list[Fault] = field(default_factory=list)

    def pick(self, method: str, path: str) -> Fault | None:
        """Return the rule that this call falls under, if any; every matching rule counts the call."""
        due = [rule for rule in self.rules if rule.takes(method, path)]
        return due[0] if due else None


@dataclass(slots=True)
class LogEntry:
    """One API call. ``number`` is its place in order of arrival, ``done`` in order of completion (``None`` while open)."""

    number: int
    method: str
    path: str
    query: str
    at_ms: int
    mark: EffectMark = field(default_factory=EffectMark)
    user: str | None = None
    status: int | None = None
    fault: str | None = None
    done: int | None = None

    def to_json(self) -> JsonObject:
        """Return the entry; ``effect`` tells whether it changed anything that lasts, even if later (futures)."""
        return {
            "number": self.number,
            "method": self.method,
            "path": self.path,
            "query": self.query,
            "user": self.user,
            "status": self.status,
            "effect": self.mark.happened,
            "fault": self.fault,
            "done": self.done,
            "at_ms": self.at_ms,
        }


class RequestLog:
    """The calls since the last ``clear``, oldest first."""

    def __init__(self) -> None:
        self._entries: deque[LogEntry] = deque(maxlen=_LOG_LIMIT)
        self._arrived = 0
        self._done = 0

    def open(self, method: str, path: str, query: str, at_ms: int) -> LogEntry:
        """Note the arrival of a call."""
        self._arrived += 1
        entry = LogEntry(self._arrived, method, path, query, at_ms)
        self._entries.append(entry)
        return entry

    def close(self, entry: LogEntry, status: int | None) -> None:
        """Note how a call ended; ``None`` if no status reached the client."""
        self._done += 1
        entry.done = self._done
        entry.status = status

    def clear(self) -> None:
        """Forget all entries; numbers go on."""
        self._entries.clear()

    def find(self, *, method: str | None = None, path: str = "", effect: bool | None = None) -> Iterator[LogEntry]:
        """Yield the entries that match, oldest first; ``path`` is a regular expression."""
        for entry in list(self._entries):
            if method not in (None, entry.method) or not re.search(path, entry.path):
                continue
            if effect is None or effect is entry.mark.happened:
                yield entry
