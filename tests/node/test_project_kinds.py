"""Projects, zones, folders, library files and wiki articles call by call against a running node."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from dataiku_iac.core.address import Address
from dataiku_iac.core.canonical import Json, JsonObject
from dataiku_iac.core.kind import Document, Kind, Live
from dataiku_iac.core.lens import differences
from dataiku_iac.core.secret import Secret
from dataiku_iac.dss.session import NodeSession
from dataiku_iac.engine.translate import Names, distinct_names, to_native, to_portable
from dataiku_iac.resources.registry import KINDS
from dataiku_iac.store.clock import SystemClock
from emulator.launch import start_node

PROJECT, ZONE, FOLDER, LIBRARY, WIKI = (KINDS[name] for name in ("project", "zone", "folder", "library", "wiki"))
EVERYWHERE = pytest.mark.parametrize(
    ("kind", "name", "spec", "other"),
    [
        (ZONE, "raw", {"color": "#4a90d9", "tags": ["a", "b"], "description": "d"}, {"color": "#000000"}),
        (ZONE, "raw (2)", {"label": "Raw"}, {"label": "Raw data"}),
        (
            FOLDER,
            "exports",
            {"connection": "filesystem_folders", "zone": "gold", "description": "d"},
            {"connection": "filesystem_folders", "path": "${projectKey}/exports", "tags": ["x"]},
        ),
        (LIBRARY, "python/pkg/a b.py", {"content": "x = 'é'\n"}, {"content": ""}),
        (
            WIKI,
            "Inputs",
            {"content": "# Inputs\n", "parent": "Overview", "home": True, "tags": ["t"]},
            {"content": "# Other\n"},
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NodeSession]:
    with (
        start_node(tmp_path_factory.mktemp("node")) as node,
        NodeSession.connect(node.url, Secret(node.api_key), clock=SystemClock()) as opened,
    ):
        node_project = Node(opened)
        PROJECT.create(
            opened, "CRM", "", PROJECT.expand({"name": "Customers", "owner": "admin"}, Address("project", "CRM"))
        )
        node_project.create(ZONE, "gold", {})
        node_project.create(WIKI, "Overview", {"content": "# Overview\n"})
        yield opened


class Node:
    """Works on one project as apply does: one call, then a look."""

    def __init__(self, session: NodeSession) -> None:
        self.session = session

    def names(self) -> Names:
        names = Names(KINDS)
        for kind in (ZONE, FOLDER, WIKI):
            for live in distinct_names(kind.list(self.session, "CRM")):
                names.learn(kind.name, "CRM", live.name, live.id)
        return names

    def create(self, kind: Kind, name: str, spec: JsonObject) -> Live:
        address = Address(kind.name, "CRM", name)
        assert not kind.check(spec, address)
        document = to_native(kind.put({}, spec, address), kind, "CRM", self.names())
        live_id = self.one_call(kind.create, "CRM", "temporary" if kind.chosen_by_server else name, document)
        return self.apply(kind, live_id, name, spec)

    def apply(self, kind: Kind, live_id: str, name: str, spec: JsonObject, *, before: JsonObject | None = None) -> Live:
        address = Address(kind.name, "CRM", name)
        live = self.read(kind, live_id)
        wanted = kind.put(live.document, spec, address, before=before)
        for part in kind.parts:
            if differences(live.document.get(part), wanted.get(part), kind.rules_for(wanted).root.child(part)):
                native = to_native(wanted, kind, "CRM", self.names())
                self.one_call(kind.write, "CRM", live_id, part, native)
                # The next part is written on top of what is there now.
                live = self.read(kind, live_id)
                wanted = kind.put(live.document, spec, address, before=before)
        self.assert_as_declared(kind, live_id, address, spec)
        return self.read(kind, live_id)

    def assert_as_declared(self, kind: Kind, live_id: str, address: Address, spec: JsonObject) -> None:
        live = self.read(kind, live_id)
        assert (
            differences(live.document, kind.put(live.document, spec, address), kind.rules_for(live.document).root) == []
        )

    def one_call(self, method: Any, *arguments: Any, **options: Any) -> Any:
        before = self.session.calls
        answer = method(self.session, *arguments, **options)
        assert self.session.calls == before + 1
        return answer

    def read(self, kind: Kind, live_id: str) -> Live:
        live = kind.read(self.session, "CRM", live_id, frozenset(kind.parts))
        assert live is not None
        document: Document = to_portable(live.document, kind, "CRM", self.names())
        return Live(live.name, live.id, document, live.version)


@EVERYWHERE
def test_an_object_is_made_changed_taken_back_and_deleted(
    session: NodeSession, kind: Kind, name: str, spec: JsonObject, other: JsonObject
) -> None:
    node = Node(session)
    address = Address(kind.name, "CRM", name)
    made = node.create(kind, name, spec)
    assert any(live.id == made.id for live in kind.list(session, "CRM"))
    node.apply(kind, made.id, name, other, before=spec)
    back = node.apply(kind, made.id, name, spec, before=other)
    assert differences(made.document, back.document, kind.rules_for(made.document).root) == []
    assert kind.declare(made.document, address) == kind.normal(spec, address)
    node.one_call(kind.delete, "CRM", made.id, drop_data=False)
    assert kind.read(session, "CRM", made.id, frozenset(kind.parts)) is None
    assert not any(live.id == made.id for live in kind.list(session, "CRM"))


def test_the_default_zone_is_listed_and_can_be_renamed(session: NodeSession) -> None:
    node = Node(session)
    (default,) = [zone for zone in ZONE.list(session, "CRM") if zone.id == "default"]
    assert default.name == "default"
    node.apply(ZONE, "default", "default", {"label": "Unsorted"})
    node.apply(ZONE, "default", "default", {"label": "Default"})


def test_a_folder_goes_back_to_the_default_zone_when_its_zone_is_dropped(session: NodeSession) -> None:
    node = Node(session)
    spec: JsonObject = {"connection": "filesystem_folders", "zone": "gold"}
    live = node.create(FOLDER, "moving", spec)
    assert live.document["zone"] == "gold"
    after = node.apply(FOLDER, live.id, "moving", {"connection": "filesystem_folders"}, before=spec)
    assert after.document["zone"] == "default"


def test_external_libraries_are_there_from_the_start(session: NodeSession) -> None:
    node = Node(session)
    name = "external-libraries.json"
    if not any(live.id == name for live in LIBRARY.list(session, "CRM")):
        node.create(LIBRARY, name, {"content": "{}"})
    wanted: JsonObject = {"content": '{"pythonPath": ["python", "shared"]}'}
    live: Any = node.apply(LIBRARY, name, name, wanted)
    assert live.document["content"]["pythonPath"] == ["python", "shared"]
    node.apply(LIBRARY, name, name, {}, before=wanted)


def test_project_parts_keep_what_nobody_declared(session: NodeSession) -> None:
    node = Node(session)
    session.put("/projects/CRM/variables/", {"standard": {"theirs": {"a": 1}}, "local": {}})
    spec: JsonObject = {
        "name": "Clients",
        "owner": "admin",
        "description": "d",
        "short_description": "s",
        "tags": ["z", "a"],
        "tag_colors": {"gold": "#ffcc00"},
        "status": "Production",
        "permissions": [{"group": "readers", "role": "read"}, {"group": "data_team", "writeProjectContent": True}],
        "variables": {"standard": {"country": "FR", "limits": {"low": 1}}, "local": {"x": [1]}},
        "code_env": {"r": {"mode": "USE_BUILTIN_MODE"}},
        "settings": {"gitCommitMode": "ALL_EXPLICIT", "flowBuildSettings": {"mergeSqlPipelines": True}},
        "exposed": [{"type": "DATASET", "name": "ORDERS", "to": ["SALES"]}],
    }
    made: Any = node.apply(PROJECT, "CRM", "", spec).document
    assert made["variables"]["standard"]["theirs"] == {"a": 1}
    declared = PROJECT.declare(made, Address("project", "CRM"))
    assert declared["code_env"] == {"r": "builtin"}
    assert declared["permissions"] == [{"group": "readers", "role": "read"}, {"group": "data_team", "role": "write"}]
    minimal: JsonObject = {"name": "Clients", "owner": "admin"}
    left: Any = node.apply(PROJECT, "CRM", "", minimal, before=spec).document
    assert left["variables"] == {"standard": {"theirs": {"a": 1}}, "local": {}}
    assert PROJECT.declare(left, Address("project", "CRM")).keys() <= {"name", "owner", "variables", "customFields"}


def test_a_fresh_project_shows_nothing_that_nobody_wrote(session: NodeSession) -> None:
    try:
        PROJECT.create(session, "NEW", "", {"permissions": {"owner": "admin"}, "metadata": {"label": "New"}})
        (live,) = PROJECT.list(session, "NEW")
        assert PROJECT.declare(live.document, Address("project", "NEW")) == {"name": "New", "owner": "admin"}
    finally:
        PROJECT.delete(session, "NEW", "NEW", drop_data=True)
    assert list(PROJECT.list(session, "NEW")) == []


def test_articles_keep_their_branch_when_they_move(session: NodeSession) -> None:
    node = Node(session)
    parent = node.create(WIKI, "Parent", {})
    spec: JsonObject = {"parent": "Parent", "content": "x"}
    child = node.create(WIKI, "Child", spec)
    grandchild = node.create(WIKI, "Grandchild", {"parent": "Child"})
    after = node.apply(WIKI, child.id, "Child", {"content": "x", "parent": "Overview"}, before=spec)
    assert after.document["parent"] == "Overview"
    assert node.read(WIKI, grandchild.id).document["parent"] == "Child"
    for live in (grandchild, child, parent):
        WIKI.delete(session, "CRM", live.id, drop_data=False)


def test_lists_cost_few_calls(session: NodeSession) -> None:
    costs: dict[str, Json] = {}
    for kind in (PROJECT, ZONE, FOLDER, LIBRARY):
        before = session.calls
        kind.list(session, "CRM")
        costs[kind.name] = session.calls - before
    assert costs["project"] == 5
    assert costs["library"] == 1
    assert {costs["zone"], costs["folder"]} <= {1, 2}
