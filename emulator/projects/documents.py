"""Families of objects in a project: one JSON file each, named by its id, version tags kept apart.

Since DSS 12.4 files hold neither identity nor ``versionTag`` [seen]; older files that do are read as they are and lose the
tag at their next save. Source: object-shapes.md 1, 2, 4, 15.2.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

from emulator.clock import Clock
from emulator.disk import Disk
from emulator.json_text import JsonObject, dump_compact

__all__ = ["IDENTITY_KEYS", "Documents", "Tags"]

IDENTITY_KEYS: Final = frozenset({"projectKey", "versionTag", "smartName"})
_TAG_FILE: Final = "version-tags.json"


class Tags:
    """The version tags of a project: ``{"DATASET.orders": {versionNumber, lastModifiedBy, lastModifiedOn}}``."""

    def __init__(self, disk: Disk, clock: Clock) -> None:
        self._disk = disk
        self._clock = clock
        self._tags: dict[str, JsonObject] = (disk.read_json(_TAG_FILE) or {}).get("tags") or {}
        self._written: dict[str, bytes] = {}

    def get(self, key: str) -> JsonObject | None:
        """Return the tag of ``TYPE.id``, or ``None`` if it was never saved here."""
        return self._tags.get(key)

    def items(self) -> list[tuple[str, JsonObject]]:
        """Return all tags with their keys."""
        return list(self._tags.items())

    def adopt(self, key: str, tag: JsonObject) -> None:
        """Remember a tag read from an old file, unless a newer one is known; nothing is written."""
        self._tags.setdefault(key, tag)

    def make(self, identity: str, number: int = 0) -> JsonObject:
        """Return a tag of now by ``identity``."""
        return {
            "versionNumber": number,
            "lastModifiedBy": {"login": identity},
            "lastModifiedOn": self._clock.now_ms(),
            "extendedProperties": {},
        }

    def bump(self, key: str, identity: str, *, is_new: bool = True) -> JsonObject:
        """Step the tag of ``key`` by exactly one (0 for a new object) and return it [seen].

        An object that is not new and has no tag, as after a clone, counts as created and never saved.
        """
        before = self._tags.get(key) or ({} if not is_new else None)
        tag = self.make(identity, 0 if before is None else before.get("versionNumber", 0) + 1)
        self._tags[key] = tag
        self._written.pop(key, None)
        self._write()
        self._disk.note_tag(key, tag["versionNumber"])
        return tag

    def keep(self) -> None:
        """Write down what is known: a file that is saved loses the tag it held, whether or not that is stepped."""
        self._write()

    def drop(self, key: str) -> None:
        """Forget the tag of a deleted object."""
        if self._tags.pop(key, None) is not None:
            self._written.pop(key, None)
            self._write()
            self._disk.note_tag(key, None)

    def move(self, old: str, new: str) -> None:
        """Follow a rename."""
        if old in self._tags:
            self._tags[new] = self._tags.pop(old)
            for key in (old, new):
                self._written.pop(key, None)
            self._write()

    def _write(self) -> None:
        # The file is rewritten at every save: only the tags that changed are encoded again (10,000 datasets: 3 ms, not 80).
        for key, tag in self._tags.items():
            if key not in self._written:
                self._written[key] = dump_compact({key: tag})[1:-1]
        self._disk.write(_TAG_FILE, b'{"tags":{' + b",".join([self._written[key] for key in self._tags]) + b"}}")


class Documents:
    """One family, e.g. ``datasets/*.json``; a mapping id -> stored document.

    ``kind`` is the taggable type, e.g. ``DATASET``; ``None`` for families without version tags (zones).
    What it hands out is its own: change a copy and ``save`` it.
    """

    def __init__(
        self, disk: Disk, tags: Tags, folder: str, kind: str | None, *, note_tags: Callable[[Iterable[str]], None]
    ) -> None:
        self._disk = disk
        self._tags = tags
        self._note_tags = note_tags
        self.folder = folder
        self.kind = kind
        self._stored: dict[str, JsonObject] = {}
        for file in disk.path(folder).glob("*.json") if disk.has(folder) else ():
            document = disk.read_json(f"{folder}/{file.name}")
            if isinstance(document, dict):
                self._stored[file.stem] = document
                if kind is not None and isinstance(document.get("versionTag"), dict):
                    tags.adopt(f"{kind}.{file.stem}", document["versionTag"])
        self._stored = dict(sorted(self._stored.items()))
        self._typed: dict[str, tuple[object, JsonObject]] = {}

    def __contains__(self, object_id: object) -> bool:
        return object_id in self._stored

    def __iter__(self) -> Iterator[str]:
        return iter(self._stored)

    def __len__(self) -> int:
        return len(self._stored)

    def get(self, object_id: str) -> JsonObject | None:
        """Return the stored document, or ``None``."""
        return self._stored.get(object_id)

    def typed(self, object_id: str, context: object, make: Callable[[JsonObject], JsonObject]) -> JsonObject:
        """Return ``make(stored)``, remembered until the object changes or is asked for in another ``context``.

        Typing a dataset costs more than all the rest of its GET. The result is shared: do not change it.
        """
        known = self._typed.get(object_id)
        if known is None or known[0] != context:
            known = self._typed[object_id] = (context, make(self._stored[object_id]))
        return known[1]

    def items(self) -> Iterator[tuple[str, JsonObject]]:
        """Yield ids and stored documents; the family may change meanwhile."""
        return iter(list(self._stored.items()))

    def version_tag(self, object_id: str) -> JsonObject | None:
        """Return the version tag that the API shows; a file without known tag shows its creation [inferred]."""
        if self.kind is None:
            return None
        tag = self._tags.get(f"{self.kind}.{object_id}")
        return tag if tag is not None else self._stored[object_id].get("creationTag")

    def create(self, object_id: str, document: Mapping[str, Any], identity: str) -> None:
        """Store a new object with its creation tag and version 0."""
        if self.kind is None:
            self.save(object_id, document, identity)
            return
        self._tags.drop(f"{self.kind}.{object_id}")
        self.save(object_id, {**document, "creationTag": self._tags.make(identity)}, identity)

    def save(
        self,
        object_id: str,
        document: Mapping[str, Any],
        identity: str,
        *,
        typed_in: object = None,
        steps_tag: bool = True,
    ) -> None:
        """Store an object without identity and tag, and step its tag, changed or not [seen].

        ``typed_in``: the document is what ``typed`` made in this context already, and need not be typed again. Without
        ``steps_tag`` the tag stays: some builds and migrations write so [inferred].
        """
        stored = {key: value for key, value in document.items() if key not in IDENTITY_KEYS}
        self._note_tags(stored.get("tags") or ())
        is_new = object_id not in self._stored
        self._disk.write_json(f"{self.folder}/{object_id}.json", stored)
        self._stored[object_id] = stored
        self._typed.pop(object_id, None)
        if typed_in is not None:
            self._typed[object_id] = (typed_in, stored)
        if self.kind is not None and steps_tag:
            self._tags.bump(f"{self.kind}.{object_id}", identity, is_new=is_new)
        elif self.kind is not None:
            self._tags.keep()

    def delete(self, object_id: str) -> None:
        """Remove an object; raises ``KeyError`` if it is not there."""
        del self._stored[object_id]
        self._typed.pop(object_id, None)
        self._disk.delete(f"{self.folder}/{object_id}.json")
        if self.kind is not None:
            self._tags.drop(f"{self.kind}.{object_id}")

    def rename(self, old: str, new: str) -> None:
        """Move an object to another id, file and tag with it."""
        self._disk.rename(f"{self.folder}/{old}.json", f"{self.folder}/{new}.json")
        self._typed.pop(old, None)
        self._stored = dict(sorted((new if key == old else key, value) for key, value in self._stored.items()))
        if self.kind is not None:
            self._tags.move(f"{self.kind}.{old}", f"{self.kind}.{new}")
