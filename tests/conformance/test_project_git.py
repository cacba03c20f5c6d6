"""The git of a project: every save is a commit. Facts: api-projects-scenarios-deployer.md 3.10, object-shapes.md 1, 2, 15."""

import io
import json
import re
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from emulator.launch import NodeProcess, start_node
from tests.conformance.conftest import Dss, opened
from tests.conformance.instance import Clients, refusal, requires_client
from tests.conformance.keys import KEY, named
from tests.conformance.test_git_references import Remote, add

COPY = named("GITCOPY")
AUTHOR = "api:bootstrapadmin00"
Project = Any
Git = Any


@pytest.fixture
def git(project: Project) -> Git:
    """The git of the fresh project, with two datasets and a recipe."""
    requires_client(project, "get_project_git")
    fill(project)
    return project.get_project_git()


@pytest.fixture
def ours(steered: NodeProcess) -> Iterator[Project]:
    """The same on the emulated node, for what needs its control calls."""
    with opened(steered) as dss:
        made = dss.client().create_project("GITTED", "Gitted", "admin")
        requires_client(made, "get_project_git")
        fill(made)
        yield made
        steered.set_profile(git_commit_delay=0)
        made.delete()


def fill(project: Project) -> None:
    for name in ("src", "dst"):
        project.new_managed_dataset(name).with_store_into("filesystem_managed").create()
    project.new_recipe("sync", "copy").with_input("src").with_existing_output("dst").create()


def messages(git: Git, **options: Any) -> list[str]:
    """Return the messages, the last commit first."""
    return [entry["message"] for entry in git.log(**options)["entries"]]


def files(git: Git, commit: str | None = None) -> list[str]:
    """Return what the last commit (or a given one) changed, e.g. ``M datasets/src.json``."""
    commit = commit or git.log(count=1)["entries"][0]["commitId"]
    return [f"{entry['changeType'][0]} {entry['path']}" for entry in git.diff(commit)["entries"]]


def save(project: Project, text: str, name: str = "src") -> None:
    settings = project.get_dataset(name).get_settings()
    settings.get_raw()["shortDesc"] = text
    settings.save()


def set_mode(project: Project, mode: str) -> None:
    settings = project.get_settings()
    settings.get_raw()["settings"]["gitCommitMode"] = mode
    settings.save()


def test_new_project_begins_with_a_commit(dss: Dss, project: Project) -> None:
    """params.json, a dashboard, external-libraries.json [seen]; nothing that is git-ignored."""
    requires_client(project, "get_project_git")
    git = project.get_project_git()
    entries = git.log()["entries"]
    assert [entry["message"] for entry in entries] == [f"Created a new project: Conformance ({KEY})"]
    assert [re.sub(r"/\w{7}\.", "/ID.", line) for line in files(git)] == [
        "A dashboards/ID.json",
        "A lib/external-libraries.json",
        "A params.json",
    ]
    assert entries[0]["author"] == project.get_summary()["creationTag"]["lastModifiedBy"]["login"]
    del dss


def put_schema(project: Project) -> None:
    project.get_dataset("src").set_schema({"columns": [{"name": "a", "type": "string"}], "userModified": True})


def put_recipe(project: Project) -> None:
    settings = project.get_recipe("copy").get_settings()
    settings.get_recipe_raw_definition()["shortDesc"] = "changed"
    settings.save()


def put_settings(project: Project) -> None:
    settings = project.get_settings()
    settings.get_raw()["settings"]["flowAnchorSourcesAndSinks"] = False
    settings.save()


def put_permissions(project: Project) -> None:
    permissions = project.get_permissions()
    permissions["permissions"] = [{"group": "readers", "readProjectContent": True}]
    project.set_permissions(permissions)


def put_scenario(project: Project) -> None:
    settings = project.get_scenario("nightly").get_settings()
    settings.data["shortDesc"] = "changed"
    settings.save()


