"""Every command and example of README and docs is executed: an example that nobody runs is wrong sooner or later."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from dataiku_iac.config.files import MemoryTree
from dataiku_iac.config.loading import load
from dataiku_iac.core.result import RunStatus
from dataiku_iac.resources.registry import KINDS
from emulator.launch import start_node
from tests.laws.two_nodes import Carrier
from tools.local_nodes import CONTROL_PROJECT, EXAMPLE, PLUGIN, LocalNodes, load_example, running_nodes
from tools.macros import run_macro

ROOT = Path(__file__).resolve().parents[2]
# docs/kinds.md is written from the registry; test_kinds_page.py sees to its examples.
PAGES = [ROOT / "README.md", *sorted(page for page in (ROOT / "docs").glob("*.md") if page.name != "kinds.md")]


def blocks(page: Path, language: str) -> Iterator[str]:
    yield from re.findall(rf"^```{language}\n(.*?)^```", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


def all_blocks(language: str) -> list[Any]:
    return [
        pytest.param(block, id=f"{page.name}-{i}") for page in PAGES for i, block in enumerate(blocks(page, language))
    ]


@pytest.mark.parametrize("block", all_blocks("bash"))
def test_shell_commands_are_targets_of_the_makefile(block: str) -> None:
    for line in block.splitlines():
        command = line.split("#")[0].split()
        assert command[0] == "make", f"cannot check: {line}"
        subprocess.run(["make", "--dry-run", *command[1:]], cwd=ROOT, check=True, capture_output=True)


def test_make_words_in_the_text_are_targets() -> None:
    targets = set(re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = {word for page in PAGES for word in re.findall(r"`make ([a-z-]+)`", page.read_text(encoding="utf-8"))}
    assert named <= targets


def test_links_lead_somewhere() -> None:
    for page in PAGES:
        for link in re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8")):
            assert "://" in link or (page.parent / link).exists(), f"{page.name}: {link}"


def project_blocks() -> list[Any]:
    return [param for param in all_blocks("yaml") if "project" in yaml.safe_load(str(param.values[0]))]


def environment_blocks() -> list[Any]:
    return [param for param in all_blocks("yaml") if "environment" in yaml.safe_load(str(param.values[0]))]


def test_every_yaml_block_is_executed_by_one_of_the_tests_below() -> None:
    assert len(project_blocks()) + len(environment_blocks()) == len(all_blocks("yaml"))


@pytest.mark.parametrize("block", project_blocks())
def test_declared_project_is_applied_and_then_as_declared(block: str, tmp_path: Path) -> None:
    with start_node(tmp_path / "node") as node:
        if block.startswith("# on DSS 15"):
            node.set_profile(dss_version="15.0.0")
        carrier = Carrier(node, "readme", tmp_path / "state")
        configuration = carrier.load({"project.yml": block})
        assert carrier.apply(carrier.plan(configuration)).status is RunStatus.OK
        assert carrier.plan(configuration).is_empty


@pytest.mark.parametrize("block", environment_blocks())
def test_environment_remaps_the_example(block: str) -> None:
    files = {
        "dataiku-iac.yml": (EXAMPLE / "dataiku-iac.yml").read_text(),
        "projects/RETAIL.yml": "project: {key: RETAIL}\ndatasets:\n  - {name: a, type: Filesystem, connection: sales_files}\n",
        "environments/prod.yml": block,
    }
    loaded = load(MemoryTree(files), KINDS, environment=yaml.safe_load(block)["environment"])
    specs = {address.name: resource.spec for address, resource in loaded.configuration.resources.items()}
    assert specs["a"]["connection"] == "sales_files_prod"


@pytest.fixture(scope="module")
def nodes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalNodes]:
    with running_nodes(tmp_path_factory.mktemp("nodes")) as running:
        load_example(running.design_1)
        client = running.client(running.design_1)
        presets = client.get_plugin(PLUGIN).get_settings()
        preset = presets.get_parameter_set("dss-node").create_preset("prod", with_defaults=True)
        target = running.automation
        preset.plugin_config.update({"node_name": "automation", "url": target.url, "api_key": target.api_key})
        presets.save()
        run_macro(client, "import-project", {"project": "RETAIL", "destination": "library"})
        library = client.get_project(CONTROL_PROJECT).get_library()
        for name in ("dataiku-iac.yml", "environments/prod.yml"):
            (library.get_file(f"iac/{name}") or library.add_file(f"iac/{name}")).write((EXAMPLE / name).read_text())
        yield running


@pytest.mark.parametrize("block", all_blocks("python"))
def test_python_blocks_run_against_a_node(nodes: LocalNodes, block: str) -> None:
    names: dict[str, Any] = {"client": nodes.client(nodes.design_1)}
    exec(block, names)  # noqa: S102  our own documents
    assert names["twin"]["summary"]["create"] > 40
