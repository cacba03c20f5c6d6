"""Configuration files from wherever they are kept, as one tree of texts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, assert_never
from urllib.parse import quote

from dataiku_iac.commands.git import checkout
from dataiku_iac.commands.inputs import Source, SourceSort
from dataiku_iac.config.files import DirectoryTree, MemoryTree, SourceTree
from dataiku_iac.config.settings import SETTINGS_FILES
from dataiku_iac.core.canonical import Json, is_list, is_object
from dataiku_iac.core.errors import ConfigError, ObjectMissing, UnexpectedShape
from dataiku_iac.core.roles import NodeReader

__all__ = ["OpenSource", "find_folder", "list_paths", "open_source"]

_MOST_FILES: Final = 5_000
_READERS: Final = 8


@dataclass(frozen=True, slots=True)
class OpenSource:
    """The files, the part of them that was asked for (``path``; empty = all), and the commit they are of, if known."""

    tree: SourceTree
    commit: str = ""
    path: str = ""


@contextmanager
def open_source(source: Source, reader: NodeReader | None, environ: Mapping[str, str]) -> Iterator[OpenSource]:
    """Give the files of ``source``; ``reader`` reads the node that has the library or folder.

    Raises:
        ConfigError: it is not there, or cannot be read.
        NodeError: the node could not be read.
    """
    match source.sort:
        case SourceSort.DIRECTORY:
            yield _open_directory(Path(source.path))
        case SourceSort.GIT:
            with checkout(
                source.url,
                source.ref,
                allowed=source.allowed_urls,
                credentials=source.credentials,
                environ=environ,
            ) as found:
                root = (found.root / source.path.strip("/")).resolve()
                if not root.is_relative_to(found.root.resolve()) or not root.is_dir():
                    raise ConfigError(
                        f'the repository has no folder "{source.path}"',
                        where=f"Git source {source.url}, commit {found.commit}",
                        next_step="correct the path",
                    )
                yield OpenSource(_Labelled(DirectoryTree(root), source.url), found.commit)
        case SourceSort.LIBRARY | SourceSort.FOLDER:
            if reader is None:
                raise ConfigError(
                    "a project library or managed folder can be read inside a node only",
                    where="source",
                    next_step="give a directory or a Git repository",
                )
            yield OpenSource(_read_tree(source, reader))
        case _:
            assert_never(source.sort)


def _open_directory(path: Path) -> OpenSource:
    if path.is_file():
        # Settings and environments stand at the root of the repository, which may lie above the file.
        path = path.resolve()
        root = next((folder for folder in path.parents if _is_root(folder)), path.parent)
        return OpenSource(DirectoryTree(root), _commit_of(root), path.relative_to(root).as_posix())
    if not path.is_dir():
        raise ConfigError(f'"{path}" does not exist', where="source", next_step="give a file or a directory")
    return OpenSource(DirectoryTree(path), _commit_of(path))


def _is_root(folder: Path) -> bool:
    return any((folder / name).is_file() for name in SETTINGS_FILES) or (folder / "environments").is_dir()


def _commit_of(path: Path) -> str:
    """Return the commit that is checked out at ``path`` or above, without running git on a foreign repository."""
    for folder in (path.resolve(), *path.resolve().parents):
        head = folder / ".git" / "HEAD"
        if head.is_file():
            text = head.read_text(encoding="utf-8", errors="replace").strip()
            ref = folder / ".git" / text.removeprefix("ref: ")
            if text.startswith("ref: ") and ".." not in text:
                return ref.read_text(encoding="utf-8").strip() if ref.is_file() else ""
            return text
    return ""


def list_paths(source: Source, reader: NodeReader) -> list[str]:
    """Return the paths of all files of a library or folder source, relative to ``source.path``."""
    prefix = f"{source.path.strip('/')}/" if source.path.strip("/") else ""
    if source.sort is SourceSort.LIBRARY:
        found = _library_paths(reader.get(f"/projects/{source.project}/libraries/contents"), "")
        paths = list(found)
    else:
        folder = find_folder(reader, source.project, source.folder)
        paths = _folder_paths(reader.get(f"/projects/{source.project}/managedfolders/{folder}/contents"))
    return sorted(path.removeprefix(prefix) for path in paths if path.startswith(prefix))


def _read_tree(source: Source, reader: NodeReader) -> SourceTree:
    prefix = f"{source.path.strip('/')}/" if source.path.strip("/") else ""
    label = f"{'library' if source.sort is SourceSort.LIBRARY else 'folder ' + source.folder} of {source.project}"
    label = f"{label}, {prefix}" if prefix else label
    paths = list_paths(source, reader)
    if not paths:
        raise ConfigError(
            "there are no files", where=label, next_step="put the configuration there, or correct the path"
        )
    if len(paths) > _MOST_FILES:
        raise ConfigError(
            f"there are {len(paths)} files", where=label, next_step=f"choose a folder with at most {_MOST_FILES}"
        )
    if source.sort is SourceSort.LIBRARY:
        base = f"/projects/{source.project}/libraries/contents"
        answers = reader.get_many([f"{base}/{quote(prefix + path)}" for path in paths])
        texts = [_library_text(answer, path) for answer, path in zip(answers, paths, strict=True)]
    else:
        folder = find_folder(reader, source.project, source.folder)
        base = f"/projects/{source.project}/managedfolders/{folder}/contents"
        with ThreadPoolExecutor(_READERS, thread_name_prefix="source") as pool:
            texts = list(pool.map(lambda path: reader.get_text(f"{base}/{quote(prefix + path)}"), paths))
    return MemoryTree(dict(zip(paths, texts, strict=True)), label=label)


def find_folder(reader: NodeReader, project: str, wanted: str) -> str:
    """Return the id of the managed folder with that id or name.

    Raises:
        ObjectMissing: there is none, or several have that name.
    """
    answer = reader.get(f"/projects/{project}/managedfolders/")
    heads = [head for head in answer if is_object(head)] if is_list(answer) else []
    if any(head.get("id") == wanted for head in heads):
        return wanted
    named = [head.get("id") for head in heads if head.get("name") == wanted]
    if len(named) == 1 and isinstance(named[0], str):
        return named[0]
    raise ObjectMissing(
        f'{len(named)} managed folders are called "{wanted}"' if named else f'there is no managed folder "{wanted}"',
        where=f"project {project}",
        next_step="give its id" if named else "create it, or correct the name",
    )


def _library_paths(tree: Json, prefix: str) -> Iterator[str]:
    for item in tree if is_list(tree) else ():
        name = item.get("name") if is_object(item) else None
        if not is_object(item) or not isinstance(name, str):
            raise UnexpectedShape("the tree of the library has an entry without name", where="project library")
        if "children" in item:
            yield from _library_paths(item["children"], f"{prefix}{name}/")
        else:
            yield prefix + name


def _library_text(answer: Json, path: str) -> str:
    text = answer.get("data") if is_object(answer) else None
    if not isinstance(text, str):
        raise UnexpectedShape(f"the library gave no text for {path}", where="project library")
    return text


def _folder_paths(answer: Json) -> list[str]:
    items = answer.get("items") if is_object(answer) else None
    found = []
    for item in items if is_list(items) else ():
        path = item.get("path") if is_object(item) else None
        if isinstance(path, str):
            found.append(path.lstrip("/"))
    return found


class _Labelled:
    """A tree under the name people know, not that of a scratch directory."""

    def __init__(self, tree: SourceTree, label: str) -> None:
        self._tree = tree
        self.label = label

    def read_text(self, path: str) -> str:
        return self._tree.read_text(path)

    def list(self, pattern: str) -> list[str]:
        return [*self._tree.list(pattern)]

    def exists(self, path: str) -> bool:
        return self._tree.exists(path)
