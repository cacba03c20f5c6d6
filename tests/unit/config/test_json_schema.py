"""The schema for editors: valid itself, takes what the loader takes, and the copy in ``resource/`` is the current one."""

from __future__ import annotations

from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from dataiku_iac.commands.language_schema import main
from dataiku_iac.config.findings import Findings
from dataiku_iac.config.json_schema import language_schema, language_schema_text
from dataiku_iac.config.yaml_source import parse_yaml
from dataiku_iac.resources.registry import KINDS
from tests.kinds.declarations import declarations

COPY = Path(__file__).parents[3] / "resource" / "dataiku-iac.schema.json"
VALIDATOR = Draft202012Validator(dict(language_schema(KINDS)))
ALL = """\
version: "1.0"
project: {key: CRM, name: Customers, lifecycle: {protect: "{{ environment == 'prod' }}"}}
zones: [{name: raw}]
folders:
libraries: {python: lib/python/**}
datasets: [{name: A, type: Filesystem, depends_on: [zone.CRM.raw]}]
recipes: [{name: r, type: python, outputs: [A], code_file: r.py}]
wiki: [{name: Home, file: home.md}]
forget: [dataset.CRM.B]
"""


def errors(text: str) -> list[str]:
    (document,) = parse_yaml(text, "f.yml", Findings())
    return [error.json_path for error in VALIDATOR.iter_errors(document.plain())]


def test_the_schema_is_a_schema() -> None:
    Draft202012Validator.check_schema(dict(language_schema(KINDS)))


def test_every_section_is_in_it() -> None:
    assert errors(ALL) == []
    properties = language_schema(KINDS)["properties"]
    assert isinstance(properties, dict)
    assert {kind.section for kind in KINDS} <= set(properties)


@pytest.mark.parametrize(
    ("line", "path"),
    [
        ("datsets: []", "$"),
        ("datasets: [{name: A, conection: x}]", "$.datasets[0]"),
        ("datasets: [{type: x}]", "$.datasets[0]"),
        ("zones: [{name: a, lifecycle: {on_delete: keep}}]", "$.zones[0].lifecycle.on_delete"),
    ],
)
def test_what_the_loader_refuses_editors_mark(line: str, path: str) -> None:
    assert errors(f"{line}\n") == [path]


def test_it_takes_every_declared_example() -> None:
    for declaration in declarations().values():
        section = declaration.kind.section
        for spec in declaration.specs:
            body = {section: dict(spec.entry) if section == "project" else [dict(spec.entry)]}
            assert [error.message for error in VALIDATOR.iter_errors(body)] == [], str(spec)


def test_the_copy_for_editors_is_current(tmp_path: Path) -> None:
    """If this fails: ``python -m dataiku_iac.commands.language_schema resource/dataiku-iac.schema.json``."""
    assert main([str(tmp_path / "new.json")]) == 0
    assert (tmp_path / "new.json").read_text("utf-8") == language_schema_text(KINDS)
    assert COPY.read_text("utf-8") == language_schema_text(KINDS)


def test_the_command_says_how_it_is_called(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert "usage:" in capsys.readouterr().err
