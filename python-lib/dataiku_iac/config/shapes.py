"""Reading small sections (settings, environments, lifecycle) from located values: each helper notes what is wrong."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Final

from dataiku_iac.config.findings import Findings, allowed_text, did_you_mean
from dataiku_iac.config.located import Located
from dataiku_iac.core.problem import Place

__all__ = [
    "check_keys",
    "check_label",
    "merge_documents",
    "read_bool",
    "read_choice",
    "read_count",
    "read_mapping",
    "read_text",
    "read_text_map",
    "read_texts",
    "refuse_unsupported",
    "type_name",
]

_LABEL: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}")


def type_name(value: object) -> str:
    """Return what people call the type of a JSON value.

    >>> [type_name(value) for value in (None, True, 3, "x", [], {})]
    ['null', 'a boolean', 'a number', 'a text', 'a list', 'a mapping']
    """
    match value:
        case None:
            return "null"
        case bool():
            return "a boolean"
        case int() | float():
            return "a number"
        case str():
            return "a text"
        case Mapping():
            return "a mapping"
        case _:
            return "a list"


def _note_type(node: Located, what: str, wanted: str, findings: Findings) -> None:
    findings.error(
        "wrong-type",
        f"{what} is {type_name(node.value)}",
        place=node.best_place,
        suggestion=f"write {wanted}",
    )


def read_mapping(node: Located | None, what: str, findings: Findings) -> Mapping[str, Located]:
    """Return the entries of a mapping; null and absent are empty."""
    if node is None or node.value is None:
        return {}
    if node.mapping is None:
        _note_type(node, what, "a mapping", findings)
        return {}
    return node.mapping


def check_keys(entries: Mapping[str, Located], allowed: Collection[str], where: str, findings: Findings) -> None:
    """Note every key that is not allowed, with the nearest that is."""
    for key, node in entries.items():
        if key not in allowed:
            findings.error(
                "unknown-key",
                f'"{key}" in {where}',
                place=node.key_place or node.place,
                suggestion=did_you_mean(key, allowed) or allowed_text(sorted(allowed)),
            )


def check_label(name: str, what: str, place: Place, findings: Findings) -> None:
    """Note a name that could not be a folder of the state store and a tag of DSS."""
    if not _LABEL.fullmatch(name):
        findings.error(
            "not-allowed",
            f'{what} "{name}"',
            place=place,
            suggestion="use letters, digits, _, - and ., begin with a letter or digit, at most 100 characters",
        )


def read_text(node: Located | None, what: str, findings: Findings, *, default: str = "") -> str:
    """Return a text; null and absent give ``default``."""
    if node is None or node.value is None:
        return default
    if node.text is None:
        _note_type(node, what, "a text, in quotes if it looks like a number or boolean", findings)
        return default
    return node.text


def read_bool(node: Located | None, what: str, findings: Findings, *, default: bool) -> bool:
    """Return a boolean; null and absent give ``default``."""
    if node is None or node.value is None:
        return default
    if not isinstance(node.value, bool):
        _note_type(node, what, "true or false", findings)
        return default
    return node.value


def read_count(node: Located | None, what: str, findings: Findings, *, default: int) -> int:
    """Return a whole number of at least 1; null and absent give ``default``."""
    if node is None or node.value is None:
        return default
    if isinstance(node.value, bool) or not isinstance(node.value, int) or node.value < 1:
        findings.error(
            "wrong-type", f"{what} is {node.plain()!r}", place=node.best_place, suggestion="write a whole number from 1"
        )
        return default
    return node.value


def read_choice(node: Located | None, what: str, allowed: Sequence[str], findings: Findings, *, default: str) -> str:
    """Return one of ``allowed``; null and absent give ``default``."""
    if node is None or node.value is None:
        return default
    if node.text not in allowed:
        findings.error(
            "not-allowed",
            f"{what} is {node.plain()!r}",
            place=node.best_place,
            suggestion=did_you_mean(node.text or "", allowed) or allowed_text(allowed),
        )
        return default
    return node.text or default


def read_texts(node: Located | None, what: str, findings: Findings) -> Iterator[tuple[str, Located]]:
    """Yield the texts of a list with their nodes; null and absent are empty, a single text is a list of one."""
    if node is None or node.value is None:
        return
    for item in [node] if node.items is None else node.items:
        if item.text is None:
            _note_type(item, what, "a list of texts", findings)
        else:
            yield item.text, item


def read_text_map(node: Located | None, what: str, findings: Findings) -> dict[str, str]:
    """Return a mapping of text to text."""
    return {
        key: read_text(value, f"{what}.{key}", findings) for key, value in read_mapping(node, what, findings).items()
    }


def merge_documents(documents: Sequence[Located], what: str, findings: Findings) -> dict[str, Located]:
    """Return the keys of all documents of one file; a key may stand in one of them only."""
    merged: dict[str, Located] = {}
    for document in documents:
        for key, node in read_mapping(document, what, findings).items():
            if key in merged:
                first = merged[key].key_place or merged[key].place
                findings.error(
                    "duplicate-key",
                    f'"{key}" stands at {first} and again',
                    place=node.key_place or node.place,
                    suggestion="keep one",
                )
            else:
                merged[key] = node
    return merged


def refuse_unsupported(entries: Mapping[str, Located], keys: Collection[str], where: str, findings: Findings) -> None:
    """Note every key that the language will have but this version cannot honour; empty ones do no harm."""
    for key in keys:
        node = entries.get(key)
        if node is not None and node.value not in (None, (), {}, False):
            findings.error(
                "not-supported-yet",
                f'"{key}" in {where}',
                place=node.key_place or node.place,
                suggestion="leave it out; it is never ignored in silence",
            )
