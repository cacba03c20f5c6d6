"""Kinds that a whole-project reader must be able to see, shown from the project tree as they lie there.

There are no writing routes for them: a PUT or POST answers 405. Sources: api-flow.md 11, 12, 13, object-shapes.md 2, 12 - 14.
"""

from typing import TYPE_CHECKING, Any

from emulator.errors import not_found
from emulator.json_text import JsonObject
from emulator.projects.project import Project

if TYPE_CHECKING:
    from emulator.world import World

__all__ = ["ReadOnlyStore"]


class ReadOnlyStore:
    """Reads of one project."""

    def __init__(self, world: "World", project: Project) -> None:
        self._world = world
        self._project = project

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
