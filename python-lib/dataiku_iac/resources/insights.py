"""Insights: what dashboards show — charts, tables, metrics, webapps, … (facts: api-flow.md §13, object-shapes.md §13).

::

    insights:
      - {name: Sales per day, type: chart, dataset: ORDERS, chart_file: charts/sales.json}
      - {name: Orders, type: dataset_table, dataset: ORDERS}
      - {name: Row count, type: metrics, object: ORDERS, params: {objectType: DATASET, metricId: "records:COUNT_RECORDS"}}
      - {name: Run it, type: scenario_run_button, scenario: DAILY}

The definition of a chart is hundreds of lines that its editor makes: import writes it into a JSON file of its own, where a
change still shows field by field.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Final

from dataiku_iac.core.address import Address
from dataiku_iac.core.canonical import Json, JsonObject, is_object
from dataiku_iac.core.fields import Field, FieldTable, Rules
from dataiku_iac.core.kind import OBJECT, Document, FileField
from dataiku_iac.core.mentions import Mention, Mentioned
from dataiku_iac.core.resource import Reference, Relation
from dataiku_iac.core.roles import NodeApi
from dataiku_iac.resources.answers import api_path, object_answer
from dataiku_iac.resources.default_rows import default_rows, with_defaults
from dataiku_iac.resources.fragments import SELECTION, below
from dataiku_iac.resources.named_objects import address_of
from dataiku_iac.resources.nested_keys import Nested, NestedKeys
from dataiku_iac.resources.project_object import ProjectObjectKind, object_schema, object_table
from dataiku_iac.resources.spec_keys import SpecKeys
from dataiku_iac.resources.themes import COPY_OF_DEFAULT, has_default_theme

__all__ = ["InsightKind"]

_CHART: Final = "chart"
_BY_NAME: Final = ("dataset", "scenario", "notebook")

# Without a sample a chart does not render, and the server fills none in [seen]; so what is folded away here is sent.
_SAMPLE: Final[JsonObject] = {
    "useMemTable": False,
    "filter": {"distinct": False, "enabled": False},
    "partitionSelectionMethod": "ALL",
    "latestPartitionsN": 1,
    "ordering": {"enabled": False, "rules": []},
    "samplingMethod": "HEAD_SEQUENTIAL",
    "maxRecords": 10000,
    "targetRatio": 0.02,
    "ascending": True,
    "withinFirstN": -1,
    "maxReadUncompressedBytes": -1,
}
_OF_CHART: Final[JsonObject] = {
    "engineType": "LINO",
    "refreshableSelection": {"selection": _SAMPLE, "autoRefreshSample": False},
    "customMeasures": [],
    "reusableDimensions": [],
    "hierarchies": [],
}
_COUNTER: Final = Field(ignored=True, reason="counts refreshes of the sample [seen]")

_TABLE: Final[FieldTable] = {
    **object_table(
        {
            "type": Field(immutable=True, reason="another type is another insight [inferred]"),
            "owner": Field(server_owned=True, reason="whoever made it: another user on another node"),
            "listed": Field(default=False),
            "dashboardCreationId": Field(ignored=True, reason="the dashboard it was first made on [seen]"),
            "params": Field(default={}),
            "params.theme": Field(default={}, whole=True),
            "params.theme.isCustomized": Field(default=False),
            "params.def": Field(default={}, drops_noise=True),
            "params.def.thumbnailData": Field(ignored=True, reason="a picture of the chart, made by drawing it [seen]"),
            "params.refreshableSelection._refreshTrigger": _COUNTER,
            "params.maxDataBytes": Field(ignored=True, reason="a limit of the node's [seen]"),
            "params.shakerScript.explorationSampling._refreshTrigger": _COUNTER,
            "params.shakerScript.vizSampling": Field(ignored=True, reason="state of the editor [seen]"),
            "params.shakerScript.analysisColumnData": Field(ignored=True, reason="state of the editor [seen]"),
            "params.shakerScript": Field(drops_noise=True),
            **below("params.shakerScript.explorationSampling.selection", SELECTION),
        }
    ),
    **default_rows("definition.params", _OF_CHART),
    **default_rows(
        "definition.params.shakerScript",
        {
            "steps": [],
            "maxProcessedMemTableBytes": -1,
            "columnsSelection": {"mode": "ALL"},
            "columnWidthsByName": {},
            "coloring": {"scheme": "MEANING_AND_STATUS", "individualColumns": [], "valueColoringMode": "HASH"},
            "sorting": [],
            "exploreUIParams": {},
            "globalSearchQuery": "",
            "explorationFilters": [],
            "previewMode": "ALL_ROWS",
            "explorationSampling": {"autoRefreshSample": False},
        },
    ),
}


class InsightKind(ProjectObjectKind):
    """An insight. Documents name it ``insight:<name>``."""

    name: ClassVar[str] = "insight"
    section: ClassVar[str] = "insights"
    rank: ClassVar[int] = 54
    segment: ClassVar[str] = "insights"
    prefix: ClassVar[str] = "insight:"
    lists_heads: ClassVar[bool] = True
    files: ClassVar[tuple[FileField, ...]] = (
        FileField("chart", "chart_file", "charts", is_json=True),
        FileField("theme", "theme_file", "themes", is_json=True),
    )
    mentions: ClassVar[tuple[Mention, ...]] = (
        Mention("definition.params.datasetSmartName", "dataset"),
        Mention("definition.params.webAppSmartId", "webapp"),
        Mention("definition.params.scenarioSmartId", "scenario"),
        Mention("definition.params.notebookSmartName", "notebook"),
        Mention("definition.params.articleSmartId", "wiki"),
        *(
            Mention(f"definition.params.{key}", OBJECT)
            for key in ("objectSmartId", "savedModelSmartId", "mesSmartId", "folderSmartId")
        ),
    )
    keys: ClassVar[SpecKeys] = SpecKeys({}, ("type", "listed", "params"))
    nested: ClassVar[NestedKeys] = {
        "dataset": Nested(("params", "datasetSmartName")),
        "webapp": Nested(("params", "webAppSmartId"), "webapp:"),
        "scenario": Nested(("params", "scenarioSmartId")),
        "notebook": Nested(("params", "notebookSmartName")),
        "object": Nested(("params", "objectSmartId")),
        "engine": Nested(("params", "engineType")),
        "sampling": Nested(("params", "refreshableSelection", "selection")),
        "chart": Nested(("params", "def")),
        "theme": Nested(("params", "theme")),
    }
    table: ClassVar[FieldTable] = _TABLE
    schema: ClassVar[JsonObject] = object_schema(
        {
            "type": {"type": "string", "minLength": 1, "description": "chart, dataset_table, metrics, web_app, …"},
            "listed": {"type": "boolean", "description": "shown to everybody who may read dashboards"},
            "dataset": {"type": "string", "minLength": 1},
            "webapp": {"type": "string", "minLength": 1},
            "scenario": {"type": "string", "minLength": 1},
            "notebook": {"type": "string", "minLength": 1},
            "object": {
                "type": "string",
                "minLength": 1,
                "description": "a dataset; others as folder:NAME, model:NAME, …",
            },
            "engine": {"type": "string", "description": "what computes a chart: LINO (DSS itself) unless said, SQL, …"},
            "sampling": {"type": "object", "description": "of a chart; the first 10,000 rows unless said"},
            "chart": {"type": "object", "description": "definition of a chart"},
            "theme": {"type": "object", "description": "of a chart, if it is not DSS's default"},
            "params": {"type": "object", "description": "anything else, under DSS's own names"},
        },
        required=("type",),
    )
    _plain: ClassVar[Rules] = Rules({**_TABLE, "definition.params.theme": COPY_OF_DEFAULT})

    def rules_for(self, document: Document) -> Rules:
        """See ``Kind``: a copy of the default theme says nothing."""
        definition = document.get("definition")
        params = definition.get("params") if is_object(definition) else None
        return self._plain if has_default_theme(params) else self.rules

    def references(self, spec: JsonObject, address: Address) -> Sequence[Reference]:
        """See ``Kind``. An object without a prefix is a dataset, if it says so."""
        found = super().references(spec, address)
        params, named = spec.get("params"), spec.get("object")
        if not isinstance(named, str) or not is_object(params) or params.get("objectType") != "DATASET":
            return found
        dataset = address_of("dataset", named, address.project)
        return found if dataset is None else [*found, Reference(dataset, Relation.SHOWS, "object")]

    def relation_to(self, mention: Mentioned) -> Relation:
        """See ``ProjectObjectKind``: what has a name, not an id, may be gone from the node."""
        return Relation.SHOWS if mention.sort in _BY_NAME else Relation.NEEDS

    def path(self, project: str, live_id: str) -> str:
        """See ``ProjectObjectKind``: with a slash at the end [client]."""
        return api_path("projects", project, self.segment, live_id, "")

    def creation_body(self, project: str, name: str, definition: JsonObject) -> JsonObject:
        """See ``ProjectObjectKind``."""
        return {"insightPrototype": super().creation_body(project, name, _complete(definition))}

    def write(self, api: NodeApi, project: str, live_id: str, part: str, document: Document) -> None:
        """See ``Kind``: a change is a POST, too [client]."""
        definition = object_answer(document[part], f"insight {live_id} to write in {project}")
        api.post(self.path(project, live_id), {"insight": _complete(definition)})


def _complete(definition: JsonObject) -> JsonObject:
    if definition.get("type") != _CHART:
        return definition
    params: Json = definition.get("params")
    return {**definition, "params": with_defaults(params if is_object(params) else {}, _OF_CHART)}
