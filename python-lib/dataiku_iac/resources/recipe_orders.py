"""Orders and ranks of visual recipes.

==================================== =====================================================================
spec                                 DSS
==================================== =====================================================================
``order_by: [day, {amount: desc}]``  ``orders: [{column, desc}, …]``
``ranks: [row_number, dense_rank]``  ``rowNumber: true``, ``denseRank: true``, …
==================================== =====================================================================

Source: object-shapes.md 8 (sort, topn, window). All [seen].
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from dataiku_iac.core.canonical import Json, JsonObject, is_list, is_object
from dataiku_iac.core.fields import UNSET, Unset
from dataiku_iac.resources.short_forms import Form, ListOf, One, Part, Scope
from dataiku_iac.resources.short_values import TEXT

__all__ = ["ORDERS", "ORDER_BY", "RANKS", "Flags"]


class _Order(Form):
    """``day``, or ``{amount: desc}``."""

    schema: JsonObject = {  # noqa: RUF012  read only
        "anyOf": [
            TEXT.schema,
            {
                "type": "object",
                "minProperties": 1,
                "maxProperties": 1,
                "additionalProperties": {"enum": ["asc", "desc"]},
            },
        ]
    }

    def expand(self, spec: Json, scope: Scope) -> Json:
        if isinstance(spec, str):
            return {"column": spec, "desc": False}
        for column, direction in spec.items() if is_object(spec) else ():
            return {"column": column, "desc": direction == "desc"}
        return spec

    def shorten(self, value: Json, scope: Scope) -> Json | Unset:
        name, down = (value.get("column"), value.get("desc")) if is_object(value) else (None, None)
        if not isinstance(name, str) or not name or not isinstance(down, bool):
            return UNSET
        return {name: "desc"} if down else name


ORDERS: Final = ListOf(_Order(), "columns, or {column: desc}")
ORDER_BY: Final = One("order_by", "orders", ORDERS)


@dataclass(frozen=True, slots=True)
class Flags(Part):
    """One list of words for several switches that are on: ``ranks: [row_number]`` for ``rowNumber: true``."""

    key: str
    words: Mapping[str, str]
    keys: Mapping[str, JsonObject] = field(init=False)
    natives: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        schema: JsonObject = {"type": "array", "items": {"enum": list(self.words)}}
        object.__setattr__(self, "keys", {self.key: schema})
        object.__setattr__(self, "natives", tuple(self.words.values()))

    def expand(self, spec: JsonObject, scope: Scope) -> dict[str, Json]:
        """See ``Part``."""
        given = spec[self.key]
        return (
            {self.words[word]: True for word in given if isinstance(word, str) and word in self.words}
            if is_list(given)
            else {}
        )

    def shorten(self, native: JsonObject, scope: Scope) -> dict[str, Json]:
        """See ``Part``."""
        on: list[Json] = [word for word, key in self.words.items() if native.get(key) is True]
        return {self.key: on} if on else {}


RANKS: Final = Flags(
    "ranks",
    MappingProxyType(
        {
            "row_number": "rowNumber",
            "rank": "rank",
            "dense_rank": "denseRank",
            "cume_dist": "cumeDist",
            "ntile": "ntile",
            "duplicate_count": "duplicateCount",
        }
    ),
)
