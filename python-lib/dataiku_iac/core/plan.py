"""A plan: an immutable, self-contained set of changes. It decides; apply executes it as written or refuses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from dataiku_iac.core.address import Address
from dataiku_iac.core.canonical import Json, JsonObject, digest
from dataiku_iac.core.edits import Op
from dataiku_iac.core.fields import UNSET, Effect, Unset
from dataiku_iac.core.impact import Impact, address_json, read_address
from dataiku_iac.core.lens import Suppressed
from dataiku_iac.core.problem import Place, Problem, Severity
from dataiku_iac.core.resource import Lifecycle, OnDelete
from dataiku_iac.core.state import read_lifecycle
from dataiku_iac.core.stored import Fields

__all__ = [
    "ANYTHING",
    "PLAN_FORMAT",
    "WITH_PROJECT",
    "Action",
    "Base",
    "Cause",
    "Change",
    "FieldChange",
    "Phase",
    "Plan",
    "Step",
    "StepVerb",
    "Task",
    "TaskRef",
]

PLAN_FORMAT = 1
ANYTHING: Final = "*"
"""Expectation for an object that DSS makes together with its project: it may be there or not, with whatever in it."""
WITH_PROJECT: Final = "it goes with its project"
"""Reason of what is not deleted alone because DSS deletes it along with its project."""


class Action(StrEnum):
    """What happens to one address."""

    CREATE = "create"
    UPDATE = "update"
    REPLACE = "replace"
    DELETE = "delete"
    MOVE = "move"
    ADOPT = "adopt"  # it is there already as declared: from now on it is ours; no call is made
    FORGET = "forget"  # it leaves the state and stays on the node
    NONE = "none"


class Cause(StrEnum):
    """Why a field is to change."""

    CONFIG = "config"  # the files changed
    DRIFT = "drift"  # somebody changed the node; the files did not
    CONFLICT = "conflict"  # both changed, differently


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field in terms of the spec: ``schema[email].type``. ``UNSET`` = absent or at its default.

    Attributes:
        before: what the node has; of a moved element its position, from 1.
        after: what is declared; of a moved element its position, from 1.
        recorded: the value last applied, given for drift and conflict.
        op: what happens to it; a path that ends in an element (``steps[3]``) names one that is added, removed or moved.
        phrase: the line that people read, ``step 4 of 9: formula changed: …``; empty in plans of older versions.
        at: position of the innermost element of a list before, from 0; ``None`` if it was not there, or there is none.
        to: the same after.
        place: where it is declared; of what is no longer declared, where the entry stands.
        rules: what else led to it: a variable, a line of remap, a rule of the field table.
    """

    path: str
    before: Json | Unset
    after: Json | Unset
    cause: Cause
    effect: Effect = Effect.METADATA
    recorded: Json | Unset = UNSET
    op: Op = Op.CHANGE
    phrase: str = ""
    at: int | None = None
    to: int | None = None
    place: Place | None = None
    rules: tuple[str, ...] = ()

    def to_json(self) -> JsonObject:
        """Return the stored form; an absent value is an absent key."""
        values: dict[str, Json | Unset] = {
            "before": self.before,
            "after": self.after,
            "recorded": self.recorded,
            "op": self.op.value if self.op is not Op.CHANGE else UNSET,
            "phrase": self.phrase or UNSET,
            "at": self.at if self.at is not None else UNSET,
            "to": self.to if self.to is not None else UNSET,
            "place": _place_json(self.place) if self.place is not None else UNSET,
            "rules": list(self.rules) if self.rules else UNSET,
        }
        given = {key: value for key, value in values.items() if not isinstance(value, Unset)}
        return {"path": self.path, "cause": self.cause.value, "effect": self.effect.name.lower(), **given}

    @classmethod
    def from_json(cls, raw: Json, *, where: str) -> FieldChange:
        """Parse the stored form, or raise ``StoreCorrupt``."""
        there: JsonObject = raw if isinstance(raw, Mapping) else {}
        fields = Fields(raw, where=where)
        values = {key: fields.json(key) if key in there else UNSET for key in ("before", "after", "recorded")}
        found = cls(
            fields.text("path"),
            values["before"],
            values["after"],
            fields.choice("cause", Cause),
            Effect[fields.text("effect").upper()],
            values["recorded"],
            op=fields.choice("op", Op) if "op" in there else Op.CHANGE,
            phrase=fields.text("phrase") if "phrase" in there else "",
            at=fields.integer("at") if "at" in there else None,
            to=fields.integer("to") if "to" in there else None,
            place=_place(fields.object_or_none("place"), where=where) if "place" in there else None,
            rules=fields.texts("rules") if "rules" in there else (),
        )
        fields.end()
        return found


