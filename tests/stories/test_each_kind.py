"""Each kind lives its life: created, changed field by field, fields dropped, dropped itself; and each time nothing is left to do."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from dataiku_iac.core.address import Address
from dataiku_iac.core.canonical import Json, JsonObject
from dataiku_iac.core.kind import Kind
from dataiku_iac.core.lens import comparable
from dataiku_iac.core.plan import Action
from dataiku_iac.engine.refresh import refresh
from dataiku_iac.resources.registry import KINDS
from tests.kinds.declarations import Life, declarations
from tests.stories.stage import Stage, actions

HEAD: Final = """
    project: {key: KEY, name: Customers, owner: admin}
    zones: [{name: raw}, {name: gold}]
    datasets:
      - {name: IN, type: managed, connection: filesystem_managed}
      - {name: IN2, type: managed, connection: filesystem_managed}
      - {name: OUT, type: managed, connection: filesystem_managed}
"""

# address: the plain entry, then what is added to it, one field group at a time.
LIVES: Final[dict[str, tuple[str, dict[str, str]]]] = {
    "folder.f": (
        "folders: [{name: f, connection: filesystem_folders}]",
        {
            "zone": "zone: raw",
            "tags": "tags: [b, a]",
            "texts": "description: long, short_description: short",
            "params": "params: {notReadyIfEmpty: true}",
            "flow": "flowOptions: {rebuildBehavior: WRITE_PROTECT}",
            "custom": "customFields: {a: 1}",
            "label": "label: Exports",
            "partitions": "partitioning: {filePathPattern: '/%{c}/.*', dimensions: [{name: c, type: value}]}",
        },
    ),
    "zone.z": (
        "zones: [{name: raw}, {name: gold}, {name: z}]",
        {"label": "label: Zed", "color": "color: '#123456'", "tags": "tags: [a]", "texts": "description: long, short_description: short"},
    ),
    "dataset.D": (
        "{name: D, type: managed, connection: filesystem_managed}",
        {
            "schema": "schema: [{name: a, type: bigint, comment: c}, {name: b, type: string, meaning: Email}]",
            "texts": "description: long, short_description: short",
            "tags": "tags: [b, a]",
            "zone": "zone: raw",
            "flow": "flowOptions: {rebuildBehavior: EXPLICIT}",
            "read": "readWriteOptions: {preserveOrder: true}",
            "checks": "checks: [{type: RecordCountInRangeRule, displayName: some, minimum: 1, minimumEnabled: true}]",
            "custom": "customFields: {a: 1}, customMeta: {kv: {k: v}}",
            "feature": "featureGroup: true",
            "format": "format_params: {separator: '|'}",
            "params": "params: {notReadyIfEmpty: true}",
            "partitions": "partitioning: {filePathPattern: '/%{c}/.*', dimensions: [{name: c, type: value}]}",
        },
    ),
    "dataset.U": (
        "{name: U, type: Filesystem, connection: filesystem_root, params: {path: /u}, format_type: csv}",
        {
            "path": "params: {path: /other}",
            "format": "format_params: {separator: '|', parseHeaderRow: true}",
            "type": "format_type: parquet",
            "files": "params: {path: /u, filesSelectionRules: {mode: RULES_ALL_INCLUDED_NONE_EXCLUDED, includeRules: [{expr: '*.csv'}]}}",
        },
    ),
    "recipe.r": (
        "recipes: [{name: r, type: python, inputs: [IN], outputs: [OUT], code: \"print(1)\\n\"}]",
        {
            "code": 'code: "print(2)\\n"',
            "inputs": "inputs: [IN, IN2]",
            "env": "code_env: py",
            "zone": "zone: gold",
            "tags": "tags: [x]",
            "texts": "description: long, short_description: short",
            "custom": "customFields: {a: 1}",
        },
    ),
    "recipe.g": (
        "recipes: [{name: g, type: grouping, inputs: [IN], outputs: [OUT], keys: [a]}]",
        {
            "keys": "keys: [a, b]",
            "aggregations": "aggregations: {amount: [sum, avg]}",
            "payload": "payload: {globalCount: true}",
            "engine": "engine: DSS",
        },
    ),
    "recipe.p": (
        "recipes: [{name: p, type: prepare, inputs: [IN], outputs: [OUT]}]",
        {
            "steps": "payload: {steps: [{type: ColumnRenamer, metaType: PROCESSOR, params: {renamings: [{from: a, to: b}]}}]}",
        },
    ),
    "recipe.j": (
        "recipes: [{name: j, type: join, inputs: [IN, IN2], outputs: [OUT]}]",
        {
            "joins": "payload: {joins: [{table1: 0, table2: 1, type: LEFT, on: [{column1: {name: a, table: 0}, column2: {name: a, table: 1}, type: EQ}]}]}",
        },
    ),
    "scenario.S": (
        "scenarios: [{name: S}]",
        {
            "active": "active: true",
            "triggers": "triggers: [{type: temporal, frequency: Daily, hour: 2, minute: 0}]",
            "steps": "steps: [{type: build_flowitem, items: [OUT], build_mode: RECURSIVE_BUILD}, {type: custom_python, params: {script: 'x = 1'}}]",
            "label": "label: Nightly run",
            "tags": "tags: [a]",
            "texts": "description: long, short_description: short",
            "reporters": "reporters: [{name: r, active: true, phase: END, messaging: {type: mail-scenario, configuration: {recipient: a@b.c}}}]",
        },
    ),
    "scenario.C": (
        "scenarios: [{name: C, type: custom_python, code: \"x = 1\\n\"}]",
        {"code": 'code: "x = 2\\n"', "active": "active: true"},
    ),
    "library.python/a.py": (
        "libraries: [{path: python/a.py, content: \"X = 1\\n\"}]",
        {"content": 'content: "X = 2\\n"'},
    ),
    "wiki.Home": (
        "wiki: [{name: Home, content: \"# Hi\\n\"}, {name: Other, content: \"o\"}]",
        {"label": "label: Start", "content": 'content: "# Ho\\n"', "parent": "parent: Other", "tags": "tags: [a]"},
    ),
    "project.": (
        "project: {key: KEY, name: Customers, owner: admin}",
        {
            "name": "name: Clients",
            "texts": "description: long, short_description: short",
            "tags": "tags: [b, a]",
            "colors": "tags: [a], tag_colors: {a: '#ff0000'}",
            "variables": "variables: {standard: {country: FR}, local: {x: 1}}",
            "permissions": "permissions: [{group: readers, role: read}]",
            "code env": "code_env: {python: py}",
            "settings": "settings: {gitCommitMode: ALL_EXPLICIT}",
            "exposed": "exposed: [{type: DATASET, name: OUT, to: [OTHER]}]",
            "status": "status: Draft",
        },
    ),
}  # fmt: skip

# Builds write it too: when it is no longer declared, it stays as it is.
STAYS: Final = ("schema",)


def give_group_and_code_env(stage: Stage) -> None:
    """Make what the declarations name."""
    if "readers" not in {group["name"] for group in stage.client.list_groups()}:
        stage.client.create_group("readers")
    if "py" not in {env["envName"] for env in stage.client.list_code_envs()}:
        stage.client.create_code_env("PYTHON", "py", "DESIGN_MANAGED", {})


def files_of(address: str, extra: str = "") -> str:
    """Return the files with the plain entry, or with ``extra`` in it."""
    entry = LIVES[address][0]
    if extra:
        name = address.partition(".")[2] or "KEY"
        marker = next(word for word in (f"name: {name}", f"path: {name}", f"key: {name}") if word in entry)
        head, _, tail = entry.partition(marker)
        start = head.rindex("{")
        end = entry.index("}", start) if "{" not in tail.partition("}")[0] else _closing(entry, start)
        whole = yaml.safe_load(entry[start : end + 1].replace("KEY", "__KEY__")) | yaml.safe_load("{" + extra + "}")
        entry = entry[:start] + json.dumps(whole).replace("__KEY__", "KEY") + entry[end + 1 :]
    if address.startswith("project"):
        return HEAD.replace("project: {key: KEY, name: Customers, owner: admin}", entry)
    if address.startswith("zone"):
        return HEAD.replace("zones: [{name: raw}, {name: gold}]", entry)
    return HEAD + ("      - " if address.startswith("dataset") else "    ") + entry + "\n"


def _closing(text: str, start: int) -> int:
    depth = 0
    for i in range(start, len(text)):
        depth += {"{": 1, "}": -1}.get(text[i], 0)
        if not depth:
            return i
    raise ValueError(text)


@pytest.mark.parametrize("address", LIVES)
def test_created_changed_back_and_dropped(stage: Stage, address: str) -> None:
    """Every field group is declared and dropped again: the object ends as it was before, and so does the next plan."""
    give_group_and_code_env(stage)
    plain = files_of(address)
    stage.settle(plain)
    kind, _, name = address.partition(".")
    recorded = f"{kind}.KEY.{name}".rstrip(".")
    first = stage.recorded(recorded).fingerprint
    for group, extra in LIVES[address][1].items():
        there = stage.change(files_of(address, extra))  # the plan back shows that nothing else is left
        assert actions(there) == {address.rstrip("."): "update"}, group
        back = stage.settle(plain)
        if group not in STAYS:
            assert actions(back) == {address.rstrip("."): "update"}, group
            assert stage.recorded(recorded).fingerprint == first, group
        else:
            assert "no longer declared, left as it is" in stage.text(back)
            first = stage.recorded(recorded).fingerprint
    if kind != "project":
        gone = stage.settle(HEAD)
        assert actions(gone)[address] == "delete"
        assert set(actions(gone).values()) == {"delete"}


DECLARED: Final = [life for declaration in declarations().values() for life in declaration.lives]


def files_with(life: Life, addition: Mapping[str, Any] | None) -> str:
    """Return the project's file with the entry of ``life`` and ``addition`` laid over it; without the entry if that is ``None``."""
    whole: dict[str, Any] = yaml.safe_load(HEAD)
    for section, entries in life.beside.items():
        whole[section] = [*whole.get(section, ()), *entries]
    if addition is not None:
        whole[life.kind.section] = [*whole.get(life.kind.section, ()), {**life.entry, **addition}]
    return yaml.safe_dump(whole)


