"""Pure rules: rights, ids, names, faults, presets, atomic files."""

from pathlib import Path

import pytest

from emulator.clock import SeededClock, WallClock
from emulator.datasets.presets import dataset_type_of, format_of, location_of
from emulator.disk import Disk, EffectMark, current_effect
from emulator.errors import DssError
from emulator.faults.rules import Fault, Faults
from emulator.ids import Ids
from emulator.json_text import dump_compact, parse
from emulator.naming import check_new_name
from emulator.profile import Profile
from emulator.registers import Register
from emulator.rights import PROJECT_FLAGS, Caller, expand_flags
from emulator.scenarios.store import derive_id


@pytest.mark.parametrize(
    ("given", "implied"),
    [
        ({"admin"}, set(PROJECT_FLAGS)),
        ({"writeProjectContent"}, {"readProjectContent", "readDashboards", "writeDashboards", "runScenarios"}),
        ({"readProjectContent"}, {"readDashboards"}),
        ({"editPermissions"}, {"readDashboards"}),
        ({"runScenarios"}, set()),
        (set(), set()),
    ],
)
def test_implied_flags(given: set[str], implied: set[str]) -> None:
    assert expand_flags(given) == given | implied


def test_flags_of_a_caller_come_from_user_groups_and_key() -> None:
    caller = Caller(
        "anna", "PERSONAL_API_KEY", login="anna", groups=("g",), project_flags={"P": frozenset({"exportDatasetsData"})}
    )
    permissions = {
        "owner": "bob",
        "permissions": [{"group": "g", "readProjectContent": True}, {"group": "h", "admin": True}],
    }
    assert caller.flags_on("P", permissions) == {"exportDatasetsData", "readProjectContent", "readDashboards"}
    assert caller.flags_on("P", {"owner": "anna"}) == set(PROJECT_FLAGS)
    assert Caller("api:x", "K").flags_on("P", {"owner": None, "permissions": []}) == set()


def test_seeded_ids_repeat_but_not_after_a_restart() -> None:
    first = [Ids("s", 1).draw(8), Ids("s", 1).draw(8)]
    assert first[0] == first[1]
    assert Ids("s", 2).draw(8) != first[0]
    assert Ids("s", 1).draw(8, taken={first[0]}) != first[0]


def test_clocks_never_stand_still() -> None:
    wall = WallClock()
    moments = [wall.now_ms() for _ in range(100)]
    assert moments == sorted(set(moments))
    assert SeededClock(1).now_ms() == SeededClock(1).now_ms() < SeededClock(2).now_ms()


@pytest.mark.parametrize("name", ["", "  ", None, "a/b", "a\nb", "x" * 3 + "/"])
def test_bad_names(name: object) -> None:
    with pytest.raises(DssError):
        check_new_name("Dataset", name, (), Profile())


def test_taken_names_may_ignore_case() -> None:
    assert check_new_name("Dataset", "Orders", ("orders",), Profile()) == "Orders"
    with pytest.raises(DssError, match="already exists"):
        check_new_name("Dataset", "Orders", ("orders",), Profile(names_ignore_case=True))


@pytest.mark.parametrize(
    ("name", "rule", "expected"),
    [
        ("Get best ramen", "upper", "GETBESTRAMEN"),
        ("feature_store_update", "upper", "FEATURE_STORE_UPDATE"),
        ("Nightly build", "underscore", "Nightly_build"),
    ],
)
def test_scenario_ids(name: str, rule: str, expected: str) -> None:
    assert derive_id(name, rule) == expected


def test_profile_refuses_unknown_switches() -> None:
    with pytest.raises(ValueError, match="unknown switch speed"):
        Profile.from_json({"speed": 1})
    assert Profile.from_json({"hidden_project_status": 403}).hidden_project_status == 403


@pytest.mark.parametrize(
    ("connection", "option", "expected"),
    [("EC2", None, "S3"), ("Filesystem", None, "Filesystem"), ("SSH", "SCP", "SCP"), ("Snowflake", None, "Snowflake")],
)
def test_dataset_type_goes_with_the_connection(connection: str, option: str | None, expected: str) -> None:
    assert dataset_type_of({"type": connection}, option) == expected