OPERATIONS: list[tuple[Callable[[Project], Any], str, list[str]]] = [
    (lambda p: save(p, "changed"), "Updated dataset K.src", ["M datasets/src.json"]),
    (put_schema, 'Updated dataset "K.src" schema', ["M datasets/src.json"]),
    (
        lambda p: p.new_managed_dataset("new").with_store_into("filesystem_managed").create(),
        "Created managed dataset: K.new",
        ["A datasets/new.json"],
    ),
    (
        lambda p: p.create_dataset("plain", "Filesystem", {"connection": "filesystem_managed", "path": "x"}),
        "Created dataset K.plain",
        ["A datasets/plain.json"],
    ),
    (
        lambda p: (
            p.new_recipe("sort", "sort").with_input("src").with_new_output("sorted", "filesystem_managed").create()
        ),
        "Created sort recipe: K.sort",
        ["A datasets/sorted.json", "A recipes/sort.json", "A recipes/sort.sort"],
    ),
    (put_recipe, "Updated recipe K.copy", ["M recipes/copy.json"]),
    (lambda p: p.create_scenario("later", "step_based"), "Created scenario K.later", ["A scenarios/later.json"]),
    (put_scenario, "Updated scenario K.nightly", ["M scenarios/nightly.json"]),
    (lambda p: p.get_scenario("nightly").delete(), "Deleted scenario K.nightly", ["D scenarios/nightly.json"]),
    (lambda p: p.create_managed_folder("F"), "Created managed folder: K.ID", ["A managed_folders/ID.json"]),
    (put_settings, "Updated project settings for K", ["M params.json"]),
    (put_permissions, "Modified project permissions for K", ["M params.json"]),
    (
        lambda p: p.set_variables({"standard": {"a": 1}, "local": {}}),
        "Saved project variables for project K",
        ["A localvariables.json", "A variables.json"],
    ),
    (lambda p: p.set_tags({"tags": {"t": {"color": "#ff0000"}}}), "Edited tags list", ["A tags.json"]),
    (lambda p: p.get_flow().create_zone("Z"), "Created a new zone", ["A zones/ID.json", "A zones/default.json"]),
]


@pytest.mark.parametrize(("act", "message", "changed"), OPERATIONS, ids=[row[1] for row in OPERATIONS])
def test_each_operation_is_one_commit(
    project: Project, git: Git, act: Callable[[Project], Any], message: str, changed: list[str]
) -> None:
    """One commit with the words and the files of real histories [seen: 91,000 commits]."""
    project.create_scenario("nightly", "step_based")
    before = len(git.log()["entries"])
    act(project)
    entries = git.log()["entries"]
    assert len(entries) == before + 1
    assert re.sub(r"\.\w{8}$", ".ID", entries[0]["message"]) == re.sub(r"\bK\b", KEY, message)
    assert (
        sorted(re.sub(r"(zones|managed_folders)/(?!default)\w{7,8}\.", r"\1/ID.", line) for line in files(git))
        == changed
    )


def test_moves_and_cascades_are_one_commit(project: Project, git: Git) -> None:
    """A move edits the zones, a deletion takes the recipes that use the dataset along [seen]."""
    zone = project.get_flow().create_zone("Z")
    zone.add_item(project.get_dataset("src"))
    assert messages(git, count=1) == [f"Moved 1 items to zone: {zone.id}"]
    assert files(git) == [f"M zones/{zone.id}.json"]
    project.get_dataset("src").delete()
    assert files(git) == [
        "D datasets/src.json",
        "D recipes/copy.json",
        "D recipes/copy.sync",
        f"M zones/{zone.id}.json",
    ]


def test_rename_is_one_commit(project: Project, git: Git) -> None:
    """The file under its new name, and whatever names it."""
    project.get_dataset("src").rename("source")
    assert files(git) == ["A datasets/source.json", "D datasets/src.json", "M recipes/copy.json"]


