"""Where two JSON values differ, as JSON pointers."""

import json
from collections.abc import Iterator
from typing import Any

__all__ = ["changed_pointers", "escape"]


def escape(key: str) -> str:
    """Return ``key`` as a step of a JSON pointer, e.g. ``a~1b`` for ``a/b``."""
    return key.replace("~", "~0").replace("/", "~1")


def changed_pointers(before: bytes | None, after: bytes | None) -> list[str]:
    """Return the pointers of the smallest values that differ, e.g. ``["/schema/columns/3"]``; ``[]`` for equal values or no JSON.

    Key order and layout of the text are no difference. Lists are compared by position.
    """
    if before is None or after is None or before == after:
        return []
    try:
        pair = json.loads(before), json.loads(after)
    except ValueError:
        return []
    return list(_differences(*pair, ""))


def _differences(before: Any, after: Any, where: str) -> Iterator[str]:
    if isinstance(before, dict) and isinstance(after, dict):
        for key in sorted({*before, *after}):
            step = f"{where}/{escape(key)}"
            if key in before and key in after:
                yield from _differences(before[key], after[key], step)
            else:
                yield step
    elif isinstance(before, list) and isinstance(after, list):
        for index in range(max(len(before), len(after))):
            step = f"{where}/{index}"
            if index < len(before) and index < len(after):
                yield from _differences(before[index], after[index], step)
            else:
                yield step
    elif before != after or type(before) is not type(after):
        yield where
