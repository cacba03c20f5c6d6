"""Reads the descriptors of plugins as leniently as a node does.

Comments, single quotes, trailing commas and bare words occur in published plugins, booleans often as strings [seen].
Source: plugin-components.md 1.
"""

import json
import re
from collections.abc import Iterator
from typing import Any, Final

from emulator.json_text import JsonObject

__all__ = ["BadDescriptor", "is_true", "parse_lenient"]

_TOKEN: Final = re.compile(
    r"""
    (?P<blank>\s+|//[^\n]*|\#[^\n]*|/\*.*?\*/)
  | (?P<double>"(?:[^"\\]|\\.)*")
  | (?P<single>'(?:[^'\\]|\\.)*')
  | (?P<mark>[{}\[\],:])
  | (?P<word>[^\s{}\[\],:"'/\#]+)
    """,
    re.VERBOSE | re.DOTALL,
)
_LITERAL: Final = re.compile(r"true|false|null|-?\d+(\.\d+)?([eE][+-]?\d+)?")


class BadDescriptor(ValueError):
    """A descriptor that even a lenient reader cannot read."""


def parse_lenient(text: str) -> JsonObject:
    """Return the object in ``text``, e.g. of ``// x\\n{'id': "a", "params": [],}``.

    Raises:
        BadDescriptor: it is no object in any tolerated spelling.
    """
    tokens = list(_tokens(text))
    kept = [
        piece
        for index, piece in enumerate(tokens)
        if piece != "," or tokens[index + 1 : index + 2] not in (["}"], ["]"])
    ]
    try:
        value: Any = json.loads(" ".join(kept), strict=False)
    except ValueError as error:
        raise BadDescriptor(f"not JSON even when read leniently: {error}") from error
    if not isinstance(value, dict):
        raise BadDescriptor("the descriptor is not an object")
    return value


def is_true(value: object) -> bool:
    """Return whether a flag is set, as ``true`` or as ``"true"``."""
    return value is True or (isinstance(value, str) and value.lower() == "true")


def _tokens(text: str) -> Iterator[str]:
    position = 0
    while position < len(text):
        found = _TOKEN.match(text, position)
        if found is None:
            raise BadDescriptor(f"unexpected {text[position]!r} at character {position}")
        position = found.end()
        token = found.group()
        match found.lastgroup:
            case "single":
                inner = token[1:-1].replace("\\'", "'")
                yield '"' + re.sub(r'(?<!\\)"', r"\"", inner) + '"'
            case "word":
                yield token if _LITERAL.fullmatch(token) else json.dumps(token)
            case "double" | "mark":
                yield token
            case _:
                pass
