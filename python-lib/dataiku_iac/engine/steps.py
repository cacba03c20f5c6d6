"""One task of a plan: its steps in order, each verified before and after.

A step whose part is as declared already makes no call: that is what makes a resumed run, or a second one, harmless.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from http import HTTPStatus
from typing import NoReturn

from dataiku_iac.core.address import Address
from dataiku_iac.core.canonical import Json, JsonObject
from dataiku_iac.core.errors import NodeError, UnexpectedShape
from dataiku_iac.core.fields import Unset
from dataiku_iac.core.journal import Done, Failed
from dataiku_iac.core.kind import Document, Kind, Live
from dataiku_iac.core.plan import ANYTHING, WITH_PROJECT, Change, FieldChange, Phase, StepVerb, Task
from dataiku_iac.core.resource import OnDelete
from dataiku_iac.core.result import ChangeStatus
from dataiku_iac.core.state import Recorded
from dataiku_iac.engine.actions import PlannedAction, temporary_name
from dataiku_iac.engine.comparison import Comparison, compare
from dataiku_iac.engine.conflicts import both_versions
from dataiku_iac.engine.context import RunContext
from dataiku_iac.engine.effects import Ended, Target, done_record, is_hopeless, note_conflict, perform, print_of
from dataiku_iac.engine.links import creates, declared_by, early_spec, without, written_by
from dataiku_iac.engine.marks import MARK_PREFIX, ensure_mark, with_mark
from dataiku_iac.engine.moves import Moves
from dataiku_iac.engine.resolution import compare_live
from dataiku_iac.engine.saves import last_save
from dataiku_iac.engine.translate import DEFAULT_ZONE, to_native
from dataiku_iac.store.clock import iso

__all__ = ["TaskRun", "begun_entry", "entry_of"]


class TaskRun:
    """Carries out one task of one change. ``found`` is True if an effect was there already by a look."""

    def __init__(self, context: RunContext, change: Change, task: Task, moves: Moves) -> None:
        self._context = context
        self._change = change
        self._task = task
        self._moves = moves
        self._kind = context.kind_of(change.address)
        self._ids = context.index.ids_of(change, task)
        self._declared = declared_by(change, task, self._kind, context.names)
        self.found = False

    def carry_out(self) -> None:
        """Do what is left of the task.

        Raises:
            Ended: it is not done, and why.
            LeaseLost, StoreUnavailable: nothing more may be begun.
        """
        prior = self._context.prior.done
        self.found = any(prior[aid].adopted for aid in self._ids if aid in prior)
        try:
            if self._task.phase is Phase.REMOVE:
                self._remove()
            else:
                self._make()
        except NodeError as error:  # of a read: nothing is known to have gone wrong on the node
            raise Ended(ChangeStatus.FAILED, str(error), halts=is_hopeless(error)) from error

    # --- remove ---

    def _remove(self) -> None:
        context, change, aid = self._context, self._change, self._ids[0]
        live_id = change.live_id or context.own_id(change.address)
        if aid not in context.prior.done:
            context.lease.gate()
            live = context.read(change.address, live_id)
            if live is not None:
                if not change.address.name:
                    self._refuse_company()
                else:
                    self._refuse_surprise(live, {change.expects})
                drop_data = change.lifecycle.on_delete is OnDelete.DROP_DATA
                effect = perform(
                    context,
                    Target(self._action(1), aid, live_id, live),
                    lambda api: self._kind.delete(api, change.address.project, live_id, drop_data=drop_data),
                )
                self.found |= effect.found
                left = self._read_back(live_id)
                if left is not None:
                    raise self._had_no_effect(aid, "the object is still there")
                context.recording.drop(change.address)
                context.journal.post(Done(aid, print_of(context, change.address, None), adopted=effect.found))
        context.recording.drop(change.address)
        context.names.forget(change.address.kind, change.address.project, change.address.name)
        if change.address.kind == "zone":
            self._moves.note(change.address.project)

    # --- make ---

    def _make(self) -> None:
        context, change = self._context, self._change
        done = self._leading_done()
        is_created_here = self._task.steps[0].verb is StepVerb.CREATE
        if self._task.phase is Phase.MAKE and self._is_being_finished():
            return  # the process before us came further: what it left is no longer as this task leaves it
        if done and done == len(self._ids) and context.prior.done[self._ids[-1]].entry is not None:
            return  # done, read back and recorded by the process before us
        live = self._create() if is_created_here and not done else self._read_to_go_on(done)
        for number, step in enumerate(self._task.steps, start=1):
            if step.verb is StepVerb.WRITE:
                live = self._write(number, live)
        self._note_moved(live)
        is_made = self._task.phase is Phase.MAKE and change.address.kind == "project"
        if is_made and ensure_mark(context, change.address.project):
            live = self._read_back(live.id) or live  # marking saved the project once more
        context.recording.put(entry_of(context, change, live, self._declared))

    def _create(self) -> Live:
        context, change, aid = self._context, self._change, self._ids[0]
        address, kind = change.address, self._kind
        context.lease.gate()
        there = self._existing()
        if there is not None and (change.expects == ANYTHING or kind.is_unremarkable(there.document, address)):
            self._learn(there.id)
            return there  # made together with its project: the writes that follow say the rest
        if there is not None:
            self._conflict("the object exists now, and the plan was made when it did not", there, {None})
        name = self._name_at_creation(aid)
        wanted = kind.put({}, written_by(change, self._task, kind, context.names), address)
        # What it says of itself waits for its id: the write that follows says it.
        wanted = without(wanted, kind, address.project, context.names, {address})
        document = self._native(kind.for_creation(wanted, address, login=context.lease.owner.user))
        if address.kind == "project":
            document = with_mark(document, MARK_PREFIX + context.plan.stack)  # known as ours from its first moment
        effect = perform(
            context,
            Target(
                self._action(1),
                aid,
                "" if kind.chosen_by_server else name,
                None,
                temporary=name if kind.chosen_by_server else "",
            ),
            lambda api: kind.create(api, address.project, name, document),
        )
        self.found |= effect.found
        live = self._read_created(effect.live_id or name)
        if live is None:
            raise self._had_no_effect(aid, "the object is not there")
        if not kind.chosen_by_server and live.id != name:
            context.journal.append(done_record(aid, context, address, live, found=effect.found, entry=None))
            raise Ended(
                ChangeStatus.FAILED,
                f'the node created it under the name "{live.id}"; delete that object there, choose a name the node takes',
            )
        self._learn(live.id)
        entry = begun_entry(context, change, self._task, live)
        context.recording.put(entry)
        context.journal.post(done_record(aid, context, address, live, found=effect.found, entry=entry.to_json()))
        return live

    def _name_at_creation(self, aid: str) -> str:
        kind, address = self._kind, self._change.address
        if not kind.chosen_by_server:
            return self._context.own_id(address)
        if kind.keeps_its_name:
            return kind.display_name(self._change.after or {}, address)
        return temporary_name(address.name, aid)

    def _existing(self) -> Live | None:
        """A creation needs proof of absence: the name's object, or for server-chosen ids the whole list."""
        context, address = self._context, self._change.address
        if self._kind.chosen_by_server:
            found = next((live for live in context.list_kind(address) if self._is_it(live)), None)
            return found if found is None else context.read(address, found.id)
        parts = () if self._change.expects == ANYTHING else self._kind.parts[:1]
        return context.look_for(address, context.own_id(address), parts)

    def _is_it(self, live: Live) -> bool:
        """Tell whether an object of this kind is the one to create; another of the plan may bear the same display name."""
        context, address = self._context, self._change.address
        known = context.names.name_of(address.kind, address.project, live.id)
        if self._kind.comes_with_project(address):
            return live.id == address.name
        if known == address.name:
            return True
        if live.name != self._kind.display_name(self._change.after or {}, address):
            return False
        return known not in {c.address.name for c in context.plan.changes if c.address.kind == address.kind}

    def _read_to_go_on(self, done: int) -> Live:
        context, change = self._context, self._change
        context.lease.gate()
        live_id = self._known_id(done)
        live = context.read(change.address, live_id)
        if live is None:
            self._conflict("the object is gone, and the plan was made when it was there", None, {change.expects})
        self._learn(live.id)
        expected: set[str | None] = {change.expects}
        if done:
            expected = {context.prior.done[self._ids[done - 1]].result.fingerprint}
        self._refuse_surprise(live, expected)
        return live

    def _write(self, number: int, live: Live) -> Live:
        context, change, aid = self._context, self._change, self._ids[number - 1]
        part = self._task.steps[number - 1].part
        action = self._action(number)
        is_done = aid in context.prior.done
        comparison = compare_live(context, action, live, written=is_done)
        if part not in comparison.parts:
            return live  # as declared already
        if is_done:
            self._conflict(f"{part} was written before and was changed since", live, {None})
        context.lease.gate()
        document = self._native(comparison.target)
        effect = perform(
            context,
            Target(action, aid, live.id, live),
            lambda api: self._kind.write(api, change.address.project, live.id, part, document),
        )
        self.found |= effect.found
        after = self._read_written(live.id, part, document)
        if after is None:
            self._conflict("the object was deleted while it was written", None, {None})
        after = replace(
            after,
            document={**live.document, **after.document},
            version=after.version or live.version,
            hidden=live.hidden,
        )
        unkept = compare_live(context, action, after, written=True)
        if part in unkept.parts:
            self._refuse_unkept(aid, part, live, after, unkept)
        left = compare_live(context, action, after)
        if part == "zone":
            self._moves.note(change.address.project)
        last = not any(step.part in left.parts for step in self._task.steps[number:])
        entry = entry_of(context, change, after, self._declared) if last else None
        if entry is not None:
            context.recording.put(entry)
        context.journal.post(
            done_record(
                aid,
                context,
                change.address,
                after,
                found=effect.found,
                entry=None if entry is None else entry.to_json(),
            )
        )
        return after

    # --- what must not be ---

    def _refuse_surprise(self, live: Live, expected: set[str | None]) -> None:
        """Compare before write: the object must be as the plan saw it, as we left it, or as declared already."""
        if ANYTHING in expected:
            return  # our own replacement of what it names changes it, and what is written lays over whatever is there
        expected = expected | self._left_by_us()
        if self._task.phase is Phase.FINISH:
            self._refuse_undone(live, expected)
            return
        if self._kind.fingerprint(live.document) in expected or self._moved_by_us(live, expected):
            return
        now = compare_live(self._context, self._action(1), live) if self._task.phase is Phase.MAKE else None
        wanted = {step.part for step in self._task.steps if step.part}
        if now is not None and not wanted & set(now.parts):
            return
        if live.hidden:
            raise Ended(
                ChangeStatus.FAILED,
                f"the API key may not read {', '.join(live.hidden)} of it, so nobody can tell whether it is as the plan saw it; "
                "nothing was written. Use the key that the plan was made with, or make a new plan with this one",
            )
        versions = both_versions(self._kind, self._change, live, now)
        self._conflict("somebody changed the object since the plan was made", live, expected, versions)

    def _refuse_undone(self, live: Live, expected: set[str | None]) -> None:
        """Before it is finished, an object must be as its making left it, as far as the files speak of it.

        Other fields may have changed: what is written lays over them, and DSS itself notes in a project what is made in it.
        """
        change, early = self._change, early_spec(self._change, self._kind, self._context.names)
        fingerprint = self._kind.fingerprint(live.document)
        if fingerprint in expected - {change.expects}:
            return  # as an earlier step of this task left it
        ignored = () if creates(change) else (*change.lifecycle.ignore, *change.loose)
        left = compare(self._kind, change.address, live.document, early, None, ignored, hidden=live.hidden)
        now = compare_live(self._context, self._action(1), live)
        if left.parts and {step.part for step in self._task.steps} & set(now.parts):
            versions = both_versions(self._kind, replace(change, before=early), live, None)
            self._conflict("somebody changed the object before it was finished", live, expected, versions)

    def _refuse_company(self) -> None:
        """Whatever we manage in a project is gone before it; what is left would be deleted along.

        The project itself is not compared: what we removed from it has changed it (its exposures).
        """
        context, project = self._context, self._change.address.project
        along = {change.address for change in context.plan.changes if change.reason == WITH_PROJECT}
        for kind in context.registry:
            if kind.name == self._kind.name:
                continue
            for live in self._company(kind, project):
                address = Address(kind.name, project, live.name)
                of_project = kind.comes_with_project(address) or kind.is_unremarkable(live.document, address)
                if not of_project and address not in along:
                    self._conflict(f"{kind.name} {live.name} is in the project and is not managed", live, {None})

    def _company(self, kind: Kind, project: str) -> Sequence[Live]:
        try:
            return self._context.list_kind(Address(kind.name, project))
        except UnexpectedShape as error:  # this version of DSS has no such objects, hence no such call
            if kind.may_be_missing and error.status == HTTPStatus.NOT_FOUND:
                return ()
            raise

    def _left_by_us(self) -> set[str | None]:
        """Fingerprints of what an earlier attempt of this run left behind half kept."""
        found: set[str | None] = set()
        for aid in self._ids:
            conflict = self._context.prior.conflicts.get(aid)
            if conflict is not None and isinstance(conflict.evidence, dict) and conflict.evidence.get("ours"):
                kept = conflict.evidence.get("kept")
                found |= {kept} if isinstance(kept, str) else set()
        return found

    def _moved_by_us(self, live: Live, expected: set[str | None]) -> bool:
        """Tell whether only the zone differs, and this run moved something: DSS moves a recipe with its output [seen]."""
        project = self._change.address.project
        if "zone" not in live.document or project not in self._moves:
            return False
        zones = {DEFAULT_ZONE, *(zone.name for zone in self._context.list_kind(Address("zone", project)))}
        zones |= {c.address.name for c in self._context.plan.changes if c.address.kind == "zone"}
        return any(self._kind.fingerprint({**live.document, "zone": zone}) in expected for zone in zones)

    def _conflict(self, why: str, live: Live | None, expected: set[str | None], versions: str = "") -> NoReturn:
        context, address = self._context, self._change.address
        seen = print_of(context, address, live)
        aid = next((aid for aid in self._ids if aid not in context.prior.done), self._ids[-1])
        if aid not in context.prior.done:
            evidence: dict[str, Json] = {"expected": sorted(fp for fp in expected if fp), "found": seen.to_json()}
            note_conflict(context, aid, why, evidence)
        by, at = ("", "") if live is None else last_save(live)
        saved = f" (last saved by {by} at {at})" if by and at else ""
        raise Ended(
            ChangeStatus.CONFLICT,
            f"{why}{saved}; nothing was overwritten. Make a new plan{'' if versions else ', which shows both versions'}{versions}",
        )

    def _refuse_unkept(self, aid: str, part: str, before: Live, after: Live, left: Comparison) -> None:
        """The node said 200 and stored something else: typed documents lose what they do not know [seen]."""
        context = self._context
        paths = [path for field in left.fields for path in _missing(field)] or [part]
        kept = self._kind.fingerprint(after.document)
        if kept == self._kind.fingerprint(before.document):
            context.journal.append(Failed(aid, True, "NoEffect", 200, "the object is as before"))
        else:
            note_conflict(context, aid, "not kept by the node", {"ours": True, "kept": kept, "paths": list(paths)})
        raise Ended(
            ChangeStatus.FAILED,
            f"the node answered 200 but did not keep: {', '.join(paths)}. Check spelling and place of these fields "
            "against an object made in the user interface (DSS drops unknown keys silently), correct the file, plan anew",
        )

    def _had_no_effect(self, aid: str, what: str) -> Ended:
        self._context.journal.append(Failed(aid, True, "NoEffect", 200, what))
        return Ended(
            ChangeStatus.FAILED,
            f"the node answered 200, but {what}; see the log of its backend, then resume the run",
        )

    # --- small things ---

    def _action(self, number: int) -> PlannedAction:
        return PlannedAction(self._change, self._task, number)

    def _is_being_finished(self) -> bool:
        """Tell whether a step of the task that finishes the change was done, by the process before us."""
        context, change = self._context, self._change
        later = [task for task in change.tasks if task.phase is Phase.FINISH]
        return any(aid in context.prior.done for task in later for aid in context.index.ids_of(change, task))

    def _leading_done(self) -> int:
        """Return how many steps are done; a step without a record between two done ones needed no call."""
        done = [i for i, aid in enumerate(self._ids, start=1) if aid in self._context.prior.done]
        return done[-1] if done else 0

    def _known_id(self, done: int) -> str:
        context, address = self._context, self._change.address
        if self._task.steps[0].verb is StepVerb.CREATE and done:
            created = context.prior.done.get(self._ids[0])
            if created is not None and created.result.id:
                return created.result.id
        # The id that an object had before it was replaced is no longer its own.
        known = "" if creates(self._change) else self._change.live_id
        known = known or context.names.id_of(self._kind.name, address.project, address.name) or ""
        return known or context.own_id(address)

    def _learn(self, live_id: str) -> None:
        if self._kind.is_translated:
            address = self._change.address
            self._context.names.learn(self._kind.name, address.project, address.name, live_id)

    def _native(self, document: Document) -> Document:
        return to_native(document, self._kind, self._change.address.project, self._context.names)

    def _read_back(self, live_id: str, *parts: str) -> Live | None:
        """Read after an effect."""
        return self._read_after(lambda: self._context.read(self._change.address, live_id, parts))

    def _read_written(self, live_id: str, part: str, document: Document) -> Live | None:
        """Read what a part is after it was written."""
        return self._read_after(lambda: self._context.read_back(self._change.address, live_id, part, document))

    @staticmethod
    def _read_after(read: Callable[[], Live | None]) -> Live | None:
        """If the read fails, the intent stays open, and resume looks."""
        try:
            return read()
        except NodeError as error:
            raise Ended(
                ChangeStatus.UNKNOWN,
                f"the call was answered, but reading the object back failed: {error}\n  resume the run later",
                halts=True,
            ) from error

    def _read_created(self, live_id: str) -> Live | None:
        """Read a new object, except its zone: that is a list of everything in all zones, and what is new is in none yet.

        Where a node decides otherwise, a declared zone costs one call that changes nothing.
        """
        parts = tuple(part for part in self._kind.parts if part != "zone")
        live = self._read_back(live_id, *parts)
        if live is None or len(parts) == len(self._kind.parts):
            return live
        return replace(live, document={"zone": DEFAULT_ZONE, **live.document}, complete=True)

    def _note_moved(self, live: Live) -> None:
        """A new object stands in a zone from its creation on, and may have drawn its recipe along."""
        if self._task.steps[0].verb is StepVerb.CREATE and live.document.get("zone", DEFAULT_ZONE) != DEFAULT_ZONE:
            self._moves.note(self._change.address.project)


