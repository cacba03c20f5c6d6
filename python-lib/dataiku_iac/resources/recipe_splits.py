"""Split and pivot recipes.

=============================================================== ============================================
spec                                                            DSS
=============================================================== ============================================
``mode: filters``, ``splits: [{filter: …, to: FRENCH}]``        ``filterSplits: [{filter, outputIndex: 0}]``
``mode: values``, ``column: c``, ``splits: [{value: 1, to: A}]``  ``valueSplits``
``mode: random``, ``splits: [{share: 80, to: TRAIN}]``          ``randomSplits``; likewise ``random_columns``,
                                                                ``centile``, ``range``
``others: TEST`` or ``others: drop``                            ``defaultOutputIndex``
=============================================================== ============================================

A payload holds the settings of all modes; those of the modes that are not chosen are set aside.
Source: object-shapes.md 8 (split, pivot). All [seen].
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from dataiku_iac.core.canonical import Json, JsonObject, is_list, is_object
from dataiku_iac.core.fields import UNSET, Unset
from dataiku_iac.resources.recipe_columns import AGGREGATIONS
from dataiku_iac.resources.recipe_filters import FILTER, set_aside_in_filter
from dataiku_iac.resources.recipe_leftovers import change_at, set_aside
from dataiku_iac.resources.recipe_tables import END_SCHEMA, expand_end, shorten_end
from dataiku_iac.resources.short_forms import Form, ListOf, One, Part, Record, Scope
from dataiku_iac.resources.short_values import BOOLEAN, COUNT, NAMES, WORD, Verbatim

__all__ = ["Pivots", "Splits", "set_aside_in_pivot", "set_aside_in_split"]

_BLOCKS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "FILTERS": ("filterSplits",),
        "VALUES": ("valueSplits", "column"),
        "RANGE": ("rangeSplits", "column", "rangeSetTime"),
        "RANDOM": ("randomSplits",),
        "RANDOM_COLUMNS": ("randomColumnsSplits", "randomColumns"),
        "CENTILE": ("centileSplits", "centileOrders", "centileShuffle", "centileTDigest"),
    }
)
"""Mode to its settings; the first of them is the list of outputs."""
_DROP: Final = "drop"
_NOWHERE: Final = -1


def set_aside_in_split(payload: JsonObject) -> JsonObject:
    """Return a payload without the settings of other modes; one without a mode, of old versions, stays as it is."""
    own = _BLOCKS.get(str(payload.get("mode")))
    if own is None:
        return payload
    changed = change_at(payload, f"{own[0]}.*.filter", set_aside_in_filter)
    others = {key for block in _BLOCKS.values() for key in block} - set(own)
    return set_aside(changed if is_object(changed) else payload, sorted(others))


@dataclass(frozen=True, slots=True)
class _Output(Form):
    """The name of an output for its number; ``drop`` for none of them."""

    drops: bool = False

    @property
    def schema(self) -> JsonObject:  # type: ignore[override]  # the same for all
        return {**END_SCHEMA, "description": "the name of an output, or its number from 0"}

    def expand(self, spec: Json, scope: Scope) -> Json:
        if self.drops and spec == _DROP and _DROP not in scope.outputs:
            return _NOWHERE
        return expand_end(spec, scope.outputs)

    def shorten(self, value: Json, scope: Scope) -> Json | Unset:
        if self.drops and value == _NOWHERE and _DROP not in scope.outputs:
            return _DROP
        return shorten_end(value, scope.outputs)

    def mistakes(self, spec: Json, scope: Scope) -> Iterator[tuple[str, str]]:
        if isinstance(spec, str) and spec not in scope.outputs and not (self.drops and spec == _DROP):
            yield "", f'"{spec}" is no output of this recipe'


_SPLIT: Final = Record(
    (
        One("filter", "filter", FILTER),
        One("value", "value", Verbatim({})),
        One("case_sensitive", "caseSensitive", BOOLEAN),
        One("share", "share", Verbatim({"type": "number"})),
        One("to", "outputIndex", _Output()),
    )
)
_OTHERS: Final = One("others", "defaultOutputIndex", _Output(drops=True))


class Splits(Part):
    """``mode`` and its ``splits``, and what becomes of the ``others``."""

    keys: Mapping[str, JsonObject] = {
        "mode": {**WORD.schema, "description": "how to divide or to combine"},
        "splits": {"type": "array", "items": _SPLIT.schema},
        **_OTHERS.keys,
    }
    natives = ("mode", *(block[0] for block in _BLOCKS.values()), "defaultOutputIndex")

    def expand(self, spec: JsonObject, scope: Scope) -> dict[str, Json]:
        """See ``Part``."""
        native: dict[str, Json] = {}
        mode = WORD.expand(spec.get("mode"), scope)
        if "mode" in spec:
            native["mode"] = mode
        splits = spec.get("splits")
        block = _BLOCKS.get(str(mode))
        if block and is_list(splits):
            native[block[0]] = [_SPLIT.expand(item, scope) for item in splits]
        return native | (_OTHERS.expand(spec, scope) if "others" in spec else {})

    def shorten(self, native: JsonObject, scope: Scope) -> dict[str, Json]:
        """See ``Part``."""
        block = _BLOCKS.get(str(native.get("mode")))
        mode = WORD.shorten(native.get("mode"), scope)
        short: dict[str, Json] = {} if isinstance(mode, Unset) else {"mode": mode}
        splits = native.get(block[0]) if block else None
        if is_list(splits):
            said = [_SPLIT.shorten(item, scope) for item in splits]
            if all(is_object(item) for item in said):
                short["splits"] = [item for item in said if not isinstance(item, Unset)]
        return short | (_OTHERS.shorten(native, scope) if "defaultOutputIndex" in native else {})

    def mistakes(self, spec: JsonObject, scope: Scope) -> Iterator[tuple[str, str]]:
        """See ``Part``."""
        mode = WORD.expand(spec.get("mode"), scope)
        splits = spec.get("splits")
        if "splits" in spec and str(mode) not in _BLOCKS:
            yield "splits", f"they need a mode: {', '.join(mode.lower() for mode in _BLOCKS)}"
        for i, item in enumerate(splits if is_list(splits) else ()):
            yield from ((f"splits[{i}]{path}", text) for path, text in _SPLIT.mistakes(item, scope))
        if "others" in spec:
            yield from _OTHERS.mistakes(spec, scope)


# --- pivot ---

_LIMITS: Final = {"TOP_N": "topnLimit", "AT_LEAST_N_OCC": "minOccLimit", "EXPLICIT": "explicitValues"}


def set_aside_in_pivot(payload: JsonObject) -> JsonObject:
    """Return a payload without the limits that are not chosen."""

    def limits(pivot: JsonObject) -> JsonObject:
        chosen = pivot.get("valueLimit")
        return set_aside(pivot, [key for limit, key in _LIMITS.items() if limit != chosen]) if chosen else pivot

    changed = change_at(payload, "pivots.*", limits)
    return changed if is_object(changed) else payload


class _ValueColumn(Form):
    """``{amount: [sum]}``; a list of them, as their order is that of the output's columns."""

    schema: JsonObject = {**AGGREGATIONS.schema, "minProperties": 1, "maxProperties": 1}  # noqa: RUF012  read only

    def expand(self, spec: Json, scope: Scope) -> Json:
        values = AGGREGATIONS.expand(spec, scope)
        return values[0] if is_list(values) and len(values) == 1 else spec

    def shorten(self, value: Json, scope: Scope) -> Json | Unset:
        return AGGREGATIONS.shorten([value], scope)


