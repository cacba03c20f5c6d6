"""Which entries the files of a configuration hold, and to which project each belongs. No variable is resolved here."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from dataiku_iac.config.file_names import is_leftover
from dataiku_iac.config.files import SourceTree, resolve_path
from dataiku_iac.config.findings import Findings, did_you_mean, nearest
from dataiku_iac.config.located import Located
from dataiku_iac.config.settings import SETTINGS_FILES, read_documents
from dataiku_iac.config.shapes import (
    check_keys,
    read_mapping,
    read_text,
    read_texts,
    refuse_unsupported,
    type_name,
)
from dataiku_iac.core.kind import Kind, Registry
from dataiku_iac.core.problem import Place

__all__ = [
    "FUTURE_SECTIONS",
    "LIBRARIES",
    "PROJECT",
    "Entry",
    "Forgotten",
    "ProjectSource",
    "Renamed",
    "name_key",
    "read_sources",
]

PROJECT: Final = "project"
LIBRARIES: Final = "libraries"
FUTURE_SECTIONS: Final = (
    *("import", "modules", "notebooks", "webapps", "dashboards", "insights", "saved_models", "exposed"),
    *("api_services", "bundles", "deployments", "models", "connections", "code_envs", "groups", "users", "plugins"),
    *("meanings", "variables", "project_folders", "clusters", "overrides"),
)
"""Keys that the language has and this version refuses; a kind in the registry makes its own section known."""

_TOP_KEYS: Final = ("version", "metadata", "forget", "moved")
_NAME_KEYS: Final = {PROJECT: "key", LIBRARIES: "path"}
_ENDINGS: Final = (".yaml", ".yml")
_EXTERNAL: Final = "external-libraries.json"
_ONE_LIBRARY_FILE: Final = frozenset({"path", "file", "content"})
_VERSION: Final = ("1.0", 1.0)


def name_key(section: str) -> str:
    """Return the key of an entry that holds its name: ``name`` but for projects and library files."""
    return _NAME_KEYS.get(section, "name")


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a section as written; ``file`` is the file that its relative paths start from."""

    kind: Kind
    node: Located
    file: str


@dataclass(frozen=True, slots=True)
class Forgotten:
    """One line of ``forget``."""

    text: str
    place: Place


@dataclass(frozen=True, slots=True)
class Renamed:
    """One line of ``moved``."""

    before: str
    after: str
    place: Place


@dataclass(slots=True)
class ProjectSource:
    """All that the files of one project say; ``projects`` should hold exactly one entry."""

    where: str
    projects: list[Entry] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    forget: list[Forgotten] = field(default_factory=list)
    moved: list[Renamed] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _File:
    """A file to read; ``section`` is what its folder or name says it holds, or empty."""

    path: str
    section: str = ""
    in_folder: bool = False


def read_sources(tree: SourceTree, registry: Registry, path: str, findings: Findings) -> list[ProjectSource]:
    """Read one file, or the directory ``path`` (empty: the whole tree), and return what it holds by project."""
    groups = [(path, [_File(path)])] if path and tree.exists(path) else list(_groups(tree, registry, path, findings))
    if not groups:
        findings.error(
            "nothing-declared",
            f"no project in {path or tree.label}",
            place=Place(path or tree.label),
            suggestion="add projects/<name>.yml with a project section, or name the file to load",
        )
    sources = []
    for where, files in groups:
        source = ProjectSource(where)
        reader = _SourceReader(tree, registry, source, findings)
        for file in files:
            for document in read_documents(tree, file.path, findings):
                reader.read(document, file)
        sources.append(source)
    return sources


