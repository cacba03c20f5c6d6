"""JSON as a DSS node writes it: Gson with HTML escaping [seen], keys in class order, UTF-8.

Source: api-projects-scenarios-deployer.md 1.1, object-shapes.md 2.
"""

import json
from json.encoder import encode_basestring as _quote
from typing import Any, Final, TypeAlias

__all__ = ["JsonObject", "dump_compact", "dump_pretty", "parse"]

JsonObject: TypeAlias = dict[str, Any]

# These five characters can stand only inside strings of a JSON text, so replacing them in the finished text is safe.
_HTML_ESCAPES: Final = (("=", "\\u003d"), ("'", "\\u0027"), ("<", "\\u003c"), (">", "\\u003e"), ("&", "\\u0026"))


def dump_compact(document: object) -> bytes:
    """Return ``document`` on one line, as the node puts it on the wire."""
    return _escape(json.dumps(document, ensure_ascii=False, separators=(",", ":"))).encode("utf-8", "surrogatepass")


def dump_pretty(document: object) -> bytes:
    """Return ``document`` as the node writes files: two blanks of indent, no newline at the end [seen]."""
    return _escape(_pretty(document, "\n")).encode("utf-8", "surrogatepass")


def _pretty(value: Any, line: str) -> str:
    """Return what ``json.dumps(value, indent=2)`` does, several times faster: its fast encoder cannot indent.

    ``line`` is the line break with the indent of where ``value`` begins.
    """
    if type(value) is str:
        return _quote(value)
    inner = line + "  "
    if isinstance(value, dict):
        fields = [f"{inner}{_quote(key)}: {_pretty(item, inner)}" for key, item in value.items()]
        return "{" + ",".join(fields) + line + "}" if fields else "{}"
    if isinstance(value, list | tuple):
        return "[" + ",".join([inner + _pretty(item, inner) for item in value]) + line + "]" if value else "[]"
    return json.dumps(value, ensure_ascii=False)


def parse(raw: bytes) -> Any:
    """Return the value of a JSON text; raises ``ValueError`` if ``raw`` is not JSON."""
    return json.loads(raw)


def _escape(text: str) -> str:
    for character, escape in _HTML_ESCAPES:
        if character in text:
            text = text.replace(character, escape)
    return text
