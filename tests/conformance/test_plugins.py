"""Plugins: install, settings, presets, code env, deletion. Facts: plugin-components.md sections 1, 3, 6, 12; api-admin-govern.md section 7."""

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from emulator.launch import NodeProcess, start_node
from emulator.plugins.descriptors import BadDescriptor, parse_lenient
from tests.conformance.instance import Clients, opened_clients, plugin_zip, refusal

DESC = {"acceptedPythonInterpreters": ["PYTHON311", "PYTHON312", "PYTHON313"], "installCorePackages": False}
SERVER_SET = {
    "meta": {"label": "Servers"},
    "defaultDefinableInline": True,
    "params": [{"name": "url", "type": "STRING", "defaultValue": "http://x"}],
    "pluginParams": [{"name": "key", "type": "PASSWORD"}],
}
RUNNABLE = "from dataiku.runnables import Runnable\nclass M(Runnable):\n    def run(self, p): return 'x'\n"


def install(admin: Any, plugin_id: str, files: Mapping[str, Any] | None = None) -> Any:
    admin.install_plugin_from_archive(plugin_zip(files or {}, plugin_id=plugin_id))
    return admin.get_plugin(plugin_id)


def versions(admin: Any) -> dict[str, str]:
    return {item["id"]: item["version"] for item in admin.list_plugins()}


def test_install_list_update_delete(admin: Any) -> None:
    """The flow of the official automation: list, install, update, wait for the future, delete [seen]."""
    future = admin.start_install_plugin_from_archive(plugin_zip({"resource/old.txt": "o"}, plugin_id="cycle"))
    assert future.wait_for_result()["pluginDesc"]["id"] == "cycle"
    assert versions(admin)["cycle"] == "1.0.0"
    plugin = admin.get_plugin("cycle")
    plugin.update_from_zip(plugin_zip({}, plugin_id="cycle", version="2.0.0"))
    assert versions(admin)["cycle"] == "2.0.0"
    assert plugin.delete().wait_for_result()["success"] is True
    assert "cycle" not in versions(admin)


def test_plugin_json_must_lie_at_the_root(admin: Any) -> None:
    """A wrapping folder is rejected [seen]."""
    wrapped = io.BytesIO()
    with zipfile.ZipFile(wrapped, "w") as archive:
        archive.writestr("wrapped/plugin.json", '{"id": "wrapped"}')
    wrapped.seek(0)
    assert "no plugin.json at the root" in refusal(lambda: admin.install_plugin_from_archive(wrapped))
    assert "Invalid plugin archive" in refusal(lambda: admin.install_plugin_from_archive(io.BytesIO(b"no zip")))


def test_names_that_leave_the_directory_are_refused(admin: Any, node: NodeProcess) -> None:
    """An archive must not write elsewhere in the data directory."""
    evil = plugin_zip({"../../escaped.txt": "x"}, plugin_id="evil")
    assert "leaves the plugin's directory" in refusal(lambda: admin.install_plugin_from_archive(evil))
    assert not list(node.data_dir.rglob("escaped.txt"))
    assert "evil" not in versions(admin)


def test_second_install_fails_and_may_say_so_with_200(admin: Any, node: NodeProcess) -> None:
    """Installed plugins are updated, not installed again [doc]; the refusal may be a result with ``success: false`` [seen]."""
    install(admin, "again")
    assert "already installed" in refusal(lambda: install(admin, "again"))
    node.set_profile(failed_plugin_install="result")
    result = admin.start_install_plugin_from_archive(plugin_zip({}, plugin_id="again")).wait_for_result()
    node.set_profile(failed_plugin_install="error")
    assert result["success"] is False
    assert "already installed" in result["installationError"]["message"]


