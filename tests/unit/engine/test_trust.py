"""When a project is left unread, and when not: every condition by itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import pytest

from dataiku_iac.core.address import Address
from dataiku_iac.core.canonical import Json, JsonObject
from dataiku_iac.core.errors import NotAllowed, UnexpectedShape
from dataiku_iac.core.kind import Live
from dataiku_iac.core.problem import Place
from dataiku_iac.core.proof import Basis, Proofs
from dataiku_iac.core.resource import Configuration, Lifecycle, OnDelete, Resource
from dataiku_iac.core.state import Recorded, State
from dataiku_iac.engine.refresh import LiveObjects
from dataiku_iac.engine.trust import GitTrust, settled_projects
from dataiku_iac.resources.registry import KINDS

BASIS: Final = Basis("http://node", "design-1", "14.2.0", "0.3.0")
CRM, DATASET = Address("project", "CRM", ""), Address("dataset", "CRM", "D")
SPECS: Final[dict[Address, JsonObject]] = {CRM: {"key": "CRM", "name": "Crm"}, DATASET: {"type": "Inline"}}
WHOLE: Final = Live("CRM", "CRM", {"settings": {"settings": {"gitCommitMode": "AUTO"}}})
LOG, STATUS = "/projects/CRM/git/actions/log", "/projects/CRM/git/status"

KEPT_IN_GIT: Final = {
    "project": "params.json, tags.json, variables.json",
    "zone": "zones/",
    "zone_share": "zones/",
    "folder": "managed_folders/",
    "library": "lib/",
    "dataset": "datasets/",
    "evaluation_store": "model_evaluation_stores/",
    "agent": "saved_models/",
    "agent_tool": "agent-tools/",
    "analysis": "analysis/",
    "knowledge_bank": "knowledge-banks/",
    "ml_task": "analysis/*/ml/",
    "model_comparison": "model_comparisons/",
    "retrieval_augmented_llm": "saved_models/",
    "saved_model": "saved_models/",
    "recipe": "recipes/",
    "labeling_task": "labeling_tasks/",
    "webapp": "web_apps/",
    "sql_notebook": "notebooks/",
    "worksheet": "statistics_worksheets/",
    "api_service": "lambda_services/",
    "code_studio": "code_studios/",
    "scenario": "scenarios/",
    "insight": "insights/",
    "dashboard": "dashboards/",
    "wiki": "wiki/",
}
"""Where the git of a project was seen to keep objects of a kind (object-shapes.md 2). A new kind has to be looked up."""


def state(specs: dict[Address, JsonObject] | None = None) -> State:
    entries = {address: Recorded(address, spec, address.name, "1@1", "f") for address, spec in (specs or SPECS).items()}
    return State("crm", "prod", entries)


def configuration() -> Configuration:
    return Configuration("crm", "prod", {a: Resource(a, spec, Place("x.yml")) for a, spec in SPECS.items()})


@dataclass
class Node:
    """Answers by path, or an error; ``asked`` are the paths in order."""

    commit: str = "c1"
    version: Json = field(default_factory=lambda: {"versionNumber": 3, "lastModifiedOn": 1})
    clean: Json = True
    tags: Json = field(default_factory=lambda: ["iac:crm"])
    errors: dict[str, Exception] = field(default_factory=dict)
    log: Callable[[str], Json] = lambda commit: {"entries": [{"commitId": commit, "message": "Saved"}]}
    asked: list[str] = field(default_factory=list)

    def get(self, path: str, *, params: dict[str, str] | None = None) -> Json:
        self.asked.append(path)
        if path in self.errors:
            raise self.errors[path]
        if path == "/projects/":
            return [{"projectKey": "CRM", "versionTag": self.version, "tags": self.tags}, {"projectKey": "OTHER"}]
        if path == LOG:
            assert params == {"count": "1"}
            return self.log(self.commit)
        assert path == STATUS
        return {"clean": self.clean}

    def get_many(self, paths: Sequence[str]) -> list[Json]:
        return [self.get(path) for path in paths]

    def get_text(self, path: str) -> str:
        raise AssertionError(path)


def begun(
    node: Node,
    stored: Proofs | None = None,
    recorded: State | None = None,
    *,
    makes: bool = True,
    survey: bool = False,
) -> GitTrust:
    trust = GitTrust(BASIS, stored, makes=makes, survey=survey)
    trust.begin(node, KINDS, recorded or state(), ["CRM"])
    return trust


def proofs(node: Node, live: Live = WHOLE) -> Proofs | None:
    trust = begun(node)
    trust.prove(node, LiveObjects({CRM: live}), planned={"CRM"})
    return trust.proofs


@pytest.fixture
def proven() -> Proofs:
    found = proofs(Node())
    assert found is not None
    return found


def test_proof_spares_the_reading(proven: Proofs) -> None:
    node = Node()
    trust = begun(node, proven)
    assert trust.unread == {"CRM": ("iac:crm",)}
    assert node.asked == ["/projects/", LOG]
    trust.prove(node, LiveObjects({}), planned={"CRM"})
    assert trust.proofs is None
    assert node.asked == ["/projects/", LOG]


@pytest.mark.parametrize(
    "node",
    [
        Node(commit="c2"),
        Node(version={"versionNumber": 4, "lastModifiedOn": 1}),
        Node(version={"versionNumber": 3, "lastModifiedOn": 2}),
        Node(version=None),
        Node(log=lambda commit: {"entries": []}),
        Node(log=lambda commit: {}),
        Node(log=lambda commit: None),
        Node(log=lambda commit: {"entries": [{"commitId": 7}]}),
        Node(log=lambda commit: {"entries": [{"commitId": ""}]}),
        Node(errors={LOG: NotAllowed("no", status=403)}),
        Node(errors={LOG: UnexpectedShape("no", status=404)}),
        Node(errors={"/projects/": NotAllowed("no", status=403)}),
    ],
)
def test_anything_else_on_the_node_is_read(proven: Proofs, node: Node) -> None:
    assert not begun(node, proven).unread


@pytest.mark.parametrize(
    "basis",
    [
        replace(BASIS, node_url="http://other"),
        replace(BASIS, node_id="design-2"),
        replace(BASIS, dss_version="14.2.1"),
        replace(BASIS, program="0.4.0"),
    ],
)
def test_proof_of_elsewhere_is_none(proven: Proofs, basis: Basis) -> None:
    assert not begun(Node(), replace(proven, basis=basis)).unread


def test_proof_of_another_state_is_none(proven: Proofs) -> None:
    recorded = state()
    other = {**recorded.resources, DATASET: replace(recorded.resources[DATASET], version="2@1")}
    assert not begun(Node(), proven, replace(recorded, resources=other)).unread


def test_drift_needs_a_survey(proven: Proofs) -> None:
    node = Node()
    assert not begun(node, proven, survey=True).unread
    trust = begun(node, proven, survey=True)
    trust.prove(node, LiveObjects({CRM: WHOLE}), surveyed={"CRM"})
    both = trust.proofs
    assert both is not None
    assert (both.projects["CRM"].planned, both.projects["CRM"].surveyed) == (True, True)
    assert begun(node, both, survey=True).unread == begun(node, both).unread


@pytest.mark.parametrize(
    "live",
    [
        replace(WHOLE, document={"settings": {"settings": {"gitCommitMode": "ALL_EXPLICIT"}}}),
        replace(WHOLE, document={"settings": {"settings": {"gitCommitMode": "RECIPES_EXPLICIT"}}}),
        replace(WHOLE, document={"settings": {"settings": {}}}),
        replace(WHOLE, document={}),
        replace(WHOLE, hidden=("permissions",)),
        replace(WHOLE, complete=False),
    ],
)
def test_project_that_does_not_say_that_it_commits_proves_nothing(live: Live) -> None:
    assert proofs(Node(), live) is None


@pytest.mark.parametrize("clean", [False, None, "yes"])
def test_uncommitted_changes_prove_nothing(clean: Json) -> None:
    assert proofs(Node(clean=clean)) is None


def test_status_that_cannot_be_read_proves_nothing() -> None:
    assert proofs(Node(errors={STATUS: NotAllowed("no", status=403)})) is None


def test_save_while_the_project_is_read_proves_nothing() -> None:
    node = Node()
    trust = begun(node)
    node.commit = "c2"
    trust.prove(node, LiveObjects({CRM: WHOLE}), planned={"CRM"})
    assert trust.proofs is None


def test_what_keeps_no_proofs_asks_for_none(proven: Proofs) -> None:
    node = Node()
    trust = begun(node, makes=False)
    trust.prove(node, LiveObjects({CRM: WHOLE}), planned={"CRM"})
    assert trust.proofs is None
    assert node.asked == []
    assert begun(node, proven, makes=False).unread
    node.version = {"versionNumber": 4}
    assert not begun(node, proven, makes=False).unread
    assert node.asked == ["/projects/", LOG, "/projects/"]


def test_every_kind_says_whether_git_keeps_it() -> None:
    outside = {kind.name for kind in KINDS if "*" in kind.outside_git}
    assert outside == {"notebook", "semantic_model", "streaming_endpoint"}
    assert {kind.name for kind in KINDS} - outside == KEPT_IN_GIT.keys()


@pytest.mark.parametrize(
    "more",
    [
        {Address("notebook", "CRM", "n"): {"content": {}}},
        {CRM: {**SPECS[CRM], "variables": {"standard": {}, "local": {"a": 1}}}},
        {CRM: {**SPECS[CRM], "folder": "/Sales"}},
    ],
)
def test_what_git_may_not_keep_is_read(more: dict[Address, JsonObject]) -> None:
    node = Node()
    trust = begun(node, recorded=state({**SPECS, **more}))
    assert not trust.unread
    assert node.asked == []
    assert begun(Node(), recorded=state({**SPECS, CRM: {**SPECS[CRM], "variables": {"local": {}}}}))._heads


def test_files_as_recorded_are_settled() -> None:
    assert settled_projects(configuration(), state()) == {"CRM"}


@pytest.mark.parametrize(
    "change",
    [
        lambda found: replace(found, forget=(DATASET,)),
        lambda found: replace(found, resources={CRM: found.resources[CRM]}),
        lambda found: with_dataset(found, spec={"type": "Inline", "tags": ["a"]}),
        lambda found: with_dataset(found, lifecycle=Lifecycle(protect=True)),
        lambda found: with_dataset(found, lifecycle=Lifecycle(ignore=("tags",))),
        lambda found: with_dataset(found, lifecycle=Lifecycle(enforce=("schema",))),
        lambda found: with_dataset(found, lifecycle=Lifecycle(on_delete=OnDelete.FORGET)),
        lambda found: with_dataset(found, depends_on=(CRM,)),
        lambda found: with_dataset(found, address=Address("dataset", "CRM", "E")),
    ],
)
def test_files_that_say_something_else_are_not(change: Callable[[Configuration], Configuration]) -> None:
    assert not settled_projects(change(configuration()), state())


def with_dataset(found: Configuration, **changes: object) -> Configuration:
    changed = replace(found.resources[DATASET], **changes)  # type: ignore[arg-type]
    resources = {**found.resources, changed.address: changed}
    return replace(found, resources=resources)
