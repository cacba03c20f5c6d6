"""Making and opening a store: once, together, and only where the store keeps its promises."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from dataiku_iac.core.errors import StateError, StoreCorrupt, StoreUnavailable
from dataiku_iac.core.heads import Meta, Mode
from dataiku_iac.store.blobs import Blob, Blobs, Item, Lost, Stored
from dataiku_iac.store.directory_blobs import DirectoryBlobs
from dataiku_iac.store.envelope import seal
from dataiku_iac.store.folder_blobs import FolderBlobs, FolderItem
from dataiku_iac.store.probe import probe
from dataiku_iac.store.s3_blobs import QUOTED, UNQUOTED, S3Blobs
from dataiku_iac.store.stack_store import StackStore
from tests.store.world import FakeClock, Ids, Through, owner


def opened(blobs: Blobs, stack: str = "crm") -> StackStore:
    return StackStore.open_or_init(blobs, environment="prod", stack=stack, clock=FakeClock(), ids=Ids())


def test_new_store_is_probed_described_and_opened_again(blobs: Blobs) -> None:
    store = opened(blobs)
    assert store.meta.store == blobs.identity
    assert store.meta.mode is blobs.mode
    assert [item.key for item in blobs.list("")] == ["prod/crm/head.json", "prod/crm/meta.json"]
    assert opened(blobs).meta == store.meta


def test_stacks_and_environments_are_strangers(blobs: Blobs) -> None:
    first, second = opened(blobs), opened(blobs, "sales")
    assert first.meta.lineage != second.meta.lineage
    with first.leases.acquire(owner("r1")), second.leases.acquire(owner("r2")) as lease:
        assert lease.fence == 1


def test_simultaneous_inits_agree_on_one_lineage(blobs: Blobs) -> None:
    start = threading.Barrier(4)

    def run(_: int) -> str:
        start.wait()
        return opened(blobs).meta.lineage

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(run, range(4)))) == 1
    assert opened(blobs).heads.read().head.rev == 1


def test_init_that_died_between_its_two_files_is_completed(blobs: Blobs) -> None:
    first = opened(blobs)
    blobs.delete("prod/crm/head.json")
    again = opened(blobs)
    assert again.meta == first.meta
    assert again.heads.read().head.serial == 0


@pytest.mark.parametrize("missing", ["meta.json", "head.json"])
def test_store_with_a_state_but_without_its_description_is_never_started_anew(blobs: Blobs, missing: str) -> None:
    store = opened(blobs)
    with store.leases.acquire(owner("r1")) as lease:
        store.heads.commit(store.heads.read(), state={}, resources=0, journal_upto=0, lease=lease)
    blobs.delete(f"prod/crm/{missing}")
    with pytest.raises(StoreCorrupt, match=f"{missing} is missing"):
        opened(blobs)


@pytest.mark.parametrize("name", ["", "a/b", "..", "é", "-x", "x" * 65])
def test_bad_stack_names_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(StateError, match="cannot name a stack"):
        opened(DirectoryBlobs(tmp_path), name)


def test_store_that_moved_is_probed_again(tmp_path: Path) -> None:
    store = opened(DirectoryBlobs(tmp_path / "a"))
    (tmp_path / "a").rename(tmp_path / "b")

    class Liar(Through):
        def put_if_absent(self, key: str, body: bytes) -> Stored | Lost:
            self.put(key, body)
            return Stored("x")

    with pytest.raises(StateError, match="second put-if-absent"):
        opened(Liar(DirectoryBlobs(tmp_path / "b")))
    assert opened(DirectoryBlobs(tmp_path / "b")).meta == store.meta


def test_store_written_by_a_later_version_is_refused(tmp_path: Path) -> None:
    blobs = DirectoryBlobs(tmp_path)
    meta = Meta("lin", "2026", Mode.LOCAL, "", blobs.identity)
    for change in ({"v": 2}, {"encryption": {"kdf": "scrypt"}}):
        blobs.put("prod/crm/meta.json", seal({**meta.to_json(), **change}))
        with pytest.raises(StoreCorrupt, match="version"):
            opened(blobs)


class Folder:
    """The folder API in memory."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}

    def list(self) -> Sequence[FolderItem]:
        return [FolderItem(path, len(body), datetime(2026, 1, 31, tzinfo=UTC)) for path, body in self.files.items()]

    def get(self, path: str) -> bytes | None:
        return self.files.get(path)

    def put(self, path: str, body: bytes) -> None:
        self.files[path] = body

    def delete(self, path: str) -> None:
        self.files.pop(path, None)


