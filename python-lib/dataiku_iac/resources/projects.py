"""Projects: name, tags, owner, permissions, variables, settings (facts: api-projects-scenarios-deployer.md §3).

::

    project:
      key: CRM
      name: Customers
      tags: [gold]
      permissions: [{group: analysts, role: write}]
      variables: {standard: {country: FR}}
      code_env: {python: py311}
      settings: {gitCommitMode: ALL_EXPLICIT}

DSS splits a project over five calls, so its document has five parts. Every part is written whole: a partial body is
answered with 500 [seen]. Permissions, variables, exposures and tag colors are shared with people: only declared entries
are touched.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import ClassVar, Final

from dataiku_iac.core.address import Address
from dataiku_iac.core.canonical import Json, JsonObject, is_list, is_object
from dataiku_iac.core.errors import NotAllowed, ObjectMissing, Refused
from dataiku_iac.core.fields import FieldTable
from dataiku_iac.core.kind import Document, Kind, Live
from dataiku_iac.core.mentions import Mention
from dataiku_iac.core.problem import Problem, Severity
from dataiku_iac.core.resource import Reference, Relation
from dataiku_iac.core.roles import NodeApi, NodeReader
from dataiku_iac.resources.answers import api_path, object_answer, object_list
from dataiku_iac.resources.bundle_forms import BUNDLE_MENTIONS
from dataiku_iac.resources.named_objects import address_of, named_objects
from dataiku_iac.resources.project_defaults import PROJECT_MENTIONS, PROJECT_TABLE
from dataiku_iac.resources.project_lens import PARTS, expand_project, lean_project, shorten_project
from dataiku_iac.resources.project_places import FOLDER, PLACE, move_project, read_place
from dataiku_iac.resources.project_schema import PROJECT_SCHEMA

__all__ = ["ProjectKind"]

_PATHS: Final = {"variables": ("variables", "")}  # the others are called as their part

_KEY_WITHOUT_USER: Final = "api:"  # the login of a global API key [seen]


class ProjectKind(Kind):
    """A project. Its address has no name; ``name`` in its spec is the display name."""

    name: ClassVar[str] = "project"
    section: ClassVar[str] = "project"
    rank: ClassVar[int] = 0
    parts: ClassVar[tuple[str, ...]] = (*PARTS, FOLDER)
    asked_for: ClassVar[frozenset[str]] = frozenset({FOLDER})
    protects_data: ClassVar[bool] = True
    # Whether a save of local variables is a commit is [unknown]; where a project lies is none of its files.
    outside_git: ClassVar[frozenset[str]] = frozenset({"variables.local", "folder"})
    table: ClassVar[FieldTable] = PROJECT_TABLE
    mentions: ClassVar[tuple[Mention, ...]] = PROJECT_MENTIONS
    schema: ClassVar[JsonObject] = PROJECT_SCHEMA

    # --- the lens ---

    def expand(self, spec: JsonObject, address: Address) -> Document:
        """See ``Kind``."""
        return expand_project(spec)

    def shorten(self, document: Document, address: Address) -> JsonObject:
        """See ``Kind``."""
        return shorten_project(document)

    def references(self, spec: JsonObject, address: Address) -> Sequence[Reference]:
        """See ``Kind``: what it exposes, shows to readers and puts into bundles."""
        return tuple(_references(self.expand(spec, address), address.project))

    def stripped(self, document: Document) -> Document:
        """See ``Kind``. Names of code environments that do not count, and the first list of things to do, are noise."""
        return lean_project(super().stripped(document))

    def fingerprint(self, document: Document) -> str:
        """See ``Kind``: of what is left of it."""
        return super().fingerprint(self.stripped(document))

    def check(self, spec: JsonObject, address: Address) -> Sequence[Problem]:
        """See ``Kind``: nobody may stand twice in ``permissions``."""
        entries = spec.get("permissions")
        seen: set[str] = set()
        problems = []
        for entry in entries if is_list(entries) else ():
            subject = _subject(entry)
            if subject in seen:
                problems.append(
                    Problem(
                        Severity.ERROR,
                        "duplicate-permission",
                        "a group or user stands twice in permissions",
                        subject,
                        address=str(address),
                        suggestion="keep one entry; it lists all rights",
                    )
                )
            seen.add(subject)
        return problems

    # --- calls ---

    def list(self, api: NodeReader, project: str) -> Sequence[Live]:
        """See ``Kind``: the project itself, or nothing if the node's list of projects lacks it."""
        live = self.read(api, project, project, frozenset(PARTS))
        return () if live is None else (live,)

    def read(self, api: NodeReader, project: str, live_id: str, parts: frozenset[str]) -> Live | None:
        """See ``Kind``. A missing project and one the key may not read are both a 401 [seen]: the list tells them apart."""
        if FOLDER in parts:
            return self._with_place(
                api,
                project,
                self.read(api, project, live_id, parts - {FOLDER}) if parts != {FOLDER} else Live(project, project, {}),
            )
        wanted = [part for part in PARTS if part in parts]
        try:
            answers = api.get_many([_path(project, part) for part in wanted])
        except (NotAllowed, ObjectMissing) as error:
            listed = object_list(api.get(api_path("projects", "")), "list of projects")
            if not any(summary.get("projectKey") == project for summary in listed):
                return None
            if isinstance(error, ObjectMissing):
                raise
            return _read_visible(api, project, wanted, error)
        return _live(project, dict(zip(wanted, answers, strict=True)))

    @staticmethod
    def _with_place(api: NodeReader, project: str, live: Live | None) -> Live | None:
        """Return ``live`` with the folder it lies in, or with that hidden if the key may not see it."""
        if live is None:
            return None
        try:
            return replace(live, document={**live.document, **read_place(api, project)})
        except (NotAllowed, ObjectMissing):
            return replace(live, hidden=(*live.hidden, FOLDER))

    def for_creation(self, document: Document, address: Address, *, login: str) -> Document:
        """See ``Kind``: DSS demands an owner [seen]; who creates a project owns it, unless the files say otherwise."""
        permissions = _part(document, "permissions")
        if permissions.get("owner"):
            return document
        if not login or login.startswith(_KEY_WITHOUT_USER):
            raise Refused(
                "a new project needs an owner, and the API key belongs to no user",
                where=str(address),
                next_step="declare `owner: <login>` under project; the login must exist on the node",
            )
        return {**document, "permissions": {**permissions, "owner": login}}

    def create(self, api: NodeApi, project: str, name: str, document: Document) -> str:
        """See ``Kind``. The tags go along, so that a project of ours is known by its mark even if the answer is lost.

        Raises:
            Refused: nobody is named as owner, which DSS demands [seen].
        """
        metadata, permissions = _part(document, "metadata"), _part(document, "permissions")
        if not permissions.get("owner"):
            raise Refused(
                "a project needs an owner",
                where=f"project.{project}",
                next_step="declare `owner: <login>`; the login must exist on the node",
            )
        body: dict[str, Json] = {
            "projectKey": project,
            "name": metadata.get("label") or project,
            "owner": permissions["owner"],
            "description": metadata.get("description"),
            "permissions": [],
            "tags": metadata.get("tags", []),
        }
        api.post(api_path("projects", ""), body)
        return project

    def write(self, api: NodeApi, project: str, live_id: str, part: str, document: Document) -> None:
        """See ``Kind``."""
        if part == FOLDER:
            move_project(api, project, str(document.get(FOLDER) or ""), document.get(PLACE))
            return
        body = _part(document, part)
        if part == "variables":
            body = {"standard": {}, "local": {}, **body}  # both are demanded [client]
        api.put(_path(project, part), body)

    def delete(self, api: NodeApi, project: str, live_id: str, *, drop_data: bool) -> None:
        """See ``Kind``. Without ``drop_data`` managed datasets, folders, knowledge banks and logs keep what they hold."""
        clear = "true" if drop_data else "false"
        names = ("ManagedDatasets", "OutputManagedFolders", "JobAndScenarioLogs", "ManagedKnowledgeBanks")
        api.delete(api_path("projects", project), params={**{f"clear{name}": clear for name in names}, "wait": "true"})


