"""What DSS's API cannot do: planned, counted, never executed, and waited for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from dataiku_iac.core.address import Address
from dataiku_iac.core.canonical import JsonObject
from dataiku_iac.core.kind import Document, Registry, Verb
from dataiku_iac.core.plan import Action, Plan
from dataiku_iac.core.state import Recorded, State
from dataiku_iac.engine.planning import make_plan
from dataiku_iac.engine.refresh import LiveObjects
from dataiku_iac.report import html, markdown
from dataiku_iac.report.json_form import plan_json
from dataiku_iac.report.text import render_plan
from dataiku_iac.report.words import count_changes
from tests.unit.engine.test_planning import HEADER, recorded
from tests.unit.engine.toy_kinds import Cup, Tea, configuration, cup, live, tea


class Samovar(Cup):
    """Cannot be deleted; a golden one cannot be created either."""

    name = "samovar"
    section = "samovars"
    rank = 20
    limits: ClassVar[Mapping[Verb, str]] = {"delete": "no API deletes a samovar; delete it in DSS"}

    def out_of_reach(self, verb: Verb, document: Document, address: Address) -> str:
        definition = document.get("definition")
        golden = isinstance(definition, Mapping) and definition.get("glaze") == "gold"
        return (
            "only a smith makes a golden one"
            if verb == "create" and golden
            else super().out_of_reach(verb, document, address)
        )


class Drink(Tea):
    """Like tea, and `of` names a samovar."""

    def references(self, spec: JsonObject, address: Address):  # type: ignore[no-untyped-def]
        found = list(super().references(spec, address))
        if "of" in spec:
            from dataiku_iac.core.resource import Reference, Relation

            found.append(Reference(Address("samovar", address.project, str(spec["of"])), Relation.NEEDS, "of"))
        return found


KINDS = Registry([Cup(), Drink(), Samovar()])


def samovar(name: str) -> Address:
    return Address("samovar", "P", name)


def plan(specs, state=(), there=()) -> Plan:  # type: ignore[no-untyped-def]
    return make_plan(configuration(specs), State("P", "dev", dict(state)), LiveObjects(dict(there)), KINDS, HEADER)


def change_of(found: Plan, address: Address):  # type: ignore[no-untyped-def]
    return next(change for change in found.changes if change.address == address)


WAITING = {
    samovar("S"): {"glaze": "gold"},
    tea("T"): {"of": "S", "writes": "C"},
    tea("U"): {"reads": "C"},
    cup("C"): {},
}


def test_what_cannot_be_created_is_for_a_person_and_what_needs_it_waits() -> None:
    found = plan(WAITING)
    by_hand, waiting = change_of(found, samovar("S")), change_of(found, tea("T"))
    assert (by_hand.action, by_hand.by_hand, by_hand.tasks) == (Action.CREATE, "only a smith makes a golden one", ())
    assert (waiting.action, waiting.waits_for, waiting.tasks) == (Action.CREATE, (samovar("S"),), ())
    assert change_of(found, cup("C")).tasks  # it needs nothing of it
    assert change_of(found, tea("U")).tasks
    counts = count_changes(found)
    assert (counts.create, counts.by_hand, counts.waiting, counts.total) == (2, 1, 1, 4)
    assert Plan.from_json(found.to_json(), where="here") == found


def test_what_waits_for_what_waits_names_what_a_person_has_to_do() -> None:
    found = plan({samovar("S"): {"glaze": "gold"}, tea("T"): {"of": "S"}, cup("C"): {}}, state=(), there=())
    assert change_of(found, tea("T")).waits_for == (samovar("S"),)
    # An update waits too; what uses the object that is there already does not.
    state = (recorded(tea("T"), {}), recorded(tea("U"), {}))
    there = (live(tea("T")), live(tea("U")))
    held = plan({samovar("S"): {"glaze": "gold"}, tea("T"): {"of": "S"}, tea("U"): {"size": "large"}}, state, there)
    assert change_of(held, tea("T")).action is Action.UPDATE
    assert change_of(held, tea("T")).waits_for == (samovar("S"),)
    assert change_of(held, tea("U")).tasks


def test_when_the_person_did_it_only_adoption_is_left() -> None:
    created = (live(samovar("S"), glaze="gold"), live(tea("T"), of="S"))
    found = plan({samovar("S"): {"glaze": "gold"}, tea("T"): {"of": "S"}}, (recorded(tea("T"), {"of": "S"}),), created)
    assert change_of(found, samovar("S")).action is Action.ADOPT
    assert found.is_empty


def test_a_deletion_by_hand_stays_until_it_is_done() -> None:
    state = (recorded(samovar("S"), {"glaze": "blue"}),)
    found = plan({}, state, (live(samovar("S"), glaze="blue"),))
    change = change_of(found, samovar("S"))
    assert (change.action, change.tasks) == (Action.DELETE, ())
    assert change.by_hand == "no API deletes a samovar; delete it in DSS"
    assert change_of(plan({}, state), samovar("S")).action is Action.FORGET


def test_an_update_of_what_cannot_be_created_is_planned() -> None:
    found = plan(
        {samovar("S"): {"glaze": "gold", "size": "large"}},
        (recorded(samovar("S"), {"glaze": "gold"}),),
        (live(samovar("S"), glaze="gold"),),
    )
    assert change_of(found, samovar("S")).tasks


def test_every_form_shows_it() -> None:
    found = plan(WAITING)
    text = render_plan(found)
    assert "! samovar.P.S (create by hand: only a smith makes a golden one)" in text
    assert "… tea.P.T (create: waits for samovar.P.S, to be created by hand; plan again then)" in text
    assert "Plan: 2 to create, 0 to update, 0 to destroy.\nAlso: 1 to do by hand, 1 waiting for that." in text
    assert "! **S** (create by hand) — only a smith makes a golden one" in markdown.render_plan(found)
    twin = plan_json(found)
    assert twin["summary"]["by_hand"] == 1  # type: ignore[index, call-overload]
    page = html.render_plan(found, twin)
    assert 'class="held"' in page
    assert "create by hand: only a smith makes a golden one" in page


def test_entries_of_the_state_are_untouched() -> None:
    entry: Recorded = dict([recorded(samovar("S"), {"glaze": "blue"})])[samovar("S")]
    from dataiku_iac.engine.recording import Recording

    recording = Recording(State("P", "dev", {samovar("S"): entry}))
    recording.settle_without_calls(plan({}, ((samovar("S"), entry),), (live(samovar("S"), glaze="blue"),)))
    assert recording.changes == 0
