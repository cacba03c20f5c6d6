"""What one family of objects is: names, shape, ids, and the few places where it differs from the others.

A family costs one module in ``emulator/families/kinds/``::

    STORES: Final = Family(
        what="evaluation store", segment="evaluationstores", folder="model_evaluation_stores",
        tag_kind="MODEL_EVALUATION_STORE", shape=Shape("ModelEvaluationStore", {"name": optional(), ...}),
    )
    ROUTES: Final = family_routes(STORES)

and its rows in the tables of those who look at many kinds (``flow/graph.py``, ``zones/store.py``) if it is part of the flow.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from emulator.errors import illegal_argument
from emulator.json_text import JsonObject
from emulator.naming import check_new_name
from emulator.noise import Noise
from emulator.projects.project import Project
from emulator.rights import Caller, Right
from emulator.shapes import Shape

if TYPE_CHECKING:
    from emulator.world import World

__all__ = ["ChosenId", "Context", "Family", "Head", "IdRule", "Prepare", "RandomId", "as_given", "head_of", "named"]


@dataclass(frozen=True, slots=True)
class Context:
    """Where a call happens: node, project, who calls."""

    world: "World"
    project: Project
    caller: Caller


Prepare: TypeAlias = Callable[[Context, JsonObject], JsonObject]
"""From a body of POST to the first document (before the shape fills it), or a refusal."""
Save: TypeAlias = Callable[[Context, JsonObject, JsonObject], JsonObject]
"""From the stored document and the body of a PUT to what is stored (before the shape fills it), or a refusal."""
Show: TypeAlias = Callable[[Context, str, JsonObject], JsonObject]
"""From id and document to what a GET shows, for what lies beside the file (code, status)."""
Follow: TypeAlias = Callable[[Context, str], None]
"""What else goes with an object of this id that was deleted."""
Head: TypeAlias = Callable[[JsonObject], JsonObject]
"""From the full object to its list item."""
IdRule: TypeAlias = "Callable[[Context, Family, JsonObject], str]"
"""The id of a new object, from the body of POST."""


def as_given(_context: Context, body: JsonObject) -> JsonObject:
    """Take the body of POST as it is."""
    return body


def named(_context: Context, body: JsonObject) -> JsonObject:
    """Take the body of POST as it is, if it has a name [inferred: every creation call of the client sends one]."""
    if not isinstance(body.get("name"), str) or not body["name"].strip():
        raise illegal_argument("Missing mandatory argument: name")
    return body


def _full_replacement(_context: Context, _stored: JsonObject, body: JsonObject) -> JsonObject:
    return body


def _any(_document: JsonObject) -> bool:
    return True


def _as_stored(_context: Context, _object_id: str, document: JsonObject) -> JsonObject:
    return document


def _nothing_more(_context: Context, _object_id: str) -> None:
    return None


def head_of(*keys: str) -> Head:
    """Return a list item of these keys beside ``projectKey`` and ``id``, those that the object has."""

    def head(document: JsonObject) -> JsonObject:
        return {key: document[key] for key in ("projectKey", "id", *keys) if key in document}

    return head


@dataclass(frozen=True, slots=True)
class RandomId:
    """The server draws an id of ``length`` characters ``[A-Za-z0-9]`` (object-shapes.md 2)."""

    length: int

    def __call__(self, context: Context, family: "Family", body: JsonObject) -> str:
        """Draw an id that no object of the family has."""
        del body
        return context.world.ids.draw(self.length, taken=context.project.family(family.folder, family.tag_kind))


@dataclass(frozen=True, slots=True)
class ChosenId:
    """The caller chooses the id, which is the name (API services, streaming endpoints)."""

    key: str = "id"

    def __call__(self, context: Context, family: "Family", body: JsonObject) -> str:
        """Return the id in the body if it is well formed and free."""
        taken = context.project.family(family.folder, family.tag_kind)
        what = family.what[:1].upper() + family.what[1:]
        return check_new_name(what, body.get(self.key), taken, context.world.profile)


@dataclass(frozen=True, slots=True)
class Family:
    """One family of objects in a project.

    ``what`` stands in messages (``evaluation store does not exist: KEY.id``), ``segment`` is the path below the project,
    ``folder`` and ``tag_kind`` where the files and version tags are. ``shape`` is what the server's class keeps and fills in;
    an open shape keeps what it does not know. ``holds`` tells which documents of the folder belong to the family, where several
    share one (agents among saved models). ``fixed`` are the keys that a PUT does not change: type, owner of the id.
    Recipes that use a deleted object go with it or lose the reference, as the node's profile says; they always go with one of
    ``delete_drops_recipes`` [client doc].
    """

    what: str
    segment: str
    folder: str
    tag_kind: str
    shape: Shape
    new_id: IdRule = RandomId(8)
    prepare: Prepare = named
    save: Save = _full_replacement
    show: Show = _as_stored
    after_delete: Follow = _nothing_more
    head: Head | None = None
    holds: Callable[[JsonObject], bool] = _any
    noise: tuple[Noise, ...] = ()
    fixed: tuple[str, ...] = ()
    delete_drops_recipes: bool = False
    read: Right = Right.READ
    write: Right = Right.WRITE
    since: int = 0
