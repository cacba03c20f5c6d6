from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataiku_iac.core.address import Address
from dataiku_iac.core.canonical import JsonObject
from dataiku_iac.core.errors import UnexpectedShape
from dataiku_iac.core.mentions import find_mentions
from dataiku_iac.core.problem import Severity
from dataiku_iac.resources.cron import NotExpressible, temporal_of_cron
from dataiku_iac.resources.scenario_fields import SCENARIO_TABLE, complete_scenario
from dataiku_iac.resources.scenario_steps import ITEM_LISTS, STEPS, TRIGGERS
from dataiku_iac.resources.scenarios import ScenarioKind
from tests.unit.resources.scripted_node import Asked, ScriptedNode

KIND = ScenarioKind()
ADDRESS = Address("scenario", "CRM", "DAILY")

# --- steps and triggers ---


@pytest.mark.parametrize(
    ("flat", "raw"),
    [
        (
            {"type": "build_flowitem", "items": ["A", "folder:x", "P2.B"], "build_mode": "RECURSIVE_BUILD"},
            {
                "type": "build_flowitem",
                "params": {
                    "builds": [
                        {"type": "DATASET", "itemId": "A"},
                        {"type": "MANAGED_FOLDER", "itemId": "folder:x"},
                        {"type": "DATASET", "projectKey": "P2", "itemId": "B"},
                    ],
                    "jobType": "RECURSIVE_BUILD",
                },
            },
        ),
        (
            {"type": "clear_items", "items": [{"ref": "A", "partitions": "2024"}]},
            {
                "type": "clear_items",
                "params": {"clears": [{"type": "DATASET", "itemId": "A", "partitionsSpec": "2024"}]},
            },
        ),
        (
            {"type": "build_flowitem", "items": [{"type": "SAVED_MODEL", "itemId": "aBcD1234"}]},
            {"type": "build_flowitem", "params": {"builds": [{"type": "SAVED_MODEL", "itemId": "aBcD1234"}]}},
        ),
        ({"type": "run_scenario", "scenario": "X"}, {"type": "run_scenario", "params": {"scenarioId": "X"}}),
        (
            {"type": "run_scenario", "scenario": "P2.X", "run_if": "always"},
            {
                "type": "run_scenario",
                "runConditionType": "RUN_ALWAYS",
                "params": {"projectKey": "P2", "scenarioId": "X"},
            },
        ),
        (
            {"type": "custom_python", "name": "n", "script": "pass", "envSelection": {"envMode": "INHERIT"}},
            {
                "type": "custom_python",
                "name": "n",
                "params": {"script": "pass", "envSelection": {"envMode": "INHERIT"}},
            },
        ),
        # what the flat form cannot say keeps params
        ({"type": "x", "params": {"name": "clash"}}, {"type": "x", "params": {"name": "clash"}}),
        ({"type": "x", "newKey": 1, "params": {"a": 1}}, {"type": "x", "newKey": 1, "params": {"a": 1}}),
        ({"type": "x", "newKey": 1, "params": {}}, {"type": "x", "newKey": 1}),
        ({"type": "x"}, {"type": "x"}),
        (
            {"type": "reload_schema", "items": ["A"]},
            {"type": "reload_schema", "params": {"items": [{"type": "DATASET", "itemId": "A"}]}},
        ),
    ],
)
def test_steps_translate_both_ways(flat: JsonObject, raw: JsonObject) -> None:
    assert STEPS.expand(flat) == raw
    assert STEPS.shorten(raw) == flat


@pytest.mark.parametrize(
    ("flat", "raw"),
    [
        (
            {"type": "temporal", "frequency": "Daily", "hour": 2, "active": False},
            {"type": "temporal", "active": False, "params": {"frequency": "Daily", "hour": 2}},
        ),
        (
            {"type": "ds_modified", "items": ["A"], "delay": 60},
            {"type": "ds_modified", "delay": 60, "params": {"watches": [{"type": "DATASET", "itemId": "A"}]}},
        ),
        (
            {"type": "follow_scenariorun", "scenario": "X"},
            {"type": "follow_scenariorun", "params": {"scenarioId": "X"}},
        ),
    ],
)
def test_triggers_translate_both_ways(flat: JsonObject, raw: JsonObject) -> None:
    assert TRIGGERS.expand(flat) == raw
    assert TRIGGERS.shorten(raw) == flat


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ({"type": "Build", "items": ["A"]}, {"type": "build_flowitem", "items": ["A"]}),
        (
            {"type": "build_flowitem", "items": ["A"], "params": {"refreshHiveMetastore": False}},
            {"type": "build_flowitem", "items": ["A"], "refreshHiveMetastore": False},
        ),
        ({"type": "x", "runConditionType": "DISABLED"}, {"type": "x", "run_if": "never"}),
    ],
)
def test_normal_form_of_steps(written: JsonObject, normal: JsonObject) -> None:
    assert STEPS.shorten(STEPS.expand(written)) == normal


