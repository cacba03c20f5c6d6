"""What a scenario's entry names, and what is wrong with it that its schema cannot say."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from dataiku_iac.core.address import Address
from dataiku_iac.core.canonical import Json, JsonObject, is_list, is_object
from dataiku_iac.core.kind import COMPUTABLE
from dataiku_iac.core.problem import Problem, Severity
from dataiku_iac.core.resource import Reference, Relation
from dataiku_iac.resources.check_findings import word_problems
from dataiku_iac.resources.cron import NotExpressible, temporal_of_cron
from dataiku_iac.resources.findings import declared_twice
from dataiku_iac.resources.message_forms import MESSAGE_WORDS, REPORTER_KEYS
from dataiku_iac.resources.named_objects import address_of
from dataiku_iac.resources.scenario_schema import PYTHON
from dataiku_iac.resources.scenario_steps import item_refs
from dataiku_iac.resources.step_params import unknown_params
from dataiku_iac.resources.step_words import STEP_KEYS, STEP_WORDS, expand_step
from dataiku_iac.resources.trigger_words import TRIGGER_KEYS, TRIGGER_WORDS, expand_trigger

__all__ = ["scenario_problems", "scenario_references"]


# Section, words, keys beside them, and the key that tells DSS's own form, in which words may be params (`sql`).
_FORMS: Final = (
    ("triggers", TRIGGER_WORDS, TRIGGER_KEYS, "type"),
    ("steps", STEP_WORDS, STEP_KEYS, "type"),
    ("reporters", MESSAGE_WORDS, REPORTER_KEYS, "messaging"),
)


def scenario_references(spec: JsonObject, address: Address) -> Iterator[Reference]:
    """Yield the objects that steps and triggers name, and the scenarios that steps run."""
    for section, expand in (("triggers", expand_trigger), ("steps", expand_step)):
        given = spec.get(section)
        entries = given if is_list(given) else []
        for i, j, item in item_refs(entries, expand):
            to = _item_address(item, address.project)
            if to is not None:
                yield Reference(to, Relation.NEEDS, f"{section}[{i}]{_place(entries[i], j)}")
    steps = spec.get("steps")
    for i, step in enumerate(steps if is_list(steps) else []):
        raw = expand_step(step) if is_object(step) else {}
        params = raw.get("params")
        if raw.get("type") == "run_scenario" and is_object(params) and isinstance(params.get("scenarioId"), str):
            project = params.get("projectKey") or address.project
            to = Address("scenario", str(project), str(params["scenarioId"]))
            if to != address:
                key = "run_scenario" if is_object(step) and "run_scenario" in step else "scenario"
                yield Reference(to, Relation.MENTIONS, f"steps[{i}].{key}")


def _place(entry: Json, index: int) -> str:
    """Return where in an entry its items stand: below ``items``, or below its word."""
    given: JsonObject = entry if is_object(entry) else {}
    key = next((key for key in ("items", *STEP_WORDS, *TRIGGER_WORDS) if key in given), "items")
    return f".{key}[{index}]" if is_list(given.get(key)) else f".{key}"


def _item_address(item: JsonObject, project: str) -> Address | None:
    name, sort = item.get("itemId"), item.get("type")
    if not isinstance(name, str) or not name:
        return None
    home = str(item.get("projectKey") or project)
    if sort == "DATASET":
        return Address("dataset", home, name)
    return address_of(COMPUTABLE, name, home) if ":" in name else None


def scenario_problems(spec: JsonObject, address: str) -> Iterator[Problem]:
    """Yield what the schema cannot say: steps and code against the type, entries of no known form, times DSS cannot express."""

    def error(code: str, summary: str, detail: str, suggestion: str) -> Problem:
        return Problem(Severity.ERROR, code, summary, detail, address=address, suggestion=suggestion)

    params = spec.get("params")
    for key, inner in (("steps", "steps"), ("code_env", "envSelection")):
        if key in spec and is_object(params) and inner in params:
            yield declared_twice(address, key, f"params.{inner}")
    python = spec.get("type", "step_based") == PYTHON
    if python and "steps" in spec:
        yield error("steps-of-script", "a python scenario has a script, not steps", "", "use code, or type: step_based")
    if not python and "code" in spec:
        yield error("code-of-steps", "a scenario of steps has no script", "", "add type: custom_python, or use steps")
    triggers = spec.get("triggers")
    for i, trigger in enumerate(triggers if is_list(triggers) else []):
        line = trigger.get("cron") if is_object(trigger) else None
        if line is None:
            continue
        try:
            temporal_of_cron(str(line))
        except NotExpressible as problem:
            yield error("cron", "DSS cannot express this cron line", f"triggers[{i}]: {problem}", "use frequency")
    for i, trigger in enumerate(triggers if is_list(triggers) else []):
        at = expand_trigger(trigger).get("params") if is_object(trigger) else None
        if is_object(at) and "time" in at and at.get("frequency") in ("Daily", "Weekly", "Monthly"):
            yield error(
                "bad-time", "a time of day is hours and minutes", f"triggers[{i}]: {at['time']}", 'write "02:30"'
            )
    for section, words, keys, own in _FORMS:
        entries = spec.get(section)
        told = [None if is_object(entry) and own in entry else entry for entry in entries] if is_list(entries) else []
        yield from word_problems(told, words, keys, address, section)
    for section in ("triggers", "steps"):
        flats = spec.get(section)
        yield from unknown_params(section, flats if is_list(flats) else [], address)
