"""How a record becomes bytes: canonical JSON that carries its own digest, and gzip that is the same every time."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Mapping

from dataiku_iac.core.canonical import Json, JsonObject, canonical_bytes, digest
from dataiku_iac.core.errors import StoreCorrupt

__all__ = ["compress", "decompress", "seal", "seal_gz", "unseal", "unseal_gz"]


def seal(record: JsonObject) -> bytes:
    """Return ``record`` as canonical JSON with ``sha256``, the digest of everything else, added.

    >>> seal({"v": 1})[:20]
    b'{"sha256":"sha256:5e'
    """
    return canonical_bytes({**record, "sha256": digest(record)})


def unseal(body: bytes, *, where: str) -> JsonObject:
    """Return the record without its ``sha256``.

    Raises:
        StoreCorrupt: not JSON, no digest, or a digest of other content.
    """
    try:
        raw: Json = json.loads(body.decode("utf-8", "surrogatepass"))
    except ValueError as exc:
        raise _corrupt("the object is not readable JSON", where) from exc
    if not isinstance(raw, Mapping):
        raise _corrupt("the object is not a JSON object", where)
    record = {key: value for key, value in raw.items() if key != "sha256"}
    try:
        found = digest(record)
    except ValueError as exc:  # NaN or Infinity, which json.loads accepts and we never write
        raise _corrupt("the object holds a number that is none", where) from exc
    if raw.get("sha256") != found:
        raise _corrupt(f"the content has digest {found}, but the object says {raw.get('sha256')}", where)
    return record


def compress(body: bytes) -> bytes:
    """Gzip; equal input, equal output: no time and no name in the header."""
    return gzip.compress(body, compresslevel=6, mtime=0)


def decompress(body: bytes, *, where: str) -> bytes:
    """Undo ``compress``.

    Raises:
        StoreCorrupt: torn or altered.
    """
    try:
        return gzip.decompress(body)
    except (OSError, EOFError, zlib.error) as exc:
        raise _corrupt("the object is not readable gzip", where) from exc


def seal_gz(record: JsonObject) -> bytes:
    """Return ``seal`` compressed."""
    return compress(seal(record))


def unseal_gz(body: bytes, *, where: str) -> JsonObject:
    """Undo ``seal_gz``, or raise ``StoreCorrupt``."""
    return unseal(decompress(body, where=where), where=where)


def _corrupt(what: str, where: str) -> StoreCorrupt:
    return StoreCorrupt(
        f"{what}: it was torn or altered after it was written",
        where=where,
        next_step="restore the object's earlier version in the bucket, or repair the state to an earlier serial",
    )
