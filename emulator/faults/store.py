"""The faults and the log of one node."""

from typing import TYPE_CHECKING

from emulator.faults.rules import Faults, RequestLog

if TYPE_CHECKING:
    from emulator.world import World

__all__ = ["FaultState"]


class FaultState:
    """Kept on the world; in memory only, so a restart clears it."""

    def __init__(self, world: "World") -> None:
        del world
        self.faults = Faults()
        self.log = RequestLog()
