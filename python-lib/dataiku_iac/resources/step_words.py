"""Steps of scenarios in one word each, both ways.

::

    steps:
      - {build: [ORDERS, "folder:exports"], mode: forced}     # recursive (default), forced, only, missing, downstream
      - {check: ORDERS}                                        # also: compute_metrics, clear, invalidate_cache, reload_schema
      - {run_scenario: OTHER.NIGHTLY, run_if: always}          # always, never, or a formula
      - {python: "print(1)", code_env: py311}
      - {sql: "select 1", connection: pg}
      - {macro: pyrunnable_x_y, config: {a: 1}}
      - {set_variables: {country: FR}}                         # or formulas, in order: [{today: "now()"}]
      - {send: {mail: {to: team@example.org}}}
      - {type: pystep_x_y, config: {…}}                        # any other step: DSS's type, and its params beside it

Everything beside the word is DSS's own. Source: api-projects-scenarios-deployer.md 4.4 and 4.5, object-shapes.md 9.3. All [seen].
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

from dataiku_iac.core.canonical import Json, JsonObject, is_list, is_object
from dataiku_iac.resources.exact_forms import shortest, unwrapped
from dataiku_iac.resources.message_forms import expand_message, shorten_message
from dataiku_iac.resources.scenario_steps import STEPS
from dataiku_iac.resources.selections import STEP_CODE_ENV

__all__ = ["BUILD_MODES", "STEP_KEYS", "STEP_WORDS", "expand_step", "shorten_step"]

_WORDS: Final[Mapping[str, tuple[str, str]]] = {
    "build": ("build_flowitem", "items"),
    "check": ("check_dataset", "items"),
    "compute_metrics": ("compute_metrics", "items"),
    "clear": ("clear_items", "items"),
    "invalidate_cache": ("invalidate_cache", "items"),
    "reload_schema": ("reload_schema", "items"),
    "run_scenario": ("run_scenario", "scenario"),
    "kill_scenario": ("kill_scenario", "scenario"),
    "python": ("custom_python", "script"),
    "sql": ("exec_sql", "sql"),
    "macro": ("runnable", "runnableType"),
    "restart_webapp": ("restart_webapp", "webAppId"),
    "export_dashboard": ("create_dashboard_export", "dashboardId"),
    "create_bundle": ("prepare_bundle", "bundleId"),
    "create_api_package": ("prepare_lambda_package", "serviceId"),
    "set_variables": ("set_project_vars", "variables"),
    "define_variables": ("define_vars", "variables"),
    "send": ("send_report", "messaging"),
}
"""Word to DSS's type and to what stands after it: a param, or ``items`` and ``scenario`` of the flat form."""

STEP_WORDS: Final = tuple(_WORDS)
STEP_KEYS: Final = ("mode", "code_env", "run_if", "name", "type", "items", "scenario", "build_mode")
"""Keys of the language that may stand beside a word."""

_WORD_OF: Final = {kind: word for word, (kind, _) in _WORDS.items()}
BUILD_MODES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "recursive": "RECURSIVE_BUILD",
        "forced": "RECURSIVE_FORCED_BUILD",
        "only": "NON_RECURSIVE_FORCED_BUILD",
        "missing": "RECURSIVE_MISSING_ONLY_BUILD",
        "downstream": "REVERSE_FORCED_BUILD",
    }
)
"""Word for how a build goes about it to DSS's."""
_MODE_OF: Final = {dss: word for word, dss in BUILD_MODES.items()}
_VARIABLES: Final = ("set_project_vars", "define_vars")


def expand_step(step: JsonObject) -> JsonObject:
    """Return DSS's step; what is no short form is read as the flat form.

    >>> expand_step({"build": "ORDERS", "mode": "forced"})["params"]
    {'builds': [{'type': 'DATASET', 'itemId': 'ORDERS'}], 'jobType': 'RECURSIVE_FORCED_BUILD'}
    """
    wrapped = unwrapped(step)
    if wrapped is not None:
        return wrapped
    words = [word for word in STEP_WORDS if word in step]
    if "type" in step or len(words) != 1:
        return STEPS.expand(step)
    word = words[0]
    kind, key = _WORDS[word]
    flat: dict[str, Json] = {"type": kind}
    for name, value in step.items():
        if name == word:
            flat |= _expand_main(kind, key, value)
        elif name == "mode" and kind == "build_flowitem":
            flat["build_mode"] = BUILD_MODES.get(str(value), value)
        elif name == "code_env":
            flat["envSelection"] = STEP_CODE_ENV.expand(value)
        else:
            flat[name] = value
    return STEPS.expand(flat)


def shorten_step(raw: JsonObject) -> JsonObject:
    """Return the shortest form that says exactly the same."""
    found = shortest(raw, lambda value: expand_step(value) if is_object(value) else value, _proposals(raw))
    return found if is_object(found) else raw


def _expand_main(kind: str, key: str, value: Json) -> dict[str, Json]:
    if key == "items":
        return {key: value if is_list(value) else [value]}
    if kind in _VARIABLES:
        if is_list(value):
            return {"definitions": [_expand_formula(formula) for formula in value], "evaluateValues": True}
        return {"variables": value, "evaluateValues": False}
    return {key: expand_message(value) if key == "messaging" else value}


def _proposals(raw: JsonObject) -> Iterator[Json]:
    flat = STEPS.shorten(raw)
    word = _WORD_OF.get(str(flat.get("type")))
    if word is not None and "params" not in flat:
        kind, key = _WORDS[word]
        rest = {name: value for name, value in flat.items() if name != "type"}
        main, rest = _shorten_main(kind, key, rest)
        if "build_mode" in rest:
            mode = rest.pop("build_mode")
            rest["mode"] = _MODE_OF.get(str(mode), mode)
        if "envSelection" in rest:
            rest["code_env"] = STEP_CODE_ENV.shorten(rest.pop("envSelection"))
        if main is not None:
            yield {word: main, **rest}
    yield flat


def _expand_formula(formula: Json) -> Json:
    if is_object(formula) and len(formula) == 1:
        ((name, value),) = formula.items()
        return {"key": name, "value": value}
    return formula


def _shorten_formula(raw: Json) -> Json:
    proposals = [{str(raw.get("key")): raw.get("value")}] if is_object(raw) else []
    return shortest(raw, _expand_formula, proposals)


def _shorten_main(kind: str, key: str, rest: dict[str, Json]) -> tuple[Json, dict[str, Json]]:
    """Return what stands after the word, and what stands beside it."""
    if kind in _VARIABLES:
        if rest.pop("evaluateValues", None) is not True:
            return rest.pop("variables", {}), rest
        formulas = rest.pop("definitions", None)
        return [_shorten_formula(formula) for formula in formulas] if is_list(formulas) else None, rest
    value = rest.pop(key, None)
    if key == "items":
        return value[0] if is_list(value) and len(value) == 1 and isinstance(value[0], str) else value, rest
    return shorten_message(value) if key == "messaging" else value, rest
