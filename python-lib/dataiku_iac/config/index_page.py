"""The page that an import writes beside the files of a project: what is there, where it stands, what reads and writes what."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import quote

from dataiku_iac.config.entries import LIBRARIES, PROJECT
from dataiku_iac.core.address import Address
from dataiku_iac.core.canonical import JsonObject
from dataiku_iac.core.kind import Kind, Registry
from dataiku_iac.core.resource import Relation
from dataiku_iac.core.result import ImportReport

__all__ = ["index_page"]

# An underscore inside a word is no mark.
_MARKS: Final = re.compile(r"[\\|\[\]<>*`]|(?<![^\W_])_|_(?![^\W_])")
_COLUMNS: Final = ("name", "type", "zone", "reads", "writes", "made by")


def index_page(
    project: str,
    entries: Sequence[tuple[Address, JsonObject]],
    places: Mapping[Address, str],
    registry: Registry,
    report: ImportReport | None,
) -> str:
    """Return the page as Markdown. ``places`` are paths relative to it; entries come in the order of their addresses."""
    lines = [f"# {_text(project)}", "", "Written by `dataiku-iac import`. These files declare:", ""]
    makers = _makers(entries, registry)
    sections: list[str] = []
    for kind in registry:
        own = [(address, spec) for address, spec in entries if address.kind == kind.name]
        if not own or kind.section == PROJECT:
            continue
        lines.append(f"* [{kind.section}](#{kind.section}): {len(own)}")
        if kind.section != LIBRARIES:
            sections += _section(kind, own, places, makers)
    return "\n".join([*lines, *_remarks(report), *sections]) + "\n"


def _makers(entries: Sequence[tuple[Address, JsonObject]], registry: Registry) -> Mapping[Address, str]:
    found: dict[Address, str] = {}
    for address, spec in entries:
        for reference in registry[address.kind].references(spec, address):
            if reference.relation is Relation.WRITES:
                found[reference.to] = address.name
    return found


def _section(
    kind: Kind,
    entries: Sequence[tuple[Address, JsonObject]],
    places: Mapping[Address, str],
    makers: Mapping[Address, str],
) -> list[str]:
    rows = [_row(kind, address, spec, places, makers) for address, spec in entries]
    if not any(cell for row in rows for cell in row[1:]):
        return ["", f"## {kind.section}", "", *(f"* {row[0]}" for row in rows)]
    used = [i for i, _ in enumerate(_COLUMNS) if i == 0 or any(row[i] for row in rows)]
    table = [[_COLUMNS[i] for i in used], ["---"] * len(used), *([row[i] for i in used] for row in rows)]
    return ["", f"## {kind.section}", "", *(f"| {' | '.join(cells)} |" for cells in table)]


def _row(
    kind: Kind, address: Address, spec: JsonObject, places: Mapping[Address, str], makers: Mapping[Address, str]
) -> Sequence[str]:
    named: dict[Relation, list[str]] = {}
    for reference in kind.references(spec, address):
        to = reference.to
        named.setdefault(reference.relation, []).append(
            to.name if to.project == address.project else f"{to.project}.{to.name}"
        )
    name = f"[{_text(address.name)}]({quote(places[address])})" if address in places else _text(address.name)
    plain = (spec.get("type"), spec.get("zone"))
    return (
        name,
        *(_text(value) if isinstance(value, str) else "" for value in plain),
        _text(", ".join(dict.fromkeys(named.get(Relation.READS, ())))),
        _text(", ".join(dict.fromkeys(named.get(Relation.WRITES, ())))),
        _text(makers.get(address, "")),
    )


def _remarks(report: ImportReport | None) -> list[str]:
    if report is None:
        return []
    lines: list[str] = []
    if report.by_hand:
        lines += ["", "Declared here, but to be made by hand on a node that lacks them:", ""]
        lines += [
            f"* {found.kind} ({len(found.names)}): {_names(found.names)}: {found.reason}" for found in report.by_hand
        ]
    if report.not_covered:
        lines += ["", "Not covered, so not in these files and never touched:", ""]
        lines += [
            f"* {found.what} ({len(found.names)}): {_names(found.names)}: {found.reason}"
            for found in report.not_covered
        ]
    if report.left_out:
        lines += ["", "Single fields left out:", ""]
        lines += [f"* {address} `{path}`: {reason}" for address, path, reason in report.left_out]
    return lines


def _names(names: Sequence[str]) -> str:
    return _text(", ".join(names))


def _text(text: str) -> str:
    """Return ``text`` so that Markdown shows it as it is, on one line."""
    return " ".join(_MARKS.sub(r"\\\g<0>", text).split())
