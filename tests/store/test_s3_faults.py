"""Conditional writes in S3 when the answer is lost, late, or says something else than what happened."""

from __future__ import annotations

import socket
import threading
from dataclasses import replace

import pytest

from dataiku_iac.core.errors import ConfigError, StoreUnavailable
from dataiku_iac.core.secret import Secret
from dataiku_iac.store.blobs import Lost, Stored, StoreRefused
from dataiku_iac.store.clock import SystemClock
from dataiku_iac.store.s3_blobs import S3Blobs, S3Settings, open_s3
from emulator.s3 import S3Process
from tests.store.world import PATIENCE_S


def swapped(blobs: S3Blobs) -> str:
    """Put the base of a swap; return its ETag."""
    base = blobs.put_if_absent("swap", b"base")
    assert isinstance(base, Stored)
    return base.etag


FAULTS = [
    {"when": "after", "action": "reset"},
    {"when": "before", "action": "reset"},
    {"when": "after", "status": 500},
    {"when": "before", "status": 500},
    {"when": "after", "status": 503, "code": "SlowDown"},
    {"when": "before", "status": 503, "code": "SlowDown"},
    {"when": "before", "status": 409, "code": "ConditionalRequestConflict"},
    {"when": "after", "status": 409, "code": "ConditionalRequestConflict"},
    # A proxy delivered the request twice: the first did it, the second's answer arrived.
    {"when": "after", "status": 412, "code": "PreconditionFailed"},
]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: "-".join(str(value) for value in fault.values()))
def test_unclear_answer_ends_stored_once(s3_server: S3Process, s3_blobs: S3Blobs, fault: dict[str, str | int]) -> None:
    """Whatever was answered: the write is in, known to be ours, and a look or a repeat settled it."""
    s3_server.add_fault(method="PUT", key="new$", **fault)
    stored = s3_blobs.put_if_absent("new", b"mine")
    found = s3_blobs.get("new")
    assert found is not None
    assert stored == Stored(found.etag)
    etag = swapped(s3_blobs)
    s3_server.add_fault(method="PUT", key="swap$", **fault)
    stored = s3_blobs.compare_and_swap("swap", etag, b"mine too")
    found = s3_blobs.get("swap")
    assert found is not None
    assert (found.body, stored) == (b"mine too", Stored(found.etag))


def test_nothing_is_sent_again_without_a_look(s3_server: S3Process, s3_settings: S3Settings) -> None:
    """botocore's own retries are off: they would turn "stored, answer lost" into a lost race."""
    blobs = open_s3(s3_settings, clock=SystemClock())
    s3_server.add_fault(method="PUT", status=500)
    blobs.put_if_absent("k", b"x")
    assert [entry["method"] for entry in s3_server.requests()] == ["PUT", "GET", "PUT"]


def test_unclear_answer_after_foreign_write_is_lost(s3_server: S3Process, s3_blobs: S3Blobs) -> None:
    s3_blobs.put_if_absent("k", b"theirs")
    s3_server.add_fault(method="PUT", key="k$", action="reset")
    outcome = s3_blobs.put_if_absent("k", b"mine")
    assert isinstance(outcome, Lost)
    assert outcome.found is not None
    assert outcome.found.body == b"theirs"


def test_truncated_or_failing_reads_are_repeated(s3_server: S3Process, s3_blobs: S3Blobs) -> None:
    s3_blobs.put("k", b"x")
    s3_server.add_fault(method="GET", key="k$", action="reset")
    s3_server.add_fault(method="GET", key="k$", status=500, skip=1)
    found = s3_blobs.get("k")
    assert found is not None
    assert found.body == b"x"


def test_write_that_lands_after_its_sender_gave_up_is_refused(s3_server: S3Process, s3_settings: S3Settings) -> None:
    """The zombie's request parks in the network; whoever wrote in between wins, and the base's ETag is dead."""
    patient = open_s3(s3_settings, clock=SystemClock())
    etag = swapped(patient)
    impatient = open_s3(replace(s3_settings, read_timeout_s=0.2), clock=SystemClock())
    held = s3_server.add_fault(method="PUT", key="swap$", action="hold")
    outcomes: list[Stored | Lost] = []
    zombie = threading.Thread(target=lambda: outcomes.append(impatient.compare_and_swap("swap", etag, b"zombie")))
    zombie.start()
    zombie.join(PATIENCE_S)
    # Its second try was not held, and won; the first one still waits at the gate of the server.
    assert isinstance(outcomes[0], Stored)
    assert isinstance(patient.compare_and_swap("swap", outcomes[0].etag, b"successor"), Stored)
    s3_server.release(held)
    # The server finishes that request with nobody to tell; its log is the only witness.
    assert any(entry["fault"] == held for _ in range(2000) for entry in s3_server.requests())
    found = patient.get("swap")
    assert found is not None
    assert found.body == b"successor"


