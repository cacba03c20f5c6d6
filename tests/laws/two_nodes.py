"""A project carried from one node to another: import there, files, plan and apply here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import dataikuapi

from dataiku_iac.config.files import MemoryTree
from dataiku_iac.config.loading import load_configuration
from dataiku_iac.config.writing import write_project
from dataiku_iac.core.mentions import find_mentions
from dataiku_iac.core.plan import Base, Plan
from dataiku_iac.core.resource import Configuration
from dataiku_iac.core.result import RunResult
from dataiku_iac.core.secret import Secret
from dataiku_iac.core.state import State
from dataiku_iac.dss.session import NodeSession
from dataiku_iac.engine.apply import apply, new_run_id
from dataiku_iac.engine.import_ import ImportedProject, import_project
from dataiku_iac.engine.planning import PlanHeader
from dataiku_iac.engine.preparation import prepare_plan
from dataiku_iac.resources.registry import KINDS
from dataiku_iac.store.clock import RandomIds, SystemClock
from dataiku_iac.store.directory_blobs import DirectoryBlobs
from dataiku_iac.store.processes import make_owner
from dataiku_iac.store.stack_store import StackStore
from emulator.launch import NodeProcess

__all__ = ["Carrier", "files_of", "give_what_it_names"]


def files_of(imported: ImportedProject) -> Mapping[str, str]:
    """Return the files an import writes."""
    return write_project(sorted(imported.resources.items()), KINDS, report=imported.report)


def give_what_it_names(node: NodeProcess, configuration: Configuration, root: Path) -> None:
    """Make the connections, users and code environments on a node that a configuration takes for granted."""
    client: Any = dataikuapi.DSSClient(node.url, node.api_key)
    named = set(_named(configuration))
    there = {("user", user["login"]) for user in client.list_users()}
    there |= {("code_env", env["envName"]) for env in client.list_code_envs()}
    there |= {("connection", name) for name in client.list_connections_names("all")}
    for sort, name, type_ in sorted(named):
        if (sort, name) in there:
            continue
        there.add((sort, name))
        if sort == "user":
            client.create_user(name, "a password nobody needs")
        elif sort == "code_env":
            client.create_code_env("R" if name.endswith("R") else "PYTHON", name, "DESIGN_MANAGED", {})
        elif type_ == "Filesystem":
            client.create_connection(name, type_, {"root": str(root / name)})
        else:
            client.create_connection(name, type_, {})


def _named(configuration: Configuration) -> Iterable[tuple[str, str, str]]:
    for address, resource in configuration.resources.items():
        kind = KINDS[address.kind]
        type_ = str(resource.spec.get("type") or "Filesystem")
        type_ = (
            {"S3": "EC2", "UploadedFiles": "Filesystem"}.get(type_, type_)
            if address.kind == "dataset"
            else "Filesystem"
        )
        for mention in find_mentions(kind.expand(resource.spec, address), kind.mentions):
            if mention.sort in ("user", "code_env", "connection"):
                yield mention.sort, mention.value, type_


class Carrier:
    """Plans and applies one stack on one node, with its state in a directory."""

    def __init__(self, node: NodeProcess, stack: str, directory: Path) -> None:
        self.node = node
        self.stack = stack
        self.clock = SystemClock()
        self.ids = RandomIds()
        self.session = NodeSession.connect(node.url, Secret(node.api_key), clock=self.clock)
        self.store = StackStore.open_or_init(
            DirectoryBlobs(directory), environment="test", stack=stack, clock=self.clock, ids=self.ids
        )

    def import_project(self, key: str) -> ImportedProject:
        return import_project(self.session, KINDS, key, node_url=self.node.url)

    def load(self, files: Mapping[str, str]) -> Configuration:
        return load_configuration(MemoryTree(dict(files)), KINDS)

    def state(self) -> State:
        snapshot = self.store.heads.load(self.store.heads.read().head)
        return State(self.stack, "test") if snapshot is None else State.from_json(snapshot.state, where="test")

    def plan(self, configuration: Configuration) -> Plan:
        head = self.store.heads.read().head
        base = Base(self.store.meta.lineage, head.serial, head.state_sha256)
        header = PlanHeader(new_run_id(self.clock, self.ids), "node", self.node.url, base, "", "")
        return prepare_plan(configuration, self.state(), self.session, KINDS, header)

    def apply(self, plan: Plan) -> RunResult:
        owner = make_owner(
            run=new_run_id(self.clock, self.ids), op="apply", user="test", node_url=self.node.url, plugin_version="0"
        )
        return apply(plan, session=self.session, store=self.store, registry=KINDS, clock=self.clock, owner=owner)
