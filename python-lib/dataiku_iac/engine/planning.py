"""Making the plan: pure. Equal configuration, state and live give an equal plan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from dataiku_iac.core.address import Address
from dataiku_iac.core.canonical import JsonObject
from dataiku_iac.core.errors import ConfigError, Refused
from dataiku_iac.core.graph import CycleError, levels
from dataiku_iac.core.kind import Document, Kind, Live, Registry
from dataiku_iac.core.lens import Suppressed, suppressed
from dataiku_iac.core.plan import (
    ANYTHING,
    WITH_PROJECT,
    Action,
    Base,
    Change,
    Phase,
    Plan,
    Step,
    StepVerb,
    Task,
    TaskRef,
)
from dataiku_iac.core.problem import Place, Problem, Severity
from dataiku_iac.core.resource import Configuration, OnDelete, Reference, Relation, Resource
from dataiku_iac.core.state import Recorded, State
from dataiku_iac.engine.comparison import compare
from dataiku_iac.engine.links import named_by_parts
from dataiku_iac.engine.outputs import loose_keys, made_by_recipes
from dataiku_iac.engine.reach import held_back, why_by_hand
from dataiku_iac.engine.refresh import LiveObjects
from dataiku_iac.engine.renames import look_alikes, moves_of, with_moves

__all__ = ["PlanHeader", "make_plan"]

_CREATE: Final = Step(StepVerb.CREATE)
_DELETE: Final = Step(StepVerb.DELETE)
_MAKES: Final = (Action.CREATE, Action.UPDATE, Action.REPLACE, Action.MOVE)
_PAST: Final = {Action.DELETE: "deleted", Action.REPLACE: "replaced"}


@dataclass(frozen=True, slots=True)
class PlanHeader:
    """What a plan says about itself; see ``Plan``."""

    id: str
    node: str
    node_url: str
    base: Base
    created_at: str
    created_by: str
    git_commit: str = ""


def make_plan(
    configuration: Configuration,
    state: State,
    live: LiveObjects,
    registry: Registry,
    header: PlanHeader,
    *,
    problems: tuple[Problem, ...] = (),
) -> Plan:
    """Decide what is to change.

    Raises:
        ConfigError: the plan would delete what is protected, or what we do not manage.
    """
    moves = moves_of(configuration, state)
    state = with_moves(state, moves)
    draft = _Draft(configuration, state, live, registry, header.created_by, moves)
    for address in sorted({*configuration.resources, *state.resources}):
        draft.decide(address)
    draft.spread_replacements()
    draft.spread_projects()
    draft.hold_back()
    draft.spread_links()
    draft.problems += look_alikes(list(draft.changes.values()), registry)
    found = [problem for problem in draft.problems if problem.severity is Severity.ERROR]
    if found:
        raise ConfigError(
            f"the plan is refused: {len(found)} problem{'s' if len(found) > 1 else ''}",
            where=f"environment {configuration.environment}",
            next_step="see each problem; nothing was written",
            problems=found,
        )
    changes = [
        change if change.is_held else replace(change, tasks=draft.tasks_of(change)) for change in draft.changes.values()
    ]
    return Plan(
        id=header.id,
        stack=configuration.stack,
        environment=configuration.environment,
        node=header.node,
        node_url=header.node_url,
        base=header.base,
        config_digest=configuration.digest,
        changes=tuple(_in_order(changes, registry)),
        suppressed=draft.suppressed,
        problems=(*configuration.warnings, *problems, *draft.problems),
        created_at=header.created_at,
        created_by=header.created_by,
        git_commit=header.git_commit,
    )


@dataclass(slots=True)
class _Draft:
    configuration: Configuration
    state: State
    live: LiveObjects
    registry: Registry
    login: str
    moves: Mapping[Address, Address]
    changes: dict[Address, Change] = field(default_factory=dict)
    parts: dict[Address, tuple[str, ...]] = field(default_factory=dict)
    suppressed: dict[Address, tuple[Suppressed, ...]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    users_before: dict[Address, set[Address]] | None = None
    users_live: Mapping[Address, set[Address]] = field(default_factory=dict)
    written_after: dict[Address, set[Address]] = field(default_factory=dict)
    made: frozenset[Address] | None = None
    written_last: dict[Address, Mapping[str, frozenset[Address]]] = field(default_factory=dict)

    def decide(self, address: Address) -> None:
        """Put the change of one address into the draft."""
        declared = self.configuration.resources.get(address)
        recorded = self.state.resources.get(address)
        live = self.live.objects.get(address)
        if declared is not None:
            self.changes[address] = self._declared(declared, recorded, live)
        elif recorded is not None:
            self.changes[address] = self._dropped(recorded, live)

    def _declared(self, declared: Resource, recorded: Recorded | None, live: Live | None) -> Change:
        kind = self.registry[declared.address.kind]
        change = Change(
            declared.address,
            Action.NONE,
            before=None if recorded is None else recorded.spec,
            after=declared.spec,
            live_id="" if live is None else live.id,
            lifecycle=replace(declared.lifecycle, depends_on=declared.depends_on),
            place=declared.place,
            moved_from=self.moves.get(declared.address),
        )
        if live is None:
            return self._absent(declared, recorded, kind, change)
        if not live.complete:
            return change  # the node's version and the files are as at the last apply: see needs_reading
        if recorded is not None and _is_as_applied(kind, declared, recorded, live):
            self._note_suppressed(declared, kind, live)
            return change
        loose = self._loose(declared, recorded, kind)
        found = compare(
            kind,
            declared.address,
            live.document,
            declared.spec,
            change.before,
            declared.lifecycle.ignore,
            loose=loose,
            hidden=live.hidden,
            resource=declared,
        )
        self._warn_of_hidden(declared, kind, live)
        if found.suppressed:
            self.suppressed[declared.address] = found.suppressed
        expects = kind.fingerprint(live.document)
        change = replace(change, fields=found.fields, expects=expects, adopts=recorded is None, loose=loose)
        moved = change.moved_from is not None
        if not found.parts:
            action = Action.MOVE if moved else Action.ADOPT if recorded is None else Action.NONE
            return replace(change, action=action)
        if not found.needs_replace:
            self.parts[declared.address] = found.parts
            change = replace(change, action=Action.MOVE if moved else Action.UPDATE)
            return replace(change, by_hand=why_by_hand(kind, change, found.target, live.document))
        if recorded is None:
            self.problems.append(
                _error(
                    "replace-unmanaged", "an object that we do not manage would have to be replaced", declared.address
                )
            )
        if self._is_protected(declared.address):
            self.problems.append(_error("protected", "a protected object would be replaced", declared.address))
        self.parts[declared.address] = _declared_parts(kind, declared)
        change = replace(change, action=Action.REPLACE)
        wanted = kind.put({}, declared.spec, declared.address)
        return replace(change, by_hand=why_by_hand(kind, change, wanted, live.document))

    def _absent(self, declared: Resource, recorded: Recorded | None, kind: Kind, change: Change) -> Change:
        """Return the change of what is declared and not on the node."""
        old = change.moved_from and self.live.objects.get(change.moved_from)
        if change.moved_from and old:
            why = (
                f"only DSS itself can rename it, as what names it has to follow: rename {change.moved_from} to "
                f"{declared.address.name} there"
            )
            return replace(change, action=Action.MOVE, live_id=old.id, by_hand=why)
        self.parts[declared.address] = _declared_parts(kind, declared)
        reason = "" if recorded is None else "it was deleted on the node since the last apply"
        expects = ANYTHING if kind.comes_with_project(declared.address) else None
        # What was recorded is gone with the object: nothing goes back to a default.
        change = replace(change, action=Action.CREATE, before=None, reason=reason, expects=expects)
        wanted = kind.put({}, declared.spec, declared.address)
        by_hand = why_by_hand(kind, change, wanted, {})
        if not by_hand:
            self._check_creation(declared, kind, wanted)
        return replace(change, by_hand=by_hand)

    def _loose(self, declared: Resource, recorded: Recorded | None, kind: Kind) -> tuple[str, ...]:
        """Return what of an object that a recipe makes is left to builds."""
        if self.made is None:
            specs = [(address, resource.spec) for address, resource in self.configuration.resources.items()]
            specs += [
                (address, self.registry[address.kind].declare(live.document, address))
                for address, live in self.live.objects.items()
                if address not in self.configuration.resources and self.registry[address.kind].falls_with
            ]
            self.made = made_by_recipes(specs, self.registry)
        if declared.address not in self.made:
            return ()
        before = None if recorded is None else recorded.spec
        return loose_keys(kind, declared.address, declared.spec, before, declared.lifecycle.enforce)

    def _warn_of_hidden(self, declared: Resource, kind: Kind, live: Live) -> None:
        unseen = [part for part in live.hidden if part in kind.expand(declared.spec, declared.address)]
        if unseen:
            self.problems.append(
                Problem(
                    Severity.WARNING,
                    "unreadable-part",
                    "the API key may not read all that is declared, and so it is neither compared nor written",
                    detail=", ".join(unseen),
                    place=declared.place,
                    address=str(declared.address),
                    suggestion="plan with the key of somebody who may administer the project",
                )
            )

    def _check_creation(self, declared: Resource, kind: Kind, wanted: Document) -> None:
        try:
            kind.for_creation(wanted, declared.address, login=self.login)
        except Refused as refusal:
            place = declared.place
            self.problems.append(
                _error("incomplete-creation", refusal.what, declared.address, refusal.next_step, place=place)
            )

    def _note_suppressed(self, declared: Resource, kind: Kind, live: Live) -> None:
        partial = kind.expand(declared.spec, declared.address)
        quiet = tuple(suppressed(live.document, partial, kind.rules_for({**live.document, **partial}).root))
        if quiet:
            self.suppressed[declared.address] = quiet

    def _dropped(self, recorded: Recorded, live: Live | None) -> Change:
        address = recorded.address
        change = Change(address, Action.FORGET, before=recorded.spec, lifecycle=recorded.lifecycle)
        if address in self.configuration.forget:
            return replace(change, live_id="" if live is None else live.id, reason="listed under forget")
        if live is None:
            return replace(change, reason="it is gone from the node already")
        if self.registry[address.kind].comes_with_project(address):
            return replace(change, live_id=live.id, reason="it belongs to its project and cannot be deleted alone")
        if recorded.lifecycle.on_delete is OnDelete.FORGET:
            return replace(change, live_id=live.id, reason="on_delete: forget")
        if recorded.lifecycle.protect:
            self.problems.append(
                _error(
                    "protected",
                    "a protected object would be deleted",
                    address,
                    "the protection was declared at the last apply: put the entry back with `lifecycle: {protect: false}`, apply, "
                    "then remove it; or list the address under forget, and the object stays on the node",
                )
            )
        kind = self.registry[address.kind]
        data_stay = kind.protects_data and recorded.lifecycle.on_delete is OnDelete.KEEP_DATA
        change = replace(
            change,
            action=Action.DELETE,
            live_id=live.id,
            expects=kind.fingerprint(live.document),
            reason="its data stay" if data_stay else "",
        )
        by_hand = why_by_hand(kind, change, {}, live.document)
        if by_hand and self._goes_with_project(address):
            return replace(change, action=Action.FORGET, reason=WITH_PROJECT)
        return replace(change, by_hand=by_hand)

    def _goes_with_project(self, address: Address) -> bool:
        project = Address("project", address.project)
        return (
            project in self.state.resources
            and project not in self.configuration.resources
            and project not in self.configuration.forget
            and self.state.resources[project].lifecycle.on_delete is not OnDelete.FORGET
        )

    def hold_back(self) -> None:
        """Let wait what needs something that only a person can create."""
        if not any(change.by_hand for change in self.changes.values()):
            return
        self.changes |= held_back(self.changes, self._needed)

    def _needed(self, change: Change) -> set[Address]:
        """Return what must exist before a change can be carried out, as far as it is changed itself."""
        needed = {
            reference.to
            for reference in self._references(change.address, change.after)
            if reference.relation is not Relation.MENTIONS
        }
        resource = self.configuration.resources.get(change.address)
        needed.update(resource.depends_on if resource else ())
        needed.update(self.written_after.get(change.address, ()))
        # An object of another project can be used once that project exposes it, which its settings say.
        if change.address.name:
            projects = {Address("project", address.project) for address in (change.address, *needed) if address.project}
            needed |= {project for project in projects if project not in self.written_after}
        return needed - {change.address}

    def _is_protected(self, address: Address) -> bool:
        recorded, declared = self.state.resources.get(address), self.configuration.resources.get(address)
        return bool((recorded and recorded.lifecycle.protect) or (declared and declared.lifecycle.protect))

    # --- what DSS deletes along with what we delete ---

    def spread_replacements(self) -> None:
        """Replace what falls with an object that is deleted: DSS removes the recipes of a deleted dataset [seen]."""
        waiting = [a for a in self.changes if self._removes(a)]
        self.users_live = self._users() if waiting else {}
        while waiting:
            gone = waiting.pop()
            users = sorted(self.users_live.get(gone, ()))
            waiting += [user for user in users if self._falls(user, gone) and self._fall(user, gone)]
        replaced = {a for a, change in self.changes.items() if change.action is Action.REPLACE and not change.is_held}
        for address in sorted(self.configuration.resources) if replaced else ():
            named = {reference.to for reference in self._references(address, self.changes[address].after)}
            lost = {gone for gone in named & replaced if not self._falls(address, gone)}
            if lost:
                self._write_after(address, lost)

    def _falls(self, user: Address, gone: Address) -> bool:
        return gone.kind in self.registry[user.kind].falls_with

    def _write_after(self, address: Address, replaced: set[Address]) -> None:
        """Write again what names something that is replaced: DSS takes it out of there (build lists of scenarios [seen])."""
        change = self.changes[address]
        if change.action not in (Action.NONE, Action.ADOPT, Action.UPDATE):
            return
        self.written_after[address] = replaced
        self.parts[address] = _declared_parts(self.registry[address.kind], self.configuration.resources[address])
        reason = f"{', '.join(map(str, sorted(replaced)))} is replaced, and DSS takes it out of this: it is put back"
        self.changes[address] = replace(change, action=Action.UPDATE, expects=ANYTHING, reason=reason)

    def spread_links(self) -> None:
        """Write what a project says of new objects after them: a new one in a task of its own, one that is there as a whole."""
        for address, change in self.changes.items():
            if address.name or not self._makes(address) or address not in self.parts:
                continue
            named = named_by_parts(change, self.parts[address], self.registry, self._is_new)
            if change.action is Action.CREATE:
                self.written_last[address] = named
            elif named:
                after = frozenset[Address]().union(*named.values())
                self.written_after[address] = {*self.written_after.get(address, ()), *after}

    def _is_new(self, address: Address) -> bool:
        return self._makes(address) and self.changes[address].action in (Action.CREATE, Action.REPLACE)

    def spread_projects(self) -> None:
        """Refuse to delete a project along with objects that are not ours to delete."""
        for address, change in sorted(self.changes.items()):
            if change.action is not Action.DELETE or address.name or change.is_held:
                continue
            others = [
                str(other)
                for other, live in sorted(self.live.objects.items())
                if other.project == address.project
                and other.name
                and not self._removes(other)
                and not self._goes_along(other)
                and not self.registry[other.kind].comes_with_project(other)
                and not self.registry[other.kind].is_unremarkable(live.document, other)
            ]
            if others:
                more = f" and {len(others) - 5} more" if len(others) > 5 else ""
                self.problems.append(
                    _error(
                        "takes-unmanaged-along",
                        "an object would be deleted along with another, and we do not manage it",
                        address,
                        "delete them on the node, or keep the project: put it back, or list its address under forget",
                        detail=f"{', '.join(others[:5])}{more} in the project to delete",
                    )
                )
            else:
                reason = "; ".join(part for part in (change.reason, "whatever else is in it goes too") if part)
                self.changes[address] = replace(change, reason=reason)

    def _goes_along(self, address: Address) -> bool:
        change = self.changes.get(address)
        return change is not None and change.action is Action.FORGET and change.reason == WITH_PROJECT

    def _users(self) -> Mapping[Address, set[Address]]:
        """Return who refers to whom among everything that is live, also objects that are not ours."""
        users: dict[Address, set[Address]] = {}
        for address, live in self.live.objects.items():
            kind = self.registry[address.kind]
            if not kind.falls_with:
                continue
            for reference in kind.references(kind.declare(live.document, address), address):
                users.setdefault(reference.to, set()).add(address)
        return users

    def _fall(self, address: Address, gone: Address) -> bool:
        change = self.changes.get(address)
        if change is None:
            self.problems.append(
                _error(
                    "takes-unmanaged-along",
                    "an object would be deleted along with another, and we do not manage it",
                    address,
                    f"declare it or delete it on the node first; or keep {gone}: put it back as it was, or list it under forget",
                    detail=f"DSS deletes it with {gone}, which it uses",
                )
            )
            return False
        if change.action not in (Action.NONE, Action.ADOPT, Action.UPDATE) or change.after is None:
            return False
        if change.action is Action.UPDATE and not self._names(address, change.after, gone):
            return False  # it lets go by its update, which comes first
        resource = self.configuration.resources[address]
        kind = self.registry[address.kind]
        live = self.live.objects[address]
        whole = kind.declare(kind.put(live.document, change.after, address, before=change.before), address)
        if any(self._is_deleted(reference.to) for reference in self._references(address, whole)):
            whole = resource.spec
        self.parts[address] = _declared_parts(kind, replace(resource, spec=whole))
        self.changes[address] = replace(
            change,
            action=Action.REPLACE,
            expects=kind.fingerprint(live.document) if live.complete else self.state.resources[address].fingerprint,
            reason=f"DSS deletes it with {gone}, which is {_PAST[self.changes[gone].action]}; it comes back as it was",
            whole=whole,
        )
        return True

    def _names(self, address: Address, spec: JsonObject, other: Address) -> bool:
        return any(reference.to == other for reference in self._references(address, spec))

    def _is_deleted(self, address: Address) -> bool:
        change = self.changes.get(address)
        return change is not None and change.action is Action.DELETE and not change.is_held

    # --- order of effects ---

    def tasks_of(self, change: Change) -> tuple[Task, ...]:
        """Return what is to be done for a change, with what must be done before."""
        makes = change.action in _MAKES and change.address in self.parts
        removes = change.action in (Action.DELETE, Action.REPLACE)
        tasks = []
        if removes:
            tasks.append(Task(Phase.REMOVE, (_DELETE,), self._remove_requires(change)))
        if makes:
            last = self.written_last.get(change.address, {})
            writes = tuple(Step(StepVerb.WRITE, part) for part in self.parts[change.address] if part not in last)
            steps = writes if change.action in (Action.UPDATE, Action.MOVE) else (_CREATE, *writes)
            tasks.append(Task(Phase.MAKE, steps, self._make_requires(change, after_own_removal=removes)))
            if last:
                objects = {TaskRef(address, Phase.MAKE) for named in last.values() for address in named}
                requires = tuple(sorted({TaskRef(change.address, Phase.MAKE), *objects}))
                tasks.append(Task(Phase.FINISH, tuple(Step(StepVerb.WRITE, part) for part in last), requires))
        return tuple(tasks)

    def _make_requires(self, change: Change, *, after_own_removal: bool) -> tuple[TaskRef, ...]:
        found = {TaskRef(address, Phase.MAKE) for address in self._needed(change) if self._makes(address)}
        if after_own_removal:
            found.add(TaskRef(change.address, Phase.REMOVE))
        return tuple(sorted(found))

    def _remove_requires(self, change: Change) -> tuple[TaskRef, ...]:
        found: set[TaskRef] = set()
        for user in self._users_before().get(change.address, ()):
            if self._removes(user):
                if user.name or user.project != change.address.project:  # a project goes after all that is in it
                    found.add(TaskRef(user, Phase.REMOVE))
            elif self._makes(user) and change.address not in self.written_after.get(user, ()):
                found.add(TaskRef(user, Phase.MAKE))  # it lets go of this one by its update
        if change.address.kind == "project":
            found.update(
                TaskRef(other, Phase.REMOVE)
                for other in self.changes
                if other.project == change.address.project and other.name and self._removes(other)
            )
        return tuple(sorted(found))

    def _users_before(self) -> Mapping[Address, set[Address]]:
        """Return who referred to whom at the last apply."""
        if self.users_before is None:
            self.users_before = {gone: set(users) for gone, users in self.users_live.items()}
            for address, change in self.changes.items():
                recorded = self.state.resources.get(address)
                named = [reference.to for reference in self._references(address, change.before)]
                for other in (*named, *(recorded.lifecycle.depends_on if recorded else ())):
                    self.users_before.setdefault(other, set()).add(address)
        return self.users_before

    def _references(self, address: Address, spec: JsonObject | None) -> Sequence[Reference]:
        return () if spec is None else self.registry[address.kind].references(spec, address)

    def _makes(self, address: Address) -> bool:
        change = self.changes.get(address)
        return change is not None and change.action in _MAKES and not change.is_held

    def _removes(self, address: Address) -> bool:
        change = self.changes.get(address)
        return change is not None and change.action in (Action.DELETE, Action.REPLACE) and not change.is_held


def _is_as_applied(kind: Kind, declared: Resource, recorded: Recorded, live: Live) -> bool:
    """Tell the common case apart at the cost of one digest: files, and all that counts on the node, are as at the last apply."""
    if declared.spec != recorded.spec or declared.lifecycle.ignore != recorded.lifecycle.ignore:
        return False
    return (bool(live.stamp) and live.stamp == recorded.version) or kind.fingerprint(
        live.document
    ) == recorded.fingerprint


def _declared_parts(kind: Kind, resource: Resource) -> tuple[str, ...]:
    """Return the parts a creation has to write after the create call; for server-chosen ids always the first, which names it."""
    partial = kind.expand(resource.spec, resource.address)
    return tuple(part for i, part in enumerate(kind.parts) if part in partial or (kind.chosen_by_server and i == 0))


def _in_order(changes: list[Change], registry: Registry) -> list[Change]:
    """Sort for reading: kinds by rank, then along the flow (producers before consumers), then by name."""
    flow: dict[Address, list[Address]] = {change.address: [] for change in changes}
    for change in changes:
        spec = change.after if change.after is not None else change.before
        if spec is None:
            continue
        for reference in registry[change.address.kind].references(spec, change.address):
            if reference.relation is Relation.READS:
                flow[change.address].append(reference.to)
            elif reference.relation is Relation.WRITES and reference.to in flow:
                flow[reference.to].append(change.address)
    try:
        level = levels(flow)
    except CycleError:
        level = {}  # validation names cycles; old state may still hold one, and a plan is readable in any order
    return sorted(
        changes,
        key=lambda change: (
            change.address.project,
            registry[change.address.kind].rank,
            level.get(change.address, 0),
            change.address,
        ),
    )


def _error(
    code: str, summary: str, address: Address, suggestion: str = "", *, detail: str = "", place: Place | None = None
) -> Problem:
    return Problem(Severity.ERROR, code, summary, detail, place, str(address), suggestion)
