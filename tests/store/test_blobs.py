"""The contract of ``Blobs``, once, over every store that may lead a run."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from dataiku_iac.core.errors import StoreUnavailable
from dataiku_iac.store.blobs import Blobs, Lost, Stored, Under
from dataiku_iac.store.directory_blobs import DirectoryBlobs
from dataiku_iac.store.s3_blobs import S3Blobs

THREADS = 16


def at_once(write: Callable[[int], Stored | Lost]) -> list[int]:
    """Run 16 writers that start together; return the numbers of those told that they won."""
    barrier = threading.Barrier(THREADS)

    def run(number: int) -> bool:
        barrier.wait()
        return isinstance(write(number), Stored)

    with ThreadPoolExecutor(THREADS) as pool:
        return [number for number, won in enumerate(pool.map(run, range(THREADS))) if won]


def test_absent_key_reads_as_none(blobs: Blobs) -> None:
    assert blobs.get("nothing/here.json") is None


def test_put_if_absent_stores_once(blobs: Blobs) -> None:
    first = blobs.put_if_absent("a/k.json", b"one")
    assert isinstance(first, Stored)
    second = blobs.put_if_absent("a/k.json", b"two")
    assert isinstance(second, Lost)
    assert second.found is not None
    assert (second.found.body, second.found.etag) == (b"one", first.etag)


def test_put_if_absent_of_the_same_bytes_recognises_itself(blobs: Blobs) -> None:
    first = blobs.put_if_absent("k", b"mine")
    assert blobs.put_if_absent("k", b"mine") == first


def test_swap_needs_the_current_version(blobs: Blobs) -> None:
    first = blobs.put_if_absent("k", b"one")
    assert isinstance(first, Stored)
    second = blobs.compare_and_swap("k", first.etag, b"two")
    assert isinstance(second, Stored)
    stale = blobs.compare_and_swap("k", first.etag, b"three")
    assert isinstance(stale, Lost)
    assert stale.found is not None
    assert (stale.found.body, stale.found.etag) == (b"two", second.etag)


def test_swap_of_an_absent_key_is_lost_and_creates_nothing(blobs: Blobs) -> None:
    assert blobs.compare_and_swap("k", '"00"', b"x") == Lost(None)
    assert blobs.get("k") is None


def test_listing_is_sorted_complete_and_by_prefix(blobs: Blobs) -> None:
    under = Under(blobs, "prod/crm/")
    for key in ("j/00000002.json", "j/00000001.json", "jx", "k/a.b/c_d-e.json"):
        under.put_if_absent(key, key.encode())
    assert [item.key for item in under.list("j/")] == ["j/00000001.json", "j/00000002.json"]
    assert [(item.key, item.size) for item in under.list("k")] == [("k/a.b/c_d-e.json", 16)]
    assert len(blobs.list("")) == 4
    assert blobs.list("prod/crm/zzz") == []


def test_listing_longer_than_one_page(s3_blobs: S3Blobs) -> None:
    keys = [f"many/{n:04}" for n in range(25)]
    for key in keys:
        s3_blobs.put(key, b"x")
    s3_blobs._page = 10
    assert [item.key for item in s3_blobs.list("many/")] == keys


def test_put_replaces_and_delete_is_repeatable(blobs: Blobs) -> None:
    blobs.put("s", b"one")
    blobs.put("s", b"two")
    found = blobs.get("s")
    assert found is not None
    assert found.body == b"two"
    blobs.delete("s")
    blobs.delete("s")
    assert blobs.get("s") is None


def test_put_if_absent_race_has_one_winner(blobs: Blobs) -> None:
    for turn in range(8):
        winners = at_once(lambda n, key=f"race-{turn}": blobs.put_if_absent(key, f"{n}".encode()))  # type: ignore[misc] # the default binds the loop variable
        found = blobs.get(f"race-{turn}")
        assert found is not None
        assert [f"{n}".encode() for n in winners] == [found.body]


def test_swap_race_has_one_winner_and_loses_no_update(blobs: Blobs) -> None:
    base = blobs.put_if_absent("counter", b"start")
    assert isinstance(base, Stored)
    etag = base.etag
    for turn in range(8):
        winners = at_once(lambda n, e=etag, t=turn: blobs.compare_and_swap("counter", e, f"{t}-{n}".encode()))  # type: ignore[misc] # as above
        found = blobs.get("counter")
        assert found is not None
        assert [f"{turn}-{n}".encode() for n in winners] == [found.body]
        etag = found.etag


def test_directory_keeps_its_own_files_out_of_listings(tmp_path: Path) -> None:
    blobs = DirectoryBlobs(tmp_path)
    first = blobs.put_if_absent("k", b"1")
    assert isinstance(first, Stored)
    blobs.compare_and_swap("k", first.etag, b"2")
    assert [item.key for item in blobs.list("")] == ["k"]
    assert list((tmp_path / ".scratch").iterdir()) == []


@pytest.mark.parametrize("key", ["../out", "/etc/x", "a/../../b", "", "a/"])
def test_directory_refuses_keys_that_leave_it(tmp_path: Path, key: str) -> None:
    with pytest.raises(ValueError, match="not a key"):
        DirectoryBlobs(tmp_path).put(key, b"x")


def test_directory_that_does_not_work_says_what_where_and_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"in the way")
    with pytest.raises(StoreUnavailable) as caught:
        DirectoryBlobs(tmp_path / "file").put("k", b"x")
    assert str(tmp_path) in str(caught.value)
    assert "what to do" in str(caught.value)
