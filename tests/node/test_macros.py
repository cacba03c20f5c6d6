"""The plugin as DSS runs it: installed from its archive, its macros called over the public API."""

from __future__ import annotations

import gzip
import json
import subprocess
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from dataikuapi import DSSClient

from dataiku_iac.commands.inputs import PlanInputs, Source, SourceSort, StateInputs, Target
from dataiku_iac.commands.plan_command import plan as make_plan
from dataiku_iac.commands.surroundings import Surroundings
from dataiku_iac.core.canonical import JsonObject, is_list, is_object
from dataiku_iac.core.plan import Plan
from dataiku_iac.core.secret import Secret
from dataiku_iac.report.html import read_twin
from dataiku_iac.resources.registry import KINDS
from dataiku_iac.store.clock import RandomIds, SystemClock
from dataiku_iac.store.processes import make_owner
from dataiku_iac.store.s3_blobs import S3Settings, open_s3
from dataiku_iac.store.stack_store import StackStore
from tests.node.macro_node import BUCKET, CONTROL, MacroFailed, MacroNode, running_macro_node

_SETTINGS = "stack: {stack}\nstate: {{managed_folder: IAC.state}}\ndefault_environment: dev\n"
_PROJECT = """\
version: "1.0"
project: {{key: {key}, name: {key} by files, owner: admin, variables: {{standard: {{country: FR}}}}}}
zones:
  - {{name: raw, color: "#4a90d9"}}
datasets:
  - {{name: ORDERS, type: managed, connection: filesystem_managed, format_type: csv, zone: raw}}
  - {{name: CLEAN, type: managed, connection: filesystem_managed, format_type: csv}}
recipes:
  - name: prep
    type: python
    inputs: [ORDERS]
    outputs: [CLEAN]
    code_file: ../recipes/prep.py
"""
_CODE = "import dataiku\nprint('prep')\n"


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MacroNode]:
    with running_macro_node(tmp_path_factory.mktemp("macros")) as found:
        yield found


@pytest.fixture
def stack(node: MacroNode, request: pytest.FixtureRequest) -> str:
    """A stack of its own for the test, with its files in folder ``<stack>`` of the library and its project ``<STACK>``."""
    name = f"s{zlib.crc32(request.node.name.encode()):08x}"
    node.put_files(_files(name), folder=name)
    node.node.clear_faults()
    return name


def _files(name: str, **changed: str) -> dict[str, str]:
    return {
        "dataiku-iac.yml": _SETTINGS.format(stack=name),
        "environments/dev.yml": "environment: dev\n",
        "environments/prod.yml": "environment: prod\nnode: prod\n",
        "projects/crm.yml": _PROJECT.format(key=name.upper()),
        "recipes/prep.py": _CODE,
        **changed,
    }


def _summary(twin: JsonObject) -> dict[str, Any]:
    found = twin["summary"]
    assert is_object(found)
    return dict(found)


def _plan_id(twin: JsonObject) -> str:
    return Plan.from_json(twin["plan"], where="twin").id


def test_macros_are_listed_with_their_parameters(node: MacroNode) -> None:
    macros = {item["runnableType"]: item for item in node.client.get_project(CONTROL).list_macros()}
    names = ("plan", "apply", "resume", "drift", "import-project")
    assert {f"pyrunnable_dataiku-iac_{name}" for name in names} <= set(macros)


def test_plan_apply_drift_import(node: MacroNode, stack: str) -> None:
    planned = node.run("plan", path=stack, environment="dev")
    assert _summary(planned)["create"] == 5

    applied = node.run("apply", path=stack, environment="dev", plan=_plan_id(planned))
    assert _summary(applied) | {"done": 5, "status": "ok"} == _summary(applied)
    project = node.client.get_project(stack.upper())
    assert {item["name"] for item in project.list_datasets()} == {"ORDERS", "CLEAN"}
    assert project.get_recipe("prep").get_settings().get_code() == _CODE

    again = node.run("plan", path=stack, environment="dev")
    assert _summary(again)["has_changes"] is False
    assert _summary(node.run("drift", path=stack, environment="dev"))["clean"] is True

    settings = project.get_recipe("prep").get_settings()
    settings.set_code(_CODE + "print('by hand')\n")
    settings.save()
    drifted = node.run("drift", path=stack, environment="dev")
    assert _summary(drifted)["changed"] == 1
    with pytest.raises(MacroFailed, match="DRIFT-FOUND: 1 object drifted"):
        node.run("drift", path=stack, environment="dev", fail_on_drift=True)
    corrected = node.run("plan", path=stack, environment="dev")
    assert "drift: changed on the node" in json.dumps(corrected) or _summary(corrected)["update"] == 1

    imported = node.run("import-project", project=stack.upper())
    files = imported["files"]
    assert is_object(files)
    assert f"projects/{stack.upper()}/recipes/prep.py" in files


