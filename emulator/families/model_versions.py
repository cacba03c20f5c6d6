"""The versions of a saved model. Inline ones are in its file; imported ones are data, beside the project.

They lie in ``<data-dir>/saved_models/KEY/ID/VERSION/``: the model's files as they came, and ``dss-metadata.json``. Where a real node
has them is not known from the API; an export takes them along only if asked (``exportSavedModels``).
Source: api-flow.md 11.2, object-shapes.md 12.
"""

import io
import re
import zipfile
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from emulator.errors import illegal_argument, not_found
from emulator.json_text import JsonObject
from emulator.naming import already_exists
from emulator.projects.project import Project

if TYPE_CHECKING:
    from emulator.world import World

__all__ = ["FOLDER", "ModelVersions"]

FOLDER: Final = "saved_models"
_METADATA: Final = "dss-metadata.json"
_VERSION_ID: Final = re.compile(r"[A-Za-z0-9_.\-]+")


class ModelVersions:
    """The versions of one model; ``document`` is the stored head of the model."""

    def __init__(self, world: "World", project: Project, model_id: str) -> None:
        self._world = world
        self._name = f"{project.key}.{model_id}"
        self._disk = world.disk.sub(f"{FOLDER}/{project.key}/{model_id}")

    def ids(self, document: JsonObject) -> list[str]:
        """Return the ids of all versions: inline ones in their order, then imported ones."""
        inline = [str(item["versionId"]) for item in document.get("inlineVersions") or () if "versionId" in item]
        imported = sorted(file.parent.name for file in self._disk.root.glob(f"*/{_METADATA}"))
        return list(dict.fromkeys([*inline, *imported]))

    def check(self, document: JsonObject, version: str) -> None:
        """Raise 404 unless there is such a version."""
        if version not in self.ids(document):
            raise not_found(f"version does not exist: {version} of saved model {self._name}")

    def add(self, document: JsonObject, version: str, files: Mapping[str, bytes], metadata: JsonObject) -> None:
        """Keep a new version; its metadata is written last, so that a kill leaves no half version."""
        if not _VERSION_ID.fullmatch(version):
            raise illegal_argument(f"Invalid version id: {version}")
        if version in self.ids(document):
            raise already_exists("Version", version, self._world.profile)
        for name, content in files.items():
            self._disk.write(f"{version}/model/{name}", content)
        self._disk.write_json(f"{version}/{_METADATA}", metadata)

    def add_mlflow(self, document: JsonObject, version: str, files: Mapping[str, bytes], metadata: JsonObject) -> None:
        """Keep an MLflow model: it is one if it has a file ``MLmodel`` at its root."""
        if "MLmodel" not in files:
            raise illegal_argument("Not an MLflow model: there is no file MLmodel at its root")
        self.add(document, version, files, metadata)

    def add_mlflow_zip(self, document: JsonObject, version: str, content: bytes, metadata: JsonObject) -> None:
        """Keep an MLflow model that came as a zip, of the model's directory or of what is in it."""
        try:
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                files = {name: archive.read(name) for name in archive.namelist() if not name.endswith("/")}
        except zipfile.BadZipFile as error:
            raise illegal_argument(f"Not a zip archive: {error}") from error
        if any(".." in PurePosixPath(name).parts for name in files):
            raise illegal_argument("The archive holds paths that leave it")
        roots = {PurePosixPath(name).parts[0] for name in files}
        if "MLmodel" not in files and len(roots) == 1:
            files = {name.partition("/")[2]: item for name, item in files.items()}
        self.add_mlflow(document, version, files, metadata)

    def metadata(self, document: JsonObject, version: str) -> JsonObject:
        """Return what is known of an imported version."""
        self.check(document, version)
        found: JsonObject | None = self._disk.read_json(f"{version}/{_METADATA}")
        if found is None:
            raise not_found(f"version {version} of saved model {self._name} was not imported")
        return found

    def save_metadata(self, document: JsonObject, version: str, metadata: JsonObject) -> None:
        """Replace what is known of an imported version."""
        self.metadata(document, version)
        self._disk.write_json(f"{version}/{_METADATA}", metadata)

    def delete(self, version: str) -> None:
        """Remove the data of an imported version, its metadata first."""
        self._disk.delete(f"{version}/{_METADATA}")
        self._disk.delete(version)

    def delete_all(self) -> None:
        """Remove the data of all versions."""
        self._disk.delete("")
