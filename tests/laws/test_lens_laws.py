"""The laws of every kind's lens, on declared and real documents and on generated specs.

A new kind takes part by its line in the registry and its file under ``tests/kinds``.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from dataiku_iac.core.address import Address
from dataiku_iac.core.canonical import Json, JsonObject, canonical_text, is_list
from dataiku_iac.core.fields import Rules, RulesNode
from dataiku_iac.core.kind import Document, Kind
from dataiku_iac.core.lens import comparable, differences, let_go, path_text
from dataiku_iac.core.problem import Severity
from dataiku_iac.resources.registry import KINDS
from tests.kinds.declarations import Change, Example, Spec, address_of, declarations, spec_of
from tests.laws.generated_specs import entries
from tests.laws.real_documents import REAL_PROJECTS, real_documents

DECLARED = [example for declaration in declarations().values() for example in declaration.documents.values()]
EXAMPLES = [*DECLARED, *real_documents()]
SPECS = [spec for declaration in declarations().values() for spec in declaration.specs]
INVALID = [spec for declaration in declarations().values() for spec in declaration.invalid]
CANARY = "canaryOfDss99"
PLANTED = "planted-credential"
NO_RULES = Rules({}).root

by_name = pytest.mark.parametrize("example", EXAMPLES, ids=str)


def name_key(kind: Kind) -> str:
    return {"project": "key", "library": "path"}.get(kind.name, "name")


def problems(kind: Kind, address: Address, spec: JsonObject) -> list[str]:
    """Return everything the schema and the kind's check say against a spec."""
    entry = {name_key(kind): address.name or address.project, **spec}
    said = [error.message for error in Draft202012Validator(dict(kind.schema)).iter_errors(entry)]
    return said + [str(found) for found in kind.check(spec, address) if found.severity is Severity.ERROR]


def text(value: Any) -> str:
    return canonical_text(value)


# --- completeness ---

_IN_NO_REAL_PROJECT = frozenset(
    {"evaluation_store", "model_comparison", "streaming_endpoint", "knowledge_bank", "retrieval_augmented_llm"}
    | {"agent", "agent_tool", "semantic_model"}
    | {"notebook", "sql_notebook", "api_service", "code_studio", "labeling_task", "zone_share"}
)


def test_every_kind_has_a_declaration() -> None:
    assert set(declarations()) == {kind.name for kind in KINDS}


@pytest.mark.skipif(not REAL_PROJECTS.exists(), reason="the real projects are not beside this repository")
def test_the_real_projects_hold_every_kind() -> None:
    found = {example.kind.name for example in real_documents()}
    assert {kind.name for kind in KINDS} - found == _IN_NO_REAL_PROJECT


# --- documents ---


@by_name
def test_putting_back_what_was_declared_changes_nothing(example: Example) -> None:
    kind, document = example.kind, example.document
    assert text(kind.put(document, kind.declare(document, example.address), example.address)) == text(document)


@by_name
def test_nothing_is_lost_between_document_and_spec(example: Example) -> None:
    kind, stripped = example.kind, example.kind.stripped(example.document)
    back = kind.stripped(kind.expand(kind.shorten(stripped, example.address), example.address))
    assert text(back) == text(stripped)


@by_name
def test_what_is_declared_is_valid_and_in_normal_form(example: Example) -> None:
    kind, address = example.kind, example.address
    spec = kind.declare(example.document, address)
    assert problems(kind, address, spec) == []
    assert text(kind.normal(spec, address)) == text(spec)


@by_name
def test_what_is_declared_holds_no_credential_and_nothing_of_the_servers(example: Example) -> None:
    kind = example.kind
    document = copy.deepcopy(dict(example.document))
    for found in objects_in(document):
        found["password"] = PLANTED
    spec = text(kind.declare(document, example.address))
    assert PLANTED not in spec
    assert not any(f'"{key}":' in spec for key in ("versionTag", "creationTag", "lastModifiedOn"))


