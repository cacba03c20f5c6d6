"""Proofs are kept, replaced, and never an error: whatever is wrong with them, there are none."""

from __future__ import annotations

from pathlib import Path

import pytest

from dataiku_iac.core.canonical import Json
from dataiku_iac.core.errors import StoreUnavailable
from dataiku_iac.core.proof import Basis, Proof, Proofs
from dataiku_iac.store.blobs import Blob
from dataiku_iac.store.directory_blobs import DirectoryBlobs
from dataiku_iac.store.envelope import seal_gz, unseal_gz
from dataiku_iac.store.proofs import ProofStore

BASIS = Basis("https://dss.acme.com", "design-1", "14.2.0", "0.3.0")
PROOFS = Proofs(
    BASIS,
    {
        "CRM": Proof("c0ffee", "7@1712345678901", "sha256:1", planned=True),
        "SALES": Proof("beef", "0@1", "sha256:2", planned=True, surveyed=True),
    },
)


def test_what_is_saved_is_read_and_the_last_one_counts(tmp_path: Path) -> None:
    store = ProofStore(DirectoryBlobs(tmp_path), lineage="l")
    assert store.read() is None
    assert store.save(PROOFS)
    assert store.read() == PROOFS
    other = Proofs(BASIS, {"CRM": PROOFS.projects["SALES"]})
    assert store.save(other)
    assert store.read() == other


def test_proofs_of_another_lineage_are_none(tmp_path: Path) -> None:
    ProofStore(DirectoryBlobs(tmp_path), lineage="l").save(PROOFS)
    assert ProofStore(DirectoryBlobs(tmp_path), lineage="other").read() is None


@pytest.mark.parametrize(
    "change",
    [
        {"v": 2},
        {"more": 1},
        {"proofs": []},
        {"proofs": {"basis": {}, "projects": {}}},
        {"proofs": {**PROOFS.to_json(), "projects": {"CRM": {"commit": "c0ffee"}}}},
    ],
)
def test_a_form_that_we_do_not_know_is_none(tmp_path: Path, change: dict[str, Json]) -> None:
    """Even with the right digest: another version of ours wrote it."""
    blobs = DirectoryBlobs(tmp_path)
    store = ProofStore(blobs, lineage="l")
    store.save(PROOFS)
    blob = blobs.get("proofs.json.gz")
    assert blob is not None
    record = unseal_gz(blob.body, where="test")
    blobs.put("proofs.json.gz", seal_gz(record))
    assert store.read() == PROOFS
    blobs.put("proofs.json.gz", seal_gz({**record, **change}))
    assert store.read() is None


def test_altered_bytes_are_none(tmp_path: Path) -> None:
    blobs = DirectoryBlobs(tmp_path)
    store = ProofStore(blobs, lineage="l")
    store.save(PROOFS)
    blob = blobs.get("proofs.json.gz")
    assert blob is not None
    for position in range(len(blob.body)):
        body = bytearray(blob.body)
        body[position] ^= 0x10
        blobs.put("proofs.json.gz", bytes(body))
        assert store.read() in (None, PROOFS)  # some bits of a gzip header mean nothing


class _Gone(DirectoryBlobs):
    """A store that does not answer."""

    def get(self, key: str) -> Blob | None:
        raise StoreUnavailable("gone", where=self.where(key))

    def put(self, key: str, body: bytes) -> None:
        raise StoreUnavailable("gone", where=self.where(key))


def test_store_that_does_not_answer(tmp_path: Path) -> None:
    store = ProofStore(_Gone(tmp_path), lineage="l")
    assert store.read() is None
    assert not store.save(PROOFS)
