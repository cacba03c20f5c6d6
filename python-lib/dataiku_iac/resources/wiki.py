"""Wiki articles: Markdown pages in a tree (facts: api-flow.md §12, object-shapes.md §13).

::

    wiki:
      - {name: Overview, file: wiki/overview.md, home: true}
      - {name: Inputs, parent: Overview, content: "# Inputs"}

There is no call that lists articles: the taxonomy, one object per project, names all of them in a tree and says which is
the home page. An article's place is written by writing the whole taxonomy, so every document of an article carries it as
it was read (``taxonomy``, never declared or compared). Two articles must therefore not be moved at the same time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from dataiku_iac.core.address import Address
from dataiku_iac.core.canonical import Json, JsonObject, is_list, is_object
from dataiku_iac.core.errors import ObjectMissing
from dataiku_iac.core.fields import Field, FieldTable
from dataiku_iac.core.kind import Document, FileField, Kind, Live
from dataiku_iac.core.mentions import Mention
from dataiku_iac.core.resource import Reference, Relation
from dataiku_iac.core.roles import NodeApi, NodeReader
from dataiku_iac.resources.answers import api_path, object_answer, object_list, text_at
from dataiku_iac.resources.fragments import ENVELOPE, ENVELOPE_KEYS, ENVELOPE_SCHEMA, below, version_of
from dataiku_iac.resources.spec_keys import DSS_KEY, DSS_SCHEMA, SpecKeys

__all__ = ["WikiKind"]

_KEYS: Final = SpecKeys(ENVELOPE_KEYS.renamed, (*ENVELOPE_KEYS.same, "layout", "attachments"))


class WikiKind(Kind):
    """A wiki article; ids are small numbers that the server counts up."""

    name: ClassVar[str] = "wiki"
    section: ClassVar[str] = "wiki"
    rank: ClassVar[int] = 60
    one_at_a_time: ClassVar[bool] = True
    parts: ClassVar[tuple[str, ...]] = ("definition", "parent", "home")
    chosen_by_server: ClassVar[bool] = True
    files: ClassVar[tuple[FileField, ...]] = (FileField("content", "file", "wiki"),)
    mentions: ClassVar[tuple[Mention, ...]] = (Mention("parent", "wiki"),)
    table: ClassVar[FieldTable] = {
        "definition.payload": Field(default=""),
        **below("definition.article", ENVELOPE),
        "definition.article.id": Field(server_owned=True, reason="a number, chosen at creation [seen]"),
        "definition.article.layout": Field(default="WIKI_ARTICLE"),
        "definition.article.attachments": Field(keyed=("smartId",), default=[]),
        "definition.article.attachments.*.details": Field(
            ignored=True, reason="display names, refreshed by the server [seen]"
        ),
        "definition.article.attachments.*.attachedBy": Field(server_owned=True, reason="who attached it [seen]"),
        "definition.article.attachments.*.attachedOn": Field(server_owned=True, reason="when it was attached [seen]"),
        "parent": Field(default=""),
        "home": Field(default=False),
        "taxonomy": Field(server_owned=True, reason="the tree of all articles; each says its own parent"),
    }
    schema: ClassVar[JsonObject] = {
        "type": "object",
        "properties": {
            "name": {"type": "string", "minLength": 1},
            "label": {"type": "string", "minLength": 1, "description": "title, where it is not the name"},
            "content": {"type": "string", "description": "Markdown"},
            "file": {
                "type": "string",
                "minLength": 1,
                "description": "instead of content: a file beside the configuration",
            },
            "parent": {"type": "string", "description": "name of another article"},
            "home": {"type": "boolean", "description": "the wiki's home page"},
            "layout": {"type": "string"},
            "attachments": {"type": "array", "items": {"type": "object"}},
            **ENVELOPE_SCHEMA,
            DSS_KEY: {
                "type": "object",
                "properties": {"article": DSS_SCHEMA, "definition": DSS_SCHEMA},
                "additionalProperties": False,
            },
        },
        "required": ["name"],
        "additionalProperties": False,
    }

    # --- the lens ---

    def expand(self, spec: JsonObject, address: Address) -> Document:
        """See ``Kind``."""
        beyond = spec.get(DSS_KEY)
        more = beyond if is_object(beyond) else {}
        article = _KEYS.to_definition({**spec, DSS_KEY: more.get("article", {})})
        definition: dict[str, Json] = {"article": {"name": spec.get("label", address.name), **article}}
        if "content" in spec:
            definition["payload"] = spec["content"]
        others = more.get("definition")
        definition |= others if is_object(others) else {}
        return {"definition": definition, **{part: spec[part] for part in ("parent", "home") if part in spec}}

    def shorten(self, document: Document, address: Address) -> JsonObject:
        """See ``Kind``."""
        definition = document.get("definition")
        rest = dict(definition) if is_object(definition) else {}
        found = rest.pop("article", None)
        article = dict(found) if is_object(found) else {}
        spec: dict[str, Json] = {}
        label = article.pop("name", address.name)
        if label != address.name:
            spec["label"] = label
        if "payload" in rest:
            spec["content"] = rest.pop("payload")
        spec |= {part: document[part] for part in ("parent", "home") if part in document}
        spec |= _KEYS.to_spec(article)
        beyond: dict[str, Json] = {}
        if DSS_KEY in spec:
            beyond["article"] = spec.pop(DSS_KEY)
        if rest:
            beyond["definition"] = rest
        return {**spec, DSS_KEY: beyond} if beyond else spec

    def references(self, spec: JsonObject, address: Address) -> Sequence[Reference]:
        """See ``Kind``: the parent article."""
        parent = spec.get("parent")
        if not isinstance(parent, str) or not parent:
            return ()
        return (Reference(Address("wiki", address.project, parent), Relation.NEEDS, "parent"),)

    def file_extension(self, spec: JsonObject, field: FileField) -> str:
        """See ``Kind``."""
        return ".md"

    # --- calls ---

    def list(self, api: NodeReader, project: str) -> Sequence[Live]:
        """See ``Kind``: the taxonomy gives the ids, then one call per article."""
        taxonomy = _read_taxonomy(api, project)
        parents = dict(_walk(taxonomy.roots, "", project))
        answers = api.get_many([_path(project, article) for article in parents])
        return [
            _live(object_answer(answer, f"wiki of {project}"), project, parent, taxonomy)
            for answer, parent in zip(answers, parents.values(), strict=True)
        ]

    def read(self, api: NodeReader, project: str, live_id: str, parts: frozenset[str]) -> Live | None:
        """See ``Kind``."""
        taxonomy = _read_taxonomy(api, project)
        parent = dict(_walk(taxonomy.roots, "", project)).get(live_id)
        if parent is None:
            return None  # every article is in the taxonomy exactly once [client]
        try:
            answer = api.get(_path(project, live_id))
        except ObjectMissing:
            return None
        return _live(object_answer(answer, f"wiki article {live_id} of {project}"), project, parent, taxonomy)

    def create(self, api: NodeApi, project: str, name: str, document: Document) -> str:
        """See ``Kind``. The article is created below its parent, so that a new one needs no move."""
        where = f'creation of wiki article "{name}" in {project}'
        body: dict[str, Json] = {"projectKey": project, "name": name, "parent": document.get("parent") or None}
        answer = object_answer(api.post(_path(project), body), where)
        return text_at(object_answer(answer.get("article"), where), "id", where)

    def write(self, api: NodeApi, project: str, live_id: str, part: str, document: Document) -> None:
        """See ``Kind``: an article's place and the home page are written with the taxonomy that was read with it."""
        if part == "definition":
            api.put(_path(project, live_id), document[part])
            return
        taxonomy = _Taxonomy.of(document.get("taxonomy"))
        if part == "parent":
            api.put(_path(project), taxonomy.moved(live_id, str(document.get("parent") or "")))
        else:
            api.put(_path(project), taxonomy.with_home(live_id, home=document.get("home") is True))

    def delete(self, api: NodeApi, project: str, live_id: str, *, drop_data: bool) -> None:
        """See ``Kind``."""
        api.delete(_path(project, live_id))


