"""Ids of one node in the files: pasted by hand, or written by an import that did not know what they name."""

from __future__ import annotations

from dataiku_iac.core.problem import Severity
from tests.stories.stage import Stage, actions
from tests.stories.test_circles import BARE, BOTH, EXPOSED, FOLDER, exposed, folder_ids


def warnings(stage: Stage, plan: object) -> list[str]:
    return [p.suggestion for p in plan.problems if p.code == "node-id" and p.severity is Severity.WARNING]  # type: ignore[attr-defined]


def test_what_a_person_made_is_exposed_though_nobody_declared_it(stage: Stage) -> None:
    stage.settle(BARE)
    stage.project.create_managed_folder("manual", "Filesystem", "filesystem_folders")
    stage.settle("project: {key: KEY, name: A, owner: admin, exposed: {'folder:manual': [OTHER]}}\n")
    assert exposed(stage) == folder_ids(stage)


def test_an_id_of_another_project_is_the_name_that_it_has_on_this_node(stage: Stage) -> None:
    stage.settle(BOTH)
    (folder,) = folder_ids(stage)
    pasted = {**BOTH, "projects/b.yml": BOTH["projects/b.yml"].replace("KEY.folder:out", f"KEY.{folder}")}
    plan = stage.plan(pasted)
    assert not actions(plan), stage.text(plan)
    assert warnings(stage, plan) == [f'write "{stage.key}.folder:out"']
    stage.apply(plan)
    again = stage.plan(pasted)
    assert not actions(again)


def test_an_id_is_created_and_updated_as_the_name_that_it_has(stage: Stage) -> None:
    stage.settle({"p.yml": EXPOSED + FOLDER})
    (folder,) = folder_ids(stage)
    pasted = {"p.yml": (EXPOSED + FOLDER).replace("folder:out", f"MANAGED_FOLDER {folder}")}
    assert not actions(stage.plan(pasted))
    more = {
        "p.yml": pasted["p.yml"].replace("name: A", "name: Other")
        + f"wiki: [{{name: W, content: x, attachments: ['MANAGED_FOLDER {folder}']}}]\n"
    }
    plan = stage.settle(more)
    assert actions(plan) == {"project": "update", "wiki.W": "create"}
    assert not stage.drift().entries
    stage.settle({"p.yml": (EXPOSED + FOLDER).replace("name: A", "name: Other")})
    assert exposed(stage) == ["D", folder]
