"""How a new recipe comes to be: its outputs, its name, its first payload. Source: api-flow.md 6.3, object-shapes.md 16."""

import re
from typing import TYPE_CHECKING, Any, Final

from emulator.datasets.shapes import SQL_TYPES
from emulator.datasets.store import DatasetStore
from emulator.errors import coded_error, illegal_argument, not_found
from emulator.families.family import Context
from emulator.families.kinds.knowledge_banks import KNOWLEDGE_BANKS
from emulator.families.store import FamilyStore
from emulator.flow.references import inputs_of, outputs_of
from emulator.folders.store import FolderStore
from emulator.json_text import JsonObject
from emulator.naming import already_exists, check_new_name, is_taken
from emulator.projects.project import Project
from emulator.recipes.files import RecipeFiles
from emulator.recipes.payloads import fresh_payload
from emulator.recipes.roles import check_roles
from emulator.recipes.shapes import CODE_TYPES, apply_recipe
from emulator.rights import Caller
from emulator.zones.store import DEFAULT, ZoneStore

if TYPE_CHECKING:
    from emulator.world import World

__all__ = ["RecipeCreation", "existing_kind"]

_SCORING: Final = frozenset(("prediction_scoring", "clustering_scoring"))
_TRAINING: Final = frozenset(("prediction_training", "clustering_training"))
_OWN_NAMES: Final = {**dict.fromkeys(_TRAINING, "train_"), "evaluation": "evaluate_on_"}
_NEW_BANK: Final = "outputRetrievableKnowledgeName"
_VIRTUAL_INPUTS: Final = frozenset(("join", "vstack", "fuzzyjoin", "geojoin", "generate_features"))
_SUPPRESSED: Final = "Need to create output dataset or folder, but creationInfo params are suppressing it"
_KINDS: Final = (
    ("datasets", "DATASET"),
    ("managed_folders", "MANAGED_FOLDER"),
    ("saved_models", "SAVED_MODEL"),
    ("model_evaluation_stores", "MODEL_EVALUATION_STORE"),
    ("knowledge-banks", "RETRIEVABLE_KNOWLEDGE"),
    ("streaming_endpoints", "STREAMING_ENDPOINT"),
)


def existing_kind(world: "World", project: Project, ref: str) -> str | None:
    """Return the taggable type of what a recipe reference means, ``None`` if there is no such object."""
    for folder, kind in _KINDS:
        if ref in project.family(folder, kind):
            return kind
    owner, _, object_id = ref.partition(".")
    if object_id and owner in world.projects and owner != project.key:
        return existing_kind(world, world.projects[owner], object_id)
    return None


