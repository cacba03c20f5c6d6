"""Files of a node are written as Python's own encoder would write them."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from emulator.json_text import dump_compact, dump_pretty, parse

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(VALUES)
def test_pretty_is_what_json_writes_with_two_blanks_of_indent(value: Any) -> None:
    written = dump_pretty(value).decode("utf-8", "surrogatepass")
    expected = json.dumps(value, ensure_ascii=False, indent=2)
    for character in "='<>&":
        expected = expected.replace(character, f"\\u{ord(character):04x}")
    assert written == expected


@given(VALUES)
def test_what_is_written_is_read_back(value: Any) -> None:
    assert parse(dump_pretty(value)) == value
    assert parse(dump_compact(value)) == value
