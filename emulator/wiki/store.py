"""Wiki articles and their taxonomy. Source: api-flow.md 12 (Wiki), object-shapes.md 13."""

from typing import TYPE_CHECKING, Any, Final

from emulator.errors import illegal_argument, not_found
from emulator.fragments import TAGGABLE
from emulator.json_text import JsonObject
from emulator.naming import already_exists
from emulator.projects.project import Project
from emulator.registers import Register
from emulator.rights import Caller
from emulator.shapes import Shape, optional, value
from emulator.wiki.attachments import Attachments

if TYPE_CHECKING:
    from emulator.world import World

__all__ = ["ARTICLE", "WikiStore"]

_FOLDER: Final = "wiki/articles"
_TAXONOMY: Final = "wiki/taxonomy.json"
ARTICLE: Final = Shape(
    "Article",
    {"name": optional(), "layout": value("WIKI_ARTICLE"), "attachments": value([]), **TAGGABLE},
)


class _LastIds:
    """The highest article id ever given per project: ids count up and do not come again."""

    def __init__(self, world: "World") -> None:
        self._register = Register(world.disk, "run/wiki-ids.json")

    def next(self, project: Project, used: list[str]) -> str:
        born = (project.params.get("creationTag") or {}).get("lastModifiedOn")
        name = f"{project.key}@{born}"  # a new project under an old key starts again at 1
        last = (self._register.get(name) or {}).get("last", 0)
        number = max([last, *(int(article_id) for article_id in used if article_id.isdigit())]) + 1
        self._register.put(name, {"last": number})
        return str(number)


