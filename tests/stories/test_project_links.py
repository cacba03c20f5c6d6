"""A project that names objects inside it, which need the project first: made at once, and written again when they are replaced."""

from __future__ import annotations

from typing import Any

from dataiku_iac.core.plan import Phase
from dataiku_iac.core.result import RunStatus
from tests.stories.stage import Stage, actions

FOLDER = "folders: [{name: out, connection: filesystem_folders}]\n"
SHOWN = """
project:
  key: KEY
  name: A
  owner: admin
  exposed: {"folder:out": [OTHER]}
  dashboard_authorizations: {"folder:out": [READ]}
  bundle: {folders: ["folder:out"]}
"""


def exposed(stage: Stage) -> Any:
    settings: Any = stage.client.get_project(stage.key).get_settings().get_raw()
    return [entry["localName"] for entry in settings["exposedObjects"]["objects"]]


def folder_id(stage: Stage) -> str:
    (folder,) = stage.client.get_project(stage.key).list_managed_folders()
    return str(folder["id"])


def test_a_new_project_shows_what_is_made_in_it(stage: Stage) -> None:
    plan = stage.settle({"p.yml": SHOWN + FOLDER})
    (project,) = (change for change in plan.changes if not change.address.name)
    assert [task.phase for task in project.tasks] == [Phase.MAKE, Phase.FINISH]
    assert exposed(stage) == [folder_id(stage)]
    assert not stage.drift().entries


def test_a_project_that_is_there_shows_what_is_new_in_it(stage: Stage) -> None:
    stage.settle({"p.yml": "project: {key: KEY, name: A, owner: admin}\n"})
    plan = stage.settle({"p.yml": SHOWN + FOLDER})
    assert actions(plan) == {"folder.out": "create", "project": "update"}
    assert exposed(stage) == [folder_id(stage)]


def test_what_was_not_finished_is_finished_by_the_resumed_run(stage: Stage) -> None:
    plan = stage.plan({"p.yml": SHOWN + FOLDER})
    stage.node.fail("status", "POST", f"/projects/{stage.key}/managedfolders", status=403, times=1)
    assert stage.apply(plan).status is not RunStatus.OK
    assert stage.resume().status is RunStatus.OK
    assert exposed(stage) == [folder_id(stage)]
    assert not actions(stage.plan({"p.yml": SHOWN + FOLDER}))
