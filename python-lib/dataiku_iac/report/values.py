"""Values as people read them: one line each, cut where they are long, never a credential, never a terminal's escape."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator, Mapping
from typing import Final

from dataiku_iac.core.canonical import Json, JsonObject, is_list
from dataiku_iac.core.fields import Unset
from dataiku_iac.core.secret import looks_secret

__all__ = ["attributes", "changed_lines", "code_diff", "is_code", "printable", "transition", "value_text"]

_ROOM: Final = 100  # characters of one value in a plan
_DEPTH: Final = 8
_DIFF_WORK: Final = 25_000_000  # lines × lines; beyond it, difflib would take seconds
_DIFF_LINES: Final = 400

# What people look for first; the rest follows by name. A stored plan comes back with sorted keys, so the order in which
# a spec was made must not decide how it is shown.
_FIRST: Final = (
    "key",
    "name",
    "label",
    "type",
    "description",
    "active",
    "managed",
    "connection",
    "format_type",
    "inputs",
    "outputs",
)
_LAST: Final = ("code", "payload", "content")

# Escape sequences, line and paragraph separators and the marks that reorder text: names come from the node and from
# files, and must not be able to repaint the terminal of whoever approves a plan.
_CONTROLS: Final = {
    code: f"\\u{code:04x}"
    for code in (*range(32), *range(127, 160), 0x200E, 0x200F, *range(0x2028, 0x202F), *range(0x2066, 0x206A), 0xFEFF)
}
_CONTROLS_BUT_LINES: Final = {code: text for code, text in _CONTROLS.items() if code not in (0x09, 0x0A)}


def printable(text: str, *, lines: bool = False) -> str:
    """Return ``text`` with control characters spelled out; ``lines`` keeps line ends and tabs.

    >>> printable("a\\x1b[31mb")
    'a\\\\u001b[31mb'
    """
    return text.translate(_CONTROLS_BUT_LINES if lines else _CONTROLS)


def is_code(value: Json | Unset) -> bool:
    """Tell whether a value is a text of several lines, which is never shown inline."""
    return isinstance(value, str) and "\n" in value


def value_text(value: Json | Unset, *, key: str = "", room: int = _ROOM) -> str:
    """Return one line for ``value``, in the manner of YAML's inline form.

    >>> value_text(["RAW", "CLEAN"]), value_text({"table": "t"}), value_text("a\\nb")
    ('["RAW", "CLEAN"]', '{table: "t"}', '(2 lines)')
    """
    if isinstance(value, Unset):
        return "(not set)"
    return _inline(value, key, room, _DEPTH)


def _inline(value: Json, key: str, room: int, depth: int) -> str:
    if looks_secret(key, value):
        return "(hidden)"
    if isinstance(value, str):
        return _string(value, room)
    if isinstance(value, Mapping):
        pairs = (
            f"{printable(name)}: {_inline(item, name, max(room // 2, 20), depth - 1)}" for name, item in value.items()
        )
        return _joined("{", pairs, "}", len(value), room) if depth else "{…}"
    if is_list(value):
        items = (_inline(item, key, max(room // 2, 20), depth - 1) for item in value)
        return _joined("[", items, "]", len(value), room) if depth else "[…]"
    return json.dumps(value)


def _string(value: str, room: int) -> str:
    if "\n" in value:
        return f"({_line_count(value)} lines)"
    if len(value) > room:
        return printable(json.dumps(value[:room], ensure_ascii=False)[:-1]) + f'…" ({len(value)} characters)'
    return printable(json.dumps(value, ensure_ascii=False))


def _joined(opening: str, items: Iterator[str], closing: str, total: int, room: int) -> str:
    shown: list[str] = []
    used = 0
    for item in items:
        if shown and used + len(item) > room:
            break
        shown.append(item)
        used += len(item) + 2
    if total > len(shown):
        shown.append(f"… {total - len(shown)} more")
    return opening + ", ".join(shown) + closing


def transition(path: str, before: Json | Unset, after: Json | Unset) -> str:
    """Return how a field changes, e.g. ``"#fff" => "#000"`` or ``changed (234 lines modified)``."""
    if is_code(before) or is_code(after):
        if isinstance(before, Unset):
            return f"added {value_text(after)}"
        if isinstance(after, Unset):
            return f"removed {value_text(before)}"
        if isinstance(before, str) and isinstance(after, str):
            count = changed_lines(before, after)
            return f"changed ({count} {'line' if count == 1 else 'lines'} modified)"
    key = path.rpartition(".")[2].partition("[")[0]
    return f"{value_text(before, key=key)} => {value_text(after, key=key)}"


def changed_lines(before: str, after: str) -> int:
    """Return how many lines differ, a replaced line counting once."""
    old, new = _trimmed(before.splitlines(), after.splitlines())
    if len(old) * len(new) > _DIFF_WORK:
        return max(len(old), len(new))
    codes = difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    return sum(max(i2 - i1, j2 - j1) for tag, i1, i2, j1, j2 in codes if tag != "equal")


def _trimmed(old: list[str], new: list[str]) -> tuple[list[str], list[str]]:
    start = 0
    while start < min(len(old), len(new)) and old[start] == new[start]:
        start += 1
    end = 0
    while end < min(len(old), len(new)) - start and old[-1 - end] == new[-1 - end]:
        end += 1
    return old[start : len(old) - end], new[start : len(new) - end]


def code_diff(before: Json | Unset, after: Json | Unset) -> tuple[str, ...]:
    """Return the unified diff of two texts, without file headers; cut after 400 lines, and it says so."""
    old = before.splitlines() if isinstance(before, str) else []
    new = after.splitlines() if isinstance(after, str) else []
    if len(old) * len(new) > _DIFF_WORK:
        return (f"(the texts have {len(old)} and {len(new)} lines: too long to compare line by line)",)
    found = [printable(line.rstrip("\n")) for line in difflib.unified_diff(old, new, lineterm="", n=3)][2:]
    if len(found) > _DIFF_LINES:
        return (*found[:_DIFF_LINES], f"(… {len(found) - _DIFF_LINES} more lines of this difference)")
    return tuple(found)


def attributes(spec: JsonObject) -> Iterator[tuple[str, Json]]:
    """Yield the attributes of a spec with objects flattened, ``("params.table", "t")``, in the order people read."""
    yield from _flattened(spec, "")


def _flattened(spec: JsonObject, prefix: str) -> Iterator[tuple[str, Json]]:
    for key in sorted(spec, key=_rank):
        value = spec[key]
        path = f"{prefix}{key}"
        if isinstance(value, Mapping) and value:
            yield from _flattened(value, f"{path}.")
        else:
            yield path, value


def _rank(key: str) -> tuple[int, str]:
    if key in _FIRST:
        return _FIRST.index(key), key
    return (len(_FIRST) + (1 if key in _LAST else 0)), key


def _line_count(text: str) -> int:
    return len(text.splitlines())
