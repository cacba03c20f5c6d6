"""The JSON Schema of scenarios: every word of their steps, triggers and reporters, and DSS's own forms beside."""

from __future__ import annotations

from typing import Final

from dataiku_iac.core.canonical import JsonObject
from dataiku_iac.resources.fragments import ENVELOPE_SCHEMA
from dataiku_iac.resources.message_forms import MESSAGE_WORDS
from dataiku_iac.resources.step_words import BUILD_MODES

__all__ = ["PYTHON", "SCENARIO_SCHEMA"]

PYTHON: Final = "custom_python"
"""The type of scenarios that are a script."""

_TYPE: Final[JsonObject] = {"type": {"type": "string", "description": "DSS's type; its params stand beside it"}}
_ITEMS: Final[JsonObject] = {"type": ["string", "array"], "items": {"type": ["string", "object"]}}
_TEXT: Final[JsonObject] = {"type": "string"}
_TRIGGER: Final[JsonObject] = {
    "type": "object",
    "minProperties": 1,
    "properties": {
        **_TYPE,
        **{key: {"type": "string", "description": "a time of day, 02:30"} for key in ("daily", "weekly", "monthly")},
        "hourly": {"type": "integer", "description": "minute of the hour"},
        "minutely": {"type": "integer", "description": "each so many minutes"},
        "cron": _TEXT,
        "changed": _ITEMS,
        **dict.fromkeys(("after", "sql", "python"), _TEXT),
        "days": {"type": "array", "items": _TEXT},
        "every": {"type": "integer"},
    },
}
_STEP: Final[JsonObject] = {
    "type": "object",
    "minProperties": 1,
    "properties": {
        **_TYPE,
        **dict.fromkeys(("build", "check", "compute_metrics", "clear", "invalidate_cache", "reload_schema"), _ITEMS),
        **dict.fromkeys(("run_scenario", "kill_scenario", "python", "sql", "macro", "restart_webapp"), _TEXT),
        **dict.fromkeys(("export_dashboard", "create_bundle", "create_api_package"), _TEXT),
        **{
            key: {"type": ["object", "array"], "description": "values, or formulas in order"}
            for key in ("set_variables", "define_variables")
        },
        "send": {"type": "object"},
        "mode": {"type": "string", "description": f"of build: {', '.join(BUILD_MODES)}; default: recursive"},
        "run_if": {"type": "string", "description": "always, never, or a formula"},
    },
}
_REPORTER: Final[JsonObject] = {
    "type": "object",
    "minProperties": 1,
    "properties": {
        **{key: {"type": "object"} for key in MESSAGE_WORDS},
        "when": {"type": "string", "description": "failed, succeeded, always, or a formula"},
        "messaging": {"type": "object", "description": "instead of a word: DSS's own"},
    },
}
SCENARIO_SCHEMA: Final[JsonObject] = {
    "type": "object",
    "required": ["name"],
    "properties": {
        "name": {"type": "string", "pattern": "^[A-Za-z0-9_-]+$", "description": "the scenario's id"},
        "label": {"type": "string", "minLength": 1, "description": "display name, if it is not the id"},
        "type": {"enum": ["step_based", PYTHON]},
        "active": {"type": "boolean", "description": "whether triggers start it"},
        "triggers": {"type": "array", "items": _TRIGGER},
        "steps": {"type": "array", "items": _STEP},
        "reporters": {"type": "array", "items": _REPORTER},
        "code": {"type": "string"},
        "code_file": {"type": "string"},
        "code_env": {"type": "string", "minLength": 1},
        "params": {"type": "object"},
        "run_as": {"type": "string"},
        "delayedTriggersBehavior": {"type": "object"},
        "markedAsTest": {"type": "boolean"},
        **ENVELOPE_SCHEMA,
    },
    "additionalProperties": False,
}
