"""Reads the declarations of kinds beside this module; the format is in README.md."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from dataiku_iac.config.findings import Findings
from dataiku_iac.config.yaml_source import parse_yaml
from dataiku_iac.core.address import Address
from dataiku_iac.core.canonical import JsonObject
from dataiku_iac.core.kind import Document, Kind
from dataiku_iac.resources.registry import KINDS

__all__ = ["PROJECT", "Change", "Declaration", "Example", "Life", "Spec", "address_of", "declarations", "spec_of"]

PROJECT = "CRM"
_HERE = Path(__file__).parent
_NAME_KEYS = {"project": "key", "library": "path"}


@dataclass(frozen=True, slots=True)
class Example:
    """A whole document, where it comes from, and its address."""

    kind: Kind
    source: str
    address: Address
    document: Document

    def __str__(self) -> str:
        return f"{self.kind.name}:{self.source}"


@dataclass(frozen=True, slots=True)
class Spec:
    """One entry as in YAML."""

    kind: Kind
    source: str
    entry: JsonObject

    @property
    def address(self) -> Address:
        """Its address in the test project."""
        return address_of(self.kind, self.entry)

    @property
    def spec(self) -> JsonObject:
        """The entry without what the address says."""
        return spec_of(self.kind, self.entry)

    def __str__(self) -> str:
        return f"{self.kind.name}:{self.source}"


@dataclass(frozen=True, slots=True)
class Change:
    """A value ``to`` at ``path``, of a spec or of a document."""

    example: Example
    path: str
    to: Any

    def __str__(self) -> str:
        return f"{self.example}:{self.path}"


@dataclass(frozen=True, slots=True)
class Life:
    """What happens to one object on a node, told by ``tests/stories/test_each_kind.py``; one of the ``life`` of a declaration.

    Attributes:
        entry: as in YAML, with its name; ``specs.minimal`` unless said.
        beside: entries by section that the project has besides zones ``raw`` and ``gold`` and datasets ``IN``, ``IN2``, ``OUT``.
        given: files of a project tree by path, which somebody made in DSS before: the entry is adopted instead of created.
        profile: switches of the emulated node, e.g. its version.
        additions: by a name for failures, what is laid over the entry and taken away again.
        stays: additions that remain on the node when they are no longer declared.
        replaces: additions that DSS cannot change: the object is made anew.
    """

    kind: Kind
    source: str
    entry: JsonObject
    beside: Mapping[str, Sequence[JsonObject]]
    given: Mapping[str, Any]
    profile: Mapping[str, Any]
    additions: Mapping[str, JsonObject]
    stays: Sequence[str]
    replaces: Sequence[str]

    def __str__(self) -> str:
        return f"{self.kind.name}:{self.source}"


@dataclass(frozen=True, slots=True)
class Declaration:
    """All of one file."""

    kind: Kind
    specs: Sequence[Spec]
    invalid: Sequence[Spec]
    documents: Mapping[str, Example]
    same: Sequence[Change] = field(default_factory=tuple)
    changes: Sequence[Change] = field(default_factory=tuple)
    lives: Sequence[Life] = field(default_factory=tuple)


def address_of(kind: Kind, entry: JsonObject) -> Address:
    """Return the address that an entry declares."""
    name = str(entry[_NAME_KEYS.get(kind.name, "name")])
    return Address(kind.name, name) if kind.name == "project" else Address(kind.name, PROJECT, name)


def spec_of(kind: Kind, entry: JsonObject) -> JsonObject:
    """Return the entry without its name; the ``name`` of a project is its display name and stays."""
    key = _NAME_KEYS.get(kind.name, "name")
    return {name: value for name, value in entry.items() if name != key}


@cache
def declarations() -> Mapping[str, Declaration]:
    """Return the declarations by kind."""
    return {path.stem: _read(path) for path in sorted(_HERE.glob("*.yml"))}


def _read(path: Path) -> Declaration:
    findings = Findings()
    (found,) = parse_yaml(path.read_text("utf-8"), path.name, findings)
    raw: Any = found.plain()  # as the product reads YAML: `on` is a text
    unknown = set(raw) - {"kind", "specs", "invalid", "documents", "same", "changes", "life"}
    if unknown or raw["kind"] != path.stem:
        raise ValueError(f"{path.name}: kind must be {path.stem}; unknown keys: {sorted(unknown)}")
    kind = KINDS[raw["kind"]]
    documents = dict(_examples(kind, raw.get("documents") or {}))
    return Declaration(
        kind=kind,
        specs=[Spec(kind, source, entry) for source, entry in raw["specs"].items()],
        invalid=[Spec(kind, source, entry) for source, entry in (raw.get("invalid") or {}).items()],
        documents=documents,
        same=[Change(documents[item["document"]], item["path"], item["to"]) for item in raw.get("same") or ()],
        changes=[Change(documents[item["document"]], item["path"], item["to"]) for item in raw.get("changes") or ()],
        lives=[_life(kind, source, item, raw["specs"]) for source, item in (raw.get("life") or {}).items()],
    )


def _life(kind: Kind, source: str, raw: Mapping[str, Any], specs: Mapping[str, JsonObject]) -> Life:
    unknown = set(raw) - {"entry", "beside", "given", "profile", "additions", "stays", "replaces"}
    additions = raw.get("additions") or {}
    named = {*(raw.get("stays") or ()), *(raw.get("replaces") or ())}
    if unknown or not named <= set(additions):
        raise ValueError(f"{kind.name}.yml: life {source}: unknown: {sorted(unknown | (named - set(additions)))}")
    return Life(
        kind=kind,
        source=source,
        entry=raw.get("entry") or specs["minimal"],
        beside=raw.get("beside") or {},
        given=raw.get("given") or {},
        profile=raw.get("profile") or {},
        additions=additions,
        stays=raw.get("stays") or (),
        replaces=raw.get("replaces") or (),
    )


def _examples(kind: Kind, raw: Mapping[str, Any]) -> Iterator[tuple[str, Example]]:
    for source, item in raw.items():
        address = Address(kind.name, PROJECT, item.get("name", ""))
        yield source, Example(kind, source, address, item["document"])
