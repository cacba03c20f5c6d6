"""From a path below the data directory to the object that lies there. Source: object-shapes.md 2."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from emulator.touches.registry import kinds_by_folder

__all__ = ["REGISTERS", "Address", "address_of"]

DOCUMENT: Final = "document"
REGISTERS: Final[Mapping[str, str]] = {
    "users.json": "USER",
    "groups.json": "GROUP",
    "global-api-keys.json": "GLOBAL_API_KEY",
    "personal-api-keys.json": "PERSONAL_API_KEY",
    "connections.json": "CONNECTION",
    "code-envs.json": "CODE_ENV",
    "project-folders.json": "PROJECT_FOLDER",
    "project-places.json": "PROJECT_PLACE",
}
"""Files below ``config/`` that hold one document per name."""
_SILENT: Final = frozenset(("run", "tmp", "exports"))
"""Nothing there is configuration: counters, things in the making, what an archive held beside a project."""
_SINGLE: Final[Mapping[str, tuple[str, str]]] = {
    "params.json": ("PROJECT", DOCUMENT),
    "variables.json": ("VARIABLES", DOCUMENT),
    "localvariables.json": ("LOCAL_VARIABLES", DOCUMENT),
    "tags.json": ("TAGS", DOCUMENT),
    "app-manifest.json": ("APP_MANIFEST", DOCUMENT),
    "apikeys.json": ("API_KEYS", DOCUMENT),
    "wiki/taxonomy.json": ("WIKI", DOCUMENT),
    "lib/external-libraries.json": ("LIBRARY", DOCUMENT),
}
_BY_NAME_ALONE: Final = {"ipython_notebooks": "JUPYTER_NOTEBOOK"}


@dataclass(frozen=True, slots=True)
class Address:
    """One part of one object, e.g. ``Address("CRM", "RECIPE", "compute_orders", "payload")``.

    ``kind`` is the taggable type; ``FILE`` for what has none (``id`` is its path), ``DATA`` for data. ``project`` is ``None`` for
    objects of the instance. ``part`` is ``document``, ``payload``, ``versionTag``, ``data`` or a file name.
    """

    project: str | None
    kind: str
    id: str
    part: str


def address_of(path: PurePosixPath) -> Address | None:
    """Return what lies at ``path`` (relative to the data directory); ``None`` for what is nobody's configuration."""
    parts = path.parts
    if not parts or parts[0] in _SILENT:
        return None
    if parts[0] != "config":
        project = parts[1] if len(parts) > 1 else None
        return Address(project, "DATA", str(path), "data")
    if parts[1:2] == ("projects",):
        return Address(parts[2], "PROJECT", parts[2], DOCUMENT) if len(parts) == 3 else _in_project(parts[2], parts[3:])
    return Address(None, "FILE", str(PurePosixPath(*parts[1:])), DOCUMENT)


def _in_project(key: str, parts: tuple[str, ...]) -> Address | None:
    name = "/".join(parts)
    if name == "version-tags.json":
        return None  # told step by step, as ``versionTag`` of the object
    if name in _SINGLE:
        kind, part = _SINGLE[name]
        return Address(key, kind, key, part)
    if parts[0] == "lib":
        return Address(key, "LIBRARY", key, "/".join(parts[1:]))
    if parts[0] == "analysis" and len(parts) > 2:
        return _in_analysis(key, parts)
    folder = "/".join(parts[:2]) if parts[0] == "wiki" else parts[0]
    rest = parts[2:] if parts[0] == "wiki" else parts[1:]
    kind_of = kinds_by_folder().get(folder) or _BY_NAME_ALONE.get(folder)
    if kind_of is None or not rest:
        return Address(key, "FILE", name, DOCUMENT)
    if len(rest) > 1:  # code files of a webapp lie in a directory of its id
        return Address(key, kind_of, rest[0], "/".join(rest[1:]))
    stem, _, extension = rest[0].rpartition(".")
    part = DOCUMENT if extension in ("json", "ipynb") else "data" if extension == "data" else "payload"
    return Address(key, kind_of, stem, part)


def _in_analysis(key: str, parts: tuple[str, ...]) -> Address:
    if parts[2] == "ml" and len(parts) > 4:
        part = DOCUMENT if parts[4:] == ("params.json",) else "/".join(parts[4:])
        return Address(key, "ML_TASK", "/".join(parts[1:4]), part)
    part = DOCUMENT if parts[2:] == ("core_params.json",) else "/".join(parts[2:])
    return Address(key, "ANALYSIS", parts[1], part)
