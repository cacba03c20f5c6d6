"""Plain values to YAML that people like to read and that reads back as exactly the same values."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Final

import yaml

from dataiku_iac.config.yaml_rules import NUMBER
from dataiku_iac.core.canonical import Json, JsonObject, is_list, is_object
from dataiku_iac.core.errors import ConfigError

__all__ = ["write_yaml"]

_CORE: Final = "tag:yaml.org,2002:"
_UNLIMITED: Final = 2**31 - 1  # lines are never folded: a folded line is a changed line in Git
_LINE: Final = 110
_PHRASE: Final = 60
_ENTRY_KEYS: Final = ("key", "name")  # before what the schema of an entry says
_FIRST_KEYS: Final = ("key", "path", "name", "ref", "id", "label", "type", "title", "description")

# What stands in a block is what is read back only for these; the rest goes into double quotes with escapes.
_ODD: Final = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\xa0\u2028\u2029\ufeff\ufffe\uffff]|[^\u0000-\uffff]")
_NO_BLOCK: Final = re.compile(r"\A[ \n]|[ ]$|\A\n*\Z", re.MULTILINE)

_Base: Final = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


class _Dumper(_Base):  # type: ignore[misc,valid-type]  # the C base exists or not, as PyYAML was built
    """Quotes every text that some YAML reader would take for something else: those of 1.1 and ours."""


for _first in "-0123456789":
    _Dumper.add_implicit_resolver(_CORE + "float", re.compile(NUMBER.pattern + r"\Z"), [_first])


def write_yaml(value: JsonObject, *, schema: JsonObject | None = None) -> str:
    """Return ``value`` as one YAML document.

    Keys come in the order of ``schema``'s properties, then by name; short lists, short mappings in lists, and very short
    mappings inside others stand on one line; text of several lines stands in a block.

    Raises:
        ConfigError: a text holds half of a surrogate pair, which no file can hold.
    """
    try:
        text: str = yaml.serialize(
            _node(value, schema or {}, in_flow=False),
            Dumper=_Dumper,
            allow_unicode=True,
            width=_UNLIMITED,
            encoding=None,
        )
    except UnicodeEncodeError as error:
        raise ConfigError(
            "a text holds half of a surrogate pair, which cannot be written as UTF-8",
            where=str(error.object)[max(0, error.start - 20) : error.start].encode("ascii", "replace").decode(),
            next_step="correct the text on the node",
        ) from error
    return text


def _node(value: Json, schema: JsonObject, *, in_flow: bool, depth: int = 0) -> yaml.Node:
    if is_object(value):
        flow = in_flow or not value or (depth > 1 and _is_short(value, _PHRASE))
        pairs = [
            (_text(key, block=False), _node(value[key], _sub_schema(schema, key), in_flow=flow, depth=depth + 1))
            for key in _ordered(value, schema)
        ]
        return yaml.MappingNode(_CORE + "map", pairs, flow_style=flow)
    if is_list(value):
        below = _items_schema(schema)
        flow = in_flow or _is_short(value)
        nodes = [
            _node(item, below, in_flow=flow or (is_object(item) and _is_short(item, nested=True)), depth=depth + 1)
            for item in value
        ]
        return yaml.SequenceNode(_CORE + "seq", nodes, flow_style=flow)
    if isinstance(value, str):
        return _text(value, block=not in_flow)
    if value is None or isinstance(value, bool):
        return yaml.ScalarNode(_CORE + ("null" if value is None else "bool"), json.dumps(value))
    return yaml.ScalarNode(_CORE + ("int" if isinstance(value, int) else "float"), json.dumps(value))


def _items_schema(schema: JsonObject) -> JsonObject:
    """Return the schema of a list's elements, of the first alternative that has one."""
    alternatives = schema.get("anyOf", schema.get("oneOf"))
    for found in (schema, *(alternatives if is_list(alternatives) else ())):
        items = found.get("items") if is_object(found) else None
        if is_object(items):
            return items
    return {}


def _text(value: str, *, block: bool) -> yaml.ScalarNode:
    if _ODD.search(value):
        style: str | None = '"'
    elif "\n" not in value:
        style = None  # plain or in single quotes, as the emitter finds possible
    else:
        style = "|" if block and not _NO_BLOCK.search(value) else '"'
    return yaml.ScalarNode(_CORE + "str", value, style=style)


def _is_short(value: Json, longest: int = _LINE, *, nested: bool = False) -> bool:
    """Tell whether a value reads well on one line: scalars, or lists of them, and not many.

    ``nested``: mappings of one key inside do not break it, ``{name: parts, type: array, arrayContent: {type: int}}``.
    """
    inner = list(value.values()) if is_object(value) else list(value) if is_list(value) else []
    if any(is_object(item) and item and not (nested and _is_tiny(item)) for item in inner):
        return False
    if is_list(value) and any(is_list(item) and item for item in inner):
        return False
    text = json.dumps(value, ensure_ascii=False)
    return len(text) <= longest and "\\n" not in text


def _is_tiny(value: JsonObject) -> bool:
    """Tell whether a mapping holds one plain value."""
    return len(value) < 2 and not any(is_object(item) or is_list(item) for item in value.values())


def _ordered(value: JsonObject, schema: JsonObject) -> Sequence[str]:
    properties = schema.get("properties")
    first = [*_ENTRY_KEYS, *properties] if is_object(properties) else list(_FIRST_KEYS)
    ranks = {key: rank for rank, key in reversed(list(enumerate(first)))}
    return sorted(value, key=lambda key: (ranks.get(key, len(ranks) + len(first)), key))


def _sub_schema(schema: JsonObject, key: str) -> JsonObject:
    properties = schema.get("properties")
    found = properties.get(key) if is_object(properties) else None
    return found if is_object(found) else {}
