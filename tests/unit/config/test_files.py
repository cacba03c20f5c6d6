"""Trees of files: what is found, and that nothing outside is ever read."""

from __future__ import annotations

from pathlib import Path

import pytest

from dataiku_iac.config.files import DirectoryTree, MemoryTree, SourceTree, glob_matches, resolve_path
from dataiku_iac.core.errors import ConfigError

FILES = {"a.yml": "a", "p/b.yml": "b\r\n", "p/q/c.py": "é", "p/q/[x].py": "x"}


@pytest.fixture(params=["memory", "directory"])
def tree(request: pytest.FixtureRequest, tmp_path: Path) -> SourceTree:
    if request.param == "memory":
        return MemoryTree(FILES)
    for path, text in FILES.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(text.encode())
    return DirectoryTree(tmp_path)


@pytest.mark.parametrize(
    ("pattern", "paths"),
    [
        ("*.yml", ["a.yml"]),
        ("p/*", ["p/b.yml"]),
        ("p/**", ["p/b.yml", "p/q/[x].py", "p/q/c.py"]),
        ("**/*.yml", ["a.yml", "p/b.yml"]),
        ("p/q/?.py", ["p/q/c.py"]),
        ("p/q/[x].py", ["p/q/[x].py"]),
        ("none/**", []),
    ],
)
def test_list_finds_what_matches_in_order(tree: SourceTree, pattern: str, paths: list[str]) -> None:
    assert list(tree.list(pattern)) == paths


def test_texts_are_read_as_they_are(tree: SourceTree) -> None:
    assert {path: tree.read_text(path) for path in FILES} == FILES


def test_a_missing_file_is_one_problem_with_a_place(tree: SourceTree) -> None:
    assert not tree.exists("nope.yml")
    with pytest.raises(ConfigError) as caught:
        tree.read_text("nope.yml")
    assert [(problem.code, str(problem.place)) for problem in caught.value.problems] == [("missing-file", "nope.yml")]


def test_a_directory_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "d").mkdir()
    assert not DirectoryTree(tmp_path).exists("d")
    with pytest.raises(ConfigError, match="unreadable-file"):
        DirectoryTree(tmp_path).read_text("d")


def test_text_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.yml").write_bytes(b"a: \xff")
    with pytest.raises(ConfigError, match="not UTF-8 at byte 3"):
        DirectoryTree(tmp_path).read_text("x.yml")


@pytest.mark.parametrize(
    "path", ["../secret", "a/../../secret", "/etc/passwd", "~/x", "C:/x", "\\\\host\\x", "a\0b", ""]
)
def test_paths_that_lead_out_are_refused(tmp_path: Path, path: str) -> None:
    (tmp_path / "secret").write_text("s")
    (tmp_path / "root").mkdir()
    tree = DirectoryTree(tmp_path / "root")
    assert not tree.exists(path)
    assert resolve_path("", path) is None
    with pytest.raises(ConfigError, match="outside-tree"):
        tree.read_text(path)


def test_symlinks_that_lead_out_are_refused_and_others_work(tmp_path: Path) -> None:
    root = tmp_path / "root"
    (root / "in").mkdir(parents=True)
    (tmp_path / "secret").write_text("s")
    (root / "in" / "x").write_text("x")
    (root / "link").symlink_to(tmp_path / "secret")
    (root / "folder").symlink_to(tmp_path)
    (root / "fine").symlink_to(root / "in" / "x")
    (root / "loop").symlink_to(root / "loop")
    tree = DirectoryTree(root)
    assert tree.read_text("fine") == "x"
    for path in ("link", "folder/secret", "loop"):
        assert not tree.exists(path)
        with pytest.raises(ConfigError, match="outside-tree"):
            tree.read_text(path)
    assert list(tree.list("folder/**")) == []


def test_relative_paths_start_from_the_naming_file_and_may_stay_inside() -> None:
    assert resolve_path("projects/crm", "../../recipes/a.py") == "recipes/a.py"
    assert resolve_path("projects", "./x.py") == "projects/x.py"
    assert resolve_path("projects", "../../x.py") is None


def test_glob_takes_dots_literally() -> None:
    assert not glob_matches("a.yml", "abyml")
