"""Files of managed folders on ``EC2`` connections: objects in the bucket that the folder or its connection names.

Source: api-flow.md 8; the key of a file is ``<chroot><path of the folder><path of the file>`` without the leading slash.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from emulator.connections.s3_client import s3_client_of
from emulator.errors import DssError, coded_error
from emulator.folders.files import FolderFile
from emulator.json_text import JsonObject

if TYPE_CHECKING:
    from emulator.world import World

__all__ = ["S3Files", "S3Place", "open_files", "s3_place"]

T = TypeVar("T")
_MISSING: Final = frozenset({"NoSuchKey", "404", "NotFound"})
_BATCH: Final = 1000


@dataclass(frozen=True, slots=True)
class S3Place:
    """Where a folder lies, e.g. ``S3Place("state", "/dataiku/CRM/5NPBmWH1")``; ``root`` begins with a slash [doc]."""

    bucket: str
    root: str

    def key(self, path: str) -> str:
        """Return the object key of a file of the folder, e.g. ``dataiku/CRM/5NPBmWH1/a.csv``."""
        return "/".join(part for part in (self.root.strip("/"), path.strip("/")) if part)


def s3_place(connection: JsonObject, params: JsonObject) -> S3Place:
    """Return the place of a folder with expanded ``params``; no bucket means the connection's default one [inferred].

    Raises:
        DssError: neither names a bucket.
    """
    settings: JsonObject = connection.get("params") or {}
    bucket = params.get("bucket") or settings.get("chbucket") or settings.get("defaultManagedBucket")
    if not bucket:
        raise coded_error(
            "ERR_FOLDER_INVALID_CONFIG",
            f"The folder names no bucket and connection '{connection.get('name')}' has no default one",
        )
    parts = [str(settings.get("chroot") or "").strip("/"), str(params.get("path") or "").strip("/")]
    return S3Place(str(bucket), "/" + "/".join(part for part in parts if part))


class S3Files:
    """The objects below one key prefix."""

    is_remote = True

    def __init__(self, world: "World", client: Any, place: S3Place) -> None:
        self._world = world
        self._client = client
        self._place = place

    def list(self) -> list[FolderFile]:
        """Return all files, sorted by path."""
        prefix = self._place.key("")
        options = {"Bucket": self._place.bucket, "Prefix": f"{prefix}/" if prefix else ""}
        pages = self._client.get_paginator("list_objects_v2").paginate(**options)
        found = self._ask(lambda: [item for page in pages for item in page.get("Contents", ())])
        files = [
            FolderFile(
                "/" + item["Key"][len(options["Prefix"]) :], item["Size"], int(item["LastModified"].timestamp() * 1000)
            )
            for item in found
            if not item["Key"].endswith("/")  # placeholders that some tools write for directories
        ]
        return sorted(files, key=lambda file: file.path)

    def read(self, path: str) -> bytes | None:
        """Return the content of a file, or ``None``."""

        def ask() -> bytes:
            return bytes(self._client.get_object(Bucket=self._place.bucket, Key=self._place.key(path))["Body"].read())

        return self._ask_missing(ask)

    def write(self, path: str, content: bytes) -> FolderFile:
        """Create or replace a file: one PUT, so readers see the old or the new content."""
        key = self._place.key(path)
        self._ask(lambda: self._client.put_object(Bucket=self._place.bucket, Key=key, Body=content))
        self._world.disk.mark_effect()
        head = self._ask(lambda: self._client.head_object(Bucket=self._place.bucket, Key=key))
        return FolderFile("/" + path.lstrip("/"), head["ContentLength"], int(head["LastModified"].timestamp() * 1000))

    def delete(self, path: str) -> None:
        """Remove a file, or a directory with all below it; a missing one is no error."""
        below = "/" + path.strip("/") + "/"
        paths = [path, *(file.path for file in self.list() if file.path.startswith(below))]
        self._delete_keys([self._place.key(name) for name in paths])

    def delete_all(self) -> None:
        """Remove every file."""
        self._delete_keys([self._place.key(file.path) for file in self.list()])

    def _delete_keys(self, keys: Sequence[str]) -> None:
        for start in range(0, len(keys), _BATCH):
            doomed = {"Objects": [{"Key": key} for key in keys[start : start + _BATCH]], "Quiet": True}
            self._ask(lambda doomed=doomed: self._client.delete_objects(Bucket=self._place.bucket, Delete=doomed))  # type: ignore[misc]  # default binds the loop variable
            self._world.disk.mark_effect()

    def _ask_missing(self, ask: Callable[[], T]) -> T | None:
        try:
            return ask()
        except ClientError as error:
            if error.response["Error"]["Code"] in _MISSING:
                return None
            raise _failed(self._place, error) from error
        except BotoCoreError as error:
            raise _failed(self._place, error) from error

    def _ask(self, ask: Callable[[], T]) -> T:
        try:
            return ask()
        except (BotoCoreError, ClientError) as error:
            raise _failed(self._place, error) from error


def open_files(world: "World", connection: JsonObject, params: JsonObject) -> S3Files:
    """Return the files of a folder on an ``EC2`` connection.

    Raises:
        DssError: the connection cannot be used for this (mode, endpoint, bucket).
    """
    return S3Files(world, s3_client_of(world, str(connection["name"])), s3_place(connection, params))


def _failed(place: S3Place, error: Exception) -> DssError:
    return coded_error(
        "ERR_FSPROVIDER_S3_ERROR", f"S3 refused or did not answer for bucket '{place.bucket}': {error}", io=True
    )
