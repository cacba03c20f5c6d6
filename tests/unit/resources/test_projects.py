from __future__ import annotations

from collections.abc import Sequence

import pytest

from dataiku_iac.core.address import Address
from dataiku_iac.core.canonical import Json, JsonObject
from dataiku_iac.core.errors import NotAllowed, Refused
from dataiku_iac.core.lens import differences
from dataiku_iac.resources.permissions import FLAGS, ROLES, expand_permission, shorten_permission
from dataiku_iac.resources.project_lens import PARTS
from dataiku_iac.resources.projects import ProjectKind
from tests.unit.resources.scripted_node import Asked, ScriptedNode

KIND = ProjectKind()
ADDRESS = Address("project", "CRM")
LIVE: dict[str, Json] = {
    "settings": {"name": "Customers", "settings": {"codeEnvs": {}}, "versionTag": {"versionNumber": 3}},
    "metadata": {"label": "Customers", "tags": ["b", "iac:s", "a"]},
    "variables": {"standard": {"mine": 1, "theirs": {"x": 1}}, "local": {}},
    "permissions": {"owner": "alice", "permissions": [{"group": "g", "admin": True}, {"group": "h", "admin": True}]},
    "tags": {"tags": {"b": {"color": "#111111"}}},
}
ANSWERS: dict[str, Json] = {
    **{f"GET /projects/CRM/{part}": LIVE[part] for part in ("settings", "metadata", "permissions", "tags")},
    "GET /projects/CRM/variables/": LIVE["variables"],
}


def put(spec: JsonObject, before: JsonObject | None = None) -> JsonObject:
    return KIND.put(LIVE, spec, ADDRESS, before=before)


def part(document: JsonObject, name: str) -> JsonObject:
    found = document[name]
    assert isinstance(found, dict)
    return found


# --- permissions ---


@pytest.mark.parametrize("role", ROLES)
def test_a_role_is_its_flag_and_nothing_else(role: str) -> None:
    stored = expand_permission({"group": "g", "role": role})
    assert {flag for flag in FLAGS if stored[flag]} == {ROLES[role]}
    assert shorten_permission(stored) == {"group": "g", "role": role}


def test_flags_that_are_no_role_stay_flags() -> None:
    flags: JsonObject = {"user": "bob", "writeProjectContent": True, "exportDatasetsData": True}
    spec: JsonObject = {"user": "bob", "role": "write", "exportDatasetsData": True}
    assert expand_permission(flags) == expand_permission(spec)
    assert shorten_permission(expand_permission(flags)) == spec
    assert shorten_permission(expand_permission({"user": "bob", "exportDatasetsData": True})) == {
        "user": "bob",
        "exportDatasetsData": True,
    }
    assert shorten_permission(expand_permission({"group": "g"})) == {"group": "g"}
    assert shorten_permission({"group": "g", "admin": True, "newFlag": True}) == {
        "group": "g",
        "role": "admin",
        "dss": {"newFlag": True},
    }


def test_a_right_that_somebody_added_by_hand_shows_and_is_taken_back() -> None:
    after = put({"permissions": [{"group": "g", "role": "read"}]})
    assert part(after, "permissions")["permissions"] == [
        {"group": "g", "admin": False, "readProjectContent": True},
        {"group": "h", "admin": True},
    ]
    assert differences(LIVE, after, KIND.rules.root) != []


def test_entries_that_were_never_ours_stay_when_ours_go() -> None:
    after = put({}, before={"permissions": [{"group": "g", "role": "admin"}]})
    assert part(after, "permissions")["permissions"] == [{"group": "h", "admin": True}]


# --- other shared parts ---


def test_only_declared_variables_are_touched_and_each_as_a_whole() -> None:
    after = put({"variables": {"standard": {"mine": {"a": 1}}}})
    assert after["variables"] == {"standard": {"mine": {"a": 1}, "theirs": {"x": 1}}, "local": {}}
    after = put({"variables": {"standard": {"theirs": {"y": 2}}}})
    assert after["variables"] == {"standard": {"mine": 1, "theirs": {"y": 2}}, "local": {}}
    after = put({}, before={"variables": {"standard": {"mine": 1}}})
    assert after["variables"] == {"standard": {"theirs": {"x": 1}}, "local": {}}


