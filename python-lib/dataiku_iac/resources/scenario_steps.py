"""Steps and triggers of scenarios: one flat object in a spec, an envelope with ``params`` in DSS.

``{type: build_flowitem, items: [ORDERS], build_mode: RECURSIVE_BUILD}`` stands for
``{type: build_flowitem, params: {builds: [{type: DATASET, itemId: ORDERS}], jobType: RECURSIVE_BUILD}}``. A step with
``params`` of its own keeps them: then only the friendly keys are translated. Both forms are exact inverses; what the flat
one cannot say keeps DSS's form. Source: object-shapes.md 9; api-projects-scenarios-deployer.md 4.4 to 4.6.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from dataiku_iac.core.canonical import Json, JsonObject, is_list, is_object
from dataiku_iac.resources.cron import NotExpressible, temporal_of_cron
from dataiku_iac.resources.object_words import PREFIX_TYPES

__all__ = ["ITEM_LISTS", "STEPS", "TRIGGERS", "FlatForm", "item_refs"]

ITEM_LISTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "build_flowitem": "builds",
        "clear_items": "clears",
        "compute_metrics": "computes",
        "check_dataset": "checks",
        "invalidate_cache": "invalidates",
        "sync_hive": "syncs",
        "update_from_hive": "syncs",
        "reload_schema": "items",
        "ds_modified": "watches",
    }
)
"""Step or trigger type to the key of its list of items, which specs call ``items``."""

_SCENARIO_TYPES: Final = ("run_scenario", "kill_scenario", "follow_scenariorun")
_RUN_IF: Final = {
    "always": "RUN_ALWAYS",
    "never": "DISABLED",
    "status": "RUN_IF_STATUS_MATCH",
    "condition": "RUN_CONDITIONALLY",
}
_RUN_IF_OF: Final = {dss: friendly for friendly, dss in _RUN_IF.items()}
_FRIENDLY: Final = ("items", "build_mode", "scenario", "run_if", "cron")
_PREFIXES: Final = tuple(PREFIX_TYPES)
_CRON: Final = "cron"


@dataclass(frozen=True, slots=True)
class FlatForm:
    """Translates one sort of envelope.

    Attributes:
        envelope: keys of DSS's envelope; every other key of a flat object belongs to ``params``.
        aliases: friendly type names.
    """

    envelope: frozenset[str]
    aliases: Mapping[str, str]

    def expand(self, flat: JsonObject) -> JsonObject:
        """Return DSS's envelope."""
        kind = str(flat.get("type", ""))
        kind = self.aliases.get(kind.lower(), kind)
        given = flat.get("params")
        params: dict[str, Json] = dict(given) if is_object(given) else {}
        outer: dict[str, Json] = {}
        for key, value in flat.items():
            if key in _FRIENDLY:
                _expand_friendly(key, value, kind, outer, params)
            elif key in self.envelope or is_object(given):
                outer[key] = value
            else:
                params[key] = value
        if "type" in outer:
            outer["type"] = kind
        outer.pop("params", None)
        return {**outer, "params": params} if params else outer

    def shorten(self, raw: JsonObject) -> JsonObject:
        """Return the flat form if it says all of ``raw``, else DSS's own."""
        kind = str(raw.get("type", ""))
        given = raw.get("params", {})
        if not is_object(given):
            return raw
        params = dict(given)
        outer = {key: value for key, value in raw.items() if key != "params"}
        friendly = _shorten_friendly(kind, outer, params)
        clash = set(outer) - self.envelope or set(params) & (self.envelope | set(_FRIENDLY))
        return {**outer, **friendly, "params": params} if clash else {**outer, **friendly, **params}


STEPS: Final = FlatForm(
    frozenset(
        {
            *("id", "type", "name", "description", "comment", "enabled", "alwaysShowComment", "params"),
            *("runConditionType", "runConditionStatuses", "runConditionExpression", "resetScenarioStatus"),
            *("delayBetweenRetries", "maxRetriesOnFail"),
        }
    ),
    {
        "build": "build_flowitem",
        "clear": "clear_items",
        "check": "check_dataset",
        "metrics": "compute_metrics",
        "python": "custom_python",
        "sql": "exec_sql",
        "execute_sql": "exec_sql",
        "macro": "runnable",
    },
)
TRIGGERS: Final = FlatForm(
    frozenset({"id", "type", "name", "description", "delay", "active", "params", "graceDelaySettings"}),
    {"time": "temporal", "dataset_modified": "ds_modified", "python": "custom_python", "sql": "sql_query"},
)


