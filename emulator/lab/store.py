"""Visual analyses (``analysis/A/core_params.json``) and their ML tasks (``analysis/A/ml/T/params.json``).

Read from the disk at every call: deleting or renaming a dataset changes these files, too. An analysis has a version tag, an ML task
has none. Source: api-flow.md 11.2, object-shapes.md 2, 12, 16.
"""

import json
from typing import TYPE_CHECKING, Final

from emulator.datasets.store import check_version
from emulator.errors import coded_error, illegal_argument, not_found
from emulator.fragments import TAGGABLE
from emulator.json_text import JsonObject
from emulator.lab.guessing import guess_settings, reguess
from emulator.projects.project import Project
from emulator.recipes.payloads import fresh_payload
from emulator.rights import Caller
from emulator.shapes import Shape, optional, value

if TYPE_CHECKING:
    from emulator.world import World

__all__ = ["ANALYSIS", "LabStore"]

ANALYSIS: Final = Shape(
    "AnalysisCoreParams",
    {
        "inputDatasetSmartName": optional(),
        "script": value({}),
        "charts": value([]),
        "name": optional(),
        "customMeasures": optional(),
        "reusableDimensions": optional(),
        "hierarchies": optional(),
        **TAGGABLE,
    },
)
_HEAD: Final = ("taskType", "predictionType", "backendType", "name")
_IDENTITY: Final = ("projectKey", "id", "versionTag")
_QUICK: Final = {"PERFORMANCE": "Performance", "CUSTOM": "Custom", "DEEP": "Deep learning"}
"""Guess policy -> beginning of the name of the analysis [seen: Performance; the others follow it]."""


