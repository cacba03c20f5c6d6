"""Drive persons, builds, upgrades and the effect log of a node from tests and the demo: ``node.person``, ``node.effects``.

Calls of ``emulator/touches/routes.py`` and ``emulator/effects/routes.py``. Depends on nothing but the standard library.
"""

import urllib.parse
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

__all__ = ["Control", "Effect", "Person", "What"]

Control: TypeAlias = Callable[..., Any]
"""``(method, path, body=None)`` below ``/__emulator``; raises what the caller of the node raises."""
What: TypeAlias = Literal["created", "changed", "same", "deleted", "renamed"]


@dataclass(frozen=True, slots=True)
class Effect:
    """One write since a mark, e.g. ``Effect(7, "CRM", "DATASET", "orders", "document", "changed", ("/schema/columns/2",), "maria", ...)``."""

    number: int
    project: str | None
    kind: str
    id: str
    part: str
    what: What
    pointers: tuple[str, ...]
    by: str | None
    via: str
    to: str | None

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> "Effect":
        """Return the effect that the control API told."""
        return cls(**{**document, "pointers": tuple(document["pointers"])})

    @property
    def address(self) -> str:
        """Kind and id, e.g. ``DATASET.orders``."""
        return f"{self.kind}.{self.id}"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with a browser on one project of one node. Objects are named by taggable type and id, ``("DATASET", "orders")``."""

    control: Control
    project: str
    login: str

    def objects(self) -> list[tuple[str, str]]:
        """Return every object of the project that can be touched."""
        found = self.control("GET", f"/projects/{_quoted(self.project)}/objects")
        return [(item["kind"], item["id"]) for item in found]

    def save(
        self, *objects: tuple[str, str], seed: object = "", noise: Literal["none", "some", "all"] = "some"
    ) -> list[dict[str, Any]]:
        """Open objects (all of the project, if none is named) and save them unchanged; return what noise was made."""
        body = {"seed": str(seed), "noise": noise, **({"objects": _named(objects)} if objects else {})}
        saved: list[dict[str, Any]] = self._post("ui-save", body)
        return saved

    def edit(
        self,
        kind: str,
        object_id: str,
        *edits: Mapping[str, Any],
        part: Literal["document", "payload"] = "document",
        text: str | None = None,
    ) -> None:
        """Change fields by operations of a JSON patch, e.g. ``{"op": "replace", "path": "/shortDesc", "value": "x"}``; nothing else changes."""
        body = {"kind": kind, "id": object_id, "part": part, "edits": list(edits), "text": text}
        self._post("edit", {key: value for key, value in body.items() if value is not None})

    def build(
        self,
        recipe: str,
        *,
        columns: Mapping[str, list[dict[str, Any]]] | None = None,
        steps_tag: bool | None = None,
        seed: object = "",
    ) -> dict[str, str]:
        """Build the outputs of a recipe; ``columns`` are those the job computes, by output. Return what happened to each output."""
        body = {"recipe": recipe, "columns": dict(columns or {}), "steps_tag": steps_tag, "seed": str(seed)}
        built: dict[str, str] = self._post("build", body)["outputs"]
        return built

    def rename(self, kind: str, object_id: str, name: str) -> None:
        """Rename an object; references to datasets and recipes follow."""
        self._post("rename", {"kind": kind, "id": object_id, "name": name})

    def move(self, zone_id: str, *objects: tuple[str, str]) -> None:
        """Move exactly these objects to a zone."""
        self._post("move-to-zone", {"zone": zone_id, "objects": _named(objects)})

    def delete(self, kind: str, object_id: str, *, recipes: Literal["drop", "unlink"] | list[str] = "drop") -> None:
        """Delete an object; recipes that use it go (all, or those named) or lose the reference."""
        self._post("delete", {"kind": kind, "id": object_id, "recipes": recipes})

    def duplicate(self, kind: str, object_id: str, name: str | None = None) -> str:
        """Copy an object and return the id of the copy; a project under the key ``name``."""
        made: str = self._post("duplicate", {"kind": kind, "id": object_id, "as": name})["id"]
        return made

    def change_connection(self, connection: str, *datasets: str) -> None:
        """Put datasets on another connection."""
        self._post("change-connection", {"connection": connection, "datasets": list(datasets)})

    def authorize(self, kind: str, object_id: str) -> None:
        """Pin something of an object on a dashboard."""
        self._post("authorize", {"kind": kind, "id": object_id})

    def _post(self, act: str, body: Mapping[str, Any]) -> Any:
        path = f"/projects/{_quoted(self.project)}/{act}"
        return self.control("POST", path, {**body, "login": self.login})


def _named(objects: Iterable[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"kind": kind, "id": object_id} for kind, object_id in objects]


def _quoted(key: str) -> str:
    return urllib.parse.quote(key, safe="")