def test_our_marks_stay_and_are_never_declared() -> None:
    assert KIND.declare(LIVE, ADDRESS)["tags"] == ["b", "a"]
    assert part(put({"tags": ["a", "c"]}), "metadata")["tags"] == ["iac:s", "a", "c"]
    assert part(put({}, before={"tags": ["a"]}), "metadata")["tags"] == ["iac:s"]
    assert part(put({"tags": ["a", "b"]}), "metadata")["tags"] == ["b", "iac:s", "a"]


def test_a_tag_color_that_is_dropped_keeps_the_tag() -> None:
    after = put({}, before={"tag_colors": {"b": "#111111"}})
    assert after["tags"] == {"tags": {"b": {}}}


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ({"code_env": {"python": "py311"}}, {"codeEnvs": {"python": {"mode": "EXPLICIT_ENV", "envName": "py311"}}}),
        ({"code_env": {"r": "builtin"}}, {"codeEnvs": {"r": {"mode": "USE_BUILTIN_MODE"}}}),
        ({"settings": {"gitCommitMode": "AUTO"}}, {"gitCommitMode": "AUTO"}),
        ({"dss": {"settings": {"settings": {"metrics": 1}}}}, {"metrics": 1}),
    ],
)
def test_settings_stand_in_the_block_of_that_name(written: JsonObject, stored: JsonObject) -> None:
    document = KIND.expand(written, ADDRESS)
    assert document == {"settings": {"settings": stored}}
    assert KIND.shorten(document, ADDRESS) == written


def test_what_dss_has_beside_that_block_is_a_setting_too() -> None:
    written: JsonObject = {"settings": {"hasSetupSection": True}, "status": "Done"}
    document = KIND.expand(written, ADDRESS)
    assert document == {"settings": {"hasSetupSection": True, "projectStatus": "Done"}}
    assert KIND.shorten(document, ADDRESS) == written


def test_an_exposure_keeps_the_projects_it_is_not_asked_about() -> None:
    live: JsonObject = {
        "settings": {
            "exposedObjects": {"objects": [{"type": "DATASET", "localName": "A", "rules": [{"targetProject": "P"}]}]}
        }
    }
    spec: JsonObject = {"exposed": [{"type": "dataset", "name": "A", "to": ["Q"]}]}
    after = KIND.put(live, spec, ADDRESS)
    assert KIND.declare(after, ADDRESS) == {"exposed": {"A": ["P", "Q"]}}
    assert KIND.declare(KIND.put(after, {}, ADDRESS, before=spec), ADDRESS) == {}


# --- calls ---


def test_reading_costs_five_calls() -> None:
    node = ScriptedNode(ANSWERS)
    (live,) = KIND.list(node, "CRM")
    assert (live.name, live.id, live.complete) == ("CRM", "CRM", True)
    assert live.document == LIVE
    assert len(node.asked) == 5


def test_only_the_parts_asked_for_are_read() -> None:
    node = ScriptedNode(ANSWERS)
    live = KIND.read(node, "CRM", "CRM", frozenset({"metadata"}))
    assert live is not None
    assert live.document == {"metadata": LIVE["metadata"]}
    assert not live.complete
    assert len(node.asked) == 1


class _Forbidding(ScriptedNode):
    """Answers for a missing project as DSS does: as if it were forbidden."""

    def get(self, path: str, *, params: dict[str, str] | None = None) -> Json:
        if path.startswith("/projects/CRM/") and f"GET {path}" not in self.answers:
            raise NotAllowed("Failed to read project permissions", status=401)
        return super().get(path, params=params)

    def get_many(self, paths: Sequence[str]) -> list[Json]:
        return [self.get(path) for path in paths]


def test_a_project_is_absent_only_if_the_list_lacks_it() -> None:
    assert KIND.list(_Forbidding({"GET /projects/": [{"projectKey": "OTHER"}]}), "CRM") == ()
    with pytest.raises(NotAllowed):
        KIND.list(_Forbidding({"GET /projects/": [{"projectKey": "CRM"}]}), "CRM")


