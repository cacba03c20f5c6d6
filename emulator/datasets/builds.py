"""When datasets were built last: the ``lastBuild`` of their info. Source: api-flow.md 4.1."""

from typing import TYPE_CHECKING, Final

from emulator.json_text import JsonObject
from emulator.registers import Register

if TYPE_CHECKING:
    from emulator.world import World

__all__ = ["Builds"]

_FILE: Final = "run/builds.json"


class Builds:
    """Kept on the world; a build is no configuration, so it lies outside the project."""

    def __init__(self, world: "World") -> None:
        self._register = Register(world.disk, _FILE)

    def last(self, project_key: str, dataset: str) -> JsonObject | None:
        """Return ``{buildStartTime, buildEndTime, buildSuccess}`` (epoch ms), or ``None`` if it was never built."""
        return self._register.get(f"{project_key}.{dataset}")

    def forget(self, project_key: str, dataset: str, *, new_name: str | None = None) -> None:
        """Follow a rename or a deletion."""
        last = self.last(project_key, dataset)
        if last is None:
            return
        self._register.delete(f"{project_key}.{dataset}")
        if new_name is not None:
            self._register.put(f"{project_key}.{new_name}", last)

    def note(self, project_key: str, dataset: str, *, start_ms: int, end_ms: int) -> None:
        """Note a build that succeeded."""
        times = {"buildStartTime": start_ms, "buildEndTime": end_ms, "buildSuccess": True}
        self._register.put(f"{project_key}.{dataset}", times)
