"""Who calls, and what project permissions mean.

Stored permission entries keep exactly the booleans that were PUT; implications are applied here, when a call is judged [inferred].
Source: api-admin-govern.md 10, api-projects-scenarios-deployer.md 3.5.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final

__all__ = ["PROJECT_FLAGS", "Caller", "Right", "expand_flags", "flags_of"]


class Right(Enum):
    """What a route asks of its caller. Project rights apply to the ``{project_key}`` of the route."""

    ANONYMOUS = "anonymous"
    AUTHENTICATED = "authenticated"
    INSTANCE_ADMIN = "instance admin"
    VISIBLE = "readDashboards"
    READ = "readProjectContent"
    WRITE = "writeProjectContent"
    WRITE_DASHBOARDS = "writeDashboards"
    RUN_SCENARIOS = "runScenarios"
    EXPORT_DATA = "exportDatasetsData"
    EDIT_PERMISSIONS = "editPermissions"
    PROJECT_ADMIN = "admin"


PROJECT_FLAGS: Final = (
    "admin",
    "editPermissions",
    "readProjectContent",
    "writeProjectContent",
    "exportDatasetsData",
    "readDashboards",
    "writeDashboards",
    "moderateDashboards",
    "publishToDataCollections",
    "shareToWorkspaces",
    "runScenarios",
    "manageDashboardAuthorizations",
    "manageExposedElements",
    "manageAdditionalDashboardUsers",
    "executeApp",
)

_IMPLIED: Final[Mapping[str, frozenset[str]]] = {
    "admin": frozenset(PROJECT_FLAGS),
    "editPermissions": frozenset({"readDashboards"}),
    "writeProjectContent": frozenset({"readProjectContent", "readDashboards", "writeDashboards", "runScenarios"}),
    "readProjectContent": frozenset({"readDashboards"}),
    "publishToDataCollections": frozenset({"manageDashboardAuthorizations"}),
    "shareToWorkspaces": frozenset({"manageDashboardAuthorizations"}),
}


@dataclass(frozen=True, slots=True)
class Caller:
    """The identity behind a request.

    ``identity`` is what version tags record: a login, or ``api:<key id>`` for a key without a user [seen].
    ``project_flags`` are grants that the key itself carries, e.g. ``{"CRM": frozenset({"readProjectContent"})}``.
    ``abilities`` are the group-level ``may...`` rights, e.g. ``mayCreateProjects``.
    """

    identity: str
    auth_source: str
    is_admin: bool = False
    login: str | None = None
    groups: tuple[str, ...] = ()
    abilities: frozenset[str] = frozenset()
    user_profile: str = "FULL_DESIGNER"
    project_flags: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def flags_on(self, project_key: str, permissions: Mapping[str, Any]) -> frozenset[str]:
        """Return the effective flags on a project whose permissions document is ``permissions`` (owner, permissions)."""
        if self.is_admin or (self.login is not None and permissions.get("owner") == self.login):
            return frozenset(PROJECT_FLAGS)
        granted = set(self.project_flags.get(project_key, ()))
        for entry in permissions.get("permissions") or ():
            mine = self.login is not None and entry.get("user") == self.login
            if mine or entry.get("group") in self.groups:
                granted |= flags_of(entry)
        return expand_flags(granted)


def flags_of(entry: Mapping[str, Any]) -> frozenset[str]:
    """Return the flags that a stored permission entry switches on."""
    return frozenset(flag for flag in PROJECT_FLAGS if entry.get(flag) is True)


def expand_flags(flags: Iterable[str]) -> frozenset[str]:
    """Return ``flags`` with everything they imply, e.g. write implies read [doc]."""
    expanded = set(flags)
    while added := {implied for flag in expanded for implied in _IMPLIED.get(flag, ())} - expanded:
        expanded |= added
    return frozenset(expanded)
