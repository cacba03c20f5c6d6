"""The S3 server keeps what the state store builds on: conditional writes, and the faults it is told to commit.

Facts: Amazon's documentation of conditional requests (412, 404 on an absent key, only ``*`` for If-None-Match), as listed in the design of
the state store.
"""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionError, HTTPClientError

from emulator.s3 import S3Process, start_s3

BUCKET = "store"
THREADS = 16


@pytest.fixture(scope="module")
def server() -> Iterator[S3Process]:
    # Threads that take turns 500 times as often as usual: without the mutex the races below show within a few rounds.
    with start_s3(switch_interval_s=1e-5) as process:
        process.create_bucket(BUCKET)
        yield process


@pytest.fixture
def s3(server: S3Process) -> Iterator[Any]:
    server.clear_faults()
    server.clear_requests()
    client = server.client(max_pool_connections=THREADS)
    yield client
    server.clear_faults()
    client.close()


def error_of(call: Callable[[], object]) -> tuple[int, str]:
    with pytest.raises(ClientError) as caught:
        call()
    response = caught.value.response
    return response["ResponseMetadata"]["HTTPStatusCode"], response["Error"]["Code"]


def put(s3: Any, key: str, body: bytes, **condition: str) -> str:
    """Put and return the status, or the error code."""
    try:
        s3.put_object(Bucket=BUCKET, Key=key, Body=body, **condition)
    except ClientError as exc:
        return str(exc.response["Error"]["Code"])
    return "ok"


def at_once(call: Callable[[int], str]) -> list[str]:
    """Run ``call(0..15)`` in threads that start together."""
    barrier = threading.Barrier(THREADS)

    def run(number: int) -> str:
        barrier.wait()
        return call(number)

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(run, range(THREADS)))


def test_put_if_absent_has_one_winner_among_threads(s3: Any) -> None:
    """``If-None-Match: *`` is atomic: of 16 writers one gets 200 and its body stays, 15 get 412."""
    for round_number in range(15):
        key = f"absent/{round_number}"
        results = at_once(lambda n, key=key: put(s3, key, str(n).encode(), IfNoneMatch="*"))  # type: ignore[misc]  # default binds the loop variable
        assert sorted(results) == ["PreconditionFailed"] * (THREADS - 1) + ["ok"]
        assert s3.get_object(Bucket=BUCKET, Key=key)["Body"].read() == str(results.index("ok")).encode()


def test_compare_and_swap_has_one_winner_among_threads(s3: Any) -> None:
    """``If-Match: etag`` is atomic: of 16 writers with the same base one wins."""
    s3.put_object(Bucket=BUCKET, Key="cas", Body=b"start")
    for round_number in range(15):
        etag = s3.head_object(Bucket=BUCKET, Key="cas")["ETag"]
        results = at_once(lambda n, e=etag, r=round_number: put(s3, "cas", f"{r}-{n}".encode(), IfMatch=e))  # type: ignore[misc]  # as above
        assert sorted(results) == ["PreconditionFailed"] * (THREADS - 1) + ["ok"]
        assert (
            s3.get_object(Bucket=BUCKET, Key="cas")["Body"].read() == f"{round_number}-{results.index('ok')}".encode()
        )


def test_conditions_answer_as_amazon_does(s3: Any) -> None:
    """412 when false, 404 for If-Match on an absent key, 501 for If-None-Match with an ETag and for a conditional copy."""
    s3.put_object(Bucket=BUCKET, Key="k", Body=b"one")
    assert error_of(lambda: s3.put_object(Bucket=BUCKET, Key="k", Body=b"x", IfMatch='"00"')) == (
        412,
        "PreconditionFailed",
    )
    assert error_of(lambda: s3.put_object(Bucket=BUCKET, Key="none", Body=b"x", IfMatch='"00"')) == (404, "NoSuchKey")
    assert error_of(lambda: s3.get_object(Bucket=BUCKET, Key="none")) == (404, "NoSuchKey")
    assert error_of(lambda: s3.put_object(Bucket=BUCKET, Key="k", Body=b"x", IfNoneMatch='"00"'))[0] == 501
    copy = {"Bucket": BUCKET, "Key": "k", "CopySource": f"{BUCKET}/k", "IfNoneMatch": "*"}
    assert error_of(lambda: s3.copy_object(**copy))[0] == 501
    assert s3.get_object(Bucket=BUCKET, Key="k")["Body"].read() == b"one"


def test_a_deleted_key_is_absent_and_a_listing_shows_it_at_once(s3: Any) -> None:
    """Strong consistency of reads and listings after writes and deletes; Date and Last-Modified come with each reply."""
    s3.put_object(Bucket=BUCKET, Key="l/ü a+b%.json", Body=b"12")
    listed = s3.list_objects_v2(Bucket=BUCKET, Prefix="l/")["Contents"]
    assert [(item["Key"], item["Size"]) for item in listed] == [("l/ü a+b%.json", 2)]
    headers = s3.get_object(Bucket=BUCKET, Key="l/ü a+b%.json")["ResponseMetadata"]["HTTPHeaders"]
    assert {"date", "last-modified", "etag"} <= set(headers)
    s3.delete_object(Bucket=BUCKET, Key="l/ü a+b%.json")
    assert "Contents" not in s3.list_objects_v2(Bucket=BUCKET, Prefix="l/")


