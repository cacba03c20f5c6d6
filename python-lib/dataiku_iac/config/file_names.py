"""File names that are safe on every disk: any case rule, any system, any normal form of accents."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Final

__all__ = ["allocate_stems", "is_leftover", "is_safe_path", "safe_stem"]

_UNSAFE: Final = re.compile(r"[^A-Za-z0-9_.-]")
_UNSAFES: Final = re.compile(r"[^A-Za-z0-9.-]+")
_RESERVED: Final = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?", re.IGNORECASE)
_DIGEST: Final = re.compile(r"-[0-9a-f]{8}\Z", re.IGNORECASE)  # a name that looks like one of ours gets its own
_LONGEST: Final = 80


def _is_safe(name: str) -> bool:
    return (
        0 < len(name) <= _LONGEST
        and not _UNSAFE.search(name)
        and not _RESERVED.fullmatch(name)
        and not name.startswith((".", "-"))
        and not name.endswith(".")
    )


def safe_stem(name: str, *, taken: bool = False) -> str:
    """Return a file name without ending for an object: its name if that is safe, else with the digest of the name.

    >>> safe_stem("by_country"), safe_stem("Été 2024/€")
    ('by_country', 'Ete_2024-89559708')
    """
    if _is_safe(name) and not taken and not _DIGEST.search(name):
        return name
    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    # Letters without their accents, and one line for whatever else stands between them: the digest makes the difference.
    letters = "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c))
    cleaned = _UNSAFES.sub("_", letters)[: _LONGEST - 10].strip("._-") or "_"
    return f"{'_' if _RESERVED.fullmatch(cleaned) else ''}{cleaned}-{digest}"


def allocate_stems(names: Iterable[str]) -> Mapping[str, str]:
    """Return a stem for each name; names that a disk without case takes for one all get their digest."""
    groups: dict[str, list[str]] = {}
    for name in names:
        groups.setdefault(name.casefold(), []).append(name)
    return {name: safe_stem(name, taken=len(group) > 1) for group in groups.values() for name in group}


def is_safe_path(path: str) -> bool:
    """Tell whether every part of ``path`` is a safe file name."""
    return all(_is_safe(part) for part in path.split("/"))


def is_leftover(path: str) -> bool:
    """Tell whether a file is what programs leave in source folders: a pattern over a folder does not mean it.

    >>> is_leftover("lib/__pycache__/a.py"), is_leftover("lib/a.pyc"), is_leftover("lib/a.pyc/b.py")
    (True, True, False)
    """
    *folders, name = path.split("/")
    return "__pycache__" in folders or name.endswith(".pyc") or name == ".DS_Store"
