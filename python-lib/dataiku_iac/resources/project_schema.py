"""The JSON Schema of a project's entry."""

from __future__ import annotations

from typing import Final

from dataiku_iac.core.canonical import JsonObject
from dataiku_iac.resources.bundle_forms import BUNDLE_SCHEMA
from dataiku_iac.resources.checklists import CHECKLISTS_SCHEMA
from dataiku_iac.resources.exposures import AUTHORIZATIONS_SCHEMA, EXPOSED_SCHEMA
from dataiku_iac.resources.permissions import PERMISSION_SCHEMA
from dataiku_iac.resources.project_lens import PARTS
from dataiku_iac.resources.project_settings_lens import LANGUAGES
from dataiku_iac.resources.spec_keys import DSS_KEY, DSS_SCHEMA

__all__ = ["PROJECT_SCHEMA"]

PROJECT_SCHEMA: Final[JsonObject] = {
    "type": "object",
    "properties": {
        "key": {"type": "string", "pattern": "^[A-Za-z0-9_]+$"},
        "name": {"type": "string", "minLength": 1, "description": "display name"},
        "description": {"type": "string"},
        "short_description": {"type": "string"},
        "tags": {"type": "array", "items": {"type": "string", "not": {"pattern": "^iac:"}}},
        "tag_colors": {"type": "object", "additionalProperties": {"type": ["string", "object"]}},
        "status": {"type": "string"},
        "folder": {"type": "string", "description": "path of project folders, e.g. Marketing/CRM; empty: the root"},
        "owner": {"type": "string", "minLength": 1},
        "permissions": {"type": "array", "items": PERMISSION_SCHEMA},
        "dashboard_users": {
            "anyOf": [
                {"type": "array", "items": {"type": ["string", "object"]}, "description": "logins"},
                {"type": "object", "properties": {"users": {"type": "array"}}},
            ]
        },
        "dashboard_authorizations": AUTHORIZATIONS_SCHEMA,
        "variables": {
            "type": "object",
            "properties": {"standard": {"type": "object"}, "local": {"type": "object"}},
            "additionalProperties": False,
        },
        "code_env": {
            "type": "object",
            "properties": {language: {"type": ["string", "object"]} for language in LANGUAGES},
            "additionalProperties": False,
            "description": "name of a code environment, builtin or inherit, by language",
        },
        "container": {"type": ["string", "object"], "description": "a container configuration, none or inherit"},
        "visual_container": {"type": ["string", "object"], "description": "the same for visual recipes"},
        "exposed": EXPOSED_SCHEMA,
        "bundle": BUNDLE_SCHEMA,
        "checklists": CHECKLISTS_SCHEMA,
        "settings": {"type": "object", "description": "any other project setting, under DSS's own name"},
        "customFields": {"type": "object"},
        "customMeta": {"type": "object"},
        DSS_KEY: {
            "type": "object",
            "properties": dict.fromkeys(PARTS, DSS_SCHEMA),
            "additionalProperties": False,
        },
    },
    "required": ["key"],
    "additionalProperties": False,
}
