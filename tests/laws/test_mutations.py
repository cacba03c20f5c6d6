"""Random changes, in the files or on the node: the plan says exactly what was changed, apply does exactly that.

About a thousand of them over the real projects, some at a time on objects of their own. A change in a file must be planned for
its address, under its field, and be the only thing that the node's log of effects then shows. A change by a person on the node
must either be planned as drift and taken back, byte for byte, or be of a field that is not compared, and then nothing happens.
"""

from __future__ import annotations

import json
import os
import random  # seeded: the same changes each time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import pytest

from dataiku_iac.config.writing import write_project
from dataiku_iac.core.address import Address
from dataiku_iac.core.canonical import Json, JsonObject, is_list, is_object
from dataiku_iac.core.errors import ConfigError
from dataiku_iac.core.fields import PLAIN
from dataiku_iac.core.kind import Kind
from dataiku_iac.core.mentions import find_mentions
from dataiku_iac.core.plan import Action, Cause, Plan
from dataiku_iac.core.problem import Severity
from dataiku_iac.core.resource import Configuration
from dataiku_iac.core.result import RunStatus
from dataiku_iac.engine.refresh import refresh
from dataiku_iac.report.text import render_plan, render_result
from dataiku_iac.resources.registry import KINDS
from emulator.launch import NodeProcess, start_node
from tests.laws.test_real_projects import PROJECTS
from tests.laws.test_touches import Managed, assert_nothing_to_do, manage
from tests.laws.two_nodes import files_of

ROUNDS: Final = int(os.environ.get("IAC_MUTATIONS", "4"))
"""Rounds per project and place, of up to ``AT_ONCE`` changes each; ``IAC_MUTATIONS=40`` for thousands."""
AT_ONCE: Final = 12

by_project = pytest.mark.parametrize("path", PROJECTS, ids=lambda path: path.name)

# What the node calls the objects of a kind in its log of effects.
_LOGGED: Final = {
    "project": "PROJECT",
    "library": "LIBRARY",
    "ml_task": "ML_TASK",
    "dataset": "DATASET",
    "recipe": "RECIPE",
    "scenario": "SCENARIO",
    "folder": "MANAGED_FOLDER",
    "zone": "FLOW_ZONE",
    "webapp": "WEB_APP",
    "insight": "INSIGHT",
    "dashboard": "DASHBOARD",
    "wiki": "ARTICLE",
    "saved_model": "SAVED_MODEL",
    "worksheet": "STATISTICS_WORKSHEET",
    "analysis": "ANALYSIS",
}


# What is written along with an object: parts with a name of their own; the list of tags grows with a new one [seen].
_ALONG: Final = {
    "project": ("STANDARD_VARIABLES", "LOCAL_VARIABLES", "VARIABLES", "TAGS"),
    "wiki": ("WIKI", "TAGS"),
    **dict.fromkeys(("dataset", "recipe", "folder", "scenario", "webapp", "dashboard", "insight"), ("TAGS",)),
}


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NodeProcess]:
    with start_node(tmp_path_factory.mktemp("node")) as process:
        yield process


# --- leaves of JSON ---


def leaves(value: Json, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], Json]]:
    if is_object(value):
        for key, item in value.items():
            yield from leaves(item, (*path, key))
    elif is_list(value):
        for i, item in enumerate(value):
            yield from leaves(item, (*path, i))
    elif path:
        yield path, value


