"""What a build writes into definitions. Facts: object-shapes.md 1 (10), 6, 7.2, 12, 15.1."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from emulator.launch import NodeProcess
from tests.conformance.conftest import opened

COLUMNS = [{"name": "id", "type": "bigint"}, {"name": "amount", "type": "double"}]


@pytest.fixture
def project(steered: NodeProcess) -> Iterator[Any]:
    with opened(steered) as dss:
        made = dss.client().create_project("BUILT", "B", "admin")
        for name in ("src", "dst"):
            made.new_managed_dataset(name).with_store_into("filesystem_managed").create()
        made.get_dataset("src").set_schema({"columns": COLUMNS, "userModified": True})
        made.new_recipe("sync", "copy").with_input("src").with_existing_output("dst").create()
        yield made
        made.delete()


def test_a_build_rewrites_the_schema_of_its_output(steered: NodeProcess, project: Any) -> None:
    """Columns of the job, ``userModified: false``; the recipe and everything else stay as they were [seen: 2,331 commits]."""
    mark = steered.mark()
    assert steered.person("BUILT", "maria").build("copy") == {"dst": "schema changed"}
    written = {(effect.address, effect.part, effect.pointers) for effect in steered.effects(mark)}
    assert written == {
        ("DATASET.dst", "document", ("/schema/columns/0", "/schema/columns/1", "/schema/userModified")),
        ("DATASET.dst", "versionTag", ()),
    }
    assert project.get_dataset("dst").get_schema() == {"columns": COLUMNS, "userModified": False}


def test_a_build_that_finds_its_schema_writes_nothing(steered: NodeProcess, project: Any) -> None:
    """Only a schema that differs is stored [inferred]."""
    person = steered.person("BUILT", "maria")
    person.build("copy")
    mark = steered.mark()
    assert person.build("copy") == {"dst": "built"}
    assert steered.effects(mark) == []
    assert project.get_dataset("dst").get_info().is_last_build_successful


def test_the_job_may_compute_other_columns(steered: NodeProcess, project: Any) -> None:
    """A schema is drift-prone by design: what a job computes stands there afterwards [seen]."""
    columns = [{"name": "new", "type": "date"}]
    steered.person("BUILT", "maria").build("copy", columns={"dst": columns})
    assert project.get_dataset("dst").get_schema() == {"columns": columns, "userModified": False}


def test_builds_write_with_and_without_a_tag(steered: NodeProcess, project: Any) -> None:
    """``schema`` changes without a tag in some builds [inferred]: the switch, or one build at a time."""
    person = steered.person("BUILT", "maria")

    def number() -> int:
        found: int = project.get_dataset("dst").get_settings().get_raw()["versionTag"]["versionNumber"]
        return found

    for switch, steps in ((True, None), (False, True), (True, False), (False, None)):
        steered.set_profile(build_steps_tag=switch)
        before = number()
        person.build("copy", columns={"dst": [{"name": f"c{switch}{steps}", "type": "string"}]}, steps_tag=steps)
        assert number() - before == (switch if steps is None else steps)
        assert project.get_dataset("dst").get_schema()["columns"][0]["name"] == f"c{switch}{steps}"


def test_engines_report_types_and_lengths_on_sql_datasets(steered: NodeProcess, project: Any) -> None:
    """``originalType`` and ``maxLength`` on part of the columns of SQL datasets [seen], never on files."""
    steered.set_profile(unknown_connection="accept")
    project.create_sql_table_dataset("table", "PostgreSQL", "pg", "t", "public")
    project.new_recipe("sync", "load").with_input("src").with_existing_output("table").create()
    person = steered.person("BUILT", "maria")
    seen = set()
    for seed in range(12):
        person.build("load", seed=seed)
        seen |= {column.get("originalType") for column in project.get_dataset("table").get_schema()["columns"]}
    assert seen == {None, "int8", "float8"}


def test_pivots_get_their_modalities(steered: NodeProcess, project: Any) -> None:
    """``schema.metadata`` on pivot outputs only, written by the job [seen]."""
    project.new_managed_dataset("wide").with_store_into("filesystem_managed").create()
    project.new_recipe("pivot", "pivot").with_input("src").with_existing_output("wide").create()
    steered.person("BUILT", "maria").build("pivot")
    assert "pivotElementsModalities" in project.get_dataset("wide").get_schema()["metadata"]


def test_a_training_adds_and_activates_a_version(steered: NodeProcess, project: Any) -> None:
    """``activeVersion``, ``lastTrainJobId``, ``lastTrainIndex`` [seen]; with another publish policy the active one stays [inferred]."""
    folder = steered.data_dir / "config" / "projects" / "BUILT"
    model = {"name": "m", "publishPolicy": "UNCONDITIONAL", "activeVersion": "initial", "savedModelType": "DSS_MANAGED"}
    recipe = {"type": "prediction_training", "inputs": {"main": {"items": [{"ref": "src"}]}}}
    with opened(steered) as dss, dss.client().get_project("BUILT").get_export_stream({}) as stream:
        stream.read()
    (folder / "saved_models").mkdir()
    (folder / "saved_models/Mod3lAbc.json").write_text(json.dumps(model))
    (folder / "recipes/train.json").write_text(
        json.dumps({**recipe, "outputs": {"main": {"items": [{"ref": "Mod3lAbc"}]}}})
    )
    steered.load_project("TRAINED", folder)
    person = steered.person("TRAINED", "maria")
    assert person.build("train") == {"Mod3lAbc": "trained"}
    stored = steered.data_dir / "config" / "projects" / "TRAINED" / "saved_models" / "Mod3lAbc.json"
    once = json.loads(stored.read_text())
    assert once["lastTrainIndex"] == 1
    assert once["activeVersion"].isdecimal()
    assert {key: once[key] for key in ("name", "publishPolicy", "savedModelType")} == {
        key: model[key] for key in ("name", "publishPolicy", "savedModelType")
    }
    person.edit("SAVED_MODEL", "Mod3lAbc", {"op": "replace", "path": "/publishPolicy", "value": "MANUAL"})
    person.build("train")
    twice = json.loads(stored.read_text())
    assert (twice["lastTrainIndex"], twice["activeVersion"]) == (2, once["activeVersion"])


def test_runs_may_list_the_inputs_instead_of_saves(steered: NodeProcess, project: Any) -> None:
    """``readParams.map`` is filled when a recipe is saved or run [seen]: with ``fills_read_params`` off, it is the run."""
    steered.set_profile(fills_read_params=False)
    project.new_managed_dataset("clean").with_store_into("filesystem_managed").create()
    project.new_recipe("shaker", "prepare").with_input("src").with_existing_output("clean").create()
    project.get_recipe("prepare").get_settings().save()

    def read_map() -> Any:
        head = project.get_recipe("prepare").get_settings().recipe_settings
        return head["params"]["engineParams"]["spark"]["readParams"]["map"]

    assert read_map() == {}
    steered.person("BUILT", "maria").build("prepare")
    assert read_map() == {"src": {"repartition": 10}}
