"""The plan a reviewer trusts: what it says of each difference, what it leaves alone, what it cannot do, what it means around."""

from __future__ import annotations

from typing import Any

import pytest

from dataiku_iac.core.address import Address
from dataiku_iac.core.impact import Risk
from dataiku_iac.core.plan import Plan
from dataiku_iac.core.result import ChangeStatus, RunStatus
from dataiku_iac.report import markdown
from dataiku_iac.report.explanation import explain, render_explanation
from dataiku_iac.report.text import render_result
from tests.stories.stage import Stage, actions, check_golden, masked, said

FLOW = """
    project: {key: KEY, name: Orders, owner: admin}
    zones: [{name: raw}]
    folders: [{name: out, connection: filesystem_folders, zone: raw}]
    datasets:
      - name: IN
        type: managed
        connection: filesystem_managed
        schema: [{name: id, type: bigint}, {name: email, type: string}, {name: amount, type: double}]
      - {name: CLEAN, type: managed, connection: filesystem_managed, schema: [{name: id, type: bigint}]}
      - {name: SUMS, type: managed, connection: filesystem_managed}
    recipes:
      - name: prep
        type: prepare
        inputs: [IN]
        outputs: [CLEAN]
        steps:
          - {type: ColumnRenamer, params: {renamings: [{from: email, to: mail}]}}
          - {type: CreateColumnWithGREL, params: {column: total, expression: amount * 2}}
          - {type: RoundProcessor, params: {columns: [amount], mode: ROUND}}
      - {name: sums, type: grouping, inputs: [CLEAN], outputs: [SUMS], keys: [id], aggregations: {amount: [sum]}}
      - name: code
        type: python
        inputs: [SUMS]
        outputs: ["folder:out"]
        code: |
          import dataiku
          a = 1
    scenarios:
      - name: NIGHT
        triggers: [{type: temporal, frequency: Daily, hour: 2, minute: 0}]
        steps: [{type: build_flowitem, items: [SUMS]}]
"""
CHANGED = (
    FLOW.replace("amount * 2", "amount * 3")
    .replace("          - {type: ColumnRenamer", "          - {type: StringTransformer, params: {mode: TRIM, columns: [email]}}\n          - {type: ColumnRenamer")
    .replace("{amount: [sum]}", "{amount: [sum, avg]}")
    .replace("keys: [id]", "keys: [id, day]")
    .replace("{name: email, type: string}", "{name: email, type: bigint}")
    .replace("{name: amount, type: double}]", "{name: amount, type: double}, {name: day, type: date}]")
    .replace("hour: 2", "hour: 3")
    .replace("          a = 1\n", "          a = 2\n          b = 3\n")
)  # fmt: skip


def edit_schema(stage: Stage, name: str, *columns: str) -> None:
    """What a build does to a schema."""
    dataset = stage.project.get_dataset(name)
    dataset.set_schema({"columns": [{"name": column, "type": "string"} for column in columns], "userModified": False})


def explained(stage: Stage, plan: Plan, text: str) -> str:
    found = explain(plan, Address.parse(text.replace("KEY", stage.key)))
    assert found is not None
    return masked(render_explanation(found), stage.key)


def test_what_changed_is_said_in_words(stage: Stage) -> None:
    stage.settle(FLOW)
    plan = stage.plan(CHANGED)
    check_golden("semantic.txt", stage.text(plan))
    check_golden("semantic.md", masked(markdown.render_plan(plan, detailed=True), stage.key))
    check_golden(
        "explained.txt", explained(stage, plan, "recipe.KEY.prep") + "\n" + explained(stage, plan, "dataset.KEY.IN")
    )
    assert plan.impact is not None
    assert plan.impact.risk is Risk.MEDIUM
    assert Plan.from_json(plan.to_json(), where="here") == plan
    stage.settle(CHANGED)


def test_drift_is_told_from_what_the_files_changed(stage: Stage) -> None:
    stage.settle(FLOW)
    recipe = stage.project.get_recipe("prep").get_settings()
    recipe.raw_steps.append({"metaType": "PROCESSOR", "type": "RemoveRowsOnEmpty", "params": {"columns": ["id"]}})
    recipe.raw_steps[1]["params"]["expression"] = "amount * 9"
    recipe.save()
    plan = stage.plan(CHANGED)
    check_golden("semantic-drift.txt", explained(stage, plan, "recipe.KEY.prep"))
    stage.settle(CHANGED)


