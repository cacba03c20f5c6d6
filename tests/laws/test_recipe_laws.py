"""The laws of the readable form of recipes, on generated documents of every type."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from dataiku_iac.config.findings import Findings
from dataiku_iac.config.writing import write_entry
from dataiku_iac.config.yaml_source import parse_yaml
from dataiku_iac.core.address import Address
from dataiku_iac.core.canonical import JsonObject, canonical_text
from dataiku_iac.core.kind import Document
from dataiku_iac.core.lens import comparable, differences
from dataiku_iac.resources.recipe_forms import FORM_SCHEMA, forms_of_other_types
from dataiku_iac.resources.recipe_payloads import dump_payload, parse_payload
from dataiku_iac.resources.registry import KINDS
from tests.laws.generated_specs import entries
from tests.laws.recipe_documents import RECIPE_KINDS, recipes

KIND = KINDS["recipe"]
ADDRESS = Address("recipe", "CRM", "r")
SCHEMA = Draft202012Validator(dict(KIND.schema))


@pytest.mark.parametrize("kind", RECIPE_KINDS)
@settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],  # to shrink such documents takes minutes
    suppress_health_check=list(HealthCheck),
)
@given(data=st.data())
def test_readable_forms_lose_nothing_and_add_nothing(kind: str, data: st.DataObject) -> None:
    document = data.draw(recipes(kind))
    spec = KIND.declare(document, ADDRESS)
    check_exact(document, spec)
    check_valid(spec)
    check_yaml(document, spec)
    check_sent(kind, document, spec)


@pytest.mark.parametrize("kind", [*RECIPE_KINDS, "unheard_of"])
@settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(data=st.data())
def test_whatever_fits_the_schema_is_judged_and_what_is_right_has_one_normal_form(
    kind: str, data: st.DataObject
) -> None:
    keys = [*(key for key in FORM_SCHEMA if not list(forms_of_other_types({key: 1}, kind))), "payload"]
    schema = {"type": "object", "properties": {key: KIND.schema["properties"][key] for key in keys}}  # type: ignore[index,call-overload]
    own = data.draw(entries(cast(Any, SimpleNamespace(schema=schema))))
    spec = {**own, "type": kind, "inputs": ["a", "b", "P.name"], "outputs": ["raw"]}
    assume(SCHEMA.is_valid({"name": "r", **spec}))
    wrong = [found.code for found in KIND.check(spec, ADDRESS)]
    normal = KIND.normal(spec, ADDRESS)
    assert canonical_text(KIND.expand(normal, ADDRESS)) == canonical_text(KIND.expand(spec, ADDRESS))
    if not wrong:
        check_valid(normal)


def check_exact(document: Document, spec: JsonObject) -> None:
    """The spec says exactly what counts, is in normal form, and laid over the document changes nothing."""
    stripped = KIND.stripped(document)
    assert canonical_text(KIND.expand(spec, ADDRESS)) == canonical_text(stripped)
    assert canonical_text(KIND.normal(spec, ADDRESS)) == canonical_text(spec)
    assert canonical_text(KIND.put(document, spec, ADDRESS)) == canonical_text(document)


def check_valid(spec: JsonObject) -> None:
    """Neither the schema nor the kind has anything against it."""
    assert [error.message for error in SCHEMA.iter_errors({"name": "r", **spec})] == []
    assert [str(found) for found in KIND.check(spec, ADDRESS)] == []


def check_yaml(document: Document, spec: JsonObject) -> None:
    """Written and read, it is the same, and the order that YAML does not keep is no difference."""
    read = loaded(write_entry(KIND, ADDRESS, spec))
    del read["name"]
    assert canonical_text(read) == canonical_text(spec)
    root = KIND.rules_for(document).root
    assert differences(document, KIND.put(document, read, ADDRESS), root) == []


def check_sent(kind: str, document: Document, spec: JsonObject) -> None:
    """What is sent is read back as declared: the defaults that are sent along are those that are folded away."""
    halves: Any = document["definition"]
    back = {**document, "definition": {**halves, "payload": parse_payload(kind, dump_payload(kind, halves["payload"]))}}
    root = KIND.rules_for(document).root
    assert canonical_text(comparable(KIND.put(back, spec, ADDRESS), root)) == canonical_text(comparable(back, root))


def loaded(text: str) -> dict[str, Any]:
    findings = Findings()
    (entry,) = parse_yaml(text, "r.yml", findings)
    value = entry.plain()
    assert isinstance(value, dict)
    return value
