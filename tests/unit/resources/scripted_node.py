"""A node that gives the answers a fact sheet describes and notes what it was asked, for tests of single calls.

What a real node makes of the calls is tested in ``tests/node``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from dataiku_iac.core.canonical import Json
from dataiku_iac.core.errors import ObjectMissing

__all__ = ["Asked", "ScriptedNode"]


@dataclass(frozen=True)
class Asked:
    """One request."""

    verb: str
    path: str
    body: Json = None
    params: Mapping[str, str] | None = None


@dataclass
class ScriptedNode:
    """``answers`` by ``"GET /path"``; a missing GET is a not-found, other verbs answer an empty object."""

    answers: Mapping[str, Json] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)

    @property
    def written(self) -> list[Asked]:
        """What was asked apart from reads."""
        return [call for call in self.asked if call.verb != "GET"]

    def get(self, path: str, *, params: dict[str, str] | None = None) -> Json:
        self.asked.append(Asked("GET", path, params=params))
        if f"GET {path}" not in self.answers:
            raise ObjectMissing("not there", status=404, error_type="NotFoundException")
        return self.answers[f"GET {path}"]

    def get_many(self, paths: Sequence[str]) -> list[Json]:
        return [self.get(path) for path in paths]

    def get_text(self, path: str) -> str:
        return str(self.get(path))

    def post(self, path: str, body: Json = None, *, params: dict[str, str] | None = None) -> Json:
        self.asked.append(Asked("POST", path, body, params))
        return self.answers.get(f"POST {path}", {})

    def put(self, path: str, body: Json) -> Json:
        self.asked.append(Asked("PUT", path, body))
        return self.answers.get(f"PUT {path}", {})

    def delete(self, path: str, *, params: dict[str, str] | None = None) -> Json:
        self.asked.append(Asked("DELETE", path, params=params))
        return {}

    def post_text(self, path: str, text: str) -> Json:
        self.asked.append(Asked("POST", path, text))
        return {}