def test_run_without_waiting(node: MacroNode, stack: str) -> None:
    twin = node.run("plan", wait=False, path=stack)
    assert _summary(twin)["create"] == 5


def test_environment_is_the_default_of_the_files_if_none_is_given(node: MacroNode, stack: str) -> None:
    assert Plan.from_json(node.run("plan", path=stack)["plan"], where="twin").environment == "dev"


def test_report_outlives_the_result(node: MacroNode, stack: str) -> None:
    page = node.page("plan", path=stack)
    twin = read_twin(page)
    stored = node.stored()
    name = f"iac/dev/{stack}/reports/{twin['stored']}"
    assert stored[f"{name}.html"].decode() == page
    assert json.loads(stored[f"{name}.json"]) == twin


def test_plan_and_apply_at_once_needs_an_approval(node: MacroNode, stack: str) -> None:
    with pytest.raises(MacroFailed, match="neither a saved plan nor an approval"):
        node.run("apply", path=stack)
    assert _summary(node.run("apply", path=stack, approve=True))["status"] == "ok"


def test_dry_run_writes_nothing(node: MacroNode, stack: str) -> None:
    before = node.stored()
    node.node.clear_requests()
    twin = node.run("apply", path=stack, dry_run=True)
    assert _summary(twin)["create"] == 5
    assert twin["stored"] == ""
    assert node.stored() == before
    _assert_node_untouched(node)


def _assert_node_untouched(node: MacroNode) -> None:
    """Nothing had an effect on the node but starting the macro itself."""
    effects = [call for call in node.node.requests(effect=True) if "/runnables/" not in call["path"]]
    assert effects == []


# --- other node, other sources, other places of the state ---


def test_node_of_a_preset(node: MacroNode, stack: str) -> None:
    preset = {"mode": "PRESET", "name": "self"}
    planned = node.run("plan", path=stack, environment="prod", node=preset)
    assert Plan.from_json(planned["plan"], where="twin").node == "prod"
    applied = node.run("apply", path=stack, environment="prod", node=preset, plan=_plan_id(planned))
    assert _summary(applied)["status"] == "ok"


def test_environment_of_another_node_is_refused_without_its_preset(node: MacroNode, stack: str) -> None:
    with pytest.raises(MacroFailed, match='meant for node "prod"'):
        node.run("plan", path=stack, environment="prod")


def test_files_of_a_managed_folder(node: MacroNode, stack: str) -> None:
    project = node.client.get_project(CONTROL)
    folder = next(item["id"] for item in project.list_managed_folders() if item["name"] == "files")
    for path, text in _files(stack).items():
        project.get_managed_folder(folder).put_file(f"{stack}/{path}", text.encode())
    twin = node.run("plan", source="folder", source_folder=folder, path=stack)
    assert _summary(twin)["create"] == 5


def test_files_of_a_git_repository(node: MacroNode, stack: str, tmp_path: Path) -> None:
    commit = _make_repository(tmp_path, _files(stack))
    twin = node.run("plan", source="git", git_url=tmp_path.as_uri(), path="")
    assert Plan.from_json(twin["plan"], where="twin").git_commit == commit
    by_commit = node.run("plan", source="git", git_url=tmp_path.as_uri(), git_ref=commit)
    assert Plan.from_json(by_commit["plan"], where="twin").git_commit == commit


def test_missing_branch_is_named(node: MacroNode, stack: str, tmp_path: Path) -> None:
    _make_repository(tmp_path, _files(stack))
    with pytest.raises(MacroFailed, match=r"could not be fetched: .*nowhere"):
        node.run("plan", source="git", git_url=tmp_path.as_uri(), git_ref="nowhere")


