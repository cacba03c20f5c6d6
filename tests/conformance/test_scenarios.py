"""Scenarios. Facts: api-projects-scenarios-deployer.md 4, object-shapes.md 9."""

from typing import Any

import pytest
from dataikuapi.utils import DataikuException

from emulator.launch import NodeProcess
from tests.conformance.conftest import Dss, opened
from tests.conformance.keys import KEY

# The official client warns of its own older names, which third-party programs still call.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:dataikuapi")


def raw(project: Any, scenario_id: str) -> dict[str, Any]:
    found: dict[str, Any] = project.get_scenario(scenario_id).get_settings().get_raw()
    return found


@pytest.mark.parametrize(
    ("name", "expected"), [("nightly", "nightly"), ("Nightly build", "Nightly_build"), ("a-b/c", "a_b_c")]
)
def test_id_is_derived_from_the_name(project: Any, name: str, expected: str) -> None:
    """Through the API every other character becomes ``_``, case kept [seen]."""
    assert project.create_scenario(name, "step_based").id == expected


def test_id_may_be_derived_like_the_user_interface_does(steered: NodeProcess) -> None:
    """The user interface drops other characters and upper-cases [seen]: the switch's other position."""
    steered.set_profile(scenario_id_rule="upper")
    with opened(steered) as dss:
        project = dss.client().create_project("UPPER", "u", "admin")
        assert project.create_scenario("Nightly build", "step_based").id == "NIGHTLYBUILD"


def test_explicit_id_is_honoured(dss: Dss, project: Any) -> None:
    """Create honours an explicit ``id`` in the body [seen]."""
    body = {"id": "MY_ID", "type": "step_based", "name": "Something else", "params": {}}
    assert dss.http().post(dss.api(f"/projects/{KEY}/scenarios/"), json=body).json() == {"id": "MY_ID"}


def test_clash_of_derived_ids_adds_a_digit(project: Any) -> None:
    """On a clash a digit is appended [seen in trees; API unknown]."""
    ids = [project.create_scenario("same", "step_based").id for _ in range(3)]
    assert ids == ["same", "same2", "same3"]


def test_fresh_step_based_scenario(project: Any) -> None:
    """``params: {}`` is answered with a ``steps`` list; inactive; all delays true [inferred, client]."""
    project.create_scenario("fresh", "step_based")
    document = raw(project, "fresh")
    assert document["params"] == {"steps": []}
    assert document["active"] is False
    assert document["delayedTriggersBehavior"] == {
        "delayWhileRunning": True,
        "squashDelayedTriggers": True,
        "suppressTriggersWhileRunning": True,
    }
    assert document["creationTag"]["versionNumber"] == 0


def test_steps_triggers_reporters_are_completed(project: Any) -> None:
    """Missing fields are filled on save; client helpers add triggers without id and name [client, seen]."""
    scenario = project.create_scenario("full", "step_based")
    settings = scenario.get_settings()
    settings.raw_steps.append({"type": "build_flowitem", "name": "b", "params": {"builds": [], "unknown": 1}})
    settings.add_daily_trigger(hour=3, minute=30)
    settings.raw_reporters.append({"active": True, "messaging": {"type": "mail-scenario", "configuration": {"x": 1}}})
    settings.save()
    document = raw(project, "full")
    step, trigger, reporter = document["params"]["steps"][0], document["triggers"][0], document["reporters"][0]
    assert step["runConditionType"] == "RUN_IF_STATUS_MATCH"
    assert step["params"] == {"builds": [], "unknown": 1}
    assert len(trigger["id"]) == 8
    assert trigger["name"]
    assert trigger["delay"] == 5
    assert trigger["params"]["timezone"] == "SERVER"
    assert trigger["params"]["lastUpdate"] > 0
    assert len(reporter["id"]) == 8
    assert reporter["messaging"]["configuration"] == {"x": 1}


def test_ids_of_triggers_stay(project: Any) -> None:
    """What has an id keeps it."""
    scenario = project.create_scenario("stay", "step_based")
    settings = scenario.get_settings()
    settings.add_hourly_trigger()
    settings.save()
    first = raw(project, "stay")["triggers"][0]["id"]
    scenario.get_settings().save()
    assert raw(project, "stay")["triggers"][0]["id"] == first


def test_put_bumps_the_version_and_drops_the_creation_tag(project: Any) -> None:
    """+1 for an unchanged PUT; creationTag is gone after the first save [seen]."""
    scenario = project.create_scenario("tags", "step_based")
    scenario.get_settings().save()
    document = raw(project, "tags")
    assert document["versionTag"]["versionNumber"] == 1
    assert "creationTag" not in document


