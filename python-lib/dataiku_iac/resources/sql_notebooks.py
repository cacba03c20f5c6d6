"""SQL notebooks: queries that people keep with a project (facts: api-flow.md §12, object-shapes.md §14).

::

    sql_notebooks:
      - name: Checks
        connection: warehouse
        cells:
          - {name: Totals, code: "SELECT country, SUM(amount) FROM orders GROUP BY country"}
          - {type: MARKDOWN, code: "# Notes"}

The results and the history of queries are no configuration.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Final

from dataiku_iac.core.canonical import Json, JsonObject, digest, is_list, is_object
from dataiku_iac.core.errors import ObjectMissing
from dataiku_iac.core.fields import Field, FieldTable
from dataiku_iac.core.kind import Document, Live
from dataiku_iac.core.mentions import Mention
from dataiku_iac.core.roles import NodeApi, NodeReader
from dataiku_iac.resources.answers import object_answer, text_at
from dataiku_iac.resources.project_object import ProjectObjectKind, object_schema, object_table
from dataiku_iac.resources.spec_keys import SpecKeys

__all__ = ["SqlNotebookKind"]

_QUERY: Final = "QUERY"


class SqlNotebookKind(ProjectObjectKind):
    """A SQL notebook. Documents name it ``sql_notebook:<name>``."""

    name: ClassVar[str] = "sql_notebook"
    section: ClassVar[str] = "sql_notebooks"
    rank: ClassVar[int] = 46
    segment: ClassVar[str] = "sql-notebooks"
    prefix: ClassVar[str] = "sql_notebook:"
    lists_heads: ClassVar[bool] = True
    mentions: ClassVar[tuple[Mention, ...]] = (
        Mention("definition.connection", "connection"),
        Mention("definition.analyzedDataset", "dataset"),
    )
    keys: ClassVar[SpecKeys] = SpecKeys(
        {"analyzed_dataset": "analyzedDataset"}, ("connection", "language", "cells", "automationLocal")
    )
    table: ClassVar[FieldTable] = object_table(
        {
            "language": Field(server_owned=True, reason="follows from the connection [client]"),
            "automationLocal": Field(default=False),
            "cells": Field(default=[], identity=("name", "type"), drops_noise=True),
            "cells.*.id": Field(server_owned=True, reason="random [seen]"),
            "cells.*.type": Field(default=_QUERY),
            "cells.*.name": Field(default=""),
            "cells.*.code": Field(default=""),
            **{
                key: Field(server_owned=True, reason="who worked on it, and when [seen]")
                for key in ("creator", "createdBy", "createdOn", "lastModifiedBy", "lastModifiedOn", "allContributors")
            },
        }
    )
    schema: ClassVar[JsonObject] = object_schema(
        {
            "connection": {"type": "string", "minLength": 1},
            "cells": {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {
                        "name": {"type": "string"},
                        "type": {"type": "string", "description": "QUERY unless said, or MARKDOWN"},
                        "code": {"type": "string"},
                    },
                    "additionalProperties": True,
                },
            },
            "analyzed_dataset": {"type": "string", "minLength": 1},
            "automationLocal": {"type": "boolean"},
        },
        required=("connection",),
    )

    def items(self, api: NodeReader, project: str) -> Sequence[JsonObject]:
        """See ``ProjectObjectKind``. Headers need not hold the name [client]: then the notebooks are read for it."""
        heads = super().items(api, project)
        if all(self.name_key in head for head in heads):
            return heads
        where = f"SQL notebooks of {project}"
        paths = [self.path(project, text_at(head, self.id_key, where)) for head in heads]
        whole = [object_answer(answer, where) for answer in api.get_many(paths)]
        return [
            {self.name_key: head.get(self.id_key), **found, **head} for head, found in zip(heads, whole, strict=True)
        ]

    def read(self, api: NodeReader, project: str, live_id: str, parts: frozenset[str]) -> Live | None:
        """See ``Kind``: one that has no name goes by its id."""
        try:
            answer = api.get(self.path(project, live_id))
        except ObjectMissing:
            return None
        raw = object_answer(answer, f"SQL notebook {live_id} of {project}")
        return self._live({self.name_key: live_id, **raw}, project, live_id, None, whole=True)

    def write(self, api: NodeApi, project: str, live_id: str, part: str, document: Document) -> None:
        """See ``Kind``: cells are told apart by ids, which the editor makes [seen]."""
        definition = object_answer(document[part], f"SQL notebook {live_id} to write in {project}")
        api.put(self.path(project, live_id), _complete(definition))

    def creation_body(self, project: str, name: str, definition: JsonObject) -> JsonObject:
        """See ``ProjectObjectKind``: the project in it must be the project of the path [client]."""
        return super().creation_body(project, name, _complete(definition))


def _complete(definition: JsonObject) -> JsonObject:
    cells = definition.get("cells")
    made: list[Json] = [
        {"id": digest([i, cell]).removeprefix("sha256:")[:7], "type": _QUERY, **cell} if is_object(cell) else cell
        for i, cell in enumerate(cells if is_list(cells) else [])
    ]
    return {**definition, "cells": made}
