"""What a plan means beyond the objects it changes. Pure: made of what was declared and of what was read for the plan.

Objects that nobody declared count as far as the refresh read them; nothing is read for the impact alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from typing import Final

from dataiku_iac.core.address import Address
from dataiku_iac.core.canonical import JsonObject, canonical_text, is_list, is_object
from dataiku_iac.core.edits import Op
from dataiku_iac.core.fields import Effect
from dataiku_iac.core.graph import CycleError, levels
from dataiku_iac.core.impact import Impact, Propagated, Reader, Risk, Stale, Touched
from dataiku_iac.core.kind import Registry
from dataiku_iac.core.plan import Action, Change, Plan, StepVerb, Task, TaskRef
from dataiku_iac.core.resource import Configuration, Relation
from dataiku_iac.engine.refresh import LiveObjects

__all__ = ["estimate_calls", "find_impact", "with_latency"]

_BECAUSE: Final = 5
_PASSING: Final = frozenset({"sync", "shaker", "sampling", "sort", "topn", "vstack", "split", "update", "export"})
"""Recipe types whose outputs have the columns of their inputs unless they say otherwise."""
_CODE: Final = "its code decides"
_COLUMN: Final = re.compile(r"schema(?:\.columns)?\[(?P<name>.+)\]")
_PARALLEL: Final = 8


def find_impact(plan: Plan, configuration: Configuration, live: LiveObjects, registry: Registry) -> Impact:
    """Return what ``plan`` means for everything around it."""
    changes = {c.address: c for c in plan.changes if c.action is not Action.NONE and not c.is_held}
    flow = _Flow(_specs(changes, configuration, live, registry), registry)
    causes = flow.downstream(_stale_at_once(changes.values(), flow))
    stale = {address: found for address, found in causes.items() if address in live.objects}
    affected = {*stale, *(c.address for c in changes.values() if c.action in _MEANS_SOMETHING)}
    return Impact(
        stale=tuple(Stale(address, tuple(sorted(found)[:_BECAUSE])) for address, found in sorted(stale.items())),
        touched=tuple(_touched(flow, affected, changes)),
        readers=tuple(_readers(flow, affected, registry)),
        propagated=tuple(_propagated(flow, changes.values(), live)),
        risk=_risk(changes.values(), bool(stale)),
        calls=estimate_calls(plan),
    )


_MEANS_SOMETHING: Final = (Action.UPDATE, Action.REPLACE, Action.DELETE, Action.MOVE)


def _specs(
    changes: Mapping[Address, Change], configuration: Configuration, live: LiveObjects, registry: Registry
) -> dict[Address, JsonObject]:
    """Return the spec of everything that will be there, and of what goes as it was."""
    specs: dict[Address, JsonObject] = {
        address: registry[address.kind].declare(found.document, address)
        for address, found in live.objects.items()
        if address not in configuration.resources
    }
    specs |= {address: resource.spec for address, resource in configuration.resources.items()}
    for address, change in changes.items():
        if address not in specs and change.before is not None:
            specs[address] = change.before
    return specs


@dataclass(slots=True)
class _Flow:
    """Who reads, writes and names what."""

    specs: Mapping[Address, JsonObject]
    registry: Registry
    readers: dict[Address, list[Address]] = field(default_factory=dict)  # data to the recipes that read them
    outputs: dict[Address, list[Address]] = field(default_factory=dict)  # recipe to what it writes
    users: dict[Address, list[Address]] = field(default_factory=dict)  # anything to what else names it
    written: set[Address] = field(default_factory=set)

    def __post_init__(self) -> None:
        for address, spec in self.specs.items():
            for reference in self.registry[address.kind].references(spec, address):
                if reference.relation is Relation.READS:
                    self.readers.setdefault(reference.to, []).append(address)
                elif reference.relation is Relation.WRITES:
                    self.outputs.setdefault(address, []).append(reference.to)
                    self.written.add(reference.to)
                else:
                    self.users.setdefault(reference.to, []).append(address)

    @property
    def kinds(self) -> Set[str]:
        """The kinds that data flow through: recipes and what they read and write."""
        ends = (self.outputs, self.written, self.readers, (r for found in self.readers.values() for r in found))
        return {address.kind for found in ends for address in found}

    def downstream(self, start: Mapping[Address, Set[Address]]) -> dict[Address, set[Address]]:
        """Return what is made from ``start``, and ``start`` itself, with the changes that lie upstream of each."""
        found: dict[Address, set[Address]] = {address: set(causes) for address, causes in start.items()}
        waiting = list(start)
        while waiting:
            here = waiting.pop()
            for recipe in self.readers.get(here, ()):
                for output in self.outputs.get(recipe, ()):
                    known = found.setdefault(output, set())
                    # A handful of causes says enough; without an end, long flows would cost their square.
                    new = set(sorted(found[here] - known)[: _BECAUSE - len(known)])
                    if new or not known:
                        known |= new or set(sorted(found[here])[:1])
                        waiting.append(output)
        return found


def _stale_at_once(changes: Iterable[Change], flow: _Flow) -> dict[Address, set[Address]]:
    """Return what each change by itself leaves unbuilt or built in the old way."""
    found: dict[Address, set[Address]] = {}
    for change in changes:
        address = change.address
        if change.action is Action.DELETE or (
            change.action not in (Action.CREATE, Action.REPLACE) and not change.effect
        ):
            continue
        for output in flow.outputs.get(address, ()):
            found.setdefault(output, set()).add(address)
        if change.action is Action.CREATE:
            continue
        if address in flow.written:
            found.setdefault(address, set()).add(address)
        elif address in flow.readers:
            for recipe in flow.readers[address]:
                for output in flow.outputs.get(recipe, ()):
                    found.setdefault(output, set()).add(address)
    return found


def _touched(flow: _Flow, affected: Set[Address], changes: Mapping[Address, Change]) -> Iterator[Touched]:
    """Yield what names something affected, or something that names it: a dashboard its insight, that its dataset."""
    inner = {*flow.kinds, "project", "zone"}
    names: dict[Address, set[Address]] = {}
    waiting = [(address, address) for address in sorted(affected) if address.kind not in ("project", "zone")]
    seen: set[tuple[Address, Address]] = set()
    while waiting:
        here, origin = waiting.pop()
        for user in flow.users.get(here, ()):
            if user.kind in inner or (user, origin) in seen or user == origin:
                continue
            seen.add((user, origin))
            known = names.setdefault(user, set())
            if len(known) < _BECAUSE:
                known.add(origin)
                waiting.append((user, origin))
    gone = {address for address, change in changes.items() if change.action is Action.DELETE}
    for address, found in sorted(names.items()):
        if address not in gone:
            yield Touched(address, tuple(sorted(found)))


def _readers(flow: _Flow, affected: Set[Address], registry: Registry) -> Iterator[Reader]:
    """Yield the projects to which something affected is exposed."""
    by_name = {(a.project, f"{registry[a.kind].prefix}{a.name}"): a for a in affected if a.name}
    for address, spec in sorted(flow.specs.items()):
        if address.name:
            continue
        settings = registry[address.kind].expand(spec, address).get("settings")
        exposed = settings.get("exposedObjects") if is_object(settings) else None
        objects = exposed.get("objects") if is_object(exposed) else None
        for item in objects if is_list(objects) else ():
            target = by_name.get((address.project, str(item.get("localName")))) if is_object(item) else None
            rules = item.get("rules") if is_object(item) else None
            for rule in rules if target is not None and is_list(rules) else ():
                if is_object(rule) and target is not None:
                    yield Reader(str(rule.get("targetProject")), target)


# --- columns ---


def _propagated(flow: _Flow, changes: Iterable[Change], live: LiveObjects) -> Iterator[Propagated]:
    waiting: list[tuple[Address, tuple[str, ...], tuple[str, ...]]] = []
    for change in changes:
        adds, drops = _columns(change)
        if adds or drops:
            waiting.append((change.address, adds, drops))
    seen: set[Address] = set()
    while waiting:
        here, adds, drops = waiting.pop(0)
        for recipe in sorted(set(flow.readers.get(here, ()))):
            for output in flow.outputs.get(recipe, ()):
                if output in seen or output not in live.objects:
                    continue
                seen.add(output)
                found = _through(flow.specs[recipe], recipe, output, adds, drops)
                yield found
                if found.adds or found.drops:
                    waiting.append((output, found.adds, found.drops))


def _columns(change: Change) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the columns that a change adds and drops."""
    if change.action not in (Action.UPDATE, Action.REPLACE, Action.MOVE):
        return (), ()
    found: dict[Op, list[str]] = {Op.ADD: [], Op.REMOVE: []}
    for change_of_field in change.fields:
        column = _COLUMN.fullmatch(change_of_field.path)
        if column is not None and change_of_field.op in found:
            found[change_of_field.op].append(column["name"])
    return tuple(found[Op.ADD]), tuple(found[Op.REMOVE])


