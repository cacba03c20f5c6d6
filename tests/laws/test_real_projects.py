"""Real DSS projects go from one node to another: load, import, files, apply on an empty node, and nothing is lost.

The projects are read where they lie beside the repository and skipped where they are not.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

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
    plan = here.plan(configuration)
    assert {change.action for change in plan.changes} == {Action.CREATE}
    result = here.apply(plan)
    assert [str(change) for change in result.changes if change.status is not ChangeStatus.DONE] == []
    assert result.status is RunStatus.OK

    again = here.plan(configuration)
    assert again.is_empty
    assert {change.action for change in again.changes} == {Action.NONE}
    _assert_equal_documents(there, here, key)
    assert here.import_project(key).resources == imported.resources
    assert files_of(here.import_project(key)).keys() == files.keys()


def _assert_equal_documents(there: Carrier, here: Carrier, key: str) -> None:
    """Compare what the nodes hold, without what the server owns: by fingerprint, and readable where it differs."""
    one, other = (
        refresh(carrier.session, KINDS, [key], state=carrier.state(), declared={}, everything=True).objects
        for carrier in (there, here)
    )
    ours = here.state().resources
    for address in ours:
        kind = KINDS[address.kind]
        assert kind.declare(one[address].document, address) == kind.declare(other[address].document, address)
        assert kind.fingerprint(one[address].document) == kind.fingerprint(other[address].document), str(address)


@pytest.mark.parametrize("path", PROJECTS, ids=lambda path: path.name)
def test_what_is_not_covered_is_named(nodes: tuple[NodeProcess, NodeProcess], path: Path, tmp_path: Path) -> None:
    """Every object file of the tree is either declared or named in the report."""
    source, _ = nodes
    key = key_of(path)
    source.load_project(key, path)
    imported = Carrier(source, key, tmp_path / "there").import_project(key)
    named = {name for group in imported.report.not_covered for name in group.names}
    tree = path / "project_config" if (path / "project_config").is_dir() else path
    for folder, kind in (("datasets", "dataset"), ("recipes", "recipe"), ("scenarios", "scenario")):
        for file in tree.glob(f"{folder}/*.json"):
            declared = any(address.kind == kind and address.name == file.stem for address in imported.resources)
            assert declared or f"{kind} {file.stem}" in named, f"{folder}/{file.name}"
    for folder, what in (
        ("saved_models", "saved models"),
        ("web_apps", "webapps"),
        ("insights", "insights"),
        ("dashboards", "dashboards"),
    ):
        count = len(list(tree.glob(f"{folder}/*.json")))
        listed = next((len(group.names) for group in imported.report.not_covered if group.what == what), 0)
        assert listed == count, what
