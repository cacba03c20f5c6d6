"""The shortest configurations people try first: each works, or the plan says what is missing and where."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from dataiku_iac.core.errors import ConfigError
from dataiku_iac.core.result import RunStatus
from emulator.launch import NodeProcess, start_node
from tests.laws.two_nodes import Carrier


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NodeProcess]:
    with start_node(tmp_path_factory.mktemp("node")) as process:
        yield process


def test_everything_missing_is_said_by_the_plan_with_its_place(node: NodeProcess, tmp_path: Path) -> None:
    carrier = Carrier(node, "QUICK", tmp_path)
    text = 'version: "1.0"\nproject:\n  key: QUICK\ndatasets:\n  - name: SAMPLE_DATA\n    type: managed\n    format_type: csv\n'
    node.clear_requests()
    with pytest.raises(ConfigError) as refused:
        carrier.plan(carrier.load({"my_project.yml": text}))
    said = str(refused.value)
    assert "my_project.yml:2" in said
    assert "owner: <login>" in said
    assert "my_project.yml:5" in said
    assert "defaults.managed_connection" in said
    assert node.requests(effect=True) == []


def test_with_owner_and_connection_the_node_chooses_the_rest(node: NodeProcess, tmp_path: Path) -> None:
    carrier = Carrier(node, "QUICK", tmp_path)
    text = (
        'version: "1.0"\nproject: {key: QUICK, name: Quick, owner: admin}\n'
        "datasets:\n  - {name: SAMPLE_DATA, type: managed, connection: filesystem_managed, format_type: csv}\n"
    )
    configuration = carrier.load({"my_project.yml": text})
    assert carrier.apply(carrier.plan(configuration)).status is RunStatus.OK
    assert carrier.plan(configuration).is_empty
