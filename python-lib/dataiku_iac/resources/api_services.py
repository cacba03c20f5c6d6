"""API services of the API designer (facts: api-projects-scenarios-deployer.md §11, object-shapes.md §13).

::

    api_services:
      - name: churn
        auth: API_KEYS              # PUBLIC unless said; OAUTH2
        endpoints:
          - {id: predict, type: STD_PREDICTION, modelRef: "model:Churn"}
          - {id: shift, type: PY_FUNCTION, userFunctionName: f, code: "def f(x): return x"}

The name is the id. Keys that callers use are credentials: they stay on the node. Versions of a service (packages) and what is
deployed are not its configuration. The public API deletes no service.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Final

from dataiku_iac.core.canonical import JsonObject
from dataiku_iac.core.fields import Field, FieldTable
from dataiku_iac.core.kind import COMPUTABLE, Document, Verb
from dataiku_iac.core.mentions import Mention
from dataiku_iac.core.roles import NodeApi
from dataiku_iac.resources.answers import api_path
from dataiku_iac.resources.default_rows import default_rows
from dataiku_iac.resources.project_object import ProjectObjectKind, object_schema, object_table
from dataiku_iac.resources.spec_keys import SpecKeys

__all__ = ["ApiServiceKind"]

_EACH: Final = "definition.endpoints.*"


class ApiServiceKind(ProjectObjectKind):
    """An API service."""

    name: ClassVar[str] = "api_service"
    section: ClassVar[str] = "api_services"
    rank: ClassVar[int] = 48
    segment: ClassVar[str] = "apiservices"
    chosen_by_server: ClassVar[bool] = False
    lists_heads: ClassVar[bool] = True
    limits: ClassVar[Mapping[Verb, str]] = {
        "delete": "the public API deletes no API service; delete it in the API designer of the project"
    }
    mentions: ClassVar[tuple[Mention, ...]] = (
        Mention(f"{_EACH}.modelRef", COMPUTABLE),
        Mention(f"{_EACH}.inputFolderRef", COMPUTABLE),
        Mention(f"{_EACH}.inputFolderRefs.*.ref", COMPUTABLE),
        Mention(f"{_EACH}.lookups.*.datasetRef", "dataset"),
        Mention(f"{_EACH}.enrichMapping.*.datasetRef", "dataset"),
        Mention(f"{_EACH}.connection", "connection"),
        Mention(f"{_EACH}.envSelection.envName", "code_env"),
    )
    keys: ClassVar[SpecKeys] = SpecKeys(
        {"auth": "authMethod", "release_notes": "releaseNotes"},
        ("endpoints", "publicAccess", "oauth2Config", "deploymentMonitoring"),
    )
    table: ClassVar[FieldTable] = {
        **object_table(
            {
                "name": Field(server_owned=True, reason="the id once more [client]"),
                "error": Field(server_owned=True, reason="what DSS found wrong with it [seen]"),
                "typeBadges": Field(ignored=True, reason="shown in lists, made of the endpoints [seen]"),
                "authMethod": Field(default="PUBLIC"),
                "authRealm": Field(default={}),
                "authRealm.queryKeys": Field(secret=True, reason="keys of callers; made and given out in DSS"),
                "oauth2Config": Field(default=None),
                "releaseNotes": Field(default=None),
                "deploymentMonitoring": Field(default=[]),
                "endpoints": Field(default=[], keyed=("id",), reason="in the order in which they were made [seen]"),
                "endpoints.*.envSelection": Field(default={}),
            }
        ),
        **default_rows(
            _EACH,
            {
                "testQueries": [],
                "healthCheckQueries": [],
                "enrichMapping": [],
                "inputFolderRefs": [],
                "tags": [],
                "computePropensity": False,
                "outputExplanations": False,
                "individualExplanationParams": {
                    "method": "ICE",
                    "nbExplanations": 3,
                    "drawInScoredSet": False,
                    "subChunkSize": 5000,
                    "shapleyBackgroundSize": 100,
                },
                "returnPostEnrichData": False,
                "auditPostEnrichData": False,
                "passArgumentsAsList": False,
                "envSelection": {"envMode": "INHERIT"},
            },
        ),
    }
    schema: ClassVar[JsonObject] = object_schema(
        {
            "auth": {"type": "string", "description": "PUBLIC unless said, API_KEYS, OAUTH2"},
            "endpoints": {
                "type": "array",
                "items": {
                    "type": "object",
                    "required": ["id", "type"],
                    "properties": {
                        "id": {"type": "string", "minLength": 1},
                        "type": {"type": "string", "minLength": 1},
                    },
                    "additionalProperties": True,
                },
            },
            "release_notes": {"type": "string"},
            "publicAccess": {"type": "boolean", "description": "until DSS 9, instead of auth"},
            "oauth2Config": {"type": "object"},
            "deploymentMonitoring": {"type": "array"},
        },
        label=False,
    )

    def path(self, project: str, live_id: str) -> str:
        """See ``ProjectObjectKind``: what can be read and written are the settings [client]."""
        return api_path("projects", project, self.segment, live_id, "settings")

    def create(self, api: NodeApi, project: str, name: str, document: Document) -> str:
        """See ``Kind``: an empty service; its endpoints are written right after it [client]."""
        api.post(api_path("projects", project, self.segment, name))
        return name
