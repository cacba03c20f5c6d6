from __future__ import annotations

from typing import Any

import pytest

from dataiku_iac.core.address import Address
from dataiku_iac.core.canonical import Json
from dataiku_iac.core.errors import OutcomeUnknown, Refused
from dataiku_iac.core.resource import Relation
from dataiku_iac.resources.webapps import WebappKind
from tests.unit.resources.scripted_node import Asked, ScriptedNode

KIND = WebappKind()
ADDRESS = Address("webapp", "CRM", "Orders")
WEBAPPS = "/projects/CRM/webapps/"


def document(kind: str = "STANDARD", **params: Json) -> dict[str, Json]:
    return {"definition": {"name": "Orders", "type": kind, "params": params}}


def test_creation_sends_name_and_type_and_reads_the_id_of_webapps() -> None:
    node = ScriptedNode({f"POST {WEBAPPS}": {"webAppId": "wX3jq1A"}})
    assert KIND.create(node, "CRM", "Orders~1", document(html="<h1>")) == "wX3jq1A"
    assert node.written == [Asked("POST", WEBAPPS, {"name": "Orders~1", "type": "STANDARD"})]


class OldNode(ScriptedNode):
    """A node whose version lacks the call: its web server answers."""

    status = 404

    def post(self, path: str, body: Json = None, *, params: dict[str, str] | None = None) -> Json:
        raise OutcomeUnknown("an HTML page", status=self.status)


def test_a_node_without_the_call_is_told_apart() -> None:
    with pytest.raises(Refused, match=r"older than DSS 14\.5\.1") as refused:
        KIND.create(OldNode(), "CRM", "Orders~1", document())
    assert "make the webapp in DSS" in refused.value.next_step


def test_any_other_failure_stays_what_it_is() -> None:
    node = OldNode()
    node.status = 502
    with pytest.raises(OutcomeUnknown):
        KIND.create(node, "CRM", "Orders~1", document())


@pytest.mark.parametrize(
    ("verb", "kind", "reason"),
    [
        ("create", "STANDARD", ""),
        ("create", "SHINY", ""),
        ("create", "webapp_a_b", "creates no webapp of type webapp_a_b"),
        ("create", "CODE_STUDIO_AS_WEBAPP", "creates no webapp of type"),
        ("update", "webapp_a_b", ""),
        ("delete", "STANDARD", "deletes no webapp"),
    ],
)
def test_what_the_api_cannot_do(verb: Any, kind: str, reason: str) -> None:
    said = KIND.out_of_reach(verb, document(kind), ADDRESS)
    assert reason in said
    assert bool(said) is bool(reason)


def test_the_key_of_the_backend_is_never_declared() -> None:
    spec = KIND.declare({"definition": {"name": "Orders", "type": "DASH", "apiKey": "clear", "params": {}}}, ADDRESS)
    assert spec == {"type": "DASH", "params": {}} or spec == {"type": "DASH"}


def test_a_plugins_settings_name_only_what_has_a_prefix() -> None:
    spec: dict[str, Json] = {"type": "webapp_a_b", "config": {"folder": "folder:images", "column": "label", "n": 3}}
    assert [(str(found.to), found.relation) for found in KIND.references(spec, ADDRESS)] == [
        ("folder.CRM.images", Relation.NEEDS)
    ]
