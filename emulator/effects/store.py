"""The effects of one node since recording began. Nothing is recorded, and nothing costs time, before the first mark."""

from collections import deque
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from emulator.disk import EffectMark
from emulator.effects.addresses import REGISTERS, Address, address_of
from emulator.effects.changes import changed_pointers
from emulator.json_text import JsonObject, dump_compact, parse

if TYPE_CHECKING:
    from emulator.world import World

__all__ = ["Effect", "EffectLog"]

_LIMIT: Final = 200_000
What: TypeAlias = Literal["created", "changed", "same", "deleted", "renamed"]


@dataclass(frozen=True, slots=True)
class Effect:
    """One write to one part of one object.

    ``what``: ``same`` is a write that changed nothing (DSS writes, and steps tags, without a change [seen]). ``pointers`` say where a
    JSON part differs, ``[]`` for text. ``renamed`` tells the new id in ``to``. ``by`` is a login, ``api:<key id>`` or ``None``.
    """

    number: int
    project: str | None
    kind: str
    id: str
    part: str
    what: What
    pointers: tuple[str, ...]
    by: str | None
    via: str
    to: str | None = None

    def to_json(self) -> JsonObject:
        """Return the effect as the control API tells it."""
        return {**asdict(self), "pointers": list(self.pointers)}


class EffectLog:
    """Kept on the world, in memory only; it is the ``Recorder`` of the disk."""

    def __init__(self, world: "World") -> None:
        self._root = world.disk.root
        self._effects: deque[Effect] = deque(maxlen=_LIMIT)
        self._number = 0
        self._is_recording = False

    @property
    def recorder(self) -> "EffectLog | None":
        """This log if somebody has set a mark, else ``None``."""
        return self if self._is_recording else None

    @property
    def is_recording(self) -> bool:
        """Whether a mark was ever set."""
        return self._is_recording

    def mark(self) -> int:
        """Return the place to read from later; recording begins with the first one."""
        self._is_recording = True
        return self._number

    def stop(self) -> None:
        """Forget everything and record no more; numbers go on."""
        self._is_recording = False
        self._effects.clear()

    def since(self, mark: int, *, project: str | None = None) -> Iterator[Effect]:
        """Yield the effects after ``mark``, oldest first."""
        for effect in list(self._effects):
            if effect.number > mark and project in (None, effect.project):
                yield effect

    def written(self, mark: EffectMark, path: Path, before: bytes | None, after: bytes | None) -> None:
        """Note a write."""
        relative = self._relative(path)
        if relative is None:
            return
        kind = REGISTERS.get(relative.name) if relative.parts[:-1] == ("config",) else None
        if kind is not None:
            self._note_register(mark, kind, before, after)
            return
        address = address_of(relative)
        if address is not None:
            self._note(mark, address, before, after)

    def moved(self, mark: EffectMark, old: Path, new: Path) -> None:
        """Note a rename; what comes from or goes to where things are made is a creation or a deletion."""
        source, target = self._address(old), self._address(new)
        if source is None and target is not None:
            self._add(mark, target, "created")
        elif source is not None and target is None:
            self._add(mark, source, "deleted")
        elif source is not None and target is not None:
            self._add(mark, source, "renamed", to=target.id)

    def stepped(self, mark: EffectMark, root: Path, key: str, number: int | None) -> None:
        """Note a step of a version tag."""
        kind, _, object_id = key.partition(".")
        what: What = "deleted" if number is None else "created" if number == 0 else "changed"
        self._add(mark, Address(root.name, kind, object_id, "versionTag"), what)

    def _note_register(self, mark: EffectMark, kind: str, before: bytes | None, after: bytes | None) -> None:
        old, new = ({} if raw is None else parse(raw) for raw in (before, after))
        for name in sorted({*old, *new}):
            if old.get(name) != new.get(name):
                pair = (dump_compact(entries[name]) if name in entries else None for entries in (old, new))
                self._note(mark, Address(None, kind, name, "document"), *pair)

    def _note(self, mark: EffectMark, address: Address, before: bytes | None, after: bytes | None) -> None:
        pointers = changed_pointers(before, after)
        what: What = "created" if before is None else "deleted" if after is None else "changed"
        # the same value in another layout is no change of a JSON document, but it is one of a text (payload)
        if before == after or (what == "changed" and not pointers and address.part == "document"):
            what = "same"
        self._add(mark, address, what, pointers=tuple(pointers))

    def _add(
        self, mark: EffectMark, address: Address, what: What, *, pointers: tuple[str, ...] = (), to: str | None = None
    ) -> None:
        self._number += 1
        self._effects.append(
            Effect(
                self._number,
                address.project,
                address.kind,
                address.id,
                address.part,
                what,
                pointers,
                mark.by,
                mark.via,
                to,
            )
        )

    def _relative(self, path: Path) -> PurePosixPath | None:
        return PurePosixPath(path.relative_to(self._root)) if path.is_relative_to(self._root) else None

    def _address(self, path: Path) -> Address | None:
        relative = self._relative(path)
        return None if relative is None else address_of(relative)
