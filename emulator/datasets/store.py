"""Datasets: creation rules, whole-document saves, cascades. Source: api-flow.md 4, object-shapes.md 6, 16."""

from collections.abc import Container, Iterator
from typing import TYPE_CHECKING, Any, Final

from emulator.connections.store import Connections
from emulator.datasets.builds import Builds
from emulator.datasets.data import DatasetFiles
from emulator.datasets.presets import dataset_type_of, format_of, location_of
from emulator.datasets.shapes import METADATA, SCHEMA, apply_dataset
from emulator.errors import coded_error, illegal_argument, not_found, unauthorized
from emulator.flow.references import forget_object, rename_references
from emulator.json_text import JsonObject
from emulator.metrics.points import forget_measurements, move_measurements
from emulator.naming import check_new_name
from emulator.projects.project import Project
from emulator.rights import Caller

if TYPE_CHECKING:
    from emulator.world import World

__all__ = ["DatasetStore", "check_version"]

_GENERIC_SQL: Final = frozenset(("SQL", "JDBC"))
_LIGHT_KEYS: Final = ("metrics", "metricsChecks", "versionTag")
_COPY_PARTITIONING: Final = "copy:dataset:"
_COPY_OF_FOLDER: Final = "copy:folder:"


def check_version(world: "World", body: JsonObject, current: JsonObject | None) -> None:
    """Refuse a PUT with an outdated version tag, if the profile says that nodes do so [unknown]."""
    sent = body.get("versionTag")
    if not world.profile.version_check_on_put or not isinstance(sent, dict) or current is None:
        return
    if sent.get("versionNumber") != current.get("versionNumber"):
        raise illegal_argument("This object was modified by someone else", status=409)


