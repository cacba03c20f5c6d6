"""Sampling recipes: the payload is a filter, ``params.selection`` says how many rows.

=========================== ============================================================
spec                        DSS
=========================== ============================================================
``filter: "amount > 0"``    the whole payload
``sample: full``            ``samplingMethod: FULL``
``sample: {first: 1000}``   ``HEAD_SEQUENTIAL``, ``maxRecords``
``sample: {random: 1000}``  ``RANDOM_FIXED_NB``, ``maxRecords``
``sample: {ratio: 0.1}``    ``RANDOM_FIXED_RATIO``, ``targetRatio``
=========================== ============================================================

Source: object-shapes.md 3 (selection) and 8 (sampling). All [seen].
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

from dataiku_iac.core.canonical import Json, JsonObject, is_object
from dataiku_iac.core.fields import UNSET, Unset
from dataiku_iac.resources.recipe_filters import FILTER
from dataiku_iac.resources.recipe_leftovers import set_aside
from dataiku_iac.resources.short_forms import Form, Part, Scope
from dataiku_iac.resources.spec_keys import DSS_KEY

__all__ = ["SAMPLE", "WholeFilter", "set_aside_in_selection"]

_METHODS: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "first": ("HEAD_SEQUENTIAL", "maxRecords"),
        "random": ("RANDOM_FIXED_NB", "maxRecords"),
        "ratio": ("RANDOM_FIXED_RATIO", "targetRatio"),
    }
)
_FULL: Final = "full"


def set_aside_in_selection(selection: JsonObject) -> JsonObject:
    """Return the selection without the sizes that its method does not use."""
    method = selection.get("samplingMethod")
    used = {"FULL": "", **dict(_METHODS.values())}
    if not isinstance(method, str) or method not in used:
        return selection
    return set_aside(selection, [size for size in ("maxRecords", "targetRatio") if size != used[method]])


class _Sample(Form):
    schema: JsonObject = {  # noqa: RUF012  read only
        "anyOf": [
            {"const": _FULL},
            {
                "type": "object",
                "minProperties": 1,
                "properties": {
                    "first": {"type": "integer"},
                    "random": {"type": "integer"},
                    "ratio": {"type": "number"},
                    DSS_KEY: {"type": "object"},
                },
                "additionalProperties": False,
            },
        ],
        "description": "full, or {first: 1000}, {random: 1000}, {ratio: 0.1}",
    }

    def expand(self, spec: Json, scope: Scope) -> Json:
        if spec == _FULL:
            return {"samplingMethod": "FULL"}
        if not is_object(spec):
            return spec
        rest = spec.get(DSS_KEY)
        native: dict[str, Json] = dict(rest) if is_object(rest) else {}
        for key, (method, size) in _METHODS.items():
            if key in spec:
                native |= {"samplingMethod": method, size: spec[key]}
        return native

    def shorten(self, value: Json, scope: Scope) -> Json | Unset:
        if not is_object(value):
            return UNSET
        if value == {"samplingMethod": "FULL"}:
            return _FULL
        for key, (method, size) in _METHODS.items():
            number = value.get(size)
            wanted = (int, float) if size == "targetRatio" else int
            if value.get("samplingMethod") == method and isinstance(number, wanted) and not isinstance(number, bool):
                rest = {name: item for name, item in value.items() if name not in ("samplingMethod", size)}
                return {key: number, DSS_KEY: rest} if rest else {key: number}
        return {DSS_KEY: value} if value else UNSET

    def mistakes(self, spec: Json, scope: Scope) -> Iterator[tuple[str, str]]:
        given = [key for key in _METHODS if is_object(spec) and key in spec]
        if len(given) > 1:
            yield "", f"{' and '.join(given)}: a sample is one of them"


SAMPLE: Final = _Sample()


class WholeFilter(Part):
    """``filter``, which is the payload itself."""

    keys: Mapping[str, JsonObject] = {"filter": FILTER.schema}
    natives = ("distinct", "enabled", "uiData", "expression", "language")

    def expand(self, spec: JsonObject, scope: Scope) -> dict[str, Json]:
        """See ``Part``."""
        native = FILTER.expand(spec["filter"], scope)
        return dict(native) if is_object(native) else {}

    def shorten(self, native: JsonObject, scope: Scope) -> dict[str, Json]:
        """See ``Part``."""
        said = FILTER.shorten(native, scope)
        return {} if isinstance(said, Unset) else {"filter": said}

    def mistakes(self, spec: JsonObject, scope: Scope) -> Iterator[tuple[str, str]]:
        """See ``Part``."""
        yield from ((f"filter{path}", text) for path, text in FILTER.mistakes(spec["filter"], scope))
