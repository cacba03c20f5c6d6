"""Saved models: models in the flow, which training writes and scoring reads (facts: api-flow.md §11.2, object-shapes.md §12).

::

    saved_models:
      - {name: Churn, type: mlflow, prediction_type: BINARY_CLASSIFICATION, zone: models}
      - name: Fraud
        type: external
        prediction_type: BINARY_CLASSIFICATION
        endpoint: {protocol: sagemaker, region: eu-west-1, connection: sagemaker}

Recipes name one as ``model:Churn``. Carried is how DSS treats the model: where it is in the flow, when it is rebuilt and
published, metrics and checks. Versions are not: they are trained or imported on each node, with their code and their data;
so which one is active, and when the last was trained, is no configuration either.

A model without ``type`` is a visual one. DSS makes those only by training: deploy one from the lab under the declared name,
and the next plan adopts it. Agents and retrieval-augmented LLMs are saved models too for DSS; they stand under ``agents`` and
``retrieval_augmented_llms``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, Final

from dataiku_iac.core.address import Address
from dataiku_iac.core.canonical import Json, JsonObject, is_object
from dataiku_iac.core.fields import Field, FieldTable
from dataiku_iac.core.kind import Document, Verb
from dataiku_iac.core.mentions import Mention
from dataiku_iac.core.roles import NodeReader
from dataiku_iac.resources.fragments import FLOW_OPTIONS, METRICS, METRICS_CHECKS, PARTITIONING, below
from dataiku_iac.resources.nested_keys import Nested, NestedKeys
from dataiku_iac.resources.project_object import IN_ZONE_MENTIONS, ProjectObjectKind, object_schema, object_table
from dataiku_iac.resources.spec_keys import SpecKeys, objects_schema, with_value

__all__ = ["AGENT_TYPES", "MODEL_MENTIONS", "MODEL_TABLE", "RAG_TYPE", "SavedModelKind"]

AGENT_TYPES: Final = ("PYTHON_AGENT", "PLUGIN_AGENT", "TOOLS_USING_AGENT", "STRUCTURED_AGENT")
RAG_TYPE: Final = "RETRIEVAL_AUGMENTED_LLM"
_VISUAL: Final = "DSS_MANAGED"
_TYPES: Final[Mapping[str, str]] = {
    "visual": _VISUAL,
    "mlflow": "MLFLOW_PYFUNC",
    "external": "PROXY_MODEL",
    "llm": "LLM_GENERIC",
}
_WORDS: Final = {dss: word for word, dss in _TYPES.items()}

MODEL_TABLE: Final[FieldTable] = {
    "publishPolicy": Field(default="UNCONDITIONAL"),
    "rebuildBehavior": Field(default="EXPLICIT"),
    "conditionalOutputs": Field(default=[]),
    "governSyncOptOut": Field(default=False),
    "lastTrainJobId": Field(ignored=True, reason="training writes it [seen]"),
    "lastTrainIndex": Field(ignored=True, reason="training writes it [seen]"),
    "lastExportedFrom": Field(ignored=True, reason="deploying from the lab writes it [seen]"),
    "metrics.probes": Field(default=[]),
    **below("flowOptions", FLOW_OPTIONS),
    **below("partitioning", PARTITIONING),
    **below("metrics", METRICS),
    **below("metricsChecks", METRICS_CHECKS),
}
"""What all that DSS keeps as saved models have, agents too."""

MODEL_MENTIONS: Final = (
    *IN_ZONE_MENTIONS,
    Mention("definition.metrics.probes.*.configuration.envSelection.envName", "code_env"),
    Mention("definition.metricsChecks.checks.*.envSelection.envName", "code_env"),
)


class SavedModelKind(ProjectObjectKind):
    """A saved model that is no agent."""

    name: ClassVar[str] = "saved_model"
    section: ClassVar[str] = "saved_models"
    rank: ClassVar[int] = 33
    is_brief: ClassVar[bool] = True
    segment: ClassVar[str] = "savedmodels"
    lists_heads: ClassVar[bool] = True
    prefix: ClassVar[str] = "model:"
    is_computable: ClassVar[bool] = True
    protects_data: ClassVar[bool] = True
    zone_type: ClassVar[str] = "SAVED_MODEL"
    parts: ClassVar[tuple[str, ...]] = ("definition", "zone")
    mentions: ClassVar[tuple[Mention, ...]] = (
        *MODEL_MENTIONS,
        Mention("definition.proxyModelConfiguration.connection", "connection"),
    )
    keys: ClassVar[SpecKeys] = SpecKeys(
        {
            "type": "savedModelType",
            "endpoint": "proxyModelConfiguration",
            "publish_policy": "publishPolicy",
            "rebuild_behavior": "rebuildBehavior",
        },
        ("flowOptions", "partitioning", "conditionalOutputs", "metrics", "metricsChecks", "governSyncOptOut"),
    )
    nested: ClassVar[NestedKeys] = {"prediction_type": Nested(("miniTask", "predictionType"))}
    table: ClassVar[FieldTable] = object_table(
        {
            **MODEL_TABLE,
            "savedModelType": Field(default=_VISUAL, immutable=True),
            "contentType": Field(server_owned=True, reason="says what the versions are [seen]"),
            "activeVersion": Field(
                ignored=True, reason="training and people who deploy choose it; versions are not carried"
            ),
            "inlineVersions": Field(ignored=True, reason="versions are not carried"),
            "miniTask.*": Field(ignored=True, reason="a copy of the ML task, rewritten by every training [seen]"),
            "miniTask.predictionType": Field(immutable=True),
            "needsInputDataFolder": Field(default=False),
            "cleanTemporaryVersionsPostJob": Field(default=False),
        },
        in_zone=True,
    )
    schema: ClassVar[JsonObject] = object_schema(
        {
            "type": {
                "type": "string",
                "description": "mlflow, external, llm (fine-tuned), or visual; visual unless said",
            },
            "prediction_type": {"type": "string", "description": "BINARY_CLASSIFICATION, MULTICLASS, REGRESSION, …"},
            "endpoint": {"type": "object", "description": "of an external model: protocol, connection, region, …"},
            "publish_policy": {"type": "string", "description": "when a new version becomes active: UNCONDITIONAL, …"},
            "rebuild_behavior": {"enum": ["NORMAL", "WRITE_PROTECT", "EXPLICIT"]},
            "conditionalOutputs": {"type": "array", "items": {"type": "object"}},
            "governSyncOptOut": {"type": "boolean"},
            **objects_schema("flowOptions", "partitioning", "metrics", "metricsChecks"),
        },
        in_zone=True,
    )

    def expand_definition(self, definition: JsonObject) -> JsonObject:
        """See ``ProjectObjectKind``: the words for types."""
        return with_value(definition, "savedModelType", _TYPES)

    def shorten_definition(self, definition: JsonObject) -> JsonObject:
        """See ``ProjectObjectKind``."""
        return with_value(definition, "savedModelType", _WORDS)

    def out_of_reach(self, verb: Verb, document: Document, address: Address) -> str:
        """See ``Kind``: the API creates models for MLflow, external endpoints and fine-tuned LLMs only [client]."""
        found = document.get("definition")
        definition = found if is_object(found) else {}
        kind = definition.get("savedModelType", _VISUAL)
        if verb != "create" or (kind in _TYPES.values() and kind != _VISUAL):
            return ""
        return (
            "DSS makes such a model only by training: train it in the lab, deploy it to the flow "
            f'under the name "{definition.get(self.name_key, address.name)}", and plan again'
        )

    def items(self, api: NodeReader, project: str) -> Sequence[JsonObject]:
        """See ``ProjectObjectKind``: without agents and retrieval-augmented LLMs, which are kinds of their own."""
        others = (*AGENT_TYPES, RAG_TYPE)
        return [
            item for item in super().items(api, project) if item.get("savedModelType", item.get("type")) not in others
        ]

    def creation_body(self, project: str, name: str, definition: JsonObject) -> JsonObject:
        """See ``ProjectObjectKind``."""
        body: dict[str, Json] = {"savedModelType": definition.get("savedModelType"), "name": name}
        task = definition.get("miniTask")
        if is_object(task) and "predictionType" in task:
            body["predictionType"] = task["predictionType"]
        if "proxyModelConfiguration" in definition:
            body["proxyModelConfiguration"] = definition["proxyModelConfiguration"]
        return body
