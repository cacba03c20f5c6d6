"""Definitions of connections: defaults, secrets, who may use and read them.

``params`` are passed through: a node knows more keys per type than anybody outside. Source: api-admin-govern.md 2.
"""

from collections.abc import Callable
from copy import deepcopy
from typing import TYPE_CHECKING, Any, Final

from emulator.connections.errors import connection_exists, connection_missing, details_not_readable, not_usable
from emulator.connections.types import BASE_DEFAULTS, POST_KEYS, TYPES, ConnectionType, base_defaults
from emulator.encryption import Encryption
from emulator.errors import illegal_argument, null_pointer
from emulator.json_text import JsonObject
from emulator.rights import Caller

if TYPE_CHECKING:
    from emulator.world import World

__all__ = ["Connections"]

_KNOWN_KEYS: Final = frozenset({*BASE_DEFAULTS, *POST_KEYS, "creationTag", "owner"})
_UNKNOWN_TYPE: Final = ConnectionType()


class Connections:
    """The connections of a node; get it by ``world.state_of(Connections)``."""

    def __init__(self, world: "World") -> None:
        self._world = world
        self._encryption = world.state_of(Encryption)

    def all(self) -> JsonObject:
        """Return name -> definition, secrets encrypted."""
        return {name: self.definition(name) for name in self._world.connections}

    def names(self, caller: Caller, wanted_type: str) -> list[str]:
        """Return the names the caller may use, of one type or ``all``."""
        return [
            name
            for name, document in self._world.connections.items()
            if wanted_type in ("all", document.get("type")) and self.is_usable(document, caller)
        ]

    def definition(self, name: str) -> JsonObject:
        """Return the stored definition with defaults filled in and secrets encrypted.

        Raises:
            DssError: no such connection.
        """
        stored = self._stored(name)
        known = TYPES.get(stored.get("type", ""), _UNKNOWN_TYPE)
        return {
            **base_defaults(known),
            **deepcopy(stored),
            "params": {**deepcopy(dict(known.params)), **stored.get("params", {})},
        }

    def create(self, body: JsonObject, caller: Caller) -> None:
        """Store a new connection from the few keys that POST takes.

        Raises:
            DssError: name missing or taken, type unknown.
        """
        name = body.get("name")
        if not isinstance(name, str) or not name:
            raise illegal_argument("Connection name is not specified")
        if name in self._world.connections:
            raise connection_exists(name, self._world.profile)
        if body.get("type") not in TYPES:
            raise null_pointer()  # "S3" instead of "EC2" fails with an opaque error [seen]; taken to hold for every unknown type
        tag = {
            "versionNumber": 0,
            "lastModifiedBy": {"login": caller.identity},
            "lastModifiedOn": self._world.clock.now_ms(),
        }
        taken = {key: body[key] for key in POST_KEYS if body.get(key) is not None}
        self._put(name, {"params": {}, **taken, "creationTag": tag}, before={})

    def replace(self, name: str, body: JsonObject) -> JsonObject:
        """Store a whole definition; name, type and creation stay as they are, unknown keys beside ``params`` vanish.

        Raises:
            DssError: no such connection.
        """
        before = self._stored(name)
        keep_all = self._world.profile.keep_unknown_fields
        kept = {key: value for key, value in body.items() if keep_all or key in _KNOWN_KEYS}
        fixed: JsonObject = {key: before[key] for key in ("name", "type", "creationTag") if key in before}
        self._put(name, {**kept, "params": dict(kept.get("params") or {}), **fixed}, before=before)
        return self.definition(name)

    def delete(self, name: str) -> None:
        """Forget a connection, used or not [inferred].

        Raises:
            DssError: no such connection.
        """
        self._stored(name)
        self._world.connections.delete(name)

    def is_usable(self, document: JsonObject, caller: Caller) -> bool:
        """Return whether ``caller`` may create datasets and folders on the connection."""
        if caller.is_admin or document.get("usableBy", "ALL") == "ALL":
            return True
        return _shares_group(document.get("allowedGroups"), caller)

    def check_usable(self, name: str, caller: Caller) -> JsonObject:
        """Return the stored definition if ``caller`` may use the connection.

        Raises:
            DssError: no such connection, or not for this caller.
        """
        stored = self._stored(name)
        if not self.is_usable(stored, caller):
            raise not_usable(name)
        return stored

    def are_details_readable(self, document: JsonObject, caller: Caller) -> bool:
        """Return whether ``caller`` may read details and credentials ("Details readable by" [doc])."""
        if caller.is_admin and self._world.profile.admin_reads_connection_details:
            return True
        rule: JsonObject = document.get("detailsReadability") or {}
        match rule.get("readableBy", "NONE"):
            case "ALL":
                return True
            case "ALLOWED":
                return _shares_group(rule.get("allowedGroups"), caller)
            case _:
                return False

    def info(self, name: str, caller: Caller) -> JsonObject:
        """Return what ``DSSConnection.get_info`` shows, credentials in clear text [client].

        Raises:
            DssError: no such connection, details not readable, or secrets of another node.
        """
        definition = self.definition(name)
        if not self.are_details_readable(definition, caller):
            raise details_not_readable(name)
        params = definition["params"]
        info: JsonObject = {
            "type": definition["type"],
            "credentialsMode": definition["credentialsMode"],
            "params": params,
            "resolvedParams": None,
        }
        if definition["type"] == "EC2":
            credential = self.aws_credential(name)
            if credential is not None:
                info["resolvedAWSCredential"] = credential
        elif "user" in params or "password" in params:
            info["resolvedBasicCredential"] = {
                "user": params.get("user"),
                "password": self._encryption.reveal(params.get("password")),
            }
        return info

    def aws_credential(self, name: str) -> JsonObject | None:
        """Return ``{"accessKey", "secretKey"}`` of an ``EC2`` connection in clear text, for the node's own use.

        ``None`` for the credential modes that need Amazon (machine role, assumed role).
        """
        params = self.definition(name)["params"]
        if params["credentialsMode"] != "KEYPAIR":
            return None
        return {"accessKey": params.get("accessKey"), "secretKey": self._encryption.reveal(params.get("secretKey"))}

    def _stored(self, name: str) -> JsonObject:
        document = self._world.connections.get(name)
        if document is None:
            raise connection_missing(name, self._world.profile)
        return document

    def _put(self, name: str, document: JsonObject, *, before: JsonObject) -> None:
        known = TYPES.get(document.get("type", ""), _UNKNOWN_TYPE)
        params = dict(document["params"])
        if self._world.profile.omitted_connection_secret == "kept":  # noqa: S105  a switch, not a secret
            old = before.get("params") or {}
            params |= {key: old[key] for key in known.secrets if key in old and key not in params}
        params = {
            key: self._encryption.protect(value) if key in known.secrets else value for key, value in params.items()
        }
        if isinstance(params.get("properties"), list):
            params["properties"] = [_protect_property(item, self._encryption.protect) for item in params["properties"]]
        self._world.connections.put(name, {**document, "params": params})


def _protect_property(item: Any, protect: Callable[[object], object]) -> Any:
    if isinstance(item, dict) and item.get("secret") is True:
        return {**item, "value": protect(item.get("value"))}
    return item


def _shares_group(allowed: Any, caller: Caller) -> bool:
    return bool(set(allowed or ()) & set(caller.groups))
