"""The program against a node: what it prints, what it writes, how it exits."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from dataikuapi import DSSClient

from dataiku_iac.core.plan import Plan
from emulator.launch import NodeProcess, start_node

_PROJECT = """\
version: "1.0"
project: {{key: {key}, name: By files, owner: admin}}
datasets:
  - {{name: ORDERS, type: managed, connection: filesystem_managed, format_type: csv}}
"""
_PROGRAM = "import sys; from dataiku_iac.commands.program import main; sys.exit(main())"


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NodeProcess]:
    with start_node(tmp_path_factory.mktemp("node")) as found:
        yield found


@dataclass
class Workspace:
    """A directory with files, a state and a node."""

    root: Path
    node: NodeProcess

    def run(self, *arguments: str, stdin: str = "", key: str = "") -> subprocess.CompletedProcess[str]:
        """Run the program as a user would."""
        environ = {
            **os.environ,
            "DATAIKU_IAC_NODE_DEFAULT_URL": self.node.url,
            "DATAIKU_IAC_NODE_DEFAULT_API_KEY": key or self.node.api_key,
            "HOME": str(self.root),
        }
        return subprocess.run(
            [sys.executable, "-c", _PROGRAM, *arguments],
            input=stdin,
            env=environ,
            cwd=self.root,
            capture_output=True,
            text=True,
            check=False,
        )

    @property
    def options(self) -> list[str]:
        """The options every command needs here."""
        return ["-c", "project.yml", "--state", "state"]


@pytest.fixture
def workspace(tmp_path: Path, node: NodeProcess) -> Workspace:
    (tmp_path / "project.yml").write_text(_PROJECT.format(key=f"P{tmp_path.name[-20:].upper()}"))
    node.clear_faults()
    node.clear_requests()
    return Workspace(tmp_path, node)


def test_whole_story(workspace: Workspace) -> None:
    run, options = workspace.run, workspace.options
    assert run("validate", *options).returncode == 0

    planned = run("plan", *options, "--check")
    assert planned.returncode == 7
    assert planned.stdout.startswith("Dataiku IaC Execution Plan\n\n+ project.")
    assert "Plan: 2 to create, 0 to update, 0 to destroy." in planned.stdout

    applied = run("apply", *options, "--auto-approve")
    assert applied.returncode == 0
    assert "Apply complete! Resources: 2 added, 0 changed, 0 destroyed." in applied.stdout

    again = run("plan", *options, "--check")
    assert again.returncode == 0
    assert "No changes. The node is as declared." in again.stdout
    assert run("drift", *options, "--check").returncode == 0
    assert "Recorded: 2 objects" in run("state", "show", *options).stdout

    key = json.loads(run("state", "show", *options, "--format", "json").stdout)["stack"]
    DSSClient(workspace.node.url, api_key=workspace.node.api_key).get_project(key).get_dataset("ORDERS").delete()
    drifted = run("drift", *options, "--check")
    assert drifted.returncode == 7
    assert "Deleted Resources: 1" in drifted.stdout

    imported = run("import", key, "--output", "out")
    assert imported.returncode == 0
    assert (workspace.root / "out" / "projects" / key / "project.yml").is_file()
    assert run("import", key, "--output", "out").returncode == 3
    assert run("import", key, "--output", "out", "--overwrite").returncode == 0


def test_explain_says_file_line_cause_and_rule(workspace: Workspace) -> None:
    run, options = workspace.run, workspace.options
    assert run("apply", *options, "--auto-approve").returncode == 0
    file = workspace.root / "project.yml"
    file.write_text(file.read_text().replace("format_type: csv", "format_type: csv, description: '${TEXT}'"))
    key = file.read_text().partition("key: ")[2].partition(",")[0]
    explained = run("explain", f"dataset.{key}.ORDERS", *options, "--var", "TEXT=orders of today")
    assert explained.returncode == 0, explained.stderr
    assert f"dataset.{key}.ORDERS: update" in explained.stdout
    assert 'description: (not set) => "orders of today"' in explained.stdout
    assert "    cause: you: the files say something else than at the last apply" in explained.stdout
    assert "    declared at: project.yml:4:" in explained.stdout
    assert 'rule: written as "${TEXT}"; TEXT is set at command line' in explained.stdout
    twin = json.loads(run("explain", f"dataset.{key}.ORDERS", *options, "--var", "TEXT=x", "--format", "json").stdout)
    assert twin["fields"][0]["class"] == "metadata"
    assert twin["fields"][0]["place"].startswith("project.yml:4:")
    unknown = run("explain", f"dataset.{key}.ORDRES", *options)
    assert unknown.returncode == 3
    assert f'did you mean "dataset.{key}.ORDERS"?' in unknown.stderr


def test_plan_only_reads(workspace: Workspace) -> None:
    before = sorted(workspace.root.rglob("*"))
    assert workspace.run("plan", *workspace.options).returncode == 0
    assert sorted(workspace.root.rglob("*")) == before
    assert {call["method"] for call in workspace.node.requests()} == {"GET"}


def test_apply_asks_and_takes_only_yes(workspace: Workspace) -> None:
    refused = workspace.run("apply", *workspace.options, stdin="y\n")
    assert refused.returncode == 1
    assert "Nothing was changed." in refused.stderr
    assert workspace.node.requests(effect=True) == []
    assert workspace.run("apply", *workspace.options, stdin="yes\n").returncode == 0


def test_plan_from_a_file_is_applied_as_written_and_only_once(workspace: Workspace) -> None:
    assert workspace.run("plan", *workspace.options, "--out", "plan.json").returncode == 0
    made = Plan.from_json(json.loads((workspace.root / "plan.json").read_text()), where="test")
    assert len(made.changes) == 2
    assert workspace.run("apply", *workspace.options, "--dry-run", "plan.json").returncode == 0
    assert workspace.node.requests(effect=True) == []
    assert workspace.run("apply", *workspace.options, "plan.json").returncode == 0
    again = workspace.run("apply", *workspace.options, "plan.json")
    assert again.returncode == 1
    assert "PLAN-STALE" in again.stderr


def test_same_plan_in_all_forms(workspace: Workspace) -> None:
    twin = json.loads(workspace.run("plan", *workspace.options, "--format", "json").stdout)
    assert twin["summary"]["create"] == 2
    assert "# Planned Changes" in workspace.run("plan", *workspace.options, "--format", "markdown").stdout
    assert workspace.run("plan", *workspace.options, "--format", "html").stdout.startswith("<!DOCTYPE html>")
    terraform = workspace.run("plan", *workspace.options, "--summary", "terraform").stdout
    assert terraform.startswith("Plan: 2 to add, 0 to change, 0 to destroy\n")


@pytest.mark.parametrize(
    "arguments",
    [
        ["plan", "--nope"],
        ["nope"],
        [],
        ["apply", "--parallelism", "0"],
        ["plan", "--var", "x"],
        ["plan", "--summary", "other"],
        ["import"],
    ],
)
def test_wrong_command_line_is_never_taken_for_changes(workspace: Workspace, arguments: list[str]) -> None:
    assert workspace.run(*arguments).returncode == 2


def test_exit_codes_of_failures(workspace: Workspace) -> None:
    run, options = workspace.run, workspace.options
    assert run("plan", *options, key="wrong").returncode == 4
    assert run("import", "NOWHERE", "--output", "out").returncode == 5
    assert run("drift", *options).returncode == 1
    (workspace.root / "project.yml").write_text("project: {key: X, colour: red}\n")
    wrong = run("plan", *options, "--format", "json")
    assert wrong.returncode == 3
    error = json.loads(wrong.stdout)
    assert error["kind"] == "error"
    assert error["problems"][0]["code"] == "unknown-key"
    assert error["problems"][0]["place"]["file"] == "project.yml"


def test_no_key_is_printed(workspace: Workspace) -> None:
    for key in ("planted-wrong-key", workspace.node.api_key):
        done = workspace.run("plan", *workspace.options, key=key)
        assert key not in done.stdout + done.stderr
