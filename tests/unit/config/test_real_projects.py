"""Real projects, as import declares them: written as files, loaded again, the same specs; also after remapping."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

import pytest

from dataiku_iac.config.files import MemoryTree
from dataiku_iac.config.loading import load_configuration
from dataiku_iac.config.writing import write_project
from dataiku_iac.core.address import Address
from dataiku_iac.core.canonical import JsonObject
from dataiku_iac.core.mentions import find_mentions
from dataiku_iac.core.problem import Problem, Severity
from dataiku_iac.resources.registry import KINDS
from tests.laws.real_documents import REAL_PROJECTS, real_documents

pytestmark = pytest.mark.skipif(not REAL_PROJECTS.exists(), reason="the real projects are not beside this repository")


@pytest.fixture(scope="module")
def projects() -> Mapping[str, Mapping[Address, JsonObject]]:
    found: dict[str, dict[Address, JsonObject]] = {}
    for example in real_documents():
        spec = example.kind.declare(example.document, example.address)
        found.setdefault(example.address.project, {})[example.address] = spec
    return found


def unexpected(warnings: Sequence[Problem]) -> list[Problem]:
    """Return what is wrong besides missing checks, and insights that outlived what they show."""
    return [
        problem
        for problem in warnings
        if problem.code != "no-checks"
        and not (problem.code == "unresolved-reference" and problem.address.startswith("insight."))
    ]


def test_every_real_project_survives_writing_and_loading(
    projects: Mapping[str, Mapping[Address, JsonObject]],
) -> None:
    assert projects
    for project, declared in projects.items():
        files = write_project(list(declared.items()), KINDS)
        loaded = load_configuration(MemoryTree(files), KINDS)
        assert {address: resource.spec for address, resource in loaded.resources.items()} == declared, project
        assert not unexpected(loaded.warnings)
        assert all(problem.severity is Severity.WARNING for problem in loaded.warnings)


def test_every_connection_and_project_key_can_be_remapped(
    projects: Mapping[str, Mapping[Address, JsonObject]],
) -> None:
    """After remapping, no declared document names an old connection, and nothing else has changed."""
    for project, declared in projects.items():
        connections = {
            mentioned.value
            for address, spec in declared.items()
            for mentioned in find_mentions(KINDS[address.kind].expand(spec, address), KINDS[address.kind].mentions)
            if mentioned.sort == "connection"
        }
        environment = {
            "remap": {"connections": {name: f"new_{name}" for name in sorted(connections)}},
            "projects": {project: {"key": f"{project}_PRD"}},
        }
        files = {
            **write_project(list(declared.items()), KINDS),
            "environments/prod.yml": json.dumps(environment),
        }
        loaded = load_configuration(MemoryTree(files), KINDS, environment="prod")
        assert not unexpected(loaded.warnings), project
        left = json.dumps([resource.spec for resource in loaded.resources.values()], sort_keys=True)
        before = json.dumps([declared[Address(a.kind, project, a.name)] for a in loaded.resources], sort_keys=True)
        for name in connections:
            left = left.replace(f'"new_{name}"', f'"{name}"')
        assert left == before.replace(f'"{project}.', f'"{project}_PRD.')
