from __future__ import annotations

from typing import Any

import pytest

from dataiku_iac.commands.form import Form
from dataiku_iac.commands.inputs import (
    ApplyInputs,
    DriftInputs,
    ImportInputs,
    NodeInputs,
    PlanInputs,
    ResumeInputs,
    SourceSort,
    StateInputs,
)
from dataiku_iac.core.canonical import JsonObject
from dataiku_iac.core.errors import ConfigError

_NODE = {"node_name": "prod", "url": "https://dss.example.com", "api_key": "planted", "verify_tls": "false"}


def test_empty_form_is_the_library_of_the_project_and_the_default_environment() -> None:
    found = PlanInputs.parse({}, {}, project="IAC")
    source = found.target.source
    assert (source.sort, source.project, source.path) == (SourceSort.LIBRARY, "IAC", "iac")
    assert found.target.environment == ""
    assert found.target.node is None
    assert found.target.state == StateInputs()
    assert found.save


def test_values_of_a_form() -> None:
    found = ApplyInputs.parse(
        {
            "source": "git",
            "git_url": " https://example.org/x.git ",
            "git_ref": "v1",
            "git_credentials": {"user": "u", "token": "planted"},
            "environment": "prod",
            "node": _NODE,
            "state": {"mode": "INLINE", "managed_folder": "IAC.state"},
            "plan": "p1",
            "dry_run": "true",
            "parallelism": 4.0,
            "wait": "30",
            "separator_files": None,
            "_projectFolderId": "x",
        },
        {"git_allowed": ["ssh://a", " "]},
        project="IAC",
    )
    source = found.target.source
    assert (source.url, source.ref, source.allowed_urls) == ("https://example.org/x.git", "v1", ("ssh://a",))
    assert source.credentials is not None
    assert source.credentials.token.reveal() == "planted"
    assert isinstance(found.target.node, NodeInputs)
    assert found.target.node.verify_tls is False
    assert found.target.state.managed_folder == "IAC.state"
    assert (found.plan, found.dry_run, found.parallelism, found.wait_s) == ("p1", True, 4, 30)


def test_hidden_fields_do_not_count() -> None:
    gone: JsonObject = {"mode": "PRESET", "name": "gone"}
    form: JsonObject = {"source": "library", "git_url": "x", "git_credentials": gone, "source_folder": "abc"}
    assert PlanInputs.parse(form, {}, project="IAC").target.source.credentials is None


def test_wrapped_plugin_settings_are_unwrapped() -> None:
    form = {"source": "git", "git_url": "https://example.org/x.git"}
    found = PlanInputs.parse(form, {"config": {"git_allowed": ["ssh://a"]}}, project="IAC")
    assert found.target.source.allowed_urls == ("ssh://a",)


@pytest.mark.parametrize("value", [None, "", {}, {"mode": "NONE"}])
def test_no_preset(value: Any) -> None:
    assert PlanInputs.parse({"node": value, "state": value}, {}, project="IAC").target.node is None


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ({"source": "ftp"}, "\"source\" is 'ftp'"),
        ({"source": "git"}, '"git_url" is missing'),
        ({"source": "folder"}, '"source_folder" is missing'),
        ({"environment": 3}, '"environment" is 3'),
        ({"detailed": "maybe"}, "\"detailed\" is 'maybe'"),
        ({"detailed": 1}, '"detailed" is 1'),
        ({"enviroment": "prod"}, 'unknown "enviroment"'),
        ({"node": "prod"}, "\"node\" is 'prod'"),
        ({"node": {"mode": "PRESET", "name": "gone"}}, 'the preset "gone" of "node" is unknown'),
        ({"node": {"url": "https://x"}}, "the API key is missing"),
        ({"node": {"api_key": "planted"}}, '"url" is missing'),
        ({"node": {**_NODE, "api_key": "e:AES:abc"}}, '"api_key" arrived encrypted'),
        ({"node": {**_NODE, "verify": True}}, 'unknown "verify"'),
    ],
)
def test_wrong_values_are_named(config: dict[str, Any], expected: str) -> None:
    with pytest.raises(ConfigError) as wrong:
        PlanInputs.parse(config, {}, project="IAC")
    assert expected in str(wrong.value)
    assert "what to do" in str(wrong.value)
    assert "planted" not in str(wrong.value)


@pytest.mark.parametrize("value", [0.5, -1, 65, "many", True, float("inf"), float("nan")])
def test_wrong_numbers(value: Any) -> None:
    with pytest.raises(ConfigError, match="a whole number from 0 to 64"):
        ApplyInputs.parse({"approve": True, "parallelism": value}, {}, project="IAC")


def test_misspelt_dry_run_does_not_become_an_apply() -> None:
    with pytest.raises(ConfigError, match='did you mean "dry_run"'):
        ApplyInputs.parse({"approve": True, "dryrun": True}, {}, project="IAC")


def test_apply_wants_a_plan_or_an_approval() -> None:
    with pytest.raises(ConfigError, match="neither a saved plan nor an approval"):
        ApplyInputs.parse({"approve": False}, {}, project="IAC")
    assert ApplyInputs.parse({"plan_id": "p1"}, {}, project="IAC").plan == "p1"
    assert ApplyInputs.parse({"plan": "p2", "plan_id": "p1"}, {}, project="IAC").plan == "p2"


def test_other_commands() -> None:
    assert ResumeInputs.parse({"abandon": True, "run": "r"}, {}, project="IAC").abandon
    assert DriftInputs.parse({"fail_on_drift": "true"}, {}, project="IAC").fail_on_drift
    assert ImportInputs.parse({}, {}, project="IAC").imported == "IAC"
    assert ImportInputs.parse({"destination": "library"}, {}, project="IAC").path == "iac"
    with pytest.raises(ConfigError, match="destination_folder"):
        ImportInputs.parse({"destination": "folder"}, {}, project="IAC")


def test_state_of_the_settings_file() -> None:
    assert StateInputs.from_settings({"managed_folder": "IAC.state"}).managed_folder == "IAC.state"
    s3 = StateInputs.from_settings({"s3": {"bucket": "b", "prefix": "p", "region": "r", "endpoint": "http://x"}})
    assert (s3.bucket, s3.prefix, s3.region, s3.endpoint) == ("b", "p", "r", "http://x")
    with pytest.raises(ConfigError, match="secret_key"):
        StateInputs.from_settings({"s3": {"bucket": "b", "secret_key": "x"}})


def test_secrets_do_not_show() -> None:
    form = Form({"api_key": "planted"}, where="form")
    assert "planted" not in repr(form.secret("api_key"))
    with pytest.raises(ConfigError) as wrong:
        Form({"api_key": ["planted"]}, where="form").secret("api_key")
    assert "planted" not in str(wrong.value)
