"""Recipes. Facts: api-flow.md 6 and 7, object-shapes.md 7, 8, 16."""

import json
from typing import Any

import pytest
from dataikuapi.utils import DataikuException

from emulator.launch import NodeProcess
from tests.conformance.conftest import Dss, opened
from tests.conformance.keys import KEY

# The official client warns of its own older names, which third-party programs still call.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:dataikuapi")

COLUMNS = [{"name": "customer", "type": "string"}, {"name": "amount", "type": "double"}]


@pytest.fixture
def orders(project: Any) -> Any:
    """A project with one dataset that has a schema."""
    dataset = project.new_managed_dataset("orders").with_store_into("filesystem_managed").create()
    dataset.set_schema({"columns": COLUMNS, "userModified": True})
    return project


def definition(project: Any, name: str) -> Any:
    return project.client._perform_json("GET", f"/projects/{project.project_key}/recipes/{name}")


def test_code_recipe_is_bare_until_its_first_save(orders: Any) -> None:
    """Outputs must exist; ``params`` may be missing until the first save, which fills three keys [seen]."""
    builder = (
        orders.new_recipe("python", "compute_out")
        .with_input("orders")
        .with_new_output_dataset("out", "filesystem_managed")
    )
    recipe = builder.with_script("print(1)").create()
    created = definition(orders, recipe.recipe_name)
    assert created["payload"] == "print(1)"
    assert "params" not in created["recipe"]
    settings = recipe.get_settings()
    settings.save()
    assert definition(orders, recipe.recipe_name)["recipe"]["params"] == {
        "envSelection": {"envMode": "INHERIT"},
        "containerSelection": {"containerMode": "INHERIT"},
        "skipPrerunValidate": False,
    }


def test_head_defaults_and_items(orders: Any) -> None:
    """``deps`` and ``appendMode`` are filled, identity and tags added [seen]."""
    orders.new_recipe("sync").with_input("orders").with_new_output("copy", "filesystem_managed").create()
    head = definition(orders, "compute_copy")["recipe"]
    assert head["inputs"] == {"main": {"items": [{"ref": "orders", "deps": []}]}}
    assert head["outputs"] == {"main": {"items": [{"ref": "copy", "appendMode": False}]}}
    assert head["hashPropagationBehavior"] == "INHERIT"
    assert head["params"]["schemaMode"] == "STRICT_SYNC"
    assert (head["name"], head["projectKey"], head["versionTag"]["versionNumber"]) == ("compute_copy", KEY, 0)


def test_list_has_heads_but_no_payload(orders: Any) -> None:
    """List items carry inputs, outputs, params, tags [client, seen]."""
    orders.new_recipe("sync").with_input("orders").with_new_output("copy", "filesystem_managed").create()
    item = orders.client._perform_json("GET", f"/projects/{KEY}/recipes/")[0]
    assert item == definition(orders, "compute_copy")["recipe"]


def test_name_is_the_servers_if_none_is_given(orders: Any) -> None:
    """``compute_<output>`` [seen]; the answer names it [client]."""
    recipe = orders.new_recipe("distinct").with_input("orders").with_new_output("unique", "filesystem_managed").create()
    assert recipe.recipe_name == "compute_unique"


def test_scoring_recipes_are_named_by_the_server_whatever_was_asked(orders: Any) -> None:
    """``score_<input>`` even when a name was asked for [seen]."""
    proto = {
        "type": "prediction_scoring",
        "name": "wanted",
        "projectKey": KEY,
        "inputs": {"main": {"items": [{"ref": "orders"}]}},
        "outputs": {"main": {"items": [{"ref": "scored"}]}},
    }
    settings = {"createOutputDataset": True, "outputDatasetSettings": {"connectionId": "filesystem_managed"}}
    assert orders.create_recipe(proto, settings).recipe_name == "score_orders"


def test_missing_output_without_creation_info_is_400(dss: Dss, orders: Any) -> None:
    """The server's words [seen]."""
    proto = {
        "type": "sync",
        "name": "r",
        "inputs": {"main": {"items": [{"ref": "orders"}]}},
        "outputs": {"main": {"items": [{"ref": "nowhere"}]}},
    }
    answer = dss.http().post(
        dss.api(f"/projects/{KEY}/recipes/"), json={"recipePrototype": proto, "creationSettings": {}}
    )
    assert answer.status_code == 400
    assert answer.json()["errorType"] == "java.lang.IllegalArgumentException"
    expected = "Need to create output dataset or folder, but creationInfo params are suppressing it"
    assert answer.json()["message"] == expected
    assert orders.list_recipes() == []


