"""What can be said of one entry: credentials, fields that DSS owns, names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from dataiku_iac.config.findings import Findings
from dataiku_iac.config.located import Located
from dataiku_iac.core.address import Address
from dataiku_iac.core.canonical import ATOMS, Json, is_list, is_object
from dataiku_iac.core.fields import RulesNode
from dataiku_iac.core.kind import Document, Kind, Registry
from dataiku_iac.core.resource import Resource
from dataiku_iac.core.secret import looks_secret

__all__ = ["MAX_PROJECT_KEY", "PROJECT_KEY", "check_checks", "check_hidden", "check_name", "check_project_key"]

PROJECT_KEY: Final = re.compile(r"[A-Z][A-Z0-9_]*")
MAX_PROJECT_KEY: Final = 100

_NAMING: Final[Mapping[str, tuple[re.Pattern[str], str]]] = {
    "dataset": (re.compile(r"[^a-z]+"), "UPPERCASE"),
    "recipe": (re.compile(r"[a-z0-9_]+"), "lowercase_with_underscores"),
}
"""Conventions of the field, off by default: DSS accepts any case. Kind to what a name must match, and its name."""


def check_name(resource: Resource, naming: str, findings: Findings) -> None:
    """Note a name that does not follow the convention, as ``naming`` (``off``, ``warn``, ``error``) wants."""
    rule = _NAMING.get(resource.address.kind)
    if naming == "off" or rule is None or rule[0].fullmatch(resource.address.name):
        return
    note = findings.error if naming == "error" else findings.warning
    note(
        "naming",
        f'"{resource.address.name}" is not {rule[1]}',
        place=resource.place_of("name"),
        address=resource.address,
        suggestion="rename it, or set naming: off in dataiku-iac.yml",
    )


def check_project_key(key: str, node: Located, naming: str, findings: Findings) -> None:
    """Note a project key that is not of the usual form; a warning at least, as a key can never be changed."""
    if PROJECT_KEY.fullmatch(key) and len(key) <= MAX_PROJECT_KEY:
        return
    note = findings.error if naming == "error" else findings.warning
    note(
        "naming",
        f'project key "{key}"',
        place=node.best_place,
        address=Address("project", key),
        suggestion=f"use A-Z, 0-9 and _, begin with a letter, at most {MAX_PROJECT_KEY} characters",
    )


def check_checks(resources: Mapping[Address, Resource], registry: Registry, findings: Findings) -> None:
    """Note datasets without data-quality checks: in one warning, as a new project has many of them."""
    bare = [
        resource
        for address, resource in sorted(resources.items())
        if address.kind == "dataset"
        and "checks" in _properties(registry[address.kind])
        and not resource.spec.get("checks")
    ]
    if bare:
        names = ", ".join(str(resource.address) for resource in bare[:5])
        more = f" and {len(bare) - 5} more" if len(bare) > 5 else ""
        findings.warning(
            "no-checks",
            names + more,
            place=bare[0].place,
            suggestion="data-quality rules stand under checks: of the dataset",
        )


def _properties(kind: Kind) -> Mapping[str, Json]:
    properties = kind.schema.get("properties")
    return properties if is_object(properties) else {}


def check_hidden(document: Document, kind: Kind, entry: Located, address: Address, findings: Findings) -> None:
    """Note every declared field that would never be written: credentials, what DSS owns, noise of its editors.

    ``document`` is what the entry expands to. Fields that only the address says (``projectKey``) are no offence.
    """
    for path, value, node in _hidden(document, kind.rules_for(document).root, ()):
        key = path[-1]
        written = next((found for where, found in entry.walk() if _last_key(where) == key), None)
        if written is None and value in (address.name, address.project):
            continue
        place = (written.key_place or written.place) if written else entry.best_place
        rule = node.child(key).field
        if looks_secret(key, value) or rule.secret:
            findings.error(
                "clear-secret",
                f"{'.'.join(path[1:] or path)} holds a credential",
                place=place,
                address=address,
                suggestion="leave it out, what stands on the node is kept; change the secret if this file was committed",
            )
        elif rule.server_owned:
            findings.error(
                "server-owned",
                f"{'.'.join(path[1:] or path)}: {node.reason(key, value)}",
                place=place,
                address=address,
                suggestion="leave it out",
            )
        else:
            findings.warning(
                "no-effect",
                f"{'.'.join(path[1:] or path)}: {node.reason(key, value)}",
                place=place,
                address=address,
                suggestion="leave it out",
            )


def _last_key(path: str) -> str:
    return path.rpartition(".")[2].partition("[")[0]


def _hidden(value: Json, node: RulesNode, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Json, RulesNode]]:
    if is_object(value):
        for key, item in value.items():
            if node.hides(key, item):
                yield (*path, key), item, node
            elif type(item) not in ATOMS:
                yield from _hidden(item, node.child(key), (*path, key))
    elif is_list(value):
        child = node.child("*")
        for item in value:
            if type(item) not in ATOMS:
                yield from _hidden(item, child, path)
