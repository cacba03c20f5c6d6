"""API keys: global ones with rights of their own, personal ones of a user. Source: api-admin-govern.md 5."""

import secrets
from copy import deepcopy
from typing import TYPE_CHECKING, Final

from emulator.authentication import hash_secret
from emulator.json_text import JsonObject
from emulator.registers import Register
from emulator.rights import Caller
from emulator.users.errors import key_missing, user_missing

if TYPE_CHECKING:
    from emulator.world import World

__all__ = ["ApiKeys"]

_ID_LENGTH: Final = 16
_MASK: Final = "******"
_DAY_MS: Final = 86_400_000
_GLOBAL_DEFAULTS: Final[JsonObject] = {
    "label": "",
    "description": "",
    "dssUserForImpersonation": None,
    "adminProperties": {},
    "userProperties": {},
    "globalPermissions": {"admin": False},
    "execSQLLike": False,
    "projectFolders": {},
    "projects": {},
    "codeEnvs": {},
    "clusters": {},
    "codeStudioTemplates": {},
    "plugins": {},
    "pluginPresets": {},
    "pluginParameterSets": {},
    "unscopedDatasets": {},
    "groups": [],
    "expiresOn": 0,
    "expiry": 0,
}


class ApiKeys:
    """All keys of a node. The value of a key is told once, by the call that makes it; after that only its hash is kept."""

    def __init__(self, world: "World") -> None:
        self._world = world

    def global_keys(self) -> list[JsonObject]:
        """Return the global keys without their values."""
        return [self.global_key(key_id) for key_id in self._world.global_keys]

    def global_key(self, key_id: str) -> JsonObject:
        """Return one global key without its value.

        Raises:
            DssError: no such key.
        """
        return {**deepcopy(_GLOBAL_DEFAULTS), **self._shown(self._world.global_keys, key_id)}

    def global_key_by_value(self, value: str) -> JsonObject:
        """Return the global key whose value is ``value`` (the old route).

        Raises:
            DssError: no such key.
        """
        hashed = hash_secret(value)
        for key_id, key in self._world.global_keys.items():
            if key.get("keyHash") == hashed:
                return self.global_key(key_id)
        raise key_missing(_MASK)

    def create_global(self, body: JsonObject, caller: Caller) -> JsonObject:
        """Store a new global key and return it with its value."""
        known = {key: value for key, value in body.items() if key in _GLOBAL_DEFAULTS and value is not None}
        return self._create(self._world.global_keys, {**deepcopy(_GLOBAL_DEFAULTS), **known}, caller)

    def replace_global(self, key_id: str, body: JsonObject) -> None:
        """Change a global key; its value cannot be changed [client].

        Raises:
            DssError: no such key.
        """
        before = self._stored(self._world.global_keys, key_id)
        known = {key: value for key, value in body.items() if key in _GLOBAL_DEFAULTS}
        expiry = known.get("expiry") or 0
        if expiry != before.get("expiry"):
            known["expiresOn"] = self._world.clock.now_ms() + int(expiry) * _DAY_MS if expiry else 0
        self._world.global_keys.put(key_id, {**before, **known})

    def delete_global(self, key_id: str) -> None:
        """Remove a global key.

        Raises:
            DssError: no such key.
        """
        self._stored(self._world.global_keys, key_id)
        self._world.global_keys.delete(key_id)

    def personal_keys(self, login: str | None) -> list[JsonObject]:
        """Return the personal keys of one user, or of all."""
        keys = self._world.personal_keys
        return [self._shown(keys, key_id) for key_id, key in keys.items() if login in (None, key.get("user"))]

    def personal_key(self, key_id: str, caller: Caller) -> JsonObject:
        """Return a personal key; those of others are for admins.

        Raises:
            DssError: no such key for this caller.
        """
        self._own(key_id, caller)
        return self._shown(self._world.personal_keys, key_id)

    def create_personal(self, login: str, body: JsonObject, caller: Caller) -> JsonObject:
        """Store a new key of ``login`` and return it with its value.

        Raises:
            DssError: no such user.
        """
        if login not in self._world.users:
            raise user_missing(login)
        texts = {name: body.get(name) or "" for name in ("label", "description")}
        return self._create(self._world.personal_keys, {"user": login, **texts, "expiresOn": 0}, caller)

    def replace_personal(self, key_id: str, body: JsonObject, caller: Caller) -> None:
        """Change label and description, the only editable parts [client].

        Raises:
            DssError: no such key for this caller.
        """
        before = self._own(key_id, caller)
        self._world.personal_keys.put(key_id, {**before, **{n: body.get(n) or "" for n in ("label", "description")}})

    def delete_personal(self, key_id: str, caller: Caller) -> None:
        """Remove a personal key.

        Raises:
            DssError: no such key for this caller.
        """
        self._own(key_id, caller)
        self._world.personal_keys.delete(key_id)

    def _create(self, register: Register, document: JsonObject, caller: Caller) -> JsonObject:
        value = f"dkuaps-{secrets.token_urlsafe(24)}"
        key_id = self._world.ids.draw(_ID_LENGTH, taken=register)
        made = {"id": key_id, **document, "createdOn": self._world.clock.now_ms(), "createdBy": caller.identity}
        register.put(key_id, {**made, "keyHash": hash_secret(value)})
        return {**made, "key": value}

    def _shown(self, register: Register, key_id: str) -> JsonObject:
        document = {key: value for key, value in self._stored(register, key_id).items() if key != "keyHash"}
        if self._world.profile.api_key_after_creation == "masked":
            document["key"] = _MASK
        return document

    def _own(self, key_id: str, caller: Caller) -> JsonObject:
        key = self._stored(self._world.personal_keys, key_id)
        if not caller.is_admin and key.get("user") != caller.login:
            raise key_missing(key_id)
        return key

    @staticmethod
    def _stored(register: Register, key_id: str) -> JsonObject:
        key = register.get(key_id)
        if key is None:
            raise key_missing(key_id)
        return key