def test_store_that_stays_unclear_is_unavailable(s3_server: S3Process, s3_blobs: S3Blobs) -> None:
    s3_server.add_fault(method="PUT", key="k$", status=500, times=None)
    impatient = S3Blobs(s3_blobs._client, "iac", clock=SystemClock(), attempts=3, jitter=lambda: 0.0)
    with pytest.raises(StoreUnavailable, match="3 conditional writes") as caught:
        impatient.put_if_absent("k", b"x")
    assert "500" in str(caught.value)


@pytest.mark.parametrize(
    ("status", "code", "says"),
    [
        (400, "ExpiredToken", "expired"),
        (403, "AccessDenied", "s3:ListBucket"),
        (403, "RequestTimeTooSkewed", "clock"),
        (501, "NotImplemented", "conditional writes"),
        (301, "PermanentRedirect", "region"),
    ],
)
def test_refusals_say_what_where_and_what_to_do(
    s3_server: S3Process, s3_blobs: S3Blobs, status: int, code: str, says: str
) -> None:
    s3_server.add_fault(key="k$", status=status, code=code, times=None)
    for call in (
        lambda: s3_blobs.get("k"),
        lambda: s3_blobs.put_if_absent("k", b"x"),
        lambda: s3_blobs.compare_and_swap("k", '"1"', b"x"),
        lambda: s3_blobs.put("k", b"x"),
    ):
        with pytest.raises(StoreRefused) as caught:
            call()
        text = str(caught.value)
        assert says in text
        assert s3_blobs.where("k") in text
        assert "what to do" in text
    # A clear refusal is not asked again, except by botocore itself, which once looks for the bucket's region.
    asked = len([entry for entry in s3_server.requests() if entry["key"].endswith("k")])
    assert asked == (8 if status == 301 else 4)


def test_missing_bucket_is_not_an_absent_key(s3_settings: S3Settings) -> None:
    blobs = open_s3(replace(s3_settings, bucket="nowhere"), clock=SystemClock())
    for call in (lambda: blobs.get("k"), lambda: blobs.put_if_absent("k", b"x"), lambda: blobs.list("")):
        with pytest.raises(StoreRefused, match='bucket "nowhere" does not exist'):
            call()


def test_wrong_credentials_are_named_but_not_shown(s3_settings: S3Settings) -> None:
    wrong = replace(s3_settings, secret_key=Secret("very-secret-value"))
    with pytest.raises(StoreRefused, match="secret key does not belong") as caught:
        open_s3(wrong, clock=SystemClock()).get("k")
    unknown = replace(s3_settings, access_key="AKIANOBODY")
    with pytest.raises(StoreRefused, match="access key is unknown") as second:
        open_s3(unknown, clock=SystemClock()).get("k")
    for text in (str(caught.value), repr(wrong), str(second.value)):
        assert "very-secret-value" not in text
    assert "AKIANOBODY" not in str(second.value)


def test_unreachable_endpoint(s3_settings: S3Settings) -> None:
    with socket.socket() as reserved:  # bound and not listening: connections are refused
        reserved.bind(("127.0.0.1", 0))
        gone = replace(s3_settings, endpoint_url=f"http://127.0.0.1:{reserved.getsockname()[1]}")
        blobs = open_s3(gone, clock=SystemClock())
        blobs._attempts = 2
        with pytest.raises(StoreUnavailable, match="cannot be reached"):
            blobs.get("k")


@pytest.mark.parametrize(
    "wrong",
    [
        {"bucket": ""},
        {"endpoint_url": "http://user:password@host"},
        {"endpoint_url": "minio:9000"},
        {"secret_key": None},
    ],
)
def test_settings_that_cannot_be_right_are_refused_before_anything_is_sent(
    s3_settings: S3Settings, wrong: dict[str, str]
) -> None:
    with pytest.raises(ConfigError) as caught:
        open_s3(replace(s3_settings, **wrong), clock=SystemClock())  # type: ignore[arg-type] # one of several fields
    assert "user:password" not in str(caught.value)


def test_age_comes_from_the_stores_clock(s3_blobs: S3Blobs) -> None:
    s3_blobs.put("k", b"x")
    found = s3_blobs.get("k")
    assert found is not None
    assert found.server_date is not None
    assert found.age_s is not None
    assert found.age_s >= 0
