"""What each answer of a node means: one table from status, error class and text to our errors.

The HTTP status alone is unreliable (missing objects and missing rights come with 500 too [seen]); the class in
``errorType`` and the text decide first. A row says separately what the answer means for a read and for a write: after
a 5xx nobody knows whether a write took effect, so the engine must look before it repeats it. Sources: api-flow 2,
api-admin-govern 1.3, api-projects-scenarios-deployer 1.4; marks as there.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final
from urllib.parse import urlsplit

from dataiku_iac.core.canonical import Json
from dataiku_iac.core.errors import (
    NodeError,
    NodeUnavailable,
    NotAllowed,
    ObjectMissing,
    OutcomeUnknown,
    Refused,
    UnexpectedShape,
)

__all__ = ["ROWS", "Answer", "Row", "error_of", "parsed_body"]

_TEXT_LIMIT: Final = 400
# Servers like to print the connection string that did not work.
_CREDENTIAL: Final = re.compile(r"(?i)\b(password|passwd|pwd|secret|token|api[-_]?key)(\s*[=:]\s*)([^\s,;&\"']+)")


@dataclass(frozen=True)  # no slots: what is parsed once is kept
class Answer:
    """One answer, body read to its end.

    ``call`` is e.g. ``GET /projects/CRM/datasets/``, ``url`` that of the node. ``writes``: the call may have had an
    effect. ``wants_text``: any body of a good answer is welcome, else JSON is expected.
    """

    call: str
    url: str
    status: int
    body: str
    headers: Mapping[str, str] = field(default_factory=dict)
    writes: bool = False
    wants_text: bool = False

    @property
    def content_type(self) -> str:
        """Lower-case type without parameters, e.g. ``application/json``."""
        return self.headers.get("Content-Type", "").partition(";")[0].strip().lower()

    @property
    def is_html(self) -> bool:
        """True for pages of front-ends, which DSS itself never sends here."""
        if self.wants_text and self.status < 300:
            return False
        start = self.body.lstrip()[:15].lower()
        return self.content_type == "text/html" or start.startswith(("<!doctype html", "<html"))

    @property
    def is_unreadable(self) -> bool:
        """True if JSON was expected and something else came; some writes answer with plain text or nothing [client]."""
        if self.wants_text or not self.body.strip() or (self.writes and not self.content_type.endswith("json")):
            return False
        return not self._parsed[0]

    @property
    def redirects_to_https(self) -> bool:
        """True if the answer only says that the same host wants TLS."""
        target = urlsplit(self.headers.get("Location", ""))
        return (
            target.scheme == "https" and self.url.startswith("http:") and target.hostname == urlsplit(self.url).hostname
        )

    @cached_property
    def _parsed(self) -> tuple[bool, Json]:
        """Whether the body is JSON, and its value; lists of thousands of objects are parsed once, not once per row."""
        try:
            return True, json.loads(self.body)
        except ValueError:
            return False, None

    @property
    def json(self) -> Json:
        """The value of the body; the text itself where it is no JSON."""
        is_json, value = self._parsed
        return value if is_json else self.body

    @property
    def error(self) -> Mapping[str, Json]:
        """The JSON error envelope, or nothing."""
        found = self._parsed[1]
        return found if isinstance(found, dict) else {}

    @property
    def error_type(self) -> str:
        """The Java class, e.g. ``com.dataiku.dip.exceptions.NotFoundException``; some errors carry the short name [seen]."""
        found = self.error.get("errorType")
        return found if isinstance(found, str) else ""

    @property
    def text(self) -> str:
        """What the node says, trimmed: detailed messages hold stack traces, gateways send pages."""
        if self.is_html:
            return "an HTML page"
        for key in ("message", "detailedMessage"):
            found = self.error.get(key)
            if isinstance(found, str) and found:
                return _trimmed(found)
        return _trimmed(self.body) or "an empty body"


def _trimmed(text: str) -> str:
    line = " ".join(text.split(maxsplit=_TEXT_LIMIT))  # that many words are always enough
    line = line if len(line) <= _TEXT_LIMIT else line[:_TEXT_LIMIT] + "…"
    return _CREDENTIAL.sub(r"\1\2***", line)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table; every condition that is given must hold.

    Attributes:
        name: what the tests and the documentation call it.
        reads, writes: what the answer means; ``None`` = no error.
        statuses: inclusive range.
        error_class: the last part of ``errorType``.
        text: regular expression searched in message and body.
        html: an HTML page.
        unreadable: JSON was expected, and it is not.
        to_https: the redirect only leads to the same host over TLS.
    """

    name: str
    reads: type[NodeError] | None
    writes: type[NodeError] | None
    next_step: str
    statuses: tuple[int, int] = (100, 599)
    error_class: str = ""
    text: str = ""
    html: bool = False
    unreadable: bool = False
    to_https: bool = False

    def takes(self, answer: Answer) -> bool:
        """Tell whether the row speaks of ``answer``."""
        low, high = self.statuses
        return (
            low <= answer.status <= high
            and (not self.error_class or answer.error_type.rpartition(".")[2] == self.error_class)
            and (not self.text or re.search(self.text, answer.text + "\n" + answer.body) is not None)
            and (not self.html or answer.is_html)
            and (not self.unreadable or answer.is_unreadable)
            and (not self.to_https or answer.redirects_to_https)
        )


