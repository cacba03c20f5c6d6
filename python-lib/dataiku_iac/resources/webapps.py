"""Webapps: pages and backends that people write in a project (facts: api-flow.md §13, object-shapes.md §13, plugin-components.md §10).

::

    webapps:
      - name: Orders
        type: STANDARD            # or DASH, BOKEH, STREAMLIT, SHINY
        html_file: webapps/orders.html
        js_file: webapps/orders.js
        css_file: webapps/orders.css
        python_file: webapps/orders.py
        code_env: py311
      - {name: Labeling, type: webapp_labeling_image, config: {images: "folder:images", labels_ds: LABELS}}

The public API creates empty webapps of the five code types, since DSS 14.5.1, and deletes none. A webapp of a plugin is made
in DSS; an entry of its name then adopts it. Whether its backend runs is not configuration.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import ClassVar, Final

from dataiku_iac.core.address import Address
from dataiku_iac.core.canonical import Json, JsonObject, is_object
from dataiku_iac.core.errors import NodeError, Refused
from dataiku_iac.core.fields import Field, FieldTable, Rules
from dataiku_iac.core.kind import COMPUTABLE, Document, FileField, Verb
from dataiku_iac.core.mentions import Mention
from dataiku_iac.core.resource import Reference
from dataiku_iac.core.roles import NodeApi
from dataiku_iac.resources.answers import text_at
from dataiku_iac.resources.default_rows import default_rows
from dataiku_iac.resources.nested_keys import CODE_ENV, CONTAINER, Nested, NestedKeys
from dataiku_iac.resources.project_object import ProjectObjectKind, object_schema, object_table
from dataiku_iac.resources.spec_keys import SpecKeys

__all__ = ["WebappKind"]

_CREATED: Final = ("STANDARD", "BOKEH", "DASH", "STREAMLIT", "SHINY")  # what the client sends [client]
_INFRA: Final[JsonObject] = {
    "containerSelection": {"containerMode": "INHERIT"},
    "overrideGlobalK8sExposition": False,
    "exposition": {"type": "local_process", "params": {}},
    "scaling": {
        "initialReplicas": 1,
        "progressDeadlineSeconds": 600,
        "hpa": False,
        "hpaTargetCPUPercent": 0,
        "hpaTargetMemoryPercent": 0,
        "hpaMinPods": 0,
        "hpaMaxPods": 0,
        "hpaMetrics": [],
        "hpaAnnotations": [],
    },
    "deploymentModifier": {"config": {}},
    "podDisruptionBudget": {"enable": False, "isMaxUnavailable": False},
}
_TEXTS: Final = ("html", "js", "css", "python", "ui", "server")
_ENDINGS: Final = {"html": ".html", "js": ".js", "css": ".css", "python": ".py", "ui": ".ui.R", "server": ".server.R"}

_TABLE: Final[FieldTable] = {
    **object_table(
        {
            "type": Field(immutable=True, reason="another type has other files [doc]"),
            "apiKey": Field(secret=True, reason="the key of the webapp's backend; made anew with every copy [seen]"),
            "hasLegacyBackendURL": Field(default=False),
            "isVirtual": Field(default=False),
            "config": Field(default={}),
            "params": Field(default={}),
            "params.runAs": Field(
                default="", reason="the last one who saved it, unless an administrator says otherwise [doc]"
            ),
            **{f"params.{key}": Field(default="") for key in _TEXTS},
        }
    ),
    **default_rows(
        "definition.params",
        {
            "backendEnabled": False,
            "libraries": [],
            "enableJavascriptModules": False,
            "hideJSSecurityPanel": False,
            "hideWebAppConfig": False,
            "autoStartBackend": False,
            "envSelection": {"envMode": "INHERIT"},
            "nbProcesses": 1,
            "infra": _INFRA,
            "forceAuthentication": False,
            "backendAPIAccessEnabled": False,
        },
    ),
}


class WebappKind(ProjectObjectKind):
    """A webapp. Documents name it ``webapp:<name>``."""

    name: ClassVar[str] = "webapp"
    section: ClassVar[str] = "webapps"
    rank: ClassVar[int] = 44
    segment: ClassVar[str] = "webapps"
    prefix: ClassVar[str] = "webapp:"
    lists_heads: ClassVar[bool] = True
    files: ClassVar[tuple[FileField, ...]] = tuple(FileField(key, f"{key}_file", "webapps") for key in _TEXTS)
    mentions: ClassVar[tuple[Mention, ...]] = (
        Mention("definition.params.envSelection.envName", "code_env"),
        Mention("definition.params.infra.containerSelection.containerConf", "container"),
        Mention("definition.params.runAs", "user"),
        # Settings of a plugin's webapp are the plugin's own; folders and models in them are known by their ids.
        Mention("definition.config.*", COMPUTABLE),
        Mention("definition.config.*.*", COMPUTABLE),
    )
    keys: ClassVar[SpecKeys] = SpecKeys({}, ("type", "config", "params", "isVirtual"))
    nested: ClassVar[NestedKeys] = {
        **{key: Nested(("params", key)) for key in _TEXTS},
        "backend": Nested(("params", "backendEnabled")),
        "auto_start": Nested(("params", "autoStartBackend")),
        "libraries": Nested(("params", "libraries")),
        "processes": Nested(("params", "nbProcesses")),
        "run_as": Nested(("params", "runAs")),
        "authentication": Nested(("params", "forceAuthentication")),
        "code_env": Nested(("params", "envSelection"), choice=CODE_ENV),
        "container": Nested(("params", "infra", "containerSelection"), choice=CONTAINER),
    }
    table: ClassVar[FieldTable] = _TABLE
    schema: ClassVar[JsonObject] = object_schema(
        {
            "type": {"type": "string", "minLength": 1, "description": f"{', '.join(_CREATED)}, or a plugin's"},
            **{key: {"type": "string"} for key in _TEXTS},
            "backend": {"type": "boolean", "description": "of a STANDARD webapp: it has a Python backend"},
            "auto_start": {"type": "boolean", "description": "the backend starts with DSS"},
            "libraries": {
                "type": "array",
                "items": {"type": "string"},
                "description": "JavaScript: jquery, dataiku, d3, …",
            },
            "processes": {"type": "integer", "minimum": 0},
            "run_as": {"type": "string", "description": "login the backend runs as"},
            "authentication": {"type": "boolean", "description": "visitors must be logged in"},
            "code_env": {"type": "string", "minLength": 1},
            "container": {"type": "string", "minLength": 1},
            "config": {"type": "object", "description": "settings of a plugin's webapp; folders as folder:NAME"},
            "params": {"type": "object", "description": "anything else, under DSS's own names"},
            "isVirtual": {"type": "boolean"},
        },
        required=("type",),
    )

    _no_budget: ClassVar[Rules] = Rules(
        {
            **_TABLE,
            **dict.fromkeys(
                (f"definition.params.infra.podDisruptionBudget.{key}" for key in ("minAvailable", "maxUnavailable")),
                Field(ignored=True, reason="filled in by DSS, and switched off [seen]"),
            ),
        }
    )
    limits: ClassVar[Mapping[Verb, str]] = {
        "delete": "the public API deletes no webapp; delete it in DSS"
    }  # 405 [seen]

    def references(self, spec: JsonObject, address: Address) -> Sequence[Reference]:
        """See ``Kind``. In the settings of a plugin's webapp any text may stand: only what has a prefix names an object for sure."""
        found = super().references(spec, address)
        return [to for to in found if not (to.path.startswith("config.") and to.to.kind == "dataset")]

    def out_of_reach(self, verb: Verb, document: Document, address: Address) -> str:
        """See ``Kind``: plugins' webapps are not created [client]."""
        definition = document.get("definition")
        kind = definition.get("type") if is_object(definition) else None
        if verb == "create" and kind not in _CREATED:
            return f'the public API creates no webapp of type {kind}; make it in DSS under the name "{address.name}"'
        return super().out_of_reach(verb, document, address)

    def rules_for(self, document: Document) -> Rules:
        """See ``Kind``: how many pods must stay counts where that is switched on."""
        value: Json = document.get("definition")
        for key in ("params", "infra", "podDisruptionBudget"):
            value = value.get(key) if is_object(value) else None
        return self.rules if is_object(value) and value.get("enable") is True else self._no_budget

    def file_extension(self, spec: JsonObject, field: FileField) -> str:
        """See ``Kind``."""
        return _ENDINGS[field.key]

    def create(self, api: NodeApi, project: str, name: str, document: Document) -> str:
        """See ``Kind``.

        Raises:
            Refused: the node is older than 14.5.1 and has no such call.
        """
        try:
            return super().create(api, project, name, document)
        except NodeError as error:
            if error.status != HTTPStatus.NOT_FOUND:  # a project that is missing answers 401 or 403, never 404 [seen]
                raise
            raise Refused(
                "the node has no call that creates webapps: it is older than DSS 14.5.1",
                where=f"webapp.{project}.{name}",
                next_step="make the webapp in DSS under its name, abandon the run and plan anew: the entry adopts it",
                status=error.status,
                error_type=error.error_type,
            ) from error

    def creation_body(self, project: str, name: str, definition: JsonObject) -> JsonObject:
        """See ``ProjectObjectKind``: name and type; the rest is written right after [client]."""
        return {"name": name, "type": definition.get("type")}

    def created_id(self, answer: JsonObject, where: str) -> str:
        """See ``ProjectObjectKind``."""
        return text_at(answer, "webAppId", where)  # [client]
