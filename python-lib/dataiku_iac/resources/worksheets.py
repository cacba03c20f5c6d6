"""Statistics worksheets: cards of statistics on one dataset (facts: api-flow.md §13, object-shapes.md §14).

::

    worksheets:
      - {name: Overview, dataset: ORDERS, cards_file: cards/overview.json}
      - {name: Lengths, dataset: ORDERS, cards: [{type: univariate_header, xColumns: [{name: length, type: CONTINUOUS}]}]}

They stand below their dataset: a list costs one call per dataset of the project. Results of cards are no configuration.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Final

from dataiku_iac.core.canonical import Json, JsonObject, digest, is_list, is_object
from dataiku_iac.core.errors import ObjectMissing, Refused
from dataiku_iac.core.fields import Field, FieldTable
from dataiku_iac.core.kind import Document, FileField, Live
from dataiku_iac.core.mentions import Mention
from dataiku_iac.core.roles import NodeApi, NodeReader
from dataiku_iac.resources.answers import api_path, object_answer, object_list, text_at
from dataiku_iac.resources.default_rows import default_rows, with_defaults
from dataiku_iac.resources.fragments import version_of
from dataiku_iac.resources.nested_keys import CONTAINER, Nested, NestedKeys
from dataiku_iac.resources.project_object import ProjectObjectKind, object_schema, object_table
from dataiku_iac.resources.spec_keys import SpecKeys

__all__ = ["WorksheetKind"]

_SELECTION: Final[JsonObject] = {
    "useMemTable": False,
    "filter": {"distinct": False, "enabled": False},
    "partitionSelectionMethod": "ALL",
    "latestPartitionsN": 1,
    "ordering": {"enabled": False, "rules": []},
    "samplingMethod": "HEAD_SEQUENTIAL",
    "maxRecords": 100000,
    "targetRatio": 0.02,
    "ascending": True,
    "withinFirstN": -1,
    "maxReadUncompressedBytes": -1,
}
"""What new worksheets have [seen]; sent along, as a creation without a selection fails [seen]."""
_ROOT: Final = "worksheet_root"
_LEVELS: Final = tuple(f"rootCard.{'.'.join(['cards.*'] * depth)}" for depth in (1, 2, 3, 4))
_MADE: Final = Field(server_owned=True, reason="random, told apart by nobody else [seen]")


class WorksheetKind(ProjectObjectKind):
    """A statistics worksheet. Its id here is ``DATASET/ID``, as it can be asked for below its dataset only."""

    name: ClassVar[str] = "worksheet"
    section: ClassVar[str] = "worksheets"
    rank: ClassVar[int] = 47
    segment: ClassVar[str] = "statistics/worksheets"
    falls_with: ClassVar[frozenset[str]] = frozenset({"dataset"})
    listed_one_by_one: ClassVar[bool] = True
    files: ClassVar[tuple[FileField, ...]] = (FileField("cards", "cards_file", "cards", is_json=True),)
    mentions: ClassVar[tuple[Mention, ...]] = (
        Mention("definition.dataSpec.inputDatasetSmartName", "dataset"),
        Mention("definition.dataSpec.containerSelection.containerConf", "container"),
    )
    keys: ClassVar[SpecKeys] = SpecKeys({}, ("dataSpec", "rootCard"))
    nested: ClassVar[NestedKeys] = {
        "dataset": Nested(("dataSpec", "inputDatasetSmartName")),
        "sampling": Nested(("dataSpec", "datasetSelection")),
        "container": Nested(("dataSpec", "containerSelection"), choice=CONTAINER),
        "cards": Nested(("rootCard", "cards")),
    }
    table: ClassVar[FieldTable] = {
        **object_table(
            {
                "dataSpec.inputDatasetSmartName": Field(immutable=True, reason="it stands below its dataset [client]"),
                "dataSpec.refreshTrigger": Field(ignored=True, reason="counts refreshes of the sample [seen]"),
                "rootCard": Field(default={}),
                "rootCard.id": _MADE,
                "rootCard.type": Field(default=_ROOT),
                "rootCard.confidenceLevel": Field(default=0.95),
                "rootCard.showConfidenceInterval": Field(default=False),
                **{f"{level.removesuffix('.*')}": Field(default=[], identity=("type",)) for level in _LEVELS},
                **{f"{level}.id": _MADE for level in _LEVELS},
            }
        ),
        **default_rows(
            "definition.dataSpec",
            {
                "datasetSelection": _SELECTION,
                "autoRefreshSample": True,
                "containerSelection": {"containerMode": "INHERIT"},
            },
        ),
    }
    schema: ClassVar[JsonObject] = object_schema(
        {
            "dataset": {"type": "string", "minLength": 1},
            "sampling": {"type": "object", "description": "the first 100,000 rows unless said"},
            "container": {"type": "string", "minLength": 1},
            "cards": {"type": "array", "items": {"type": "object"}},
            "dataSpec": {"type": "object"},
            "rootCard": {"type": "object"},
        },
        required=("dataset",),
    )

    # --- calls ---

    def list(self, api: NodeReader, project: str) -> Sequence[Live]:
        """See ``Kind``: one call per dataset. Items are whole [inferred]; one that is not is a head."""
        where = f"worksheets of {project}"
        heads = object_list(api.get(api_path("projects", project, "datasets", "")), f"datasets of {project}")
        names = [text_at(head, "name", where) for head in heads]
        answers = api.get_many([_path(project, name, "") for name in names])
        return [
            _live(raw, name, project, whole="rootCard" in raw and "dataSpec" in raw)
            for name, answer in zip(names, answers, strict=True)
            for raw in object_list(answer, where)
        ]

    def read(self, api: NodeReader, project: str, live_id: str, parts: frozenset[str]) -> Live | None:
        """See ``Kind``."""
        dataset, _, sheet = live_id.partition("/")
        try:
            answer = api.get(_path(project, dataset, sheet))
        except ObjectMissing:
            return None
        return _live(object_answer(answer, f"worksheet {live_id} of {project}"), dataset, project, whole=True)

    def create(self, api: NodeApi, project: str, name: str, document: Document) -> str:
        """See ``Kind``."""
        where = f'creation of worksheet "{name}" in {project}'
        definition = _complete(object_answer(document.get("definition", {}), where))
        data = definition.get("dataSpec")
        dataset = data.get("inputDatasetSmartName") if is_object(data) else None
        if not isinstance(dataset, str):
            raise Refused("a worksheet has no dataset", where=where, next_step="add dataset to the entry")
        answer = api.post(_path(project, dataset, ""), {**definition, "projectKey": project, "name": name})
        return f"{dataset}/{text_at(object_answer(answer, where), 'id', where)}"

    def path(self, project: str, live_id: str) -> str:
        """See ``ProjectObjectKind``."""
        dataset, _, sheet = live_id.partition("/")
        return _path(project, dataset, sheet)

    def write(self, api: NodeApi, project: str, live_id: str, part: str, document: Document) -> None:
        """See ``Kind``."""
        definition = object_answer(document[part], f"worksheet {live_id} to write in {project}")
        api.put(self.path(project, live_id), _complete(definition))


def _path(project: str, dataset: str, sheet: str) -> str:
    return api_path("projects", project, "datasets", dataset, "statistics", "worksheets", sheet)


def _live(raw: JsonObject, dataset: str, project: str, *, whole: bool) -> Live:
    where = f"worksheets of {project}"
    live_id = f"{dataset}/{text_at(raw, 'id', where)}"
    return Live(text_at(raw, "name", where), live_id, {"definition": raw}, version_of(raw), complete=whole)


def _complete(definition: JsonObject) -> JsonObject:
    data, root = definition.get("dataSpec"), definition.get("rootCard")
    new: JsonObject = {"type": _ROOT, "confidenceLevel": 0.95, "showConfidenceInterval": False, "cards": []}
    whole = {**new, **(root if is_object(root) else {})}
    selected = with_defaults(data if is_object(data) else {}, {"datasetSelection": _SELECTION})
    return {**definition, "dataSpec": selected, "rootCard": _with_ids(whole, 0)}


def _with_ids(card: JsonObject, index: int) -> JsonObject:
    """Return a card as it is sent: cards are told apart by ids, which the editor makes [seen]."""
    cards = card.get("cards")
    inner: list[Json] = [
        _with_ids(item, i) if is_object(item) else item for i, item in enumerate(cards if is_list(cards) else [])
    ]
    made = digest([index, card]).removeprefix("sha256:")[:7]
    return {"id": made, **card, **({"cards": inner} if "cards" in card else {})}
