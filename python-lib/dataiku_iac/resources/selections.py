"""Selections of DSS, which are a mode and perhaps a name: code environments, containers, clusters.

``py311`` is ``{"mode": "EXPLICIT_ENV", "envName": "py311"}``; ``inherit`` and ``builtin`` (``none`` for containers) are modes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from dataiku_iac.core.canonical import Json, JsonObject, is_object
from dataiku_iac.resources.exact_forms import shortest

__all__ = ["CLUSTER", "CONTAINER", "PROJECT_CODE_ENV", "STEP_CODE_ENV", "Selection"]


@dataclass(frozen=True, slots=True)
class Selection:
    """One sort of selection.

    Attributes:
        mode: key of the mode, e.g. ``containerMode``.
        name: key of the name, e.g. ``containerConf``.
        explicit: the mode in which the name counts.
        words: words for the other modes.
    """

    mode: str
    name: str
    explicit: str
    words: Mapping[str, str] = field(default_factory=dict)

    def expand(self, value: Json) -> Json:
        """Return DSS's object.

        >>> CONTAINER.expand("k8s"), CONTAINER.expand("none")
        ({'containerMode': 'EXPLICIT_CONTAINER', 'containerConf': 'k8s'}, {'containerMode': 'NONE'})
        """
        if not isinstance(value, str):
            return value
        if value in self.words:
            return {self.mode: self.words[value]}
        return {self.mode: self.explicit, self.name: value}

    def shorten(self, raw: Json) -> Json:
        """Return the name or the word, if it says all of ``raw``."""
        return shortest(raw, self.expand, self._proposals(raw))

    def lean(self, raw: JsonObject) -> JsonObject:
        """Return a stripped object without a name that does not count: DSS keeps the last one chosen [seen]."""
        idle = raw.get(self.mode) != self.explicit
        return {key: value for key, value in raw.items() if not (idle and key == self.name)}

    def _proposals(self, raw: Json) -> Iterator[Json]:
        if is_object(raw):
            yield from (word for word, mode in self.words.items() if raw.get(self.mode) == mode)
            yield raw.get(self.name)


PROJECT_CODE_ENV: Final = Selection(
    "mode", "envName", "EXPLICIT_ENV", {"builtin": "USE_BUILTIN_MODE", "inherit": "INHERIT"}
)
STEP_CODE_ENV: Final = Selection(
    "envMode", "envName", "EXPLICIT_ENV", {"builtin": "USE_BUILTIN_MODE", "inherit": "INHERIT"}
)
CONTAINER: Final = Selection(
    "containerMode", "containerConf", "EXPLICIT_CONTAINER", {"none": "NONE", "inherit": "INHERIT"}
)
CLUSTER: Final = Selection("clusterMode", "clusterId", "EXPLICIT_CLUSTER", {"inherit": "INHERIT"})
