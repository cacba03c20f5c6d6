"""What an environment changes in specs: names of connections, code envs, …, project keys, and default connections."""

from __future__ import annotations

from typing import Final

from dataiku_iac.config.environments import REMAP_SORTS, Environment
from dataiku_iac.config.findings import Findings
from dataiku_iac.core.address import Address
from dataiku_iac.core.canonical import JsonObject, is_object
from dataiku_iac.core.kind import Document, Kind
from dataiku_iac.core.mentions import rewrite_mentions

__all__ = ["Remapping"]

_DONE: Final = "\0"  # marks what is renamed already: two rows of a table may name one place, and a and b may be swapped

_FOREIGN: Final = frozenset({"computable", "dataset", "folder", "recipe", "scenario"})
"""Sorts of things that another project's name may stand before: ``CRM.ORDERS``."""


class Remapping:
    """Applies one environment to entries and remembers which of its lines were of use."""

    def __init__(self, environment: Environment) -> None:
        self._environment = environment
        self._used: set[tuple[str, str]] = set()
        self._active = bool(environment.projects) or any(environment.remap.values())

    def address(self, declared: Address) -> Address:
        """Return the address that a declared one has in this environment."""
        key = self._environment.project_key(declared.project)
        if key != declared.project:
            self._used.add(("project", declared.project))
        return Address(declared.kind, key, declared.name)

    def document(self, document: Document, kind: Kind) -> Document:
        """Return an expanded document with every name at a place of ``Kind.mentions`` replaced."""
        if not self._active:
            return document
        marked = rewrite_mentions(document, kind.mentions, self._rename)
        done = rewrite_mentions(marked, kind.mentions, lambda _, value: value.removeprefix(_DONE))
        return done if is_object(done) else document

    def with_default_connection(self, spec: JsonObject, kind: Kind) -> JsonObject:
        """Return the spec of a managed dataset or folder that names no connection with the environment's default."""
        wanted = ""
        if kind.name == "dataset" and (spec.get("managed") is True or spec.get("type") == "managed"):
            wanted = self._environment.managed_connection
        elif kind.name == "folder":
            wanted = self._environment.managed_folder_connection
        params = spec.get("params")
        named = "connection" in spec or (is_object(params) and "connection" in params)
        return {**spec, "connection": wanted} if wanted and not named else spec

    def _rename(self, sort: str, value: str) -> str:
        target = self._environment.remap.get(sort, {}).get(value)
        if target is not None:
            self._used.add((sort, value))
            return _DONE + target
        if sort == "project":
            project, dot, rest = value, "", ""
        else:
            project, dot, rest = value.partition(".")
            if not dot or sort not in _FOREIGN:
                return value
        key = self._environment.projects.get(project)
        if key is None or value.startswith(_DONE):
            return value
        self._used.add(("project", project))
        return f"{_DONE}{key}{dot}{rest}"

    def warn_unused(self, findings: Findings) -> None:
        """Note every line of ``remap`` and ``projects`` that changed nothing: it is a typing error or a leftover."""
        lines = [
            (f"remap.{key}.{source}", sort, source)
            for key, sort in REMAP_SORTS.items()
            for source in self._environment.remap.get(sort, {})
        ]
        lines += [(f"projects.{key}", "project", key) for key in self._environment.projects]
        for path, sort, source in lines:
            if (sort, source) not in self._used:
                findings.warning(
                    "unused-remap",
                    f'no {sort} "{source}" is named anywhere',
                    place=self._environment.places.get(path),
                    suggestion="correct or remove the line",
                )
