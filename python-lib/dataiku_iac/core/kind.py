"""What every kind of DSS object offers to the engine, which knows no kind by name.

A kind is a lens between two forms:

* the **Document**: what DSS stores, made of *parts*, each written by one API call, for example
  ``{"definition": {…the dataset object…}, "zone": "raw"}``;
* the **spec**: what a human writes in YAML.

``expand`` turns a spec into a partial document and ``shorten`` turns a stripped document into a spec; the field table
says the rest (``core.lens``). In documents outside ``list``, ``read``, ``create`` and ``write``, ids which the server
chose are replaced by names (*portable* form, see ``mentions`` and ``engine/translate.py``).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar, Final, Literal, TypeAlias

from dataiku_iac.core.address import Address
from dataiku_iac.core.canonical import Json, JsonObject, digest
from dataiku_iac.core.fields import FieldTable, Rules
from dataiku_iac.core.lens import comparable, overlay, strip, subtract
from dataiku_iac.core.mentions import Mention
from dataiku_iac.core.nouns import Nouns
from dataiku_iac.core.problem import Problem
from dataiku_iac.core.resource import Reference
from dataiku_iac.core.roles import NodeApi, NodeReader

__all__ = ["COMPUTABLE", "OBJECT", "Document", "FileField", "Kind", "Live", "Registry", "Verb"]

Document: TypeAlias = Mapping[str, "Json"]
Verb: TypeAlias = Literal["create", "update", "delete"]


COMPUTABLE: Final = "computable"
"""Sort of mention: whatever recipes read or write; a dataset by its name, others by their ids."""
OBJECT: Final = "object"
"""Sort of mention: any object of the project; datasets, recipes and scenarios by name, others by their ids."""


@dataclass(frozen=True, slots=True)
class Live:
    """One object as a node has it.

    Attributes:
        name: the name in its address; unique per kind and project (duplicates of server-chosen ids carry their id).
        id: what API paths need: the name itself, or the id which the server chose.
        document: all parts if ``complete``, else only what the list call gave.
        version: changes whenever the object was saved, e.g. ``"7@1712345678901"``; empty if the node gives none.
        hidden: parts that the API key may not read, which therefore are not in ``document``.
        complete: False if ``document`` came from a list that holds heads only: ``Kind.read`` gives the rest.
    """

    name: str
    id: str
    document: Document
    version: str = ""
    complete: bool = True
    hidden: tuple[str, ...] = ()

    @property
    def stamp(self) -> str:
        """Return what the state records as version: equal stamps mean that nobody saved or moved the object since.

        Moving an object to another zone does not change its version tag, so the zone is part of the stamp.
        """
        zone = self.document.get("zone")
        return f"{self.version} in {zone}" if self.version and isinstance(zone, str) else self.version


@dataclass(frozen=True, slots=True)
class FileField:
    """A text of the spec that people keep in a file: ``code`` is written as ``code_file: recipes/prep.py``.

    Attributes:
        key: spec key of the text, e.g. ``code``.
        file_key: spec key of the path in YAML, e.g. ``code_file``.
        folder: where import puts such files, e.g. ``recipes``.
        is_json: the file holds JSON, and the spec the value that it means: a notebook, the definition of a chart.
    """

    key: str
    file_key: str
    folder: str
    is_json: bool = False


class Kind(ABC):
    """One kind of DSS object. Stateless; one instance per registry."""

    name: ClassVar[str]
    """``dataset``; first word of its addresses."""
    section: ClassVar[str]
    """``datasets``; the key in YAML."""
    rank: ClassVar[int]
    """Order in plans and of creation among kinds: project 0, zone 10, folder 20, library 25, dataset 30, recipe 40, scenario 50, wiki 60."""
    parts: ClassVar[tuple[str, ...]]
    """Parts of the document in the order in which they are written."""
    table: ClassVar[FieldTable]
    """Field rules; the first segment of each path is the part."""
    mentions: ClassVar[tuple[Mention, ...]] = ()
    files: ClassVar[tuple[FileField, ...]] = ()
    schema: ClassVar[JsonObject]
    """JSON Schema (2020-12) of one entry of ``section`` including ``name``; ``additionalProperties: false`` unless DSS's own keys pass."""
    chosen_by_server: ClassVar[bool] = False
    """True if the server chooses the id and names are not unique (zone, folder): created under a temporary unique name."""
    keeps_its_name: ClassVar[bool] = False
    """True if the API renames no such object (code studio): it is created under its name at once. Only if ``chosen_by_server``."""
    prefix: ClassVar[str] = ""
    """What stands before its name where a document of another object holds its id, e.g. ``folder:``.

    Kinds without one are named only at places where nothing else can stand (zone, wiki), or by their own name (dataset).
    """
    is_computable: ClassVar[bool] = False
    """True if recipes read or write it and name it by its id (folder, saved model): the sort ``computable`` may mean it."""
    is_brief: ClassVar[bool] = False
    """True if entries are a few lines, so that import writes all of a project into one file (zones)."""
    listed: ClassVar[frozenset[str]] = frozenset()
    """Parts that ``list`` gives whole even of an object that is a head (zone): to complete it, ``read`` is asked for the others."""
    asked_for: ClassVar[frozenset[str]] = frozenset()
    """Parts that cost calls of their own: read only of what speaks of them, in the files or as last applied, and by import."""
    falls_with: ClassVar[frozenset[str]] = frozenset()
    """Kinds whose deletion makes DSS delete objects of this kind that refer to them (recipe: dataset, folder)."""
    may_be_missing: ClassVar[bool] = False
    """True if some versions and editions of DSS have no such objects: a list that is refused then stops only who declares one."""
    listed_one_by_one: ClassVar[bool] = False
    """True if its list costs a call per dataset (worksheet): a survey leaves it out where nothing of it is declared."""
    one_at_a_time: ClassVar[bool] = False
    """True if writing one object of a project rewrites a document that all of them share (wiki: the taxonomy)."""
    protects_data: ClassVar[bool] = False
    """True if deleting such an object can lose data (dataset, folder)."""
    outside_git: ClassVar[frozenset[str]] = frozenset()
    """Parts of documents, or ``part.key``, that are not known to be kept in the project's git; ``*`` = nothing of them is."""

    nouns: ClassVar[Nouns] = {}
    """What its spec keys hold, where that is not what ``core.nouns`` says: the words of a plan."""
    limits: ClassVar[Mapping[Verb, str]] = {}
    """What DSS's API can do to no object of this kind, and what to do instead: ``{"delete": "delete it in DSS"}``."""

    @property
    def is_translated(self) -> bool:
        """True if documents name it otherwise than the node does: by a name for an id, or with a prefix."""
        return self.chosen_by_server or bool(self.prefix)

    @cached_property
    def rules(self) -> Rules:
        """The compiled field table."""
        return Rules(self.table)

    def rules_for(self, document: Document) -> Rules:
        """Return the rules of this document; a kind whose objects have types with defaults of their own overrides it."""
        return self.rules

    # --- pure: the lens ---

    @abstractmethod
    def expand(self, spec: JsonObject, address: Address) -> Document:
        """Return the partial document that ``spec`` declares, e.g. ``{"definition": {"params": {"table": "t"}}}``.

        Accepts every friendly form and alias the schema accepts. Never adds what the spec does not say, except what
        the address says (name, projectKey where DSS wants it).
        """

    @abstractmethod
    def shorten(self, document: Document, address: Address) -> JsonObject:
        """Return the spec of a stripped, portable document, in normal form.

        ``expand(shorten(d)) == d`` for every stripped document d; what the short form cannot say stands under DSS's names.
        """

    def references(self, spec: JsonObject, address: Address) -> Sequence[Reference]:
        """Return the objects that ``spec`` names and that a configuration could declare."""
        return ()

    def check(self, spec: JsonObject, address: Address) -> Sequence[Problem]:
        """Return findings that the schema cannot say (roles of a recipe type, code and payload both, …); places are added by the caller."""
        return ()

    def for_creation(self, document: Document, address: Address, *, login: str) -> Document:
        """Return ``document`` with what DSS demands of a creation and nobody has to declare (a project's owner: ``login``).

        Raises:
            Refused: it cannot be filled in; the text says what to declare.
        """
        return document

    def display_name(self, spec: JsonObject, address: Address) -> str:
        """Return what people see as the name of an object whose id the server chooses: its address's, or its ``label``."""
        label = spec.get("label")
        return label if isinstance(label, str) and label else address.name

    def out_of_reach(self, verb: Verb, document: Document, address: Address) -> str:
        """Say why DSS's API cannot do ``verb`` to this object, or return "" if it can.

        ``document`` is what is wanted (create, update) or what is live (delete), portable. For example webapps: ``delete``
        -> ``"the public API deletes no webapp; delete it in DSS"``. The plan lists what is out of reach as to be done by
        hand, and apply never tries it. A kind of which only some objects are out of reach overrides this.
        """
        return self.limits.get(verb, "")

    def comes_with_project(self, address: Address) -> bool:
        """Tell whether DSS makes this object together with its project (the default zone): to create it is to write it."""
        return False

    def is_unremarkable(self, document: Document, address: Address) -> bool:
        """Tell whether an object that every project has says nothing of its own: import leaves it out."""
        return False

    def file_extension(self, spec: JsonObject, field: FileField) -> str:
        """Return the extension import gives the file of ``field``, e.g. ``.py``."""
        return ".json" if field.is_json else ".txt"

    def declare(self, document: Document, address: Address) -> JsonObject:
        """Return what a human would have written for ``document``: server-owned fields and defaults are left out."""
        return self.shorten(self.stripped(document), address)

    def normal(self, spec: JsonObject, address: Address) -> JsonObject:
        """Return ``spec`` in normal form: aliases resolved, short forms unified. Explicit defaults stay."""
        return self.shorten(self.expand(spec, address), address)

    def stripped(self, document: Document) -> Document:
        """Return ``document`` without hidden fields and defaults."""
        result = strip(document, self.rules_for(document).root)
        return result if isinstance(result, Mapping) else {}

    def parts_to_read(self, address: Address, *specs: JsonObject | None) -> frozenset[str]:
        """Return the parts that count for an object with these specs: all but those of ``asked_for`` that none speaks of."""
        spoken = {part for spec in specs if spec is not None for part in self.expand(spec, address)}
        return frozenset(self.parts) - (self.asked_for - spoken)

    def put(
        self,
        document: Document,
        spec: JsonObject,
        address: Address,
        *,
        before: JsonObject | None = None,
        written: bool = False,
    ) -> Document:
        """Lay ``spec`` over ``document``; fields that ``before`` (the spec last applied) had and ``spec`` has not go back to default.

        ``written``: the document was read after a write of just that; see ``core.lens.subtract``.
        """
        partial = self.expand(spec, address)
        rules = self.rules_for({**document, **partial}).root
        base: Json = document
        if before is not None:
            base = subtract(document, self.expand(before, address), partial, rules, written=written)
        result = overlay(base, partial, rules)
        return result if isinstance(result, Mapping) else {}

    def fingerprint(self, document: Document) -> str:
        """Return the digest of everything that counts in a portable document."""
        return digest(comparable(document, self.rules_for(document).root))

    # --- calls: each writing method is exactly one API call ---

    @abstractmethod
    def list(self, api: NodeReader, project: str) -> Sequence[Live]:
        """Return all objects of this kind in ``project`` with as few calls as can be; absence from it is proof of absence."""

    @abstractmethod
    def read(self, api: NodeReader, project: str, live_id: str, parts: frozenset[str]) -> Live | None:
        """Return the object with at least ``parts`` of its document, or ``None`` if it is affirmatively absent."""

    def look_for(self, api: NodeReader, project: str, live_id: str, parts: frozenset[str]) -> Live | None:
        """Return the same as ``read`` for an object that is probably absent: where proof of absence costs a call of its own, it comes first."""
        return self.read(api, project, live_id, parts)

    def read_back(self, api: NodeReader, project: str, live_id: str, part: str, document: Document) -> Live | None:
        """Return the object with at least ``part`` of its document, after that part was written as in the native ``document``.

        A kind may know a shorter way than ``read`` to see that the part is there. ``Live.version`` is empty where that way
        does not show it.
        """
        return self.read(api, project, live_id, frozenset({part}))

    @abstractmethod
    def create(self, api: NodeApi, project: str, name: str, document: Document) -> str:
        """Create the object under ``name`` from the native (not portable) ``document`` and return its id."""

    @abstractmethod
    def write(self, api: NodeApi, project: str, live_id: str, part: str, document: Document) -> None:
        """Write ``part`` of the whole native ``document``."""

    @abstractmethod
    def delete(self, api: NodeApi, project: str, live_id: str, *, drop_data: bool) -> None:
        """Delete the definition, and the data only with ``drop_data``."""


