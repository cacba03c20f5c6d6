"""Macros run for real: rights, config, results, failures, abort, restart.

Facts: plugin-components.md sections 6 and 7, api-projects-scenarios-deployer.md section 6, api-admin-govern.md section 10.3.
"""

import json
import os
import select
import threading
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from emulator.launch import NodeProcess, start_node
from tests.conformance.instance import Clients, opened_clients, plugin_zip, refusal

HEAD = "import json, os, sys\nimport dataiku\nfrom dataiku.runnables import Runnable, ResultTable\n"
DEADLINE_S = 30


@pytest.fixture
def project(clients: Clients) -> Any:
    key = "MACROS"
    return (
        clients.admin.get_project(key)
        if key in clients.admin.list_project_keys()
        else clients.admin.create_project(key, key, "admin")
    )


def macro_files(name: str, body: str, **descriptor: Any) -> dict[str, Any]:
    """Return the files of macro ``name`` whose ``run`` has ``body`` (indented by 8)."""
    code = f"{HEAD}class M(Runnable):\n    def run(self, progress_callback):\n{body}\n"
    return {
        f"python-runnables/{name}/runnable.json": {"resultType": "JSON_OBJECT", **descriptor},
        f"python-runnables/{name}/runnable.py": code,
    }


def install(admin: Any, plugin_id: str, files: Mapping[str, Any]) -> None:
    """Install a plugin, or update it if an earlier test did."""
    archive = plugin_zip(files, plugin_id=plugin_id)
    if plugin_id in [item["id"] for item in admin.list_plugins()]:
        admin.get_plugin(plugin_id).update_from_zip(archive)
    else:
        admin.install_plugin_from_archive(archive)


def make_macro(project: Any, plugin_id: str, body: str, **descriptor: Any) -> Any:
    """Install a plugin of one macro ``m`` and return the handle."""
    install(project.client, plugin_id, macro_files("m", body, **descriptor))
    return project.get_macro(f"pyrunnable_{plugin_id}_m")


def result_of(macro: Any, *args: Any, **kwargs: Any) -> Any:
    return macro.get_result(macro.run(*args, **kwargs), as_type="json")


def until(condition: Callable[[], Any]) -> Any:
    """Ask until the answer is true; every question is a call to the node, which is busy meanwhile."""
    for _ in range(20_000):
        found = condition()
        if found:
            return found
    raise AssertionError("it never came true")


def fifo(path: Path) -> Path:
    os.mkfifo(path)
    return path


def open_gate(gate: Path) -> None:
    """Let a macro that reads ``gate`` go on."""
    with gate.open("w"):
        pass


def wait_for_end_of(reading: int) -> None:
    """Return when every process that has the other end of a FIFO is dead."""
    readable, _, _ = select.select([reading], [], [], DEADLINE_S)
    assert readable, "somebody still holds the FIFO"
    while os.read(reading, 4096):
        pass


def control(node: NodeProcess, path: str) -> Any:
    with urllib.request.urlopen(f"{node.url}/__emulator{path}", timeout=DEADLINE_S) as answer:  # noqa: S310  our own node
        return answer.read()


def test_list_and_definition_mimic_the_descriptor(clients: Clients, project: Any) -> None:
    """Fields of runnable.json plus type and owner; ``adminParams`` is empty for others than admins [client]."""
    macro = make_macro(
        project, "defined", "        return {}", meta={"label": "L"}, adminParams=[{"name": "a", "type": "STRING"}]
    )
    definition = macro.get_definition()
    assert (definition["runnableType"], definition["ownerPluginId"]) == ("pyrunnable_defined_m", "defined")
    assert (definition["resultType"], definition["meta"], len(definition["adminParams"])) == (
        "JSON_OBJECT",
        {"label": "L"},
        1,
    )
    assert "pyrunnable_defined_m" in [item["runnableType"] for item in project.list_macros()]
    user = clients.user("viewer", "readers")
    allow(project, "viewer", readProjectContent=True)
    assert user.get_project(project.project_key).get_macro("pyrunnable_defined_m").get_definition()["adminParams"] == []


def allow(project: Any, login: str, **flags: bool) -> None:
    permissions = project.get_permissions()
    permissions["permissions"].append({"user": login, **flags})
    project.set_permissions(permissions)


