"""What a save in the user interface does to an object beside the change that a person meant: a vocabulary for tables.

A kind declares its noise beside its shape, as rows of path and change::

    NOISE: Final = (
        Noise("metrics/displayedState/metrics", put(["basic:COUNT_FILES"]), "metrics screen opened; object-shapes.md 3"),
        Noise("params/steps/*", add_key("$$hashKey", hash_key), "object-shapes.md 8"),
    )

and a ``Touched`` row (``TOUCHED`` of its module), by which the control API finds it. All of it is volatile by object-shapes.md 18: a
client that sees a difference in it is wrong about DSS.
"""

import random
from collections.abc import Callable, Iterator, MutableMapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from emulator.json_text import JsonObject
from emulator.shapes import ABSENT

if TYPE_CHECKING:
    from emulator.profile import Profile

__all__ = [
    "Change",
    "Dice",
    "Fill",
    "Noise",
    "Payload",
    "Touched",
    "add_key",
    "as_it_is",
    "draw",
    "drop",
    "fill_in",
    "make_noise",
    "only_if",
    "places",
    "put",
    "replace_present",
    "without_ui_keys",
]


class Dice:
    """Chance that can be repeated: equal seeds, equal throws."""

    def __init__(self, seed: str) -> None:
        self._random = random.Random(seed)  # noqa: S311  not a secret

    def chance(self, probability: float) -> bool:
        """Return true with this probability."""
        return self._random.random() < probability

    def below(self, limit: int) -> int:
        """Return a number in ``0 <= n < limit``."""
        return self._random.randrange(limit)

    def text(
        self, length: int, alphabet: str = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    ) -> str:
        """Return random characters."""
        return "".join(self._random.choices(alphabet, k=length))

    def shuffled(self, items: list[Any]) -> list[Any]:
        """Return the items in another order."""
        return self._random.sample(items, len(items))


Change: TypeAlias = Callable[[Any, Dice, JsonObject], Any]
"""From the value at a path (``ABSENT`` if there is none) to the new one (``ABSENT`` to remove it); third is the whole object."""
Fill: TypeAlias = "Callable[[Profile, JsonObject, Dice], JsonObject]"
"""From a stored document to what the server's class of this DSS version holds: defaults filled in, unknown keys dropped."""


@dataclass(frozen=True, slots=True)
class Noise:
    """One habit of the user interface. ``path`` has ``*`` for every item or key, ``**`` for every depth; ``why`` names the source."""

    path: str
    change: Change
    why: str
    since: tuple[int, ...] = (0,)


def as_it_is(_profile: "Profile", document: JsonObject, _dice: Dice) -> JsonObject:
    """Fill nothing in: for kinds without a complete table."""
    return document


@dataclass(frozen=True, slots=True)
class Payload:
    """The second file of a kind. ``file`` gives its name from id and document, ``None`` if this object has none.

    ``fill`` (profile, document, payload) and ``noise`` (document) say what is done to a payload that is a JSON object; others (code)
    stay to the byte.
    """

    file: Callable[[str, JsonObject], str | None]
    fill: "Callable[[Profile, JsonObject, JsonObject], JsonObject]"
    noise: Callable[[JsonObject], tuple[Noise, ...]]


@dataclass(frozen=True, slots=True)
class Touched:
    """One kind that persons and builds can touch.

    ``file`` is where its document lies, ``{id}`` for the id: ``datasets/{id}.json``; without ``{id}`` there is one per project, and
    its id is the project key; ``ids`` is the pattern of ids, for those that are paths. ``tag_kind`` is the type of its version tag, ``None`` if it has none (zones, libraries).
    """

    kind: str
    file: str
    tag_kind: str | None
    fill: Fill = as_it_is
    noise: tuple[Noise, ...] = ()
    payload: Payload | None = None
    ids: str = "*"


def put(value: Any) -> Change:
    """Set this value, whatever was there."""
    return lambda _before, _dice, _whole: value


def drop(_before: Any, _dice: Dice, _whole: JsonObject) -> Any:
    """Remove the key."""
    return ABSENT


def draw(make: Callable[[Dice], Any]) -> Change:
    """Set a value that is drawn."""
    return lambda _before, dice, _whole: make(dice)


def fill_in(default: Any) -> Change:
    """Set a value where there is none."""
    return lambda before, _dice, _whole: default if before is ABSENT else before


def only_if(is_so: Callable[[JsonObject], bool], change: Change) -> Change:
    """Make a change on objects of one sort."""
    return lambda before, dice, whole: change(before, dice, whole) if is_so(whole) else before


def replace_present(make: Callable[[Dice], Any]) -> Change:
    """Draw another value where there is one."""
    return lambda before, dice, _whole: before if before is ABSENT else make(dice)


def add_key(key: str, make: Callable[[Dice], Any]) -> Change:
    """Give an object one more key; what is no object stays."""

    def change(before: Any, dice: Dice, _whole: JsonObject) -> Any:
        return {**before, key: make(dice)} if isinstance(before, dict) else before

    return change


def make_noise(
    document: JsonObject, rows: tuple[Noise, ...], dice: Dice, *, whole: JsonObject, probability: float
) -> list[str]:
    """Change ``document`` in place by those rows that chance picks; return the paths of the rows that found something to change.

    ``whole`` is the object that the changes may look at: the document itself, or for a payload the document beside it.
    """
    return [row.path for row in rows if dice.chance(probability) and _carry_out(document, row, dice, whole)]


def _carry_out(document: JsonObject, row: Noise, dice: Dice, whole: JsonObject) -> bool:
    happened = False
    for holder, key in list(places(document, tuple(row.path.split("/")))):
        before = holder.get(key, ABSENT) if isinstance(holder, dict) else holder[key]
        after = row.change(before, dice, whole)
        if after is before or (after == before and type(after) is type(before)):
            continue
        happened = True
        if after is ABSENT:
            del holder[key]
        else:
            holder[key] = after
    return happened


def places(value: Any, path: tuple[str, ...]) -> "Iterator[tuple[MutableMapping[Any, Any], Any]]":
    """Yield holder and key of every place that a path means; the last step need not exist in an object that does."""
    step, rest = path[0], path[1:]
    if step == "**":
        yield from _at_any_depth(value, rest)
        return
    keys: list[Any] = []
    if isinstance(value, dict):
        keys = list(value) if step == "*" else [step] if step in value or not rest else []
    elif isinstance(value, list) and step == "*":
        keys = list(range(len(value)))
    for key in keys:
        if rest:
            yield from places(value[key], rest)
        else:
            yield value, key


def _at_any_depth(value: Any, rest: tuple[str, ...]) -> "Iterator[tuple[MutableMapping[Any, Any], Any]]":
    # only where the next step exists: "anywhere" must not add a key everywhere
    if isinstance(value, dict) and (rest[0] == "*" or rest[0] in value):
        yield from places(value, rest)
    for inner in list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _at_any_depth(inner, rest)


_UI_PREFIXES: Final = ("$", "__")


def without_ui_keys(value: Any) -> Any:
    """Return ``value`` without the keys of the user interface (``$...``, ``__...``) at any depth."""
    if isinstance(value, dict):
        return {key: without_ui_keys(item) for key, item in value.items() if not key.startswith(_UI_PREFIXES)}
    if isinstance(value, list):
        return [without_ui_keys(item) for item in value]
    return value