def test_settings_round_trip_and_unknown_keys_vanish(admin: Any) -> None:
    """Saving is a POST with an empty answer; unset ``codeEnvName`` is absent [client]."""
    plugin = install(
        admin,
        "config",
        {"plugin.json": {"id": "config", "version": "1", "params": [{"name": "token", "type": "PASSWORD"}]}},
    )
    settings = plugin.get_settings()
    assert "codeEnvName" not in settings.get_raw()
    settings.get_raw()["config"] = {"token": "planted-token", "depth": 3}
    settings.get_raw()["nonsense"] = 1
    settings.save()
    raw = plugin.get_settings().get_raw()
    assert raw["config"]["depth"] == 3
    assert raw["config"]["token"].startswith("e:AES:")
    assert "nonsense" not in raw


def test_preset_password_is_never_shown_and_survives_a_round_trip(admin: Any, node: NodeProcess) -> None:
    """PASSWORD values come back encrypted and are kept when sent back [seen]; on disk they are encrypted too."""
    plugin = install(admin, "presets", {"parameter-sets/server/parameter-set.json": SERVER_SET})
    settings = plugin.get_settings()
    assert settings.list_parameter_set_names() == ["server"]
    preset = settings.get_parameter_set("server").create_preset("prod", with_defaults=True)
    assert preset.config == {"url": "http://x"}
    preset.plugin_config["key"] = "planted-key"
    settings.save()
    shown = plugin.get_settings().get_parameter_set("server").get_preset("prod")
    ciphertext = shown.plugin_config["key"]
    assert ciphertext.startswith("e:AES:")
    plugin.get_settings().save()
    assert plugin.get_settings().get_parameter_set("server").get_preset("prod").plugin_config["key"] == ciphertext
    stored = (node.data_dir / "config" / "plugins" / "presets" / "settings.json").read_text()
    assert "planted-key" not in stored


def test_project_presets_are_separate(clients: Clients) -> None:
    """With ``projectKey`` the same routes hold the presets of the project, for its admins [client, doc]."""
    plugin = install(clients.admin, "projectwise", {"parameter-sets/server/parameter-set.json": SERVER_SET})
    project = clients.admin.create_project("PRESETS", "p", "admin")
    owner = clients.user("preset_owner", "readers")
    permissions = project.get_permissions()
    permissions["permissions"].append({"user": "preset_owner", "admin": True})
    project.set_permissions(permissions)
    settings = owner.get_plugin("projectwise").get_project_settings("PRESETS")
    settings.get_parameter_set("server").create_preset("mine").config["url"] = "http://p"
    settings.save()
    assert "parameterSets" not in owner.get_plugin("projectwise").get_project_settings("PRESETS").get_raw()
    found = plugin.get_project_settings("PRESETS").get_parameter_set("server").list_preset_names()
    assert found == ["mine"]
    assert plugin.get_settings().get_parameter_set("server").list_preset_names() == []


def test_rights(clients: Clients) -> None:
    """The list is open; the rest needs an admin or the ability to develop plugins [client]."""
    install(clients.admin, "guarded")
    user = clients.user("plain_user", "readers")
    assert "guarded" in versions(user)
    assert "UnauthorizedException" in refusal(lambda: user.get_plugin("guarded").get_settings())
    assert "UnauthorizedException" in refusal(lambda: install(user, "mine"))
    clients.admin.create_group("plugin_people")
    group = clients.admin.get_group("plugin_people")
    group.set_definition({**group.get_definition(), "mayDevelopPlugins": True})
    developer = clients.user("developer", "plugin_people")
    assert developer.get_plugin("guarded").get_settings().get_raw()["config"] == {}


def test_code_env_is_created_then_bound(admin: Any) -> None:
    """Install makes no code env: create (future, ``envName``), bind, save; a second one gets another name [seen]."""
    files = {"code-env/python/desc.json": DESC, "code-env/python/spec/requirements.txt": "boto3>=1.35\n# note\nsix"}
    plugin = install(admin, "env", files)
    result = plugin.create_code_env(python_interpreter="PYTHON311").wait_for_result()
    assert (result["envName"], result["messages"]["error"]) == ("plugin_env_managed", False)
    settings = plugin.get_settings()
    settings.set_code_env(result["envName"])
    settings.save()
    assert plugin.get_settings().get_raw()["codeEnvName"] == "plugin_env_managed"
    assert plugin.update_code_env().wait_for_result()["messages"]["error"] is False
    assert plugin.create_code_env().wait_for_result()["envName"] == "plugin_env_managed_1"
    raw = admin.get_code_env("PYTHON", "plugin_env_managed").get_settings().get_raw()
    assert raw["deploymentMode"] == "PLUGIN_MANAGED"
    usages = admin.get_code_env("PYTHON", "plugin_env_managed").list_usages()
    assert [(item["envUsage"], item["objectId"]) for item in usages] == [("PLUGIN", "env")]


