"""From what the user says about the state to the objects that hold it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

from dataiku_iac.commands.in_node import FolderPlace, LocalNode
from dataiku_iac.commands.inputs import StateInputs
from dataiku_iac.commands.sources import find_folder
from dataiku_iac.core.canonical import JsonObject, is_object
from dataiku_iac.core.errors import ConfigError, NotAllowed, UnexpectedShape
from dataiku_iac.core.roles import NodeReader
from dataiku_iac.core.secret import Secret
from dataiku_iac.store.blobs import Blobs
from dataiku_iac.store.clock import StoreClock
from dataiku_iac.store.directory_blobs import DirectoryBlobs
from dataiku_iac.store.s3_blobs import S3Settings, open_s3

__all__ = ["open_blobs"]

_WHERE: Final = "state"


def open_blobs(
    state: StateInputs, *, clock: StoreClock, reader: NodeReader | None, local: LocalNode | None, base: Path | None
) -> Blobs:
    """Return the objects that hold the state; nothing is written yet.

    ``reader`` reads the node that has the managed folder; ``local`` is given when that is the node we run on. ``base``
    is the directory to which a relative ``directory`` is relative, ``None`` where that would mean nothing.

    Raises:
        ConfigError: nothing or too little is said.
        NodeError: the folder or its connection cannot be read.
    """
    if state.managed_folder:
        if reader is None:
            raise ConfigError(
                f'no node is known that has the managed folder "{state.managed_folder}"',
                where=_WHERE,
                next_step="name the node, or give the bucket itself",
            )
        return _open_folder(state, clock=clock, reader=reader, local=local)
    if state.bucket:
        return open_s3(_settings(state), clock=clock)
    if state.directory:
        path = Path(state.directory)
        if not path.is_absolute() and base is None:
            raise ConfigError(
                f'"{state.directory}" is relative to nothing here',
                where=_WHERE,
                next_step="give an absolute directory of the node, a managed folder or a bucket",
            )
        return DirectoryBlobs(path if base is None else base / path)
    raise ConfigError(
        "nothing says where the state lives",
        where=_WHERE,
        next_step="choose a preset of the state store (in the program: --state), or write state: {managed_folder: PROJECT.name} "
        "to dataiku-iac.yml",
    )


def _settings(state: StateInputs) -> S3Settings:
    return S3Settings(
        bucket=state.bucket,
        prefix=state.prefix.strip("/"),
        region=state.region,
        endpoint_url=state.endpoint,
        access_key=state.access_key,
        secret_key=state.secret_key,
    )


def _open_folder(state: StateInputs, *, clock: StoreClock, reader: NodeReader, local: LocalNode | None) -> Blobs:
    project, dot, name = state.managed_folder.partition(".")
    if not (project and dot and name):
        raise ConfigError(
            f'"{state.managed_folder}" does not name a managed folder',
            where=_WHERE,
            next_step="write PROJECT.name or PROJECT.id",
        )
    folder = find_folder(reader, project, name)
    document = reader.get(f"/projects/{project}/managedfolders/{folder}")
    if not is_object(document):
        raise UnexpectedShape(f"managed folder {state.managed_folder} is no object", where=_WHERE)
    place = local.folder_place(project, folder) if local is not None else None
    match document.get("type"):
        case "S3":
            return open_s3(_settings(_in_bucket(state, document, project, folder, place, reader)), clock=clock)
        case "Filesystem" if place is not None and place.path:
            return DirectoryBlobs(Path(place.path))
        case other:
            raise ConfigError(
                f'managed folder "{state.managed_folder}" is of type {other}, which cannot hold state here',
                where=_WHERE,
                next_step="use a folder on an S3 connection; one on the node's own disk serves macros of that node only",
            )


def _in_bucket(
    state: StateInputs, folder: JsonObject, project: str, folder_id: str, place: FolderPlace | None, reader: NodeReader
) -> StateInputs:
    """Complete ``state`` with what the folder and its connection say; what the user said counts more."""
    params = _object(folder, "params")
    connection = _text(params, "connection")
    info = _connection_info(reader, connection, project) if not _is_complete(state) else {}
    details = _object(info, "resolvedParams") or _object(info, "params")
    credential = _object(info, "resolvedAWSCredential")
    if _text(credential, "sessionToken"):
        raise ConfigError(
            f'connection "{connection}" works with credentials that expire within the hour',
            where=_WHERE,
            next_step="give the preset of the state store a key pair of its own, or use the role of the machine",
        )
    endpoint, region = _place_of(_text(details, "regionOrEndpoint"))
    bucket = (place.bucket if place else "") or _text(params, "bucket") or _text(details, "defaultManagedBucket")
    prefix = (
        state.prefix or (place.root if place else "") or _expanded(_text(params, "path"), project, folder_id, details)
    )
    key, secret = _text(credential, "accessKey"), _text(credential, "secretKey")
    has_own_keys = bool(state.access_key)
    return replace(
        state,
        managed_folder="",
        bucket=state.bucket or bucket,
        prefix=prefix,
        region=state.region or region,
        endpoint=state.endpoint or endpoint,
        access_key=state.access_key or key,
        secret_key=state.secret_key if has_own_keys else (Secret(secret) if secret else None),
    )


def _is_complete(state: StateInputs) -> bool:
    return bool(state.bucket and state.prefix and state.access_key and (state.region or state.endpoint))


def _connection_info(reader: NodeReader, connection: str, project: str) -> JsonObject:
    try:
        # Clear credentials come with this answer (api-admin-govern.md 2.4): it is never logged or kept.
        answer = reader.get(f"/connections/{connection}/info", params={"contextualProjectKey": project})
    except NotAllowed as error:
        raise NotAllowed(
            f'the details of connection "{connection}" may not be read: {error.what}',
            where=_WHERE,
            next_step='let the group of this user read the details of the connection ("details readable by"), or give '
            "bucket, prefix, region and keys in the preset of the state store",
            status=error.status,
        ) from error
    return answer if is_object(answer) else {}


def _place_of(text: str) -> tuple[str, str]:
    """Split what DSS keeps in one field: ``eu-west-1`` is a region, ``http://minio:9000`` or ``minio:9000`` an endpoint."""
    if "://" in text:
        return text, ""
    if "." in text or ":" in text:
        return f"https://{text}", ""
    return "", text


def _expanded(path: str, project: str, folder_id: str, details: JsonObject) -> str:
    """Return the path of a folder with DSS's variables filled in: ``/dataiku/${projectKey}/${odbId}`` [seen]."""
    found = path.replace("${projectKey}", project).replace("${odbId}", folder_id)
    if "${" in found or _text(details, "chroot"):
        raise ConfigError(
            f'where "{path}" is in the bucket cannot be told from outside the node',
            where=_WHERE,
            next_step="give bucket and prefix in the preset of the state store",
        )
    return found


def _object(value: JsonObject, key: str) -> JsonObject:
    found = value.get(key)
    return found if isinstance(found, Mapping) else {}


def _text(value: JsonObject, key: str) -> str:
    found = value.get(key)
    return found if isinstance(found, str) else ""