class Registry:
    """All kinds, by name and by section; refuses duplicates."""

    def __init__(self, kinds: Sequence[Kind]) -> None:
        self._by_name = {kind.name: kind for kind in kinds}
        self._by_section = {kind.section: kind for kind in kinds}
        if len(self._by_name) != len(kinds) or len(self._by_section) != len(kinds):
            raise ValueError("two kinds share a name or a section")
        chosen = [kind for kind in kinds if kind.is_translated]
        prefixed = [kind for kind in chosen if kind.prefix]
        if len({kind.prefix for kind in prefixed}) != len(prefixed):
            raise ValueError("two kinds share a prefix")
        self._meant: dict[str, Sequence[Kind]] = {kind.name: (kind,) for kind in chosen}
        self._meant[COMPUTABLE] = [kind for kind in prefixed if kind.is_computable]
        self._meant[OBJECT] = prefixed
        self._translated = {
            kind.name: tuple(mention for mention in kind.mentions if self._meant.get(mention.sort)) for kind in kinds
        }

    def __iter__(self) -> Iterator[Kind]:
        return iter(self.kinds)

    @property
    def kinds(self) -> Sequence[Kind]:
        """All kinds by rank."""
        return sorted(self._by_name.values(), key=lambda kind: kind.rank)

    def __getitem__(self, name: str) -> Kind:
        return self._by_name[name]

    def __contains__(self, name: str) -> bool:
        return name in self._by_name

    def meant_by(self, sort: str) -> Sequence[Kind]:
        """Return the kinds with ids chosen by the server that a mention of ``sort`` may mean; see ``core.mentions``.

        >>> [kind.name for kind in KINDS.meant_by("zone")], [kind.name for kind in KINDS.meant_by("connection")]
        (['zone'], [])
        """
        return self._meant.get(sort, ())

    def translated_mentions(self, name: str) -> Sequence[Mention]:
        """Return the places where a document of the kind ``name`` may hold ids chosen by the server."""
        return self._translated.get(name, ())

    def of_section(self, section: str) -> Kind | None:
        """Return the kind whose entries stand under ``section``, or ``None``."""
        return self._by_section.get(section)
