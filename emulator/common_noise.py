"""Noise that many kinds share: the metrics screen, empty texts, keys of the user interface. Source: object-shapes.md 3, 8, 17.3."""

from typing import Any, Final

from emulator.json_text import JsonObject
from emulator.noise import Change, Dice, Noise, add_key, fill_in
from emulator.shapes import ABSENT

__all__ = ["EMPTY_TEXTS", "HASH_KEY", "as_float", "checks_noise", "hash_key", "metrics_noise"]

_PROBES: Final[tuple[JsonObject, ...]] = tuple(
    {
        "type": kind,
        "enabled": False,
        "computeOnBuildMode": "NO",
        "meta": {"name": name, "level": level},
        "configuration": config,
    }
    for kind, name, level, config in (
        ("col_stats", "Columns statistics", 2, {"aggregates": []}),
        ("adv_col_stats", "Most frequent values", 3, {"aggregates": [], "numberTopValues": 10}),
        ("percentile_stats", "Columns percentiles", 4, {"aggregates": []}),
        ("verify_col", "Data validity", 4, {"aggregates": []}),
    )
)
_SHOWN: Final = (
    "basic:COUNT_COLUMNS",
    "basic:COUNT_FILES",
    "basic:SIZE",
    "records:COUNT_RECORDS",
    "reporting:BUILD_DURATION",
    "reporting:BUILD_START_DATE",
    "reporting:METRICS_COMPUTATION_DURATION",
)

EMPTY_TEXTS: Final = tuple(
    Noise(text, fill_in(""), "a text field left empty; object-shapes.md 17.3") for text in ("shortDesc", "description")
)


def hash_key(dice: Dice) -> str:
    """Return what the user interface's framework writes into items of lists, e.g. ``object:417``."""
    return f"object:{dice.below(10_000)}"


HASH_KEY: Final[Change] = add_key("$$hashKey", hash_key)


def as_float(before: Any, _dice: Dice, _whole: JsonObject) -> Any:
    """Write an integer as ``1.0``, as the server's numbers of checks come back [seen]."""
    return float(before) if isinstance(before, int) and not isinstance(before, bool) else before


def metrics_noise(block: str = "metrics", *, probes: bool = True) -> tuple[Noise, ...]:
    """Return what opening the metrics screen leaves in a metrics block; ``probes`` if it adds the probes of columns."""
    why = "metrics screen opened; object-shapes.md 3, 18"
    rows = (
        Noise(f"{block}/displayedState/metrics", _other_metrics, why),
        Noise(f"{block}/displayedState/partition", _other_partition, why),
    )
    return (Noise(f"{block}/probes", _more_probes, why), *rows) if probes else rows


def checks_noise(block: str) -> tuple[Noise, ...]:
    """Return what a save of the checks screen leaves in a block of checks."""
    why = "old checks get the keys of rules when saved; object-shapes.md 3"
    return (
        Noise(f"{block}/displayedState/partition", _other_partition, "checks screen opened; object-shapes.md 18"),
        Noise(f"{block}/checks/*", _like_a_rule, why, since=(12, 6)),
        *(
            Noise(f"{block}/checks/*/{bound}", as_float, "numbers are floats; object-shapes.md 17.3")
            for bound in ("minimum", "maximum", "softMinimum", "softMaximum")
        ),
    )


def _more_probes(before: Any, _dice: Dice, _whole: JsonObject) -> Any:
    if not isinstance(before, list):
        return before
    there = {probe.get("type") for probe in before}
    return [*before, *(dict(probe) for probe in _PROBES if probe["type"] not in there)]


def _other_partition(before: Any, _dice: Dice, _whole: JsonObject) -> Any:
    return "NP" if before == "ALL" else "ALL"


def _other_metrics(before: Any, dice: Dice, _whole: JsonObject) -> Any:
    return [metric for metric in dice.shuffled(list(_SHOWN)) if dice.chance(0.6)] if before is not ABSENT else before


def _like_a_rule(before: Any, dice: Dice, _whole: JsonObject) -> Any:
    if not isinstance(before, dict) or str(before.get("type")).endswith("Rule") or before.get("id"):
        return before
    label = (before.get("meta") or {}).get("label") or before.get("type")
    added = {"id": dice.text(8), "displayName": label, "autoRun": False, "enabled": True, "autoComputeMetric": False}
    return {**added, **before}
