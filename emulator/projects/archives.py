"""Export of a project as a zip, and import of one.

Layout: ``project_config/`` (the tree as it lies on disk), ``export-manifest.json`` and, by option, ``uploads/``,
``managed_datasets/``, ``managed_folders/``, ``saved_models/``, ``model_evaluation_stores/`` [seen; the names of all but the first
are inferred]. Files of kinds that the node does not serve come out as they went in. Sources: object-shapes.md 2, 16; api-projects-scenarios-deployer.md 3.4.
"""

import io
import json
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from emulator.connections.store import Connections
from emulator.disk import Disk
from emulator.errors import DssError
from emulator.json_text import JsonObject, dump_pretty
from emulator.projects.errors import bad_project_key
from emulator.projects.loading import BESIDE, place, unpack
from emulator.projects.project import Project
from emulator.projects.store import check_new_key
from emulator.rights import Caller

if TYPE_CHECKING:
    from emulator.world import World

__all__ = ["export_project", "import_project"]

_OPTIONS: Final = (
    "exportUploads",
    "exportManagedFS",
    "exportAnalysisModels",
    "exportSavedModels",
    "exportModelEvaluationStores",
    "exportManagedFolders",
    "exportAllInputDatasets",
    "exportAllDatasets",
    "exportAllInputManagedFolders",
    "exportGitRepository",
    "exportInsightsData",
    "exportPromptStudioHistories",
)
_DATA: Final = {
    "exportUploads": "uploads",
    "exportManagedFS": "managed_datasets",
    "exportManagedFolders": "managed_folders",
    "exportSavedModels": "saved_models",
    "exportModelEvaluationStores": "model_evaluation_stores",
}
_FIXED_TIME: Final = (1980, 1, 1, 0, 0, 0)
_GIT_IGNORED_IN_EXPORTS: Final = (".git/",)


def export_project(world: "World", project: Project, options: JsonObject) -> bytes:
    """Return the archive; with ``{}`` it holds definitions only [client]."""
    chosen = {name: bool(options.get(name, False)) for name in _OPTIONS}
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in project.disk.files():
            if not name.startswith(_GIT_IGNORED_IN_EXPORTS):
                _add(archive, f"project_config/{name}", project.disk.read(name) or b"")
        _add(archive, "export-manifest.json", dump_pretty(_manifest(world, project, chosen)))
        for option, folder in _DATA.items():
            if chosen[option]:
                data = world.disk.sub(f"{folder}/{project.key}")
                for name in data.files():
                    _add(archive, f"{folder}/{name}", data.read(name) or b"")
        kept = world.disk.sub(f"{BESIDE}/{project.key}")
        written = set(archive.namelist())
        for name in kept.files():
            if name not in written:
                _add(archive, name, kept.read(name) or b"")
    return target.getvalue()


def import_project(world: "World", archive: Path, settings: JsonObject, caller: Caller) -> JsonObject:
    """Import an uploaded archive; refusals are 200 with ``success: false`` and messages [seen].

    Scenarios arrive inactive, the owner becomes the importer, ``projectStatus`` and ``useRemoteGit`` are dropped, webapps get
    new API keys; version numbers, creation data and ids stay [seen].
    """
    staged: Path | None = None
    try:
        staged = unpack(world, archive)
        return _import_staged(world, staged, settings, caller)
    except DssError as error:
        return _outcome([_message("ERROR", error.code or "ERR_PROJECT_IMPORT", error.message)])
    finally:
        if staged is not None:
            shutil.rmtree(staged, ignore_errors=True)


def _import_staged(world: "World", staged: Path, settings: JsonObject, caller: Caller) -> JsonObject:
    config = staged / "project_config"
    if not (config / "params.json").is_file():
        config = staged
    if not (config / "params.json").is_file():
        raise DssError(500, "CodedException", "Invalid project archive", code="ERR_PROJECT_INVALID_ARCHIVE")
    manifest = _read(staged / "export-manifest.json") or {}
    key = settings.get("targetProjectKey") or manifest.get("originalProjectKey")
    if not key:
        raise bad_project_key("The archive does not name its project; give targetProjectKey")
    check_new_key(world, key)
    remapping = settings.get("remapping") or {}
    connections = {entry["source"]: entry["target"] for entry in remapping.get("connections") or ()}
    envs = {entry["source"]: entry["target"] for entry in remapping.get("codeEnvs") or ()}
    for file in sorted(config.rglob("*.json")):
        document = _read(file)
        if isinstance(document, dict):
            changed = _arrive(world, key, file.relative_to(config), _remap(document, connections, envs), caller)
            if changed != document:
                file.write_bytes(dump_pretty(changed))
    messages = [*_check_connections(world, config, manifest, connections, caller), *_check_envs(world, config)]
    if any(message["severity"] == "ERROR" for message in messages):
        return _outcome(messages)
    place(world, key, config, beside=staged if config != staged else None)
    for folder in _DATA.values():
        if config != staged and (staged / folder).is_dir():
            shutil.copytree(staged / folder, world.disk.path(f"{folder}/{key}"), dirs_exist_ok=True)
    world.open_project(key)
    return {**_outcome(messages), "usedProjectKey": key}


