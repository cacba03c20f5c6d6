"""An S3 server, two Design nodes and an Automation node on localhost, wired as a platform team would wire real ones.

Everything after the processes have started is done through the official client, as an administrator would do it.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import dataikuapi

from emulator.launch import NodeProcess, start_node
from emulator.s3 import S3Process, start_s3
from tools.build_plugin import build_plugin

__all__ = ["BUCKET", "CONTROL_PROJECT", "EXAMPLE", "PLUGIN", "LocalNodes", "load_example", "running_nodes"]

BUCKET: Final = "iac-state"
CONTROL_PROJECT: Final = "IAC"
PLUGIN: Final = "dataiku-iac"
EXAMPLE: Final = Path(__file__).resolve().parent.parent / "examples" / "retail"
_STATE_PATH: Final = "/dataiku-iac"


@dataclass(frozen=True, slots=True)
class LocalNodes:
    """The running processes."""

    s3: S3Process
    design_1: NodeProcess
    design_2: NodeProcess
    automation: NodeProcess

    def client(self, node: NodeProcess) -> Any:
        """Return the official client for a node."""
        return dataikuapi.DSSClient(node.url, node.api_key)


@contextmanager
def running_nodes(root: Path, *, plugin_zip: Path | None = None) -> Iterator[LocalNodes]:
    """Start everything below ``root``, wire it, and stop it at the end.

    Both Design nodes have the plugin, a preset for the Automation node, and a control project whose managed folder
    lies in the *same* place of the same bucket: so either can go on with what the other began.
    """
    with ExitStack() as stack:
        s3 = stack.enter_context(start_s3())
        s3.create_bucket(BUCKET)
        started = []
        for name, kind in (("design-1", "design"), ("design-2", "design"), ("automation", "automation")):
            directory = root / name
            directory.mkdir(parents=True)
            started.append(stack.enter_context(start_node(directory, kind=kind, node_id=name, s3_endpoint=s3.endpoint)))
        nodes = LocalNodes(s3, *started)
        _wire_automation(nodes, root)
        archive = plugin_zip or build_plugin()
        for node in (nodes.design_1, nodes.design_2):
            _wire_design(nodes, node, root, archive)
        yield nodes


def _wire_design(nodes: LocalNodes, node: NodeProcess, root: Path, archive: Path) -> None:
    client = nodes.client(node)
    _sources(client, "sales_files", root / "files" / node.node_id)
    client.create_connection("warehouse", "PostgreSQL", {"host": "warehouse.example.org", "port": 5432, "db": "dev"})
    client.create_connection(
        "s3_state",
        "EC2",
        {
            "credentialsMode": "KEYPAIR",
            "accessKey": nodes.s3.access_key,
            "secretKey": nodes.s3.secret_key,
            "regionOrEndpoint": nodes.s3.endpoint,
            "defaultManagedBucket": BUCKET,
        },
    )
    client.create_group("analysts")
    project = client.create_project(CONTROL_PROJECT, "Infrastructure as code", "admin")
    folder = project.create_managed_folder("state", connection_name="s3_state")
    settings = folder.get_settings()
    settings.get_raw()["params"].update({"bucket": BUCKET, "path": _STATE_PATH})
    settings.save()
    with archive.open("rb") as zip_file:
        client.install_plugin_from_archive(zip_file)
    plugin = client.get_plugin(PLUGIN)
    environment = plugin.create_code_env().wait_for_result()
    presets = plugin.get_settings()
    presets.set_code_env(environment["envName"])
    target = presets.get_parameter_set("dss-node").create_preset("automation", with_defaults=True)
    target.plugin_config.update(
        {"node_name": "automation", "url": nodes.automation.url, "api_key": nodes.automation.api_key}
    )
    state = presets.get_parameter_set("state-store").create_preset("shared", with_defaults=True)
    state.plugin_config["managed_folder"] = f"{CONTROL_PROJECT}.state"
    presets.save()


def _wire_automation(nodes: LocalNodes, root: Path) -> None:
    client = nodes.client(nodes.automation)
    _sources(client, "sales_files_prod", root / "files" / "automation")
    client.create_connection(
        "warehouse_prod", "PostgreSQL", {"host": "warehouse.example.org", "port": 5432, "db": "prod"}
    )
    client.create_group("analysts")


def _sources(client: Any, connection: str, directory: Path) -> None:
    shutil.copytree(EXAMPLE / "data", directory)
    client.create_connection(connection, "Filesystem", {"root": str(directory)})


def load_example(node: NodeProcess, key: str = "RETAIL") -> None:
    """Put the example project on a node, as it would come from a project's Git repository."""
    node.load_project(key, EXAMPLE / "dss-project")
