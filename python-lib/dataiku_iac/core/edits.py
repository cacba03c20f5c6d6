"""How one JSON value becomes another, said as a reader would: elements of lists are added, removed, changed and moved.

Elements are told apart by what they are, not by where they stand: by a name of their own where all of them have one, else
equal elements first, then those of one shape (same ``type``, same single key) in the place between them. So one step put
in front of nine others is one addition and not ten changes.

Laws, for all JSON values (tested on generated ones): ``apply_edits(a, diff(a, b))`` equals ``b``, and ``diff(a, a)`` is empty.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import Final, TypeAlias

from dataiku_iac.core.canonical import Json, JsonObject, canonical_text, is_list, is_object
from dataiku_iac.core.fields import UNSET, Unset
from dataiku_iac.core.lens import same

__all__ = ["Edit", "Item", "Op", "Segment", "apply_edits", "diff", "list_path", "path_of"]

_NAMES: Final = ("name", "id", "key", "ref")
"""Keys that name an element, if every element of the list has one of its own."""
_LABELS: Final = (*_NAMES, "label", "column", "output", "title", "user", "group", "dataset", "item", "localName")
_SHAPES: Final = ("type", "processor", "metaType")
_PLACED: Final = ("joins", "virtualInputs")
"""Lists whose elements are known by their place: a join of another type is the same join."""
_MOST_MOVES: Final = 20
"""From more moved elements on, the list as a whole is another one."""


class Op(StrEnum):
    """What happens to a field or to an element of a list."""

    ADD = "add"
    REMOVE = "remove"
    CHANGE = "change"
    MOVE = "move"


@dataclass(frozen=True, slots=True)
class Item:
    """An element of a list, as a part of a path.

    Attributes:
        name: what tells it from all others, ``email``; empty where elements have no names.
        at: its position before, from 0; ``None`` if it was not there.
        to: its position after; ``None`` if it is gone.
        size: how many elements the list has after, of a removed one before.
        element: what it is after, a removed one before.
        follows: the element that it comes after now; ``UNSET`` for the first one.
    """

    name: str
    at: int | None
    to: int | None
    size: int
    element: Json
    follows: Json | Unset = UNSET

    def __str__(self) -> str:
        return f"[{self.name}]" if self.name else f"[{self.at if self.at is not None else self.to}]"


Segment: TypeAlias = str | Item


@dataclass(frozen=True, slots=True)
class Edit:
    """One difference. ``before`` and ``after`` are the values; of a move the positions, counted from 1."""

    op: Op
    path: tuple[Segment, ...]
    before: Json | Unset
    after: Json | Unset

    @property
    def item(self) -> Item | None:
        """The innermost element of a list that the path goes through."""
        return next((part for part in reversed(self.path) if isinstance(part, Item)), None)


def path_of(path: Sequence[Segment]) -> str:
    """Join a path for people: ``schema[email].type``, ``steps[3].params.expression``."""
    text = ""
    for part in path:
        text += str(part) if isinstance(part, Item) or not text else f".{part}"
    return text


def list_path(edit: Edit) -> str | None:
    """Return the path of the list that this edit adds an element to, ``None`` if it does not."""
    if edit.op is Op.ADD and edit.path and isinstance(edit.path[-1], Item):
        return path_of(edit.path[:-1])
    return None


def diff(before: Json, after: Json, *, sequences: Collection[str] = ("steps",)) -> tuple[Edit, ...]:
    """Return what makes ``after`` of ``before``, keys in order.

    A list of scalars is one field, changed as a whole, except under a key in ``sequences``, whose elements are told apart
    whatever they are.
    """
    return tuple(_edits(before, after, (), sequences))


def _edits(before: Json, after: Json, path: tuple[Segment, ...], sequences: Collection[str]) -> Iterator[Edit]:
    if is_object(before) and is_object(after):
        for key in sorted({*before, *after}):
            here = (*path, key)
            if key not in after:
                yield Edit(Op.REMOVE, here, before[key], UNSET)
            elif key not in before:
                yield Edit(Op.ADD, here, UNSET, after[key])
            else:
                yield from _edits(before[key], after[key], here, sequences)
    elif same(before, after):
        return
    elif is_list(before) and is_list(after) and _is_told_apart(before, after, path, sequences):
        yield from _list_edits(before, after, path, sequences)
    else:
        yield Edit(Op.CHANGE, path, before, after)


def _is_told_apart(
    before: Sequence[Json], after: Sequence[Json], path: Sequence[Segment], sequences: Collection[str]
) -> bool:
    if path and path[-1] in sequences:
        return True
    return any(is_object(item) or is_list(item) for item in (*before, *after))


def _list_edits(
    before: Sequence[Json], after: Sequence[Json], path: tuple[Segment, ...], sequences: Collection[str]
) -> Iterator[Edit]:
    names = _names(before, after)
    placed = bool(path) and path[-1] in _PLACED
    pairs = _named_pairs(before, after, names) if names else _pairs(before, after, placed=placed)
    stationary = set(_longest_rise(pairs))
    if len(pairs) - len(stationary) > _MOST_MOVES:
        yield Edit(Op.CHANGE, path, before, after)
        return
    found = dict(pairs)
    for i, item in enumerate(before):
        if i not in found:
            yield Edit(Op.REMOVE, (*path, Item(_name(item, names), i, None, len(before), item)), item, UNSET)
    origin = {j: i for i, j in pairs}
    for j, item in enumerate(after):
        was = origin.get(j)
        follows = after[j - 1] if j else UNSET
        here = (*path, Item(_name(item, names), was, j, len(after), item, follows))
        if was is None:
            yield Edit(Op.ADD, here, UNSET, item)
            continue
        if (was, j) not in stationary:
            yield Edit(Op.MOVE, here, was + 1, j + 1)
        yield from _edits(before[was], item, here, sequences)


# --- which element is which ---


def _names(before: Sequence[Json], after: Sequence[Json]) -> str:
    """Return the key under which every element has a name of its own, empty if there is none."""
    for key in _NAMES:
        if all(len(found := _values(items, key)) == len(items) == len(set(found)) for items in (before, after)):
            return key
    return ""


def _values(items: Sequence[Json], key: str) -> list[str]:
    found = (item.get(key) if is_object(item) else None for item in items)
    return [value for value in found if isinstance(value, str) and value]


def _name(item: Json, key: str) -> str:
    return str(item.get(key, "")) if key and is_object(item) else ""


def _named_pairs(before: Sequence[Json], after: Sequence[Json], key: str) -> list[tuple[int, int]]:
    there = {_name(item, key): j for j, item in enumerate(after)}
    found = ((i, there.get(_name(item, key))) for i, item in enumerate(before))
    return [(i, j) for i, j in found if j is not None]


def _pairs(before: Sequence[Json], after: Sequence[Json], *, placed: bool) -> list[tuple[int, int]]:
    """Return the positions of what is one element before and after, in the order of before."""
    found = _equal_pairs([_exact(item) for item in before], [_exact(item) for item in after])
    taken_before, taken_after = {i for i, _ in found}, {j for _, j in found}
    left = [i for i in range(len(before)) if i not in taken_before]
    right = [j for j in range(len(after)) if j not in taken_after]
    labelled = _unique_matches({i: _label(before[i]) for i in left}, {j: _label(after[j]) for j in right})
    found += labelled
    found += _in_gaps(before, after, found, (lambda item: ()) if placed else _shape)
    return sorted(found)


def _equal_pairs(before: Sequence[str], after: Sequence[str]) -> list[tuple[int, int]]:
    """Pair what is equal: from both ends inwards, then the first with the first, however far they are apart.

    The ends first: of two equal elements the one that was changed is the one whose place has something else now.
    """
    shorter = min(len(before), len(after))
    head = next((n for n in range(shorter) if before[n] != after[n]), shorter)
    tail = next((n for n in range(shorter - head) if before[-1 - n] != after[-1 - n]), shorter - head)
    inner = _matched(
        _occurrences(iter(before[head : len(before) - tail])), _occurrences(iter(after[head : len(after) - tail]))
    )
    return [
        *((n, n) for n in range(head)),
        *((i + head, j + head) for i, j in inner),
        *((len(before) - n, len(after) - n) for n in range(tail, 0, -1)),
    ]


def _exact(item: Json) -> str:
    return canonical_text(_plain_numbers(item))


def _plain_numbers(value: Json) -> Json:
    """Return ``value`` with 1.0 as 1: equal numbers are equal texts."""
    if is_object(value):
        return {key: _plain_numbers(item) for key, item in value.items()}
    if is_list(value):
        return [_plain_numbers(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _occurrences(texts: Iterator[str]) -> dict[tuple[str, int], int]:
    """Return positions by text and by how many times it occurred earlier."""
    count: dict[str, int] = {}
    found: dict[tuple[str, int], int] = {}
    for position, text in enumerate(texts):
        count[text] = count.get(text, 0) + 1
        found[text, count[text]] = position
    return found


def _matched(left: Mapping[tuple[str, int], int], right: Mapping[tuple[str, int], int]) -> list[tuple[int, int]]:
    return [(i, right[key]) for key, i in left.items() if key in right]


def _unique_matches(left: Mapping[int, tuple[str, ...]], right: Mapping[int, tuple[str, ...]]) -> list[tuple[int, int]]:
    """Pair what bears the same label and is the only one on its side to bear it."""
    by_left, by_right = _by_label(left), _by_label(right)
    return [
        (at[0], by_right[label][0])
        for label, at in by_left.items()
        if len(at) == 1 and len(by_right.get(label, ())) == 1
    ]


def _by_label(labels: Mapping[int, tuple[str, ...]]) -> dict[tuple[str, ...], list[int]]:
    found: dict[tuple[str, ...], list[int]] = {}
    for position, label in labels.items():
        if label:
            found.setdefault(label, []).append(position)
    return found


def _label(item: Json) -> tuple[str, ...]:
    """Return shape and label of an element, nothing if it has no label."""
    shape = _shape(item)
    if not is_object(item):
        return ()
    inner = next(iter(item.values())) if len(item) == 1 else item.get("params")
    for where in (item, inner):
        if is_object(where):
            found = next((str(where[key]) for key in _LABELS if isinstance(where.get(key), str)), "")
            if found:
                return (*shape, found)
    return ()


def _shape(item: Json) -> tuple[str, ...]:
    """Return what an element must have in common with another to be taken for the same one, changed."""
    if is_object(item):
        kinds = [str(item[key]) for key in _SHAPES if isinstance(item.get(key), str)]
        if kinds:
            return ("object", *kinds)
        return ("object", *item) if len(item) == 1 else ("object",)
    if isinstance(item, str):
        return ("text", item.split(":")[0].split("(")[0].split(" ")[0])
    return ("list",) if is_list(item) else ("scalar",)


def _in_gaps(
    before: Sequence[Json],
    after: Sequence[Json],
    pairs: Sequence[tuple[int, int]],
    shape: Callable[[Json], tuple[str, ...]],
) -> Iterator[tuple[int, int]]:
    """Pair elements of one shape that stand between the same neighbours, in order."""
    fixed = [(-1, -1), *_longest_rise(sorted(pairs)), (len(before), len(after))]
    taken_before, taken_after = {i for i, _ in pairs}, {j for _, j in pairs}
    for (low_i, low_j), (high_i, high_j) in pairwise(fixed):
        waiting: dict[tuple[str, ...], list[int]] = {}
        for i in range(high_i - 1, low_i, -1):
            if i not in taken_before:
                waiting.setdefault(shape(before[i]), []).append(i)
        last = low_i
        for j in range(low_j + 1, high_j):
            if j in taken_after:
                continue
            there = waiting.get(shape(after[j]), [])
            while there and there[-1] <= last:
                there.pop()
            if there:
                last = there.pop()
                yield last, j


def _longest_rise(pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the longest run of ``pairs`` (sorted by the first) whose seconds rise: what did not move. O(n log n)."""
    ends: list[int] = []  # smallest last second of a rise of each length
    at: list[int] = []
    previous: list[int] = []
    for n, (_, j) in enumerate(pairs):
        length = bisect_left(ends, j)
        if length == len(ends):
            ends.append(j)
            at.append(n)
        else:
            ends[length], at[length] = j, n
        previous.append(at[length - 1] if length else -1)
    rise: list[tuple[int, int]] = []
    n = at[-1] if at else -1
    while n >= 0:
        rise.append(pairs[n])
        n = previous[n]
    return rise[::-1]