def _make_repository(root: Path, files: dict[str, str]) -> str:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.org"]
    for arguments in (["init", "-q", "-b", "main"], ["add", "."], [*identity, "commit", "-q", "-m", "files"]):
        subprocess.run(["git", "-C", str(root), *arguments], check=True)
    found = subprocess.run(["git", "-C", str(root), "rev-parse", "HEAD"], check=True, capture_output=True, text=True)
    return found.stdout.strip()


def test_state_of_a_preset_with_keys_of_its_own(node: MacroNode, stack: str) -> None:
    twin = node.run("plan", path=stack, state={"mode": "PRESET", "name": "bucket"})
    assert f"other/dev/{stack}/reports/{twin['stored']}.json" in node.stored()


def test_import_into_the_library_and_plan_from_it(node: MacroNode, stack: str) -> None:
    node.run("apply", path=stack, approve=True)
    folder = f"imported/{stack}"
    written = node.run("import-project", project=stack.upper(), destination="library", path=folder)
    paths = written["written"]
    assert is_list(paths)
    assert f"projects/{stack.upper()}/project.yml" in paths
    with pytest.raises(MacroFailed, match="files are there already"):
        node.run("import-project", project=stack.upper(), destination="library", path=folder)
    node.run("import-project", project=stack.upper(), destination="library", path=folder, overwrite=True)
    node.put_files({"dataiku-iac.yml": _SETTINGS.format(stack=stack)}, folder=folder)
    twin = node.run("plan", path=folder, environment="dev")
    assert _summary(twin)["create"] == _summary(twin)["update"] == _summary(twin)["delete"] == 0


def test_import_into_a_managed_folder(node: MacroNode, stack: str) -> None:
    node.run("apply", path=stack, approve=True)
    project = node.client.get_project(CONTROL)
    folder = next(item["id"] for item in project.list_managed_folders() if item["name"] == "files")
    node.run(
        "import-project", project=stack.upper(), destination="folder", destination_folder=folder, path=f"out/{stack}"
    )
    paths = [item["path"] for item in project.get_managed_folder(folder).list_contents()["items"]]
    assert f"/out/{stack}/projects/{stack.upper()}/project.yml" in paths
    assert f"/out/{stack}/import-{stack.upper()}.html" in paths


def test_macro_and_program_make_the_same_plan(node: MacroNode, stack: str, tmp_path: Path) -> None:
    for path, text in _files(stack).items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    environ = {
        "DATAIKU_IAC_NODE_DEFAULT_URL": node.node.url,
        "DATAIKU_IAC_NODE_DEFAULT_API_KEY": node.node.api_key,
    }
    source = Source(SourceSort.DIRECTORY, path=str(tmp_path))
    target = Target(source, environment="dev", state=StateInputs(directory=str(tmp_path / "state")))
    inputs = PlanInputs(target, save=False)
    outcome = make_plan(inputs, Surroundings(environ=environ), KINDS, lambda done, total, what: None)
    by_program = Plan.from_json(outcome.json["plan"], where="test")
    by_macro = Plan.from_json(node.run("plan", path=stack)["plan"], where="twin")
    assert by_program.config_digest == by_macro.config_digest
    assert [change.to_json() for change in by_program.changes] == [change.to_json() for change in by_macro.changes]


# --- what the forms offer ---


def test_choices(node: MacroNode, stack: str) -> None:
    environments = node.choices("plan", "environment", source="library", path=stack)
    assert [choice["value"] for choice in environments] == ["", "dev", "prod"]
    planned = node.run("plan", path=stack)
    plans = node.choices("apply", "plan", source="library", path=stack, environment="dev")
    assert [choice["value"] for choice in plans] == ["", _plan_id(planned)]
    assert [choice["value"] for choice in node.choices("resume", "run", path=stack)] == [""]


def test_choices_of_files_that_are_not_there_say_so(node: MacroNode) -> None:
    found = node.choices("apply", "plan", source="library", path="nowhere")
    assert found == [{"value": "", "label": "could not be listed: there are no files"}]


