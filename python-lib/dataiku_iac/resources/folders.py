"""Managed folders: where files are kept (facts: api-flow.md §8, object-shapes.md §10).

::

    folders:
      - {name: exports, connection: s3_managed, zone: raw}
      - {name: models, connection: s3_managed, bucket: b, path: /models, partitioning: {by: [{day: DAY}], pattern: "/%Y-%M-%D/.*"}}

The type of a folder follows from its connection, so nobody declares it. Folders of plugin file systems have no connection
but a ``provider``, e.g. ``fsprovider_sharepoint_lists``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar, Final

from dataiku_iac.core.address import Address
from dataiku_iac.core.canonical import Json, JsonObject, is_object
from dataiku_iac.core.errors import ObjectMissing, Refused
from dataiku_iac.core.fields import FieldTable
from dataiku_iac.core.kind import Document, Live
from dataiku_iac.core.mentions import Mention
from dataiku_iac.core.problem import Problem
from dataiku_iac.core.resource import Reference
from dataiku_iac.core.roles import NodeApi, NodeReader
from dataiku_iac.resources.answers import api_path, object_answer, object_list, text_at
from dataiku_iac.resources.check_findings import wrong_checks, wrong_metrics
from dataiku_iac.resources.check_forms import expand_check_block, shorten_check_block
from dataiku_iac.resources.dataset_places import expand_params, said_twice, shorten_params
from dataiku_iac.resources.findings import declared_twice
from dataiku_iac.resources.folder_fields import FOLDER_SCHEMA, FOLDER_TABLE, OWN_PLACE, PROVIDER_PREFIX
from dataiku_iac.resources.fragments import (
    ENVELOPE_KEYS,
    version_of,
)
from dataiku_iac.resources.measured_kind import MeasuredKind
from dataiku_iac.resources.metric_forms import BASIC_PROBE, expand_metrics, shorten_metrics
from dataiku_iac.resources.metric_noise import complete_block
from dataiku_iac.resources.partitionings import expand_partitioning, shorten_partitioning
from dataiku_iac.resources.spec_keys import SpecKeys
from dataiku_iac.resources.zone_items import (
    DEFAULT_ZONE,
    FOLDER,
    ZONE_MENTION,
    is_in_zone,
    move_to_zone,
    read_zone_of,
    zone_references,
)

__all__ = ["FolderKind"]

# Keys whose values have a form of their own: how it becomes DSS's, and back.
_FORMS: Final[Mapping[str, tuple[Callable[[Json], Json], Callable[[Json], Json]]]] = {
    "partitioning": (expand_partitioning, shorten_partitioning),
    "metrics": (expand_metrics, shorten_metrics),
    "checks": (expand_check_block, shorten_check_block),
}
_KEYS: Final = SpecKeys(ENVELOPE_KEYS.renamed, (*ENVELOPE_KEYS.same, "provider", "flowOptions", *_FORMS))
_PLACE: Final = ("connection", "path", "bucket", "container", "files", "config")


class FolderKind(MeasuredKind):
    """A managed folder. Documents name it ``folder:<name>``; its id is the server's."""

    name: ClassVar[str] = "folder"
    section: ClassVar[str] = "folders"
    rank: ClassVar[int] = 20
    is_brief: ClassVar[bool] = True
    parts: ClassVar[tuple[str, ...]] = ("definition", "zone")
    listed: ClassVar[frozenset[str]] = frozenset({"zone"})
    chosen_by_server: ClassVar[bool] = True
    prefix: ClassVar[str] = "folder:"
    is_computable: ClassVar[bool] = True
    protects_data: ClassVar[bool] = True
    checks_key: ClassVar[str] = "checks"
    usual_probes: ClassVar[Sequence[JsonObject]] = (BASIC_PROBE,)
    mentions: ClassVar[tuple[Mention, ...]] = (ZONE_MENTION, Mention("definition.params.connection", "connection"))
    table: ClassVar[FieldTable] = FOLDER_TABLE
    schema: ClassVar[JsonObject] = FOLDER_SCHEMA

    # --- the lens ---

    def expand(self, spec: JsonObject, address: Address) -> Document:
        """See ``Kind``: ``{"connection": "s3"}`` gives ``{"definition": {"name": …, "params": {"connection": "s3"}}}``."""
        definition = {"name": spec.get("label", address.name), **_KEYS.to_definition(spec)}
        definition |= {key: expand(spec[key]) for key, (expand, _) in _FORMS.items() if key in spec}
        params = expand_params(spec, _provider(spec), _PLACE)
        if params is not None:
            definition["params"] = params
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
            spec |= shorten_params(params, _provider(rest), _PLACE)
        spec |= {key: shorten(rest.pop(key)) for key, (_, shorten) in _FORMS.items() if key in rest}
        if "zone" in document:
            spec["zone"] = document["zone"]
        return {**spec, **_KEYS.to_spec(rest)}

    def references(self, spec: JsonObject, address: Address) -> Sequence[Reference]:
        """See ``Kind``: the zone."""
        return zone_references(spec, address)

    def check(self, spec: JsonObject, address: Address) -> Sequence[Problem]:
        """See ``Kind``: fields said twice, checks and metrics of no known form."""
        where = str(address)
        twice = [declared_twice(where, kept, other) for kept, other in said_twice(spec, _provider(spec))]
        checks = spec.get("checks")
        entries = checks.get("checks") if is_object(checks) else checks
        return [*twice, *wrong_checks(entries, where, "checks"), *wrong_metrics(spec.get("metrics"), where, "metrics")]

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
            "params": {"path": OWN_PLACE, **params},
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
        body = {key: value for key, value in complete_block(definition, "checks").items() if key != "provider"}
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
    if isinstance(kind, str) and kind.startswith(PROVIDER_PREFIX):
        definition["provider"] = kind  # no connection says it, so people must
    document: dict[str, Json] = {"definition": definition}
    if zone is not None:
        document["zone"] = zone
    complete = whole and zone is not None
    return Live(text_at(raw, "name", where), text_at(raw, "id", where), document, version_of(raw), complete=complete)


def _provider(spec: JsonObject) -> str:
    provider = spec.get("provider")
    return provider if isinstance(provider, str) else ""


def _refuse_placeless(definition: JsonObject, project: str, name: str) -> None:
    params = definition.get("params")
    if not (is_object(params) and params.get("connection")) and definition.get("provider") is None:
        raise Refused(
            f'folder "{name}" has no connection',
            where=f"folder.{project}.{name}",
            next_step="add connection, or defaults.managed_folder_connection to the environment",
        )
