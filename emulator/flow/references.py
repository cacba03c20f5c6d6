"""Who refers to an object, and what its deletion or renaming does to them. Source: object-shapes.md 16, api-flow.md 4.8, 8.3.

An object is a pair of taggable type and id, e.g. ``("DATASET", "orders")``. Works on stored documents only.
"""

import copy
from collections.abc import Callable, Container, Iterator
from typing import Any, Final, Literal

from emulator.json_text import JsonObject
from emulator.projects.project import Project
from emulator.recipes.files import RecipeFiles

__all__ = [
    "forget_object",
    "inputs_of",
    "link_notebooks",
    "outputs_of",
    "recipes_using",
    "rename_references",
    "unlink_item",
    "usages_of",
]

Side = Literal["inputs", "outputs"]
_SMART_NAME_KEYS: Final = {
    "DATASET": ("inputDatasetSmartName", "datasetSmartName", "analyzedDataset"),
    "MANAGED_FOLDER": ("folderSmartId",),
}
_APP_MANIFEST: Final = "app-manifest.json"
_NOTEBOOKS: Final = "ipython_notebooks"
_LINK: Final = "associatedRecipe"
_FAMILIES_WITH_REFERENCES: Final = (
    ("scenarios", "SCENARIO"),
    ("insights", "INSIGHT"),
    ("dashboards", "DASHBOARD"),
    ("statistics_worksheets", "STATISTICS_WORKSHEET"),
    ("datasets", "DATASET"),
    ("notebooks", "SQL_NOTEBOOK"),
)


def inputs_of(head: JsonObject) -> list[str]:
    """Return the references of a recipe's inputs, in order of roles and items."""
    return [item["ref"] for role in (head.get("inputs") or {}).values() for item in role.get("items") or ()]


def outputs_of(head: JsonObject) -> list[str]:
    """Return the references of a recipe's outputs."""
    return [item["ref"] for role in (head.get("outputs") or {}).values() for item in role.get("items") or ()]


def recipes_using(project: Project, object_id: str) -> Iterator[tuple[str, Side]]:
    """Yield the recipes that read or write an object, by local or full reference."""
    names = {object_id, f"{project.key}.{object_id}"}
    for name, head in project.state_of(RecipeFiles).heads.items():
        if names & set(inputs_of(head)):
            yield name, "inputs"
        if names & set(outputs_of(head)):
            yield name, "outputs"


def usages_of(project: Project, kind: str, object_id: str) -> list[JsonObject]:
    """Return what the ``usages`` call of an object lists [client doc]."""
    types = {"inputs": "RECIPE_INPUT", "outputs": "RECIPE_OUTPUT"}
    found = [(types[side], name) for name, side in recipes_using(project, object_id)]
    if kind == "DATASET":
        found += [("ANALYSIS", analysis) for analysis in _analyses_on(project, object_id)]
    return [{"type": usage, "objectId": user, "objectProjectKey": project.key} for usage, user in found]


def forget_object(
    project: Project, kind: str, object_id: str, identity: str, *, drop_recipes: bool | Container[str]
) -> None:
    """Do what the deletion of an object does to others; the object itself is the caller's.

    ``drop_recipes`` says for all recipes, or by their names, which of the two happens.

    Recipes that use it go too, or lose the reference (both happen on real nodes [seen]); it leaves zones, exposures,
    dashboard authorizations and the build lists of scenarios (whose steps stay); analyses and explore state on it go.
    """
    recipes = project.state_of(RecipeFiles)
    for name in dict.fromkeys(name for name, _ in recipes_using(project, object_id)):
        if drop_recipes if isinstance(drop_recipes, bool) else name in drop_recipes:
            recipes.delete(name)
            unlink_item(project, "RECIPE", name, identity)
            link_notebooks(project, name, None)
        else:
            gone = {object_id, f"{project.key}.{object_id}"}
            recipes.save(name, _without_references(recipes.heads.get(name) or {}, gone), None, identity)
    unlink_item(project, kind, object_id, identity)
    _forget_in_params(project, kind, object_id, identity)
    scenarios = project.family("scenarios", "SCENARIO")
    for scenario_id, document in scenarios.items():
        changed = _without_items(document, kind, object_id)
        if changed != document:
            scenarios.save(scenario_id, changed, identity)
    if kind == "DATASET":
        project.disk.delete(f"explore/{object_id}.json")
        for analysis in _analyses_on(project, object_id):
            project.disk.delete(f"analysis/{analysis}")
            project.tags.drop(f"ANALYSIS.{analysis}")
    if kind == "MANAGED_FOLDER":
        _forget_labeling_tasks(project, object_id)


def unlink_item(project: Project, kind: str, object_id: str, identity: str = "") -> None:
    """Take an object out of the zone that lists it and of those it is shared into."""
    zones = project.family("zones", None)
    for zone_id, zone in zones.items():
        changed = {
            **zone,
            **{
                part: [
                    item for item in zone.get(part) or () if (item["objectType"], item["objectId"]) != (kind, object_id)
                ]
                for part in ("items", "shared")
            },
        }
        if any(changed[part] != (zone.get(part) or []) for part in ("items", "shared")):
            zones.save(zone_id, changed, identity)


def link_notebooks(project: Project, recipe: str, new: str | None) -> None:
    """Let notebooks made from a recipe follow its new name, or cut the link: the notebook stays [seen; name of the key inferred]."""
    for file in sorted(project.disk.path(_NOTEBOOKS).glob("*.ipynb")):
        content = project.disk.read_json(f"{_NOTEBOOKS}/{file.name}") or {}
        metadata = content.get("metadata") or {}
        if metadata.get(_LINK) != recipe:
            continue
        kept = {key: value for key, value in metadata.items() if key != _LINK}
        linked = kept if new is None else {**kept, _LINK: new}
        project.disk.write_json(f"{_NOTEBOOKS}/{file.name}", {**content, "metadata": linked})