def _missing(field: FieldChange) -> Iterator[str]:
    """Yield the paths below a field that is not there at all; else its own."""
    waiting: list[tuple[str, Json | Unset]] = [(field.path, field.after)]
    while waiting:
        path, value = waiting.pop(0)
        if isinstance(field.before, Unset) and isinstance(value, Mapping) and value:
            waiting += [(f"{path}.{key}", item) for key, item in value.items()]
        else:
            yield path


def entry_of(context: RunContext, change: Change, live: Live, spec: JsonObject) -> Recorded:
    """Return what the state holds for an object as it was just read, whole, and is as ``spec`` says."""
    before = context.recording.get(change.address)
    return Recorded(
        address=change.address,
        spec=spec,
        id=live.id,
        version=live.stamp,
        fingerprint=context.kind_of(change.address).fingerprint(live.document),
        adopted=not creates(change) and (change.adopts or (before is not None and before.adopted)),
        lifecycle=change.lifecycle,
        applied_at=iso(context.clock),
        run=context.run,
    )


def begun_entry(context: RunContext, change: Change, task: Task, live: Live) -> Recorded:
    """Return what the state holds for an object that was just created: if its run ends here, the next plan compares it.

    A creation need not take all that is declared; version and fingerprint would say that it did.
    """
    spec = declared_by(change, task, context.kind_of(change.address), context.names)
    return replace(entry_of(context, change, live, spec), version="", fingerprint="")