def give(stage: Stage, files: Mapping[str, Any], tree: Path) -> None:
    """Make a project on the node that holds ``files``, as if people had worked in it."""
    for path, content in {"params.json": {"name": "Customers", "owner": "admin"}, **files}.items():
        (tree / path).parent.mkdir(parents=True, exist_ok=True)
        (tree / path).write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")
    stage.node.load_project(stage.key, tree)


@pytest.mark.parametrize("life", DECLARED, ids=str)
def test_lives_as_declared(stage: Stage, life: Life, tmp_path: Path) -> None:
    """The same for what the declarations tell, and import writes what was declared."""
    kind, name = life.kind, str(life.entry["name"])
    stage.node.set_profile(**life.profile)
    give_group_and_code_env(stage)
    if life.given:
        give(stage, life.given, tmp_path / "tree")
    first = "adopt" if life.given else "create"
    me, recorded = f"{kind.name}.{name}", f"{kind.name}.KEY.{name}"
    plain = files_with(life, {})
    assert actions(stage.settle(plain))[me] == first
    fingerprint = stage.recorded(recorded).fingerprint
    assert as_imported(stage, me) == as_declared(stage, life, {})
    for group, addition in life.additions.items():
        action = "replace" if group in life.replaces else "update"
        there = stage.settle(files_with(life, addition))
        assert actions(there)[me] == action, group
        assert as_imported(stage, me) == as_declared(stage, life, addition), group
        back = stage.settle(plain)
        if group in life.stays:
            assert "no longer declared, left as it is" in stage.text(back), group
            fingerprint = stage.recorded(recorded).fingerprint
        else:
            assert actions(back)[me] == action, group
            assert stage.recorded(recorded).fingerprint == fingerprint, group
    without = files_with(life, None)
    if kind.limits.get("delete"):
        (held,) = (change for change in stage.plan(without).changes if change.action is not Action.NONE)
        assert (held.action, held.by_hand) == (Action.DELETE, kind.limits["delete"])
    else:
        assert actions(stage.settle(without))[me] == "delete"


def as_imported(stage: Stage, me: str) -> Json:
    """Return what counts of the spec that import writes for one object, under the name that is recorded."""
    kind, _, name = me.partition(".")
    live = refresh(stage.session, KINDS, [stage.key], state=stage.state(), declared={}, everything=True)
    address = Address(kind, stage.key, name)
    return meaning(KINDS[kind], KINDS[kind].declare(live.objects[address].document, address), address)


def as_declared(stage: Stage, life: Life, addition: Mapping[str, Any]) -> Json:
    """Return what counts of what was declared."""
    spec = {key: value for key, value in {**life.entry, **addition}.items() if key != "name"}
    return meaning(life.kind, spec, Address(life.kind.name, stage.key, str(life.entry["name"])))


def meaning(kind: Kind, spec: JsonObject, address: Address) -> Json:
    """Return what counts of a spec: without defaults, and lists whose order means nothing in one order."""
    return comparable(kind.expand(spec, address), kind.rules.root)
