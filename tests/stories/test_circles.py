"""Objects that need each other, by ids that the node chooses: what each says of the others is written once they are there."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import pytest

from dataiku_iac.core.plan import Change, Phase, Plan
from dataiku_iac.core.result import ChangeStatus, RunStatus
from dataiku_iac.report.text import render_result
from tests.stories.stage import Files, Stage, actions, said

BARE = "project: {key: KEY, name: A, owner: admin}\n"
FOLDER = "folders: [{name: out, connection: filesystem_folders}]\n"
EXPOSED = """
project:
  key: KEY
  name: A
  owner: admin
  permissions: [{group: readers, role: read}]
  exposed: {D: [KEYB], "folder:out": [KEYB]}
  dashboard_authorizations: {"folder:out": [READ]}
datasets: [{name: D, type: managed, connection: filesystem_managed}]
"""
USER = """
project: {key: KEYB, name: B, owner: admin}
datasets: [{name: OUT, type: managed, connection: filesystem_managed}]
recipes: [{name: r, type: python, inputs: [KEY.D, "KEY.folder:out"], outputs: [OUT], code: "r()\\n"}]
"""
BOTH = {"dataiku-iac.yml": "stack: both\n", "projects/a.yml": EXPOSED + FOLDER, "projects/b.yml": USER}
LEADING = """
project: {key: KEY, name: A, owner: admin}
dashboards:
  - {name: One, pages: [{tiles: [{text: a, clickActionDashboardId: "dashboard:Two"}, {text: self, clickActionDashboardId: "dashboard:One"}]}]}
  - {name: Two, pages: [{tiles: [{text: b, clickActionDashboardId: "dashboard:One"}]}]}