class StepVerb(StrEnum):
    """One API call."""

    CREATE = "create"
    WRITE = "write"
    DELETE = "delete"


@dataclass(frozen=True, slots=True)
class Step:
    """One API call of a change; ``part`` says which part of the document a write writes."""

    verb: StepVerb
    part: str = ""

    def __str__(self) -> str:
        return f"{self.verb}:{self.part}" if self.part else self.verb.value


class Phase(StrEnum):
    """A replace removes first and makes later, with other objects' tasks in between.

    What is named by an object that it needs itself (a folder by its project) is finished when that is there.
    """

    REMOVE = "remove"
    MAKE = "make"
    FINISH = "finish"


@dataclass(frozen=True, slots=True, order=True)
class TaskRef:
    """Names a task of the plan."""

    address: Address
    phase: Phase

    def __str__(self) -> str:
        return f"{self.address}#{self.phase}"


@dataclass(frozen=True, slots=True)
class Task:
    """What runs as one: steps in order, after all ``requires`` are done."""

    phase: Phase
    steps: tuple[Step, ...]
    requires: tuple[TaskRef, ...] = ()


@dataclass(frozen=True, slots=True)
class Change:
    """One planned action on one address.

    Attributes:
        before: the spec last applied (recorded), or ``None``.
        after: the spec to apply, or ``None`` for delete and forget.
        fields: what differs on the node, in terms of the spec.
        tasks: what is to be done; empty for adopt, forget and none.
        expects: fingerprint of the live document the plan was made for; ``None`` = the object is absent; ``ANYTHING``.
        live_id: what the server calls it; empty if absent.
        reason: why, where the fields do not say it (``"dataset.CRM.X is replaced, and DSS removes its recipes with it"``).
        whole: the spec to create from where an object falls with another and comes back: as it was, with ``after`` laid over,
            so that what nobody declared survives; ``None`` = ``after``.
        adopts: True if the object exists on the node but was not ours.
        place: where it is declared.
        by_hand: why DSS's API cannot do it: a person has to; nothing is executed, and it remains a change until it is done.
        waits_for: what has to be created by hand before this can be done at all; nothing is executed.
        moved_from: the address under which the object was recorded; ``moved`` in the files says that it is this one now.
        loose: spec keys that builds write too and that are therefore not compared, ``("schema",)`` of a recipe's output.
        later: what it names by ids that the node chooses and that needs it first: what it says of these is written when they
            are there, by a task of its own; by a later plan, if a person has to make them.
    """

    address: Address
    action: Action
    before: JsonObject | None = None
    after: JsonObject | None = None
    fields: tuple[FieldChange, ...] = ()
    tasks: tuple[Task, ...] = ()
    expects: str | None = None
    live_id: str = ""
    reason: str = ""
    adopts: bool = False
    lifecycle: Lifecycle = Lifecycle()
    place: Place | None = None
    whole: JsonObject | None = None
    by_hand: str = ""
    waits_for: tuple[Address, ...] = ()
    moved_from: Address | None = None
    loose: tuple[str, ...] = ()
    later: tuple[Address, ...] = ()

    @property
    def is_held(self) -> bool:
        """True if it is to be done and cannot be by us, or not yet."""
        return bool(self.by_hand or self.waits_for)

    @property
    def effect(self) -> Effect:
        """The gravest effect of its fields; a delete that drops data is data loss."""
        if self.action in (Action.DELETE, Action.REPLACE) and self.lifecycle.on_delete is OnDelete.DROP_DATA:
            return Effect.DATA_LOSS
        return max((change.effect for change in self.fields), default=Effect.METADATA)

    def to_json(self) -> JsonObject:
        """Return the stored form."""
        return {
            "kind": self.address.kind,
            "project": self.address.project,
            "name": self.address.name,
            "action": self.action.value,
            "before": self.before,
            "after": self.after,
            "fields": [field.to_json() for field in self.fields],
            "tasks": [
                {
                    "phase": task.phase.value,
                    "steps": [str(step) for step in task.steps],
                    "requires": [{**address_json(r.address), "phase": r.phase.value} for r in task.requires],
                }
                for task in self.tasks
            ],
            "expects": self.expects,
            "live_id": self.live_id,
            "reason": self.reason,
            "adopts": self.adopts,
            **self.lifecycle.to_json(),
            "place": _place_json(self.place),
            **({} if self.whole is None else {"whole": self.whole}),
            **({"by_hand": self.by_hand} if self.by_hand else {}),
            **({"waits_for": [address_json(address) for address in self.waits_for]} if self.waits_for else {}),
            **({} if self.moved_from is None else {"moved_from": address_json(self.moved_from)}),
            **({"loose": list(self.loose)} if self.loose else {}),
            **({"later": [address_json(address) for address in self.later]} if self.later else {}),
        }

    @classmethod
    def from_json(cls, raw: Json, *, where: str) -> Change:
        """Parse the stored form, or raise ``StoreCorrupt``."""
        fields = Fields(raw, where=where)
        there: JsonObject = raw if isinstance(raw, Mapping) else {}
        found = cls(
            address=_address(fields),
            action=fields.choice("action", Action),
            before=fields.object_or_none("before"),
            after=fields.object_or_none("after"),
            fields=tuple(FieldChange.from_json(item, where=where) for item in fields.items("fields")),
            tasks=tuple(_task(item, where=where) for item in fields.items("tasks")),
            expects=fields.text_or_none("expects"),
            live_id=fields.text("live_id"),
            reason=fields.text("reason"),
            adopts=fields.flag("adopts"),
            lifecycle=read_lifecycle(raw, fields),
            place=_place(fields.object_or_none("place"), where=where),
            whole=fields.object("whole") if "whole" in there else None,
            by_hand=fields.text("by_hand") if "by_hand" in there else "",
            waits_for=tuple(read_address(item, where=where) for item in fields.items("waits_for"))
            if "waits_for" in there
            else (),
            moved_from=read_address(fields.json("moved_from"), where=where) if "moved_from" in there else None,
            loose=fields.texts("loose") if "loose" in there else (),
            later=tuple(read_address(item, where=where) for item in fields.items("later")) if "later" in there else (),
        )
        fields.end()
        return found