def test_managed_folder_serves_readers_and_refuses_to_lead_a_run() -> None:
    folder = Folder()
    blobs = FolderBlobs(folder, name="IAC_STATE")
    with pytest.raises(StateError, match="no conditional writes") as caught:
        opened(blobs)
    assert "S3 bucket behind the folder" in str(caught.value)
    assert folder.files == {}
    blobs.put("reports/x.html", b"<p/>")
    assert [item.key for item in blobs.list("reports/")] == ["reports/x.html"]
    assert blobs.get("reports/x.html") is not None
    assert blobs.get("reports/y.html") is None


class Faithless(Through):
    """Breaks one promise."""

    def __init__(self, blobs: Blobs, promise: str) -> None:
        super().__init__(blobs)
        self.promise = promise

    def put_if_absent(self, key: str, body: bytes) -> Stored | Lost:
        if self.promise == "overwrites" or (self.promise == "create race" and "race-create" in key):
            self.put(key, body)
            return Stored("x")
        if self.promise == "refuses all" and "swap" not in key:
            return Lost(None)
        return super().put_if_absent(key, body)

    def compare_and_swap(self, key: str, etag: str, body: bytes) -> Stored | Lost:
        found = self.get(key)
        if (
            self.promise == "ignores etags"
            or (self.promise == "swap race" and "race-swap" in key)
            or (self.promise == "swaps into nothing" and found is None)
            or (self.promise == "takes stale etags" and found is not None and found.body == b"v2")
        ):
            self.put(key, body)
            return Stored("x")
        if self.promise == "never swaps" and found is not None and found.etag == etag:
            raise StoreUnavailable("412 again and again")
        return super().compare_and_swap(key, etag, body)

    def get(self, key: str) -> Blob | None:
        found = super().get(key)
        if found is not None and self.promise == "undated":
            return replace(found, last_modified=None)
        return found

    def list(self, prefix: str) -> Sequence[Item]:
        if self.promise == "late listing":
            return [item for item in super().list(prefix) if not item.key.endswith("listed")]
        return super().list(prefix)


@pytest.mark.parametrize(
    ("promise", "step"),
    [
        ("overwrites", "second put-if-absent"),
        ("refuses all", "a new object can be written"),
        ("ignores etags", "wrong ETag"),
        ("takes stale etags", "stale ETag"),
        ("swaps into nothing", "absent object"),
        ("never swaps", "right ETag"),
        ("create race", "simultaneous put-if-absent"),
        ("swap race", "simultaneous swaps"),
        ("late listing", "listing"),
        ("undated", "when it was written"),
    ],
)
def test_probe_names_the_promise_that_is_not_kept(tmp_path: Path, promise: str, step: str) -> None:
    with pytest.raises(StateError, match=step):
        probe(Faithless(DirectoryBlobs(tmp_path), promise), ids=Ids())


def test_probe_finds_how_etags_are_spelled(s3_blobs: S3Blobs) -> None:
    """A store that refuses quoted ETags (Ceph 16) is spoken to without quotes."""

    class Bare(Through):
        dialect = QUOTED

        def speaking(self, dialect: str) -> Blobs:
            bare = Bare(self.blobs.speaking(dialect))
            bare.dialect = dialect
            return bare

        def compare_and_swap(self, key: str, etag: str, body: bytes) -> Stored | Lost:
            found = self.get(key)
            if self.dialect == QUOTED and found is not None and found.etag == etag:
                raise StoreUnavailable("412 again and again")
            return super().compare_and_swap(key, etag, body)

    assert probe(s3_blobs, ids=Ids()) == QUOTED
    assert probe(Bare(s3_blobs), ids=Ids()) == UNQUOTED
    assert s3_blobs.list("probe/") == []
