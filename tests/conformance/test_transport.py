"""Roots, authentication, errors. Facts: api-projects-scenarios-deployer.md 1, api-flow.md 1 and 2, api-admin-govern.md 1."""

import json
from typing import Any

import pytest
import requests

from emulator.launch import NodeProcess
from tests.conformance.conftest import Dss
from tests.conformance.keys import KEY


def test_both_roots_reach_the_same_api(dss: Dss) -> None:
    """Client: ``/dip/publicapi``; documentation: ``/public/api`` [client, doc]."""
    session = dss.http()
    answers = [session.get(f"{dss.url}{root}/auth/info").json() for root in ("/dip/publicapi", "/public/api")]
    assert answers[0] == answers[1]


@pytest.mark.parametrize("form", ["key as user", "key as password", "bearer"])
def test_key_is_taken_in_three_forms(dss: Dss, form: str) -> None:
    """Basic with the key on either side [client, doc], or Bearer [doc]."""
    forms: dict[str, dict[str, Any]] = {
        "key as user": {"auth": (dss.api_key, "")},
        "key as password": {"auth": ("", dss.api_key)},
        "bearer": {"headers": {"Authorization": f"Bearer {dss.api_key}"}},
    }
    assert requests.get(dss.api("/auth/info"), timeout=10, **forms[form]).status_code == 200


@pytest.mark.parametrize("key", ["", "wrong"])
def test_unknown_key_is_401(dss: Dss, key: str) -> None:
    """401 ``NotAuthenticatedException: Unknown API Key`` [seen]."""
    answer = requests.get(dss.api("/auth/info"), auth=(key, ""), timeout=10)
    assert answer.status_code == 401
    assert answer.json()["errorType"] == "com.dataiku.dip.exceptions.NotAuthenticatedException"
    assert answer.json()["message"] == "Unknown API Key"


def test_every_answer_tells_the_version(dss: Dss) -> None:
    """``DSS-Version`` and ``DSS-API-Version`` on every response [doc]."""
    session = dss.http()
    for path in ("/auth/info", "/projects/", "/projects/NOPE/settings"):
        headers = session.get(dss.api(path)).headers
        assert headers["DSS-Version"]
        assert headers["DSS-API-Version"]


def test_trailing_and_double_slashes_do_not_matter(dss: Dss, project: object) -> None:
    """Trailing slashes are inconsistent in the client, double ones come from item paths that begin with one [client]."""
    session = dss.http()
    for path in (
        f"/projects/{KEY}/datasets",
        f"/projects/{KEY}/datasets/",
        f"/projects//{KEY}/datasets/",
    ):
        assert session.get(dss.api(path)).status_code == 200


def test_body_is_json_whatever_the_header_says(dss: Dss, project: object) -> None:
    """The client posts JSON text without a Content-Type [client]."""
    body = json.dumps({"standard": {"x": 1}, "local": {}})
    session = dss.http()
    for content_type in (None, "text/plain", "application/x-www-form-urlencoded"):
        headers = {} if content_type is None else {"Content-Type": content_type}
        answer = session.put(dss.api(f"/projects/{KEY}/variables/"), data=body, headers=headers)
        assert answer.status_code == 200
    assert session.get(dss.api(f"/projects/{KEY}/variables/")).json()["standard"] == {"x": 1}


def test_broken_json_is_400(dss: Dss, project: object) -> None:
    """A bad argument is 400 [seen]."""
    answer = dss.http().put(dss.api(f"/projects/{KEY}/variables/"), data="{")
    assert answer.status_code == 400


def test_wrong_verb_is_405_and_unknown_route_404(dss: Dss) -> None:
    """Both possibly without the JSON body [seen]."""
    session = dss.http()
    wrong_verb = session.patch(dss.api("/auth/info"))
    assert wrong_verb.status_code == 405
    assert "PATCH" in wrong_verb.text
    assert session.get(dss.api("/no/such/route")).status_code == 404


def test_unknown_route_outside_the_api_is_a_page(node: NodeProcess) -> None:
    """What is not API is answered by the front-end, in HTML [seen for gateways]."""
    answer = requests.get(f"{node.url}/somewhere", timeout=10)
    assert answer.status_code == 404
    assert answer.headers["Content-Type"].startswith("text/html")


def test_json_is_html_escaped_on_the_wire(dss: Dss, project: object) -> None:
    """Gson writes ``=``, ``'``, ``<``, ``>``, ``&`` as escapes [seen]."""
    session = dss.http()
    body = {"standard": {"query": "a='b' & c<d>"}, "local": {}}
    session.put(dss.api(f"/projects/{KEY}/variables/"), data=json.dumps(body))
    answer = session.get(dss.api(f"/projects/{KEY}/variables/"))
    assert rb"a\u003d\u0027b\u0027 \u0026 c\u003cd\u003e" in answer.content
    assert answer.json() == body


def test_impersonation_needs_an_admin_key(node: NodeProcess, dss: Dss) -> None:
    """``X-DKU-ProxyUser`` runs a call as that user, with that user's rights [client, doc]."""
    session = dss.http()
    session.headers["X-DKU-ProxyUser"] = "admin"
    assert session.get(dss.api("/auth/info")).json()["authIdentifier"] == "admin"
    session.headers["X-DKU-ProxyUser"] = "nobody"
    assert session.get(dss.api("/auth/info")).status_code == 401


def test_instance_info(client: Any) -> None:
    """Node kind and version are told [seen]."""
    info = client.get_instance_info().raw
    assert info["nodeType"] in {"DESIGN", "AUTOMATION", "DEPLOYER"}
    assert info["dssVersion"]
