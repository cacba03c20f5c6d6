"""One commit of a Git repository on disk, for the time it takes to read it.

The ``git`` program does the work. Credentials reach it through an askpass script that reads its own environment: never
through arguments, files or the URL. Nothing that the repository holds is executed: no hooks, no filters, no submodules.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from dataiku_iac.commands.inputs import GitCredentials
from dataiku_iac.core.errors import ConfigError

__all__ = ["Checkout", "check_url", "checkout"]

_TIMEOUT_S: Final = 120.0
_SCP_FORM: Final = re.compile(r"[A-Za-z0-9._-]+@[A-Za-z0-9.-]+:[^:].*")  # git@example.com:team/repository.git
_REF: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_./+@-]*")
_COMMIT: Final = re.compile(r"[0-9a-f]{40}")
_KEPT: Final = ("PATH", "HOME", "LANG", "SSL_CERT_FILE", "SSL_CERT_DIR", "SSH_AUTH_SOCK", "USER", "LOGNAME")
_PROXIES: Final = ("HTTPS_PROXY", "https_proxy", "NO_PROXY", "no_proxy", "ALL_PROXY", "all_proxy")
_ASKPASS: Final = """#!/bin/sh
case "$1" in
  Username*) printf '%s' "$DATAIKU_IAC_GIT_USER" ;;
  *) printf '%s' "$DATAIKU_IAC_GIT_TOKEN" ;;
esac
"""


@dataclass(frozen=True, slots=True)
class Checkout:
    """Files of ``commit`` below ``root``."""

    root: Path
    commit: str


def check_url(url: str, allowed: Sequence[str] | None) -> None:
    """Refuse URLs that are none, that carry credentials, or that an administrator has not allowed.

    https is always allowed. Others reach further than the user who asks: ``ssh`` uses the key of the machine, ``file``
    reads its disks; in a node they need to begin with one of ``allowed``. ``None`` allows both (the program, where the
    user is the one whose keys and files these are).
    """
    where = "Git source"
    parts = urlsplit(url)
    scheme = "ssh" if _SCP_FORM.fullmatch(url) and "://" not in url else parts.scheme
    if scheme not in ("https", "ssh", "file") or url.startswith("-") or any(c.isspace() for c in url):
        raise ConfigError(
            "this is not the URL of a Git repository that can be used",  # not repeated: it may hold a password
            where=where,
            next_step="write https://host/path.git, ssh://git@host/path.git, git@host:path.git or file:///path",
        )
    if parts.password is not None or (scheme == "https" and parts.username is not None):
        raise ConfigError(
            "the Git URL holds credentials",
            where=f"{where}, host {parts.hostname}",
            next_step="take them out of the URL and put them into a preset of the plugin's Git credentials",
        )
    if scheme == "https" or allowed is None or any(url.startswith(prefix) for prefix in allowed if prefix):
        return
    raise ConfigError(
        f'"{url}" is not among the Git URLs that may be used from this node',
        where=where,
        next_step="use an https URL, or let an administrator add a prefix to the settings of the plugin",
    )


@contextmanager
def checkout(
    url: str,
    ref: str,
    *,
    allowed: Sequence[str] | None,
    credentials: GitCredentials | None = None,
    environ: Mapping[str, str],
) -> Iterator[Checkout]:
    """Fetch one commit without its history; the files are gone after the ``with``.

    ``ref`` is a branch, a tag or a full commit id; empty means the default branch.

    Raises:
        ConfigError: a URL or ref that cannot be used, or git says no; its words are in the error, credentials are not.
    """
    check_url(url, allowed)
    if ref and (not _REF.fullmatch(ref) or ".." in ref):
        raise ConfigError(
            f'"{ref}" is not a branch, tag or commit', where=f"Git source {url}", next_step="correct the name"
        )
    if shutil.which("git", path=environ.get("PATH")) is None:
        raise ConfigError("there is no git here", where=f"Git source {url}", next_step="install git on this machine")
    with tempfile.TemporaryDirectory(prefix="dataiku-iac-git-") as scratch:
        git = _Git(Path(scratch), url, credentials, environ)
        git.run("init", "--quiet", "--template=", str(git.tree))
        try:
            git.run("-C", str(git.tree), "fetch", "--quiet", "--depth=1", "--no-tags", url, ref or "HEAD")
        except ConfigError:
            # Not every server hands out a commit by its id; then its branches are fetched whole.
            if not _COMMIT.fullmatch(ref):
                raise
            git.run("-C", str(git.tree), "fetch", "--quiet", "--tags", url, "+refs/heads/*:refs/remotes/origin/*")
            git.run("-C", str(git.tree), "checkout", "--quiet", "--detach", ref)
        else:
            git.run("-C", str(git.tree), "checkout", "--quiet", "--detach", "FETCH_HEAD")
        commit = git.run("-C", str(git.tree), "rev-parse", "HEAD").strip()
        yield Checkout(git.tree, commit)


class _Git:
    def __init__(self, scratch: Path, url: str, credentials: GitCredentials | None, environ: Mapping[str, str]) -> None:
        self.tree = scratch / "tree"
        self._url = url
        self._credentials = credentials
        self._environ = {name: environ[name] for name in (*_KEPT, *_PROXIES) if name in environ} | {
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_CONFIG_GLOBAL": os.devnull,  # aliases, filters and helpers of whoever runs the node
            "GIT_LFS_SKIP_SMUDGE": "1",
            "GIT_ALLOW_PROTOCOL": "https:ssh:file",
            "GIT_SSH_COMMAND": "ssh -o BatchMode=yes -o ConnectTimeout=15",
            "LC_ALL": "C",
        }
        self._options = ["-c", "core.hooksPath=/dev/null", "-c", "core.symlinks=false", "-c", "credential.helper="]
        if credentials is not None:
            askpass = scratch / "askpass"
            askpass.write_text(_ASKPASS, encoding="utf-8")
            askpass.chmod(0o700)
            self._environ |= {
                "GIT_ASKPASS": str(askpass),
                "DATAIKU_IAC_GIT_USER": credentials.user or "token",
                "DATAIKU_IAC_GIT_TOKEN": credentials.token.reveal(),
            }
            # A redirect to another host would be answered with the token too.
            self._options += ["-c", "http.followRedirects=false"]

    def run(self, *arguments: str) -> str:
        process = subprocess.Popen(  # noqa: S603 - no shell; url and ref are checked above
            ["git", *self._options, *arguments],  # noqa: S607 - found on the PATH of the machine on purpose
            env=self._environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            start_new_session=True,
        )
        try:
            output, errors = process.communicate(timeout=_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)  # git's helpers hold the connection
            process.communicate()
            raise self._failed(f"no answer within {_TIMEOUT_S:.0f} s") from None
        if process.returncode != 0:
            raise self._failed(self._masked(errors))
        return output

    def _masked(self, text: str) -> str:
        if self._credentials is not None:
            text = text.replace(self._credentials.token.reveal(), "***")
        lines = [line.strip() for line in text.splitlines() if line.strip()]
        return "; ".join(lines[:6])[:500] or "git failed without a word"

    def _failed(self, said: str) -> ConfigError:
        return ConfigError(
            f"the repository could not be fetched: {said}",
            where=f"Git source {self._url}",
            next_step="check the URL, the branch, tag or commit, and the credentials",
        )
