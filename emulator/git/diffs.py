"""Differences between two states of a project: files, and lines in them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final, Literal, TypeAlias

__all__ = ["Content", "FileDiff", "compare"]

Content: TypeAlias = "bytes | None"
_BINARY: Final = b"\0"


@dataclass(frozen=True, slots=True)
class FileDiff:
    """One file that differs; a binary file has no lines."""

    path: str
    change: Literal["ADD", "MODIFY", "DELETE"]
    added_lines: int
    removed_lines: int


def compare(names: Iterable[str], before: Callable[[str], Content], after: Callable[[str], Content]) -> list[FileDiff]:
    """Return the files among ``names`` that differ, sorted."""
    found = []
    for name in sorted(set(names)):
        old, new = before(name), after(name)
        if old != new:
            change: Literal["ADD", "MODIFY", "DELETE"] = "ADD" if old is None else "DELETE" if new is None else "MODIFY"
            found.append(FileDiff(name, change, *_count_lines(old or b"", new or b"")))
    return found


def _count_lines(old: bytes, new: bytes) -> tuple[int, int]:
    if _BINARY in old or _BINARY in new:
        return 0, 0
    ours, theirs = old.splitlines(keepends=True), new.splitlines(keepends=True)
    while ours and theirs and ours[-1] == theirs[-1]:  # equal ends are the most of it, and the matcher is slow
        ours.pop()
        theirs.pop()
    start = 0
    while start < min(len(ours), len(theirs)) and ours[start] == theirs[start]:
        start += 1
    ours, theirs = ours[start:], theirs[start:]
    kept = sum(block.size for block in SequenceMatcher(None, ours, theirs, autojunk=False).get_matching_blocks())
    return len(theirs) - kept, len(ours) - kept