def test_code_env_that_cannot_be_set_up_says_why(admin: Any) -> None:
    """The failure is in ``messages`` with HTTP 200 [seen]; here: requirements the interpreter does not satisfy."""
    files = {
        "code-env/python/desc.json": DESC,
        "code-env/python/spec/requirements.txt": "boto3<1\nno-such-package-here==1",
    }
    plugin = install(admin, "badenv", files)
    messages = plugin.create_code_env(python_interpreter="PYTHON311").wait_for_result()["messages"]
    assert messages["error"] is True
    text = messages["messages"][0]["message"]
    assert "boto3<1" in text
    assert "no-such-package-here==1: not installed" in text
    messages = plugin.create_code_env(python_interpreter="PYTHON39").wait_for_result()["messages"]
    assert "not among the interpreters that the plugin accepts" in messages["messages"][0]["message"]
    assert "plugin_badenv_managed" not in [item["envName"] for item in admin.list_code_envs()]


def test_update_of_a_code_env_that_was_never_made(admin: Any) -> None:
    """``ERR_PLUGIN_WITHOUT_CODEENV`` [doc]."""
    plugin = install(admin, "noenv", {"code-env/python/desc.json": DESC})
    assert "requires a code environment" in refusal(lambda: plugin.update_code_env().wait_for_result())


def test_used_plugins_are_deleted_by_force_only(admin: Any) -> None:
    """A scenario step names a macro: the plugin is used; the refusal is a result with HTTP 200 [seen]."""
    files = {"python-runnables/go/runnable.json": {"resultType": "NONE"}, "python-runnables/go/runnable.py": RUNNABLE}
    plugin = install(admin, "used", files)
    project = admin.create_project("USER_OF_PLUGIN", "p", "admin")
    step = {"type": "runnable", "name": "s", "params": {"runnableType": "pyrunnable_used_go", "config": {}}}
    project.create_scenario("steps", "step_based", {"params": {"steps": [step]}})
    usages = plugin.list_usages().usages
    assert [(usage.element_kind, usage.element_type, usage.project_key) for usage in usages] == [
        ("python-runnables", "go", "USER_OF_PLUGIN")
    ]
    assert plugin.delete().wait_for_result()["messages"]["error"] is True
    assert "used" in versions(admin)
    assert plugin.delete(force=True).wait_for_result()["success"] is True
    # Now the step's type cannot be resolved: no plugin can be proven unused.
    other = install(admin, "innocent")
    assert [missing.missing_type for missing in other.list_usages().missing_types] == ["pyrunnable_used_go"]
    project.delete()


def test_files_are_for_development_plugins(admin: Any) -> None:
    """Contents of an installed plugin are refused with this text [seen]; store and Git are out of reach."""
    plugin = install(admin, "closed")
    assert "is not a dev plugin" in refusal(plugin.list_files)
    assert "plugin store" in refusal(lambda: admin.install_plugin_from_store("x"))
    assert "Git" in refusal(lambda: admin.install_plugin_from_git("git@x:y.git"))


def test_resources_are_served(admin: Any) -> None:
    """``/plugins/<id>/resource/<path>`` on the base URL [doc]."""
    install(admin, "pages", {"resource/page/app.js": "let x = 1", "python-lib/secret.py": "x"})
    answer = admin._session.get(f"{admin.host}/plugins/pages/resource/page/app.js")
    assert (answer.status_code, answer.text) == (200, "let x = 1")
    assert admin._session.get(f"{admin.host}/plugins/pages/resource/../python-lib/secret.py").status_code == 404


