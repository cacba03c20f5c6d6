"""Tries what a store really does with conditions, before anything is entrusted to it.

Some S3 servers ignore ``If-None-Match`` and overwrite silently; their name or version proves nothing. Whoever fails one
step is refused, with the step's name.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from dataiku_iac.core.errors import StateError, StoreUnavailable
from dataiku_iac.core.roles import Ids
from dataiku_iac.store.blobs import Blobs, Lost, Stored, StoreRefused

__all__ = ["probe"]

_RACERS: Final = 16


def probe(blobs: Blobs, *, ids: Ids) -> str:
    """Return the dialect in which the store keeps all promises, e.g. ``quoted``; leaves nothing behind.

    Raises:
        StateError: a promise is not kept; ``what`` names it.
        StoreUnavailable: the store does not answer, so nothing is known.
    """
    prefix = f"probe/{ids.new()}/"
    try:
        _check_put_if_absent(blobs, prefix)
        dialect = _check_swap(blobs, prefix)
        spoken = blobs.speaking(dialect)
        _check_races(spoken, prefix)
        _check_listing(spoken, prefix)
    finally:
        for item in blobs.list(prefix):
            blobs.delete(item.key)
    return dialect


def _check_put_if_absent(blobs: Blobs, prefix: str) -> None:
    key = f"{prefix}once"
    _demand(isinstance(blobs.put_if_absent(key, b"first"), Stored), "a new object can be written", blobs, key)
    second = blobs.put_if_absent(key, b"second")
    found = blobs.get(key)
    kept = isinstance(second, Lost) and found is not None and found.body == b"first"
    _demand(kept, "a second put-if-absent is refused and changes nothing", blobs, key)


def _check_swap(blobs: Blobs, prefix: str) -> str:
    """Return the first dialect in which the right ETag is accepted and every other is refused."""
    for number, dialect in enumerate(blobs.dialects()):
        spoken, key = blobs.speaking(dialect), f"{prefix}swap-{number}"
        spoken.put_if_absent(key, b"v1")
        first = spoken.get(key)
        _demand(first is not None, "an object is readable as soon as it is written", blobs, key)
        if first is None:  # pragma: no cover - for the type checker; _demand has raised
            continue
        wrong = _first_etag_that_is_not(first.etag)
        _demand(_refused(spoken, key, wrong, b"v2"), "a swap with a wrong ETag is refused", blobs, key)
        try:
            swapped = spoken.compare_and_swap(key, first.etag, b"v2")
        except StoreRefused:
            raise
        except StoreUnavailable:  # refused again and again although the ETag is right: another spelling may do
            continue
        _demand(isinstance(swapped, Stored), "a swap with the right ETag is accepted", blobs, key)
        _demand(_refused(spoken, key, first.etag, b"v3"), "a swap with a stale ETag is refused", blobs, key)
        absent = f"{prefix}never-{number}"
        refused = isinstance(spoken.compare_and_swap(absent, first.etag, b"v1"), Lost) and spoken.get(absent) is None
        _demand(refused, "a swap of an absent object is refused and creates nothing", blobs, absent)
        return dialect
    raise _failed("a swap with the right ETag is accepted", blobs, f"{prefix}swap-0")


def _refused(blobs: Blobs, key: str, etag: str, body: bytes) -> bool:
    before = blobs.get(key)
    outcome = blobs.compare_and_swap(key, etag, body)
    after = blobs.get(key)
    return isinstance(outcome, Lost) and before is not None and after is not None and before.body == after.body


def _check_races(blobs: Blobs, prefix: str) -> None:
    created = f"{prefix}race-create"
    winner = _race(lambda body: blobs.put_if_absent(created, body))
    step = f"of {_RACERS} simultaneous put-if-absent exactly one wins"
    _demand(_one_won(blobs, created, winner), step, blobs, created)
    swapped = f"{prefix}race-swap"
    base = blobs.put_if_absent(swapped, b"base")
    if not isinstance(base, Stored):
        raise _failed("a new object can be written", blobs, swapped)
    winner = _race(lambda body: blobs.compare_and_swap(swapped, base.etag, body))
    _demand(_one_won(blobs, swapped, winner), f"of {_RACERS} simultaneous swaps exactly one wins", blobs, swapped)


def _race(write: Callable[[bytes], Stored | Lost]) -> list[bytes]:
    """Return the bodies of all that believe they won."""
    start = threading.Barrier(_RACERS)

    def run(number: int) -> bytes | None:
        body = f"racer {number}".encode()
        start.wait()
        return body if isinstance(write(body), Stored) else None

    with ThreadPoolExecutor(_RACERS) as pool:
        return [body for body in pool.map(run, range(_RACERS)) if body is not None]


def _one_won(blobs: Blobs, key: str, winners: list[bytes]) -> bool:
    found = blobs.get(key)
    return found is not None and winners == [found.body]


def _check_listing(blobs: Blobs, prefix: str) -> None:
    key = f"{prefix}listed"
    blobs.put_if_absent(key, b"x")
    listed = key in {item.key for item in blobs.list(prefix)}
    _demand(listed, "a listing shows an object as soon as it is written", blobs, key)
    found = blobs.get(key)
    dated = found is not None and found.last_modified is not None
    _demand(dated, "an object tells when it was written", blobs, key)


def _first_etag_that_is_not(etag: str) -> str:
    return next(other for other in ('"00000000000000000000000000000000"', '"1"') if other != etag)


def _demand(kept: bool, step: str, blobs: Blobs, key: str) -> None:  # noqa: FBT001 - the condition itself
    if not kept:
        raise _failed(step, blobs, key)


def _failed(step: str, blobs: Blobs, key: str) -> StateError:
    return StateError(
        f"the store does not keep a promise that the state relies on: {step}",
        where=blobs.where(key),
        next_step="use an S3 store with conditional writes (for Ceph: an unversioned bucket), or a local directory",
    )
