"""The JSON Schema of the whole language, for editors; made of the registry, so a new kind needs no line here."""

from __future__ import annotations

import json
from typing import Final

from dataiku_iac.config.entries import LIBRARIES, PROJECT, name_key
from dataiku_iac.core.canonical import Json, JsonObject, is_object
from dataiku_iac.core.kind import Kind, Registry
from dataiku_iac.core.resource import OnDelete

__all__ = ["language_schema", "language_schema_text"]

_ADDRESSES: Final[JsonObject] = {"type": ["array", "null"], "items": {"type": "string", "pattern": r"^[a-z_]+\..+"}}
_LIFECYCLE: Final[JsonObject] = {
    "type": ["object", "null"],
    "properties": {
        "protect": {"type": ["boolean", "string"], "description": "true: never deleted; expressions are allowed"},
        "ignore": {"type": "array", "items": {"type": "string"}, "description": "paths that are not compared"},
        "enforce": {
            "type": "array",
            "items": {"type": "string"},
            "description": "keys that bind although builds write them too: schema of a recipe's output",
        },
        "on_delete": {"enum": [choice.value for choice in OnDelete]},
    },
    "additionalProperties": False,
}
_MOVED: Final[JsonObject] = {
    "type": ["array", "null"],
    "description": "entries that got another name and are the same objects",
    "items": {
        "type": "object",
        "required": ["from", "to"],
        "properties": {key: {"type": "string", "pattern": r"^[a-z_]+\..+"} for key in ("from", "to")},
        "additionalProperties": False,
    },
}
_GLOBS: Final[JsonObject] = {
    "type": "object",
    "description": "folder of the library to files, e.g. python: lib/python/**",
    "additionalProperties": {"type": ["string", "array"]},
}


def language_schema(registry: Registry) -> JsonObject:
    """Return the schema of one configuration file with sections (``project:``, ``datasets:``, …)."""
    sections: dict[str, Json] = {}
    for kind in registry:
        entry: JsonObject = {"$ref": f"#/$defs/{kind.name}"}
        if kind.section == PROJECT:
            sections[kind.section] = entry
        elif kind.section == LIBRARIES:
            sections[kind.section] = {"anyOf": [{"type": "array", "items": {"anyOf": [entry, _GLOBS]}}, _GLOBS]}
        else:
            sections[kind.section] = {"type": ["array", "null"], "items": entry}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Dataiku IaC configuration",
        "type": "object",
        "properties": {
            "version": {"enum": ["1.0", 1.0]},
            "metadata": {"type": "object", "properties": {"version": {"enum": ["1.0", 1.0]}}},
            **sections,
            "forget": {**_ADDRESSES, "description": "addresses that leave the state and stay on the node"},
            "moved": _MOVED,
        },
        "additionalProperties": False,
        "$defs": {kind.name: _entry_schema(kind) for kind in registry},
    }


def language_schema_text(registry: Registry) -> str:
    """Return the schema as the text of ``resource/dataiku-iac.schema.json``."""
    return json.dumps(language_schema(registry), indent=2, ensure_ascii=False) + "\n"


def _entry_schema(kind: Kind) -> JsonObject:
    properties = kind.schema.get("properties")
    known: dict[str, Json] = dict(properties) if is_object(properties) else {}
    key = name_key(kind.section)
    if key not in known:
        known[key] = {"type": "string"}
    if key != "name" and kind.section != PROJECT:
        known.pop("name", None)
    for field in kind.files:
        known[field.file_key] = {"type": "string", "description": f"file that holds {field.key}, relative to this one"}
    known["depends_on"] = _ADDRESSES
    known["lifecycle"] = _LIFECYCLE
    schema = {name: value for name, value in kind.schema.items() if name not in ("properties", "required")}
    return {**schema, "properties": known, "required": [key]}
