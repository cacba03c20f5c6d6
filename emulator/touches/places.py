"""Where the document and the payload of an object lie, and storing them as DSS does: the tag steps with every save."""

import json
from typing import TYPE_CHECKING, Final

from emulator.errors import illegal_argument
from emulator.json_text import JsonObject
from emulator.noise import Touched
from emulator.projects.documents import Documents
from emulator.projects.project import Project
from emulator.touches.registry import all_touched

if TYPE_CHECKING:
    from emulator.world import World

__all__ = ["Place", "kind_of", "objects_of"]

_BY_ID: Final = "{id}"
_PARAMS: Final = "params.json"


def kind_of(name: object) -> Touched:
    """Return the row of a kind; raises with the known ones."""
    known = all_touched()
    if name not in known:
        raise illegal_argument(f"unknown kind {name!r}; known are {', '.join(known)}")
    return known[str(name)]


class Place:
    """One object of one project."""

    def __init__(self, world: "World", project: Project, kind: Touched, object_id: str) -> None:
        self.kind = kind
        self.id = object_id
        self.project = project
        self._world = world
        if self.read() is None:
            raise illegal_argument(f"no {kind.kind} {object_id} in project {project.key}")

    def read(self) -> JsonObject | None:
        """Return the stored document (not to be changed), or ``None``."""
        if self.kind.file == _PARAMS:
            return self.project.params
        family = self.family
        if family is not None:
            return family.get(self.id)
        found = self.project.disk.read_json(self._file)
        return found if isinstance(found, dict) else None

    def write(self, document: JsonObject, login: str) -> None:
        """Store the document and step the tag, if the kind has one."""
        family = self.family
        if self.kind.file == _PARAMS:
            self.project.save_params(document, login)
        elif family is not None:
            family.save(self.id, document, login)
        else:
            self.project.disk.write_json(self._file, document)
            if self.kind.tag_kind is not None:
                self.project.tags.bump(f"{self.kind.tag_kind}.{self.id}", login)

    def version(self) -> int | None:
        """Return the number of the version tag, ``None`` for kinds without."""
        if self.kind.tag_kind is None:
            return None
        tag = self.project.tags.get(f"{self.kind.tag_kind}.{self.id}")
        return None if tag is None else int(tag.get("versionNumber", 0))

    def read_payload(self) -> bytes | None:
        """Return the payload, ``None`` if there is no such file."""
        file = self._payload_file
        return None if file is None else self.project.disk.read(file)

    def payload_object(self) -> JsonObject | None:
        """Return the payload if it is a JSON object."""
        raw = self.read_payload()
        try:
            found = json.loads(raw or b"null")
        except ValueError:
            return None
        return found if isinstance(found, dict) else None

    def write_payload(self, payload: bytes) -> None:
        """Replace the payload; the tag is the document's."""
        file = self._payload_file
        if file is None:
            raise illegal_argument(f"{self.kind.kind} has no payload")
        self.project.disk.write(file, payload)

    @property
    def _file(self) -> str:
        return self.kind.file.replace(_BY_ID, self.id)

    @property
    def _payload_file(self) -> str | None:
        return None if self.kind.payload is None else self.kind.payload.file(self.id, self.read() or {})

    @property
    def family(self) -> Documents | None:
        """The family of the object, ``None`` for kinds with one file per project or a directory per object."""
        folder, _, rest = self.kind.file.partition(f"/{_BY_ID}")
        return self.project.family(folder, self.kind.tag_kind) if rest == ".json" else None


def objects_of(world: "World", project: Project) -> list[Place]:
    """Return every object of a project that can be touched, by kind and id."""
    found = []
    for kind in all_touched().values():
        folder, has_id, rest = kind.file.partition(f"/{_BY_ID}")
        if not has_id:
            ids = [project.key] if project.disk.has(kind.file) else []
        else:
            root = project.disk.path(folder)
            names = [path.relative_to(root).as_posix() for path in root.glob(f"{kind.ids}{rest}")]
            ids = sorted(name.removesuffix(rest) for name in names)
        found += [Place(world, project, kind, object_id) for object_id in ids]
    return found
