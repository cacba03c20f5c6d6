"""Where the rows of a dataset lie, and reading them as the API streams them.

Served: files of ``Filesystem`` datasets, uploads, and ``Inline`` rows in csv form; other storages and formats are refused with a
coded error, never answered with nothing. Source: api-flow.md 2.3, 4.1.
"""

import csv
import gzip
import io
import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from emulator.disk import Disk
from emulator.errors import DssError, coded_error
from emulator.json_text import JsonObject
from emulator.projects.project import Project

if TYPE_CHECKING:
    from emulator.world import World

__all__ = ["DatasetFiles"]

_IO_ERROR: Final = "com.dataiku.dip.datasets.DataStoreIOException"
_DELIMITED: Final = "csv"


class DatasetFiles:
    """The data behind the datasets of one project."""

    def __init__(self, project: Project) -> None:
        self._project = project

    def storage(self, world: "World", name: str, document: JsonObject) -> Disk | None:
        """Return the directory of a dataset on a local ``Filesystem`` connection or of its uploads, else ``None``."""
        if document.get("type") == "UploadedFiles":
            return world.disk.sub(f"uploads/{self._project.key}/{name}")
        params: JsonObject = document.get("params") or {}
        connection = world.connections.get(params.get("connection") or "")
        if document.get("type") != "Filesystem" or connection is None or connection["type"] != "Filesystem":
            return None
        root = str((connection.get("params") or {}).get("root") or "/").replace("${dip.home}", str(world.disk.root))
        if not Path(root).is_relative_to(world.disk.root):
            return None  # data is read and cleared below the data directory only: a test must not empty somebody's disk
        return Disk(Path(root)).sub(str(params.get("path") or "").replace("${projectKey}", self._project.key))

    def rows(self, world: "World", name: str, document: JsonObject, *, limit: int | None) -> Iterator[list[str]]:
        """Yield the rows of a dataset; raises as the node does for one that was never built [seen]."""
        if document.get("type") == "Inline":
            raw = self._project.disk.read(f"datasets/{name}.data")
            yield from itertools.islice(_inline_rows(raw or b"[]", document), limit)
            return
        storage = self.storage(world, name, document)
        if storage is None:
            raise coded_error(
                "ERR_DATASET_ACTION_NOT_SUPPORTED", f"the emulator cannot read {document.get('type')} datasets"
            )
        if not document.get("formatType"):
            raise coded_error("ERR_FORMAT_TYPE_MISSING", f"Format type is missing on dataset {name}")
        if document["formatType"] != _DELIMITED:
            text = f"the emulator cannot read the format {document['formatType']}"
            raise coded_error("ERR_DATASET_ACTION_NOT_SUPPORTED", text)
        files = list(storage.files()) if storage.root.is_dir() else []
        if not files:
            raise DssError(500, _IO_ERROR, f"Root path of the dataset {name} does not exist")
        found = (row for file in files for row in _csv_rows(storage.read(file) or b"", file, document["formatParams"]))
        yield from itertools.islice(found, limit)

    def upload(self, world: "World", name: str, filename: str, content: bytes) -> None:
        """Keep one uploaded file."""
        world.disk.sub(f"uploads/{self._project.key}/{name}").write(filename or "file", content)

    def uploaded(self, world: "World", name: str) -> list[JsonObject]:
        """List the uploaded files of a dataset."""
        storage = world.disk.sub(f"uploads/{self._project.key}/{name}")
        return [{"path": f"/{file}", "size": storage.path(file).stat().st_size} for file in storage.files()]

    def clear(self, world: "World", name: str, document: JsonObject) -> None:
        """Remove the rows; datasets whose storage is not here are refused."""
        storage = self.storage(world, name, document)
        if document.get("type") == "Inline":
            self._project.disk.write(f"datasets/{name}.data", b"[]")
        elif storage is None:
            raise coded_error(
                "ERR_DATASET_ACTION_NOT_SUPPORTED", f"the emulator cannot clear {document.get('type')} datasets"
            )
        else:
            storage.delete("")

    def drop(self, world: "World", name: str, document: JsonObject) -> None:
        """Remove the rows of a dataset that is being deleted, as far as they lie here."""
        storage = self.storage(world, name, document)
        if storage is not None and (document.get("managed") or document.get("type") == "UploadedFiles"):
            storage.delete("")

    def delete_all_managed(self, world: "World") -> None:
        """Remove the rows of all managed datasets, for a project that is being deleted."""
        for name, document in self._project.family("datasets", "DATASET").items():
            if document.get("managed"):
                self.drop(world, name, document)


def _csv_rows(content: bytes, file: str, params: JsonObject) -> Iterator[list[str]]:
    raw = gzip.decompress(content) if file.endswith(".gz") else content
    text = io.StringIO(raw.decode(params.get("charset") or "utf8", "replace"), newline="")
    separator = params.get("separator") or ","
    if params.get("style") == "escape_only_no_quote":
        reader = csv.reader(text, delimiter=separator, quoting=csv.QUOTE_NONE, escapechar="\\")
    else:
        escape = "\\" if params.get("style") == "unix" else None
        reader = csv.reader(text, delimiter=separator, quotechar=params.get("quoteChar") or '"', escapechar=escape)
    skipped = int(params.get("skipRowsBeforeHeader") or 0) + bool(params.get("parseHeaderRow"))
    yield from itertools.islice(reader, skipped + int(params.get("skipRowsAfterHeader") or 0), None)


def _inline_rows(raw: bytes, document: JsonObject) -> Iterator[list[str]]:
    """Rows of an editable dataset: one JSON object per line or a JSON list of them."""
    text = raw.decode("utf-8", "replace").strip()
    rows = (
        json.loads(text) if text.startswith("[") else [json.loads(line) for line in text.splitlines() if line.strip()]
    )
    columns = [column["name"] for column in (document.get("schema") or {}).get("columns") or ()]
    for row in rows:
        cells = row if isinstance(row, list) else [row.get(name) for name in columns]
        yield ["" if cell is None else str(cell) for cell in cells]
