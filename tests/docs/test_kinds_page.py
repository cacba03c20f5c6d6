"""docs/kinds.md is what the program is: written from the registry, its examples valid."""

from __future__ import annotations

import pytest
import yaml

from dataiku_iac.config.files import MemoryTree
from dataiku_iac.config.loading import load
from dataiku_iac.core.errors import ConfigError
from dataiku_iac.core.kind import Kind
from dataiku_iac.core.problem import Severity
from dataiku_iac.resources.registry import KINDS
from tools.kinds_page import PAGE, example_of, kinds_page

_EMPTY = {"worksheet": "[]"}
"""What a file holds that says nothing; it is a list of cards there."""


def test_page_is_as_the_registry_says() -> None:
    assert PAGE.read_text(encoding="utf-8") == kinds_page(), "run make kinds"


@pytest.mark.parametrize("kind", KINDS.kinds, ids=lambda kind: kind.name)
def test_example_is_valid(kind: Kind) -> None:
    """What it names besides is not declared here, and files it names are empty; everything else must be right."""
    example = example_of(kind)
    declared = yaml.safe_load(example)
    assert set(declared) == {kind.section}
    head = "" if kind.section == "project" else "project: {key: CRM, name: Customers}\n"
    files = {"project.yml": head + example, **dict.fromkeys(_files_of(declared), _EMPTY.get(kind.name, "{}"))}
    try:
        load(MemoryTree(files), KINDS)
    except ConfigError as error:
        errors = [problem for problem in error.problems if problem.severity is Severity.ERROR]
        assert [problem for problem in errors if problem.code != "unresolved-reference"] == []


def _files_of(value: object) -> list[str]:
    if isinstance(value, dict):
        own = [
            item
            for key, item in value.items()
            if isinstance(item, str) and (key == "file" or str(key).endswith("_file"))
        ]
        return own + [path for item in value.values() for path in _files_of(item)]
    return [path for item in value for path in _files_of(item)] if isinstance(value, list) else []
