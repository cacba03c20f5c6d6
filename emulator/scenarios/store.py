"""Scenarios: ids, whole-document saves, the light form, payloads. Source: api-projects-scenarios-deployer.md 4, object-shapes.md 9.

Runs are not part of this node yet: their routes do not exist, so they answer like any unsupported route.
"""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from emulator.datasets.store import check_version
from emulator.errors import illegal_argument, not_found, unauthorized
from emulator.json_text import JsonObject
from emulator.naming import already_exists
from emulator.profile import Profile
from emulator.projects.project import Project
from emulator.rights import Caller
from emulator.scenarios.shapes import LIGHT_WRITABLE, PYTHON_PARAMS, SCENARIO, STEP_PARAMS, TEMPORAL

if TYPE_CHECKING:
    from emulator.world import World

__all__ = ["ScenarioStore", "apply_scenario", "derive_id"]

_FOLDER: Final = "scenarios"
_TYPES: Final = ("step_based", "custom_python")
_DELAYS: Final = {"temporal": 5}
_OTHER_DELAY: Final = 900


def derive_id(name: str, rule: str) -> str:
    """Return the id that a scenario gets from its name: ``Nightly build`` -> ``Nightly_build`` (API) or ``NIGHTLYBUILD`` (UI)."""
    if rule == "upper":
        return re.sub(r"[^A-Za-z0-9_]", "", name).upper()
    return re.sub(r"[^A-Za-z0-9_]", "_", name)


class ScenarioStore:
    """The scenario calls on one project."""

    def __init__(self, world: "World", project: Project) -> None:
        self._world = world
        self._project = project
        self._family = project.family(_FOLDER, "SCENARIO")

    def listing(self) -> list[JsonObject]:
        """Return the light form of all scenarios."""
        return [self.light(scenario_id) for scenario_id in sorted(self._family)]

    def view(self, scenario_id: str) -> JsonObject:
        """Return the raw definition."""
        shown = apply_scenario(self._stored(scenario_id), self._world.profile, None)
        tag = self._family.version_tag(scenario_id)
        return {
            "projectKey": self._project.key,
            "id": scenario_id,
            **shown,
            **({} if tag is None else {"versionTag": tag}),
        }

    def light(self, scenario_id: str) -> JsonObject:
        """Return the light form: no params, triggers, reporters, versionTag; nothing ever runs here."""
        shown = self.view(scenario_id)
        tag = shown.get("versionTag") or {}
        created = shown.get("creationTag") or tag
        light: JsonObject = {
            "projectKey": self._project.key,
            "id": scenario_id,
            "name": shown.get("name"),
            "shortDesc": shown.get("shortDesc"),
            "description": shown.get("description"),
            "tags": shown["tags"],
            "type": shown.get("type"),
            "active": shown["active"],
            "unavailable": False,
            "automationLocal": shown["automationLocal"],
            "markedAsTest": shown.get("markedAsTest"),
            "runAsUser": shown.get("runAsUser"),
            "checklists": shown["checklists"],
            "interest": {},
            "createdBy": _user(created),
            "createdOn": created.get("lastModifiedOn"),
            "lastModifiedBy": _user(tag),
            "lastModifiedOn": tag.get("lastModifiedOn"),
            "triggerDigestItems": [
                {"name": item.get("name"), "description": item.get("type"), "active": item["active"]}
                for item in shown["triggers"]
            ],
            "reporterDigestItems": [
                {"name": item.get("name"), "active": item["active"]} for item in shown["reporters"]
            ],
            "triggerDigest": ", ".join(str(item.get("name")) for item in shown["triggers"]),
            "nextRun": 0,
            "running": False,
        }
        return {key: item for key, item in light.items() if item is not None}

    def create(self, body: JsonObject, caller: Caller) -> str:
        """Create a scenario and return its id: the one in the body [seen], else derived from the name."""
        kind, name = body.get("type"), body.get("name")
        if kind not in _TYPES:
            raise illegal_argument(f"Unknown scenario type: {kind}")
        if not isinstance(name, str) or not name.strip():
            raise illegal_argument("Missing mandatory argument: name")
        self._check_run_as(body, None, caller)
        scenario_id = self._new_id(body.get("id"), name)
        if kind == "custom_python":
            self._world.judge_code(caller)
            self._project.disk.write(f"{_FOLDER}/{scenario_id}.py", b"")
        self._family.create(scenario_id, self._apply(_without_identity(body)), caller.identity)
        return scenario_id

    def save(self, scenario_id: str, body: JsonObject, caller: Caller) -> None:
        """Replace a scenario as a whole; the first save drops its creation tag [seen]."""
        stored = self._stored(scenario_id)
        check_version(self._world, body, self._family.version_tag(scenario_id))
        self._check_run_as(body, stored.get("runAsUser"), caller)
        given = {
            **_without_identity(body),
            "type": stored.get("type"),
            "automationLocal": stored.get("automationLocal"),
        }
        given.pop("creationTag", None)
        document = self._apply(given)
        for trigger in document["triggers"]:
            if trigger.get("type") == "temporal":
                trigger["params"]["lastUpdate"] = self._world.clock.now_ms()
        self._family.save(scenario_id, document, caller.identity)

    def save_light(self, scenario_id: str, body: JsonObject, caller: Caller) -> None:
        """Take the few keys that a PUT of the light form takes."""
        given: JsonObject = {key: body[key] for key in LIGHT_WRITABLE if key in body}
        self._family.save(scenario_id, self._apply({**self._stored(scenario_id), **given}), caller.identity)

    def delete(self, scenario_id: str) -> None:
        """Delete both files."""
        self._stored(scenario_id)
        self._family.delete(scenario_id)
        self._project.disk.delete(f"{_FOLDER}/{scenario_id}.py")

    def payload(self, scenario_id: str) -> JsonObject:
        """Return ``{"script"}``; absent if no script was ever written [client]."""
        self._stored(scenario_id)
        raw = self._project.disk.read(f"{_FOLDER}/{scenario_id}.py")
        return {} if raw is None else {"script": raw.decode("utf-8", "surrogateescape")}

    def save_payload(self, scenario_id: str, body: JsonObject, caller: Caller) -> None:
        """Store the script verbatim."""
        stored = self._stored(scenario_id)
        script = body.get("script")
        if not isinstance(script, str):
            raise illegal_argument("Missing mandatory argument: script")
        self._world.judge_code(caller)
        self._project.disk.write(f"{_FOLDER}/{scenario_id}.py", script.encode("utf-8", "surrogateescape"))
        self._family.save(scenario_id, stored, caller.identity)

    def _stored(self, scenario_id: str) -> JsonObject:
        stored = self._family.get(scenario_id)
        if stored is None:
            raise not_found(f"scenario does not exist: {self._project.key}.{scenario_id}")
        return stored

    def _apply(self, document: JsonObject) -> JsonObject:
        return apply_scenario(document, self._world.profile, lambda: self._world.ids.draw(8))

    def _new_id(self, asked: Any, name: str) -> str:
        if isinstance(asked, str) and asked:
            if asked in self._family:
                raise already_exists("Scenario", asked, self._world.profile)
            return asked
        wanted = derive_id(name, self._world.profile.scenario_id_rule)
        if wanted not in self._family:
            return wanted
        if self._world.profile.taken_scenario_id == "error":
            raise already_exists("Scenario", wanted, self._world.profile)
        number = 2
        while f"{wanted}{number}" in self._family:
            number += 1
        return f"{wanted}{number}"

    def _check_run_as(self, body: JsonObject, before: Any, caller: Caller) -> None:
        """Only admins may set who a scenario runs as [client]."""
        wanted = body.get("runAsUser")
        if wanted != before and wanted is not None and wanted != caller.login and not caller.is_admin:
            raise unauthorized("Only administrators can change the user that a scenario runs as")