def test_created_output_is_empty_and_managed(orders: Any) -> None:
    """With ``createOutputDataset`` the dataset is made in the same call; its schema may stay empty [seen]."""
    builder = orders.new_recipe("grouping", "g").with_input("orders").with_group_key("customer")
    builder.with_new_output("by_customer", "filesystem_managed").create()
    made = orders.get_dataset("by_customer").get_definition()
    assert made["managed"] is True
    assert made["schema"]["columns"] == []


def test_grouping_is_born_with_keys_and_values(orders: Any) -> None:
    """Every input column has an entry, the group key is a key [seen]."""
    builder = orders.new_recipe("grouping", "g").with_input("orders").with_group_key("customer")
    recipe = builder.with_new_output("by_customer", "filesystem_managed").create()
    payload = recipe.get_settings().obj_payload
    assert [key["column"] for key in payload["keys"]] == ["customer"]
    assert [value["column"] for value in payload["values"]] == ["amount"]
    assert payload["values"][0]["sum"] is False
    assert payload["engineParams"]["sparkSQL"]["executionEngine"] == "SPARK_SUBMIT"


def test_join_takes_its_inputs_from_virtual_inputs(orders: Any) -> None:
    """The prototype has no inputs; one LEFT join on a shared column [client, seen]."""
    other = orders.new_managed_dataset("customers").with_store_into("filesystem_managed").create()
    other.set_schema(
        {"columns": [{"name": "customer", "type": "string"}, {"name": "city", "type": "string"}], "userModified": True}
    )
    builder = orders.new_recipe("join", "j").with_input("orders").with_input("customers")
    recipe = builder.with_new_output("joined", "filesystem_managed").create()
    found = definition(orders, recipe.recipe_name)
    assert [item["ref"] for item in found["recipe"]["inputs"]["main"]["items"]] == ["orders", "customers"]
    payload = json.loads(found["payload"])
    assert payload["joins"][0]["type"] == "LEFT"
    assert payload["joins"][0]["on"][0]["column1"] == {"name": "customer", "table": 0}
    assert [(column["name"], column["table"]) for column in payload["selectedColumns"]] == [
        ("customer", 0),
        ("amount", 0),
        ("city", 1),
    ]
    assert "params" not in found["recipe"]


def test_raw_join_without_virtual_inputs_loses_its_inputs(orders: Any) -> None:
    """Empty payload, inputs lost [seen]."""
    proto = {
        "type": "join",
        "name": "j",
        "inputs": {"main": {"items": [{"ref": "orders"}]}},
        "outputs": {"main": {"items": [{"ref": "joined"}]}},
    }
    settings = {"createOutputDataset": True, "outputDatasetSettings": {"connectionId": "filesystem_managed"}}
    orders.create_recipe(proto, settings)
    found = definition(orders, "j")
    assert found["payload"] == ""
    assert found["recipe"]["inputs"] == {}


def test_split_creates_each_output_by_role(orders: Any) -> None:
    """``outputDatasetsCreationSettingsByRole`` [client]."""
    proto = {
        "type": "split",
        "name": "s",
        "inputs": {"main": {"items": [{"ref": "orders"}]}},
        "outputs": {"main": {"items": [{"ref": "left"}, {"ref": "right"}]}},
    }
    made = {name: {"connectionId": "filesystem_managed"} for name in ("left", "right")}
    orders.create_recipe(proto, {"outputDatasetsCreationSettingsByRole": {"main": made}})
    assert sorted(item.name for item in orders.list_datasets()) == ["left", "orders", "right"]
    assert definition(orders, "s")["recipe"]["outputs"]["main"]["items"][1]["ref"] == "right"


@pytest.mark.parametrize("kind", ["shaker", "window", "sort", "topn", "pivot", "sampling"])
def test_visual_recipes_are_born_with_a_payload(orders: Any, kind: str) -> None:
    """Visual recipes get a default payload built from inputs [seen]."""
    settings = {"createOutputDataset": True, "outputDatasetSettings": {"connectionId": "filesystem_managed"}}
    proto = {
        "type": kind,
        "name": "v",
        "inputs": {"main": {"items": [{"ref": "orders"}]}},
        "outputs": {"main": {"items": [{"ref": "made"}]}},
    }
    orders.create_recipe(proto, settings)
    assert isinstance(json.loads(definition(orders, "v")["payload"]), dict)


