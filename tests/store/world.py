"""What the store's tests share: a clock that tests move, and stores that fail on request."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from dataiku_iac.core.errors import StoreUnavailable
from dataiku_iac.core.heads import Meta, Mode
from dataiku_iac.core.journal import Begin, Done, Idempotency, Intent, Print, RunMode, Verb
from dataiku_iac.core.lease import Owner
from dataiku_iac.store.blobs import Blob, Blobs, Item, Lost, Stored, Under
from dataiku_iac.store.envelope import seal

# A thread that does not come within this time never will; no test waits so long when all is well.
PATIENCE_S = 30.0


class FakeClock:
    """Time that stands still until a test moves it.

    A wait of the thread that made the clock moves it itself (it has nothing else to wait for); other threads block.
    """

    def __init__(self) -> None:
        self._time = 1000.0
        self._cond = threading.Condition()
        self._waiting: dict[threading.Event, float] = {}
        self._mover = threading.current_thread()

    def now(self) -> datetime:
        return datetime(2026, 1, 31, tzinfo=UTC) + timedelta(seconds=self.monotonic())

    def monotonic(self) -> float:
        with self._cond:
            return self._time

    def sleep(self, seconds: float) -> None:
        self.advance(seconds)

    def wait(self, wake: threading.Event, seconds: float | None) -> None:
        if seconds is not None and seconds <= 0:
            return
        if threading.current_thread() is self._mover and seconds is not None:
            self.advance(seconds)
            return
        with self._cond:
            if seconds is not None:
                self._waiting[wake] = self._time + seconds
            self._cond.notify_all()
        wake.wait()
        with self._cond:
            self._waiting.pop(wake, None)

    def advance(self, seconds: float) -> None:
        with self._cond:
            self._time += seconds
            due = [wake for wake, until in self._waiting.items() if until <= self._time + 1e-9]
            for wake in due:
                del self._waiting[wake]
                wake.set()

    def until_waiting(self, threads: int) -> None:
        """Return when so many threads wait for time to pass."""
        with self._cond:
            assert self._cond.wait_for(lambda: len(self._waiting) >= threads, PATIENCE_S)


class Ids:
    """Names in order, different for each source."""

    _sources = 0
    _lock = threading.Lock()

    def __init__(self) -> None:
        with Ids._lock:
            Ids._sources += 1
            self._source = Ids._sources
        self._count = 0

    def new(self) -> str:
        with Ids._lock:
            self._count += 1
            return f"{self._count:08x}{self._source:024x}"


class Through:
    """Passes everything on; the base of the faulty stores below."""

    def __init__(self, blobs: Blobs) -> None:
        self.blobs = blobs

    @property
    def mode(self) -> Mode:
        return self.blobs.mode

    @property
    def identity(self) -> str:
        return self.blobs.identity

    def where(self, key: str) -> str:
        return self.blobs.where(key)

    def get(self, key: str) -> Blob | None:
        return self.blobs.get(key)

    def put_if_absent(self, key: str, body: bytes) -> Stored | Lost:
        return self.blobs.put_if_absent(key, body)

    def compare_and_swap(self, key: str, etag: str, body: bytes) -> Stored | Lost:
        return self.blobs.compare_and_swap(key, etag, body)

    def put(self, key: str, body: bytes) -> None:
        self.blobs.put(key, body)

    def delete(self, key: str) -> None:
        self.blobs.delete(key)

    def list(self, prefix: str) -> Sequence[Item]:
        return self.blobs.list(prefix)

    def dialects(self) -> Sequence[str]:
        return self.blobs.dialects()

    def speaking(self, dialect: str) -> Blobs:
        self.blobs = self.blobs.speaking(dialect)
        return self


class Unreliable(Through):
    """``down``: writes fail without effect. ``mute``: so many writes take effect and then fail."""

    down = False
    mute = 0
    writes = 0

    def put_if_absent(self, key: str, body: bytes) -> Stored | Lost:
        return self._write(lambda: super(Unreliable, self).put_if_absent(key, body))

    def compare_and_swap(self, key: str, etag: str, body: bytes) -> Stored | Lost:
        return self._write(lambda: super(Unreliable, self).compare_and_swap(key, etag, body))

    def _write(self, write: Callable[[], Stored | Lost]) -> Stored | Lost:
        self.writes += 1
        if self.down:
            raise StoreUnavailable("the store is down")
        outcome = write()
        if self.mute:
            self.mute -= 1
            raise StoreUnavailable("the answer was lost")
        return outcome


class Aged(Through):
    """Every object is ``by_s`` seconds older by the store's own clock."""

    def __init__(self, blobs: Blobs, by_s: float) -> None:
        super().__init__(blobs)
        self._by = timedelta(seconds=by_s)

    def get(self, key: str) -> Blob | None:
        blob = super().get(key)
        if blob is None or blob.last_modified is None:
            return blob
        return replace(blob, server_date=blob.last_modified + self._by)


def owner(run: str, user: str = "alice") -> Owner:
    return Owner(
        run=run,
        op="apply",
        user=user,
        node_url="http://node",
        host=f"host-of-{user}",
        boot_id="boot",
        pid=42,
        pid_start=4242,
        plugin_version="0.1.0",
    )


BEGIN = Begin(plan_sha256="sha256:00", base_serial=0, base_state_sha256=None, mode=RunMode.APPLY)


def intent(aid: str) -> Intent:
    return Intent(
        aid=aid,
        address=f"dataset.CRM.{aid}",
        type="dataset",
        step=1,
        steps=1,
        verb=Verb.CREATE,
        node="design",
        method="POST",
        path="/projects/CRM/datasets/",
        body_sha256="sha256:11",
        pre=Print(exists=False),
        idem=Idempotency("keyed", key=aid),
    )


def done(aid: str) -> Done:
    return Done(aid=aid, result=Print(exists=True, id=aid, version_number=0, fingerprint="sha256:22"), entry={"n": aid})


def under(blobs: Blobs) -> Blobs:
    """The keys of the stack that the tests use."""
    return Under(blobs, "prod/crm/")


def prepare(blobs: Blobs) -> None:
    """Put the ``meta.json`` of a store that was probed before: the probe has tests of its own and costs 70 requests."""
    meta = Meta(
        lineage="lineage-of-prod-crm",
        created_at="2026-01-31T00:00:00Z",
        mode=blobs.mode,
        dialect=blobs.dialects()[0],
        store=blobs.identity,
    )
    blobs.put_if_absent("prod/crm/meta.json", seal(meta.to_json()))
