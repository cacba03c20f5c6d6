"""Routes of the project git. Source: api-projects-scenarios-deployer.md 3.10. New in 12.4.2; every answer is parsed [client].

Rights are not documented [inferred]: reading needs to read the project, committing and tagging to write it, the rest its administration.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from itertools import islice
from typing import Final

from emulator.errors import illegal_argument, not_found
from emulator.git.acts import Commits, unlisted
from emulator.git.diffs import Content, FileDiff, compare
from emulator.git.history import History, Status
from emulator.git.storage import Blob, Commit
from emulator.json_text import JsonObject
from emulator.projects.project import Project
from emulator.rights import Right
from emulator.routing import Reply, Request, Route, json_reply, message_reply
from emulator.world import World

__all__ = ["ROUTES"]

_BRANCH: Final = "master"
"""The one branch of a project without remote; the name that git gives it [inferred]."""
_TAGS: Final = "refs/tags/"
_DEFAULT_COUNT: Final = 20


def get_status(request: Request, world: World) -> Reply:
    """Answer with the status of the working copy; its names, and what they mean, are those of JGit [inferred]."""
    history = _history(request, world)
    status = history.status(ignoring=unlisted(world))
    counts_new = world.profile.untracked_is_uncommitted
    return json_reply(
        {
            "currentBranch": _BRANCH,
            "remotes": [],
            "trackingCount": {"ahead": 0, "behind": 0},
            "clean": not status.all,
            "hasUncommittedChanges": bool(
                status.modified or status.missing or (counts_new and status.untracked),
            ),
            "added": [],
            "changed": [],
            "removed": [],
            "missing": status.missing,
            "modified": status.modified,
            "conflicting": [],
            "untracked": status.untracked,
            "untrackedFolders": _untracked_folders(history, status),
        }
    )


def get_current_branch(request: Request, world: World) -> Reply:
    """Answer with the name of the branch."""
    del request, world
    return json_reply({"name": _BRANCH})


def list_branches(request: Request, world: World) -> Reply:
    """Answer with the names of the branches; there are no remote ones."""
    del request, world
    return json_reply([_BRANCH])


def get_remote(request: Request, world: World) -> Reply:
    """Answer with an object without ``url``: no remote is set [client]."""
    del request, world
    return json_reply({})


def list_tags(request: Request, world: World) -> Reply:
    """Answer with the tags."""
    tags = _history(request, world).tags()
    return json_reply(
        [
            {
                "name": _TAGS + name,
                "shortName": name,
                "commit": tag["commit"],
                "annotations": tag["message"],
                "readOnly": False,
            }
            for name, tag in sorted(tags.items())
        ]
    )


def create_tag(request: Request, world: World) -> Reply:
    """Name a commit."""
    history, body = _history(request, world), request.json_object()
    name, tags = str(body.get("name") or ""), history.tags()
    if not name or any(character.isspace() for character in name):
        raise illegal_argument(f"Invalid tag name: '{name}'")
    if name in tags:
        raise illegal_argument(f"Tag {name} already exists")
    commit = _found(history, str(body.get("reference") or "HEAD"))
    history.save_tags({**tags, name: {"commit": commit.id, "message": str(body.get("message") or "")}})
    return message_reply(f"Created tag {name}")


def delete_tag(request: Request, world: World) -> Reply:
    """Forget a tag."""
    history = _history(request, world)
    name, tags = str(request.json_object().get("name") or "").removeprefix(_TAGS), history.tags()
    if name not in tags:
        raise not_found(f"Tag does not exist: {name}")
    history.save_tags({other: tags[other] for other in tags if other != name})
    return message_reply(f"Deleted tag {name}")


def get_log(request: Request, world: World) -> Reply:
    """Answer with commits, the last one first, and where to go on as ``nextCommit`` [client]."""
    history, start, count = _history(request, world), request.query("startCommit"), request.query("count")
    if count is not None and (not count.isdecimal() or int(count) == 0):
        raise illegal_argument(f"Invalid count: {count}")
    limit = _DEFAULT_COUNT if count is None else int(count)
    first = _found(history, start) if start else None
    found = list(islice(history.log(first, path=(request.query("path") or "").strip("/")), limit + 1))
    answer: JsonObject = {"entries": [_entry(commit) for commit in found[:limit]]}
    if len(found) > limit:
        answer["nextCommit"] = found[limit].id
    return json_reply(answer)


def get_diff(request: Request, world: World) -> Reply:
    """Answer with what differs between two commits, in one commit, or between the last commit and the working copy [client]."""
    history = _history(request, world)
    first, second = request.query("commitFrom"), request.query("commitTo")
    if first and second:
        return json_reply(_between(history, _found(history, first), _found(history, second)))
    if first:
        commit = _found(history, first)
        return json_reply(_between(history, history.find(commit.parent) if commit.parent else None, commit))
    if second:
        raise illegal_argument("Missing mandatory argument: commitFrom")
    names = history.status(ignoring=unlisted(world)).all
    return json_reply(_diff(history.head, None, compare(names, _reader(history, history.head), history.working)))


def post_commit(request: Request, world: World) -> Reply:
    """Commit everything, untracked files too [client]."""
    message = request.json_object().get("message")
    if not isinstance(message, str) or not message.strip():
        raise illegal_argument("Missing mandatory argument: message")
    author = request.caller.identity
    world.state_of(Commits).commit_all(_project(request, world), author=author, message=message)
    return message_reply("Committed")


def _refuse(deed: str, why: str) -> Callable[[Request, World], Reply]:
    def refuse(request: Request, world: World) -> Reply:
        del request, world
        raise illegal_argument(f"The emulated node cannot {deed}: {why}")

    return refuse


def _between(history: History, before: Commit | None, after: Commit) -> JsonObject:
    old, new = history.tree(before), history.tree(after)
    names = [name for name in {*old, *new} if _id(old.get(name)) != _id(new.get(name))]
    return _diff(before, after, compare(names, _reader(history, before), _reader(history, after)))


def _id(blob: Blob | None) -> str | None:
    return None if blob is None else blob.id


def _reader(history: History, commit: Commit | None) -> Callable[[str], Content]:
    tree = history.tree(commit)
    return lambda name: history.committed(tree[name]) if name in tree else None


def _diff(before: Commit | None, after: Commit | None, files: list[FileDiff]) -> JsonObject:
    """Return the answer; the keys of an entry are not known [unknown], only that there is one per file [client]."""
    ends = {"commitFrom": before, "commitTo": after}
    return {
        **{name: _entry(commit) for name, commit in ends.items() if commit is not None},
        "addedLines": sum(file.added_lines for file in files),
        "removedLines": sum(file.removed_lines for file in files),
        "changedFiles": len(files),
        "entries": [
            {
                "path": file.path,
                "changeType": file.change,
                "addedLines": file.added_lines,
                "removedLines": file.removed_lines,
            }
            for file in files
        ],
    }


def _entry(commit: Commit) -> JsonObject:
    """Return a commit as the log tells it; ``timestamp`` is an ISO text with zone and fraction, which public tools parse [seen]."""
    at = datetime.fromtimestamp(commit.at_ms // 1000, UTC)  # git knows seconds only
    return {
        "commitId": commit.id,
        "author": commit.author,
        "timestamp": at.strftime("%Y-%m-%dT%H:%M:%S.000+0000"),
        "message": commit.message,
    }


def _untracked_folders(history: History, status: Status) -> list[str]:
    """Return the topmost directories that hold nothing but untracked files."""
    found: dict[str, None] = {}
    for name in status.untracked:
        steps = name.split("/")[:-1]
        folders = ("/".join(steps[: depth + 1]) for depth in range(len(steps)))
        topmost = next((folder for folder in folders if not history.is_tracked(folder)), None)
        if topmost is not None:
            found[topmost] = None
    return list(found)


def _found(history: History, commit_id: str) -> Commit:
    commit = history.find(commit_id)
    if commit is None:
        raise not_found(f"Commit does not exist: {commit_id}")
    return commit


def _project(request: Request, world: World) -> Project:
    return world.project(request.path["project_key"])


def _history(request: Request, world: World) -> History:
    return _project(request, world).state_of(History)


_G: Final = "/projects/{project_key}/git"
_SINCE: Final = (12, 4, 2)
_NO_REMOTE: Final = "its projects have no remote; copy the project by export and import instead"
_ONE_BRANCH: Final = "its projects have the branch master only; duplicate the project to work beside it"
_NO_REWRITE: Final = "files that are saved or committed stay as they are; import an earlier export instead"
_REFUSED: Final = (
    ("POST", "/remotes/{name}", "set a remote", _NO_REMOTE),
    ("DELETE", "/remotes/{name}", "remove a remote", _NO_REMOTE),
    ("POST", "/actions/fetch", "fetch", _NO_REMOTE),
    ("POST", "/actions/pullRebase", "pull", _NO_REMOTE),
    ("POST", "/actions/push", "push", _NO_REMOTE),
    ("POST", "/actions/resetToRemoteHeadState", "reset to the remote branch", _NO_REMOTE),
    ("POST", "/branches", "create a branch", _ONE_BRANCH),
    ("POST", "/actions/switchBranch", "switch to another branch", _ONE_BRANCH),
    ("POST", "/actions/deleteBranch", "delete a branch", _ONE_BRANCH),
    ("POST", "/actions/revertToRevision", "revert a project to a revision", _NO_REWRITE),
    ("POST", "/actions/revertCommit", "revert a commit", _NO_REWRITE),
    ("POST", "/actions/resetToLocalHeadState", "drop uncommitted changes", _NO_REWRITE),
    ("POST", "/actions/dropAndRebuild", "drop the history of a project", _NO_REWRITE),
)

ROUTES: Final = (
    *(
        Route(method, _G + path, handler, right, since=_SINCE)
        for method, path, handler, right in (
            ("GET", "/status", get_status, Right.READ),
            ("GET", "/current-branch", get_current_branch, Right.READ),
            ("GET", "/branches", list_branches, Right.READ),
            ("GET", "/remotes/{name}", get_remote, Right.READ),
            ("GET", "/tags", list_tags, Right.READ),
            ("POST", "/tags", create_tag, Right.WRITE),
            ("POST", "/actions/deleteTag", delete_tag, Right.WRITE),
            ("GET", "/actions/log", get_log, Right.READ),
            ("GET", "/actions/diff", get_diff, Right.READ),
            ("POST", "/actions/commit", post_commit, Right.WRITE),
        )
    ),
    *(
        Route(method, _G + path, _refuse(deed, why), Right.PROJECT_ADMIN, since=_SINCE)
        for method, path, deed, why in _REFUSED
    ),
)
