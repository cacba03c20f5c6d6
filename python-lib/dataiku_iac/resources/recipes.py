"""Recipes: what reads which datasets and folders and writes which.

::

    recipes:
      - {name: clean, type: python, inputs: [ORDERS], outputs: [ORDERS_CLEAN], code_file: recipes/clean.py}
      - {name: per_customer, type: grouping, inputs: [ORDERS], outputs: [TOTALS], keys: [customer], aggregations: {amount: [sum, avg]}}

A recipe is one document of two halves, ``{"recipe": {…}, "payload": text or parsed JSON}``, written by one PUT.
Source: api-flow.md 6 and 7, object-shapes.md 7, 8, 16 and 18.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Final

from dataiku_iac.core.address import Address
from dataiku_iac.core.canonical import Json, JsonObject, is_object
from dataiku_iac.core.errors import Defect, ObjectMissing, UnexpectedShape
from dataiku_iac.core.fields import FieldTable, Rules
from dataiku_iac.core.kind import Document, FileField, Kind, Live
from dataiku_iac.core.mentions import Mention
from dataiku_iac.core.problem import Problem
from dataiku_iac.core.resource import Reference
from dataiku_iac.core.roles import NodeApi, NodeReader
from dataiku_iac.resources.answers import api_path, object_answer, object_list, text_at
from dataiku_iac.resources.fragments import ENVELOPE_KEYS, ENVELOPE_SCHEMA, version_of
from dataiku_iac.resources.recipe_checks import recipe_findings
from dataiku_iac.resources.recipe_fields import (
    RECIPE_MENTIONS,
    RECIPE_TABLE,
    complete_recipe,
    of_type,
    parse_recipe,
    rules_of_type,
)
from dataiku_iac.resources.recipe_forms import (
    FORM_SCHEMA,
    expand_params,
    expand_payload,
    scope_of,
    shorten_params,
    shorten_payload,
)
from dataiku_iac.resources.recipe_io import ENDS_SCHEMA, expand_ends, recipe_references, shorten_ends
from dataiku_iac.resources.recipe_payloads import dump_payload, parse_payload
from dataiku_iac.resources.recipe_types import PayloadForm, native_type, recipe_type
from dataiku_iac.resources.short_forms import Scope
from dataiku_iac.resources.spec_keys import SpecKeys
from dataiku_iac.resources.zone_items import DEFAULT_ZONE, RECIPE, is_in_zone, move_to_zone, read_zone_of

__all__ = ["RecipeKind"]

_KEYS: Final = SpecKeys(
    renamed=ENVELOPE_KEYS.renamed,
    same=(
        *ENVELOPE_KEYS.same,
        *("neverRecomputeExistingPartitions", "redispatchPartitioning", "optionalDependencies"),
        *("hashPropagationBehavior", "maxRunningActivities", "variables", "labels", "partitionDeps"),
    ),
)
_BESIDE: Final = "besideRecipe"
"""Key below ``dss`` for what a newer version may put next to the two halves."""


class RecipeKind(Kind):
    """A recipe; its name is its id."""

    name: ClassVar[str] = "recipe"
    section: ClassVar[str] = "recipes"
    rank: ClassVar[int] = 40
    parts: ClassVar[tuple[str, ...]] = ("definition", "zone")
    listed: ClassVar[frozenset[str]] = frozenset({"zone"})
    falls_with: ClassVar[frozenset[str]] = frozenset({"dataset", "folder"})  # cascades: object-shapes §16 [seen]
    table: ClassVar[FieldTable] = RECIPE_TABLE
    mentions: ClassVar[tuple[Mention, ...]] = RECIPE_MENTIONS
    files: ClassVar[tuple[FileField, ...]] = (FileField("code", "code_file", "recipes"),)
    schema: ClassVar[JsonObject] = {
        "type": "object",
        "required": ["name", "type"],
        "properties": {
            "name": {"type": "string", "minLength": 1},
            "type": {
                "type": "string",
                "description": "any DSS recipe type; group, stack, prepare and sql are understood",
            },
            "inputs": ENDS_SCHEMA,
            "outputs": ENDS_SCHEMA,
            "code": {"type": "string"},
            "code_file": {"type": "string"},
            **FORM_SCHEMA,
            "payload": {"type": ["object", "string"], "description": "of types that are not code, under DSS's names"},
            "params": {"type": "object"},
            "zone": {"type": "string"},
            "neverRecomputeExistingPartitions": {"type": "boolean"},
            "redispatchPartitioning": {"type": "boolean"},
            "optionalDependencies": {"type": "boolean"},
            "hashPropagationBehavior": {"type": "string"},
            "maxRunningActivities": {"type": "integer"},
            "variables": {"type": "object"},
            "labels": {"type": "array"},
            "partitionDeps": {"type": "array"},
            **ENVELOPE_SCHEMA,
        },
        "additionalProperties": False,
    }

    # --- the lens ---

    def expand(self, spec: JsonObject, address: Address) -> Document:
        """Return the partial document, e.g. ``{"definition": {"recipe": {"type": "python", …}, "payload": "import …"}}``."""
        recipe = _KEYS.to_definition(spec)
        kind = _native_type(spec)
        if kind:
            recipe["type"] = kind
        for side in ("inputs", "outputs"):
            if side in spec:
                recipe[side] = expand_ends(spec[side])
        scope = scope_of(spec.get("inputs"), spec.get("outputs"))
        params = expand_params(spec, kind, scope)
        if params is not None:
            recipe["params"] = params
        beside = recipe.pop(_BESIDE, None)
        definition: dict[str, Json] = dict(beside) if is_object(beside) else {}
        if recipe:
            definition["recipe"] = recipe
        code = spec.get("code")
        payload = code.replace("\r\n", "\n") if isinstance(code, str) else expand_payload(spec, kind, scope)
        if payload is not None:
            definition["payload"] = payload
        document: dict[str, Json] = {"definition": definition} if definition else {}
        if "zone" in spec:
            document["zone"] = spec["zone"]
        return document

    def shorten(self, document: Document, address: Address) -> JsonObject:
        """Return the spec: ``code`` for code types, readable forms where they say all, else ``payload`` and ``params``."""
        halves = document.get("definition")
        halves = halves if is_object(halves) else {}
        raw = halves.get("recipe")
        recipe: dict[str, Json] = dict(raw) if is_object(raw) else {}
        kind = str(recipe.get("type", ""))
        own: dict[str, Json] = {}
        scope = scope_of(recipe.get("inputs"), recipe.get("outputs"))
        if "type" in recipe:
            own["type"] = recipe.pop("type")
        for side in ("inputs", "outputs"):
            if is_object(recipe.get(side)):
                own[side] = shorten_ends(recipe.pop(side))
        params = recipe.get("params")
        if is_object(params):
            del recipe["params"]
            short, rest = shorten_params(params, kind, scope)
            own |= short
            if rest or not params:
                own["params"] = rest
        if "payload" in halves:
            own |= _short_payload(halves["payload"], kind, scope)
        if "zone" in document:
            own["zone"] = document["zone"]
        beside = {key: value for key, value in halves.items() if key not in ("recipe", "payload")}
        return {**_KEYS.to_spec({**recipe, _BESIDE: beside} if beside else recipe), **own}

    def rules_for(self, document: Document) -> Rules:
        """Return the rules of the recipe's type; see ``Kind``."""
        halves = document.get("definition")
        recipe = halves.get("recipe") if is_object(halves) else None
        kind = recipe.get("type") if is_object(recipe) else None
        return rules_of_type(kind) if isinstance(kind, str) else self.rules

    def put(
        self,
        document: Document,
        spec: JsonObject,
        address: Address,
        *,
        before: JsonObject | None = None,
        written: bool = False,
    ) -> Document:
        """See ``Kind``. Params and payload of another type mean nothing in this one, so nothing of them stays."""
        return super().put(of_type(document, _native_type(spec)), spec, address, before=before, written=written)

    def references(self, spec: JsonObject, address: Address) -> Sequence[Reference]:
        """Return the zone, what the recipe reads and what it writes; ends of kinds that cannot be declared are left out."""
        return tuple(recipe_references(spec, address))

    def check(self, spec: JsonObject, address: Address) -> Sequence[Problem]:
        """Return what the schema cannot say: code and payload, roles against the type, forms the type does not have."""
        return tuple(recipe_findings(spec, _native_type(spec), str(address)))

    def file_extension(self, spec: JsonObject, field: FileField) -> str:
        """Return ``.py``, ``.sql``, … by the recipe's type."""
        return recipe_type(_native_type(spec)).extension

    # --- calls ---

    def list(self, api: NodeReader, project: str) -> Sequence[Live]:
        """Return heads, without payloads, with two calls [seen]."""
        items = object_list(api.get(api_path("projects", project, "recipes", "")), f"recipes of {project}")
        zone_of = read_zone_of(api, project)
        found = []
        for item in items:
            name = text_at(item, "name", f"recipes of {project}")
            document: Document = {"definition": {"recipe": item}, "zone": zone_of(RECIPE, name)}
            found.append(Live(name, name, document, version_of(item), complete=False))
        return found

    def read(self, api: NodeReader, project: str, live_id: str, parts: frozenset[str]) -> Live | None:
        """See ``Kind``.

        A missing recipe is answered with 200 and a body without ``recipe`` [seen]. That alone proves nothing (a proxy
        could answer so), hence the metadata are asked for too: they do answer not-found [seen].
        """
        try:
            answer = api.get(api_path("projects", project, "recipes", live_id))
        except ObjectMissing:
            return None
        if not is_object(answer) or not is_object(answer.get("recipe")):
            if _is_absent(api, project, live_id):
                return None
            raise UnexpectedShape(
                f'the node answered a recipe without its definition, but knows metadata of "{live_id}"',
                where=f"recipe.{project}.{live_id}",
                next_step="open the recipe in DSS; if it opens, try again",
            )
        recipe = parse_recipe(object_answer(answer["recipe"], f"recipe {live_id} of {project}"))
        text = answer.get("payload")
        payload = parse_payload(str(recipe.get("type")), text if isinstance(text, str) else None)
        document: dict[str, Json] = {"definition": {"recipe": recipe, "payload": payload}}
        if "zone" in parts:
            document["zone"] = read_zone_of(api, project)(RECIPE, live_id)
        return Live(live_id, live_id, document, version_of(recipe), complete="zone" in parts)

    def look_for(self, api: NodeReader, project: str, live_id: str, parts: frozenset[str]) -> Live | None:
        """See ``Kind``. The metadata prove it by themselves."""
        return None if _is_absent(api, project, live_id) else self.read(api, project, live_id, parts)

    def read_back(self, api: NodeReader, project: str, live_id: str, part: str, document: Document) -> Live | None:
        """See ``Kind``. After a move, one call shows that the object is in its new zone, and hence that it exists."""
        zone = str(document.get("zone") or DEFAULT_ZONE)
        if part == "zone" and is_in_zone(api, project, zone, RECIPE, live_id):
            return Live(live_id, live_id, {"zone": zone}, complete=False)
        return super().read_back(api, project, live_id, part, document)

    def create(self, api: NodeApi, project: str, name: str, document: Document) -> str:
        """Create the recipe as it is, with its payload; outputs exist already, so nothing is created along with it.

        Raw creation takes prototype and payload as given and checks nothing [client]. Returned is the name the node
        chose: scoring recipes created otherwise are named ``score_…`` whatever was asked for [seen].
        """
        where = f"recipe.{project}.{name}"
        definition = object_answer(document.get("definition"), where)
        recipe = object_answer(definition.get("recipe"), where)
        prototype = {**complete_recipe(recipe), "projectKey": project, "name": name}
        payload = dump_payload(str(recipe.get("type")), definition.get("payload"), new=True)
        settings: JsonObject = {"rawCreation": True, "rawPayload": payload}
        body: JsonObject = {"recipePrototype": prototype, "creationSettings": settings}
        return text_at(
            object_answer(api.post(api_path("projects", project, "recipes", ""), body), where), "name", where
        )

    def write(self, api: NodeApi, project: str, live_id: str, part: str, document: Document) -> None:
        """See ``Kind``. The payload is always sent: a PUT without it empties the recipe [seen]."""
        if part == "zone":
            move_to_zone(api, project, str(document.get("zone") or DEFAULT_ZONE), RECIPE, live_id)
            return
        where = f"recipe.{project}.{live_id}"
        definition = object_answer(document[part], where)
        if "payload" not in definition:
            raise Defect("a recipe was to be written without its payload", where=where)
        recipe = object_answer(definition.get("recipe"), where)
        body: JsonObject = {
            "recipe": {**complete_recipe(recipe), "projectKey": project, "name": live_id},
            "payload": dump_payload(str(recipe.get("type")), definition["payload"]),
        }
        api.put(api_path("projects", project, "recipes", live_id), body)

    def delete(self, api: NodeApi, project: str, live_id: str, *, drop_data: bool) -> None:
        """See ``Kind``. The outputs and their data stay [seen]."""
        api.delete(api_path("projects", project, "recipes", live_id))


def _is_absent(api: NodeReader, project: str, live_id: str) -> bool:
    try:
        api.get(api_path("projects", project, "recipes", live_id, "metadata"))
    except ObjectMissing:
        return True
    return False


def _native_type(spec: JsonObject) -> str:
    kind = spec.get("type")
    return native_type(kind) if isinstance(kind, str) else ""


def _short_payload(payload: Json, kind: str, scope: Scope) -> dict[str, Json]:
    if isinstance(payload, str) and recipe_type(kind).payload is PayloadForm.CODE:
        return {"code": payload}
    if not is_object(payload):
        return {"payload": payload}
    short, rest = shorten_payload(payload, kind, scope)
    return {**short, "payload": rest} if rest or not payload else short
