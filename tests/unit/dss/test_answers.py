"""The table from answers to errors, row by row."""

from __future__ import annotations

import json

import pytest

from dataiku_iac.core.errors import (
    NodeError,
    NodeUnavailable,
    NotAllowed,
    ObjectMissing,
    OutcomeUnknown,
    Refused,
    UnexpectedShape,
)
from dataiku_iac.dss.answers import ROWS, Answer, error_of, parsed_body

JAVA = "com.dataiku.dip.exceptions."


def envelope(error_type: str, message: str = "no", **more: object) -> str:
    return json.dumps({"errorType": error_type, "message": message, "detailedMessage": message, **more})


HTML = "<!DOCTYPE html><html><body>nginx</body></html>"
JSON = {"Content-Type": "application/json;charset=utf-8"}

# (row, status, body, headers, meaning for a read, meaning for a write)
CASES: list[tuple[str, int, str, dict[str, str], type[NodeError] | None, type[NodeError] | None]] = [
    ("redirect to https", 301, "", {"Location": "https://dss.example.com/dip"}, Refused, Refused),
    ("redirect, as login pages do", 302, "", {"Location": "https://sso.example.com/a?t=1"}, NotAllowed, NotAllowed),
    ("throttled", 429, HTML, {}, NodeUnavailable, NodeUnavailable),
    ("wrong key", 401, envelope(JAVA + "NotAuthenticatedException", "Unknown API Key"), JSON, NotAllowed, NotAllowed),
    (
        "project unknown or invisible",
        403,
        envelope(JAVA + "UnauthorizedException", "Failed to read project permissions"),
        JSON,
        NotAllowed,
        NotAllowed,
    ),
    (
        "project unknown or invisible",
        401,
        envelope(JAVA + "UnauthorizedException", "Failed to read project permissions"),
        JSON,
        NotAllowed,
        NotAllowed,
    ),
    ("missing right", 403, envelope(JAVA + "UnauthorizedException", "may not write"), JSON, NotAllowed, NotAllowed),
    ("not allowed, class unknown", 403, HTML, {}, NotAllowed, NotAllowed),
    ("missing right, as 500", 500, envelope(JAVA + "UnauthorizedException"), JSON, NotAllowed, OutcomeUnknown),
    ("missing object", 404, envelope(JAVA + "NotFoundException"), JSON, ObjectMissing, ObjectMissing),
    (
        "missing object",
        404,
        envelope("com.dataiku.dip.server.controllers.NotFoundException"),
        JSON,
        ObjectMissing,
        ObjectMissing,
    ),
    (
        "missing object, under another status",
        500,
        envelope(JAVA + "NotFoundException"),
        JSON,
        ObjectMissing,
        OutcomeUnknown,
    ),
    (
        "missing connection",
        500,
        envelope("java.lang.IllegalArgumentException", "Connection 'pg' does not exist"),
        JSON,
        ObjectMissing,
        OutcomeUnknown,
    ),
    ("front-end without its DSS", 502, HTML, {}, NodeUnavailable, OutcomeUnknown),
    ("front-end without its DSS", 503, "", {}, NodeUnavailable, OutcomeUnknown),
    ("front-end without its DSS", 504, HTML, {}, NodeUnavailable, OutcomeUnknown),
    ("HTML page", 200, HTML, {"Content-Type": "text/html"}, UnexpectedShape, OutcomeUnknown),
    ("HTML page", 404, HTML, {}, UnexpectedShape, OutcomeUnknown),
    (
        "name is taken",
        400,
        envelope(JAVA + "DSSIllegalArgumentException", "Dataset X already exists"),
        JSON,
        Refused,
        OutcomeUnknown,
    ),
    ("name is taken", 409, envelope("X", "ERR_PROJECT_INVALID_PROJECT_KEY"), JSON, Refused, OutcomeUnknown),
    ("server error", 500, envelope("java.lang.NullPointerException"), JSON, Refused, OutcomeUnknown),
    ("server error", 500, "", {}, Refused, OutcomeUnknown),
    ("not found, but not by DSS's class", 404, "", {}, UnexpectedShape, Refused),
    ("wrong verb", 405, "", {}, Refused, Refused),
    ("refused", 400, envelope("java.lang.IllegalArgumentException", "no owner"), JSON, Refused, Refused),
    ("unreadable body", 200, '{"items": [1,', JSON, UnexpectedShape, OutcomeUnknown),
    (
        "a 200 that says no",
        200,
        '{"messages": {"error": true, "messages": []}}',
        JSON,
        None,
        Refused,
    ),
]


@pytest.mark.parametrize(("row", "status", "body", "headers", "read", "write"), CASES)
@pytest.mark.parametrize("writes", [False, True], ids=["read", "write"])
def test_each_answer_means_what_its_row_says(
    row: str,
    status: int,
    body: str,
    headers: dict[str, str],
    read: type[NodeError] | None,
    write: type[NodeError] | None,
    *,
    writes: bool,
) -> None:
    answer = Answer("PUT /x", "http://dss.example.com", status, body, headers, writes=writes)
    taken = next((r.name for r in ROWS if r.takes(answer)), None)
    assert taken == row
    error = error_of(answer)
    expected = write if writes else read
    assert type(error) is expected or (error is None and expected is None)
    if error is not None:
        assert error.status == status
        assert error.next_step
        assert "http://dss.example.com" in error.where


def test_every_row_has_a_case() -> None:
    assert {row.name for row in ROWS} == {case[0] for case in CASES}


@pytest.mark.parametrize(
    ("body", "value"), [("", None), ("  ", None), ('{"a": 1}', {"a": 1}), ("saved", "saved"), ("[]", [])]
)
def test_good_answers_to_writes_are_json_or_text_or_nothing(body: str, value: object) -> None:
    answer = Answer("PUT /x", "http://n", 200, body, {"Content-Type": "text/plain"}, writes=True)
    assert error_of(answer) is None
    assert parsed_body(answer) == value


def test_text_that_looks_like_a_page_is_welcome_where_text_was_asked_for() -> None:
    answer = Answer("GET /f", "http://n", 200, HTML, {"Content-Type": "text/html"}, wants_text=True)
    assert error_of(answer) is None


def test_stack_traces_pages_and_credentials_do_not_reach_the_message() -> None:
    trace = "boom password=hunter2, at " + "x" * 2000
    error = error_of(Answer("PUT /x", "http://n", 500, envelope("a.B", trace), JSON, writes=True))
    assert error is not None
    assert "hunter2" not in str(error)
    assert "password=***" in str(error)
    assert len(str(error)) < 900
    page = error_of(Answer("GET /x", "http://n", 502, HTML, {}))
    assert page is not None
    assert "<html" not in str(page)


def test_a_login_redirect_keeps_its_query_to_itself() -> None:
    error = error_of(Answer("GET /x", "http://n", 302, "", {"Location": "https://sso/a?ticket=abc"}))
    assert error is not None
    assert "https://sso/a" in str(error)
    assert "abc" not in str(error)
