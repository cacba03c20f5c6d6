"""The history's files, what git ignores, and counting lines."""

import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.git.diffs import compare
from emulator.git.history import is_ignored
from emulator.git.storage import Commit, HistoryFiles, blob_id

LINES = st.lists(st.sampled_from(["a\n", "b\n", "c\n", "d\n"]), max_size=12).map(lambda lines: "".join(lines).encode())


def commit(files: HistoryFiles, parent: Commit | None, **contents: bytes | None) -> Commit:
    changes = {name: None if content is None else files.keep(content) for name, content in contents.items()}
    made = Commit.make(parent.id if parent else None, "admin", 1, "saved", changes)
    files.add(made)
    return made


def test_commits_come_back(tmp_path: Path) -> None:
    files = HistoryFiles(tmp_path / ".git")
    assert list(files.commits()) == []
    first = commit(files, None, a=b"one", b=b"")
    second = commit(HistoryFiles(tmp_path / ".git"), first, a=b"two\n\0", b=None)
    again = HistoryFiles(tmp_path / ".git")
    assert list(again.commits()) == [first, second]
    blobs = [first.changes["a"], second.changes["a"], first.changes["b"]]
    assert [again.content(blob) for blob in blobs if blob is not None] == [b"one", b"two\n\0", b""]


def test_a_save_only_appends(tmp_path: Path) -> None:
    """What is there is never written again: a save costs what it changes, however long the history is."""
    files = HistoryFiles(tmp_path)
    last = commit(files, None, a=b"1")
    for number in range(5):
        before = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
        last = commit(files, last, a=b"content %d" % number)
        after = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
        assert after.keys() == before.keys() == {"commits.jsonl", "contents"}
        assert after["contents"] == before["contents"] + b"content %d" % number
        assert after["commits.jsonl"].startswith(before["commits.jsonl"])
        assert after["commits.jsonl"].count(b"\n") == before["commits.jsonl"].count(b"\n") + 1


@pytest.mark.parametrize("cut", [1, 20, 10_000])
def test_half_a_line_is_cut_off_for_good(tmp_path: Path, cut: int) -> None:
    """What a kill left of a commit; the next one is read again."""
    files = HistoryFiles(tmp_path)
    first = commit(files, None, a=b"one")
    whole = (tmp_path / "commits.jsonl").stat().st_size
    commit(files, first, a=b"two")
    file = tmp_path / "commits.jsonl"
    content = file.read_bytes()
    file.write_bytes(content[: max(whole, len(content) - cut)])
    survivor = HistoryFiles(tmp_path)
    assert list(survivor.commits()) == [first]
    third = commit(survivor, first, a=b"three")
    again = HistoryFiles(tmp_path)
    assert list(again.commits()) == [first, third]
    blob = third.changes["a"]
    assert blob is not None
    assert again.content(blob) == b"three"


def test_ids_depend_on_all_that_a_commit_says(tmp_path: Path) -> None:
    files = HistoryFiles(tmp_path)
    one, other = files.keep(b"1"), files.keep(b"2")
    made = [
        Commit.make(None, "a", 1, "m", {"f": one}),
        Commit.make("p", "a", 1, "m", {"f": one}),
        Commit.make(None, "b", 1, "m", {"f": one}),
        Commit.make(None, "a", 2, "m", {"f": one}),
        Commit.make(None, "a", 1, "n", {"f": one}),
        Commit.make(None, "a", 1, "m", {"g": one}),
        Commit.make(None, "a", 1, "m", {"f": other}),
        Commit.make(None, "a", 1, "m", {"f": None}),
        Commit.make(None, "a", 1, "m", {}),
    ]
    assert len({commit.id for commit in made}) == len(made)
    assert Commit.make(None, "a", 1, "m", {"f": one}).id == made[0].id


def test_content_ids_are_those_of_git() -> None:
    assert blob_id(b"") == "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"
    assert blob_id(b"hello\n") == "ce013625030ba8dba906f756967f9e9ca394464a"


@pytest.mark.parametrize(
    ("name", "ignored"),
    [
        ("version-tags.json", True),
        ("git-info.json", True),
        (".git/commits.jsonl", True),
        ("lib/python/__pycache__/x.pyc", True),
        ("datasets/.DS_Store", True),
        ("datasets/.dss-tmp-3", True),
        ("params.json", False),
        ("localvariables.json", False),
        ("lib/python/x.py", False),
        ("datasets/version-tags.json.json", False),
    ],
)
def test_what_git_ignores(name: str, ignored: bool) -> None:  # noqa: FBT001  a row of the table
    assert is_ignored(name) is ignored


@given(LINES, LINES)
def test_counted_lines_lead_from_one_text_to_the_other(old: bytes, new: bytes) -> None:
    found = compare(["f"], {"f": old}.get, {"f": new}.get)
    if old == new:
        assert found == []
        return
    (diff,) = found
    assert diff.added_lines - diff.removed_lines == new.count(b"\n") - old.count(b"\n")
    assert 0 <= diff.removed_lines <= old.count(b"\n")
    assert diff.added_lines + diff.removed_lines > 0


def test_lines_are_counted_as_git_does(tmp_path: Path) -> None:
    if shutil.which("git") is None:
        pytest.skip("no git program here")
    old = b"".join(b"line %d\n" % number for number in range(60))
    new = old.replace(b"line 7\n", b"other\n").replace(b"line 30\n", b"") + b"at the end\n"
    for name, content in (("old", old), ("new", new)):
        (tmp_path / name).write_bytes(content)
    command = ["git", "diff", "--no-index", "--numstat", "old", "new"]
    told = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False).stdout
    (diff,) = compare(["f"], {"f": old}.get, {"f": new}.get)
    assert told.split()[:2] == [str(diff.added_lines), str(diff.removed_lines)]


def test_binary_files_have_no_lines() -> None:
    (diff,) = compare(["f"], lambda _: None, {"f": b"a\n\0b\n"}.get)
    assert (diff.change, diff.added_lines, diff.removed_lines) == ("ADD", 0, 0)
