"""``dataiku-iac.yml``: what holds for the whole repository."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from dataiku_iac.config.files import SourceTree
from dataiku_iac.config.findings import Findings
from dataiku_iac.config.located import Located
from dataiku_iac.config.shapes import (
    check_keys,
    check_label,
    merge_documents,
    read_choice,
    read_mapping,
    read_text,
    refuse_unsupported,
)
from dataiku_iac.config.yaml_source import parse_yaml
from dataiku_iac.core.canonical import JsonObject
from dataiku_iac.core.errors import ConfigError

__all__ = ["SETTINGS_FILES", "Settings", "read_documents", "read_settings"]

SETTINGS_FILES: Final = ("dataiku-iac.yml", "dataiku-iac.yaml", ".dataiku/config.yml")
"""The first that exists is read."""

_UNSUPPORTED: Final = ("secrets", "policies", "marks")
_KEYS: Final = ("stack", "state", "default_environment", "variables", "naming", *_UNSUPPORTED)
_STATE_KEYS: Final = ("managed_folder", "s3", "directory")


@dataclass(frozen=True, slots=True)
class Settings:
    """The repository's settings.

    Attributes:
        stack: the unit with its own lease and history; empty if the file does not say.
        state: where the state lives, one of ``{"managed_folder": "IAC.state"}``, ``{"s3": {…}}``, ``{"directory": "…"}``;
            empty if the file does not say.
        default_environment: used when the user names none; may be empty.
        variables: name to value with its place, unresolved.
        naming: ``off``, ``warn`` or ``error``.
    """

    stack: str = ""
    state: JsonObject = field(default_factory=dict)
    default_environment: str = ""
    variables: Mapping[str, Located] = field(default_factory=dict)
    naming: str = "off"


def read_documents(tree: SourceTree, path: str, findings: Findings) -> list[Located]:
    """Return the YAML documents of a file; what is wrong with it is noted."""
    try:
        text = tree.read_text(path)
    except ConfigError as error:
        findings.extend(error.problems)
        return []
    return parse_yaml(text, path, findings)


def read_settings(tree: SourceTree, findings: Findings) -> Settings:
    """Read the settings file, if there is one."""
    path = next((path for path in SETTINGS_FILES if tree.exists(path)), None)
    if path is None:
        return Settings()
    entries = merge_documents(read_documents(tree, path, findings), path, findings)
    check_keys(entries, _KEYS, path, findings)
    refuse_unsupported(entries, _UNSUPPORTED, path, findings)
    state = read_mapping(entries.get("state"), "state", findings)
    check_keys(state, _STATE_KEYS, "state", findings)
    if len(state) > 1:
        findings.error(
            "not-allowed",
            f"state has {' and '.join(sorted(state))}",
            place=entries["state"].best_place,
            suggestion="keep the one place where the state lives",
        )
    stack = entries.get("stack")
    if stack is not None and stack.text is not None:
        check_label(stack.text, "stack", stack.place, findings)
    return Settings(
        stack=read_text(entries.get("stack"), "stack", findings),
        state={key: node.plain() for key, node in state.items()},
        default_environment=read_text(entries.get("default_environment"), "default_environment", findings),
        variables=read_mapping(entries.get("variables"), "variables", findings),
        naming=read_choice(entries.get("naming"), "naming", ("off", "warn", "error"), findings, default="off"),
    )
