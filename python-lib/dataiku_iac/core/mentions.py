"""Places where a document names something else: a connection, a folder's id, a zone, a user.

One table per kind serves remapping between environments, translation of server-chosen ids to names and back, and
the check that what is named exists on the node.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from dataiku_iac.core.canonical import Json, is_list, is_object

__all__ = ["Mention", "Mentioned", "find_mentions", "rewrite_mentions", "without_mentions"]


@dataclass(frozen=True, slots=True)
class Mention:
    """At ``path`` (dotted, ``*`` for any key or element) stands the name of a thing of ``sort``.

    Sorts: ``connection, code_env, container, user, group, project``, the name of a kind (``zone``, ``dataset``, ``recipe``,
    ``insight``, …), ``computable`` = what a recipe reads or writes: a dataset by name, a folder or model by id, and
    ``object`` = any object of the project.
    """

    path: str
    sort: str


@dataclass(frozen=True, slots=True)
class Mentioned:
    """One occurrence: ``path`` with real keys and indexes, e.g. ``definition.params.connection``."""

    path: str
    sort: str
    value: str


def find_mentions(document: Json, mentions: Sequence[Mention]) -> Iterator[Mentioned]:
    """Yield every non-empty string that stands at a place of the table."""
    for mention in mentions:
        for path, value in _walk(document, _parts(mention.path), ()):
            yield Mentioned(".".join(path), mention.sort, value)


@lru_cache(maxsize=1024)
def _parts(path: str) -> tuple[str, ...]:
    return tuple(path.split("."))


def _walk(value: Json, parts: Sequence[str], path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    if not parts:
        if isinstance(value, str) and value:
            yield path, value
        return
    head, rest = parts[0], parts[1:]
    if is_object(value):
        for key in value if head == "*" else [head]:
            if key in value:
                yield from _walk(value[key], rest, (*path, key))
    elif is_list(value) and head == "*":
        for i, item in enumerate(value):
            yield from _walk(item, rest, (*path, str(i)))


def rewrite_mentions(document: Json, mentions: Sequence[Mention], rename: Callable[[str, str], str]) -> Json:
    """Return ``document`` with every mention replaced by ``rename(sort, value)``; the input is not changed, and may share parts with the result."""
    for mention in mentions:
        document = _rewrite(document, _parts(mention.path), mention.sort, rename)
    return document


def _rewrite(value: Json, parts: Sequence[str], sort: str, rename: Callable[[str, str], str]) -> Json:
    """Return ``value`` itself where nothing changes: most documents name nothing that has another name."""
    if not parts:
        return rename(sort, value) if isinstance(value, str) and value else value
    head, rest = parts[0], parts[1:]
    if is_object(value):
        changed = {}
        for key in value if head == "*" else [head] if head in value else ():
            renamed = _rewrite(value[key], rest, sort, rename)
            if renamed is not value[key]:
                changed[key] = renamed
        return {**value, **changed} if changed else value
    if is_list(value) and head == "*":
        items = [_rewrite(item, rest, sort, rename) for item in value]
        return items if any(new is not old for new, old in zip(items, value, strict=True)) else value
    return value


def without_mentions(document: Json, mentions: Sequence[Mention], is_left_out: Callable[[str, str], bool]) -> Json:
    """Return ``document`` without every mention of which ``is_left_out(sort, value)`` says so; the input is not changed.

    Half an element of a list says nothing: it goes with what it mentions, ``{"localName": "folder:out", "rules": […]}`` as a
    whole. Elsewhere the field goes.
    """
    for mention in mentions:
        document, _ = _without(document, _parts(mention.path), mention.sort, is_left_out)
    return document


def _without(
    value: Json, parts: Sequence[str], sort: str, is_left_out: Callable[[str, str], bool]
) -> tuple[Json, bool]:
    """Return ``value`` without what is left out, and whether anything was that is not inside a list of its own."""
    if not parts:
        return value, isinstance(value, str) and bool(value) and is_left_out(sort, value)
    head, rest = parts[0], parts[1:]
    if is_list(value) and head == "*":
        found = [_without(item, rest, sort, is_left_out) for item in value]
        return [item for item, lost in found if not lost], False
    if not is_object(value):
        return value, False
    kept, any_lost = dict(value), False
    for key in list(value) if head == "*" else [head] if head in value else ():
        kept[key], lost = _without(value[key], rest, sort, is_left_out)
        if lost and isinstance(value[key], str):
            del kept[key]
        any_lost = any_lost or lost
    return kept, any_lost
