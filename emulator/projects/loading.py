"""Bring real project trees and export archives in, as they are.

Layouts: a git tree (``params.json`` at its root), an export (``project_config/`` beside ``export-manifest.json``), or a zip of
either. Files of kinds that the node does not serve come along untouched. Source: object-shapes.md 2.
"""

import shutil
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from emulator.errors import coded_error
from emulator.projects.project import Project

if TYPE_CHECKING:
    from emulator.world import World

__all__ = ["BESIDE", "load_project", "unpack"]

BESIDE: Final = "exports"
"""Directory of the data dir that keeps what an archive holds beside ``project_config`` (uploads, data, manifest)."""
_CONFIG: Final = "project_config"
_STAGING: Final = "tmp"


def unpack(world: "World", archive: Path) -> Path:
    """Unpack a zip below the node's temporary directory and return where; raises ``ERR_PROJECT_INVALID_ARCHIVE``."""
    target = world.disk.path(f"{_STAGING}/{world.ids.draw(16)}")
    target.mkdir(parents=True)
    try:
        with zipfile.ZipFile(archive) as content:
            content.extractall(target)
    except zipfile.BadZipFile as error:
        raise coded_error("ERR_PROJECT_INVALID_ARCHIVE", f"Invalid project archive: {error}") from error
    return target


def load_project(world: "World", key: str, source: Path) -> Project:
    """Serve ``source`` as project ``key``, replacing a project of that key; the source is only read."""
    staged = unpack(world, source) if source.is_file() else source
    config = staged / _CONFIG if (staged / _CONFIG / "params.json").is_file() else staged
    if not (config / "params.json").is_file():
        raise coded_error("ERR_PROJECT_INVALID_ARCHIVE", f"Invalid project archive: no params.json in {source.name}")
    place(world, key, config, beside=staged if config != staged else None)
    if staged != source:
        shutil.rmtree(staged, ignore_errors=True)
    return world.open_project(key)


def place(world: "World", key: str, config: Path, *, beside: Path | None) -> None:
    """Copy a tree to its place; the project appears with one rename, so a kill never leaves half of one."""
    target = world.disk.path(f"config/projects/{key}")
    aside = f"{_STAGING}/{world.ids.draw(16)}"
    staging = world.disk.path(aside)
    shutil.copytree(config, staging, ignore=shutil.ignore_patterns(".git"))
    for file in staging.rglob("*"):
        file.chmod(0o755 if file.is_dir() else 0o644)
    staging.chmod(0o755)
    world.projects.pop(key, None)
    if target.exists():
        shutil.rmtree(target)
    world.disk.rename(aside, f"config/projects/{key}")
    kept = world.disk.path(f"{BESIDE}/{key}")
    shutil.rmtree(kept, ignore_errors=True)
    if beside is not None:
        shutil.copytree(beside, kept, ignore=shutil.ignore_patterns(_CONFIG, ".git"))
        for file in (kept, *kept.rglob("*")):
            file.chmod(0o755 if file.is_dir() else 0o644)
