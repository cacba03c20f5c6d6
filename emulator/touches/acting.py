"""Who acts behind the API's back: a person at the user interface, a job, an upgrade."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from emulator.disk import EffectMark, current_effect
from emulator.effects.store import EffectLog
from emulator.errors import illegal_argument
from emulator.git.acts import Commits
from emulator.projects.project import Project

if TYPE_CHECKING:
    from emulator.world import World

__all__ = ["acting", "the_project"]


@contextmanager
def acting(world: "World", login: str, via: str, *, message: str | None = None) -> Iterator[None]:
    """Let what is written meanwhile be an effect of ``login`` through ``via``, e.g. ``ui-save``, and one commit named ``message``."""
    mark = EffectMark(by=login, via=via, recorder=world.state_of(EffectLog).recorder)
    mark.message = message
    token = current_effect.set(mark)
    try:
        yield
    finally:
        current_effect.reset(token)
        world.state_of(Commits).finish(mark)


def the_project(world: "World", key: str) -> Project:
    """Return a project; control calls have no rights, so an unknown one is just an error."""
    if key not in world.projects:
        raise illegal_argument(f"no project {key} on this node; it has {', '.join(sorted(world.projects)) or 'none'}")
    return world.projects[key]
