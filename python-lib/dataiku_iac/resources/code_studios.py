"""Code studios: an editor in a container, made from a template (facts: object-shapes.md §14, the client's ``codestudio.py``).

::

    code_studios:
      - {name: VS Code of Bob, template: vscode}

The public API creates and deletes them and changes nothing of them. Their files and whether they run are not configuration.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from dataiku_iac.core.canonical import JsonObject
from dataiku_iac.core.fields import Field, FieldTable
from dataiku_iac.core.kind import Verb
from dataiku_iac.resources.answers import object_answer, text_at
from dataiku_iac.resources.project_object import ProjectObjectKind, object_schema, object_table
from dataiku_iac.resources.spec_keys import SpecKeys

__all__ = ["CodeStudioKind"]


class CodeStudioKind(ProjectObjectKind):
    """A code studio. Documents name it ``code_studio:<name>``."""

    name: ClassVar[str] = "code_studio"
    section: ClassVar[str] = "code_studios"
    rank: ClassVar[int] = 49
    is_brief: ClassVar[bool] = True
    segment: ClassVar[str] = "code-studios"
    prefix: ClassVar[str] = "code_studio:"
    lists_heads: ClassVar[bool] = True
    keeps_its_name: ClassVar[bool] = True
    limits: ClassVar[Mapping[Verb, str]] = {"update": "the public API changes no code studio; change it in DSS"}
    keys: ClassVar[SpecKeys] = SpecKeys({"template": "templateId"}, ("params",))
    table: ClassVar[FieldTable] = object_table(
        {
            "owner": Field(server_owned=True, reason="whoever made it: another user on another node"),
            "libName": Field(server_owned=True, reason="where its files are kept; made at creation [client]"),
            "desc": Field(server_owned=True, reason="of its template [client]"),
            "templateId": Field(immutable=True, reason="given at creation [client]"),
            "params": Field(default={}),
        }
    )
    schema: ClassVar[JsonObject] = object_schema(
        {
            "template": {"type": "string", "minLength": 1, "description": "id of a code studio template of the node"},
            "params": {"type": "object"},
        },
        required=("template",),
    )

    def creation_body(self, project: str, name: str, definition: JsonObject) -> JsonObject:
        """See ``ProjectObjectKind``."""
        return {"name": name, "templateId": definition.get("templateId")}

    def created_id(self, answer: JsonObject, where: str) -> str:
        """See ``ProjectObjectKind``."""
        return text_at(object_answer(answer.get("codeStudio"), where), "id", where)  # [client]
