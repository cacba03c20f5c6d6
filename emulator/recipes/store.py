"""Recipes: whole-document saves, status, schema propagation. Source: api-flow.md 6, object-shapes.md 7, 16."""

from typing import TYPE_CHECKING, Any, Final

from emulator.datasets.store import DatasetStore, check_version
from emulator.errors import DssError, coded_error, illegal_argument, not_found
from emulator.flow.references import inputs_of, link_notebooks, outputs_of, rename_references, unlink_item
from emulator.json_text import JsonObject
from emulator.naming import check_new_name
from emulator.projects.project import Project
from emulator.recipes.creation import RecipeCreation, existing_kind
from emulator.recipes.files import RecipeFiles
from emulator.recipes.shapes import CODE_TYPES, METADATA, apply_recipe
from emulator.rights import Caller

if TYPE_CHECKING:
    from emulator.world import World

__all__ = ["RecipeStore"]

_SAME_SCHEMA: Final = frozenset(("sync", "csync", "sampling"))
"""Types whose output has the schema of their input; for the others the emulator says that it cannot compute it."""


class RecipeStore:
    """The recipe calls on one project."""

    def __init__(self, world: "World", project: Project) -> None:
        self._world = world
        self._project = project
        self._files = project.state_of(RecipeFiles)

    def listing(self) -> list[JsonObject]:
        """Return heads with inputs, outputs, params, tags, but without payloads [seen]."""
        heads = [self._head(name) for name in sorted(self._files.heads)]
        if not self._world.profile.recipe_list_has_version_tag:
            heads = [{key: value for key, value in head.items() if key != "versionTag"} for head in heads]
        return heads

    def view(self, name: str) -> JsonObject | None:
        """Return ``{"recipe", "payload"}``, or ``None`` for a missing recipe, which is no error on this call [seen]."""
        if name not in self._files.heads:
            return None
        payload = self._files.payload(name)
        return {"recipe": self._head(name), **({} if payload is None else {"payload": payload})}

    def create(self, body: JsonObject, caller: Caller) -> str:
        """Create a recipe and return the name it got."""
        return RecipeCreation(self._world, self._project, body, caller).run()

    def save(self, name: str, body: JsonObject, caller: Caller) -> None:
        """Replace both halves. A body without payload empties the payload [seen]."""
        stored = self._stored(name)
        given = body.get("recipe")
        if not isinstance(given, dict):
            raise DssError(500, "java.lang.NullPointerException", "null")
        check_version(self._world, given, self._files.heads.version_tag(name))
        document = {**given, "type": stored.get("type"), "creationTag": stored.get("creationTag")}
        document = {key: value for key, value in document.items() if key not in ("name", "projectKey")}
        head = self._apply(document)
        if head.get("type") in CODE_TYPES:
            self._world.judge_code(caller)
        if self._world.profile.fills_read_params:
            _fill_read_params(head)
        if self._world.profile.missing_input_at_save == "error":
            for ref in inputs_of(head):
                if existing_kind(self._world, self._project, ref) is None:
                    raise not_found(f"dataset does not exist: {self._project.key}.{ref}")
        payload = body.get("payload")
        self._files.save(name, head, payload if isinstance(payload, str) else "", caller.identity)

    def delete(self, name: str) -> None:
        """Delete a recipe; outputs and their data stay."""
        self._stored(name)
        self._files.delete(name)
        unlink_item(self._project, "RECIPE", name)
        link_notebooks(self._project, name, None)

    def rename(self, old: str, new: object, caller: Caller) -> None:
        """Rename; both files and the zone item follow [seen]."""
        self._stored(old)
        wanted = check_new_name("Recipe", new, self._files.heads, self._world.profile)
        self._files.rename(old, wanted)
        rename_references(self._project, "RECIPE", old, wanted, caller.identity)

    def metadata(self, name: str) -> JsonObject:
        """Return tags, checklists, custom metadata; a missing recipe is 404 here [seen]."""
        stored = self._stored(name)
        return METADATA.apply({**stored, "custom": stored.get("customMeta")})

    def save_metadata(self, name: str, body: JsonObject, caller: Caller) -> None:
        """Replace the metadata."""
        given = METADATA.apply(body)
        document = {
            **self._stored(name),
            "tags": given["tags"],
            "checklists": given["checklists"],
            "customMeta": given["custom"],
        }
        self._files.save(name, document, None, caller.identity)

    def status(self, name: str) -> JsonObject:
        """Return the status object: broken references as errors, the local engine for what is not code."""
        head = self._apply(self._stored(name))
        messages = [
            _message("ERROR", "ERR_RECIPE_INCONSISTENT_I_O", f"{side} {ref} does not exist")
            for side, refs in (("Input", inputs_of(head)), ("Output", outputs_of(head)))
            for ref in refs
            if existing_kind(self._world, self._project, ref) is None
        ]
        found: JsonObject = {"messages": messages, "anyMessage": bool(messages), "success": False, "warning": False}
        found |= {"error": bool(messages), "fatal": False}
        if messages:
            found["maxSeverity"] = "ERROR"
        status: JsonObject = {"allMessagesForFrontend": found}
        if head.get("type") not in CODE_TYPES:
            engine = {"type": "DSS", "variant": "DSS", "recommended": True, "isSelectable": True}
            status |= {"selectedEngine": engine, "engines": [engine]}
        return status

    def schema_update(self, name: str) -> JsonObject:
        """Return what the outputs' schemas would have to become; refused for types without schema computation [seen]."""
        head = self._apply(self._stored(name))
        if head.get("type") in CODE_TYPES or str(head.get("type")).startswith("CustomCode_"):
            text = f"Cannot check schema consistency on recipe type {head.get('type')}"
            raise coded_error("ERR_RECIPE_CANNOT_CHECK_SCHEMA_CONSISTENCY_ON_RECIPE_TYPE", text)
        if head.get("type") not in _SAME_SCHEMA:
            text = f"the emulator cannot compute the output schema of {head.get('type')} recipes"
            raise coded_error("ERR_RECIPE_CANNOT_CHECK_SCHEMA_CONSISTENCY", text)
        datasets = DatasetStore(self._world, self._project)
        wanted = datasets.schema(inputs_of(head)[0])["columns"]
        stale = [ref for ref in outputs_of(head) if datasets.exists(ref) and datasets.schema(ref)["columns"] != wanted]
        return {
            "totalIncompatibilities": len(stale),
            "computables": [
                {"type": "DATASET", "datasetName": ref, "newSchema": {"columns": wanted, "userModified": False}}
                for ref in stale
            ],
        }

    def update_output_schema(self, name: str, body: JsonObject, caller: Caller) -> JsonObject:
        """Give one output the schema that the caller was told."""
        head = self._apply(self._stored(name))
        ref = body.get("computableId")
        schema: Any = body.get("newSchema")
        if ref not in outputs_of(head) or not isinstance(schema, dict):
            raise illegal_argument(f"Not an output of recipe {name}: {ref}")
        DatasetStore(self._world, self._project).save_schema(str(ref), schema, caller)
        return {"messages": [], "anyMessage": False, "success": False, "warning": False, "error": False, "fatal": False}

    def _head(self, name: str) -> JsonObject:
        self._stored(name)
        profile = self._world.profile
        head = self._files.heads.typed(
            name, profile.typing, lambda stored: apply_recipe(stored, profile, fill_params=False)
        )
        tag = self._files.heads.version_tag(name)
        return {"projectKey": self._project.key, "name": name, **head, **({} if tag is None else {"versionTag": tag})}

    def _stored(self, name: str) -> JsonObject:
        stored = self._files.heads.get(name)
        if stored is None:
            raise not_found(f"recipe does not exist: {self._project.key}.{name}")
        return stored

    def _apply(self, head: JsonObject) -> JsonObject:
        return apply_recipe(head, self._world.profile, fill_params=True)


def _fill_read_params(head: JsonObject) -> None:
    """List the inputs of a Prepare recipe where its Spark engine looks for them, as saves do [seen]."""
    if head.get("type") == "shaker":
        read: JsonObject = head["params"]["engineParams"]["spark"]["readParams"]
        read["map"] = {ref: read["map"].get(ref) or {"repartition": 10} for ref in inputs_of(head)}


def _message(severity: str, code: str, text: str) -> JsonObject:
    return {"severity": severity, "isFatal": False, "code": code, "title": text, "message": text, "details": text}
