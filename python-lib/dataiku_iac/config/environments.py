"""``environments/<name>.yml``: a named target with its node, variables, renamed projects, remapping and rules."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from dataiku_iac.config.files import SourceTree
from dataiku_iac.config.findings import Findings, allowed_text, did_you_mean
from dataiku_iac.config.located import Located
from dataiku_iac.config.settings import read_documents
from dataiku_iac.config.shapes import (
    check_keys,
    check_label,
    merge_documents,
    read_bool,
    read_count,
    read_mapping,
    read_text,
    read_text_map,
    read_texts,
    refuse_unsupported,
)
from dataiku_iac.config.variables import Variables
from dataiku_iac.core.problem import Place

__all__ = ["REMAP_SORTS", "Environment", "EnvironmentFile", "make_environment", "read_environment"]

REMAP_SORTS: Final = {
    "connections": "connection",
    "code_envs": "code_env",
    "containers": "container",
    "users": "user",
    "groups": "group",
}
"""Key below ``remap`` to the sort of mention it rewrites (``core.mentions``)."""

_UNSUPPORTED: Final = ("overrides",)
_KEYS: Final = (
    *("environment", "node", "extends", "variables", "projects", "remap", "defaults", "settings"),
    *_UNSUPPORTED,
)
_MERGED: Final = ("variables", "projects", "remap", "defaults", "settings")
_REMAP_UNSUPPORTED: Final = ("plugin_presets", "llms")
_SETTINGS: Final = ("parallelism", "protect", "trust_git")
# Value of a setting that asks for nothing beyond what this version does; any other is refused.
_SETTINGS_FIXED: Final = {
    "require_approval": (None, False, "none"),
    "require_tests": (None, False),
    "drift_policy": (None, "report"),
    "on_failure": (None, "keep"),
}


@dataclass(frozen=True, slots=True)
class EnvironmentFile:
    """An environment as its files say, variables not yet resolved; ``entries`` has what it extends merged in."""

    name: str
    place: Place
    entries: Mapping[str, Located] = field(default_factory=dict)

    @property
    def variables(self) -> Mapping[str, Located]:
        """The variables of the environment, unresolved."""
        node = self.entries.get("variables")
        return {} if node is None else node.mapping or {}


@dataclass(frozen=True, slots=True)
class Environment:
    """A named target, variables resolved.

    Attributes:
        node: preset or entry that says where the node is, e.g. ``prod-automation``; may be empty.
        projects: declared project key to the key on this environment's node.
        remap: sort of mention (``connection``) to name in the files to name on the node.
        managed_connection: where managed datasets that name no connection go; may be empty.
        managed_folder_connection: the same for managed folders.
        parallelism: how many calls an apply may have under way.
        protect: patterns of addresses that must not be deleted, e.g. ``dataset.*.GOLD_*``.
        trust_git: plan and drift need not read a project whose git tells that nobody saved in it; see ``engine/trust.py``.
        places: path in the file (``remap.connections.a``) to its place.
    """

    name: str
    node: str = ""
    projects: Mapping[str, str] = field(default_factory=dict)
    remap: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    managed_connection: str = ""
    managed_folder_connection: str = ""
    parallelism: int = 8
    protect: tuple[str, ...] = ()
    trust_git: bool = False
    places: Mapping[str, Place] = field(default_factory=dict)

    def project_key(self, declared: str) -> str:
        """Return the key that a declared project has on this environment's node."""
        return self.projects.get(declared, declared)


def read_environment(tree: SourceTree, name: str, findings: Findings) -> EnvironmentFile:
    """Read an environment and what it extends.

    Without any file in ``environments/`` every name is fine and means nothing special; with files, it must be one of them.
    """
    paths: dict[str, str] = {}
    for path in [*tree.list("environments/*.yml"), *tree.list("environments/*.yaml")]:
        first = paths.setdefault(posixpath.basename(path).rpartition(".")[0], path)
        if first != path:
            findings.error(
                "duplicate-key", f"{first} and {path}", place=Place(path), suggestion="keep one of the files"
            )
    if not paths:
        check_label(name, "environment", Place("environments"), findings)
        return EnvironmentFile(name, Place("environments"))
    merged: dict[str, Located] = {}
    chain: list[str] = []
    wanted: str = name
    asked: Place = Place("environments")
    while wanted or not chain:
        if wanted not in paths:
            _note_unknown(wanted, sorted(paths), asked, findings)
            break
        chain.append(wanted)
        entries = _read_file(tree, wanted, paths[wanted], findings)
        merged = _merge(entries, merged)
        extends = entries.get("extends")
        wanted = read_text(extends, "extends", findings)
        if extends is not None and wanted in chain:
            findings.error(
                "environment-cycle",
                " → ".join([*chain, wanted]),
                place=extends.best_place,
                suggestion="remove one extends",
            )
            break
        asked = extends.best_place if extends is not None else asked
    return EnvironmentFile(name, Place(paths.get(name, "environments")), merged)


