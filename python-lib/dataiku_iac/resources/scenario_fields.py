"""The field table and the mentions of scenarios, and what is sent along because the UI, not the server, fills it in.

Source: object-shapes.md 9 and 18; api-projects-scenarios-deployer.md 4.2 to 4.6.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from dataiku_iac.core.canonical import Json, JsonObject, digest, is_list, is_object
from dataiku_iac.core.fields import Field, FieldTable
from dataiku_iac.core.mentions import Mention
from dataiku_iac.resources.default_rows import default_rows, with_defaults
from dataiku_iac.resources.fragments import ENVELOPE, below
from dataiku_iac.resources.message_forms import CONFIGURATION_DEFAULTS
from dataiku_iac.resources.scenario_steps import ITEM_LISTS
from dataiku_iac.resources.trigger_words import usual_delay

__all__ = ["SCENARIO_MENTIONS", "SCENARIO_TABLE", "complete_scenario"]

_HEAD: Final[JsonObject] = {
    "type": "step_based",
    "active": False,
    "markedAsTest": False,
    "runAsUser": "",
    "delayedTriggersBehavior": {
        "delayWhileRunning": True,
        "squashDelayedTriggers": True,
        "suppressTriggersWhileRunning": True,
    },
    "triggers": [],
    "reporters": [],
    "params": {"steps": [], "envSelection": {"envMode": "INHERIT"}},
}
_STEP: Final[JsonObject] = {
    "runConditionType": "RUN_IF_STATUS_MATCH",
    "runConditionStatuses": ["SUCCESS", "WARNING"],
    "runConditionExpression": "",
    "resetScenarioStatus": False,
    "delayBetweenRetries": 10,
    "maxRetriesOnFail": 0,
}
_STEP_FOLDED: Final[JsonObject] = {
    **_STEP,
    "enabled": True,  # from 13; not sent to older versions
    "alwaysShowComment": False,
    "comment": "",
    "description": "",
    "params": {},
}
_STOPS: Final[JsonObject] = {"proceedOnFailure": False}
_OF_STEP_TYPE: Final[Mapping[str, JsonObject]] = {
    "build_flowitem": {
        "jobType": "RECURSIVE_BUILD",
        "refreshHiveMetastore": True,
        "autoUpdateSchemaBeforeEachRecipeRun": False,
        "stopAtFlowZoneBoundary": False,
        "handleWarningsAs": "WARNING",
        "proceedOnFailure": False,
    },
    "check_dataset": {"handleWarningsAs": "WARNING", "proceedOnFailure": False},
    "custom_python": {"envSelection": {"envMode": "INHERIT"}, "proceedOnFailure": False},
    "runnable": {"config": {}, "adminConfig": {}, "proceedOnFailure": False},
    "exec_sql": {"extraConf": [], "proceedOnFailure": False},
    "send_report": {"failOnMessageNotSent": True},
    "refresh_chart_cache": {"force": False, "proceedOnFailure": False},
    **{key: {"variables": {}, "definitions": []} for key in ("set_project_vars", "define_vars")},
    **dict.fromkeys(
        ("clear_items", "compute_metrics", "run_scenario", "kill_scenario", "restart_webapp", "invalidate_cache"),
        _STOPS,
    ),
}
_TRIGGER: Final[JsonObject] = {"active": True}
_OF_TRIGGER_TYPE: Final[Mapping[str, JsonObject]] = {
    "temporal": {"repeatFrequency": 1, "timezone": "SERVER", "monthlyRunOn": "ON_THE_DAY"},
    "ds_modified": {"triggerWhenAllFire": False},
    "custom_python": {"envSelection": {"envMode": "INHERIT"}},
}
_REPORTER: Final[JsonObject] = {"active": True, "phase": "END", "runConditionEnabled": False}

_GENERATED: Final = "made by the editor from type and content [seen]"
_WEBHOOK: Final = "addresses and headers of web hooks hold their credential, in clear text [seen]"
_LISTS: Final = tuple(sorted(set(ITEM_LISTS.values())))
_STEPS: Final = "definition.params.steps.*"
_TRIGGERS: Final = "definition.triggers.*"
_REPORTERS: Final = "definition.reporters.*"


def _of_all_types(tables: Mapping[str, JsonObject]) -> dict[str, Json]:
    folded: dict[str, Json] = {}
    for defaults in tables.values():
        folded |= defaults
    return folded


SCENARIO_TABLE: Final[FieldTable] = {
    **below("definition", ENVELOPE),
    **default_rows("definition", _HEAD),
    "definition.id": Field(server_owned=True, reason="says what the address says already"),
    "definition.type": Field(
        default="step_based", immutable=True, reason="steps and script are different scenarios [inferred]"
    ),
    "definition.automationLocal": Field(server_owned=True, reason="set by the node [seen]"),
    "definition.__dku_object_version__": Field(server_owned=True, reason="format of the file, from 14 [seen]"),
    **default_rows(_STEPS, _STEP_FOLDED),
    f"{_STEPS}.id": Field(server_owned=True, reason=_GENERATED),
    f"{_STEPS}.name": Field(default_like=r"Step #\d+", reason="the editor's name for a step nobody named [seen]"),
    **default_rows(f"{_STEPS}.params", {**_of_all_types(_OF_STEP_TYPE), "warningsAsErrors": False}),
    **default_rows(_TRIGGERS, {**_TRIGGER, "description": "", "params": {}}),
    f"{_TRIGGERS}.id": Field(server_owned=True, reason=_GENERATED),
    f"{_TRIGGERS}.name": Field(
        default_like=r".* {20,}|Trigger #\d+", reason="a name nobody chose; the editor's is padded with blanks [seen]"
    ),
    **default_rows(f"{_TRIGGERS}.params", _of_all_types(_OF_TRIGGER_TYPE)),
    f"{_TRIGGERS}.params.lastUpdate": Field(server_owned=True, reason="stamped with every save [seen]"),
    **default_rows(_REPORTERS, {**_REPORTER, "description": ""}),
    f"{_REPORTERS}.id": Field(server_owned=True, reason=_GENERATED),
    f"{_REPORTERS}.name": Field(default_like=r"Reporter #\d+", reason="a name nobody chose"),
    **{
        f"{prefix}.{items}.*.{key}": Field(default=default)
        for prefix in (f"{_STEPS}.params", f"{_TRIGGERS}.params")
        for items in _LISTS
        for key, default in (("partitionsSpec", ""), ("projectKey", None))
    },
    f"{_STEPS}.params.projectKey": Field(default=None),
    f"{_TRIGGERS}.params.projectKey": Field(default=None),
    **{
        f"{prefix}.messaging.configuration.{key}": Field(secret=True, reason=_WEBHOOK)
        for prefix in (_REPORTERS, f"{_STEPS}.params")
        for key in ("url", "headers")  # webhookUrl is known by its name, and may be a reference to a secret
    },
    **{
        path: row
        for prefix in (_REPORTERS, f"{_STEPS}.params")
        for path, row in default_rows(
            f"{prefix}.messaging.configuration", _of_all_types(CONFIGURATION_DEFAULTS)
        ).items()
        if not path.endswith(".headers")  # they hold credentials
    },
    "script": Field(default=""),
}

SCENARIO_MENTIONS: Final = (
    Mention("definition.runAsUser", "user"),
    Mention("definition.params.envSelection.envName", "code_env"),
    *(
        Mention(f"{prefix}.params.{path}", sort)
        for prefix in (_STEPS, _TRIGGERS)
        for path, sort in (
            ("envSelection.envName", "code_env"),
            ("connection", "connection"),
            ("projectKey", "project"),
            ("scenarioId", "scenario"),
            *((f"{items}.*.itemId", "computable") for items in _LISTS),
            *((f"{items}.*.projectKey", "project") for items in _LISTS),
        )
    ),
    Mention(f"{_STEPS}.params.folderSmartId", "computable"),
    Mention(f"{_STEPS}.params.webAppId", "object"),
    Mention(f"{_STEPS}.params.dashboardId", "object"),
    Mention(f"{_STEPS}.params.dashboards.*.smartName", "object"),
    Mention(f"{_STEPS}.params.options.datasetName", "computable"),
    *(
        Mention(f"{prefix}.messaging.configuration.{path}", sort)
        for prefix in (_REPORTERS, f"{_STEPS}.params")
        for path, sort in (
            ("projectKey", "project"),
            ("datasetName", "computable"),
            ("attachments.*.params.attachedDataset", "computable"),
            ("attachments.*.params.attachedFolderId", "computable"),
            ("attachments.*.params.dashboardId", "object"),
        )
    ),
)


def complete_scenario(definition: JsonObject) -> JsonObject:
    """Return ``definition`` with everything that steps, triggers and reporters need and the server does not fill in.

    Ids come from the content, so equal scenarios get equal ids; ids that are there stay.
    """
    filled: dict[str, Json] = dict(definition)
    params, triggers, reporters = filled.get("params"), filled.get("triggers"), filled.get("reporters")
    steps = params.get("steps") if is_object(params) else None
    if is_object(params) and is_list(steps):
        filled["params"] = {**params, "steps": _with_ids([_step(item, i) for i, item in enumerate(steps)], "")}
    if is_list(triggers):
        filled["triggers"] = _with_ids([_trigger(item, i) for i, item in enumerate(triggers)], "trigger")
    if is_list(reporters):
        filled["reporters"] = _with_ids([_reporter(item, i) for i, item in enumerate(reporters)], "reporter")
    return filled


def _step(step: Json, index: int) -> Json:
    if not is_object(step):
        return step
    filled = with_defaults(
        step, {**_STEP, "name": f"Step #{index + 1}", "params": _OF_STEP_TYPE.get(str(step.get("type")), {})}
    )
    params = filled.get("params")
    return {**filled, "params": _with_message(params)} if is_object(params) and "messaging" in params else filled


def _trigger(trigger: Json, index: int) -> Json:
    if not is_object(trigger):
        return trigger
    kind = str(trigger.get("type"))
    named: JsonObject = {
        "name": f"Trigger #{index + 1}",
        "delay": usual_delay(kind),
    }
    return with_defaults(trigger, {**_TRIGGER, **named, "params": _OF_TRIGGER_TYPE.get(kind, {})})


def _reporter(reporter: Json, index: int) -> Json:
    if not is_object(reporter):
        return reporter
    return _with_message(with_defaults(reporter, {**_REPORTER, "name": f"Reporter #{index + 1}"}))


def _with_message(holder: JsonObject) -> JsonObject:
    """Return a reporter, or the params of a step, whose message has what the editor fills in."""
    messaging = holder.get("messaging")
    if not is_object(messaging):
        return holder
    usual = CONFIGURATION_DEFAULTS.get(str(messaging.get("type")), {})
    return {**holder, "messaging": with_defaults(messaging, {"configuration": usual} if usual else {})}


def _with_ids(items: Sequence[Json], prefix: str) -> list[Json]:
    """Give an id to those without one: ``build_flowitem_1f0a9c3e`` for steps, eight characters for the others."""
    taken = {item.get("id") for item in items if is_object(item)}
    found: list[Json] = []
    for i, item in enumerate(items):
        if is_object(item) and not item.get("id"):
            salt = 0
            while (made := _made_id(item, prefix, i, salt)) in taken:
                salt += 1
            taken.add(made)
            found.append({**item, "id": made})
        else:
            found.append(item)
    return found


def _made_id(item: JsonObject, prefix: str, index: int, salt: int) -> str:
    text = digest([prefix, index, salt, item]).removeprefix("sha256:")[:8]
    return text if prefix else f"{item.get('type')}_{text}"
