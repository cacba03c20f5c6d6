"""The quick validator never accepts what the explaining one refuses, and accepts at once what people write."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from dataiku_iac.config.findings import Findings
from dataiku_iac.config.located import locate
from dataiku_iac.config.schema_errors import SchemaChecker
from dataiku_iac.core.canonical import Json, JsonObject, canonical_text, is_list, is_object
from dataiku_iac.core.problem import Place
from dataiku_iac.resources.registry import KINDS
from tests.kinds.declarations import Spec, declarations

CHECKERS = {kind.name: SchemaChecker(kind.schema) for kind in KINDS}
VALIDATORS = {kind.name: Draft202012Validator(dict(kind.schema)) for kind in KINDS}
SPECS = [spec for declaration in declarations().values() for spec in declaration.specs]
ODD: list[Any] = [
    *(None, True, False, 0, 1, -1, 1.0, 0.5, 10**30, float("nan"), float("inf")),
    *(
        "",
        "a",
        "a\n",
        "a\nb",
        "#00ff00",
        "#00ff00\n",
        "/a",
        "a/",
        "é\u2028",
        "\ud800",
        "iac:x",
        "raw",
        "full",
        "x" * 300,
    ),
    *(
        [],
        [None],
        [1, "a"],
        ["a", "a"],
        [1, 2, 3],
        ["a"] * 40,
        [{}],
        {},
        {"name": "x"},
        {"dss": {}},
        {"type": 1},
        {"": None},
    ),
]


def entry_of(spec: Spec) -> dict[str, Any]:
    """What the loader shows the schema: texts in place of files."""
    files = {field.file_key: field for field in spec.kind.files}
    return {files[key].key if key in files else key: copy.deepcopy(value) for key, value in spec.entry.items()}


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every container in ``value`` with each key or index that can be changed in it."""
    if isinstance(value, dict):
        yield value, "odd key"
    for key in list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ():
        yield value, key
        yield from places(value[key])


@pytest.mark.parametrize("spec", SPECS, ids=str)
def test_quick_and_explaining_validator_take_what_is_declared(spec: Spec) -> None:
    entry = entry_of(spec)
    assert CHECKERS[spec.kind.name].is_plainly_fine(entry) == VALIDATORS[spec.kind.name].is_valid(entry)


@given(st.sampled_from(SPECS), st.data())
def test_the_quick_validator_accepts_nothing_that_the_other_refuses(spec: Spec, data: st.DataObject) -> None:
    entry = entry_of(spec)
    for _ in range(data.draw(st.integers(1, 3))):
        holder, key = data.draw(st.sampled_from(list(places(entry))))
        if isinstance(holder, dict) and data.draw(st.booleans()):
            holder.pop(key, None)
        else:
            holder[key] = copy.deepcopy(data.draw(st.sampled_from(ODD)))
    if CHECKERS[spec.kind.name].is_plainly_fine(entry):
        assert [error.message for error in VALIDATORS[spec.kind.name].iter_errors(entry)] == []


def subschemas(schema: Json) -> Iterator[JsonObject]:
    """The schema and all schemas in it."""
    if is_object(schema):
        yield schema
        for keyword, inner in schema.items():
            if keyword not in ("enum", "const"):
                children = inner.values() if keyword == "properties" and is_object(inner) else [inner]
                for child in children:
                    yield from subschemas(child)
    elif is_list(schema):
        for child in schema:
            yield from subschemas(child)


def test_every_part_of_every_schema_means_the_same_to_both() -> None:
    """Part by part, so that no other error of the same entry hides what they think of a value."""
    parts = {canonical_text(part): part for kind in KINDS for part in subschemas(kind.schema)}
    assert len(parts) > 300
    for part in parts.values():
        quick, slow = SchemaChecker(part), Draft202012Validator(dict(part))
        for value in ODD:
            if quick.is_plainly_fine(value):
                assert slow.is_valid(value), (part, value)


@pytest.mark.parametrize("text", ["#00ff00\n", "\ud800"])
def test_what_only_the_quick_validator_refuses_is_fine(text: str) -> None:
    checker = SchemaChecker({"properties": {"color": {"anyOf": [{"pattern": "^#[0-9a-f]{6}$"}, {"maxLength": 1}]}}})
    findings = Findings()
    assert not checker.is_plainly_fine({"color": text})
    assert checker.check({"color": text}, locate({"color": text}, Place("f.yml")), "zone.P.x", findings)
    assert not findings.error_count
