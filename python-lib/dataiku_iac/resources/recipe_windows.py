"""Windows of a window recipe: ``partition_by``, ``order_by`` and ``frame``; several of them under ``windows``.

===================================== ===================================================================
spec                                  DSS
===================================== ===================================================================
``partition_by: [country]``           ``enablePartitioning: true``, ``partitioningColumns``
``order_by: [{amount: desc}]``        ``enableOrdering: true``, ``orders``
``frame: {preceding: 7, following: 0}``  ``enableLimits: true``, rows before and after; one left out is unlimited
``frame: {from: -25, to: 0, unit: day}`` ``windowLimitMode: RANGE`` of the column the rows are ordered by
===================================== ===================================================================

Source: object-shapes.md 8 (window). All [seen] unless marked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from dataiku_iac.core.canonical import Json, JsonObject, is_list, is_object
from dataiku_iac.core.fields import Unset
from dataiku_iac.resources.recipe_columns import AGGREGATES
from dataiku_iac.resources.recipe_leftovers import UNSELECTED, change_at, set_aside
from dataiku_iac.resources.recipe_orders import ORDERS
from dataiku_iac.resources.short_forms import Form, One, Part, Record, Scope
from dataiku_iac.resources.short_values import NAMES, TEXT, WORD, Verbatim

__all__ = ["Windows", "set_aside_in_window"]

_LIMITS: Final = ("limitPreceding", "precedingRows", "limitFollowing", "followingRows")
_BOUNDS: Final = ("windowLowerBound", "windowUpperBound", "windowDateRangeUnit")
_NUMBER: Final = Verbatim({"type": "number"})


def set_aside_in_window(payload: JsonObject) -> JsonObject:
    """Return a payload without what has no effect: limits of a window without any, columns without an aggregate, …"""
    payload = _changed(payload, "windows.*", _set_aside_limits)
    takes_all = payload.get("retrievedColumnsSelectionMode") == "ALL"  # then the single flags say nothing [inferred]
    payload = _changed(payload, "values.*", lambda value: _set_aside_settings(value, takes_all=takes_all))
    if payload.get("ntile") is not True:
        payload = set_aside(payload, ("ntileValues",))
    values = payload.get("values")
    if not is_list(values):
        return payload
    kept = [value for value in values if _has_effect(value)]
    dropped = [value for value in values if not _has_effect(value)]
    return {**payload, "values": kept, UNSELECTED: dropped} if dropped else payload


def _changed(payload: JsonObject, path: str, change: Callable[[JsonObject], JsonObject]) -> JsonObject:
    changed = change_at(payload, path, change)
    return changed if is_object(changed) else payload


def _set_aside_limits(window: JsonObject) -> JsonObject:
    unused: list[str] = []
    if window.get("enablePartitioning") is not True:
        unused.append("partitioningColumns")
    if window.get("enableOrdering") is not True:
        unused.append("orders")
    if window.get("enableLimits") is not True:
        unused += [*_LIMITS, *_BOUNDS, "windowLimitMode"]
    elif window.get("windowLimitMode", "ROWS") == "ROWS":
        unused += _BOUNDS
        unused += [
            rows
            for limit, rows in (("limitPreceding", "precedingRows"), ("limitFollowing", "followingRows"))
            if window.get(limit) is not True
        ]
    elif window.get("windowLimitMode") == "RANGE":
        unused += _LIMITS  # rows, not a range [inferred]
    return set_aside(window, unused)


def _set_aside_settings(value: JsonObject, *, takes_all: bool) -> JsonObject:
    lags = any(value.get(flag) is True for flag in ("lag", "lagDiff"))
    leads = any(value.get(flag) is True for flag in ("lead", "leadDiff"))
    differs = any(value.get(flag) is True for flag in ("lagDiff", "leadDiff"))
    unused = [key for key, used in (("lagValues", lags), ("leadValues", leads), ("dateDiffUnit", differs)) if not used]
    return set_aside(value, [*unused, "value"] if takes_all else unused)


def _has_effect(value: Json) -> bool:
    flags = (*AGGREGATES, "value", "lag", "lead", "lagDiff", "leadDiff")
    return not is_object(value) or bool(value.get("customExpr")) or any(value.get(flag) for flag in flags)


@dataclass(frozen=True, slots=True)
class _Enabled(Part):
    """A list and the switch that turns it on: declared is what is on."""

    key: str
    switch: str
    native: str
    form: Form
    keys: Mapping[str, JsonObject] = field(init=False)
    natives: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "keys", {self.key: self.form.schema})
        object.__setattr__(self, "natives", (self.switch, self.native))

    def expand(self, spec: JsonObject, scope: Scope) -> dict[str, Json]:
        return {self.switch: True, self.native: self.form.expand(spec[self.key], scope)}

    def shorten(self, native: JsonObject, scope: Scope) -> dict[str, Json]:
        said = self.form.shorten(native.get(self.native), scope)
        return {} if isinstance(said, Unset) or native.get(self.switch) is not True else {self.key: said}


class _Frame(Part):
    """The rows around the current one, or the range of values around its own."""

    keys: Mapping[str, JsonObject] = {
        "frame": {
            "anyOf": [
                {
                    "type": "object",
                    "properties": {"preceding": {"type": "integer"}, "following": {"type": "integer"}},
                    "additionalProperties": False,
                },
                {
                    "type": "object",
                    "required": ["from", "to"],
                    "properties": {"from": {"type": "number"}, "to": {"type": "number"}, "unit": WORD.schema},
                    "additionalProperties": False,
                },
            ],
            "description": "rows: {preceding: 7, following: 0}, one left out is unlimited; values: {from: -25, to: 0}",
        }
    }
    natives = ("enableLimits", "windowLimitMode", *_LIMITS, *_BOUNDS)

    def expand(self, spec: JsonObject, scope: Scope) -> dict[str, Json]:
        frame = spec["frame"]
        if not is_object(frame):
            return {"enableLimits": frame}
        native: dict[str, Json] = {"enableLimits": True}
        if "from" in frame or "to" in frame:
            native |= {"windowLimitMode": "RANGE", _BOUNDS[0]: frame.get("from"), _BOUNDS[1]: frame.get("to")}
            return {**native, _BOUNDS[2]: WORD.expand(frame["unit"], scope)} if "unit" in frame else native
        for key, limit, rows in (("preceding", *_LIMITS[:2]), ("following", *_LIMITS[2:])):
            native[limit] = key in frame
            if key in frame:
                native[rows] = frame[key]
        return native

    def shorten(self, native: JsonObject, scope: Scope) -> dict[str, Json]:
        if native.get("enableLimits") is not True:
            return {}
        if native.get("windowLimitMode") == "RANGE":
            unit = WORD.shorten(native.get(_BOUNDS[2]), scope)
            ends: dict[str, Json] = {"from": native.get(_BOUNDS[0]), "to": native.get(_BOUNDS[1])}
            if any(isinstance(_NUMBER.shorten(end, scope), Unset) for end in ends.values()):
                return {}
            return {"frame": ends if isinstance(unit, Unset) else {**ends, "unit": unit}}
        frame = {
            key: native.get(rows)
            for key, limit, rows in (("preceding", *_LIMITS[:2]), ("following", *_LIMITS[2:]))
            if native.get(limit) is True
        }
        return {"frame": frame} if all(type(rows) is int for rows in frame.values()) else {}


_WINDOW: Final = Record(
    (
        _Enabled("partition_by", "enablePartitioning", "partitioningColumns", NAMES),
        _Enabled("order_by", "enableOrdering", "orders", ORDERS),
        _Frame(),
        One("prefix", "prefix", TEXT),
    )
)
_SINGLE: Final = ("partition_by", "order_by", "frame")


class Windows(Part):
    """``partition_by``, ``order_by``, ``frame`` of the only window, or ``windows``."""

    keys: Mapping[str, JsonObject] = {
        **{key: schema for part in _WINDOW.parts for key, schema in part.keys.items() if key in _SINGLE},
        "windows": {"type": "array", "items": _WINDOW.schema},
    }
    natives = ("windows",)

    def expand(self, spec: JsonObject, scope: Scope) -> dict[str, Json]:
        """See ``Part``."""
        windows = spec.get("windows", [])
        single = {key: spec[key] for key in _SINGLE if key in spec}
        if single:
            windows = [single]
        return {"windows": [_WINDOW.expand(item, scope) for item in windows] if is_list(windows) else windows}

    def shorten(self, native: JsonObject, scope: Scope) -> dict[str, Json]:
        """See ``Part``."""
        windows = native["windows"]
        said = [_WINDOW.shorten(item, scope) for item in windows] if is_list(windows) else []
        if len(said) == 1 and is_object(said[0]) and said[0] and set(said[0]) <= set(_SINGLE):
            return dict(said[0])
        if not is_list(windows) or any(isinstance(item, Unset) for item in said):
            return {}
        return {"windows": [item for item in said if not isinstance(item, Unset)]}

    def mistakes(self, spec: JsonObject, scope: Scope) -> Iterator[tuple[str, str]]:
        """See ``Part``."""
        if "windows" in spec and len(spec) > 1:
            yield (
                "windows",
                "partition_by, order_by and frame are for a single window; list that one under windows, too",
            )
