"""Managed folders: where files are kept (facts: api-flow.md §8, object-shapes.md §10).

::

    folders:
      - {name: exports, connection: s3_managed, zone: raw}
      - {name: models, connection: s3_managed, path: "/models", params: {bucket: b}}

The type of a folder follows from its connection, so nobody declares it. Folders of plugin file systems have no connection
but a ``provider``, e.g. ``fsprovider_sharepoint_lists``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Final

from dataiku_iac.core.address import Address
from dataiku_iac.core.canonical import Json, JsonObject, is_object
from dataiku_iac.core.errors import ObjectMissing, Refused
from dataiku_iac.core.fields import Effect, Field, FieldTable
from dataiku_iac.core.kind import Document, Kind, Live
from dataiku_iac.core.mentions import Mention
from dataiku_iac.core.problem import Problem
from dataiku_iac.core.resource import Reference
from dataiku_iac.core.roles import NodeApi, NodeReader
from dataiku_iac.resources.answers import api_path, object_answer, object_list, text_at
from dataiku_iac.resources.default_rows import default_rows
from dataiku_iac.resources.findings import declared_twice
from dataiku_iac.resources.fragments import (
    ENVELOPE,
    ENVELOPE_KEYS,
    ENVELOPE_SCHEMA,
    FILES_SELECTION,
    FLOW_OPTIONS,
    METRICS,
    METRICS_CHECKS,
    PARTITIONING,
    VARIABLES_LOOP,
    below,
    version_of,
)
from dataiku_iac.resources.spec_keys import SpecKeys, objects_schema
from dataiku_iac.resources.zone_items import (
    DEFAULT_ZONE,
    FOLDER,
    ZONE_FIELD,
    ZONE_MENTION,
    is_in_zone,
    move_to_zone,
    read_zone_of,
    zone_references,
)

__all__ = ["FolderKind"]

_OBJECTS: Final = ("partitioning", "flowOptions", "metrics", "checks")
_KEYS: Final = SpecKeys(ENVELOPE_KEYS.renamed, (*ENVELOPE_KEYS.same, "provider", *_OBJECTS))
_IN_PARAMS: Final = ("connection", "path")

# The variables are stored unexpanded, so a copied folder keeps its own place [seen]; the official client puts a slash in
# front [client], the UI does not [seen]. On S3-like storage the UI puts the connection's root in front, which stays explicit.
_OWN_PLACE: Final = "/${projectKey}/${odbId}"
_PROVIDER_PREFIX: Final = "fsprovider_"

_ELSEWHERE: Final = Field(effect=Effect.DATA_LOSS, reason="the files stay where they were")
_NEW_PROBES: Final[Json] = [
    {
        "type": "basic",
        "enabled": True,
        "computeOnBuildMode": "PARTITION",
        "meta": {"name": "Basic data", "level": 0},
        "configuration": {},
    }
]


class FolderKind(Kind):
    """A managed folder. Documents name it ``folder:<name>``; its id is the server's."""

    name: ClassVar[str] = "folder"
    section: ClassVar[str] = "folders"
    rank: ClassVar[int] = 20
    parts: ClassVar[tuple[str, ...]] = ("definition", "zone")
    listed: ClassVar[frozenset[str]] = frozenset({"zone"})
    chosen_by_server: ClassVar[bool] = True
    prefix: ClassVar[str] = "folder:"
    is_computable: ClassVar[bool] = True
    protects_data: ClassVar[bool] = True
    mentions: ClassVar[tuple[Mention, ...]] = (ZONE_MENTION, Mention("definition.params.connection", "connection"))
    table: ClassVar[FieldTable] = {
        "zone": ZONE_FIELD,
        **below("definition", ENVELOPE),
        "definition.id": Field(server_owned=True, reason="random, chosen at creation [seen]"),
        "definition.type": Field(server_owned=True, reason="follows from the connection [seen]"),
        "definition.provider": Field(immutable=True),
        "definition.params.connection": _ELSEWHERE,
        "definition.params.path": Field(
            default=_OWN_PLACE,
            default_like=r"/?\$\{projectKey\}/\$\{odbId\}",
            effect=Effect.DATA_LOSS,
            reason="the files stay where they were",
        ),
        **{f"definition.params.{key}": _ELSEWHERE for key in ("bucket", "container", "site", "drive")},
        **default_rows(
            "definition.params",
            {
                "notReadyIfEmpty": False,
                "metastoreSynchronizationEnabled": True,
                "metastoreTableName": "${odbId}",
                "baseBlockID": 0,
            },
        ),
        **below("definition.params.filesSelectionRules", FILES_SELECTION),
        **below("definition.params.variablesExpansionLoopConfig", VARIABLES_LOOP),
        **below("definition.partitioning", PARTITIONING),
        **below("definition.flowOptions", FLOW_OPTIONS),
        **below("definition.metrics", METRICS),
        "definition.metrics.probes": Field(default=_NEW_PROBES),
        **below("definition.checks", METRICS_CHECKS),
    }
    schema: ClassVar[JsonObject] = {
        "type": "object",
        "properties": {
            "name": {"type": "string", "minLength": 1},
            "label": {"type": "string", "minLength": 1, "description": "display name, where it is not the name"},
            "connection": {"type": "string", "minLength": 1},
            "path": {"type": "string", "description": "below the root of the connection; default: a place of its own"},
            "provider": {"type": "string", "pattern": f"^{_PROVIDER_PREFIX}"},
            "params": {"type": "object", "description": "bucket, filesSelectionRules, …: DSS's own names"},
            "zone": {"type": "string", "minLength": 1},
            **objects_schema(*_OBJECTS),
            **ENVELOPE_SCHEMA,
        },
        "required": ["name"],
        "additionalProperties": False,
    }

    # --- the lens ---

    def expand(self, spec: JsonObject, address: Address) -> Document:
        """See ``Kind``: ``{"connection": "s3"}`` gives ``{"definition": {"name": …, "params": {"connection": "s3"}}}``."""
        definition = {"name": spec.get("label", address.name), **_KEYS.to_definition(spec)}
        params = spec.get("params")
        stored: dict[str, Json] = dict(params) if is_object(params) else {}
        stored |= {key: spec[key] for key in _IN_PARAMS if key in spec}
        if stored or "params" in spec:
            definition["params"] = stored
        return {"definition": definition, **({"zone": spec["zone"]} if "zone" in spec else {})}

    def shorten(self, document: Document, address: Address) -> JsonObject:
        """See ``Kind``."""
        definition = document.get("definition")
        rest = dict(definition) if is_object(definition) else {}
        spec: dict[str, Json] = {}
        label = rest.pop("name", address.name)
        if label != address.name:
            spec["label"] = label
        params = rest.get("params")
        if is_object(params):
            del rest["params"]
            spec |= {key: params[key] for key in _IN_PARAMS if key in params}
            others = {key: value for key, value in params.items() if key not in _IN_PARAMS}
            if others or not params:
                spec["params"] = others
        if "zone" in document:
            spec["zone"] = document["zone"]
        return {**spec, **_KEYS.to_spec(rest)}

    def references(self, spec: JsonObject, address: Address) -> Sequence[Reference]:
        """See ``Kind``: the zone."""
        return zone_references(spec, address)

    def check(self, spec: JsonObject, address: Address) -> Sequence[Problem]:
        """See ``Kind``: connection and path must not stand in ``params`` as well."""
        params = spec.get("params")
        both = [key for key in _IN_PARAMS if key in spec and is_object(params) and key in params]
        return [declared_twice(str(address), key, f"params.{key}") for key in both]

    # --- calls ---

    def for_creation(self, document: Document, address: Address, *, login: str) -> Document:
        """See ``Kind``: a connection or a plugin's provider says where it is."""
        definition = document.get("definition")
        _refuse_placeless(definition if is_object(definition) else {}, address.project, address.name)
        return document

    def list(self, api: NodeReader, project: str) -> Sequence[Live]:
        """See ``Kind``. List items are whole objects [inferred]; one that is not is a head."""
        where = f"managed folders of {project}"
        items = object_list(api.get(api_path("projects", project, "managedfolders", "")), where)
        if not items:
            return ()
        zone_of = read_zone_of(api, project)
        return [
            _live(raw, project, zone_of(FOLDER, text_at(raw, "id", where)), whole="params" in raw and "metrics" in raw)
            for raw in items
        ]

    def read(self, api: NodeReader, project: str, live_id: str, parts: frozenset[str]) -> Live | None:
        """See ``Kind``. The zone costs a second call and is read only if asked for."""
        try:
            answer = api.get(api_path("projects", project, "managedfolders", live_id))
        except ObjectMissing:
            return None
        raw = object_answer(answer, f"managed folder {live_id} of {project}")
        zone = read_zone_of(api, project)(FOLDER, live_id) if "zone" in parts else None
        return _live(raw, project, zone, whole=True)

    def read_back(self, api: NodeReader, project: str, live_id: str, part: str, document: Document) -> Live | None:
        """See ``Kind``. After a move, one call shows that the object is in its new zone, and hence that it exists."""
        zone = str(document.get("zone") or DEFAULT_ZONE)
        if part == "zone" and is_in_zone(api, project, zone, FOLDER, live_id):
            return Live(live_id, live_id, {"zone": zone}, complete=False)
        return super().read_back(api, project, live_id, part, document)

    def create(self, api: NodeApi, project: str, name: str, document: Document) -> str:
        """See ``Kind``. The node derives the type from the connection [seen].

        Raises:
            Refused: neither a connection nor a plugin's provider says where the folder is.
        """
        definition = object_answer(document.get("definition"), f"folder to create in {project}")
        params = definition.get("params")
        params = dict(params) if is_object(params) else {}
        provider = definition.get("provider")
        _refuse_placeless(definition, project, str(definition.get("name", name)))
        body: dict[str, Json] = {
            "name": name,
            "projectKey": project,
            "type": provider,
            "params": {"path": _OWN_PLACE, **params},
        }
        where = f'creation of folder "{name}" in {project}'
        answer = api.post(api_path("projects", project, "managedfolders", ""), body)
        return text_at(object_answer(answer, where), "id", where)

    def write(self, api: NodeApi, project: str, live_id: str, part: str, document: Document) -> None:
        """See ``Kind``."""
        if part == "zone":
            move_to_zone(api, project, str(document.get("zone") or DEFAULT_ZONE), FOLDER, live_id)
            return
        definition = object_answer(document[part], f"folder {live_id} to write in {project}")
        body = {key: value for key, value in definition.items() if key != "provider"}
        if "provider" in definition:
            body["type"] = definition["provider"]
        api.put(api_path("projects", project, "managedfolders", live_id), body)

    def delete(self, api: NodeApi, project: str, live_id: str, *, drop_data: bool) -> None:
        """See ``Kind``. DSS removes recipes that use the folder along with it [doc]. Nodes before 15 never drop files."""
        path = api_path("projects", project, "managedfolders", live_id)
        api.delete(path, params={"dropData": "true" if drop_data else "false"})


def _live(raw: JsonObject, project: str, zone: str | None, *, whole: bool) -> Live:
    where = f"managed folders of {project}"
    definition: dict[str, Json] = dict(raw)
    kind = raw.get("type")
    if isinstance(kind, str) and kind.startswith(_PROVIDER_PREFIX):
        definition["provider"] = kind  # no connection says it, so people must
    document: dict[str, Json] = {"definition": definition}
    if zone is not None:
        document["zone"] = zone
    complete = whole and zone is not None
    return Live(text_at(raw, "name", where), text_at(raw, "id", where), document, version_of(raw), complete=complete)


def _refuse_placeless(definition: JsonObject, project: str, name: str) -> None:
    params = definition.get("params")
    if not (is_object(params) and params.get("connection")) and definition.get("provider") is None:
        raise Refused(
            f'folder "{name}" has no connection',
            where=f"folder.{project}.{name}",
            next_step="add connection, or defaults.managed_folder_connection to the environment",
        )
