"""Keys that may not do everything: a plain user's, one that sees nothing, a wrong one, one that expires on the way."""

from __future__ import annotations

from typing import Final

import pytest

from dataiku_iac.core.errors import NotAllowed
from dataiku_iac.core.result import ChangeStatus, RunStatus
from tests.stories.stage import Stage, actions, check_golden
from tests.stories.test_every_switch import FIRST

EXPIRED: Final = {"errorType": "com.dataiku.dip.exceptions.NotAuthenticatedException", "message": "Unknown API Key"}


def user_key(stage: Stage, login: str, flag: str = "") -> str:
    """Return the key of a plain user, who has one permission in the story's project."""
    if "coders" not in {group["name"] for group in stage.client.list_groups()}:
        group = stage.client.create_group("coders")
        group.set_definition({**group.get_definition(), "mayWriteSafeCode": True, "mayWriteUnsafeCode": True})
    if login not in {user["login"] for user in stage.client.list_users()}:
        stage.client.create_user(login, "a password nobody needs", groups=["coders"])
    if flag:
        permissions = stage.project.get_permissions()
        permissions["permissions"].append({"user": login, flag: True})
        stage.project.set_permissions(permissions)
    body = {"user": login, "label": "story", "description": ""}
    return str(stage.client._perform_json("POST", "/admin/personal-api-keys/", body=body)["key"])


def test_a_writer_does_all_that_is_a_writers(stage: Stage) -> None:
    stage.settle(FIRST)
    with stage.by(user_key(stage, "writer", "writeProjectContent")) as writer:
        check_golden("writer-plan.txt", stage.text(writer.plan(FIRST)))
        assert writer.drift().is_clean
        second = FIRST.replace("keys: [a]", "keys: [b]").replace(
            "name: MID, type: managed, connection: filesystem_managed", "name: MID, type: Inline"
        )
        plan = writer.settle(second)
        assert actions(plan)["dataset.MID"] == "replace"
    assert not actions(stage.plan(second)), "an administrator sees the same"
    with stage.by(user_key(stage, "writer")) as writer:
        tagged = writer.apply(writer.plan(second.replace("tags: [a],", "tags: [b],")))
        check_golden("writer-not-allowed.txt", stage.text(tagged))
        assert tagged.status is RunStatus.FAILED
    stage.settle(second)


def test_a_plan_that_sees_more_than_the_key_is_not_half_done(stage: Stage) -> None:
    stage.settle(FIRST)
    key = user_key(stage, "writer2", "writeProjectContent")
    plan = stage.plan(FIRST.replace("country: FR", "country: DE"))
    with stage.by(key) as writer:
        result = writer.apply(plan)
    assert result.status is RunStatus.FAILED
    assert "the API key may not read permissions of it" in stage.text(result)


def test_a_reader_plans_and_applies_nothing(stage: Stage) -> None:
    stage.settle(FIRST)
    with stage.by(user_key(stage, "reader", "readProjectContent")) as reader:
        assert not actions(reader.plan(FIRST))
        result = reader.apply(reader.plan(FIRST.replace("keys: [a]", "keys: [b]")))
        assert result.status is RunStatus.FAILED
        assert "(missing: writeProjectContent)" in stage.text(result)
    assert not actions(stage.plan(FIRST))
    assert stage.store.heads.read().head.open_run is None


@pytest.mark.parametrize("status", [401, 403])
def test_what_a_key_does_not_see_is_not_deleted(stage: Stage, status: int) -> None:
    stage.node.set_profile(hidden_project_status=status)
    stage.settle(FIRST)
    with stage.by(user_key(stage, "nobody")) as nobody:
        with pytest.raises(NotAllowed) as refused:
            nobody.plan(FIRST)
        check_golden("invisible-project.txt", stage.text(refused.value))
        with pytest.raises(NotAllowed):
            nobody.drift()
    stage.project.delete()
    assert "project.CRM (it was deleted on the node" in stage.text(stage.plan(FIRST))


def test_a_wrong_key(stage: Stage) -> None:
    with stage.by("dkuaps-wrong") as wrong, pytest.raises(NotAllowed) as refused:
        wrong.plan(FIRST)
    check_golden("wrong-key.txt", stage.text(refused.value))


@pytest.mark.parametrize("calls", [9, 14, 20, 30, 45])
def test_a_key_expires_on_the_way(stage: Stage, calls: int) -> None:
    plan = stage.plan(FIRST)
    stage.node.clear_requests()
    stage.node.fail("status", "*", "", on_hit=calls, times=100_000, status=401, body=EXPIRED)
    result = stage.apply(plan)
    stage.node.clear_faults()
    assert result.status in (RunStatus.PARTIAL, RunStatus.FAILED)
    assert result.count(ChangeStatus.CONFLICT) == 0
    if result.status is RunStatus.PARTIAL:
        assert stage.resume().status is RunStatus.OK
        assert not actions(stage.plan(FIRST))
    else:
        stage.settle(FIRST)
    zones = [zone.name for zone in stage.project.get_flow().list_zones()]
    assert sorted(zones) == ["Default", "gold", "raw"], "nothing was made twice"