def test_parts_that_the_key_may_not_read_are_named() -> None:
    answers: dict[str, Json] = {
        f"GET /projects/CRM/{part}": {} for part in ("settings", "metadata", "variables/", "tags")
    }
    (live,) = KIND.list(_Forbidding({"GET /projects/": [{"projectKey": "CRM"}], **answers}), "CRM")
    assert live.hidden == ("permissions",)
    assert "permissions" not in live.document
    assert live.complete


def test_create_sends_name_owner_and_tags() -> None:
    node = ScriptedNode()
    document = KIND.put({"metadata": {"tags": ["iac:s"]}}, {"name": "Customers", "owner": "alice"}, ADDRESS)
    assert KIND.create(node, "CRM", "", document) == "CRM"
    assert node.asked == [
        Asked(
            "POST",
            "/projects/",
            {
                "projectKey": "CRM",
                "name": "Customers",
                "owner": "alice",
                "description": None,
                "permissions": [],
                "tags": ["iac:s"],
            },
        )
    ]


def test_create_without_an_owner_is_refused_before_any_call() -> None:
    node = ScriptedNode()
    with pytest.raises(Refused, match="owner"):
        KIND.create(node, "CRM", "", {"metadata": {"label": "x"}})
    assert node.asked == []


def test_every_part_is_put_whole() -> None:
    node = ScriptedNode()
    for name in PARTS:
        KIND.write(node, "CRM", "CRM", name, {**LIVE, "variables": {"standard": {"a": 1}}})
    paths = [f"/projects/CRM/{name}" for name in ("settings", "metadata", "variables/", "permissions", "tags")]
    bodies = [
        LIVE["settings"],
        LIVE["metadata"],
        {"standard": {"a": 1}, "local": {}},
        LIVE["permissions"],
        LIVE["tags"],
    ]
    assert node.asked == [Asked("PUT", path, body) for path, body in zip(paths, bodies, strict=True)]


@pytest.mark.parametrize(("drop_data", "said"), [(True, "true"), (False, "false")])
def test_a_deleted_project_leaves_its_data_unless_told_otherwise(drop_data: bool, said: str) -> None:  # noqa: FBT001 - a row
    node = ScriptedNode()
    KIND.delete(node, "CRM", "CRM", drop_data=drop_data)
    (call,) = node.asked
    assert (call.verb, call.path) == ("DELETE", "/projects/CRM")
    assert call.params is not None
    assert {call.params[key] for key in call.params if key.startswith("clear")} == {said}


def test_one_group_has_one_entry() -> None:
    entries: Json = [{"group": "g", "role": "read"}, {"user": "g", "role": "read"}, {"group": "g", "role": "write"}]
    (problem,) = KIND.check({"permissions": entries}, ADDRESS)
    assert (problem.code, problem.detail) == ("duplicate-permission", "group g")


def test_a_project_is_moved_with_the_tree_that_was_read() -> None:
    tree: JsonObject = {
        "ROOT": {"id": "ROOT", "childrenIds": ["m", "n"], "projectKeys": []},
        "m": {"id": "m", "name": "Marketing", "parentId": "ROOT", "childrenIds": ["c"], "projectKeys": ["OTHER"]},
        "n": {"id": "n", "name": "Marketing", "parentId": "ROOT", "childrenIds": [], "projectKeys": []},
        "c": {"id": "c", "name": "CRM", "parentId": "m", "childrenIds": [], "projectKeys": ["CRM"]},
    }
    node = ScriptedNode({f"GET /project-folders/{key}": folder for key, folder in tree.items()})
    live = KIND.read(node, "CRM", "CRM", frozenset({"folder"}))
    assert live is not None
    assert live.document["folder"] == "Marketing/CRM"
    node.asked.clear()
    KIND.write(node, "CRM", "CRM", "folder", {**live.document, "folder": ""})
    assert [(asked.verb, asked.path) for asked in node.asked] == [("POST", "/project-folders/c/projects/CRM/move")]
    for path, why in (("Sales", "no project folder has"), ("Marketing", "several project folders have")):
        with pytest.raises(Refused, match=why):
            KIND.write(node, "CRM", "CRM", "folder", {**live.document, "folder": path})
