"""External libraries of a project, pulled from real repositories on this machine. Facts: api-projects-scenarios-deployer.md 3.10,
object-shapes.md 14."""

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from emulator.launch import NodeProcess
from tests.conformance.conftest import opened
from tests.conformance.instance import Clients, outcome_of, refusal, requires_client

IDENTITY = {f"GIT_{who}_{what}": "test@localhost" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}


def git(where: Path, *arguments: str) -> str:
    environment = {**os.environ, **IDENTITY, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    done = subprocess.run(["git", *arguments], cwd=where, env=environment, capture_output=True, text=True, check=True)
    return done.stdout.strip()


class Remote:
    """A bare repository with a branch ``main`` that holds ``src/helper.py``."""

    def __init__(self, directory: Path) -> None:
        self.url = str(directory / "shared.git")
        self._work = directory / "work"
        git(directory, "init", "--quiet", "--bare", "--initial-branch=main", self.url)
        git(directory, "clone", "--quiet", self.url, str(self._work))
        self.commit("X = 1\n")

    def commit(self, helper: str) -> str:
        """Change the file and return the hash of the new commit."""
        (self._work / "src").mkdir(exist_ok=True)
        (self._work / "src/helper.py").write_text(helper)
        (self._work / "README").write_text("of the repository\n")
        git(self._work, "add", "--all")
        git(self._work, "commit", "--quiet", "--message=change")
        git(self._work, "push", "--quiet", "origin", "HEAD:main")
        return git(self._work, "rev-parse", "HEAD")

    def helper(self) -> str:
        return git(Path(self.url), "show", "main:src/helper.py")

    def head(self) -> str:
        return git(Path(self.url), "rev-parse", "main")

    def author(self) -> str:
        return git(Path(self.url), "log", "-1", "--format=%an", "main")


@pytest.fixture
def remote(tmp_path: Path) -> Remote:
    return Remote(tmp_path)


@pytest.fixture
def project(steered: NodeProcess) -> Iterator[Any]:
    with opened(steered) as dss:
        made = dss.client().create_project("LIBS", "Libs", "admin")
        requires_client(made, "get_project_git")
        yield made
        made.delete()


def add(project: Any, remote: Remote, path: str = "python/shared", **more: Any) -> Any:
    """Add a library as newer clients do (older ones do not hand the future out) and return what the future gives."""
    body = {
        "repository": remote.url,
        "pathInGitRepository": "src",
        "localTargetPath": path,
        "checkout": "main",
        "addToPythonPath": True,
        **more,
    }
    answer = project.client._perform_json("POST", f"/projects/{project.project_key}/git/lib-git-refs/", body=body)
    return outcome_of(project.client.get_future(answer["jobId"]))


def library(project: Any, path: str) -> str:
    text: str = project.get_library().get_file(path).read()
    return text


def stored(node: NodeProcess) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((node.data_dir / "config/projects/LIBS/lib/external-libraries.json").read_text())
    return found


def test_added_library_is_pulled_and_noted(node: NodeProcess, project: Any, remote: Remote) -> None:
    """A future; the files of the folder in the repository; remote, checkout, path and hash in the file [seen]."""
    add(project, remote)
    assert library(project, "python/shared/helper.py") == "X = 1\n"
    assert [item.name for item in project.get_library().get_folder("/python/shared").list()] == ["helper.py"]
    found = stored(node)
    reference = {"remote": remote.url, "checkout": "main", "remotePath": "src", "lastHash": remote.head()}
    assert found["gitReferences"] == {"python/shared": reference}
    assert found["pythonPath"] == ["python", "python/shared"]
    (item,) = project.get_project_git().list_libraries()
    assert reference.items() <= item.items()


def test_library_outside_the_python_path(node: NodeProcess, project: Any, remote: Remote) -> None:
    """``addToPythonPath`` [client]; the whole repository without a path in it."""
    add(project, remote, "whole", pathInGitRepository="", addToPythonPath=False)
    assert library(project, "whole/README") == "of the repository\n"
    assert library(project, "whole/src/helper.py") == "X = 1\n"
    assert stored(node)["pythonPath"] == ["python"]
    names = [item.name for item in project.get_library().get_folder("/whole").list()]
    assert ".git" not in names


def test_commits_and_tags_can_be_checked_out(project: Any, remote: Remote) -> None:
    """Branch, commit, or tag [client]."""
    old = remote.head()
    remote.commit("X = 2\n")
    add(project, remote, "old", checkout=old)
    assert library(project, "old/helper.py") == "X = 1\n"


def test_what_cannot_be_pulled_leaves_nothing(node: NodeProcess, project: Any, remote: Remote) -> None:
    """The future fails; neither files nor a reference."""
    before = stored(node)
    for options in ({"checkout": "ghost"}, {"pathInGitRepository": "nowhere"}):
        assert "Git operation failed" in refusal(lambda options=options: add(project, remote, **options))
    missing = Remote.__new__(Remote)
    missing.url = remote.url + ".ghost"
    assert "Git operation failed" in refusal(lambda: add(project, missing))
    assert stored(node) == before
    assert [item.name for item in project.get_library().list() if item.name == "python"] == []


@pytest.mark.parametrize("path", ["", "../outside", "/"])
def test_bad_places_are_refused(project: Any, remote: Remote, path: str) -> None:
    """Below ``lib/`` only."""
    assert "IllegalArgument" in refusal(lambda: add(project, remote, path))


@pytest.mark.parametrize("url", ["--upload-pack=touch x", "ext::sh -c true", "ssh://localhost/x"])
def test_bad_remotes_are_refused(project: Any, remote: Remote, url: str) -> None:
    """Nothing but git over files and HTTP is spoken to; options of git are no remotes."""
    remote.url = url
    refusal(lambda: add(project, remote))
    assert project.get_project_git().list_libraries() == []


def test_taken_places_are_refused(project: Any, remote: Remote) -> None:
    """Neither another library nor files of one's own are overwritten."""
    add(project, remote)
    assert "already exists" in refusal(lambda: add(project, remote))
    project.get_library().add_file("mine/a.py").write("1")
    assert "already exist" in refusal(lambda: add(project, remote, "mine"))
    assert library(project, "mine/a.py") == "1"


def test_reset_takes_what_the_repository_has(project: Any, remote: Remote) -> None:
    """Local changes are lost [client]; all libraries at once too."""
    add(project, remote)
    project.get_library().get_file("python/shared/helper.py").write("X = 'local'\n")
    newer = remote.commit("X = 2\n")
    outcome_of(project.get_project_git().reset_library("python/shared"))
    assert library(project, "python/shared/helper.py") == "X = 2\n"
    (item,) = project.get_project_git().list_libraries()
    assert item["lastHash"] == newer
    remote.commit("X = 3\n")
    outcome_of(project.get_project_git().reset_all_libraries())
    assert library(project, "python/shared/helper.py") == "X = 3\n"


def test_push_gives_local_changes_to_the_branch(project: Any, remote: Remote) -> None:
    """A commit by who pushes; without a change there is none; what is no branch cannot be pushed to."""
    add(project, remote)
    before = remote.head()
    handle = project.get_project_git()
    outcome_of(handle.push_library("python/shared", "nothing"))
    assert remote.head() == before
    project.get_library().get_file("python/shared/helper.py").write("X = 'local'\n")
    outcome_of(handle.push_all_libraries("mine"))
    assert remote.helper() == "X = 'local'"
    assert remote.author().startswith("api:")
    assert git(Path(remote.url), "show", "main:README") == "of the repository"
    (item,) = handle.list_libraries()
    assert item["lastHash"] == remote.head()
    add(project, remote, "pinned", checkout=before)
    assert "is no branch" in refusal(lambda: outcome_of(handle.push_library("pinned", "x")))


def test_reference_is_changed_and_files_follow_at_the_next_reset(project: Any, remote: Remote) -> None:
    """PUT answers the path [client]."""
    add(project, remote)
    handle = project.get_project_git()
    assert handle.set_library("python/shared", remote.url, "", "main") == "python/shared"
    assert library(project, "python/shared/helper.py") == "X = 1\n"
    outcome_of(handle.reset_library("python/shared"))
    assert library(project, "python/shared/src/helper.py") == "X = 1\n"


def test_removed_reference_leaves_or_takes_its_files(node: NodeProcess, project: Any, remote: Remote) -> None:
    """``deleteDirectory`` [client]."""
    for path in ("kept", "gone"):
        add(project, remote, path)
        project.get_project_git().remove_library(path, path == "gone")
    assert library(project, "kept/helper.py") == "X = 1\n"
    assert "gone" not in [item.name for item in project.get_library().list()]
    assert stored(node)["gitReferences"] == {}
    assert stored(node)["pythonPath"] == ["python", "kept"]


def test_missing_references_are_404(project: Any, remote: Remote) -> None:
    """2.3: NotFound."""
    handle = project.get_project_git()
    for call in (
        lambda: handle.set_library("ghost", remote.url, "", "main"),
        lambda: handle.remove_library("ghost", False),
        lambda: outcome_of(handle.reset_library("ghost")),
        lambda: outcome_of(handle.push_library("ghost", "x")),
    ):
        assert "NotFoundException" in refusal(call)


def test_credentials_are_neither_stored_nor_told(node: NodeProcess, project: Any, remote: Remote) -> None:
    """Login and password are for the one call; credentials in an URL are not told again in errors."""
    add(project, remote, login="somebody", password="hunter2hunter2")
    tree = b"".join(file.read_bytes() for file in node.data_dir.rglob("*") if file.is_file())
    assert b"hunter2hunter2" not in tree
    remote.url = "http://somebody:hunter2hunter2@127.0.0.1:9/x.git"
    text = refusal(lambda: add(project, remote, "other"))
    assert "Git operation failed" in text
    assert "hunter2" not in text


def test_links_in_a_repository_are_not_followed(project: Any, remote: Remote, tmp_path: Path) -> None:
    """A repository is foreign: a link in it must not show files of the node."""
    (tmp_path / "work/src/link").symlink_to("/etc")
    remote.commit("X = 2\n")
    add(project, remote)
    assert [item.name for item in project.get_library().get_folder("/python/shared").list()] == ["helper.py"]


def test_rights_and_versions(steered: NodeProcess, clients: Clients, project: Any, remote: Remote) -> None:
    """Reading needs read, adding write and the right to write code; since 12.6 [client]."""
    seen = {login: clients.user(login, "readers").get_project("LIBS") for login in ("lib_reader", "lib_writer")}
    permissions = project.get_permissions()
    permissions["permissions"] = [
        {"user": "lib_reader", "readProjectContent": True},
        {"user": "lib_writer", "writeProjectContent": True},
    ]
    project.set_permissions(permissions)
    assert seen["lib_reader"].get_project_git().list_libraries() == []
    assert "Unauthorized" in refusal(lambda: add(seen["lib_reader"], remote))
    assert "may not write code" in refusal(lambda: add(seen["lib_writer"], remote))
    steered.set_profile(dss_version="11.4.0")
    assert "404" in refusal(project.get_project_git().list_libraries)
