"""Specs to the tree of files that import writes; loading it gives the same specs.

::

    projects/CRM/project.yml   index.md   zones.yml   folders.yml   libraries.yml   wiki.yml
    projects/CRM/datasets/ORDERS.yml   recipes/prep.yml   recipes/prep.py   lib/python/a.py   wiki/Home.md
"""

from __future__ import annotations

import json
import posixpath
from collections.abc import Mapping, Sequence
from typing import Final

from dataiku_iac.config.entries import LIBRARIES, PROJECT, name_key
from dataiku_iac.config.file_names import allocate_stems, is_leftover, is_safe_path, safe_stem
from dataiku_iac.config.index_page import index_page
from dataiku_iac.config.variables import escape_text
from dataiku_iac.config.yaml_text import write_yaml
from dataiku_iac.core.address import Address
from dataiku_iac.core.canonical import Json, JsonObject, is_list, is_object
from dataiku_iac.core.errors import ConfigError
from dataiku_iac.core.kind import FileField, Kind, Registry
from dataiku_iac.core.result import ImportReport

__all__ = ["write_entry", "write_project"]

_LIBRARY_FOLDER: Final = "lib"

_SHORT: Final = 20
"""JSON of up to so many lines is read more easily in its entry than in a file of its own."""


def write_project(
    resources: Sequence[tuple[Address, JsonObject]], registry: Registry, *, report: ImportReport | None = None
) -> Mapping[str, str]:
    """Return the files that declare ``resources``, by path.

    Texts are to be written as they are, without any change of line ends. The same resources give the same files
    whatever their order. ``report`` adds to the index what import left out, and why.

    Raises:
        ConfigError: a text cannot be written as UTF-8.
    """
    files: dict[str, str] = {}
    for project in sorted({address.project for address, _ in resources}):
        own = sorted(((a, spec) for a, spec in resources if a.project == project), key=lambda entry: entry[0])
        places: dict[Address, str] = {}
        folder = f"projects/{safe_stem(project)}"
        for kind in registry:
            entries = [(address, spec) for address, spec in own if address.kind == kind.name]
            if entries:
                writer = _SectionWriter(kind, folder, [address.name for address, _ in entries])
                files |= writer.write(entries)
                places |= {address: posixpath.relpath(writer.place_of(address), folder) for address, _ in entries}
        files[f"{folder}/index.md"] = index_page(project, own, places, registry, report)
    for path, text in files.items():
        _check_text(path, text)
    return dict(sorted(files.items()))


