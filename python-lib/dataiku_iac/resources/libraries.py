"""Files of a project's library: modules that its recipes import (facts: api-flow.md §12, object-shapes.md §14).

::

    libraries:
      - {path: python/scores.py, file: lib/python/scores.py}
      - path: external-libraries.json
        git: {python/shared: {repository: "git@example.org:team/shared.git", checkout: main}}

The name of a library file is its path below the library's root. ``external-libraries.json`` is compared parsed, so that
what the server notes there about git (hashes, conflicts) is never a difference.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import ClassVar, Final

from dataiku_iac.core.address import Address
from dataiku_iac.core.canonical import Json, JsonObject, is_list, is_object
from dataiku_iac.core.errors import NodeError, ObjectMissing, UnexpectedShape
from dataiku_iac.core.fields import Field, FieldTable
from dataiku_iac.core.kind import Document, FileField, Kind, Live
from dataiku_iac.core.mentions import Mention
from dataiku_iac.core.problem import Problem, Severity
from dataiku_iac.core.roles import NodeApi, NodeReader
from dataiku_iac.resources.answers import api_path, object_answer, object_list, text_at
from dataiku_iac.resources.external_libraries import EXTERNAL_SCHEMA, expand_external, shorten_external
from dataiku_iac.resources.findings import declared_twice

__all__ = ["EXTERNAL_LIBRARIES", "LibraryKind"]

EXTERNAL_LIBRARIES: Final = "external-libraries.json"
"""The one library file that is not code: where else modules come from."""

_GIT_STATE: Final = Field(server_owned=True, reason="what the server notes about a git reference [seen]")
_NOT_TEXT: Final = "\ufffd"  # what decoding puts in place of bytes that are no text


class LibraryKind(Kind):
    """A file of the project library; its path is its name and its id."""

    name: ClassVar[str] = "library"
    section: ClassVar[str] = "libraries"
    rank: ClassVar[int] = 25
    parts: ClassVar[tuple[str, ...]] = ("content",)
    files: ClassVar[tuple[FileField, ...]] = (FileField("content", "file", "lib"),)
    mentions: ClassVar[tuple[Mention, ...]] = (Mention("content.importLibrariesFromProjects.*", "project"),)
    table: ClassVar[FieldTable] = {
        "content.gitReferences": Field(default={}),
        **{
            f"content.gitReferences.*.{key}": _GIT_STATE
            for key in ("lastHash", "isDirty", "conflictingFiles", "resolvedFiles", "faultyHash")
        },
        "content.pythonPath": Field(default=["python"]),
        "content.rsrcPath": Field(default=["R"]),
        "content.importLibrariesFromProjects": Field(default=[]),
    }
    schema: ClassVar[JsonObject] = {
        "type": "object",
        "properties": {
            "path": {"type": "string", "pattern": "^[^/].*[^/]$|^[^/]$", "description": "below the library's root"},
            "content": {"type": "string"},
            "file": {
                "type": "string",
                "minLength": 1,
                "description": "instead of content: a file beside the configuration",
            },
            **EXTERNAL_SCHEMA,
        },
        "required": ["path"],
        "additionalProperties": False,
    }

    # --- the lens ---

    def expand(self, spec: JsonObject, address: Address) -> Document:
        """See ``Kind``: ``{"content": "import dataiku"}`` is the document as well."""
        external = expand_external(spec) if address.name == EXTERNAL_LIBRARIES else None
        if external is not None:
            return {"content": external}
        if "content" not in spec:
            return {}
        return {"content": _parsed(spec["content"], address.name)}

    def shorten(self, document: Document, address: Address) -> JsonObject:
        """See ``Kind``."""
        if "content" not in document:
            return {}
        content = document["content"]
        short = shorten_external(content) if is_object(content) and content else None
        if short is not None and address.name == EXTERNAL_LIBRARIES:
            return short
        return {"content": _as_text(document["content"])}

    def check(self, spec: JsonObject, address: Address) -> Sequence[Problem]:
        """See ``Kind``: there is a content, and that of ``external-libraries.json`` is a JSON object."""
        if address.name == EXTERNAL_LIBRARIES:
            short = sorted(EXTERNAL_SCHEMA.keys() & spec.keys())
            if "content" in spec and short:
                return [declared_twice(str(address), key, "content") for key in short]
            if "content" in spec and not is_object(_parsed(spec["content"], address.name)):
                return [
                    _problem(
                        "bad-json", f"{EXTERNAL_LIBRARIES} is not a JSON object", address, "see what DSS wrote there"
                    )
                ]
            return ()
        odd = sorted(EXTERNAL_SCHEMA.keys() & spec.keys())
        if odd:
            what = f"only {EXTERNAL_LIBRARIES} has {', '.join(odd)}"
            return [
                Problem(
                    Severity.ERROR,
                    "unknown-form",
                    "this entry is none of the forms that are known here",
                    what,
                    address=str(address),
                    suggestion="give a file or content",
                )
            ]
        if "content" in spec:
            return ()
        return [_problem("no-content", "a library file without content", address, "add file: <path>, or content")]

    def file_extension(self, spec: JsonObject, field: FileField) -> str:
        """See ``Kind``: none, the name of a library file is a file name."""
        return ""

    def comes_with_project(self, address: Address) -> bool:
        """See ``Kind``: DSS writes the file with a new project since late 2022 [seen]."""
        return address.name == EXTERNAL_LIBRARIES

    def is_unremarkable(self, document: Document, address: Address) -> bool:
        """See ``Kind``: no git references and the usual search paths."""
        return address.name == EXTERNAL_LIBRARIES and not self.stripped(document).get("content")

    # --- calls ---

    def list(self, api: NodeReader, project: str) -> Sequence[Live]:
        """See ``Kind``: one call gives the paths only, and there is no version: every file is read that anybody declares."""
        return [Live(path, path, {}, complete=False) for path in _paths(api, project)]

    def read(self, api: NodeReader, project: str, live_id: str, parts: frozenset[str]) -> Live | None:
        """See ``Kind``. How a node says that a file is missing is [unknown]: after any refusal the tree decides.

        Raises:
            UnexpectedShape: the file is not text.
        """
        try:
            answer = api.get(_contents(project, live_id))
        except ObjectMissing:
            return None
        except NodeError:
            if live_id in _paths(api, project):
                raise
            return None
        where = f"library file {live_id} of {project}"
        text = object_answer(answer, where).get("data")
        if not isinstance(text, str):
            raise UnexpectedShape("the node gave a library file without data", where=where)
        if _NOT_TEXT in text:
            raise UnexpectedShape(
                "a library file is not text",
                where=where,
                next_step="keep files that are not text in a managed folder; the library is for code",
            )
        return Live(live_id, live_id, {"content": _parsed(text, live_id)})

    def create(self, api: NodeApi, project: str, name: str, document: Document) -> str:
        """See ``Kind``: the same call creates and overwrites."""
        self.write(api, project, name, "content", {"content": "", **document})
        return name

    def write(self, api: NodeApi, project: str, live_id: str, part: str, document: Document) -> None:
        """See ``Kind``."""
        api.post_text(_contents(project, live_id), _as_text(document[part]))

    def delete(self, api: NodeApi, project: str, live_id: str, *, drop_data: bool) -> None:
        """See ``Kind``."""
        api.delete(_contents(project, live_id))


def _contents(project: str, path: str) -> str:
    return api_path("projects", project, "libraries", "contents", *path.split("/"))


def _paths(api: NodeReader, project: str) -> list[str]:
    where = f"library of {project}"
    tree = object_list(api.get(api_path("projects", project, "libraries", "contents")), where)
    return sorted(_files(tree, "", where))


def _files(nodes: Sequence[JsonObject], above: str, where: str) -> Iterator[str]:
    for node in nodes:
        path = above + text_at(node, "name", where).strip("/")
        children = node.get("children")
        if is_list(children):
            yield from _files(object_list(children, where), f"{path}/", where)
        else:
            yield path


def _parsed(content: Json, name: str) -> Json:
    """Return a text as the document holds it; text that is no JSON object stays text."""
    if name != EXTERNAL_LIBRARIES or not isinstance(content, str):
        return content
    try:
        value: Json = json.loads(content)
    except ValueError:
        return content
    return value if is_object(value) else content


def _as_text(content: Json) -> str:
    if isinstance(content, str):
        return content
    return json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def _problem(code: str, summary: str, address: Address, suggestion: str) -> Problem:
    return Problem(Severity.ERROR, code, summary, address=str(address), suggestion=suggestion)
