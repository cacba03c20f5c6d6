"""The simplest forms: values that are the same on both sides, and words of DSS in small letters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from dataiku_iac.core.canonical import Json, JsonObject, is_list, is_object
from dataiku_iac.core.fields import UNSET, Unset
from dataiku_iac.resources.short_forms import Form, Scope

__all__ = ["BOOLEAN", "COUNT", "NAMES", "OBJECT", "OBJECTS", "TEXT", "WORD", "Verbatim", "Word"]


@dataclass(frozen=True, slots=True)
class Verbatim(Form):
    """The same on both sides, of what ``type`` and ``items`` of its schema say."""

    schema: JsonObject

    def expand(self, spec: Json, scope: Scope) -> Json:
        """See ``Form``."""
        return spec

    def shorten(self, value: Json, scope: Scope) -> Json | Unset:
        """See ``Form``."""
        return value if _fits(value, self.schema) else UNSET


_TYPES: Final[Mapping[str, type | tuple[type, ...]]] = {
    "string": str,
    "boolean": bool,
    "integer": int,
    "number": (int, float),
}


def _fits(value: Json, schema: JsonObject) -> bool:
    """Tell whether a value has the type of a simple schema: its ``type``, ``minLength``, ``minimum``, ``items``."""
    kind = schema.get("type")
    if kind == "object":
        return is_object(value)
    if kind == "array":
        items = schema.get("items", {})
        return is_list(value) and (not is_object(items) or all(_fits(item, items) for item in value))
    if kind is None:
        return True
    if isinstance(value, bool) and kind != "boolean":
        return False
    if not isinstance(value, _TYPES[str(kind)]):
        return False
    low = schema.get("minimum")
    if isinstance(low, int) and isinstance(value, int | float) and value < low:
        return False
    return not (schema.get("minLength") and value == "")


TEXT: Final = Verbatim({"type": "string", "minLength": 1})
BOOLEAN: Final = Verbatim({"type": "boolean"})
COUNT: Final = Verbatim({"type": "integer", "minimum": 0})
NAMES: Final = Verbatim({"type": "array", "items": {"type": "string", "minLength": 1}})
OBJECT: Final = Verbatim({"type": "object"})
OBJECTS: Final = Verbatim({"type": "array", "items": {"type": "object"}})


_WORD: Final[JsonObject] = {"type": "string", "minLength": 1}


class Word(Form):
    """``left`` for ``LEFT``: a word of DSS in small letters; any case is understood."""

    schema = _WORD

    def expand(self, spec: Json, scope: Scope) -> Json:
        """See ``Form``."""
        return spec.upper() if isinstance(spec, str) else spec

    def shorten(self, value: Json, scope: Scope) -> Json | Unset:
        """See ``Form``."""
        return value.lower() if isinstance(value, str) and value and value.lower().upper() == value else UNSET


WORD: Final = Word()