# --- schemas ---


def test_what_builds_make_of_an_output_is_no_difference(stage: Stage) -> None:
    stage.settle(FLOW)
    assert [c["name"] for c in stage.project.get_dataset("CLEAN").get_schema()["columns"]] == [
        "id"
    ]  # served at creation
    edit_schema(stage, "CLEAN", "id", "mail", "total")
    plan = stage.plan(FLOW)
    assert not actions(plan)
    assert "made by a recipe: builds write it too" in stage.text(plan)
    assert stage.drift().is_clean
    # An update of something else leaves what the build made.
    stage.settle(FLOW.replace("{name: CLEAN, type", "{name: CLEAN, tags: [x], type"))
    assert len(stage.project.get_dataset("CLEAN").get_schema()["columns"]) == 3


def test_an_output_schema_binds_where_the_files_say_so_or_change_it(stage: Stage) -> None:
    bound = FLOW.replace("{name: CLEAN, type", "{name: CLEAN, lifecycle: {enforce: [schema]}, type")
    stage.settle(FLOW)
    edit_schema(stage, "CLEAN", "id", "mail")
    assert set(said(stage.plan(bound), "dataset.CLEAN")) == {"schema[id].type", "schema[mail]"}
    changed = FLOW.replace(
        "schema: [{name: id, type: bigint}]}", "schema: [{name: id, type: bigint}, {name: new, type: date}]}"
    )
    stage.settle(changed)
    assert [c["name"] for c in stage.project.get_dataset("CLEAN").get_schema()["columns"]] == ["id", "new"]


def test_an_input_schema_binds(stage: Stage) -> None:
    stage.settle(FLOW)
    edit_schema(stage, "IN", "id")
    assert actions(stage.plan(FLOW)) == {"dataset.IN": "update"}


# --- names ---


@pytest.mark.parametrize(("before", "after", "address"), [
    ("name: out,", "name: exports,", "folder"),
    ("[{name: raw}]", "[{name: landing}]", "zone"),
])  # fmt: skip
def test_moved_renames_in_place_what_dss_names_freely(stage: Stage, before: str, after: str, address: str) -> None:
    stage.settle(FLOW)
    old, new = (text.split("name: ")[1].strip(",}]") for text in (before, after))
    files = (
        FLOW.replace(before, after).replace(f"zone: {old}", f"zone: {new}").replace(f"folder:{old}", f"folder:{new}")
    )
    suggested = stage.plan(files)
    assert actions(suggested)[f"{address}.{old}"] == "delete"
    line = f"moved: [{{from: {address}.CRM.{old}, to: {address}.CRM.{new}}}]"
    assert line in masked(" ".join(p.suggestion for p in suggested.problems), stage.key)
    was = stage.recorded(f"{address}.KEY.{old}").id
    plan = stage.settle(files + "    " + line.replace("CRM", "KEY") + "\n")
    assert actions(plan) == {f"{address}.{new}": "move"}
    assert f"it was {address}.CRM.{old}" in stage.text(plan)
    assert stage.recorded(f"{address}.KEY.{new}").id == was
    assert stage.recorded(f"{address}.KEY.{old}") is None
    stage.settle(files)  # the line may go once it is carried out


def test_moved_dataset_waits_for_dss_to_rename_it(stage: Stage) -> None:
    stage.settle(FLOW)
    files = FLOW.replace("SUMS", "TOTALS") + "    moved: [{from: dataset.KEY.SUMS, to: dataset.KEY.TOTALS}]\n"
    plan = stage.plan(files)
    text = stage.text(plan)
    assert "! dataset.CRM.TOTALS (move by hand: " in text
    assert "… recipe.CRM.sums (update: waits for dataset.CRM.TOTALS" in text
    assert "1 to do by hand" in text
    result = stage.apply(plan)
    assert {str(change.address).rpartition(".")[2] for change in result.changes} & {
        "TOTALS",
        "sums",
        "code",
        "NIGHT",
    } == set()
    stage.client._perform_empty(
        "POST", f"/projects/{stage.key}/actions/renameDataset", body={"oldName": "SUMS", "newName": "TOTALS"}
    )
    assert actions(stage.settle(files)) == {"dataset.TOTALS": "move"}


