"""JSON as a DSS node writes it: Gson with HTML escaping [seen], keys in class order, UTF-8.

Source: api-projects-scenarios-deployer.md 1.1, object-shapes.md 2.
"""

import json
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
    return _escape(json.dumps(document, ensure_ascii=False, indent=2)).encode("utf-8", "surrogatepass")


def parse(raw: bytes) -> Any:
    """Return the value of a JSON text; raises ``ValueError`` if ``raw`` is not JSON."""
    return json.loads(raw)


def _escape(text: str) -> str:
    for character, escape in _HTML_ESCAPES:
        if character in text:
            text = text.replace(character, escape)
    return text
