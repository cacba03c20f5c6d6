"""What the user interface writes into the list of Git references of a library. Source: object-shapes.md 14, 18."""

from typing import Final

from emulator.noise import Dice, Noise, Touched, draw, put

__all__ = ["TOUCHED"]

_WHY: Final = "references looked at or updated; object-shapes.md 14, 18"


def _hash(dice: Dice) -> str:
    return dice.text(40, "0123456789abcdef")


_NOISE: Final = (
    Noise("gitReferences/*/lastHash", draw(_hash), _WHY),
    Noise("gitReferences/*/isDirty", draw(lambda dice: dice.chance(0.5)), _WHY),
    Noise("gitReferences/*/conflictingFiles", put([]), _WHY),
    Noise("gitReferences/*/resolvedFiles", put([]), _WHY),
)

TOUCHED: Final = (Touched("LIBRARY", "lib/external-libraries.json", None, noise=_NOISE),)