def _read_visible(api: NodeReader, project: str, wanted: Sequence[str], error: NotAllowed) -> Live:
    """Read the parts that the key may read: permissions are not for everybody who may write the project [doc].

    Raises:
        NotAllowed: nothing of it may be read, or not the metadata, which say whose the project is.
    """
    answers: dict[str, Json] = {}
    for part in wanted:
        try:
            answers[part] = api.get(_path(project, part))
        except NotAllowed:
            continue
    if not answers or ("metadata" in wanted and "metadata" not in answers):
        raise error
    return _live(project, answers, hidden=tuple(part for part in wanted if part not in answers))


def _live(project: str, answers: Mapping[str, Json], *, hidden: tuple[str, ...] = ()) -> Live:
    document = {part: object_answer(answer, f"{part} of {project}") for part, answer in answers.items()}
    # No version: saving the variables does not touch the tag of the settings, as they are another file [inferred].
    return Live(project, project, document, complete=len(answers) + len(hidden) == len(PARTS), hidden=hidden)


def _path(project: str, part: str) -> str:
    return api_path("projects", project, *_PATHS.get(part, (part,)))


def _part(document: Document, part: str) -> JsonObject:
    value = document.get(part)
    return value if is_object(value) else {}


def _references(document: Document, project: str) -> Iterator[Reference]:
    exposed = _part(_part(document, "settings"), "exposedObjects").get("objects")
    for entry in exposed if is_list(exposed) else ():
        if is_object(entry):
            yield from _reference(entry.get("type"), entry.get("localName"), project, "exposed")
    readable = _part(_part(document, "permissions"), "dashboardAuthorizations").get("authorizations")
    for entry in readable if is_list(readable) else ():
        ref = entry.get("objectRef") if is_object(entry) else None
        if is_object(ref):
            yield from _reference(ref.get("objectType"), ref.get("objectId"), project, "dashboard_authorizations")
    for _, to in named_objects(document, BUNDLE_MENTIONS, project):
        yield Reference(to, Relation.MENTIONS, "bundle")


def _reference(kind: Json, name: Json, project: str, path: str) -> Iterator[Reference]:
    to = address_of("dataset" if kind == "DATASET" else "object", str(name or ""), project)
    if to is not None:
        yield Reference(to, Relation.MENTIONS, path)


def _subject(entry: Json) -> str:
    if not is_object(entry):
        return str(entry)
    return f"group {entry['group']}" if "group" in entry else f"user {entry.get('user')}"
