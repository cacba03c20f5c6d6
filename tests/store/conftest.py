"""One S3 server per session, and every kind of store the protocol runs on."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

from dataiku_iac.core.secret import Secret
from dataiku_iac.store import crashpoints
from dataiku_iac.store.blobs import Blobs
from dataiku_iac.store.clock import SystemClock
from dataiku_iac.store.directory_blobs import DirectoryBlobs
from dataiku_iac.store.s3_blobs import S3Blobs, S3Settings, open_s3
from dataiku_iac.store.stack_store import StackStore
from emulator.s3 import S3Process, start_s3
from tests.store.world import FakeClock, Ids, Unreliable, prepare

BUCKET = "iac"
_prefixes = itertools.count(1)


@pytest.fixture(scope="session")
def s3_process() -> Iterator[S3Process]:
    # Threads that take turns 500 times as often as usual: races show within a few rounds.
    with start_s3(switch_interval_s=1e-5) as process:
        process.create_bucket(BUCKET)
        yield process


@pytest.fixture
def s3_server(s3_process: S3Process) -> Iterator[S3Process]:
    s3_process.clear_faults()
    s3_process.clear_requests()
    yield s3_process
    s3_process.clear_faults()


@pytest.fixture
def s3_settings(s3_server: S3Process) -> S3Settings:
    """A prefix that no other test uses."""
    return S3Settings(
        bucket=BUCKET,
        prefix=f"test-{next(_prefixes)}",
        region="us-east-1",
        endpoint_url=s3_server.endpoint,
        access_key=s3_server.access_key,
        secret_key=Secret(s3_server.secret_key),
    )


@pytest.fixture(scope="session")
def s3_client(s3_process: S3Process) -> S3Blobs:
    """The costly part of opening a bucket, once."""
    settings = S3Settings(
        bucket=BUCKET,
        region="us-east-1",
        endpoint_url=s3_process.endpoint,
        access_key=s3_process.access_key,
        secret_key=Secret(s3_process.secret_key),
    )
    return open_s3(settings, clock=SystemClock())


@pytest.fixture
def s3_blobs(s3_client: S3Blobs, s3_settings: S3Settings) -> S3Blobs:
    """The bucket under a prefix that no other test uses; repeats come without pauses."""
    prefix = f"{s3_settings.prefix}/"
    return S3Blobs(s3_client._client, BUCKET, prefix=prefix, clock=SystemClock(), jitter=lambda: 0.0)


@pytest.fixture(params=["s3", "directory"])
def blobs(request: pytest.FixtureRequest, tmp_path: Path) -> Blobs:
    """Every store that may lead a run; the suites below are written once."""
    if request.param == "s3":
        found = request.getfixturevalue("s3_blobs")
        assert isinstance(found, S3Blobs)
        return found
    return DirectoryBlobs(tmp_path / "store")


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def shared(blobs: Blobs) -> Unreliable:
    """The store under test, with a switch for failures above it."""
    return Unreliable(blobs)


@pytest.fixture
def store(shared: Unreliable, clock: FakeClock) -> StackStore:
    """A fresh stack as its first process sees it."""
    prepare(shared)
    return StackStore.open_or_init(shared, environment="prod", stack="crm", clock=clock, ids=Ids())


@pytest.fixture
def other_clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def other(store: StackStore, blobs: Blobs, other_clock: FakeClock) -> StackStore:
    """The same stack as another machine sees it: own clock, own failures."""
    assert store.meta.lineage
    return StackStore.open_or_init(blobs, environment="prod", stack="crm", clock=other_clock, ids=Ids())


@pytest.fixture(autouse=True)
def _disarmed() -> Iterator[None]:
    yield
    crashpoints.disarm()
