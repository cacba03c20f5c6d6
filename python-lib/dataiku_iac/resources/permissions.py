"""Entries of a project's permissions: ``{group: analysts, role: write}`` and the flags that DSS stores.

DSS stores every flag of its version explicitly and never what is implied: an administrator has ``admin`` and nothing else
[seen]. A declared entry is the whole entry: flags that it does not name are off. Flags of newer versions, which this
module does not know, are left as they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from dataiku_iac.core.canonical import Json, JsonObject
from dataiku_iac.resources.spec_keys import DSS_KEY, DSS_SCHEMA, SpecKeys

__all__ = ["FLAGS", "PERMISSION_SCHEMA", "ROLES", "expand_permission", "shorten_permission"]

FLAGS: Final = (
    *("admin", "editPermissions", "readProjectContent", "writeProjectContent", "exportDatasetsData", "readDashboards"),
    *("writeDashboards", "moderateDashboards", "publishToDataCollections", "shareToWorkspaces", "runScenarios"),
    *("manageDashboardAuthorizations", "manageExposedElements", "manageAdditionalDashboardUsers", "executeApp"),
)

ROLES: Final[Mapping[str, str]] = {
    "admin": "admin",  # implies everything [doc]
    "edit_permissions": "editPermissions",
    "write": "writeProjectContent",  # implies read, dashboards and running scenarios [doc]
    "read": "readProjectContent",  # implies reading dashboards [doc]
    "write_dashboards": "writeDashboards",
    "read_dashboards": "readDashboards",
    "run_scenarios": "runScenarios",
    "execute_app": "executeApp",
}
"""Role to the one flag that it stands for."""

_KEYS: Final = SpecKeys({}, ("group", "user", *FLAGS))

PERMISSION_SCHEMA: Final[JsonObject] = {
    "type": "object",
    "properties": {
        "group": {"type": "string", "minLength": 1},
        "user": {"type": "string", "minLength": 1},
        "role": {"enum": list(ROLES)},
        **{flag: {"type": "boolean"} for flag in FLAGS},
        DSS_KEY: DSS_SCHEMA,
    },
    "oneOf": [{"required": ["group"]}, {"required": ["user"]}],
    "additionalProperties": False,
}


def expand_permission(entry: JsonObject) -> JsonObject:
    """Return the stored entry with every flag we know; flags beside a role are added to it.

    >>> stored = expand_permission({"group": "analysts", "role": "read", "runScenarios": True})
    >>> [key for key, value in stored.items() if value is True]
    ['readProjectContent', 'runScenarios']
    """
    stored: dict[str, Json] = {"group": entry["group"]} if "group" in entry else {"user": entry.get("user")}
    stored |= dict.fromkeys(FLAGS, False)
    role = ROLES.get(str(entry.get("role")))
    if role is not None:
        stored[role] = True
    return stored | _KEYS.to_definition(entry)


def shorten_permission(stored: JsonObject) -> JsonObject:
    """Return the entry as people write it: the strongest role that is on, and what is on besides."""
    on = [flag for flag in FLAGS if stored.get(flag) is True]
    rest = {key: value for key, value in stored.items() if not (key in FLAGS and isinstance(value, bool))}
    role = next((role for role, flag in ROLES.items() if flag in on), None)
    flags: dict[str, Json] = dict.fromkeys((flag for flag in on if flag != ROLES.get(str(role))), True)
    flags = {**({"role": role} if role else {}), **flags}
    spec = _KEYS.to_spec(rest)
    return {**{key: spec.pop(key) for key in ("group", "user") if key in spec}, **flags, **spec}
