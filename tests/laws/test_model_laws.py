"""The laws of the lens on generated documents of models, the lab, streams and LLM objects."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dataiku_iac.core.address import Address
from dataiku_iac.core.canonical import Json, canonical_text
from dataiku_iac.core.kind import Kind
from dataiku_iac.core.lens import comparable, differences, let_go
from dataiku_iac.resources.registry import KINDS
from tests.laws.model_documents import DOCUMENTS
from tests.laws.test_lens_laws import problems, without, without_empty

each_kind = pytest.mark.parametrize("kind", [KINDS[name] for name in DOCUMENTS], ids=lambda kind: kind.name)
often = settings(max_examples=100, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


def address_of(kind: Kind) -> Address:
    return Address(kind.name, "CRM", "Churn")


def text(value: Json) -> str:
    return canonical_text(value)


@each_kind
@often
@given(data=st.data())
def test_what_is_declared_says_all_and_changes_nothing(kind: Kind, data: st.DataObject) -> None:
    document, address = data.draw(DOCUMENTS[kind.name]), address_of(kind)
    spec = kind.declare(document, address)
    stripped = kind.stripped(document)
    back = kind.stripped(kind.expand(kind.shorten(stripped, address), address))
    assert text(without_empty(back)) == text(without_empty(stripped))
    assert text(kind.normal(spec, address)) == text(spec)
    assert problems(kind, address, spec) == []
    after = kind.put(document, spec, address)
    assert text(after) == text(document)
    assert differences(document, after, kind.rules_for(document).root) == []
    assert "versionTag" not in text(spec)
    assert "k3y" not in text(spec)


@each_kind
@often
@given(data=st.data())
def test_one_is_made_into_another(kind: Kind, data: st.DataObject) -> None:
    """What the other declares is there afterwards, applied twice it is the same, and what was declared before is gone."""
    one, other = (data.draw(DOCUMENTS[kind.name]) for _ in range(2))
    address = address_of(kind)
    # What counts under the rules of the other only (the grid of an algorithm that was off) was nobody's to declare.
    base = one if kind.rules_for(one) is kind.rules_for(other) else kind.stripped(one)
    before, wanted = kind.declare(one, address), kind.declare(other, address)
    after = kind.put(base, wanted, address, before=before)
    assert text(kind.put(after, wanted, address, before=wanted)) == text(after)
    rules = kind.rules_for(other).root
    stays = [found.path for found in let_go(kind.expand(before, address), kind.expand(wanted, address), rules)]
    assert declared(kind, without(after, stays), address) == declared(kind, without(other, stays), address)


def declared(kind: Kind, document: Any, address: Address) -> str:
    """Return what counts of a document."""
    return text(without_empty(comparable(kind.stripped(document), kind.rules_for(document).root)))