def test_author_is_the_login_or_the_key(clients: Clients, steered: NodeProcess, ours: Project) -> None:
    """A personal key commits as its user, a key without user as ``api:<key id>`` [seen]."""
    del steered
    save(ours, "by key")
    permissions = ours.get_permissions()
    permissions["permissions"] = [{"user": "committer", "writeProjectContent": True}]
    user = clients.user("committer", "data_team")
    ours.set_permissions(permissions)
    save(user.get_project("GITTED"), "by user")
    entries = ours.get_project_git().log()["entries"]
    assert [entries[place]["author"] for place in (0, 2)] == ["committer", AUTHOR]


def test_version_tags_are_not_in_git(project: Project, git: Git) -> None:
    """``version-tags.json`` is git-ignored since 12.4 [seen]: it is in no commit, and makes nothing dirty."""
    save(project, "changed")
    assert files(git) == ["M datasets/src.json"]
    assert messages(git, path="version-tags.json") == []
    assert git.get_status()["clean"]


def test_save_without_a_change_is_an_empty_commit(steered: NodeProcess, ours: Project) -> None:
    """Since 12.4 the file stays as it is and the commit is empty [seen]; the switch: no commit at all."""
    git = ours.get_project_git()
    save(ours, "once")
    before = len(git.log()["entries"])
    save(ours, "once")
    assert len(git.log()["entries"]) == before + 1
    assert messages(git, count=1) == ["Updated dataset GITTED.src"]
    found = git.diff(git.log()["entries"][0]["commitId"])
    assert (found["changedFiles"], found["entries"]) == (0, [])
    steered.set_profile(unchanged_save_commit="none")
    save(ours, "once")
    assert len(git.log()["entries"]) == before + 1
    assert git.get_status()["clean"]
    save(ours, "twice")
    assert len(git.log()["entries"]) == before + 2


def test_reads_and_refused_calls_make_no_commit(project: Project, git: Git) -> None:
    before = git.log()
    project.list_datasets()
    project.get_settings()
    project.get_recipe("copy").get_settings()
    git.get_status()
    git.diff()
    refusal(lambda: project.create_dataset("src", "Inline"))
    refusal(lambda: project.get_dataset("ghost").get_settings())
    assert git.log() == before


def test_log_entries(project: Project, git: Git) -> None:
    """Id, author, message, and an ISO text with zone that public tools parse [seen]; the last commit first."""
    save(project, "changed")
    first, second = git.log()["entries"][:2]
    assert first["message"].startswith("Updated dataset")
    assert second["message"].startswith("Created sync recipe")
    assert re.fullmatch(r"[0-9a-f]{40}", first["commitId"])
    at = [datetime.fromisoformat(entry["timestamp"]) for entry in (second, first)]
    assert at == sorted(at)
    assert at[0].utcoffset() == UTC.utcoffset(None)


def test_log_is_paged(git: Git) -> None:
    """``nextCommit`` is where to go on, and is there only if there is more [client]."""
    everything = git.log()
    assert "nextCommit" not in everything
    pages, start = [], None
    while True:
        page = git.log(start_commit=start, count=1)
        assert len(page["entries"]) == 1
        pages += page["entries"]
        start = page.get("nextCommit")
        if start is None:
            break
    assert pages == everything["entries"]


def test_log_has_20_entries_unless_asked(dss: Dss, project: Project, git: Git) -> None:
    """What the client documents as default; it always sends a count [client]."""
    for number in range(20):
        save(project, str(number))
    found = dss.http().get(dss.api(f"/projects/{KEY}/git/actions/log")).json()
    assert len(found["entries"]) == 20
    assert found["nextCommit"] == git.log()["entries"][20]["commitId"]


def test_log_of_a_path(project: Project, git: Git) -> None:
    """Only commits that change the file, or files in the directory [client]; a name that begins alike is another one."""
    save(project, "changed")
    assert [message.split()[0] for message in messages(git, path="datasets/src.json")] == ["Updated", "Created"]
    assert len(messages(git, path="datasets")) == 3
    assert len(messages(git, path="/datasets/")) == 3
    assert messages(git, path="datasets/sr") == []


