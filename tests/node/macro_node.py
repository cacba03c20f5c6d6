"""A node with the plugin installed as an administrator would install it, and its state in a bucket."""

from __future__ import annotations

import json
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from dataikuapi import DSSClient

from dataiku_iac.core.canonical import JsonObject
from dataiku_iac.report.html import read_twin
from emulator.launch import NodeProcess, start_node
from emulator.s3.process import S3Process, start_s3
from tools.build_plugin import build_plugin

__all__ = ["BUCKET", "CONTROL", "MacroFailed", "MacroNode", "running_macro_node"]

BUCKET: Final = "iac-state"
CONTROL: Final = "IAC"
_PLUGIN: Final = "dataiku-iac"
_DEADLINE_S: Final = 120.0


class MacroFailed(Exception):
    """A macro run ended in an error; the text is the node's."""


@dataclass(slots=True)
class MacroNode:
    """The node, its S3 server, and every answer and log that any run has given so far."""

    node: NodeProcess
    s3: S3Process
    client: Any
    texts: list[str] = field(default_factory=list)

    def run(self, macro: str, *, wait: bool = True, **params: Any) -> JsonObject:
        """Run ``macro`` in the control project over the public API and return the JSON twin of its page."""
        return read_twin(self.page(macro, wait=wait, **params))

    def page(self, macro: str, *, wait: bool = True, **params: Any) -> str:
        """Run ``macro`` and return its page."""
        handle = self.client.get_project(CONTROL).get_macro(f"pyrunnable_{_PLUGIN}_{macro}")
        run_id = handle.run(params=params, wait=wait)
        state = handle.get_status(run_id)
        deadline = time.monotonic() + _DEADLINE_S
        while state["running"]:
            assert time.monotonic() < deadline, f"{macro} did not end"
            time.sleep(0.1)
            state = handle.get_status(run_id)
        self.texts.append(self.log(run_id))
        failure = state.get("storedError") or state.get("resultError")
        if failure:
            self.texts.append(json.dumps(failure))
            raise MacroFailed(str(failure["message"]))
        with handle.get_result(run_id) as stream:
            page = stream.read().decode()
        self.texts.append(page)
        return str(page)

    def log(self, run_id: str) -> str:
        """Return what a run printed."""
        with urllib.request.urlopen(f"{self.node.url}/__emulator/macros/{run_id}/log") as answer:  # noqa: S310
            return str(answer.read().decode())

    def choices(self, macro: str, param: str, **config: Any) -> list[dict[str, str]]:
        """Return what the form of ``macro`` offers for ``param``."""
        answer = self.client._perform_json(
            "POST",
            f"/../../__emulator/projects/{CONTROL}/runnables/pyrunnable_{_PLUGIN}_{macro}/choices/{param}",
            body={"config": config},
        )
        found: list[dict[str, str]] = answer["choices"]
        return found

    def put_files(self, files: dict[str, str], *, folder: str) -> None:
        """Write configuration files to the library of the control project, below ``folder``."""
        for path, text in files.items():
            self.client._perform_empty(
                "POST", f"/projects/{CONTROL}/libraries/contents/{folder}/{path}", raw_body=text.encode()
            )

    def stored(self) -> dict[str, bytes]:
        """Return every object of the bucket by key."""
        s3 = self.s3.client()
        found: dict[str, bytes] = {}
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET):
            for item in page.get("Contents", []):
                found[item["Key"]] = s3.get_object(Bucket=BUCKET, Key=item["Key"])["Body"].read()
        return found


@contextmanager
def running_macro_node(root: Path) -> Iterator[MacroNode]:
    """Start an S3 server and a Design node, install the plugin through the official client, stop both at the end."""
    (root / "node").mkdir()
    with start_s3() as s3, start_node(root / "node", s3_endpoint=s3.endpoint) as node:
        s3.create_bucket(BUCKET)
        client = DSSClient(node.url, api_key=node.api_key)
        _wire(client, node, s3, root)
        yield MacroNode(node, s3, client)


def _wire(client: Any, node: NodeProcess, s3: S3Process, root: Path) -> None:
    params = {
        "credentialsMode": "KEYPAIR",
        "accessKey": s3.access_key,
        "secretKey": s3.secret_key,
        "regionOrEndpoint": s3.endpoint,
        "defaultManagedBucket": BUCKET,
    }
    client.create_connection("s3_state", "EC2", params)
    project = client.create_project(CONTROL, "Infrastructure as code", "admin")
    folder = project.create_managed_folder("state", connection_name="s3_state")
    settings = folder.get_settings()
    settings.get_raw()["params"].update({"bucket": BUCKET, "path": "/iac"})
    settings.save()
    project.create_managed_folder("files")
    with build_plugin(root / "plugin.zip").open("rb") as archive:
        client.install_plugin_from_archive(archive)
    plugin = client.get_plugin(_PLUGIN)
    env = plugin.create_code_env().wait_for_result()
    assert not env["messages"]["error"], env
    settings = plugin.get_settings()
    settings.set_code_env(env["envName"])
    settings.settings["config"]["git_allowed"] = ["file://"]
    nodes = settings.get_parameter_set("dss-node")
    for name, values in {
        "self": {"node_name": "prod", "url": node.url, "api_key": node.api_key},
        "wrong-key": {"node_name": "prod", "url": node.url, "api_key": "dkuaps-planted-wrong-key"},
        "unreachable": {"node_name": "prod", "url": "http://127.0.0.1:9", "api_key": "dkuaps-planted-key"},
    }.items():
        nodes.create_preset(name).plugin_config.update(values)
    states = settings.get_parameter_set("state-store")
    states.create_preset("folder").plugin_config.update({"managed_folder": f"{CONTROL}.state"})
    states.create_preset("bucket").plugin_config.update(
        {
            "bucket": BUCKET,
            "prefix": "other",
            "endpoint": s3.endpoint,
            "access_key": s3.access_key,
            "secret_key": s3.secret_key,
        }
    )
    settings.save()
