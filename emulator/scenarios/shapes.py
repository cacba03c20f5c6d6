"""The classes behind a scenario. Source: object-shapes.md 9, api-projects-scenarios-deployer.md 4.2 - 4.6."""

from typing import Final

from emulator.fragments import CHECKLISTS, ENV_SELECTION
from emulator.shapes import Shape, items_of, nested, optional, sorted_set, value

__all__ = ["LIGHT_WRITABLE", "PYTHON_PARAMS", "SCENARIO", "STEP_PARAMS", "TEMPORAL"]

_STEP: Final = Shape(
    "Step",
    {
        "id": optional(),
        "type": optional(),
        "name": optional(),
        "description": optional(),
        "comment": optional(),
        "enabled": value(True, since=(13, 0)),
        "alwaysShowComment": value(False, since=(13, 0)),
        "runConditionType": value("RUN_IF_STATUS_MATCH"),
        "runConditionStatuses": value(["SUCCESS", "WARNING"]),
        "runConditionExpression": value(""),
        "resetScenarioStatus": value(False),
        "delayBetweenRetries": value(10),
        "maxRetriesOnFail": value(0),
        "params": value({}),
    },
)
"""Params of steps are kept as they are: the user interface, not the server, fills their defaults [seen]."""

STEP_PARAMS: Final = Shape("StepBasedParams", {"steps": items_of(_STEP)})
PYTHON_PARAMS: Final = Shape("PythonScenarioParams", {"envSelection": nested(ENV_SELECTION)})

TEMPORAL: Final = Shape(
    "TemporalTriggerParams",
    {
        "frequency": value("Daily"),
        "repeatFrequency": value(1),
        "startingFrom": optional(),
        "daysOfWeek": value([]),
        "monthlyRunOn": value("ON_THE_DAY"),
        "minute": value(0),
        "hour": value(0),
        "timezone": value("SERVER"),
        "lastUpdate": value(0),
        # of older triggers
        "dayOfMonth": optional(),
        "count": optional(),
    },
)
_TRIGGER: Final = Shape(
    "Trigger",
    {
        "id": optional(),
        "type": optional(),
        "name": optional(),
        "description": optional(),
        "delay": optional(),
        "active": value(True),
        "params": value({}),
        "graceDelaySettings": optional(),
    },
)
_REPORTER: Final = Shape(
    "Reporter",
    {
        "id": optional(),
        "name": optional(),
        "description": optional(),
        "active": value(True),
        "phase": value("END"),
        "runConditionEnabled": value(False),
        "runCondition": value("outcome != 'SUCCESS'"),
        "messaging": value({}),
        "variablesCode": optional(),
    },
)
_DELAYED: Final = Shape(
    "DelayedTriggersBehavior",
    {
        "delayWhileRunning": value(True),
        "squashDelayedTriggers": value(True),
        "suppressTriggersWhileRunning": value(True),
    },
)

SCENARIO: Final = Shape(
    "Scenario",
    {
        "type": optional(),
        "name": optional(),
        "active": value(False),
        "runAsUser": optional(),
        "creationTag": optional(),
        "shortDesc": optional(),
        "description": optional(),
        "checklists": nested(CHECKLISTS),
        "delayedTriggersBehavior": nested(_DELAYED),
        "tags": sorted_set(),
        "triggers": items_of(_TRIGGER),
        "reporters": items_of(_REPORTER),
        "params": value({}),
        "automationLocal": value(False),
        "customFields": value({}),
        "markedAsTest": value(False, since=(13, 1)),
        "__dku_object_version__": optional(since=(14, 0)),
    },
)

LIGHT_WRITABLE: Final = ("active", "checklists", "description", "shortDesc", "tags")
"""All that a PUT of the light form takes; anything else in it is ignored [client]."""
