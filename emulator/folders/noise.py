"""What the user interface writes into managed folders. Source: object-shapes.md 10, 18."""

from typing import Final

from emulator.common_noise import EMPTY_TEXTS, checks_noise, metrics_noise
from emulator.folders.store import apply_folder
from emulator.json_text import JsonObject
from emulator.noise import Dice, Touched
from emulator.profile import Profile

__all__ = ["TOUCHED"]


def _fill(profile: Profile, document: JsonObject, _dice: Dice) -> JsonObject:
    return apply_folder(document, profile)


_NOISE: Final = (*metrics_noise(probes=False), *checks_noise("checks"), *EMPTY_TEXTS)

TOUCHED: Final = (Touched("MANAGED_FOLDER", "managed_folders/{id}.json", "MANAGED_FOLDER", _fill, _NOISE),)
