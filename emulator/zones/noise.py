"""What the user interface writes into flow zones: their place on the screen. Source: object-shapes.md 11, 18."""

from typing import Final

from emulator.json_text import JsonObject
from emulator.noise import Dice, Noise, Touched, draw
from emulator.profile import Profile
from emulator.zones.store import ZONE

__all__ = ["TOUCHED"]


def _fill(profile: Profile, document: JsonObject, _dice: Dice) -> JsonObject:
    return ZONE.apply(document, keep_unknown=profile.keep_unknown_fields, version=profile.version)


def _place(dice: Dice) -> JsonObject:
    return {
        "x": dice.below(2000),
        "y": dice.below(2000),
        "width": 300 + dice.below(500),
        "height": 200 + dice.below(500),
    }


_NOISE: Final = (Noise("position", draw(_place), "zone dragged; object-shapes.md 11, 18", since=(13, 3)),)

TOUCHED: Final = (Touched("FLOW_ZONE", "zones/{id}.json", None, _fill, _NOISE),)