def _groups(
    tree: SourceTree, registry: Registry, base: str, findings: Findings
) -> Iterator[tuple[str, Sequence[_File]]]:
    """Yield the files of each project of a directory, all in the order of their paths."""
    prefix = f"{base.rstrip('/')}/" if base else ""
    _refuse_other_languages(tree, prefix, findings)
    top = [path for path in _yaml(tree, f"{prefix}*") if path not in SETTINGS_FILES]
    below = _yaml(tree, f"{prefix}projects/*")
    folders = sorted({posixpath.dirname(path) for path in _yaml(tree, f"{prefix}projects/*/*")})
    if any(posixpath.basename(path).startswith("project.") for path in top):
        yield prefix or tree.label, list(_project_files(tree, registry, prefix, findings))
    elif not below and not folders:
        yield from ((path, [_File(path)]) for path in top)
    yield from ((path, [_File(path)]) for path in below)
    for folder in folders:
        yield folder, list(_project_files(tree, registry, f"{folder}/", findings))


def _yaml(tree: SourceTree, pattern: str) -> list[str]:
    found = [path for ending in _ENDINGS for path in tree.list(pattern + ending)]
    return sorted(path for path in found if not posixpath.basename(path).startswith("."))


def _project_files(tree: SourceTree, registry: Registry, prefix: str, findings: Findings) -> Iterator[_File]:
    sections = {kind.section for kind in registry}
    for path in _yaml(tree, f"{prefix}*"):
        if path in SETTINGS_FILES:
            continue
        stem = posixpath.basename(path).rpartition(".")[0]
        yield _File(path, stem if stem in sections else "")
    odd: dict[str, str] = {}
    for path in _yaml(tree, f"{prefix}*/**/*"):
        folder = path.removeprefix(prefix).partition("/")[0]
        if folder in sections:
            yield _File(path, folder, in_folder=True)
        elif folder in FUTURE_SECTIONS:
            findings.error(
                "not-supported-yet", f"folder {folder}", place=Place(path), suggestion="remove or rename the folder"
            )
        elif near := nearest(folder, sections, cutoff=0.8):
            odd.setdefault(folder, near)
    for folder, near in odd.items():
        findings.warning(
            "ignored-file", f"{prefix}{folder}", place=Place(f"{prefix}{folder}"), suggestion=f'did you mean "{near}"?'
        )


def _refuse_other_languages(tree: SourceTree, prefix: str, findings: Findings) -> None:
    for path in (*tree.list(f"{prefix}projects/*.py"), *_yaml(tree, f"{prefix}modules/*")):
        what = "a project in Python" if path.endswith(".py") else "a module"
        findings.error("not-supported-yet", what, place=Place(path), suggestion="write it as a YAML file in projects/")