def test_incomplete_components_are_not_there(project: Any) -> None:
    """A macro without its code file is unusable, the plugin is not [inferred]; misspelt folders do not exist [seen]."""
    files = {
        "python-runnables/empty/runnable.json": {"resultType": "NONE"},
        "python_runnables/typo/runnable.json": {},
        **macro_files("good", "        return 1"),
    }
    install(project.client, "partial", files)
    types = [item["runnableType"] for item in project.list_macros()]
    assert "pyrunnable_partial_good" in types
    assert not [name for name in types if name.endswith(("_empty", "_typo"))]


def test_result_is_read_once(project: Any) -> None:
    """Reading the result ends the run: then it does not exist and a second reading fails [client, seen]."""
    macro = make_macro(project, "once", "        return {'n': self.config['n']}")
    run_id = macro.run({"n": 7}, wait=True)
    assert macro.get_status(run_id)["running"] is False
    assert macro.get_result(run_id, as_type="json") == {"n": 7}
    assert macro.get_status(run_id)["exists"] is False
    assert "No such run" in refusal(lambda: macro.get_result(run_id))


@pytest.mark.parametrize(
    ("result_type", "body", "expected"),
    [
        ("HTML", "return '<b>\\u00e4</b>'", "<b>ä</b>"),
        ("URL", "return 'http://x'", "http://x"),
        ("JSON_OBJECT", "return json.dumps({'a': 1})", '{"a": 1}'),
        ("FILE", "return b'raw'", "raw"),
        ("NONE", "return 'dropped'", ""),
    ],
)
def test_result_types(project: Any, result_type: str, body: str, expected: str) -> None:
    """The bytes of the result are what ``run`` returned, by type [client, doc]."""
    macro = make_macro(project, f"type_{result_type.lower()}", f"        {body}", resultType=result_type)
    run_id = macro.run()
    assert macro.get_status(run_id)["resultType"] == result_type
    assert macro.get_status(run_id)["empty"] is (expected == "")
    assert macro.get_result(run_id, as_type="string").decode() == expected


def test_result_table(project: Any) -> None:
    """Records are lists in the order of the columns [client]."""
    body = (
        "        t = ResultTable()\n        t.set_name('T')\n        t.add_column('a', 'A', 'STRING')\n"
        "        t.add_column('b', 'B', 'STRING')\n        t.add_record(['1', '2'])\n        return t"
    )
    table = result_of(make_macro(project, "table", body, resultType="RESULT_TABLE"))
    assert table["records"] == [["1", "2"]]
    assert [column["displayName"] for column in table["columns"]] == ["A", "B"]


def test_environment_of_the_code(project: Any, node: NodeProcess) -> None:
    """Source run as text (no ``__file__``), private writable directory, variables, python-lib first, resource folder [inferred, seen]."""
    files = macro_files(
        "m",
        "        from tinylib import VALUE\n        open('scratch', 'w').close()\n        return {'file': '__file__' in globals(), "
        "'value': VALUE, 'cwd': os.getcwd(), 'env': {k: v for k, v in os.environ.items() if k.startswith(('DKU_', 'DIP_'))}}",
    )
    install(project.client, "env", {**files, "python-lib/tinylib/__init__.py": "VALUE = 5\n"})
    found = result_of(project.get_macro("pyrunnable_env_m"))
    assert (found["file"], found["value"]) == (False, 5)
    assert not Path(found["cwd"]).exists()
    assert found["env"]["DKU_CURRENT_PROJECT_KEY"] == project.project_key
    assert found["env"]["DIP_HOME"] == str(node.data_dir)
    assert found["env"]["DKU_CUSTOM_RESOURCE_FOLDER"].endswith("env/resource")


def test_code_acts_as_the_calling_user(clients: Clients, project: Any) -> None:
    """``dataiku.api_client()`` has the rights of who runs the macro, whatever ``impersonate`` says [doc]."""
    body = (
        "        client = dataiku.api_client()\n        seen = client.list_project_keys()\n        try:\n"
        "            client.list_users()\n            users = True\n        except Exception as e:\n            users = str(e)\n"
        "        return {'me': client.get_auth_info()['authIdentifier'], 'seen': seen, 'users': users, "
        "'project': client.get_default_project().project_key}"
    )
    make_macro(project, "identity", body, impersonate=False)
    clients.admin.create_project("HIDDEN", "h", "admin")
    user = clients.user("runner", "readers")
    allow(project, "runner", readProjectContent=True)
    found = result_of(user.get_project(project.project_key).get_macro("pyrunnable_identity_m"))
    assert (found["me"], found["project"]) == ("runner", project.project_key)
    assert found["seen"] == [project.project_key]
    assert "UnauthorizedException" in found["users"]