def test_plugin_recipe_is_created_as_it_is(orders: Any) -> None:
    """``rawCreation``: the prototype is saved as given incl. params, ``rawPayload`` is the payload [client]."""
    orders.new_managed_dataset("made").with_store_into("filesystem_managed").create()
    params = {"customConfig": {"k": [1, {"x": 2}]}, "containerSelection": {"containerMode": "INHERIT"}}
    proto = {
        "type": "CustomCode_some-recipe",
        "name": "plugged",
        "inputs": {"in_role": {"items": [{"ref": "orders"}]}},
        "outputs": {"out_role": {"items": [{"ref": "made"}]}},
        "params": params,
    }
    orders.create_recipe(proto, {"rawCreation": True, "rawPayload": "text"})
    found = definition(orders, "plugged")
    assert found["recipe"]["params"] == params
    assert list(found["recipe"]["inputs"]) == ["in_role"]
    assert found["payload"] == "text"


def test_payload_is_stored_verbatim(orders: Any) -> None:
    """Opaque string: unknown keys kept, no validation [seen]."""
    orders.new_recipe("shaker", "p").with_input("orders").with_new_output("made", "filesystem_managed").create()
    settings = orders.get_recipe("p").get_settings()
    settings.set_payload('{ "steps":   [], "$weird": "\\u00e9 <&>" }\n')
    settings.save()
    assert definition(orders, "p")["payload"] == '{ "steps":   [], "$weird": "\\u00e9 <&>" }\n'


def test_put_without_payload_empties_it(dss: Dss, orders: Any) -> None:
    """The code file became 0 bytes [seen]."""
    builder = orders.new_recipe("python", "c").with_input("orders").with_new_output_dataset("o", "filesystem_managed")
    builder.with_script("x = 1").create()
    head = definition(orders, "c")["recipe"]
    dss.http().put(dss.api(f"/projects/{KEY}/recipes/c"), json={"recipe": head})
    assert definition(orders, "c")["payload"] == ""
    assert definition(orders, "c")["recipe"]["versionTag"]["versionNumber"] == 1


def test_put_replaces_the_head_and_drops_unknown_keys(dss: Dss, orders: Any) -> None:
    """Typed head [seen]; type and name are not changed by a PUT [inferred]."""
    orders.new_recipe("sync", "h").with_input("orders").with_new_output("o", "filesystem_managed").create()
    body = definition(orders, "h")
    body["recipe"].update(tags=["b", "a"], nonsense=1, type="python", name="other")
    dss.http().put(dss.api(f"/projects/{KEY}/recipes/h"), json=body)
    head = definition(orders, "h")["recipe"]
    assert head["tags"] == ["a", "b"]
    assert "nonsense" not in head
    assert (head["type"], head["name"]) == ("sync", "h")


def test_missing_recipe_is_200_without_recipe(dss: Dss, orders: Any) -> None:
    """GET succeeds without the key ``recipe``; metadata is the existence test [seen]."""
    answer = dss.http().get(dss.api(f"/projects/{KEY}/recipes/nope"))
    assert (answer.status_code, answer.json()) == (200, {})
    with pytest.raises(DataikuException, match="NotFoundException"):
        orders.get_recipe("nope").get_metadata()


def test_missing_recipe_may_be_an_empty_body(steered: NodeProcess) -> None:
    """The other answer that was seen: 200 with no body at all [seen]."""
    steered.set_profile(missing_recipe_body="empty")
    with opened(steered) as dss:
        dss.client().create_project("EMPTY", "e", "admin")
        answer = dss.http().get(dss.api("/projects/EMPTY/recipes/nope"))
        assert (answer.status_code, answer.content) == (200, b"")


def test_taken_name_is_refused_or_altered(steered: NodeProcess) -> None:
    """Error or suffix [unknown]: both positions."""
    with opened(steered) as dss:
        project = dss.client().create_project("TAKEN", "t", "admin")
        project.new_managed_dataset("src").with_store_into("filesystem_managed").create()

        def make(output: str) -> Any:
            builder = project.new_recipe("sync", "same").with_input("src")
            return builder.with_new_output(output, "filesystem_managed").create()

        make("one")
        with pytest.raises(DataikuException, match="already exists"):
            make("two")
        steered.set_profile(taken_recipe_name="suffix")
        assert make("three").recipe_name == "same_1"


def test_missing_input_is_refused_at_creation(orders: Any) -> None:
    """A missing input is refused at creation [inferred] and nothing is created."""
    with pytest.raises(DataikuException, match="does not exist"):
        orders.new_recipe("sync", "m").with_input("ghost").with_new_output("o", "filesystem_managed").create()
    assert [item.name for item in orders.list_datasets()] == ["orders"]


