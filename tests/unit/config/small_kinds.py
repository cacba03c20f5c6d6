"""Kinds as small as can be, so that tests of the language speak of the language only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from dataiku_iac.core.address import Address
from dataiku_iac.core.canonical import Json, JsonObject, is_list, is_object
from dataiku_iac.core.fields import Field, FieldTable
from dataiku_iac.core.kind import Document, FileField, Kind, Live, Registry
from dataiku_iac.core.mentions import Mention
from dataiku_iac.core.problem import Problem, Severity
from dataiku_iac.core.resource import Reference, Relation
from dataiku_iac.core.roles import NodeApi, NodeReader

__all__ = ["SMALL", "DatasetKind"]


def entry_schema(required: Sequence[str] = ("name",), **properties: Json) -> JsonObject:
    return {
        "type": "object",
        "properties": {"name": {"type": "string"}, **properties},
        "required": list(required),
        "additionalProperties": False,
    }


class SmallKind(Kind):
    """Its document is its spec."""

    parts: ClassVar[tuple[str, ...]] = ("definition",)
    table: ClassVar[FieldTable] = {
        "definition.versionTag": Field(server_owned=True, reason="counts saves"),
        "definition.params.position": Field(ignored=True, reason="where it is drawn"),
        "definition.projectKey": Field(server_owned=True, reason="the address says it"),
    }

    def expand(self, spec: JsonObject, address: Address) -> Document:
        return {"definition": {**spec, "projectKey": address.project}}

    def shorten(self, document: Document, address: Address) -> JsonObject:
        definition = document["definition"]
        assert is_object(definition)
        return {key: value for key, value in definition.items() if key != "projectKey"}

    def list(self, api: NodeReader, project: str) -> Sequence[Live]:
        raise AssertionError("no test of the language reads a node")

    def read(self, api: NodeReader, project: str, live_id: str, parts: frozenset[str]) -> Live | None:
        raise AssertionError("no test of the language reads a node")

    def create(self, api: NodeApi, project: str, name: str, document: Document) -> str:
        raise AssertionError("no test of the language writes a node")

    def write(self, api: NodeApi, project: str, live_id: str, part: str, document: Document) -> None:
        raise AssertionError("no test of the language writes a node")

    def delete(self, api: NodeApi, project: str, live_id: str, *, drop_data: bool) -> None:
        raise AssertionError("no test of the language writes a node")


class ProjectKind(SmallKind):
    name, section, rank = "project", "project", 0
    schema: ClassVar[JsonObject] = entry_schema(
        ["key"], key={"type": "string"}, description={"type": "string"}, variables={"type": "object"}
    )


class ZoneKind(SmallKind):
    is_brief: ClassVar[bool] = True
    name, section, rank = "zone", "zones", 10
    schema: ClassVar[JsonObject] = entry_schema(color={"type": "string"})


class FolderKind(SmallKind):
    is_brief: ClassVar[bool] = True
    name, section, rank = "folder", "folders", 20
    chosen_by_server, prefix, is_computable = True, "folder:", True
    schema: ClassVar[JsonObject] = entry_schema(connection={"type": "string"})


class LibraryKind(SmallKind):
    name, section, rank = "library", "libraries", 25
    files: ClassVar[tuple[FileField, ...]] = (FileField("content", "file", "lib"),)
    schema: ClassVar[JsonObject] = entry_schema(
        ["path", "content"], path={"type": "string"}, content={"type": "string"}
    )


class DatasetKind(SmallKind):
    name, section, rank = "dataset", "datasets", 30
    protects_data = True
    mentions: ClassVar[tuple[Mention, ...]] = (
        Mention("definition.connection", "connection"),
        Mention("definition.params.connection", "connection"),
        Mention("definition.params.*", "connection"),
        Mention("definition.params.source", "computable"),
        Mention("definition.zone", "zone"),
    )
    schema: ClassVar[JsonObject] = entry_schema(
        type={"type": "string"},
        connection={"type": "string"},
        managed={"type": "boolean"},
        params={"type": "object"},
        schema={
            "oneOf": [
                {"type": "array", "items": entry_schema(type={"type": "string"})},
                {"type": "object", "properties": {"columns": {"type": "array"}}, "additionalProperties": False},
            ]
        },
        format_type={"enum": ["csv", "parquet"]},
        checks={"type": "array"},
        tags={"type": "array", "items": {"type": "string"}, "uniqueItems": True},
        zone={"type": "string"},
        versionTag={"type": "object"},
        retries={"type": "integer", "minimum": 0},
    )

    def references(self, spec: JsonObject, address: Address) -> Sequence[Reference]:
        zone = spec.get("zone")
        return [Reference(Address("zone", address.project, str(zone)), Relation.NEEDS, "zone")] if zone else []


class RecipeKind(SmallKind):
    name, section, rank = "recipe", "recipes", 40
    files: ClassVar[tuple[FileField, ...]] = (FileField("code", "code_file", "recipes"),)
    schema: ClassVar[JsonObject] = entry_schema(
        ["name", "type"],
        type={"type": "string"},
        inputs={"type": "array", "items": {"type": "string"}},
        outputs={"type": "array", "items": {"type": "string"}},
        code={"type": "string"},
        payload={"type": "object"},
    )
    mentions: ClassVar[tuple[Mention, ...]] = (
        Mention("definition.inputs.*", "computable"),
        Mention("definition.outputs.*", "computable"),
    )

    def references(self, spec: JsonObject, address: Address) -> Sequence[Reference]:
        return [
            Reference(_end(str(ref), address.project), relation, f"{side}[{i}]")
            for side, relation in (("inputs", Relation.READS), ("outputs", Relation.WRITES))
            for i, ref in enumerate(_list(spec, side))
        ]

    def check(self, spec: JsonObject, address: Address) -> Sequence[Problem]:
        if _list(spec, "outputs"):
            return []
        return [Problem(Severity.ERROR, "missing-outputs", "a recipe needs an output", suggestion="add outputs")]

    def file_extension(self, spec: JsonObject, field: FileField) -> str:
        return ".sql" if spec.get("type") == "sql_query" else ".py"


class WikiKind(SmallKind):
    is_brief: ClassVar[bool] = True
    name, section, rank = "wiki", "wiki", 60
    files: ClassVar[tuple[FileField, ...]] = (FileField("content", "file", "wiki"),)
    schema: ClassVar[JsonObject] = entry_schema(content={"type": "string"}, parent={"type": "string"})

    def file_extension(self, spec: JsonObject, field: FileField) -> str:
        return ".md"


def _list(spec: Mapping[str, Json], key: str) -> Sequence[Json]:
    value = spec.get(key, [])
    return value if is_list(value) else []


def _end(ref: str, project: str) -> Address:
    if ref.startswith("folder:"):
        return Address("folder", project, ref.removeprefix("folder:"))
    foreign, dot, name = ref.partition(".")
    return Address("dataset", foreign, name) if dot else Address("dataset", project, ref)


SMALL = Registry([ProjectKind(), ZoneKind(), FolderKind(), LibraryKind(), DatasetKind(), RecipeKind(), WikiKind()])
