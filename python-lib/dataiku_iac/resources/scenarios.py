"""Scenarios: steps or a script, with triggers and reporters.

::

    scenarios:
      - name: NIGHTLY
        active: true
        triggers: [{cron: "0 6 * * *"}]
        steps: [{build: ORDERS_CLEAN}, {run_scenario: REPORT}]
      - {name: REPORT, type: custom_python, code_file: scenarios/report.py}

Source: api-projects-scenarios-deployer.md 4, object-shapes.md 9, 15 and 18.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar, Final

from dataiku_iac.core.address import Address
from dataiku_iac.core.canonical import Json, JsonObject, is_list, is_object
from dataiku_iac.core.errors import ObjectMissing
from dataiku_iac.core.fields import FieldTable
from dataiku_iac.core.kind import Document, FileField, Kind, Live
from dataiku_iac.core.mentions import Mention
from dataiku_iac.core.problem import Problem
from dataiku_iac.core.resource import Reference
from dataiku_iac.core.roles import NodeApi, NodeReader
from dataiku_iac.resources.answers import api_path, object_answer, object_list, text_at
from dataiku_iac.resources.fragments import ENVELOPE_KEYS
from dataiku_iac.resources.message_forms import (
    expand_reporter,
    lean_reporter,
    shorten_reporter,
)
from dataiku_iac.resources.scenario_fields import SCENARIO_MENTIONS, SCENARIO_TABLE, complete_scenario
from dataiku_iac.resources.scenario_findings import scenario_problems, scenario_references
from dataiku_iac.resources.scenario_schema import PYTHON, SCENARIO_SCHEMA
from dataiku_iac.resources.spec_keys import SpecKeys
from dataiku_iac.resources.step_words import expand_step, shorten_step
from dataiku_iac.resources.trigger_words import (
    expand_trigger,
    lean_trigger,
    shorten_trigger,
)

__all__ = ["ScenarioKind"]

_KEYS: Final = SpecKeys(
    renamed={**ENVELOPE_KEYS.renamed, "label": "name", "run_as": "runAsUser"},
    same=(*ENVELOPE_KEYS.same, "type", "active", "reporters", "delayedTriggersBehavior", "markedAsTest"),
)


class ScenarioKind(Kind):
    """A scenario. Its address name is its id, which creation accepts [seen]; ``label`` is the display name."""

    name: ClassVar[str] = "scenario"
    section: ClassVar[str] = "scenarios"
    rank: ClassVar[int] = 50
    parts: ClassVar[tuple[str, ...]] = ("definition", "script")
    table: ClassVar[FieldTable] = SCENARIO_TABLE
    mentions: ClassVar[tuple[Mention, ...]] = SCENARIO_MENTIONS
    files: ClassVar[tuple[FileField, ...]] = (FileField("code", "code_file", "scenarios"),)
    schema: ClassVar[JsonObject] = SCENARIO_SCHEMA

    # --- the lens ---

    def expand(self, spec: JsonObject, address: Address) -> Document:
        """Return the partial document; steps and triggers are given envelopes, nothing else is added."""
        definition = _KEYS.to_definition(spec)
        triggers, steps, given = spec.get("triggers"), spec.get("steps"), spec.get("params")
        if is_list(triggers):
            definition["triggers"] = _each(expand_trigger, triggers)
        reporters = definition.get("reporters")
        if is_list(reporters):
            definition["reporters"] = [expand_reporter(reporter) for reporter in reporters]
        params: dict[str, Json] = dict(given) if is_object(given) else {}
        if is_list(steps):
            params["steps"] = _each(expand_step, steps)
        if "code_env" in spec:
            params["envSelection"] = {"envMode": "EXPLICIT_ENV", "envName": spec["code_env"]}
        if params or is_object(given):
            definition["params"] = params
        document: dict[str, Json] = {"definition": definition} if definition else {}
        code = spec.get("code")
        if isinstance(code, str):
            document["script"] = code.replace("\r\n", "\n")
        return document

    def shorten(self, document: Document, address: Address) -> JsonObject:
        """Return the spec; steps and triggers are flat where that says everything."""
        raw = document.get("definition")
        definition: dict[str, Json] = dict(raw) if is_object(raw) else {}
        own: dict[str, Json] = {}
        triggers, given, reporters = (definition.get(key) for key in ("triggers", "params", "reporters"))
        if is_list(reporters):
            definition["reporters"] = [shorten_reporter(reporter) for reporter in reporters]
        if is_list(triggers):
            own["triggers"] = _each(shorten_trigger, triggers)
            del definition["triggers"]
        if is_object(given):
            del definition["params"]
            params = dict(given)
            steps = params.get("steps")
            if is_list(steps):
                own["steps"] = _each(shorten_step, steps)
                del params["steps"]
            env = params.get("envSelection")
            if is_object(env) and set(env) == {"envMode", "envName"} and env["envMode"] == "EXPLICIT_ENV":
                own["code_env"] = env["envName"]
                del params["envSelection"]
            if params or not given:
                own["params"] = params
        if "script" in document:
            own["code"] = document["script"]
        return {**_KEYS.to_spec(definition), **own}

    def stripped(self, document: Document) -> Document:
        """See ``Kind``. A display name that is the id is a default too, and what does not count is noise."""
        definition = document.get("definition")
        if is_object(definition) and "id" in definition and definition.get("name") == definition["id"]:
            unnamed = {key: value for key, value in definition.items() if key != "name"}
            document = {**document, "definition": unnamed}
        found = super().stripped(document)
        stripped = found.get("definition")
        if not is_object(stripped):
            return found
        lean: dict[str, Json] = dict(stripped)
        for key, leaner in (("triggers", lean_trigger), ("reporters", lean_reporter)):
            entries = stripped.get(key)
            if is_list(entries):
                lean[key] = _each(leaner, entries)
        return {**found, "definition": lean}

    def fingerprint(self, document: Document) -> str:
        """See ``Kind``: of what is left of it."""
        return super().fingerprint(self.stripped(document))

    def references(self, spec: JsonObject, address: Address) -> Sequence[Reference]:
        """Return the datasets and folders that steps and triggers name, and the scenarios that steps run."""
        return tuple(scenario_references(spec, address))

    def check(self, spec: JsonObject, address: Address) -> Sequence[Problem]:
        """Return what the schema cannot say: steps and code against the type, cron lines DSS cannot express."""
        return tuple(scenario_problems(spec, str(address)))

    def file_extension(self, spec: JsonObject, field: FileField) -> str:
        """See ``Kind``."""
        return ".py"

    # --- calls ---

    def list(self, api: NodeReader, project: str) -> Sequence[Live]:
        """Return heads with one call: the list is light, without steps, triggers and version tag [client]."""
        items = object_list(api.get(api_path("projects", project, "scenarios", "")), f"scenarios of {project}")
        found = []
        for item in items:
            live_id = text_at(item, "id", f"scenarios of {project}")
            version = _version(item.get("type"), item.get("lastModifiedOn"))
            found.append(Live(live_id, live_id, {"definition": item}, version, complete=False))
        return found

    def read(self, api: NodeReader, project: str, live_id: str, parts: frozenset[str]) -> Live | None:
        """See ``Kind``. Only scenarios of type custom_python have a script; it costs a second call."""
        try:
            answer = api.get(api_path("projects", project, "scenarios", live_id))
        except ObjectMissing:
            return None
        where = f"scenario.{project}.{live_id}"
        raw = object_answer(answer, where)
        text_at(raw, "type", where)
        document: dict[str, Json] = {"definition": raw}
        has_script = raw["type"] == PYTHON
        if has_script and "script" in parts:
            payload = object_answer(api.get(api_path("projects", project, "scenarios", live_id, "payload")), where)
            script = payload.get("script")
            document["script"] = script.replace("\r\n", "\n") if isinstance(script, str) else ""
        tag = raw.get("versionTag")
        version = _version(raw["type"], tag.get("lastModifiedOn") if is_object(tag) else None)
        return Live(live_id, live_id, document, version, complete=not has_script or "script" in parts)

    def create(self, api: NodeApi, project: str, name: str, document: Document) -> str:
        """Create the scenario with its id, which the node honours [seen]. A script is written by a second call."""
        where = f"scenario.{project}.{name}"
        body = _whole(object_answer(document.get("definition", {}), where), project, name)
        return text_at(
            object_answer(api.post(api_path("projects", project, "scenarios", ""), body), where), "id", where
        )

    def write(self, api: NodeApi, project: str, live_id: str, part: str, document: Document) -> None:
        """See ``Kind``. Who saves becomes who the scenario runs as, unless ``run_as`` is set [client]."""
        path = ("projects", project, "scenarios", live_id)
        if part == "script":
            api.put(api_path(*path, "payload"), {"script": document[part]})
        else:
            definition = object_answer(document[part], f"scenario.{project}.{live_id}")
            api.put(api_path(*path), _whole(definition, project, live_id))

    def delete(self, api: NodeApi, project: str, live_id: str, *, drop_data: bool) -> None:
        """See ``Kind``."""
        api.delete(api_path("projects", project, "scenarios", live_id))


def _each(translate: Callable[[JsonObject], JsonObject], items: Sequence[Json]) -> Sequence[Json]:
    return [translate(item) if is_object(item) else item for item in items]


def _whole(definition: JsonObject, project: str, live_id: str) -> JsonObject:
    defaults: JsonObject = {"type": "step_based", "name": live_id, "params": {}}
    return {**defaults, **complete_scenario(definition), "projectKey": project, "id": live_id}


def _version(kind: Json, modified_on: Json) -> str:
    """Return e.g. ``"@1712345678901"``, the one thing that changes with saves and stands in list and definition alike.

    Whether writing the script alone changes it is [unknown]: scenarios with a script have no version and are always read.
    """
    return "" if kind == PYTHON or not modified_on else f"@{modified_on}"