def test_broken_references_show_in_the_status(dss: Dss, orders: Any) -> None:
    """PUT accepts broken references and reports them through status [unknown]."""
    orders.new_recipe("sync", "b").with_input("orders").with_new_output("o", "filesystem_managed").create()
    body = definition(orders, "b")
    body["recipe"]["inputs"]["main"]["items"][0]["ref"] = "ghost"
    dss.http().put(dss.api(f"/projects/{KEY}/recipes/b"), json=body)
    status = orders.get_recipe("b").get_status()
    assert status.get_status_severity() == "ERROR"
    assert "ghost" in status.get_status_messages()[0]["message"]


def test_two_recipes_cannot_write_one_output(orders: Any) -> None:
    """``ERR_RECIPE_INCONSISTENT_I_O`` [inferred]."""
    orders.new_recipe("sync", "first").with_input("orders").with_new_output("o", "filesystem_managed").create()
    with pytest.raises(DataikuException, match="already produced by recipe first"):
        orders.new_recipe("sync", "second").with_input("orders").with_existing_output("o").create()


def test_metadata_knows_tags_but_no_description(orders: Any) -> None:
    """Label, description, customFields are "not defined for recipes" here [doc]."""
    recipe = orders.new_recipe("sync", "t").with_input("orders").with_new_output("o", "filesystem_managed").create()
    metadata = recipe.get_metadata()
    metadata["tags"] = ["x", "a"]
    recipe.set_metadata(metadata)
    assert recipe.get_metadata()["tags"] == ["a", "x"]
    assert "description" not in recipe.get_metadata()


def test_rename_moves_files_and_zone_item(orders: Any) -> None:
    """Both files move, the zone item follows [seen]."""
    recipe = (
        orders.new_recipe("sync", "before").with_input("orders").with_new_output("o", "filesystem_managed").create()
    )
    zone = orders.get_flow().create_zone("Z")
    zone.add_item(recipe)
    recipe.rename("after")
    assert definition(orders, "before") == {}
    assert definition(orders, "after")["recipe"]["name"] == "after"
    items = orders.get_flow().get_zone(zone.id)._raw["items"]
    assert {"objectId": "after", "objectType": "RECIPE"} in items


def test_delete_keeps_the_outputs(orders: Any) -> None:
    """Outputs and their data are kept [client]."""
    orders.new_recipe("sync", "d").with_input("orders").with_new_output("o", "filesystem_managed").create().delete()
    assert orders.list_recipes() == []
    assert orders.get_dataset("o").exists()


def test_schema_updates(orders: Any) -> None:
    """A sync recipe proposes its input's schema; code recipes have no schema computation [client, seen]."""
    recipe = orders.new_recipe("sync", "u").with_input("orders").with_new_output("o", "filesystem_managed").create()
    updates = recipe.compute_schema_updates()
    assert updates.any_action_required()
    updates.apply()
    assert [c["name"] for c in orders.get_dataset("o").get_schema()["columns"]] == ["customer", "amount"]
    assert not recipe.compute_schema_updates().any_action_required()
    builder = orders.new_recipe("python", "py").with_input("orders").with_new_output_dataset("p", "filesystem_managed")
    code = builder.with_script("").create()
    with pytest.raises(DataikuException, match="Cannot check schema consistency"):
        code.compute_schema_updates()


def test_recipe_lands_in_the_zone_of_its_input(orders: Any) -> None:
    """Recipe in the zone of its first input, new outputs in the zone of the recipe [seen]."""
    zone = orders.get_flow().create_zone("Z")
    zone.add_item(orders.get_dataset("orders"))
    recipe = orders.new_recipe("sync", "z").with_input("orders").with_new_output("o", "filesystem_managed").create()
    assert orders.get_flow().get_zone_of_object(recipe).id == zone.id
    assert orders.get_dataset("o").get_zone().id == zone.id


def test_folder_output_is_referred_to_by_id(orders: Any) -> None:
    """``ref`` of a folder is its id [seen]."""
    proto = {
        "type": "download",
        "name": "dl",
        "inputs": {},
        "outputs": {"main": {"items": [{"ref": "files"}]}},
    }
    settings = {"createOutputFolder": True, "outputFolderSettings": {"connectionId": "filesystem_folders"}}
    orders.create_recipe(proto, settings)
    folder = orders.list_managed_folders()[0]
    assert folder["name"] == "files"
    assert definition(orders, "dl")["recipe"]["outputs"]["main"]["items"][0]["ref"] == folder["id"]


