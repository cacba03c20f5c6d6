"""Checklists: titles, and what is to be done.

::

    checklists:
      Release: [write the tests, show it to the users]

What is ticked off, by whom and when, is left to people; so is the list that DSS gives every new project. Source: object-shapes.md 3. [seen]
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from dataiku_iac.core.canonical import Json, JsonObject, is_list, is_object
from dataiku_iac.core.fields import Field, FieldTable
from dataiku_iac.resources.exact_forms import shortest

__all__ = ["CHECKLISTS", "CHECKLISTS_SCHEMA", "expand_checklists", "lean_checklists", "shorten_checklists"]

_NOTED: Final = Field(ignored=True, reason="who did it and when, noted by the server [seen]")
CHECKLISTS: Final[FieldTable] = {
    "": Field(default={"checklists": []}),
    ".checklists": Field(default=[], keyed=("title",), open=True),
    ".checklists.*.id": Field(server_owned=True, reason="made by the server [seen]"),
    ".checklists.*.createdOn": _NOTED,
    ".checklists.*.items": Field(default=[], identity=("text",)),
    ".checklists.*.items.*.done": Field(ignored=True, reason="people tick it off as they go [seen]"),
    **{f".checklists.*.items.*.{key}": _NOTED for key in ("createdOn", "createdBy", "stateChangedOn")},
}
"""Rows; put the path of the field in front."""

CHECKLISTS_SCHEMA: Final[JsonObject] = {"type": "object", "description": "title: [text, text]"}
_WRAPPER: Final = "checklists"
_FIRST_TITLE: Final = "Your new project's Todo"
_FIRST_ITEMS: Final = re.compile(
    r"Create the project|Set a project image( \(.*\))?|Import your \[first dataset\]\(projects/\w+/datasets/new/\)"
    r"|Write a description of the project|Organize your work( by replacing this with a real todo)?"
)


def expand_checklists(value: Json) -> Json:
    """Return DSS's object.

    >>> expand_checklists({"Release": ["tests", "show"]})["checklists"][0]["items"]
    [{'text': 'tests'}, {'text': 'show'}]
    """
    if not is_object(value) or _WRAPPER in value or not all(map(is_list, value.values())):
        return value
    lists: list[Json] = []
    for title, items in value.items():
        entries = [_expand_item(item) for item in items] if is_list(items) else []
        lists.append({"title": title, "items": entries} if entries else {"title": title})
    return {_WRAPPER: lists}


def shorten_checklists(raw: Json) -> Json:
    """Return the short form of DSS's object, if it says the same."""
    lists = raw.get(_WRAPPER) if is_object(raw) else None
    if not is_list(lists):
        return raw
    short: dict[str, Json] = {}
    for checklist in lists:
        items = checklist.get("items", []) if is_object(checklist) else None
        if not is_object(checklist) or not is_list(items):
            return raw
        short[str(checklist.get("title"))] = [_shorten_item(item) for item in items]
    return shortest(raw, expand_checklists, [short])


def _expand_item(item: Json) -> Json:
    return {"text": item} if isinstance(item, str) else item


def _shorten_item(item: Json) -> Json:
    if not is_object(item):
        return item
    return shortest(item, _expand_item, [item.get("text")])


def lean_checklists(value: Json) -> Mapping[str, Json] | None:
    """Return stripped checklists without the one that every new project gets, or ``None`` if nothing is left."""
    lists = value.get(_WRAPPER) if is_object(value) else None
    if not is_object(value) or not is_list(lists):
        return value if is_object(value) and value else None
    told = [checklist for checklist in lists if not _is_first(checklist)]
    return {**value, _WRAPPER: told} if told else None


def _is_first(checklist: Json) -> bool:
    items = checklist.get("items", []) if is_object(checklist) else None
    if not is_object(checklist) or checklist.get("title") != _FIRST_TITLE or not is_list(items):
        return False
    return all(is_object(item) and _FIRST_ITEMS.fullmatch(str(item.get("text"))) for item in items)