def item_refs(
    entries: Sequence[Json], expand: Callable[[JsonObject], JsonObject]
) -> Iterator[tuple[int, int, JsonObject]]:
    """Yield index of the entry, of the item, and DSS's form of every item that a step or trigger names."""
    for i, entry in enumerate(entries):
        if not is_object(entry):
            continue
        raw = expand(entry)
        params = raw.get("params")
        items = params.get(ITEM_LISTS.get(str(raw.get("type")), "")) if is_object(params) else None
        for j, item in enumerate(items if is_list(items) else []):
            if is_object(item):
                yield i, j, item


def _expand_friendly(key: str, value: Json, kind: str, outer: dict[str, Json], params: dict[str, Json]) -> None:
    if key == "run_if":
        word = _RUN_IF.get(str(value), str(value))
        if word in _RUN_IF_OF or not isinstance(value, str):
            outer["runConditionType"] = word if isinstance(value, str) else value
        else:
            outer |= {"runConditionType": _RUN_IF["condition"], "runConditionExpression": value}
    elif key == "items":
        params[ITEM_LISTS.get(kind, "items")] = [_expand_item(item) for item in value] if is_list(value) else value
    elif key == "build_mode":
        params["jobType"] = value
    elif key == "scenario":
        project, dot, scenario = str(value).rpartition(".")
        params |= {"projectKey": project, "scenarioId": scenario} if dot else {"scenarioId": value}
    else:
        try:
            params |= temporal_of_cron(str(value))
        except NotExpressible:
            params[_CRON] = value  # ``check`` refuses it with the reason


def _shorten_friendly(kind: str, outer: dict[str, Json], params: dict[str, Json]) -> dict[str, Json]:
    """Take what has a friendly key out of ``outer`` and ``params``."""
    friendly: dict[str, Json] = {}
    condition, formula = outer.get("runConditionType"), outer.get("runConditionExpression")
    if condition == _RUN_IF["condition"] and isinstance(formula, str) and formula not in (*_RUN_IF, *_RUN_IF_OF, ""):
        friendly["run_if"] = formula
        del outer["runConditionType"], outer["runConditionExpression"]
    elif isinstance(condition, str) and condition in _RUN_IF_OF:
        friendly["run_if"] = _RUN_IF_OF[condition]
        del outer["runConditionType"]
    where = ITEM_LISTS.get(kind)
    items = params.get(where) if where else None
    if where and is_list(items) and all(is_object(item) and "ref" not in item for item in items):
        friendly["items"] = [_shorten_item(item) for item in items]
        del params[where]
    if kind == "build_flowitem" and "jobType" in params:
        friendly["build_mode"] = params.pop("jobType")
    scenario, project = params.get("scenarioId"), params.get("projectKey", "")
    if kind in _SCENARIO_TYPES and isinstance(scenario, str) and isinstance(project, str):
        name = f"{project}.{scenario}" if "projectKey" in params else scenario
        if scenario and "." not in scenario and (project or "projectKey" not in params):
            friendly["scenario"] = name
            del params["scenarioId"]
            params.pop("projectKey", None)
    return friendly


def _expand_item(item: Json) -> Json:
    if isinstance(item, str):
        return _expand_ref(item)
    if is_object(item) and isinstance(item.get("ref"), str):
        rest = {key: value for key, value in item.items() if key not in ("ref", "partitions")}
        partitions = {"partitionsSpec": item["partitions"]} if "partitions" in item else {}
        return {**_expand_ref(str(item["ref"])), **partitions, **rest}
    return item


def _expand_ref(ref: str) -> dict[str, Json]:
    for prefix, kind in PREFIX_TYPES.items():
        if ref.startswith(prefix):
            return {"type": kind, "itemId": ref}
    project, dot, name = ref.partition(".")
    return {"type": "DATASET", "projectKey": project, "itemId": name} if dot else {"type": "DATASET", "itemId": ref}


def _shorten_item(item: Json) -> Json:
    if not is_object(item):
        return item
    ref = _shorten_ref({key: value for key, value in item.items() if key != "partitionsSpec"})
    if ref is None or not isinstance(item.get("partitionsSpec", ""), str):
        return item
    return {"ref": ref, "partitions": item["partitionsSpec"]} if "partitionsSpec" in item else ref


def _shorten_ref(item: JsonObject) -> str | None:
    name, project = item.get("itemId"), item.get("projectKey")
    if not isinstance(name, str) or not name:
        return None
    if item.keys() == {"type", "itemId"} and item != {"type": "DATASET", "itemId": name}:
        return name if _expand_ref(name) == item else None
    if "." in name or name.startswith(_PREFIXES):
        return None
    if item == {"type": "DATASET", "itemId": name}:
        return name
    named = isinstance(project, str) and project and "." not in project and not project.startswith(_PREFIXES)
    return f"{project}.{name}" if named and item == {"type": "DATASET", "projectKey": project, "itemId": name} else None
