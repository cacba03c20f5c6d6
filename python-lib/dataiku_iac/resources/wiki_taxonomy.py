"""The tree of a project's wiki articles, which one call reads and writes whole (facts: api-flow.md §12)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from dataiku_iac.core.canonical import Json, JsonObject, is_list, is_object
from dataiku_iac.resources.answers import object_list, text_at

__all__ = ["Taxonomy", "walk_taxonomy"]


@dataclass(frozen=True, slots=True)
class Taxonomy:
    """``{"homeArticleId": "1", "taxonomy": [{"id": "1", "children": […]}]}``; other keys are kept."""

    whole: Mapping[str, Json]

    @classmethod
    def of(cls, raw: Json) -> Taxonomy:
        """Return what a document carries; nothing, if it carries none."""
        return cls(raw if is_object(raw) else {})

    @property
    def roots(self) -> Json:
        """The articles at the top."""
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


def walk_taxonomy(nodes: Json, parent: str, project: str) -> Iterator[tuple[str, str]]:
    """Yield the id of every article below ``nodes`` with its parent's, in order."""
    where = f"wiki of {project}"
    for node in object_list(nodes, where):
        article = text_at(node, "id", where)
        yield article, parent
        yield from walk_taxonomy(node.get("children") or [], article, project)
