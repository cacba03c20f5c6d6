"""Where configuration files come from: a directory, or texts that somebody fetched. All loading goes through here."""

from __future__ import annotations

import os
import posixpath
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Final, Protocol

from dataiku_iac.config.findings import SUMMARIES
from dataiku_iac.core.errors import ConfigError
from dataiku_iac.core.problem import Place, Problem, Severity

__all__ = ["MAX_FILE_BYTES", "DirectoryTree", "MemoryTree", "SourceTree", "glob_matches", "resolve_path"]

MAX_FILE_BYTES: Final = 100_000_000
_SKIPPED: Final = frozenset({".git", ".venv", "__pycache__", "node_modules"})


class SourceTree(Protocol):
    """Files by path; a path is relative, with slashes and without ``..``, e.g. ``projects/crm/project.yml``."""

    @property
    def label(self) -> str:
        """What the user calls this tree, for messages."""

    def read_text(self, path: str) -> str:
        """Return the text of a file, byte for byte (no change of line ends).

        Raises:
            ConfigError: it does not exist, is not UTF-8, is too large or lies outside.
        """

    def list(self, pattern: str) -> Sequence[str]:
        """Return the paths of all files that match a pattern (``*``, ``**``, ``?``), sorted."""

    def exists(self, path: str) -> bool:
        """Tell whether ``path`` is a file of the tree."""


def resolve_path(folder: str, path: str) -> str | None:
    """Return ``path`` relative to the tree when it is written in a file of ``folder``; ``None`` if it leads out.

    >>> resolve_path("projects/crm", "../lib/a.py"), resolve_path("projects", "../../x"), resolve_path("", "/etc/passwd")
    ('projects/lib/a.py', None, None)
    """
    if not path or path.startswith(("/", "\\", "~")) or re.match(r"[A-Za-z]:", path) or "\0" in path:
        return None
    joined = posixpath.normpath(posixpath.join(folder, path.replace("\\", "/")))
    return None if joined == ".." or joined.startswith("../") else joined


def glob_matches(pattern: str, path: str) -> bool:
    """Tell whether ``path`` matches: ``*`` and ``?`` stay within a folder, ``**`` crosses folders.

    >>> glob_matches("lib/**", "lib/a/b.py"), glob_matches("lib/*.py", "lib/a/b.py"), glob_matches("**/x", "x")
    (True, False, True)
    """
    return _compile(pattern).fullmatch(path) is not None


@lru_cache(maxsize=256)
def _compile(pattern: str) -> re.Pattern[str]:
    translated = ""
    for token in re.findall(r"\*\*/|\*\*|\*|\?|[^*?]+", pattern):
        translated += {"**/": "(?:[^/]+/)*", "**": ".*", "*": "[^/]*", "?": "[^/]"}.get(token) or re.escape(token)
    return re.compile(translated, re.DOTALL)


def _failure(code: str, detail: str, path: str, suggestion: str) -> ConfigError:
    problem = Problem(Severity.ERROR, code, SUMMARIES[code], detail, Place(path), suggestion=suggestion)
    return ConfigError(f"{SUMMARIES[code]}: {detail}", where=path, next_step=suggestion, problems=[problem])


class MemoryTree:
    """Texts by path: how a project library or a managed folder is given."""

    def __init__(self, files: Mapping[str, str], *, label: str = "files") -> None:
        self._files = dict(files)
        self._label = label

    @property
    def label(self) -> str:
        """What the user calls this tree."""
        return self._label

    def read_text(self, path: str) -> str:
        """Return the text at ``path``; see ``SourceTree``."""
        if path not in self._files:
            raise _failure("missing-file", path, path, "create it or correct the path")
        return self._files[path]

    def list(self, pattern: str) -> Sequence[str]:
        """Return all paths that match; see ``SourceTree``."""
        return sorted(path for path in self._files if glob_matches(pattern, path))

    def exists(self, path: str) -> bool:
        """Tell whether there is such a text."""
        return path in self._files


class DirectoryTree:
    """A directory on disk; nothing outside is ever read, not by ``..``, not by absolute paths, not through symlinks."""

    def __init__(self, root: Path) -> None:
        self._root = root.resolve()
        self._shown = str(root)
        self._walks: dict[str, Sequence[str]] = {}

    @property
    def label(self) -> str:
        """The directory as the user gave it."""
        return self._shown

    def read_text(self, path: str) -> str:
        """Return the text at ``path``; see ``SourceTree``."""
        target = self._inside(path)
        if target is None:
            raise _failure("outside-tree", path, path, f"keep files below {self._shown}")
        try:
            if target.stat().st_size > MAX_FILE_BYTES:
                raise _failure("unreadable-file", f"{path} is larger than {MAX_FILE_BYTES} bytes", path, "split it")
            return target.read_bytes().decode("utf-8")
        except (FileNotFoundError, NotADirectoryError):
            raise _failure("missing-file", path, path, "create it or correct the path") from None
        except UnicodeDecodeError as error:
            raise _failure(
                "unreadable-file", f"{path} is not UTF-8 at byte {error.start}", path, "save it as UTF-8"
            ) from error
        except OSError as error:
            raise _failure(
                "unreadable-file", f"{path}: {error.strerror or error}", path, "check what it is and its permissions"
            ) from error

    def list(self, pattern: str) -> Sequence[str]:
        """Return all paths that match; directories behind symlinks are not entered. See ``SourceTree``."""
        fixed = re.split(r"[*?]", pattern, maxsplit=1)[0].rpartition("/")[0]
        return [path for path in self._walk(fixed) if glob_matches(pattern, path)]

    def exists(self, path: str) -> bool:
        """Tell whether ``path`` is a file inside the directory."""
        target = self._inside(path)
        return target is not None and target.is_file()

    def _inside(self, path: str) -> Path | None:
        clean = resolve_path("", path)
        if clean is None:
            return None
        try:
            target = (self._root / clean).resolve()
        except (OSError, RuntimeError):  # a circle of symlinks, before Python 3.13
            return None
        is_circle = target.is_symlink()  # since 3.13 a circle is resolved to itself
        return target if target.is_relative_to(self._root) and not is_circle else None

    def _walk(self, folder: str) -> Sequence[str]:
        if folder not in self._walks:
            start = self._inside(folder or ".")
            self._walks[folder] = [] if start is None else sorted(self._files_below(self._root / folder))
        return self._walks[folder]

    def _files_below(self, start: Path) -> Sequence[str]:
        found: list[str] = []
        for parent, folders, names in os.walk(start, followlinks=False):
            folders[:] = [name for name in folders if name not in _SKIPPED]
            below = Path(parent).relative_to(self._root)
            found += [(below / name).as_posix() for name in names if (Path(parent) / name).is_file()]
        return found
