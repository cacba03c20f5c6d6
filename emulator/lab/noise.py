"""What the user interface writes into analyses and ML tasks. Source: object-shapes.md 12, 18."""

from typing import Final

from emulator.common_noise import EMPTY_TEXTS
from emulator.json_text import JsonObject
from emulator.lab.store import ANALYSIS
from emulator.noise import Dice, Noise, Touched, fill_in
from emulator.profile import Profile
from emulator.recipes.noise import script_noise

__all__ = ["TOUCHED"]


def _fill(profile: Profile, document: JsonObject, _dice: Dice) -> JsonObject:
    return ANALYSIS.apply(document, keep_unknown=profile.keep_unknown_fields, version=profile.version)


_TASK_NOISE: Final = (
    Noise("diagnosticsSettings", fill_in({"enabled": True}), "a default of the day; object-shapes.md 12, 18"),
    Noise("needsInputDataFolder", fill_in(False), "a default of the day; object-shapes.md 12, 18"),
)

TOUCHED: Final = (
    Touched("ANALYSIS", "analysis/{id}/core_params.json", "ANALYSIS", _fill, (*script_noise("script/"), *EMPTY_TEXTS)),
    # its id is <analysis>/ml/<task>, as its path
    Touched("ML_TASK", "analysis/{id}/params.json", None, noise=_TASK_NOISE, ids="*/ml/*"),
)
