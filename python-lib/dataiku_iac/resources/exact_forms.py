"""Forms that cannot lie: a short writing is used only if it expands to exactly what it stands for.

Here the value itself is one of the writings: ``expand`` is total, and what is no short form passes as it is. So DSS's own
form needs no wrapping, and whatever no proposal says exactly stands under DSS's own names. (``short_forms`` maps keys of an
object instead, where short and own keys stand side by side.)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from dataiku_iac.core.canonical import Json, JsonObject, is_list, is_object
from dataiku_iac.resources.spec_keys import DSS_KEY

__all__ = ["Expand", "equal", "shortest", "unwrapped", "whole_number"]

Expand = Callable[[Json], Json]

_PLAIN: Final = frozenset({str, bool, type(None)})


def shortest(raw: Json, expand: Expand, proposals: Iterable[Json]) -> Json:
    """Return the first of ``proposals`` that ``expand`` turns into ``raw``; else ``raw``, wrapped if it would be misread.

    >>> shortest({"mode": "NONE"}, lambda v: {"mode": "NONE"} if v == "none" else v, ["none"])
    'none'
    """
    for proposal in proposals:
        if equal(expand(proposal), raw):
            return proposal
    return raw if equal(expand(raw), raw) else {DSS_KEY: raw}


def unwrapped(value: Json) -> JsonObject | None:
    """Return the DSS object that stands below ``dss`` because it would be misread, or ``None`` if ``value`` is something else.

    >>> unwrapped({"dss": {"type": "x"}}), unwrapped({"dss": {}, "more": 1})
    ({'type': 'x'}, None)
    """
    if not (is_object(value) and value.keys() == {DSS_KEY}):
        return None
    inner = value[DSS_KEY]
    return inner if is_object(inner) else None


def equal(left: Json, right: Json) -> bool:
    """Tell whether two JSON values are one: 1 and 1.0 are, 1 and true are not; the order of keys means nothing.

    >>> equal({"a": [1.0]}, {"a": [1]}), equal(True, 1)
    (True, False)
    """
    if left is right:
        return True
    if type(left) in _PLAIN or type(right) in _PLAIN:
        return type(left) is type(right) and left == right
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        return left.keys() == right.keys() and all(equal(left[key], right[key]) for key in left)
    if is_list(left) and is_list(right):
        return len(left) == len(right) and all(map(equal, left, right))
    return left == right


_EXACT: Final = 2.0**53  # from here on floats skip integers


def whole_number(value: Json) -> Json:
    """Return numbers as people write them; the server stores whole ones as floats.

    >>> whole_number(100.0), whole_number(0.8), whole_number("1.0")
    (100, 0.8, '1.0')
    """
    return int(value) if isinstance(value, float) and value.is_integer() and abs(value) < _EXACT else value
