"""What a project shows to others: exposed objects, and what readers of dashboards may see.

::

    exposed:
      ORDERS: [SALES, HR]                                # a dataset, to two projects
      "folder:exports": [SALES, {project: HR, appearOnFlow: false}]
      "SCENARIO NIGHTLY": {to: [SALES], quickSharingEnabled: true}
    dashboard_authorizations: {ORDERS: [READ], "webapp:Entry": [READ]}

Both lists belong to several people: only declared entries are touched. Source: object-shapes.md 5, api-flow.md 14. All [seen].
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from dataiku_iac.core.canonical import Json, JsonObject, is_list, is_object
from dataiku_iac.resources.exact_forms import shortest
from dataiku_iac.resources.object_words import object_of_word, word_of_object
from dataiku_iac.resources.spec_keys import DSS_KEY, DSS_SCHEMA, SpecKeys

__all__ = [
    "AUTHORIZATIONS_SCHEMA",
    "EXPOSED_SCHEMA",
    "expand_authorizations",
    "expand_exposed",
    "shorten_authorizations",
    "shorten_exposed",
]

_ENTRY: Final = SpecKeys({"name": "localName", "to": "rules"}, ("type", "quickSharingEnabled"))
_TO: Final[JsonObject] = {"type": "array", "items": {"type": ["string", "object"]}}
EXPOSED_SCHEMA: Final[JsonObject] = {
    "anyOf": [
        {
            "type": "object",
            "description": "ORDERS: [OTHER_PROJECT], folder:exports: [OTHER_PROJECT]",
            "additionalProperties": {
                "anyOf": [
                    _TO,
                    {
                        "type": "object",
                        "properties": {"to": _TO, "quickSharingEnabled": {"type": "boolean"}, DSS_KEY: DSS_SCHEMA},
                        "additionalProperties": False,
                    },
                ]
            },
        },
        {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "type": {"type": "string", "description": "DATASET, MANAGED_FOLDER, SAVED_MODEL, …"},
                    "name": {"type": "string", "minLength": 1},
                    "to": _TO,
                    "quickSharingEnabled": {"type": "boolean"},
                    DSS_KEY: DSS_SCHEMA,
                },
                "required": ["type", "name"],
                "additionalProperties": False,
            },
        },
    ]
}
AUTHORIZATIONS_SCHEMA: Final[JsonObject] = {
    "anyOf": [
        {"const": "all"},
        {
            "type": "object",
            "description": "ORDERS: [READ]",
            "additionalProperties": {"type": "array", "items": {"type": "string"}},
        },
        {"type": "object", "properties": {"allAuthorized": {"type": "boolean"}, "authorizations": {"type": "array"}}},
    ],
    "description": "what readers of dashboards may see: all, or object: [READ]; only declared entries are touched",
}


def expand_exposed(value: Json) -> Json:
    """Return DSS's list of exposed objects.

    >>> expand_exposed({"ORDERS": ["SALES"]})
    [{'type': 'DATASET', 'localName': 'ORDERS', 'rules': [{'targetProject': 'SALES'}]}]
    """
    if is_object(value):
        return [_expand_named(word, entry) for word, entry in value.items()]
    return [_expand_entry(entry) for entry in value] if is_list(value) else value


def shorten_exposed(raw: Json) -> Json:
    """Return the mapping if it says all of DSS's list, else the list with its entries in short."""
    return shortest(raw, expand_exposed, _exposed_proposals(raw))


def expand_authorizations(value: Json) -> Json:
    """Return DSS's object.

    >>> expand_authorizations({"ORDERS": ["READ"]})["authorizations"][0]["objectRef"]
    {'objectId': 'ORDERS', 'objectType': 'DATASET'}
    """
    if value == "all":
        return {"allAuthorized": True}
    if not is_object(value) or not all(map(is_list, value.values())) or "authorizations" in value:
        return value
    found: list[Json] = []
    for word, modes in value.items():
        kind, name = object_of_word(word)
        found.append({"objectRef": {"objectId": name, "objectType": kind}, "modes": modes})
    return {"authorizations": found}


def shorten_authorizations(raw: Json) -> Json:
    """Return the short form, if it says all of DSS's object."""
    return shortest(raw, expand_authorizations, _authorization_proposals(raw))


def _expand_named(word: str, entry: Json) -> Json:
    kind, name = object_of_word(word)
    spec: JsonObject = entry if is_object(entry) else {"to": entry}
    return {"type": kind, "localName": name, **_expand_keys(spec)}


def _expand_entry(entry: Json) -> Json:
    if not is_object(entry):
        return entry
    stored = _expand_keys(entry)
    if isinstance(stored.get("type"), str):
        stored["type"] = str(stored["type"]).upper()
    return stored


def _expand_keys(spec: JsonObject) -> dict[str, Json]:
    stored = _ENTRY.to_definition(spec)
    rules = stored.get("rules")
    if is_list(rules):
        stored["rules"] = [_expand_rule(rule) for rule in rules]
    return stored


def _expand_rule(rule: Json) -> Json:
    if isinstance(rule, str):
        return {"targetProject": rule}
    if is_object(rule) and "project" in rule and "targetProject" not in rule:
        return {"targetProject": rule["project"], **{key: value for key, value in rule.items() if key != "project"}}
    return rule


def _shorten_rule(rule: Json) -> Json:
    if not is_object(rule):
        return rule
    project = rule.get("targetProject")
    more = {key: value for key, value in rule.items() if key != "targetProject"}
    return shortest(rule, _expand_rule, [project, {"project": project, **more}])


def _exposed_proposals(raw: Json) -> Iterator[Json]:
    if not is_list(raw):
        return
    entries = [_shorten_entry(entry) for entry in raw]
    named = _by_word(entries, lambda entry: word_of_object(entry.get("type"), entry.get("name")))
    if named is not None:
        yield {word: _target(entry) for word, entry in named}
    yield entries


def _shorten_entry(stored: Json) -> Json:
    if not is_object(stored):
        return stored
    entry = _ENTRY.to_spec(stored)
    rules = entry.get("to")
    if is_list(rules):
        entry["to"] = [_shorten_rule(rule) for rule in rules]
    return entry


def _target(entry: JsonObject) -> Json:
    rest = {key: value for key, value in entry.items() if key not in ("type", "name")}
    return rest["to"] if rest.keys() == {"to"} and is_list(rest["to"]) else rest


def _by_word(
    entries: Sequence[Json], word_of: Callable[[JsonObject], str | None]
) -> Sequence[tuple[str, JsonObject]] | None:
    """Return entries with their words, or ``None`` if one has none or two have the same."""
    objects = [entry for entry in entries if is_object(entry)]
    words = [word_of(entry) for entry in objects]
    known = [word for word in words if word is not None]
    if len(known) != len(entries) or len(set(known)) != len(known):
        return None
    return list(zip(known, objects, strict=True))


def _authorization_proposals(raw: Json) -> Iterator[Json]:
    if not is_object(raw):
        return
    yield "all"
    given = raw.get("authorizations")

    def word_of(entry: JsonObject) -> str | None:
        ref = entry.get("objectRef")
        return word_of_object(ref.get("objectType"), ref.get("objectId")) if is_object(ref) else None

    named = _by_word(given, word_of) if is_list(given) else None
    if named is not None:
        yield {word: entry.get("modes") for word, entry in named}