@pytest.mark.parametrize("kind", ["shaker", "sync", "sampling"])
def test_unknown_keys_vanish_from_params_and_engine_params(orders: Any, kind: str) -> None:
    """Typed at every depth: 200, and only a read-back tells [seen]; what the types are known to have stays [seen]."""
    builder = orders.new_recipe(kind).with_input("orders").with_new_output("out", "filesystem_managed")
    recipe = builder.create()
    body = definition(orders, recipe.recipe_name)
    params = body["recipe"]["params"]
    params |= {"engineType": "DSS", "engineTyp": "SPARK"}
    params["engineParams"] |= {"dssEngineMaxThreads": 7, "dssEngineMaxThread": 8}
    params["engineParams"]["hive"]["addDkuUDF"] = True
    path = f"/projects/{orders.project_key}/recipes/{recipe.recipe_name}"
    orders.client._perform_json("PUT", path, body=body)
    found = definition(orders, recipe.recipe_name)["recipe"]["params"]
    assert found["engineType"] == "DSS"
    assert found["engineParams"]["dssEngineMaxThreads"] == 7
    assert "engineTyp" not in found
    assert "dssEngineMaxThread" not in found["engineParams"]
    assert "addDkuUDF" not in found["engineParams"]["hive"]


def read_map(project: Any, name: str) -> Any:
    return definition(project, name)["recipe"]["params"]["engineParams"]["spark"]["readParams"]["map"]


def test_a_saved_prepare_recipe_lists_its_inputs(orders: Any) -> None:
    """``readParams.map`` is filled by the server, not at creation but at a save [seen]; what it has for an input stays."""
    builder = orders.new_recipe("shaker").with_input("orders").with_new_output("out", "filesystem_managed")
    recipe = builder.create()
    assert read_map(orders, recipe.recipe_name) == {}
    recipe.get_settings().save()
    assert read_map(orders, recipe.recipe_name) == {"orders": {"repartition": 10}}
    settings = recipe.get_settings()
    settings.recipe_settings["params"]["engineParams"]["spark"]["readParams"]["map"]["orders"]["repartition"] = 4
    settings.save()
    assert read_map(orders, recipe.recipe_name) == {"orders": {"repartition": 4}}


def test_read_params_may_wait_for_a_run(steered: NodeProcess) -> None:
    """The switch's other position: a save leaves ``readParams.map`` alone [unknown]."""
    steered.set_profile(fills_read_params=False)
    with opened(steered) as dss:
        project = dss.client().create_project("READMAP", "r", "admin")
        project.new_managed_dataset("src").with_store_into("filesystem_managed").create()
        builder = project.new_recipe("shaker").with_input("src").with_new_output("out", "filesystem_managed")
        recipe = builder.create()
        recipe.get_settings().save()
        assert read_map(project, recipe.recipe_name) == {}
        project.delete()


def test_renamed_dataset_is_followed_by_full_references_too(orders: Any) -> None:
    """``PROJ.name`` means the same object as ``name`` [seen]; rename follows in recipes [seen]."""
    builder = orders.new_recipe("sync", "copy").with_input("orders").with_new_output("out", "filesystem_managed")
    settings = builder.create().get_settings()
    settings.recipe_settings["inputs"]["main"]["items"][0]["ref"] = f"{orders.project_key}.orders"
    settings.save()
    orders.get_dataset("orders").rename("sales")
    inputs = definition(orders, "copy")["recipe"]["inputs"]["main"]["items"]
    assert [item["ref"] for item in inputs] == [f"{orders.project_key}.sales"]


def test_sql_over_files_may_be_refused(steered: NodeProcess) -> None:
    """500 for an SQL query over a dataset that is not SQL [seen]; at creation or at a run is open: a switch."""
    with opened(steered) as dss:
        project = dss.client().create_project("SQLFILES", "s", "admin")
        for name in ("files", "out"):
            project.new_managed_dataset(name).with_store_into("filesystem_managed").create()
        project.create_dataset("table", "PostgreSQL")
        proto = {
            "type": "sql_query",
            "name": "q",
            "inputs": {"main": {"items": [{"ref": "files"}]}},
            "outputs": {"main": {"items": [{"ref": "out"}]}},
        }
        steered.set_profile(sql_over_files="error")
        with pytest.raises(DataikuException, match="not associated to an SQL connection"):
            project.create_recipe(proto, {"script": "select 1"})
        sql = {**proto, "inputs": {"main": {"items": [{"ref": "table"}]}}}
        assert project.create_recipe(sql, {"script": "select 1"}).recipe_name == "q"
        project.get_recipe("q").delete()
        steered.set_profile(sql_over_files="accept")
        assert project.create_recipe(proto, {"script": "select 1"}).recipe_name == "q"
        project.delete()
