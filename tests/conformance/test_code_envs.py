"""Code envs on both kinds of nodes. Facts: api-admin-govern.md section 3."""

from collections.abc import Callable
from typing import Any

import pytest

from emulator.launch import NodeProcess, start_node
from tests.conformance.instance import Clients, opened_clients, refusal, requires_client


def test_create_save_and_apply_are_three_things(admin: Any) -> None:
    """PUT stores the spec only; ``packages`` applies it; a design node shows no ``versions`` [client, seen]."""
    env = admin.create_code_env("PYTHON", "science", "DESIGN_MANAGED", {"pythonInterpreter": "PYTHON311"})
    settings = env.get_settings()
    assert type(settings).__name__ == "DSSDesignCodeEnvSettings"
    assert settings.get_raw().get("versions") is None
    assert (settings.get_raw()["usableByAll"], settings.get_raw()["allContainerConfs"]) == (True, True)
    settings.set_required_packages("polars==1.0", "boto3")
    settings.save()
    raw = env.get_settings().get_raw()
    assert raw["specPackageList"] == "polars==1.0\nboto3"
    assert "polars" not in raw["actualPackageList"]
    env.update_packages()
    assert "polars==1.0" in env.get_settings().get_raw()["actualPackageList"]
    listed = {item["envName"]: item for item in admin.list_code_envs()}
    assert (listed["science"]["pythonInterpreter"], listed["science"]["envLang"]) == ("PYTHON311", "PYTHON")


def test_put_keeps_name_language_mode_and_interpreter(admin: Any) -> None:
    """They cannot be changed; top-level access keys win over those in ``desc`` [client, seen]."""
    env = admin.create_code_env("PYTHON", "fixed", "DESIGN_MANAGED")
    raw = env.get_definition()
    raw |= {"envName": "x", "deploymentMode": "EXTERNAL_CONDA_NAMED", "usableByAll": False, "unknown": 1}
    raw["desc"] |= {"pythonInterpreter": "PYTHON312", "usableByAll": True, "corePackagesSet": "PANDAS23"}
    stored = env.set_definition(raw)
    assert (stored["envName"], stored["deploymentMode"], stored["usableByAll"]) == ("fixed", "DESIGN_MANAGED", False)
    assert (stored["desc"]["pythonInterpreter"], stored["desc"]["corePackagesSet"]) == ("PYTHON39", "PANDAS23")
    assert "unknown" not in stored


def test_refusals_are_results_not_http_errors(admin: Any) -> None:
    """200 with ``messages.error``; the client makes a plain Exception of it [client]."""
    admin.create_code_env("PYTHON", "taken", "DESIGN_MANAGED")
    with pytest.raises(Exception, match=r"^Env creation failed : .*already exists"):
        admin.create_code_env("PYTHON", "taken", "DESIGN_MANAGED")
    with pytest.raises(Exception, match=r"^Env deletion failed : .*doesn't exist"):
        admin.get_code_env("PYTHON", "never").delete()


def test_failed_build_leaves_a_carcass(admin: Any) -> None:
    """A missing interpreter still answers 200; then GET is "Not a file", the log is readable, deleting works [seen]."""
    env = admin.create_code_env("PYTHON", "carcass", "DESIGN_MANAGED", {"pythonInterpreter": "PYTHON27"})
    assert "Not a file: /python/carcass/desc.json" in refusal(env.get_definition)
    assert "PYTHON27 is not installed" in env.get_log(env.list_logs()[0]["name"])
    env.delete()
    assert "carcass" not in [item["envName"] for item in admin.list_code_envs()]


def test_missing_code_env(admin: Any) -> None:
    """500 CodedIOException "doesn't exist" [seen]."""
    text = refusal(lambda: admin.get_code_env("PYTHON", "missing").get_definition())
    assert "CodedIOException" in text
    assert "doesn't exist" in text


def created_by_client(admin: Any, name: str) -> Any:
    requires_client(admin, "create_code_env", "wait")
    return admin.create_code_env("PYTHON", name, "DESIGN_MANAGED", wait=False)


def created_by_call(admin: Any, name: str) -> Any:
    body = {"deploymentMode": "DESIGN_MANAGED"}
    answer = admin._perform_json("POST", f"/admin/code-envs/PYTHON/{name}", params={"wait": False}, body=body)
    return admin.get_future(answer["jobId"])


