"""Documents and partial documents: strip one to what people declare, lay one over another, say where two differ.

Laws, for every document ``d`` and partial document ``p`` (tested on real documents and generated ones):

* ``overlay(d, strip(d)) == d``                     what is read back unchanged changes nothing
* ``strip(overlay(d, p))`` contains ``strip(p)``     what is declared is there afterwards
* what ``p`` does not speak of is untouched          also fields of newer DSS versions
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from dataiku_iac.core.canonical import Json, JsonObject, canonical_text, is_list
from dataiku_iac.core.fields import UNSET, Effect, RulesNode, Unset

__all__ = [
    "Difference",
    "Suppressed",
    "comparable",
    "differences",
    "overlay",
    "path_text",
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
    if isinstance(document, Mapping):
        return _strip_object(document, node)
    if is_list(document):
        child = node.child("*")
        return [strip(item, child) for item in document]
    return document


def _strip_object(document: JsonObject, node: RulesNode) -> dict[str, Json]:
    kept: dict[str, Json] = {}
    for key, value in document.items():
        if node.hides(key, value):
            continue
        child = node.child(key)
        if _is_default(value, child):
            continue
        inner = strip(value, child)
        if (inner == {} and value != {}) or _is_default(inner, child):
            continue
        kept[key] = inner
    return kept


def comparable(document: Json, node: RulesNode) -> Json:
    """Return the form in which documents are equal or not: stripped, with unordered and keyed lists sorted."""
    if isinstance(document, Mapping):
        return {key: comparable(value, node.child(key)) for key, value in _strip_object(document, node).items()}
    if is_list(document):
        child = node.child("*")
        items = [comparable(item, child) for item in document]
        if node.field.unordered:
            return sorted(items, key=canonical_text)
        if node.field.keyed:
            return sorted(items, key=lambda item: _key_of(item, node.field.keyed) or canonical_text(item))
        return items
    if isinstance(document, float) and document.is_integer():
        return int(document)  # the server re-types numbers: 1 and 1.0 are the same value
    return document


def overlay(live: Json | Unset, partial: Json, node: RulesNode) -> Json:
    """Lay ``partial`` over ``live``; hidden fields are never written, undeclared ones never touched."""
    if isinstance(partial, Mapping):
        return _overlay_object(live if isinstance(live, Mapping) else {}, partial, node)
    if is_list(partial):
        return _overlay_list(live if is_list(live) else [], partial, node)
    return live if not isinstance(live, Unset) and _same(live, partial) else partial


def _overlay_object(live: JsonObject, partial: JsonObject, node: RulesNode) -> Json:
    result: dict[str, Json] = dict(live)
    if node.field.whole:
        for key in [k for k in result if k not in partial]:
            if not node.hides(key, result[key]) and not _is_default(result[key], node.child(key)):
                del result[key]
    for key, value in partial.items():
        if node.hides(key, value):
            continue
        if value == {} and key not in result:
            continue  # an empty object and no object are one: DSS keeps whichever it has
        child = node.child(key)
        if key not in result and _is_default(value, child):
            continue
        result[key] = overlay(result.get(key, UNSET), value, child)
    return result


def _overlay_list(live: Sequence[Json], partial: Sequence[Json], node: RulesNode) -> Json:
    child = node.child("*")
    if node.field.unordered:
        wanted = {canonical_text(item): item for item in partial}
        kept = [item for item in live if canonical_text(item) in wanted]
        have = {canonical_text(item) for item in kept}
        return [*kept, *(item for text, item in wanted.items() if text not in have)]
    if node.field.keyed:
        return _overlay_keyed(live, partial, node)
    return [
        overlay(UNSET if at is None else live[at], item, child)
        for item, at in zip(partial, _align(live, partial, child), strict=True)
    ]


def _overlay_keyed(live: Sequence[Json], partial: Sequence[Json], node: RulesNode) -> Json:
    child, keys = node.child("*"), node.field.keyed
    declared = {_key_of(item, keys): item for item in partial}
    present = {_key_of(item, keys): item for item in live}
    if node.field.open:
        changed = [
            overlay(item, declared[_key_of(item, keys)], child) if _key_of(item, keys) in declared else item
            for item in live
        ]
        return [*changed, *(overlay(UNSET, item, child) for key, item in declared.items() if key not in present)]
    if set(declared) == set(present) and comparable(list(present), child) != comparable(list(declared), child):
        # The same elements in another order: order is noise in a keyed list, keep the node's.
        return [overlay(item, declared[_key_of(item, keys)], child) for item in live]
    return [overlay(present.get(_key_of(item, keys), UNSET), item, child) for item in partial]


def _align(live: Sequence[Json], partial: Sequence[Json], child: RulesNode) -> list[int | None]:
    """Say which live element each declared one stands for.

    First the elements that are there already as declared, in order; then, between those, elements of one identity
    (same ``id``, ``name``, ``type``, …) in order, so that changing a step keeps the fields nobody declared, and
    inserting one does not smear its neighbour's fields over it.
    """
    found: list[int | None] = [None] * len(partial)
    comparables = [comparable(item, child) for item in live]
    start = 0
    for i, item in enumerate(partial):
        for j in range(start, len(live)):
            if comparable(overlay(live[j], item, child), child) == comparables[j]:
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
            if j not in taken and _same_identity(live[j], item):
                found[i], low = j, j + 1
                taken.add(j)
                break
    return found


_IDENTITY = ("id", "name", "type", "ref", "column", "metaType")


def _same_identity(live: Json, item: Json) -> bool:
    if not (isinstance(live, Mapping) and isinstance(item, Mapping)):
        return False
    shared = [key for key in _IDENTITY if key in live and key in item]
    return all(live[key] == item[key] for key in shared)


def subtract(live: Json, before: Json, after: Json, node: RulesNode) -> Json:
    """Return ``live`` without what ``before`` declared and ``after`` no longer does: such fields go back to their default."""
    if isinstance(live, Mapping) and isinstance(before, Mapping):
        result = dict(live)
        later: JsonObject = after if isinstance(after, Mapping) else {}
        for key, value in before.items():
            if key not in result or node.hides(key, value):
                continue
            child = node.child(key)
            if key in later or (isinstance(value, Mapping) and value):
                result[key] = subtract(
                    result[key], value, later.get(key, {} if isinstance(value, Mapping) else None), child
                )
                if result[key] == {} and key not in later:
                    del result[key]
            elif isinstance(child.field.default, Unset):
                del result[key]
            else:
                result[key] = child.field.default
        return result
    if is_list(live) and is_list(before) and node.field.keyed and node.field.open:
        keys = node.field.keyed
        kept = {_key_of(item, keys) for item in after} if is_list(after) else set()
        gone = {_key_of(item, keys) for item in before} - kept
        return [item for item in live if _key_of(item, keys) not in gone]
    return live


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
    if isinstance(before, Unset) or isinstance(after, Unset) or before != after:
        yield Difference(path, before, after, effect=node.effect, immutable=node.immutable)


def _list_differences(
    before: Sequence[Json], after: Sequence[Json], node: RulesNode, path: tuple[str, ...]
) -> Iterator[Difference]:
    child = node.child("*")
    keys = node.field.keyed or _natural_key(before, after)
    if keys:
        old = {_key_of(item, keys): item for item in before}
        new = {_key_of(item, keys): item for item in after}
        for key in [*old, *(k for k in new if k not in old)]:
            yield from _differences(old.get(key, UNSET), new.get(key, UNSET), child, (*path, f"[{key}]"))
        if not node.field.keyed and list(old) != list(new) and set(old) == set(new):
            yield Difference((*path, "[order]"), list(old), list(new), effect=node.effect, immutable=node.immutable)
    elif len(before) == len(after):
        for i, (left, right) in enumerate(zip(before, after, strict=True)):
            yield from _differences(left, right, child, (*path, f"[{i}]"))
    elif before != after:
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
    if isinstance(partial, Mapping):
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


def _is_default(value: Json, node: RulesNode) -> bool:
    default = node.field.default
    return not isinstance(default, Unset) and _same(value, default)


def _same(left: Json, right: Json) -> bool:
    if isinstance(left, bool) != isinstance(right, bool):
        return False  # 1 == True in Python, not in JSON
    return left == right


def _key_of(item: Json, keys: Sequence[str]) -> str:
    if isinstance(item, Mapping):
        for key in keys:
            if item.get(key) is not None:
                return f"{item[key]}" if key == keys[0] else f"{key} {item[key]}"
    return canonical_text(item)
