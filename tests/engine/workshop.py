"""What the engine's tests share: a stack in a real S3 server, a node over HTTP, plans made by planning itself."""

from __future__ import annotations

import functools
import json
import multiprocessing
import os
import signal
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from dataiku_iac.core.address import Address
from dataiku_iac.core.canonical import Json, JsonObject
from dataiku_iac.core.lease import LeaseTimes, Owner
from dataiku_iac.core.plan import Base, Plan
from dataiku_iac.core.problem import Place
from dataiku_iac.core.resource import Configuration, Lifecycle, Resource
from dataiku_iac.core.result import RunResult
from dataiku_iac.core.secret import Secret
from dataiku_iac.core.state import State
from dataiku_iac.dss.session import NodeSession
from dataiku_iac.dss.timing import Retries, Timeouts
from dataiku_iac.engine.apply import apply, new_run_id
from dataiku_iac.engine.planning import PlanHeader
from dataiku_iac.engine.preparation import prepare_plan
from dataiku_iac.engine.resume import abandon, resume
from dataiku_iac.resources.registry import KINDS
from dataiku_iac.store import crashpoints
from dataiku_iac.store.clock import RandomIds, SystemClock
from dataiku_iac.store.processes import make_owner
from dataiku_iac.store.s3_blobs import S3Blobs, S3Settings, open_s3
from dataiku_iac.store.stack_store import StackStore

__all__ = ["BUCKET", "LeapClock", "Specs", "Workshop", "run_and_die"]

BUCKET: Final = "iac"
Specs = Mapping[str, JsonObject]
_LIMITS: Final = Timeouts(connect_s=2.0, read_s=1.0, whole_read_s=10.0, whole_write_s=10.0)
_RETRIES: Final = Retries(first_s=0.01, longest_s=0.05, total_s=1.0)


class LeapClock(SystemClock):
    """The machine's clock, except that whoever sleeps leaps: ``slept`` says how far."""

    def __init__(self) -> None:
        self.slept: list[float] = []
        self._lock = threading.Lock()

    def _ahead(self) -> float:
        with self._lock:
            return sum(self.slept)

    def now(self) -> datetime:
        return super().now() + timedelta(seconds=self._ahead())

    def monotonic(self) -> float:
        return super().monotonic() + self._ahead()

    def sleep(self, seconds: float) -> None:
        with self._lock:
            self.slept.append(seconds)


@functools.cache
def _open_bucket(endpoint: str, access_key: str, secret_key: str) -> S3Blobs:
    """The costly part of opening a bucket, once per process."""
    settings = S3Settings(
        bucket=BUCKET,
        region="us-east-1",
        endpoint_url=endpoint,
        access_key=access_key,
        secret_key=Secret(secret_key),
    )
    return open_s3(settings, clock=SystemClock())


