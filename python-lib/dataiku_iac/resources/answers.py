"""Paths of API calls and the shapes of their answers, parsed at the border."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote

from dataiku_iac.core.canonical import Json, JsonObject, is_list, is_object
from dataiku_iac.core.errors import UnexpectedShape

__all__ = ["api_path", "object_answer", "object_list", "text_at"]


def api_path(*segments: str) -> str:
    """Return a path relative to the API root with every segment quoted; an empty last one leaves a trailing slash.

    >>> api_path("projects", "CRM", "wiki", "a/b c"), api_path("projects", "CRM", "datasets", "")
    ('/projects/CRM/wiki/a%2Fb%20c', '/projects/CRM/datasets/')
    """
    return "/" + "/".join(quote(segment, safe="") for segment in segments)


def object_answer(answer: Json, where: str) -> JsonObject:
    """Return ``answer`` if it is a JSON object.

    Raises:
        UnexpectedShape: it is something else; ``where`` says which call, e.g. ``settings of CRM``.
    """
    if is_object(answer):
        return answer
    raise _unexpected("a JSON object", answer, where)


def object_list(answer: Json, where: str) -> Sequence[JsonObject]:
    """Return ``answer`` if it is a list of JSON objects, or raise ``UnexpectedShape``."""
    if not is_list(answer):
        raise _unexpected("a list", answer, where)
    return [object_answer(item, where) for item in answer]


def text_at(raw: JsonObject, key: str, where: str) -> str:
    """Return the non-empty text ``raw[key]``, or raise ``UnexpectedShape``. Small numbers that serve as ids become text."""
    value = raw.get(key)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, str) and value:
        return value
    raise _unexpected(f'a text under "{key}"', value, where)


def _unexpected(wanted: str, got: Json, where: str) -> UnexpectedShape:
    return UnexpectedShape(
        f"the node answered {type(got).__name__} instead of {wanted}",
        where=where,
        next_step="check that the URL is a DSS node and that its version is supported",
    )
