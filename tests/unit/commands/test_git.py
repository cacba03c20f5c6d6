from __future__ import annotations

import os
import stat
import subprocess
from pathlib import Path

import pytest

from dataiku_iac.commands import git
from dataiku_iac.commands.git import check_url, checkout
from dataiku_iac.commands.inputs import GitCredentials
from dataiku_iac.core.errors import ConfigError
from dataiku_iac.core.secret import Secret


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    root = tmp_path / "repository"
    root.mkdir()
    _git(root, "init", "-q", "-b", "main")
    _commit(root, "a.yml", "one")
    _git(root, "tag", "v1")
    _commit(root, "a.yml", "two")
    _git(root, "branch", "feature/x")
    _commit(root, "a.yml", "three")
    return root


def _git(root: Path, *arguments: str) -> str:
    command = ["git", "-C", str(root), "-c", "user.name=t", "-c", "user.email=t@example.org", *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def _commit(root: Path, name: str, text: str) -> None:
    (root / name).write_text(text)
    _git(root, "add", ".")
    _git(root, "commit", "-q", "-m", text)


@pytest.mark.parametrize(("ref", "text"), [("", "three"), ("main", "three"), ("v1", "one"), ("feature/x", "two")])
def test_branches_and_tags(repository: Path, ref: str, text: str) -> None:
    with checkout(repository.as_uri(), ref, allowed=None, environ=os.environ) as found:
        assert (found.root / "a.yml").read_text() == text
        assert found.commit == _git(repository, "rev-parse", ref or "main")
        root = found.root
    assert not root.exists()


def test_commit_by_its_id(repository: Path) -> None:
    commit = _git(repository, "rev-parse", "main~1")
    with checkout(repository.as_uri(), commit, allowed=None, environ=os.environ) as found:
        assert found.commit == commit
        assert (found.root / "a.yml").read_text() == "two"


def test_nothing_of_the_repository_is_executed(repository: Path, tmp_path: Path) -> None:
    """Neither filters nor symlinks of the repository reach further than its own files."""
    trace = tmp_path / "executed"
    (repository / ".gitattributes").write_text("*.yml filter=evil\n")
    (repository / "link").symlink_to("/etc/hostname")
    _commit(repository, "b.yml", "four")
    home = tmp_path / "home"
    home.mkdir()
    (home / ".gitconfig").write_text(f'[filter "evil"]\n  smudge = touch {trace}; cat\n')
    with checkout(repository.as_uri(), "", allowed=None, environ={**os.environ, "HOME": str(home)}) as found:
        assert not (found.root / "link").is_symlink()
    assert not trace.exists()


@pytest.mark.parametrize(
    "url",
    [
        "",
        "x",
        "http://example.org/x.git",
        "ext::sh -c touch% /tmp/x",
        "--upload-pack=touch /tmp/x",
        "file:///tmp/a b",
        "git://example.org/x.git",
        "ftp://example.org/x.git",
    ],
)
def test_urls_that_are_none(url: str) -> None:
    with pytest.raises(ConfigError, match="not the URL of a Git repository"):
        check_url(url, None)


@pytest.mark.parametrize(
    "url", ["https://user:planted@example.org/x", "https://planted@example.org/x", "ssh://u:planted@h/x"]
)
def test_credentials_in_the_url_are_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(ConfigError, match="holds credentials") as wrong:
        check_url(url, None)
    assert "planted" not in str(wrong.value)


@pytest.mark.parametrize("url", ["ssh://git@example.org/x.git", "git@example.org:x.git", "file:///srv/x.git"])
def test_inside_a_node_other_urls_than_https_need_permission(url: str) -> None:
    check_url(url, None)
    check_url(url, [url[:12]])
    for allowed in ([], [""], ["ssh://git@other.example.org/"]):
        with pytest.raises(ConfigError, match="not among the Git URLs"):
            check_url(url, allowed)
    check_url("https://example.org/x.git", [])


@pytest.mark.parametrize("ref", ["-x", "--upload-pack=x", "a b", "a..b", "a;b", "$(x)", "~1"])
def test_refs_that_are_none(repository: Path, ref: str) -> None:
    with (
        pytest.raises(ConfigError, match="not a branch, tag or commit"),
        checkout(repository.as_uri(), ref, allowed=None, environ=os.environ),
    ):
        pass


def test_gits_own_words_are_in_the_error(tmp_path: Path) -> None:
    with (
        pytest.raises(ConfigError, match=r"could not be fetched: .*does not (appear|exist)"),
        checkout((tmp_path / "nowhere").as_uri(), "", allowed=None, environ=os.environ),
    ):
        pass


def _fake_git(folder: Path, script: str) -> dict[str, str]:
    """Put a program called git on the path that does ``script`` when it is to fetch; it sees what git would see."""
    folder.mkdir()
    program = folder / "git"
    program.write_text(f'#!/bin/sh\necho "$@" >> {folder}/arguments\ncase "$*" in *fetch*) {script} ;; esac\n')
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return {"PATH": f"{folder}:{os.environ['PATH']}"}


def test_token_reaches_git_by_askpass_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = tmp_path / "seen"
    script = (
        f'"$GIT_ASKPASS" "Username for \'https://example.org\': " > {seen}; echo >> {seen};'
        f' "$GIT_ASKPASS" "Password for \'https://bot@example.org\': " >> {seen};'
        ' echo "fatal: planted-token is wrong" >&2; exit 1'
    )
    environ = _fake_git(tmp_path / "bin", script)
    monkeypatch.setenv("PATH", environ["PATH"])
    credentials = GitCredentials("bot", Secret("planted-token"))
    with (
        pytest.raises(ConfigError) as failed,
        checkout("https://example.org/x.git", "main", allowed=[], credentials=credentials, environ=environ),
    ):
        pass
    assert seen.read_text() == "bot\nplanted-token"
    arguments = (tmp_path / "bin" / "arguments").read_text()
    assert "planted-token" not in arguments
    assert "http.followRedirects=false" in arguments
    assert "planted-token" not in str(failed.value)
    assert "*** is wrong" in str(failed.value)


def test_environment_of_the_macro_does_not_reach_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    environ = _fake_git(tmp_path / "bin", f"env > {tmp_path}/env; exit 1")
    monkeypatch.setenv("PATH", environ["PATH"])
    with (
        pytest.raises(ConfigError),
        checkout("https://example.org/x.git", "", allowed=[], environ={**environ, "DKU_API_TICKET": "planted"}),
    ):
        pass
    assert "planted" not in (tmp_path / "env").read_text()


def test_git_that_hangs_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    environ = _fake_git(tmp_path / "bin", "exec sleep 600")
    monkeypatch.setenv("PATH", environ["PATH"])
    monkeypatch.setattr(git, "_TIMEOUT_S", 0.5)
    with (
        pytest.raises(ConfigError, match="no answer within"),
        checkout("https://example.org/x.git", "", allowed=[], environ=environ),
    ):
        pass