def test_diff_between_commits(project: Project, git: Git) -> None:
    """Between two, in one, the first one too [client]: files, lines, both ends; what was changed back is no difference."""
    start = git.log()["entries"][0]
    save(project, "one")
    project.set_variables({"standard": {"a": 1}, "local": {}})
    save(project, "one", name="dst")
    last = git.log()["entries"][0]
    found = git.diff(start["commitId"], last["commitId"])
    assert found["changedFiles"] == len(found["entries"]) == 4
    assert (found["commitFrom"], found["commitTo"]) == (start, last)
    assert [entry["path"] for entry in found["entries"]] == [
        "datasets/dst.json",
        "datasets/src.json",
        "localvariables.json",
        "variables.json",
    ]
    lines = (found["addedLines"], found["removedLines"])
    assert lines[0] > lines[1] >= 0
    back = git.diff(last["commitId"], start["commitId"])
    assert (back["removedLines"], back["addedLines"]) == lines
    in_one = git.diff(last["commitId"])
    assert [entry["path"] for entry in in_one["entries"]] == ["datasets/dst.json"]
    assert in_one["commitTo"] == last
    first = git.log()["entries"][-1]
    assert {entry["changeType"] for entry in git.diff(first["commitId"])["entries"]} == {"ADD"}
    assert git.diff(last["commitId"], last["commitId"])["entries"] == []


def test_lines_are_counted(project: Project, git: Git) -> None:
    library = project.get_library()
    file = library.add_file("python/lib.py")
    file.write("a\nb\nc\nd\n")
    file.write("a\nB\nc\nd\ne\n")
    found = git.diff(git.log()["entries"][0]["commitId"])
    assert (found["addedLines"], found["removedLines"], found["changedFiles"]) == (2, 1, 1)
    file.write("d\n")
    found = git.diff(git.log()["entries"][0]["commitId"])
    assert (found["addedLines"], found["removedLines"]) == (0, 4)


def test_unknown_commits_are_refused(git: Git) -> None:
    commit = git.log()["entries"][0]["commitId"]
    for call in (
        lambda: git.log(start_commit="f" * 40),
        lambda: git.diff("f" * 40),
        lambda: git.diff(commit, "f" * 40),
        lambda: git.create_tag("t", reference="f" * 40),
    ):
        assert "Commit does not exist" in refusal(call)
    assert "commitFrom" in refusal(lambda: git.diff(None, commit))


def test_explicit_mode_lets_saves_wait(project: Project, git: Git) -> None:
    """``ALL_EXPLICIT``: saves accumulate until a commit takes all of them, new files too [doc, client]."""
    set_mode(project, "ALL_EXPLICIT")
    git.commit("the mode itself")
    assert git.get_status()["clean"]
    before = git.log()
    save(project, "waits")
    project.create_scenario("later", "step_based")
    project.set_variables({"standard": {}, "local": {}})
    project.get_recipe("copy").delete()
    assert git.log() == before
    status = git.get_status()
    assert not status["clean"]
    assert status["hasUncommittedChanges"]
    assert status["modified"] == ["datasets/src.json"]
    assert status["missing"] == ["recipes/copy.json", "recipes/copy.sync"]
    assert sorted(status["untracked"]) == ["localvariables.json", "scenarios/later.json", "variables.json"]
    assert status["untrackedFolders"] == ["scenarios"]
    assert {status[key] == [] for key in ("added", "changed", "removed", "conflicting")} == {True}
    waiting = git.diff()
    assert waiting["changedFiles"] == 6
    assert waiting["commitFrom"] == before["entries"][0]
    git.commit("all of it")
    assert messages(git)[:2] == ["all of it", before["entries"][0]["message"]]
    assert git.get_status()["clean"]
    assert git.diff()["entries"] == []
    assert len(files(git)) == 6


def test_change_that_is_taken_back_is_no_difference(project: Project, git: Git) -> None:
    save(project, "before")
    set_mode(project, "ALL_EXPLICIT")
    git.commit("mode")
    save(project, "other")
    assert git.get_status()["modified"] == ["datasets/src.json"]
    save(project, "before")
    assert git.get_status()["clean"]


