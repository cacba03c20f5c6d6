"""Kinds that a whole-project reader must be able to see, shown from the project tree as they lie there.

There are no writing routes for them: a PUT or POST answers 405. Sources: api-flow.md 11, 12, 13, object-shapes.md 2, 12 - 14.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from emulator.errors import not_found
from emulator.json_text import JsonObject
from emulator.projects.project import Project

if TYPE_CHECKING:
    from emulator.world import World

__all__ = ["KINDS", "ReadOnlyKind", "ReadOnlyStore"]


@dataclass(frozen=True, slots=True)
class ReadOnlyKind:
    """One family. ``header`` = keys of a list item besides ``projectKey`` and ``id``; ``None`` = the list holds full objects."""

    what: str
    folder: str
    tag_kind: str
    header: tuple[str, ...] | None = None


KINDS: Final[Mapping[str, ReadOnlyKind]] = {
}
"""Path segment below the project -> family."""

_CODE_FILES: Final = {"html": "body.html", "js": "app.js", "css": "style.css", "python": "backend.py"}


class ReadOnlyStore:
    """Reads of one project."""

    def __init__(self, world: "World", project: Project) -> None:
        self._world = world
        self._project = project

    def listing(self, segment: str) -> list[JsonObject]:
        """Return the list of a family."""
        kind = KINDS[segment]
        documents = [
            self.view(segment, object_id) for object_id in sorted(self._project.family(kind.folder, kind.tag_kind))
        ]
        if kind.header is None:
            return documents
        return [self._header(document, kind.header) for document in documents]

    def view(self, segment: str, object_id: str) -> JsonObject:
        """Return one object with its identity."""
        kind = KINDS[segment]
        family = self._project.family(kind.folder, kind.tag_kind)
        stored = family.get(object_id)
        if stored is None:
            raise not_found(f"{kind.what} does not exist: {self._project.key}.{object_id}")
        tag = family.version_tag(object_id)
        document = {
            "projectKey": self._project.key,
            "id": object_id,
            **stored,
            **({} if tag is None else {"versionTag": tag}),
        }
        return self._with_code(object_id, document) if segment == "webapps" else document

    def analyses(self) -> list[JsonObject]:
        """Return the visual analyses."""
        found = sorted(self._project.disk.path("analysis").glob("*/core_params.json"))
        return [self.analysis(file.parent.name) for file in found]

    def analysis(self, analysis_id: str) -> JsonObject:
        """Return one visual analysis."""
        stored = self._project.disk.read_json(f"analysis/{analysis_id}/core_params.json")
        if stored is None:
            raise not_found(f"analysis does not exist: {self._project.key}.{analysis_id}")
        return {"projectKey": self._project.key, "id": analysis_id, **stored}

    def ml_tasks(self, analysis_id: str | None = None) -> list[JsonObject]:
        """Return the ML tasks of the project, or of one analysis."""
        tasks = []
        for file in sorted(self._project.disk.path("analysis").glob("*/ml/*/params.json")):
            owner, task_id = file.parent.parent.parent.name, file.parent.name
            if analysis_id in (None, owner):
                stored = self._project.disk.read_json(f"analysis/{owner}/ml/{task_id}/params.json") or {}
                head = {key: stored.get(key) for key in ("taskType", "predictionType", "backendType", "name")}
                tasks.append(
                    {"analysisId": owner, "mlTaskId": task_id, **{k: v for k, v in head.items() if v is not None}}
                )
        return tasks

    def worksheets(self, dataset: str) -> list[JsonObject]:
        """Return the statistics worksheets on a dataset."""
        family = self._project.family("statistics_worksheets", "STATISTICS_WORKSHEET")
        return [
            {"projectKey": self._project.key, "id": worksheet_id, **document}
            for worksheet_id, document in family.items()
            if (document.get("dataSpec") or {}).get("inputDatasetSmartName") == dataset
        ]

    def worksheet(self, dataset: str, worksheet_id: str) -> JsonObject:
        """Return one statistics worksheet."""
        for document in self.worksheets(dataset):
            if document["id"] == worksheet_id:
                return document
        raise not_found(f"worksheet does not exist: {self._project.key}.{worksheet_id}")

    def notebooks(self) -> list[JsonObject]:
        """Return the headers of Jupyter notebooks."""
        found = sorted(self._project.disk.path("ipython_notebooks").glob("*.ipynb"))
        headers = []
        for file in found:
            spec = ((self._project.disk.read_json(f"ipython_notebooks/{file.name}") or {}).get("metadata") or {}).get(
                "kernelspec"
            ) or {}
            headers.append(
                {
                    "projectKey": self._project.key,
                    "name": file.stem,
                    "language": spec.get("language", "python"),
                    "kernelSpec": spec,
                }
            )
        return headers

    def notebook(self, name: str) -> Any:
        """Return a Jupyter notebook."""
        stored = self._project.disk.read_json(f"ipython_notebooks/{name}.ipynb")
        if stored is None:
            raise not_found(f"notebook does not exist: {self._project.key}.{name}")
        return stored

    def _header(self, document: JsonObject, keys: tuple[str, ...]) -> JsonObject:
        header = {key: document[key] for key in ("projectKey", "id", *keys) if key in document}
        if "pages" in document:
            pages = document["pages"] or []
            tiles = sum(len((page.get("grid") or {}).get("tiles") or ()) for page in pages)
            header |= {"numPages": len(pages), "numTiles": tiles}
        return header

    def _with_code(self, webapp_id: str, document: JsonObject) -> JsonObject:
        """The code of a webapp lies in files and is shown in its params [seen]."""
        params = {**(document.get("params") or {})}
        for key, name in _CODE_FILES.items():
            raw = self._project.disk.read(f"web_apps/{webapp_id}/{name}")
            if raw is not None:
                params[key] = raw.decode("utf-8", "replace")
        return {**document, "params": params}
