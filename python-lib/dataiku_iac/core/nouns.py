"""What people call the parts of a spec: a list under ``steps`` holds steps, one under ``schema`` columns.

A table, not code: ``report/phrases.py`` makes the sentences. It serves every kind, as the words of DSS mean one thing
everywhere; a kind whose keys mean something else says so in ``Kind.nouns``, which wins.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, TypeAlias

__all__ = ["NOUNS", "Noun", "Nouns"]


@dataclass(frozen=True, slots=True)
class Noun:
    """How the elements of a list are spoken of, or the entries of a mapping.

    Attributes:
        one: a single one, ``column``.
        numbered: it is known by its place (``step 4 of 9``), not by its name.
        main: the field that makes it what it is: a change is said as ``column email: string → bigint``.
        said: sentence for one that was added or removed, from ``{noun}``, ``{label}`` and ``{verb}``.
        entry: name of an element of a list that stands under a key, from ``{item}`` and ``{key}``: ``avg(amount)``.
        fields: words for fields below it, ``{"expression": "formula"}``; an empty word says nothing.
        many: more than one, where that is not ``one`` with an ``s``.
        within: what it belongs to, said where no element of a list says so: ``join: condition added on customer_id``.
    """

    one: str
    numbered: bool = False
    main: str = ""
    said: str = "{noun} {label} {verb}"
    entry: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    many: str = ""
    within: str = ""

    @property
    def plural(self) -> str:
        """More than one."""
        return self.many or f"{self.one}s"


Nouns: TypeAlias = Mapping[str, Noun]

_STEP: Final = MappingProxyType(
    {"expression": "formula", "params": "", "pythonSourceCode": "code", "appliesTo": "columns it applies to"}
)
_PARAMS: Final = MappingProxyType({"params": ""})

NOUNS: Final[Nouns] = MappingProxyType(
    {
        "steps": Noun("step", numbered=True, fields=_STEP),
        "schema": Noun("column", main="type"),
        "columns": Noun("column", main="type"),
        "keys": Noun("key"),
        "aggregations": Noun("aggregation", entry="{item}({key})"),
        "on": Noun("condition", said="{noun} {verb} on {label}", within="join"),
        "joins": Noun("join", numbered=True),
        "windows": Noun("window", numbered=True),
        "orders": Noun("sort column"),
        "triggers": Noun("trigger", fields=_PARAMS),
        "reporters": Noun("reporter", fields=_PARAMS),
        "inputs": Noun("input"),
        "outputs": Noun("output"),
        "main": Noun("dataset"),
        "tags": Noun("tag"),
        "checks": Noun("check"),
        "rules": Noun("rule"),
        "probes": Noun("metric"),
        "items": Noun("item"),
        "builds": Noun("item to build"),
        "permissions": Noun("permission", main="role"),
        "exposed": Noun("exposed object"),
        "shared": Noun("shared item"),
        "pages": Noun("page", numbered=True),
        "tiles": Noun("tile", numbered=True),
        "dimensions": Noun("dimension"),
        "ignore": Noun("ignored path"),
    }
)