class LabStore:
    """The lab of one project, for one caller."""

    def __init__(self, world: "World", project: Project, caller: Caller) -> None:
        self._world = world
        self._project = project
        self._caller = caller

    def analyses(self) -> list[JsonObject]:
        """Return all analyses, full."""
        found = sorted(self._project.disk.path("analysis").glob("*/core_params.json"))
        return [self.analysis(file.parent.name) for file in found]

    def analysis(self, analysis_id: str) -> JsonObject:
        """Return one analysis."""
        shown = self._typed(self._stored(analysis_id))
        tag = self._tag(analysis_id)
        identity = {"projectKey": self._project.key, "id": analysis_id}
        return {**identity, **shown, **({} if tag is None else {"versionTag": tag})}

    def create_analysis(self, dataset: object, name: str | None = None) -> str:
        """Make an analysis of a dataset and return its id."""
        if not isinstance(dataset, str) or not dataset:
            raise illegal_argument("Missing mandatory argument: inputDataset")
        self._columns(dataset)
        analysis_id = self._world.ids.draw(8, taken={item["id"] for item in self.analyses()})
        script = json.loads(fresh_payload("shaker", [], {}) or "{}")
        document = {
            "inputDatasetSmartName": dataset,
            "script": {key: item for key, item in script.items() if key != "origin"},
            "name": name or f"Analyze {dataset}",  # [seen]
            "creationTag": self._project.tags.make(self._caller.identity),
        }
        self._write(analysis_id, document)
        return analysis_id

    def save_analysis(self, analysis_id: str, body: JsonObject) -> None:
        """Replace an analysis as a whole; what it analyses stays [inferred]."""
        stored = self._stored(analysis_id)
        check_version(self._world, body, self._tag(analysis_id))
        given = {key: item for key, item in body.items() if key not in _IDENTITY}
        kept: JsonObject = {key: stored[key] for key in ("inputDatasetSmartName", "creationTag") if key in stored}
        self._write(analysis_id, {**given, **kept})

    def delete_analysis(self, analysis_id: str) -> None:
        """Remove an analysis with its ML tasks."""
        self._stored(analysis_id)
        self._project.disk.delete(f"analysis/{analysis_id}")
        self._project.tags.drop(f"ANALYSIS.{analysis_id}")

    def tasks(self, analysis_id: str | None = None) -> list[JsonObject]:
        """Return heads of the ML tasks of the project, or of one analysis."""
        heads = []
        for file in sorted(self._project.disk.path("analysis").glob("*/ml/*/params.json")):
            owner, task_id = file.parent.parent.parent.name, file.parent.name
            if analysis_id in (None, owner):
                stored = self._project.disk.read_json(f"analysis/{owner}/ml/{task_id}/params.json") or {}
                head = {key: stored[key] for key in _HEAD if stored.get(key) is not None}
                heads.append({"analysisId": owner, "mlTaskId": task_id, **head})
        return heads

    def create_task(self, analysis_id: str | None, body: JsonObject) -> JsonObject:
        """Make an ML task, with an analysis of its own if none is given, and return ``{analysisId, mlTaskId}``."""
        dataset = (
            body.get("inputDataset") if analysis_id is None else self._stored(analysis_id)["inputDatasetSmartName"]
        )
        if not isinstance(dataset, str) or not dataset:
            raise illegal_argument("Missing mandatory argument: inputDataset")
        settings = guess_settings(body, self._columns(dataset), initiator=self._caller.identity)
        if analysis_id is None:
            analysis_id = self.create_analysis(dataset, _quick_name(body, dataset))
        task_id = self._world.ids.draw(8, taken={head["mlTaskId"] for head in self.tasks()})
        self._write_task(analysis_id, task_id, settings)
        return {"analysisId": analysis_id, "mlTaskId": task_id}

    def settings(self, analysis_id: str, task_id: str) -> JsonObject:
        """Return the settings of a task."""
        self._stored(analysis_id)
        file = f"analysis/{analysis_id}/ml/{task_id}/params.json"
        stored: JsonObject | None = self._project.disk.read_json(file) if task_id.isalnum() else None
        if stored is None:
            raise not_found(f"ML task does not exist: {self._project.key}.{analysis_id}.{task_id}")
        identity = {"projectKey": self._project.key, "analysisId": analysis_id, "id": task_id}
        return {**stored, **identity}

    def save_settings(self, analysis_id: str, task_id: str, body: JsonObject) -> None:
        """Replace the settings of a task; what kind of task it is stays [inferred]."""
        before = self.settings(analysis_id, task_id)
        if body.get("taskType", before["taskType"]) != before["taskType"]:
            raise illegal_argument(f"Cannot change the type of an ML task from {before['taskType']}")
        self._write_task(analysis_id, task_id, {**body, "taskType": before["taskType"]})

    def guess(self, analysis_id: str, task_id: str, core: JsonObject, *, full: bool) -> None:
        """Guess the settings of a task again."""
        before = self.settings(analysis_id, task_id)
        columns = self._columns(self._stored(analysis_id)["inputDatasetSmartName"])
        self._write_task(analysis_id, task_id, reguess(before, core, columns, full=full))

    def delete_task(self, analysis_id: str, task_id: str) -> None:
        """Remove a task."""
        self.settings(analysis_id, task_id)
        self._project.disk.delete(f"analysis/{analysis_id}/ml/{task_id}")

    def refuse_training(self, analysis_id: str, task_id: str) -> None:
        """Say that nothing is trained here."""
        self.settings(analysis_id, task_id)
        raise coded_error("ERR_ML_TRAINING", "the emulator does not train models, so this ML task has none to deploy")

    def _columns(self, dataset: str) -> list[JsonObject]:
        """Return the columns of a dataset of this project or, as ``KEY.name``, of another one."""
        owner, _, name = dataset.rpartition(".")
        project = self._project if not owner else self._world.projects.get(owner)
        stored = None if project is None else project.family("datasets", "DATASET").get(name)
        if stored is None:
            raise not_found(f"dataset does not exist: {owner or self._project.key}.{name}")
        columns: list[JsonObject] = (stored.get("schema") or {}).get("columns") or []
        return columns

    def _stored(self, analysis_id: str) -> JsonObject:
        named = analysis_id.isalnum()
        stored: JsonObject | None = (
            self._project.disk.read_json(f"analysis/{analysis_id}/core_params.json") if named else None
        )
        if stored is None:
            raise not_found(f"analysis does not exist: {self._project.key}.{analysis_id}")
        return stored

    def _tag(self, analysis_id: str) -> JsonObject | None:
        stored = self._stored(analysis_id)
        return (
            self._project.tags.get(f"ANALYSIS.{analysis_id}") or stored.get("versionTag") or stored.get("creationTag")
        )

    def _write(self, analysis_id: str, document: JsonObject) -> None:
        name = f"analysis/{analysis_id}/core_params.json"
        before: JsonObject = self._project.disk.read_json(name) or {}
        if isinstance(before.get("versionTag"), dict):  # a tree of before 12.4: its number goes on [seen]
            self._project.tags.adopt(f"ANALYSIS.{analysis_id}", before["versionTag"])
        typed = self._typed(document)
        self._project.note_tags(typed["tags"])
        self._project.disk.write_json(name, typed)
        self._project.tags.bump(f"ANALYSIS.{analysis_id}", self._caller.identity)

    def _write_task(self, analysis_id: str, task_id: str, settings: JsonObject) -> None:
        stored = {key: item for key, item in settings.items() if key not in ("projectKey", "analysisId")}
        self._project.disk.write_json(f"analysis/{analysis_id}/ml/{task_id}/params.json", {**stored, "id": task_id})

    def _typed(self, document: JsonObject) -> JsonObject:
        profile = self._world.profile
        return ANALYSIS.apply(document, keep_unknown=profile.keep_unknown_fields, version=profile.version)


def _quick_name(body: JsonObject, dataset: str) -> str:
    """Return the name of an analysis that is made with its task, e.g. ``Quick modeling of target on samples`` [seen]."""
    if body.get("taskType") == "CLUSTERING":
        return f"Quick clustering on {dataset}"
    kind = _QUICK.get(str(body.get("guessPolicy")), "Quick")
    targets = body.get("targetVariables") or [body.get("targetVariable")]
    return f"{kind} modeling of {', '.join(map(str, targets))} on {dataset}"
