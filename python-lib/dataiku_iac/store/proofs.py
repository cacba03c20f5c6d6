"""The proofs of a stack: one small object beside its plans that may be lost at any time."""

from __future__ import annotations

from typing import Final

from dataiku_iac.core.canonical import JsonObject
from dataiku_iac.core.errors import StateError
from dataiku_iac.core.proof import Proofs
from dataiku_iac.core.stored import FORMAT_VERSION, Fields
from dataiku_iac.store.blobs import Blobs
from dataiku_iac.store.envelope import seal_gz, unseal_gz

__all__ = ["ProofStore"]

_KEY: Final = "proofs.json.gz"


class ProofStore:
    """Needs no lease: each set of proofs is true by itself, so that the last writer may win.

    Nothing here ever fails: without proofs, everything is read.
    """

    def __init__(self, blobs: Blobs, *, lineage: str) -> None:
        self._blobs = blobs
        self._lineage = lineage

    def read(self) -> Proofs | None:
        """Return the proofs; ``None`` if there are none, or none that can be read and believed."""
        where = self._blobs.where(_KEY)
        try:
            blob = self._blobs.get(_KEY)
            if blob is None:
                return None
            fields = Fields(unseal_gz(blob.body, where=where), where=where)
            fields.version()
            lineage, raw = fields.text("lineage"), fields.json("proofs")
            fields.end()
            return Proofs.from_json(raw, where=where) if lineage == self._lineage else None
        except StateError:
            return None

    def save(self, proofs: Proofs) -> bool:
        """Keep ``proofs`` in place of earlier ones, and tell whether that succeeded."""
        record: JsonObject = {"v": FORMAT_VERSION, "lineage": self._lineage, "proofs": proofs.to_json()}
        try:
            self._blobs.put(_KEY, seal_gz(record))
        except StateError:
            return False
        return True
