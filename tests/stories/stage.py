"""Where stories play: files as text, a node, a stack; what a user does to them, and what a user reads."""

from __future__ import annotations

import os
import re
import textwrap
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import dataikuapi

from dataiku_iac.config.files import MemoryTree
from dataiku_iac.config.loading import load_configuration
from dataiku_iac.core.address import Address
from dataiku_iac.core.lease import LeaseTimes
from dataiku_iac.core.plan import Action, Base, Plan
from dataiku_iac.core.resource import Configuration
from dataiku_iac.core.result import DriftReport, RunResult, RunStatus
from dataiku_iac.core.secret import Secret
from dataiku_iac.core.state import State
from dataiku_iac.dss.session import NodeSession
from dataiku_iac.dss.timing import Retries, Timeouts
from dataiku_iac.engine.apply import apply, new_run_id
from dataiku_iac.engine.drift import find_drift
from dataiku_iac.engine.planning import PlanHeader
from dataiku_iac.engine.preparation import prepare_plan
from dataiku_iac.engine.resume import abandon, resume
from dataiku_iac.report.text import Detail, render_drift, render_plan, render_result
from dataiku_iac.resources.registry import KINDS
from dataiku_iac.store.clock import RandomIds, SystemClock
from dataiku_iac.store.directory_blobs import DirectoryBlobs
from dataiku_iac.store.processes import make_owner
from dataiku_iac.store.stack_store import StackStore
from emulator.launch import NodeProcess

__all__ = ["Files", "Stage", "actions", "check_golden", "masked", "said"]

Files = str | Mapping[str, str]
_GOLDEN: Final = Path(__file__).parent / "golden"
_MASKS: Final = (
    (re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{8}"), "<run>"),
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)"), "<time>"),
    (re.compile(r"http://127\.0\.0\.1:\d+"), "<node>"),
    (re.compile(r"\(version \d+@\d+\)"), "(version <version>)"),
    (re.compile(r"~[0-9a-f]{8}\b"), "~<aid>"),
    (re.compile(r"/\S*/state/"), "<state>/"),
)


