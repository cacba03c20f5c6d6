"""What DSS itself does to objects shows in no plan: saves in the UI, builds, an upgrade of the node.

Every object of every real project is adopted, touched, and planned again.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import dataikuapi
import pytest

from dataiku_iac.core.plan import Action, Plan
from dataiku_iac.core.resource import Configuration
from dataiku_iac.core.result import RunStatus
from dataiku_iac.report.text import render_plan
from emulator.launch import NodeProcess, start_node
from emulator.steering import Person
from tests.laws.test_real_projects import PROJECTS, key_of
from tests.laws.two_nodes import Carrier, files_of, give_what_it_names

by_project = pytest.mark.parametrize("path", PROJECTS, ids=lambda path: path.name)


@dataclass(frozen=True)
class Managed:
    """One real project under management on a node."""

    node: NodeProcess
    carrier: Carrier
    configuration: Configuration
    key: str

    @property
    def person(self) -> Person:
        """Somebody at the user interface."""
        return self.node.person(self.key)

    def plan(self) -> Plan:
        """Plan the unchanged files."""
        return self.carrier.plan(self.configuration)


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NodeProcess]:
    with start_node(tmp_path_factory.mktemp("node")) as process:
        yield process


def manage(node: NodeProcess, path: Path, folder: Path) -> Managed:
    """Load a project into a node and adopt all of it."""
    key = key_of(path)
    node.load_project(key, path)
    carrier = Carrier(node, key, folder / "state")
    configuration = carrier.load(files_of(carrier.import_project(key)))
    give_what_it_names(node, configuration, folder)
    assert carrier.apply(carrier.plan(configuration)).status is RunStatus.OK
    managed = Managed(node, carrier, configuration, key)
    assert_nothing_to_do(managed.plan())
    return managed


def assert_nothing_to_do(plan: Plan) -> None:
    """Show the plan if it is not empty."""
    assert plan.is_empty, render_plan(plan)
    assert {change.action for change in plan.changes} == {Action.NONE}


@by_project
def test_saves_in_the_ui_show_in_no_plan(node: NodeProcess, path: Path, tmp_path: Path) -> None:
    """Twice with other noise, once with all there is: tags step, defaults are filled in, noise comes and goes."""
    managed = manage(node, path, tmp_path)
    noises: tuple[tuple[str, Literal["none", "some", "all"]], ...] = (
        ("1", "some"),
        ("2", "some"),
        ("3", "all"),
        ("4", "none"),
    )
    for seed, noise in noises:
        saved = managed.person.save(seed=seed, noise=noise)
        assert saved
        assert_nothing_to_do(managed.plan())


@by_project
def test_builds_show_in_no_plan(node: NodeProcess, path: Path, tmp_path: Path) -> None:
    """Every recipe is built with another column in each output, with and without a step of the version tag."""
    managed = manage(node, path, tmp_path)
    for recipe in [address.name for address in managed.configuration.resources if address.kind == "recipe"]:
        for steps_tag in (True, False):
            managed.person.build(recipe, columns=other_columns(managed, recipe), seed=recipe, steps_tag=steps_tag)
    assert_nothing_to_do(managed.plan())


def other_columns(managed: Managed, recipe: str) -> dict[str, list[dict[str, str]]]:
    """Return a column that no output has, for each dataset that a recipe writes."""
    client = dataikuapi.DSSClient(managed.node.url, managed.node.api_key)
    outputs = client.get_project(managed.key).get_recipe(recipe).get_settings().get_flat_output_refs()
    ours = {address.name for address in managed.configuration.resources if address.kind == "dataset"}
    return {name: [{"name": "built_by_hand", "type": "bigint"}] for name in outputs if name in ours}


@by_project
def test_upgrade_of_the_node_shows_in_no_plan(path: Path, tmp_path: Path) -> None:
    """From 12 to 15 in three steps; then somebody saves everything, which fills in what is new."""
    with start_node(tmp_path / "node", profile={"dss_version": "12.3.1"}) as node:
        managed = manage(node, path, tmp_path)
        for version in ("13.4.0", "14.2.0", "15.0.0"):
            node.upgrade(version)
            assert_nothing_to_do(managed.plan())
        managed.person.save(seed="1", noise="all")
        assert_nothing_to_do(managed.plan())