def test_a_new_name_is_seen_although_the_data_stay_where_they_are(stage: Stage) -> None:
    files = """
    project: {key: KEY, name: T, owner: admin}
    datasets: [{name: NAME, type: Filesystem, connection: filesystem_root, params: {path: /data/ORDERS}, format_type: csv}]
"""
    stage.settle(files.replace("NAME", "ORDERS"))
    plan = stage.plan(files.replace("NAME", "SALES"))
    assert actions(plan) == {"dataset.ORDERS": "delete", "dataset.SALES": "create"}
    [warning] = [problem for problem in plan.problems if problem.code == "renamed"]
    assert "moved: [{from: dataset.CRM.ORDERS, to: dataset.CRM.SALES}]" in masked(warning.suggestion, stage.key)


def test_equal_twins_are_not_guessed_about(stage: Stage) -> None:
    twins = "      - {name: %s, type: managed, connection: filesystem_managed}\n      - {name: %s, type: managed, connection: filesystem_managed}\n"
    head = "    project: {key: KEY, name: T, owner: admin}\n    datasets:\n"
    stage.settle(head + twins % ("A", "B"))
    plan = stage.plan(head + twins % ("C", "D"))
    warnings = [problem for problem in plan.problems if problem.code == "renamed"]
    assert len(warnings) == 2
    assert all("say which" in problem.suggestion for problem in warnings)


# --- what a plan means around ---


def test_impact_names_what_is_stale_and_who_uses_it(stage: Stage) -> None:
    stage.settle(FLOW)
    plan = stage.plan(CHANGED)
    impact = plan.impact
    assert impact is not None
    assert [item.address.name for item in impact.stale] == ["CLEAN", "IN", "SUMS", "out"] or [
        item.address.name for item in impact.stale
    ] == ["CLEAN", "SUMS", "out"]
    assert [item.address.name for item in impact.touched] == ["NIGHT"]
    assert [(item.address.name, item.adds, item.drops) for item in impact.propagated][:1] == [("CLEAN", ("day",), ())]
    before = stage.session.calls
    result = stage.apply(plan)
    assert result.status is RunStatus.OK, render_result(result)
    made = stage.session.calls - before
    assert impact.calls / 2 <= made <= impact.calls * 2, (impact.calls, made)


def test_impact_names_the_projects_that_use_it(stage: Stage) -> None:
    exposed = FLOW.replace("owner: admin}", "owner: admin, exposed: [{type: DATASET, name: SUMS, to: [OTHER]}]}")
    stage.settle(exposed)
    impact = stage.plan(exposed.replace("{amount: [sum]}", "{amount: [max]}")).impact
    assert impact is not None
    assert [(reader.project, reader.exposed.name) for reader in impact.readers] == [("OTHER", "SUMS")]


# --- what happens besides ---


def test_an_edit_between_plan_and_apply_stops_that_object_and_what_needs_it(stage: Stage) -> None:
    stage.settle(FLOW)
    files = CHANGED.replace("zones: [{name: raw}]", "zones: [{name: raw, color: '#112233'}]")
    plan = stage.plan(files)
    settings: Any = stage.project.get_dataset("IN").get_settings()
    settings.get_raw()["schema"]["columns"][1]["type"] = "date"
    settings.save()
    result = stage.apply(plan)
    ends = {change.address.name: change for change in result.changes}
    assert ends["IN"].status is ChangeStatus.CONFLICT
    assert 'schema[email].type: the plan saw "string", the node has "date", declared is "bigint"' in ends["IN"].message
    assert ends["prep"].status is ChangeStatus.SKIPPED
    assert ends["raw"].status is ChangeStatus.DONE
    stage.abandon(result.run)
    stage.settle(files)


def test_what_falls_with_a_deleted_dataset_is_read_again(stage: Stage) -> None:
    stage.settle(FLOW)
    without = FLOW.replace("      - {name: SUMS, type: managed, connection: filesystem_managed}\n", "")
    without = without.replace(
        "      - {name: sums, type: grouping, inputs: [CLEAN], outputs: [SUMS], keys: [id], aggregations: {amount: [sum]}}\n",
        "",
    )
    without = without.replace("inputs: [SUMS]", "inputs: [CLEAN]").replace("items: [SUMS]", "items: [CLEAN]")
    assert actions(stage.settle(without)) == {
        "dataset.SUMS": "delete",
        "recipe.sums": "delete",
        "recipe.code": "update",
        "scenario.NIGHT": "update",
    }
    assert stage.drift().is_clean
