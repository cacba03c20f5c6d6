"""A save in the user interface: what a person's click on "save" stores, whatever they changed or did not. Source: object-shapes.md 1, 17, 18.

The tag steps, all defaults of this version of DSS are filled in, and of the noise that the kinds declare some comes and some goes.
Equal seeds do equal things to equal objects.
"""

import copy
import json
from typing import TYPE_CHECKING, Any, Final

from emulator.json_text import JsonObject
from emulator.noise import Dice, make_noise, without_ui_keys
from emulator.touches.acting import acting
from emulator.touches.places import Place

if TYPE_CHECKING:
    from emulator.profile import Profile
    from emulator.world import World

__all__ = ["NOISE_LEVELS", "ui_save"]

NOISE_LEVELS: Final = {"none": 0.0, "some": 0.5, "all": 1.0}
_LAYOUTS: Final[tuple[JsonObject, ...]] = (
    {"separators": (",", ":")},
    {"indent": 2},
    {"indent": 4},
    {},
)


def ui_save(world: "World", place: Place, *, login: str, seed: str, noise: str = "some") -> JsonObject:
    """Save one object as the user interface does; return ``{kind, id, version, noise}``, the paths of the noise that was made."""
    dice = Dice(f"{seed}:{place.kind.kind}:{place.id}")
    profile, probability = world.profile, NOISE_LEVELS[noise]
    document = place.kind.fill(profile, copy.deepcopy(place.read() or {}), dice)
    rows = tuple(row for row in place.kind.noise if profile.version >= row.since)
    made = make_noise(document, rows, dice, whole=document, probability=probability)
    payload, in_payload = _saved_payload(profile, place, document, dice, probability)
    with acting(world, login, "ui-save"):
        if payload is not None:
            place.write_payload(payload)
        place.write(document, login)
    return {
        "kind": place.kind.kind,
        "id": place.id,
        "version": place.version(),
        "noise": made + [f"payload:{path}" for path in in_payload],
    }


def _saved_payload(
    profile: "Profile", place: Place, document: JsonObject, dice: Dice, probability: float
) -> tuple[bytes | None, list[str]]:
    """Return the payload as the editor writes it; ``None`` for code and empty payloads, which it leaves alone."""
    before = place.payload_object()
    if place.kind.payload is None or before is None:
        return None, []
    payload = place.kind.payload.fill(profile, document, copy.deepcopy(before))
    made: list[str] = []
    if dice.chance(probability):
        cleaned = without_ui_keys(payload)
        made += ["(keys of the editor removed)"] if cleaned != payload else []
        payload = cleaned
    rows = tuple(row for row in place.kind.payload.noise(document) if profile.version >= row.since)
    made += make_noise(payload, rows, dice, whole=document, probability=probability)
    if probability == 0:
        return json.dumps(payload, indent=2, ensure_ascii=False).encode("utf-8", "surrogatepass"), made
    layout: Any = _LAYOUTS[dice.below(len(_LAYOUTS))]
    return json.dumps(_shuffled(payload, dice), ensure_ascii=False, **layout).encode("utf-8", "surrogatepass"), made


def _shuffled(value: Any, dice: Dice) -> Any:
    """Key order inside payloads is that of a hash table [seen]."""
    if isinstance(value, dict):
        return {key: _shuffled(value[key], dice) for key in dice.shuffled(list(value))}
    if isinstance(value, list):
        return [_shuffled(item, dice) for item in value]
    return value