def other(value: Json) -> Json:
    """Return another value of the same type."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return value + 1
    return f"{value}x" if isinstance(value, str) else "x"


def with_leaf(value: Json, path: tuple[str | int, ...], leaf: Json) -> Any:
    if not path:
        return leaf
    if is_object(value):
        return {**value, str(path[0]): with_leaf(value[str(path[0])], path[1:], leaf)}
    assert is_list(value)
    return [with_leaf(item, path[1:], leaf) if i == path[0] else item for i, item in enumerate(value)]


# --- changes in the files ---

_NO_LEAVES: Final = ("zone", "type", "format", "format_type")
"""Another zone has to exist, another type is another object, and a format that does not exist loses its options [seen]."""


@dataclass(frozen=True)
class Edited:
    """What one change in the files was."""

    address: Address
    path: tuple[str | int, ...]
    before: Json
    after: Json


def edited(managed: Managed, dice: random.Random) -> tuple[Configuration, list[Edited]]:
    """Return a configuration with one leaf changed in each of some entries, all of them valid."""
    resources = dict(managed.configuration.resources)
    found: dict[Address, Edited] = {}
    for address in dice.sample(sorted(resources), min(AT_ONCE, len(resources))):
        spec, kind = resources[address].spec, KINDS[address.kind]
        # Another connection, user or input has to exist first, and the plan says so; another type is another object.
        named = {mention.value for mention in find_mentions(kind.expand(spec, address), kind.mentions)}
        candidates = [(path, leaf) for path, leaf in leaves(spec) if path[0] not in _NO_LEAVES and leaf not in named]
        if candidates:
            path, leaf = dice.choice(candidates)
            resources[address] = replace(resources[address], spec=with_leaf(spec, path, other(leaf)))
            found[address] = Edited(address, path, leaf, other(leaf))
    while True:
        loaded = loaded_again(managed, resources)
        wrong = loaded if isinstance(loaded, frozenset) else unchanged(managed, loaded, found)
        if not wrong and not isinstance(loaded, frozenset):
            return loaded, list(found.values())
        assert wrong & found.keys(), wrong
        for address in wrong & found.keys():
            resources[address] = managed.configuration.resources[address]
            del found[address]


def unchanged(managed: Managed, loaded: Configuration, edits: Mapping[Address, Edited]) -> frozenset[Address]:
    """Return what means the same after its edit: a default written out, an alias."""
    was = managed.configuration.resources
    return frozenset(address for address in edits if loaded.resources[address].spec == was[address].spec)


def loaded_again(managed: Managed, resources: Mapping[Address, Any]) -> Configuration | frozenset[Address]:
    """Return the configuration as written to files and loaded, or the addresses that became invalid."""
    specs = {address: resource.spec for address, resource in resources.items()}
    try:
        return managed.carrier.load(written(specs))
    except ConfigError as error:
        errors = [problem for problem in error.problems if problem.severity is Severity.ERROR]
        return frozenset(Address.parse(problem.address) for problem in errors if problem.address)


def written(specs: Mapping[Address, JsonObject]) -> Mapping[str, str]:
    return write_project(sorted(specs.items()), KINDS)


@by_project
def test_changes_in_files_are_planned_and_done_and_nothing_else(node: NodeProcess, path: Path, tmp_path: Path) -> None:
    managed, dice = manage(node, path, tmp_path), random.Random(path.name)  # noqa: S311  no secret
    tried = 0
    for _ in range(ROUNDS):
        configuration, edits = edited(managed, dice)
        plan = managed.carrier.plan(configuration)
        tried += len(edits)
        assert_plans_exactly(plan, edits)
        if any(change.action not in (Action.NONE, Action.UPDATE) for change in plan.changes):
            continue  # a replacement: what falls with it and comes back is told in the stories
        before = documents(managed)
        mark = node.mark()
        result = managed.carrier.apply(plan)
        assert result.status is RunStatus.OK, (edits, render_result(result))
        assert_wrote_only(node, managed, mark, {edit.address for edit in edits})
        assert_nothing_to_do(managed.carrier.plan(configuration))
        after = documents(managed)
        assert {a for a in before if before[a] != after.get(a)} <= {edit.address for edit in edits}
        back = managed.plan()
        assert managed.carrier.apply(back).status is RunStatus.OK
        assert_nothing_to_do(managed.plan())
    assert tried


def assert_plans_exactly(plan: Plan, edits: list[Edited]) -> None:
    changes = {change.address: change for change in plan.changes if change.action is not Action.NONE}
    assert changes.keys() == {edit.address for edit in edits}, render_plan(plan)
    for edit in edits:
        change = changes[edit.address]
        assert change.fields, render_plan(plan)
        assert {first_key(field.path) for field in change.fields} == {str(edit.path[0])}, (edit, render_plan(plan))
        assert {field.cause for field in change.fields} == {Cause.CONFIG}


def first_key(path: str) -> str:
    return path.replace("[", ".").split(".")[0]


def assert_wrote_only(node: NodeProcess, managed: Managed, mark: int, addresses: set[Address]) -> None:
    """Compare with what the node noted: no object but those of the plan was written."""
    kinds = {_LOGGED[address.kind] for address in addresses}
    kinds |= {kind for address in addresses for kind in _ALONG.get(address.kind, ())}
    wrong = [
        effect
        for effect in node.effects(mark, project=managed.key)
        if effect.what != "same" and effect.part != "versionTag" and effect.kind not in kinds
    ]
    assert not wrong


def documents(managed: Managed) -> dict[Address, str]:
    """Return the fingerprint of every object on the node."""
    live = refresh(
        managed.carrier.session, KINDS, [managed.key], state=managed.carrier.state(), declared={}, everything=True
    ).objects
    return {address: KINDS[address.kind].fingerprint(found.document) for address, found in live.items()}


# --- changes on the node ---


@dataclass(frozen=True)
class Touched:
    """One leaf of one object that a person changed; ``path`` is in the kind's document."""

    address: Address
    path: tuple[str | int, ...]
    before: Json