# --- failures: one clear error, nothing written ---


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        ("projects/crm.yml", "project: {key: X\n", "yaml-syntax"),
        ("projects/crm.yml", _PROJECT.format(key="X") + "colour: red\n", "unknown-key"),
        ("projects/crm.yml", _PROJECT.format(key="X") + "scenarios: 3\n", "wrong-type"),
        ("environments/dev.yml", "environment: dev\nremapp: {}\n", 'did you mean "remap"'),
    ],
)
def test_wrong_files(node: MacroNode, stack: str, path: str, text: str, expected: str) -> None:
    node.put_files({path: text}, folder=stack)
    _assert_refused(node, f"{path}:", path=stack, also=expected)


def test_missing_connection(node: MacroNode, stack: str) -> None:
    text = _PROJECT.format(key=stack.upper()).replace("connection: filesystem_managed", "connection: warehouse_x")
    node.put_files({"projects/crm.yml": text}, folder=stack)
    _assert_refused(node, '"warehouse_x" on node "local"', path=stack, also="missing-connection")


def test_wrong_key(node: MacroNode, stack: str) -> None:
    preset = {"mode": "PRESET", "name": "wrong-key"}
    _assert_refused(node, "NODE-NOT-ALLOWED", path=stack, environment="prod", node=preset, also="check the API key")


def test_unreachable_node(node: MacroNode, stack: str) -> None:
    preset = {"mode": "PRESET", "name": "unreachable"}
    _assert_refused(node, "connection refused", path=stack, environment="prod", node=preset, also="NODE-UNAVAILABLE")


def test_misspelt_parameter(node: MacroNode, stack: str) -> None:
    _assert_refused(node, 'unknown "dryrun"', macro="apply", path=stack, dryrun=True, also='did you mean "dry_run"')


def test_directory_of_the_node_cannot_be_chosen_by_the_files(node: MacroNode, stack: str) -> None:
    text = f"stack: {stack}\nstate: {{directory: /tmp/{stack}}}\n"
    node.put_files({"dataiku-iac.yml": text}, folder=stack)
    _assert_refused(node, "cannot be chosen by the files", path=stack, environment="dev", also="administrator")


def test_unknown_environment(node: MacroNode, stack: str) -> None:
    _assert_refused(node, "environment does not exist", path=stack, environment="prodd", also='did you mean "prod"')


def test_unknown_plan(node: MacroNode, stack: str) -> None:
    node.run("plan", path=stack)
    _assert_refused(node, "there is no saved plan nope", macro="apply", path=stack, plan="nope", also="what to do")


def test_nothing_to_resume(node: MacroNode, stack: str) -> None:
    node.run("plan", path=stack)
    _assert_refused(node, "no run of this stack is open", macro="resume", path=stack, also="what to do")


def test_drift_before_anything_was_applied(node: MacroNode, stack: str) -> None:
    _assert_refused(node, "nothing is stored", macro="drift", path=stack, also="apply it first")


def test_git_url_that_is_not_allowed(node: MacroNode, stack: str) -> None:
    url = "ssh://git@example.org/x.git"
    _assert_refused(node, "not among the Git URLs", source="git", git_url=url, path=stack, also="administrator")


def test_lease_held(node: MacroNode, stack: str) -> None:
    planned = node.run("plan", path=stack)
    store = StackStore.open_or_init(
        open_s3(
            S3Settings(
                BUCKET,
                "iac",
                endpoint_url=node.s3.endpoint,
                region="us-east-1",
                access_key=node.s3.access_key,
                secret_key=Secret(node.s3.secret_key),
            ),
            clock=SystemClock(),
        ),
        environment="dev",
        stack=stack,
        clock=SystemClock(),
        ids=RandomIds(),
    )
    owner = make_owner(run="other", op="apply", user="alice", node_url="x", plugin_version="")
    with store.leases.acquire(owner):
        node.node.clear_requests()
        with pytest.raises(MacroFailed, match="LEASE-HELD") as failed:
            node.run("apply", path=stack, plan=_plan_id(planned))
        _assert_node_untouched(node)
    assert "alice" in str(failed.value)


def test_stale_plan(node: MacroNode, stack: str) -> None:
    planned = node.run("plan", path=stack)
    node.run("apply", path=stack, approve=True)
    _assert_refused(node, "PLAN-STALE", macro="apply", path=stack, plan=_plan_id(planned), also="make a new plan")


