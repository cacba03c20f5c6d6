"""Formats of datasets on files: presets that people name, and the options in which a dataset differs from one.

::

    format: csv                          # what DSS writes for this dataset: see PRESETS
    format_params: {separator: ";"}      # options that differ from the preset
    format: csv_hive                     # a preset by name

``format_type`` is DSS's own key: with it, ``format_params`` are exactly DSS's ``formatParams`` and nothing is added.
Source: object-shapes.md 6.2 (2353 csv datasets), api-flow.md 4.6. All [seen].
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

from dataiku_iac.core.canonical import Json, JsonObject, is_object
from dataiku_iac.resources.exact_forms import equal

__all__ = ["FORMAT_KEYS", "PRESETS", "expand_format", "native_format", "shorten_format"]

FORMAT_KEYS: Final = ("format", "format_type", "format_params")

_ALIASES: Final[Mapping[str, str]] = MappingProxyType({"orc": "orcfile", "fixed_width": "fixed"})
"""Other names people use. A node stores an unknown format silently and drops its params [seen], so ``orc`` must not pass."""

_UNIX: Final[JsonObject] = {
    "style": "unix",
    "charset": "utf8",
    "separator": "\t",
    "dateSerializationFormat": "ISO",
    "arrayMapFormat": "json",
    "parseHeaderRow": False,
    "compress": "gz",
}
_EXCEL: Final[JsonObject] = {
    "style": "excel",
    "charset": "utf-8",
    "separator": ",",
    "dateSerializationFormat": "ISO",
    "arrayMapFormat": "json",
    "parseHeaderRow": True,
    "compress": "",
}
_HIVE: Final[JsonObject] = {
    "style": "escape_only_no_quote",
    "charset": "utf8",
    "separator": "\t",
    "arrayItemSeparator": "\u0002",
    "mapKeySeparator": "\u0003",
    "dateSerializationFormat": "HIVE",
    "arrayMapFormat": "hive",
    "parseHeaderRow": False,
    "compress": "",
}
PRESETS: Final[Mapping[str, tuple[str, JsonObject]]] = MappingProxyType(
    {
        "csv_unix": ("csv", _UNIX),
        "csv_excel": ("csv", _EXCEL),
        "csv_hive": ("csv", _HIVE),
        "excel": ("excel", {"xlsx": True, "parseDatesToISO": False, "parseHeaderRow": True}),
        "json": ("json", {"maxExpansionDepth": -1, "nestedArraysHandling": "FLATTEN", "headerRow": True}),
    }
)
"""Name to format and options. ``csv`` is csv_unix for what DSS manages, and csv_excel, which format detection finds, for the rest.

Options that (nearly) all datasets of a format share are defaults of the field table; here are those with several habits.
"""


def native_format(name: str) -> str:
    """Return DSS's name of a format.

    >>> native_format("orc"), native_format("csv_hive"), native_format("Parquet")
    ('orcfile', 'csv', 'parquet')
    """
    lower = name.lower()
    if lower in PRESETS:
        return PRESETS[lower][0]
    found = _ALIASES.get(lower, lower)
    return found if found in _KNOWN or lower in _ALIASES else name


_KNOWN: Final = frozenset({"csv", "parquet", "excel", "json", "avro", "orcfile", "shapefile", "xml", "geojson", "line"})


def expand_format(spec: JsonObject, *, managed: bool) -> dict[str, Json]:
    """Return ``formatType`` and ``formatParams`` of a spec.

    >>> expand_format({"format": "csv", "format_params": {"separator": ";"}}, managed=True)["formatParams"]["separator"]
    ';'
    >>> expand_format({"format_type": "csv"}, managed=True)
    {'formatType': 'csv'}
    """
    found: dict[str, Json] = {}
    own, named, options = spec.get("format_type"), spec.get("format"), spec.get("format_params")
    if "format_type" in spec:
        found["formatType"] = native_format(own) if isinstance(own, str) else own
    elif isinstance(named, str):
        form, preset = _preset(named, managed=managed)
        found["formatType"] = form
        if preset:
            found["formatParams"] = dict(preset)
    elif "format" in spec:
        found["formatType"] = named
    if is_object(options):
        base = found.get("formatParams")
        found["formatParams"] = {**(base if is_object(base) else {}), **options}
    elif "format_params" in spec:
        found["formatParams"] = options
    return found


def shorten_format(definition: JsonObject, *, managed: bool) -> dict[str, Json]:
    """Return the spec keys for what ``definition`` says of the format: the preset that needs the fewest options, if any fits.

    >>> shorten_format({"formatType": "csv", "formatParams": {**PRESETS["csv_unix"][1], "compress": ""}}, managed=True)
    {'format': 'csv', 'format_params': {'compress': ''}}
    >>> shorten_format({"formatType": "csv", "formatParams": {"separator": ";"}}, managed=True)
    {'format_type': 'csv', 'format_params': {'separator': ';'}}
    """
    raw = {key: definition[key] for key in ("formatType", "formatParams") if key in definition}
    best: dict[str, Json] | None = None
    for proposal in _proposals(raw, managed=managed):
        if equal(expand_format(proposal, managed=managed), raw) and (best is None or _size(proposal) < _size(best)):
            best = proposal
    if best is not None:
        return best
    return {
        key: raw[dss] for key, dss in (("format_type", "formatType"), ("format_params", "formatParams")) if dss in raw
    }


def _preset(name: str, *, managed: bool) -> tuple[str, JsonObject]:
    lower = name.lower()
    if lower == "csv":
        return PRESETS["csv_unix" if managed else "csv_excel"]
    return PRESETS.get(lower, (native_format(name), {}))


def _proposals(raw: JsonObject, *, managed: bool) -> Iterator[dict[str, Json]]:
    form, options = raw.get("formatType"), raw.get("formatParams", {})
    if not isinstance(form, str) or not is_object(options):
        return
    names = [form, *(name for name, (native, _) in PRESETS.items() if native == form and name != form)]
    for name in names:
        _, preset = _preset(name, managed=managed)
        differing = {key: value for key, value in options.items() if key not in preset or not equal(preset[key], value)}
        yield {"format": name, "format_params": differing} if differing else {"format": name}


def _size(proposal: JsonObject) -> int:
    options = proposal.get("format_params")
    return len(options) if is_object(options) else 0
