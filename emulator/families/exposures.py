"""Objects that other projects expose to one. Source: api-flow.md 14."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from emulator.projects.project import Project

if TYPE_CHECKING:
    from emulator.world import World

__all__ = ["exposed_to"]


def exposed_to(world: "World", project: Project, kind: str) -> Iterator[tuple[Project, str]]:
    """Yield owner and id of the objects of ``kind`` that ``project`` may use; they may be gone by now."""
    for owner in world.projects.values():
        for exposed in (owner.params.get("exposedObjects") or {}).get("objects") or ():
            targets = [rule.get("targetProject") for rule in exposed.get("rules") or ()]
            if owner is not project and exposed.get("type") == kind and project.key in targets:
                yield owner, exposed["localName"]
