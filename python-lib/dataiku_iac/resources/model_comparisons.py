"""Comparisons of models, evaluations and agents (facts: api-flow.md §11.2, object-shapes.md §12).

::

    model_comparisons:
      - {name: Champion and challengers, type: BINARY_CLASSIFICATION}

What is compared stands under ``comparedModels`` by DSS's own ids of trained versions, e.g. ``S-CRM-a8BcD123-initial``. Those
exist on the node they were trained on; on another node a comparison starts empty or with what is declared there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar, Final, TypeVar

from dataiku_iac.core.canonical import Json, JsonObject
from dataiku_iac.core.errors import ObjectMissing, UnexpectedShape
from dataiku_iac.core.fields import Field, FieldTable
from dataiku_iac.core.kind import Document, Live
from dataiku_iac.core.roles import NodeApi, NodeReader
from dataiku_iac.resources.answers import api_path, object_answer, object_list, text_at
from dataiku_iac.resources.project_object import ProjectObjectKind, object_schema, object_table
from dataiku_iac.resources.spec_keys import SpecKeys, objects_schema

__all__ = ["ModelComparisonKind"]

Answer = TypeVar("Answer")
_NOT_THERE: Final = (ObjectMissing, UnexpectedShape)  # an unknown path may be answered with an HTML page [seen]


class ModelComparisonKind(ProjectObjectKind):
    """A comparison of models or evaluations.

    Since evaluations of LLMs exist, the API calls the family ``evaluationcomparisons`` and creates those of models under
    ``modelcomparisons`` [client]; before, everything was under ``modelcomparisons``. The newer name is tried first.
    """

    name: ClassVar[str] = "model_comparison"
    section: ClassVar[str] = "model_comparisons"
    rank: ClassVar[int] = 36
    is_brief: ClassVar[bool] = True
    segment: ClassVar[str] = "evaluationcomparisons"
    older: ClassVar[str] = "modelcomparisons"
    prefix: ClassVar[str] = "model_comparison:"
    name_key: ClassVar[str] = "displayName"
    keys: ClassVar[SpecKeys] = SpecKeys({"type": "modelTaskType"}, ("comparedModels", "displayParams"))
    table: ClassVar[FieldTable] = object_table(
        {
            "modelTaskType": Field(immutable=True),
            "predictionType": Field(server_owned=True, reason="the older name of modelTaskType [client]"),
            "comparedModels": Field(default=[], identity=("fullId",)),
            "comparedModels.*.isSelected": Field(default=True),
            "comparedModels.*.isChampion": Field(default=False),
            "displayParams": Field(ignored=True, reason="state of the screen [seen]"),
        }
    )
    schema: ClassVar[JsonObject] = object_schema(
        {
            "type": {"type": "string", "description": "BINARY_CLASSIFICATION, MULTICLASS, REGRESSION, LLM, AGENT, …"},
            "comparedModels": {"type": "array", "items": {"type": "object"}},
            **objects_schema("displayParams"),
        },
        required=("type",),
    )

    def items(self, api: NodeReader, project: str) -> Sequence[JsonObject]:
        """See ``ProjectObjectKind``. Comparisons of agents are listed only when asked for by type [client]."""
        where = f"{self.section} of {project}"
        newer = api_path("projects", project, self.segment, "")
        try:
            answers = [api.get(newer), api.get(newer, params={"modelTaskTypes": "AGENT"})]
        except _NOT_THERE:
            try:
                answers = [api.get(api_path("projects", project, self.older, ""))]
            except ObjectMissing:
                return ()
        found = {text_at(raw, "id", where): raw for answer in answers for raw in object_list(answer, where)}
        return [_named(raw) for _, raw in sorted(found.items())]

    def definition_of(self, raw: JsonObject) -> Mapping[str, Json]:
        """See ``ProjectObjectKind``: older versions say only what is predicted."""
        return {"modelTaskType": raw["predictionType"], **raw} if "predictionType" in raw else raw

    def read(self, api: NodeReader, project: str, live_id: str, parts: frozenset[str]) -> Live | None:
        """See ``Kind``."""
        try:
            answer = self._either(lambda path: api.get(path), project, live_id)
        except ObjectMissing:
            return None
        raw = _named(object_answer(answer, f"{self.name} {live_id} of {project}"))
        return self._live(raw, project, live_id, None, whole=True)

    def create(self, api: NodeApi, project: str, name: str, document: Document) -> str:
        """See ``Kind``. Those of LLMs and agents have a path of their own [client]."""
        where = f'creation of {self.name} "{name}" in {project}'
        kind = str(object_answer(document.get("definition", {}), where).get("modelTaskType"))
        family = self.segment if kind in ("LLM", "AGENT") else self.older
        body: JsonObject = {"projectKey": project, "displayName": name, "predictionType": kind}
        answer = api.post(api_path("projects", project, family, ""), body)
        return text_at(object_answer(answer, where), "id", where)

    def write(self, api: NodeApi, project: str, live_id: str, part: str, document: Document) -> None:
        """See ``Kind``."""
        definition = object_answer(document[part], f"{self.name} {live_id} to write in {project}")
        self._either(lambda path: api.put(path, definition), project, live_id)

    def delete(self, api: NodeApi, project: str, live_id: str, *, drop_data: bool) -> None:
        """See ``Kind``."""
        self._either(api.delete, project, live_id)

    def _either(self, call: Callable[[str], Answer], project: str, live_id: str) -> Answer:
        """Call under the newer name, else the older: a path that is not there had no effect.

        Raises:
            ObjectMissing: neither has it.
        """
        try:
            return call(api_path("projects", project, self.segment, live_id))
        except _NOT_THERE as newer:
            try:
                return call(api_path("projects", project, self.older, live_id))
            except UnexpectedShape:
                raise newer from None  # this version knows the newer name only


def _named(raw: JsonObject) -> JsonObject:
    """Return ``raw`` with a display name; one that never had any goes by its id."""
    return raw if raw.get("displayName") else {**raw, "displayName": raw.get("name") or raw.get("id")}