def test_admin_params_of_others_are_ignored(clients: Clients, project: Any) -> None:
    """Merged into ``config`` for admins, silently ignored for others [client]."""
    params = {"params": [{"name": "p", "type": "STRING"}], "adminParams": [{"name": "a", "type": "STRING"}]}
    macro = make_macro(project, "adminparams", "        return self.config", **params)
    assert result_of(macro, {"p": "1"}, {"a": "2"}) == {"p": "1", "a": "2"}
    user = clients.user("noadmin", "readers")
    allow(project, "noadmin", readProjectContent=True)
    mine = user.get_project(project.project_key).get_macro("pyrunnable_adminparams_m")
    assert result_of(mine, {"p": "1"}, {"a": "2"}) == {"p": "1"}


@pytest.mark.parametrize(
    ("descriptor", "flags", "is_allowed"),
    [
        ({"permissions": ["READ_CONF"]}, {"readProjectContent": True}, True),
        ({"permissions": ["WRITE_CONF"]}, {"readProjectContent": True}, False),
        ({"permissions": ["ADMIN"]}, {"writeProjectContent": True}, False),
        ({"permissions": ["ADMIN"]}, {"admin": True}, True),
        ({"requiresGlobalAdmin": "true"}, {"admin": True}, False),
    ],
)
def test_rights_to_run(
    clients: Clients, descriptor: Mapping[str, Any], flags: Mapping[str, bool], *, is_allowed: bool
) -> None:
    """``permissions`` are project rights, ``requiresGlobalAdmin`` an instance right; without them it is neither seen nor run [doc]."""
    number = len(clients.admin.list_users())
    login, key = f"person{number}", f"RIGHTS{number}"
    project = clients.admin.create_project(key, key, "admin")
    make_macro(project, "rights", "        return {}", **descriptor)
    user = clients.user(login, "readers")
    allow(project, login, **flags)
    mine = user.get_project(key)
    assert ("pyrunnable_rights_m" in [item["runnableType"] for item in mine.list_macros()]) is is_allowed
    if is_allowed:
        assert result_of(mine.get_macro("pyrunnable_rights_m")) == {}
    else:
        assert "UnauthorizedException" in refusal(lambda: mine.get_macro("pyrunnable_rights_m").run())


def test_failure_is_told_by_the_state(project: Any, node: NodeProcess) -> None:
    """With ``wait`` the POST still gives a run id; the error is in the state, and the result raises [inferred]; or a switch says no."""
    macro = make_macro(project, "failing", "        print('before')\n        raise ValueError('bad value 42')")
    run_id = macro.run(wait=True)
    state = macro.get_status(run_id)
    assert state["storedError"]["message"] == "<class 'ValueError'>: bad value 42"
    assert "At line" in state["storedError"]["detailedMessage"]
    assert "bad value 42" in refusal(lambda: macro.get_result(run_id))
    log = control(node, f"/macros/{run_id}/log").decode()
    assert "before" in log
    assert "Traceback" in log
    node.set_profile(failing_macro_wait="error")
    assert "bad value 42" in refusal(macro.run)
    node.set_profile(failing_macro_wait="run_id")


@pytest.mark.parametrize(
    ("name", "code", "message"),
    [
        ("broken", "def f(:\n", "SyntaxError"),
        ("nothing", "x = 1\n", "exactly one subclass"),
        (
            "constructor",
            f"{HEAD}class M(Runnable):\n    def __init__(self, k, c, p): raise KeyError('missing-param')\n",
            "missing-param",
        ),
        ("exits", f"{HEAD}class M(Runnable):\n    def run(self, p): sys.exit(3)\n", "SystemExit"),
        ("dies", f"{HEAD}class M(Runnable):\n    def run(self, p): os._exit(9)\n", "exit code 9"),
    ],
)
def test_every_way_to_fail_is_a_failed_run(project: Any, name: str, code: str, message: str) -> None:
    """Code that cannot be run, found, constructed or that ends its process [inferred]."""
    files = {"python-runnables/m/runnable.json": {"resultType": "HTML"}, "python-runnables/m/runnable.py": code}
    install(project.client, name, files)
    macro = project.get_macro(f"pyrunnable_{name}_m")
    assert message in macro.get_status(macro.run())["storedError"]["detailedMessage"]