"""
EXPORTING = """
project: {key: KEY, name: A, owner: admin}
insights: [{name: Button, type: scenario_run_button, scenario: EXPORT}]
dashboards: [{name: Sales, pages: [{tiles: [{insight: Button, at: [0, 0, 9, 9]}]}]}]
scenarios: [{name: EXPORT, steps: [{build: [D]}, {export_dashboard: "dashboard:Sales"}]}]
datasets: [{name: D, type: managed, connection: filesystem_managed}]
"""
TOLD = """
project: {key: KEY, name: A, owner: admin}
insights: [{name: Text, type: article, params: {articleSmartId: Home}}]
dashboards: [{name: Sales, pages: [{tiles: [{insight: Text, at: [0, 0, 9, 9]}]}]}]
wiki: [{name: Home, content: "# Home", attachments: ["dashboard:Sales"]}]
"""
CIRCLES: dict[str, Files] = {
    "a project and what it exposes": EXPOSED + FOLDER,
    "projects that use what they expose": BOTH,
    "dashboards that lead to each other": LEADING,
    "a scenario that exports where it is started": EXPORTING,
    "an article on the dashboard that it shows": TOLD,
}


def change_of(plan: Plan, text: str, key: str) -> Change:
    (found,) = (change for change in plan.changes if str(change.address) == text.replace("KEY", key))
    return found


def phases(plan: Plan, text: str, key: str) -> list[Phase]:
    return [task.phase for task in change_of(plan, text, key).tasks]


def settings(stage: Stage) -> Any:
    return stage.project.get_settings().get_raw()


def exposed(stage: Stage) -> list[str]:
    return [entry["localName"] for entry in settings(stage)["exposedObjects"]["objects"]]


def folder_ids(stage: Stage) -> list[str]:
    return [folder["id"] for folder in stage.project.list_managed_folders()]


@pytest.mark.parametrize("files", CIRCLES.values(), ids=CIRCLES)
def test_a_circle_is_made_in_one_apply(stage: Stage, files: Files) -> None:
    stage.settle(files)
    assert not stage.drift().entries


@pytest.mark.parametrize("files", CIRCLES.values(), ids=CIRCLES)
def test_a_circle_is_made_one_by_one_as_well(stage: Stage, files: Files) -> None:
    """With one call at a time, nothing is in order by luck."""
    assert stage.apply(stage.plan(files), parallelism=1).status is RunStatus.OK
    assert not actions(stage.plan(files))


def test_only_what_names_something_in_a_circle_is_written_late(stage: Stage) -> None:
    plan = stage.plan(BOTH)
    assert phases(plan, "project.KEY", stage.key) == [Phase.MAKE, Phase.FINISH]
    assert phases(plan, "project.KEYB", stage.key) == [Phase.MAKE]
    stage.node.fail("status", "POST", f"/projects/{stage.key}/managedfolders", status=403, times=1)
    result = stage.apply(plan)
    assert result.status is RunStatus.PARTIAL
    assert exposed(stage) == ["D"]  # a name says what it means before it is there; the permissions wait for nothing
    assert [entry["group"] for entry in stage.project.get_permissions()["permissions"]] == ["readers"]
    (project,) = (end for end in result.changes if str(end.address) == f"project.{stage.key}")
    assert project.status is ChangeStatus.SKIPPED
    assert project.message.startswith(f"made, but for what it says of folder.{stage.key}.out: needs folder")


def test_what_was_given_up_before_it_was_finished_is_planned_again(stage: Stage) -> None:
    files = {"p.yml": EXPOSED + FOLDER}
    stage.node.fail("status", "POST", f"/projects/{stage.key}/managedfolders", status=403, times=1)
    stage.abandon(stage.apply(stage.plan(files)).run)
    plan = stage.plan(files)
    assert actions(plan) == {"project": "update", "folder.out": "create"}
    assert set(said(plan, "project.")) == {"exposed.folder:out", "dashboard_authorizations"}
    stage.settle(files)
    assert exposed(stage) == ["D", *folder_ids(stage)]


def test_what_was_made_and_not_written_before_it_was_given_up_is_planned_again(stage: Stage) -> None:
    stage.settle(BARE)
    files = BARE + 'zones: [{name: raw}]\nscenarios: [{name: S, type: custom_python, code: "run()\\n"}]\n'
    stage.node.fail("status", "PUT", f"/projects/{stage.key}/(flow/zones|scenarios)/", status=403, times=2)
    stage.abandon(stage.apply(stage.plan(files)).run)
    assert set(actions(stage.plan(files)).values()) == {"update"}
    stage.settle(files)


def test_a_project_that_is_there_exposes_a_new_folder_in_one_write(stage: Stage) -> None:
    stage.settle(
        {**BOTH, "projects/a.yml": BARE, "projects/b.yml": USER.replace('"KEY.folder:out"', "").replace("KEY.D, ", "")}
    )
    files = {**BOTH, "projects/a.yml": (EXPOSED + FOLDER).replace("name: A", "name: Other")}
    plan = stage.plan(files)
    assert phases(plan, "project.KEY", stage.key) == [Phase.MAKE]
    stage.node.clear_requests()
    assert stage.apply(plan, parallelism=1).status is RunStatus.OK
    written = [
        r["path"] for r in stage.node.requests(method="PUT", path=f"/projects/{stage.key}/settings") if r["effect"]
    ]
    assert len(written) == 1
    assert not actions(stage.plan(files))
    assert exposed(stage) == ["D", *folder_ids(stage)]


def test_a_folder_that_is_made_anew_is_exposed_again(stage: Stage) -> None:
    stage.settle(BOTH)
    (before,) = folder_ids(stage)
    stage.project.get_managed_folder(before).delete()
    stage.settle(BOTH)
    (after,) = folder_ids(stage)
    assert before != after
    assert after in exposed(stage)


def test_exposure_and_folder_go_together(stage: Stage) -> None:
    stage.settle({"p.yml": EXPOSED + FOLDER})
    without = EXPOSED.replace(', "folder:out": [KEYB]', "").replace(
        '  dashboard_authorizations: {"folder:out": [READ]}\n', ""
    )
    plan = stage.settle({"p.yml": without})
    assert actions(plan) == {"project": "update", "folder.out": "delete"}
    assert exposed(stage) == ["D"]
    assert stage.project.get_permissions()["dashboardAuthorizations"]["authorizations"] == []
    stage.settle({"p.yml": EXPOSED + FOLDER})
    assert exposed(stage) == ["D", *folder_ids(stage)]
    plan = stage.settle({"p.yml": BARE})
    assert exposed(stage) == []


def test_one_folder_goes_and_another_comes(stage: Stage) -> None:
    stage.settle({"p.yml": EXPOSED + FOLDER})
    other = (EXPOSED + FOLDER).replace("folder:out", "folder:in").replace("name: out", "name: in")
    stage.settle({"p.yml": other})
    assert exposed(stage) == ["D", *folder_ids(stage)]


def test_somebody_changes_what_is_not_finished(stage: Stage) -> None:
    files = {"p.yml": EXPOSED + FOLDER}
    stage.node.fail("status", "POST", f"/projects/{stage.key}/managedfolders", status=403, times=1)
    stage.apply(stage.plan(files))
    edited = settings(stage)
    edited["settings"]["gitCommitMode"] = "EXPLICIT_ONLY"  # nobody declared it
    stage.session.put(f"/projects/{stage.key}/settings", edited)
    assert stage.resume().status is RunStatus.OK
    assert settings(stage)["settings"]["gitCommitMode"] == "EXPLICIT_ONLY"
    assert exposed(stage) == ["D", *folder_ids(stage)]


def test_somebody_takes_back_what_was_made_before_it_is_finished(stage: Stage) -> None:
    files = {"p.yml": EXPOSED + FOLDER}
    stage.node.fail("status", "POST", f"/projects/{stage.key}/managedfolders", status=403, times=1)
    stage.apply(stage.plan(files))
    edited = settings(stage)
    edited["exposedObjects"]["objects"][0]["rules"] = [{"targetProject": "THEIRS"}]
    stage.session.put(f"/projects/{stage.key}/settings", edited)
    result = stage.resume()
    (project,) = (end for end in result.changes if not end.address.name)
    assert project.status is ChangeStatus.CONFLICT
    assert settings(stage)["exposedObjects"]["objects"][0]["rules"][0]["targetProject"] == "THEIRS"
    stage.abandon(result.run)
    assert actions(stage.plan(files)) == {"project": "update"}


def make_webapp(stage: Stage, directory: Path) -> None:
    """Make the webapp of a plugin, as a person does in DSS; no API does."""
    stage.project.export_to_file(directory / "project.zip")
    with zipfile.ZipFile(directory / "project.zip") as archive:
        archive.extractall(directory / "project")
    tree = directory / "project" / "project_config"
    (tree / "web_apps").mkdir(exist_ok=True)
    (tree / "web_apps" / "ULVltn0.json").write_text(
        '{"type": "webapp_shop_front", "name": "Shop", "params": {}, "config": {}}'
    )
    stage.node.load_project(stage.key, tree)


def test_what_a_person_has_to_make_is_left_out_until_then(stage: Stage, tmp_path: Path) -> None:
    files = {
        "p.yml": EXPOSED.replace('"folder:out": [READ]', '"webapp:Shop": [READ], "folder:out": [READ]')
        + FOLDER
        + "webapps: [{name: Shop, type: webapp_shop_front}]\n"
        + "scenarios: [{name: AGAIN, steps: [{restart_webapp: 'webapp:Shop'}]}]\n"
    }
    plan = stage.change(files)
    assert "once it is there: webapp." in stage.text(plan)
    assert change_of(plan, "scenario.KEY.AGAIN", stage.key).waits_for
    again = stage.plan(files)
    assert actions(again) == {"project": "update", "webapp.Shop": "create", "scenario.AGAIN": "create"}
    assert again.is_empty  # a person is waited for
    make_webapp(stage, tmp_path)
    stage.settle(files)
    named = [
        e["objectRef"]["objectId"] for e in stage.project.get_permissions()["dashboardAuthorizations"]["authorizations"]
    ]
    assert set(named) == {"ULVltn0", *folder_ids(stage)}


def test_a_new_project_names_what_nobody_declared(stage: Stage) -> None:
    """A project may expose what people make; what it says of that waits until they did."""
    files = BARE.replace("owner: admin", 'owner: admin, exposed: {D: [OTHER], "folder:manual": [OTHER]}')
    assert "once it is there: folder." in stage.text(stage.change(files))
    assert exposed(stage) == ["D"]
    plan = stage.plan(files)
    assert set(said(plan, "project.")) == {"exposed.folder:manual"}
    result = stage.apply(plan)
    assert f'folder "manual" is not in project {stage.key} of the node' in render_result(result)
    stage.project.create_managed_folder("manual", "Filesystem", "filesystem_folders")
    stage.settle(files)
    assert exposed(stage) == ["D", *folder_ids(stage)]
