"""What public tools do, call sequence by call sequence, through the unmodified official client.

The order of calls and the texts that they match are the tools' own, as the fact files describe them; no code of theirs is here.
Facts: api-admin-govern.md 1.3, 2.1, 2.4, 4, 7 (official automation, a Terraform provider); api-flow.md 2.3, 3.2, 4.8, 6.3 (a
provisioner, a command line); api-projects-scenarios-deployer.md 4.1, 6.6 (a provisioner, staff plugins).
"""

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest
from dataikuapi.utils import DataikuException

from emulator.launch import NodeProcess
from tests.conformance.conftest import Dss, opened
from tests.conformance.instance import plugin_zip, requires_client

# The official client warns of its own older names, which third-party programs still call.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:dataikuapi")


@pytest.fixture
def dss(steered: NodeProcess) -> Iterator[Dss]:
    with opened(steered) as dss:
        yield dss


@pytest.fixture
def admin(dss: Dss) -> Any:
    return dss.client()


def merged(base: Any, wanted: Any) -> Any:
    """Lay ``wanted`` over ``base`` at every depth, as the deep merges of the tools do."""
    if not isinstance(base, dict) or not isinstance(wanted, dict):
        return copy.deepcopy(wanted)
    return {**base, **{key: merged(base.get(key), value) for key, value in wanted.items()}}


