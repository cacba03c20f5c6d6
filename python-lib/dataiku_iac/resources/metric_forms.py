"""Metrics of datasets and folders: which probes compute them, and when.

::

    metrics:
      - {records: on_build}                                  # on_build, on_build_whole, on_demand
      - {columns: {amount: [min, max, count_null]}, compute: on_build}
      - {top_values: {country: [mode]}}                      # percentiles: {amount: [p50]}, validity: {id: [forced_meaning]}
      - {python: "def process(dataset): …", name: my metric, code_env: py311}
      - {sql: "select …"}
      - {type: cell, …}                                      # any other probe, under DSS's names

Every dataset has ``basic`` and ``records``; opening the screen of metrics adds four probes that are off. None of these is worth
a line. Probes that nobody declared stay. Beside probes, ``metrics: {probes: […], engineConfig: {…}}`` says the rest.
Source: object-shapes.md 3 (3402 datasets), api-flow.md 5.1. All [seen].
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from dataiku_iac.core.canonical import Json, JsonObject, is_list, is_object
from dataiku_iac.resources.exact_forms import equal, shortest, unwrapped
from dataiku_iac.resources.selections import STEP_CODE_ENV

__all__ = [
    "BASIC_PROBE",
    "METRICS_SCHEMA",
    "METRIC_WORDS",
    "RECORDS_PROBE",
    "expand_metrics",
    "is_noise_probe",
    "shorten_metrics",
]


@dataclass(frozen=True, slots=True)
class _Probe:
    """One word: DSS's type, and the ``meta`` of its probes."""

    type: str
    name: str
    level: int


_WHEN: Final[Mapping[str, str]] = {"on_build": "PARTITION", "on_build_whole": "WHOLE_DATASET", "on_demand": "NO"}
_WHEN_OF: Final = {dss: word for word, dss in _WHEN.items()}
_SIMPLE: Final = {
    "basic": _Probe("basic", "Basic data", 0),
    "records": _Probe("records", "Record count", 0),
    "partitioning": _Probe("partitioning", "Partitioning", 1),
}
_OF_COLUMNS: Final = {
    "columns": _Probe("col_stats", "Columns statistics", 2),
    "top_values": _Probe("adv_col_stats", "Most frequent values", 3),
    "percentiles": _Probe("percentile_stats", "Columns percentiles", 4),
    "validity": _Probe("verify_col", "Data validity", 4),
}
_CODE: Final = {"python": _Probe("python", "Python probe", 8), "sql": _Probe("sql_query", "SQL probe", 9)}
METRIC_WORDS: Final = (*_SIMPLE, *_OF_COLUMNS, *_CODE)
_WORD_OF: Final = {probe.type: word for word, probe in {**_SIMPLE, **_OF_COLUMNS, **_CODE}.items()}
_NUMBER_OF_TOP_VALUES: Final[JsonObject] = {"numberTopValues": 10}  # what the screen fills in [seen]


_AGGREGATES: Final[JsonObject] = {
    "type": "object",
    "additionalProperties": {"type": ["string", "array"], "items": {"type": "string"}},
}
_PROBES_SCHEMA: Final[JsonObject] = {
    "type": "array",
    "items": {
        "type": "object",
        "minProperties": 1,
        "properties": {
            **{word: {"enum": list(_WHEN)} for word in _SIMPLE},
            **dict.fromkeys(_OF_COLUMNS, _AGGREGATES),
            **{word: {"type": "string"} for word in _CODE},
            "compute": {"enum": list(_WHEN), "description": "default: on_demand"},
            "code_env": {"type": ["string", "object"]},
            "name": {"type": "string"},
            "enabled": {"type": "boolean"},
            "type": {"type": "string", "description": "any other probe, under DSS's names"},
        },
    },
}
METRICS_SCHEMA: Final[JsonObject] = {
    "anyOf": [_PROBES_SCHEMA, {"type": "object", "properties": {"probes": _PROBES_SCHEMA}}],
    "description": "probes besides those that every dataset has",
}


def _simple(word: str, when: str) -> JsonObject:
    probe = _SIMPLE[word]
    return {
        "type": probe.type,
        "enabled": True,
        "computeOnBuildMode": when,
        "meta": {"name": probe.name, "level": probe.level},
        "configuration": {},
    }


BASIC_PROBE: Final = _simple("basic", "PARTITION")
"""The probe that every dataset and folder has."""
RECORDS_PROBE: Final = _simple("records", "NO")
"""The other one that every dataset has."""


def expand_metrics(value: Json) -> Json:
    """Return DSS's ``metrics``.

    >>> expand_metrics([{"records": "on_build"}])["probes"][0]["computeOnBuildMode"]
    'PARTITION'
    """
    if is_list(value):
        return {"probes": [_expand_probe(probe) for probe in value]}
    if is_object(value) and is_list(value.get("probes")):
        probes = value["probes"]
        return {**value, "probes": [_expand_probe(probe) for probe in probes] if is_list(probes) else probes}
    return value


