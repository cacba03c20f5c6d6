"""The world of one node: everything it knows hangs here. Two worlds may live in one process.

An area keeps instance-level data as a class that takes the world, ``world.state_of(MyStore)`` makes it once and keeps it;
what must last goes through ``world.disk`` (``config/<area>...json``) or a ``Register``. Project-level data goes the same
way through ``project.state_of``. See ``emulator/routing.py`` for routes.

What areas agree on:

* ``world.users`` login -> document, ``world.groups`` name -> document (booleans as stored), ``world.global_keys`` and
  ``world.personal_keys`` id -> document with ``keyHash`` (``authentication.hash_secret``) in place of the secret;
* ``world.connections`` name -> ``{name, type, params, allowWrite, allowManagedDatasets, allowManagedFolders, usableBy, ...}``;
* ``world.code_envs`` ``"<lang>/<name>"`` -> document, ``world.plugins`` is the plugin area's own business (``state_of``).
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal, TypeVar

from emulator.authentication import Authentication, hash_secret
from emulator.clock import Clock, SeededClock, WallClock
from emulator.disk import Disk
from emulator.encryption import Encryption
from emulator.errors import forbidden_by_profile, not_found, unauthorized
from emulator.ids import Ids
from emulator.json_text import JsonObject
from emulator.profile import Profile
from emulator.projects.project import Project
from emulator.registers import Register
from emulator.rights import Caller

__all__ = ["UPGRADED", "NodeKind", "NodeSettings", "World"]

NodeKind = Literal["design", "automation"]
State = TypeVar("State")
PROJECTS: Final = "config/projects"
UPGRADED: Final = "run/upgraded.json"
_STARTS: Final = "run/starts.json"
_ADMIN: Final = "admin"
_BOOTSTRAP_KEY: Final = "bootstrapadmin00"
_CHANGING_FLAGS: Final = frozenset({"writeProjectContent", "admin"})
_CODE_ABILITIES: Final = frozenset({"mayWriteSafeCode", "mayWriteUnsafeCode"})


@dataclass(frozen=True, slots=True)
class NodeSettings:
    """What a node is started with."""

    data_dir: Path
    kind: NodeKind = "design"
    node_id: str = "emulated-node"
    admin_key: str | None = None
    seed: str | None = None
    s3_endpoint: str | None = None
    profile: Profile = field(default_factory=Profile)


class World:
    """One node. Loads what ``data_dir`` holds, so a restart (or a kill) loses nothing that was answered."""

    def __init__(self, settings: NodeSettings) -> None:
        self.settings = settings
        self.kind: NodeKind = settings.kind
        self.node_id = settings.node_id
        self.profile = settings.profile
        self.disk = Disk(settings.data_dir)
        self.disk.delete("tmp")  # what a killed node had begun to write
        start_number = int(self.disk.read_json(_STARTS) or 0) + 1
        self.disk.write_json(_STARTS, start_number)
        upgraded = self.disk.read_json(UPGRADED)  # a node that was upgraded stays so
        if upgraded is not None:
            self.profile = self.profile.changed({"dss_version": upgraded})
        self.ids = Ids(settings.seed, start_number)
        self.clock: Clock = WallClock() if settings.seed is None else SeededClock(start_number)
        self.started_at_ms = self.clock.now_ms()
        self.url = ""  # set by the server once the port is known
        self.users = Register(self.disk, "config/users.json")
        self.groups = Register(self.disk, "config/groups.json")
        self.global_keys = Register(self.disk, "config/global-api-keys.json")
        self.personal_keys = Register(self.disk, "config/personal-api-keys.json")
        self.connections = Register(self.disk, "config/connections.json")
        self.code_envs = Register(self.disk, "config/code-envs.json")
        self._states: dict[object, object] = {}
        self.state_of(Encryption)  # makes the node's key now: at first use, a GET would be logged as a change
        self.authentication = Authentication(self)
        self.admin_key = self._bootstrap()
        self.projects: dict[str, Project] = {}
        for directory in sorted(self.disk.path(PROJECTS).glob("*")):
            if (directory / "params.json").is_file():
                self.open_project(directory.name)

    def state_of(self, make: Callable[["World"], State]) -> State:
        """Return the node's one instance of ``make`` (an area's store), made at first use."""
        if make not in self._states:
            self._states[make] = make(self)
        return self._states[make]  # type: ignore[return-value]  # by construction the instance that this callable made

    def open_project(self, key: str) -> Project:
        """Load the project directory ``config/projects/<key>`` and serve it."""
        project = Project(key, self.disk.sub(f"{PROJECTS}/{key}"), self.clock)
        self.projects[key] = project
        return project

    def project(self, key: str) -> Project:
        """Return a project; the route has already judged the caller's rights."""
        return self.projects[key]

    def judge_project(self, key: str, caller: Caller, flag: str) -> None:
        """Refuse unless ``caller`` has ``flag`` on the project.

        Unknown and invisible projects get the same answer [seen], so that existence is not told.
        """
        project = self.projects.get(key)
        status = self.profile.missing_project_status_for_admin
        if project is None and caller.is_admin and status is not None:
            raise not_found(f"Project does not exist: {key}", status=status)
        flags = frozenset() if project is None else caller.flags_on(key, project.params)
        if not flags:
            raise unauthorized("Failed to read project permissions", status=self.profile.hidden_project_status)
        if flag not in flags:
            raise unauthorized(
                f"You do not have the permission to perform this action on project {key} (missing: {flag})"
            )
        if flag in _CHANGING_FLAGS and caller.user_profile in self.profile.reading_profiles and not caller.is_admin:
            raise forbidden_by_profile(caller.user_profile)

    def judge_code(self, caller: Caller) -> None:
        """Refuse unless ``caller`` may write code at all [doc]; which of the two abilities it takes depends on user isolation."""
        if self.profile.code_needs_ability and not caller.is_admin and not caller.abilities & _CODE_ABILITIES:
            raise unauthorized("You may not write code (missing: mayWriteSafeCode or mayWriteUnsafeCode)")

    def _bootstrap(self) -> str:
        """Make sure that one admin user and one admin key exist; return the key's secret."""
        if _ADMIN not in self.users:
            self.users.put(_ADMIN, _admin_user(self.clock.now_ms()))
            for name, document in _GROUPS.items():
                self.groups.put(name, document)
            for name, document in _CONNECTIONS.items():
                self.connections.put(name, document)
        secret = self.settings.admin_key or f"dkuaps-{secrets.token_urlsafe(24)}"
        if (self.global_keys.get(_BOOTSTRAP_KEY) or {}).get("keyHash") != hash_secret(secret):
            self.global_keys.put(_BOOTSTRAP_KEY, _admin_key(secret, self.clock.now_ms()))
        return secret