def test_ssh_needs_to_be_told_which() -> None:
    with pytest.raises(DssError, match="typeOptionId"):
        dataset_type_of({"type": "SSH"}, None)


def test_locations_follow_naming_rules() -> None:
    s3 = {"params": {"defaultManagedBucket": "b", "defaultManagedPath": "/dss/"}}
    assert location_of("S3", "d", s3, {}) == {
        "bucket": "b",
        "path": "/dss/${projectKey}/d",
        "metastoreTableName": "${projectKey}_d",
    }
    sql = {"params": {"namingRule": {"tableNameDatasetNamePrefix": "pre_", "schemaName": "s"}}}
    assert location_of("PostgreSQL", "d", sql, {}) == {"mode": "table", "table": "pre_d", "schema": "s"}
    assert location_of("PostgreSQL", "d", sql, {"overrideSQLSchema": "o"})["schema"] == "o"
    assert format_of("PostgreSQL", None) is None


def test_fault_rules_count_matching_calls_only() -> None:
    faults = Faults(rules=[Fault.from_json({"kind": "status", "method": "PUT", "path": "^/a", "on_hit": 2})])
    picked = [
        faults.pick(method, path) is not None
        for method, path in [("PUT", "/a"), ("GET", "/a"), ("PUT", "/b"), ("PUT", "/a/x")]
    ]
    assert picked == [False, False, False, True]
    assert faults.pick("PUT", "/a") is None


def test_first_due_rule_wins_but_all_count() -> None:
    faults = Faults(rules=[Fault.from_json({"kind": kind}) for kind in ("reset", "hang")])
    first = faults.pick("GET", "/")
    assert first is not None
    assert first.kind.value == "reset"
    assert [rule.hits for rule in faults.rules] == [1, 1]


def test_json_on_the_wire_is_escaped_and_equal() -> None:
    document = {"x": "a='b' & <c> é", "n": [1, 2.5, None, True]}
    raw = dump_compact(document)
    assert not {b"=", b"'", b"<", b">", b"&"} & {raw[i : i + 1] for i in range(len(raw))}
    assert parse(raw) == document


def test_writes_are_atomic_and_marked(tmp_path: Path) -> None:
    disk, mark = Disk(tmp_path), EffectMark()
    token = current_effect.set(mark)
    try:
        assert disk.read("a/b.json") is None
        assert not mark.happened
        disk.write_json("a/b.json", {"x": 1})
        assert mark.happened
    finally:
        current_effect.reset(token)
    (tmp_path / "a" / ".dss-tmp-9").write_bytes(b"left by a kill")
    assert list(disk.files()) == ["a/b.json"]
    assert disk.read_json("a/b.json") == {"x": 1}


@pytest.mark.parametrize("name", ["../x", "a/../../x"])
def test_paths_stay_inside(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="leaves the directory"):
        Disk(tmp_path).write(name, b"")


def test_a_failed_write_leaves_no_trace(tmp_path: Path) -> None:
    disk, mark = Disk(tmp_path), EffectMark()
    disk.make_directory("taken")
    token = current_effect.set(mark)
    try:
        with pytest.raises(OSError, match=r"."):
            disk.write("taken", b"x")
    finally:
        current_effect.reset(token)
    assert [path.name for path in tmp_path.iterdir()] == ["taken"]
    assert not mark.happened


def test_registers_last_and_tell_of_changes(tmp_path: Path) -> None:
    told: list[int] = []
    register = Register(Disk(tmp_path), "config/things.json")
    register.on_change(lambda: told.append(len(register)))
    register.put("a", {"x": 1})
    register.put("b", {})
    register.delete("b")
    assert told == [1, 2, 1]
    assert dict(Register(Disk(tmp_path), "config/things.json")) == {"a": {"x": 1}}
    with pytest.raises(KeyError):
        register.delete("b")