def test_recipes_explicit_lets_recipes_wait(project: Project, git: Git) -> None:
    """``RECIPES_EXPLICIT``, seen once: by its name, all but recipes is committed at once [inferred]."""
    set_mode(project, "RECIPES_EXPLICIT")
    save(project, "at once")
    put_recipe(project)
    assert messages(git, count=2) == [f"Updated dataset {KEY}.src", f"Updated project settings for {KEY}"]
    assert git.get_status()["modified"] == ["recipes/copy.json"]
    git.commit("recipe")
    assert files(git) == ["M recipes/copy.json"]


def test_commit_needs_a_message(git: Git) -> None:
    before = git.log()
    for message in ("", " ", None):
        assert "message" in refusal(lambda message=message: git.commit(message))
    assert git.log() == before


def test_new_files_may_count_as_uncommitted(steered: NodeProcess, ours: Project) -> None:
    """``hasUncommittedChanges`` without them as in JGit [inferred], or with them; ``clean`` knows them always."""
    git = ours.get_project_git()
    set_mode(ours, "ALL_EXPLICIT")
    git.commit("mode")
    ours.create_scenario("later", "step_based")
    for counts in (False, True):
        steered.set_profile(untracked_is_uncommitted=counts)
        status = git.get_status()
        assert (status["clean"], status["hasUncommittedChanges"]) == (False, counts)


def test_local_variables_may_stay_out(steered: NodeProcess, ours: Project) -> None:
    """They are in part of the real repositories [seen]."""
    git = ours.get_project_git()
    steered.set_profile(local_variables_in_git=False)
    ours.set_variables({"standard": {"a": 1}, "local": {"b": 2}})
    assert files(git) == ["A variables.json"]
    assert git.get_status()["clean"]
    steered.set_profile(local_variables_in_git=True)
    ours.set_variables({"standard": {"a": 1}, "local": {"b": 3}})
    assert files(git) == ["A localvariables.json"]


@pytest.mark.parametrize("delay", [1, 3])
def test_commit_may_come_some_calls_later(steered: NodeProcess, ours: Project, delay: int) -> None:
    """The next calls see the change in the working copy and not in the log; none of the commits is lost."""
    git = ours.get_project_git()
    before = messages(git)
    steered.set_profile(git_commit_delay=delay)
    save(ours, "later")
    for _ in range(delay - 1):
        assert messages(git) == before
    assert git.get_status()["modified"] == ["datasets/src.json"]
    assert messages(git) == ["Updated dataset GITTED.src", *before]
    assert git.get_status()["clean"]
    for number in range(5):
        save(ours, str(number))
    for _ in range(delay):
        git.get_current_branch()
    assert messages(git) == ["Updated dataset GITTED.src"] * 6 + before


def test_commit_of_a_project_that_went_is_forgotten(steered: NodeProcess, ours: Project) -> None:
    """A commit that waits belongs to the project, not to its key."""
    client = ours.client
    gone = client.create_project("GONE", "g", "admin")
    steered.set_profile(git_commit_delay=2)
    gone.set_variables({"standard": {}, "local": {}})
    gone.delete()
    again = client.create_project("GONE", "g", "admin")
    git = again.get_project_git()
    git.get_current_branch()
    git.get_current_branch()
    assert messages(git) == ["Created a new project: g (GONE)"]
    again.delete()


def test_branch_remotes_and_tracking(git: Git) -> None:
    """One branch and no remote: ``url`` is missing [client], nothing is ahead or behind."""
    branch = git.get_current_branch()
    assert git.list_branches() == git.list_branches(remote=True) == [branch]
    assert git.get_remote() is None
    status = git.get_status()
    assert (status["currentBranch"], status["remotes"]) == (branch, [])
    assert status["trackingCount"] == {"ahead": 0, "behind": 0}


