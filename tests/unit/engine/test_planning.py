"""What a plan decides, row by row."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dataiku_iac.core.address import Address
from dataiku_iac.core.canonical import JsonObject, canonical_text
from dataiku_iac.core.errors import ConfigError
from dataiku_iac.core.fields import UNSET
from dataiku_iac.core.kind import Live
from dataiku_iac.core.plan import Action, Base, Cause, Change, Phase, Plan, Step, StepVerb, TaskRef
from dataiku_iac.core.resource import Configuration, Lifecycle, OnDelete
from dataiku_iac.core.state import Recorded, State
from dataiku_iac.engine.planning import PlanHeader, make_plan
from dataiku_iac.engine.refresh import LiveObjects
from tests.unit.engine.toy_kinds import REGISTRY, configuration, cup, live, tea

HEADER = PlanHeader("20261120T000000Z-1", "dev", "http://node", Base("l", 3, "abc"), "2026-11-20T00:00:00+00:00", "ana")


def recorded(address: Address, spec: JsonObject, **more: object) -> tuple[Address, Recorded]:
    return address, replace(Recorded(address, spec, address.name, "0@0", "sha256:0"), **more)  # type: ignore[arg-type]


def plan(
    declared: Configuration,
    state: tuple[tuple[Address, Recorded], ...] = (),
    there: tuple[tuple[Address, Live], ...] = (),
) -> Plan:
    return make_plan(declared, State("P", "dev", dict(state)), LiveObjects(dict(there)), REGISTRY, HEADER)


def only(found: Plan) -> Change:
    assert len(found.changes) == 1
    return found.changes[0]


def test_declared_and_absent_is_created_and_expects_absence() -> None:
    change = only(plan(configuration({cup("A"): {"glaze": "blue"}})))
    assert (change.action, change.expects) == (Action.CREATE, None)
    assert change.tasks[0].steps == (Step(StepVerb.CREATE), Step(StepVerb.WRITE, "definition"))


def test_equal_but_unknown_to_the_state_is_adopted_without_a_call() -> None:
    change = only(
        plan(configuration({cup("A"): {"glaze": "blue"}}), there=(live(cup("A"), glaze="blue", size="small"),))
    )
    assert (change.action, change.tasks, change.adopts) == (Action.ADOPT, (), True)


@pytest.mark.parametrize("size", [{}, {"size": "small"}])
def test_default_declared_or_not_is_no_difference(size: JsonObject) -> None:
    spec = {"glaze": "blue", **size}
    change = only(plan(configuration({cup("A"): spec}), (recorded(cup("A"), spec),), (live(cup("A"), glaze="blue"),)))
    assert change.action is Action.NONE


@pytest.mark.parametrize(
    ("declared", "applied", "on_node", "cause"),
    [
        ("large", "small", "small", Cause.CONFIG),
        ("large", "large", "huge", Cause.DRIFT),
        ("large", "small", "huge", Cause.CONFLICT),
    ],
)
def test_cause_of_a_field_change(declared: str, applied: str, on_node: str, cause: Cause) -> None:
    found = plan(
        configuration({cup("A"): {"size": declared}}),
        (recorded(cup("A"), {"size": applied}),),
        (live(cup("A"), size=on_node),),
    )
    (field,) = only(found).fields
    assert (field.path, field.after, field.cause) == ("size", declared, cause)
    assert only(found).action is Action.UPDATE


def test_both_changed_to_the_same_value_is_no_change() -> None:
    found = plan(
        configuration({cup("A"): {"size": "large"}}),
        (recorded(cup("A"), {"size": "small"}),),
        (live(cup("A"), size="large"),),
    )
    assert only(found).action is Action.NONE


def test_field_that_nobody_declared_is_not_compared() -> None:
    found = plan(
        configuration({cup("A"): {"size": "large"}}),
        (recorded(cup("A"), {"size": "large"}),),
        (live(cup("A"), size="large", lid=True),),
    )
    assert found.is_empty


def test_field_dropped_from_the_files_goes_back_to_its_default() -> None:
    found = plan(
        configuration({cup("A"): {}}),
        (recorded(cup("A"), {"size": "large", "lid": True}),),
        (live(cup("A"), size="large", lid=True),),
    )
    fields = {field.path: (field.before, field.after) for field in only(found).fields}
    assert fields == {"size": ("large", UNSET), "lid": (True, UNSET)}


def test_order_of_tags_is_suppressed_with_its_reason() -> None:
    spec: JsonObject = {"tags": ["b", "a"]}
    found = plan(configuration({cup("A"): spec}), (recorded(cup("A"), spec),), (live(cup("A"), tags=["a", "b"]),))
    assert found.is_empty
    assert [item.path for item in found.suppressed[cup("A")]] == ["definition.tags"]


def test_ignored_path_is_left_alone_and_counted() -> None:
    found = plan(
        configuration({cup("A"): {"size": "large"}}, A=Lifecycle(ignore=("size",))),
        (recorded(cup("A"), {"size": "large"}),),
        (live(cup("A"), size="huge"),),
    )
    assert found.is_empty
    assert found.suppressed[cup("A")][0].reason == "listed under lifecycle.ignore"


def test_immutable_field_means_replace_remove_first() -> None:
    found = plan(
        configuration({cup("A"): {"glaze": "red"}}),
        (recorded(cup("A"), {"glaze": "blue"}),),
        (live(cup("A"), glaze="blue"),),
    )
    change = only(found)
    assert change.action is Action.REPLACE
    assert [task.phase for task in change.tasks] == [Phase.REMOVE, Phase.MAKE]
    assert TaskRef(cup("A"), Phase.REMOVE) in change.tasks[1].requires


def test_object_we_do_not_manage_is_never_replaced() -> None:
    with pytest.raises(ConfigError, match="replace-unmanaged"):
        plan(configuration({cup("A"): {"glaze": "red"}}), there=(live(cup("A"), glaze="blue"),))


def test_removed_from_the_files_is_deleted_if_ours_and_left_if_not() -> None:
    found = plan(configuration({}), (recorded(cup("A"), {}),), (live(cup("A")), live(cup("FOREIGN"))))
    assert [(change.address, change.action) for change in found.changes] == [(cup("A"), Action.DELETE)]


def test_removed_and_gone_already_is_forgotten() -> None:
    assert only(plan(configuration({}), (recorded(cup("A"), {}),))).action is Action.FORGET


def test_on_delete_forget_leaves_the_object() -> None:
    change = only(
        plan(
            configuration({}),
            (recorded(cup("A"), {}, lifecycle=Lifecycle(on_delete=OnDelete.FORGET)),),
            (live(cup("A")),),
        )
    )
    assert (change.action, change.tasks) == (Action.FORGET, ())


def test_protection_survives_the_removal_of_its_line() -> None:
    with pytest.raises(ConfigError, match="protected"):
        plan(configuration({}), (recorded(cup("A"), {}, lifecycle=Lifecycle(protect=True)),), (live(cup("A")),))


def test_deleted_on_the_node_is_created_again_with_a_reason() -> None:
    change = only(plan(configuration({cup("A"): {}}), (recorded(cup("A"), {"size": "large"}),)))
    assert (change.action, change.before) == (Action.CREATE, None)
    assert "deleted on the node" in change.reason


def test_replaced_cup_takes_its_tea_along_in_the_right_order() -> None:
    specs: dict[Address, JsonObject] = {cup("A"): {"glaze": "red"}, tea("T"): {"reads": "A"}}
    state = (recorded(cup("A"), {"glaze": "blue"}), recorded(tea("T"), {"reads": "A"}))
    found = plan(configuration(specs), state, (live(cup("A"), glaze="blue"), live(tea("T"), reads="A")))
    by_address = {change.address: change for change in found.changes}
    assert by_address[tea("T")].action is Action.REPLACE
    assert "with cup.P.A, which is replaced" in by_address[tea("T")].reason
    remove_cup = by_address[cup("A")].tasks[0]
    make_tea = by_address[tea("T")].tasks[1]
    assert TaskRef(tea("T"), Phase.REMOVE) in remove_cup.requires
    assert TaskRef(cup("A"), Phase.MAKE) in make_tea.requires


def test_deleting_a_cup_with_foreign_tea_is_refused() -> None:
    with pytest.raises(ConfigError, match="takes-unmanaged-along"):
        plan(configuration({}), (recorded(cup("A"), {}),), (live(cup("A")), live(tea("FOREIGN"), reads="A")))


def test_shown_along_the_flow_whatever_the_order_in_the_files() -> None:
    specs: dict[Address, JsonObject] = {
        tea("a_last"): {"reads": "Z"},
        cup("Z"): {},
        tea("z_first"): {"reads": "B", "writes": "Z"},
        cup("B"): {},
    }
    forward = plan(configuration(specs))
    backward = plan(configuration(dict(reversed(specs.items()))))
    assert [change.address.name for change in forward.changes] == ["B", "Z", "z_first", "a_last"]
    assert [change.address for change in forward.changes] == [change.address for change in backward.changes]


def test_plan_round_trips_through_its_json() -> None:
    specs: dict[Address, JsonObject] = {cup("A"): {"size": "large", "tags": ["b", "a"]}, tea("T"): {"reads": "A"}}
    found = plan(
        configuration(specs), (recorded(cup("A"), {"size": "small"}),), (live(cup("A"), size="huge", tags=["a", "b"]),)
    )
    again = Plan.from_json(found.to_json(), where="test")
    assert canonical_text(again.to_json()) == canonical_text(found.to_json())
    assert again == found


def test_unchanged_version_and_unchanged_files_are_not_compared_at_all() -> None:
    """The version says that nobody saved the object since: what it holds cannot matter."""
    entry = recorded(cup("A"), {"size": "large"}, version="7@1")
    found = plan(configuration({cup("A"): {"size": "large"}}), (entry,), (live(cup("A"), "7@1", size="huge"),))
    assert found.is_empty


def test_unchanged_version_with_changed_files_is_compared() -> None:
    entry = recorded(cup("A"), {"size": "large"}, version="7@1")
    found = plan(configuration({cup("A"): {"size": "small"}}), (entry,), (live(cup("A"), "7@1", size="large"),))
    assert only(found).action is Action.UPDATE
