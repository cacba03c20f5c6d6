"""Semantic models: what the data means, for agents that answer questions about it (source: the official client, DSS 15).

::

    semantic_models:
      - name: Sales
        version:
          id: v1
          description: orders and customers
          entities: []
          relationships: []

Carried is the version that is active: declaring another ``id`` makes that version and activates it. Versions that are not
active stay where they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar

from dataiku_iac.core.address import Address
from dataiku_iac.core.canonical import Json, JsonObject, is_list, is_object
from dataiku_iac.core.fields import Field, FieldTable
from dataiku_iac.core.kind import Document, FileField, Live
from dataiku_iac.core.roles import NodeApi, NodeReader
from dataiku_iac.resources.answers import api_path, object_answer, text_at
from dataiku_iac.resources.default_rows import default_rows
from dataiku_iac.resources.project_object import ProjectObjectKind, object_schema, object_table
from dataiku_iac.resources.spec_keys import SpecKeys

__all__ = ["SemanticModelKind"]

_ELSEWHERE = Field(ignored=True, reason="the active version stands under version")
_VERSION: JsonObject = {
    "description": "",
    "entities": [],
    "relationships": [],
    "goldenQueries": [],
    "crossEntityMetrics": [],
    "glossaryTerms": [],
    "glossaryBindings": [],
    "indexingSettings": {
        "maxDistinctValuesPerAttribute": 1000,
        "maxScannedRowsForSQLDatasets": -1,
        "maxScannedRowsForNonSQLDatasets": 1000000,
    },
    "sqlGenerationConfig": {},
}


class SemanticModelKind(ProjectObjectKind):
    """A semantic model with its active version. New versions and the choice of the active one are calls of their own."""

    name: ClassVar[str] = "semantic_model"
    section: ClassVar[str] = "semantic_models"
    rank: ClassVar[int] = 36
    outside_git: ClassVar[frozenset[str]] = frozenset({"*"})  # no file of theirs was seen in a project's git
    segment: ClassVar[str] = "semantic-models"
    lists_heads: ClassVar[bool] = True
    prefix: ClassVar[str] = "semantic_model:"
    parts: ClassVar[tuple[str, ...]] = ("definition", "version", "active")
    files: ClassVar[tuple[FileField, ...]] = (FileField("version", "version_file", "semantic_models", is_json=True),)
    keys: ClassVar[SpecKeys] = SpecKeys({}, ())
    table: ClassVar[FieldTable] = {
        **object_table({"versions": _ELSEWHERE, "activeVersionId": _ELSEWHERE}),
        "version.created": Field(server_owned=True, reason="written once, by the server"),
        "version.versionTag": Field(server_owned=True, reason="counts saves [seen]"),
        "version.privateEditorData": Field(ignored=True, reason="state of the editor"),
        **default_rows("version", _VERSION),
    }
    schema: ClassVar[JsonObject] = object_schema(
        {
            "version": {
                "type": "object",
                "required": ["id"],
                "properties": {"id": {"type": "string", "minLength": 1}},
                "description": "the active version: id, entities, relationships, … by DSS's own names",
            },
            "version_file": {"type": "string"},
        }
    )

    def expand(self, spec: JsonObject, address: Address) -> Document:
        """See ``Kind``."""
        document = dict(super().expand(spec, address))
        version = spec.get("version")
        if is_object(version):
            document["version"] = version
            if "id" in version:
                document["active"] = version["id"]
        return document

    def shorten(self, document: Document, address: Address) -> JsonObject:
        """See ``Kind``."""
        spec = dict(super().shorten(document, address))
        version = document.get("version")
        if is_object(version):
            spec["version"] = {"id": document["active"], **version} if "active" in document else version
        return spec

    def create(self, api: NodeApi, project: str, name: str, document: Document) -> str:
        """See ``Kind``. The name goes in the query [client]."""
        where = f'creation of {self.name} "{name}" in {project}'
        answer = api.post(self.list_path(project), {}, params={"name": name})
        return text_at(object_answer(answer, where), "id", where)

    def write(self, api: NodeApi, project: str, live_id: str, part: str, document: Document) -> None:
        """See ``Kind``. A version is made or replaced by its id; which is active stands in the whole object [client]."""
        where = f"{self.name} {live_id} to write in {project}"
        if part == "version":
            version = object_answer(document["version"], where)
            version_id = text_at(version, "id", where)
            api.put(api_path("projects", project, self.segment, live_id, "versions", version_id), version)
            return
        definition = object_answer(document["definition"], where)
        active: Mapping[str, Json] = {"activeVersionId": document["active"]} if part == "active" else {}
        api.put(self.path(project, live_id), {**definition, **active})

    def read_back(self, api: NodeReader, project: str, live_id: str, part: str, document: Document) -> Live | None:
        """See ``Kind``. A version that was just written is not the active one yet."""
        written = document.get("version")
        if part != "version" or not is_object(written):
            return super().read_back(api, project, live_id, part, document)
        live = self.read(api, project, live_id, frozenset({part}))
        definition = {} if live is None else live.document["definition"]
        found = _version_of(definition if is_object(definition) else {}, written.get("id"))
        return live if live is None or found is None else replace(live, document={**live.document, "version": found})

    def _live(self, raw: JsonObject, project: str, live_id: str, zone: str | None, *, whole: bool) -> Live:
        live = super()._live(raw, project, live_id, zone, whole=whole)
        active = raw.get("activeVersionId")
        found = _version_of(raw, active)
        return live if found is None else replace(live, document={**live.document, "version": found, "active": active})


def _version_of(definition: JsonObject, version_id: Json) -> JsonObject | None:
    versions = definition.get("versions")
    return next(
        (item for item in (versions if is_list(versions) else ()) if is_object(item) and item.get("id") == version_id),
        None,
    )
