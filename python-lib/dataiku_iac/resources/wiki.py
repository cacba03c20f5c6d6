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

from collections.abc import Sequence
from typing import ClassVar, Final

from dataiku_iac.core.address import Address
from dataiku_iac.core.canonical import Json, JsonObject, is_list, is_object
from dataiku_iac.core.errors import ObjectMissing
from dataiku_iac.core.fields import Field, FieldTable
from dataiku_iac.core.kind import OBJECT, Document, FileField, Kind, Live
from dataiku_iac.core.mentions import Mention
from dataiku_iac.core.resource import Reference, Relation
from dataiku_iac.core.roles import NodeApi, NodeReader
from dataiku_iac.resources.answers import api_path, object_answer, text_at
from dataiku_iac.resources.exact_forms import shortest
from dataiku_iac.resources.fragments import ENVELOPE, ENVELOPE_KEYS, ENVELOPE_SCHEMA, below, version_of
from dataiku_iac.resources.named_objects import named_objects
from dataiku_iac.resources.object_words import object_of_word, word_of_object
from dataiku_iac.resources.spec_keys import DSS_KEY, DSS_SCHEMA, SpecKeys
from dataiku_iac.resources.wiki_taxonomy import Taxonomy, walk_taxonomy

__all__ = ["WikiKind"]

_KEYS: Final = SpecKeys(ENVELOPE_KEYS.renamed, (*ENVELOPE_KEYS.same, "layout", "attachments"))


_FILE: Final = "FILE"


class WikiKind(Kind):
    """A wiki article; ids are small numbers that the server counts up."""

    name: ClassVar[str] = "wiki"
    section: ClassVar[str] = "wiki"
    rank: ClassVar[int] = 60
    is_brief: ClassVar[bool] = True
    one_at_a_time: ClassVar[bool] = True
    parts: ClassVar[tuple[str, ...]] = ("definition", "parent", "home")
    chosen_by_server: ClassVar[bool] = True
    files: ClassVar[tuple[FileField, ...]] = (FileField("content", "file", "wiki"),)
    mentions: ClassVar[tuple[Mention, ...]] = (
        Mention("parent", "wiki"),
        Mention("definition.article.attachments.*.smartId", "object"),
    )
    table: ClassVar[FieldTable] = {
        "definition.payload": Field(default=""),
        **below("definition.article", ENVELOPE),
        "definition.article.id": Field(server_owned=True, reason="a number, chosen at creation [seen]"),
        "definition.article.layout": Field(default="WIKI_ARTICLE"),
        # Open: files that people attached stay, as no call of the configuration's gives them.
        "definition.article.attachments": Field(keyed=("smartId",), open=True, default=[]),
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
            "attachments": {
                "type": "array",
                "items": {"type": ["string", "object"]},
                "description": "objects: ORDERS, dashboard:Sales, …; files that people attached stay and are not carried",
            },
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
        attached = article.get("attachments")
        if is_list(attached):
            article["attachments"] = [_expand_attachment(attachment) for attachment in attached]
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
        attached = article.get("attachments")
        if is_list(attached):
            article["attachments"] = [_shorten_attachment(attachment) for attachment in attached]
        spec |= _KEYS.to_spec(article)
        beyond: dict[str, Json] = {}
        if DSS_KEY in spec:
            beyond["article"] = spec.pop(DSS_KEY)
        if rest:
            beyond["definition"] = rest
        return {**spec, DSS_KEY: beyond} if beyond else spec

    def stripped(self, document: Document) -> Document:
        """See ``Kind``. Attached files are left out: their ids are of one node, and what is in them is data."""
        found = super().stripped(document)
        definition = found.get("definition")
        article = definition.get("article") if is_object(definition) else None
        attached = article.get("attachments") if is_object(article) else None
        if not is_object(definition) or not is_object(article) or not is_list(attached):
            return found
        told = [item for item in attached if not (is_object(item) and item.get("attachmentType") == _FILE)]
        lean = {key: value for key, value in article.items() if key != "attachments"}
        return {**found, "definition": {**definition, "article": {**lean, "attachments": told} if told else lean}}

    def references(self, spec: JsonObject, address: Address) -> Sequence[Reference]:
        """See ``Kind``: the parent article, and what is attached, which has to be there to have an id."""
        parent = spec.get("parent")
        above = (
            [Reference(Address("wiki", address.project, parent), Relation.NEEDS, "parent")]
            if parent and isinstance(parent, str)
            else []
        )
        attached = [mention for mention in self.mentions if mention.sort == OBJECT]
        document = self.expand(spec, address)
        return (
            *above,
            *(
                Reference(found, Relation.NEEDS, "attachments")
                for _, found in named_objects(document, attached, address.project)
            ),
        )

    def file_extension(self, spec: JsonObject, field: FileField) -> str:
        """See ``Kind``."""
        return ".md"

    # --- calls ---

    def list(self, api: NodeReader, project: str) -> Sequence[Live]:
        """See ``Kind``: the taxonomy gives the ids, then one call per article."""
        taxonomy = _read_taxonomy(api, project)
        parents = dict(walk_taxonomy(taxonomy.roots, "", project))
        answers = api.get_many([_path(project, article) for article in parents])
        return [
            _live(object_answer(answer, f"wiki of {project}"), project, parent, taxonomy)
            for answer, parent in zip(answers, parents.values(), strict=True)
        ]

    def read(self, api: NodeReader, project: str, live_id: str, parts: frozenset[str]) -> Live | None:
        """See ``Kind``."""
        taxonomy = _read_taxonomy(api, project)
        parent = dict(walk_taxonomy(taxonomy.roots, "", project)).get(live_id)
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
        taxonomy = Taxonomy.of(document.get("taxonomy"))
        if part == "parent":
            api.put(_path(project), taxonomy.moved(live_id, str(document.get("parent") or "")))
        else:
            api.put(_path(project), taxonomy.with_home(live_id, home=document.get("home") is True))

    def delete(self, api: NodeApi, project: str, live_id: str, *, drop_data: bool) -> None:
        """See ``Kind``."""
        api.delete(_path(project, live_id))


def _expand_attachment(attachment: Json) -> Json:
    if not isinstance(attachment, str):
        return attachment
    kind, name = object_of_word(attachment)
    return {"attachmentType": "DSS_OBJECT", "taggableType": kind, "smartId": name}


def _shorten_attachment(attachment: Json) -> Json:
    given: JsonObject = attachment if is_object(attachment) else {}
    return shortest(attachment, _expand_attachment, [word_of_object(given.get("taggableType"), given.get("smartId"))])


def _read_taxonomy(api: NodeReader, project: str) -> Taxonomy:
    return Taxonomy(object_answer(api.get(_path(project)), f"wiki of {project}"))


def _path(project: str, article: str = "") -> str:
    return api_path("projects", project, "wiki", article)


def _live(raw: JsonObject, project: str, parent: str, taxonomy: Taxonomy) -> Live:
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
