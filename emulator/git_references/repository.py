"""Pulling from and pushing to a git repository with the ``git`` of the machine. Blocking; nothing of it outlives the call.

A repository is foreign: links in it are not followed, its hooks do not run, and only file and HTTP remotes are spoken to.
"""

import os
import re
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from emulator.errors import DssError, illegal_argument

__all__ = ["Credentials", "Source", "pull", "push"]

_TIMEOUT_S: Final = 60
_CREDENTIAL_HELPER: Final = '!f() { echo "username=$EMULATOR_GIT_LOGIN"; echo "password=$EMULATOR_GIT_PASSWORD"; }; f'


@dataclass(frozen=True, slots=True)
class Credentials:
    """For HTTP remotes; used for one call, never stored."""

    login: str | None = None
    password: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Source:
    """Where a library comes from, e.g. ``Source("/srv/lib.git", "main", "src")``; ``path`` may be empty."""

    remote: str
    checkout: str
    path: str
    credentials: Credentials = Credentials()

    def __post_init__(self) -> None:
        """Raise 400 for what is missing, or would be an option of git."""
        for name, text in (("repository", self.remote), ("checkout", self.checkout)):
            if not text or text.startswith("-"):
                raise illegal_argument(f"Missing or invalid argument: {name}")
        if ".." in Path(self.path).parts or ".git" in Path(self.path).parts:
            raise illegal_argument(f"Invalid path in the repository: {self.path}")


def pull(source: Source, workspace: Path, target: Path) -> str:
    """Copy what ``source`` holds to ``target``, which must not exist; return the hash of the commit."""
    commit = _clone(source, workspace)
    found = workspace / source.path.strip("/")
    if not found.is_dir():
        raise _failed(f"no folder {source.path} in the repository at {source.checkout}")
    shutil.copytree(found, target, ignore=_unwanted)
    return commit


def push(source: Source, workspace: Path, content: Path, message: str, author: str) -> str:
    """Commit ``content`` in the place of what ``source`` holds and push it; return the hash, the old one without a change."""
    commit = _clone(source, workspace)
    if not _git(workspace, "branch", "--remotes", "--list", f"origin/{source.checkout}"):
        raise _failed(f"{source.checkout} is no branch: nothing can be pushed to it")
    place = workspace / source.path.strip("/")
    for old in list(place.iterdir()) if place.is_dir() else ():
        if old.name != ".git":
            shutil.rmtree(old) if old.is_dir() and not old.is_symlink() else old.unlink()
    shutil.copytree(content, place, ignore=_unwanted, dirs_exist_ok=True)
    _git(workspace, "add", "--all")
    if not _git(workspace, "status", "--porcelain"):
        return commit
    identity = ("-c", f"user.name={author}", "-c", f"user.email={author}@localhost")
    _git(workspace, *identity, "commit", "--quiet", "--no-verify", f"--message={message}")
    _git(workspace, "push", "--quiet", "origin", f"HEAD:refs/heads/{source.checkout}", credentials=source.credentials)
    return _git(workspace, "rev-parse", "HEAD")


def _clone(source: Source, workspace: Path) -> str:
    _git(None, "clone", "--quiet", "--no-checkout", "--", source.remote, str(workspace), credentials=source.credentials)
    for name in (f"origin/{source.checkout}", source.checkout):
        try:
            commit = _git(workspace, "rev-parse", "--verify", "--quiet", f"{name}^{{commit}}")
        except DssError:
            continue
        _git(workspace, "checkout", "--quiet", "--detach", commit)
        return commit
    raise _failed(f"no branch, tag or commit {source.checkout} in the repository")


def _git(workspace: Path | None, *arguments: str, credentials: Credentials = Credentials()) -> str:
    environment = {
        "PATH": os.environ.get("PATH", os.defpath),
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_ALLOW_PROTOCOL": "file:http:https",
        "EMULATOR_GIT_LOGIN": credentials.login or "",
        "EMULATOR_GIT_PASSWORD": credentials.password or "",
    }
    helper = ("-c", f"credential.helper={_CREDENTIAL_HELPER}") if credentials.login else ()
    command = ["git", "-c", f"core.hooksPath={os.devnull}", "-c", "safe.directory=*", *helper, *arguments]
    try:
        done = subprocess.run(  # noqa: S603  arguments are checked in ``Source``, no shell
            command, cwd=workspace, env=environment, capture_output=True, text=True, timeout=_TIMEOUT_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise _failed(f"git {arguments[0]}: {type(error).__name__}") from error
    if done.returncode != 0:
        raise _failed(f"git {arguments[0]}: {_harmless(done.stderr)}")
    return done.stdout.strip()


def _failed(text: str) -> DssError:
    return DssError(500, "com.dataiku.dip.exceptions.CodedIOException", f"Git operation failed: {text}")


def _harmless(text: str) -> str:
    """Credentials in an URL are not told again."""
    return re.sub(r"//[^/@\s]*@", "//", text.strip().replace("\n", "; "))


def _unwanted(directory: str, names: list[str]) -> list[str]:
    return [name for name in names if name == ".git" or (Path(directory) / name).is_symlink()]
