"""User documents: defaults, passwords, secrets. Source: api-admin-govern.md 4.1."""

import re
from collections.abc import Callable
from copy import deepcopy
from typing import TYPE_CHECKING, Any, Final

from emulator.authentication import hash_secret
from emulator.encryption import Encryption
from emulator.errors import DssError
from emulator.json_text import JsonObject
from emulator.users.errors import invalid_settings, password_too_short, user_exists, user_missing

if TYPE_CHECKING:
    from emulator.world import World

__all__ = ["Users", "check_name"]

_NAME: Final = re.compile(r"[A-Za-z0-9@.+_-]{3,80}")
_POST_KEYS: Final = ("login", "displayName", "sourceType", "groups", "userProfile", "email")
_MINIMUM_PASSWORD: Final = 5
_PASSWORD_HASH: Final = "passwordHash"  # noqa: S105  a key, not a password

_DEFAULTS: Final[JsonObject] = {
    "sourceType": "LOCAL",
    "displayName": "",
    "email": "",
    "groups": [],
    "userProfile": "DATA_SCIENTIST",
    "enabled": True,
    "adminProperties": {},
    "userProperties": {},
    "secrets": [],
    "credentials": {},
    # Three s: the real name [seen].
    "activeWebSocketSesssions": 0,
    "npsSurveySettings": {"state": "INITIAL", "nextAction": 0},
    "objectImgHash": 0,
    "trialStatus": {"exists": False, "expired": False, "valid": False, "expiresOn": 0, "grantedOn": 0},
    "creationDate": 0,
    "preferences": {
        "uiLanguage": "en",
        "mentionEmails": True,
        "discussionEmails": True,
        "accessRequestEmails": True,
        "dailyDigestsEmails": False,
        "offlineActivityEmails": False,
    },
}
_OWN_KEYS: Final = frozenset({"secrets", "credentials", "userProperties", "preferences", "email", "displayName"})
_SERVER_KEYS: Final = frozenset(
    {"login", "creationDate", "activeWebSocketSesssions", "npsSurveySettings", "objectImgHash", "trialStatus"}
)


def check_name(name: object, what: str) -> str:
    """Return a login or group name that obeys the rules.

    Raises:
        DssError: ``ERR_SECURITY_CRUD_INVALID_SETTINGS``.
    """
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise invalid_settings(f"Invalid {what} {name!r}: 3 to 80 letters, digits and @ . + _ -")
    return name