class Automation:
    """One run of a module of the official automation: state wanted, whether anything changed."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def connection(self, name: str, kind: str, wanted: dict[str, Any], *, secret: str) -> bool:
        """GET; create with minimal params if the text says that it is missing; merge; PUT only for a difference."""
        handle = self._client.get_connection(name)
        created = False
        try:
            current = handle.get_definition()
        except DataikuException as error:
            if str(error) != f"java.lang.IllegalArgumentException: Connection '{name}' does not exist":
                raise
            self._client.create_connection(name, type=kind, params={"password": secret})
            current, created = handle.get_definition(), True
        target = merged(current, wanted)
        target["params"]["password"] = current["params"]["password"]  # the old ciphertext, to compare without it
        if target == current:
            return created
        handle.set_definition(target)
        return True

    def user(self, login: str, wanted: dict[str, Any]) -> bool:
        handle = self._client.get_user(login)
        created = False
        try:
            current = handle.get_definition()
        except DataikuException as error:
            if not str(error).startswith("com.dataiku.dip.server.controllers.NotFoundException"):
                raise
            self._client.create_user(login, "initial-password", groups=wanted.get("groups", []))
            current, created = handle.get_definition(), True
        target = merged(current, wanted)
        if target == current:
            return created
        handle.set_definition(target)
        return True

    def group(self, name: str, wanted: dict[str, Any]) -> bool:
        handle = self._client.get_group(name)
        created = False
        try:
            current = handle.get_definition()
        except DataikuException as error:
            if not str(error).startswith("com.dataiku.dip.server.controllers.NotFoundException"):
                raise
            self._client.create_group(name, description=wanted.get("description"))
            current, created = handle.get_definition(), True
        target = merged(current, wanted)
        if target == current:
            return created
        handle.set_definition(target)
        return True


def test_automation_of_connections_is_idempotent(admin: Any) -> None:
    """Second run changes nothing: encrypted values go back as they came, defaults do not look like differences."""
    wanted = {"allowWrite": False, "params": {"host": "db", "port": 5433, "db": "x", "user": "u"}}
    run = Automation(admin)
    assert run.connection("pg", "PostgreSQL", wanted, secret="planted-one") is True
    assert run.connection("pg", "PostgreSQL", wanted, secret="planted-one") is False
    assert admin.get_connection("pg").get_info().get_basic_credential() == {"user": "u", "password": "planted-one"}
    assert run.connection("pg", "PostgreSQL", {"params": {"port": "5433"}}, secret="planted-one") is True
    assert admin.get_connection("pg").get_definition()["params"]["port"] == "5433"
    assert admin.get_connection("pg").get_definition()["allowWrite"] is False


def test_automation_of_users_and_groups_is_idempotent(admin: Any) -> None:
    """Missing ones are known by the beginning of a text; a PUT belongs to the creation."""
    run = Automation(admin)
    group = {"description": "d", "mayCreateProjects": True}
    assert [run.group("crew", group), run.group("crew", group)] == [True, False]
    assert admin.get_group("crew").get_definition()["mayCreateProjects"] is True
    user = {"groups": ["crew"], "displayName": "Una", "enabled": False, "email": "u@x.org"}
    assert [run.user("una", user), run.user("una", user)] == [True, False]
    assert admin.get_user("una").get_definition()["enabled"] is False
    admin.get_user("una").delete()
    admin.get_group("crew").delete()
    with pytest.raises(DataikuException, match=r"^com\.dataiku\.dip\.server\.controllers\.NotFoundException"):
        admin.get_user("una").get_definition()


def test_automation_of_a_plugin(admin: Any) -> None:
    """List, install through a future, code env, its name into the settings, deep merge, update, delete by force."""
    desc = {"acceptedPythonInterpreters": ["PYTHON311", "PYTHON312", "PYTHON313"], "installCorePackages": False}
    files: dict[str, Any] = {
        "plugin.json": {"id": "tooled", "version": "1.0.0", "params": [{"name": "url", "type": "STRING"}]},
        "code-env/python/desc.json": desc,
        "code-env/python/spec/requirements.txt": "",
    }
    assert "tooled" not in [item["id"] for item in admin.list_plugins()]
    admin.start_install_plugin_from_archive(plugin_zip(files, plugin_id="tooled")).wait_for_result()
    plugin = admin.get_plugin("tooled")
    settings = plugin.get_settings()
    assert "codeEnvName" not in settings.get_raw()
    made = plugin.create_code_env().wait_for_result()
    raw = settings.get_raw()
    raw.update(merged(raw, {"config": {"url": "http://x"}, "codeEnvName": made["envName"]}))
    settings.save()
    stored = plugin.get_settings().get_raw()
    assert (stored["config"], stored["codeEnvName"]) == ({"url": "http://x"}, made["envName"])
    plugin.update_from_zip(plugin_zip(files, plugin_id="tooled"))
    assert plugin.get_settings().get_raw()["config"] == {"url": "http://x"}
    plugin.delete(force=True).wait_for_result()
    assert "tooled" not in [item["id"] for item in admin.list_plugins()]


def test_terraform_life_of_a_project(admin: Any) -> None:
    """Create, write each part, read each back, import state by reading alone, destroy; gone is told without a 404."""
    project = admin.create_project("TFP", "Terraformed", "admin", description="long")
    metadata = project.get_metadata()
    metadata |= {"label": "Label", "tags": ["zeta", "alpha", "zeta"], "shortDesc": "short"}
    project.set_metadata(metadata)
    project.set_variables({"standard": {"b": 1, "a": {"n": [1.5, None]}}, "local": {}})
    permissions = project.get_permissions()
    permissions["permissions"] = [{"group": "not_there_yet", "readProjectContent": True}]
    project.set_permissions(permissions)
    settings = project.get_settings()
    settings.get_raw()["settings"]["disableAutomaticTriggers"] = True
    settings.get_raw()["notAKey"] = True
    settings.save()
    state = project.get_metadata()
    assert (state["label"], state["tags"], state["shortDesc"]) == ("Label", ["alpha", "zeta"], "short")
    assert state["description"] == "long"
    assert json.dumps(project.get_variables()["standard"]) == '{"b": 1, "a": {"n": [1.5, null]}}'
    entry = project.get_permissions()["permissions"][0]
    assert (entry["group"], entry["readProjectContent"], entry["admin"]) == ("not_there_yet", True, False)
    raw = project.get_settings().get_raw()
    assert raw["settings"]["disableAutomaticTriggers"] is True
    assert "notAKey" not in raw
    project.delete()
    with pytest.raises(DataikuException, match="Failed to read project permissions"):
        project.get_metadata()


def test_provisioner_deploys_twice_and_destroys_in_its_order(dss: Dss, admin: Any) -> None:
    """Existence by metadata, zones by name, schema and metadata by their own calls; recipes go before datasets."""
    project = admin.create_project("PROV", "Provisioned", "admin")

    def exists(path: str) -> bool:
        return bool(dss.http().get(dss.api(f"/projects/PROV{path}")).ok)

    columns = [{"name": "id", "type": "bigint", "comment": "key", "meaning": "LongMeaning"}]

    def deploy() -> None:
        zones = {zone.name: zone for zone in project.get_flow().list_zones()}
        zone = zones.get("raw") or project.get_flow().create_zone("raw", color="#4b8021")
        for name in ("src", "dst"):
            if not exists(f"/datasets/{name}/metadata"):
                project.new_managed_dataset(name).with_store_into("filesystem_managed").create()
                project.get_dataset(name).set_schema({"columns": columns, "userModified": True})
            dataset = project.get_dataset(name)
            dataset.set_metadata({**dataset.get_metadata(), "description": "d", "tags": ["b", "a"]})
            dataset.move_to_zone(zone.id)
        if not exists("/recipes/copy/metadata"):
            builder = project.new_recipe("python", "copy").with_input("src").with_output("dst")
            builder.with_script("x = 1").create()
        recipe = project.get_recipe("copy")
        settings = recipe.get_settings()
        settings.set_code("x = 2")
        settings.save()
        recipe.move_to_zone(zone.id)
        if not exists("/scenarios/nightly"):
            made = project.create_scenario("nightly", "step_based", {"params": {}})
            assert made.id == "nightly"

    def read_back() -> Any:
        shown = {name: project.get_dataset(name).get_settings().get_raw() for name in ("src", "dst")}
        for document in shown.values():
            document.pop("versionTag")
        zones = sorted((zone.name, json.dumps(zone._raw["items"])) for zone in project.get_flow().list_zones())
        return shown, zones, project.get_recipe("copy").get_settings().get_code()

    deploy()
    first = read_back()
    assert first[0]["src"]["schema"] == {"columns": columns, "userModified": True}
    assert (first[0]["src"]["tags"], first[0]["src"]["description"]) == (["a", "b"], "d")
    deploy()
    assert read_back() == first
    project.get_recipe("copy").delete()
    for name in ("dst", "src"):
        project.get_dataset(name).delete(drop_data=True)
        assert not exists(f"/datasets/{name}/metadata")
    project.get_scenario("nightly").delete()
    for zone in project.get_flow().list_zones():
        if zone.id != "default":
            zone.delete()
    assert [zone.id for zone in project.get_flow().list_zones()] == ["default"]
    project.delete()


def test_command_line_makes_a_visual_recipe_in_three_steps(dss: Dss, admin: Any) -> None:
    """Create, read with ``includePayload``, write params and payload; folders are found by name in the list."""
    project = admin.create_project("CLI", "c", "admin")
    project.new_managed_dataset("src").with_store_into("filesystem_managed").create()
    project.get_dataset("src").set_schema({"columns": [{"name": "k", "type": "string"}], "userModified": True})
    builder = project.new_recipe("grouping", "by_k").with_input("src")
    builder.with_new_output("out", "filesystem_managed").with_group_key("k").create()
    path = dss.api("/projects/CLI/recipes/by_k")
    body = dss.http().get(path, params={"includePayload": "true"}).json()
    payload = json.loads(body["payload"])
    payload |= {"globalCount": False, "anyKeyOfTheTool": {"kept": True}}
    body["payload"] = json.dumps(payload)
    body["recipe"]["tags"] = ["cli"]
    assert dss.http().put(path, data=json.dumps(body)).status_code == 200
    after = dss.http().get(path).json()
    assert json.loads(after["payload"]) == payload
    assert after["recipe"]["tags"] == ["cli"]
    folder = project.create_managed_folder("files")
    found = [item["id"] for item in project.list_managed_folders() if item["name"] == "files"]
    assert found == [folder.id]
    project.delete()


def test_staff_plugin_puts_a_macro_step_on_a_node(admin: Any) -> None:
    """A scenario with a ``runnable`` step made remotely; the step comes back complete and its config untouched."""
    project = admin.create_project("STAFF", "s", "admin")
    step = {
        "type": "runnable",
        "name": "run_macro",
        "params": {"runnableType": "pyrunnable_p_m", "config": {"deep": {"a": 1}}, "adminConfig": {}},
    }
    scenario = project.create_scenario("gather", "step_based", {"params": {"steps": [step]}})
    settings = scenario.get_settings()
    settings.add_periodic_trigger(60)
    settings.active = True
    settings.save()
    raw = project.get_scenario(scenario.id).get_settings().get_raw()
    stored = raw["params"]["steps"][0]
    assert stored["params"] == step["params"]
    assert (stored["runConditionType"], stored["runConditionStatuses"]) == (
        "RUN_IF_STATUS_MATCH",
        ["SUCCESS", "WARNING"],
    )
    assert [(item["type"], bool(item["id"]), bool(item["name"])) for item in raw["triggers"]] == [
        ("temporal", True, True)
    ]
    assert project.list_scenarios()[0]["active"] is True
    project.delete()


def test_node_inventory_of_an_administrator(admin: Any) -> None:
    """What inventory plugins read over a whole node, without a project of their own."""
    requires_client(admin, "get_instance_info")
    assert admin.get_instance_info().raw["nodeType"] == "DESIGN"
    assert admin.get_auth_info()["authSource"] == "CONFIGURABLE_API_KEY_GLOBAL"
    assert {item["login"] for item in admin.list_users()} >= {"admin"}
    assert {item["name"] for item in admin.list_groups()} >= {"administrators"}
    assert "filesystem_managed" in admin.list_connections()
    assert isinstance(admin.list_code_envs(), list)
    assert admin.list_futures(all_users=True) == []
    assert [item["projectKey"] for item in admin.list_projects()] == admin.list_project_keys()