def _note_unknown(name: str, known: list[str], place: Place, findings: Findings) -> None:
    detail = f'"{name}"' if name else "none is named, and there is no default_environment in dataiku-iac.yml"
    suggestion = did_you_mean(name, known) or allowed_text(known)
    findings.error("unknown-environment", detail, place=place, suggestion=suggestion)


def _read_file(tree: SourceTree, name: str, path: str, findings: Findings) -> dict[str, Located]:
    entries = merge_documents(read_documents(tree, path, findings), path, findings)
    check_keys(entries, _KEYS, path, findings)
    refuse_unsupported(entries, _UNSUPPORTED, path, findings)
    said = read_text(entries.get("environment"), "environment", findings, default=name)
    if said != name:
        findings.error(
            "not-allowed",
            f'environment is "{said}" in a file named for "{name}"',
            place=entries["environment"].best_place,
            suggestion=f'write "{name}", or rename the file',
        )
    return entries


def _merge(base: Mapping[str, Located], over: Mapping[str, Located]) -> dict[str, Located]:
    """Lay ``over`` over ``base``: sections are merged key by key, ``remap`` and its sorts likewise."""
    merged = dict(base)
    for key, node in over.items():
        below = merged.get(key)
        if below is not None and key in {*_MERGED, *REMAP_SORTS} and below.mapping and node.mapping:
            merged[key] = replace(node, value=_merge(below.mapping, node.mapping))
        elif node.value is not None:
            merged[key] = node
    return merged


def make_environment(file: EnvironmentFile, variables: Variables, findings: Findings) -> Environment:
    """Resolve the variables of an environment's own entries and read them."""
    entries = {key: variables.resolve(node) for key, node in file.entries.items() if key != "variables"}
    remap = read_mapping(entries.get("remap"), "remap", findings)
    check_keys(remap, (*REMAP_SORTS, *_REMAP_UNSUPPORTED), "remap", findings)
    refuse_unsupported(remap, _REMAP_UNSUPPORTED, "remap", findings)
    defaults = read_mapping(entries.get("defaults"), "defaults", findings)
    check_keys(defaults, ("managed_connection", "managed_folder_connection"), "defaults", findings)
    settings = read_mapping(entries.get("settings"), "settings", findings)
    check_keys(settings, (*_SETTINGS, *_SETTINGS_FIXED), "settings", findings)
    for key, harmless in _SETTINGS_FIXED.items():
        if key in settings and settings[key].value not in harmless:
            refuse_unsupported(settings, [key], "settings", findings)
    noted = [key for key in ("remap", "projects", "settings") if key in entries]
    places = {path: node.best_place for key in noted for path, node in entries[key].walk(key)}
    return Environment(
        name=file.name,
        node=read_text(entries.get("node"), "node", findings),
        projects=_read_projects(entries.get("projects"), findings),
        remap={
            REMAP_SORTS[key]: read_text_map(node, f"remap.{key}", findings)
            for key, node in remap.items()
            if key in REMAP_SORTS
        },
        managed_connection=read_text(defaults.get("managed_connection"), "managed_connection", findings),
        managed_folder_connection=read_text(
            defaults.get("managed_folder_connection"), "managed_folder_connection", findings
        ),
        parallelism=read_count(settings.get("parallelism"), "parallelism", findings, default=8),
        protect=tuple(text for text, _ in read_texts(settings.get("protect"), "protect", findings)),
        trust_git=read_bool(settings.get("trust_git"), "trust_git", findings, default=False),
        places=places,
    )


def _read_projects(node: Located | None, findings: Findings) -> dict[str, str]:
    renamed: dict[str, str] = {}
    entries = read_mapping(node, "projects", findings)
    for declared, entry in entries.items():
        fields = read_mapping(entry, f"projects.{declared}", findings)
        check_keys(fields, ("key",), f"projects.{declared}", findings)
        key = read_text(fields.get("key"), f"projects.{declared}.key", findings)
        if key and key != declared:
            if key in entries or key in renamed.values():
                # A chain or a meeting of two would make it unclear which project a name in a document means.
                findings.error(
                    "not-allowed",
                    f'two projects would be "{key}"',
                    place=entry.best_place,
                    suggestion="choose a key that no other project of this file has",
                )
            renamed[declared] = key
    return renamed
