"""What the user interface writes into recipes and their payloads. Source: object-shapes.md 1 (8), 7.2, 8, 8.1, 18."""

from collections.abc import Callable
from typing import Any, Final

from emulator.common_noise import EMPTY_TEXTS, HASH_KEY, hash_key
from emulator.flow.references import inputs_of
from emulator.json_text import JsonObject
from emulator.noise import Change, Dice, Noise, Payload, Touched, add_key, draw, put
from emulator.profile import Profile
from emulator.recipes.files import extension_of
from emulator.recipes.payload_shapes import PAYLOADS
from emulator.recipes.shapes import apply_recipe
from emulator.shapes import ABSENT

__all__ = ["TOUCHED", "script_noise"]

_ENGINE: Final = "filled when a recipe is saved or run; object-shapes.md 7.2, 18"
_EDITOR: Final = "keys of the recipe editor; object-shapes.md 1 (8)"
_PREPARE: Final = "state of the Prepare screen; object-shapes.md 8.1, 18"


def _fill(profile: Profile, document: JsonObject, _dice: Dice) -> JsonObject:
    return apply_recipe(document, profile, fill_params=True)


def _fill_payload(profile: Profile, document: JsonObject, payload: JsonObject) -> JsonObject:
    shape = PAYLOADS.get(str(document.get("type")))
    return payload if shape is None else shape.apply(payload, keep_unknown=True, version=profile.version)


def _read_map(before: Any, dice: Dice, whole: JsonObject) -> Any:
    if before is ABSENT:
        return before
    return {ref: {"repartition": 10, **({"cache": False} if dice.chance(0.5) else {})} for ref in inputs_of(whole)}


def _status(dice: Dice) -> JsonObject:
    columns = [{"name": dice.text(5), "type": "string"} for _ in range(3)]
    return {"schema": {"columns": columns, "userModified": False}, "valid": dice.chance(0.5)}


def _flag(key: str) -> Change:
    return add_key(key, lambda dice: dice.chance(0.5))


def _in_objects(path: str, keys: dict[str, Callable[[Dice], Any]]) -> tuple[Noise, ...]:
    return tuple(Noise(path, add_key(key, make), _EDITOR) for key, make in keys.items())


def _existing(make: Callable[[Dice], Any]) -> Change:
    return lambda before, dice, _whole: before if before is ABSENT else make(dice)


_VISUAL: Final = (
    Noise("engineParams/*/readParams/map", _read_map, _ENGINE),
    *(
        Noise(f"**/{name}", change, _EDITOR)
        for name in ("preFilter", "postFilter", "filter")
        for change in (add_key("$status", _status), add_key("$filterOptions", lambda _dice: {"ai": False}))
    ),
    Noise("**/uiData", add_key("$latestOperator", lambda dice: "&&" if dice.chance(0.5) else "||"), _EDITOR),
    Noise("**/conditions/*", add_key("$showList", lambda dice: dice.chance(0.5)), _EDITOR),
    Noise("**/conditions/*", HASH_KEY, _EDITOR),
    *(
        row
        for group in (
            "keys",
            "values",
            "selectedColumns",
            "retrievedColumns",
            "orders",
            "joins",
            "virtualInputs",
            "windows",
        )
        for row in _in_objects(
            f"{group}/*",
            {"$idx": lambda dice: dice.below(20), "$selected": lambda dice: dice.chance(0.5), "$$hashKey": hash_key},
        )
    ),
    Noise("values/*", add_key("$agg", lambda dice: {"sum": dice.chance(0.5)}), _EDITOR),
    Noise("orders/*", _flag("__justDragDropped"), _EDITOR),
    Noise("virtualInputs/*", add_key("$label", lambda dice: dice.text(4)), _EDITOR),
    Noise("joins/*/on/*", HASH_KEY, _EDITOR),
    Noise("$status", draw(_status), _EDITOR),
)
_JOINS: Final = (Noise("resolvedSelectedColumns", put([]), "object-shapes.md 8"),)


def _sampling(dice: Dice) -> JsonObject:
    return {
        "_refreshTrigger": dice.below(9),
        "autoRefreshSample": dice.chance(0.5),
        "selection": {"samplingMethod": "HEAD_SEQUENTIAL", "maxRecords": 10_000 + dice.below(1000), "timeout": -1},
    }


def _widths(dice: Dice) -> JsonObject:
    return {dice.text(5): 50 + dice.below(200) for _ in range(2)}


def script_noise(prefix: str) -> tuple[Noise, ...]:
    """Return the noise of a Prepare script, which ML recipes hold under ``script``."""
    return (
        Noise(f"{prefix}explorationSampling", draw(_sampling), _PREPARE),
        Noise(f"{prefix}vizSampling", draw(_sampling), _PREPARE),
        Noise(
            f"{prefix}coloring",
            draw(lambda dice: {"scheme": "MEANING_AND_STATUS", "individualColumns": [dice.text(4)]}),
            _PREPARE,
        ),
        Noise(f"{prefix}previewMode", draw(lambda dice: "ALL_ROWS" if dice.chance(0.5) else "IMPACTED_ONLY"), _PREPARE),
        Noise(f"{prefix}analysisColumnData", draw(lambda dice: {dice.text(4): {"meaning": "Text"}}), _PREPARE),
        Noise(f"{prefix}columnWidthsByName", draw(_widths), _PREPARE),
        Noise(f"{prefix}columnUseScientificNotationByName", draw(lambda dice: {dice.text(4): True}), _PREPARE),
        Noise(f"{prefix}steps/*", add_key("designTimeReport", lambda dice: {"ok": dice.below(99)}), _PREPARE),
        Noise(f"{prefix}steps/*", add_key("preview", lambda dice: dice.chance(0.5)), _PREPARE),
        Noise(f"{prefix}steps/*/steps/*", add_key("designTimeReport", lambda dice: {"ok": dice.below(99)}), _PREPARE),
        Noise(f"{prefix}steps/*", add_key("$stepState", lambda dice: {"change": dice.below(9)}), _PREPARE),
        Noise(f"{prefix}steps/*", HASH_KEY, _EDITOR),
        Noise(f"{prefix}steps/*/params", add_key("$status", _status), _EDITOR),
    )


_ML: Final = (
    Noise("expectedPreparationOutputSchema", _existing(lambda dice: _status(dice)["schema"]), "object-shapes.md 18"),
    *script_noise("script/"),
)
_ML_TYPES: Final = ("prediction_training", "clustering_training", "clustering_cluster")


def _payload_noise(document: JsonObject) -> tuple[Noise, ...]:
    kind = str(document.get("type"))
    if kind == "shaker":
        return script_noise("")
    if kind in _ML_TYPES:
        return _ML
    return (*_VISUAL, *_JOINS) if kind in ("join", "fuzzyjoin", "geojoin") else _VISUAL


_NOISE: Final = (Noise("params/engineParams/*/readParams/map", _read_map, _ENGINE), *EMPTY_TEXTS)
_PAYLOAD: Final = Payload(
    file=lambda name, document: f"recipes/{name}.{extension_of(str(document.get('type')))}",
    fill=_fill_payload,
    noise=_payload_noise,
)

TOUCHED: Final = (Touched("RECIPE", "recipes/{id}.json", "RECIPE", _fill, _NOISE, _PAYLOAD),)
