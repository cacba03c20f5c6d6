"""Figures of plan and apply by size and latency: ``make bench`` prints this table and writes ``build/figures.json``.

Each size and latency is measured in a process of its own, so that the peak memory is its own. *bound* is calls × latency ÷
parallelism, which no program can beat with those calls; *over* is wall time over it. Times are of this machine, in its mood
of the moment; numbers of calls are the same everywhere.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final, TypeVar

from dataiku_iac.commands.collector import rarely_collecting
from dataiku_iac.config.files import MemoryTree
from dataiku_iac.config.loading import load
from dataiku_iac.config.writing import write_project as write_files
from dataiku_iac.core.plan import Base, Plan
from dataiku_iac.core.proof import Basis
from dataiku_iac.core.resource import Configuration
from dataiku_iac.core.result import RunStatus
from dataiku_iac.core.secret import Secret
from dataiku_iac.core.state import State
from dataiku_iac.dss.session import NodeSession
from dataiku_iac.engine.apply import apply
from dataiku_iac.engine.asking import READERS
from dataiku_iac.engine.import_ import import_project
from dataiku_iac.engine.planning import PlanHeader, make_plan
from dataiku_iac.engine.preparation import prepare_plan
from dataiku_iac.engine.refresh import LiveObjects
from dataiku_iac.engine.trust import GitTrust
from dataiku_iac.resources.registry import KINDS
from dataiku_iac.store.clock import RandomIds, SystemClock
from dataiku_iac.store.directory_blobs import DirectoryBlobs
from dataiku_iac.store.processes import make_owner
from dataiku_iac.store.stack_store import StackStore
from emulator.launch import NodeProcess, start_node
from tests.bench.trees import Size, write_project

KEY: Final = "CHAIN"
WORKERS: Final = 8
ROOT: Final = Path(__file__).resolve().parents[2]
T = TypeVar("T")


@dataclass(frozen=True)
class Figure:
    """One stage at one size and latency. ``bound`` and ``over`` are 0 where no call is made."""

    objects: int
    latency_ms: int
    stage: str
    calls: int
    wall: float
    cpu: float
    peak_mib: float
    bound: float
    over: float


def configuration_of(objects: int, folder: Path, node: NodeProcess) -> dict[str, str]:
    """Return the files of a project of ``objects``, imported from ``node``."""
    write_project(folder / "tree", Size.of(objects))
    node.load_project(KEY, folder / "tree")
    with NodeSession.connect(node.url, Secret(node.api_key), clock=SystemClock()) as session:
        found = import_project(session, KINDS, KEY, node_url=node.url)
    return dict(write_files(list(found.resources.items()), KINDS, report=found.report))


class Stages:
    """Measures one stage after the other in this process."""

    def __init__(self, objects: int, latency_ms: int) -> None:
        self.objects = objects
        self.latency_ms = latency_ms
        self.found: list[Figure] = []

    def take(self, stage: str, work: Callable[[], T], *, calls: Callable[[], int] = int, parallel: int = READERS) -> T:
        """Do ``work`` once and note what it took."""
        before, wall, cpu = calls(), time.perf_counter(), time.process_time()
        result = work()
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        made = calls() - before
        bound = made * self.latency_ms / 1000 / parallel
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        self.found.append(
            Figure(self.objects, self.latency_ms, stage, made, wall, cpu, peak, bound, wall / bound if bound else 0.0)
        )
        return result


def measure(files: dict[str, str], url: str, key: str, store_folder: Path, stages: Stages) -> None:
    """Load, plan offline, plan and apply on an empty node, and plan again when there is nothing to do."""
    clock, ids = SystemClock(), RandomIds()
    configuration: Configuration = stages.take("load", lambda: load(MemoryTree(files), KINDS).configuration)
    header = PlanHeader("bench", "node", url, Base("bench", 0, None), "", "admin")
    nothing = State(configuration.stack, configuration.environment)
    stages.take("plan, offline", lambda: make_plan(configuration, nothing, LiveObjects({}), KINDS, header))
    store = StackStore.open_or_init(
        DirectoryBlobs(store_folder),
        environment=configuration.environment,
        stack=configuration.stack,
        clock=clock,
        ids=ids,
    )
    with NodeSession.connect(url, Secret(key), clock=clock) as session:

        def base() -> PlanHeader:
            head = store.heads.read().head
            return replace(header, base=Base(head.lineage, head.serial, head.state_sha256))

        def planned(state: State) -> Plan:
            return prepare_plan(configuration, state, session, KINDS, base())

        def run(plan: Plan) -> Any:
            owner = make_owner(run="20260101T000000Z-00000000", op="apply", user="t", node_url="", plugin_version="")
            return apply(
                plan, session=session, store=store, registry=KINDS, clock=clock, owner=owner, parallelism=WORKERS
            )

        def count() -> int:
            return session.calls

        plan = stages.take("plan, all new", lambda: planned(nothing), calls=count)
        result = stages.take("apply", lambda: run(plan), calls=count, parallel=WORKERS)
        if result.status is not RunStatus.OK:
            raise RuntimeError(f"apply ended with {result.status}")
        snapshot = store.heads.load(store.heads.read().head)
        if snapshot is None:
            raise RuntimeError("apply left no state")
        state = State.from_json(snapshot.state, where="bench")
        if not stages.take("plan, nothing to do", lambda: planned(state), calls=count).is_empty:
            raise RuntimeError("the second plan is not empty")
        basis = Basis(url, "", "", "bench")
        trust = GitTrust(basis, None, makes=True)
        prepare_plan(configuration, state, session, KINDS, base(), trust=trust)
        sure = GitTrust(basis, trust.proofs, makes=False)

        def trusting() -> Plan:
            return prepare_plan(configuration, state, session, KINDS, base(), trust=sure)

        if not stages.take("plan, git trusted", trusting, calls=count).unread:
            raise RuntimeError("the project was read although its git could be trusted")
        unknown = replace(state, resources={a: replace(r, version="") for a, r in state.resources.items()})
        if not stages.take("plan, versions unknown", lambda: planned(unknown), calls=count).is_empty:
            raise RuntimeError("the plan without versions is not empty")


def in_own_process(objects: int, latency_ms: int, files: Path) -> Iterator[Figure]:
    """Measure in a process that has done nothing else, against a node that has nothing yet."""
    with emptied_node(latency_ms) as (node, folder):
        request = {
            "objects": objects,
            "latency_ms": latency_ms,
            "files": str(files),
            "url": node.url,
            "key": node.api_key,
            "store": str(folder / "store"),
        }
        done = subprocess.run(
            [sys.executable, "-m", "tests.bench.figures", json.dumps(request)],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            check=True,
            text=True,
        )
    for raw in json.loads(done.stdout):
        yield Figure(**raw)


@contextmanager
def emptied_node(latency_ms: int) -> Iterator[tuple[NodeProcess, Path]]:
    """A node with the connections of the example and nothing else."""
    with tempfile.TemporaryDirectory() as folder, start_node(Path(folder) / "node") as node:
        node.latency(latency_ms)
        yield node, Path(folder)


def child(request: dict[str, Any]) -> None:
    """Measure what ``request`` says and print the figures as JSON."""
    files = json.loads(Path(request["files"]).read_text("utf-8"))
    stages = Stages(request["objects"], request["latency_ms"])
    with rarely_collecting():  # as the program and the macros do
        measure(files, request["url"], request["key"], Path(request["store"]), stages)
    sys.stdout.write(json.dumps([asdict(figure) for figure in stages.found]))


def main() -> None:
    """Measure all sizes and latencies; ``IAC_BENCH=large`` adds 10,000 objects (a quarter of an hour)."""
    sizes = (100, 1_000, 10_000) if os.environ.get("IAC_BENCH") == "large" else (100, 1_000)
    figures: list[Figure] = []
    line = "{:>8} {:>5} {:<24} {:>7} {:>8} {:>8} {:>9} {:>8} {:>6}\n"
    sys.stdout.write(line.format("objects", "ms", "stage", "calls", "wall s", "cpu s", "peak MiB", "bound s", "over"))
    for objects in sizes:
        with tempfile.TemporaryDirectory() as folder, start_node(Path(folder) / "node") as node:
            files = Path(folder) / "files.json"
            files.write_text(json.dumps(configuration_of(objects, Path(folder), node)), "utf-8")
            node.stop()
            for latency_ms in (0, 20, 50):
                for found in in_own_process(objects, latency_ms, files):
                    figures.append(found)
                    over = f"{found.over:.2f}" if found.over else "-"
                    sys.stdout.write(
                        line.format(
                            f"{found.objects:,}",
                            found.latency_ms,
                            found.stage,
                            found.calls,
                            f"{found.wall:.2f}",
                            f"{found.cpu:.2f}",
                            f"{found.peak_mib:.0f}",
                            f"{found.bound:.2f}" if found.bound else "-",
                            over,
                        )
                    )
                    sys.stdout.flush()
    target = ROOT / "build" / "figures.json"
    target.parent.mkdir(exist_ok=True)
    target.write_text(json.dumps([asdict(figure) for figure in figures], indent=2) + "\n", "utf-8")
    sys.stdout.write(f"written to {target.relative_to(ROOT)}\n")


if __name__ == "__main__":
    child(json.loads(sys.argv[1])) if len(sys.argv) > 1 else main()