_KEY = "check the API key of this node; it may be wrong, expired or disabled"
_RIGHT = "give the identity of the API key the missing right, or use another key"
_LOOK = "nothing to do by hand: the engine looks at the object before it goes on; after an abort, resume the run"
_GATEWAY = "check that the URL is that of DSS itself and what stands in front of it (gateway, edition without this API)"

# The first row that takes an answer decides.
ROWS: Final = (
    Row(
        "redirect to https",
        Refused,
        Refused,
        "use the https:// URL of the node",
        statuses=(300, 399),
        to_https=True,
    ),
    Row(
        "redirect, as login pages do",
        NotAllowed,
        NotAllowed,
        "the URL stands behind a login page: use the address at which the API is reached directly",
        statuses=(300, 399),
    ),
    Row(
        "throttled",
        NodeUnavailable,
        NodeUnavailable,  # throttling is done before the request is looked at [seen at gateways]
        "wait, or lower the parallelism",
        statuses=(429, 429),
    ),
    Row(
        "wrong key",
        NotAllowed,
        NotAllowed,
        _KEY,
        statuses=(400, 599),
        error_class="NotAuthenticatedException",
    ),
    Row(
        "project unknown or invisible",  # existence is masked: 401 [seen], 403 [seen], never 404
        NotAllowed,
        NotAllowed,
        "check the project key; if it is right, the API key may not see this project (DSS tells the two apart to nobody)",
        statuses=(401, 403),
        text="Failed to read project permissions",
    ),
    Row("missing right", NotAllowed, NotAllowed, _RIGHT, statuses=(401, 403), error_class="UnauthorizedException"),
    Row("not allowed, class unknown", NotAllowed, NotAllowed, f"{_KEY}, or lack a right", statuses=(401, 403)),
    Row(
        "missing right, as 500",  # [seen]
        NotAllowed,
        OutcomeUnknown,
        _RIGHT,
        statuses=(500, 500),
        error_class="UnauthorizedException",
    ),
    Row(
        "missing object",
        ObjectMissing,
        ObjectMissing,
        "make a new plan: the object is gone",
        statuses=(404, 404),
        error_class="NotFoundException",
    ),
    Row(
        "missing object, under another status",  # [seen]
        ObjectMissing,
        OutcomeUnknown,
        "make a new plan: the object is gone",
        statuses=(400, 500),
        error_class="NotFoundException",
    ),
    Row(
        "missing connection",  # not a NotFound class [seen]
        ObjectMissing,
        OutcomeUnknown,
        "create the connection on the node, or map it in the environment file",
        statuses=(400, 500),
        error_class="IllegalArgumentException",
        text=r"Connection '[^']*' does not exist",
    ),
    Row(
        "front-end without its DSS",  # nginx while the backend restarts [inferred]
        NodeUnavailable,
        OutcomeUnknown,
        "wait until the node is up again, then resume",
        statuses=(502, 504),
    ),
    Row("HTML page", UnexpectedShape, OutcomeUnknown, _GATEWAY, html=True),
    Row(
        "name is taken",  # may be our own earlier delivery; status and class differ by endpoint [unknown]
        Refused,
        OutcomeUnknown,
        _LOOK,
        statuses=(400, 599),
        text=r"already exists|ERR_PROJECT_INVALID_PROJECT_KEY|ERR_SECURITY_(GROUP|USER)_EXISTS",
    ),
    Row(
        "server error",  # permanent user errors are sometimes 500 [seen]: not worth a retry; a write may have been saved
        Refused,
        OutcomeUnknown,
        "read the message of the node; its backend log has the rest",
        statuses=(500, 599),
    ),
    Row(
        "not found, but not by DSS's class",  # unknown route, other edition: no proof of absence
        UnexpectedShape,
        Refused,
        _GATEWAY,
        statuses=(404, 404),
    ),
    Row("wrong verb", Refused, Refused, "this version of DSS lacks the call", statuses=(405, 405)),
    Row("refused", Refused, Refused, "read the message of the node and change the configuration", statuses=(400, 499)),
    Row("unreadable body", UnexpectedShape, OutcomeUnknown, _LOOK, statuses=(200, 299), unreadable=True),
    Row(
        "a 200 that says no",  # info messages of code envs, plugins, keys [client]
        None,
        Refused,
        "read the message of the node",
        statuses=(200, 299),
        text=r'^\s*\{.*"messages"\s*:\s*\{.*"error"\s*:\s*true',
    ),
)


def error_of(answer: Answer) -> NodeError | None:
    """Return the error that ``answer`` means, or ``None`` if it is a good one."""
    for row in ROWS:
        if row.takes(answer):
            kind = row.writes if answer.writes else row.reads
            if kind is None:
                return None
            return kind(
                _what(answer, row),
                where=f"node {answer.url}",
                next_step=row.next_step,
                status=answer.status,
                error_type=answer.error_type,
            )
    return None


def _what(answer: Answer, row: Row) -> str:
    said = answer.error_type.rpartition(".")[2]
    head = f"{answer.call} answered {answer.status}"
    target = answer.headers.get("Location", "")
    if target and 300 <= answer.status <= 399:
        parts = urlsplit(target)  # without the query: login redirects carry tickets there
        return f"{head}, a redirect to {parts.scheme + '://' + parts.netloc if parts.netloc else ''}{parts.path}"
    return f"{head} ({row.name}): {said + ': ' if said else ''}{answer.text}"


def parsed_body(answer: Answer) -> Json:
    """Return the JSON of a good answer, ``None`` for an empty body, the text itself where DSS answers with text."""
    if not answer.body.strip():
        return None
    return answer.json