def _admin_user(now_ms: int) -> JsonObject:
    return {
        "login": _ADMIN,
        "sourceType": "LOCAL",
        "displayName": "Administrator",
        "groups": ["administrators"],
        "userProfile": "FULL_DESIGNER",
        "enabled": True,
        "creationDate": now_ms,
    }


def _admin_key(secret: str, now_ms: int) -> JsonObject:
    return {
        "id": _BOOTSTRAP_KEY,
        "keyHash": hash_secret(secret),
        "label": "emulator",
        "description": "Admin key of the emulated node",
        "globalPermissions": {"admin": True},
        "createdOn": now_ms,
        "createdBy": _ADMIN,
        "expiresOn": 0,
        "expiry": 0,
    }


_DESIGNER_ABILITIES: Final = (
    "mayCreateProjects",
    "mayCreateProjectsFromMacros",
    "mayCreateProjectsFromTemplates",
    "mayWriteUnsafeCode",
    "mayWriteSafeCode",
    "mayCreateAuthenticatedConnections",
    "mayWriteInRootProjectFolder",
    "mayCreateActiveWebContent",
    "mayShareToWorkspaces",
)
_GROUPS: Final[dict[str, JsonObject]] = {
    "administrators": {
        "name": "administrators",
        "description": "DSS administrators",
        "sourceType": "LOCAL",
        "admin": True,
    },
    "data_team": {
        "name": "data_team",
        "sourceType": "LOCAL",
        "admin": False,
        **dict.fromkeys(_DESIGNER_ABILITIES, True),
    },
    "readers": {"name": "readers", "sourceType": "LOCAL", "admin": False},
}


def _filesystem_connection(name: str, root: str, *, datasets: bool, folders: bool) -> JsonObject:
    return {
        "name": name,
        "type": "Filesystem",
        "params": {"root": root},
        "allowWrite": True,
        "allowManagedDatasets": datasets,
        "allowManagedFolders": folders,
        "useGlobalProxy": False,
        "maxActivities": 0,
        "credentialsMode": "GLOBAL",
        "usableBy": "ALL",
        "allowedGroups": [],
        "detailsReadability": {"readableBy": "NONE", "allowedGroups": []},
        "indexingSettings": {"indexForeignKeys": False, "indexIndices": False, "indexSystemTables": False},
        "customFields": {},
    }


_CONNECTIONS: Final[dict[str, JsonObject]] = {
    name: _filesystem_connection(name, root, datasets=datasets, folders=folders)
    for name, root, datasets, folders in (
        ("filesystem_managed", "${dip.home}/managed_datasets", True, True),
        ("filesystem_folders", "${dip.home}/managed_folders", False, True),
        ("filesystem_root", "/", False, False),
    )
}
