"""Params of the step and trigger types of DSS itself, to find typing errors: a node drops what it does not know, with a 200.

Types of plugins, and types nobody has described, are not listed and not checked. Source: object-shapes.md 9.1 and 9.3,
api-projects-scenarios-deployer.md 4.5 and 4.6. All [seen].
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Final

from dataiku_iac.core.canonical import Json, is_object
from dataiku_iac.core.problem import Problem, Severity
from dataiku_iac.resources.scenario_steps import STEPS, TRIGGERS
from dataiku_iac.resources.step_words import STEP_KEYS, expand_step
from dataiku_iac.resources.trigger_words import TRIGGER_KEYS, expand_trigger

__all__ = ["unknown_params"]

_STEP_PARAMS: Final[Mapping[str, frozenset[str]]] = {
    kind: frozenset({*keys.split(), "proceedOnFailure"})
    for kind, keys in {
        "build_flowitem": "builds jobType refreshHiveMetastore autoUpdateSchemaBeforeEachRecipeRun handleWarningsAs"
        " stopAtFlowZoneBoundary",
        "clear_items": "clears",
        "compute_metrics": "computes",
        "check_dataset": "checks warningsAsErrors handleWarningsAs computeAutomaticRules ignorePartitionSelectionMode",
        "invalidate_cache": "invalidates",
        "custom_python": "script envSelection",
        "runnable": "runnableType config adminConfig",
        "run_scenario": "projectKey scenarioId handleWarningsAs",
        "kill_scenario": "projectKey scenarioId",
        "send_report": "failOnMessageNotSent messaging",
        "refresh_chart_cache": "force dashboards datasets",
        "restart_webapp": "webAppId",
        "set_project_vars": "projectKey definitions variables evaluateValues",
        "prepare_bundle": "bundleId transmogrify targetVariable publishOnDeployer publishedProjectKey releaseNotes",
        "prepare_lambda_package": "serviceId packageId transmogrify targetVariable releaseNotes publishToAPIDeployer"
        " publishedServiceId",
        "update_apideployer_deployment": "deploymentId newVersionId isFullUpdate",
        "check_consistency": "handleWarningsAs",
        "schema_propagation": "options",
        "define_vars": "projectKey definitions variables evaluateValues",
        "exec_sql": "connection sql extraConf overrideDefaultLimit",
        "create_dashboard_export": "dashboardId exportFormat folderSmartId shouldUseDashboardFormatSettings"
        " filtersBySlide",
    }.items()
}
_TRIGGER_PARAMS: Final[Mapping[str, frozenset[str]]] = {
    "temporal": frozenset(
        {
            *(
                "frequency",
                "repeatFrequency",
                "startingFrom",
                "daysOfWeek",
                "monthlyRunOn",
                "hour",
                "minute",
                "timezone",
            ),
            *("dayOfMonth", "count", "lastUpdate"),  # until 7, and written by the server
            "cron",  # reported by itself
        }
    ),
    "ds_modified": frozenset({"watches", "triggerWhenAllFire"}),
    "sql_query": frozenset({"connection", "sql", "hasLimit", "limit"}),
    "follow_scenariorun": frozenset({"projectKey", "scenarioId", "outcomeFilter"}),
    "custom_python": frozenset({"code", "script", "envSelection"}),
}
_OF_SECTION: Final = {
    "steps": (STEPS, expand_step, _STEP_PARAMS, STEP_KEYS),
    "triggers": (TRIGGERS, expand_trigger, _TRIGGER_PARAMS, TRIGGER_KEYS),
}


def unknown_params(section: str, flats: Sequence[Json], address: str) -> Iterator[Problem]:
    """Yield a warning for every param of a step (``section`` ``steps``) or trigger that its type is not known to have."""
    form, expand, known_params, words = _OF_SECTION[section]
    for i, flat in enumerate(flats):
        raw = expand(flat) if is_object(flat) else {}
        kind, params = str(raw.get("type")), raw.get("params")
        known = known_params.get(kind)
        for key in params if known is not None and is_object(params) else ():
            if known is not None and key not in known:
                near = get_close_matches(key, [*words, *known, *form.envelope], n=1)
                yield Problem(
                    Severity.WARNING,
                    "unknown-param",
                    "this type is not known to have such a key, and DSS drops unknown keys silently",
                    f'{section}[{i}] of type {kind} has "{key}"',
                    address=address,
                    suggestion=f'did you mean "{near[0]}"?' if near else "",
                )
