"""Two small kinds and a node in a dictionary, to test decisions without DSS: `cup` stands alone, `tea` needs a cup and falls with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from dataiku_iac.core.address import Address
from dataiku_iac.core.canonical import JsonObject
from dataiku_iac.core.fields import Field, FieldTable
from dataiku_iac.core.kind import Document, Kind, Live, Registry
from dataiku_iac.core.problem import Place
from dataiku_iac.core.resource import Configuration, Lifecycle, Reference, Relation, Resource
from dataiku_iac.core.roles import NodeApi, NodeReader


class Cup(Kind):
    """Spec and definition have the same keys."""

    name = "cup"
    section = "cups"
    rank = 30
    parts = ("definition",)
    table: ClassVar[FieldTable] = {
        "definition.versionTag": Field(server_owned=True, reason="written by the server"),
        "definition.size": Field(default="small"),
        "definition.glaze": Field(immutable=True),
        "definition.tags": Field(unordered=True, default=[]),
    }
    schema: ClassVar[JsonObject] = {"type": "object"}
    protects_data = True

    def expand(self, spec: JsonObject, address: Address) -> Document:
        return {"definition": dict(spec)}

    def shorten(self, document: Document, address: Address) -> JsonObject:
        found = document.get("definition", {})
        return found if isinstance(found, Mapping) else {}

    def list(self, api: NodeReader, project: str) -> Sequence[Live]:
        raise AssertionError("pure tests read no node")

    def read(self, api: NodeReader, project: str, live_id: str, parts: frozenset[str]) -> Live | None:
        raise AssertionError("pure tests read no node")

    def create(self, api: NodeApi, project: str, name: str, document: Document) -> str:
        raise AssertionError("pure tests write no node")

    def write(self, api: NodeApi, project: str, live_id: str, part: str, document: Document) -> None:
        raise AssertionError("pure tests write no node")

    def delete(self, api: NodeApi, project: str, live_id: str, *, drop_data: bool) -> None:
        raise AssertionError("pure tests write no node")


class Tea(Cup):
    """`reads` and `writes` name cups."""

    name = "tea"
    section = "teas"
    rank = 40
    falls_with = frozenset({"cup"})
    protects_data = False

    def references(self, spec: JsonObject, address: Address) -> Sequence[Reference]:
        return [
            Reference(Address("cup", address.project, str(spec[key])), relation, key)
            for key, relation in (("reads", Relation.READS), ("writes", Relation.WRITES))
            if key in spec
        ]


REGISTRY = Registry([Cup(), Tea()])


def cup(name: str) -> Address:
    return Address("cup", "P", name)


def tea(name: str) -> Address:
    return Address("tea", "P", name)


def configuration(specs: Mapping[Address, JsonObject], **lifecycles: Lifecycle) -> Configuration:
    resources = {
        address: Resource(address, spec, Place("p.yml", i + 1), lifecycle=lifecycles.get(address.name, Lifecycle()))
        for i, (address, spec) in enumerate(specs.items())
    }
    return Configuration("P", "dev", resources)


def live(address: Address, version: str = "1@1", **definition: object) -> tuple[Address, Live]:
    return address, Live(address.name, address.name, {"definition": definition}, version)  # type: ignore[dict-item]
