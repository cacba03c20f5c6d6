"""Where a node of a given name is."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dataiku_iac.core.errors import ConfigError
from dataiku_iac.core.secret import Secret
from dataiku_iac.dss.nodes import NodeAccess, environment_names, find_node


def test_what_the_caller_gives_wins_over_the_environment() -> None:
    given = NodeAccess("prod", "http://given", Secret("k"))
    url, key = environment_names("prod")
    assert find_node("prod", known={"prod": given}, environ={url: "http://other", key: "k"}) is given


def test_environment_names_are_upper_case_without_punctuation() -> None:
    found = find_node(
        "prod-automation.eu",
        environ={
            "DATAIKU_IAC_NODE_PROD_AUTOMATION_EU_URL": "https://a",
            "DATAIKU_IAC_NODE_PROD_AUTOMATION_EU_API_KEY": "k1",
            "DATAIKU_IAC_NODE_PROD_AUTOMATION_EU_CA_BUNDLE": "/etc/ca.pem",
        },
    )
    assert (found.url, found.api_key.reveal(), found.ca_bundle, found.insecure) == (
        "https://a",
        "k1",
        Path("/etc/ca.pem"),
        False,
    )
    assert "k1" not in repr(found)


def test_half_an_environment_is_refused() -> None:
    with pytest.raises(ConfigError, match="DATAIKU_IAC_NODE_DEV_API_KEY is not set"):
        find_node("dev", environ={"DATAIKU_IAC_NODE_DEV_URL": "http://a"})


def test_the_clients_own_file_is_read_last(tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    path.write_text(
        json.dumps(
            {
                "dss_instances": {"dev": {"url": "http://dev", "api_key": "k2", "no_check_certificate": True}},
                "default_instance": "dev",
            }
        )
    )
    for name in ("dev", "default"):
        found = find_node(name, environ={}, client_config=path)
        assert (found.url, found.api_key.reveal(), found.insecure) == ("http://dev", "k2", True)


@pytest.mark.parametrize("text", ["{", '{"dss_instances": {"dev": {"url": "http://dev"}}}'])
def test_a_broken_file_is_told_without_its_content(tmp_path: Path, text: str) -> None:
    path = tmp_path / "config.json"
    path.write_text(text)
    with pytest.raises(ConfigError) as caught:
        find_node("dev", client_config=path)
    assert str(path) in str(caught.value)


def test_an_unknown_node_names_all_places_to_put_it(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="DATAIKU_IAC_NODE_QA_URL"):
        find_node("qa", environ={}, client_config=tmp_path / "none.json")