# --- the way back ---


def apply_edits(before: Json, edits: Sequence[Edit]) -> Json:
    """Return ``before`` as it is after ``edits``, which must have been made for it."""
    return _apply(before, edits, 0)


def _apply(value: Json, edits: Sequence[Edit], depth: int) -> Json:
    whole = next((edit for edit in edits if len(edit.path) == depth), None)
    if whole is not None and whole.op is not Op.MOVE and not isinstance(whole.after, Unset):
        return whole.after
    deeper = [edit for edit in edits if len(edit.path) > depth]
    if not deeper:
        return value
    if is_object(value):
        return _apply_to_object(value, deeper, depth)
    return _apply_to_list(value if is_list(value) else [], deeper, depth)


def _apply_to_object(value: JsonObject, edits: Sequence[Edit], depth: int) -> Json:
    result = dict(value)
    by_key: dict[str, list[Edit]] = {}
    for edit in edits:
        by_key.setdefault(str(edit.path[depth]), []).append(edit)
    for key, inner in by_key.items():
        if inner[0].op is Op.REMOVE and len(inner[0].path) == depth + 1:
            del result[key]
        else:
            result[key] = _apply(result.get(key), inner, depth + 1)
    return result


def _apply_to_list(value: Sequence[Json], edits: Sequence[Edit], depth: int) -> Json:
    placed: dict[int, Json] = {}
    gone: set[int] = set()
    inner: dict[int, list[Edit]] = {}
    moved: dict[int, int] = {}
    for edit in edits:
        item = edit.path[depth]
        if not isinstance(item, Item):
            continue
        is_last = len(edit.path) == depth + 1
        if item.at is None:
            placed[item.to or 0] = edit.after if not isinstance(edit.after, Unset) else None
        elif is_last and edit.op is Op.REMOVE:
            gone.add(item.at)
        elif is_last and edit.op is Op.MOVE and item.to is not None:
            moved[item.at] = item.to
        else:
            inner.setdefault(item.at, []).append(edit)
    changed = [_apply(item, inner[i], depth + 1) if i in inner else item for i, item in enumerate(value)]
    placed |= {to: changed[i] for i, to in moved.items()}
    staying = iter([item for i, item in enumerate(changed) if i not in gone and i not in moved])
    size = len(value) - len(gone) - len(moved) + len(placed)
    return [placed[j] if j in placed else next(staying) for j in range(size)]