KEYS = st.sampled_from(
    [
        "type",
        "name",
        "items",
        "scenarioId",
        "projectKey",
        "jobType",
        "builds",
        "script",
        "new",
        "run_if",
        "cron",
        "scenario",
    ]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from(["A", "P.B", "folder:x", "", "a.b.c"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["type", "itemId", "projectKey", "partitionsSpec", "ref", "x"]), inner, max_size=3
        )
    ),
    max_leaves=8,
)


@given(
    st.sampled_from(["x", "run_scenario", "follow_scenariorun", "restart_webapp", *ITEM_LISTS]),
    st.dictionaries(st.sampled_from(["name", "enabled", "runConditionType", "new"]), VALUES),
    st.dictionaries(KEYS, VALUES, min_size=1),
)
def test_flat_steps_lose_nothing(kind: str, outer: JsonObject, params: JsonObject) -> None:
    raw: JsonObject = {**outer, "type": kind, "params": params}
    assert STEPS.expand(STEPS.shorten(raw)) == raw


# --- cron ---


@pytest.mark.parametrize(
    ("line", "params"),
    [
        ("0 2 * * *", {"frequency": "Daily", "hour": 2, "minute": 0}),
        ("30 2 * * 1,3", {"frequency": "Weekly", "daysOfWeek": ["Monday", "Wednesday"], "hour": 2, "minute": 30}),
        (
            "0 0 * * sat-mon",
            {"frequency": "Weekly", "daysOfWeek": ["Monday", "Saturday", "Sunday"], "hour": 0, "minute": 0},
        ),
        ("0 0 * * 7", {"frequency": "Weekly", "daysOfWeek": ["Sunday"], "hour": 0, "minute": 0}),
        ("15 * * * *", {"frequency": "Hourly", "repeatFrequency": 1, "minute": 15}),
        ("15 */6 * * *", {"frequency": "Hourly", "repeatFrequency": 6, "minute": 15}),
        ("* * * * *", {"frequency": "Minutely", "repeatFrequency": 1}),
        ("*/5 * * * *", {"frequency": "Minutely", "repeatFrequency": 5}),
    ],
)
def test_cron(line: str, params: JsonObject) -> None:
    assert temporal_of_cron(line) == params


@pytest.mark.parametrize(
    "line",
    ["", "0 2 * *", "0 2 1 * *", "0 2 * 6 *", "0,30 2 * * *", "0 2-4 * * *", "*/7 * * * *", "0 */5 * * *", "* 2 * * *",
     "0 24 * * *", "60 1 * * *", "0 1 * * 8", "0 1 * * foo", "0 * * * 1", "x 1 * * *", "*/0 * * * *", "² 1 * * *"],
)  # fmt: skip
def test_cron_that_dss_cannot_express(line: str) -> None:
    with pytest.raises(NotExpressible):
        temporal_of_cron(line)
    (problem,) = KIND.check({"triggers": [{"type": "temporal", "cron": line}]}, ADDRESS)
    assert problem.code == "cron"


def test_cron_in_a_trigger() -> None:
    spec: JsonObject = {"triggers": [{"type": "temporal", "cron": "0 2 * * *", "timezone": "Europe/Paris"}]}
    assert KIND.normal(spec, ADDRESS) == {"triggers": [{"daily": "02:00", "timezone": "Europe/Paris"}]}


# --- the lens ---

LIVE: JsonObject = {
    "definition": {
        "projectKey": "CRM",
        "id": "DAILY",
        "name": "DAILY",
        "type": "step_based",
        "active": False,
        "automationLocal": False,
        "creationTag": {"versionNumber": 9},
        "triggers": [
            {
                "id": "S33fBFXN",
                "type": "temporal",
                "delay": 5,
                "active": True,
                "params": {
                    "frequency": "Daily",
                    "hour": 2,
                    "lastUpdate": 3,
                    "timezone": "SERVER",
                },
            }
        ],
        "reporters": [
            {
                "id": "r",
                "active": True,
                "phase": "END",
                "messaging": {
                    "type": "slack-scenario",
                    "configuration": {"webhookUrl": "https://hooks/x", "message": "m"},
                },
            },
            {
                "id": "s",
                "messaging": {"type": "webhook-scenario", "configuration": {"url": "https://h/x", "headers": [1]}},
            },
        ],
        "params": {"steps": [{"id": "b", "type": "restart_webapp", "name": "Step #1", "params": {"webAppId": "w"}}]},
    }
}


