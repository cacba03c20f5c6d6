"""Managed folders: creation rules, whole-document saves, cascades. Source: api-flow.md 8, object-shapes.md 10, 16."""

from collections.abc import Callable, Container
from typing import TYPE_CHECKING, Any, Final

from emulator.connections.store import Connections
from emulator.datasets.shapes import FILE_SELECTION
from emulator.errors import coded_error, illegal_argument, not_found, unauthorized
from emulator.flow.references import forget_object, recipes_using
from emulator.folders.files import FolderFiles, open_files
from emulator.fragments import FLOW_OPTIONS, PARTITIONING, TAGGABLE, VARIABLES_LOOP, checks_shape, metrics_shape
from emulator.json_text import JsonObject
from emulator.metrics.points import forget_measurements
from emulator.profile import Profile
from emulator.projects.project import Project
from emulator.rights import Caller
from emulator.shapes import Shape, nested, optional, value

if TYPE_CHECKING:
    from emulator.world import World

__all__ = ["FolderStore", "apply_folder"]

_PROBE: Final = {
    "type": "basic",
    "enabled": True,
    "computeOnBuildMode": "PARTITION",
    "meta": {"name": "Basic data", "level": 0},
    "configuration": {},
}
_DISPLAYED: Final = ["basic:COUNT_FILES", "basic:SIZE"]
_LOCATION: Final = {
    "connection": optional(),
    "path": optional(),
    "notReadyIfEmpty": value(False),
    "filesSelectionRules": nested(FILE_SELECTION),
    "variablesExpansionLoopConfig": nested(VARIABLES_LOOP, since=(13, 1)),
}
_METASTORE: Final = {
    "metastoreSynchronizationEnabled": value(True),
    "metastoreTableName": value("${odbId}"),
    "metastoreDatabaseName": optional(),
}
_PARAMS: Final = {
    "Filesystem": Shape("FilesystemFolderParams", _LOCATION),
    "S3": Shape("S3FolderParams", {"bucket": optional(), **_METASTORE, **_LOCATION}),
    "GCS": Shape("GCSFolderParams", {"bucket": optional(), **_METASTORE, **_LOCATION}, is_open=True),
    "Azure": Shape(
        "AzureFolderParams",
        {"container": optional(), "baseBlockID": value(0), **_METASTORE, **_LOCATION},
        is_open=True,
    ),
    "HDFS": Shape("HDFSFolderParams", {**_METASTORE, **_LOCATION}, is_open=True),
    "SFTP": Shape("SFTPFolderParams", {"timeout": value(10000), **_LOCATION}, is_open=True),
    "SharePointOnline": Shape(
        "SharePointFolderParams", {"site": optional(), "drive": optional(), **_LOCATION}, is_open=True
    ),
}
_UNKNOWN_PARAMS: Final = Shape("FolderParams", _LOCATION, is_open=True)

FOLDER: Final = Shape(
    "ManagedFolder",
    {
        "name": optional(),
        "type": optional(),
        "params": value({}),
        "path": optional(),
        "partitioning": optional(PARTITIONING),
        "flowOptions": nested(FLOW_OPTIONS),
        "metrics": nested(metrics_shape([_PROBE], _DISPLAYED, partition="NP")),
        "checks": nested(checks_shape(monitored=False, partition="NP")),
        **TAGGABLE,
    },
)

_LOCAL_CONNECTION: Final = "filesystem_folders"
_TYPE_OF_CONNECTION: Final = {
    "Filesystem": ("Filesystem",),
    "EC2": ("S3",),
    "Azure": ("Azure",),
    "GCS": ("GCS",),
    "HDFS": ("HDFS",),
    "FTP": ("FTP",),
    "SSH": ("SFTP", "SCP"),
    "SharePointOnline": ("SharePointOnline",),
    "Databricks": ("DatabricksVolume",),
}


