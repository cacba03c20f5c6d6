"""Webapps. Facts: api-flow.md 13, object-shapes.md 13, 15.2, 16, 18."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from emulator.launch import NodeProcess
from tests.conformance.conftest import Dss, opened
from tests.conformance.instance import Clients, refusal, requires_client

P = "/projects/WEBAPPS"
CODE = {"html": "<b>1 &amp; 2</b>\n", "js": "let a = 'x';", "css": "b { color: red }", "python": "print('é')\n"}


@pytest.fixture
def dss(steered: NodeProcess) -> Iterator[Dss]:
    """A node of version 15, which has the call that creates webapps."""
    steered.set_profile(dss_version="15.2.0")
    with opened(steered) as dss:
        project = dss.client().create_project("WEBAPPS", "Webapps", "admin")
        yield dss
        project.delete()


@pytest.fixture
def project(dss: Dss) -> Any:
    return dss.client().get_project("WEBAPPS")


def call(dss: Dss, method: str, path: str, body: Any = None) -> requests.Response:
    return dss.http().request(method, dss.api(f"{P}{path}"), json=body)


def create(dss: Dss, name: str = "App", type_name: str = "STANDARD") -> str:
    answer = call(dss, "POST", "/webapps/", {"name": name, "type": type_name})
    assert answer.status_code == 200, answer.text
    webapp_id: str = answer.json()["webAppId"]
    return webapp_id


def raw(project: Any, webapp_id: str) -> dict[str, Any]:
    found: dict[str, Any] = project.get_webapp(webapp_id).get_settings().get_raw()
    return found


def with_code(project: Any, webapp_id: str) -> Any:
    settings = project.get_webapp(webapp_id).get_settings()
    settings.get_raw()["params"].update(CODE)
    settings.save()
    return settings


def tree(node: NodeProcess) -> Path:
    return node.data_dir / "config/projects/WEBAPPS"


def test_client_creates_and_lists(project: Any) -> None:
    """api-flow 13: ``{name, type}`` -> ``{webAppId}``, id of 7; the list has heads."""
    requires_client(project, "create_webapp")
    made = project.create_webapp("Mine", "DASH")
    assert len(made.webapp_id) == 7
    (head,) = project.list_webapps()
    assert (head.id, head.name, head._data["type"]) == (made.webapp_id, "Mine", "DASH")
    assert "params" not in head._data


def test_creation_is_new_in_15(steered: NodeProcess, dss: Dss) -> None:
    """api-flow 1, 13: client 14.3 has no create; an older node has no such verb."""
    steered.set_profile(dss_version="14.3.0")
    assert call(dss, "POST", "/webapps/", {"name": "a", "type": "DASH"}).status_code == 404


def test_types_that_can_be_created(dss: Dss) -> None:
    """api-flow 13: STANDARD, BOKEH, DASH, STREAMLIT, SHINY; those of plugins are not made by this call."""
    for type_name in ("STANDARD", "BOKEH", "DASH", "STREAMLIT", "SHINY"):
        create(dss, type_name, type_name)
    for body in ({"name": "x", "type": "webapp_tiny_thing"}, {"name": "x"}, {"type": "DASH"}):
        assert call(dss, "POST", "/webapps/", body).status_code == 400


def test_defaults_by_type(dss: Dss, project: Any) -> None:
    """object-shapes 13: params per type [seen]."""
    standard, dash = raw(project, create(dss)), raw(project, create(dss, "d", "DASH"))
    assert (standard["hasLegacyBackendURL"], standard["isVirtual"], standard["tags"]) == (False, False, [])
    expected = {"backendEnabled": False, "autoStartBackend": False, "nbProcesses": 1, "libraries": []}
    assert expected.items() <= standard["params"].items()
    assert standard["params"]["infra"]["exposition"] == {"type": "local_process", "params": {}}
    assert standard["params"]["envSelection"] == {"envMode": "INHERIT"}
    assert dash["params"]["serveLocally"] is True
    assert "libraries" not in dash["params"]


def test_code_lies_in_files_and_is_shown_in_the_params(node: NodeProcess, dss: Dss, project: Any) -> None:
    """api-flow 13: ``params.html/css/js/python``; on disk ``body.html, app.js, style.css, backend.py`` [seen]."""
    webapp_id = create(dss)
    with_code(project, webapp_id)
    assert {key: raw(project, webapp_id)["params"][key] for key in CODE} == CODE
    files = {"html": "body.html", "js": "app.js", "css": "style.css", "python": "backend.py"}
    for key, name in files.items():
        assert (tree(node) / "web_apps" / webapp_id / name).read_text() == CODE[key]
    stored = json.loads((tree(node) / "web_apps" / f"{webapp_id}.json").read_text())
    assert not CODE.keys() & stored["params"].keys()


def test_put_replaces_and_steps_the_tag(dss: Dss, project: Any) -> None:
    """object-shapes 15.2: every save is +1 (2,911 of 2,911); unknown keys vanish, the type stays."""
    webapp_id = create(dss)
    settings = project.get_webapp(webapp_id).get_settings()
    settings.get_raw().update(name="Renamed", colour="red", type="DASH")
    settings.get_raw()["params"].update(nbProcesses=3, colour="red")
    settings.save()
    again = raw(project, webapp_id)
    assert (again["name"], again["type"], again["params"]["nbProcesses"]) == ("Renamed", "STANDARD", 3)
    assert "colour" not in again
    assert "colour" not in again["params"]
    assert again["versionTag"]["versionNumber"] == 1


@pytest.mark.parametrize("switch", ["erased", "kept"])
def test_omitted_code(steered: NodeProcess, dss: Dss, project: Any, switch: str) -> None:
    """What a PUT without a part of the code does is unknown: both are possible."""
    steered.set_profile(omitted_webapp_code=switch)
    webapp_id = create(dss)
    settings = with_code(project, webapp_id)
    del settings.get_raw()["params"]["css"]
    settings.save()
    found = raw(project, webapp_id)["params"]
    assert ("css" in found) is (switch == "kept")
    assert found["js"] == CODE["js"]


def test_there_is_no_delete(dss: Dss, project: Any) -> None:
    """api-flow 13: no DELETE in the public API: 405."""
    webapp_id = create(dss)
    assert call(dss, "DELETE", f"/webapps/{webapp_id}").status_code == 405
    assert len(project.list_webapps()) == 1


def test_missing_webapp_is_404(dss: Dss) -> None:
    """api-flow 2.3: NotFound on every call."""
    calls = [("GET", ""), ("PUT", ""), ("GET", "/backend/state"), ("PUT", "/backend/actions/restart")]
    for method, suffix in calls:
        answer = call(dss, method, f"/webapps/ghost00{suffix}", {} if method == "PUT" else None)
        assert answer.status_code == 404
        assert answer.json()["errorType"].endswith("NotFoundException")


def test_key_of_a_webapp_is_the_servers_and_is_noted(node: NodeProcess, dss: Dss, project: Any) -> None:
    """object-shapes 1 (11), 16: ``apiKey`` in clear text, entry in ``apikeys.json`` on behalf of the webapp [seen]."""
    webapp_id = create(dss)
    key = raw(project, webapp_id)["apiKey"]
    assert len(key) == 32
    settings = project.get_webapp(webapp_id).get_settings()
    settings.get_raw()["apiKey"] = "forged"
    settings.save()
    assert raw(project, webapp_id)["apiKey"] == key
    (entry,) = json.loads((tree(node) / "apikeys.json").read_text())
    assert (entry["key"], entry["onBehalf"], len(entry["id"])) == (key, webapp_id, 16)
    assert "apiKey" not in raw(project, create(dss, "d", "DASH"))


def test_key_may_change_at_a_save(steered: NodeProcess, dss: Dss, project: Any) -> None:
    """object-shapes 18: it changed in 523 of 2,911 saves [seen], why is unknown."""
    steered.set_profile(webapp_key_changes=True)
    webapp_id = create(dss)
    key = raw(project, webapp_id)["apiKey"]
    with_code(project, webapp_id)
    changed = raw(project, webapp_id)["apiKey"]
    assert changed != key
    (entry,) = json.loads((tree(steered) / "apikeys.json").read_text())
    assert entry["key"] == changed


def test_backend_does_not_run_and_says_so(dss: Dss, project: Any) -> None:
    """api-flow 13: state, restart, stop; nothing is ever said to run that does not."""
    webapp_id = create(dss, type_name="DASH")
    webapp = project.get_webapp(webapp_id)
    assert webapp.get_state().running is False
    assert webapp.get_state().state == {"projectKey": "WEBAPPS", "webAppId": webapp_id}
    assert "does not run the backends" in refusal(webapp.start_or_restart_backend)
    assert webapp.get_state().running is False
    webapp.stop_backend()


def test_restart_without_backend_answers_nothing(dss: Dss) -> None:
    """A standard webapp whose backend is not enabled: 200 and an empty body [seen on DSS 15]."""
    answer = call(dss, "PUT", f"/webapps/{create(dss)}/backend/actions/restart")
    assert (answer.status_code, answer.content) == (200, b"")


def test_writing_code_needs_the_ability(clients: Clients, dss: Dss, project: Any) -> None:
    """10.2: code needs ``mayWrite...Code`` of a group [doc]; settings do not."""
    webapp_id = create(dss)
    with_code(project, webapp_id)
    writer = clients.user("webapp_writer", "readers")
    permissions = project.get_permissions()
    permissions["permissions"].append({"user": "webapp_writer", "writeProjectContent": True})
    project.set_permissions(permissions)
    settings = writer.get_project("WEBAPPS").get_webapp(webapp_id).get_settings()
    settings.get_raw()["name"] = "Renamed"
    settings.save()
    settings.get_raw()["params"]["python"] = "other"
    assert "may not write code" in refusal(settings.save)
    answer = writer._session.post(dss.api(f"{P}/webapps/"), json={"name": "a", "type": "DASH"})
    assert answer.status_code == 403
    assert raw(project, webapp_id)["params"]["python"] == CODE["python"]


def test_export_import_and_restart(steered: NodeProcess, dss: Dss, project: Any, tmp_path: Path) -> None:
    """object-shapes 16: an import keeps the id and makes a new key [seen]; nothing is lost at a restart."""
    webapp_id = create(dss)
    with_code(project, webapp_id)
    before = raw(project, webapp_id)
    project.export_to_file(str(tmp_path / "out.zip"))
    steered.kill()
    steered.restart()
    steered.set_profile(dss_version="15.2.0")
    with opened(steered) as again:
        client = again.client()
        assert raw(client.get_project("WEBAPPS"), webapp_id) == before
        with (tmp_path / "out.zip").open("rb") as archive:
            client.prepare_project_import(archive).execute({"targetProjectKey": "WEBAPPS2"})
        imported = raw(client.get_project("WEBAPPS2"), webapp_id)
        assert imported["params"] == before["params"]
        assert imported["apiKey"] not in (None, before["apiKey"])
        client.get_project("WEBAPPS2").delete()