def _through(
    spec: JsonObject, recipe: Address, output: Address, adds: tuple[str, ...], drops: tuple[str, ...]
) -> Propagated:
    text = canonical_text(spec)
    named = [name for name in drops if re.search(rf"(?<![\w]){re.escape(name)}(?![\w])", text)]
    warning = f"it names {', '.join(named)}, which goes" if named else ""
    if str(spec.get("type", "")) in _PASSING:
        return Propagated(output, recipe, adds, drops, warning)
    note = _CODE if "code" in spec else "its settings choose the columns"
    return Propagated(output, recipe, note="; ".join(filter(None, (warning, note))))


# --- risk and effort ---


def _risk(changes: Iterable[Change], stale: bool) -> Risk:  # noqa: FBT001 - the second half of one question
    risk = Risk.MEDIUM if stale else Risk.LOW
    for change in changes:
        if change.effect is Effect.DATA_LOSS:
            return Risk.HIGH
        if change.effect is Effect.REBUILD or change.action in (Action.DELETE, Action.REPLACE):
            risk = Risk.MEDIUM
    return risk


_AROUND: Final = 4  # who we are, whether the project is ours: asked and written once per run or project
_LISTS: Final = 8


def estimate_calls(plan: Plan) -> int:
    """Return about how many API calls an apply of ``plan`` makes: each effect is looked at before and after."""
    tasks = [task for change in plan.changes for task in change.tasks]
    if not tasks:
        return 0
    projects = {change.address.project for change in plan.changes if change.tasks}
    return _AROUND + _LISTS * len(projects) + sum(map(_calls, tasks))


def _calls(task: Task) -> int:
    if task.steps[0].verb is StepVerb.DELETE:
        return 3
    writes = sum(step.verb is StepVerb.WRITE for step in task.steps)
    if task.steps[0].verb is StepVerb.CREATE:
        return 4 + 2 * sum(step.part == "zone" for step in task.steps)  # what a creation took is not written again
    return 2 + 2 * writes


def with_latency(impact: Impact, plan: Plan, latency_ms: float) -> Impact:
    """Return ``impact`` with the time that calls of ``latency_ms`` take: as many at once as may be, and no chain cut short."""
    refs = {TaskRef(c.address, task.phase): task for c in plan.changes for task in c.tasks}
    needs: dict[TaskRef, Sequence[TaskRef]] = {
        ref: [r for r in task.requires if r in refs] for ref, task in refs.items()
    }
    try:
        longest = max(levels(needs).values(), default=-1) + 1
    except CycleError:
        longest = len(needs)
    chain = longest * max(map(_calls, refs.values()), default=0)
    calls = max(impact.calls / _PARALLEL, float(chain))
    return replace(impact, latency_ms=round(latency_ms, 1), seconds=round(calls * latency_ms / 1000, 2))
