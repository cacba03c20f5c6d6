"""What a plan says of users and groups that the node lacks, before anything is written."""

from __future__ import annotations

import pytest

from dataiku_iac.core.errors import ConfigError
from dataiku_iac.core.problem import Problem
from dataiku_iac.core.result import RunStatus
from tests.stories.stage import Stage
from tests.stories.test_rights import user_key

FILES = """
    project: {key: KEY, name: Team, owner: OWNER, permissions: [{group: GROUP, role: read}, {user: READER, role: read}]}
    scenarios: [{name: NIGHT, run_as: READER}]
"""


def files(*, owner: str = "admin", group: str = "administrators", reader: str = "admin") -> str:
    return FILES.replace("OWNER", owner).replace("GROUP", group).replace("READER", reader)


def found(problems: tuple[Problem, ...]) -> list[tuple[str, str, str]]:
    return [(p.severity.value, p.code, p.detail) for p in problems if p.code.startswith(("missing-", "requirement"))]


def test_a_project_for_an_owner_whom_the_node_does_not_know_is_refused_at_once(stage: Stage) -> None:
    with pytest.raises(ConfigError) as refused:
        stage.plan(files(owner="admn"))
    assert found(refused.value.problems) == [("error", "missing-user", '"admn" on node "node"')]
    assert 'did you mean "admin"?' in stage.text(refused.value)
    assert "remap.users" in stage.text(refused.value)


def test_other_names_of_nobody_are_warnings(stage: Stage) -> None:
    plan = stage.plan(files(group="nobodies", reader="ghost"))
    assert found(plan.problems) == [
        ("warning", "missing-user", '"ghost" on node "node", named 1 more time'),
        ("warning", "missing-group", '"nobodies" on node "node"'),
    ]
    stage.settle(files())
    assert found(stage.plan(files()).problems) == []
    assert stage.apply(stage.plan(files())).status is RunStatus.OK


def test_a_plain_user_sees_the_public_lists(stage: Stage) -> None:
    stage.settle(files())
    with stage.by(user_key(stage, "planner", "admin")) as planner:
        assert found(planner.plan(files(group="nobodies")).problems) == [
            ("warning", "missing-group", '"nobodies" on node "node"')
        ]
