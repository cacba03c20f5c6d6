"""What the user interface writes into a project's own files. Source: object-shapes.md 5, 18."""

from typing import Any, Final

from emulator.json_text import JsonObject
from emulator.noise import Dice, Noise, Touched, draw, put
from emulator.profile import Profile
from emulator.projects.shapes import PARAMS

__all__ = ["TOUCHED"]

_SETTINGS: Final = "settings screen saved; object-shapes.md 5, 18"


def _fill(profile: Profile, document: JsonObject, _dice: Dice) -> JsonObject:
    return PARAMS.apply(document, keep_unknown=profile.keep_unknown_fields, version=profile.version)


def _ticked(before: Any, dice: Dice, _whole: JsonObject) -> Any:
    if not isinstance(before, dict):
        return before
    return {**before, "done": not before.get("done"), "stateChangedOn": 1_700_000_000_000 + dice.below(10**9)}


_NOISE: Final = (
    Noise("imgPattern", draw(lambda dice: 1 + dice.below(9)), _SETTINGS),
    Noise("imgColor", draw(lambda dice: f"#{dice.text(6, '0123456789abcdef')}"), _SETTINGS),
    Noise("showInitials", draw(lambda dice: dice.chance(0.5)), _SETTINGS),
    Noise("settings/useRemoteGit", put(True), "a Git remote set up; object-shapes.md 18"),
    Noise("checklists/checklists/*/items/*", _ticked, "a task ticked; object-shapes.md 18"),
)

TOUCHED: Final = (
    Touched("PROJECT", "params.json", "PROJECT", _fill, _NOISE),
    Touched("VARIABLES", "variables.json", None),
    Touched("LOCAL_VARIABLES", "localvariables.json", None),
    Touched("TAGS", "tags.json", None),
    Touched("APP_MANIFEST", "app-manifest.json", None),
)
