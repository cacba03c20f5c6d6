"""Agents: LLMs with tools, visual or in code (facts: api-flow.md §11.3, object-shapes.md §12).

::

    agents:
      - name: Support
        type: TOOLS_USING_AGENT
        active_version: v1
        versions:
          - versionId: v1
            toolsUsingAgentSettings:
              llmId: "openai:openai_prod:gpt-4o"
              tools: [{toolRef: "agent_tool:Search manuals"}]

Versions of an agent are its configuration, unlike those of a model, and are carried with the one that is active. DSS keeps
agents among its saved models; they are listed here and nowhere else. Recipes name one as ``agent:Support``.
"""

from __future__ import annotations

from typing import ClassVar, Final

from dataiku_iac.core.canonical import Json, JsonObject
from dataiku_iac.core.fields import Field, FieldTable
from dataiku_iac.core.mentions import Mention
from dataiku_iac.resources.project_object import ProjectObjectKind, object_schema, object_table
from dataiku_iac.resources.saved_models import MODEL_MENTIONS, MODEL_TABLE
from dataiku_iac.resources.spec_keys import SpecKeys, objects_schema

__all__ = ["INLINE_KEYS", "INLINE_SCHEMA", "INLINE_TABLE", "LOGGING_MENTIONS", "AgentKind"]

INLINE_KEYS: Final = SpecKeys(
    {
        "active_version": "activeVersion",
        "publish_policy": "publishPolicy",
        "rebuild_behavior": "rebuildBehavior",
    },
    ("type", "versions", "disabled", "flowOptions", "partitioning", "conditionalOutputs", "metrics", "metricsChecks"),
)
"""Of what DSS keeps as saved models with their versions inside."""

INLINE_TABLE: Final[FieldTable] = {
    **MODEL_TABLE,
    "type": Field(immutable=True),
    "savedModelType": Field(server_owned=True, reason="says what type says"),
    "activeVersion": Field(
        stays=True, reason="DSS chooses one with the first version; people who deploy choose another"
    ),
    "disabled": Field(default=False),
    "versions": Field(
        identity=("versionId",), stays=True, reason="DSS may make a first version with the object [unknown]"
    ),
    "versions.*.versionTag": Field(server_owned=True, reason="counts saves [seen]"),
    "versions.*.creationTag": Field(server_owned=True, reason="written once, by the server [seen]"),
    "versions.*.*.interactionLoggingSelection": Field(default={"mode": "INHERIT"}),
    "versions.*.*.interactionLoggingSelection.explicitSettings": Field(default={}),
}

INLINE_SCHEMA: Final[dict[str, Json]] = {
    "type": {"type": "string"},
    "active_version": {"type": "string", "minLength": 1},
    "versions": {
        "type": "array",
        "items": {"type": "object", "required": ["versionId"], "properties": {"versionId": {"type": "string"}}},
    },
    "disabled": {"type": "boolean"},
    "publish_policy": {"type": "string"},
    "rebuild_behavior": {"enum": ["NORMAL", "WRITE_PROTECT", "EXPLICIT"]},
    "conditionalOutputs": {"type": "array"},
    **objects_schema("flowOptions", "partitioning", "metrics", "metricsChecks"),
}

LOGGING_MENTIONS: Final = (
    Mention("definition.versions.*.*.interactionLoggingSelection.explicitSettings.datasetName", "dataset"),
    Mention("definition.versions.*.*.interactionLoggingSelection.explicitSettings.writeAsUser", "user"),
)


class AgentKind(ProjectObjectKind):
    """An agent."""

    name: ClassVar[str] = "agent"
    section: ClassVar[str] = "agents"
    rank: ClassVar[int] = 38
    segment: ClassVar[str] = "agents"
    listed_at: ClassVar[str] = "agents"
    lists_heads: ClassVar[bool] = True
    prefix: ClassVar[str] = "agent:"
    is_computable: ClassVar[bool] = True
    zone_type: ClassVar[str] = "SAVED_MODEL"
    parts: ClassVar[tuple[str, ...]] = ("definition", "zone")
    mentions: ClassVar[tuple[Mention, ...]] = (
        *MODEL_MENTIONS,
        *LOGGING_MENTIONS,
        Mention("definition.versions.*.toolsUsingAgentSettings.tools.*.toolRef", "agent_tool"),
        Mention("definition.versions.*.pythonAgentSettings.codeEnvSelection.envName", "code_env"),
        Mention("definition.versions.*.pythonAgentSettings.containerExecSelection.containerConf", "container"),
    )
    keys: ClassVar[SpecKeys] = SpecKeys(INLINE_KEYS.renamed, (*INLINE_KEYS.same, "pluginAgentType"))
    table: ClassVar[FieldTable] = object_table(
        {**INLINE_TABLE, "versions.*.toolsUsingAgentSettings.tools": Field(default=[], identity=("toolRef",))},
        in_zone=True,
    )
    schema: ClassVar[JsonObject] = object_schema(
        {
            **INLINE_SCHEMA,
            "type": {"enum": ["TOOLS_USING_AGENT", "STRUCTURED_AGENT", "PYTHON_AGENT", "PLUGIN_AGENT"]},
            "pluginAgentType": {"type": "string", "description": "of a PLUGIN_AGENT: the plugin's component"},
        },
        in_zone=True,
        required=("type",),
    )

    def creation_body(self, project: str, name: str, definition: JsonObject) -> JsonObject:
        """See ``ProjectObjectKind``."""
        return {"name": name, "type": definition.get("type"), "pluginAgentType": definition.get("pluginAgentType")}