class _SourceReader:
    """Sorts the keys of documents into a ``ProjectSource``."""

    def __init__(self, tree: SourceTree, registry: Registry, source: ProjectSource, findings: Findings) -> None:
        self._tree = tree
        self._registry = registry
        self._source = source
        self._findings = findings
        self._future = tuple(key for key in FUTURE_SECTIONS if registry.of_section(key) is None)

    def read(self, document: Located, file: _File) -> None:
        kind = self._registry.of_section(file.section)
        entries = document.mapping
        if entries is None or (file.in_folder and kind is not None and self._is_entry(document, kind)):
            if kind is not None and kind.section != PROJECT:
                self._section(kind, document, file.path)
            else:
                self._note_no_mapping(document)
            return
        for key, node in entries.items():
            self._top_key(key, node, file.path)
        refuse_unsupported(entries, self._future, "this version", self._findings)

    def _is_entry(self, document: Located, kind: Kind) -> bool:
        """Tell one entry from a mapping of sections: the former has a name and none of the latter's keys."""
        keys = set(document.mapping or {})
        known = {other.section for other in self._registry} | set(_TOP_KEYS)
        return name_key(kind.section) in keys or not keys & known

    def _note_no_mapping(self, document: Located) -> None:
        self._findings.error(
            "wrong-type",
            f"the file is {type_name(document.value)}",
            place=document.place,
            suggestion="write sections such as project: and datasets:",
        )

    def _top_key(self, key: str, node: Located, file: str) -> None:
        kind = self._registry.of_section(key)
        if kind is not None and key == PROJECT:
            if node.value is not None:
                self._source.projects.append(Entry(kind, node, file))
        elif kind is not None:
            self._section(kind, node, file)
        elif key == "version":
            self._check_version(node)
        elif key == "metadata":
            entries = read_mapping(node, "metadata", self._findings)
            check_keys(entries, ("version",), "metadata", self._findings)
            if "version" in entries:
                self._check_version(entries["version"])
        elif key == "forget":
            texts = read_texts(node, "forget", self._findings)
            self._source.forget += [Forgotten(text, item.place) for text, item in texts]
        elif key == "moved":
            self._moved(node)
        elif key not in self._future:
            known = [*(other.section for other in self._registry), *_TOP_KEYS, *self._future]
            self._findings.error(
                "unknown-key",
                f'"{key}" at top level',
                place=node.key_place or node.place,
                suggestion=did_you_mean(key, known) or "sections are named for what they hold, such as datasets:",
            )

    def _moved(self, node: Located) -> None:
        for item in node.items or ([] if node.value is None else [node]):
            fields = read_mapping(item, "an entry of moved", self._findings)
            check_keys(fields, ("from", "to"), "moved", self._findings)
            before, after = (read_text(fields.get(key), f"moved.{key}", self._findings) for key in ("from", "to"))
            if before and after:
                self._source.moved.append(Renamed(before, after, item.best_place))
            elif item.mapping is not None:
                self._findings.error(
                    "missing-key",
                    "an entry of moved",
                    place=item.best_place,
                    suggestion="write {from: kind.PROJECT.old, to: kind.PROJECT.new}",
                )

    def _check_version(self, node: Located) -> None:
        if node.value not in _VERSION:
            self._findings.error(
                "unsupported-version", f"{node.plain()}", place=node.best_place, suggestion='write version: "1.0"'
            )

    def _section(self, kind: Kind, node: Located, file: str) -> None:
        if node.value is None:
            return
        entries = node.mapping
        if entries is not None and "$include" in entries:
            refuse_unsupported(entries, ["$include"], kind.section, self._findings)
        elif entries is not None and kind.section == LIBRARIES and not _ONE_LIBRARY_FILE & set(entries):
            for key, pattern in entries.items():
                self._library(kind, key, pattern, file)
        elif entries is not None and self._is_entry(node, kind) and name_key(kind.section) in entries:
            self._source.entries.append(Entry(kind, node, file))
        elif node.items is not None:
            for item in node.items:
                if kind.section == LIBRARIES and item.mapping and not _ONE_LIBRARY_FILE & set(item.mapping):
                    self._section(kind, item, file)
                else:
                    self._source.entries.append(Entry(kind, item, file))
        else:
            self._findings.error(
                "wrong-type",
                f"{kind.section} is {type_name(node.value)}",
                place=node.best_place,
                suggestion=f"write a list of entries, each with {name_key(kind.section)}",
            )

    def _library(self, kind: Kind, key: str, node: Located, file: str) -> None:
        """Turn ``python: lib/python/**`` into one entry per file."""
        if key == "git":  # `git:` beside the folders is that of the one library file that is not code
            external = {"path": Located(_EXTERNAL, node.place, node.key_place), key: node}
            self._source.entries.append(Entry(kind, Located(external, node.place, node.key_place), file))
            return
        for text, item in read_texts(node, f"{kind.section}.{key}", self._findings):
            pattern = resolve_path(posixpath.dirname(file), text)
            if pattern is None or "${" in text or "{{" in text:
                code = "outside-tree" if pattern is None else "not-supported-yet"
                self._findings.error(code, text, place=item.place, suggestion="write a plain path below this file")
                continue
            found = [path for path in self._tree.list(pattern) if not is_leftover(path)]
            if not found:
                self._findings.error(
                    "missing-file", f"nothing matches {text}", place=item.place, suggestion="end a folder with /**"
                )
            fixed = pattern.partition("*")[0].partition("?")[0].rpartition("/")[0]
            for path in found:
                below = path.removeprefix(f"{fixed}/") if fixed else path
                relative = posixpath.relpath(path, posixpath.dirname(file) or ".")
                library = {
                    "path": Located(f"{key}/{below}", item.place, item.key_place),
                    "file": Located(relative, item.place, item.key_place),
                }
                self._source.entries.append(Entry(kind, Located(library, item.place, item.key_place), file))
