"""Random identifiers in the lengths of object-shapes.md 2, repeatable under a seed."""

import random
import string
from collections.abc import Container
from typing import Final

__all__ = ["Ids"]

_ALPHABET: Final = string.ascii_letters + string.digits
_HEX: Final = "0123456789abcdef"


class Ids:
    """Draws identifiers.

    A seeded node starts a new sequence at every start (``start_number``): the same data directory with the same seed
    can so never be given an id again that it handed out before it was killed, not even the id of a deleted object.
    """

    def __init__(self, seed: str | None, start_number: int) -> None:
        self._random = random.Random(None if seed is None else f"{seed}:{start_number}")  # noqa: S311  not a secret

    def draw(self, length: int, *, taken: Container[str] = ()) -> str:
        """Return ``length`` characters of ``[A-Za-z0-9]`` that are not in ``taken``."""
        return self._draw(_ALPHABET, length, taken)

    def draw_hex(self, length: int, *, taken: Container[str] = ()) -> str:
        """Return ``length`` hexadecimal digits that are not in ``taken``, e.g. for checklists."""
        return self._draw(_HEX, length, taken)

    def number(self, below: int) -> int:
        """Return a number in ``0 <= n < below``."""
        return self._random.randrange(below)

    def _draw(self, alphabet: str, length: int, taken: Container[str]) -> str:
        while (drawn := "".join(self._random.choices(alphabet, k=length))) in taken:
            pass
        return drawn
