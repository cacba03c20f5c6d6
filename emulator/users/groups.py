"""Group documents and their abilities. Source: api-admin-govern.md 4.2."""

from copy import deepcopy
from typing import TYPE_CHECKING, Final

from emulator.json_text import JsonObject
from emulator.users.errors import group_exists, group_missing
from emulator.users.users import check_name

if TYPE_CHECKING:
    from emulator.world import World

__all__ = ["ABILITIES", "Groups"]

ABILITIES: Final = (
    "mayManageUDM",
    "mayCreateProjects",
    "mayCreateProjectsFromMacros",
    "mayCreateProjectsFromTemplates",
    "mayCreateProjectsFromDataikuApps",
    "mayWriteSafeCode",
    "mayWriteUnsafeCode",
    "mayCreateAuthenticatedConnections",
    "mayCreateCodeEnvs",
    "mayManageCodeEnvs",
    "mayCreateClusters",
    "mayManageClusters",
    "mayCreateCodeStudioTemplates",
    "mayManageCodeStudioTemplates",
    "mayDevelopPlugins",
    "mayEditLibFolders",
    "mayViewIndexedHiveConnections",
    "mayCreatePublishedAPIServices",
    "mayCreatePublishedProjects",
    "mayWriteInRootProjectFolder",
    "mayCreateActiveWebContent",
    "mayCreateWorkspaces",
    "mayShareToWorkspaces",
    "mayCreateDataCollections",
    "mayPublishToDataCollections",
    "mayManageFeatureStore",
    "mayManageEnterpriseAssetLibrary",
    "mayCreateEnterpriseAssetCollections",
    "mayCreateMiraInfrastructures",
)
_DEFAULTS: Final[JsonObject] = {
    "description": "",
    "sourceType": "LOCAL",
    "admin": False,
    "ldapGroupNames": [],
    "azureADGroupNames": [],
    "ssoGroupNames": [],
    "customGroupNames": [],
    "canObtainAPITicketFromCookiesForGroupsRegex": "",
    **dict.fromkeys(ABILITIES, False),
}
_POST_KEYS: Final = ("name", "description", "sourceType")


class Groups:
    """The groups of a node; get it by ``world.state_of(Groups)``."""

    def __init__(self, world: "World") -> None:
        self._world = world

    def all(self) -> list[JsonObject]:
        """Return all groups."""
        return [self.definition(name) for name in self._world.groups]

    def definition(self, name: str) -> JsonObject:
        """Return the full document; implied abilities are not written into it [seen].

        Raises:
            DssError: no such group.
        """
        stored = self._world.groups.get(name)
        if stored is None:
            raise group_missing(name)
        return {"name": name, **deepcopy(_DEFAULTS), **stored}

    def create(self, body: JsonObject) -> str:
        """Store a new group from name, description and source type: abilities need a PUT [client].

        Raises:
            DssError: name taken or against the rules.
        """
        name = check_name(body.get("name"), "group name")
        if name in self._world.groups:
            raise group_exists(name)
        self._world.groups.put(name, {key: body[key] for key in _POST_KEYS if body.get(key) is not None})
        return name

    def replace(self, name: str, body: JsonObject) -> JsonObject:
        """Store a whole document under the same name and return it.

        Raises:
            DssError: no such group.
        """
        self.definition(name)
        self._world.groups.put(name, {"name": name, **{key: value for key, value in body.items() if key in _DEFAULTS}})
        return self.definition(name)

    def delete(self, name: str) -> None:
        """Remove a group; mentions of it in permissions dangle [inferred].

        Raises:
            DssError: no such group.
        """
        self.definition(name)
        self._world.groups.delete(name)