class WikiStore:
    """The wiki calls on one project."""

    def __init__(self, world: "World", project: Project) -> None:
        self._world = world
        self._project = project
        self._family = project.family(_FOLDER, "ARTICLE")
        self._attachments = Attachments(world, project)

    def settings(self) -> JsonObject:
        """Return ``{homeArticleId?, taxonomy}``; there is no list call, the taxonomy names all articles."""
        stored = self._project.disk.read_json(_TAXONOMY) or {}
        home = stored.get("homeArticleId")
        return {
            "projectKey": self._project.key,
            **({} if home is None else {"homeArticleId": home}),
            "taxonomy": stored.get("taxonomy") or [],
        }

    def save_settings(self, body: JsonObject) -> JsonObject:
        """Replace home article and taxonomy; articles that it does not name fall out of reach."""
        taxonomy = body.get("taxonomy")
        if not isinstance(taxonomy, list):
            raise illegal_argument("Missing mandatory argument: taxonomy")
        missing = [article_id for article_id in _ids(taxonomy) if article_id not in self._family]
        if missing:
            raise not_found(f"article does not exist: {self._project.key}.{missing[0]}")
        self._write(body.get("homeArticleId"), taxonomy)
        return self.settings()

    def view(self, id_or_name: str) -> JsonObject:
        """Return ``{"article", "payload"}`` by id or by name [client]."""
        article_id = self._find(id_or_name)
        stored = self._family.get(article_id) or {}
        tag = self._family.version_tag(article_id)
        article = {
            "projectKey": self._project.key,
            "id": article_id,
            **ARTICLE.apply(stored, keep_unknown=self._world.profile.keep_unknown_fields),
            **({} if tag is None else {"versionTag": tag}),
        }
        raw = self._project.disk.read(f"{_FOLDER}/{article_id}.md") or b""
        return {"article": article, "payload": raw.decode("utf-8", "surrogateescape")}

    def create(self, body: JsonObject, caller: Caller) -> JsonObject:
        """Create an article below ``parent`` or at the root; the first one becomes the home article."""
        name = body.get("name")
        if not isinstance(name, str) or not name.strip():
            raise illegal_argument("Missing mandatory argument: name")
        if any(document.get("name") == name for _, document in self._family.items()):
            raise already_exists("Article", name, self._world.profile)
        parent = body.get("parent")
        if parent is not None:
            parent = self._find(str(parent))
        article_id = self._world.state_of(_LastIds).next(self._project, list(self._family))
        self._project.disk.write(f"{_FOLDER}/{article_id}.md", b"")
        self._family.create(article_id, ARTICLE.apply({"name": name}), caller.identity)
        settings = self.settings()
        leaf = {"id": article_id, "children": []}
        taxonomy = settings["taxonomy"] if parent else [*settings["taxonomy"], leaf]
        if parent:
            _node(taxonomy, parent)["children"].append(leaf)
        self._write(settings.get("homeArticleId", article_id), taxonomy)
        return self.view(article_id)

    def save(self, article_id: str, body: JsonObject, caller: Caller) -> JsonObject:
        """Replace article and text; the client keeps the answer. Only a GET takes the name for the id [client]."""
        stored = self._stored(article_id)
        given = body.get("article")
        if not isinstance(given, dict):
            raise illegal_argument("Missing mandatory argument: article")
        before = stored.get("attachments") or []
        given = {**given, "attachments": self._attachments.completed(given.get("attachments"), before, caller)}
        payload = body.get("payload")
        text = payload if isinstance(payload, str) else ""
        self._project.disk.write(f"{_FOLDER}/{article_id}.md", text.encode("utf-8", "surrogateescape"))
        document = {**given, "creationTag": stored.get("creationTag")}
        keep = self._world.profile.keep_unknown_fields
        own = {key: item for key, item in document.items() if key not in ("id", "projectKey", "versionTag")}
        self._family.save(article_id, ARTICLE.apply(own, keep_unknown=keep), caller.identity)
        return self.view(article_id)

    def upload(self, article_id: str, filename: str, content: bytes, caller: Caller) -> JsonObject:
        """Attach a file and return the article [inferred: the client reads no more than that it is JSON]."""
        stored = self._stored(article_id)
        entry = self._attachments.keep(article_id, filename, content, caller)
        document = {**stored, "attachments": [*(stored.get("attachments") or []), entry]}
        self._family.save(article_id, document, caller.identity)
        return self.view(article_id)

    def uploaded(self, article_id: str, upload_id: str) -> tuple[str, bytes]:
        """Return name and content of an attached file."""
        self._stored(article_id)
        return self._attachments.read(article_id, upload_id)

    def delete(self, article_id: str) -> None:
        """Delete an article with its files; its children move up to its place [inferred]."""
        self._stored(article_id)
        self._family.delete(article_id)
        self._attachments.forget(article_id)
        self._project.disk.delete(f"{_FOLDER}/{article_id}.md")
        settings = self.settings()
        home = settings.get("homeArticleId")
        self._write(None if home == article_id else home, _without(settings["taxonomy"], article_id))

    def _stored(self, article_id: str) -> JsonObject:
        stored = self._family.get(article_id)
        if stored is None:
            raise not_found(f"article does not exist: {self._project.key}.{article_id}")
        return stored

    def _find(self, id_or_name: str) -> str:
        if id_or_name in self._family:
            return id_or_name
        for article_id, document in self._family.items():
            if document.get("name") == id_or_name:
                return article_id
        raise not_found(f"article does not exist: {self._project.key}.{id_or_name}")

    def _write(self, home: Any, taxonomy: list[Any]) -> None:
        document = {**({} if home is None else {"homeArticleId": home}), "taxonomy": taxonomy}
        self._project.disk.write_json(_TAXONOMY, document)


def _ids(taxonomy: list[JsonObject]) -> list[str]:
    return [found for node in taxonomy for found in (str(node["id"]), *_ids(node.get("children") or []))]


def _node(taxonomy: list[JsonObject], article_id: str) -> JsonObject:
    """Return the node of an article; one that the taxonomy does not name is added at the root."""
    for node in taxonomy:
        if node["id"] == article_id:
            return node
        if article_id in _ids(node.get("children") or []):
            return _node(node["children"], article_id)
    taxonomy.append({"id": article_id, "children": []})
    return taxonomy[-1]


def _without(taxonomy: list[JsonObject], article_id: str) -> list[JsonObject]:
    kept: list[JsonObject] = []
    for node in taxonomy:
        children = _without(node.get("children") or [], article_id)
        kept += children if node["id"] == article_id else [{**node, "children": children}]
    return kept