def _address(fields: Fields) -> Address:
    return Address(fields.text("kind"), fields.text("project"), fields.text("name"))


def _task(raw: Json, *, where: str) -> Task:
    fields = Fields(raw, where=where)
    steps = []
    for text in fields.texts("steps"):
        verb, _, part = text.partition(":")
        steps.append(Step(StepVerb(verb), part))
    requires = []
    for item in fields.items("requires"):
        ref = Fields(item, where=where)
        requires.append(TaskRef(_address(ref), ref.choice("phase", Phase)))
        ref.end()
    found = Task(fields.choice("phase", Phase), tuple(steps), tuple(requires))
    fields.end()
    return found


def _place_json(place: Place | None) -> JsonObject | None:
    return None if place is None else {"file": place.file, "line": place.line, "column": place.column}


def _place(raw: JsonObject | None, *, where: str) -> Place | None:
    if raw is None:
        return None
    fields = Fields(raw, where=where)
    found = Place(fields.text("file"), fields.integer("line"), fields.integer("column"))
    fields.end()
    return found


@dataclass(frozen=True, slots=True)
class Base:
    """The committed state a plan was made from; apply refuses when the head has moved since."""

    lineage: str
    serial: int
    state_sha256: str | None


@dataclass(frozen=True, slots=True)
class Plan:
    """An immutable set of changes, in the order in which they are shown.

    Attributes:
        id: e.g. ``20261120T164512Z-9f3c2a1b``; sorts by time.
        node: name of the node in the environment file, ``node_url`` where it is; apply refuses another one.
        config_digest: ``Configuration.digest``.
        suppressed: differences that are not planned, each with its reason, by address.
        problems: warnings of configuration and plan.
        created_by: login on the node that asked for it.
        impact: what the changes mean for what stands around them; ``None`` in plans of older versions.
        unread: projects that were not read, as their git proves that nothing was saved in them; see ``core.proof``.
    """

    id: str
    stack: str
    environment: str
    node: str
    node_url: str
    base: Base
    config_digest: str
    changes: tuple[Change, ...]
    suppressed: Mapping[Address, tuple[Suppressed, ...]]
    problems: tuple[Problem, ...]
    created_at: str
    created_by: str
    git_commit: str = ""
    impact: Impact | None = None
    unread: tuple[str, ...] = ()

    @property
    def counts(self) -> dict[Action, int]:
        """How many changes per action, without those to be done by hand and those that wait; every action is present."""
        found = dict.fromkeys(Action, 0)
        for change in self.changes:
            if not change.is_held:
                found[change.action] += 1
        return found

    @property
    def is_empty(self) -> bool:
        """True if nothing would be written on the node."""
        return not any(change.tasks for change in self.changes)

    @property
    def digest(self) -> str:
        """What an approval is bound to."""
        return digest(self.to_json())

    def to_json(self) -> JsonObject:
        """Return the stored form; equal plans give equal bytes."""
        return {
            "format": PLAN_FORMAT,
            "id": self.id,
            "stack": self.stack,
            "environment": self.environment,
            "node": self.node,
            "node_url": self.node_url,
            "lineage": self.base.lineage,
            "base_serial": self.base.serial,
            "base_state_sha256": self.base.state_sha256,
            "config_digest": self.config_digest,
            "changes": [change.to_json() for change in self.changes],
            "suppressed": [
                {
                    **address_json(address),
                    "fields": [{"path": item.path, "reason": item.reason} for item in items],
                }
                for address, items in sorted(self.suppressed.items())
            ],
            "problems": [_problem_json(problem) for problem in self.problems],
            "created_at": self.created_at,
            "created_by": self.created_by,
            "git_commit": self.git_commit,
            **({} if self.impact is None else {"impact": self.impact.to_json()}),
            **({"unread": list(self.unread)} if self.unread else {}),
        }

    @classmethod
    def from_json(cls, raw: Json, *, where: str) -> Plan:
        """Parse the stored form, or raise ``StoreCorrupt``."""
        fields = Fields(raw, where=where)
        there: JsonObject = raw if isinstance(raw, Mapping) else {}
        fields.integer("format")
        suppressed: dict[Address, tuple[Suppressed, ...]] = {}
        for item in fields.items("suppressed"):
            entry = Fields(item, where=where)
            suppressed[_address(entry)] = tuple(_suppressed(entry.items("fields"), where=where))
            entry.end()
        found = cls(
            id=fields.text("id"),
            stack=fields.text("stack"),
            environment=fields.text("environment"),
            node=fields.text("node"),
            node_url=fields.text("node_url"),
            base=Base(fields.text("lineage"), fields.integer("base_serial"), fields.text_or_none("base_state_sha256")),
            config_digest=fields.text("config_digest"),
            changes=tuple(Change.from_json(item, where=where) for item in fields.items("changes")),
            suppressed=suppressed,
            problems=tuple(_problem(item, where=where) for item in fields.items("problems")),
            created_at=fields.text("created_at"),
            created_by=fields.text("created_by"),
            git_commit=fields.text("git_commit"),
            impact=Impact.from_json(fields.json("impact"), where=where) if "impact" in there else None,
            unread=fields.texts("unread") if "unread" in there else (),
        )
        fields.end()
        return found


def _suppressed(items: Sequence[Json], *, where: str) -> Sequence[Suppressed]:
    found = []
    for item in items:
        fields = Fields(item, where=where)
        found.append(Suppressed(fields.text("path"), fields.text("reason")))
        fields.end()
    return found


def _problem_json(problem: Problem) -> JsonObject:
    place = problem.place
    return {
        "severity": problem.severity.value,
        "code": problem.code,
        "summary": problem.summary,
        "detail": problem.detail,
        "place": _place_json(place),
        "address": problem.address,
        "suggestion": problem.suggestion,
    }


def _problem(raw: Json, *, where: str) -> Problem:
    fields = Fields(raw, where=where)
    found = Problem(
        fields.choice("severity", Severity),
        fields.text("code"),
        fields.text("summary"),
        fields.text("detail"),
        _place(fields.object_or_none("place"), where=where),
        fields.text("address"),
        fields.text("suggestion"),
    )
    fields.end()
    return found
