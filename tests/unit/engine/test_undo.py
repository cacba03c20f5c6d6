"""Pre-images keep everything but credentials, and say what they left out."""

from __future__ import annotations

import json

from dataiku_iac.core.address import Address
from dataiku_iac.core.canonical import Json
from dataiku_iac.core.kind import Live
from dataiku_iac.engine.undo import PreImage
from dataiku_iac.resources.datasets import DatasetKind

ADDRESS = Address("dataset", "CRM", "ORDERS")


def test_an_image_holds_the_document_without_credentials() -> None:
    document: dict[str, Json] = {
        "definition": {
            "name": "ORDERS",
            "newerField": {"deep": [1, {"token": "abc", "x": 2}]},
            "params": {"connection": "pg", "password": "hunter2", "ref": "${secret}"},
        },
        "zone": "raw",
    }
    image = PreImage.of(DatasetKind(), ADDRESS, Live("ORDERS", "ORDERS", document, "3@1"))
    stored = json.loads(image.to_bytes())
    assert b"hunter2" not in image.to_bytes()
    assert stored["left_out"] == ["definition.newerField.deep[1].token", "definition.params.password"]
    assert stored["document"] == {
        "definition": {
            "name": "ORDERS",
            "newerField": {"deep": [1, {"x": 2}]},
            "params": {"connection": "pg", "ref": "${secret}"},
        },
        "zone": "raw",
    }
    assert (stored["id"], stored["version"]) == ("ORDERS", "3@1")


def test_equal_objects_have_equal_images() -> None:
    left = Live("ORDERS", "ORDERS", {"definition": {"a": 1, "b": 2}})
    right = Live("ORDERS", "ORDERS", {"definition": {"b": 2, "a": 1}})
    kind = DatasetKind()
    assert PreImage.of(kind, ADDRESS, left).to_bytes() == PreImage.of(kind, ADDRESS, right).to_bytes()