@by_name
def test_a_save_without_a_change_is_no_difference(example: Example) -> None:
    kind = example.kind
    saved = copy.deepcopy(dict(example.document))
    for found in objects_in(saved):
        if "versionTag" in found:
            found["versionTag"] = {"versionNumber": 99, "lastModifiedBy": {"login": "x"}, "lastModifiedOn": 1}
    assert kind.fingerprint(saved) == kind.fingerprint(example.document)
    assert differences(example.document, saved, kind.rules_for(example.document).root) == []


@by_name
def test_fields_of_a_newer_dss_survive(example: Example) -> None:
    kind = example.kind
    spec = kind.declare(example.document, example.address)
    newer = copy.deepcopy(dict(example.document))
    for found in objects_in(newer, skipping_whole=kind.rules_for(newer).root):
        found[CANARY] = {"deep": ["x"]}
    assert text(kind.put(newer, spec, example.address)) == text(newer)
    again = kind.declare(newer, example.address)
    assert problems(kind, example.address, again) == []
    assert text(kind.put(newer, again, example.address)) == text(newer)


@pytest.mark.parametrize("spec", SPECS, ids=str)
def test_fields_of_a_newer_dss_survive_any_spec(spec: Spec) -> None:
    kind = spec.kind
    for example in (e for e in DECLARED if e.kind is kind and e.address.name == spec.address.name):
        newer = copy.deepcopy(dict(example.document))
        marked = list(objects_in(newer, skipping_whole=kind.rules_for(newer).root, skipping_lists=True))
        for found in marked:
            found[CANARY] = "x"
        after = kind.put(newer, spec.spec, spec.address)
        assert text(after).count(CANARY) >= len(marked)


NEIGHBOURS = [
    (one, other)
    for kind in KINDS
    for one, other in pairwise(sorted((e for e in EXAMPLES if e.kind is kind), key=lambda e: e.source))
]


@pytest.mark.parametrize(("one", "other"), NEIGHBOURS, ids=lambda example: str(example))
def test_one_object_can_be_made_into_another(one: Example, other: Example) -> None:
    kind, address = other.kind, other.address
    wanted = kind.declare(other.document, address)
    before = kind.declare(one.document, address)
    # What counts under the rules of the other only (the grid of an algorithm that was off) was nobody's to declare.
    alike = kind.rules_for(one.document) is kind.rules_for(other.document)
    after = kind.put(one.document if alike else kind.stripped(one.document), wanted, address, before=before)
    rules = kind.rules_for(other.document).root
    stays = [found.path for found in let_go(kind.expand(before, address), kind.expand(wanted, address), rules)]
    made, meant = (declared_form(kind, without(document, stays), address) for document in (after, other.document))
    assert text(made) == text(meant)
    assert text(kind.put(after, wanted, address, before=wanted)) == text(after)


# --- specs ---


@pytest.mark.parametrize("spec", SPECS, ids=str)
def test_declared_specs_are_valid_and_stable(spec: Spec) -> None:
    assert problems(spec.kind, spec.address, spec.spec) == []
    check_spec(spec.kind, spec.address, spec.spec)


@pytest.mark.parametrize("spec", INVALID, ids=str)
def test_wrong_specs_are_refused(spec: Spec) -> None:
    assert problems(spec.kind, spec.address, spec.spec) != []


@pytest.mark.parametrize("kind", KINDS.kinds, ids=lambda kind: kind.name)
@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_any_valid_spec_is_stable(kind: Kind, data: st.DataObject) -> None:
    known = [spec.entry for spec in SPECS if spec.kind is kind]
    entry = {**data.draw(st.sampled_from([{}, *known])), **data.draw(entries(kind))}
    address, spec = address_of(kind, entry), spec_of(kind, entry)
    assume(problems(kind, address, spec) == [])
    check_spec(kind, address, spec)


