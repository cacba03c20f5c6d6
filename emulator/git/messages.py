"""What a commit is called: the words are those of 91,000 real commits. Source: object-shapes.md 15.1.

API and user interface can be told apart by them ("Updated ..." and "Saved ..."). What the source does not list is named in the same
manner, by what happened to the first file: ``Deleted webapp CRM.aB3dE5f`` [inferred].
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from emulator.effects.addresses import Address, address_of
from emulator.git.history import History
from emulator.projects.project import Project

__all__ = ["message_of"]


@dataclass(frozen=True, slots=True)
class _Row:
    """``call`` is a verb and a path below the project, with ``{id}`` or ``*`` for one segment and ``**`` for all.

    ``folder`` is where the object of ``{new}`` lies."""

    call: str
    text: str
    folder: str = ""

    def pattern(self) -> re.Pattern[str]:
        steps = re.escape(self.call).replace(r"\{id\}", "(?P<id>[^/]+)").replace(r"\*\*", ".+").replace(r"\*", "[^/]+")
        return re.compile(f"{steps}/?")


_OF_CALLS: Final = (
    _Row("POST /projects", "Created a new project: {name} ({key})"),
    _Row("POST /projects/import/*/process", "Imported project {key}"),
    _Row("control POST load", "Imported project {key}"),
    _Row("POST datasets/managed", "Created managed dataset: {key}.{new}", "datasets"),
    _Row("POST datasets", "Created dataset {key}.{new}", "datasets"),
    _Row("PUT datasets/{id}", "Updated dataset {key}.{id}"),
    _Row("PUT datasets/{id}/schema", 'Updated dataset "{key}.{id}" schema'),
    _Row("POST recipes", "Created {type} recipe: {key}.{new}", "recipes"),
    _Row("PUT recipes/{id}", "Updated recipe {key}.{id}"),
    _Row("POST scenarios", "Created scenario {key}.{new}", "scenarios"),
    _Row("PUT scenarios/{id}", "Updated scenario {key}.{id}"),
    _Row("DELETE scenarios/{id}", "Deleted scenario {key}.{id}"),
    _Row("POST managedfolders", "Created managed folder: {key}.{new}", "managed_folders"),
    _Row("PUT managedfolders/{id}", "Updated managed folder {key}.{id}"),
    _Row("POST flow/zones", "Created a new zone"),
    _Row("DELETE flow/zones/{id}", "Deleted flow zone {id}"),
    _Row("POST webapps", "Created web app {key}.{new}", "web_apps"),
    _Row("PUT settings", "Updated project settings for {key}"),
    _Row("PUT permissions", "Modified project permissions for {key}"),
    _Row("PUT variables", "Saved project variables for project {key}"),
    _Row("PUT tags", "Edited tags list"),
    _Row("POST git/lib-git-refs", "Git references update"),
    _Row("POST git/lib-git-refs/action/*", "Git references update"),
    _Row("POST git/actions/git-refs/*", "Git references update"),
    # From here on the words are inferred.
    _Row("PUT git/lib-git-refs/**", "Git references update"),
    _Row("DELETE git/lib-git-refs/**", "Git references update"),
    _Row("PUT metadata", "Updated project metadata for {key}"),
    _Row("PUT datasets/{id}/metadata", "Updated dataset {key}.{id}"),
    _Row("PUT recipes/{id}/metadata", "Updated recipe {key}.{id}"),
    _Row("PUT scenarios/{id}/*", "Updated scenario {key}.{id}"),
    _Row("DELETE datasets/{id}", "Deleted dataset {key}.{id}"),
    _Row("DELETE recipes/{id}", "Deleted recipe {key}.{id}"),
    _Row("DELETE managedfolders/{id}", "Deleted managed folder {key}.{id}"),
)
_PATTERNS: Final = tuple((row.pattern(), row) for row in _OF_CALLS)
_UI_SAVES: Final[Mapping[str, str]] = {
    "RECIPE": "Saved recipe {key}.{id}",
    "DATASET": "Saved dataset {key}.{id}",
    "SCENARIO": "Saved scenario {key}.{name} (id: {id})",
    "PROJECT": "Updated settings of project {key}",
    "TAGS": "Edited tags list",
}
_RENAMES: Final = re.compile(r"rename|POST actions/rename\w+/?")
_ONE_PER_PROJECT: Final = frozenset(
    ("PROJECT", "VARIABLES", "LOCAL_VARIABLES", "TAGS", "APP_MANIFEST", "API_KEYS", "WIKI", "LIBRARY")
)


def message_of(project: Project, history: History, via: str, names: Sequence[str]) -> str:
    """Return the message of what ``via`` (``PUT /projects/CRM/datasets/orders``, ``ui-save``) did to the files ``names``."""
    call = via.replace(f"/projects/{project.key}/", "", 1)
    if " " in call:
        for pattern, row in _PATTERNS:
            matched = pattern.fullmatch(call)
            if matched is not None:
                return row.text.format_map(_words(project, names, row.folder) | matched.groupdict())
    return _told_by_files(project, history, call, names)


def _told_by_files(project: Project, history: History, call: str, names: Sequence[str]) -> str:
    found = _address(project, names[0])
    match call:
        case "ui-save" | "edit":
            text = _UI_SAVES.get(found.kind, "Saved {words} {subject}")
        case "build" if found.kind == "DATASET":
            text = "Updated schema of {key}.{id} from recipe in project {key}"
        case "authorize":
            text = "Added 1 objects to reader authorizations"
        case _ if _RENAMES.fullmatch(call):
            text = _renamed(project, names)
        case _:
            text = ""
    if not text:
        verb = "Updated" if found.kind in _ONE_PER_PROJECT else _what_happened(project, history, names[0])
        text = verb + " {words} {subject}"
    subject = project.key if found.kind in _ONE_PER_PROJECT else f"{project.key}.{found.id}"
    words = found.kind.lower().replace("_", " ")
    name = str((project.disk.read_json(names[0]) or {}).get("name")) if "{name}" in text else ""
    return text.format(key=project.key, id=found.id, words=words, subject=subject, name=name)


def _words(project: Project, names: Sequence[str], folder: str) -> dict[str, str]:
    words = {"key": project.key, "name": str(project.params.get("name") or project.key)}
    if folder:
        new = next((name for name in names if PurePosixPath(name).match(f"{folder}/*.json")), names[0])
        words |= {"new": PurePosixPath(new).stem}
        if folder == "recipes":
            words |= {"type": str((project.disk.read_json(new) or {}).get("type"))}
    return words


def _renamed(project: Project, names: Sequence[str]) -> str:
    """Return the text for two files in one folder of which the first went and the other came; ``""`` if only a name inside changed."""
    folder = PurePosixPath(names[0]).parent
    new = [name for name in names[1:] if PurePosixPath(name).parent == folder and project.disk.has(name)]
    if project.disk.has(names[0]) or not new:
        return ""
    # the name goes through ``format`` once more
    return "Renamed {words} {subject} to " + PurePosixPath(new[0]).stem.replace("{", "{{").replace("}", "}}")


def _what_happened(project: Project, history: History, name: str) -> str:
    if not project.disk.has(name):
        return "Deleted"
    return "Updated" if history.is_tracked(name) else "Created"


def _address(project: Project, name: str) -> Address:
    found = address_of(PurePosixPath("config/projects", project.key, name))
    return Address(project.key, "FILE", name, "document") if found is None else found
