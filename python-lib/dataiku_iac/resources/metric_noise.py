"""What DSS notes in metrics and checks by itself: left out of what people declare, and of what counts.

A field table says what is noise by its path; here is what is noise because of what stands beside it. ``lean_definition``
works on stripped documents; what it leaves out is untouched by a write, as nobody declares it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from dataiku_iac.core.canonical import Json, JsonObject, digest, is_list, is_object
from dataiku_iac.core.fields import Field
from dataiku_iac.resources.check_words import BOUNDS, RULE_WORDS, WORD_OF_TYPE
from dataiku_iac.resources.exact_forms import whole_number
from dataiku_iac.resources.metric_forms import is_noise_probe
from dataiku_iac.resources.selections import STEP_CODE_ENV

__all__ = ["CHECK_ROWS", "PROBES", "complete_block", "keep_usual_probes", "lean_definition", "rule_name"]

PROBES: Final = Field(keyed=("type",), open=True, default=[])
"""Row of ``probes``: opening the screen of metrics adds some, so those that nobody declared stay."""

CHECK_ROWS: Final[Mapping[str, Field]] = {
    "": Field(default=[], identity=("type", "displayName", "metricId")),
    ".*.id": Field(server_owned=True, reason="made when a rule is saved [seen]"),
    ".*.enabled": Field(default=True),
    ".*.computeOnBuildMode": Field(default="PARTITION"),
    ".*.autoComputeMetric": Field(default=False),
    ".*.columnSpecs": Field(keyed=("column",)),
    ".*.envSelection": Field(default={}),
    ".*.envSelection.envMode": Field(default="INHERIT"),
    **{f".*.{key}Enabled": Field(default=False) for key in BOUNDS.values()},
}
"""Rows below a list of checks; put ``path + suffix`` into the table of the kind."""


def lean_definition(definition: JsonObject, block: str) -> dict[str, Json]:
    """Return a stripped definition without what DSS makes of metrics and checks by itself; ``block`` is the key of checks."""
    lean = {key: value for key, value in definition.items() if key != "metrics"}
    metrics, checks = _lean_metrics(definition.get("metrics")), definition.get(block)
    if metrics is not None:
        lean["metrics"] = metrics
    if is_object(checks) and "checks" in checks:
        lean[block] = {**checks, "checks": _lean_checks(checks["checks"])}
    return lean


def complete_block(definition: JsonObject, block: str) -> dict[str, Json]:
    """Return a definition whose checks have what the screen, not the server, fills in."""
    checks = definition.get(block)
    declared = checks.get("checks") if is_object(checks) else None
    if not is_object(checks) or not is_list(declared):
        return dict(definition)
    return {**definition, block: {**checks, "checks": _complete_checks(declared)}}


def _lean_metrics(metrics: Json) -> JsonObject | None:
    """Return ``metrics`` without probes that DSS makes by itself, or ``None`` if nothing is left."""
    if not is_object(metrics):
        return None
    probes = metrics.get("probes")
    if not is_list(probes):
        return metrics
    told = [_lean_probe(probe) for probe in probes if not is_noise_probe(probe)]
    rest = {key: value for key, value in metrics.items() if key != "probes"}
    lean = {**rest, "probes": told} if told else rest
    return lean or None


def _lean_probe(probe: Json) -> Json:
    configuration = probe.get("configuration") if is_object(probe) else None
    env = configuration.get("envSelection") if is_object(configuration) else None
    if not is_object(probe) or not is_object(configuration) or not is_object(env):
        return probe
    selected = STEP_CODE_ENV.lean(env)
    rest = {key: value for key, value in configuration.items() if key != "envSelection"}
    return {**probe, "configuration": {**rest, "envSelection": selected} if selected else rest}


def _lean_checks(checks: Json) -> Json:
    """Return a list of checks without bounds that do not count and names that say what the rule says."""
    return [_lean_check(check) if is_object(check) else check for check in checks] if is_list(checks) else checks


def _lean_check(check: JsonObject) -> JsonObject:
    idle = {key for key in BOUNDS.values() if check.get(f"{key}Enabled") is not True}
    lean = {key: value for key, value in check.items() if key not in idle}
    if check.get("autoDisplayName") is True or check.get("displayName") == rule_name(check):
        lean.pop("displayName", None)
    if check.get("type") not in WORD_OF_TYPE and check.get("autoRun") is False:
        del lean["autoRun"]  # a later save adds it to checks from before 12.6 [seen]
    meta, env = check.get("meta"), check.get("envSelection")
    if is_object(meta):
        usual = {"name": _META_NAMES.get(str(check.get("type"))), "label": check.get("displayName")}
        told = {key: value for key, value in meta.items() if value != usual.get(key)}
        lean = {**lean, "meta": told} if told else {key: lean[key] for key in lean if key != "meta"}
    if is_object(env):
        selected = STEP_CODE_ENV.lean(env)
        lean = {**lean, "envSelection": selected} if selected else {k: lean[k] for k in lean if k != "envSelection"}
    return lean


_META_NAMES: Final = {"numericRange": "Value in range", "valueSet": "Value in set"}


def rule_name(rule: JsonObject) -> str:
    """Return the name that a rule gets if nobody gives it one: DSS's own, or one like it.

    >>> rule_name({"type": "ColumnNotEmptyRule", "columns": ["id"]})
    'No empty values exist in id'
    >>> rule_name({"type": "RecordCountInRangeRule", "minimum": 1.0, "minimumEnabled": True})
    'Record count is at least 1'
    """
    word = WORD_OF_TYPE.get(str(rule.get("type")))
    if word is None:
        return ""
    columns = rule.get("columns")
    specs = rule.get("columnSpecs")
    names = columns if is_list(columns) else [s.get("column") for s in specs if is_object(s)] if is_list(specs) else []
    return RULE_WORDS[word].title.format(
        columns=", ".join(map(str, names)) or "expected columns", range=_range(rule), topN=rule.get("topN", "")
    )


def _range(rule: JsonObject) -> str:
    low, high = (
        next((whole_number(rule.get(key, 0)) for key in keys if rule.get(f"{key}Enabled") is True), None)
        for keys in (("minimum", "softMinimum"), ("maximum", "softMaximum"))
    )
    if low is None:
        return "is in range" if high is None else f"is at most {high}"
    return f"is at least {low}" if high is None else f"is between {low} and {high}"


def _complete_checks(checks: Sequence[Json]) -> list[Json]:
    """Return checks with what the screen, not the server, fills in: an id made of the content, a name, when it runs."""
    taken = {check.get("id") for check in checks if is_object(check)}
    found: list[Json] = []
    for i, check in enumerate(checks):
        if not is_object(check):
            found.append(check)
            continue
        filled: dict[str, Json] = {"enabled": True, "computeOnBuildMode": "PARTITION", **check}
        name = rule_name(check)
        kind = str(check.get("type"))
        if kind in _META_NAMES:
            meta = check.get("meta")
            labelled: JsonObject = {"name": _META_NAMES[kind], "label": check.get("displayName", "")}
            filled["meta"] = {**labelled, **(meta if is_object(meta) else {})}
        if name and not filled.get("displayName"):
            filled["displayName"] = name
        if name and not filled.get("id"):
            salt = 0
            while (made := digest([i, salt, check]).removeprefix("sha256:")[:8]) in taken:
                salt += 1
            taken.add(made)
            filled["id"] = made
        found.append(filled)
    return found


def keep_usual_probes(before: Json, after: JsonObject, usual: Sequence[JsonObject]) -> JsonObject:
    """Return the metrics ``after`` a change with the ``usual`` probes that ``before`` had: they go back to default, not away."""
    probes, old = after.get("probes"), before.get("probes") if is_object(before) else None
    if not is_list(probes) or not is_list(old):
        return after
    types = {probe.get("type") for probe in probes if is_object(probe)}
    had = {probe.get("type") for probe in old if is_object(probe)}
    missing = [probe for probe in usual if probe["type"] in had and probe["type"] not in types]
    return {**after, "probes": [*missing, *probes]} if missing else after
