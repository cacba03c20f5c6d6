"""A project lies where its entry says, and where people put it if the entry says nothing."""

from __future__ import annotations

from typing import Any

from dataiku_iac.core.result import RunStatus
from tests.stories.stage import Stage, actions

PROJECT = "project: {key: KEY, name: A, owner: admin%s}\n"


def folders(stage: Stage) -> tuple[Any, Any]:
    """Make ``<key>/CRM`` and return both folders; a node is shared by several stories."""
    upper = stage.client.get_root_project_folder().create_sub_folder(stage.key)
    return upper, upper.create_sub_folder("CRM")


def place_of(stage: Stage) -> str:
    located: Any = stage.client._perform_json("GET", f"/project-folders/locate-project/{stage.key}")
    return str(located["id"])


def test_a_project_is_created_in_its_folder_and_moves_with_its_entry(stage: Stage) -> None:
    upper, crm = folders(stage)
    stage.settle({"p.yml": PROJECT % f", folder: {stage.key}/CRM"})
    assert place_of(stage) == crm.id
    plan = stage.settle({"p.yml": PROJECT % f", folder: {stage.key}"})
    assert actions(plan) == {"project": "update"}
    assert place_of(stage) == upper.id
    stage.settle({"p.yml": PROJECT % ', folder: ""'})
    assert place_of(stage) == stage.client.get_root_project_folder().id


def test_a_project_that_somebody_moved_goes_back_only_if_its_place_is_declared(stage: Stage) -> None:
    upper, crm = folders(stage)
    files = {"p.yml": PROJECT % f", folder: {stage.key}/CRM"}
    stage.settle(files)
    stage.client.get_project(stage.key).move_to_folder(upper)
    assert [entry.address.kind for entry in stage.drift().entries] == ["project"]
    stage.settle({"p.yml": PROJECT % ""})
    assert place_of(stage) == upper.id
    assert not stage.drift().entries
    stage.settle(files)
    assert place_of(stage) == crm.id


def test_a_folder_that_is_not_there_is_named_and_the_run_goes_on_once_it_is(stage: Stage) -> None:
    result = stage.apply(stage.plan({"p.yml": PROJECT % f", folder: {stage.key}/CRM"}))
    assert result.status is not RunStatus.OK
    assert 'no project folder has the path "CRM/CRM"' in stage.text(result)
    _, crm = folders(stage)
    assert stage.resume().status is RunStatus.OK
    assert place_of(stage) == crm.id
