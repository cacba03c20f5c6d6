"""What a person does to whole objects in the user interface: rename, move, delete, duplicate, authorize. Source: object-shapes.md 16."""

import copy
import shutil
from collections.abc import Container
from typing import TYPE_CHECKING, Final

from emulator.datasets.presets import dataset_type_of, format_of, location_of
from emulator.datasets.shapes import apply_dataset
from emulator.datasets.store import DatasetStore
from emulator.errors import illegal_argument
from emulator.flow.references import forget_object
from emulator.folders.store import FolderStore
from emulator.json_text import JsonObject
from emulator.lab.store import LabStore
from emulator.projects.archives import export_project, import_project
from emulator.projects.project import Project
from emulator.recipes.store import RecipeStore
from emulator.rights import Caller
from emulator.scenarios.store import ScenarioStore
from emulator.touches.acting import acting
from emulator.touches.places import Place, kind_of
from emulator.wiki.store import WikiStore
from emulator.zones.store import ZoneStore

if TYPE_CHECKING:
    from emulator.world import World

__all__ = ["authorize", "change_connection", "delete", "duplicate", "move_to_zone", "person", "rename"]

_NAMED_BY_ID: Final = ("DATASET", "RECIPE")


def person(login: str) -> Caller:
    """Return the caller that a person is; at the user interface of this node everybody may do everything."""
    return Caller(identity=login, auth_source="UI", is_admin=True, login=login)


def rename(world: "World", place: Place, new: str, login: str) -> JsonObject:
    """Give an object another name; return ``{id}``. Datasets and recipes are their names: references follow; else ``name`` changes."""
    with acting(world, login, "rename"):
        if place.kind.kind == "DATASET":
            DatasetStore(world, place.project).rename(place.id, new, person(login))
        elif place.kind.kind == "RECIPE":
            RecipeStore(world, place.project).rename(place.id, new, person(login))
        else:
            document = place.read() or {}
            if "name" not in document:
                raise illegal_argument(f"{place.kind.kind} has no name that could be changed")
            place.write({**document, "name": new}, login)
    return {"id": new if place.kind.kind in _NAMED_BY_ID else place.id}


def move_to_zone(world: "World", project: Project, zone_id: str, items: list[JsonObject], login: str) -> None:
    """Move exactly these objects ``{kind, id}`` to a zone: others do not follow by themselves [seen]."""
    refs = [{"objectType": item.get("kind"), "objectId": item.get("id")} for item in items]
    with acting(world, login, "move-to-zone"):
        ZoneStore(world, project).add_items(zone_id, refs, login, alone=True)


def change_connection(world: "World", project: Project, datasets: list[str], name: str, login: str) -> None:
    """Put managed datasets on another connection: type, all params of it, place and format are rewritten [seen].

    A format stays behind on a dataset that becomes a table [seen: 157 PostgreSQL ones].
    """
    connection = world.connections.get(name)
    if connection is None:
        raise illegal_argument(f"no connection {name} on this node")
    for dataset in datasets:
        place = Place(world, project, kind_of("DATASET"), dataset)
        document = place.read() or {}
        type_name = dataset_type_of(connection, None)
        params = {"connection": name, **location_of(type_name, dataset, connection, {})}
        changed: JsonObject = {**document, "type": type_name, "params": params, "metrics": {}}
        chosen = format_of(type_name, None)
        if chosen is not None and not document.get("formatType"):
            changed["formatType"], changed["formatParams"] = chosen
        with acting(world, login, "change-connection"):
            place.write(apply_dataset(changed, world.profile), login)