def test_progress_and_result_while_running(project: Any, tmp_path: Path) -> None:
    """``progress`` has target, current value and unit; a result before the end is an error [client]."""
    gate = fifo(tmp_path / "gate")
    code = (
        f"{HEAD}class M(Runnable):\n    def get_progress_target(self): return (10, 'FILES')\n"
        "    def run(self, progress_callback):\n        progress_callback(4)\n        open(self.config['gate']).read()\n        return 'ok'\n"
    )
    install(
        project.client,
        "progress",
        {"python-runnables/m/runnable.json": {"resultType": "HTML"}, "python-runnables/m/runnable.py": code},
    )
    macro = project.get_macro("pyrunnable_progress_m")
    run_id = macro.run({"gate": str(gate)}, wait=False)
    state = until(lambda: (s := macro.get_status(run_id)) and s["progress"]["states"][0]["cur"] == 4 and s)
    assert state["running"] is True
    assert (state["progress"]["states"][0]["target"], state["progress"]["states"][0]["unit"]) == (10, "FILES")
    assert "still running" in refusal(lambda: macro.get_result(run_id))
    open_gate(gate)
    until(lambda: not macro.get_status(run_id)["running"])
    assert macro.get_result(run_id, as_type="string") == b"ok"


KILLED = """        import subprocess
        try:
            subprocess.Popen(['sh', '-c', 'exec 7>"$0"; sleep 1000', self.config['alive']])
            progress_callback(1)
            open(self.config['gate']).read()
        finally:
            open(self.config['finally'], 'w').close()
        return {}"""


def start_killable(macro: Any, tmp_path: Path) -> tuple[str, int]:
    """Start a macro with a child process; return the run id and a FIFO that ends when both are dead."""
    alive, gate = fifo(tmp_path / "alive"), fifo(tmp_path / "gate")
    params = {"alive": str(alive), "gate": str(gate), "finally": str(tmp_path / "finally")}
    run_id = macro.run(params, wait=False)
    reading = os.open(alive, os.O_RDONLY)  # blocks until the child has its end
    until(lambda: macro.get_status(run_id)["progress"]["states"][0]["cur"] == 1)
    return run_id, reading


def test_abort_kills_the_process_and_its_children(project: Any, tmp_path: Path) -> None:
    """The process is killed, no ``finally`` runs [inferred]; the state tells, the result does not come."""
    macro = make_macro(project, "aborted", KILLED)
    run_id, reading = start_killable(macro, tmp_path)
    macro.abort(run_id)
    wait_for_end_of(reading)
    os.close(reading)
    until(lambda: not macro.get_status(run_id)["running"])
    state = macro.get_status(run_id)
    assert (state["exists"], state["aborted"]) == (True, True)
    assert "aborted" in state["storedError"]["message"]
    assert "aborted" in refusal(lambda: macro.get_result(run_id))
    assert not (tmp_path / "finally").exists()


@pytest.mark.parametrize("way", ["kill", "stop"])
def test_restart_kills_running_macros_and_forgets_runs(tmp_path: Path, way: str) -> None:
    """A backend restart ends running macros and loses their results [inferred]; plugin and log stay."""
    with start_node(tmp_path / "node") as node:
        with opened_clients(node) as clients:
            project = clients.admin.create_project("P", "p", "admin")
            macro = make_macro(project, "interrupted", KILLED)
            finished = make_macro(project, "finished", "        print('printed')\n        return 1")
            lost = finished.run()
            run_id, reading = start_killable(macro, tmp_path)
        getattr(node, way)()
        wait_for_end_of(reading)
        os.close(reading)
        assert not (tmp_path / "finally").exists()
        node.start()
        with opened_clients(node) as clients:
            project = clients.admin.get_project("P")
            for name, run in (("interrupted", run_id), ("finished", lost)):
                macro = project.get_macro(f"pyrunnable_{name}_m")
                assert macro.get_status(run)["exists"] is False
                assert "No such run" in refusal(lambda macro=macro, run=run: macro.get_result(run))
            assert b"printed" in control(node, f"/macros/{lost}/log")
            assert result_of(project.get_macro("pyrunnable_finished_m")) == 1