@by_project
def test_changes_on_the_node_are_drift_and_taken_back(node: NodeProcess, path: Path, tmp_path: Path) -> None:
    """What is declared comes back, what nobody declared stays as people like it, and both without touching anything else."""
    managed, dice = manage(node, path, tmp_path), random.Random(path.name)  # noqa: S311  no secret
    tried = 0
    for _ in range(ROUNDS):
        before = documents(managed)
        touched = touch_some(managed, dice)
        tried += len(touched)
        plan = managed.plan()
        changed = {change.address: change for change in plan.changes if change.action is not Action.NONE}
        assert changed.keys() <= touched.keys(), render_plan(plan)
        assert {field.cause for change in changed.values() for field in change.fields} <= {Cause.DRIFT}
        for address, edit in touched.items():
            is_planned = address in changed
            assert is_planned == (counts(managed, edit) and not is_let_be(plan, edit)), (edit, render_plan(plan))
        result = managed.carrier.apply(plan)
        assert result.status is RunStatus.OK, render_result(result)
        assert_nothing_to_do(managed.plan())
        after = documents(managed)
        let_be = touched.keys() - changed.keys()
        for address in before:
            assert after[address] == before[address] or address in let_be, touched.get(address)
    assert tried


def is_let_be(plan: Plan, edit: Touched) -> bool:
    """Tell whether the plan says that this is not enforced: the schema of a recipe's output."""
    found = next((change for change in plan.changes if change.address == edit.address), None)
    return found is not None and edit.path[1] in found.loose


def counts(managed: Managed, edit: Touched) -> bool:
    """Tell whether the files say something at the place that was changed."""
    kind = KINDS[edit.address.kind]
    value: Any = kind.expand(managed.configuration.resources[edit.address].spec, edit.address)
    rules = kind.rules.root
    for step in edit.path:
        rules = rules.child("*" if isinstance(step, int) else step)
        if rules.hidden:
            return False
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            return False
    return True


def says_which(kind: Kind, path: tuple[str | int, ...]) -> bool:
    """Tell whether a leaf is what tells an element of a list from others: of another element, nothing undeclared comes back."""
    rules, listed = kind.rules.root, PLAIN
    for step in path[:-1]:
        listed = rules.field if isinstance(step, int) else listed
        rules = rules.child("*" if isinstance(step, int) else step)
    return path[-1] in listed.identity or path[-1] in listed.keyed


def touch_some(managed: Managed, dice: random.Random) -> dict[Address, Touched]:
    """Change one leaf each of some managed objects' files, as a person would."""
    ids = {(address.kind, entry.id): address for address, entry in managed.carrier.state().resources.items()}
    kind_of = {logged: kind for kind, logged in _LOGGED.items()}
    there = [
        (kind, object_id, ids[kind_of[kind], object_id])
        for kind, object_id in managed.person.objects()
        if kind in _FOLDERS and (kind_of[kind], object_id) in ids
    ]
    found: dict[Address, Touched] = {}
    for kind, object_id, address in dice.sample(there, min(AT_ONCE, len(there))):
        document = stored(managed, kind, object_id)
        part = ("definition", "recipe") if kind == "RECIPE" else ("definition",)
        candidates = [
            (path, leaf)
            for path, leaf in leaves(document)
            if path[0] not in _NOT_BY_HAND
            and path[-1] not in _OBSOLETE
            and not says_which(KINDS[address.kind], (*part, *path))
        ]
        if not candidates:
            continue
        path, leaf = dice.choice(candidates)
        pointer = "/" + "/".join(str(step).replace("~", "~0").replace("/", "~1") for step in path)
        managed.person.edit(kind, object_id, {"op": "replace", "path": pointer, "value": other(leaf)})
        found[address] = Touched(address, (*part, *path), leaf)
    return found


_NOT_BY_HAND: Final = ("versionTag", "creationTag", "type", "savedModelType", "formatType")
"""What no person can edit, or only to what exists: tags, and what kind of thing it is."""
_OBSOLETE: Final = ("readColsWithUnknownTzAsDates", "readSQLDateColsAsDSSDates", "hasColsWithUnknownTz")
"""Keys of before 13.4 that no page shows: a node takes newer ones from them [inferred]."""

_FOLDERS: Final = {
    "DATASET": "datasets",
    "RECIPE": "recipes",
    "SCENARIO": "scenarios",
    "MANAGED_FOLDER": "managed_folders",
    "INSIGHT": "insights",
    "DASHBOARD": "dashboards",
    "WEB_APP": "web_apps",
    "SAVED_MODEL": "saved_models",
}


def stored(managed: Managed, kind: str, object_id: str) -> Any:
    """Return the object's file, as it lies on the node's disk."""
    root = managed.node.data_dir / "config" / "projects" / managed.key
    file = root / "params.json" if kind == "PROJECT" else root / _FOLDERS.get(kind, "none") / f"{object_id}.json"
    return json.loads(file.read_text("utf-8")) if file.exists() else {}


def test_enough_is_tried() -> None:
    """A thousand changes with the projects that lie beside this repository."""
    assert 2 * ROUNDS * AT_ONCE * 11 >= 1_000


def test_files_are_written_alike(node: NodeProcess, tmp_path: Path) -> None:
    """A second import is byte for byte the first."""
    managed = manage(node, PROJECTS[-1], tmp_path)
    assert files_of(managed.carrier.import_project(managed.key)) == files_of(
        managed.carrier.import_project(managed.key)
    )