class Stage:
    """One stack on one node. ``key`` stands for ``KEY`` in the files, so that stories do not meet on the node."""

    def __init__(
        self,
        node: NodeProcess,
        directory: Path,
        key: str,
        *,
        stack: str = "",
        api_key: str = "",
        environment: str = "default",
    ) -> None:
        self.node = node
        self.key = key
        self.stack = stack or key
        self.environment = environment
        self.directory = directory
        self.clock = SystemClock()
        self.ids = RandomIds()
        self.session = NodeSession.connect(
            node.url,
            Secret(api_key or node.api_key),
            clock=self.clock,
            timeouts=Timeouts(connect_s=2.0, read_s=5.0, whole_read_s=10.0, whole_write_s=10.0),
            retries=Retries(first_s=0.01, longest_s=0.05, total_s=0.5),
        )
        self.store = StackStore.open_or_init(
            DirectoryBlobs(directory),
            environment=environment,
            stack=self.stack,
            clock=self.clock,
            ids=self.ids,
            times=LeaseTimes(),
        )
        self.client: Any = dataikuapi.DSSClient(node.url, node.api_key)

    def __enter__(self) -> Stage:
        return self

    def __exit__(self, *error: object) -> None:
        self.session.close()

    def by(self, api_key: str) -> Stage:
        """The same stack, with another key to the node."""
        return Stage(
            self.node, self.directory, self.key, stack=self.stack, api_key=api_key, environment=self.environment
        )

    @property
    def project(self) -> Any:
        """The project as somebody sees it who uses the official client."""
        return self.client.get_project(self.key)

    # --- what a user does ---

    def load(self, files: Files, **options: Any) -> Configuration:
        """Load files; a single text is the project's file."""
        given = {"project.yml": files} if isinstance(files, str) else files
        texts = {name: textwrap.dedent(text).replace("KEY", self.key) for name, text in given.items()}
        environment = None if self.environment == "default" else self.environment
        return load_configuration(MemoryTree(texts), KINDS, environment=environment, **options)

    def plan(self, files: Files, **options: Any) -> Plan:
        """Plan that the node should be as the files say."""
        head = self.store.heads.read().head
        base = Base(self.store.meta.lineage, head.serial, head.state_sha256)
        header = PlanHeader(
            new_run_id(self.clock, self.ids), "node", self.node.url, base, "2026-01-01T00:00:00Z", "admin"
        )
        return prepare_plan(self.load(files, **options), self.state(), self.session, KINDS, header)

    def apply(self, plan: Plan, **options: Any) -> RunResult:
        """Carry a plan out; however it ends."""
        return apply(
            plan,
            session=self.session,
            store=self.store,
            registry=KINDS,
            clock=self.clock,
            owner=self._owner("apply"),
            drain_s=0.1,
            **options,
        )

    def resume(self) -> RunResult:
        """Go on with the open run."""
        return resume(
            None,
            session=self.session,
            store=self.store,
            registry=KINDS,
            clock=self.clock,
            owner=self._owner("resume"),
        )

    def abandon(self, run: str) -> RunResult:
        """Give the open run up."""
        return abandon(
            run,
            session=self.session,
            store=self.store,
            registry=KINDS,
            clock=self.clock,
            owner=self._owner("abandon"),
        )

    def change(self, files: Files, **options: Any) -> Plan:
        """Plan and apply; return the plan."""
        plan = self.plan(files, **options)
        result = self.apply(plan)
        assert result.status is RunStatus.OK, render_result(result)
        return plan

    def settle(self, files: Files, **options: Any) -> Plan:
        """Plan, apply, and see that nothing is left to do; return the plan."""
        plan = self.change(files, **options)
        again = self.plan(files, **options)
        assert again.is_empty, render_plan(again, detail=Detail.DETAILED)
        assert not actions(again), render_plan(again, detail=Detail.DETAILED)
        return plan

    def drift(self) -> DriftReport:
        """Say how the node differs from what was applied."""
        serial = self.store.heads.read().head.serial
        return find_drift(
            self.session, KINDS, self.state(), node_url=self.node.url, serial=serial, at="2026-01-01T00:00:00Z"
        )

    def state(self) -> State:
        """What is recorded."""
        snapshot = self.store.heads.load(self.store.heads.read().head)
        return (
            State(self.stack, self.environment)
            if snapshot is None
            else State.from_json(snapshot.state, where="the story")
        )

    def recorded(self, text: str) -> Any:
        """What is recorded of one address, ``None`` if nothing is."""
        return self.state().resources.get(Address.parse(text.replace("KEY", self.key)))

    def _owner(self, op: str) -> Any:
        return make_owner(
            run=new_run_id(self.clock, self.ids), op=op, user="admin", node_url=self.node.url, plugin_version="0"
        )

    # --- what a user reads ---

    def text(self, shown: Plan | RunResult | DriftReport | BaseException, detail: Detail = Detail.LONG) -> str:
        """What is printed, with whatever differs from run to run masked."""
        if isinstance(shown, Plan):
            text = render_plan(shown, detail=detail)
        elif isinstance(shown, RunResult):
            text = render_result(shown)
        elif isinstance(shown, DriftReport):
            text = render_drift(shown)
        else:
            text = f"{shown}\n"
        return masked(text, self.key)


def actions(plan: Plan) -> dict[str, str]:
    """Return what a plan does, e.g. ``{"dataset.ORDERS": "create"}``; the project's key is left out."""
    return {
        f"{change.address.kind}.{change.address.name}".rstrip("."): change.action.value
        for change in plan.changes
        if change.action is not Action.NONE
    }


def said(plan: Plan, name: str) -> dict[str, tuple[Any, Any]]:
    """Return the fields of one change, ``{path: (before, after)}``."""
    change = next(change for change in plan.changes if f"{change.address.kind}.{change.address.name}" == name)
    return {field.path: (field.before, field.after) for field in change.fields}


def masked(text: str, key: str) -> str:
    """Return ``text`` without what differs from run to run."""
    for pattern, word in _MASKS:
        text = pattern.sub(word, text)
    return re.sub(rf"\b{key}", "CRM", text)


def check_golden(name: str, text: str) -> None:
    """Compare what a user reads with a golden file, reviewed like code; ``UPDATE_GOLDEN=1`` rewrites it."""
    path = _GOLDEN / name
    if os.environ.get("UPDATE_GOLDEN"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")