def _check_text(path: str, text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise ConfigError(
            "a text holds half of a surrogate pair, which cannot be written as UTF-8",
            where=f"{path}, character {error.start + 1}",
            next_step="correct the text on the node",
        ) from error


def write_entry(kind: Kind, address: Address, spec: JsonObject) -> str:
    """Return one entry as YAML, as it would stand in a file of its own, with its texts inside."""
    return write_yaml(_entry(kind, address, spec), schema=_entry_schema(kind))


class _SectionWriter:
    """Writes the entries of one kind in one project's folder."""

    def __init__(self, kind: Kind, folder: str, names: Sequence[str]) -> None:
        self._kind = kind
        self._folder = folder
        self._stems = allocate_stems(names)

    def write(self, entries: Sequence[tuple[Address, JsonObject]]) -> dict[str, str]:
        section = self._kind.section
        if section == PROJECT:
            ((address, spec),) = entries
            body: dict[str, Json] = {"version": "1.0", PROJECT: _entry(self._kind, address, spec)}
            schema: JsonObject = {"properties": {"version": {}, PROJECT: _entry_schema(self._kind)}}
            return {f"{self._folder}/project.yml": write_yaml(body, schema=schema)}
        if section == LIBRARIES:
            return self._libraries(entries)
        files: dict[str, str] = {}
        listed: list[Json] = []
        for address, spec in entries:
            home = self._folder if self._kind.is_brief else f"{self._folder}/{section}"
            entry, texts = self._with_files(address, spec, home)
            files |= texts
            if self._kind.is_brief:
                listed.append(entry)
            else:
                files[f"{home}/{self._stems[address.name]}.yml"] = write_yaml(entry, schema=_entry_schema(self._kind))
        if listed:
            listed_schema: JsonObject = {"properties": {section: {"items": _entry_schema(self._kind)}}}
            files[f"{self._folder}/{section}.yml"] = write_yaml({section: listed}, schema=listed_schema)
        return files

    def place_of(self, address: Address) -> str:
        """Return the path of the YAML file in which an entry stands."""
        section = self._kind.section
        if section == PROJECT:
            return f"{self._folder}/project.yml"
        if section == LIBRARIES or self._kind.is_brief:
            return f"{self._folder}/{section}.yml"
        return f"{self._folder}/{section}/{self._stems[address.name]}.yml"

    def _with_files(self, address: Address, spec: JsonObject, home: str) -> tuple[JsonObject, dict[str, str]]:
        """Return the entry with its texts moved to files, and those files."""
        files: dict[str, str] = {}
        moved: dict[str, Json] = {}
        rest = dict(spec)
        for field in self._kind.files:
            text = _file_text(rest.get(field.key), field)
            if text is None:
                continue
            del rest[field.key]
            ending = self._kind.file_extension(spec, field)
            stem = f"{self._folder}/{field.folder}/{self._stems[address.name]}"
            path = f"{stem}.{field.key}{ending}" if f"{stem}{ending}" in files else f"{stem}{ending}"
            files[path] = text
            moved[field.file_key] = posixpath.relpath(path, home)
        return {**_entry(self._kind, address, rest), **moved}, files

    def _libraries(self, entries: Sequence[tuple[Address, JsonObject]]) -> dict[str, str]:
        """Write library files under their own paths where every disk can hold these, and one line per folder for them."""
        names = [address.name for address, _ in entries]
        odd_folders = {name.partition("/")[0] for name in _odd_paths(names)}
        files: dict[str, str] = {}
        globs: dict[str, Json] = {}
        single: list[Json] = []
        for address, spec in entries:
            top, slash, _ = address.name.partition("/")
            content = spec.get("content")
            whole = set(spec) == {"content"} and isinstance(content, str)
            if whole and slash and top not in odd_folders:
                globs[top] = f"{_LIBRARY_FOLDER}/{top}/**"
                files[f"{self._folder}/{_LIBRARY_FOLDER}/{address.name}"] = str(content)
            elif whole:
                stem = self._stems[address.name]
                files[f"{self._folder}/{_LIBRARY_FOLDER}/{stem}"] = str(content)
                single.append({"path": escape_text(address.name), "file": f"{_LIBRARY_FOLDER}/{stem}"})
            else:
                single.append(_entry(self._kind, address, spec))
        body: Json = [*({key: glob} for key, glob in globs.items()), *single] if single else globs
        files[f"{self._folder}/{LIBRARIES}.yml"] = write_yaml({LIBRARIES: body})
        return files


def _file_text(value: Json, field: FileField) -> str | None:
    """Return what the file of ``field`` holds, or ``None`` if the value stays in the entry: it is none, or a short one."""
    if not field.is_json:
        return value if isinstance(value, str) else None
    if not is_object(value) and not is_list(value):
        return None
    text = json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
    return text if text.count("\n") > _SHORT else None


def _odd_paths(names: Sequence[str]) -> set[str]:
    """Return the library paths that some disk could not hold beside the others, or that a glob would leave out."""
    spellings: dict[str, set[str]] = {}
    for name in names:
        parts = name.split("/")
        for end in range(1, len(parts) + 1):
            prefix = "/".join(parts[:end])
            spellings.setdefault(prefix.casefold(), set()).add(prefix)
    return {
        name
        for name in names
        if not is_safe_path(name)
        or is_leftover(name)
        or any(len(spellings["/".join(name.split("/")[:end]).casefold()]) > 1 for end in range(1, name.count("/") + 2))
        or name.partition("/")[0] in ("git", "path", "file", "content")
    }


def _entry(kind: Kind, address: Address, spec: JsonObject) -> dict[str, Json]:
    """Return the entry with its name; texts that look like variables of ours are escaped, code is left alone."""
    code = {field.key for field in kind.files}
    name = address.project if kind.section == PROJECT else escape_text(address.name)
    written = {key: value if key in code else _escaped(value) for key, value in spec.items()}
    return {name_key(kind.section): name, **written}


def _escaped(value: Json) -> Json:
    if isinstance(value, str):
        return escape_text(value)
    if is_object(value):
        return {key: _escaped(item) for key, item in value.items()}
    if is_list(value):
        return [_escaped(item) for item in value]
    return value


def _entry_schema(kind: Kind) -> JsonObject:
    """Return the kind's schema with the file keys last: what the file holds is the longest part of an entry."""
    properties = kind.schema.get("properties")
    known = dict(properties) if is_object(properties) else {}
    return {"properties": {**known, **{field.file_key: {} for field in kind.files}}}