class FolderStore:
    """The managed-folder calls on one project."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._family = project.family("managed_folders", "MANAGED_FOLDER")

    def listing(self, world: "World") -> list[JsonObject]:
        """Return all folders, full."""
        return [self.view(world, folder_id) for folder_id in sorted(self._family)]

    def view(self, world: "World", folder_id: str) -> JsonObject:
        """Return the full object."""
        shown = apply_folder(self._stored(folder_id), world.profile)
        tag = self._family.version_tag(folder_id)
        return {
            "projectKey": self._project.key,
            "id": folder_id,
            **shown,
            **({} if tag is None else {"versionTag": tag}),
        }

    def exists(self, folder_id: str) -> bool:
        """Return whether there is a folder of that id."""
        return folder_id in self._family

    def create(self, world: "World", body: JsonObject, caller: Caller) -> str:
        """Make a folder and return its id of 8 characters; ``type: null`` is derived from the connection [seen]."""
        name = body.get("name")
        if not isinstance(name, str) or not name.strip():
            raise illegal_argument("Missing mandatory argument: name")
        params = {**(body.get("params") or {})}
        params.setdefault("connection", _LOCAL_CONNECTION)
        params.setdefault("path", "${projectKey}/${odbId}")
        connection = world.state_of(Connections).check_usable(params["connection"], caller)
        type_name = _checked_type(connection, body.get("type"))
        if not connection.get("allowManagedFolders", True) or not connection.get("allowWrite", True):
            raise unauthorized(f"may not create a managed folder on connection {params['connection']}")
        if type_name in ("S3", "GCS") and not params.get("bucket"):
            bucket = (connection.get("params") or {}).get("defaultManagedBucket")
            params |= {"bucket": bucket} if bucket else {}
        folder_id = world.ids.draw(8, taken=self._family)
        document = apply_folder({**body, "type": type_name, "params": params}, world.profile)
        self._family.create(folder_id, document, caller.identity)
        return folder_id

    def save(self, world: "World", folder_id: str, body: JsonObject, caller: Caller) -> None:
        """Replace a folder as a whole; id and project cannot be changed [doc]."""
        stored = self._stored(folder_id)
        given = {key: item for key, item in body.items() if key not in ("id", "projectKey")}
        document = apply_folder({**given, "creationTag": stored.get("creationTag")}, world.profile)
        if document["params"].get("connection") != (stored.get("params") or {}).get("connection"):
            name = document["params"].get("connection")
            if name in world.connections or world.profile.unknown_connection == "error":
                _checked_type(world.state_of(Connections).check_usable(str(name), caller), document.get("type"))
        self._family.save(folder_id, document, caller.identity)

    def rename(self, folder_id: str, name: object, caller: Caller) -> None:
        """Change the name only; blanks are refused [doc]."""
        if not isinstance(name, str) or not name.strip():
            raise illegal_argument("The name of a managed folder cannot be empty")
        self._family.save(folder_id, {**self._stored(folder_id), "name": name}, caller.identity)

    def delete(
        self, world: "World", folder_id: str, caller: Caller, *, drop_recipes: bool | Container[str] = True
    ) -> None:
        """Delete a folder with the recipes and labeling tasks that use it [doc]; files are the route's business."""
        self._stored(folder_id)
        self._family.delete(folder_id)
        forget_object(self._project, "MANAGED_FOLDER", folder_id, caller.identity, drop_recipes=drop_recipes)
        forget_measurements(world, self._project.key, "MANAGED_FOLDER", folder_id)

    def files(self, world: "World", folder_id: str) -> FolderFiles:
        """Return the folder's files, variables in its place expanded."""
        document = _with_type(self._stored(folder_id))
        return open_files(world, self.expanded_params(world, folder_id, document))

    def expanded_params(self, world: "World", folder_id: str, document: JsonObject) -> JsonObject:
        """Return the params with ``${projectKey}``, ``${odbId}`` and project variables in texts expanded."""
        variables = {
            **(self._project.disk.read_json("variables.json") or {}),
            **(self._project.disk.read_json("localvariables.json") or {}),
            "projectKey": self._project.key,
            "odbId": folder_id,
        }
        del world
        expanded: JsonObject = _expand(document.get("params") or {}, variables.get)
        return expanded

    def clear_outputs(self, world: "World") -> None:
        """Remove the files of folders that recipes write, for a project that is being deleted."""
        for folder_id in list(self._family):
            if any(side == "outputs" for _, side in recipes_using(self._project, folder_id)):
                self.files(world, folder_id).delete_all()

    def _stored(self, folder_id: str) -> JsonObject:
        stored = self._family.get(folder_id)
        if stored is None:
            raise not_found(f"managed folder does not exist: {self._project.key}.{folder_id}")
        return stored


def apply_folder(document: JsonObject, profile: Profile) -> JsonObject:
    """Return ``document`` as the server holds it, ``params`` typed by ``type``."""
    keep, version = profile.keep_unknown_fields, profile.version
    result = FOLDER.apply(_with_type(document), keep_unknown=keep, version=version)
    params = _PARAMS.get(str(result.get("type")), _UNKNOWN_PARAMS)
    result["params"] = params.apply(result["params"], keep_unknown=keep, version=version)
    return result


def _with_type(document: JsonObject) -> JsonObject:
    """Before 5.0 a folder had a ``path`` and nothing else of where it lies: the local connection for folders [inferred]."""
    if document.get("type") or not document.get("path") or document.get("params"):
        return document
    params = {"connection": _LOCAL_CONNECTION, "path": document["path"]}
    return {**document, "type": "Filesystem", "params": params}


def _checked_type(connection: JsonObject, wanted: object) -> str:
    """Return the folder type that goes with a connection; a wrong pair is refused [seen]."""
    kind = connection["type"]
    allowed = _TYPE_OF_CONNECTION.get(kind, ())
    if kind.startswith("fsprovider_"):
        allowed = (kind,)
    if not allowed or (wanted and wanted not in allowed):
        raise coded_error(
            "ERR_FOLDER_INVALID_CONFIG", f"Invalid connection type for managed folders : {kind}", status=400
        )
    return str(wanted or allowed[0])


def _expand(value_: Any, lookup: Callable[[str], Any]) -> Any:
    if isinstance(value_, dict):
        return {key: _expand(item, lookup) for key, item in value_.items()}
    if not isinstance(value_, str) or "${" not in value_:
        return value_
    text = value_
    start = text.find("${")
    while start >= 0 and (end := text.find("}", start)) > 0:
        found = lookup(text[start + 2 : end])
        if found is None:
            start = text.find("${", end)
        else:
            text = f"{text[:start]}{found}{text[end + 1 :]}"
            start = text.find("${", start + len(str(found)))
    return text
