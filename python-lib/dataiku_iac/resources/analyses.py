"""Visual analyses: the script, the charts and the name of an analysis in the lab (facts: api-flow.md §11.2, object-shapes.md §12).

::

    analyses:
      - name: Why do they leave
        dataset: CUSTOMERS
        steps:
          - {type: ColumnRenamer, params: {renamings: [{from: a, to: b}]}}

``steps`` are written as in a prepare recipe; whatever else the script holds stands under ``script``. The ML tasks in an
analysis stand under ``ml_tasks``. An analysis goes when its dataset goes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, Final

from dataiku_iac.core.canonical import Json, JsonObject, is_object
from dataiku_iac.core.fields import Field, FieldTable
from dataiku_iac.core.kind import Document, FileField
from dataiku_iac.core.mentions import Mention
from dataiku_iac.core.roles import NodeApi, NodeReader
from dataiku_iac.resources.answers import api_path, object_answer, text_at
from dataiku_iac.resources.nested_keys import Nested, NestedKeys
from dataiku_iac.resources.project_object import ProjectObjectKind, object_schema, object_table
from dataiku_iac.resources.recipe_forms import FORM_SCHEMA, expand_payload, shorten_payload
from dataiku_iac.resources.recipe_payloads import PAYLOAD_MENTIONS, PAYLOAD_TABLE
from dataiku_iac.resources.spec_keys import SpecKeys, objects_schema

__all__ = ["SCRIPT_TABLE", "AnalysisKind"]

_IN_PAYLOAD: Final = "definition.payload.script."
_PREPARE: Final = "shaker"
_IN_LISTS: Final = {"id": "analysisId", "name": "analysisName"}

SCRIPT_TABLE: Final[FieldTable] = {
    "columnsSelection": Field(default={"mode": "ALL"}),
    "maxProcessedMemTableBytes": Field(default=-1),
    "steps": Field(default=[]),
    **{path.removeprefix(_IN_PAYLOAD): row for path, row in PAYLOAD_TABLE.items() if path.startswith(_IN_PAYLOAD)},
}
"""Of a prepare script that is no recipe's payload."""


class AnalysisKind(ProjectObjectKind):
    """A visual analysis."""

    name: ClassVar[str] = "analysis"
    section: ClassVar[str] = "analyses"
    rank: ClassVar[int] = 34
    segment: ClassVar[str] = "lab"
    lists_heads: ClassVar[bool] = True
    prefix: ClassVar[str] = "analysis:"
    falls_with: ClassVar[frozenset[str]] = frozenset({"dataset"})  # cascades: object-shapes §16 [seen]
    mentions: ClassVar[tuple[Mention, ...]] = (
        Mention("definition.inputDatasetSmartName", "dataset"),
        *(
            Mention(f"definition.script.{row.path.removeprefix(_IN_PAYLOAD)}", row.sort)
            for row in PAYLOAD_MENTIONS
            if row.path.startswith(_IN_PAYLOAD)
        ),
    )
    files: ClassVar[tuple[FileField, ...]] = (FileField("charts", "charts_file", "analyses", is_json=True),)
    keys: ClassVar[SpecKeys] = SpecKeys(
        {"dataset": "inputDatasetSmartName"},
        ("script", "charts", "customMeasures", "reusableDimensions", "hierarchies"),
    )
    nested: ClassVar[NestedKeys] = {"steps": Nested(("script", "steps"))}
    table: ClassVar[FieldTable] = object_table(
        {
            "inputDatasetSmartName": Field(immutable=True),
            "charts": Field(default=[], drops_noise=True),
            "charts.*.def.thumbnailData": Field(ignored=True, reason="a picture that the editor draws [seen]"),
            "customMeasures": Field(default=[]),
            "reusableDimensions": Field(default=[]),
            "hierarchies": Field(default=[]),
            "script": Field(default={}, drops_noise=True),
            **{f"script.{path}": row for path, row in SCRIPT_TABLE.items()},
        }
    )
    schema: ClassVar[JsonObject] = object_schema(
        {
            "dataset": {"type": "string", "minLength": 1, "description": "what is analysed; PROJECT.NAME if foreign"},
            "steps": FORM_SCHEMA["steps"],
            **objects_schema("script"),
            "charts": {"type": "array", "items": {"type": "object"}},
            "charts_file": {"type": "string"},
            "customMeasures": {"type": "array"},
            "reusableDimensions": {"type": "array"},
            "hierarchies": {"type": "array"},
        },
        required=("dataset",),
    )

    def expand_definition(self, definition: JsonObject) -> JsonObject:
        """See ``ProjectObjectKind``: steps as in a prepare recipe."""
        script = definition.get("script")
        if not is_object(script) or "steps" not in script:
            return definition
        rest = {key: value for key, value in script.items() if key != "steps"}
        written = expand_payload({"type": _PREPARE, "steps": script["steps"], "payload": rest}, _PREPARE)
        return {**definition, "script": written}

    def shorten_definition(self, definition: JsonObject) -> JsonObject:
        """See ``ProjectObjectKind``."""
        script = definition.get("script")
        if not is_object(script):
            return definition
        short, _ = shorten_payload({"steps": script.get("steps")}, _PREPARE)
        return {**definition, "script": {**script, **short}} if set(short) == {"steps"} else definition

    def path(self, project: str, live_id: str) -> str:
        """See ``ProjectObjectKind``."""
        return api_path("projects", project, self.segment, live_id, "")

    def create(self, api: NodeApi, project: str, name: str, document: Document) -> str:
        """See ``Kind``. The node names it after its dataset [client]; the name that was asked for is written next."""
        where = f'creation of analysis "{name}" in {project}'
        definition = object_answer(document.get("definition", {}), where)
        body: JsonObject = {"inputDataset": definition.get("inputDatasetSmartName"), "name": name}
        return text_at(object_answer(api.post(self.list_path(project), body), where), "id", where)

    def items(self, api: NodeReader, project: str) -> Sequence[JsonObject]:
        """See ``ProjectObjectKind``. Whether a list item says ``id`` or ``analysisId`` is [unknown]: both are understood."""
        return [_as_whole(item) for item in super().items(api, project)]


def _as_whole(item: JsonObject) -> JsonObject:
    names: Mapping[str, Json] = {ours: item[theirs] for ours, theirs in _IN_LISTS.items() if theirs in item}
    return {**names, **item}