def test_two_macros_run_at_once_and_the_node_goes_on(clients: Clients, project: Any, tmp_path: Path) -> None:
    """Each needs the other to finish; a caller who waits does not hold up the node."""
    there, back = fifo(tmp_path / "there"), fifo(tmp_path / "back")
    body = (
        "        if self.config['first']:\n            open(self.config['there'], 'w').close()\n            open(self.config['back']).close()\n"
        "        else:\n            open(self.config['there']).close()\n            open(self.config['back'], 'w').close()\n        return 'met'"
    )
    macro = make_macro(project, "pair", body, resultType="HTML")
    params = {"there": str(there), "back": str(back)}
    first: list[str] = []
    other = clients.with_key(clients.node.api_key).get_project(project.project_key).get_macro("pyrunnable_pair_m")
    waiting = threading.Thread(target=lambda: first.append(other.run({**params, "first": True}, wait=True)))
    waiting.start()
    assert "pair" in [item["id"] for item in clients.admin.list_plugins()]  # answered while the other waits
    second = macro.run({**params, "first": False}, wait=True)
    waiting.join(DEADLINE_S)
    assert macro.get_result(second, as_type="string") == b"met"
    assert macro.get_result(first[0], as_type="string") == b"met"


SERVER_SET = {"params": [{"name": "url", "type": "STRING"}], "pluginParams": [{"name": "key", "type": "PASSWORD"}]}
PRESET_PARAMS = [
    {"name": "server", "type": "PRESET", "parameterSetId": "server"},
    {"name": "own", "type": "PASSWORD"},
    {"name": "count", "type": "INT"},
]


def test_presets_reach_the_code_resolved(clients: Clients, project: Any) -> None:
    """A reference becomes the flat values of the preset, password in clear text [seen]; use is a right by group [client]."""
    files = {
        "parameter-sets/server/parameter-set.json": SERVER_SET,
        **macro_files(
            "m", "        return {'config': self.config, 'plugin_config': self.plugin_config}", params=PRESET_PARAMS
        ),
        "plugin.json": {"id": "preset", "version": "1", "params": [{"name": "token", "type": "PASSWORD"}]},
    }
    install(clients.admin, "preset", files)
    settings = clients.admin.get_plugin("preset").get_settings()
    settings.get_raw()["config"] = {"token": "plugin-secret"}
    preset = settings.get_parameter_set("server").create_preset("prod")
    preset.config["url"] = "http://prod"
    preset.plugin_config["key"] = "preset-secret"
    settings.save()
    macro = project.get_macro("pyrunnable_preset_m")
    found = result_of(macro, {"server": {"mode": "PRESET", "name": "prod"}, "own": "typed"})
    assert found["config"] == {"server": {"url": "http://prod", "key": "preset-secret"}, "own": "typed"}
    assert found["plugin_config"] == {"token": "plugin-secret"}
    inline = result_of(macro, {"server": {"mode": "INLINE", "url": "u"}})
    assert inline["config"] == {"server": {"url": "u"}}
    assert result_of(macro, {"server": {"mode": "NONE"}})["config"] == {"server": {}}
    assert "does not exist" in refusal(lambda: macro.run({"server": {"mode": "PRESET", "name": "none"}}))

    user = clients.user("preset_user", "readers")
    allow(project, "preset_user", readProjectContent=True)
    mine = user.get_project(project.project_key).get_macro("pyrunnable_preset_m")
    reference = {"server": {"mode": "PRESET", "name": "prod"}}
    assert "You may not use preset" in refusal(lambda: mine.run(reference))
    settings = clients.admin.get_plugin("preset").get_settings()
    settings.get_parameter_set("server").get_preset("prod").get_raw()["permissions"] = [
        {"group": "readers", "use": True}
    ]
    settings.save()
    assert result_of(mine, reference)["config"]["server"]["key"] == "preset-secret"


def test_forms_of_config_that_vary(clients: Clients, project: Any, node: NodeProcess) -> None:
    """Wrapped or flat, encrypted or clear [seen], INT as float [doc]: a plugin has to take all of them."""
    files = {
        **macro_files("m", "        return [self.config, self.plugin_config]", params=PRESET_PARAMS),
        "plugin.json": {"id": "varied", "version": "1", "params": [{"name": "token", "type": "PASSWORD"}]},
    }
    install(clients.admin, "varied", files)
    settings = clients.admin.get_plugin("varied").get_settings()
    settings.get_raw()["config"] = {"token": "t"}
    settings.save()
    macro = project.get_macro("pyrunnable_varied_m")
    node.set_profile(macro_plugin_config="wrapped", macro_passwords="encrypted", macro_ints="float")
    config, plugin_config = json.loads(macro.get_result(macro.run({"count": 3}), as_type="string"))
    node.set_profile(macro_plugin_config="flat", macro_passwords="clear", macro_ints="as_sent")
    assert isinstance(config["count"], float)
    assert plugin_config["config"]["token"].startswith("e:AES:")


