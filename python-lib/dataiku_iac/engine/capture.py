"""The request that a kind is about to send, known before it is sent.

An intent names verb, path and the digest of the body. Only the kind knows them, and it makes exactly one call per writing
method; so the method is first run against something that notes the call and sends nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NoReturn

from dataiku_iac.core.canonical import Json, digest
from dataiku_iac.core.errors import Defect
from dataiku_iac.core.roles import NodeApi

__all__ = ["Request", "capture"]


@dataclass(frozen=True, slots=True)
class Request:
    """E.g. ``PUT /projects/CRM/datasets/ORDERS``; ``body_sha256`` is ``None`` where there is no body."""

    method: str
    path: str
    body_sha256: str | None


class _Captured(Exception):
    def __init__(self, request: Request) -> None:
        super().__init__()
        self.request = request


class _Notebook:
    """A node that notes the first writing call and ends there."""

    def get(self, path: str, *, params: dict[str, str] | None = None) -> Json:
        raise _reads(path)

    def get_many(self, paths: Sequence[str]) -> list[Json]:
        raise _reads(", ".join(paths))

    def get_text(self, path: str) -> str:
        raise _reads(path)

    def post(self, path: str, body: Json = None, *, params: dict[str, str] | None = None) -> Json:
        _note("POST", path, body)

    def put(self, path: str, body: Json) -> Json:
        _note("PUT", path, body)

    def delete(self, path: str, *, params: dict[str, str] | None = None) -> Json:
        _note("DELETE", path, None)

    def post_text(self, path: str, text: str) -> Json:
        _note("POST", path, text)


def _note(method: str, path: str, body: Json) -> NoReturn:
    raise _Captured(Request(method, path, None if body is None else digest(body)))


def _reads(path: str) -> Defect:
    return Defect(f"a writing method reads {path}; it must be exactly one call")


def capture(call: Callable[[NodeApi], object]) -> Request:
    """Return the request that ``call`` would send first.

    Raises:
        NodeError: the kind itself refuses, before any call.
        Defect: it reads first, or sends nothing.
    """
    try:
        call(_Notebook())
    except _Captured as captured:
        return captured.request
    raise Defect("a writing method made no call")
