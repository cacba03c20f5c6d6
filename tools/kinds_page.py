"""Writes docs/kinds.md from the registry: ``make kinds``. A test compares, so that the page cannot fall behind the program."""

from __future__ import annotations

import inspect
import re
import sys
import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from dataiku_iac.core.canonical import Json, is_list, is_object
from dataiku_iac.core.kind import Kind
from dataiku_iac.resources.fragments import ENVELOPE, ENVELOPE_SCHEMA
from dataiku_iac.resources.registry import KINDS

__all__ = ["PAGE", "example_of", "kinds_page"]

PAGE: Final = Path(__file__).resolve().parents[1] / "docs" / "kinds.md"

_HEAD: Final = """# Kinds of objects

Written by `make kinds` from the registry of the program; do not edit.

Each kind says: the section of the configuration it stands in, an example, its fields, what DSS allows, and which fields of
DSS are not compared and why. Fields that are not listed here stand under `dss:` (or `params`) by DSS's own names, so that
nothing of an object is beyond reach. How values are written is told in [configuration.md](configuration.md).
Most have `description`, `short_description`, `tags`, `customFields`, `customMeta` and `checklists` too, and of none are compared:
`versionTag` and `creationTag` (they count saves), `projectKey`, `id` and `smartName` (the address says it), and of checklists
what is ticked off, by whom and when.
"""
_EVERYWHERE: Final = frozenset({*ENVELOPE_SCHEMA, "name"})
_HIDDEN_EVERYWHERE: Final = (*ENVELOPE, "id")


def kinds_page() -> str:
    """Return the page, e.g. ``# Kinds of objects …``."""
    contents = "\n".join(f"* [`{kind.section}`](#{kind.name.replace('_', '-')}): {_title(kind)}" for kind in KINDS)
    return "\n".join([_HEAD, contents, "", *(_section(kind) for kind in KINDS)])


def example_of(kind: Kind) -> str:
    """Return the example of the kind's module: the first indented block of its docstring.

    Raises:
        ValueError: its docstring has none.
    """
    found = re.search(r"::\n\n((?:    .*\n|\n)+)", _module_doc(kind))
    if found is None:
        raise ValueError(f"{type(kind).__module__}: the docstring shows no example")
    return textwrap.dedent(found.group(1)).strip() + "\n"


def _module_doc(kind: Kind) -> str:
    module = inspect.getmodule(type(kind))
    return inspect.cleandoc((module.__doc__ if module else "") or "") + "\n"


def _title(kind: Kind) -> str:
    """Return the first sentence of the module without its sources, e.g. ``Flow zones: parts of a project's flow …``."""
    first = _module_doc(kind).split("\n\n")[0].replace("\n", " ")
    return re.sub(r"\s*\((facts|source)s?:[^)]*\)", "", first, flags=re.IGNORECASE).strip().rstrip(".") + "."


def _section(kind: Kind) -> str:
    lines = [f"## {kind.name.replace('_', ' ')}", "", _title(kind), "", "```yaml", example_of(kind).rstrip(), "```", ""]
    lines += [f"* {fact}" for fact in _facts(kind)]
    lines += ["", "| field | value | |", "|---|---|---|"]
    lines += [
        f"| `{name}` | {_type(schema)} | {_cell(_text(schema, 'description'))} |" for name, schema in _fields(kind)
    ]
    hidden = list(_not_compared(kind))
    if hidden:
        lines += ["", "Not compared:", "", *(f"* `{path}`: {reason}" for path, reason in hidden)]
    return "\n".join([*lines, ""])


def _facts(kind: Kind) -> Iterator[str]:
    if kind.chosen_by_server:
        named = f"; other objects name it `{kind.prefix}NAME`" if kind.prefix else ""
        yield f"DSS chooses the id; files say the name{named}"
    if kind.protects_data:
        yield "deleting one can lose data: `lifecycle: {on_delete: …}` says what becomes of them"
    if kind.falls_with:
        yield f"DSS deletes it along with a {' or '.join(sorted(kind.falls_with))} that it uses; the plan says so"
    immutable = sorted(path for path, row in kind.table.items() if row.immutable)
    if immutable:
        yield f"a change of {', '.join(f'`{path}`' for path in immutable)} replaces the object: DSS cannot change it"
    for verb, reason in kind.limits.items():
        yield f"{verb}: by hand only: {reason}"
    if kind.files:
        keys = ", ".join(f"`{field.key}` (`{field.file_key}: PATH`)" for field in kind.files)
        yield f"texts that may stand in files of their own: {keys}"
    yield f"calls that write: {' and '.join(f'`{part}`' for part in kind.parts)}, one each"


def _fields(kind: Kind) -> Iterator[tuple[str, Mapping[str, Json]]]:
    properties = kind.schema.get("properties")
    for name, schema in properties.items() if is_object(properties) else ():
        if name in _EVERYWHERE and kind.name != "project":
            continue
        yield name, schema if is_object(schema) else {}


def _type(schema: Mapping[str, Json]) -> str:
    if is_list(choices := schema.get("enum")):
        return _cell(", ".join(f"`{choice}`" for choice in choices))
    for key in ("oneOf", "anyOf"):
        if is_list(options := schema.get(key)):
            return " or ".join(dict.fromkeys(_type(option) for option in options if is_object(option)))
    if "const" in schema:
        return f"`{schema['const']}`"
    found = schema.get("type", "any")
    names = [str(name) for name in found] if is_list(found) else [str(found)]
    items = schema.get("items")
    if names == ["array"] and is_object(items):
        return f"list of {_type(items)}"
    return " or ".join({"array": "list", "string": "text"}.get(name, name) for name in names)


def _text(schema: Mapping[str, Json], key: str) -> str:
    value = schema.get(key)
    return value if isinstance(value, str) else ""


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _not_compared(kind: Kind) -> Iterator[tuple[str, str]]:
    for path, row in sorted(kind.table.items()):
        if row.hidden and row.reason and not path.endswith(tuple(f".{known}" for known in _HIDDEN_EVERYWHERE)):
            yield path, row.reason


if __name__ == "__main__":
    PAGE.write_text(kinds_page(), encoding="utf-8")
    sys.stdout.write(f"wrote {PAGE.name}\n")