def _assert_refused(on: MacroNode, expected: str, /, *, also: str, macro: str = "plan", **params: Any) -> None:
    before = on.stored()
    on.node.clear_requests()
    with pytest.raises(MacroFailed) as failed:
        on.run(macro, **params)
    text = str(failed.value)
    assert expected in text
    assert also in text
    assert "what to do" in text
    assert "Traceback" not in text
    assert on.stored() == before
    _assert_node_untouched(on)


# --- a run that does not finish ---


def test_failed_apply_fails_the_macro_and_is_resumed(node: MacroNode, stack: str) -> None:
    planned = node.run("plan", path=stack)
    node.node.fail("status", "POST", f"/projects/{stack.upper()}/recipes$", status=400, times=1)
    with pytest.raises(MacroFailed, match=r"RUN-FAILED: Execution partial: 4/5 succeeded") as failed:
        node.run("apply", path=stack, plan=_plan_id(planned))
    assert f"recipe.{stack.upper()}.prep" in str(failed.value)
    report = next(key for key in node.stored() if key.startswith(f"iac/dev/{stack}/reports/run-"))
    assert report.rpartition("/")[2].partition(".")[0] in str(failed.value)
    (run,) = [choice["value"] for choice in node.choices("resume", "run", path=stack) if choice["value"]]
    with pytest.raises(MacroFailed, match="OPEN-RUN"):
        node.run("apply", path=stack, approve=True)

    node.node.clear_faults()
    resumed = node.run("resume", path=stack, run=run)
    assert _summary(resumed)["status"] == "ok"
    assert _summary(node.run("plan", path=stack))["has_changes"] is False


def test_abandoned_run_leaves_what_was_done(node: MacroNode, stack: str) -> None:
    node.node.fail("status", "POST", f"/projects/{stack.upper()}/recipes$", status=400, times=1)
    with pytest.raises(MacroFailed, match="RUN-FAILED"):
        node.run("apply", path=stack, approve=True)
    node.node.clear_faults()
    node.run("resume", path=stack, abandon=True)
    twin = node.run("plan", path=stack)
    assert _summary(twin) | {"create": 1, "update": 0, "delete": 0} == _summary(twin)


# --- rights and secrets ---


def test_user_who_may_not_read_the_connection_is_told_what_to_do(node: MacroNode, stack: str) -> None:
    node.run("plan", path=stack)
    client = node.client
    client.create_group("developers")
    client.create_user("dora", "planted-user-password", groups=["developers"])
    project = client.get_project(CONTROL)
    permissions = project.get_permissions()
    permissions["permissions"].append({"group": "developers", "readProjectContent": True, "writeProjectContent": True})
    project.set_permissions(permissions)
    key = client.create_personal_api_key_for_user("dora", "test").key
    dora = MacroNode(node.node, node.s3, DSSClient(node.node.url, api_key=key), node.texts)
    with pytest.raises(MacroFailed, match="NODE-NOT-ALLOWED") as failed:
        dora.run("drift", path=stack)
    assert "details readable by" in str(failed.value)


def test_no_secret_is_stored_or_shown(node: MacroNode, stack: str) -> None:
    node.run("apply", path=stack, approve=True)
    project = node.client.get_project(stack.upper())
    variables = project.get_variables()
    variables["standard"]["db_password"] = "planted-variable"
    project.set_variables(variables)
    preset = {"mode": "PRESET", "name": "bucket"}
    node.run("plan", path=stack)
    node.run("plan", path=stack, state=preset)
    node.run("drift", path=stack)
    node.run("import-project", project=stack.upper())
    with pytest.raises(MacroFailed):
        node.run("plan", path=stack, environment="prod", node={"mode": "PRESET", "name": "wrong-key"})
    planted = [node.node.api_key, node.s3.secret_key, "planted-variable", "dkuaps-planted", "planted-user-password"]
    everything = [*node.texts, *(_clear(body) for body in node.stored().values())]
    assert len(everything) > 10
    for text in everything:
        assert not [secret for secret in planted if secret in text]


def _clear(body: bytes) -> str:
    return (gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body).decode("utf-8", "replace")
