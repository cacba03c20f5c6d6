"""What plain YAML words mean here; the reader and the writer share these rules.

YAML 1.1 turns ``no`` into false, ``012`` into ten and ``2024-01-01`` into a date. Here a plain word is

* ``true``/``false`` (also ``True``, ``TRUE``, …): a boolean, and nothing else is one: ``yes``, ``on``, ``off`` are text;
* ``null``, ``Null``, ``NULL``, ``~`` or nothing: null;
* what JSON calls a number: a number (``1``, ``-0.5``, ``1e3``); ``012``, ``1_000``, ``0x1F``, ``+1``, ``.5`` are text;
* everything else, dates and times included: text.
"""

from __future__ import annotations

import math
import re
from typing import Final

__all__ = ["BOOLEANS", "NULLS", "NUMBER", "TooLong", "read_plain"]

BOOLEANS: Final = {
    word: value for word, value in (("true", True), ("false", False)) for word in (word, word.title(), word.upper())
}
NULLS: Final = frozenset({"", "~", "null", "Null", "NULL"})
NUMBER: Final = re.compile(r"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?")

_LONGEST_NUMBER = 400  # int() refuses more than 4,300 digits; nobody means a number of that length


class TooLong(ValueError):
    """A number of more digits than anything can hold."""


def read_plain(text: str) -> bool | int | float | str | None:
    """Return what a plain word means.

    >>> [read_plain(word) for word in ("true", "yes", "~", "12", "012", "1e3", "2024-01-01")]
    [True, 'yes', None, 12, '012', 1000.0, '2024-01-01']

    Raises:
        TooLong: it is a number of hundreds of digits.
    """
    if text in NULLS:
        return None
    if text in BOOLEANS:
        return BOOLEANS[text]
    found = NUMBER.fullmatch(text)
    if found is None:
        return text
    if len(text) > _LONGEST_NUMBER:
        raise TooLong(text)
    if found[1] is None and found[2] is None:
        return int(text)
    number = float(text)
    return number if math.isfinite(number) else text  # 12e4567 is a short commit id, not infinity