class DatasetStore:
    """The dataset calls on one project."""

    def __init__(self, world: "World", project: Project) -> None:
        self._world = world
        self._project = project
        self._family = project.family("datasets", "DATASET")
        self._files = project.state_of(DatasetFiles)

    def names(self) -> list[str]:
        """Return the names of all datasets, sorted."""
        return sorted(self._family)

    def listing(self, tags: set[str], *, foreign: bool) -> Iterator[JsonObject]:
        """Yield full datasets [doc], those exposed to this project too if asked; these carry their own ``projectKey``."""
        owners = [(self._project, name) for name in self.names()]
        if foreign:
            owners += _exposed_to(self._world, self._project.key)
        for project, name in owners:
            store = self if project is self._project else DatasetStore(self._world, project)
            document = store.view(name)
            if tags and not tags & set(document["tags"]):
                continue
            if not self._world.profile.dataset_list_is_full:
                document = {key: value for key, value in document.items() if key not in _LIGHT_KEYS}
            yield document

    def view(self, name: str) -> JsonObject:
        """Return the full object; raises 404 ``dataset does not exist: P.name`` [seen]."""
        self._stored(name)
        shown = self._family.typed(name, self._world.profile.typing, self._apply)
        tag = self._family.version_tag(name)
        identity = {"projectKey": self._project.key, "name": name, "smartName": name}
        return {**identity, **shown, **({} if tag is None else {"versionTag": tag})}

    def create(self, body: JsonObject, caller: Caller) -> str:
        """Create as the caller says: no location is chosen, a missing format stays missing [seen]."""
        name = check_new_name("Dataset", body.get("name"), self._family, self._world.profile)
        if not body.get("type"):
            raise illegal_argument("Missing mandatory argument: type")
        self._check_type(str(body["type"]))
        self._check_connection(body.get("params") or {}, caller)
        self._check_upload(body)
        # Without a schema the empty one counts as the user's, as in every file that the API created [seen].
        schema = body.get("schema") or {"columns": [], "userModified": True}
        self._family.create(name, self._apply({**body, "schema": schema, "typeSystemVersion": "V2"}), caller.identity)
        return name

    def create_managed(self, name: object, settings: JsonObject, caller: Caller) -> str:
        """Create where the connection's rules say. Source: api-flow.md 4.4."""
        wanted = check_new_name("Dataset", name, self._family, self._world.profile)
        connection_name = settings.get("connectionId")
        if not isinstance(connection_name, str) or not connection_name:
            raise illegal_argument("Missing mandatory argument: connectionId")
        connection = self._world.state_of(Connections).check_usable(connection_name, caller)
        if not connection.get("allowManagedDatasets", True) or not connection.get("allowWrite", True):
            raise unauthorized(f"may not create a managed dataset on connection {connection_name}")
        specific: JsonObject = settings.get("specificSettings") or {}
        type_name = dataset_type_of(connection, settings.get("typeOptionId"))
        document: JsonObject = {
            "type": type_name,
            "managed": True,
            "params": {"connection": connection_name, **location_of(type_name, wanted, connection, specific)},
            "schema": {"columns": [], "userModified": True},
            "typeSystemVersion": "V2",
        }
        chosen = format_of(type_name, specific.get("formatOptionId") or self._preferred_format())
        if chosen is not None:
            document["formatType"], document["formatParams"] = chosen
        partitioning = self._copied_partitioning(settings.get("partitioningOptionId"))
        if partitioning is not None:
            document["partitioning"] = partitioning
        self._family.create(wanted, self._apply(document), caller.identity)
        return wanted

    def save(self, name: str, body: JsonObject, caller: Caller) -> None:
        """Replace a dataset as a whole; identity and creation tag are the server's."""
        stored = self._stored(name)
        check_version(self._world, body, self._family.version_tag(name))
        document = {
            "typeSystemVersion": stored.get("typeSystemVersion"),
            **body,
            "creationTag": stored.get("creationTag"),
        }
        if self._world.profile.dataset_type_change == "ignore":
            document |= {key: stored.get(key) for key in ("type", "managed")}
        self._check_connections(stored.get("params") or {}, document.get("params") or {}, caller)
        self._family.save(name, self._apply(document), caller.identity)

    def schema(self, name: str) -> JsonObject:
        """Return the schema alone."""
        return SCHEMA.apply(self._stored(name).get("schema"))

    def save_schema(self, name: str, schema: JsonObject, caller: Caller) -> None:
        """Replace the schema alone; data is not touched and nothing propagates [seen]."""
        keep = self._world.profile.keep_unknown_fields
        document = {**self._stored(name), "schema": SCHEMA.apply(schema, keep_unknown=keep)}
        self._family.save(name, self._apply(document), caller.identity)

    def metadata(self, name: str) -> JsonObject:
        """Return label, texts, tags, checklists, custom fields."""
        stored = self._stored(name)
        return METADATA.apply({**stored, "label": name, "custom": stored.get("customMeta")})

    def save_metadata(self, name: str, body: JsonObject, caller: Caller) -> None:
        """Replace the metadata as a whole."""
        given = METADATA.apply(body)
        given.pop("label", None)
        custom = given.pop("custom")
        kept = {key: value for key, value in self._stored(name).items() if key not in METADATA.fields}
        self._family.save(name, self._apply({**kept, **given, "customMeta": custom}), caller.identity)

    def info(self, name: str) -> JsonObject:
        """Return the info object; ``lastBuild`` is absent until the first build."""
        stored = self._stored(name)
        built = self._world.state_of(Builds).last(self._project.key, name)
        return {
            **({} if built is None else {"lastBuild": built}),
            "projectKey": self._project.key,
            "name": name,
            "type": stored.get("type"),
            "managed": bool(stored.get("managed")),
        }

    def partitions(self, name: str) -> list[str]:
        """Return partition ids: ``NP`` for a dataset without partitions [inferred]."""
        dimensions = (self._stored(name).get("partitioning") or {}).get("dimensions") or []
        if dimensions:
            raise coded_error("ERR_DATASET_ACTION_NOT_SUPPORTED", "the emulator cannot list partitions of data")
        return ["NP"]

    def rename(self, old: str, new: object, caller: Caller) -> None:
        """Rename; references follow, storage does not move [seen]."""
        self._stored(old)
        wanted = check_new_name("Dataset", new, self._family, self._world.profile)
        self._family.rename(old, wanted)
        move_measurements(self._world, self._project.key, "DATASET", old, wanted)
        self._project.disk.rename(f"datasets/{old}.data", f"datasets/{wanted}.data")
        self._world.disk.rename(f"uploads/{self._project.key}/{old}", f"uploads/{self._project.key}/{wanted}")
        self._world.state_of(Builds).forget(self._project.key, old, new_name=wanted)
        rename_references(self._project, "DATASET", old, wanted, caller.identity)

    def delete(
        self, name: str, caller: Caller, *, drop_data: bool, drop_recipes: bool | Container[str] | None = None
    ) -> None:
        """Delete; data stays unless ``drop_data``, recipes that use the dataset are silently removed [seen].

        ``drop_recipes`` is what a person chose, for all or by name; else the profile says what happens to them.
        """
        document = self._apply(self._stored(name))
        if drop_recipes is None:
            drop_recipes = self._world.profile.dataset_delete_cascade == "drop_recipes"
        self._family.delete(name)
        forget_object(self._project, "DATASET", name, caller.identity, drop_recipes=drop_recipes)
        self._project.disk.delete(f"datasets/{name}.data")
        forget_measurements(self._world, self._project.key, "DATASET", name)
        self._world.state_of(Builds).forget(self._project.key, name)
        if drop_data:
            self._files.drop(self._world, name, document)

    def stored(self, name: str) -> JsonObject:
        """Return the typed document without identity, for the data calls."""
        return self._apply(self._stored(name))

    def exists(self, name: str) -> bool:
        """Return whether there is a dataset of that name."""
        return name in self._family

    def _stored(self, name: str) -> JsonObject:
        stored = self._family.get(name)
        if stored is None:
            raise not_found(f"dataset does not exist: {self._project.key}.{name}")
        return stored

    def _apply(self, document: JsonObject) -> JsonObject:
        return apply_dataset(document, self._world.profile)

    def _check_type(self, type_name: str) -> None:
        if type_name in _GENERIC_SQL and not self._world.profile.generic_sql_licensed:
            text = f"Type {type_name} is not licensed: use the type of the database"
            raise coded_error("ERR_DATASET_INVALID_CONFIG", text, status=400)

    def _check_connections(self, before: Any, after: Any, caller: Caller) -> None:
        """Changing a dataset needs the right to use its connection, and the one it moves to [doc].

        A connection that the node does not have is refused only if the dataset moves there: imported datasets can be mended.
        """
        old, new = (params.get("connection") if isinstance(params, dict) else None for params in (before, after))
        if old in self._world.connections:
            self._check_connection(before, caller)
        if new != old:
            self._check_connection(after, caller)

    def _check_connection(self, params: Any, caller: Caller) -> None:
        """Creating on a connection needs the right to use it [doc]."""
        name = params.get("connection") if isinstance(params, dict) else None
        if isinstance(name, str) and name:
            if name not in self._world.connections and self._world.profile.unknown_connection == "accept":
                return
            self._world.state_of(Connections).check_usable(name, caller)

    def _check_upload(self, body: JsonObject) -> None:
        settings = (self._project.params.get("settings") or {}).get("datasetsCreationSettings") or {}
        if body.get("type") != "UploadedFiles" or (body.get("params") or {}).get("uploadConnection"):
            return
        if settings.get("allowUploadsWithoutConnection") is False:
            raise coded_error(
                "ERR_SECURITY_UPLOAD_WITHOUT_CONNECTION", "Uploading files needs a connection to be specified"
            )

    def _preferred_format(self) -> str | None:
        """A project with settings of its own names its first format; otherwise the instance's default holds."""
        settings = (self._project.params.get("settings") or {}).get("datasetsCreationSettings") or {}
        if settings.get("useGlobal", True):
            return None
        return str(settings.get("preferedStorageFormats") or "").split(",")[0] or None

    def _copied_partitioning(self, option: object) -> JsonObject | None:
        if not isinstance(option, str) or not option:
            return None
        if option.startswith(_COPY_OF_FOLDER):
            folders = self._project.family("managed_folders", "MANAGED_FOLDER")
            source = folders.get(option.removeprefix(_COPY_OF_FOLDER))
        else:
            source = self._family.get(option.removeprefix(_COPY_PARTITIONING))
        partitioning = (source or {}).get("partitioning") or {}
        return {**partitioning} if partitioning.get("dimensions") else None


def _exposed_to(world: "World", key: str) -> list[tuple[Project, str]]:
    return [
        (project, exposed["localName"])
        for project in world.projects.values()
        if project.key != key
        for exposed in (project.params.get("exposedObjects") or {}).get("objects") or ()
        if exposed.get("type") == "DATASET"
        and any(rule.get("targetProject") == key for rule in exposed.get("rules") or ())
        and exposed["localName"] in project.family("datasets", "DATASET")
    ]