def apply_scenario(document: JsonObject, profile: Profile, new_id: Callable[[], str] | None) -> JsonObject:
    """Return ``document`` as the server holds it; triggers and reporters without id get a new one at a save (``new_id``)."""
    keep, version = profile.keep_unknown_fields, profile.version
    result = SCENARIO.apply(document, keep_unknown=keep, version=version)
    shape = STEP_PARAMS if result.get("type") == "step_based" else PYTHON_PARAMS
    result["params"] = shape.apply(result["params"], keep_unknown=keep, version=version)
    for item in (*result["triggers"], *result["reporters"]):
        if new_id is not None and not item.get("id"):
            item["id"] = new_id()
    for trigger in result["triggers"]:
        _fill_trigger(trigger)
    return result


def _fill_trigger(trigger: JsonObject) -> None:
    """Client helpers send triggers without name: the server fills it [client, inferred]."""
    kind = str(trigger.get("type"))
    trigger.setdefault("name", "Time-based trigger" if kind == "temporal" else f"Trigger {kind}")
    trigger.setdefault("delay", _DELAYS.get(kind, _OTHER_DELAY))
    if kind == "temporal":
        trigger["params"] = TEMPORAL.apply(trigger["params"])


def _without_identity(body: JsonObject) -> JsonObject:
    return {key: value for key, value in body.items() if key not in ("id", "projectKey", "versionTag", "creationTag")}


def _user(tag: JsonObject) -> JsonObject:
    login = (tag.get("lastModifiedBy") or {}).get("login")
    return {"login": login, "displayName": login}
