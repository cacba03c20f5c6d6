"""The node becomes another version of DSS. Source: object-shapes.md 17.2.

Old objects are not rewritten: what the API answers of them has the fields of the new version, their files get them at the next save.
Only where a format really changes a migration writes, as ``no:auth``.
"""

import copy
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Final, TypeAlias

from emulator.errors import illegal_argument
from emulator.json_text import JsonObject
from emulator.projects.project import Project
from emulator.shapes import Version
from emulator.touches.acting import acting
from emulator.world import UPGRADED

if TYPE_CHECKING:
    from emulator.world import World

__all__ = ["upgrade"]

_SERVER: Final = "no:auth"
Migration: TypeAlias = "Callable[[Project, bool], None]"


def upgrade(world: "World", dss_version: str) -> JsonObject:
    """Turn the node into one of ``dss_version`` for good; return ``{"from", "to", "migrations"}``, those that ran on each project."""
    profile = replace(world.profile, dss_version=dss_version)
    if not profile.version:
        raise illegal_argument(f"{dss_version!r} is no version of DSS; give one like 15.0.0")
    before, after = world.profile.version, profile.version
    if after < before:
        raise illegal_argument(f"a node of {world.profile.dss_version} cannot go back to {dss_version}")
    due = [since for since in _MIGRATIONS if before < since <= after]
    with acting(world, _SERVER, "upgrade", message=f"Migration to DSS version {dss_version}"):
        for project in world.projects.values():
            for since in due:
                _MIGRATIONS[since](project, world.profile.migration_steps_tag)
    started_from, world.profile = world.profile.dss_version, profile
    world.disk.write_json(UPGRADED, dss_version)
    return {"from": started_from, "to": dss_version, "migrations": [".".join(map(str, since)) for since in due]}


def _mark_type_system(project: Project, steps_tag: bool) -> None:  # noqa: FBT001  one signature for all migrations
    _fill_datasets(project, lambda document: {**document, "typeSystemVersion": "V1"}, "typeSystemVersion", steps_tag)


def _add_error_status(project: Project, steps_tag: bool) -> None:  # noqa: FBT001
    def with_status(document: JsonObject) -> JsonObject:
        options = {**(document.get("flowOptions") or {})}
        options.setdefault("ignoreErrorStatusOnBuild", False)
        return {**document, "flowOptions": options}

    _fill_datasets(project, with_status, None, steps_tag)


def _fill_datasets(
    project: Project,
    change: Callable[[JsonObject], JsonObject],
    unless: str | None,
    steps_tag: bool,  # noqa: FBT001
) -> None:
    datasets = project.family("datasets", "DATASET")
    for name, document in datasets.items():
        changed = document if unless in document else change(document)
        if changed != document:
            datasets.save(name, changed, _SERVER, steps_tag=steps_tag)


def _write_badges(project: Project, _steps_tag: bool) -> None:  # noqa: FBT001
    if not project.disk.has("badges.json"):
        project.disk.write_json("badges.json", {"typeBadges": {}})


def _add_connection_checks(project: Project, steps_tag: bool) -> None:  # noqa: FBT001
    params = copy.deepcopy(project.params)
    params.setdefault("settings", {}).setdefault("connectionValidationChecks", {"skipStorageConflictCheck": False})
    if params != project.params:
        project.save_params(params, _SERVER, steps_tag=steps_tag)


_MIGRATIONS: Final[Mapping[Version, Migration]] = {
    (13, 4): _mark_type_system,
    (13, 5): _add_error_status,
    (14, 0): _write_badges,
    (15, 0): _add_connection_checks,
}
"""All four are what the one migration commit that is known did; which version does which is inferred from when the fields appear."""
