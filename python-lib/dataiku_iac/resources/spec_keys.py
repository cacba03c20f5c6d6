"""Which keys of a spec are which keys of DSS, for the kinds whose spec is mostly DSS's own object.

Keys with a friendly name and keys under DSS's own name stand at the top of a spec. Whatever else an object holds (fields
of newer DSS versions, or a key that a friendly name hides) stands below ``dss``, so that nothing is beyond reach and a
typing error is still an error.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from dataiku_iac.core.canonical import Json, JsonObject, is_object

__all__ = ["DSS_KEY", "DSS_SCHEMA", "SpecKeys", "objects_schema", "with_value"]

DSS_KEY = "dss"
DSS_SCHEMA: JsonObject = {
    "type": "object",
    "description": "Any other field of the DSS object, under DSS's own name; nothing checks these names.",
}


@dataclass(frozen=True, slots=True)
class SpecKeys:
    """The key table of one kind.

    Attributes:
        renamed: spec key to DSS key, e.g. ``{"format_type": "formatType"}``.
        same: keys that are the same on both sides, e.g. ``flowOptions``.
    """

    renamed: Mapping[str, str]
    same: Sequence[str]
    _to_dss: Mapping[str, str] = field(init=False, repr=False, compare=False)
    _to_spec: Mapping[str, str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        to_dss = {**self.renamed, **{key: key for key in self.same}}
        object.__setattr__(self, "_to_dss", to_dss)
        object.__setattr__(
            self, "_to_spec", {dss: key for key, dss in self.renamed.items()} | {key: key for key in self.same}
        )

    def to_spec(self, definition: JsonObject) -> dict[str, Json]:
        """Return the spec form of what is left of ``definition`` once the kind has taken its own parts out.

        >>> SpecKeys({"format_type": "formatType"}, ("tags",)).to_spec({"formatType": "csv", "tags": ["a"], "new": 1})
        {'format_type': 'csv', 'tags': ['a'], 'dss': {'new': 1}}
        """
        names = self._to_spec
        spec: dict[str, Json] = {names[key]: value for key, value in definition.items() if key in names}
        unknown = {key: value for key, value in definition.items() if key not in names}
        if unknown:
            spec[DSS_KEY] = unknown
        return spec

    def to_definition(self, spec: JsonObject) -> dict[str, Json]:
        """Return the DSS form of those keys of ``spec`` that this table knows; the inverse of ``to_spec``."""
        unknown = spec.get(DSS_KEY)
        definition: dict[str, Json] = dict(unknown) if is_object(unknown) else {}
        names = self._to_dss
        return definition | {names[key]: value for key, value in spec.items() if key in names}


def objects_schema(*keys: str) -> dict[str, Json]:
    """Return property schemas for keys that hold an object of DSS's own shape."""
    return {key: {"type": "object"} for key in keys}


def with_value(definition: JsonObject, key: str, words: Mapping[str, str]) -> JsonObject:
    """Return ``definition`` with the text at ``key`` said in other words; a text that is not in ``words`` stays.

    >>> with_value({"type": "mlflow"}, "type", {"mlflow": "MLFLOW_PYFUNC"})
    {'type': 'MLFLOW_PYFUNC'}
    """
    value = definition.get(key)
    return {**definition, key: words[value]} if isinstance(value, str) and value in words else definition