def test_tags_name_commits(project: Project, git: Git) -> None:
    """HEAD or a commit; gone when deleted [client]."""
    assert git.list_tags() == []
    first = git.log()["entries"][-1]["commitId"]
    git.create_tag("v1", reference=first, message="the first")
    git.create_tag("v2")
    save(project, "after")
    tags = {tag["shortName"]: tag for tag in git.list_tags()}
    assert tags["v1"]["commit"] == first
    assert tags["v1"]["annotations"] == "the first"
    assert tags["v2"]["commit"] == git.log()["entries"][1]["commitId"]
    assert "already exists" in refusal(lambda: git.create_tag("v1"))
    assert "Invalid tag name" in refusal(lambda: git.create_tag("a b"))
    git.delete_tag("v1")
    assert [tag["shortName"] for tag in git.list_tags()] == ["v2"]
    assert "does not exist" in refusal(lambda: git.delete_tag("v1"))


@pytest.mark.parametrize(
    ("call", "word"),
    [
        (lambda git: git.set_remote("https://example.com/x.git"), "remote"),
        (lambda git: git.remove_remote(), "remote"),
        (lambda git: git.fetch(), "remote"),
        (lambda git: git.pull(), "remote"),
        (lambda git: git.push(), "remote"),
        (lambda git: git.reset_to_upstream(), "remote"),
        (lambda git: git.create_branch("b"), "branch"),
        (lambda git: git.switch("b"), "branch"),
        (lambda git: git.delete_branch("b"), "branch"),
        (lambda git: git.revert_to_revision(git.log()["entries"][-1]["commitId"]), "revert"),
        (lambda git: git.revert_commit(git.log()["entries"][0]["commitId"]), "revert"),
        (lambda git: git.reset_to_head(), "uncommitted"),
        (lambda git: git.drop_and_rebuild(i_know_what_i_am_doing=True), "history"),
    ],
)
def test_what_is_not_imitated_is_refused(only_here: None, git: Git, call: Callable[[Git], Any], word: str) -> None:
    """Remotes, branches and rewritten files: a sentence that says so, and nothing has happened."""
    del only_here
    before = git.log(), git.get_status()
    text = refusal(lambda: call(git))
    assert "The emulated node cannot" in text
    assert word in text
    assert (git.log(), git.get_status()) == before


def test_rights(clients: Clients, steered: NodeProcess, ours: Project) -> None:
    """Not documented [inferred]: reading needs read, committing and tagging write, remotes and branches administration."""
    del steered
    users = {login: clients.user(login, "readers").get_project("GITTED") for login in ("git_reader", "git_writer")}
    permissions = ours.get_permissions()
    permissions["permissions"] = [
        {"user": "git_reader", "readProjectContent": True},
        {"user": "git_writer", "writeProjectContent": True},
    ]
    stranger = clients.user("git_stranger", "readers").get_project("GITTED")
    ours.set_permissions(permissions)
    reader, writer = (users[login].get_project_git() for login in ("git_reader", "git_writer"))
    assert reader.log() == writer.log() == ours.get_project_git().log()
    assert reader.get_status()["clean"]
    for call in (
        lambda: reader.commit("x"),
        lambda: reader.create_tag("t"),
        writer.push,
        stranger.get_project_git().log,
    ):
        assert "Unauthorized" in refusal(call)
    writer.create_tag("t")
    writer.commit("x")
    assert ours.get_project_git().log()["entries"][0]["author"] == "git_writer"


@pytest.mark.parametrize("version", ["12.4.2", "13.0.0"])
def test_routes_are_there_since_12_4_2(steered: NodeProcess, ours: Project, version: str) -> None:
    steered.set_profile(dss_version=version)
    assert ours.get_project_git().log()["entries"]


@pytest.mark.parametrize("version", ["11.4.0", "12.4.1"])
def test_older_nodes_do_not_know_the_routes(steered: NodeProcess, ours: Project, version: str) -> None:
    steered.set_profile(dss_version=version)
    assert "404" in refusal(ours.get_project_git().log)


