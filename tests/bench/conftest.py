"""Projects of three sizes on a node: read, written as files, loaded, and a state as right after their apply."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import pytest

from dataiku_iac.config.files import MemoryTree
from dataiku_iac.config.loading import load
from dataiku_iac.config.writing import write_project as write_files
from dataiku_iac.core.plan import Base
from dataiku_iac.core.resource import Configuration
from dataiku_iac.core.secret import Secret
from dataiku_iac.core.state import Recorded, State
from dataiku_iac.dss.session import NodeSession
from dataiku_iac.engine.import_ import ImportedProject, import_project
from dataiku_iac.engine.planning import PlanHeader
from dataiku_iac.engine.refresh import LiveObjects, refresh
from dataiku_iac.resources.registry import KINDS
from dataiku_iac.store.clock import SystemClock
from emulator.launch import NodeProcess, start_node
from tests.bench.cost import Cost, measure
from tests.bench.trees import Size, write_project

SIZES: Final = (100, 1_000, 10_000) if os.environ.get("IAC_BENCH") == "large" else (100, 1_000)
KEY: Final = "CHAIN"


@dataclass(frozen=True)
class Bench:
    """One size. ``read_cost`` and the like are what it took to get here."""

    objects: int
    node: NodeProcess
    session: NodeSession
    imported: ImportedProject
    files: Mapping[str, str]
    configuration: Configuration
    state: State
    live: LiveObjects
    costs: Mapping[str, Cost]
    import_calls: int

    @property
    def header(self) -> PlanHeader:
        return PlanHeader("bench", "node", self.node.url, Base("lineage", 0, None), "", "admin")

    @property
    def nothing(self) -> State:
        return State(self.state.stack, self.state.environment)

    @property
    def without_versions(self) -> State:
        """A state that says nothing of versions: every head has to be read whole."""
        entries = {address: replace(entry, version="") for address, entry in self.state.resources.items()}
        return replace(self.state, resources=entries)


def build(objects: int, folder: Path, node: NodeProcess) -> Bench:
    """Load a project of this size into ``node`` and do with it what a user does first."""
    write_project(folder / "tree", Size.of(objects))
    node.load_project(KEY, folder / "tree")
    session = NodeSession.connect(node.url, Secret(node.api_key), clock=SystemClock())
    costs: dict[str, Cost] = {}
    imported, costs["import, reading"] = measure(lambda: import_project(session, KINDS, KEY, node_url=node.url))
    import_calls = session.calls // 2  # measured work is done twice
    found = list(imported.resources.items())
    files, costs["import, files"] = measure(lambda: dict(write_files(found, KINDS, report=imported.report)))
    loaded, costs["load configuration"] = measure(lambda: load(MemoryTree(files), KINDS))
    configuration = loaded.configuration
    declared = {address: resource.spec for address, resource in configuration.resources.items()}
    nothing = State(configuration.stack, configuration.environment)
    live = refresh(session, KINDS, [KEY], state=nothing, declared=declared)
    recorded = {
        address: Recorded(
            address,
            spec,
            live.objects[address].id,
            live.objects[address].stamp,
            KINDS[address.kind].fingerprint(live.objects[address].document),
        )
        for address, spec in declared.items()
    }
    state = replace(nothing, resources=recorded)
    return Bench(objects, node, session, imported, files, configuration, state, live, costs, import_calls)


@pytest.fixture(scope="session")
def benches(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Bench]]:
    """All sizes, smallest first, each on a node of its own. ``IAC_BENCH=large`` adds 10,000 objects (minutes)."""
    nodes = [start_node(tmp_path_factory.mktemp("node")) for _ in SIZES]
    try:
        yield [
            build(objects, tmp_path_factory.mktemp("project"), node) for objects, node in zip(SIZES, nodes, strict=True)
        ]
    finally:
        for node in nodes:
            node.__exit__(None, None, None)