def test_plugins_and_settings_outlive_a_kill(tmp_path: Path) -> None:
    """kill -9 right after the answers: plugin, preset and binding are there after a restart."""
    with start_node(tmp_path / "node") as node:
        with opened_clients(node) as clients:
            plugin = install(clients.admin, "kept", {"parameter-sets/server/parameter-set.json": SERVER_SET})
            settings = plugin.get_settings()
            settings.get_parameter_set("server").create_preset("prod").plugin_config["key"] = "k"
            settings.save()
        node.kill()
        node.start()
        with opened_clients(node) as clients:
            assert versions(clients.admin) == {"kept": "1.0.0"}
            preset = clients.admin.get_plugin("kept").get_settings().get_parameter_set("server").get_preset("prod")
            assert preset.plugin_config["key"].startswith("e:AES:")


def test_a_kill_in_the_middle_of_an_update_leaves_one_version(tmp_path: Path) -> None:
    """An update swaps directories; what a kill between the two renames leaves is put right at the next start."""
    with start_node(tmp_path / "node") as node:
        with opened_clients(node) as clients:
            install(clients.admin, "swapped")
        node.kill()
        (node.data_dir / "plugins" / "replaced").mkdir(exist_ok=True)
        (node.data_dir / "plugins" / "installed" / "swapped").rename(node.data_dir / "plugins" / "replaced" / "swapped")
        node.start()
        with opened_clients(node) as clients:
            assert versions(clients.admin) == {"swapped": "1.0.0"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('// c\n{"a": 1, /* b */ "b": [1, 2,],}', {"a": 1, "b": [1, 2]}),
        ('{\'a\': \'it\\\'s "x"\', b: true, # c\n "u": "http://x"}', {"a": 'it\'s "x"', "b": True, "u": "http://x"}),
        ('{"multi": "one\ntwo", "n": -1.5e3, "w": word}', {"multi": "one\ntwo", "n": -1500.0, "w": "word"}),
    ],
)
def test_descriptors_are_read_leniently(text: str, expected: dict[str, Any]) -> None:
    """Comments, single quotes, trailing commas and bare words are in published plugins [seen]."""
    assert parse_lenient(text) == expected


@pytest.mark.parametrize("text", ["", "[]", '{"a": }', '{"a" "b"}', "{'open: 1}"])
def test_other_descriptors_are_refused(text: str) -> None:
    """Leniency has an end."""
    with pytest.raises(BadDescriptor):
        parse_lenient(text)


def test_development_flag_has_two_forms(admin: Any, node: NodeProcess) -> None:
    """A boolean ``isDev`` (14.6), or the text ``"False"``, which is true to Python, under ``dev`` (older) [seen]."""
    install(admin, "flagged")
    for switch, expected in (("isDev", {"isDev": False}), ("dev", {"dev": "False"})):
        node.set_profile(plugin_dev_flag=switch)
        listed = next(item for item in admin.list_plugins() if item["id"] == "flagged")
        assert {key: listed[key] for key in ("isDev", "dev") if key in listed} == expected
    node.set_profile(plugin_dev_flag="isDev")


def test_a_venv_is_built_by_pip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The switch's other position builds a real environment: without a package index the failure is pip's own text."""
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    files = {"code-env/python/desc.json": DESC, "code-env/python/spec/requirements.txt": "six"}
    with start_node(tmp_path / "node") as node, opened_clients(node) as clients:
        plugin = install(clients.admin, "venved", files)
        assert plugin.create_code_env().wait_for_result()["messages"]["error"] is False
        node.set_profile(plugin_code_env="venv")
        messages = plugin.create_code_env().wait_for_result()["messages"]
        assert messages["error"] is True
        assert "pip install failed" in messages["messages"][0]["message"]
        assert (node.data_dir / "code-envs" / "python" / "plugin_venved_managed_1" / "bin" / "python").exists()
