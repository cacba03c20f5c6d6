"""What was last applied, per environment and stack: **recorded**, as opposed to declared and live."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from dataiku_iac.core.address import Address
from dataiku_iac.core.canonical import Json, JsonObject
from dataiku_iac.core.errors import StoreCorrupt
from dataiku_iac.core.resource import Lifecycle, OnDelete
from dataiku_iac.core.stored import Fields

__all__ = ["STATE_FORMAT", "Recorded", "State", "read_lifecycle"]

STATE_FORMAT = 1


def read_lifecycle(raw: Json, fields: Fields) -> Lifecycle:
    """Return the lifecycle in a stored entry; ``depends_on`` stands there only if there is any."""
    there: JsonObject = raw if isinstance(raw, Mapping) else {}
    return Lifecycle(
        protect=fields.flag("protect"),
        ignore=fields.texts("ignore"),
        on_delete=fields.choice("on_delete", OnDelete),
        depends_on=tuple(map(Address.parse, fields.texts("depends_on"))) if "depends_on" in there else (),
        enforce=fields.texts("enforce") if "enforce" in there else (),
    )


@dataclass(frozen=True, slots=True)
class Recorded:
    """One object as we last left it.

    Attributes:
        address: its address.
        spec: the spec last applied, in normal form.
        id: what the server calls it.
        version: ``Live.version`` right after the apply; equal version means nobody saved it since.
        fingerprint: digest of what counted of its document right after the apply.
        adopted: True if it existed before us.
        lifecycle: kept here, so that removing the line from a file does not remove the protection.
        applied_at: ISO time, for people.
        run: the run that wrote it last.
    """

    address: Address
    spec: JsonObject
    id: str
    version: str
    fingerprint: str
    adopted: bool = False
    lifecycle: Lifecycle = Lifecycle()
    applied_at: str = ""
    run: str = ""

    def to_json(self) -> JsonObject:
        """Return the stored form."""
        return {
            "kind": self.address.kind,
            "project": self.address.project,
            "name": self.address.name,
            "spec": self.spec,
            "id": self.id,
            "version": self.version,
            "fingerprint": self.fingerprint,
            "adopted": self.adopted,
            **self.lifecycle.to_json(),
            "applied_at": self.applied_at,
            "run": self.run,
        }

    @classmethod
    def from_json(cls, raw: Json, *, where: str) -> Recorded:
        """Parse the stored form, or raise ``StoreCorrupt``."""
        fields = Fields(raw, where=where)
        found = cls(
            address=Address(fields.text("kind"), fields.text("project"), fields.text("name")),
            spec=fields.object("spec"),
            id=fields.text("id"),
            version=fields.text("version"),
            fingerprint=fields.text("fingerprint"),
            adopted=fields.flag("adopted"),
            lifecycle=read_lifecycle(raw, fields),
            applied_at=fields.text("applied_at"),
            run=fields.text("run"),
        )
        fields.end()
        return found


@dataclass(frozen=True, slots=True)
class State:
    """All that is recorded for one stack; the committed serial and hashes live in the head, not here."""

    stack: str
    environment: str
    resources: Mapping[Address, Recorded] = field(default_factory=dict)

    def to_json(self) -> JsonObject:
        """Return the stored form; entries in address order, so that equal states are equal bytes."""
        entries: list[Json] = [self.resources[address].to_json() for address in sorted(self.resources)]
        return {"format": STATE_FORMAT, "stack": self.stack, "environment": self.environment, "resources": entries}

    @classmethod
    def from_json(cls, raw: Json, *, where: str) -> State:
        """Parse the stored form, or raise ``StoreCorrupt``."""
        fields = Fields(raw, where=where)
        if fields.integer("format") != STATE_FORMAT:
            raise StoreCorrupt(
                f"state of an unknown format, expected {STATE_FORMAT}",
                where=where,
                next_step="use the version of dataiku-iac that wrote it",
            )
        entries = [Recorded.from_json(entry, where=where) for entry in fields.items("resources")]
        found = cls(fields.text("stack"), fields.text("environment"), {entry.address: entry for entry in entries})
        fields.end()
        if len(found.resources) != len(entries):
            raise StoreCorrupt("two entries of the state have one address", where=where)
        return found
