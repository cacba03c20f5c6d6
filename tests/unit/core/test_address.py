from __future__ import annotations

import pytest

from dataiku_iac.core.address import Address


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("project.CRM", Address("project", "CRM")),
        ("dataset.CRM.ORDERS", Address("dataset", "CRM", "ORDERS")),
        ("library.CRM.python/a.b.py", Address("library", "CRM", "python/a.b.py")),
        ("connection.pg.main", Address("connection", name="pg.main")),
    ],
)
def test_address_and_text_are_one(text: str, address: Address) -> None:
    assert Address.parse(text, instance_kinds=frozenset({"connection"})) == address
    assert str(address) == text


@pytest.mark.parametrize("text", ["", "dataset", "dataset.", ".CRM.X", "dataset.CRM."])
def test_nonsense_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match=r"dataset\.PROJECT\.NAME"):
        Address.parse(text)
