"""What a stack's store points at: the committed state, the open run, the history, and the store's own description."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from dataiku_iac.core.canonical import Json, JsonObject, digest
from dataiku_iac.core.errors import StoreCorrupt
from dataiku_iac.core.stored import FORMAT_VERSION, Fields

__all__ = ["Head", "HistoryEntry", "HistoryLink", "Meta", "Mode", "Snapshot", "StateRef"]


class Mode(StrEnum):
    """How the store elects: compare-and-swap of an object store, unique claims, or one machine's kernel."""

    CAS = "cas"
    EPOCH = "epoch"
    LOCAL = "local"


@dataclass(frozen=True, slots=True)
class StateRef:
    """The committed snapshot: its ``key``, the digest ``sha256:…`` of its content, stored size, number of resources."""

    key: str
    sha256: str
    bytes: int
    resources: int

    def to_json(self) -> JsonObject:
        """Return the stored form."""
        return {"key": self.key, "sha256": self.sha256, "bytes": self.bytes, "resources": self.resources}

    @classmethod
    def from_json(cls, raw: Json, *, where: str) -> StateRef:
        """Parse the stored form, or raise ``StoreCorrupt``."""
        fields = Fields(raw, where=where)
        ref = cls(
            key=fields.text("key"),
            sha256=fields.text("sha256"),
            bytes=fields.integer("bytes"),
            resources=fields.integer("resources"),
        )
        fields.end()
        return ref


