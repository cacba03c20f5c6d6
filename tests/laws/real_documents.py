"""Real projects as a node would answer for them, read by the kinds' own ``list`` and ``read``.

On disk an object does not hold its own identity: the API adds ``name`` or ``id``, ``projectKey`` and ``versionTag``
(object-shapes.md §4). Recipes are two files, project settings are split over five calls, wiki articles are two files.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from dataiku_iac.core.address import Address
from dataiku_iac.core.canonical import Json
from dataiku_iac.core.errors import ObjectMissing
from dataiku_iac.core.kind import Kind, Live
from dataiku_iac.engine.translate import Names, distinct_names, to_portable
from dataiku_iac.resources.registry import KINDS
from tests.kinds.declarations import Example

__all__ = ["REAL_PROJECTS", "TreeReader", "real_documents"]

REAL_PROJECTS = Path(__file__).parents[3] / "shared" / "real-projects"
_TAG = {"versionNumber": 3, "lastModifiedBy": {"login": "user-1"}, "lastModifiedOn": 1700000000000}
_NOT_IN_SETTINGS = ("permissions", "dashboardAuthorizations", "additionalDashboardUsers")


@dataclass(frozen=True)
class TreeReader:
    """A ``NodeReader`` over one project tree; ``root`` holds ``params.json``."""

    root: Path
    key: str

    def get(self, path: str, *, params: dict[str, str] | None = None) -> Json:
        """Answer like a node, or raise ``ObjectMissing``."""
        parts = [unquote(part) for part in path.strip("/").split("/")]
        if parts[:2] != ["projects", self.key]:
            raise ObjectMissing(path)
        family = getattr(self, "_" + parts[2].replace("-", "_"), None)
        if family is None:
            raise ObjectMissing(path)  # no real project has an object of such a family
        try:
            answer: Json = family(*[part for part in parts[3:] if part])
        except FileNotFoundError as error:
            raise ObjectMissing(path) from error
        return answer

    def get_many(self, paths: Sequence[str]) -> list[Json]:
        """Answer one after another."""
        return [self.get(path) for path in paths]

    def get_text(self, path: str) -> str:
        """Nothing is asked for as text."""
        raise ObjectMissing(path)

    # --- the project ---

    def _settings(self) -> Any:
        settings = {key: value for key, value in self._params().items() if key not in _NOT_IN_SETTINGS}
        return {"projectKey": self.key, "versionTag": _TAG, **settings}

    def _metadata(self) -> Any:
        params = self._params()
        keys = ("shortDesc", "description", "tags", "checklists", "customFields")
        return {"label": params["name"], **{key: params[key] for key in keys if key in params}}

    def _variables(self) -> Any:
        return {
            "standard": self._json("variables.json", default={}),
            "local": self._json("localvariables.json", default={}),
        }

    def _permissions(self) -> Any:
        params = self._params()
        return {key: params[key] for key in ("owner", *_NOT_IN_SETTINGS) if key in params}

    def _tags(self) -> Any:
        return self._json("tags.json", default={"tags": {}})

    # --- what is in it ---

    def _flow(self, what: str, zone: str = "") -> Any:
        if what == "graph":
            return {"nodes": {}}
        default = {"id": "default", "name": "Default", "color": "#D1D8DA", "items": [], "shared": [], "tags": []}
        zones = list(self._objects("zones", "id", tagged=False))
        if not any(found["id"] == "default" for found in zones):
            zones.insert(0, default)
        return self._one(zones, "id", zone)

    def _managedfolders(self, folder: str = "") -> Any:
        return self._one(self._objects("managed_folders", "id"), "id", folder)

    def _evaluationstores(self, store: str = "") -> Any:
        return self._one(self._objects("model_evaluation_stores", "id"), "id", store)

    def _savedmodels(self, model: str = "") -> Any:
        return self._one(self._objects("saved_models", "id"), "id", model)

    def _lab(self, analysis: str = "") -> Any:
        if analysis:
            return {**self._json(f"analysis/{analysis}/core_params.json"), "id": analysis, "projectKey": self.key}
        return [self._lab(file.parent.name) for file in sorted(self.root.glob("analysis/*/core_params.json"))]

    def _models(self, lab: str, analysis: str = "", task: str = "", what: str = "") -> Any:
        if task:
            return self._json(f"analysis/{analysis}/ml/{task}/params.json")
        files = sorted(self.root.glob("analysis/*/ml/*/params.json"))
        return [{"analysisId": file.parents[2].name, "mlTaskId": file.parent.name} for file in files]

    def _datasets(self, name: str = "", *below: str) -> Any:
        if below[:2] == ("statistics", "worksheets"):
            return self._worksheets(name, *below[2:])
        return self._one(self._objects("datasets", "name"), "name", name)

    def _worksheets(self, dataset: str, sheet: str = "") -> Any:
        every = self._objects("statistics_worksheets", "id")
        return self._one((item for item in every if item["dataSpec"]["inputDatasetSmartName"] == dataset), "id", sheet)

    def _webapps(self, webapp: str = "") -> Any:
        return self._heads("web_apps", webapp, ("id", "projectKey", "name", "type"))

    def _jupyter_notebooks(self) -> Any:
        return []

    def _recipes(self, name: str = "") -> Any:
        heads = list(self._objects("recipes", "name"))
        if not name:
            return heads
        payloads = [file for file in (self.root / "recipes").iterdir() if file.stem == name and file.suffix != ".json"]
        answer: dict[str, Any] = {"recipe": self._one(heads, "name", name)}
        return {**answer, "payload": payloads[0].read_text("utf-8")} if payloads else answer

    def _scenarios(self, scenario: str = "", what: str = "") -> Any:
        whole = list(self._objects("scenarios", "id"))
        if what:
            script = self.root / "scenarios" / f"{scenario}.py"
            return {"script": script.read_text("utf-8") if script.exists() else ""}
        if scenario:
            return self._one(whole, "id", scenario)
        keys = ("id", "projectKey", "name", "type", "active", "versionTag", "tags")
        return [{key: item[key] for key in keys if key in item} for item in whole]

    def _insights(self, insight: str = "") -> Any:
        heads = ("id", "projectKey", "name", "type", "listed", "owner")
        return self._heads("insights", insight, heads)

    def _dashboards(self, dashboard: str = "") -> Any:
        heads = ("id", "projectKey", "name", "listed", "owner")
        return self._heads("dashboards", dashboard, heads)

    def _libraries(self, what: str, *path: str) -> Any:
        if path:
            return {"name": path[-1], "data": (self.root / "lib").joinpath(*path).read_text("utf-8")}
        return self._tree(self.root / "lib")

    def _wiki(self, article: str = "") -> Any:
        if not article:
            return self._json("wiki/taxonomy.json", default={"taxonomy": []})
        body = self.root / "wiki" / "articles" / f"{article}.md"
        found = self._one(self._objects("wiki/articles", "id"), "id", article)
        return {"article": found, "payload": body.read_text("utf-8") if body.exists() else ""}

    # --- files ---

    def _params(self) -> Any:
        return self._json("params.json")

    def _json(self, path: str, default: Any = None) -> Any:
        file = self.root / path
        return default if default is not None and not file.exists() else json.loads(file.read_text("utf-8"))

    def _objects(self, folder: str, key: str, *, tagged: bool = True) -> Iterator[dict[str, Any]]:
        for file in sorted((self.root / folder).glob("*.json")) if (self.root / folder).exists() else ():
            found = json.loads(file.read_text("utf-8"))
            tag = {"versionTag": _TAG} if tagged else {}
            yield {**tag, **found, "projectKey": self.key, key: file.stem}

    def _heads(self, folder: str, wanted: str, keys: Sequence[str]) -> Any:
        whole = list(self._objects(folder, "id"))
        return self._one(whole, "id", wanted) if wanted else [{key: item[key] for key in keys} for item in whole]

    def _one(self, found: Any, key: str, wanted: str) -> Any:
        items = list(found)
        if not wanted:
            return items
        for item in items:
            if item[key] == wanted:
                return item
        raise ObjectMissing(wanted)

    def _tree(self, folder: Path) -> list[dict[str, Any]]:
        files = sorted(folder.iterdir()) if folder.exists() else ()
        return [
            {"name": file.name, "children": self._tree(file)} if file.is_dir() else {"name": file.name}
            for file in files
        ]


@cache
def real_documents() -> Sequence[Example]:
    """Return every covered object of every real project as a portable document; empty where there are no projects."""
    return [example for root in _roots() for example in _documents_of(root)]


def _roots() -> list[Path]:
    found = [*REAL_PROJECTS.glob("*/params.json"), *REAL_PROJECTS.glob("*/project_config/params.json")]
    return sorted(file.parent for file in found)


def _documents_of(root: Path) -> Iterator[Example]:
    home = root.parent.name if root.name == "project_config" else root.name
    key = home.upper().replace("-", "_")
    reader, names = TreeReader(root, key), Names(KINDS)
    found: list[tuple[Kind, Live]] = []
    for kind in KINDS:
        for item in distinct_names(kind.list(reader, key)):
            found.append((kind, item))
            if kind.chosen_by_server:
                names.learn(kind.name, key, item.name, item.id)
    for kind, head in found:
        live: Live | None = head if head.complete else kind.read(reader, key, head.id, frozenset(kind.parts))
        if live is None:
            raise ObjectMissing(f"{kind.name} {head.name} of {home}")
        whole = replace(live, document=to_portable(live.document, kind, key, names))
        address = Address("project", key) if kind.name == "project" else Address(kind.name, key, head.name)
        yield Example(kind, f"{home}/{head.name}", address, whole.document)