@dataclass(frozen=True, slots=True)
class _Taxonomy:
    """``{"homeArticleId": "1", "taxonomy": [{"id": "1", "children": […]}]}``; other keys are kept."""

    whole: Mapping[str, Json]

    @classmethod
    def of(cls, raw: Json) -> _Taxonomy:
        return cls(raw if is_object(raw) else {})

    @property
    def roots(self) -> Json:
        return self.whole.get("taxonomy") or []

    def moved(self, article: str, parent: str) -> JsonObject:
        """Return the taxonomy with ``article``, and what is below it, as last child of ``parent`` (``""``: at the top)."""
        roots, branch = _without(self.roots, article)
        branch = branch or {"id": article, "children": []}
        placed = _with_child(roots, branch, parent) if parent else [*roots, branch]
        return {**self.whole, "taxonomy": placed}

    def with_home(self, article: str, *, home: bool) -> JsonObject:
        """Return the taxonomy with ``article`` as home page, or without a home page if it was that."""
        if home:
            return {**self.whole, "homeArticleId": article}
        return {key: value for key, value in self.whole.items() if (key, value) != ("homeArticleId", article)}


def _without(nodes: Json, article: str) -> tuple[list[Json], JsonObject | None]:
    kept: list[Json] = []
    branch: JsonObject | None = None
    for node in nodes if is_list(nodes) else ():
        if not is_object(node):
            continue
        if node.get("id") == article:
            branch = node
            continue
        children, found = _without(node.get("children"), article)
        branch = branch or found
        kept.append({**node, "children": children})
    return kept, branch


def _with_child(nodes: Sequence[Json], branch: JsonObject, parent: str) -> list[Json]:
    placed: list[Json] = []
    for node in nodes:
        if not is_object(node):
            continue
        children = node.get("children")
        below_node = list(children) if is_list(children) else []
        if node.get("id") == parent:
            placed.append({**node, "children": [*below_node, branch]})
        else:
            placed.append({**node, "children": _with_child(below_node, branch, parent)})
    return placed


def _walk(nodes: Json, parent: str, project: str) -> Iterator[tuple[str, str]]:
    where = f"wiki of {project}"
    for node in object_list(nodes, where):
        article = text_at(node, "id", where)
        yield article, parent
        yield from _walk(node.get("children") or [], article, project)


def _read_taxonomy(api: NodeReader, project: str) -> _Taxonomy:
    return _Taxonomy(object_answer(api.get(_path(project)), f"wiki of {project}"))


def _path(project: str, article: str = "") -> str:
    return api_path("projects", project, "wiki", article)


def _live(raw: JsonObject, project: str, parent: str, taxonomy: _Taxonomy) -> Live:
    where = f"wiki of {project}"
    article = object_answer(raw.get("article"), where)
    live_id = text_at(article, "id", where)
    document: dict[str, Json] = {
        "definition": raw,
        "parent": parent,
        "home": taxonomy.whole.get("homeArticleId") == live_id,
        "taxonomy": taxonomy.whole,
    }
    return Live(text_at(article, "name", where), live_id, document, version_of(article))