def test_put_replaces_and_drops_unknown_keys(dss: Dss, project: Any) -> None:
    """Typed head [seen]; the type cannot be changed."""
    project.create_scenario("whole", "step_based")
    body = {"name": "Renamed", "nonsense": 1, "type": "custom_python", "tags": ["b", "a"], "params": {"steps": []}}
    assert dss.http().put(dss.api(f"/projects/{KEY}/scenarios/whole"), json=body).json()
    document = raw(project, "whole")
    assert (document["id"], document["name"], document["type"]) == ("whole", "Renamed", "step_based")
    assert document["tags"] == ["a", "b"]
    assert "nonsense" not in document


def test_light_form(project: Any) -> None:
    """No params, triggers, versionTag; running false, nextRun 0 [client, seen]."""
    scenario = project.create_scenario("light", "step_based")
    light = scenario.get_status().get_raw()
    assert light["running"] is False
    assert light["nextRun"] == 0
    assert not {"params", "triggers", "reporters", "versionTag"} & set(light)
    assert project.list_scenarios()[0]["id"] == "light"


def test_light_put_takes_five_keys_only(dss: Dss, project: Any) -> None:
    """``active, checklists, description, shortDesc, tags``; anything else is ignored [client]."""
    project.create_scenario("half", "step_based")
    body = {"active": True, "shortDesc": "s", "tags": ["t"], "name": "ignored", "runAsUser": "ignored"}
    dss.http().put(dss.api(f"/projects/{KEY}/scenarios/half/light"), json=body)
    document = raw(project, "half")
    assert (document["active"], document["shortDesc"], document["name"]) == (True, "s", "half")
    assert "runAsUser" not in document


def test_python_scenario_has_a_payload(project: Any) -> None:
    """Created empty; the script is a second call, stored verbatim [client]."""
    scenario = project.create_scenario("code", "custom_python")
    assert scenario.get_payload() == ""
    script = "# é <&> 'quotes'\nfrom dataiku.scenario import Scenario\n"
    settings = scenario.get_settings()
    settings.code = script
    settings.save()
    assert scenario.get_payload() == script
    assert raw(project, "code")["params"] == {"envSelection": {"envMode": "INHERIT"}}


def test_missing_scenario_is_404(project: Any) -> None:
    """404 NotFound [seen]."""
    with pytest.raises(DataikuException, match="NotFoundException"):
        project.get_scenario("nope").get_settings()


def test_delete(project: Any) -> None:
    """DELETE answers JSON [client]."""
    project.create_scenario("gone", "custom_python").delete()
    assert project.list_scenarios() == []


def test_runs_are_not_faked(dss: Dss, node: NodeProcess) -> None:
    """Runs are not served yet: their routes answer as unsupported routes do."""
    with opened(node) as emulated:
        project = emulated.client().create_project("RUNS", "r", "admin")
        project.create_scenario("s", "step_based")
        session = emulated.http()
        assert session.post(emulated.api("/projects/RUNS/scenarios/s/run")).status_code == 404
        assert session.get(emulated.api("/projects/RUNS/scenarios/s/get-last-runs")).status_code == 404


def test_unknown_keys_vanish_from_steps_triggers_and_reporters(project: Any) -> None:
    """The envelopes are typed [seen: unknown fields are dropped with 200]; ``params`` of a step are its own [seen]."""
    scenario = project.create_scenario("typed", "step_based")
    settings = scenario.get_settings()
    document = settings.get_raw()
    step = {
        "id": "s",
        "type": "exec_sql",
        "name": "S",
        "maxRetryOnFail": 3,
        "maxRetriesOnFail": 2,
        "params": {"any": 1},
    }
    document["params"] = {"steps": [step], "stepz": []}
    document["triggers"] = [{"type": "temporal", "activ": True, "params": {"frequency": "Daily", "hours": 3}}]
    document["reporters"] = [
        {"name": "R", "fase": "START", "messaging": {"type": "slack-scenario", "configuration": {}}}
    ]
    settings.save()
    stored = raw(project, "typed")
    assert list(stored["params"]) == ["steps"]
    kept = stored["params"]["steps"][0]
    assert (kept["id"], kept["maxRetriesOnFail"], kept["params"]) == ("s", 2, {"any": 1})
    assert "maxRetryOnFail" not in kept
    assert "activ" not in stored["triggers"][0]
    assert "hours" not in stored["triggers"][0]["params"]
    assert "fase" not in stored["reporters"][0]
