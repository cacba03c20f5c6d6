"""Routes of datasets. Source: api-flow.md 4.1."""

import csv
import io
from typing import Final

from emulator.datasets.data import DatasetFiles
from emulator.datasets.store import DatasetStore
from emulator.errors import illegal_argument
from emulator.flow.references import usages_of
from emulator.rights import Right
from emulator.routing import Reply, Request, Route, bytes_reply, empty_reply, json_reply, message_reply
from emulator.world import World

__all__ = ["ROUTES"]


def list_datasets(request: Request, world: World) -> Reply:
    """Answer with full datasets."""
    tags = set(request.query_list("tags"))
    return json_reply(list(_store(request, world).listing(tags, foreign=request.flag("foreign"))))


def create_dataset(request: Request, world: World) -> Reply:
    """Create a dataset as the body says."""
    name = _store(request, world).create(request.json_object(), request.caller)
    return message_reply(f"Created dataset {request.path['project_key']}.{name}")


def create_managed_dataset(request: Request, world: World) -> Reply:
    """Create a dataset where the connection's rules say."""
    body = request.json_object()
    name = _store(request, world).create_managed(body.get("name"), body.get("creationSettings") or {}, request.caller)
    return message_reply(f"Created managed dataset: {request.path['project_key']}.{name}")


def get_dataset(request: Request, world: World) -> Reply:
    """Answer with the full object."""
    return json_reply(_store(request, world).view(request.path["name"]))


def put_dataset(request: Request, world: World) -> Reply:
    """Replace the object; JSON is answered, as older clients parse it [client]."""
    name = request.path["name"]
    _store(request, world).save(name, request.json_object(), request.caller)
    return message_reply(f"Updated dataset {request.path['project_key']}.{name}")


def delete_dataset(request: Request, world: World) -> Reply:
    """Delete the object."""
    _store(request, world).delete(request.path["name"], request.caller, drop_data=request.flag("dropData"))
    return empty_reply()


def get_schema(request: Request, world: World) -> Reply:
    """Answer with the schema."""
    return json_reply(_store(request, world).schema(request.path["name"]))


def put_schema(request: Request, world: World) -> Reply:
    """Replace the schema."""
    name = request.path["name"]
    _store(request, world).save_schema(name, request.json_object(), request.caller)
    return message_reply(f"Updated dataset {request.path['project_key']}.{name} schema")


def get_metadata(request: Request, world: World) -> Reply:
    """Answer with the metadata."""
    return json_reply(_store(request, world).metadata(request.path["name"]))


def put_metadata(request: Request, world: World) -> Reply:
    """Replace the metadata."""
    _store(request, world).save_metadata(request.path["name"], request.json_object(), request.caller)
    return message_reply("Updated metadata")


def get_info(request: Request, world: World) -> Reply:
    """Answer with build information."""
    return json_reply(_store(request, world).info(request.path["name"]))


def get_usages(request: Request, world: World) -> Reply:
    """Answer with who uses the dataset."""
    name = request.path["name"]
    _store(request, world).stored(name)
    return json_reply(usages_of(world.project(request.path["project_key"]), "DATASET", name))


def get_partitions(request: Request, world: World) -> Reply:
    """Answer with partition ids."""
    return json_reply(_store(request, world).partitions(request.path["name"]))


def rename_dataset(request: Request, world: World) -> Reply:
    """Rename a dataset."""
    body = request.json_object()
    _store(request, world).rename(str(body.get("oldName")), body.get("newName"), request.caller)
    return empty_reply()


def get_data(request: Request, world: World) -> Reply:
    """Answer with rows as tab-separated text with Excel quoting, the one format that the official client asks for."""
    if request.query("format") != "tsv-excel-noheader":
        raise illegal_argument(f"Unsupported format: {request.query('format')}")
    name = request.path["name"]
    document = _store(request, world).stored(name)
    limit = request.query("limit")
    rows = _files(request, world).rows(world, name, document, limit=None if limit is None else int(limit))
    indexes = _chosen_columns(document["schema"]["columns"], request.query_list("columns"))
    text = io.StringIO()
    writer = csv.writer(text, delimiter="\t", lineterminator="\n")
    for row in rows:
        writer.writerow(row if indexes is None else [row[index] for index in indexes])
    return bytes_reply(text.getvalue().encode(), "text/tab-separated-values;charset=utf-8")


def finish_streaming(request: Request, world: World) -> Reply:
    """Confirm that a read ended without error: reads here are answered whole or not at all."""
    _store(request, world).stored(request.path["name"])
    return empty_reply()


def clear_data(request: Request, world: World) -> Reply:
    """Remove the rows, keep the object."""
    name = request.path["name"]
    _files(request, world).clear(world, name, _store(request, world).stored(name))
    return json_reply({})


def upload_file(request: Request, world: World) -> Reply:
    """Add a file to an ``UploadedFiles`` dataset."""
    name = request.path["name"]
    if _store(request, world).stored(name).get("type") != "UploadedFiles":
        raise illegal_argument(f"Not an uploaded files dataset: {name}")
    part = request.upload()
    _files(request, world).upload(world, name, part.filename, part.content)
    return empty_reply()


def list_uploaded(request: Request, world: World) -> Reply:
    """Answer with the uploaded files."""
    name = request.path["name"]
    _store(request, world).stored(name)
    return json_reply(_files(request, world).uploaded(world, name))


def _store(request: Request, world: World) -> DatasetStore:
    return DatasetStore(world, world.project(request.path["project_key"]))


def _files(request: Request, world: World) -> DatasetFiles:
    return world.project(request.path["project_key"]).state_of(DatasetFiles)


def _chosen_columns(schema: list[dict[str, str]], wanted: list[str]) -> list[int] | None:
    if not wanted:
        return None
    names = [column["name"] for column in schema]
    missing = [name for name in wanted if name not in names]
    if missing:
        raise illegal_argument(f"Column not found in schema: {', '.join(missing)}")
    return [names.index(name) for name in wanted]


_P: Final = "/projects/{project_key}"
_D: Final = _P + "/datasets/{name}"

ROUTES: Final = (
    Route("GET", f"{_P}/datasets", list_datasets, Right.READ),
    Route("POST", f"{_P}/datasets", create_dataset, Right.WRITE),
    Route("POST", f"{_P}/datasets/managed", create_managed_dataset, Right.WRITE),
    Route("POST", f"{_P}/actions/renameDataset", rename_dataset, Right.WRITE),
    Route("GET", _D, get_dataset, Right.READ),
    Route("PUT", _D, put_dataset, Right.WRITE),
    Route("DELETE", _D, delete_dataset, Right.WRITE),
    Route("GET", f"{_D}/schema", get_schema, Right.READ),
    Route("PUT", f"{_D}/schema", put_schema, Right.WRITE),
    Route("GET", f"{_D}/metadata", get_metadata, Right.READ),
    Route("PUT", f"{_D}/metadata", put_metadata, Right.WRITE),
    Route("GET", f"{_D}/info", get_info, Right.READ),
    Route("GET", f"{_D}/usages", get_usages, Right.READ),
    Route("GET", f"{_D}/partitions", get_partitions, Right.READ),
    Route("GET", f"{_D}/data", get_data, Right.READ),
    Route("DELETE", f"{_D}/data", clear_data, Right.WRITE),
    Route("GET", f"{_D}/finish-streaming", finish_streaming, Right.READ),
    Route("POST", f"{_D}/uploaded/files", upload_file, Right.WRITE),
    Route("GET", f"{_D}/uploaded/files", list_uploaded, Right.READ),
)
