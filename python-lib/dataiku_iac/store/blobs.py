"""What the protocol asks of a place that keeps objects; one conformance suite runs over every implementation.

A conditional write is told from its answer only when the answer is clear. Whenever it is not (reset, timeout, 5xx, 409,
412) the implementation *looks*: its own bytes there mean success, foreign bytes mean lost, the unchanged base means
"not concluded" and the same bytes are sent again under the same condition, so that whichever copy lands first kills the
other. That works because no two bodies are equal: each carries a fresh nonce, or is addressed by its content.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from dataiku_iac.core.errors import StoreUnavailable
from dataiku_iac.core.heads import Mode

__all__ = ["Blob", "Blobs", "Item", "Lost", "StoreRefused", "Stored", "Under"]


class StoreRefused(StoreUnavailable):
    """The store answered and said no (credentials, missing bucket): asking again does not help."""


@dataclass(frozen=True, slots=True)
class Blob:
    """One object as read. ``etag`` is opaque. ``server_date`` is the store's own clock, ``None`` where it has none."""

    body: bytes
    etag: str
    last_modified: datetime | None = None
    server_date: datetime | None = None

    @property
    def age_s(self) -> float | None:
        """Seconds since the object was written, by the store's clock alone; ``None`` where it has none."""
        if self.last_modified is None or self.server_date is None:
            return None
        return max(0.0, (self.server_date - self.last_modified).total_seconds())


@dataclass(frozen=True, slots=True)
class Item:
    """One line of a listing."""

    key: str
    size: int
    last_modified: datetime | None = None


@dataclass(frozen=True, slots=True)
class Stored:
    """The write landed; ``etag`` is the object's now."""

    etag: str


@dataclass(frozen=True, slots=True)
class Lost:
    """The condition was false; ``found`` is what stands there instead, ``None`` for nothing."""

    found: Blob | None


class Blobs(Protocol):
    """Objects by key, e.g. ``lock.json``.

    Raises (every method):
        StoreRefused: it answered no; a write of this call was not stored (an earlier unclear one may still land).
        StoreUnavailable: no clear answer; for a write it is *unknown* whether it was or will be stored.
    """

    @property
    def mode(self) -> Mode:
        """What the implementation can do."""
        ...

    @property
    def identity(self) -> str:
        """What was probed, without the prefix, e.g. ``https://minio.acme.com/iac``."""
        ...

    def where(self, key: str) -> str:
        """Return the key as people know it, e.g. ``s3://iac/prod/crm/lock.json``."""
        ...

    def get(self, key: str) -> Blob | None:
        """Return the object, or ``None`` if it is affirmatively absent."""
        ...

    def put_if_absent(self, key: str, body: bytes) -> Stored | Lost:
        """Write unless the key exists. ``body`` must be unlike any other body ever written there by others."""
        ...

    def compare_and_swap(self, key: str, etag: str, body: bytes) -> Stored | Lost:
        """Replace the object whose ETag is ``etag``. ``body`` must be unlike any body the key ever had."""
        ...

    def put(self, key: str, body: bytes) -> None:
        """Write whatever is there; only for keys that nobody else writes."""
        ...

    def delete(self, key: str) -> None:
        """Delete, if there; only for keys that nobody else writes."""
        ...

    def list(self, prefix: str) -> Sequence[Item]:
        """Return all keys that begin with ``prefix``, in order of key."""
        ...

    def dialects(self) -> Sequence[str]:
        """Return the spellings of conditions worth trying, e.g. ``("quoted", "unquoted")``."""
        ...

    def speaking(self, dialect: str) -> Blobs:
        """Return the same objects with conditions spelled in ``dialect``."""
        ...


class Under:
    """The objects of ``blobs`` under a prefix such as ``prod/crm/``, with the prefix left out of the keys."""

    def __init__(self, blobs: Blobs, prefix: str) -> None:
        self._blobs = blobs
        self._prefix = prefix

    @property
    def mode(self) -> Mode:
        """As below."""
        return self._blobs.mode

    @property
    def identity(self) -> str:
        """As below."""
        return self._blobs.identity

    def where(self, key: str) -> str:
        """As below."""
        return self._blobs.where(self._prefix + key)

    def get(self, key: str) -> Blob | None:
        """As below."""
        return self._blobs.get(self._prefix + key)

    def put_if_absent(self, key: str, body: bytes) -> Stored | Lost:
        """As below."""
        return self._blobs.put_if_absent(self._prefix + key, body)

    def compare_and_swap(self, key: str, etag: str, body: bytes) -> Stored | Lost:
        """As below."""
        return self._blobs.compare_and_swap(self._prefix + key, etag, body)

    def put(self, key: str, body: bytes) -> None:
        """As below."""
        self._blobs.put(self._prefix + key, body)

    def delete(self, key: str) -> None:
        """As below."""
        self._blobs.delete(self._prefix + key)

    def list(self, prefix: str) -> Sequence[Item]:
        """As below, with keys relative to the prefix."""
        cut = len(self._prefix)
        return [Item(item.key[cut:], item.size, item.last_modified) for item in self._blobs.list(self._prefix + prefix)]

    def dialects(self) -> Sequence[str]:
        """As below."""
        return self._blobs.dialects()

    def speaking(self, dialect: str) -> Under:
        """As below."""
        return Under(self._blobs.speaking(dialect), self._prefix)
