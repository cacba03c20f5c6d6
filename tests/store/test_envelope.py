"""Bytes that carry their own digest, and are the same every time."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataiku_iac.core.canonical import Json
from dataiku_iac.core.errors import StoreCorrupt
from dataiku_iac.store.envelope import compress, decompress, seal, seal_gz, unseal, unseal_gz

VALUES: st.SearchStrategy[Json] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)
RECORDS = st.dictionaries(st.text().filter(lambda key: key != "sha256"), VALUES, max_size=5)


@given(RECORDS)
def test_round_trip(record: dict[str, Json]) -> None:
    assert unseal(seal(record), where="x") == record
    assert unseal_gz(seal_gz(record), where="x") == record


@given(RECORDS, st.data())
def test_any_single_changed_bit_is_noticed(record: dict[str, Json], data: st.DataObject) -> None:
    body = bytearray(seal(record))
    at = data.draw(st.integers(0, len(body) - 1))
    body[at] ^= 1 << data.draw(st.integers(0, 7))
    try:
        found = unseal(bytes(body), where="x")
    except StoreCorrupt:
        return
    assert found == record  # another spelling of the same content, e.g. a blank for a tab


@given(RECORDS, st.data())
def test_any_cut_is_noticed(record: dict[str, Json], data: st.DataObject) -> None:
    for body, read in ((seal(record), unseal), (seal_gz(record), unseal_gz)):
        with pytest.raises(StoreCorrupt):
            read(body[: data.draw(st.integers(0, len(body) - 1))], where="x")


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"a":NaN,"sha256":"x"}', b"\xff\xfe", b'{"a":1,"sha256":1}'])
def test_what_we_never_write_is_refused_with_its_place(body: bytes) -> None:
    with pytest.raises(StoreCorrupt) as caught:
        unseal(body, where="s3://iac/k")
    assert "s3://iac/k" in str(caught.value)
    assert "what to do" in str(caught.value)


def test_equal_content_gives_equal_bytes() -> None:
    assert seal({"b": 1, "a": [1.0]}) == seal({"a": [1.0], "b": 1})
    assert compress(b"x" * 1000) == compress(b"x" * 1000)
    assert decompress(compress(b"x"), where="k") == b"x"