_PIVOT: Final = Record(
    (
        One("columns", "keyColumns", NAMES),
        One("values", "valueColumns", ListOf(_ValueColumn())),
        One("count", "globalCount", BOOLEAN),
        One("limit", "valueLimit", WORD),
        One("top", "topnLimit", COUNT),
    )
)
_SINGLE: Final = tuple(key for part in _PIVOT.parts for key in part.keys)


class Pivots(Part):
    """``columns``, ``values``, ``count``, ``limit``, ``top`` of the only pivot, or ``pivots``."""

    keys: Mapping[str, JsonObject] = {
        **{key: schema for part in _PIVOT.parts for key, schema in part.keys.items()},
        "pivots": {"type": "array", "items": _PIVOT.schema},
    }
    natives = ("pivots",)

    def expand(self, spec: JsonObject, scope: Scope) -> dict[str, Json]:
        """See ``Part``."""
        pivots = spec.get("pivots", [])
        single = {key: spec[key] for key in _SINGLE if key in spec}
        if single:
            pivots = [single]
        return {"pivots": [_PIVOT.expand(item, scope) for item in pivots] if is_list(pivots) else pivots}

    def shorten(self, native: JsonObject, scope: Scope) -> dict[str, Json]:
        """See ``Part``."""
        pivots = native["pivots"]
        said = [_PIVOT.shorten(item, scope) for item in pivots] if is_list(pivots) else [UNSET]
        if len(said) == 1 and is_object(said[0]) and said[0] and set(said[0]) <= set(_SINGLE):
            return dict(said[0])
        if any(isinstance(item, Unset) for item in said):
            return {}
        return {"pivots": [item for item in said if not isinstance(item, Unset)]}

    def mistakes(self, spec: JsonObject, scope: Scope) -> Iterator[tuple[str, str]]:
        """See ``Part``."""
        if "pivots" in spec and len(spec) > 1:
            yield (
                "pivots",
                "columns, values, count, limit and top are for a single pivot; list that one under pivots, too",
            )