def _arrive(world: "World", key: str, name: Path, document: JsonObject, caller: Caller) -> JsonObject:
    """Return ``document`` with what an import changes [seen: object-shapes.md 16]."""
    folder = name.parts[0]
    if name.as_posix() == "params.json":
        settings = {key: value for key, value in (document.get("settings") or {}).items() if key != "useRemoteGit"}
        dropped = {"projectStatus"} | ({"creationTag"} if world.profile.imported_creation_tag == "dropped" else set())
        kept = {key: value for key, value in document.items() if key not in dropped}
        return {**kept, "owner": caller.login or "admin", "settings": settings}
    if name.as_posix() == "version-tags.json":
        tags: JsonObject = document.get("tags") or {}
        return {"tags": {f"PROJECT.{key}" if tag.startswith("PROJECT.") else tag: tags[tag] for tag in tags}}
    if folder == "scenarios" and document.get("active"):
        return {**document, "active": False}
    if folder == "web_apps" and "apiKey" in document:
        return {**document, "apiKey": world.ids.draw(32)}
    return document


def _remap(value: Any, connections: dict[str, str], envs: dict[str, str]) -> Any:
    """Return ``value`` with connection and code-env names replaced wherever such keys stand."""
    if isinstance(value, list):
        return [_remap(item, connections, envs) for item in value]
    if not isinstance(value, dict):
        return value
    result = {key: _remap(item, connections, envs) for key, item in value.items()}
    for names, mapping in ((("connection", "uploadConnection", "connectionId"), connections), (("envName",), envs)):
        for name in names:
            if isinstance(result.get(name), str):
                result[name] = mapping.get(result[name], result[name])
    return result


def _check_connections(
    world: "World", config: Path, manifest: JsonObject, remapped: dict[str, str], caller: Caller
) -> Iterator[JsonObject]:
    """Yield what stands against the connections: missing, of another type, not for the caller, not to be written [doc]."""
    usable = world.state_of(Connections).is_usable
    written = _used_connections(Disk(config), managed_only=True)
    required: JsonObject = manifest.get("requiredConnections") or {}
    types = {remapped.get(name, name): entry.get("type") for name, entry in required.items()}
    for name in sorted(_used_connections(Disk(config)) | set(types)):
        connection = world.connections.get(name)
        if connection is None:
            yield _message("ERROR", "ERR_BUNDLE_ACTIVATE_MISSING_CONNECTION", f"Connection {name} does not exist")
        elif types.get(name) and types[name] != connection["type"]:
            text = f"Connection {name} is of type {connection['type']} instead of {types[name]}"
            yield _message("ERROR", "ERR_BUNDLE_ACTIVATE_BAD_CONNECTION_TYPE", text)
        elif not usable(connection, caller):
            text = f"You may not use connection {name}"
            yield _message("ERROR", "ERR_BUNDLE_ACTIVATE_BAD_CONNECTION_PERMISSIONS", text)
        elif name in written and not connection.get("allowWrite", True):
            text = f"Connection {name} is not writable and holds managed datasets or folders"
            yield _message("ERROR", "ERR_BUNDLE_ACTIVATE_CONNECTION_NOT_WRITABLE", text)


def _check_envs(world: "World", config: Path) -> Iterator[JsonObject]:
    """Missing code environments are warnings and do not stop an import [inferred]."""
    known = {name.rpartition("/")[2] for name in world.code_envs}
    used = {name for file in config.rglob("*.json") for name in _env_names(_read(file))}
    for name in sorted(used - known):
        yield _message("WARNING", "WARN_PROJECT_IMPORT_MISSING_CODE_ENV", f"Code env {name} does not exist")


def _env_names(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("envName"), str) and value["envName"]:
            yield value["envName"]
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from _env_names(item)


def _used_connections(disk: Disk, *, managed_only: bool = False) -> set[str]:
    used: set[str] = set()
    for folder in ("datasets", "managed_folders", "streaming_endpoints"):
        for file in sorted(disk.path(folder).glob("*.json")):
            document = _read(file) or {}
            if managed_only and folder != "managed_folders" and not document.get("managed"):
                continue
            params = document.get("params") or {}
            used |= {params["connection"]} if isinstance(params.get("connection"), str) else set()
    return used


def _manifest(world: "World", project: Project, options: dict[str, bool]) -> JsonObject:
    required = {}
    for name in sorted(_used_connections(project.disk)):
        connection = world.connections.get(name)
        required[name] = {"name": name, "type": (connection or {}).get("type"), "isMissing": connection is None}
    return {
        "exportedWithOptions": options,
        "actualContent": {
            "includedDatasets": [],
            "includedSavedModels": [],
            "includedManagedFolders": [],
            "allAnalysisData": False,
            "insightsData": False,
        },
        "originalProjectKey": project.key,
        "manifestVersion": 3,
        "generatedWithDSSVersion": world.profile.dss_version,
        "foreignObjects": [],
        "exportedWithPlugins": [],
        "requiredConnections": required,
        "allowedMissingConnections": [],
        "usedCodeEnvRefs": [],
        "hasPartitionedDataset": False,
    }


def _outcome(messages: list[JsonObject]) -> JsonObject:
    severities = {message["severity"] for message in messages}
    worst = next((severity for severity in ("ERROR", "WARNING", "INFO") if severity in severities), None)
    info: JsonObject = {
        "messages": messages,
        "anyMessage": bool(messages),
        "success": False,
        "warning": "WARNING" in severities,
        "error": "ERROR" in severities,
        "fatal": any(message["isFatal"] for message in messages),
    }
    if worst is not None:
        info["maxSeverity"] = worst
    return {"success": "ERROR" not in severities, "messages": info}


def _message(severity: str, code: str, text: str) -> JsonObject:
    return {
        "severity": severity,
        "isFatal": severity == "ERROR",
        "code": code,
        "title": text,
        "message": text,
        "details": text,
    }


def _add(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    """Add with a fixed time: two exports of the same project are the same bytes."""
    archive.writestr(zipfile.ZipInfo(name, _FIXED_TIME), content, zipfile.ZIP_DEFLATED)


def _read(file: Path) -> Any:
    return json.loads(file.read_bytes()) if file.is_file() else None
