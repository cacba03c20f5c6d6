"""Who we are on a node, and what kind of node it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from dataiku_iac.core.canonical import Json, is_list
from dataiku_iac.core.errors import UnexpectedShape
from dataiku_iac.core.roles import NodeReader

__all__ = ["Identity", "NodeFacts", "read_identity", "read_node_facts"]


@dataclass(frozen=True, slots=True)
class Identity:
    """The caller, e.g. ``login="alice", source="PERSONAL_API_KEY", groups=("data_team",)``.

    ``login`` is that of the user, or the key's own identity for global keys (``api:…``). ``is_admin`` is ``None`` where
    the node does not say.
    """

    login: str
    source: str
    groups: tuple[str, ...]
    is_admin: bool | None

    @property
    def is_user(self) -> bool:
        """True for a person: what they save bears their login. How a global key is spelled there is [unknown]."""
        return self.source in ("PERSONAL_API_KEY", "USER_FROM_UI")


@dataclass(frozen=True, slots=True)
class NodeFacts:
    """What a node says of itself, e.g. ``kind="DESIGN", dss_version="14.6.2", node_id="design-1"``; empty where it is silent."""

    kind: str
    dss_version: str
    node_id: str
    name: str


class _Facts(NodeReader, Protocol):
    @property
    def versions(self) -> tuple[str, str]: ...


def read_identity(api: NodeReader) -> Identity:
    """Return who the key belongs to (``GET /auth/info``, api-admin-govern 5.1).

    Raises:
        NotAllowed: the key is wrong.
    """
    raw = api.get("/auth/info")
    if not isinstance(raw, Mapping) or not isinstance(raw.get("authIdentifier"), str):
        raise UnexpectedShape(
            "GET /auth/info has no authIdentifier",
            where="identity of the API key",
            next_step="check that the URL is that of a DSS node",
        )
    admin = raw.get("admin")
    return Identity(
        login=_text(raw, "associatedDSSUser") or _text(raw, "authIdentifier"),
        source=_text(raw, "authSource"),
        groups=_texts(raw.get("groups")) or _texts(raw.get("userGroups")),  # both names occur [client, doc]
        is_admin=admin if isinstance(admin, bool) else None,
    )


def read_node_facts(api: _Facts) -> NodeFacts:
    """Return what ``GET /instance-info`` says; the version also comes with every answer's headers [doc]."""
    raw = api.get("/instance-info")
    facts = raw if isinstance(raw, Mapping) else {}
    return NodeFacts(
        kind=_text(facts, "nodeType"),
        dss_version=_text(facts, "dssVersion") or api.versions[0],
        node_id=_text(facts, "nodeId"),
        name=_text(facts, "nodeName"),
    )


def _text(raw: Mapping[str, Json], key: str) -> str:
    value = raw.get(key)
    return value if isinstance(value, str) else ""


def _texts(value: Json) -> tuple[str, ...]:
    return tuple(item for item in value if isinstance(item, str)) if is_list(value) else ()
