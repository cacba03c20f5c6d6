"""Documents of scenarios, generated from the field statistics (object-shapes.md 9)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from hypothesis import strategies as st

from tests.laws.document_parts import ENVELOPE, TEXT, Maybe, obj, one_of, some

__all__ = ["SCENARIOS"]

Values = st.SearchStrategy[Any]
Fields = Mapping[str, Values | Maybe]

_BOOL: Final = one_of(False, False, False, True)
_ITEM: Final = st.one_of(
    obj(
        {
            "type": st.just("DATASET"),
            "itemId": one_of("ORDERS", "a b"),
            "projectKey": (10, one_of(None, "OTHER")),
            "partitionsSpec": (95, one_of("", "2024")),
        }
    ),
    obj(
        {
            "type": st.just("MANAGED_FOLDER"),
            "itemId": one_of("folder:exports", "aBcD1234"),
            "partitionsSpec": (95, st.just("")),
        }
    ),
    obj(
        {
            "type": one_of("SAVED_MODEL", "MODEL_EVALUATION_STORE"),
            "itemId": one_of("model:Churn", "aBcD1234"),
            "partitionsSpec": (95, st.just("")),
        }
    ),
)
_ITEMS: Final = some(_ITEM, 2)
_ENV: Final = one_of(
    {"envMode": "INHERIT"}, {"envMode": "EXPLICIT_ENV", "envName": "py311"}, {"envMode": "USE_BUILTIN_MODE"}
)
_MESSAGE: Final = st.one_of(
    obj(
        {
            "type": st.just("mail-scenario"),
            "configuration": obj(
                {
                    "channelId": (63, st.just("smtp")),
                    "subject": TEXT,
                    "sender": (39, st.just("a@b.c")),
                    "recipient": (66, st.just("d@e.f")),
                    "sendAsHTML": _BOOL,
                    "attachments": some(
                        obj({"type": st.just("DATASET"), "params": st.just({"attachedDataset": "ORDERS"})}), 1
                    ),
                    "messageSource": one_of("TEMPLATE_FILE", "INLINE"),
                    "templateFormat": one_of("FREEMARKER", "FORMULA"),
                    "templateName": one_of("default.ftl", "mine"),
                }
            ),
        }
    ),
    obj(
        {
            "type": one_of("slack-scenario", "msft-teams-scenario", "twilio-scenario"),
            "configuration": (
                95,
                obj(
                    {
                        "message": TEXT,
                        "webhookUrl": (90, st.just("https://hooks.example/T0")),
                        "useProxy": one_of(True, False),
                        "channelId": (20, st.just("ops")),
                    }
                ),
            ),
        }
    ),
    obj(
        {
            "type": st.just("dataset-scenario"),
            "configuration": obj({"projectKey": st.just("P"), "datasetName": st.just("LOG"), "message": TEXT}),
        }
    ),
)
_STEP_PARAMS: Final[Mapping[str, Fields]] = {
    "build_flowitem": {
        "builds": _ITEMS,
        "jobType": one_of(
            "RECURSIVE_BUILD", "RECURSIVE_FORCED_BUILD", "NON_RECURSIVE_FORCED_BUILD", "FIND_OUTPUTS_RECURSIVE_BUILD"
        ),
        "refreshHiveMetastore": one_of(True, False),
        "handleWarningsAs": (27, st.just("WARNING")),
    },
    "check_dataset": {"checks": _ITEMS, "warningsAsErrors": (83, _BOOL), "computeAutomaticRules": (9, st.just(True))},
    "compute_metrics": {"computes": _ITEMS},
    "clear_items": {"clears": _ITEMS},
    "invalidate_cache": {"invalidates": _ITEMS},
    "custom_python": {"script": (91, TEXT), "envSelection": _ENV},
    "runnable": {
        "runnableType": st.just("pyrunnable_x_y"),
        "config": one_of({}, {"a": 1}),
        "adminConfig": one_of({}, {"allProjects": True}),
    },
    "run_scenario": {
        "projectKey": (16, one_of(None, "OTHER")),
        "scenarioId": (95, one_of("X", "a.b")),
        "handleWarningsAs": (32, st.just("WARNING")),
    },
    "kill_scenario": {"scenarioId": st.just("X")},
    "send_report": {"failOnMessageNotSent": one_of(True, False), "messaging": (94, _MESSAGE)},
    "refresh_chart_cache": {
        "force": _BOOL,
        "dashboards": some(st.just({"smartName": "dashboard:Sales", "name": "Sales"}), 1),
    },
    "restart_webapp": {"webAppId": one_of("webapp:Entry", "aBcD123")},
    "set_project_vars": {
        "projectKey": (14, st.just("P")),
        "variables": (50, one_of({}, {"a": 1})),
        "definitions": some(obj({"key": one_of("a", "b"), "value": TEXT}), 2),
        "evaluateValues": one_of(True, False),
    },
    "define_vars": {
        "definitions": some(obj({"key": one_of("a", "b"), "value": TEXT}), 2),
        "evaluateValues": one_of(True, False),
    },
    "exec_sql": {"connection": st.just("pg"), "sql": TEXT, "extraConf": st.just([])},
    "prepare_bundle": {"bundleId": st.just("v1"), "transmogrify": one_of(True, False)},
    "create_dashboard_export": {
        "dashboardId": (75, st.just("dashboard:Sales")),
        "exportFormat": st.just({"paperSize": "A4"}),
    },
    "pystep_x_y": {"config": one_of({}, {"name": "x"})},
}
_ENVELOPE: Final[Fields] = {
    "id": (98, one_of("build_0_true_d_ORDERS", "custom_python_aB+/=")),
    "name": one_of("Step #1", "Step #12", "mine", ""),
    "enabled": (6, one_of(True, False)),
    "alwaysShowComment": (5, st.just(False)),
    "comment": (5, TEXT),
    "runConditionType": one_of(
        "RUN_IF_STATUS_MATCH", "RUN_IF_STATUS_MATCH", "DISABLED", "RUN_ALWAYS", "RUN_CONDITIONALLY"
    ),
    "runConditionStatuses": one_of(["SUCCESS", "WARNING"], ["FAILED"]),
    "runConditionExpression": one_of("", "", "outcome == 'FAILED'", "always"),
    "resetScenarioStatus": _BOOL,
    "delayBetweenRetries": (97, one_of(10, 10, 5)),
    "maxRetriesOnFail": (97, one_of(0, 0, 2)),
}
_STEP: Final = st.sampled_from(sorted(_STEP_PARAMS)).flatmap(
    lambda kind: obj(
        {
            **_ENVELOPE,
            "type": st.just(kind),
            "params": (98, obj({**_STEP_PARAMS[kind], "proceedOnFailure": (90, _BOOL)})),
        }
    )
)
_TRIGGER_PARAMS: Final[Mapping[str, Fields]] = {
    "temporal": {
        "frequency": one_of("Minutely", "Hourly", "Daily", "Weekly", "Monthly"),
        "daysOfWeek": some(one_of("Monday", "Friday"), 2),
        "dayOfMonth": (21, one_of(0, 1)),
        "count": (21, st.just(5)),
        "minute": (95, one_of(0, 30)),
        "hour": (95, one_of(2, 17)),
        "repeatFrequency": (79, one_of(1, 1, 5)),
        "startingFrom": (79, st.just("2025-09-17")),
        "monthlyRunOn": (42, one_of("ON_THE_DAY", "FIRST_WEEK")),
        "timezone": (79, one_of("SERVER", "Europe/Paris")),
        "lastUpdate": (47, st.just(1784903349711)),
    },
    "ds_modified": {"watches": _ITEMS, "triggerWhenAllFire": (79, _BOOL)},
    "follow_scenariorun": {
        "projectKey": (10, st.just("OTHER")),
        "scenarioId": st.just("X"),
        "outcomeFilter": (29, st.just(["SUCCESS"])),
    },
    "sql_query": {"connection": one_of("", "pg"), "sql": TEXT, "hasLimit": st.just(True), "limit": st.just(10000)},
    "custom_python": {"code": TEXT, "envSelection": _ENV},
    "pytrigger_x_y": {"config": one_of({}, {"a": 1})},
}
_TRIGGER: Final = st.sampled_from(sorted(_TRIGGER_PARAMS)).flatmap(
    lambda kind: obj(
        {
            "id": (98, st.just("S33fBFXN")),
            "type": st.just(kind),
            "name": one_of("Trigger #1", "Temporel                                ", "nightly"),
            "delay": one_of(5, 900, 60),
            "active": one_of(True, True, False),
            "params": obj(_TRIGGER_PARAMS[kind]),
            "graceDelaySettings": (20, st.just({"delay": 120, "checkAgainAfterGraceDelay": True})),
        }
    )
)
_REPORTER: Final = obj(
    {
        "id": (98, st.just("abcdefgh")),
        "name": one_of("Reporter #1", "mine"),
        "active": one_of(True, False),
        "phase": one_of("END", "END", "START"),
        "runConditionEnabled": one_of(True, True, False),
        "runCondition": (95, one_of("outcome != 'SUCCESS'", "", "x")),
        "messaging": _MESSAGE,
        "variablesCode": (5, TEXT),
    }
)
_SCENARIO: Final = obj(
    {
        "projectKey": st.just("CRM"),
        "id": st.just("DAILY"),
        "type": st.just("step_based"),
        "name": one_of("DAILY", "Every day"),
        "active": _BOOL,
        **ENVELOPE,
        "delayedTriggersBehavior": (
            98,
            obj({"delayWhileRunning": st.just(True), "suppressTriggersWhileRunning": one_of(True, False)}),
        ),
        "triggers": some(_TRIGGER, 2),
        "reporters": some(_REPORTER, 2),
        "params": obj({"steps": (98, some(_STEP, 3)), "envSelection": (30, _ENV)}),
        "automationLocal": st.just(False),
        "runAsUser": (30, st.just("bob")),
        "markedAsTest": (20, _BOOL),
        "__dku_object_version__": (5, st.just(1)),
    }
)
_SCRIPT: Final = obj(
    {
        "projectKey": st.just("CRM"),
        "id": st.just("DAILY"),
        "type": st.just("custom_python"),
        "name": one_of("DAILY", "Every day"),
        "active": _BOOL,
        **ENVELOPE,
        "triggers": some(_TRIGGER, 1),
        "reporters": some(_REPORTER, 1),
        "params": (98, obj({"envSelection": _ENV})),
    }
)
SCENARIOS: Final = st.one_of(
    st.fixed_dictionaries({"definition": _SCENARIO}),
    st.fixed_dictionaries({"definition": _SCRIPT, "script": TEXT}),
)
"""Whole portable documents of scenarios."""
