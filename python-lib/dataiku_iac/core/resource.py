"""What is declared: resources with their places in the user's files, and the whole configuration."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from dataiku_iac.core.address import Address
from dataiku_iac.core.canonical import Json, JsonObject, digest
from dataiku_iac.core.problem import Place, Problem

__all__ = ["Configuration", "Lifecycle", "Moved", "OnDelete", "Reference", "Relation", "Resource"]


class OnDelete(StrEnum):
    """What happens to the data when the definition goes; definitions only, unless told otherwise."""

    KEEP_DATA = "keep_data"
    DROP_DATA = "drop_data"
    FORGET = "forget"


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """``lifecycle:`` of an entry. ``ignore`` holds spec paths such as ``params.path`` that are not compared.

    ``enforce`` holds spec keys, such as ``schema`` of a recipe's output, that are binding although builds write them too.
    ``depends_on`` is remembered with it: what comes after another is also deleted before it.
    """

    protect: bool = False
    ignore: tuple[str, ...] = ()
    on_delete: OnDelete = OnDelete.KEEP_DATA
    depends_on: tuple[Address, ...] = ()
    enforce: tuple[str, ...] = ()

    def to_json(self) -> JsonObject:
        """Return the stored form; the order of ``depends_on`` means nothing."""
        stored: dict[str, Json] = {
            "protect": self.protect,
            "ignore": list(self.ignore),
            "on_delete": self.on_delete.value,
        }
        if self.depends_on:
            stored["depends_on"] = sorted(map(str, self.depends_on))
        if self.enforce:
            stored["enforce"] = list(self.enforce)
        return stored


class Relation(StrEnum):
    """Why one object names another. All but ``MENTIONS`` mean that the other must exist first."""

    NEEDS = "needs"
    READS = "reads"  # a recipe reads a dataset
    MENTIONS = (
        "mentions"  # a scenario runs another: it can be saved before the other exists, and two may call each other
    )
    SHOWS = "shows"  # an insight shows a dataset: made after it, and kept by DSS when it is gone
    WRITES = "writes"  # a recipe writes a dataset: it must exist before the recipe, but comes after it in the flow


@dataclass(frozen=True, slots=True)
class Reference:
    """``path`` is where in the spec, e.g. ``inputs.main[0]``; ``to`` is what it names."""

    to: Address
    relation: Relation
    path: str


@dataclass(frozen=True, slots=True)
class Resource:
    """One declared object.

    Attributes:
        spec: its friendly form in normal form, with variables resolved and files read, e.g.
            ``{"type": "python", "inputs": ["RAW"], "outputs": ["CLEAN"], "code": "import dataiku…"}``; the name is in the address.
        place: where the entry begins.
        places: spec path (``params.table``) to its place; not every path is present, take the nearest parent.
        origins: spec path to what made its value of what stands in the file: a variable, a line of ``remap``.
    """

    address: Address
    spec: JsonObject
    place: Place
    places: Mapping[str, Place] = field(default_factory=dict)
    lifecycle: Lifecycle = Lifecycle()
    depends_on: tuple[Address, ...] = ()
    origins: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def place_of(self, path: str) -> Place:
        """Return the place of ``path`` or of its nearest parent that is known."""
        while path:
            if path in self.places:
                return self.places[path]
            path = path[: max(path.rfind("."), path.rfind("["), 0)]
        return self.place


@dataclass(frozen=True, slots=True)
class Moved:
    """One line of ``moved``: what was declared as ``before`` is declared as ``after`` now, and is the same object."""

    before: Address
    after: Address
    place: Place


@dataclass(frozen=True, slots=True)
class Configuration:
    """All that is declared for one stack and environment.

    Attributes:
        moved: which addresses changed.
        forget: addresses that are to leave the state without being deleted on the node.
        warnings: findings that did not stop the load.
        variables: name to value as resolved; never a secret.
    """

    stack: str
    environment: str
    resources: Mapping[Address, Resource]
    forget: tuple[Address, ...] = ()
    warnings: tuple[Problem, ...] = ()
    moved: tuple[Moved, ...] = ()

    @property
    def projects(self) -> tuple[str, ...]:
        """The keys of all projects that something is declared in, sorted."""
        return tuple(sorted({address.project for address in self.resources if address.project}))

    @property
    def digest(self) -> str:
        """Digest of everything that decides the plan; comments and order in files do not count."""
        entries: dict[str, Json] = {
            str(address): {
                "spec": resource.spec,
                **replace(resource.lifecycle, depends_on=resource.depends_on).to_json(),
            }
            for address, resource in self.resources.items()
        }
        forget: list[Json] = [str(address) for address in self.forget]
        whole: dict[str, Json] = {"stack": self.stack, "environment": self.environment, "resources": entries}
        moved: list[Json] = [{"from": str(move.before), "to": str(move.after)} for move in self.moved]
        return digest({**whole, **({"forget": forget} if forget else {}), **({"moved": moved} if moved else {})})
