"""From the headers of a call to its caller: keys, tickets, impersonation.

Sources: api-projects-scenarios-deployer.md 1.2, 1.3; api-admin-govern.md 1.1, 5.
"""

import base64
import binascii
import hashlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from emulator.errors import not_authenticated, unauthorized
from emulator.json_text import JsonObject
from emulator.rights import Caller, expand_flags, flags_of

if TYPE_CHECKING:
    from emulator.world import World

__all__ = ["Authentication", "hash_secret"]

_TICKET_LENGTH: Final = 40


def hash_secret(secret: str) -> str:
    """Return what is stored of a key: registers and disk never hold the secret itself (``keyHash``)."""
    return hashlib.sha256(secret.encode()).hexdigest()


class Authentication:
    """Knows keys through the registers ``world.global_keys`` and ``world.personal_keys`` (id -> document with ``keyHash``)."""

    def __init__(self, world: "World") -> None:
        self._world = world
        self._tickets: dict[str, Caller] = {}
        self._cache: dict[str, tuple[Caller, int]] = {}  # with the moment the key expires, 0 for never
        for register in (world.global_keys, world.personal_keys, world.users, world.groups):
            register.on_change(self._cache.clear)

    def caller(self, headers: Mapping[str, str]) -> Caller:
        """Return who calls; raises 401 ``Unknown API Key``."""
        caller = self._authenticate(headers)
        login = headers.get("x-dku-proxyuser")
        if not login:
            return caller
        if not caller.is_admin:
            raise unauthorized("Only an admin key may impersonate another user")
        return self.caller_of_user(login, auth_source=caller.auth_source)

    def issue_ticket(self, caller: Caller) -> str:
        """Return a ticket for code that the node starts itself (``X-DKU-APITicket``); lost at restart."""
        ticket = self._world.ids.draw(_TICKET_LENGTH)
        self._tickets[ticket] = caller
        return ticket

    def revoke_ticket(self, ticket: str) -> None:
        """Forget a ticket."""
        self._tickets.pop(ticket, None)

    def caller_of_user(self, login: str, *, auth_source: str = "PERSONAL_API_KEY") -> Caller:
        """Return the caller that a user is; raises 401 for an unknown or disabled user."""
        user = self._world.users.get(login)
        if user is None or user.get("enabled") is False:
            raise not_authenticated(f"User does not exist or is not enabled: {login}")
        groups = tuple(user.get("groups") or ())
        is_admin, abilities = self._abilities(groups)
        return Caller(
            identity=login,
            auth_source=auth_source,
            is_admin=is_admin,
            login=login,
            groups=groups,
            abilities=abilities,
            user_profile=user.get("userProfile") or "FULL_DESIGNER",
        )

    def caller_of_global_key(self, key: JsonObject) -> Caller:
        """Return the caller that a global key is: itself, with its own rights and those of its groups."""
        groups = tuple(key.get("groups") or ())
        admin_by_group, by_group = self._abilities(groups)
        permissions: Mapping[str, Any] = key.get("globalPermissions") or {}
        own = frozenset(name for name, granted in permissions.items() if granted is True)
        projects: Mapping[str, Any] = key["projects"] if isinstance(key.get("projects"), dict) else {}
        return Caller(
            identity=f"api:{key['id']}",
            auth_source="CONFIGURABLE_API_KEY_GLOBAL",
            is_admin=admin_by_group or "admin" in own,
            groups=groups,
            abilities=by_group | own,
            project_flags={name: expand_flags(flags_of(entry)) for name, entry in projects.items()},
        )

    def _authenticate(self, headers: Mapping[str, str]) -> Caller:
        ticket = headers.get("x-dku-apiticket")
        if ticket is not None:
            if ticket not in self._tickets:
                raise not_authenticated("Unknown API ticket")
            return self._tickets[ticket]
        credentials = headers.get("authorization", "")
        known = self._cache.get(credentials)
        if known is None or (known[1] and known[1] <= self._world.clock.now_ms()):
            known = self._cache[credentials] = self._lookup(credentials)
        return known[0]

    def _lookup(self, credentials: str) -> tuple[Caller, int]:
        hashes = {hash_secret(secret) for secret in _secrets(credentials)}
        now = self._world.clock.now_ms() if hashes else 0
        for key in self._world.global_keys.values():
            if key.get("keyHash") in hashes and not _is_expired(key, now):
                return self.caller_of_global_key(key), int(key.get("expiresOn") or 0)
        for key in self._world.personal_keys.values():
            if key.get("keyHash") in hashes and not _is_expired(key, now):
                return self.caller_of_user(key["user"]), int(key.get("expiresOn") or 0)
        raise not_authenticated()

    def _abilities(self, groups: tuple[str, ...]) -> tuple[bool, frozenset[str]]:
        granted: set[str] = set()
        for name in groups:
            group = self._world.groups.get(name) or {}
            granted |= {key for key, value in group.items() if value is True}
        return "admin" in granted, frozenset(granted)


def _secrets(credentials: str) -> list[str]:
    """Return the possible keys: Basic with the key as user (client) or as password (doc), or Bearer."""
    scheme, _, value = credentials.partition(" ")
    if scheme.lower() == "bearer":
        return [value.strip()] if value.strip() else []
    if scheme.lower() != "basic":
        return []
    try:
        user, _, password = base64.b64decode(value).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return []
    return [secret for secret in (user, password) if secret]


def _is_expired(key: JsonObject, now_ms: int) -> bool:
    return 0 < (key.get("expiresOn") or 0) <= now_ms
