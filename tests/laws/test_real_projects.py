"""Real DSS projects go from one node to another: load, import, files, apply on an empty node, and nothing is lost.

The projects are read where they lie beside the repository and skipped where they are not.
"""

from __future__ import annotations

import json
import re
import shutil
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from dataiku_iac.core.address import Address
from dataiku_iac.core.canonical import Json, JsonObject, canonical_text, is_list
from dataiku_iac.core.plan import Action
from dataiku_iac.core.result import ChangeStatus, RunStatus
from dataiku_iac.engine.refresh import refresh
from dataiku_iac.resources.registry import KINDS
from emulator.launch import NodeProcess, start_node
from tests.laws.two_nodes import Carrier, files_of, give_what_it_names

ROOT = Path(__file__).resolve().parents[2]
REAL = ROOT.parent / "shared" / "real-projects"
PROJECTS = sorted(path for path in REAL.glob("*") if (path / "SOURCE.md").is_file()) if REAL.is_dir() else []
PROJECTS.append(ROOT / "examples" / "retail" / "dss-project")

pytestmark = pytest.mark.skipif(len(PROJECTS) < 2, reason="the real projects are not beside the repository")


@pytest.fixture(scope="module")
def nodes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[NodeProcess, NodeProcess]]:
    with (
        start_node(tmp_path_factory.mktemp("source")) as source,
        start_node(tmp_path_factory.mktemp("target")) as target,
    ):
        yield source, target


def key_of(path: Path) -> str:
    return "".join(c if c.isalnum() else "_" for c in path.name).upper()


@pytest.mark.parametrize("path", PROJECTS, ids=lambda path: path.name)
def test_project_goes_from_node_to_node_and_nothing_is_lost(
    nodes: tuple[NodeProcess, NodeProcess], path: Path, tmp_path: Path
) -> None:
    source, target = nodes
    key = key_of(path)
    source.load_project(key, path)
    there = Carrier(source, key, tmp_path / "there")
    here = Carrier(target, key, tmp_path / "here")

    imported = there.import_project(key)
    files = files_of(imported)
    configuration = there.load(files)
    assert {address: resource.spec for address, resource in configuration.resources.items()} == imported.resources

    on_its_own_node = there.plan(configuration)
    assert {change.action for change in on_its_own_node.changes} == {Action.ADOPT}

    give_what_it_names(target, configuration, tmp_path)
    on_an_empty_node = here.plan(configuration)
    assert {change.action for change in on_an_empty_node.changes} == {Action.CREATE}
    for_people = {(group.kind, name) for group in imported.report.by_hand for name in group.names}
    by_hand = {change.address for change in on_an_empty_node.changes if change.by_hand}
    assert {(address.kind, address.name) for address in by_hand} == for_people
    if for_people:
        make_by_hand(target, key, path, tmp_path / "tree")
    plan = here.plan(configuration)
    assert not any(change.is_held for change in plan.changes)
    assert {change.action for change in plan.changes} <= {Action.CREATE, Action.UPDATE, Action.ADOPT}
    result = here.apply(plan)
    assert [str(change) for change in result.changes if change.status is not ChangeStatus.DONE] == []
    assert result.status is RunStatus.OK

    again = here.plan(configuration)
    assert again.is_empty
    assert {change.action for change in again.changes} == {Action.NONE}
    _assert_equal_documents(there, here, key)
    back = here.import_project(key)
    assert without_ids(back.resources) == without_ids(imported.resources)
    assert len(files_of(back)) == len(files)


def make_by_hand(node: NodeProcess, key: str, path: Path, tree: Path) -> None:
    """Do on a node what only people can do: train models and deploy them, make ML tasks in analyses and webapps of plugins."""
    source = path / "project_config" if (path / "project_config").is_dir() else path
    tree.mkdir()
    for folder in ("saved_models", "analysis", "web_apps"):
        if (source / folder).is_dir():
            shutil.copytree(source / folder, tree / folder)
    (tree / "params.json").write_text(json.dumps({"name": "by hand", "owner": "admin"}), encoding="utf-8")
    node.load_project(key, tree)


def _assert_equal_documents(there: Carrier, here: Carrier, key: str) -> None:
    """Compare what the nodes hold, without what the server owns: by fingerprint, and readable where it differs."""
    one, other = (
        refresh(carrier.session, KINDS, [key], state=carrier.state(), declared={}, everything=True).objects
        for carrier in (there, here)
    )
    ours = here.state().resources
    for address in ours:
        kind = KINDS[address.kind]
        declared = [kind.declare(live[address].document, address) for live in (one, other)]
        assert without_empty(declared[0]) == without_empty(declared[1])  # DSS has empty objects or has them not


def without_ids(resources: Mapping[Address, JsonObject]) -> list[str]:
    """Return what was imported without what the nodes chose: of objects that share a name, each bears its id."""
    sharing = {address.name for address in resources if KINDS[address.kind].chosen_by_server}
    told_apart = re.compile(
        "|".join(re.escape(name) for name in sorted(sharing) if re.search(r" \([\w/]+\)$", name)) or "$^"
    )

    def plain(text: str) -> str:
        return told_apart.sub(lambda found: found[0].rpartition(" (")[0], text)

    return sorted(plain(f"{address} {canonical_text(without_empty(spec))}") for address, spec in resources.items())


def without_empty(value: Json) -> Json:
    if isinstance(value, Mapping):
        kept = {key: without_empty(item) for key, item in value.items()}
        return {key: item for key, item in kept.items() if item != {}}
    return [without_empty(item) for item in value] if is_list(value) else value


@pytest.mark.parametrize("path", PROJECTS, ids=lambda path: path.name)
def test_what_is_not_covered_is_named(nodes: tuple[NodeProcess, NodeProcess], path: Path, tmp_path: Path) -> None:
    """Every object file of the tree is either declared or named in the report."""
    source, _ = nodes
    key = key_of(path)
    source.load_project(key, path)
    imported = Carrier(source, key, tmp_path / "there").import_project(key)
    named: dict[str, list[str]] = defaultdict(list)
    for group in imported.report.not_covered:
        named[group.what] += group.names
    tree = path / "project_config" if (path / "project_config").is_dir() else path
    for folder, kind in (("datasets", "dataset"), ("recipes", "recipe"), ("scenarios", "scenario")):
        for file in tree.glob(f"{folder}/*.json"):
            declared = any(address.kind == kind and address.name == file.stem for address in imported.resources)
            assert declared or file.stem in named[kind], f"{folder}/{file.name}"
    for glob, kind in (
        ("saved_models/*.json", "saved_model"),
        ("insights/*.json", "insight"),
        ("web_apps/*.json", "webapp"),
        ("analysis/*/core_params.json", "analysis"),
        ("analysis/*/ml/*/params.json", "ml_task"),
    ):
        count = sum(1 for address in imported.resources if address.kind == kind)
        assert count + len(named[kind]) == len(list(tree.glob(glob))), kind