def rename_references(project: Project, kind: str, old: str, new: str, identity: str) -> None:
    """Let references in recipes, zones, scenarios, analyses, insights follow a new name; recipe names do not follow [seen]."""
    recipes = project.state_of(RecipeFiles)
    if kind != "RECIPE":
        for name in dict.fromkeys(name for name, _ in recipes_using(project, old)):
            head = _with_reference(recipes.heads.get(name) or {}, old, new)
            head = _with_reference(head, f"{project.key}.{old}", f"{project.key}.{new}")
            recipes.save(name, head, None, identity)
    else:
        link_notebooks(project, old, new)
    zones = project.family("zones", None)
    for zone_id, zone in zones.items():
        changed = _walk(zone, lambda node: _rename_item(node, kind, old, new))
        if changed != zone:
            zones.save(zone_id, changed, identity)
    for folder, family_kind in _FAMILIES_WITH_REFERENCES:
        family = project.family(folder, family_kind)
        for object_id, document in family.items():
            changed = _walk(document, lambda node: _rename_in(node, kind, old, new))
            if changed != document:
                family.save(object_id, changed, identity)
    params = _walk(project.params, lambda node: _rename_item(node, kind, old, new))
    if params != project.params:
        project.save_params(params, identity)
    manifest = project.disk.read_json(_APP_MANIFEST)
    if manifest is not None:
        changed = _walk(manifest, lambda node: _rename_in(_rename_item(node, kind, old, new), kind, old, new))
        if changed != manifest:
            project.disk.write_json(_APP_MANIFEST, changed)
    if kind == "DATASET":
        for analysis in _analyses_on(project, old):
            file = f"analysis/{analysis}/core_params.json"
            core = project.disk.read_json(file) or {}
            project.disk.write_json(file, {**core, "inputDatasetSmartName": new})
        project.disk.rename(f"explore/{old}.json", f"explore/{new}.json")


def _without_references(head: JsonObject, refs: set[str]) -> JsonObject:
    changed = copy.deepcopy(head)
    for side in ("inputs", "outputs"):
        for role in (changed.get(side) or {}).values():
            role["items"] = [item for item in role.get("items") or () if item["ref"] not in refs]
    return changed


def _with_reference(head: JsonObject, old: str, new: str) -> JsonObject:
    changed = copy.deepcopy(head)
    for side in ("inputs", "outputs"):
        for role in (changed.get(side) or {}).values():
            for item in role.get("items") or ():
                if item["ref"] == old:
                    item["ref"] = new
    return changed


def _forget_in_params(project: Project, kind: str, object_id: str, identity: str) -> None:
    params = copy.deepcopy(project.params)
    exposed = params.get("exposedObjects") or {}
    if exposed.get("objects"):
        exposed["objects"] = [e for e in exposed["objects"] if (e.get("type"), e.get("localName")) != (kind, object_id)]
    authorizations = params.get("dashboardAuthorizations") or {}
    if authorizations.get("authorizations"):
        authorizations["authorizations"] = [
            entry
            for entry in authorizations["authorizations"]
            if entry.get("objectRef") != {"objectId": object_id, "objectType": kind}
        ]
    if params != project.params:
        project.save_params(params, identity)


def _forget_labeling_tasks(project: Project, folder_id: str) -> None:
    tasks = project.family("labeling_tasks", "LABELING_TASK")
    for task_id, task in tasks.items():
        if folder_id in (*inputs_of(task), *outputs_of(task)):
            tasks.delete(task_id)
            unlink_item(project, "LABELING_TASK", task_id)


def _without_items(value: Any, kind: str, object_id: str) -> Any:
    """Return ``value`` without list entries that are items ``{type, itemId}`` of the object, at any depth."""
    if isinstance(value, dict):
        return {key: _without_items(item, kind, object_id) for key, item in value.items()}
    if not isinstance(value, list):
        return value
    kept = [item for item in value if not _is_item(item, kind, object_id)]
    return [_without_items(item, kind, object_id) for item in kept]


def _is_item(value: Any, kind: str, object_id: str) -> bool:
    return isinstance(value, dict) and value.get("itemId") == object_id and value.get("type") == kind


def _rename_item(node: JsonObject, kind: str, old: str, new: str) -> JsonObject:
    """Follow the name in ``{objectId, objectType}`` and ``{localName, type}``."""
    if node.get("objectType") == kind and node.get("objectId") == old and "projectKey" not in node:
        return {**node, "objectId": new}
    if node.get("type") == kind and node.get("localName") == old:
        return {**node, "localName": new}
    return node


def _rename_in(node: JsonObject, kind: str, old: str, new: str) -> JsonObject:
    """Follow the name in ``{itemId, type}`` and in the keys that hold smart names."""
    if _is_item(node, kind, old) and not node.get("projectKey"):
        node = {**node, "itemId": new}
    return {key: new if key in _SMART_NAME_KEYS.get(kind, ()) and item == old else item for key, item in node.items()}


def _walk(value: Any, change: Callable[[JsonObject], JsonObject]) -> Any:
    if isinstance(value, dict):
        return change({key: _walk(item, change) for key, item in value.items()})
    if isinstance(value, list):
        return [_walk(item, change) for item in value]
    return value


def _analyses_on(project: Project, dataset: str) -> list[str]:
    found = []
    for file in sorted(project.disk.path("analysis").glob("*/core_params.json")):
        document = project.disk.read_json(f"analysis/{file.parent.name}/core_params.json") or {}
        if document.get("inputDatasetSmartName") == dataset:
            found.append(file.parent.name)
    return found