def test_declare_leaves_out_what_nobody_would_write_and_every_web_hook() -> None:
    spec = KIND.declare(LIVE, ADDRESS)
    assert spec == {
        "triggers": [{"type": "temporal", "frequency": "Daily", "hour": 2}],
        "steps": [{"restart_webapp": "w"}],
        "reporters": [{"slack": {"message": "m"}}, {"webhook": {}}],
    }
    assert KIND.put(LIVE, spec, ADDRESS) == LIVE


def test_how_often_a_trigger_looks_is_declared_unless_it_is_usual_for_its_type() -> None:
    usual: JsonObject = {"type": "ds_modified", "params": {"watches": []}, "delay": 900}
    often: JsonObject = {"type": "ds_modified", "params": {"watches": []}, "delay": 5}
    time: JsonObject = {"type": "temporal", "params": {"frequency": "Hourly", "minute": 5, "hour": 3}, "delay": 5}
    assert KIND.declare({"definition": {"triggers": [usual, often, time]}}, ADDRESS) == {
        "triggers": [{"changed": []}, {"changed": [], "delay": 5}, {"hourly": 5}]
    }


def test_label_is_the_name_where_it_differs_from_the_id() -> None:
    live: JsonObject = {"definition": {"id": "DAILY", "name": "Every day"}}
    assert KIND.declare(live, ADDRESS) == {"label": "Every day"}
    assert KIND.put(live, {}, ADDRESS) == live


def test_a_step_changed_keeps_its_id_and_a_step_added_gets_one() -> None:
    spec: JsonObject = {
        "steps": [
            {"type": "restart_webapp", "webAppId": "other"},
            {"type": "build_flowitem", "items": ["A"]},
        ]
    }
    found: Any = KIND.put(LIVE, spec, ADDRESS)["definition"]
    completed: Any = complete_scenario(found)
    first, second = completed["params"]["steps"]
    assert first["id"] == "b"
    assert second["id"].startswith("build_flowitem_")
    assert second["params"]["jobType"] == "RECURSIVE_BUILD"


def test_equal_scenarios_get_equal_ids_and_no_id_twice() -> None:
    step: JsonObject = {"type": "x"}
    definition: JsonObject = {"params": {"steps": [step, step]}, "triggers": [step, step], "reporters": [step]}
    once: Any = complete_scenario(definition)
    assert once == complete_scenario(definition)
    assert len({item["id"] for item in [*once["params"]["steps"], *once["triggers"]]}) == 4


@pytest.mark.parametrize("definition", [LIVE["definition"], {}, {"params": {"steps": [{"type": "build_flowitem"}]}}])
def test_what_is_sent_along_is_exactly_what_the_table_folds(definition: Any) -> None:
    completed = complete_scenario(definition)
    assert KIND.stripped({"definition": completed}) == KIND.stripped({"definition": definition})


@pytest.mark.parametrize(
    ("spec", "code"),
    [
        ({"type": "custom_python", "steps": []}, "steps-of-script"),
        ({"code": "x"}, "code-of-steps"),
        ({"steps": [], "params": {"steps": []}}, "declared-twice"),
        ({"type": "custom_python", "code_env": "a", "params": {"envSelection": {}}}, "declared-twice"),
    ],
)
def test_check_refuses(spec: JsonObject, code: str) -> None:
    (problem,) = KIND.check(spec, ADDRESS)
    assert problem.code == code


@pytest.mark.parametrize(
    ("spec", "suggestion"),
    [
        ({"steps": [{"type": "build_flowitem", "item": ["A"]}]}, 'did you mean "items"?'),
        ({"steps": [{"type": "build", "items": ["A"], "buildmode": "x"}]}, 'did you mean "build_mode"?'),
        ({"triggers": [{"type": "temporal", "frequency": "Daily", "hours": 2}]}, 'did you mean "hour"?'),
    ],
)
def test_a_param_the_type_does_not_have_is_a_warning(spec: JsonObject, suggestion: str) -> None:
    (problem,) = KIND.check(spec, ADDRESS)
    assert (problem.severity, problem.suggestion) == (Severity.WARNING, suggestion)


def test_params_of_plugins_are_not_checked() -> None:
    assert not KIND.check({"steps": [{"type": "pystep_x", "anything": 1}]}, ADDRESS)


def test_references() -> None:
    spec: JsonObject = {
        "triggers": [{"type": "ds_modified", "items": ["A"]}],
        "steps": [
            {"type": "build_flowitem", "items": ["B", "folder:x", "P2.C", {"type": "SAVED_MODEL", "itemId": "m"}]},
            {"type": "run_scenario", "scenario": "OTHER.X"},
            {"type": "run_scenario", "scenario": "DAILY"},
        ],
    }
    assert [(str(r.to), r.path) for r in KIND.references(spec, ADDRESS)] == [
        ("dataset.CRM.A", "triggers[0].items[0]"),
        ("dataset.CRM.B", "steps[0].items[0]"),
        ("folder.CRM.x", "steps[0].items[1]"),
        ("dataset.P2.C", "steps[0].items[2]"),
        ("scenario.OTHER.X", "steps[1].scenario"),
    ]


