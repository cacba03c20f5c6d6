"""A build of a recipe's outputs: what a job writes into definitions. Source: object-shapes.md 1 (10), 6, 7.2, 12, 15.1.

Nothing is computed: the columns are those that the caller names, the input's for recipes that keep them, else the ones that are
there. What is written is what jobs write: schemas of outputs with ``userModified: false``, and the train keys of a saved model.
"""

import copy
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from emulator.datasets.builds import Builds
from emulator.datasets.shapes import SQL_TYPES
from emulator.flow.references import inputs_of, outputs_of
from emulator.json_text import JsonObject
from emulator.noise import Dice
from emulator.projects.documents import Documents
from emulator.projects.project import Project
from emulator.recipes.files import RecipeFiles
from emulator.touches.acting import acting
from emulator.touches.places import Place, kind_of

if TYPE_CHECKING:
    from emulator.world import World

__all__ = ["build"]

_KEEPS_COLUMNS: Final = frozenset(("sync", "csync", "sampling", "sort", "distinct"))
"""Types whose output has the columns of their input, unless the payload says otherwise."""
_SQL_TYPE_OF: Final[Mapping[str, tuple[str, int]]] = {
    "string": ("varchar", 500),
    "bigint": ("int8", -1),
    "double": ("float8", -1),
    "boolean": ("bool", -1),
}


def build(
    world: "World",
    project: Project,
    recipe: str,
    *,
    login: str,
    seed: str,
    columns: Mapping[str, list[JsonObject]],
    steps_tag: bool | None,
) -> JsonObject:
    """Build the outputs of one recipe; return ``{"outputs": {ref: what happened}}``.

    ``columns`` are those that the job computes, by output. ``steps_tag`` says whether the schema is written with a step of the tag,
    which is seen both ways; without it the profile decides.
    """
    heads = project.state_of(RecipeFiles).heads
    place = Place(world, project, kind_of("RECIPE"), recipe)
    head, dice = heads.get(recipe) or {}, Dice(f"{seed}:{recipe}")
    steps = world.profile.build_steps_tag if steps_tag is None else steps_tag
    done: JsonObject = {}
    with acting(world, login, "build"):
        if not world.profile.fills_read_params:
            _fill_read_params(place, heads, head, login, steps_tag=steps)
        for ref in outputs_of(head):
            if ref in project.family("datasets", "DATASET"):
                started = world.clock.now_ms()
                done[ref] = _build_dataset(project, head, ref, columns.get(ref), dice, login, steps_tag=steps)
                world.state_of(Builds).note(project.key, ref, start_ms=started, end_ms=world.clock.now_ms())
            elif ref in project.family("saved_models", "SAVED_MODEL"):
                done[ref] = _train(world, project, ref, dice, login)
            else:
                done[ref] = "built"
    return {"outputs": done}


def _build_dataset(
    project: Project,
    head: JsonObject,
    name: str,
    columns: list[JsonObject] | None,
    dice: Dice,
    login: str,
    *,
    steps_tag: bool,
) -> str:
    datasets = project.family("datasets", "DATASET")
    stored = datasets.get(name) or {}
    schema = stored.get("schema") or {"columns": []}
    computed = columns if columns is not None else _kept_columns(datasets, head)
    if computed is None:
        computed = schema.get("columns") or []
    new: JsonObject = {"columns": _as_the_engine_reports(computed, stored, dice), "userModified": False}
    if head.get("type") == "pivot":
        new["metadata"] = {"engineType": "DSS", "pivotElementsModalities": [{"modalities": [dice.text(4)]}]}
    if new == schema:
        return "built"
    datasets.save(name, {**stored, "schema": new}, login, steps_tag=steps_tag)
    return "schema changed"


def _kept_columns(datasets: Documents, head: JsonObject) -> list[JsonObject] | None:
    if head.get("type") not in _KEEPS_COLUMNS:
        return None
    source = next((datasets.get(ref) for ref in inputs_of(head) if ref in datasets), None)
    if source is None:
        return None
    kept = [{key: column[key] for key in ("name", "type") if key in column} for column in source["schema"]["columns"]]
    return kept or None


def _as_the_engine_reports(columns: list[JsonObject], dataset: JsonObject, dice: Dice) -> list[JsonObject]:
    """On SQL datasets the engine's type and length stand beside ours, in part of the columns [seen]."""
    if dataset.get("type") not in SQL_TYPES:
        return copy.deepcopy(columns)
    reported: list[JsonObject] = []
    for column in columns:
        engine_type, length = _SQL_TYPE_OF.get(str(column.get("type")), ("text", -1))
        extra: JsonObject = {"originalType": engine_type, "maxLength": length} if dice.chance(0.7) else {}
        reported.append({**extra, **copy.deepcopy(column)})
    return reported


def _train(world: "World", project: Project, model_id: str, dice: Dice, login: str) -> str:
    """A training adds a version; with the usual publish policy it becomes the active one [seen]."""
    models = project.family("saved_models", "SAVED_MODEL")
    stored = models.get(model_id) or {}
    trained: dict[str, Any] = {
        "lastTrainJobId": f"Train_{model_id}_{dice.text(6)}",
        "lastTrainIndex": int(stored.get("lastTrainIndex") or 0) + 1,
    }
    if stored.get("publishPolicy", "UNCONDITIONAL") == "UNCONDITIONAL":
        trained["activeVersion"] = str(world.clock.now_ms())
    models.save(model_id, {**stored, **trained}, login)
    return "trained"


def _fill_read_params(place: Place, heads: Documents, head: JsonObject, login: str, *, steps_tag: bool) -> None:
    """Where saves do not list the inputs for the Spark engine, runs do [seen: at a save or at a run]."""
    changed = copy.deepcopy(head)
    for engine in ((changed.get("params") or {}).get("engineParams") or {}).values():
        if isinstance(engine, dict) and "map" in (engine.get("readParams") or {}):
            engine["readParams"]["map"] = {ref: {"repartition": 10} for ref in inputs_of(head)}
    if changed != head:
        heads.save(place.id, changed, login, steps_tag=steps_tag)