@dataclass
class Workshop:
    """One machine at work on one stack. ``elsewhere`` gives another machine on the same stack."""

    node_url: str
    node_key: str
    s3: Mapping[str, str]
    prefix: str
    stack: str = "crm"
    times: LeaseTimes = field(default_factory=LeaseTimes)
    clock: LeapClock = field(default_factory=LeapClock)
    _session: NodeSession | None = None
    _store: StackStore | None = None

    def elsewhere(self, **other: Any) -> Workshop:
        """The same stack from another process, with its own clock and connections."""
        settings = {"stack": self.stack, "times": self.times, **other}
        return Workshop(self.node_url, self.node_key, self.s3, self.prefix, **settings)

    @property
    def session(self) -> NodeSession:
        if self._session is None:
            self._session = NodeSession.connect(
                self.node_url, Secret(self.node_key), clock=self.clock, timeouts=_LIMITS, retries=_RETRIES
            )
        return self._session

    @property
    def store(self) -> StackStore:
        if self._store is None:
            bucket = _open_bucket(self.s3["endpoint"], self.s3["access_key"], self.s3["secret_key"])
            self._store = StackStore.open_or_init(
                S3Blobs(bucket._client, BUCKET, prefix=f"{self.prefix}/", clock=SystemClock()),
                environment="test",
                stack=self.stack,
                clock=SystemClock(),
                ids=RandomIds(),
                times=self.times,
            )
        return self._store

    def state(self) -> State:
        snapshot = self.store.heads.load(self.store.heads.read().head)
        return State(self.stack, "test") if snapshot is None else State.from_json(snapshot.state, where="state")

    def plan(
        self,
        specs: Specs,
        *,
        forget: Sequence[str] = (),
        lifecycle: Mapping[str, Lifecycle] | None = None,
    ) -> Plan:
        """Plan that the node should have exactly these objects of the stack."""
        resources = {}
        for text, spec in specs.items():
            address = Address.parse(text)
            kind = KINDS[address.kind]
            resources[address] = Resource(
                address,
                kind.normal(spec, address),
                Place("test.yml", 1, 1),
                lifecycle=(lifecycle or {}).get(text, Lifecycle()),
            )
        configuration = Configuration(
            self.stack, "test", resources, forget=tuple(Address.parse(text) for text in forget)
        )
        head = self.store.heads.read().head
        header = PlanHeader(
            id=new_run_id(self.clock, RandomIds()),
            node="test-node",
            node_url=self.node_url,
            base=Base(head.lineage, head.serial, head.state_sha256),
            created_at="2026-01-01T00:00:00Z",
            created_by="tester",
        )
        return prepare_plan(configuration, self.state(), self.session, KINDS, header)

    def owner(self, op: str = "apply", run: str = "") -> Owner:
        return make_owner(
            run=run or new_run_id(SystemClock(), RandomIds()),
            op=op,
            user="tester",
            node_url=self.node_url,
            plugin_version="0.1.0",
        )

    def apply(self, plan: Plan, **options: Any) -> RunResult:
        return apply(
            plan,
            session=self.session,
            store=self.store,
            registry=KINDS,
            clock=self.clock,
            owner=self.owner(),
            **options,
        )

    def resume(self, run: str | None = None, **options: Any) -> RunResult:
        return resume(
            run,
            session=self.session,
            store=self.store,
            registry=KINDS,
            clock=self.clock,
            owner=self.owner("resume"),
            **options,
        )

    def abandon(self, run: str, **options: Any) -> RunResult:
        return abandon(
            run,
            session=self.session,
            store=self.store,
            registry=KINDS,
            clock=self.clock,
            owner=self.owner("abandon"),
            **options,
        )

    def to_json(self) -> dict[str, Json]:
        return {"node_url": self.node_url, "node_key": self.node_key, "s3": dict(self.s3), "prefix": self.prefix}

    def close(self) -> None:
        if self._session is not None:
            self._session.close()


# Children are forked from a process that has imported everything and started nothing: they begin in milliseconds.
_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(["tests.engine.workshop"])


def run_and_die(
    workshop: Workshop,
    operation: str,
    *,
    plan: Plan | None = None,
    die_at: int = 0,
    die_in: tuple[str, int] | None = None,
    log: Path | None = None,
) -> int:
    """Apply or resume in a process of its own that is killed; return its exit code.

    ``die_at``: at the n-th crash point of all; ``die_in``: at the n-th of that name, e.g. ``("dss.write:before", 1)``.
    """
    child = _FORKS.Process(
        target=_child,
        args=(
            json.dumps(workshop.to_json()),
            operation,
            "" if plan is None else json.dumps(plan.to_json()),
            {"IAC_CRASH": str(die_at) if die_at else "", "IAC_CRASH_LOG": "" if log is None else str(log)},
            die_in,
        ),
    )
    child.start()
    child.join(60)
    assert child.exitcode is not None, "the child hangs"
    return child.exitcode


class _NamedTrap:
    """Kills at the n-th point of one name."""

    def __init__(self, name: str, hits: int) -> None:
        self._name = name
        self._left = hits

    def step(self, name: str) -> None:
        self._left -= name == self._name
        if not self._left:
            os.kill(os.getpid(), signal.SIGKILL)


def _child(settings: str, operation: str, plan: str, environ: dict[str, str], die_in: tuple[str, int] | None) -> None:
    workshop = Workshop(**json.loads(settings))
    assert workshop.store.meta.lineage  # opened before the counting begins
    crashpoints.arm(environ)
    if die_in is not None:
        crashpoints._trap = _NamedTrap(*die_in)  # type: ignore[assignment]  # same method, counts one name only
    if operation == "apply":
        workshop.apply(Plan.from_json(json.loads(plan), where="test"), parallelism=1)
    else:
        workshop.resume(parallelism=1)
