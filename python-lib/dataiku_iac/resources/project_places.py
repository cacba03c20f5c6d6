"""Where a project lies in the tree of project folders (facts: api-projects-scenarios-deployer.md §3.9).

::

    project: {key: CRM, folder: Marketing/CRM}      # "" is the root

A folder is named by its path: names of folders are not unique, ids are the server's. A writing call can look nothing up, so
a document that says where its project lies carries the tree as it was read (``place``, never declared or compared).
Folders themselves are not made here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from dataiku_iac.core.canonical import Json, JsonObject, is_list, is_object
from dataiku_iac.core.errors import Refused
from dataiku_iac.core.roles import NodeApi, NodeReader
from dataiku_iac.resources.answers import api_path, object_answer, text_at

__all__ = ["FOLDER", "PLACE", "move_project", "read_place"]

FOLDER: Final = "folder"
"""The part that holds the path."""
PLACE: Final = "place"
"""The part that holds the tree: ``{"here": "aBcD", "ids": {"": "ROOT", "Marketing": "aBcD"}}``."""

_FOLDERS: Final = "project-folders"
_ROOT: Final = "ROOT"


def read_place(api: NodeReader, project: str) -> dict[str, Json]:
    """Return both parts for ``project``. The tree costs one call per folder, once per refresh."""
    ids: dict[str, Json] = {}
    path = ""
    for where, folder in _walk(api, _folder(api, _ROOT), ""):
        live_id = text_at(folder, "id", "project folders")
        # Two folders of one path: neither can be named, so the project can go to neither.
        ids[where] = live_id if where not in ids else None
        keys = folder.get("projectKeys")
        if is_list(keys) and project in keys:
            path, ids["."] = where, live_id
    here = ids.pop(".", ids.get(""))
    return {FOLDER: path, PLACE: {"here": here, "ids": ids}}


def move_project(api: NodeApi, project: str, path: str, place: Json) -> None:
    """Put ``project`` into the folder at ``path``.

    Raises:
        Refused: no folder has this path, or several have.
    """
    tree: JsonObject = place if is_object(place) else {}
    ids = tree.get("ids")
    target = ids.get(path) if is_object(ids) else None
    if target is None:
        several = is_object(ids) and path in ids
        raise Refused(
            f'{"several project folders have" if several else "no project folder has"} the path "{path}"',
            where=f"project.{project} folder",
            next_step="create the project folder in DSS, or declare another path; then resume the run",
        )
    here = str(tree.get("here") or _ROOT)
    api.post(api_path(_FOLDERS, here, "projects", project, "move"), params={"destination": str(target)})


def _walk(api: NodeReader, folder: JsonObject, path: str) -> Iterator[tuple[str, JsonObject]]:
    yield path, folder
    children = folder.get("childrenIds")
    for child in children if is_list(children) else ():
        below = _folder(api, str(child))
        name = str(below.get("name") or "")
        yield from _walk(api, below, f"{path}/{name}" if path else name)


def _folder(api: NodeReader, folder: str) -> JsonObject:
    return object_answer(api.get(api_path(_FOLDERS, folder)), "project folders")