def test_persons_builds_and_upgrades_commit(steered: NodeProcess, ours: Project) -> None:
    """Who did it, in the words of the user interface; a migration is by ``no:auth`` [seen]."""
    git = ours.get_project_git()
    maria = steered.person("GITTED", "maria")
    maria.save(("RECIPE", "copy"))
    maria.edit("DATASET", "src", {"op": "add", "path": "/shortDesc", "value": "edited"})
    maria.build("copy", columns={"dst": [{"name": "a", "type": "string"}]})
    maria.rename("DATASET", "src", "source")
    maria.delete("RECIPE", "copy")
    entries = git.log()["entries"][:5]
    assert [entry["message"] for entry in entries] == [
        "Deleted recipe GITTED.copy",
        "Renamed dataset GITTED.src to source",
        "Updated schema of GITTED.dst from recipe in project GITTED",
        "Saved dataset GITTED.src",
        "Saved recipe GITTED.copy",
    ]
    assert {entry["author"] for entry in entries} == {"maria"}
    assert files(git, entries[2]["commitId"]) == ["M datasets/dst.json"]


def test_upgrade_commits_where_it_migrates(tmp_path: Path) -> None:
    with start_node(tmp_path / "node") as node, opened(node) as dss:
        node.set_profile(dss_version="13.3.0")
        project = dss.client().create_project("OLD", "o", "admin")
        requires_client(project, "get_project_git")
        fill(project)
        node.upgrade("13.4.0")
        entry = project.get_project_git().log()["entries"][0]
        assert (entry["author"], entry["message"]) == ("no:auth", "Migration to DSS version 13.4.0")
        assert files(project.get_project_git()) == ["M datasets/dst.json", "M datasets/src.json"]


def test_each_object_of_a_ui_save_is_a_commit(steered: NodeProcess, ours: Project) -> None:
    git = ours.get_project_git()
    before = len(git.log()["entries"])
    saved = steered.person("GITTED").save(noise="all")
    assert len(git.log()["entries"]) == before + len(saved)
    assert git.get_status()["clean"]


def test_long_call_is_one_commit_when_it_is_done(ours: Project, tmp_path: Path) -> None:
    """``Git references update`` [seen]: files and reference together, though the work is a future."""
    git = ours.get_project_git()
    before = len(git.log()["entries"])
    add(ours, Remote(tmp_path))
    assert len(git.log()["entries"]) == before + 1
    assert messages(git, count=1) == ["Git references update"]
    assert sorted(files(git)) == ["A lib/python/shared/helper.py", "M lib/external-libraries.json"]
    ours.get_project_git().remove_library("python/shared", delete_directory=True)
    assert sorted(files(git)) == ["D lib/python/shared/helper.py", "M lib/external-libraries.json"]


def test_lost_answers_leave_their_commit(steered: NodeProcess, ours: Project) -> None:
    """A call that failed before its effect has none, one whose answer was lost has its own."""
    git = ours.get_project_git()
    for when, count in (("before", 0), ("after", 1)):
        steered.clear_faults()
        steered.fail("status", "PUT", "/datasets/src", when=when, status=503)
        before = len(git.log()["entries"])
        refusal(lambda when=when: save(ours, when))
        assert len(git.log()["entries"]) == before + count


def test_history_survives_a_kill(tmp_path: Path) -> None:
    """Log, tags, tree and what waits for a commit; half a line that a kill left is no commit."""
    with start_node(tmp_path / "node") as node:
        with opened(node) as dss:
            project = dss.client().create_project("KEPT", "k", "admin")
            requires_client(project, "get_project_git")
            fill(project)
            git = project.get_project_git()
            git.create_tag("v1")
            set_mode(project, "ALL_EXPLICIT")
            save(project, "waits")
            before = [git.log(), git.list_tags(), git.get_status(), git.diff()]
        node.kill()
        with (tmp_path / "node/config/projects/KEPT/.git/commits.jsonl").open("ab") as file:
            file.write(b'{"id": "half a')
        node.restart()
        with opened(node) as dss:
            git = dss.client().get_project("KEPT").get_project_git()
            assert [git.log(), git.list_tags(), git.get_status(), git.diff()] == before
            assert git.get_status()["modified"] == ["datasets/src.json", "params.json"]
            git.commit("now")
            assert git.get_status()["clean"]
            after = git.log()
        node.kill()
        node.restart()
        with opened(node) as dss:
            assert dss.client().get_project("KEPT").get_project_git().log() == after


