"""Data-quality rules and checks: one short entry each, both ways.

::

    checks:
      - {not_null: email}
      - {unique: [id, country]}
      - {row_count: {min: 1, warn_min: 100}}
      - {range: amount, min: 0, max: 1000, name: plausible amounts, auto_run: false}
      - {in_set: country, values: [FR, DE]}
      - {metric: "basic:COUNT_FILES", min: 1}              # a check on any metric; with values: one of these
      - {python: "def process(last_values, dataset, partition_id): …", code_env: py311}
      - {type: CompareMetricsRule, metricId: …, …}          # any other, under DSS's names

Keys beside the word that are not of the language are DSS's own. What DSS stores of a bound that does not count is noise.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from dataiku_iac.core.canonical import Json, JsonObject, is_list, is_object
from dataiku_iac.resources.check_words import BOUNDS, RULE_WORDS, WORD_OF_TYPE, Main
from dataiku_iac.resources.exact_forms import shortest, unwrapped, whole_number
from dataiku_iac.resources.selections import STEP_CODE_ENV

__all__ = [
    "CHECKS_SCHEMA",
    "CHECK_WORDS",
    "KNOWN_KEYS",
    "expand_check",
    "expand_checks",
    "shorten_check",
    "shorten_checks",
]

_METRIC, _PYTHON = "metric", "python"
CHECK_WORDS: Final = (*RULE_WORDS, _METRIC, _PYTHON)
_RENAMED: Final[Mapping[str, str]] = {"name": "displayName", "auto_run": "autoRun", "top": "topN"}
_SPEC_NAMES: Final = {dss: key for key, dss in _RENAMED.items()}
KNOWN_KEYS: Final = (*BOUNDS, *_RENAMED, "label", "values", "enabled", "code_env", "type")
"""What may stand beside a word, apart from DSS's own keys."""

_COLUMNS: Final[JsonObject] = {"type": ["string", "array"], "items": {"type": "string"}}
_BOUNDS: Final[JsonObject] = {
    "type": "object",
    "properties": {key: {"type": "number"} for key in BOUNDS},
    "additionalProperties": False,
}
_MAIN_SCHEMAS: Final[Mapping[Main, JsonObject]] = {
    Main.COLUMNS: _COLUMNS,
    Main.BOUNDS: _BOUNDS,
    Main.SCHEMA: {"type": "array", "items": {"type": "object"}},
    Main.MEANINGS: {"type": ["string", "array", "object"]},
}
CHECKS_SCHEMA: Final[JsonObject] = {
    "type": "array",
    "items": {
        "type": "object",
        "minProperties": 1,
        "properties": {
            **{word: _MAIN_SCHEMAS[rule.main] for word, rule in RULE_WORDS.items()},
            _METRIC: {"type": "string", "description": "id of a metric, e.g. basic:COUNT_FILES"},
            _PYTHON: {"type": "string"},
            **{key: {"type": "number"} for key in BOUNDS},
            "values": {"type": "array"},
            "name": {"type": "string"},
            "enabled": {"type": "boolean"},
            "auto_run": {"type": "boolean", "description": "after each build; default for rules: true"},
            "label": {"type": "string", "description": "name of a check from before 12.6"},
            "code_env": {"type": ["string", "object"]},
            "type": {"type": "string", "description": "any other check, under DSS's names"},
        },
    },
}
_RUNS: Final = "autoRun"  # a rule of the language runs after each build unless it says otherwise, as in the UI [seen]


def expand_checks(value: Json) -> Json:
    """Return DSS's list."""
    return [expand_check(check) for check in value] if is_list(value) else value


def shorten_checks(value: Json) -> Json:
    """Return the list as people write it."""
    return [shorten_check(check) for check in value] if is_list(value) else value


def expand_check_block(value: Json) -> Json:
    """Return DSS's object around the list, e.g. ``metricsChecks``; a list stands for it if it holds nothing else."""
    if is_list(value):
        return {"checks": expand_checks(value)}
    return {**value, "checks": expand_checks(value["checks"])} if is_object(value) and "checks" in value else value


def shorten_check_block(raw: Json) -> Json:
    """Return the inverse of ``expand_check_block``."""
    if not is_object(raw) or not is_list(raw.get("checks")):
        return raw
    short = shorten_checks(raw["checks"])
    return short if raw.keys() == {"checks"} else {**raw, "checks": short}


def expand_check(check: Json) -> Json:
    """Return DSS's rule or check; what is no short form is returned as it is.

    >>> expand_check({"not_null": "id"})["columns"], expand_check({"metric": "basic:SIZE", "min": 1})["minimumEnabled"]
    (['id'], True)
    """
    if not is_object(check) or "type" in check:
        return check
    wrapped = unwrapped(check)
    if wrapped is not None:
        return wrapped
    words = [word for word in CHECK_WORDS if word in check]
    if len(words) != 1:
        return check
    word = words[0]
    rest = {key: value for key, value in check.items() if key != word}
    if word == _METRIC:
        return {**_expand_metric(check[word], "values" in rest), **_flat(rest, values="values")}
    if word == _PYTHON:
        return {**_expand_python(check[word], rest.pop("code_env", None)), **_flat(rest)}
    rule = RULE_WORDS[word]
    found: dict[str, Json] = {"type": rule.type, _RUNS: True, **rule.preset}
    found |= _expand_main(check[word], rule.main)
    return {**found, **_flat(rest)}


