"""Documents and partial documents: strip one to what people declare, lay one over another, say where two differ.

Laws, for every document ``d`` and partial document ``p`` (tested on real documents and generated ones):

* ``overlay(d, strip(d)) == d``                     what is read back unchanged changes nothing
* ``strip(overlay(d, p))`` contains ``strip(p)``     what is declared is there afterwards
* what ``p`` does not speak of is untouched          also fields of newer DSS versions
* ``overlay(overlay(d, p), p) == overlay(d, p)``     applying twice equals once
* ``subtract(d, p, p) == d``                         what is still declared does not go back to its default
* ``differences(a, b) == []`` exactly if ``comparable(a) == comparable(b)``
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from dataiku_iac.core.canonical import ATOMS, Json, JsonObject, canonical_text, is_list, is_object
from dataiku_iac.core.fields import UNSET, Effect, RulesNode, Unset

__all__ = [
    "Difference",
    "Suppressed",
    "comparable",
    "differences",
    "let_go",
    "overlay",
    "path_text",
    "same",
    "strip",
    "subtract",
    "suppressed",
]


@dataclass(frozen=True, slots=True)
class Difference:
    """One place where two documents differ; ``UNSET`` stands for absent. ``path`` holds keys, indexes and ``[key]`` parts."""

    path: tuple[str, ...]
    before: Json | Unset
    after: Json | Unset
    effect: Effect = Effect.METADATA
    immutable: bool = False


@dataclass(frozen=True, slots=True)
class Suppressed:
    """A difference that is not planned, and why."""

    path: str
    reason: str


def path_text(path: Sequence[str]) -> str:
    """Join a path for people: ``("schema", "[email]", "type")`` becomes ``schema[email].type``."""
    text = ""
    for part in path:
        text += part if part.startswith("[") or not text else f".{part}"
    return text


def strip(document: Json, node: RulesNode) -> Json:
    """Return what people declare of ``document``: without hidden fields, defaults and what became empty by that."""
    if type(document) in ATOMS:
        return document
    if is_object(document):
        return _strip_object(document, node)
    if is_list(document):
        child = node.child("*")
        return [strip(item, child) for item in document if not node.reserves_element(item)]
    return document


def _strip_object(document: JsonObject, node: RulesNode) -> dict[str, Json]:
    kept: dict[str, Json] = {}
    for key, value in document.items():
        if node.hides(key, value):
            continue
        child = node.child(key)
        if child.has_default and _is_default(value, child):
            continue
        inner = strip(value, child)
        if inner is not value and ((inner == {} and value != {}) or (child.has_default and _is_default(inner, child))):
            continue
        kept[key] = inner
    return kept


def comparable(document: Json, node: RulesNode) -> Json:
    """Return the form in which documents are equal or not: stripped, with unordered and keyed lists sorted."""
    return _ordered(strip(document, node), node)


def _ordered(stripped: Json, node: RulesNode) -> Json:
    if type(stripped) is str:
        return stripped
    if is_object(stripped):
        return {key: _ordered(value, node.child(key)) for key, value in stripped.items()}
    if is_list(stripped):
        child = node.child("*")
        items = [_ordered(item, child) for item in stripped]
        if node.field.unordered:
            return sorted(items, key=canonical_text)
        if node.field.keyed:
            return sorted(items, key=lambda item: (_key_of(item, node.field.keyed), canonical_text(item)))
        return items
    if isinstance(stripped, float) and stripped.is_integer():
        return int(stripped)  # the server re-types numbers: 1 and 1.0 are the same value
    return stripped


def overlay(live: Json | Unset, partial: Json, node: RulesNode) -> Json:
    """Lay ``partial`` over ``live``; hidden fields are never written, undeclared ones never touched."""
    if type(partial) is str:
        return partial
    if is_object(partial):
        return _overlay_object(live if isinstance(live, Mapping) else {}, partial, node)
    if is_list(partial):
        return _overlay_list(live if is_list(live) else [], partial, node)
    return live if not isinstance(live, Unset) and same(live, partial) else partial


def _overlay_object(live: JsonObject, partial: JsonObject, node: RulesNode) -> Json:
    result: dict[str, Json] = dict(live)
    if node.field.whole:
        for key in _strip_object(live, node):  # what is hidden or default was never declared, so it stays
            if key not in partial:
                del result[key]
    for key, value in partial.items():
        if node.hides(key, value):
            continue
        child = node.child(key)
        if value == {} and key not in result and not child.field.whole:
            continue  # an empty object and no object are one: DSS keeps whichever it has
        if child.has_default and key not in result and _is_default(value, child):
            continue
        result[key] = overlay(result.get(key, UNSET), value, child)
    return result


def _overlay_list(live: Sequence[Json], partial: Sequence[Json], node: RulesNode) -> Json:
    child = node.child("*")
    if node.field.unordered:
        wanted = {_canonical(item, child): item for item in partial if not node.reserves_element(item)}
        kept = [item for item in live if node.reserves_element(item) or _canonical(item, child) in wanted]
        have = {_canonical(item, child) for item in kept}
        return [*kept, *(item for text, item in wanted.items() if text not in have)]
    if node.field.keyed:
        return _overlay_keyed(live, partial, node)
    return [
        overlay(UNSET if at is None else live[at], item, child)
        for item, at in zip(partial, _align(live, partial, node), strict=True)
    ]


def _canonical(item: Json, node: RulesNode) -> str:
    return canonical_text(comparable(item, node))


def _overlay_keyed(live: Sequence[Json], partial: Sequence[Json], node: RulesNode) -> Json:
    child = node.child("*")
    declared, present = _by_key(partial, node.field.keyed), _by_key(live, node.field.keyed)
    if node.field.open or set(declared) == set(present):
        # Elements nobody declared stay; and order is noise in a keyed list, so the node's order stays.
        changed = [overlay(item, declared[key], child) if key in declared else item for key, item in present.items()]
        return [*changed, *(overlay(UNSET, item, child) for key, item in declared.items() if key not in present)]
    return [overlay(present.get(key, UNSET), item, child) for key, item in declared.items()]


def _by_key(items: Sequence[Json], keys: Sequence[str]) -> dict[str, Json]:
    """Return the elements by their key; a key that occurs again gets its number, so that no element is lost."""
    found: dict[str, Json] = {}
    for item in items:
        key = name = _key_of(item, keys)
        again = 1
        while key in found:
            again += 1
            key = f"{name} #{again}"
        found[key] = item
    return found


def _align(live: Sequence[Json], partial: Sequence[Json], node: RulesNode) -> list[int | None]:
    """Say which live element each declared one stands for.

    First the elements that are there already as declared, in order; then, between those, elements of one identity
    (same ``id``, ``name``, ``type``, …) in order, so that changing a step keeps the fields nobody declared, and
    inserting one does not smear its neighbour's fields over it.
    """
    found: list[int | None] = [None] * len(partial)
    if not live:
        return found
    child, identity = node.child("*"), node.field.identity
    comparables = [comparable(item, child) for item in live]
    start = 0
    for i, item in enumerate(partial):
        for j in range(start, len(live)):
            # The cheap test first: without it, two long lists that differ everywhere cost an overlay for each pair.
            alike = _same_identity(live[j], item, identity) or not isinstance(item, Mapping)
            if alike and comparable(overlay(live[j], item, child), child) == comparables[j]:
                found[i], start = j, j + 1
                break
    taken = {j for j in found if j is not None}
    low = 0
    for i, item in enumerate(partial):
        at = found[i]
        if at is not None:
            low = at + 1
            continue
        high = next((j for j in found[i + 1 :] if j is not None), len(live))
        for j in range(low, high):
            if j not in taken and _same_identity(live[j], item, identity):
                found[i], low = j, j + 1
                taken.add(j)
                break
    return found


def _same_identity(live: Json, item: Json, identity: Sequence[str]) -> bool:
    if not (isinstance(live, Mapping) and isinstance(item, Mapping)):
        return False
    shared = [key for key in identity if key in live and key in item]
    return all(live[key] == item[key] for key in shared)


def subtract(live: Json, before: Json, after: Json, node: RulesNode, *, written: bool = False) -> Json:
    """Return ``live`` without what ``before`` declared and ``after`` no longer does: such fields go back to their default.

    ``written``: ``live`` was read after it had been written so. A field whose default no table knows is then as the node
    chose, and nothing is left to do about it.
    """
    if isinstance(live, Mapping) and isinstance(before, Mapping):
        return _subtract_object(live, before, after if isinstance(after, Mapping) else {}, node, written=written)
    if is_list(live) and is_list(before) and not node.field.unordered:
        later = after if is_list(after) else []
        return (
            _subtract_keyed(live, before, later, node, written=written)
            if node.field.keyed
            else _subtract_list(live, before, later, node, written=written)
        )
    return live


def _subtract_object(
    live: JsonObject, before: JsonObject, after: JsonObject, node: RulesNode, *, written: bool
) -> JsonObject:
    result = dict(live)
    for key, value in before.items():
        if key not in result or node.hides(key, value):
            continue
        child = node.child(key)
        if key in after:
            result[key] = subtract(result[key], value, after[key], child, written=written)
        elif child.field.stays:
            continue
        elif _shares(value, child):
            result[key] = subtract(result[key], value, None, child, written=written)
            if result[key] == {} and live[key] != {}:
                _reset(result, key, child, written=written)
        else:
            _reset(result, key, child, written=written)
    return result


def _shares(value: Json, node: RulesNode) -> bool:
    """Tell whether others may have declared something inside ``value``, so that it does not go as a whole."""
    return (isinstance(value, Mapping) and not node.field.whole) or (is_list(value) and node.field.open)


def _reset(result: dict[str, Json], key: str, node: RulesNode, *, written: bool) -> None:
    value = result[key]
    reserved = [item for item in value if node.reserves_element(item)] if is_list(value) else []
    if reserved:
        result[key] = reserved
    elif not isinstance(node.field.default, Unset):
        result[key] = node.field.default
    elif not written:
        del result[key]


def _subtract_keyed(
    live: Sequence[Json], before: Sequence[Json], after: Sequence[Json], node: RulesNode, *, written: bool
) -> Json:
    keys, child = node.field.keyed, node.child("*")
    old, new = _by_key(before, keys), _by_key(after, keys)
    return [
        subtract(item, old[key], new[key], child, written=written) if key in old and key in new else item
        for key, item in _by_key(live, keys).items()
        if not (node.field.open and key in old and key not in new)
    ]


def _subtract_list(
    live: Sequence[Json], before: Sequence[Json], after: Sequence[Json], node: RulesNode, *, written: bool
) -> Json:
    child = node.child("*")
    old = {at: item for item, at in zip(before, _align(live, before, node), strict=True) if at is not None}
    new = {at: item for item, at in zip(after, _align(live, after, node), strict=True) if at is not None}
    return [
        subtract(item, old[at], new[at], child, written=written) if at in old and at in new else item
        for at, item in enumerate(live)
    ]


def differences(before: Json, after: Json, node: RulesNode) -> list[Difference]:
    """Return every place where two documents differ, in document order, deepest path first known."""
    return list(_differences(comparable(before, node), comparable(after, node), node, ()))


def _differences(
    before: Json | Unset, after: Json | Unset, node: RulesNode, path: tuple[str, ...]
) -> Iterator[Difference]:
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for key in sorted({*before, *after}):
            yield from _differences(before.get(key, UNSET), after.get(key, UNSET), node.child(key), (*path, key))
        return
    if is_list(before) and is_list(after) and not node.field.unordered:
        yield from _list_differences(before, after, node, path)
        return
    if isinstance(before, Unset) or isinstance(after, Unset) or not same(before, after):
        yield Difference(path, before, after, effect=node.effect, immutable=node.immutable)


def _list_differences(
    before: Sequence[Json], after: Sequence[Json], node: RulesNode, path: tuple[str, ...]
) -> Iterator[Difference]:
    child = node.child("*")
    keys = node.field.keyed or _natural_key(before, after)
    if keys:
        old, new = _by_key(before, keys), _by_key(after, keys)
        for key in [*old, *(k for k in new if k not in old)]:
            yield from _differences(old.get(key, UNSET), new.get(key, UNSET), child, (*path, f"[{key}]"))
        if not node.field.keyed and list(old) != list(new) and set(old) == set(new):
            yield Difference((*path, "[order]"), list(old), list(new), effect=node.effect, immutable=node.immutable)
    elif len(before) == len(after):
        for i, (left, right) in enumerate(zip(before, after, strict=True)):
            yield from _differences(left, right, child, (*path, f"[{i}]"))
    else:
        yield Difference(path, before, after, effect=node.effect, immutable=node.immutable)


def _natural_key(before: Sequence[Json], after: Sequence[Json]) -> tuple[str, ...]:
    """Return ``("name",)`` when both lists are objects with distinct names, else nothing."""
    for items in (before, after):
        names = [item.get("name") for item in items if isinstance(item, Mapping)]
        if not names or len(names) != len(items) or None in names or len({str(n) for n in names}) != len(names):
            return ()
    return ("name",)


def suppressed(live: Json, partial: Json, node: RulesNode, path: tuple[str, ...] = ()) -> Iterator[Suppressed]:
    """Yield the differences between ``live`` and what ``partial`` says that the table keeps out of the plan."""
    if type(partial) in ATOMS:
        return
    if is_object(partial):
        there: JsonObject = live if isinstance(live, Mapping) else {}
        for key, value in partial.items():
            here = (*path, key)
            if node.hides(key, value):
                if key not in there or there[key] != value:
                    yield Suppressed(path_text(here), node.reason(key, value))
            else:
                yield from suppressed(there.get(key), value, node.child(key), here)
    elif is_list(partial) and is_list(live) and node.field.unordered and list(live) != list(partial):
        reordered = sorted(map(canonical_text, live)) == sorted(map(canonical_text, partial))
        if reordered:
            yield Suppressed(path_text(path), node.field.reason or "order means nothing here")


def let_go(before: Json, after: Json, node: RulesNode, path: tuple[str, ...] = ()) -> Iterator[Suppressed]:
    """Yield the fields that are no longer declared and stay as they are all the same."""
    if not isinstance(before, Mapping):
        return
    later: JsonObject = after if isinstance(after, Mapping) else {}
    for key, value in before.items():
        child, here = node.child(key), (*path, key)
        if key not in later and child.field.stays:
            yield Suppressed(path_text(here), f"no longer declared, left as it is: {child.field.reason}")
        else:
            yield from let_go(value, later.get(key), child, here)


def _is_default(value: Json, node: RulesNode) -> bool:
    field = node.field
    if field.default_like and isinstance(value, str) and re.fullmatch(field.default_like, value, re.DOTALL):
        return True
    return not isinstance(field.default, Unset) and same(value, field.default)


def same(left: Json, right: Json) -> bool:
    """Compare as JSON does: 1 and true differ, 1 and 1.0 do not."""
    if type(left) is str or type(right) is str:
        return left == right
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if is_object(left) and is_object(right):
        return left.keys() == right.keys() and all(same(left[key], right[key]) for key in left)
    if is_list(left) and is_list(right):
        return len(left) == len(right) and all(map(same, left, right))
    return left == right


def _composed(item: Json, key: str) -> Json:
    """Return what stands at ``objectRef.objectId`` of an element, or at both places of ``column+aggregated``."""
    if "+" in key:
        values = [_composed(item, part) for part in key.split("+")]
        return None if None in values else " ".join(map(str, values))
    for part in key.split("."):
        item = item.get(part) if isinstance(item, Mapping) else None
    return item


def _key_of(item: Json, keys: Sequence[str]) -> str:
    """Return what identifies an element: the first key it has; elements without any are told apart by their order."""
    if isinstance(item, Mapping):
        for key in keys:
            value = item.get(key) if key.isalnum() else _composed(item, key)
            if value is not None and not isinstance(value, Mapping) and not is_list(value):
                return f"{value}" if key == keys[0] else f"{key} {value}"
    return "" if isinstance(item, Mapping) or is_list(item) else canonical_text(item)