@dataclass(frozen=True, slots=True)
class Head:
    """``head.json``. ``rev`` grows with every write, ``serial`` with every committed state.

    ``journal_upto`` is the last slot of run ``run``'s journal whose outcomes the committed state contains. ``run`` is
    the run that wrote last, ``open_run`` the one that has not finished, if any.
    """

    lineage: str
    rev: int
    serial: int
    fence: int
    nonce: str
    state: StateRef | None
    open_run: str | None
    journal_upto: int
    prev_head_sha256: str | None
    run: str | None
    committed_at: str

    @property
    def sha256(self) -> str:
        """The digest that the next head carries as ``prev_head_sha256``."""
        return digest(self.to_json())

    @property
    def state_sha256(self) -> str | None:
        """The digest of the committed state; with ``serial`` it is what a plan is bound to. ``None``: no state yet."""
        return None if self.state is None else self.state.sha256

    def to_json(self) -> JsonObject:
        """Return the stored form."""
        return {
            "v": FORMAT_VERSION,
            "lineage": self.lineage,
            "rev": self.rev,
            "serial": self.serial,
            "fence": self.fence,
            "nonce": self.nonce,
            "state": None if self.state is None else self.state.to_json(),
            "open_run": self.open_run,
            "journal_upto": self.journal_upto,
            "prev_head_sha256": self.prev_head_sha256,
            "run": self.run,
            "committed_at": self.committed_at,
        }

    @classmethod
    def from_json(cls, raw: Json, *, where: str) -> Head:
        """Parse the stored form, or raise ``StoreCorrupt``."""
        fields = Fields(raw, where=where)
        fields.version()
        state = fields.object_or_none("state")
        head = cls(
            lineage=fields.text("lineage"),
            rev=fields.integer("rev"),
            serial=fields.integer("serial"),
            fence=fields.integer("fence"),
            nonce=fields.text("nonce"),
            state=None if state is None else StateRef.from_json(state, where=f"{where} state"),
            open_run=fields.text_or_none("open_run"),
            journal_upto=fields.integer("journal_upto"),
            prev_head_sha256=fields.text_or_none("prev_head_sha256"),
            run=fields.text_or_none("run"),
            committed_at=fields.text("committed_at"),
        )
        fields.end()
        return head


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One whole state as stored under ``states/``; ``state`` itself is opaque here."""

    lineage: str
    serial: int
    fence: int
    nonce: str
    run: str
    resources: int
    state: Json

    @property
    def key(self) -> str:
        """Return e.g. ``states/000000000007-00000003-9f2c41aa.json.gz``; unique per writer by its nonce."""
        return f"states/{self.serial:012}-{self.fence:08}-{self.nonce[:8]}.json.gz"

    def to_json(self) -> JsonObject:
        """Return the stored form."""
        return {
            "v": FORMAT_VERSION,
            "lineage": self.lineage,
            "serial": self.serial,
            "fence": self.fence,
            "nonce": self.nonce,
            "run": self.run,
            "resources": self.resources,
            "state": self.state,
        }

    @classmethod
    def from_json(cls, raw: Json, *, where: str) -> Snapshot:
        """Parse the stored form, or raise ``StoreCorrupt``."""
        fields = Fields(raw, where=where)
        fields.version()
        snapshot = cls(
            lineage=fields.text("lineage"),
            serial=fields.integer("serial"),
            fence=fields.integer("fence"),
            nonce=fields.text("nonce"),
            run=fields.text("run"),
            resources=fields.integer("resources"),
            state=fields.json("state"),
        )
        fields.end()
        return snapshot


@dataclass(frozen=True, slots=True)
class HistoryLink:
    """The entry before this one, by serial and digest."""

    serial: int
    sha256: str


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """``history/<serial>.json``: who did what, when. ``counts`` e.g. ``{"create": 3, "update": 1}``.

    Written once per finished run that committed a state, after the head. ``previous`` is filled in by the store.
    """

    lineage: str
    serial: int
    run: str
    op: str
    status: str
    user: str
    node_url: str
    started_at: str
    finished_at: str
    plan_sha256: str | None
    state_sha256: str | None
    git_commit: str | None
    counts: Mapping[str, int] = field(default_factory=dict)
    previous: HistoryLink | None = None

    @property
    def sha256(self) -> str:
        """The digest that the next entry carries."""
        return digest(self.to_json())

    def to_json(self) -> JsonObject:
        """Return the stored form."""
        previous = self.previous
        return {
            "v": FORMAT_VERSION,
            "lineage": self.lineage,
            "serial": self.serial,
            "run": self.run,
            "op": self.op,
            "status": self.status,
            "user": self.user,
            "node_url": self.node_url,
            "started_at": self.started_at,
            "finished_at": self.finished_at,
            "plan_sha256": self.plan_sha256,
            "state_sha256": self.state_sha256,
            "git_commit": self.git_commit,
            "counts": dict(self.counts),
            "previous": None if previous is None else {"serial": previous.serial, "sha256": previous.sha256},
        }

    @classmethod
    def from_json(cls, raw: Json, *, where: str) -> HistoryEntry:
        """Parse the stored form, or raise ``StoreCorrupt``."""
        fields = Fields(raw, where=where)
        fields.version()
        link = fields.object_or_none("previous")
        entry = cls(
            lineage=fields.text("lineage"),
            serial=fields.integer("serial"),
            run=fields.text("run"),
            op=fields.text("op"),
            status=fields.text("status"),
            user=fields.text("user"),
            node_url=fields.text("node_url"),
            started_at=fields.text("started_at"),
            finished_at=fields.text("finished_at"),
            plan_sha256=fields.text_or_none("plan_sha256"),
            state_sha256=fields.text_or_none("state_sha256"),
            git_commit=fields.text_or_none("git_commit"),
            counts=fields.counts("counts"),
            previous=None if link is None else _link(link, where=f"{where} previous"),
        )
        fields.end()
        return entry


def _link(raw: JsonObject, *, where: str) -> HistoryLink:
    fields = Fields(raw, where=where)
    link = HistoryLink(serial=fields.integer("serial"), sha256=fields.text("sha256"))
    fields.end()
    return link


@dataclass(frozen=True, slots=True)
class Meta:
    """``meta.json``, written once. ``store`` names what was probed, e.g. ``https://s3.eu-west-1.amazonaws.com/iac``.

    ``dialect`` is how conditions must be spelled there: ``quoted`` or ``unquoted`` ETags, ``""`` where there is none.
    """

    lineage: str
    created_at: str
    mode: Mode
    dialect: str
    store: str

    def to_json(self) -> JsonObject:
        """Return the stored form."""
        return {
            "v": FORMAT_VERSION,
            "lineage": self.lineage,
            "created_at": self.created_at,
            "probe": {"mode": self.mode.value, "dialect": self.dialect, "store": self.store},
            "encryption": None,
        }

    @classmethod
    def from_json(cls, raw: Json, *, where: str) -> Meta:
        """Parse the stored form, or raise ``StoreCorrupt``."""
        fields = Fields(raw, where=where)
        fields.version()
        probe = Fields(fields.object("probe"), where=f"{where} probe")
        meta = cls(
            lineage=fields.text("lineage"),
            created_at=fields.text("created_at"),
            mode=probe.choice("mode", Mode),
            dialect=probe.text("dialect"),
            store=probe.text("store"),
        )
        if fields.json("encryption") is not None:
            raise StoreCorrupt(
                "the store is encrypted, and this version of dataiku-iac does not encrypt",
                where=where,
                next_step="use the version that made this store, or a newer one",
            )
        fields.end()
        probe.end()
        return meta