def shorten_check(raw: Json) -> Json:
    """Return the short form of one rule or check, if it says exactly the same."""
    return shortest(raw, expand_check, _proposals(raw))


def _proposals(raw: Json) -> Iterator[Json]:
    if not is_object(raw):
        return
    kind = str(raw.get("type"))
    rest: dict[str, Json] = {key: value for key, value in raw.items() if key != "type"}
    if kind in ("numericRange", "valueSet"):
        yield {_METRIC: rest.pop("metricId", None), **_unflat(rest)}
    elif kind == _PYTHON:
        yield _shorten_python(rest)
    elif kind in WORD_OF_TYPE:
        word = WORD_OF_TYPE[kind]
        rule = RULE_WORDS[word]
        for key, value in rule.preset.items():
            if rest.get(key) == value:
                del rest[key]
        if rest.get(_RUNS) is True:
            del rest[_RUNS]
        main, others = _shorten_main(rest, rule.main)
        yield {word: main, **_unflat(others)}


def _expand_main(value: Json, main: Main) -> dict[str, Json]:
    match main:
        case Main.COLUMNS:
            return {"columns": list(value) if is_list(value) else [value]}
        case Main.BOUNDS:
            return _flat(value) if is_object(value) else {}
        case Main.SCHEMA:
            return {"expectedSchema": {"columns": value}}
        case Main.MEANINGS:
            if is_object(value):
                return {"columnSpecs": [{"column": column, "meaning": meaning} for column, meaning in value.items()]}
            return {"columnSpecs": [{"column": column} for column in (value if is_list(value) else [value])]}


def _shorten_main(rest: Mapping[str, Json], main: Main) -> tuple[Json, JsonObject]:
    """Return what stands after the word, and the keys it leaves."""
    match main:
        case Main.COLUMNS:
            columns = rest.get("columns")
            one = columns[0] if is_list(columns) and len(columns) == 1 and isinstance(columns[0], str) else columns
            return one, _without(rest, "columns")
        case Main.BOUNDS:
            counting = {dss for dss in BOUNDS.values() if rest.get(f"{dss}Enabled") is True and dss in rest}
            keys = {key for dss in counting for key in (dss, f"{dss}Enabled")}
            bounds = _unflat({key: value for key, value in rest.items() if key in keys})
            return bounds, {key: value for key, value in rest.items() if key not in keys}
        case Main.SCHEMA:
            schema = rest.get("expectedSchema")
            return schema.get("columns") if is_object(schema) else None, _without(rest, "expectedSchema")
        case Main.MEANINGS:
            specs = rest.get("columnSpecs")
            pairs = [spec for spec in specs if is_object(spec)] if is_list(specs) else []
            return _shorten_meanings(pairs), _without(rest, "columnSpecs")


def _shorten_meanings(pairs: Sequence[JsonObject]) -> Json:
    if all("meaning" in pair for pair in pairs):
        return {str(pair.get("column")): pair["meaning"] for pair in pairs}
    names = [pair.get("column") for pair in pairs]
    return names[0] if len(names) == 1 else names


def _without(value: Mapping[str, Json], key: str) -> JsonObject:
    return {name: item for name, item in value.items() if name != key}


def _expand_metric(metric: Json, has_values: bool) -> dict[str, Json]:  # noqa: FBT001  # which of two checks it is
    return {"type": "valueSet" if has_values else "numericRange", "metricId": metric}


def _expand_python(code: Json, env: Json) -> dict[str, Json]:
    found: dict[str, Json] = {"type": _PYTHON, "code": code}
    return found if env is None else {**found, "envSelection": STEP_CODE_ENV.expand(env)}


def _shorten_python(rest: dict[str, Json]) -> JsonObject:
    found: dict[str, Json] = {_PYTHON: rest.pop("code", None)}
    if "envSelection" in rest:
        found["code_env"] = STEP_CODE_ENV.shorten(rest.pop("envSelection"))
    return {**found, **_unflat(rest)}


def _flat(keys: JsonObject, *, values: str = "valueSet") -> dict[str, Json]:
    """Return keys beside a word under DSS's names."""
    found: dict[str, Json] = {}
    for key, value in keys.items():
        if key in BOUNDS:
            found |= {BOUNDS[key]: value, f"{BOUNDS[key]}Enabled": True}
        elif key == "values":
            found[values] = value
        elif key == "label":
            found["meta"] = {"label": value}
        else:
            found[_RENAMED.get(key, key)] = value
    return found


def _unflat(raw: JsonObject) -> dict[str, Json]:
    """Return DSS's keys as they stand beside a word; the inverse of ``_flat``."""
    found: dict[str, Json] = {}
    rest = dict(raw)
    for word, dss in BOUNDS.items():
        if rest.get(f"{dss}Enabled") is True and dss in rest:
            found[word] = whole_number(rest.pop(dss))
            del rest[f"{dss}Enabled"]
    for key in ("valueSet", "values"):
        if key in rest:
            found["values"] = rest.pop(key)
    meta = rest.get("meta")
    if is_object(meta) and meta.keys() == {"label"}:
        found["label"] = meta["label"]
        del rest["meta"]
    return {**found, **{_SPEC_NAMES.get(key, key): value for key, value in rest.items()}}