def delete(world: "World", place: Place, login: str, *, drop_recipes: bool | Container[str]) -> None:
    """Delete an object. The split between recipes that go and recipes that lose a reference is what the person ticks [seen both]."""
    project, who = place.project, person(login)
    with acting(world, login, "delete"):
        match place.kind.kind:
            case "DATASET":
                store = DatasetStore(world, project)
                store.delete(place.id, who, drop_data=False, drop_recipes=drop_recipes)
            case "RECIPE":
                RecipeStore(world, project).delete(place.id)
            case "MANAGED_FOLDER":
                project.state_of(FolderStore).delete(world, place.id, who, drop_recipes=drop_recipes)
            case "SCENARIO":
                ScenarioStore(world, project).delete(place.id)
            case "FLOW_ZONE":
                ZoneStore(world, project).delete(place.id)
            case "ARTICLE":
                WikiStore(world, project).delete(place.id)
            case "ANALYSIS":
                LabStore(world, project, who).delete_analysis(place.id)
            case kind if place.family is not None:
                place.family.delete(place.id)
                forget_object(project, kind, place.id, login, drop_recipes=drop_recipes)
            case kind:
                raise illegal_argument(f"{kind} cannot be deleted on its own")


def duplicate(world: "World", place: Place, new: str | None, login: str) -> JsonObject:
    """Make a copy and return ``{id}``: of a project under the key ``new``, of a dataset or recipe under that name, else with an id of its own.

    A copied dataset lies beside its original, where its own name says; a copied project is an import [seen].
    """
    project, family = place.project, place.family
    if place.kind.kind == "PROJECT":
        return _duplicate_project(world, project, new, login)
    if family is None:
        raise illegal_argument(f"{place.kind.kind} cannot be duplicated on its own")
    document = copy.deepcopy({key: value for key, value in (place.read() or {}).items() if key != "creationTag"})
    if place.kind.kind in _NAMED_BY_ID:
        if not new or new in family:
            raise illegal_argument(f"a copy of {place.id} needs a name of its own: as={new!r}")
        copied_id = new
        if place.kind.kind == "DATASET":
            document = _elsewhere(document, place.id, new)
    else:
        copied_id = world.ids.draw(len(place.id), taken=family)
        document["name"] = new or f"Copy of {document.get('name') or place.id}"
    payload = place.read_payload()
    with acting(world, login, "duplicate"):
        family.create(copied_id, document, login)
        if payload is not None:
            Place(world, project, place.kind, copied_id).write_payload(payload)
    return {"id": copied_id}


def _elsewhere(document: JsonObject, old: str, new: str) -> JsonObject:
    params = {
        key: value.removesuffix(old) + new
        if key in ("path", "table", "metastoreTableName", "hiveTableName", "index")
        and isinstance(value, str)
        and value.endswith(old)
        else value
        for key, value in (document.get("params") or {}).items()
    }
    return {**document, "params": params}


def _duplicate_project(world: "World", project: Project, key: str | None, login: str) -> JsonObject:
    if not key or key in world.projects:
        raise illegal_argument(f"a copy of project {project.key} needs a key of its own: as={key!r}")
    archive = world.disk.path(f"tmp/{world.ids.draw(16)}.zip")
    archive.parent.mkdir(parents=True, exist_ok=True)
    archive.write_bytes(export_project(world, project, {}))
    try:
        with acting(world, login, "duplicate", message=f"Duplicated project {project.key} into {key}"):
            outcome = import_project(world, archive, {"targetProjectKey": key}, person(login))
    finally:
        archive.unlink()
        shutil.rmtree(archive.with_suffix(""), ignore_errors=True)
    if not outcome.get("success"):
        raise illegal_argument(f"project {project.key} cannot be copied: {outcome['messages']['messages']}")
    return {"id": key}


def authorize(world: "World", place: Place, login: str) -> None:
    """Pin something of this object: it joins the dashboard authorizations of its project [seen]."""
    params = copy.deepcopy(place.project.params)
    authorizations: JsonObject = params.setdefault("dashboardAuthorizations", {"allAuthorized": False})
    entry = {"objectRef": {"objectId": place.id, "objectType": place.kind.kind}, "modes": ["READ"]}
    known = authorizations.setdefault("authorizations", [])
    if entry["objectRef"] not in [other.get("objectRef") for other in known]:
        known.append(entry)
    with acting(world, login, "authorize"):
        place.project.save_params(params, login)
