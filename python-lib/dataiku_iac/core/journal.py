"""The journal of a run as values: its records and its objects; ``core.ledger`` says what they add up to.

The journal lives in gapless slots ``runs/<run>/j/<seq>.json``; one slot holds one ``JournalObject`` with one or more
records. A record about an action carries ``aid``, the action's id: deterministic, made of run, address and step. The
life of one action::

    INTENT ──▶ DONE                       the effect is there (or was found there: ``adopted``)
       │  ├──▶ FAILED definite=True       the node refused; nothing changed; may be tried again by a new INTENT
       │  ├──▶ FAILED definite=False      nobody knows: the intent stays open until one of the others follows
       │  ├──▶ ABSENT                     verified not applied; may be tried again by a new INTENT
       └──┴──▶ CONFLICT                   needs a human or a new plan

``core.ledger.Ledger`` refuses every other order, for the writer before it writes and for the reader after it read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import ClassVar, Final, TypeAlias

from dataiku_iac.core.canonical import Json, JsonObject, digest
from dataiku_iac.core.errors import StoreCorrupt
from dataiku_iac.core.lease import Owner, TakeOverRule
from dataiku_iac.core.stored import FORMAT_VERSION, Fields

__all__ = [
    "Absent",
    "Begin",
    "Conflict",
    "Done",
    "End",
    "EndStatus",
    "Failed",
    "Idempotency",
    "Intent",
    "JournalObject",
    "Outcome",
    "Print",
    "Record",
    "RunMode",
    "Snap",
    "TakeOver",
    "Verb",
    "parse_record",
]


class RunMode(StrEnum):
    """What a run does."""

    APPLY = "apply"
    ROLLBACK = "rollback"
    IMPORT = "import"
    DESTROY = "destroy"


class Verb(StrEnum):
    """What a step does to its object."""

    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"
    RUN = "run"


class EndStatus(StrEnum):
    """How a run ended."""

    OK = "ok"
    FAILED = "failed"
    ROLLED_BACK = "rolled_back"
    ABANDONED = "abandoned"


@dataclass(frozen=True, slots=True)
class Print:
    """What identifies one version of one live object: its id, ``versionTag.versionNumber``, digest of what it says."""

    exists: bool
    id: str | None = None
    version_number: int | None = None
    fingerprint: str | None = None

    def to_json(self) -> JsonObject:
        """Return the stored form."""
        return {
            "exists": self.exists,
            "id": self.id,
            "version_number": self.version_number,
            "fingerprint": self.fingerprint,
        }

    @classmethod
    def from_json(cls, raw: Json, *, where: str) -> Print:
        """Parse the stored form, or raise ``StoreCorrupt``."""
        fields = Fields(raw, where=where)
        found = cls(
            exists=fields.flag("exists"),
            id=fields.text_or_none("id"),
            version_number=fields.integer_or_none("version_number"),
            fingerprint=fields.text_or_none("fingerprint"),
        )
        fields.end()
        return found


@dataclass(frozen=True, slots=True)
class Idempotency:
    """How a second delivery is recognised: ``strategy`` is e.g. ``keyed``, ``temporary-name``, ``whole-put``.

    ``key`` is the name or mark to look for, ``pre_ids`` are the ids that carried that name before.
    """

    strategy: str
    key: str = ""
    pre_ids: tuple[str, ...] = ()

    def to_json(self) -> JsonObject:
        """Return the stored form."""
        return {"strategy": self.strategy, "key": self.key, "pre_ids": list(self.pre_ids)}

    @classmethod
    def from_json(cls, raw: Json, *, where: str) -> Idempotency:
        """Parse the stored form, or raise ``StoreCorrupt``."""
        fields = Fields(raw, where=where)
        found = cls(strategy=fields.text("strategy"), key=fields.text("key"), pre_ids=fields.texts("pre_ids"))
        fields.end()
        return found


@dataclass(frozen=True, slots=True)
class Begin:
    """The run starts: from which plan, on which committed state. Always in slot 1, unless the run died before it."""

    TAG: ClassVar[str] = "BEGIN"

    plan_sha256: str
    base_serial: int
    base_state_sha256: str | None
    mode: RunMode
    options: JsonObject = field(default_factory=dict)

    def to_json(self) -> JsonObject:
        """Return the stored form."""
        return {
            "kind": self.TAG,
            "plan_sha256": self.plan_sha256,
            "base_serial": self.base_serial,
            "base_state_sha256": self.base_state_sha256,
            "mode": self.mode.value,
            "options": self.options,
        }


@dataclass(frozen=True, slots=True)
class TakeOver:
    """A new owner goes on with the run. From here on no older fence owns a slot.

    ``rule`` is ``None`` where the lease was free. ``age_s``: how old the lease was seen. ``open_aids``: intents found
    without an outcome.
    """

    TAG: ClassVar[str] = "TAKEOVER"

    fence: int
    owner: Owner
    rule: TakeOverRule | None
    age_s: float | None
    open_aids: tuple[str, ...] = ()

    def to_json(self) -> JsonObject:
        """Return the stored form."""
        return {
            "kind": self.TAG,
            "fence": self.fence,
            "owner": self.owner.to_json(),
            "reason": None if self.rule is None else self.rule.value,
            "age_s": self.age_s,
            "open_aids": list(self.open_aids),
        }


@dataclass(frozen=True, slots=True)
class Intent:
    """About to send one writing request; stored before it is sent.

    ``step`` counts from 1 to ``steps``. ``path`` is the request path without host and secrets, ``body_sha256`` the
    digest of its body. ``pre`` is the object just before. ``undo`` is the digest of the pre-image kept in ``blobs/``.
    ``drain_s``: how many seconds after the caller has gone the effect may still land; ``drain_class`` names why, e.g.
    ``short`` or ``long``.
    """

    TAG: ClassVar[str] = "INTENT"

    aid: str
    address: str
    type: str
    step: int
    steps: int
    verb: Verb
    node: str
    method: str
    path: str
    body_sha256: str | None
    pre: Print
    idem: Idempotency
    undo: str | None = None
    drain_class: str = "short"
    drain_s: float = 60.0

    def to_json(self) -> JsonObject:
        """Return the stored form."""
        return {
            "kind": self.TAG,
            "aid": self.aid,
            "address": self.address,
            "type": self.type,
            "step": self.step,
            "steps": self.steps,
            "verb": self.verb.value,
            "node": self.node,
            "method": self.method,
            "path": self.path,
            "body_sha256": self.body_sha256,
            "pre": self.pre.to_json(),
            "idem": self.idem.to_json(),
            "undo": self.undo,
            "class": self.drain_class,
            "drain_s": self.drain_s,
        }


@dataclass(frozen=True, slots=True)
class Done:
    """The effect is there and was read back. ``adopted``: found there by a look, not seen in the answer of the call.

    ``entry`` is what the state holds for the address from now on (opaque here), ``None`` where it holds nothing or
    nothing new; with it the state after a crash is rebuilt from the journal alone.
    """

    TAG: ClassVar[str] = "DONE"

    aid: str
    result: Print
    adopted: bool = False
    entry: Json = None

    def to_json(self) -> JsonObject:
        """Return the stored form."""
        return {
            "kind": self.TAG,
            "aid": self.aid,
            "result": self.result.to_json(),
            "adopted": self.adopted,
            "entry": self.entry,
        }


@dataclass(frozen=True, slots=True)
class Failed:
    """The call failed. ``definite``: the node refused and nothing changed; else nobody knows yet."""

    TAG: ClassVar[str] = "FAILED"

    aid: str
    definite: bool
    error: str
    http: int | None
    text: str

    def to_json(self) -> JsonObject:
        """Return the stored form."""
        return {
            "kind": self.TAG,
            "aid": self.aid,
            "definite": self.definite,
            "error": self.error,
            "http": self.http,
            "text": self.text,
        }


@dataclass(frozen=True, slots=True)
class Absent:
    """Verified after the drain time: the effect is not there. The action may be tried again by a new intent."""

    TAG: ClassVar[str] = "ABSENT"

    aid: str

    def to_json(self) -> JsonObject:
        """Return the stored form."""
        return {"kind": self.TAG, "aid": self.aid}


@dataclass(frozen=True, slots=True)
class Conflict:
    """Neither before nor after: a human or a new plan decides. ``evidence`` is opaque here and holds no secrets."""

    TAG: ClassVar[str] = "CONFLICT"

    aid: str
    evidence: Json

    def to_json(self) -> JsonObject:
        """Return the stored form."""
        return {"kind": self.TAG, "aid": self.aid, "evidence": self.evidence}


@dataclass(frozen=True, slots=True)
class Snap:
    """The state up to here was committed under ``key`` as ``serial``."""

    TAG: ClassVar[str] = "SNAP"

    key: str
    serial: int

    def to_json(self) -> JsonObject:
        """Return the stored form."""
        return {"kind": self.TAG, "key": self.key, "serial": self.serial}


@dataclass(frozen=True, slots=True)
class End:
    """The run is over and its state committed. ``counts`` e.g. ``{"create": 3}``."""

    TAG: ClassVar[str] = "END"

    status: EndStatus
    counts: Mapping[str, int] = field(default_factory=dict)

    def to_json(self) -> JsonObject:
        """Return the stored form."""
        return {"kind": self.TAG, "status": self.status.value, "counts": dict(self.counts)}


Outcome: TypeAlias = Done | Failed | Absent | Conflict
Record: TypeAlias = Begin | TakeOver | Intent | Outcome | Snap | End

_TAGS: Final = tuple(kind.TAG for kind in (Begin, TakeOver, Intent, Done, Failed, Absent, Conflict, Snap, End))


def parse_record(raw: Json, *, where: str) -> Record:
    """Parse one record by its ``kind``, or raise ``StoreCorrupt``."""
    fields = Fields(raw, where=where)
    tag = fields.text("kind")
    record: Record
    match tag:
        case Begin.TAG:
            record = Begin(
                plan_sha256=fields.text("plan_sha256"),
                base_serial=fields.integer("base_serial"),
                base_state_sha256=fields.text_or_none("base_state_sha256"),
                mode=fields.choice("mode", RunMode),
                options=fields.object("options"),
            )
        case TakeOver.TAG:
            record = TakeOver(
                fence=fields.integer("fence"),
                owner=Owner.from_json(fields.object("owner"), where=f"{where} owner"),
                rule=None if fields.json("reason") is None else fields.choice("reason", TakeOverRule),
                age_s=fields.number_or_none("age_s"),
                open_aids=fields.texts("open_aids"),
            )
        case Intent.TAG:
            record = _parse_intent(fields, where=where)
        case Done.TAG:
            record = Done(
                aid=fields.text("aid"),
                result=Print.from_json(fields.object("result"), where=f"{where} result"),
                adopted=fields.flag("adopted"),
                entry=fields.json("entry"),
            )
        case Failed.TAG:
            record = Failed(
                aid=fields.text("aid"),
                definite=fields.flag("definite"),
                error=fields.text("error"),
                http=fields.integer_or_none("http"),
                text=fields.text("text"),
            )
        case Absent.TAG:
            record = Absent(aid=fields.text("aid"))
        case Conflict.TAG:
            record = Conflict(aid=fields.text("aid"), evidence=fields.json("evidence"))
        case Snap.TAG:
            record = Snap(key=fields.text("key"), serial=fields.integer("serial"))
        case End.TAG:
            record = End(status=fields.choice("status", EndStatus), counts=fields.counts("counts"))
        case _:
            raise StoreCorrupt(
                f'unknown journal record "{tag}"; known are {", ".join(_TAGS)}',
                where=where,
                next_step="use the version of dataiku-iac that wrote it, or a newer one",
            )
    fields.end()
    return record


def _parse_intent(fields: Fields, *, where: str) -> Intent:
    return Intent(
        aid=fields.text("aid"),
        address=fields.text("address"),
        type=fields.text("type"),
        step=fields.integer("step"),
        steps=fields.integer("steps"),
        verb=fields.choice("verb", Verb),
        node=fields.text("node"),
        method=fields.text("method"),
        path=fields.text("path"),
        body_sha256=fields.text_or_none("body_sha256"),
        pre=Print.from_json(fields.object("pre"), where=f"{where} pre"),
        idem=Idempotency.from_json(fields.object("idem"), where=f"{where} idem"),
        undo=fields.text_or_none("undo"),
        drain_class=fields.text("class"),
        drain_s=fields.number("drain_s"),
    )


@dataclass(frozen=True, slots=True)
class JournalObject:
    """One slot of the journal of ``run``. ``prev_sha256`` is the digest of the slot before, ``None`` in slot 1."""

    run: str
    seq: int
    fence: int
    nonce: str
    prev_sha256: str | None
    at: str
    records: tuple[Record, ...]

    @property
    def sha256(self) -> str:
        """The digest that the next slot carries."""
        return digest(self.to_json())

    def to_json(self) -> JsonObject:
        """Return the stored form."""
        return {
            "v": FORMAT_VERSION,
            "run": self.run,
            "seq": self.seq,
            "fence": self.fence,
            "nonce": self.nonce,
            "prev_sha256": self.prev_sha256,
            "t": self.at,
            "recs": [record.to_json() for record in self.records],
        }

    @classmethod
    def from_json(cls, raw: Json, *, where: str) -> JournalObject:
        """Parse the stored form, or raise ``StoreCorrupt``."""
        fields = Fields(raw, where=where)
        fields.version()
        found = cls(
            run=fields.text("run"),
            seq=fields.integer("seq"),
            fence=fields.integer("fence"),
            nonce=fields.text("nonce"),
            prev_sha256=fields.text_or_none("prev_sha256"),
            at=fields.text("t"),
            records=tuple(
                parse_record(record, where=f"{where} record {index}")
                for index, record in enumerate(fields.items("recs"), start=1)
            ),
        )
        fields.end()
        return found