class RecipeCreation:
    """One ``POST /recipes/``."""

    def __init__(self, world: "World", project: Project, body: JsonObject, caller: Caller) -> None:
        self._world = world
        self._project = project
        self._caller = caller
        self._proto: JsonObject = body.get("recipePrototype") or {}
        self._settings: JsonObject = body.get("creationSettings") or {}
        self._files = project.state_of(RecipeFiles)
        self._zones = ZoneStore(world, project)

    def run(self) -> str:
        """Create the recipe with its new outputs and return the name it got."""
        recipe_type = self._proto.get("type")
        if not isinstance(recipe_type, str) or not recipe_type:
            raise illegal_argument("Missing mandatory argument: type")
        if recipe_type in CODE_TYPES:
            self._world.judge_code(self._caller)
        head = self._typed_head(recipe_type)
        self._check_inputs(head)
        self._check_sql_inputs(recipe_type, head)
        if not self._settings.get(_NEW_BANK) and self._world.profile.inconsistent_roles == "error":
            check_roles(recipe_type, head, lambda ref: existing_kind(self._world, self._project, ref))
        name = self._name(recipe_type, head)
        zone = self._zone_of_first_input(head)
        bank = self._checked_bank()
        self._make_outputs(head, zone)
        if bank is not None:
            head["outputs"]["knowledge_bank"] = {"items": [{"ref": self._make_bank(bank, zone), "appendMode": False}]}
        head = self._typed_head(recipe_type, outputs=head["outputs"])
        self._files.create(name, head, self._payload(recipe_type, head), self._caller.identity)
        self._zones.place("RECIPE", name, zone, self._caller.identity)
        return name

    def _typed_head(self, recipe_type: str, outputs: JsonObject | None = None) -> JsonObject:
        proto = {key: value for key, value in self._proto.items() if key != "name"}
        virtual = self._settings.get("virtualInputs")
        if recipe_type in _VIRTUAL_INPUTS and not self._is_raw:
            # A prototype without virtualInputs loses its inputs [seen].
            refs = virtual if isinstance(virtual, list) else []
            proto["inputs"] = {"main": {"items": [{"ref": ref} for ref in refs]}} if refs else {}
        if recipe_type == "embed_documents" and self._settings.get("VLMId"):
            proto["params"] = {"defaultVlmId": self._settings["VLMId"], **(proto.get("params") or {})}
        if outputs is not None:
            proto["outputs"] = outputs
        return apply_recipe(
            proto,
            self._world.profile,
            fill_params=recipe_type not in CODE_TYPES,  # code gets its params with its first save [seen]
        )

    @property
    def _is_raw(self) -> bool:
        return bool(self._settings.get("rawCreation"))

    def _check_inputs(self, head: JsonObject) -> None:
        if self._world.profile.missing_input_at_creation == "accept":
            return
        for ref in inputs_of(head):
            if existing_kind(self._world, self._project, ref) is None:
                raise not_found(f"dataset does not exist: {self._project.key}.{ref}")

    def _check_sql_inputs(self, recipe_type: str, head: JsonObject) -> None:
        """An SQL query reads SQL datasets; the class of the refusal is [seen], its text follows the one for S3."""
        if recipe_type != "sql_query" or self._world.profile.sql_over_files == "accept":
            return
        datasets = self._project.family("datasets", "DATASET")
        for ref in inputs_of(head):
            kind = str((datasets.get(ref) or {}).get("type"))
            if ref in datasets and kind not in SQL_TYPES:
                text = f"{kind} dataset {ref} is not associated to an SQL connection"
                raise coded_error("ERR_RECIPE_INCONSISTENT_I_O", text)

    def _name(self, recipe_type: str, head: JsonObject) -> str:
        """The server names scoring recipes itself, even when a name was asked for [seen]."""
        asked, taken = self._proto.get("name"), self._files.heads
        if recipe_type in _SCORING:
            datasets = [ref for ref in inputs_of(head) if ref in self._project.family("datasets", "DATASET")]
            return self._free(f"score_{(datasets or ['input'])[0]}")
        if asked is None or asked == "":
            outputs = outputs_of(head)
            if recipe_type in _OWN_NAMES:
                return self._free(_OWN_NAMES[recipe_type] + self._subject(recipe_type, head))
            return self._free(f"compute_{outputs[0]}" if outputs else f"compute_{recipe_type}")
        if isinstance(asked, str) and is_taken(asked, taken, self._world.profile):
            if self._world.profile.taken_recipe_name == "error":
                raise already_exists("Recipe", asked, self._world.profile)
            return self._free(asked)
        return check_new_name("Recipe", asked, taken, self._world.profile)

    def _subject(self, recipe_type: str, head: JsonObject) -> str:
        """Return what a training or evaluation is named for: its model [seen], or what it evaluates on [seen]."""
        outputs = outputs_of(head)
        if recipe_type in _TRAINING and outputs:
            model = self._project.family("saved_models", "SAVED_MODEL").get(outputs[0]) or {}
            return re.sub(r"[^A-Za-z0-9_]", "_", str(model.get("name") or outputs[0]))
        items: list[JsonObject] = (head["inputs"].get("main") or {}).get("items") or []
        return str(items[0]["ref"]) if items else "input"

    def _checked_bank(self) -> JsonObject | None:
        """Return the knowledge bank that an embedding recipe is asked to make [client], refused before anything is made."""
        if not self._settings.get(_NEW_BANK):
            return None
        body = {key: item for key, item in self._settings.items() if key not in (_NEW_BANK, "VLMId")}
        body["name"] = self._settings[_NEW_BANK]
        return KNOWLEDGE_BANKS.prepare(Context(self._world, self._project, self._caller), body)

    def _make_bank(self, body: JsonObject, zone: str) -> str:
        bank = FamilyStore(self._world, self._project, self._caller, KNOWLEDGE_BANKS).create(body)
        self._zones.place("RETRIEVABLE_KNOWLEDGE", bank, zone, self._caller.identity)
        return bank

    def _free(self, wanted: str) -> str:
        name, number = wanted, 0
        while is_taken(name, self._files.heads, self._world.profile):
            number += 1
            name = f"{wanted}_{number}"
        return name

    def _zone_of_first_input(self, head: JsonObject) -> str:
        """A new recipe goes to the zone of its first input [seen]."""
        for ref in inputs_of(head):
            for folder, kind in _KINDS:
                if ref in self._project.family(folder, kind):
                    return self._zones.zone_of(kind, ref)
        return DEFAULT

    def _make_outputs(self, head: JsonObject, zone: str) -> None:
        """Create what is missing, all refusals first; a new folder's reference becomes its id."""
        plans = [
            (role, item, self._plan(role, item)) for role, given in head["outputs"].items() for item in given["items"]
        ]
        for _, item, plan in plans:
            if plan is None:
                continue
            kind, settings = plan
            if kind == "DATASET":
                store = DatasetStore(self._world, self._project)
                store.create_managed(item["ref"], settings, self._caller)
            else:
                item["ref"] = self._make_folder(item["ref"], settings)
            self._zones.place(kind, item["ref"], zone, self._caller.identity)

    def _plan(self, role: str, item: JsonObject) -> tuple[str, JsonObject] | None:
        """Return what to create for an output, or ``None`` if it is there; raises the server's 400 if it may not be made."""
        ref = item["ref"]
        by_role = (self._settings.get("outputDatasetsCreationSettingsByRole") or {}).get(role) or {}
        exists = existing_kind(self._world, self._project, ref) is not None
        wants_dataset = self._settings.get("createOutputDataset") is True
        if exists and (wants_dataset or ref in by_role):
            raise already_exists("Dataset", ref, self._world.profile)
        if exists:
            self._check_not_produced(ref)
            return None
        if ref in by_role:
            return "DATASET", by_role[ref] or {}
        if wants_dataset:
            return "DATASET", self._settings.get("outputDatasetSettings") or {}
        if self._settings.get("createOutputFolder") is True:
            return "MANAGED_FOLDER", self._settings.get("outputFolderSettings") or {}
        raise illegal_argument(_SUPPRESSED)

    def _check_not_produced(self, ref: str) -> None:
        """Two recipes cannot write one output [inferred]."""
        for name, head in self._files.heads.items():
            if ref in outputs_of(head) and self._world.profile.shared_output == "error":
                text = f"Output {ref} is already produced by recipe {name}"
                raise coded_error("ERR_RECIPE_INCONSISTENT_I_O", text, status=400)

    def _make_folder(self, name: str, settings: JsonObject) -> str:
        params: JsonObject = {"path": "${projectKey}/${odbId}"}
        if settings.get("connectionId"):
            params["connection"] = settings["connectionId"]
        body = {"name": name, "type": settings.get("typeOptionId"), "params": params}
        return self._project.state_of(FolderStore).create(self._world, body, self._caller)

    def _payload(self, recipe_type: str, head: JsonObject) -> str | None:
        if self._is_raw:
            raw: Any = self._settings.get("rawPayload")
            return None if raw is None else str(raw)
        if recipe_type in CODE_TYPES:
            script: Any = self._settings.get("script")
            return None if script is None else str(script)
        if recipe_type in _VIRTUAL_INPUTS and not self._settings.get("virtualInputs"):
            return ""  # [seen]
        return fresh_payload(recipe_type, [self._columns(ref) for ref in inputs_of(head)], self._settings)

    def _columns(self, ref: str) -> list[JsonObject]:
        owner, _, name = ref.partition(".")
        project = self._world.projects.get(owner) if name else self._project
        stored = None if project is None else project.family("datasets", "DATASET").get(name or ref)
        columns: list[JsonObject] = ((stored or {}).get("schema") or {}).get("columns") or []
        return columns