@pytest.mark.parametrize("created", [created_by_client, created_by_call])
def test_future_when_not_waiting(admin: Any, created: Callable[[Any, str], Any]) -> None:
    """``wait=false`` answers with a future [client]."""
    name = f"later_{created.__name__}"
    assert created(admin, name).wait_for_result()["envName"] == name


def test_rights(clients: Clients) -> None:
    """Create with *create* or *manage*, delete with *manage* only [client]."""
    clients.admin.create_group("env_makers")
    group = clients.admin.get_group("env_makers")
    group.set_definition({**group.get_definition(), "mayCreateCodeEnvs": True})
    maker, reader = clients.user("maker", "env_makers"), clients.user("nomaker", "readers")
    assert "UnauthorizedException" in refusal(lambda: reader.create_code_env("PYTHON", "no", "DESIGN_MANAGED"))
    env = maker.create_code_env("PYTHON", "by_maker", "DESIGN_MANAGED")
    assert env.get_definition()["desc"]["owner"] == "maker"
    assert "UnauthorizedException" in refusal(env.delete)


def test_automation_node_keeps_the_spec_in_a_version(tmp_path_factory: pytest.TempPathFactory) -> None:
    """``versions`` is never null there, which is how the client tells the kinds apart [client]."""
    with (
        start_node(tmp_path_factory.mktemp("automation"), kind="automation") as node,
        opened_clients(node) as clients,
    ):
        env = clients.admin.create_code_env("PYTHON", "single", "AUTOMATION_SINGLE")
        settings = env.get_settings()
        assert type(settings).__name__ == "DSSAutomationCodeEnvSettings"
        settings.get_version().set_required_packages("six")
        settings.save()
        assert env.get_settings().get_version().get_required_packages(as_list=True) == ["six"]
        versioned = clients.admin.create_code_env("PYTHON", "many", "AUTOMATION_VERSIONED")
        assert [item["versionId"] for item in versioned.get_settings().get_raw()["versions"]] == ["initial"]
        with pytest.raises(Exception, match="Deployment mode DESIGN_MANAGED"):
            clients.admin.create_code_env("PYTHON", "wrong", "DESIGN_MANAGED")


def test_usages_are_found_in_project_settings(admin: Any) -> None:
    """A project that names the env as its default uses it [client]."""
    admin.create_code_env("PYTHON", "used", "DESIGN_MANAGED")
    project = admin.create_project("ENVUSER", "e", "admin")
    settings = project.get_settings()
    settings.set_python_code_env("used")
    settings.save()
    usages = admin.get_code_env("PYTHON", "used").list_usages()
    assert [(item["envUsage"], item["projectKey"]) for item in usages] == [("PROJECT", "ENVUSER")]


def test_access_keys_stand_in_desc_too_and_the_top_level_wins(admin: Any) -> None:
    """``desc`` repeats them [doc]; alone they are honoured, beside the top-level ones they are not [client, seen]."""
    env = admin.create_code_env("PYTHON", "copies", "DESIGN_MANAGED")
    raw = env.get_definition()
    copies = {key: raw["desc"][key] for key in ("usableByAll", "allContainerConfs", "containerConfs")}
    assert copies == {"usableByAll": True, "allContainerConfs": True, "containerConfs": []}
    raw["desc"]["usableByAll"] = False
    assert env.set_definition(raw)["usableByAll"] is True
    del raw["usableByAll"]
    stored = env.set_definition(raw)
    assert (stored["usableByAll"], stored["desc"]["usableByAll"]) == (False, False)


def test_interpreters_of_the_machine_are_a_switch(admin: Any, node: NodeProcess) -> None:
    """A build with an interpreter that is not installed fails half-way [seen]; which ones there are depends on the machine."""
    node.set_profile(interpreters=["PYTHON311"])
    try:
        admin.create_code_env("PYTHON", "old", "DESIGN_MANAGED", {"pythonInterpreter": "PYTHON310"})
        assert "Not a file: /python/old/desc.json" in refusal(admin.get_code_env("PYTHON", "old").get_definition)
        admin.create_code_env("PYTHON", "new", "DESIGN_MANAGED", {"pythonInterpreter": "PYTHON311"})
        assert admin.get_code_env("PYTHON", "new").get_definition()["envName"] == "new"
    finally:
        node.set_profile(interpreters=["PYTHON39", "PYTHON310", "PYTHON311", "PYTHON312", "PYTHON313", "PYTHON314"])
