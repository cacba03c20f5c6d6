"""Model evaluation stores: where evaluation recipes write (facts: api-flow.md §11.2, object-shapes.md §12).

::

    evaluation_stores:
      - {name: Churn evaluations, zone: models}

Recipes name one as ``evaluation_store:Churn evaluations``. Evaluations in it are data, not configuration.
"""

from __future__ import annotations

from typing import ClassVar, Final

from dataiku_iac.core.canonical import JsonObject
from dataiku_iac.core.fields import Field, FieldTable
from dataiku_iac.core.mentions import Mention
from dataiku_iac.resources.fragments import FLOW_OPTIONS, METRICS, METRICS_CHECKS, PARTITIONING, below
from dataiku_iac.resources.project_object import IN_ZONE_MENTIONS, ProjectObjectKind, object_schema, object_table
from dataiku_iac.resources.spec_keys import SpecKeys, objects_schema

__all__ = ["EvaluationStoreKind"]

_TABULAR: Final = "TABULAR"


class EvaluationStoreKind(ProjectObjectKind):
    """A model evaluation store."""

    name: ClassVar[str] = "evaluation_store"
    section: ClassVar[str] = "evaluation_stores"
    rank: ClassVar[int] = 32
    is_brief: ClassVar[bool] = True
    segment: ClassVar[str] = "evaluationstores"
    prefix: ClassVar[str] = "evaluation_store:"
    is_computable: ClassVar[bool] = True
    protects_data: ClassVar[bool] = True
    zone_type: ClassVar[str] = "MODEL_EVALUATION_STORE"
    parts: ClassVar[tuple[str, ...]] = ("definition", "zone")
    mentions: ClassVar[tuple[Mention, ...]] = IN_ZONE_MENTIONS
    keys: ClassVar[SpecKeys] = SpecKeys(
        {"flavor": "mesFlavor", "rebuild_behavior": "rebuildBehavior"},
        ("flowOptions", "partitioning", "metrics", "metricsChecks", "governSyncOptOut"),
    )
    table: ClassVar[FieldTable] = object_table(
        {
            "rebuildBehavior": Field(default="EXPLICIT"),
            "mesFlavor": Field(default=_TABULAR, immutable=True),
            "governSyncOptOut": Field(default=False),
            "displayParams": Field(ignored=True, reason="state of the screen [seen]"),
            "metrics.probes": Field(default=[]),
            **below("flowOptions", FLOW_OPTIONS),
            **below("partitioning", PARTITIONING),
            **below("metrics", METRICS),
            **below("metricsChecks", METRICS_CHECKS),
        },
        in_zone=True,
    )
    schema: ClassVar[JsonObject] = object_schema(
        {
            "flavor": {"type": "string", "description": "what is evaluated, e.g. TABULAR, LLM, AGENT"},
            "rebuild_behavior": {"enum": ["NORMAL", "WRITE_PROTECT", "EXPLICIT"]},
            "governSyncOptOut": {"type": "boolean"},
            **objects_schema("flowOptions", "partitioning", "metrics", "metricsChecks"),
        },
        in_zone=True,
    )

    def creation_body(self, project: str, name: str, definition: JsonObject) -> JsonObject:
        """See ``ProjectObjectKind``."""
        return {"projectKey": project, "name": name}

    def creation_params(self, definition: JsonObject) -> dict[str, str] | None:
        """See ``ProjectObjectKind``: what is evaluated is chosen once, here [client]."""
        return {"flavor": str(definition.get("mesFlavor", _TABULAR))}