def shorten_metrics(raw: Json) -> Json:
    """Return the list of probes if there is nothing else, else the object with its probes in short."""
    if not is_object(raw) or not is_list(raw.get("probes")):
        return raw
    probes = raw["probes"]
    short: Json = [_shorten_probe(probe) for probe in probes] if is_list(probes) else probes
    return short if raw.keys() == {"probes"} else {**raw, "probes": short}


def is_noise_probe(probe: Json) -> bool:
    """Tell whether a probe is one that DSS makes by itself: the two of every dataset, and those of the screen that are off."""
    if not is_object(probe):
        return False
    lean = {key: value for key, value in probe.items() if value != {}}
    if any(equal(lean, {k: v for k, v in usual.items() if v != {}}) for usual in (BASIC_PROBE, RECORDS_PROBE)):
        return True
    configuration = probe.get("configuration", {})
    is_empty = is_object(configuration) and not configuration.get("aggregates")
    is_off = probe.get("enabled") is False
    return is_off and is_empty and probe.get("type") in {other.type for other in _OF_COLUMNS.values()}


def _expand_probe(probe: Json) -> Json:
    if not is_object(probe) or "type" in probe:
        return probe
    wrapped = unwrapped(probe)
    words = [word for word in METRIC_WORDS if word in probe]
    if wrapped is not None or len(words) != 1:
        return probe if wrapped is None else wrapped
    word = words[0]
    rest = {key: value for key, value in probe.items() if key not in (word, "compute", "name", "code_env")}
    sort = {**_SIMPLE, **_OF_COLUMNS, **_CODE}[word]
    when, configuration = _expand_main(word, probe[word], probe.get("compute", "on_demand"))
    if "code_env" in probe:
        configuration = {**configuration, "envSelection": STEP_CODE_ENV.expand(probe["code_env"])}
    found: dict[str, Json] = {
        "type": sort.type,
        "enabled": True,
        "computeOnBuildMode": _WHEN.get(str(when), when),
        "meta": {"name": probe.get("name", sort.name), "level": sort.level},
    }
    return {**found, **({"configuration": configuration} if configuration else {}), **rest}


def _expand_main(word: str, main: Json, when: Json) -> tuple[Json, JsonObject]:
    """Return when a probe computes, and its configuration."""
    if word in _SIMPLE:
        return main, {}
    if word in _CODE:
        return when, {"code": main}
    aggregates: list[Json] = []
    for column, names in main.items() if is_object(main) else ():
        several = names if is_list(names) else [names]
        aggregates += [
            {"column": column, "aggregated": name.upper() if isinstance(name, str) else name} for name in several
        ]
    return when, {"aggregates": aggregates, **(_NUMBER_OF_TOP_VALUES if word == "top_values" else {})}


def _shorten_probe(probe: Json) -> Json:
    return shortest(probe, _expand_probe, _proposals(probe))


def _proposals(probe: Json) -> Iterator[Json]:
    if not is_object(probe) or probe.get("type") not in _WORD_OF:
        return
    word = _WORD_OF[str(probe["type"])]
    rest = {key: value for key, value in probe.items() if key not in ("type", "enabled", "computeOnBuildMode", "meta")}
    given, meta = rest.pop("configuration", {}), probe.get("meta")
    configuration = given if is_object(given) else {}
    mode = probe.get("computeOnBuildMode")
    when = _WHEN_OF.get(str(mode), mode)
    name = meta.get("name") if is_object(meta) else None
    if probe.get("enabled") is False:
        rest = {"enabled": False, **rest}
    usual = {**_SIMPLE, **_OF_COLUMNS, **_CODE}[word].name
    named: JsonObject = {} if name == usual else {"name": name}
    timed: JsonObject = {} if when == "on_demand" else {"compute": when}
    if word in _SIMPLE:
        yield {word: when, **named, **rest}
    elif word in _CODE:
        env: JsonObject = (
            {"code_env": STEP_CODE_ENV.shorten(configuration["envSelection"])}
            if "envSelection" in configuration
            else {}
        )
        yield {word: configuration.get("code"), **named, **timed, **env, **rest}
    else:
        aggregates = configuration.get("aggregates")
        yield {word: _by_column(aggregates if is_list(aggregates) else ()), **named, **timed, **rest}


def _by_column(aggregates: Sequence[Json]) -> JsonObject:
    found: dict[str, list[Json]] = {}
    for item in aggregates:
        if is_object(item):
            name = item.get("aggregated")
            lower = name.lower() if isinstance(name, str) else name
            found.setdefault(str(item.get("column")), []).append(lower)
    return dict(found)
