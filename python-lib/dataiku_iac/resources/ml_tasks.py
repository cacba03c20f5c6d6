"""ML tasks: what an analysis models, with which features and algorithms (facts: api-flow.md §11.2, object-shapes.md §12).

::

    ml_tasks:
      - name: Predict churned
        analysis: Why do they leave
        target: churned
        prediction_type: BINARY_CLASSIFICATION
        preprocessing_file: ml_tasks/predict_churned.preprocessing.json
        modeling_file: ml_tasks/predict_churned.modeling.json

Carried are the settings of a task. Not carried is what training writes (models, their reports, splits of the data), and the
settings of algorithms that are off. DSS makes a task only by guessing its settings from the data of its dataset, which takes
its time and overwrites settings; so a task is made in the lab, and the next plan adopts it. To train is done in the lab, or by
the train recipe of the model that was deployed; that recipe holds its own copy of these settings.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import ClassVar, Final

from dataiku_iac.core.address import Address
from dataiku_iac.core.canonical import Json, JsonObject, is_object
from dataiku_iac.core.fields import Field, FieldTable, Rules
from dataiku_iac.core.kind import Document, FileField, Live, Verb
from dataiku_iac.core.mentions import Mention
from dataiku_iac.core.roles import NodeApi, NodeReader
from dataiku_iac.resources.answers import api_path, object_answer, text_at
from dataiku_iac.resources.default_rows import default_rows
from dataiku_iac.resources.fragments import CODE_ENV_SELECTION, CONTAINER_SELECTION, SELECTION, below
from dataiku_iac.resources.nested_keys import Nested, NestedKeys
from dataiku_iac.resources.project_object import ProjectObjectKind, object_schema, object_table
from dataiku_iac.resources.spec_keys import SpecKeys, objects_schema

__all__ = ["MlTaskKind"]

_SAMPLE: Final = {
    path: row for path, row in SELECTION.items() if path not in ("samplingMethod", "maxRecords", "targetRatio")
}
_SPLITS: Final = (
    "ssdSelection",
    "efsdTrain.selection",
    "efsdTest.selection",
    "eftdTrain.selection",
    "eftdTest.selection",
)
_SPARK: Final[JsonObject] = {
    "sparkConf": {"inheritConf": "default", "conf": []},
    "sparkUseGlobalMetastore": False,
    "sparkPreparedDFStorageLevel": "MEMORY_AND_DISK",
    "sparkRepartitionNonHDFS": 1,
    "sparkExecutionEngine": "SPARK_SUBMIT",
    "pipelineAllowStart": True,
    "pipelineAllowMerge": True,
}
_UI: Final = "state of the lab's screens [seen]"
_OFF: Final = "a setting of an algorithm that is off"

# Only what is the same in every task that was seen.
_DEFAULTS: Final[JsonObject] = {
    "sparkCheckpoint": "NONE",
    "sparkParams": _SPARK,
    "maxConcurrentModelTraining": 2,
    "labels": [],
    "time": {"enabled": False, "ascending": True},
    "calibration": {"calibrationMethod": "NO_CALIBRATION"},
    "assertionsParams": {"assertions": []},
}

_TABLE: Final[FieldTable] = object_table(
    {
        **{path.removeprefix("definition."): row for path, row in default_rows("definition", _DEFAULTS).items()},
        "analysisId": Field(immutable=True),
        "taskType": Field(default="PREDICTION", immutable=True),
        "backendType": Field(default="PY_MEMORY"),
        "initiator": Field(server_owned=True, reason="who made it [seen]"),
        "predictionDisplayScript": Field(ignored=True, reason=_UI),
        "predictionDisplayCharts": Field(ignored=True, reason=_UI),
        **below("envSelection", CODE_ENV_SELECTION),
        **below("containerSelection", CONTAINER_SELECTION),
        "partitionedModel.enabled": Field(default=False),
        **below("partitionedModel.ssdSelection", SELECTION),
        "splitParams.instanceIdRefresher": Field(
            ignored=True, reason="counts how often the split was drawn anew [seen]"
        ),
        **{f"splitParams.{split}.{path}": row for split in _SPLITS for path, row in _SAMPLE.items()},
        "preprocessing.target_remapping.*.sampleFreq": Field(ignored=True, reason="counted from the data [seen]"),
        "preprocessing.per_feature.*.state": Field(ignored=True, reason="what guessing remembers [seen]"),
        "preprocessing.per_feature.*.autoReason": Field(ignored=True, reason="what guessing remembers [seen]"),
        "preprocessing.per_feature.*.customHandlingCode": Field(default=""),
        "preprocessing.per_feature.*.customProcessorWantsMatrix": Field(default=False),
        "preprocessing.per_feature.*.sendToInput": Field(default="main"),
        "modeling.*.enabled": Field(default=False),
        "modeling.plugin_python.*.enabled": Field(default=False),
    }
)


class MlTaskKind(ProjectObjectKind):
    """An ML task of a visual analysis; its id here is ``ANALYSIS/TASK``, as both are needed to reach it."""

    name: ClassVar[str] = "ml_task"
    section: ClassVar[str] = "ml_tasks"
    rank: ClassVar[int] = 35
    segment: ClassVar[str] = "models/lab"
    lists_heads: ClassVar[bool] = True
    falls_with: ClassVar[frozenset[str]] = frozenset({"dataset", "analysis"})
    protects_data: ClassVar[bool] = True  # the models trained in it go along
    mentions: ClassVar[tuple[Mention, ...]] = (
        Mention("definition.analysisId", "analysis"),
        Mention("definition.envSelection.envName", "code_env"),
        Mention("definition.containerSelection.containerConf", "container"),
        Mention("definition.splitParams.ssdDatasetSmartName", "dataset"),
        Mention("definition.splitParams.efsdDatasetSmartName", "dataset"),
        Mention("definition.splitParams.*.datasetSmartName", "dataset"),
        Mention("definition.preprocessing.per_feature.*.managed_folder_id", "folder"),
    )
    files: ClassVar[tuple[FileField, ...]] = (
        FileField("preprocessing", "preprocessing_file", "ml_tasks", is_json=True),
        FileField("modeling", "modeling_file", "ml_tasks", is_json=True),
    )
    keys: ClassVar[SpecKeys] = SpecKeys(
        {
            "task_type": "taskType",
            "prediction_type": "predictionType",
            "target": "targetVariable",
            "backend": "backendType",
            "guess_policy": "guessPolicy",
            "split": "splitParams",
        },
        (
            *("preprocessing", "modeling", "weight", "time", "calibration", "partitionedModel", "envSelection"),
            *("containerSelection", "sparkParams", "sparkCheckpoint", "maxConcurrentModelTraining", "labels"),
            *("diagnosticsSettings", "assertionsParams", "overridesParams", "uncertainty"),
        ),
    )
    nested: ClassVar[NestedKeys] = {"analysis": Nested(("analysisId",), prefix="analysis:")}
    table: ClassVar[FieldTable] = _TABLE
    schema: ClassVar[JsonObject] = object_schema(
        {
            "analysis": {"type": "string", "minLength": 1},
            "task_type": {"enum": ["PREDICTION", "CLUSTERING"]},
            "prediction_type": {"type": "string", "description": "BINARY_CLASSIFICATION, MULTICLASS, REGRESSION, …"},
            "target": {"type": "string", "minLength": 1},
            "backend": {"type": "string"},
            "guess_policy": {"type": "string"},
            **objects_schema("split", "preprocessing", "modeling", "weight", "time", "calibration"),
            "preprocessing_file": {"type": "string"},
            "modeling_file": {"type": "string"},
            **objects_schema("partitionedModel", "envSelection", "containerSelection", "sparkParams"),
            **objects_schema("diagnosticsSettings", "assertionsParams", "overridesParams", "uncertainty"),
            "sparkCheckpoint": {"type": "string"},
            "maxConcurrentModelTraining": {"type": "integer"},
            "labels": {"type": "array"},
        },
        required=("analysis",),
    )

    def rules_for(self, document: Document) -> Rules:
        """See ``Kind``: of an algorithm that is off, nothing counts but that it is."""
        return _rules_without(_algorithms_off(document.get("definition")))

    def out_of_reach(self, verb: Verb, document: Document, address: Address) -> str:
        """See ``Kind``."""
        if verb != "create":
            return ""
        return (
            "DSS makes an ML task only by guessing its settings from data: create it in the lab, "
            f'in the declared analysis and under the name "{address.name}", and plan again'
        )

    def items(self, api: NodeReader, project: str) -> Sequence[JsonObject]:
        """See ``ProjectObjectKind``. Whether a list item holds the name is [unknown]; the settings do."""
        where = f"{self.section} of {project}"
        heads = super().items(api, project)
        ids = [f"{text_at(head, 'analysisId', where)}/{text_at(head, 'mlTaskId', where)}" for head in heads]
        nameless = [live_id for head, live_id in zip(heads, ids, strict=True) if not head.get("name")]
        settings = api.get_many([self.path(project, live_id) for live_id in nameless])
        names = {
            live_id: object_answer(raw, where).get("name") for live_id, raw in zip(nameless, settings, strict=True)
        }
        return [
            {**head, "id": live_id, "name": head.get("name") or names[live_id] or live_id}
            for head, live_id in zip(heads, ids, strict=True)
        ]

    def read(self, api: NodeReader, project: str, live_id: str, parts: frozenset[str]) -> Live | None:
        """See ``Kind``. The settings do not say which analysis they belong to; their address does."""
        live = super().read(api, project, live_id, parts)
        if live is None or not is_object(live.document["definition"]):
            return live
        definition = {**live.document["definition"], "analysisId": live_id.partition("/")[0]}
        return Live(live.name, live_id, {"definition": definition}, live.version)

    def write(self, api: NodeApi, project: str, live_id: str, part: str, document: Document) -> None:
        """See ``Kind``. Settings are posted, and as a whole [client]."""
        definition = object_answer(document[part], f"ML task {live_id} to write in {project}")
        body = {key: value for key, value in definition.items() if key != "analysisId"}
        api.post(self.path(project, live_id), body)

    def delete(self, api: NodeApi, project: str, live_id: str, *, drop_data: bool) -> None:
        """See ``Kind``."""
        api.delete(api_path("projects", project, "models", "lab", *live_id.split("/"), ""))

    def path(self, project: str, live_id: str) -> str:
        """See ``ProjectObjectKind``."""
        return api_path("projects", project, "models", "lab", *live_id.split("/"), "settings")


def _algorithms_off(definition: Json) -> frozenset[str]:
    """Return the paths of algorithms that are off, e.g. ``{"modeling.knn"}``."""
    modeling = definition.get("modeling") if is_object(definition) else None
    if not is_object(modeling):
        return frozenset()
    plugins = modeling.get("plugin_python")
    found = {f"modeling.{name}" for name, settings in modeling.items() if _is_off(settings)}
    if is_object(plugins):
        found |= {f"modeling.plugin_python.{name}" for name, settings in plugins.items() if _is_off(settings)}
    return frozenset(path for path in found if path.count(".") <= 2)  # a name with a dot cannot stand in a path


def _is_off(settings: Json) -> bool:
    return is_object(settings) and settings.get("enabled") is False


@lru_cache(maxsize=128)
def _rules_without(off: frozenset[str]) -> Rules:
    hidden = {f"definition.{path}.*": Field(ignored=True, reason=_OFF) for path in sorted(off)}
    switches = {f"definition.{path}.enabled": Field(default=False) for path in sorted(off)}
    return Rules({**_TABLE, **hidden, **switches})