@pytest.mark.parametrize(("wrong", "code"), [("secret", "SignatureDoesNotMatch"), ("key", "InvalidAccessKeyId")])
def test_wrong_credentials_are_refused(server: S3Process, wrong: str, code: str) -> None:
    """403 with the code Amazon gives; a store opened with a wrong preset must not work here either."""
    client = boto3.client(
        "s3",
        endpoint_url=server.endpoint,
        aws_access_key_id="other" if wrong == "key" else server.access_key,
        aws_secret_access_key="other" if wrong == "secret" else server.secret_key,
        region_name="us-east-1",
    )
    assert error_of(lambda: client.put_object(Bucket=BUCKET, Key="intruder", Body=b"x")) == (403, code)
    client.close()


@pytest.mark.parametrize("when", ["before", "after"])
def test_reset_before_and_after_the_effect(server: S3Process, s3: Any, when: str) -> None:
    """A cut connection says nothing on the effect: before, nothing is stored; after, the object is there."""
    server.add_fault(method="PUT", key=f"reset-{when}$", when=when, action="reset")
    with pytest.raises((ConnectionError, HTTPClientError)):
        s3.put_object(Bucket=BUCKET, Key=f"reset-{when}", Body=b"x")
    assert ("Contents" in s3.list_objects_v2(Bucket=BUCKET, Prefix=f"reset-{when}")) is (when == "after")
    assert [entry["effect"] for entry in server.requests() if entry["method"] == "PUT"] == [when == "after"]
    assert put(s3, f"reset-{when}", b"y") == "ok"


def test_status_strikes_the_nth_request_and_then_lets_pass(server: S3Process, s3: Any) -> None:
    """``skip`` and ``times`` choose the hit; status and code are the ones asked for, e.g. throttling or a lost race."""
    server.add_fault(method="PUT", key="nth", skip=1, times=2, status=503, code="SlowDown")
    assert [put(s3, "nth", b"x") for _ in range(5)] == ["ok", "SlowDown", "SlowDown", "ok", "ok"]
    server.add_fault(method="PUT", key="nth", when="after", status=409, code="ConditionalRequestConflict")
    assert put(s3, "nth", b"landed") == "ConditionalRequestConflict"
    assert s3.get_object(Bucket=BUCKET, Key="nth")["Body"].read() == b"landed"


def test_botocore_turns_its_own_success_into_412(server: S3Process, s3: Any) -> None:
    """With its default retries botocore repeats a put-if-absent whose answer was lost and then reports 412 for its own object."""
    retrying = server.client(retries={"total_max_attempts": 3, "mode": "standard"})
    server.add_fault(method="PUT", key="lost", when="after", status=500)
    assert put(retrying, "lost", b"mine", IfNoneMatch="*") == "PreconditionFailed"
    assert s3.get_object(Bucket=BUCKET, Key="lost")["Body"].read() == b"mine"
    retrying.close()


def test_held_write_lands_after_its_sender_gave_up(server: S3Process, s3: Any) -> None:
    """The late effect of a zombie: the client times out, another writes, then the first write lands."""
    held = server.add_fault(method="PUT", key="zombie", action="hold")
    impatient = server.client(read_timeout=0.2)
    with pytest.raises(HTTPClientError):
        impatient.put_object(Bucket=BUCKET, Key="zombie", Body=b"late")
    assert server.faults()[0]["waiting"] == 1
    assert put(s3, "zombie", b"successor") == "ok"
    server.release(held)
    # The server finishes the request with nobody to tell; its log is the only witness.
    assert any(entry["fault"] == held for _ in range(2000) for entry in server.requests())
    assert s3.get_object(Bucket=BUCKET, Key="zombie")["Body"].read() == b"late"
    impatient.close()


def test_unknown_words_in_a_fault_are_refused(server: S3Process) -> None:
    """A misspelt rule must not be a test that tests nothing."""
    for rule in ({"methd": "PUT"}, {"when": "during"}, {"key": "("}):
        with pytest.raises(ValueError, match="fault rule"):
            server.add_fault(**rule)


def test_a_killed_server_refuses_and_a_new_one_is_empty() -> None:
    """Objects live in the server's memory only; clients of a dead server get a connection error."""
    with start_s3() as first:
        first.create_bucket(BUCKET)
        client = first.client(connect_timeout=5)
        client.put_object(Bucket=BUCKET, Key="k", Body=b"x")
        first.kill()
        with pytest.raises((ConnectionError, HTTPClientError)):
            client.get_object(Bucket=BUCKET, Key="k")
        client.close()
    with start_s3(access_key="AKIACHOSEN", secret_key="chosen-secret") as second:
        client = boto3.client(
            "s3",
            endpoint_url=second.endpoint,
            aws_access_key_id="AKIACHOSEN",
            aws_secret_access_key="chosen-secret",
            region_name="us-east-1",
            config=Config(retries={"total_max_attempts": 1}),
        )
        assert client.list_buckets()["Buckets"] == []
        client.close()
        assert "chosen-secret" not in repr(second)
