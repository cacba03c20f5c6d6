"""One line for one difference, in the words of who reads it: ``step 4 of 9: formula changed``, ``column email: string → bigint``.

Text, Markdown, HTML and JSON say the same line, so it is made once, with the plan. Whatever the shape of a spec, a line
comes out: where the table of nouns has no word, the path stands.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Final

from dataiku_iac.core.canonical import Json, canonical_text, is_list, is_object
from dataiku_iac.core.edits import Edit, Item, Op, Segment, path_of
from dataiku_iac.core.fields import Unset
from dataiku_iac.core.nouns import NOUNS, Noun, Nouns
from dataiku_iac.core.secret import looks_secret
from dataiku_iac.report.values import is_code, printable, transition, value_text

__all__ = ["phrase_of"]

_ROOM: Final = 60
_MOST: Final = 6
_LABELS: Final = (
    *(
        "name",
        "label",
        "title",
        "column",
        "id",
        "ref",
        "key",
        "localName",
        "user",
        "group",
        "dataset",
        "item",
        "itemId",
    ),
    *("scenario", "output", "processor", "type"),
)
_SIDES: Final = (("left", "right"), ("column1", "column2"))
_SIMPLE: Final = re.compile(r"[\w.:/+() -]{1,60}")


def phrase_of(edit: Edit, nouns: Nouns = NOUNS) -> str:
    """Return the line; ``nouns`` are the words of the kind."""
    heads, rest = _heads(edit.path, nouns)
    last = edit.path[-1] if edit.path else None
    if isinstance(last, Item):
        noun = _noun_at(edit.path, nouns)
        return _joined(heads[:-1], _element_line(edit, last, noun, heads[-1]), noun)
    listed = _noun_of_list([part for part in _after_item(edit.path) if isinstance(part, str)], nouns)
    line = _list_line(edit, *listed) if listed is not None else ""
    if line:
        return _joined(heads, line, listed[0] if listed is not None else None)
    if not heads:
        return f"{printable(path_of(edit.path))}: {transition(path_of(edit.path), edit.before, edit.after)}"
    noun = _noun_at(_up_to_item(edit.path), nouns)
    if noun is not None and noun.main and rest == [noun.main] and edit.op is Op.CHANGE:
        return _joined(heads, f"{_bare(edit.before)} → {_bare(edit.after)}")
    return _joined(heads, _field_line(edit, rest, noun))


def _joined(heads: Sequence[str], line: str, noun: Noun | None = None) -> str:
    within = [noun.within] if noun is not None and noun.within and not heads else []
    return ": ".join([*within, *heads, line])


# --- what the line is about ---


def _heads(path: Sequence[Segment], nouns: Nouns) -> tuple[list[str], list[str]]:
    """Return how each element on the way is called, and the keys after the last one."""
    heads: list[str] = []
    keys: list[str] = []
    for n, part in enumerate(path):
        if isinstance(part, Item):
            noun = _noun_at(path[: n + 1], nouns)
            heads.append(_element_name(part, noun, keys))
            keys = []
        else:
            keys.append(part)
    return heads, keys


def _noun_at(path: Sequence[Segment], nouns: Nouns) -> Noun | None:
    """Return the noun of the element at the end of ``path``: the one of the nearest key above it."""
    key = next((part for part in reversed(path) if isinstance(part, str)), "")
    return nouns.get(key)


def _up_to_item(path: Sequence[Segment]) -> Sequence[Segment]:
    last = max((n for n, part in enumerate(path) if isinstance(part, Item)), default=-1)
    return path[: last + 1]


def _element_name(item: Item, noun: Noun | None, keys: Sequence[str]) -> str:
    place = (item.to if item.to is not None else item.at or 0) + 1
    if noun is None:
        return printable(f"{path_of(keys)}[{item.name or place}]")
    number = f"{place} of {item.size}"
    if noun.numbered:
        return noun.one if item.size == 1 else f"{noun.one} {number}"
    return f"{noun.one} {printable(item.name) or _label(item.element) or number}"


def _label(element: Json) -> str:
    """Return what an element is called, as far as it says so itself: ``amount``, ``customer_id = id``, ``formula``."""
    if is_object(element):
        for left, right in _SIDES:
            if left in element and right in element:
                sides = dict.fromkeys((_label(element[left]), _label(element[right])))
                return " = ".join(sides)
        for key in _LABELS:
            value = element.get(key)
            if isinstance(value, str) and value and not looks_secret(key, value):
                return _bare(value)
        return printable(next(iter(element))) if len(element) == 1 else ""
    if is_list(element):
        return " = ".join(filter(None, map(_label, element[:2])))
    return _bare(element)


def _bare(value: Json | Unset) -> str:
    """Return a value without quotes where nobody can take it for anything else."""
    if isinstance(value, str) and _SIMPLE.fullmatch(value):
        return value
    return value_text(value, room=_ROOM)


# --- what happened to it ---


def _element_line(edit: Edit, item: Item, noun: Noun | None, name: str) -> str:
    is_numbered = noun is None or noun.numbered
    match edit.op:
        case Op.ADD:
            what = _summary(edit.after, noun, item)
            if is_numbered:
                word = noun.one if noun is not None else name
                return f"{word} added {_where(item, noun)}: {what}"
            return _said(noun, item, "added") + (f": {what}" if what else "")
        case Op.REMOVE:
            if not is_numbered:
                return _said(noun, item, "removed")
            # Its number is one of the list before; all others are numbers of the list after.
            was = f"{(item.at or 0) + 1} of {item.size}"
            word = f"{name} removed" if noun is None else f"{noun.one} removed, it was {was}"
            return f"{word}: {_summary(edit.before, noun, item)}"
        case Op.MOVE:
            if is_numbered:
                return f"{name} moved, it was {edit.before}"
            return f"{name} moved {_where(item, noun)}"
        case Op.CHANGE:
            return f"{name} changed: {transition('', edit.before, edit.after)}"


def _said(noun: Noun | None, item: Item, verb: str) -> str:
    label = printable(item.name) if item.name else _label(item.element)
    if noun is None:
        return f"{label} {verb}"
    return noun.said.format(noun=noun.one, label=label or f"{(item.to or item.at or 0) + 1}", verb=verb)


def _where(item: Item, noun: Noun | None) -> str:
    if isinstance(item.follows, Unset):
        return "at the beginning"
    if noun is None or noun.numbered:
        return f"after {item.to}"
    return f"after {_label(item.follows) or item.to}"


def _summary(element: Json | Unset, noun: Noun | None, item: Item) -> str:
    """Return what an element says beside its name; the type alone of a column."""
    if not is_object(element):
        return value_text(element, room=_ROOM) if noun is None or noun.numbered else ""
    if noun is not None and not noun.numbered:
        known = {key for key in _LABELS if element.get(key) == item.name or _bare(element.get(key)) == _label(element)}
        rest = {key: value for key, value in element.items() if key not in known}
        if noun.main and set(rest) == {noun.main}:
            return _bare(rest[noun.main])
        sides = any(left in element and right in element for left, right in _SIDES)
        return value_text(rest, room=_ROOM) if rest and not sides else ""
    return value_text(element, room=_ROOM)


def _field_line(edit: Edit, keys: Sequence[str], noun: Noun | None) -> str:
    said = [noun.fields.get(key, key) if noun is not None else key for key in keys]
    # A word once: {formula: {expression: …}} is a formula whose formula changed.
    words = " ".join(word for word, before in zip(said, ["", *said], strict=False) if word and word != before)
    what = printable(words) or "settings"
    key = keys[-1] if keys else ""
    if is_code(edit.before) or is_code(edit.after):
        return f"{what} {transition(key, edit.before, edit.after)}"
    match edit.op:
        case Op.ADD:
            return f"{what} added: {value_text(edit.after, key=key)}"
        case Op.REMOVE:
            return f"{what} removed: {value_text(edit.before, key=key)}"
        case Op.CHANGE | Op.MOVE:
            return f"{what} changed: {transition(key, edit.before, edit.after)}"


# --- lists that are one field ---


def _list_line(edit: Edit, noun: Noun, key: str) -> str:
    """Return e.g. ``tag b added, tag a removed``; nothing where a list has to be shown as it is."""
    if looks_secret(key, edit.after) if not isinstance(edit.after, Unset) else False:
        return ""
    before, after = ([] if isinstance(value, Unset) else value for value in (edit.before, edit.after))
    if not (is_list(before) and is_list(after)):
        return f"{noun.one} of {printable(key)} changed: {transition(key, edit.before, edit.after)}" if key else ""
    added, removed = _extra(after, before), _extra(before, after)
    if not (added or removed):
        return f"order of {noun.plural} changed: {value_text(before)} => {value_text(after)}" if before else ""
    if added and removed and any(is_object(item) or is_list(item) for item in (*before, *after)):
        return ""
    return ", ".join(
        _list_said(noun, key, items, verb) for items, verb in ((added, "added"), (removed, "removed")) if items
    )


def _after_item(path: Sequence[Segment]) -> Sequence[Segment]:
    last = max((n for n, part in enumerate(path) if isinstance(part, Item)), default=-1)
    return path[last + 1 :]


def _noun_of_list(keys: Sequence[str], nouns: Nouns) -> tuple[Noun, str] | None:
    """Return the noun of the list under ``keys`` and the key it stands at: ``aggregations.amount`` is a list of aggregations."""
    if keys and keys[-1] in nouns:
        return nouns[keys[-1]], ""
    if len(keys) > 1 and keys[-2] in nouns and nouns[keys[-2]].entry:
        return nouns[keys[-2]], keys[-1]
    return None


def _extra(these: Sequence[Json], those: Sequence[Json]) -> list[Json]:
    """Return what ``these`` have beyond ``those``, in their order."""
    left = Counter(map(canonical_text, those))
    found: list[Json] = []
    for item in these:
        text = canonical_text(item)
        if left[text]:
            left[text] -= 1
        else:
            found.append(item)
    return found


def _list_said(noun: Noun, key: str, items: Sequence[Json], verb: str) -> str:
    names = [_label(item) or value_text(item, room=_ROOM) for item in items[:_MOST]]
    if key and noun.entry:
        names = [noun.entry.format(item=name, key=printable(key)) for name in names]
    if len(items) > _MOST:
        names.append(f"… {len(items) - _MOST} more")
    word = noun.one if len(items) == 1 else noun.plural
    return noun.said.format(noun=word, label=", ".join(names), verb=verb)
