"""The laws of the lens on generated documents of what people look at and write: dashboards, insights, webapps, notebooks, …"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dataiku_iac.core.address import Address
from dataiku_iac.core.canonical import Json, JsonObject, canonical_text
from dataiku_iac.core.kind import Kind
from dataiku_iac.core.lens import comparable, differences
from dataiku_iac.resources.registry import KINDS
from tests.laws.page_documents import DOCUMENTS
from tests.laws.test_lens_laws import problems, without_empty

each_kind = pytest.mark.parametrize("kind", [KINDS[name] for name in DOCUMENTS], ids=lambda kind: kind.name)
often = settings(max_examples=50, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


def address_of(kind: Kind) -> Address:
    return Address(kind.name, "CRM", "Sales per day")


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
    assert text(without_empty(after)) == text(without_empty(document))  # DSS has empty objects or has them not
    assert differences(document, after, kind.rules_for(document).root) == []
    assert "versionTag" not in text(spec)
    assert "e:AES" not in text(spec)


@each_kind
@often
@given(data=st.data())
def test_one_is_made_into_another(kind: Kind, data: st.DataObject) -> None:
    one, other = (data.draw(DOCUMENTS[kind.name]) for _ in range(2))
    address = address_of(kind)
    wanted = kind.declare(other, address)
    after = kind.put(one, wanted, address, before=kind.declare(one, address))
    assert text(kind.put(after, wanted, address, before=wanted)) == text(after)
    assert declared(kind, after, address) == declared(kind, {**after, **kind.put(other, wanted, address)}, address)


@pytest.mark.parametrize(
    "kind", [KINDS[name] for name in DOCUMENTS if name != "code_studio"], ids=lambda kind: kind.name
)
@often
@given(data=st.data())
def test_what_is_sent_is_what_is_declared(kind: Kind, data: st.DataObject) -> None:
    """What the editors of DSS add to a document is never a difference, and sending it twice is sending it once."""
    document = data.draw(DOCUMENTS[kind.name])
    node: Any = Recorder()
    again: Any = Recorder()
    kind.write(node, "CRM", "IN/aB3dE6g", "definition", document)
    sent: dict[str, Any] = {"definition": node.sent.get("insight", node.sent)}
    assert differences(document, sent, kind.rules_for(document).root) == []
    kind.write(again, "CRM", "IN/aB3dE6g", "definition", sent)
    assert text(again.sent) == text(node.sent)


class Recorder:
    """Keeps the body of the one call."""

    sent: JsonObject

    def post(self, path: str, body: Json = None, *, params: dict[str, str] | None = None) -> Json:
        return self.put(path, body)

    def put(self, path: str, body: Json) -> Json:
        assert isinstance(body, dict)
        self.sent = body
        return None


def declared(kind: Kind, document: Any, address: Address) -> str:
    """Return what counts of a document."""
    return text(without_empty(comparable(kind.stripped(document), kind.rules_for(document).root)))