def check_spec(kind: Kind, address: Address, spec: JsonObject) -> None:
    """Plan after apply is empty, from nothing and from every declared document, and the normal form is one."""
    normal = kind.normal(spec, address)
    assert text(kind.normal(normal, address)) == text(normal)
    assert problems(kind, address, normal) == []
    for live in ({}, *(example.document for example in DECLARED if example.kind is kind)):
        after = kind.put(live, spec, address)
        assert text(kind.put(after, spec, address)) == text(after)
        assert text(kind.put(live, normal, address)) == text(after)
        assert not any(reference.to == address for reference in kind.references(normal, address))


# --- single fields ---

SAME = [change for declaration in declarations().values() for change in declaration.same]
CHANGES = [change for declaration in declarations().values() for change in declaration.changes]


@pytest.mark.parametrize("change", SAME, ids=str)
def test_noise_is_no_difference(change: Change) -> None:
    kind, document = change.example.kind, change.example.document
    other = with_value(document, change.path, change.to)
    assert text(other) != text(document)
    assert kind.fingerprint(other) == kind.fingerprint(document)
    assert differences(document, other, kind.rules_for(document).root) == []


@pytest.mark.parametrize("change", CHANGES, ids=str)
def test_a_changed_field_shows_and_can_be_taken_back(change: Change) -> None:
    kind, document, address = change.example.kind, change.example.document, change.example.address
    spec = kind.declare(document, address)
    wanted = kind.normal(with_value(spec, change.path, change.to), address)
    after = kind.put(document, wanted, address, before=spec)
    shown = [path_text(found.path) for found in differences(spec, kind.declare(after, address), NO_RULES)]
    assert shown
    assert all(path.startswith(change.path) or change.path.startswith(path) for path in shown)
    back = kind.put(after, spec, address, before=wanted)
    root = kind.rules_for(document).root
    assert differences(kind.stripped(document), kind.stripped(back), root) == []


# --- helpers ---


def objects_in(
    value: Any, *, skipping_whole: RulesNode | None = None, skipping_lists: bool = False, top: bool = True
) -> Iterator[MutableMapping[str, Any]]:
    """Yield every object below the parts, deepest first, so that callers may add keys."""
    if isinstance(value, Mapping):
        for key in list(value):
            node = None if skipping_whole is None else skipping_whole.child(key)
            if node is None or not (node.field.whole or node.field.hidden):
                yield from objects_in(value[key], skipping_whole=node, skipping_lists=skipping_lists, top=False)
        if not top and isinstance(value, MutableMapping):
            yield value
    elif is_list(value) and not skipping_lists:
        node = None if skipping_whole is None else skipping_whole.child("*")
        if node is None or not node.field.whole:
            for item in value:
                yield from objects_in(item, skipping_whole=node, top=False)


def declared_form(kind: Kind, document: Document, address: Address) -> Json:
    """Return what counts of a document, without empty objects: DSS has them or has them not."""
    return without_empty(comparable(kind.stripped(document), kind.rules_for(document).root))


def without_empty(value: Json) -> Json:
    if isinstance(value, Mapping):
        kept = {key: without_empty(item) for key, item in value.items()}
        return {key: item for key, item in kept.items() if item != {}}
    return [without_empty(item) for item in value] if is_list(value) else value


def without(value: Any, paths: Sequence[str]) -> Any:
    """Return a copy without what stands at the dotted ``paths``."""
    rest = copy.deepcopy(dict(value))
    for path in paths:
        *way, last = path.split(".")
        inner: Any = rest
        for key in way:
            inner = inner.get(key, {})
        inner.pop(last, None)
    return rest


def with_value(value: Any, path: str, to: Any) -> Any:
    """Return a copy with ``to`` at the dotted ``path``; objects on the way are made."""
    head, dot, rest = path.partition(".")
    there = dict(value) if isinstance(value, Mapping) else {}
    there[head] = with_value(there.get(head), rest, to) if dot else to
    return there