class Users:
    """The users of a node; get it by ``world.state_of(Users)``."""

    def __init__(self, world: "World") -> None:
        self._world = world
        self._encryption = world.state_of(Encryption)

    def all(self, *, with_settings: bool) -> list[JsonObject]:
        """Return all users; properties and secrets only if asked [client]."""
        left_out = (
            frozenset() if with_settings else frozenset({"adminProperties", "userProperties", "secrets", "credentials"})
        )
        return [{k: v for k, v in self.definition(login).items() if k not in left_out} for login in self._world.users]

    def definition(self, login: str) -> JsonObject:
        """Return the full document: defaults filled in, no password, secrets encrypted.

        Raises:
            DssError: no such user.
        """
        stored = self._stored(login)
        return {
            **deepcopy(_DEFAULTS),
            **{key: value for key, value in deepcopy(stored).items() if key != _PASSWORD_HASH},
        }

    def public(self, login: str) -> JsonObject:
        """Return what every user may see of another.

        Raises:
            DssError: no such user.
        """
        document = self.definition(login)
        return {key: document[key] for key in ("login", "displayName", "groups", "email", "enabled")}

    def create(self, body: JsonObject) -> str:
        """Store a new user and return the login; ``enabled`` and the like are not taken here [client].

        Raises:
            DssError: login taken or against the rules, password too short, groups not a list.
        """
        login = check_name(body.get("login"), "login")
        if login in self._world.users:
            raise user_exists(login)
        if not body.get("displayName"):
            body = {**body, "displayName": login}
        groups = body.get("groups")
        if not isinstance(groups, list):
            raise invalid_settings("groups must be a list")  # null fails [seen]
        default_group = self._world.profile.default_group_of_new_users
        added = [] if default_group is None or default_group in groups else [default_group]
        taken = {key: body[key] for key in _POST_KEYS if body.get(key) is not None}
        document = {**taken, "groups": [*groups, *added], "enabled": True, "creationDate": self._world.clock.now_ms()}
        self._world.users.put(login, {**document, **_password_of(body)})
        return login

    def replace(self, login: str, body: JsonObject) -> JsonObject:
        """Store a whole document and return it; what the server owns stays.

        Raises:
            DssError: no such user, password too short.
        """
        before = self._stored(login)
        known = {key: value for key, value in body.items() if key in _DEFAULTS and key not in _SERVER_KEYS}
        fixed = {key: before[key] for key in (*_SERVER_KEYS, _PASSWORD_HASH) if key in before}
        self._world.users.put(login, {**self._protect(known), **fixed, **_password_of(body)})
        return self.definition(login)

    def replace_own(self, login: str, body: JsonObject) -> None:
        """Store what users may change of themselves.

        Raises:
            DssError: no such user.
        """
        before = self._stored(login)
        own = {key: value for key, value in body.items() if key in _OWN_KEYS}
        self._world.users.put(login, {**before, **self._protect(own)})

    def change(self, body: JsonObject) -> None:
        """Change only the keys of ``body``, as the bulk edit does [client].

        Raises:
            DssError: no such user.
        """
        login = str(body.get("login"))
        self.replace(login, {**self.definition(login), **body})

    def delete(self, login: str) -> None:
        """Remove a user with the personal keys.

        Raises:
            DssError: no such user.
        """
        self._stored(login)
        for key_id, key in list(self._world.personal_keys.items()):
            if key.get("user") == login:
                self._world.personal_keys.delete(key_id)
        self._world.users.delete(login)

    def activity(self, login: str) -> JsonObject:
        """Return the moments of the last logins: 0, this node has no login page.

        Raises:
            DssError: no such user.
        """
        self._stored(login)
        return {"login": login, "lastSuccessfulLogin": 0, "lastFailedLogin": 0, "lastSessionActivity": 0}

    def secrets(self, login: str) -> list[JsonObject]:
        """Return the user's secrets in clear text as ``/auth/info`` gives them: ``[{"key", "value"}]`` [client]."""
        stored = (self._world.users.get(login) or {}).get("secrets") or []
        return [{"key": item.get("name"), "value": self._encryption.reveal(item.get("value"))} for item in stored]

    def _stored(self, login: str) -> JsonObject:
        document = self._world.users.get(login)
        if document is None:
            raise user_missing(login)
        return document

    def _protect(self, document: JsonObject) -> JsonObject:
        changed = dict(document)
        if isinstance(document.get("secrets"), list):
            changed["secrets"] = [_hide(item, ("value",), self._encryption.protect) for item in document["secrets"]]
        if isinstance(document.get("credentials"), dict):
            names = ("password", "refreshToken")
            changed["credentials"] = {
                key: _hide(item, names, self._encryption.protect) for key, item in document["credentials"].items()
            }
        return changed


def in_bulk(items: list[Any], work: Callable[[Any], object], login_of: Callable[[Any], str]) -> list[JsonObject]:
    """Do ``work`` for each item; answer ``[{"login", "status", "error"}]``, never failing as a whole [client]."""
    results: list[JsonObject] = []
    for item in items:
        result: JsonObject = {"login": login_of(item), "status": "SUCCESS"}
        try:
            work(item)
        except DssError as error:
            result |= {"status": "FAILURE", "error": error.message}
        results.append(result)
    return results


def _password_of(body: JsonObject) -> JsonObject:
    password = body.get("password")
    if not password:
        return {}
    if len(str(password)) < _MINIMUM_PASSWORD:
        raise password_too_short()
    return {_PASSWORD_HASH: hash_secret(str(password))}


def _hide(item: Any, names: tuple[str, ...], protect: Callable[[object], object]) -> Any:
    if not isinstance(item, dict):
        return item
    return {key: protect(value) if key in names else value for key, value in item.items()}
