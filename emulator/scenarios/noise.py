"""What the user interface writes into scenarios: it, not the server, knows the defaults of steps. Source: object-shapes.md 3, 9."""

import hashlib
from collections.abc import Mapping
from typing import Any, Final

from emulator.common_noise import EMPTY_TEXTS
from emulator.json_text import JsonObject, dump_compact
from emulator.noise import Dice, Noise, Payload, Touched, put
from emulator.profile import Profile
from emulator.scenarios.store import apply_scenario
from emulator.shapes import ABSENT

__all__ = ["TOUCHED"]

_NO_CREATION_TAG_SINCE: Final = (13, 0)
_PROCEED: Final = {"proceedOnFailure": False}
_STEP_DEFAULTS: Final[Mapping[str, JsonObject]] = {
    "build_flowitem": {
        "jobType": "RECURSIVE_BUILD",
        "refreshHiveMetastore": True,
        "autoUpdateSchemaBeforeEachRecipeRun": False,
        "stopAtFlowZoneBoundary": False,
        "handleWarningsAs": "WARNING",
        **_PROCEED,
    },
    "check_dataset": {"handleWarningsAs": "WARNING", **_PROCEED},
    "compute_metrics": _PROCEED,
    "custom_python": {"envSelection": {"envMode": "INHERIT"}, **_PROCEED},
    "runnable": _PROCEED,
    "run_scenario": {"handleWarningsAs": "WARNING", **_PROCEED},
    "clear_items": _PROCEED,
    "send_report": {"failOnMessageNotSent": True},
    "refresh_chart_cache": {"force": False, **_PROCEED},
    "restart_webapp": _PROCEED,
    "kill_scenario": _PROCEED,
    "pull_git_refs": {"updateAll": False, **_PROCEED},
    "invalidate_cache": _PROCEED,
    "check_consistency": {"handleWarningsAs": "FAILED", **_PROCEED},
    "exec_sql": {"extraConf": [], **_PROCEED},
    "create_rmarkdown_report_export": _PROCEED,
    "create_dashboard_export": _PROCEED,
}
_PLUGIN_STEPS: Final = "pystep_"
_TRIGGER_DEFAULTS: Final[Mapping[str, JsonObject]] = {
    "ds_modified": {"watches": [], "triggerWhenAllFire": False},
    "sql_query": {"hasLimit": True, "limit": 10000},
    "custom_python": {"envSelection": {"envMode": "INHERIT"}},
}
_MESSAGE_DEFAULTS: Final[Mapping[str, JsonObject]] = {
    "mail-scenario": {"sendAsHTML": False, "attachments": []},
    "slack-scenario": {"mode": "WEBHOOK", "useProxy": True, "asUser": False, "linkNames": False},
    "msft-teams-scenario": {"useProxy": True},
    "webhook-scenario": {"headers": [], "parameters": [], "form": [], "useProxy": True},
}


def _fill(profile: Profile, document: JsonObject, dice: Dice) -> JsonObject:
    """The first save drops the creation tag [seen, files since mid-2024]; before, saves rewrote it now and then."""
    filled = apply_scenario(document, profile, lambda: dice.text(8))
    if profile.version >= _NO_CREATION_TAG_SINCE:
        filled.pop("creationTag", None)
    return filled


def _whole_step(before: Any, _dice: Dice, _whole: JsonObject) -> Any:
    if not isinstance(before, dict):
        return before
    kind = str(before.get("type"))
    defaults = _PROCEED if kind.startswith(_PLUGIN_STEPS) else _STEP_DEFAULTS.get(kind, {})
    given: JsonObject = before.get("params") or {}
    return {**before, "id": before.get("id") or _step_id(kind, given), "params": {**defaults, **given}}


def _step_id(kind: str, params: JsonObject) -> str:
    """Ids of steps are made from type and content [seen]; how exactly is not known."""
    return f"{kind}_{hashlib.sha256(dump_compact(params)).hexdigest()[:8]}"


def _whole_trigger(before: Any, _dice: Dice, _whole: JsonObject) -> Any:
    defaults = _TRIGGER_DEFAULTS.get(str(before.get("type")), {})
    return {**before, "params": {**defaults, **(before.get("params") or {})}}


def _looked_at(before: Any, dice: Dice, _whole: JsonObject) -> Any:
    if before.get("type") != "temporal":
        return before
    return {**before, "params": {**before["params"], "lastUpdate": 1_700_000_000_000 + dice.below(10**9)}}


def _whole_message(before: Any, _dice: Dice, _whole: JsonObject) -> Any:
    if not isinstance(before, dict) or "configuration" not in before:
        return before
    defaults = _MESSAGE_DEFAULTS.get(str(before.get("type")), {})
    return {**before, "configuration": {**defaults, **(before["configuration"] or {})}}


def _rewritten_creation_tag(before: Any, dice: Dice, _whole: JsonObject) -> Any:
    if not isinstance(before, dict):
        return ABSENT
    return {**before, "versionNumber": dice.below(50), "lastModifiedOn": 1_700_000_000_000 + dice.below(10**9)}


_NOISE: Final = (
    Noise("params/steps/*", _whole_step, "defaults of a step's form; object-shapes.md 9.3"),
    Noise("triggers/*", _whole_trigger, "defaults of a trigger's form; object-shapes.md 9.1"),
    Noise("triggers/*", _looked_at, "object-shapes.md 9.1, 18"),
    Noise("reporters/*/messaging", _whole_message, "defaults of a message's form; object-shapes.md 9.2"),
    Noise("params/steps/*/params/messaging", _whole_message, "as reporters; object-shapes.md 9.3"),
    Noise("creationTag", _rewritten_creation_tag, "object-shapes.md 3"),
    Noise("__dku_object_version__", put(1), "in some files of 14; object-shapes.md 9", since=(14, 0)),
    *EMPTY_TEXTS,
)
_SCRIPT: Final = Payload(
    file=lambda scenario_id, _document: f"scenarios/{scenario_id}.py",
    fill=lambda _profile, _document, payload: payload,
    noise=lambda _document: (),
)

TOUCHED: Final = (Touched("SCENARIO", "scenarios/{id}.json", "SCENARIO", _fill, _NOISE, _SCRIPT),)
