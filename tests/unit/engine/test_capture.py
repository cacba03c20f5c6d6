"""What a kind is about to send is known before it is sent, and is exactly one writing call."""

from __future__ import annotations

import pytest

from dataiku_iac.core.canonical import digest
from dataiku_iac.core.errors import Defect, Refused
from dataiku_iac.core.roles import NodeApi
from dataiku_iac.engine.capture import Request, capture
from dataiku_iac.resources.datasets import DatasetKind
from dataiku_iac.resources.zones import ZoneKind


def test_the_first_call_is_noted_with_path_and_digest() -> None:
    kind, body = ZoneKind(), {"name": "raw~1234abcd", "color": "#2ab1ac"}
    request = capture(lambda api: kind.create(api, "CRM", "raw~1234abcd", {"definition": {}}))
    assert request == Request("POST", "/projects/CRM/flow/zones", digest(body))


def test_a_delete_has_no_body() -> None:
    kind = DatasetKind()
    request = capture(lambda api: kind.delete(api, "CRM", "ORDERS", drop_data=False))
    assert (request.method, request.body_sha256) == ("DELETE", None)


def test_a_refusal_of_the_kind_itself_comes_before_any_call() -> None:
    kind = ZoneKind()
    with pytest.raises(Refused):
        capture(lambda api: kind.delete(api, "CRM", "default", drop_data=False))


@pytest.mark.parametrize("read", ["get", "get_many", "get_text"])
def test_a_writing_method_that_reads_is_our_fault(read: str) -> None:
    def call(api: NodeApi) -> None:
        getattr(api, read)("/x")

    with pytest.raises(Defect):
        capture(call)


def test_a_writing_method_that_writes_nothing_is_our_fault() -> None:
    with pytest.raises(Defect, match="no call"):
        capture(lambda api: None)