def test_declared_code_env_has_to_be_there(clients: Clients, project: Any, node: NodeProcess) -> None:
    """Refused without one [inferred], or run in the built-in env [doc]; a bound env that is gone fails."""
    files = {**macro_files("m", "        return 1"), "code-env/python/desc.json": {"acceptedPythonInterpreters": []}}
    install(clients.admin, "envless", files)
    macro = project.get_macro("pyrunnable_envless_m")
    assert "requires a code environment" in refusal(macro.run)
    node.set_profile(plugin_without_code_env="builtin")
    assert result_of(macro) == 1
    node.set_profile(plugin_without_code_env="refuse")
    plugin = clients.admin.get_plugin("envless")
    settings = plugin.get_settings()
    settings.set_code_env(plugin.create_code_env().wait_for_result()["envName"])
    settings.save()
    assert result_of(macro) == 1
    clients.admin.get_code_env("PYTHON", "plugin_envless_managed").delete()
    assert "PYTHON env plugin_envless_managed doesn't exist" in refusal(macro.run)


def test_choices_come_from_the_setup_script(clients: Clients, project: Any) -> None:
    """``do(payload, config, plugin_config, inputs)`` answers for ``payload["parameterName"]`` as the form's user [doc, seen]."""
    script = (
        "import dataiku\ndef do(payload, config, plugin_config, inputs):\n    assert inputs == []\n"
        "    if payload['parameterName'] == 'broken': raise ValueError('no choices today')\n"
        "    me = dataiku.api_client().get_auth_info()['authIdentifier']\n"
        "    return {'choices': [{'value': config['env'], 'label': me}]}\n"
    )
    names = ("plan", "broken")
    params = [{"name": name, "type": "SELECT", "getChoicesFromPython": True} for name in names]
    files = macro_files("m", "        return 1", params=params, paramsPythonSetup="choices.py")
    install(clients.admin, "choosing", {**files, "resource/choices.py": script})

    def ask(param: str) -> Any:
        path = f"/__emulator/projects/{project.project_key}/runnables/pyrunnable_choosing_m/choices/{param}"
        return clients.admin._session.post(clients.admin.host + path, json={"config": {"env": "prod"}})

    assert ask("plan").json() == {"choices": [{"value": "prod", "label": "api:bootstrapadmin00"}]}
    assert "no choices today" in ask("broken").json()["message"]
    assert ask("other").status_code == 400


def test_unknown_macro_and_run(project: Any) -> None:
    """A macro that no plugin has is not found; a state of an unknown run says so without an error [client]."""
    macro = make_macro(project, "known", "        return 1")
    assert macro.get_status("neverwas") == {"exists": False, "running": False}
    assert "NotFoundException" in refusal(project.get_macro("pyrunnable_no_m").get_definition)


def test_stand_in_says_what_it_cannot(project: Any) -> None:
    """Nothing pretends: what is not there raises."""
    body = (
        "        try:\n            dataiku.Dataset('d').get_dataframe()\n        except NotImplementedError as e:\n            first = str(e)\n"
        "        return [first, hasattr(dataiku, 'SQLExecutor2'), dataiku.get_custom_variables()]"
    )
    project.set_variables({"standard": {"a": 1, "b": "s"}, "local": {"b": "l"}})
    first, has_executor, variables = result_of(make_macro(project, "honest", body))
    assert "get_dataframe is not available" in first
    assert has_executor is False
    assert variables == {"a": "1", "b": "l"}


def test_status_of_a_failed_result_is_a_switch(project: Any, node: NodeProcess) -> None:
    """Status of the result of a failed run [unknown]; the run stays, so that its state can be read."""
    macro = make_macro(project, "failing_status", "        raise ValueError('bad')")
    run_id = macro.run(wait=True)
    path = f"{node.url}/public/api/projects/MACROS/runnables/{macro.runnable_type}/result/{run_id}"
    for status in (400, 500):
        node.set_profile(failed_macro_result_status=status)
        assert project.client._session.get(path).status_code == status
    assert macro.get_status(run_id)["exists"] is True