def test_mentions() -> None:
    spec: JsonObject = {
        "run_as": "bob",
        "steps": [
            {"type": "exec_sql", "connection": "pg"},
            {"type": "custom_python", "envSelection": {"envName": "py"}},
            {"type": "build_flowitem", "items": ["A"]},
            {"type": "run_scenario", "scenario": "P2.X"},
        ],
    }
    assert {(m.sort, m.value) for m in find_mentions(KIND.expand(spec, ADDRESS), KIND.mentions)} == {
        ("user", "bob"),
        ("connection", "pg"),
        ("code_env", "py"),
        ("computable", "A"),
        ("project", "P2"),
        ("scenario", "X"),
    }


# --- calls ---

PATH = "/projects/CRM/scenarios/DAILY"


def test_version_of_head_and_definition_agree() -> None:
    head: JsonObject = {"id": "DAILY", "name": "n", "type": "step_based", "lastModifiedOn": 17}
    raw: JsonObject = {"id": "DAILY", "type": "step_based", "versionTag": {"versionNumber": 2, "lastModifiedOn": 17}}
    node = ScriptedNode({"GET /projects/CRM/scenarios/": [head], f"GET {PATH}": raw})
    (listed,) = KIND.list(node, "CRM")
    read = KIND.read(node, "CRM", "DAILY", frozenset(KIND.parts))
    assert read is not None
    assert listed.version == read.version == "@17"
    assert (listed.complete, read.complete) == (False, True)
    assert len(node.asked) == 2


def test_scenarios_with_a_script_are_always_read() -> None:
    raw: JsonObject = {
        "id": "DAILY",
        "type": "custom_python",
        "lastModifiedOn": 17,
        "versionTag": {"lastModifiedOn": 17},
    }
    node = ScriptedNode(
        {"GET /projects/CRM/scenarios/": [raw], f"GET {PATH}": raw, f"GET {PATH}/payload": {"script": "a\r\n"}}
    )
    assert KIND.list(node, "CRM")[0].version == ""
    read = KIND.read(node, "CRM", "DAILY", frozenset(KIND.parts))
    assert read is not None
    assert (read.version, read.document["script"]) == ("", "a\n")


def test_missing_script_is_empty_and_missing_scenario_absent() -> None:
    node = ScriptedNode({f"GET {PATH}": {"type": "custom_python"}, f"GET {PATH}/payload": {}})
    read = KIND.read(node, "CRM", "DAILY", frozenset(KIND.parts))
    assert read is not None
    assert read.document["script"] == ""
    assert KIND.read(node, "CRM", "OTHER", frozenset()) is None


def test_create_sends_id_name_and_complete_steps() -> None:
    node = ScriptedNode({"POST /projects/CRM/scenarios/": {"id": "DAILY"}})
    document = KIND.expand({"steps": [{"type": "build_flowitem", "items": ["A"]}]}, ADDRESS)
    assert KIND.create(node, "CRM", "DAILY", document) == "DAILY"
    (call,) = node.asked
    assert isinstance(call.body, dict)
    assert (call.body["id"], call.body["name"], call.body["type"]) == ("DAILY", "DAILY", "step_based")
    (step,) = call.body["params"]["steps"]
    assert step["params"]["jobType"] == "RECURSIVE_BUILD"
    assert step["runConditionStatuses"] == ["SUCCESS", "WARNING"]


def test_create_returns_the_id_the_node_chose() -> None:
    node = ScriptedNode({"POST /projects/CRM/scenarios/": {"id": "DAILY_1"}})
    assert KIND.create(node, "CRM", "DAILY", {}) == "DAILY_1"
    with pytest.raises(UnexpectedShape, match='a text under "id"'):
        KIND.create(ScriptedNode(), "CRM", "DAILY", {})


def test_write_and_delete() -> None:
    node = ScriptedNode()
    KIND.write(node, "CRM", "DAILY", "script", {"script": "pass"})
    KIND.write(node, "CRM", "DAILY", "definition", {"definition": {"id": "DAILY", "params": {"steps": []}}})
    KIND.delete(node, "CRM", "DAILY", drop_data=False)
    assert node.asked == [
        Asked("PUT", f"{PATH}/payload", {"script": "pass"}),
        Asked(
            "PUT",
            PATH,
            {"type": "step_based", "name": "DAILY", "params": {"steps": []}, "id": "DAILY", "projectKey": "CRM"},
        ),
        Asked("DELETE", PATH),
    ]


def test_every_suppressed_field_has_a_reason() -> None:
    assert [path for path, row in SCENARIO_TABLE.items() if row.hidden and not row.reason] == []
