"""Named documents of the instance (users, groups, keys, connections ...), one JSON file per register."""

from collections.abc import Callable, Iterator, Mapping

from emulator.disk import Disk
from emulator.json_text import JsonObject

__all__ = ["Register"]


class Register(Mapping[str, JsonObject]):
    """A mapping name -> document that is written to ``<data-dir>/<file>`` at every change.

    The documents it hands out are its own: change them only through ``put``.
    """

    def __init__(self, disk: Disk, file: str) -> None:
        self._disk = disk
        self._file = file
        self._entries: dict[str, JsonObject] = disk.read_json(file) or {}
        self._listeners: list[Callable[[], None]] = []

    def __getitem__(self, name: str) -> JsonObject:
        return self._entries[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def put(self, name: str, document: JsonObject) -> None:
        """Store ``document`` under ``name``, new or not."""
        self._write({**self._entries, name: document})

    def delete(self, name: str) -> None:
        """Remove ``name``; raises ``KeyError`` if it is not there."""
        if name not in self._entries:
            raise KeyError(name)
        self._write({key: value for key, value in self._entries.items() if key != name})

    def on_change(self, listener: Callable[[], None]) -> None:
        """Call ``listener`` after every change (caches built from this register)."""
        self._listeners.append(listener)

    def _write(self, entries: dict[str, JsonObject]) -> None:
        self._disk.write_json(self._file, entries)
        self._entries = entries
        for listener in self._listeners:
            listener()
