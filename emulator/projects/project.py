"""One project: its directory in DSS's own layout, and the families of objects in it."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final, TypeVar

from emulator.clock import Clock
from emulator.disk import Disk
from emulator.json_text import JsonObject
from emulator.projects.documents import Documents, Tags

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Project"]

State = TypeVar("State")
PARAMS: Final = "params.json"
TAG_DEFINITIONS: Final = "tags.json"


class Project:
    """Everything the node knows of one project.

    ``params`` is the stored ``params.json``; ``disk`` its directory, which also holds files of kinds that are not served.
    """

    def __init__(self, key: str, disk: Disk, clock: Clock) -> None:
        self.key = key
        self.disk = disk
        self.tags = Tags(disk, clock)
        self.params: JsonObject = disk.read_json(PARAMS) or {}
        if isinstance(self.params.get("versionTag"), dict):
            self.tags.adopt(self.tag_key, self.params["versionTag"])
        self._known_tags = set(self.tag_definitions())
        self._families: dict[str, Documents] = {}
        self._states: dict[type, object] = {}

    @property
    def tag_key(self) -> str:
        """Key of the project's own version tag."""
        return f"PROJECT.{self.key}"

    def family(self, folder: str, kind: str | None) -> Documents:
        """Return the objects in ``folder`` (e.g. ``datasets``, ``DATASET``), read once."""
        if folder not in self._families:
            self._families[folder] = Documents(self.disk, self.tags, folder, kind, note_tags=self.note_tags)
        return self._families[folder]

    def state_of(self, make: "Callable[[Project], State]") -> State:
        """Return the project's one instance of ``make`` (an area's store), made at first use."""
        key: object = make
        if key not in self._states:
            self._states[key] = make(self)  # type: ignore[index]  # a callable is hashable, which object does not say
        return self._states[key]  # type: ignore[index,return-value]  # by construction the instance that this callable made

    def tag_definitions(self) -> JsonObject:
        """Return the registry of tags, e.g. ``{"urgent": {"color": "#ff0000"}}``."""
        return (self.disk.read_json(TAG_DEFINITIONS) or {}).get("tags") or {}

    def save_tag_definitions(self, definitions: JsonObject) -> None:
        """Replace the registry of tags."""
        self.disk.write_json(TAG_DEFINITIONS, {"tags": definitions})
        self._known_tags = set(definitions)

    def note_tags(self, names: Iterable[str]) -> None:
        """Tagging an object with an unknown tag defines the tag [seen]."""
        new = [name for name in names if name not in self._known_tags]
        if new:
            self.save_tag_definitions({**self.tag_definitions(), **{name: {} for name in new}})

    def save_params(self, params: JsonObject, identity: str, *, steps_tag: bool = True) -> None:
        """Replace ``params.json`` and step the project's version tag."""
        stored = {name: value for name, value in params.items() if name not in ("projectKey", "versionTag")}
        self.note_tags(stored.get("tags") or ())
        self.disk.write_json(PARAMS, stored)
        self.params = stored
        if steps_tag:
            self.tags.bump(self.tag_key, identity)
        else:
            self.tags.keep()
