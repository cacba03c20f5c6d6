"""Proofs that a project need not be read: nobody saved anything in it since it was found as recorded.

DSS commits every save of a project to the project's git while ``gitCommitMode`` is ``AUTO`` [doc]. So when the commit and
the version tag of a project are those of a moment at which everything was read and nothing was to change, it still is.
A lost proof costs calls; a wrong one would hide a change, so each says all that it depends on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from dataiku_iac.core.canonical import Json, JsonObject, digest
from dataiku_iac.core.state import State
from dataiku_iac.core.stored import Fields

__all__ = ["Basis", "Proof", "Proofs", "digests_by_project"]


@dataclass(frozen=True, slots=True)
class Basis:
    """Where proofs hold: on one node of one version, for one version of this program.

    A node that was upgraded may answer with other defaults, and another version of ours may compare otherwise, though
    nobody saved anything: both begin anew.
    """

    node_url: str
    node_id: str
    dss_version: str
    program: str

    def to_json(self) -> JsonObject:
        """Return the stored form."""
        return {
            "node_url": self.node_url,
            "node_id": self.node_id,
            "dss_version": self.dss_version,
            "program": self.program,
        }

    @classmethod
    def from_json(cls, raw: Json, *, where: str) -> Basis:
        """Parse the stored form, or raise ``StoreCorrupt``."""
        fields = Fields(raw, where=where)
        found = cls(
            node_url=fields.text("node_url"),
            node_id=fields.text("node_id"),
            dss_version=fields.text("dss_version"),
            program=fields.text("program"),
        )
        fields.end()
        return found


@dataclass(frozen=True, slots=True)
class Proof:
    """What was found in one project at this commit and version.

    Attributes:
        commit: id of the head commit of the project's git.
        version: version tag of the project, ``"7@1712345678901"``; a change of ``gitCommitMode`` steps it.
        recorded: digest of the entries that the state had of the project.
        planned: a plan had nothing to change there, so the next one has not either.
        surveyed: a drift had nothing to tell of it, not even of objects that nobody declared.
    """

    commit: str
    version: str
    recorded: str
    planned: bool = False
    surveyed: bool = False

    def to_json(self) -> JsonObject:
        """Return the stored form."""
        return {
            "commit": self.commit,
            "version": self.version,
            "recorded": self.recorded,
            "planned": self.planned,
            "surveyed": self.surveyed,
        }

    @classmethod
    def from_json(cls, raw: Json, *, where: str) -> Proof:
        """Parse the stored form, or raise ``StoreCorrupt``."""
        fields = Fields(raw, where=where)
        found = cls(
            commit=fields.text("commit"),
            version=fields.text("version"),
            recorded=fields.text("recorded"),
            planned=fields.flag("planned"),
            surveyed=fields.flag("surveyed"),
        )
        fields.end()
        return found


@dataclass(frozen=True, slots=True)
class Proofs:
    """All proofs of a stack, by project key."""

    basis: Basis
    projects: Mapping[str, Proof] = field(default_factory=dict)

    def to_json(self) -> JsonObject:
        """Return the stored form."""
        projects: dict[str, Json] = {key: self.projects[key].to_json() for key in sorted(self.projects)}
        return {"basis": self.basis.to_json(), "projects": projects}

    @classmethod
    def from_json(cls, raw: Json, *, where: str) -> Proofs:
        """Parse the stored form, or raise ``StoreCorrupt``."""
        fields = Fields(raw, where=where)
        basis = Basis.from_json(fields.json("basis"), where=where)
        projects = {key: Proof.from_json(value, where=where) for key, value in fields.object("projects").items()}
        fields.end()
        return cls(basis, projects)


def digests_by_project(state: State) -> Mapping[str, str]:
    """Return for each project that something is recorded of the digest of all its entries."""
    entries: dict[str, list[Json]] = {}
    for address in sorted(state.resources):
        entries.setdefault(address.project, []).append(state.resources[address].to_json())
    return {project: digest(found) for project, found in entries.items() if project}