def test_save_that_was_killed_before_its_commit_is_uncommitted(tmp_path: Path) -> None:
    """A commit that waits is lost with the process, the files are not: the status tells."""
    with start_node(tmp_path / "node") as node:
        node.set_profile(git_commit_delay=9)
        with opened(node) as dss:
            project = dss.client().create_project("CUT", "c", "admin")
            requires_client(project, "get_project_git")
            git = project.get_project_git()
            for _ in range(9):
                git.get_current_branch()
            assert len(git.log()["entries"]) == 1
            project.set_variables({"standard": {"a": 1}, "local": {}})
        node.kill()
        node.restart()
        with opened(node) as dss:
            git = dss.client().get_project("CUT").get_project_git()
            assert len(git.log()["entries"]) == 1
            assert git.get_status()["untracked"] == ["localvariables.json", "variables.json"]


def test_import_begins_a_history(dss: Dss, client: Any, project: Project, git: Git) -> None:
    """No ``.git`` in an export; the copy begins with one commit of all its files, by who imported it [seen]."""
    with project.get_export_stream({}) as stream:
        content = stream.read()
    names = zipfile.ZipFile(io.BytesIO(content)).namelist()
    assert not [name for name in names if ".git/" in name]
    client.prepare_project_import(io.BytesIO(content)).execute({"targetProjectKey": COPY})
    copy = client.get_project(COPY)
    try:
        copied = copy.get_project_git()
        assert messages(copied) == [f"Imported project {COPY}"]
        assert copied.get_status()["clean"]
        kinds = {line[0] for line in files(copied)}
        assert kinds == {"A"}
        assert {"A params.json", "A datasets/src.json", "A recipes/copy.sync"} <= set(files(copied))
        assert copied.log()["entries"][0]["author"] == git.log()["entries"][0]["author"]
        save(copy, "here only")
        assert len(messages(copied)) == 2
    finally:
        copy.delete()
    del dss


def test_duplicate_and_load_begin_a_history(steered: NodeProcess, ours: Project, tmp_path: Path) -> None:
    """``Duplicated project A into B`` by the person [seen]; a loaded tree leaves its own ``.git`` behind."""
    (tmp_path / "tree/.git").mkdir(parents=True)
    (tmp_path / "tree/.git/commits.jsonl").write_text("{}\n")
    (tmp_path / "tree/params.json").write_text(json.dumps({"name": "t", "settings": {"gitCommitMode": "ALL_EXPLICIT"}}))
    (tmp_path / "tree/version-tags.json").write_text("{}")
    steered.load_project("LOADED", tmp_path / "tree")
    steered.person("GITTED", "maria").duplicate("PROJECT", "GITTED", "DOUBLE")
    client = ours.client
    double, loaded = (client.get_project(key) for key in ("DOUBLE", "LOADED"))
    entries = double.get_project_git().log()["entries"]
    assert [(entry["author"], entry["message"]) for entry in entries] == [
        ("maria", "Duplicated project GITTED into DOUBLE")
    ]
    assert messages(loaded.get_project_git()) == ["Imported project LOADED"]
    assert files(loaded.get_project_git()) == ["A params.json"]
    for made in (double, loaded):
        made.delete()


def test_history_goes_with_its_project(dss: Dss, client: Any) -> None:
    for _ in range(2):
        made = client.create_project(COPY, "c", dss.owner)
        requires_client(made, "get_project_git")
        git = made.get_project_git()
        assert len(git.log()["entries"]) == 1
        made.set_variables({"standard": {}, "local": {}})
        git.create_tag("t")
        made.delete()
