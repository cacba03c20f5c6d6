"""Pre-images: what an object was just before we changed it, kept so that a rollback can bring it back.

All of the portable document is kept except credentials, which never leave the node: bringing an object back from its
image leaves those it has, and an object that was deleted comes back without them. The image says which (``left_out``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dataiku_iac.core.address import Address
from dataiku_iac.core.canonical import Json, canonical_bytes, is_list
from dataiku_iac.core.fields import RulesNode
from dataiku_iac.core.kind import Kind, Live
from dataiku_iac.core.secret import looks_secret

__all__ = ["PreImage", "without_secrets"]


@dataclass(frozen=True, slots=True)
class PreImage:
    """One object before a change; ``left_out`` holds the document paths of its credentials."""

    address: Address
    id: str
    version: str
    document: Mapping[str, Json]
    left_out: tuple[str, ...]

    @classmethod
    def of(cls, kind: Kind, address: Address, live: Live) -> PreImage:
        """Return the image of a live object with a portable document."""
        left_out: list[str] = []
        document = without_secrets(live.document, kind.rules_for(live.document).root, left_out)
        return cls(
            address, live.id, live.version, document if isinstance(document, Mapping) else {}, tuple(sorted(left_out))
        )

    def to_bytes(self) -> bytes:
        """Return the stored form; equal images are equal bytes."""
        return canonical_bytes(
            {
                "format": 1,
                "kind": self.address.kind,
                "project": self.address.project,
                "name": self.address.name,
                "id": self.id,
                "version": self.version,
                "document": self.document,
                "left_out": list(self.left_out),
            }
        )


def without_secrets(value: Json, node: RulesNode, left_out: list[str], path: str = "") -> Json:
    """Return ``value`` without credentials and add their paths to ``left_out``."""
    if isinstance(value, Mapping):
        kept: dict[str, Json] = {}
        for key, item in value.items():
            child, here = node.child(key), f"{path}.{key}" if path else key
            if child.field.secret or looks_secret(key, item):
                left_out.append(here)
            else:
                kept[key] = without_secrets(item, child, left_out, here)
        return kept
    if is_list(value):
        child = node.child("*")
        return [without_secrets(item, child, left_out, f"{path}[{i}]") for i, item in enumerate(value)]
    return value
