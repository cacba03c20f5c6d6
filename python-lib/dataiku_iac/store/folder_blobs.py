"""Objects in a managed folder through DSS's own folder API: for reading what others wrote; see ``FolderBlobs``."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NoReturn, Protocol

from dataiku_iac.core.errors import StateError
from dataiku_iac.core.heads import Mode
from dataiku_iac.store.blobs import Blob, Item, Lost, Stored

__all__ = ["FolderApi", "FolderBlobs", "FolderItem"]


@dataclass(frozen=True, slots=True)
class FolderItem:
    """One file of the folder; ``path`` without leading slash."""

    path: str
    size: int
    last_modified: datetime


class FolderApi(Protocol):
    """The four things the folder API can do; failures arrive as ``StoreUnavailable``."""

    def list(self) -> Sequence[FolderItem]:
        """Return all files."""
        ...

    def get(self, path: str) -> bytes | None:
        """Return a file, or ``None`` if it is affirmatively absent."""
        ...

    def put(self, path: str, body: bytes) -> None:
        """Upload a whole file over whatever is there."""
        ...

    def delete(self, path: str) -> None:
        """Delete a file, if there."""
        ...


class FolderBlobs:
    """A managed folder. Reads, lists, and writes scratch files; every conditional write is refused.

    The folder API uploads whole files and has neither ETag nor condition nor rename [client], so two runs could each
    believe that they own a stack. Rather than pretend, this store lets plans and reports be read and refuses to lead a
    run: the bucket behind the folder can.
    """

    mode: Mode = Mode.EPOCH

    def __init__(self, api: FolderApi, *, name: str) -> None:
        self._api = api
        self._name = name

    @property
    def identity(self) -> str:
        """The folder's name."""
        return f"dss-folder://{self._name}"

    def where(self, key: str) -> str:
        """Return the file as seen in DSS."""
        return f'"{key}" in managed folder "{self._name}"'

    def dialects(self) -> Sequence[str]:
        """There are no conditions to spell."""
        return ("",)

    def speaking(self, dialect: str) -> FolderBlobs:
        """Return itself."""
        return self

    def get(self, key: str) -> Blob | None:
        """Return the file."""
        body = self._api.get(key)
        return None if body is None else Blob(body, hashlib.sha256(body).hexdigest())

    def put_if_absent(self, key: str, body: bytes) -> Stored | Lost:
        """Refuse."""
        self._refuse(key)

    def compare_and_swap(self, key: str, etag: str, body: bytes) -> Stored | Lost:
        """Refuse."""
        self._refuse(key)

    def put(self, key: str, body: bytes) -> None:
        """Upload."""
        self._api.put(key, body)

    def delete(self, key: str) -> None:
        """Delete, if there."""
        self._api.delete(key)

    def list(self, prefix: str) -> Sequence[Item]:
        """Return all files whose path begins with ``prefix``."""
        items = [Item(item.path, item.size, item.last_modified) for item in self._api.list()]
        return sorted((item for item in items if item.key.startswith(prefix)), key=lambda item: item.key)

    def _refuse(self, key: str) -> NoReturn:
        raise StateError(
            "a managed folder has no conditional writes, so it cannot keep two runs apart",
            where=self.where(key),
            next_step="give the state store the S3 bucket behind the folder: bucket, endpoint and credentials in its"
            ' settings, or a connection whose "details readable by" includes you',
        )
